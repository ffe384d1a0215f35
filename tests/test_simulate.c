/* test_simulate.c - the simulator against the naive oracle, every field of every result; phases, cancellation, result
 * rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tests/oracle/oracle.h"
#include "traces/generate.h"
#include "traces/sim/simulate.h"

static uint64_t pick(uint64_t *state, uint64_t count)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's LCG */
    return (*state >> 33) % count;
}

static struct sc_pattern draw(uint64_t rows, uint64_t cols, double density, const struct sc_pattern_spec *spec,
                              bool is_a, uint64_t seed)
{
    struct sc_pattern p;
    struct sc_error err = {0};
    cr_assert_eq(sc_pattern_generate(&p, rows, cols, density, spec, is_a, seed, &err), SC_OK, "%s", err.message);
    return p;
}

struct trial {
    struct sc_pattern a, b, a_columns, b_columns;
    struct sc_machine machine;
};

static void finish_trial(struct trial *t)
{
    cr_assert_eq(sc_pattern_transpose(&t->a_columns, &t->a, NULL), SC_OK);
    cr_assert_eq(sc_pattern_transpose(&t->b_columns, &t->b, NULL), SC_OK);
}

static void free_trial(struct trial *t)
{
    sc_pattern_free(&t->a);
    sc_pattern_free(&t->b);
    sc_pattern_free(&t->a_columns);
    sc_pattern_free(&t->b_columns);
}

/* Machines of all sizes, down to caches of one line and no PSRAM.  Cycle constants are multiples of 1/4, so that sums
 * of them are exact in any order. */
static void draw_machine(struct sc_machine *m, uint64_t *state)
{
    static const uint32_t leaves[] = {2, 3, 4, 5, 8, 16, 33, 64};
    m->multipliers = leaves[pick(state, 8)];
    m->element_bytes = pick(state, 4) ? 4 : 1u << pick(state, 4);
    m->str_ways = 1 + (uint32_t)pick(state, 6);
    m->str_line_bytes = m->element_bytes * (1 + (uint32_t)pick(state, 3)) << pick(state, 4);
    m->str_bytes = (uint64_t)m->str_line_bytes * m->str_ways * (1 + pick(state, pick(state, 2) ? 8 : 80));
    m->str_banks = pick(state, 3) ? 1u << pick(state, 5) : 1 + (uint32_t)pick(state, 90);
    m->str_words_per_bank = 1 + (uint32_t)pick(state, 5);
    m->psram_block_bytes = m->element_bytes * (1 + (uint32_t)pick(state, 16));
    m->psram_bytes = m->psram_block_bytes * pick(state, pick(state, 2) ? 30 : 400);
    m->psram_sets = (uint32_t)pick(state, 4);
    m->sta_fifo_bytes = (uint32_t)pick(state, 300);
    m->dn_bandwidth = pick(state, 2) ? 1 + (double)pick(state, 8) : 0.3 * (1 + (double)pick(state, 50));
    m->rn_bandwidth = 0.5 + (double)pick(state, 8);
    m->dram_gbps = pick(state, 3) ? 8 << pick(state, 6) : 7.3 * (1 + (double)pick(state, 8));
    m->dram_latency_ns = 50 * (double)pick(state, 3);
    m->clock_ghz = pick(state, 3) ? 1 : 0.8;
    m->window_steps = 1 + (uint32_t)pick(state, 20);
    m->window_buffers = 1 + (uint32_t)pick(state, 4);
    m->count_pointers = pick(state, 2);
    m->step_fixed = 0.5 * (double)pick(state, 5);
    m->stationary_fixed = (double)pick(state, 4);
    m->drain = 0.25 * (double)pick(state, 50);
    m->empty_step = (double)pick(state, 3);
    m->empty_row = (double)pick(state, 5);
    m->line_cycles = pick(state, 2) ? 1 + (uint32_t)pick(state, 3) : 0;
    m->miss_fixed = pick(state, 2) ? 0.25 * (double)pick(state, 30) : 0;
    m->inner_drain = 0.5 * (double)pick(state, 6);
    m->outer_drain = 0.5 * (double)pick(state, 6);
    m->stores = pick(state, 2);
    m->last_store = (double)pick(state, 2) * 7.5;
}

