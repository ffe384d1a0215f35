/* test_network.c - format transitions against Table 4 and the choice of sequences against brute force.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#include "estimator/network.h"
#include "estimator/rows.h"
#include "machine_files.h"

enum { LAYERS_MAX = 5 };

static enum sc_dataflow dataflow(const char *name)
{
    enum sc_dataflow d = SC_IP_M;
    struct sc_error err = {0};
    cr_assert_eq(sc_dataflow_parse(&d, name, &err), SC_OK, "%s", err.message);
    return d;
}

/* data/papers/flexagon-table4-transitions.csv: the printed table for activations as operand A, its rule applied to B. */
Test(network, every_transition_of_table_4)
{
    enum { OPERAND, FROM, TO, MADE, WANTED, NEEDED, CONFIDENCE };
    char path[TEST_PATH];
    struct sc_rows *rows;
    struct sc_row row;
    struct sc_error err = {0};
    bool seen[2][SC_DATAFLOWS][SC_DATAFLOWS] = {{{false}}};
    int status, count = 0, conversions[2] = {0, 0};
    cr_assert_eq(sc_rows_open(&rows, in_source(path, "data/papers/flexagon-table4-transitions.csv"), &err), SC_OK, "%s",
                 err.message);
    cr_assert_eq(sc_rows_next(rows, &row, &err), SC_OK);
    cr_assert(row.cells > CONFIDENCE && strcmp(row.cell[FROM], "from_dataflow") == 0);
    cr_assert_str_eq(row.cell[NEEDED], "needs_conversion");
    while ((status = sc_rows_next(rows, &row, &err)) == SC_OK) {
        bool b = strcmp(row.cell[OPERAND], "B") == 0, needed = strcmp(row.cell[NEEDED], "1") == 0;
        enum sc_dataflow from = dataflow(row.cell[FROM]), to = dataflow(row.cell[TO]);
        cr_expect_eq(sc_conversion_needed(from, to, b ? SC_ACTIVATIONS_B : SC_ACTIVATIONS_A), needed,
                     "activations %s, %s then %s", row.cell[OPERAND], row.cell[FROM], row.cell[TO]);
        cr_expect_eq(strcmp(row.cell[MADE], row.cell[WANTED]) != 0, needed, "the file contradicts itself");
        cr_expect_str_eq(row.cell[CONFIDENCE], b ? "derived" : "printed");
        cr_expect_not(seen[b][from][to], "%s then %s twice", row.cell[FROM], row.cell[TO]);
        seen[b][from][to] = true;
        conversions[b] += needed;
        count++;
    }
    cr_expect_eq(status, SC_END, "%s", err.message);
    cr_expect_eq(count, 2 * SC_DATAFLOWS * SC_DATAFLOWS);
    cr_expect(conversions[0] == 18 && conversions[1] == 18, "%d and %d conversions", conversions[0], conversions[1]);
    sc_rows_close(rows);
}

/* A times its bytes over the bandwidth per cycle. */
Test(network, conversion_cycles)
{
    struct sc_machine m = {.element_bytes = 4, .dram_gbps = 256, .clock_ghz = 0.8, .ec_bytes_factor = 2};
    cr_expect_float_eq(sc_conversion_cycles(&m, 1000), 2 * 1000 * 4 / 320.0, 1e-9);
    m.ec_bytes_factor = 3;
    m.element_bytes = 8;
    m.clock_ghz = 1;
    cr_expect_float_eq(sc_conversion_cycles(&m, 1e6), 3 * 1e6 * 8 / 256, 1e-6);
    cr_expect_eq(sc_conversion_cycles(&m, 0), 0);
}

static bool needs(enum sc_dataflow from, enum sc_dataflow to, enum sc_activations activations)
{
    return sc_conversion_needed(from, to, activations);
}

