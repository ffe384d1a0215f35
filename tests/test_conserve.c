/* test_conserve.c - what no timing may change and no machine can beat: the simulator's events and cycles, both policies
 * and six dataflows, on random pairs of operands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>
#include <stdbool.h>

#include "lists.h"
#include "traces/generate.h"
#include "traces/pattern_read.h"
#include "traces/sim/simulate.h"

TestSuite(conserve, .init = use_source_data);

enum { TRIALS = 150, MACHINES = 3 };

/* Small arrays and caches, so that rows fold, lines are evicted and PSRAM spills. */
struct trial {
    struct sc_pattern a, b, bt; /* bt: transpose of b */
    struct sc_machine machine[MACHINES];
    uint64_t products, nnz_c;
};

static uint64_t pick(uint64_t *state, uint64_t count)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's LCG */
    return (*state >> 33) % count;
}

static void shrink(struct sc_machine *m, uint64_t seed)
{
    uint64_t state = seed;
    static const uint32_t leaves[] = {2, 5, 16, 64};
    m->multipliers = leaves[pick(&state, 4)];
    m->str_ways = 1 + (uint32_t)pick(&state, 4);
    m->str_line_bytes = 16u << pick(&state, 4);
    m->str_bytes = (uint64_t)m->str_line_bytes * m->str_ways * (1 + pick(&state, 60));
    m->str_banks = 1u << pick(&state, 5);
    m->str_words_per_bank = 1 + (uint32_t)pick(&state, 4);
    m->psram_bytes = m->psram_block_bytes * pick(&state, 60);
    m->dn_bandwidth = 1 + (double)pick(&state, 20);
    m->rn_bandwidth = 1 + (double)pick(&state, 20);
    m->dram_gbps = 8 << pick(&state, 6);
}

static struct sc_pattern draw(uint64_t rows, uint64_t cols, double density, uint64_t kind, bool is_a, uint64_t seed)
{
    static const struct sc_pattern_spec specs[] = {
        {.kind = SC_UNIFORM},
        {.kind = SC_ROWSKEW, .skew = 1.1},
        {.kind = SC_COLSKEW, .skew = 1.5},
        {.kind = SC_BLOCK, .block_rows = 3, .block_cols = 4},
        {.kind = SC_BANDED, .band = 1000},
        {.kind = SC_NM, .nm_n = 1, .nm_m = 4},
    };
    struct sc_pattern p;
    struct sc_error err;
    cr_assert_eq(sc_pattern_generate(&p, rows, cols, density, &specs[kind], is_a, seed, &err), SC_OK, "%s",
                 err.message);
    return p;
}

