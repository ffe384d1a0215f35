/* test_oracle.c - the naive simulator: worked examples, conservation and bounds on random problems.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/oracle/oracle.h"
#include "traces/generate.h"

static struct sc_pattern draw(uint64_t rows, uint64_t cols, double density, const struct sc_pattern_spec *spec,
                              bool is_a, uint64_t seed)
{
    struct sc_pattern p;
    struct sc_error err = {0};
    cr_assert_eq(sc_pattern_generate(&p, rows, cols, density, spec, is_a, seed, &err), SC_OK, "%s", err.message);
    return p;
}

static struct oracle_result run(const struct sc_pattern *a, const struct sc_pattern *b, const struct sc_machine *m,
                                int d)
{
    struct oracle_result r;
    struct sc_error err = {0};
    cr_assert_eq(oracle_run(&r, a, b, m, (enum sc_dataflow)d, &err), SC_OK, "%s", err.message);
    return r;
}

static struct oracle_result run_dense(uint64_t M, uint64_t N, uint64_t K, const struct sc_machine *m, int d)
{
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_pattern a = draw(M, K, 1, &uniform, true, 1), b = draw(K, N, 1, &uniform, false, 1);
    struct oracle_result r = run(&a, &b, m, d);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    return r;
}

/* Worked out by hand from the recipe. */
Test(oracle, one_by_one)
{
    /* Stationary 2 + 1 + 2 and 100 for the one line of both words; step 2 + 1; drain 10; op: merge 1 + 10; gust:
     * union 1. */
    static const double blocking[] = {118, 129, 119, 118, 129, 119};
    /* Window: 132 bytes / 256 + 100, then 1 + 1; output 4 / 256; fill 20.  op: refill 20 and a merge of 1 + 1 more. */
    static const double pipelined[] = {122.53125, 144.53125, 122.53125, 122.53125, 144.53125, 122.53125};
    struct sc_machine published = oracle_table5(), physical = published;
    physical.timing = SC_PIPELINED;
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
        struct oracle_result r = run_dense(1, 1, 1, &published, d);
        cr_expect_eq(r.cycles, blocking[d], "%d: %g", d, r.cycles);
        cr_expect(r.products == 1 && r.nnz_c == 1 && r.l1_misses == 1 && r.dram_write_bytes == 4);
        r = run_dense(1, 1, 1, &physical, d);
        cr_expect_eq(r.cycles, pipelined[d], "%d: %.9g", d, r.cycles);
        cr_expect(r.products == 1 && r.nnz_c == 1 && r.dram_read_bytes == 132 && r.dram_write_bytes == 4);
    }
}

/* A row of 3 on 2 multipliers: chunks of 2 and, with the previous sum, 1. */
Test(oracle, folded_row)
{
    struct sc_machine m = oracle_table5();
    m.multipliers = 2;
    struct oracle_result r = run_dense(1, 1, 3, &m, SC_IP_M);
    /* (2 + 2 + 2) + 100, step 2 + 2, 10; then 2 + 1 + 2, step with the old sum 2 + 2, 10. */
    cr_expect_eq(r.cycles, 139, "%g", r.cycles);
    cr_expect(r.tiles == 2 && r.fold_loads == 1 && r.str_reads == 3 && r.nnz_c == 1 && r.l1_accesses == 7);
    m.timing = SC_PIPELINED;
    r = run_dense(1, 1, 3, &m, SC_IP_M);
    /* 136 / 256 + 100 + 2, then 2 more, 4 / 256, fill 13 + 1 + 1. */
    cr_expect_eq(r.cycles, 119.546875, "%.9g", r.cycles);
    cr_expect(r.psum_writes == 1 && r.psum_reads == 1 && r.dram_read_bytes == 140 && r.dram_write_bytes == 4);
}

/* One block of 2 elements: dense 2 x 4 with K = 1 makes two fibers of 4, the second block onwards pushes the
 * oldest out. */
