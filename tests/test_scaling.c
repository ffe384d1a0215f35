/* test_scaling.c - what units and symmetry demand of every closed form and simulator: a machine whose rates all double
 * needs the same cycles and half the time; C^T = B^T A^T takes what C = A B takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>

#include "estimate.h"
#include "family.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

TestSuite(scaling, .init = use_source_data);

static const struct layer_case {
    enum sc_layer_kind kind;
    uint64_t M, N, K;
    double density_a, density_b;
} LAYERS[] = {
    {SC_GEMM, 60, 70, 50, 0.3, 0.2},
    {SC_GEMM, 33, 9, 128, 0.5, 1},
    {SC_BPMM, 100, 20, 64, 1, 1},
    {SC_FFT, 128, 40, 128, 1, 1},
    {SC_FFT2D, 32, 64, 32, 1, 1},
    {SC_ATTENTION, 64, 24, 48, 1, 1},
};
enum { LAYER_CASES = sizeof LAYERS / sizeof LAYERS[0] };

static struct sc_layer layer_of(const struct layer_case *c)
{
    struct sc_layer layer = {.name = "layer", .model = "", .M = c->M, .N = c->N, .K = c->K, .count = 1};
    layer.op.kind = c->kind;
    layer.op.heads = c->kind == SC_ATTENTION ? 4 : 0;
    layer.density_a = c->density_a;
    layer.density_b = c->density_b;
    return layer;
}

/* The same hardware, its clock and everything that works beside it `factor` times as fast. */
static struct sc_machine faster(const struct sc_machine *machine, double factor)
{
    struct sc_machine m = *machine;
    m.clock_ghz *= factor;
    m.dram_gbps *= factor;
    m.dram_latency_ns /= factor;
    m.roofline.tensor_tflops *= factor;
    m.roofline.vector_tflops *= factor;
    m.roofline.launch_us /= factor;
    return m;
}

static void expect_same_cycles(const struct sc_result *slow, const struct sc_result *fast, const char *what)
{
    cr_expect_float_eq(fast->cycles, slow->cycles, 1e-9 * slow->cycles, "%s, %s, %s: %.10g became %.10g cycles",
                       slow->machine, slow->dataflow, what, slow->cycles, fast->cycles);
    cr_expect_float_eq(2 * fast->time_s, slow->time_s, 1e-9 * slow->time_s, "%s, %s, %s: %g s became %g s",
                       slow->machine, slow->dataflow, what, slow->time_s, fast->time_s);
    cr_expect_float_eq(fast->products, slow->products, 1e-9 * slow->products);
    cr_expect_float_eq(fast->dram_read_bytes, slow->dram_read_bytes, 1e-9 * slow->dram_read_bytes);
    cr_expect_float_eq(fast->dram_write_bytes, slow->dram_write_bytes, 1e-9 * slow->dram_write_bytes);
}

static unsigned estimate(const struct sc_plan *plan, const struct sc_layer *layer, struct sc_result row[SC_DATAFLOWS])
{
    bool all[SC_DATAFLOWS];
    struct sc_estimates e;
    struct sc_profile profile;
    struct sc_error err;
    memset(all, true, sizeof all);
    cr_assert_eq(sc_profile_from_layer(&profile, layer, &err), SC_OK, "%s", err.message);
    sc_estimate_profile(plan, &profile, all, &e);
    for (unsigned i = 0; i < e.count; i++) {
        sc_estimate_result(plan, &profile, &e.of[i], SC_ENERGY_NOMINAL, &row[i]);
        row[i].machine = plan->machine.name;
    }
    return e.count;
}

