/* flexagon_layers.c - the nine layers of the Flexagon paper: speed-ups, merging, traffic, misses (Figs. 13 to 16).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "flexagon.h"

/* What counts as met (issue list of this project): merging in points of the share, the rest relative. */
static const double speedup_limit = 0.15, merge_points = 3, traffic_limit = 0.05, miss_limit = 0.10;
static const double fig13_target = 0.08;
static const char fig13[] = "Fig. 13";

/* A quantity of a layer on a rival, from the estimate (seed -1) or one simulation. */
typedef double quantity(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival);

static double speedup(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    return sc_rival_cycles(runs, seed, layer, SC_SIGMA) / sc_rival_cycles(runs, seed, layer, rival);
}

static double merge_share(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    const struct sc_result *row = sc_rival_row(runs, seed, layer, rival);
    return 100 * row->merge_cycles / row->cycles;
}

/* Words of 4 bytes, in MiB. */
static double str_mib(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    return sc_rival_row(runs, seed, layer, rival)->l1_reads * 4 / 1048576;
}

static double psum_mib(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    return sc_rival_row(runs, seed, layer, rival)->psum_writes * 4 / 1048576;
}

static double misses(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    return sc_rival_row(runs, seed, layer, rival)->l1_misses;
}

static double miss_rate(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    const struct sc_result *row = sc_rival_row(runs, seed, layer, rival);
    return 100 * row->l1_misses / row->l1_reads;
}

/* NAN without simulation. */
static double mean_over_seeds(const struct sc_runs *runs, quantity *q, size_t layer, enum sc_rival rival)
{
    double sum = 0;
    for (unsigned s = 0; s < runs->seeds; s++)
        sum += q(runs, (int)s, layer, rival);
    return runs->seeds > 0 ? sum / runs->seeds : NAN;
}

/* One row: the published value in column `column` of row `row`, whose first two cells are layer and machine. */
static int add(struct sc_claims *claims, const struct sc_runs *runs, const struct sc_table *table, size_t row,
               size_t column, size_t confidence, struct sc_claim claim, quantity *q, struct sc_error *err)
{
    enum sc_rival rival = sc_rival_of(sc_table_text(table, row, 1));
    size_t layer = sc_runs_find(runs, sc_table_text(table, row, 0));
    if (rival >= SC_FLEXAGON || layer == runs->held.layers)
        return SC_OK; /* a mean, or the best of the three */
    int status = sc_table_number(table, row, column, &claim.published, err);
    if (status != SC_OK)
        return status;
    snprintf(claim.item, sizeof claim.item, "%s %s", sc_table_text(table, row, 0), sc_rival_name(rival));
    snprintf(claim.confidence, sizeof claim.confidence, "%.63s", sc_table_text(table, row, confidence));
    claim.estimated = q(runs, -1, layer, rival);
    claim.simulated = mean_over_seeds(runs, q, layer, rival);
    return sc_claims_add(claims, &claim, err);
}

/* Mean |ln error| of the speed-ups with the operands of each seed: lowest and highest. */
static int add_spread(struct sc_claims *claims, const struct sc_runs *runs, const struct sc_table *table,
                      struct sc_error *err)
{
    double least = INFINITY, most = 0;
    struct sc_error ignored;
    for (unsigned s = 0; s < runs->seeds; s++) {
        double sum = 0, value;
        unsigned n = 0;
        for (size_t row = 0; row < sc_table_rows(table); row++) {
            enum sc_rival rival = sc_rival_of(sc_table_text(table, row, 1));
            size_t layer = sc_runs_find(runs, sc_table_text(table, row, 0));
            if (rival >= SC_FLEXAGON || layer == runs->held.layers ||
                sc_table_positive(table, row, 2, &value, &ignored) != SC_OK)
                continue;
            sum += fabs(log(speedup(runs, (int)s, layer, rival) / value));
            n++;
        }
        least = fmin(least, sum / n);
        most = fmax(most, sum / n);
    }
    struct sc_claim low = sc_claim_of(fig13, "(all)", "the same, seed with the least", "", "", 0), high = low;
    low.summary = high.summary = true;
    low.simulated = least;
    high.simulated = most;
    snprintf(high.quantity, sizeof high.quantity, "the same, seed with the most");
    int status = runs->seeds > 1 ? sc_claims_add(claims, &low, err) : SC_OK;
    return status == SC_OK && runs->seeds > 1 ? sc_claims_add(claims, &high, err) : status;
}

static const char *winner(const struct sc_runs *runs, int seed, size_t layer)
{
    static const char *const names[] = {"ip-m", "op-m", "gust-m"};
    int best = 0;
    for (int r = 1; r < SC_FLEXAGON; r++)
        if (sc_rival_cycles(runs, seed, layer, (enum sc_rival)r) <
            sc_rival_cycles(runs, seed, layer, (enum sc_rival)best))
            best = r;
    return names[best];
}

