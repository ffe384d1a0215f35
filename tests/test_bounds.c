/* test_bounds.c - what limits a layer: that estimates and simulations name the same, and that more of what is named
 * helps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include "calibrate/trials.h"
#include "choice.h"
#include "estimate_cmd.h"
#include "families/bound.h"
#include "forecast.h"
#include "traces/operands.h"

TestSuite(bounds, .init = use_source_data);

static struct sc_bound *bind(const char *machine, const struct sc_machine_change *change)
{
    struct sc_choice choice = {.machine = {machine}, .machines = 1, .energy_case = SC_ENERGY_NOMINAL,
                               .calibration = "none", .change = change, .changes = change ? 1 : 0};
    struct sc_bound *bound;
    struct sc_error err;
    unsigned count;
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        cr_assert_eq(sc_choice_dataflow(&choice, sc_dataflow_name((enum sc_dataflow)d), &err), SC_OK);
    cr_assert_eq(sc_bind_machines(&bound, &count, &choice, &err), SC_OK, "%s", err.message);
    return bound;
}

static struct sc_layer_reader *open_list(const char *relative)
{
    struct sc_layer_options options = {.warn = NULL};
    struct sc_layer_reader *reader;
    struct sc_error err;
    char path[TEST_PATH];
    cr_assert_eq(sc_layer_open(&reader, in_source(path, relative), &options, &err), SC_OK, "%s", err.message);
    return reader;
}

static void forecast(struct sc_forecast *f, const struct sc_bound *bound, const struct sc_layer *layer)
{
    struct sc_profile profile;
    struct sc_error err;
    cr_assert_eq(sc_profile_layer(&profile, layer, &err), SC_OK, "%s", err.message);
    sc_forecast(f, bound, layer, &profile, sc_operands_of(layer), SC_ENERGY_NOMINAL);
}

/* The names come from different counts: expected ones here, counted ones there.  One of all pairs may differ, where two
 * parts are about equal. */
Test(bounds, estimates_and_simulations_agree)
{
    static const char *const machines[] = {"flexagon", "flexagon-asplos23"};
    unsigned pairs = 0, differ = 0;
    for (int m = 0; m < 2; m++) {
        struct sc_bound *bound = bind(machines[m], NULL);
        struct sc_layer_reader *reader = open_list("data/layers/flexagon-table6.csv");
        struct sc_layer layer;
        struct sc_error err;
        while (sc_layer_next(reader, &layer, &err) == SC_OK) {
            struct sc_forecast f;
            struct sc_result row[SC_DATAFLOWS];
            if (strstr("SQ5 SQ11 V0 MB215 A2 V7", layer.name) == NULL) /* the others take too long here */
                continue;
            forecast(&f, bound, &layer);
            cr_assert_eq(sc_simulate_rows(&bound->plan.machine, &layer, bound->wanted, SC_ENERGY_NOMINAL, NULL, row,
                                          &err),
                         SC_OK, "%s", err.message);
            for (unsigned i = 0; i < f.count; i++) {
                const struct sc_result *simulated = &row[f.dataflow[i]];
                cr_expect_not_null(sc_bound_meaning(simulated->bound), "%s", simulated->bound);
                pairs++;
                if (strcmp(f.row[i].bound, simulated->bound) == 0)
                    continue;
                differ++;
                fprintf(stderr, "%s, %s on %s: estimate %s, simulation %s\n", layer.name, f.row[i].dataflow,
                        machines[m], f.row[i].bound, simulated->bound);
            }
        }
        sc_layer_close(reader);
        sc_bound_free(bound, 1);
    }
    fprintf(stderr, "bounds of estimate and simulation: %u of %u alike\n", pairs - differ, pairs);
    cr_expect_eq(pairs, 2 * 6 * SC_SPMSPM_DATAFLOWS);
    cr_expect_leq(differ, 1);
}