Test(oracle, oldest_block_is_spilled)
{
    struct sc_machine m = oracle_table5();
    m.timing = SC_PIPELINED;
    m.psram_bytes = m.psram_block_bytes = 8;
    struct oracle_result r = run_dense(2, 4, 1, &m, SC_OP_M);
    /* Both fibers append in turn, so each append finds its last block spilled: 8 blocks, 7 spilled, all read back. */
    cr_expect(r.psum_writes == 8 && r.psum_reads == 8);
    cr_expect(r.spill_write_bytes == 56 && r.spill_read_bytes == 56, "%llu", (unsigned long long)r.spill_write_bytes);
    m.psram_bytes = 16;
    r = run_dense(2, 4, 1, &m, SC_OP_M);
    cr_expect(r.spill_write_bytes == 16, "%llu", (unsigned long long)r.spill_write_bytes); /* two blocks too few */
    m.psram_bytes = 0;
    r = run_dense(2, 4, 1, &m, SC_OP_M);
    cr_expect(r.spill_write_bytes == 32 && r.spill_read_bytes == 32); /* every element at once */
}

struct trial {
    struct sc_pattern a, b;
    struct sc_machine machine;
    uint64_t products, nnz_c;
};

static uint64_t pick(uint64_t *state, uint64_t count)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's LCG */
    return (*state >> 33) % count;
}

static void count_exactly(struct trial *t)
{
    t->products = t->nnz_c = 0;
    for (uint64_t m = 0; m < t->a.rows; m++) {
        bool in[64] = {false};
        for (uint64_t s = t->a.ptr[m]; s < t->a.ptr[m + 1]; s++)
            for (uint64_t q = t->b.ptr[t->a.idx[s]]; q < t->b.ptr[t->a.idx[s] + 1]; q++) {
                t->products++;
                t->nnz_c += !in[t->b.idx[q]];
                in[t->b.idx[q]] = true;
            }
    }
}

static struct trial trial_new(uint64_t seed)
{
    static const struct sc_pattern_spec specs[] = {
        {.kind = SC_UNIFORM}, {.kind = SC_ROWSKEW, .skew = 1.1}, {.kind = SC_COLSKEW, .skew = 1.5},
        {.kind = SC_BLOCK, .block_rows = 3, .block_cols = 4}, {.kind = SC_BANDED, .band = 1000},
        {.kind = SC_NM, .nm_n = 1, .nm_m = 4},
    };
    static const uint64_t sizes[] = {0, 1, 2, 5, 13, 24, 40, 63}, leaves[] = {2, 3, 4, 8, 16, 64};
    static const double densities[] = {0, 0.02, 0.1, 0.3, 0.6, 1};
    uint64_t state = seed;
    struct trial t = {.machine = oracle_table5()};
    uint64_t M = sizes[pick(&state, 8)], N = sizes[pick(&state, 8)], K = sizes[pick(&state, 8)];
    t.a = draw(M, K, densities[pick(&state, 6)], &specs[seed % 6], true, 2 * seed);
    t.b = draw(K, N, densities[pick(&state, 6)], &specs[seed / 6 % 6], false, 2 * seed + 1);
    t.machine.multipliers = (uint32_t)leaves[pick(&state, 6)];
    t.machine.str_ways = 1 + (uint32_t)pick(&state, 4);
    t.machine.str_line_bytes = 16u << pick(&state, 3);
    t.machine.str_bytes = t.machine.str_line_bytes * t.machine.str_ways * (1 + pick(&state, 20));
    t.machine.str_words_per_bank = 1 + (uint32_t)pick(&state, 4);
    t.machine.psram_block_bytes = 8u << pick(&state, 4);
    t.machine.psram_bytes = t.machine.psram_block_bytes * pick(&state, 30);
    t.machine.psram_sets = (uint32_t)pick(&state, 4);
    t.machine.dn_bandwidth = 1 + (double)pick(&state, 8);
    t.machine.rn_bandwidth = 0.5 + (double)pick(&state, 8);
    t.machine.dram_gbps = 8 << pick(&state, 6);
    t.machine.window_steps = 1 + (uint32_t)pick(&state, 20);
    t.machine.window_buffers = 1 + (uint32_t)pick(&state, 3);
    t.machine.count_pointers = pick(&state, 2);
    count_exactly(&t);
    return t;
}

static void trial_free(struct trial *t)
{
    sc_pattern_free(&t->a);
    sc_pattern_free(&t->b);
}

enum { TRIALS = 200 };

