/* Tests of the simulator of the dual-side sparse tensor core: its parts, the format, the naive oracle, Fig. 21 of the
 * paper.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bitmap_oracle.h"
#include "fig21.h"
#include "traces/generate.h"
#include "traces/sim/accumulate.h"
#include "traces/sim/bitmap_format.h"
#include "traces/sim/warps.h"

static const struct sc_operator GEMM = {.kind = SC_GEMM};

/* Some machine with banks; sizes that the oracle can step through. */
static struct sc_tensor_core draw_core(gsl_rng *rng)
{
    static const unsigned tiles[] = {8, 16, 32}, parts[] = {1, 2, 4};
    struct sc_tensor_core c = {.sms = 1 + (uint32_t)gsl_rng_uniform_int(rng, 3),
                               .subcores = 1 + (uint32_t)gsl_rng_uniform_int(rng, 4)};
    c.tile = tiles[gsl_rng_uniform_int(rng, 3)];
    c.tile_k = gsl_rng_uniform_int(rng, 2) ? 16 : 5;
    c.quantum_activation = c.tile / parts[gsl_rng_uniform_int(rng, 3)];
    c.quantum_weight = c.tile / parts[gsl_rng_uniform_int(rng, 3)];
    c.activations_are_b = gsl_rng_uniform_int(rng, 2);
    c.popcount_slots = (uint32_t)gsl_rng_uniform_int(rng, 3);
    c.skip_slots = (uint32_t)gsl_rng_uniform_int(rng, 3);
    c.banks = 1 + (uint32_t)gsl_rng_uniform_int(rng, c.tile * c.tile < 128 ? c.tile * c.tile : 128);
    c.window = 1 + (uint32_t)gsl_rng_uniform_int(rng, 20);
    c.mask_cycles = (uint32_t)gsl_rng_uniform_int(rng, 3);
    c.scattered_banks = gsl_rng_uniform_int(rng, 2);
    c.drain_cycles = (double)gsl_rng_uniform_int(rng, 12);
    return c;
}

static void draw_bits(gsl_rng *rng, bool *bits, unsigned count, double density)
{
    for (unsigned i = 0; i < count; i++)
        bits[i] = gsl_rng_uniform(rng) < density;
}

/* The pattern of rows x cols bits. */
static struct sc_pattern pattern_of(const bool *bits, unsigned rows, unsigned cols)
{
    struct sc_pattern p;
    struct sc_error err;
    uint64_t nnz = 0;
    for (unsigned i = 0; i < rows * cols; i++)
        nnz += bits[i];
    cr_assert_eq(sc_pattern_alloc(&p, rows, cols, nnz, &err), SC_OK);
    nnz = 0;
    for (unsigned r = 0; r < rows; r++) {
        for (unsigned c = 0; c < cols; c++)
            if (bits[r * cols + c])
                p.idx[nnz++] = c;
        p.ptr[r + 1] = nnz;
    }
    return p;
}

static void simulate_bits(struct sc_bitmap_counts *out, const struct sc_tensor_core *core, const bool *a, const bool *b,
                          unsigned M, unsigned N, unsigned K)
{
    struct sc_pattern rows = pattern_of(a, M, K), steps = pattern_of(b, K, N), columns;
    struct sc_error err;
    cr_assert_eq(sc_pattern_transpose(&columns, &rows, &err), SC_OK);
    cr_assert_eq(sc_bitmap_simulate(out, core, &GEMM, &columns, &steps, NULL, &err), SC_OK);
    sc_pattern_free(&rows);
    sc_pattern_free(&steps);
    sc_pattern_free(&columns);
}

Test(bitmap_sim, equals_the_naive_oracle)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    static bool a[48 * 40], b[40 * 48];
    gsl_rng_set(rng, 5);
    for (int i = 0; i < 1200; i++) {
        struct sc_tensor_core core = draw_core(rng);
        unsigned M = 1 + (unsigned)gsl_rng_uniform_int(rng, 40), N = 1 + (unsigned)gsl_rng_uniform_int(rng, 40);
        unsigned K = 1 + (unsigned)gsl_rng_uniform_int(rng, 24);
        struct sc_bitmap_counts fast, slow;
        draw_bits(rng, a, M * K, pow(gsl_rng_uniform(rng), 2));
        draw_bits(rng, b, K * N, gsl_rng_uniform(rng));
        simulate_bits(&fast, &core, a, b, M, N, K);
        bitmap_oracle(&slow, &core, core.popcount_slots, a, b, M, N, K);
        cr_assert(memcmp(&fast, &slow, sizeof fast) == 0,
                  "problem %d (%u x %u x %u, tile %u, banks %u, window %u): cycles %lu against %lu, waits %lu / %lu", i,
                  M, N, K, core.tile, core.banks, core.window, (unsigned long)fast.cycles, (unsigned long)slow.cycles,
                  (unsigned long)fast.waits, (unsigned long)slow.waits);
    }
    gsl_rng_free(rng);
}