/* Twice as much of the resource that a row names makes the layer at least 10 % faster. */
Test(bounds, more_of_what_is_named_helps)
{
    static const struct {
        const char *name;
        struct sc_machine_change change;
    } cases[] = {
        {"distribution", {"networks.dn_elements_per_cycle", "32"}},
        {"DRAM", {"dram.bandwidth_gbps", "512"}},
        {"DRAM latency", {"dram.latency_ns", "50"}},
        {"steps", {"array.multipliers", "128"}},
        {"compute", {"array.multipliers", "128"}},
    };
    struct sc_bound *base = bind("flexagon", NULL);
    unsigned found = 0;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct sc_bound *more = bind("flexagon", &cases[c].change);
        struct sc_layer_reader *reader = open_list("data/layers/flexagon-table6.csv");
        struct sc_layer layer;
        struct sc_error err;
        while (sc_layer_next(reader, &layer, &err) == SC_OK) {
            struct sc_forecast before, after;
            forecast(&before, base, &layer);
            forecast(&after, more, &layer);
            for (unsigned i = 0; i < before.count; i++) {
                if (strcmp(before.row[i].bound, cases[c].name) != 0)
                    continue;
                found++;
                cr_expect_geq(before.row[i].cycles / after.row[i].cycles, 1.10, "%s, %s: %s, %g against %g",
                              layer.name, before.row[i].dataflow, cases[c].name, before.row[i].cycles,
                              after.row[i].cycles);
            }
        }
        sc_layer_close(reader);
        sc_bound_free(more, 1);
    }
    cr_expect_geq(found, 15, "only %u rows name one of these", found);
    sc_bound_free(base, 1);
}

/* Blocking, by hand: 10 steps of 2 + 1 cycles among 100 cycles of streaming, the rest conflicts, and so on. */
Test(bounds, phases_and_parts)
{
    static const struct {
        enum sc_timing timing;
        double stationary, stream, merge, stall, steps, tree, products, dram, spills;
        const char *name;
    } cases[] = {
        {SC_BLOCKING, 0, 100, 0, 0, 10, 0, 0, 0, 0, "banks"},
        {SC_BLOCKING, 0, 100, 0, 0, 20, 0, 0, 0, 0, "steps"},
        {SC_BLOCKING, 0, 100, 0, 0, 10, 60, 0, 0, 0, "merge"},
        {SC_BLOCKING, 60, 50, 0, 0, 10, 0, 0, 0, 0, "stationary"},
        {SC_BLOCKING, 0, 50, 60, 0, 10, 0, 0, 0, 0, "merge"},
        {SC_BLOCKING, 0, 50, 0, 60, 10, 0, 0, 10, 0, "DRAM latency"},
        {SC_BLOCKING, 0, 50, 0, 60, 10, 0, 0, 40, 0, "DRAM"},
        {SC_BLOCKING, 0, 50, 0, 60, 10, 0, 0, 40, 30, "spills"},
        {SC_PIPELINED, 10, 50, 0, 10, 50, 0, 0, 70, 0, "DRAM"},
        {SC_PIPELINED, 10, 50, 0, 10, 50, 0, 0, 70, 40, "spills"},
        {SC_PIPELINED, 10, 50, 0, 10, 50, 0, 0, 50, 0, "steps"},
        {SC_PIPELINED, 10, 50, 0, 10, 50, 0, 36, 50, 0, "compute"},
        {SC_PIPELINED, 10, 50, 0, 10, 20, 0, 0, 50, 0, "banks"},
        {SC_PIPELINED, 0, 0, 0, 0, 0, 0, 0, 0, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_machine m = {.timing = cases[i].timing, .multipliers = 1, .step_fixed = 2, .dn_bandwidth = 16,
                               .rn_bandwidth = 16, .dram_gbps = 1, .clock_ghz = 1};
        struct sc_events e = {.steps = cases[i].steps, .tree_merged = cases[i].tree};
        struct sc_result row = {.stationary_cycles = cases[i].stationary, .stream_cycles = cases[i].stream,
                                .merge_cycles = cases[i].merge, .stall_cycles = cases[i].stall,
                                .products = cases[i].products, .dram_read_bytes = cases[i].dram,
                                .spill_bytes = cases[i].spills};
        row.cycles = row.stationary_cycles + row.stream_cycles + row.merge_cycles + row.stall_cycles;
        cr_expect_str_eq(sc_flexagon_bound(&m, &e, &row), cases[i].name, "case %zu: %s", i,
                         sc_flexagon_bound(&m, &e, &row));
    }
}
