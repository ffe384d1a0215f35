/* test_butterfly_counts.c - counts of butterflies, FFTs and blocks against the tables of the reference.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "butterfly_counts.h"

/* Weights, FLOP of BPMM and FFT and of the dense product, passes of 512 points and of 64; all exact. */
static const struct {
    uint64_t n, weights, bpmm, fft, dense;
    unsigned stage_passes, array_passes;
} TABLE[] = {
    {64, 768, 1152, 1920, 8192, 1, 1},
    {128, 1792, 2688, 4480, 32768, 1, 2},
    {256, 4096, 6144, 10240, 131072, 1, 2},
    {512, 9216, 13824, 23040, 524288, 1, 2},
    {768, 20480, 30720, 51200, 1179648, 2, 2},
    {1024, 20480, 30720, 51200, 2097152, 2, 2},
    {2048, 45056, 67584, 112640, 8388608, 2, 2},
    {4096, 98304, 147456, 245760, 33554432, 2, 2},
    {8192, 212992, 319488, 532480, 134217728, 2, 3},
};

Test(butterfly_counts, weights_and_flop_are_exact)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        struct sc_butterfly_counts b, f;
        sc_bpmm_counts(&b, TABLE[i].n, TABLE[i].n);
        sc_fft_counts(&f, TABLE[i].n, 4);
        cr_expect_eq(b.weights, TABLE[i].weights, "n = %" PRIu64 ": %" PRIu64, TABLE[i].n, b.weights);
        cr_expect_eq(b.flop, TABLE[i].bpmm, "n = %" PRIu64 ": %" PRIu64, TABLE[i].n, b.flop);
        cr_expect_eq(f.flop, TABLE[i].fft, "n = %" PRIu64 ": %" PRIu64, TABLE[i].n, f.flop);
        cr_expect_eq(b.dense_flop, TABLE[i].dense, "n = %" PRIu64 ": %" PRIu64, TABLE[i].n, b.dense_flop);
        cr_expect_eq(f.weights, TABLE[i].weights / 2);
        cr_expect_eq(b.slots, TABLE[i].weights, "a multiply and a fused multiply-add per output and stage");
        cr_expect_eq(f.slots, 2 * TABLE[i].weights, "8 slots per complex butterfly");
        cr_expect_eq(b.units, TABLE[i].weights / 4);
    }
}

Test(butterfly_counts, passes_are_exact)
{
    unsigned bits[SC_BUTTERFLY_BITS_MAX];
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        unsigned stages = sc_log2_ceil(TABLE[i].n), array = 0, inner[SC_BUTTERFLY_BITS_MAX];
        unsigned passes = sc_stage_split(stages, 9, bits);
        cr_expect_eq(passes, TABLE[i].stage_passes, "n = %" PRIu64 ": %u", TABLE[i].n, passes);
        for (unsigned p = 0; p < passes; p++)
            array += sc_stage_split(bits[p], 6, inner);
        cr_expect_eq(array, TABLE[i].array_passes, "n = %" PRIu64 ": %u", TABLE[i].n, array);
        cr_expect_eq(sc_stage_split(stages, 6, inner), TABLE[i].array_passes);
    }
    cr_expect_eq(sc_stage_split(10, 9, bits), 2); /* 1024 = 32 x 32 */
    cr_expect_eq(bits[0], 5);
    cr_expect_eq(bits[1], 5);
    cr_expect_eq(sc_stage_split(13, 9, bits), 2); /* 8192 = 128 x 64 */
    cr_expect_eq(bits[0], 7);
    cr_expect_eq(bits[1], 6);
}

Test(butterfly_counts, rectangles_are_stacks)
{
    struct sc_butterfly_counts c;
    sc_bpmm_counts(&c, 768, 3072);
    cr_expect_eq(c.points, 1024);
    cr_expect_eq(c.stacks, 3);
    cr_expect_eq(c.weights, 3 * 20480);
    sc_bpmm_counts(&c, 3072, 768);
    cr_expect_eq(c.points, 4096);
    cr_expect_eq(c.stacks, 1);
    cr_expect_eq(c.flop, 147456);
    sc_bpmm_counts(&c, 1, 1);
    cr_expect_eq(c.flop, 0);
    cr_expect_eq(c.points, 1);
}

/* GFLOP of a layer with FFN ratio 4 as the reference prints them: dense projections, attention, FFN, total; FBfly FFT,
 * FFN, total; dense : FBfly; ABfly total; dense : ABfly.  Digits shown are all checked. */
