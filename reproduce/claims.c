/* claims.c - collects published values beside ours and judges them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "claims.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

int sc_claims_add(struct sc_claims *claims, const struct sc_claim *claim, struct sc_error *err)
{
    struct sc_claim *more = sc_grow(claims->claim, claims->count, &claims->room, sizeof *more);
    if (!more)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu published values", claims->count);
    claims->claim = more;
    claims->claim[claims->count++] = *claim;
    return SC_OK;
}

/* Ours of one kind beside the published numbers of a figure. */
struct series {
    double *published, *ours;
    size_t numbers, names, agreed;
};

static int judge(const struct sc_claim *c, double ours, const char *name);

static void collect(const struct sc_claims *claims, const char *figure, bool simulated, struct series *s)
{
    for (size_t i = 0; i < claims->count; i++) {
        const struct sc_claim *c = &claims->claim[i];
        double ours = simulated ? c->simulated : c->estimated;
        const char *name = simulated ? c->simulated_name : c->estimated_name;
        if (strcmp(c->figure, figure) != 0 || c->summary || c->alternative)
            continue;
        if (c->named && name[0]) {
            s->names++;
            s->agreed += strstr(c->published_name, name) != NULL; /* a published tie names several */
        } else if (!c->named && ours > 0 && c->published > 0) {
            s->published[s->numbers] = c->published;
            s->ours[s->numbers++] = ours;
        }
    }
}

static double mean_ln(const struct series *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->numbers; i++)
        sum += fabs(log(s->ours[i] / s->published[i]));
    return s->numbers > 0 ? sum / (double)s->numbers : NAN;
}

static double ranks(const struct series *s, double *work)
{
    return s->numbers > 2 ? gsl_stats_spearman(s->published, 1, s->ours, 1, s->numbers, work) : NAN;
}

static int summary_row(struct sc_claims *claims, const char *figure, const char *quantity, double target, bool at_least,
                       double simulated, double estimated, struct sc_error *err)
{
    struct sc_claim row = {.summary = true, .published = target >= 0 ? target : NAN, .simulated = simulated,
                           .estimated = estimated, .limit = at_least ? 1 : 0, .confidence = "target"};
    if (isnan(simulated) && isnan(estimated))
        return SC_OK;
    if (target < 0)
        row.confidence[0] = '\0';
    snprintf(row.figure, sizeof row.figure, "%s", figure);
    snprintf(row.item, sizeof row.item, "(all)");
    snprintf(row.quantity, sizeof row.quantity, "%s", quantity);
    return sc_claims_add(claims, &row, err);
}

int sc_claims_score(struct sc_score *score, const struct sc_claims *claims, const char *figure, bool simulated,
                    struct sc_error *err)
{
    size_t n = claims->count + 1;
    double *room = malloc(4 * n * sizeof *room);
    *score = (struct sc_score){.mean_ln = NAN, .rank = NAN};
    if (!room)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the summary of %s", figure);
    struct series s = {.published = room, .ours = room + n};
    collect(claims, figure, simulated, &s);
    score->mean_ln = mean_ln(&s);
    score->rank = ranks(&s, room + 2 * n);
    score->numbers = s.numbers;
    score->names = s.names;
    score->agreed = s.agreed;
    for (size_t i = 0; i < claims->count; i++) {
        const struct sc_claim *c = &claims->claim[i];
        int met = strcmp(c->figure, figure) == 0 ? judge(c, simulated ? c->simulated : c->estimated,
                                                         simulated ? c->simulated_name : c->estimated_name)
                                                 : -1;
        if (met < 0)
            continue;
        if (c->summary) {
            score->targets++;
            score->targets_met += (size_t)met;
        } else {
            score->judged++;
            score->met += (size_t)met;
        }
    }
    free(room);
    return SC_OK;
}

int sc_claims_summarise(struct sc_claims *claims, const char *figure, double ln_target, double name_target,
                        struct sc_error *err)
{
    struct sc_score sim, est;
    int status = sc_claims_score(&sim, claims, figure, true, err);
    if (status == SC_OK)
        status = sc_claims_score(&est, claims, figure, false, err);
    if (status == SC_OK)
        status = summary_row(claims, figure, "mean |ln(ours / published)|", ln_target, false, sim.mean_ln, est.mean_ln,
                             err);
    if (status == SC_OK)
        status = summary_row(claims, figure, "rank correlation (Spearman)", -1, true, sim.rank, est.rank, err);
    if (status == SC_OK)
        status = summary_row(claims, figure, "share of names that agree", name_target, true,
                             sim.names > 0 ? (double)sim.agreed / (double)sim.names : NAN,
                             est.names > 0 ? (double)est.agreed / (double)est.names : NAN, err);
    return status;
}

/* Of one of ours: 1 met, 0 missed, -1 not judged. */
static int judge(const struct sc_claim *c, double ours, const char *name)
{
    if (c->named)
        return name[0] ? strstr(c->published_name, name) != NULL : -1;
    if (isnan(ours) || isnan(c->published))
        return -1;
    if (c->summary)
        return c->limit > 0 ? ours >= c->published : ours <= c->published;
    if (c->limit < 0)
        return -1;
    return fabs(ours - c->published) <= c->limit * (c->absolute ? 1 : fabs(c->published)) * (1 + 1e-12);
}

const char *sc_claim_verdict(const struct sc_claim *c)
{
    int simulated = judge(c, c->simulated, c->simulated_name), estimated = judge(c, c->estimated, c->estimated_name);
    if (simulated < 0 && estimated < 0)
        return "";
    if (simulated != 0 && estimated != 0)
        return "met";
    if (simulated == 0 && estimated == 1)
        return "simulation missed";
    return simulated == 1 ? "estimate missed" : "missed";
}

void sc_claims_tally(const struct sc_claims *claims, size_t *judged, size_t *met)
{
    *judged = *met = 0;
    for (size_t i = 0; i < claims->count; i++) {
        const char *verdict = sc_claim_verdict(&claims->claim[i]);
        *judged += verdict[0] != '\0';
        *met += strcmp(verdict, "met") == 0;
    }
}

void sc_claims_free(struct sc_claims *claims)
{
    free(claims->claim);
    claims->claim = NULL;
    claims->count = claims->room = 0;
}
