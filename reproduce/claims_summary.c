/* claims_summary.c - all figures in one table: what is asked of each, how well simulation and estimate meet it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "claims.h"
#include "text.h"

/* Figures of no more numbers are shown one by one as well. */
enum { FEW = 3, CELL = 40 };

static bool begins_figure(const struct sc_claims *claims, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(claims->claim[i].figure, claims->claim[at].figure) == 0)
            return false;
    return true;
}

/* What is asked of a figure: "mean 0.08, names 85 %", and "each 15 %" where all rows have one limit. */
static void put_asked(char out[CELL], const struct sc_claims *claims, const char *figure)
{
    double limit = NAN;
    bool one = true;
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < claims->count; i++) {
        const struct sc_claim *c = &claims->claim[i];
        if (strcmp(c->figure, figure) != 0)
            continue;
        if (c->summary && !isnan(c->published) && used < CELL)
            used += (size_t)snprintf(out + used, CELL - used, c->limit > 0 ? "%snames %.0f %%" : "%smean %.2g",
                                     used ? ", " : "", c->limit > 0 ? 100 * c->published : c->published);
        if (c->summary || c->named || c->limit < 0)
            continue;
        double here = c->absolute ? -c->limit : 100 * c->limit;
        one = one && (isnan(limit) || limit == here);
        limit = here;
    }
    if (isnan(limit) || !one || used >= CELL)
        return;
    if (limit < 0) /* absolute */
        snprintf(out + used, CELL - used, "%seach +-%.3g", used ? ", " : "", -limit);
    else
        snprintf(out + used, CELL - used, "%seach %.3g %%", used ? ", " : "", limit);
}

/* 1 met, 0 missed, -1 nothing is asked: targets of the whole figure rule, else each row counts. */
static int meets(const struct sc_score *s)
{
    if (s->targets > 0)
        return s->targets_met == s->targets;
    return s->judged > 0 ? s->met == s->judged : -1;
}

static const char *verdict(const struct sc_score *sim, const struct sc_score *est)
{
    int simulated = meets(sim), estimated = meets(est);
    if (simulated < 0 && estimated < 0)
        return "";
    if (simulated != 0 && estimated != 0)
        return "met";
    if (simulated == 0 && estimated == 1)
        return "simulation missed";
    return simulated == 1 ? "estimate missed" : "missed";
}

static void put_score(FILE *out, const struct sc_score *s)
{
    char ln[CELL] = "", rank[CELL] = "", names[CELL] = "", within[CELL] = "";
    if (!isnan(s->mean_ln))
        snprintf(ln, sizeof ln, "%.3f", s->mean_ln);
    if (!isnan(s->rank))
        snprintf(rank, sizeof rank, "%.2f", s->rank);
    if (s->names > 0)
        snprintf(names, sizeof names, "%zu/%zu", s->agreed, s->names);
    if (s->judged > 0)
        snprintf(within, sizeof within, "%zu/%zu", s->met, s->judged);
    fprintf(out, " %6s %5s %8s %8s  ", ln, rank, names, within);
}

/* The part of a paper's title before what is in brackets. */
static int title_length(const char *title)
{
    const char *end = strstr(title, " (");
    size_t length = end ? (size_t)(end - title) : strcspn(title, ",");
    return (int)length;
}

static int put_figure(FILE *out, const struct sc_claims *claims, const char *figure, struct sc_error *err)
{
    struct sc_score sim, est;
    char asked[CELL];
    int status = sc_claims_score(&sim, claims, figure, true, err);
    if (status == SC_OK)
        status = sc_claims_score(&est, claims, figure, false, err);
    if (status != SC_OK || (sim.numbers + sim.names == 0 && est.numbers + est.names == 0))
        return status; /* ours alone */
    put_asked(asked, claims, figure);
    fprintf(out, "  %-38.38s %-33s", figure, asked);
    put_score(out, &sim);
    put_score(out, &est);
    fprintf(out, "%s\n", verdict(&sim, &est));
    return SC_OK;
}

static size_t rows_of(const struct sc_claims *claims, const char *figure)
{
    size_t rows = 0;
    for (size_t i = 0; i < claims->count; i++)
        rows += strcmp(claims->claim[i].figure, figure) == 0 && !claims->claim[i].summary;
    return rows;
}

static void put_value(FILE *out, double value)
{
    char text[SC_NUMBER_SIZE] = "";
    if (!isnan(value))
        sc_format_number(text, value, 4);
    fprintf(out, " %10s", text);
}

/* The rows of figures of few numbers. */
static void put_values(FILE *out, const struct sc_claims *claims)
{
    for (size_t i = 0; i < claims->count; i++) {
        const struct sc_claim *c = &claims->claim[i];
        if (c->summary || c->named || c->limit < 0 || rows_of(claims, c->figure) > FEW)
            continue;
        fprintf(out, "  %-26.26s %-36.36s %-52.52s", c->figure, c->item, c->quantity);
        put_value(out, c->published);
        put_value(out, c->simulated);
        put_value(out, c->estimated);
        fprintf(out, " %4.3g %%  %s\n", 100 * c->limit, sc_claim_verdict(c));
    }
}

int sc_claims_summary(FILE *out, const struct sc_claims *const *papers, size_t count, struct sc_error *err)
{
    int status = SC_OK;
    fprintf(out,
            "\nSummary: mean |ln(ours / published)|, rank correlation, names that agree, rows within their limit\n"
            "  %-38s %-33s %-31s %s\n  %-38s %-33s %6s %5s %8s %8s   %6s %5s %8s %8s  %s\n",
            "", "", " by simulation", " by estimate", "figure", "asked", "|ln|", "rank", "names", "within", "|ln|",
            "rank", "names", "within", "verdict");
    for (size_t p = 0; p < count && status == SC_OK; p++) {
        fprintf(out, "%.*s\n", title_length(papers[p]->paper), papers[p]->paper);
        for (size_t i = 0; i < papers[p]->count && status == SC_OK; i++)
            if (begins_figure(papers[p], i))
                status = put_figure(out, papers[p], papers[p]->claim[i].figure, err);
    }
    fprintf(out, "\nValues\n  %-26s %-36s %-52s %10s %10s %10s %6s  %s\n", "figure", "item", "quantity", "published",
            "simulated", "estimated", "limit", "verdict");
    for (size_t p = 0; p < count; p++)
        put_values(out, papers[p]);
    return status;
}
