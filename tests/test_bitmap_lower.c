/* Tests of bitmap im2col against the definition of a convolution, and of convolutions lowered that way on the machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "estimator/estimate.h"
#include "estimator/family.h"
#include "machine_files.h"
#include "traces/generate.h"
#include "traces/measure.h"
#include "traces/sim/families.h"
#include "traces/sim/lower.h"

static const struct sc_pattern_spec UNIFORM = {.kind = SC_UNIFORM};

static struct sc_operator geometry(uint64_t channels, uint64_t height, uint64_t width, uint64_t filter, uint64_t stride,
                                   uint64_t pad, uint64_t batch)
{
    return (struct sc_operator){.kind = SC_CONV,
                                .batch = batch,
                                .groups = 1,
                                .in_channels = channels,
                                .filters = 64,
                                .in_height = height,
                                .in_width = width,
                                .filter_height = filter,
                                .filter_width = filter,
                                .stride_height = stride,
                                .stride_width = stride,
                                .pad_top = pad,
                                .pad_left = pad,
                                .out_height = (height + 2 * pad - filter) / stride + 1,
                                .out_width = (width + 2 * pad - filter) / stride + 1};
}

static bool nonzero(const struct sc_pattern *p, uint64_t row, uint64_t col)
{
    for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++)
        if (p->idx[q] == col)
            return true;
    return false;
}

/* What output pixel (image, y, x) sees at (channel, r, s). */
static bool seen(const struct sc_pattern *map, const struct sc_operator *op, uint64_t image, uint64_t channel,
                 uint64_t y, uint64_t x)
{
    if (y < op->pad_top || x < op->pad_left || y - op->pad_top >= op->in_height || x - op->pad_left >= op->in_width)
        return false;
    return nonzero(map, (image * op->in_channels + channel) * op->in_height + y - op->pad_top, x - op->pad_left);
}