static const struct {
    const char *name;
    uint64_t tokens, width;
    const char *figures[10];
} BLOCKS[] = {
    {"vanilla T", 1024, 512, {"2.147", "2.147", "4.295", "8.590", ".0498", ".1258", ".1756", "48.9", "2.330", "3.69"}},
    {"ViT", 196, 1024, {"1.644", ".157", "3.288", "5.090", ".0236", ".0530", ".0766", "66.5", ".234", "21.7"}},
    {"FABNet-Base", 128, 768, {".604", ".050", "1.208", "1.862", ".0111", ".0307", ".0418", "44.5", ".097", "19.3"}},
    {"FABNet-Base", 1024, 768, {"4.83", "3.22", "9.66", "17.72", ".105", ".245", ".350", "50.6", "3.59", "4.93"}},
    {"FABNet-Large", 512, 1024, {"4.29", "1.07", "8.59", "13.96", ".0498", ".1384", ".1882", "74.2", "1.275", "10.9"}},
    {"FABNet-Large", 1024, 1024, {"8.59", "4.29", "17.18", "30.06", ".105", ".277", ".382", "78.8", "4.70", "6.40"}},
    {"BERT", 8192, 1024, {"68.7", "274.9", "137.4", "481.0", ".965", "2.215", "3.179", "151", "278.1", "1.73"}},
};

/* Half a unit in the last digit printed, and what a rounding of a rounding may add. */
static double half_digit(const char *printed)
{
    const char *point = NULL;
    unsigned digits = 0;
    for (const char *c = printed; *c; c++) {
        if (*c == '.')
            point = c;
        else if (point)
            digits++;
    }
    return 0.501 * pow(10, -(double)digits);
}

static const double *figures_of(const struct sc_block_shape *shape)
{
    static double v[10];
    struct sc_block_flop dense, fb, ab;
    sc_dense_block_flop(&dense, shape);
    sc_fbfly_block_flop(&fb, shape);
    sc_abfly_block_flop(&ab, shape);
    v[0] = dense.projections / 1e9;
    v[1] = dense.attention / 1e9;
    v[2] = dense.ffn / 1e9;
    v[3] = dense.total / 1e9;
    v[4] = fb.mixing / 1e9;
    v[5] = fb.ffn / 1e9;
    v[6] = fb.total / 1e9;
    v[7] = dense.total / fb.total;
    v[8] = ab.total / 1e9;
    v[9] = dense.total / ab.total;
    return v;
}

Test(butterfly_counts, blocks_are_exact_to_the_digits_shown)
{
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        struct sc_block_shape shape = {BLOCKS[i].tokens, BLOCKS[i].width, 4};
        const double *v = figures_of(&shape);
        for (int k = 0; k < 10; k++) {
            double printed = strtod(BLOCKS[i].figures[k], NULL);
            cr_expect_leq(fabs(v[k] - printed), half_digit(BLOCKS[i].figures[k]),
                          "%s N %" PRIu64 " figure %d: %s printed, %.6g", BLOCKS[i].name, shape.tokens, k,
                          BLOCKS[i].figures[k], v[k]);
        }
    }
}

/* MLX, Table IV: FLOP savings of 4.1 and 6.1 on the vanilla transformer for kept shares of 0.75 and 0.5; block size 64.
 */
Test(butterfly_counts, compressed_blocks_save_what_is_published)
{
    struct sc_block_shape shape = {1024, 512, 4};
    struct sc_block_flop dense, three, half;
    sc_dense_block_flop(&dense, &shape);
    sc_compressed_block_flop(&three, &shape, 64, 0.75, 0);
    sc_compressed_block_flop(&half, &shape, 64, 0.5, 0);
    fprintf(stderr, "FLOP saved on T: s = .75 4.1 published, %.2f; s = .5 6.1 published, %.2f\n",
            dense.total / three.total, dense.total / half.total);
    cr_expect_float_eq(dense.total / three.total, 4.1, 0.08 * 4.1);
    cr_expect_float_eq(dense.total / half.total, 6.1, 0.08 * 6.1);
    sc_compressed_block_flop(&three, &shape, 64, 0.75, 2);
    cr_expect_float_eq(dense.total / three.total, 3.9, 0.05, "with the FFTs of two tensors: %.3f",
                       dense.total / three.total);
}