static void count_exactly(struct trial *t)
{
    t->products = t->nnz_c = 0;
    for (uint64_t m = 0; m < t->a.rows; m++) {
        bool in[128] = {false};
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
    static const char *const names[MACHINES] = {"flexagon-asplos23", "flexagon-tfm-adrian", "flexagon"};
    static const uint64_t sizes[] = {0, 1, 3, 17, 40, 64, 128};
    static const double densities[] = {0.02, 0.1, 0.3, 0.6, 1};
    uint64_t state = 31 * seed;
    struct trial t;
    struct sc_error err;
    uint64_t M = sizes[pick(&state, 7)], N = sizes[pick(&state, 7)], K = sizes[pick(&state, 7)];
    t.a = draw(M, K, densities[pick(&state, 5)], seed % 6, true, 2 * seed);
    t.b = draw(K, N, densities[pick(&state, 5)], seed / 6 % 6, false, 2 * seed + 1);
    cr_assert_eq(sc_pattern_transpose(&t.bt, &t.b, &err), SC_OK);
    for (int m = 0; m < MACHINES; m++) {
        cr_assert_eq(sc_machine_read(&t.machine[m], names[m], NULL, &err), SC_OK, "%s", err.message);
        shrink(&t.machine[m], seed);
    }
    count_exactly(&t);
    return t;
}

static void trial_free(struct trial *t)
{
    sc_pattern_free(&t->a);
    sc_pattern_free(&t->b);
    sc_pattern_free(&t->bt);
}

/* Stationary tiles, and passes over the streamed operand, of the inner product: whole rows share a tile, a folded row
 * is one pass. */
static void count_inner(const struct sc_pattern *a, uint64_t size, uint64_t *tiles, uint64_t *passes)
{
    *tiles = *passes = 0;
    for (uint64_t row = 0; row < a->rows; ++*passes) {
        uint64_t length = a->ptr[row + 1] - a->ptr[row], from = a->ptr[row];
        *tiles += 1;
        if (length > size) {
            *tiles += (length - size + size - 2) / (size - 1);
            row++;
            continue;
        }
        while (row < a->rows && a->ptr[row + 1] - from <= size)
            row++;
    }
}

/* Counts that have an exact closed form under the blocking policy (`a` stays, `streamed` nonzeros stream). */
static void check_reads(const struct trial *t, const struct sc_machine *m, int d, const struct sc_sim_result *r)
{
    const struct sc_pattern *a = d < SC_IP_N ? &t->a : &t->bt;
    uint64_t streamed = d < SC_IP_N ? t->b.nnz : t->a.nnz, size = m->multipliers, tiles = 0, passes = 0;
    cr_assert_eq(r->stationary_words, a->nnz);
    cr_assert_eq(r->l1_accesses, a->nnz + r->str_reads + r->fold_loads);
    if (d % 3 == SC_IP_M) {
        count_inner(a, size, &tiles, &passes);
        cr_assert_eq(r->str_reads, streamed * passes);
    } else {
        for (uint64_t row = 0; d % 3 == SC_GUST_M && row < a->rows; row++)
            tiles += (a->ptr[row + 1] - a->ptr[row] + size - 1) / size;
        tiles = d % 3 == SC_OP_M ? (a->nnz + size - 1) / size : tiles;
        cr_assert_eq(r->str_reads, t->products);
    }
    cr_assert_eq(r->tiles, tiles);
    if (d % 3 == SC_OP_M)
        cr_assert_eq(r->psum_writes, t->products);
}

/* Lines that a step waits for; those that stores of sums fetch pass unnoticed. */
static double waited_lines(const struct sc_machine *m, const struct sc_sim_result *r)
{
    double stored = m->stores ? (double)r->fold_loads : 0; /* at most */
    return fmax(0, (double)r->l1_misses - stored);
}

/* No resource works faster than it can: multipliers, banks, the root of the tree, memory. */
static void check_blocking(const struct trial *t, const struct sc_machine *m, const struct sc_sim_result *r)
{
    double line = m->line_cycles > 0 ? m->line_cycles : m->str_line_bytes / (m->dram_gbps / m->clock_ghz);
    cr_assert_geq(r->cycles, (double)t->products / m->multipliers);
    cr_assert_geq(r->cycles, (double)r->l1_accesses / m->str_banks);
    cr_assert_geq(r->cycles, (double)(r->tree_merged + r->merge_outputs));
    cr_assert_geq(r->cycles * (1 + 1e-12), waited_lines(m, r) * line);
    cr_assert_eq(r->dram_read_bytes, r->l1_misses * m->str_line_bytes);
    cr_assert_eq(r->dram_write_bytes, t->nnz_c * m->element_bytes);
}

static void check_pipelined(const struct trial *t, const struct sc_machine *m, int d, const struct sc_sim_result *r)
{
    double bytes = (double)(r->dram_read_bytes + r->dram_write_bytes);
    double taken = d % 3 == SC_OP_M     ? (double)t->products
                   : d % 3 == SC_GUST_M ? (double)r->tree_merged
                                        : (double)t->nnz_c;
    bool empty = t->a.nnz == 0 || t->b.nnz == 0;
    cr_assert_geq(r->cycles, (double)t->products / m->multipliers);
    cr_assert_geq(r->cycles, (double)r->str_reads / ((double)m->str_banks * m->str_words_per_bank));
    cr_assert_geq(r->cycles, ceil((double)r->dn_elements / m->dn_bandwidth));
    cr_assert_geq(r->cycles, taken / m->rn_bandwidth);
    cr_assert_geq(r->cycles, (double)r->merge_outputs);
    cr_assert_geq(r->cycles * (1 + 1e-12), bytes / (m->dram_gbps / m->clock_ghz));
    cr_assert_eq(r->spill_write_bytes, r->spill_read_bytes);
    uint64_t stationary = empty ? 0 : (d < SC_IP_N ? t->a.nnz : t->b.nnz) * m->element_bytes;
    cr_assert_eq(r->dram_read_bytes, stationary + r->l1_misses * m->str_line_bytes + r->spill_read_bytes);
    cr_assert_eq(r->dram_write_bytes, t->nnz_c * m->element_bytes + r->spill_write_bytes);
    if (d % 3 == SC_OP_M)
        cr_assert_eq(r->psum_writes, t->products + r->psum_intermediate);
}

Test(conserve, six_dataflows_one_product)
{
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct trial t = trial_new(seed);
        for (int i = 0; i < MACHINES * SC_SPMSPM_DATAFLOWS; i++) {
            const struct sc_machine *m = &t.machine[i / SC_SPMSPM_DATAFLOWS];
            struct sc_sim_result r;
            struct sc_error err;
            int d = i % SC_SPMSPM_DATAFLOWS;
            cr_assert_eq(sc_simulate(&r, m, (enum sc_dataflow)d, &t.a, &t.b, NULL, &err), SC_OK, "%s", err.message);
            cr_assert(r.products == t.products && r.nnz_c == t.nnz_c, "seed %d, %s on %s", (int)seed,
                      sc_dataflow_name((enum sc_dataflow)d), m->name);
            cr_assert_eq(r.psum_writes, r.psum_reads, "every partial sum written is read once");
            cr_assert_leq(r.lines_touched, r.l1_misses);
            cr_assert_float_eq(r.cycles, r.stationary_cycles + r.stream_cycles + r.merge_cycles + r.stall_cycles,
                               1e-9 * r.cycles);
            if (m->timing == SC_BLOCKING) {
                check_reads(&t, m, d, &r);
                check_blocking(&t, m, &r);
            } else {
                check_pipelined(&t, m, d, &r);
            }
        }
        trial_free(&t);
    }
}