/* The winner in most of the seeds, the first of them on a tie. */
static const char *winner_of_seeds(const struct sc_runs *runs, size_t layer)
{
    const char *best = "";
    unsigned most = 0;
    for (unsigned s = 0; s < runs->seeds; s++) {
        unsigned votes = 0;
        for (unsigned t = 0; t < runs->seeds; t++)
            votes += winner(runs, (int)t, layer) == winner(runs, (int)s, layer);
        if (votes > most) {
            most = votes;
            best = winner(runs, (int)s, layer);
        }
    }
    return best;
}

static int add_winner(struct sc_claims *claims, const struct sc_runs *runs, const struct sc_table *table, size_t row,
                      struct sc_error *err)
{
    size_t layer = sc_runs_find(runs, sc_table_text(table, row, 0));
    struct sc_claim claim =
        sc_claim_of(fig13, sc_table_text(table, row, 0), "best dataflow", "", sc_table_text(table, row, 5), 0);
    if (sc_rival_of(sc_table_text(table, row, 1)) != SC_FLEXAGON || layer == runs->held.layers)
        return SC_OK;
    claim.named = true;
    snprintf(claim.published_name, sizeof claim.published_name, "%.15s", sc_table_text(table, row, 4));
    snprintf(claim.estimated_name, sizeof claim.estimated_name, "%s", winner(runs, -1, layer));
    snprintf(claim.simulated_name, sizeof claim.simulated_name, "%s", winner_of_seeds(runs, layer));
    return sc_claims_add(claims, &claim, err);
}

static int add_fig13(struct sc_claims *claims, const struct sc_runs *runs, struct sc_error *err)
{
    static const char *const columns[] = {"layer",        "machine", "speedup_over_sigma_like", "merge_share_pct",
                                          "best_dataflow", "confidence"};
    struct sc_table *table;
    struct sc_claim speed = sc_claim_of(fig13, "", "speed-up over sigma-like", "", "", speedup_limit);
    struct sc_claim merge = sc_claim_of("Fig. 13, merging", "", "merging, share of cycles", "%", "", merge_points);
    merge.absolute = true;
    int status = sc_papers_open(&table, "flexagon-fig13-layers.csv", columns, 6, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++)
        if (sc_rival_of(sc_table_text(table, row, 1)) < SC_FLEXAGON)
            status = add(claims, runs, table, row, 2, 5, speed, speedup, err);
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++)
        status = add_winner(claims, runs, table, row, err);
    if (status == SC_OK)
        status = sc_claims_summarise(claims, fig13, fig13_target, 1, err);
    if (status == SC_OK)
        status = add_spread(claims, runs, table, err);
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++)
        if (sc_rival_of(sc_table_text(table, row, 1)) < SC_FLEXAGON)
            status = add(claims, runs, table, row, 3, 5, merge, merge_share, err);
    sc_table_close(table);
    return status;
}

static int add_fig14(struct sc_claims *claims, const struct sc_runs *runs, struct sc_error *err)
{
    static const char *const columns[] = {"layer", "machine", "store", "mib", "confidence"};
    static const char figure[] = "Fig. 14";
    struct sc_table *table;
    int status = sc_papers_open(&table, "flexagon-fig14-traffic.csv", columns, 5, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        const char *store = sc_table_text(table, row, 2);
        double mib;
        struct sc_error ignored;
        bool stream = store[0] == 's' && store[2] == 'r', psum = store[0] == 'p';
        struct sc_claim claim =
            sc_claim_of(figure, "", stream ? "words through the STR cache" : "partial sums, one direction", "MiB", "",
                        traffic_limit);
        if ((stream || psum) && sc_table_positive(table, row, 3, &mib, &ignored) == SC_OK)
            status = add(claims, runs, table, row, 3, 4, claim, stream ? str_mib : psum_mib, err);
    }
    sc_table_close(table);
    return status == SC_OK ? sc_claims_summarise(claims, figure, -1, -1, err) : status;
}

static int add_fig15(struct sc_claims *claims, const struct sc_runs *runs, struct sc_error *err)
{
    static const char *const columns[] = {"layer", "machine", "miss_rate_pct", "line_misses", "confidence"};
    static const char figure[] = "Figs. 15, 16";
    struct sc_table *table;
    struct sc_claim rate = sc_claim_of(figure, "", "misses per word read (Fig. 15)", "%", "", miss_limit);
    struct sc_claim lines =
        sc_claim_of(figure, "", "missing lines, off-chip traffic (Fig. 16)", "lines", "", miss_limit);
    int status = sc_papers_open(&table, "flexagon-fig15-16-misses.csv", columns, 5, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        status = add(claims, runs, table, row, 2, 4, rate, miss_rate, err);
        if (status == SC_OK)
            status = add(claims, runs, table, row, 3, 4, lines, misses, err);
    }
    sc_table_close(table);
    return status == SC_OK ? sc_claims_summarise(claims, figure, -1, -1, err) : status;
}

int sc_flexagon_layers(struct sc_claims *claims, const struct sc_runs *nine, struct sc_error *err)
{
    int status = add_fig13(claims, nine, err);
    if (status == SC_OK)
        status = add_fig14(claims, nine, err);
    return status == SC_OK ? add_fig15(claims, nine, err) : status;
}