/* Cycles of a sequence, layer by layer and occurrence by occurrence; infinite when a dataflow is not available. */
static double cost(const struct sc_stage *stage, size_t stages, const enum sc_dataflow *d,
                   enum sc_activations activations, double *conversions)
{
    double sum = 0;
    *conversions = 0;
    for (size_t i = 0; i < stages; i++) {
        for (double k = 0; k < stage[i].count; k++) {
            if (stage[i].cycles[d[i]] < 0)
                return INFINITY;
            sum += stage[i].cycles[d[i]];
            bool last = k + 1 == stage[i].count;
            if ((last && i + 1 == stages) || !needs(d[i], last ? d[i + 1] : d[i], activations))
                continue;
            sum += stage[i].conversion;
            ++*conversions;
        }
    }
    return sum;
}

/* The cheapest of all 6^n sequences. */
static double cheapest(const struct sc_stage *stage, size_t stages, enum sc_activations activations)
{
    double best = INFINITY, conversions;
    unsigned sequences = 1;
    for (size_t i = 0; i < stages; i++)
        sequences *= SC_DATAFLOWS;
    for (unsigned s = 0; s < sequences; s++) {
        enum sc_dataflow d[LAYERS_MAX];
        unsigned rest = s;
        for (size_t i = 0; i < stages; i++, rest /= SC_DATAFLOWS)
            d[i] = (enum sc_dataflow)(rest % SC_DATAFLOWS);
        best = fmin(best, cost(stage, stages, d, activations, &conversions));
    }
    return best;
}

static double greedy_cost(const struct sc_stage *stage, size_t stages, enum sc_activations activations)
{
    enum sc_dataflow d[LAYERS_MAX];
    double conversions;
    for (size_t i = 0; i < stages; i++) {
        int best = -1;
        for (int j = 0; j < SC_DATAFLOWS; j++)
            if (stage[i].cycles[j] >= 0 && (best < 0 || stage[i].cycles[j] < stage[i].cycles[best]))
                best = j;
        d[i] = (enum sc_dataflow)best;
    }
    return cost(stage, stages, d, activations, &conversions);
}

static double single_cost(const struct sc_stage *stage, size_t stages, enum sc_activations activations)
{
    double best = INFINITY, conversions;
    for (int j = 0; j < SC_DATAFLOWS; j++) {
        enum sc_dataflow d[LAYERS_MAX];
        for (size_t i = 0; i < stages; i++)
            d[i] = (enum sc_dataflow)j;
        best = fmin(best, cost(stage, stages, d, activations, &conversions));
    }
    return best;
}

/* Cycles in whole numbers, so that sums are exact; counts 1 to 4; now and then a dataflow is missing, but never all. */
static void random_network(struct sc_stage *stage, size_t stages, gsl_rng *rng)
{
    for (size_t i = 0; i < stages; i++) {
        for (int j = 0; j < SC_DATAFLOWS; j++)
            stage[i].cycles[j] = gsl_rng_uniform_int(rng, 5) == 0 ? -1 : (double)(1 + gsl_rng_uniform_int(rng, 100));
        stage[i].cycles[gsl_rng_uniform_int(rng, SC_DATAFLOWS)] = (double)gsl_rng_uniform_int(rng, 100);
        stage[i].conversion = (double)gsl_rng_uniform_int(rng, 60);
        stage[i].count = (double)(1 + gsl_rng_uniform_int(rng, 4) * (gsl_rng_uniform_int(rng, 2)));
    }
}