static void check(const struct sc_operator *op, double density, uint64_t seed)
{
    struct sc_pattern map, lowered;
    struct sc_lower_counts counts;
    struct sc_error err;
    uint64_t k = 0, windows = 0;
    cr_assert_eq(sc_pattern_generate(&map, op->batch * op->in_channels * op->in_height, op->in_width, density, &UNIFORM,
                                     false, seed, &err),
                 SC_OK);
    cr_assert_eq(sc_bitmap_lower(&lowered, &map, op, &counts, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_pattern_check(&lowered, &err), SC_OK, "%s", err.message);
    cr_assert_eq(lowered.nnz, counts.values);
    for (uint64_t c = 0; c < op->in_channels; c++)
        for (uint64_t r = 0; r < op->filter_height; r++)
            for (uint64_t s = 0; s < op->filter_width; s++, k++)
                for (uint64_t image = 0, n = 0; image < op->batch; image++)
                    for (uint64_t y = 0; y < op->out_height; y++)
                        for (uint64_t x = 0; x < op->out_width; x++, n++)
                            cr_assert_eq(nonzero(&lowered, k, n), seen(&map, op, image, c, y * op->stride_height + r,
                                                                       x * op->stride_width + s));
    for (uint64_t r = 0; r < op->filter_height; r++)
        for (uint64_t y = 0; y < op->out_height; y++) {
            uint64_t row = y * op->stride_height + r;
            windows += row >= op->pad_top && row - op->pad_top < op->in_height;
        }
    windows *= op->batch * op->in_channels * op->filter_width * ((op->out_width + 31) / 32);
    cr_assert_eq(counts.windows, windows);
    cr_assert_eq(counts.extracts, op->stride_width > 1 ? windows : 0);
    sc_pattern_free(&map);
    sc_pattern_free(&lowered);
}

Test(bitmap_lower, equals_the_definition)
{
    static const struct {
        uint64_t channels, height, width, filter, stride, pad, batch;
    } cases[] = {{3, 9, 9, 3, 1, 1, 1},  {2, 5, 70, 3, 1, 1, 2}, {1, 6, 130, 5, 1, 2, 1}, {2, 7, 100, 3, 2, 1, 1},
                 {1, 12, 40, 7, 2, 3, 1}, {4, 4, 4, 1, 1, 0, 3},  {2, 9, 65, 3, 3, 0, 1},  {1, 3, 64, 3, 1, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_operator op = geometry(cases[i].channels, cases[i].height, cases[i].width, cases[i].filter,
                                         cases[i].stride, cases[i].pad, cases[i].batch);
        check(&op, 0.5, i);
        check(&op, 0.07, 20 + i);
        check(&op, 1, 40 + i);
    }
}

Test(bitmap_lower, refuses_what_it_cannot_lower)
{
    struct sc_operator op = geometry(2, 5, 5, 3, 1, 1, 1), none = {.kind = SC_CONV};
    struct sc_pattern map, lowered;
    struct sc_lower_counts counts;
    struct sc_error err;
    cr_assert_eq(sc_pattern_generate(&map, 9, 5, 1, &UNIFORM, false, 1, &err), SC_OK);
    cr_assert_eq(sc_bitmap_lower(&lowered, &map, &op, &counts, &err), SC_BAD_INPUT);
    cr_assert_eq(sc_bitmap_lower(&lowered, &map, &none, &counts, &err), SC_BAD_INPUT);
    sc_pattern_free(&map);
}

/* Convolutions whose activations really are a lowered map: the closed form, measured or from densities alone. */
Test(bitmap_lower, estimates_hold_on_lowered_maps)
{
    static const struct {
        uint64_t channels, size, filter, stride, filters;
        double weight, activation;
    } cases[] = {{64, 28, 3, 1, 128, 0.3, 0.5}, {32, 56, 3, 2, 64, 0.2, 0.4}, {16, 30, 5, 1, 96, 0.5, 0.3}};
    struct sc_machine machine;
    struct sc_plan plan;
    struct sc_error err;
    use_source_data();
    cr_assert_eq(sc_machine_read(&machine, "dstc-v100", NULL, &err), SC_OK);
    machine.dram_gbps = machine.tensor.l2_bytes_per_cycle = 1e6; /* or memory hides everything */
    cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_operator op = geometry(cases[i].channels, cases[i].size, cases[i].size, cases[i].filter,
                                         cases[i].stride, cases[i].filter / 2, 1);
        struct sc_pattern map, weights, lowered;
        struct sc_lower_counts counts;
        struct sc_profile profile;
        struct sc_result simulated = {.cycles = 0}, measured = {.cycles = 0};
        cr_assert_eq(sc_pattern_generate(&map, op.in_channels * op.in_height, op.in_width, cases[i].activation,
                                         &UNIFORM, false, 3 + i, &err),
                     SC_OK);
        cr_assert_eq(sc_bitmap_lower(&lowered, &map, &op, &counts, &err), SC_OK);
        cr_assert_eq(
            sc_pattern_generate(&weights, cases[i].filters, lowered.rows, cases[i].weight, &UNIFORM, true, 9 + i, &err),
            SC_OK);
        struct sc_layer layer = {
            .name = "", .model = "", .op = op, .M = weights.rows, .N = lowered.cols, .K = lowered.rows, .count = 1};
        cr_assert_eq(sc_simulate_layer(&simulated, &machine, SC_BITMAP_OP, &layer, &weights, &lowered,
                                       SC_ENERGY_NOMINAL, NULL, &err),
                     SC_OK);
        cr_assert_eq(sc_profile_measure(&profile, &weights, &lowered, NULL, NULL, &err), SC_OK);
        profile.op = op;
        machine.family->estimate(&plan, SC_BITMAP_OP, &profile, SC_ENERGY_NOMINAL, &measured);
        double error = 100 * (measured.cycles / simulated.cycles - 1);
        fprintf(stderr,
                "lowered map %zu: %.0f cycles simulated, %+.1f %% estimated; a lowered column holds %.1f values, %.2f "
                "windows per warp tile and k\n",
                i, simulated.cycles, error, (double)counts.values / (double)counts.windows,
                (double)counts.windows / ((double)layer.K * ceil((double)layer.N / 32)));
        cr_assert_lt(fabs(error), 5);
        sc_pattern_free(&map);
        sc_pattern_free(&weights);
        sc_pattern_free(&lowered);
    }
    sc_plan_free(&plan);
}