Test(bitmap_sim, the_deal_is_even)
{
    for (uint32_t banks = 1; banks <= 1024; banks += banks < 130 ? 1 : 97)
        for (int scattered = 0; scattered < 2; scattered++) {
            struct sc_tensor_core core = {.tile = 32, .quantum_activation = 8, .quantum_weight = 16, .banks = banks,
                                          .scattered_banks = scattered};
            sc_tensor_banks bank;
            unsigned words[1024] = {0}, least = 1024, most = 0;
            sc_tensor_deal_banks(&core, bank);
            for (int r = 0; r < 32; r++)
                for (int c = 0; c < 32; c++) {
                    cr_assert_lt(bank[r][c], banks);
                    words[bank[r][c]]++;
                }
            for (uint32_t i = 0; i < banks; i++) {
                least = words[i] < least ? words[i] : least;
                most = words[i] > most ? words[i] : most;
            }
            cr_assert(!scattered || most - least <= 1, "%u banks hold %u to %u words", banks, least, most);
        }
}

/* A block of 8 x 16 straight words meets no conflict; twice the same OHMMA does. */
Test(bitmap_sim, banks_take_one_sum_per_cycle)
{
    struct sc_tensor_core core = {.tile = 32, .banks = 128, .window = 2, .mask_cycles = 0, .scattered_banks = false,
                                  .quantum_activation = 8, .quantum_weight = 16};
    struct sc_accumulator buffer;
    struct sc_error err;
    uint8_t at[32];
    for (uint8_t i = 0; i < 32; i++)
        at[i] = i;
    cr_assert_eq(sc_accumulator_init(&buffer, &core, &err), SC_OK);
    sc_accumulator_reset(&buffer);
    cr_assert_eq(sc_accumulator_push(&buffer, at, 8, at, 16, 0), 0);
    cr_assert_eq(sc_accumulator_end(&buffer), 1);
    cr_assert_eq(sc_accumulator_push(&buffer, at, 8, at, 16, 0), 0);
    cr_assert_eq(sc_accumulator_end(&buffer), 2);
    cr_assert_eq(sc_accumulator_push(&buffer, at, 8, at, 16, 0), 1, "the window of two is full until cycle 1");
    sc_accumulator_free(&buffer);
}

Test(bitmap_sim, blocks_go_to_the_first_free_sm)
{
    static const uint64_t cycles[] = {10, 2, 4, 4, 3, 3, 9, 1}; /* blocks of two: 10, 4, 3, 9 on two SMs */
    struct sc_warps warps;
    struct sc_error err;
    cr_assert_eq(sc_warps_init(&warps, 2, 2, &err), SC_OK);
    for (size_t i = 0; i < sizeof cycles / sizeof cycles[0]; i++)
        sc_warps_add(&warps, cycles[i]);
    cr_assert_eq(sc_warps_end(&warps), 4 + 3 + 9);
    sc_warps_free(&warps);
}