static struct trial draw_trial(uint64_t seed)
{
    static const struct sc_pattern_spec specs[] = {
        {.kind = SC_UNIFORM}, {.kind = SC_ROWSKEW, .skew = 1.1}, {.kind = SC_COLSKEW, .skew = 1.5},
        {.kind = SC_BLOCK, .block_rows = 3, .block_cols = 4}, {.kind = SC_BANDED, .band = 1000},
        {.kind = SC_NM, .nm_n = 1, .nm_m = 4},
    };
    static const uint64_t sizes[] = {0, 1, 2, 5, 13, 24, 30, 40, 63, 64};
    static const double densities[] = {0, 0.02, 0.1, 0.3, 0.6, 1};
    uint64_t state = 977 * seed;
    pick(&state, 2);
    struct trial t = {.machine = oracle_table5()};
    uint64_t M = sizes[pick(&state, 10)], N = sizes[pick(&state, 10)], K = sizes[pick(&state, 10)];
    t.a = draw(M, K, densities[pick(&state, 6)], &specs[seed % 6], true, 2 * seed);
    t.b = draw(K, N, densities[pick(&state, 6)], &specs[seed / 6 % 6], false, 2 * seed + 1);
    draw_machine(&t.machine, &state);
    finish_trial(&t);
    return t;
}

static struct sc_sim_result simulate(const struct trial *t, int dataflow, const struct sc_sim_options *options)
{
    struct sc_sim_result r;
    struct sc_error err = {0};
    cr_assert_eq(sc_simulate(&r, &t->machine, (enum sc_dataflow)dataflow, &t->a, &t->b, options, &err), SC_OK, "%s",
                 err.message);
    return r;
}

static void expect_equal(const struct sc_sim_result *fast, const struct oracle_result *oracle, int seed, int dataflow)
{
#define X(name, meaning)                                                                                              \
    cr_assert(fast->name == oracle->name, "seed %d dataflow %d: " #name " %.17g, oracle %.17g", seed, dataflow,      \
              (double)fast->name, (double)oracle->name);
    ORACLE_CYCLES(X)
    ORACLE_COUNTS(X)
#undef X
}

/* Both policies and all dataflows. */
static void compare_trial(struct trial *t, int seed)
{
    struct sc_sim_options transposes = {.a_columns = &t->a_columns, .b_columns = &t->b_columns};
    for (int policy = 0; policy < 2; policy++)
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct oracle_result oracle;
            t->machine.timing = policy ? SC_PIPELINED : SC_BLOCKING;
            cr_assert_eq(oracle_run(&oracle, &t->a, &t->b, &t->machine, (enum sc_dataflow)d, NULL), SC_OK);
            struct sc_sim_result fast = simulate(t, d, seed % 2 ? &transposes : NULL);
            expect_equal(&fast, &oracle, seed, d);
            if (t->a.nnz > 0 && t->b.nnz > 0)
                cr_assert_eq(fast.stationary_words, d < SC_IP_N ? t->a.nnz : t->b.nnz);
        }
}

enum { TRIALS = 2100, HALF = TRIALS / 2 };

static void compare_trials(uint64_t from, uint64_t to)
{
    for (uint64_t seed = from; seed < to; seed++) {
        struct trial t = draw_trial(seed);
        compare_trial(&t, (int)seed);
        free_trial(&t);
    }
}

Test(simulate, equals_the_oracle_first_half)
{
    compare_trials(0, HALF);
}

Test(simulate, equals_the_oracle_second_half)
{
    compare_trials(HALF, TRIALS);
}

/* The blocking policy of flexagon-tfm-adrian. */
static void use_replay(struct sc_machine *m)
{
    m->miss_fixed = 4;
    m->line_cycles = 1;
    m->inner_drain = 2;
    m->outer_drain = 3;
    m->stores = true;
    m->last_store = 5;
}

/* Large enough for long rows, caches of the usual shape that do not hold the operands, and PSRAM that spills. */
Test(simulate, equals_the_oracle_on_layers)
{
    static const struct {
        uint64_t M, N, K, str_bytes, psram_bytes;
        double density_a, density_b;
    } layers[] = {
        {20, 700, 150, 65536, 16384, 0.3, 0.5},
        {300, 40, 90, 8192, 4096, 0.2, 0.1},
        {64, 64, 700, 1 << 20, 1 << 18, 0.4, 0.3},
        {9, 2000, 30, 32768, 65536, 0.6, 0.9},
    };
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    for (int l = 0; l < (int)(sizeof layers / sizeof layers[0]); l++) {
        struct trial t = {.machine = oracle_table5()};
        t.a = draw(layers[l].M, layers[l].K, layers[l].density_a, &uniform, true, 1);
        t.b = draw(layers[l].K, layers[l].N, layers[l].density_b, &uniform, false, 2);
        t.machine.str_bytes = layers[l].str_bytes;
        t.machine.psram_bytes = layers[l].psram_bytes;
        finish_trial(&t);
        compare_trial(&t, l);
        use_replay(&t.machine);
        compare_trial(&t, l);
        free_trial(&t);
    }
}

