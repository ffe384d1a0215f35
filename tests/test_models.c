/* test_models.c - the closed forms against the naive simulator of tests/oracle, which was written from the specification without
 * them: events with an exact expected value, cycles within the error that is claimed for uncalibrated estimates, and finite results
 * on any input.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "estimator/estimate.h"
#include "oracle.h"
#include "traces/generate.h"

enum { SEEDS = 6 };

/* Uniform layers: shapes and densities from tiny fibers to rows of several chunks. */
static const struct {
    uint64_t M, N, K;
    double da, db;
} LAYERS[] = {
    {64, 300, 32, 0.3, 0.9},   {40, 60, 200, 0.4, 0.3},  {128, 8, 256, 0.5, 1},     {30, 500, 20, 0.15, 1},
    {90, 90, 90, 0.05, 0.05},  {24, 200, 300, 0.7, 0.1}, {300, 40, 60, 0.1, 0.5},   {16, 700, 100, 0.9, 0.4},
    {200, 30, 150, 0.02, 0.8}, {50, 50, 400, 0.3, 0.03}, {12, 1000, 16, 0.6, 0.06}, {70, 130, 70, 1, 1},
};

enum { LAYER_COUNT = sizeof LAYERS / sizeof *LAYERS };

/* Mean and standard error over seeds of what the naive simulator counts. */
struct sample {
    double mean, error;
};

static struct sample summarise(const double *value)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < SEEDS; i++)
        sum += value[i];
    for (int i = 0; i < SEEDS; i++)
        squares += (value[i] - sum / SEEDS) * (value[i] - sum / SEEDS);
    return (struct sample){sum / SEEDS, sqrt(squares / (SEEDS - 1) / SEEDS)};
}

static void simulate(int layer, const struct sc_machine *machine, enum sc_dataflow d, struct oracle_result out[SEEDS])
{
    const struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_error err;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sc_pattern a, b;
        cr_assert_eq(sc_pattern_generate(&a, LAYERS[layer].M, LAYERS[layer].K, LAYERS[layer].da, &uniform, true, 2 * seed + 1,
                                         &err), SC_OK);
        cr_assert_eq(sc_pattern_generate(&b, LAYERS[layer].K, LAYERS[layer].N, LAYERS[layer].db, &uniform, false, 2 * seed + 2,
                                         &err), SC_OK);
        cr_assert_eq(oracle_run(&out[seed], &a, &b, machine, d, &err), SC_OK, "%s", err.message);
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
}

static void estimate(int layer, const struct sc_plan *plan, struct sc_profile *profile, struct sc_estimates *out)
{
    struct sc_error err;
    bool all[SC_DATAFLOWS] = {false};
    struct sc_layer l = {.M = LAYERS[layer].M, .N = LAYERS[layer].N, .K = LAYERS[layer].K, .count = 1};
    l.density_a = LAYERS[layer].da;
    l.density_b = LAYERS[layer].db;
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        all[d] = true;
    cr_assert_eq(sc_profile_from_layer(profile, &l, &err), SC_OK);
    sc_estimate_profile(plan, profile, all, out);
}

/* |estimate - mean| within four standard errors and a share of the mean (for counts whose expectation is itself a closed form of
 * real-valued row lengths: half a count of rounding). */
static void expect(double estimated, struct sample s, double share, const char *what, int layer, int dataflow)
{
    double allowed = 4 * s.error + share * s.mean + 0.5;
    cr_expect(fabs(estimated - s.mean) <= allowed, "%s of layer %d, %s: estimated %g, simulated %g +- %g", what, layer,
              sc_dataflow_name((enum sc_dataflow)dataflow), estimated, s.mean, s.error);
}