static unsigned compare_estimates(const struct sc_machine *machine)
{
    struct sc_machine twice = faster(machine, 2);
    struct sc_result slow[SC_DATAFLOWS] = {{.cycles = 0}}, fast[SC_DATAFLOWS] = {{.cycles = 0}};
    struct sc_plan plan, other;
    struct sc_error err;
    unsigned rows = 0;
    cr_assert_eq(sc_plan_init(&plan, machine, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_plan_init(&other, &twice, &err), SC_OK, "%s", err.message);
    for (int l = 0; l < LAYER_CASES; l++) {
        struct sc_layer layer = layer_of(&LAYERS[l]);
        unsigned count = estimate(&plan, &layer, slow);
        cr_assert_eq(estimate(&other, &layer, fast), count);
        for (unsigned i = 0; i < count; i++)
            expect_same_cycles(&slow[i], &fast[i], "estimate");
        rows += count;
    }
    sc_plan_free(&plan);
    sc_plan_free(&other);
    return rows;
}

static unsigned compare_simulations(const struct sc_machine *machine)
{
    struct sc_machine twice = faster(machine, 2);
    struct sc_error err;
    unsigned rows = 0;
    for (int l = 0; l < LAYER_CASES; l++) {
        struct sc_layer layer = layer_of(&LAYERS[l]);
        struct sc_pattern a = {0}, b = {0};
        bool patterns = sc_simulator_reads_patterns(machine, &layer.op);
        cr_assert(!patterns || sc_layer_patterns(&layer, 7, &a, &b, &err) == SC_OK);
        for (int d = 0; d < SC_DATAFLOWS; d++) {
            struct sc_result slow = {.machine = machine->name}, fast = slow;
            if (!machine->supports[d] || !machine->family->runs(machine, (enum sc_dataflow)d, &layer.op))
                continue;
            int first = sc_simulate_layer(&slow, machine, (enum sc_dataflow)d, &layer, patterns ? &a : NULL,
                                          patterns ? &b : NULL, SC_ENERGY_NOMINAL, NULL, &err);
            int second = sc_simulate_layer(&fast, &twice, (enum sc_dataflow)d, &layer, patterns ? &a : NULL,
                                           patterns ? &b : NULL, SC_ENERGY_NOMINAL, NULL, &err);
            cr_assert(first == SC_OK && second == SC_OK, "%s", err.message);
            expect_same_cycles(&slow, &fast, "simulation");
            rows++;
        }
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
    return rows;
}

Test(scaling, twice_the_rates_take_the_same_cycles)
{
    char **names;
    unsigned count, estimated = 0, simulated = 0;
    struct sc_error err;
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK);
    for (unsigned i = 0; i < count; i++) {
        struct sc_machine machine;
        cr_assert_eq(sc_machine_read(&machine, names[i], NULL, &err), SC_OK, "%s", err.message);
        estimated += compare_estimates(&machine);
        if (strcmp(machine.family->name, "roofline") != 0)
            simulated += compare_simulations(&machine);
    }
    cr_assert(estimated > 100 && simulated > 100, "%u estimates, %u simulations", estimated, simulated);
    free(names);
}

/* What of a run is the same whichever operand is called A. */
static void expect_turned(const struct sc_result *m, const struct sc_result *n)
{
    cr_expect_float_eq(n->cycles, m->cycles, 1e-9 * m->cycles, "%s, %s: %.10g and %.10g cycles", m->machine,
                       m->dataflow, m->cycles, n->cycles);
    cr_expect_float_eq(n->l1_misses, m->l1_misses, 1e-9 * m->l1_misses);
    cr_expect_float_eq(n->psum_writes, m->psum_writes, 1e-9 * m->psum_writes);
    cr_expect_float_eq(n->energy_j, m->energy_j, 1e-9 * m->energy_j);
    cr_expect_eq(n->nnz_a, m->nnz_b);
    cr_expect_eq(n->nnz_b, m->nnz_a);
}

Test(scaling, n_stationary_is_m_stationary_turned)
{
    static const char *const names[] = {"flexagon", "flexagon-asplos23"};
    struct sc_layer layer = layer_of(&LAYERS[0]), turned = layer;
    struct sc_pattern a, b, a_turned, b_turned;
    struct sc_error err;
    turned.M = layer.N;
    turned.N = layer.M;
    turned.density_a = layer.density_b;
    turned.density_b = layer.density_a;
    cr_assert_eq(sc_layer_patterns(&layer, 7, &a, &b, &err), SC_OK);
    cr_assert_eq(sc_pattern_transpose(&a_turned, &a, &err), SC_OK);
    cr_assert_eq(sc_pattern_transpose(&b_turned, &b, &err), SC_OK);
    for (unsigned i = 0; i < 2; i++) {
        struct sc_result m = {.machine = names[i]}, n = m, rows[SC_DATAFLOWS], others[SC_DATAFLOWS];
        struct sc_machine machine;
        struct sc_plan plan;
        cr_assert_eq(sc_machine_read(&machine, names[i], NULL, &err), SC_OK);
        for (int d = 0; d < SC_DATAFLOWS; d++) /* the -asplos23 machines list three, but can run all */
            machine.supports[d] = d < SC_SPMSPM_DATAFLOWS;
        cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
        cr_assert_eq(estimate(&plan, &layer, rows), SC_SPMSPM_DATAFLOWS);
        cr_assert_eq(estimate(&plan, &turned, others), SC_SPMSPM_DATAFLOWS);
        for (int d = 0; d < 3; d++) {
            expect_turned(&rows[SC_IP_M + d], &others[SC_IP_N + d]);
            cr_assert_eq(sc_simulate_layer(&m, &machine, (enum sc_dataflow)(SC_IP_M + d), &layer, &a, &b,
                                           SC_ENERGY_NOMINAL, NULL, &err), SC_OK);
            cr_assert_eq(sc_simulate_layer(&n, &machine, (enum sc_dataflow)(SC_IP_N + d), &turned, &b_turned, &a_turned,
                                           SC_ENERGY_NOMINAL, NULL, &err), SC_OK);
            expect_turned(&m, &n);
        }
        sc_plan_free(&plan);
    }
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    sc_pattern_free(&a_turned);
    sc_pattern_free(&b_turned);
}