struct log {
    double end, on_chip;
    uint64_t phases, events[3];
    bool ordered, joined;
};

static void record(const struct sc_sim_phase *phase, void *context)
{
    static const char *const names[] = {"stationary", "stream", "merge"};
    struct log *log = context;
    log->joined = log->joined && phase->start == log->end;
    log->ordered = log->ordered && phase->start >= log->end - 1e-9 && phase->end >= phase->start;
    log->end = phase->end;
    log->on_chip += phase->end - phase->start;
    log->phases++;
    for (int i = 0; i < 3; i++)
        if (strcmp(phase->name, names[i]) == 0)
            log->events[i] += phase->events;
}

static double latency_of(const struct sc_machine *m)
{
    return m->dram_latency_ns * m->clock_ghz + m->miss_fixed;
}

Test(simulate, phases_tell_the_whole_run)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct trial t = draw_trial(seed);
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct log log = {.ordered = true, .joined = true};
            struct sc_sim_options options = {.trace = record, .context = &log};
            t.machine.timing = SC_BLOCKING;
            struct sc_sim_result r = simulate(&t, d, &options);
            cr_assert(log.joined, "seed %d dataflow %d", (int)seed, d);
            double stored = t.machine.last_store + (d % 3 == SC_IP_M ? 0 : latency_of(&t.machine));
            cr_assert_eq(log.end + (r.nnz_c > 0 && t.machine.last_store > 0 ? stored : 0), r.cycles);
            cr_assert(log.events[0] == r.stationary_words && log.events[1] == r.steps);
            cr_assert_eq(log.events[2], r.merge_inputs);

            log = (struct log){.ordered = true};
            t.machine.timing = SC_PIPELINED;
            r = simulate(&t, d, &options);
            cr_assert(log.ordered, "seed %d dataflow %d", (int)seed, d);
            cr_assert_leq(log.end, r.cycles);
            cr_assert_float_eq(log.on_chip, r.stationary_cycles + r.stream_cycles + r.merge_cycles, 1e-6);
            cr_assert(log.events[1] == r.steps && log.events[2] == r.merge_inputs);
        }
        free_trial(&t);
    }
}

Test(simulate, stops_when_asked)
{
    volatile sig_atomic_t cancel = 1;
    struct sc_sim_options options = {.cancel = &cancel};
    struct trial t = draw_trial(100);
    struct sc_sim_result r;
    struct sc_error err = {0};
    sc_pattern_free(&t.a);
    sc_pattern_free(&t.b);
    t.a = draw(30, 30, 0.5, &(struct sc_pattern_spec){.kind = SC_UNIFORM}, true, 1);
    t.b = draw(30, 30, 0.5, &(struct sc_pattern_spec){.kind = SC_UNIFORM}, false, 2);
    for (int d = 0; d < 2 * SC_SPMSPM_DATAFLOWS; d++) {
        t.machine.timing = d < SC_SPMSPM_DATAFLOWS ? SC_BLOCKING : SC_PIPELINED;
        enum sc_dataflow dataflow = (enum sc_dataflow)(d % SC_SPMSPM_DATAFLOWS);
        cr_expect_eq(sc_simulate(&r, &t.machine, dataflow, &t.a, &t.b, &options, &err), SC_END);
        cr_expect(r.cycles == 0 && r.products == 0 && err.message[0] != '\0');
    }
    cancel = 0;
    cr_expect_gt(simulate(&t, SC_IP_M, &options).cycles, 0);
    free_trial(&t);
}