Test(oracle, blocking_conserves)
{
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct trial t = trial_new(seed);
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct oracle_result r = run(&t.a, &t.b, &t.machine, d);
            uint64_t stationary = d < SC_IP_N ? t.a.nnz : t.b.nnz;
            cr_assert(r.products == t.products && r.nnz_c == t.nnz_c, "seed %d dataflow %d", (int)seed, d);
            cr_assert_eq(r.l1_accesses, stationary + r.str_reads + r.fold_loads);
            if (d % 3 != SC_IP_M)
                cr_assert_eq(r.str_reads, t.products);
            else
                cr_assert_geq(r.str_reads * t.machine.multipliers, t.products);
            cr_assert_leq(r.lines_touched, r.l1_misses);
            cr_assert_eq(r.psum_writes, r.psum_reads);
            cr_assert_eq(r.cycles, r.stationary_cycles + r.stream_cycles + r.merge_cycles + r.stall_cycles);
            cr_assert_eq(r.dram_read_bytes, r.l1_misses * t.machine.str_line_bytes);
        }
        trial_free(&t);
    }
}

static void check_bounds(const struct trial *t, const struct oracle_result *r, int d, uint64_t seed)
{
    const struct sc_machine *m = &t->machine;
    uint64_t stationary = d < SC_IP_N ? t->a.nnz : t->b.nnz, outputs = d < SC_IP_N ? t->a.rows : t->b.cols;
    bool empty = t->a.nnz == 0 || t->b.nnz == 0;
    uint64_t pointers = m->count_pointers && !empty ? 4 * (outputs + 1) : 0;
    double dram = (double)(r->dram_read_bytes + r->dram_write_bytes) / (m->dram_gbps / m->clock_ghz);
    cr_assert(r->products == t->products && r->nnz_c == t->nnz_c, "seed %d dataflow %d", (int)seed, d);
    cr_assert_eq(r->psum_writes, r->psum_reads);
    cr_assert_eq(r->spill_write_bytes, r->spill_read_bytes);
    cr_assert_geq(r->cycles, ceil((double)r->dn_elements / m->dn_bandwidth));
    cr_assert_geq(r->cycles, dram * (1 - 1e-12), "seed %d dataflow %d: %g cycles", (int)seed, d, r->cycles);
    cr_assert_geq(r->stall_cycles, 0);
    if (!empty)
        cr_assert_geq(r->dram_read_bytes, 4 * stationary + r->lines_touched * m->str_line_bytes);
    cr_assert_eq(r->dram_read_bytes,
                 4 * (empty ? 0 : stationary) + r->l1_misses * m->str_line_bytes + r->spill_read_bytes);
    cr_assert_eq(r->dram_write_bytes, 4 * t->nnz_c + pointers + r->spill_write_bytes);
    if (d % 3 == SC_OP_M)
        cr_assert_eq(r->psum_writes, t->products + r->psum_intermediate);
}

Test(oracle, pipelined_conserves)
{
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct trial t = trial_new(seed);
        t.machine.timing = SC_PIPELINED;
        for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
            struct oracle_result r = run(&t.a, &t.b, &t.machine, d);
            check_bounds(&t, &r, d, seed);
            if (t.a.nnz == 0 || t.b.nnz == 0)
                cr_assert_eq(r.cycles, 14 + ceil(log2(t.machine.multipliers)));

            struct sc_machine better = t.machine;
            better.psram_bytes = 1 << 20;
            cr_assert_eq(run(&t.a, &t.b, &better, d).spill_write_bytes, 0);
            better = t.machine;
            better.dn_bandwidth *= 2;
            cr_assert_leq(run(&t.a, &t.b, &better, d).cycles, r.cycles);
            better = t.machine;
            better.rn_bandwidth *= 2;
            cr_assert_leq(run(&t.a, &t.b, &better, d).cycles, r.cycles);
            better = t.machine;
            better.dram_gbps *= 2;
            cr_assert_leq(run(&t.a, &t.b, &better, d).cycles, r.cycles);
        }
        trial_free(&t);
    }
}

Test(oracle, refuses_what_it_cannot_run)
{
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_pattern a = draw(2, 3, 1, &uniform, true, 1), b = draw(2, 2, 1, &uniform, false, 1);
    struct sc_machine one = oracle_table5();
    struct oracle_result r;
    struct sc_error err;
    cr_assert_eq(oracle_run(&r, &a, &b, &one, SC_IP_M, &err), SC_BAD_INPUT);
    one.multipliers = 1;
    cr_assert_eq(oracle_run(&r, &b, &b, &one, SC_IP_M, &err), SC_UNSUPPORTED);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}