/* Section 3.2 of our reference: d w + p_ne + (1 + ptr) / 512 bits per element. */
Test(bitmap_sim, storage_equals_the_formulas)
{
    static const double densities[] = {0, 0.0005, 0.002, 0.01, 0.1, 0.5, 0.93, 0.94, 1};
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    for (size_t i = 0; i < sizeof densities / sizeof densities[0]; i++) {
        struct sc_tensor_core core = {.tile = 32, .tile_k = 16, .value_bits = 16, .pointer_bits = 32};
        struct sc_pattern p;
        struct sc_bitmap bitmap;
        struct sc_error err;
        double d = densities[i], elements = 1024 * 2048, tiles = elements / 512;
        cr_assert_eq(sc_pattern_generate(&p, 1024, 2048, d, &uniform, false, 7, &err), SC_OK);
        cr_assert_eq(sc_bitmap_encode(&bitmap, &p, 32, 16, &err), SC_OK);
        struct sc_tensor_bits bits = sc_tensor_encoded(&core, (double)p.nnz, tiles, (double)bitmap.stored);
        double expected = 16 * d + 1 - pow(1 - d, 512) + 33.0 / 512, found = (bits.values + bits.format) / elements;
        uint64_t set = 0;
        for (uint64_t w = 0; w < bitmap.stored * 16; w++)
            for (uint32_t word = bitmap.element[w]; word; word &= word - 1)
                set++;
        cr_assert_eq(set, p.nnz, "every nonzero has its bit");
        cr_assert_eq(bits.format, 512.0 * (double)bitmap.stored + 33 * tiles);
        cr_assert_lt(fabs(found - expected), 0.01 + 0.002 * expected, "density %g: %g bits per element, expected %g", d,
                     found, expected);
        cr_assert_eq(found < 16, d < 0.934, "smaller than dense below a density of 0.934");
        core.empty_bitmaps = true;
        bits = sc_tensor_encoded(&core, (double)p.nnz, tiles, (double)bitmap.stored);
        cr_assert_eq(bits.format, elements + 33 * tiles);
        sc_bitmap_free(&bitmap);
        sc_pattern_free(&p);
    }
}

Test(bitmap_sim, an_empty_operand_costs_a_cycle_per_k_tile)
{
    static bool a[32 * 100], b[100 * 32];
    struct sc_tensor_core core = fig21_core();
    struct sc_bitmap_counts c;
    memset(a, 1, sizeof a);
    core.drain_cycles = 0;
    simulate_bits(&c, &core, a, b, 32, 32, 100);
    cr_assert_eq(c.cycles, 7); /* ceil(100 / 16) */
    cr_assert_eq(c.products + c.ohmma + c.nnz_c, 0);
}

/* Cycles per k of a simulation of 2 x 2 tiles, densities of activations and weights. */
static double simulated(const struct sc_tensor_core *core, double activation, double weight)
{
    enum { STEPS = 3072 };
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    struct sc_pattern a, b;
    struct sc_bitmap_counts c;
    struct sc_error err;
    cr_assert_eq(sc_pattern_generate(&a, STEPS, 64, weight, &uniform, false, 11, &err), SC_OK);
    cr_assert_eq(sc_pattern_generate(&b, STEPS, 64, activation, &uniform, false, 12, &err), SC_OK);
    cr_assert_eq(sc_bitmap_simulate(&c, core, &GEMM, &a, &b, NULL, &err), SC_OK);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    return (double)(c.slots + c.waits) / (4.0 * STEPS);
}

Test(bitmap_sim, fig21_of_the_paper)
{
    struct sc_tensor_core core = fig21_core();
    double error = fig21_error("simulator", simulated, &core);
    cr_assert_leq(error, 6);
    core.window = 1;
    cr_assert_gt(fig21_error("simulator, window of 1", simulated, &core), 10, "the window matters");
    core = fig21_core();
    core.mask_cycles = 0;
    cr_assert_gt(fig21_error("simulator, masks for free", simulated, &core), error, "the masks matter");
    core = fig21_core();
    core.quantum_activation = 16;
    core.quantum_weight = 8;
    cr_assert_gt(fig21_error("simulator, quanta exchanged", simulated, &core), 1.5 * error + 4);
}

/* What is not known is no lever: straight banks, other windows and bank counts stay near the figure. */
Test(bitmap_sim, fig21_hardly_depends_on_the_unknown)
{
    static const struct {
        const char *name;
        unsigned banks, window;
        bool scattered;
    } cases[] = {
        {"straight banks", 128, 16, false}, {"window 24", 128, 24, true},          {"window 32", 128, 32, true},
        {"window 64", 128, 64, true},       {"straight, window 32", 128, 32, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_tensor_core core = fig21_core();
        core.banks = cases[i].banks;
        core.window = cases[i].window;
        core.scattered_banks = cases[i].scattered;
        cr_assert_leq(fig21_error(cases[i].name, simulated, &core), 7);
    }
}

Test(bitmap_sim, throughput_mode_is_m3)
{
    struct sc_tensor_core core = fig21_core();
    core.throughput = true;
    core.sums_per_cycle = 110;
    core.k_cycles = 0.55;
    core.popcount_slots = 0;
    cr_assert_float_eq(simulated(&core, 1, 1), 1024.0 / 110 + 0.55, 2e-3);
    cr_assert_lt(fig21_error("simulator, throughput mode (M3, fitted to this figure)", simulated, &core), 3.2);
}
