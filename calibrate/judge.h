/* judge.h - how good estimates are on layers that no fit has seen: errors, coverage, choices, regret, traffic.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_JUDGE_H
#define SC_JUDGE_H

#include "trials.h"

/* One estimate of one run, corrected and not. */
struct sc_verdict {
    const char *set; /* which held-out set, borrowed */
    const struct sc_layer *layer;
    const char *machine;
    enum sc_dataflow dataflow;
    enum sc_knowledge knowledge;
    enum sc_operands operands;
    bool outside;                          /* of the calibrated domain */
    struct sc_result simulated, estimated; /* corrected; names are not filled in */
    double uncorrected;                    /* cycles */
};

struct sc_verdicts {
    struct sc_verdict *of;
    size_t count, room;
};

/* Adds the verdicts on all runs, in their order: those from densities, then those from lengths of each layer stand
 * together. */
int sc_judge(struct sc_verdicts *v, const char *set, const struct sc_trials *runs, const struct sc_corrector *corrector,
             struct sc_error *err);
void sc_verdicts_free(struct sc_verdicts *v);

/* Figures over the verdicts that a filter lets through.  Errors are |estimated / simulated - 1|, percent. */
struct sc_figures {
    size_t count, cases; /* estimates; layers whose dataflows were all judged */
    double median, p95, worst;
    double coverage;              /* percent of simulations within their intervals */
    double width;                 /* median of upper over lower end */
    double right, regret;         /* percent of cases in which the choice was the fastest; mean regret, percent */
    double str_reads, dram_bytes; /* median errors, percent */
    size_t outside;               /* estimates outside the domain */
    const struct sc_verdict *worst_verdict;
};

typedef bool sc_verdict_filter(const struct sc_verdict *v, const void *context);

/* `corrected`: whether of the corrected cycles or of those of the bare closed form. */
int sc_figures_of(struct sc_figures *f, const struct sc_verdicts *v, sc_verdict_filter *filter, const void *context,
                  bool corrected, struct sc_error *err);

/* Kind of a layer's patterns for tables: one that both have or the only one that is not uniform, "mixed", or "file". */
const char *sc_pattern_label(const struct sc_layer *layer);

/* |estimated / simulated - 1| of two numbers, 0 when both are. */
double sc_relative_error(double estimated, double simulated);

#endif