Test(network, finds_the_cheapest_of_all_sequences)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int conversions_paid = 0, beaten = 0;
    for (int trial = 0; trial < 250; trial++) {
        size_t stages = 1 + gsl_rng_uniform_int(rng, trial < 200 ? LAYERS_MAX - 1 : LAYERS_MAX);
        enum sc_activations activations = trial % 2 ? SC_ACTIVATIONS_A : SC_ACTIVATIONS_B;
        struct sc_stage stage[LAYERS_MAX];
        struct sc_network_totals totals;
        enum sc_dataflow chosen[LAYERS_MAX];
        double conversions, greedy, single;
        random_network(stage, stages, rng);
        greedy = greedy_cost(stage, stages, activations);
        single = single_cost(stage, stages, activations);
        cr_assert_eq(sc_network_solve(stage, stages, activations, chosen, &totals, NULL), SC_OK);
        cr_expect_eq(totals.best, cheapest(stage, stages, activations), "trial %d: %g", trial, totals.best);
        cr_expect_eq(totals.best, cost(stage, stages, chosen, activations, &conversions), "trial %d: chosen", trial);
        cr_expect_eq(totals.conversions, conversions, "trial %d: %g conversions", trial, totals.conversions);
        cr_expect_eq(totals.greedy, greedy, "trial %d: greedy %g, not %g", trial, totals.greedy, greedy);
        cr_expect_eq(totals.single, single, "trial %d: single %g, not %g", trial, totals.single, single);
        cr_expect(totals.best <= totals.greedy && totals.best <= totals.single);
        if (isfinite(totals.single)) {
            for (size_t i = 0; i < stages; i++)
                chosen[i] = totals.single_dataflow;
            cr_expect_eq(totals.single, cost(stage, stages, chosen, activations, &conversions));
        }
        conversions_paid += totals.conversions > 0;
        beaten += totals.best < totals.greedy;
    }
    cr_expect(conversions_paid > 20 && beaten > 20, "the draws miss what matters: %d, %d", conversions_paid, beaten);
    gsl_rng_free(rng);
}

/* Alone, layer by layer, gust-m then ip-n then gust-m is fastest; two conversions make it the slowest way. */
Test(network, a_conversion_can_cost_more_than_the_best_dataflow_gains)
{
    struct sc_stage stage[3];
    struct sc_network_totals totals;
    enum sc_dataflow chosen[3];
    for (int i = 0; i < 3; i++) {
        stage[i] = (struct sc_stage){.conversion = 50, .count = 1};
        for (int d = 0; d < SC_DATAFLOWS; d++)
            stage[i].cycles[d] = d == SC_GUST_M ? 100 : d == SC_IP_N && i == 1 ? 90 : 1000;
    }
    cr_assert_eq(sc_network_solve(stage, 3, SC_ACTIVATIONS_B, chosen, &totals, NULL), SC_OK);
    cr_expect(chosen[0] == SC_GUST_M && chosen[1] == SC_GUST_M && chosen[2] == SC_GUST_M);
    cr_expect(totals.best == 300 && totals.greedy == 390 && totals.single == 300 && totals.conversions == 0);
    cr_expect_eq(totals.single_dataflow, SC_GUST_M);
    stage[0].conversion = stage[1].conversion = 4; /* now it pays */
    cr_assert_eq(sc_network_solve(stage, 3, SC_ACTIVATIONS_B, chosen, &totals, NULL), SC_OK);
    cr_expect(chosen[1] == SC_IP_N && totals.best == 298 && totals.greedy == 298 && totals.conversions == 2);
}

Test(network, empty_and_long_networks)
{
    enum { LONG = 20000 };
    struct sc_network_totals totals;
    struct sc_stage *stage = calloc(LONG, sizeof *stage);
    enum sc_dataflow *chosen = calloc(LONG, sizeof *chosen);
    cr_assert_eq(sc_network_solve(stage, 0, SC_ACTIVATIONS_A, chosen, &totals, NULL), SC_OK);
    cr_expect(totals.best == 0 && totals.greedy == 0 && totals.single == 0 && totals.conversions == 0);
    for (int i = 0; i < LONG; i++) {
        stage[i] = (struct sc_stage){.conversion = 1, .count = 1e6};
        for (int d = 0; d < SC_DATAFLOWS; d++)
            stage[i].cycles[d] = 10 + (d + i) % SC_DATAFLOWS;
    }
    cr_assert_eq(sc_network_solve(stage, LONG, SC_ACTIVATIONS_A, chosen, &totals, NULL), SC_OK);
    cr_expect(totals.best > 0 && totals.best <= totals.greedy && totals.best <= totals.single);
    free(stage);
    free(chosen);
}