static void compare_events(enum sc_timing timing)
{
    struct sc_machine machine = oracle_table5();
    struct sc_plan plan;
    struct sc_error err;
    machine.timing = timing;
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        machine.supports[d] = true;
    cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
    for (int layer = 0; layer < LAYER_COUNT; layer++) {
        struct sc_profile p;
        struct sc_estimates e;
        estimate(layer, &plan, &p, &e);
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct oracle_result run[SEEDS];
            double value[SEEDS];
            bool inner = d == SC_IP_M || d == SC_IP_N, gust = d == SC_GUST_M || d == SC_GUST_N;
            simulate(layer, &machine, (enum sc_dataflow)d, run);
#define COMPARE(field, estimated, share)                                                                               \
    for (int s = 0; s < SEEDS; s++)                                                                                    \
        value[s] = (double)run[s].field;                                                                               \
    expect(estimated, summarise(value), share, #field, layer, d)
            COMPARE(products, p.products, 0);
            COMPARE(nnz_c, p.nnz_c, 0.001);
            if (!inner) { /* exact in expectation */
                if (timing == SC_BLOCKING) {
                    COMPARE(str_reads, e.of[d].events.str_reads, 0);
                }
                if (!gust) {
                    COMPARE(tiles, e.of[d].events.tiles, 0);
                } else if (timing == SC_BLOCKING) {
                    COMPARE(tiles, e.of[d].events.tiles, 0.005);
                    COMPARE(psum_writes, e.of[d].events.psum_writes, 0.01);
                }
                if (timing == SC_PIPELINED) { /* distinct elements per step; every element appended to and taken from PSRAM */
                    /* Gustavson tiles hold whole rows: a quarter of a tile of packing error */
                    COMPARE(str_reads, e.of[d].events.str_reads, gust ? 0.03 + 0.25 / e.of[d].events.tiles : 0.01);
                    COMPARE(psum_writes, e.of[d].events.psum_writes, 0.02);
                    COMPARE(psum_reads, e.of[d].events.psum_reads, 0.02);
                }
                if (!gust && timing == SC_BLOCKING) {
                    COMPARE(psum_writes, e.of[d].events.psum_writes, 0);
                    COMPARE(psum_reads, e.of[d].events.psum_reads, 0);
                }
            } else { /* packing of whole rows: a renewal approximation, half a tile on few tiles, 4 % on many */
                double streamed = d == SC_IP_M ? p.b.nnz : p.a.nnz;
                COMPARE(tiles, e.of[d].events.tiles, 0.04);
                if (timing == SC_BLOCKING) {
                    COMPARE(str_reads / streamed, e.of[d].events.str_reads / streamed, 0.04);
                }
            }
#undef COMPARE
        }
    }
    sc_plan_free(&plan);
}

Test(models, events_blocking, .timeout = 120)
{
    compare_events(SC_BLOCKING);
}

Test(models, events_pipelined, .timeout = 120)
{
    compare_events(SC_PIPELINED);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Uncalibrated cycles over the layers and dataflows above: median and largest error. */
static void compare_cycles(enum sc_timing timing, double median, double worst)
{
    struct sc_machine machine = oracle_table5();
    struct sc_plan plan;
    struct sc_error err;
    double error[LAYER_COUNT * SC_SPMSPM_DATAFLOWS];
    int n = 0;
    machine.timing = timing;
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        machine.supports[d] = true;
    cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
    for (int layer = 0; layer < LAYER_COUNT; layer++) {
        struct sc_profile p;
        struct sc_estimates e;
        estimate(layer, &plan, &p, &e);
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct oracle_result run[SEEDS];
            double sum = 0;
            simulate(layer, &machine, (enum sc_dataflow)d, run);
            for (int s = 0; s < SEEDS; s++)
                sum += run[s].cycles;
            error[n++] = fabs(log(e.of[d].total_cycles / (sum / SEEDS)));
        }
    }
    sc_plan_free(&plan);
    qsort(error, (size_t)n, sizeof *error, ascending);
    fprintf(stderr, "%s: |ln error| of uncalibrated cycles: median %.4f, largest %.4f\n",
                timing == SC_BLOCKING ? "blocking" : "pipelined", error[n / 2], error[n - 1]);
    cr_expect_leq(error[n / 2], median);
    cr_expect_leq(error[n - 1], worst);
}

Test(models, cycles_blocking, .timeout = 120)
{
    compare_cycles(SC_BLOCKING, 0.02, 0.2);
}

Test(models, cycles_pipelined, .timeout = 120)
{
    compare_cycles(SC_PIPELINED, 0.02, 0.2);
}

/* Any layer on any machine: finite, not negative, parts add up, utilisation at most 1. */
static void check_sane(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_estimates *e)
{
    for (unsigned i = 0; i < e->count; i++) {
        struct sc_result row;
        sc_estimate_result(plan, p, &e->of[i], SC_ENERGY_NOMINAL, &row);
#define SC_TEXT_CHECK(name)
#define SC_FLAG_CHECK(name)
#define SC_NUMBER_CHECK(name)                                                                                          \
    cr_assert(isfinite(row.name) && (row.name >= 0 || row.area_mm2 < 0), #name " is %g (M %g N %g K %g nnz %g %g %s)",  \
              row.name, p->M, p->N, p->K, p->a.nnz, p->b.nnz, row.dataflow);
#define X(name, kind, unit, meaning) SC_##kind##_CHECK(name)
        SC_RESULT_COLUMNS(X)
#undef X
        cr_assert_leq(row.utilization, 1);
        double sum = row.stationary_cycles + row.stream_cycles + row.merge_cycles + row.stall_cycles;
        cr_assert_float_eq(sum, row.cycles, 1e-9 * row.cycles + 1e-9);
    }
}