/* Multiplies, and nonzeros of C where they are known (0: not), of real pairs (../shared/workloads/README.md). */
static void check_pair(const char *shared, const char *a_file, const char *b_file, const bool dataflows[],
                       uint64_t products, uint64_t nnz_c)
{
    struct sc_pattern a, b;
    struct sc_machine machine;
    struct sc_error err;
    char path[TEST_PATH];
    cr_assert_eq(sc_machine_read(&machine, "flexagon-asplos23", NULL, &err), SC_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/matrices/%s", shared, a_file);
    cr_assert_eq(sc_pattern_read(&a, path, NULL, &err), SC_OK, "%s", err.message);
    snprintf(path, sizeof path, "%s/matrices/%s", shared, b_file);
    cr_assert_eq(sc_pattern_read(&b, path, NULL, &err), SC_OK, "%s", err.message);
    for (int d = 0; d < SC_SPMSPM_DATAFLOWS; d++) {
        struct sc_sim_result r;
        if (!dataflows[d])
            continue;
        cr_assert_eq(sc_simulate(&r, &machine, (enum sc_dataflow)d, &a, &b, NULL, &err), SC_OK, "%s", err.message);
        cr_expect(r.products == products && (nnz_c == 0 || r.nnz_c == nnz_c), "%s, %s", a_file,
                  sc_dataflow_name((enum sc_dataflow)d));
    }
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

Test(conserve, products_of_real_pairs, .timeout = 120)
{
    static const struct {
        const char *a, *b;
        uint64_t products, nnz_c;
    } pairs[] = {
        {"spgemm/wiki-Vote.mtx", "spgemm/wiki-Vote.mtx", 4542805, 1831112},
        {"spgemm/p2p-Gnutella31.mtx", "spgemm/p2p-Gnutella31.mtx", 538318, 537601},
        {"spgemm/p2p-Gnutella25.mtx", "spgemm/p2p-Gnutella25.mtx", 188066, 187748},
        {"spgemm/p2p-Gnutella09.mtx", "spgemm/p2p-Gnutella09.mtx", 108864, 105493},
        {"spgemm/p2p-Gnutella08.mtx", "spgemm/p2p-Gnutella08.mtx", 94194, 89625},
        {"spgemm/email-Enron.mtx", "spgemm/email-Enron.mtx", 51501448, 30492154},
        {"eyerissv2_mobilenet0.5/L07_W.smtx", "eyerissv2_mobilenet0.5/L07_A.smtx", 1702140, 0},
        {"eyerissv2_mobilenet0.5/L09_W.smtx", "eyerissv2_mobilenet0.5/L09_A.smtx", 1499682, 0},
        {"eyerissv2_mobilenet0.5/L13_W.smtx", "eyerissv2_mobilenet0.5/L13_A.smtx", 1144158, 0},
    };
    /* The inner product streams all of B past each tile, which takes long on graphs. */
    static const bool all[SC_SPMSPM_DATAFLOWS] = {true, true, true, true, true, true};
    static const bool one[SC_SPMSPM_DATAFLOWS] = {[SC_GUST_M] = true};
    const char *shared = shared_workloads();
    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        check_pair(shared, pairs[i].a, pairs[i].b, pairs[i].nnz_c ? one : all, pairs[i].products, pairs[i].nnz_c);
}