Test(simulate, refuses_what_it_cannot_run)
{
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_pattern a = draw(2, 3, 1, &uniform, true, 1), b = draw(2, 2, 1, &uniform, false, 1);
    struct sc_machine good = oracle_table5(), bad;
    struct sc_sim_result r;
    struct sc_error err;
    cr_expect_eq(sc_simulate(&r, &good, SC_IP_M, &a, &b, NULL, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "3 columns") && strstr(err.message, "2 rows"), "%s", err.message);
    cr_expect_eq(sc_simulate(&r, &good, SC_BITMAP_OP, &b, &b, NULL, &err), SC_UNSUPPORTED);
#define REFUSED(field, value)                                                                                         \
    do {                                                                                                              \
        bad = good;                                                                                                   \
        bad.field = value;                                                                                            \
        cr_expect_eq(sc_simulate(&r, &bad, SC_GUST_M, &b, &b, NULL, &err), SC_UNSUPPORTED, #field);                   \
    } while (0)
    REFUSED(multipliers, 1);
    REFUSED(element_bytes, 0);
    REFUSED(str_line_bytes, 2);
    REFUSED(str_ways, 0);
    REFUSED(str_banks, 0);
    REFUSED(str_bytes, 127);
    REFUSED(str_words_per_bank, 0);
    REFUSED(dn_bandwidth, 0);
    REFUSED(rn_bandwidth, -1);
    REFUSED(dram_gbps, nan(""));
    REFUSED(clock_ghz, 0);
    REFUSED(window_steps, 0);
    REFUSED(window_buffers, 0);
    REFUSED(psram_block_bytes, 3);
#undef REFUSED
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

/* One event at a time costs 1 pJ. */
Test(simulate, result_rows_and_energy)
{
    struct trial t = draw_trial(0);
    sc_pattern_free(&t.a);
    sc_pattern_free(&t.b);
    t.a = draw(50, 40, 0.5, &(struct sc_pattern_spec){.kind = SC_UNIFORM}, true, 1);
    t.b = draw(40, 60, 0.5, &(struct sc_pattern_spec){.kind = SC_UNIFORM}, false, 2);
    t.machine = oracle_table5();
    t.machine.multipliers = 16;
    t.machine.psram_bytes = 1024;
    t.machine.clock_ghz = 0.5;
    for (int d = 0; d < 2 * SC_SPMSPM_DATAFLOWS; d++) {
        bool pipelined = d >= SC_SPMSPM_DATAFLOWS, gustavson = d % 3 == SC_GUST_M, inner = d % 3 == SC_IP_M;
        t.machine.timing = pipelined ? SC_PIPELINED : SC_BLOCKING;
        enum sc_dataflow dataflow = (enum sc_dataflow)(d % SC_SPMSPM_DATAFLOWS);
        struct sc_sim_result r = simulate(&t, (int)dataflow, NULL);
        struct sc_result row = {0};
        uint64_t sent = pipelined ? r.dn_elements - r.stationary_words - r.merge_inputs : r.str_reads;
        uint64_t merged = r.merge_inputs + (gustavson ? r.products : 0), compared = inner ? r.str_reads : 0;
        const struct {
            double *pj;
            uint64_t events;
        } costs[] = {
            {t.machine.energy.multiply, r.products},        {t.machine.energy.add, r.products - r.nnz_c},
            {t.machine.energy.compare, 4 * merged + compared}, {t.machine.energy.dn_element, sent},
            {t.machine.energy.sta_read, r.stationary_words}, {t.machine.energy.sta_write, r.stationary_words},
            {t.machine.energy.str_read, r.str_reads + r.fold_loads}, {t.machine.energy.str_fill, r.l1_misses},
            {t.machine.energy.psram_read, r.psum_reads},    {t.machine.energy.psram_write, r.psum_writes},
            {t.machine.energy.dram_read, r.dram_read_bytes}, {t.machine.energy.dram_write, r.dram_write_bytes},
        };
        for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
            costs[i].pj[SC_ENERGY_HIGH] = 1;
            sc_sim_to_result(&row, &r, &t.machine, dataflow, t.a.nnz, t.b.nnz, SC_ENERGY_HIGH);
            cr_expect_float_eq(row.energy_j * 1e12, (double)costs[i].events, 1e-6, "run %d cost %d: %g", d, (int)i,
                               row.energy_j * 1e12);
            costs[i].pj[SC_ENERGY_HIGH] = 0;
        }
        cr_expect_str_eq(row.dataflow, sc_dataflow_name(dataflow));
        cr_expect_str_eq(row.source, "simulation");
        cr_expect(row.cycles == r.cycles && row.cycles_low == r.cycles && row.cycles_high == r.cycles);
        cr_expect_eq(row.stationary_cycles + row.stream_cycles + row.merge_cycles + row.stall_cycles, row.cycles);
        cr_expect(row.nnz_a == (double)t.a.nnz && row.nnz_b == (double)t.b.nnz);
        cr_expect(row.nnz_c == (double)r.nnz_c && row.products == (double)r.products);
        cr_expect_eq(row.utilization, (double)r.products / (16 * r.cycles));
        cr_expect_eq(row.time_s, r.cycles / 0.5e9);
        cr_expect_eq(row.area_mm2, -1);
    }
    free_trial(&t);
}
