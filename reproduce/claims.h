/* claims.h - published values beside ours: rows, verdicts, and how well a whole figure is met.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CLAIMS_H
#define SC_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "result.h"

enum { SC_CLAIM_TEXT = 64 };

/* One published value and ours.  A number that is absent is NAN; a claim of a name (a winner) has `named` set. */
struct sc_claim {
    char figure[SC_CLAIM_TEXT];   /* "Fig. 13" */
    char item[SC_CLAIM_TEXT];     /* layer, network, point */
    char quantity[SC_CLAIM_TEXT]; /* "speed-up of sparch-like over sigma-like" */
    char unit[16];
    char confidence[SC_CLAIM_TEXT]; /* how the published value was obtained */
    bool named;
    double published, simulated, estimated;
    char published_name[16], simulated_name[16], estimated_name[16]; /* "": absent */
    double limit;                 /* |ours / published - 1| that counts as met; negative: no verdict */
    bool absolute;                /* the limit is one of |ours - published| */
    bool alternative;             /* one of several readings of a published value: no part of any score */
    bool summary;                 /* about a whole figure: published is the target, met when ours does not exceed it */
};

/* The claims of a paper, in order; rows of one figure stand together. */
struct sc_claims {
    const char *paper;
    struct sc_claim *claim;
    size_t count, room;
};

/* Appends a copy. */
int sc_claims_add(struct sc_claims *claims, const struct sc_claim *claim, struct sc_error *err);

/* How well simulations, or estimates, meet a figure. */
struct sc_score {
    double mean_ln, rank;         /* mean |ln(ours / published)|, Spearman's correlation; NAN without enough numbers */
    size_t numbers;               /* that both have */
    size_t names, agreed;         /* such as winners, and those that agree */
    size_t judged, met;           /* rows with a verdict, and those met */
    size_t targets, targets_met;  /* of the whole figure */
};
int sc_claims_score(struct sc_score *score, const struct sc_claims *claims, const char *figure, bool simulated,
                    struct sc_error *err);

/* Appends what says how well the rows of `figure` so far are met: mean |ln(ours / published)| of its numbers (target
 * `ln_target`, negative: none), Spearman's rank correlation, and the share of names that agree (target `name_target`).
 */
int sc_claims_summarise(struct sc_claims *claims, const char *figure, double ln_target, double name_target,
                        struct sc_error *err);

/* "met", "missed", or what misses ("simulation missed"); "" where there is no verdict. */
const char *sc_claim_verdict(const struct sc_claim *claim);

/* How many claims have a verdict, and how many of these are met. */
void sc_claims_tally(const struct sc_claims *claims, size_t *judged, size_t *met);

/* Writes them as a table for people, CSV or JSON to `path` ("-" or NULL: standard output), whole or not at all. */
int sc_claims_write(const struct sc_claims *const *papers, size_t count, const char *path, enum sc_format format,
                    const struct sc_meta *meta, size_t metas, struct sc_error *err);

/* One line per figure of all papers: what is asked, how well it is met, the verdict; and the values of figures of few
 * numbers. */
int sc_claims_summary(FILE *out, const struct sc_claims *const *papers, size_t count, struct sc_error *err);

void sc_claims_free(struct sc_claims *claims);

#endif
