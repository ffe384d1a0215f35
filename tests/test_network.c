/* test_network.c - format transitions against Table 4 of the Flexagon paper, and the chosen sequence against trying
 * them all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <gsl/gsl_rng.h>
#include <math.h>

#include "network.h"
#include "table.h"

TestSuite(network, .init = use_source_data);

static enum sc_dataflow dataflow(const char *text)
{
    enum sc_dataflow d;
    struct sc_error err;
    cr_assert_eq(sc_dataflow_parse(&d, text, &err), SC_OK, "%s", err.message);
    return d;
}

/* All 36 pairs, for the produced matrix as operand A (printed) and as operand B (derived from Table 3). */
Test(network, transitions_of_table4)
{
    static const char *const columns[] = {"activations_are", "from_dataflow", "to_dataflow", "needs_conversion"};
    char path[TEST_PATH];
    struct sc_table *table;
    struct sc_error err;
    int pairs = 0, conversions[2] = {0, 0};
    cr_assert_eq(
        sc_table_open(&table, in_source(path, "data/papers/flexagon-table4-transitions.csv"), columns, 4, &err), SC_OK,
        "%s", err.message);
    for (size_t row = 0; row < sc_table_rows(table); row++, pairs++) {
        enum sc_dataflow from = dataflow(sc_table_text(table, row, 1)), to = dataflow(sc_table_text(table, row, 2));
        bool b = strcmp(sc_table_text(table, row, 0), "B") == 0;
        bool ours = sc_conversion_needed(from, to, b ? SC_ACTIVATIONS_B : SC_ACTIVATIONS_A);
        cr_expect_eq(ours, strcmp(sc_table_text(table, row, 3), "1") == 0, "%s to %s as operand %s",
                     sc_table_text(table, row, 1), sc_table_text(table, row, 2), sc_table_text(table, row, 0));
        conversions[b] += ours;
    }
    cr_expect_eq(pairs, 72);
    cr_expect_eq(conversions[0], 18);
    cr_expect_eq(conversions[1], 18);
    sc_table_close(table);
}

/* Fig. 8 of the paper: IP(N), then OP(M), then Gust(M) needs no conversion. */
Test(network, example_of_fig8)
{
    cr_expect_not(sc_conversion_needed(SC_IP_N, SC_OP_M, SC_ACTIVATIONS_A));
    cr_expect_not(sc_conversion_needed(SC_OP_M, SC_GUST_M, SC_ACTIVATIONS_A));
}

Test(network, conversion_moves_the_matrix)
{
    struct sc_machine machine = {.clock_ghz = 2, .element_bytes = 4, .dram_gbps = 256, .ec_bytes_factor = 2};
    cr_expect_float_eq(sc_conversion_cycles(&machine, 1024), 2 * 1024 * 4 / 128.0, 1e-9);
    machine.ec_bytes_factor = 0;
    cr_expect_eq(sc_conversion_cycles(&machine, 1024), 0);
}

/* Cycles of one sequence, straight from the definition. */
static double sequence(const struct sc_stage *stage, int stages, const int *chosen, enum sc_activations activations)
{
    double sum = 0;
    for (int i = 0; i < stages; i++) {
        if (stage[i].cycles[chosen[i]] < 0)
            return INFINITY;
        for (int repeat = 0; repeat < (int)stage[i].count; repeat++) {
            int before = repeat > 0 ? i : i - 1;
            sum += stage[i].cycles[chosen[i]];
            if (before >= 0 &&
                sc_conversion_needed((enum sc_dataflow)chosen[before], (enum sc_dataflow)chosen[i], activations))
                sum += stage[before].conversion;
        }
    }
    return sum;
}

Test(network, best_of_all_sequences)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    for (int round = 0; round < 200; round++) {
        struct sc_stage stage[5];
        enum sc_dataflow found[5];
        struct sc_network_totals totals;
        struct sc_error err;
        int stages = 1 + (int)gsl_rng_uniform_int(rng, 5), all = 1;
        enum sc_activations activations = round % 2 ? SC_ACTIVATIONS_A : SC_ACTIVATIONS_B;
        for (int i = 0; i < stages; i++) {
            all *= SC_SPMSPM_DATAFLOWS;
            stage[i].conversion = 60 * gsl_rng_uniform(rng);
            stage[i].count = 1 + (double)gsl_rng_uniform_int(rng, 3);
            for (int d = 0; d < SC_DATAFLOWS; d++)
                stage[i].cycles[d] =
                    d >= SC_SPMSPM_DATAFLOWS || gsl_rng_uniform(rng) < 0.2 ? -1 : 100 * gsl_rng_uniform(rng);
            stage[i].cycles[gsl_rng_uniform_int(rng, SC_SPMSPM_DATAFLOWS)] = 50;
        }
        cr_assert_eq(sc_network_solve(stage, (size_t)stages, activations, found, &totals, &err), SC_OK);
        double best = INFINITY;
        for (int code = 0; code < all; code++) {
            int chosen[5], rest = code;
            for (int i = 0; i < stages; i++, rest /= SC_SPMSPM_DATAFLOWS)
                chosen[i] = rest % SC_SPMSPM_DATAFLOWS;
            best = fmin(best, sequence(stage, stages, chosen, activations));
        }
        int chosen[5];
        for (int i = 0; i < stages; i++)
            chosen[i] = (int)found[i];
        cr_expect_float_eq(totals.best, best, 1e-9, "round %d: %g instead of %g", round, totals.best, best);
        cr_expect_float_eq(sequence(stage, stages, chosen, activations), best, 1e-9);
        cr_expect_geq(totals.greedy, totals.best - 1e-9);
        cr_expect_geq(totals.single, totals.best - 1e-9);
    }
    gsl_rng_free(rng);
}

Test(network, nothing_to_choose)
{
    struct sc_network_totals totals;
    struct sc_error err;
    cr_expect_eq(sc_network_solve(NULL, 0, SC_ACTIVATIONS_B, NULL, &totals, &err), SC_OK);
    cr_expect_eq(totals.best, 0);
}