static uint64_t any_size(gsl_rng *rng)
{
    static const double reach[] = {3, 8, 12, 20, 31};
    return (uint64_t)exp2(gsl_rng_uniform(rng) * reach[gsl_rng_uniform_int(rng, 5)]);
}

static double any_density(gsl_rng *rng)
{
    double u = gsl_rng_uniform(rng);
    return u < 0.1 ? 0 : u < 0.2 ? 1 : u < 0.6 ? gsl_rng_uniform(rng) : exp(-12 * gsl_rng_uniform(rng));
}

static struct sc_pattern_spec any_pattern(gsl_rng *rng)
{
    struct sc_pattern_spec s = {.kind = (enum sc_pattern_kind)gsl_rng_uniform_int(rng, 6)};
    s.skew = 3 * gsl_rng_uniform(rng);
    s.block_rows = 1 + gsl_rng_uniform_int(rng, 40);
    s.block_cols = 1 + gsl_rng_uniform_int(rng, 40);
    s.band = any_size(rng);
    s.nm_m = 1 + gsl_rng_uniform_int(rng, 16);
    s.nm_n = 1 + gsl_rng_uniform_int(rng, s.nm_m);
    return s;
}

Test(models, any_layer_is_finite, .timeout = 120)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    struct sc_error err;
    bool all[SC_DATAFLOWS] = {false};
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        all[d] = true;
    for (int round = 0; round < 40; round++) {
        static const uint32_t arrays[] = {2, 3, 16, 64, 256, 1000}, lines[] = {4, 32, 128, 512};
        struct sc_machine machine = oracle_table5();
        struct sc_plan plan;
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
            machine.supports[d] = true;
        machine.timing = round % 2 ? SC_PIPELINED : SC_BLOCKING;
        if (round > 3) {
            machine.multipliers = arrays[gsl_rng_uniform_int(rng, 6)];
            machine.str_line_bytes = lines[gsl_rng_uniform_int(rng, 4)];
            machine.str_banks = 1u << gsl_rng_uniform_int(rng, 7);
            machine.str_ways = 1 + (uint32_t)gsl_rng_uniform_int(rng, 16);
            machine.str_bytes = (uint64_t)machine.str_line_bytes * machine.str_ways << gsl_rng_uniform_int(rng, 12);
            machine.psram_bytes = gsl_rng_uniform_int(rng, 3) ? 1u << gsl_rng_uniform_int(rng, 20) : 0;
            machine.window_steps = 1 + (uint32_t)gsl_rng_uniform_int(rng, 200);
            machine.window_buffers = 1 + (uint32_t)gsl_rng_uniform_int(rng, 5);
        }
        cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
        for (int i = 0; i < 500; i++) {
            struct sc_layer l = {.M = any_size(rng), .N = any_size(rng), .K = any_size(rng), .count = 1};
            struct sc_profile p;
            struct sc_estimates e;
            l.density_a = any_density(rng);
            l.density_b = any_density(rng);
            l.pattern_a = any_pattern(rng);
            l.pattern_b = any_pattern(rng);
            if (sc_profile_from_layer(&p, &l, &err) != SC_OK)
                continue; /* a band too narrow for the density */
            sc_estimate_profile(&plan, &p, all, &e);
            check_sane(&plan, &p, &e);
        }
        sc_plan_free(&plan);
    }
    gsl_rng_free(rng);
}

/* The N form is the M form of the transposed problem. */
Test(models, transposition)
{
    struct sc_machine machine = oracle_table5();
    struct sc_plan plan;
    struct sc_error err;
    bool all[SC_DATAFLOWS] = {false};
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++)
        all[d] = machine.supports[d] = true;
    cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
    struct sc_layer l = {.M = 70, .N = 130, .K = 90, .density_a = 0.3, .density_b = 0.6, .count = 1};
    struct sc_layer t = {.M = 130, .N = 70, .K = 90, .density_a = 0.6, .density_b = 0.3, .count = 1};
    struct sc_profile p, q;
    struct sc_estimates e, f;
    cr_assert_eq(sc_profile_from_layer(&p, &l, &err), SC_OK);
    cr_assert_eq(sc_profile_from_layer(&q, &t, &err), SC_OK);
    sc_estimate_profile(&plan, &p, all, &e);
    sc_estimate_profile(&plan, &q, all, &f);
    for (int d = 0; d < 3; d++) {
        cr_expect_float_eq(e.of[d].total_cycles, f.of[d + 3].total_cycles, 1e-9 * e.of[d].total_cycles);
        cr_expect_float_eq(e.of[d + 3].total_cycles, f.of[d].total_cycles, 1e-9 * f.of[d].total_cycles);
    }
    sc_plan_free(&plan);
}
