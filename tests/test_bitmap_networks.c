/* Tests of the dual-side sparse tensor core against the dense baseline: crossing, speed-ups, convolutions, energy,
 * networks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "estimator/estimate.h"
#include "estimator/family.h"
#include "lists.h"
#include "machine_files.h"
#include "traces/generate.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

static struct sc_machine machine_of(const char *name)
{
    struct sc_machine machine;
    struct sc_error err;
    use_source_data();
    cr_assert_eq(sc_machine_read(&machine, name, NULL, &err), SC_OK, "%s", err.message);
    return machine;
}

static struct sc_result estimated(const struct sc_machine *machine, enum sc_dataflow dataflow,
                                  const struct sc_layer *layer)
{
    struct sc_result row = {.cycles = 0};
    struct sc_profile profile;
    struct sc_plan plan;
    struct sc_error err;
    cr_assert_eq(sc_plan_init(&plan, machine, &err), SC_OK);
    cr_assert_eq(sc_profile_from_layer(&profile, layer, &err), SC_OK);
    machine->family->estimate(&plan, dataflow, &profile, SC_ENERGY_NOMINAL, &row);
    sc_plan_free(&plan);
    return row;
}

static struct sc_result simulated(const struct sc_machine *machine, enum sc_dataflow dataflow,
                                  const struct sc_layer *layer)
{
    struct sc_result row = {.cycles = 0};
    struct sc_pattern a, b;
    struct sc_error err;
    cr_assert_eq(sc_layer_patterns(layer, SC_DEFAULT_SEED, &a, &b, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_simulate_layer(&row, machine, dataflow, layer, &a, &b, SC_ENERGY_NOMINAL, NULL, &err), SC_OK);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    return row;
}

static struct sc_layer gemm(uint64_t M, uint64_t N, uint64_t K, double weight, double activation)
{
    return (struct sc_layer){.name = "", .model = "", .M = M, .N = N, .K = K, .count = 1, .density_a = weight,
                             .density_b = activation};
}

/* Over the dense tensor core on 4096 x 4096 x 4096. */
static double speedup(const struct sc_machine *sparse, const struct sc_machine *dense, double weight, double activation)
{
    struct sc_layer layer = gemm(4096, 4096, 4096, weight, activation);
    return estimated(dense, SC_DENSE, &layer).cycles / estimated(sparse, SC_BITMAP_OP, &layer).cycles;
}

/* The sparsity from which on the sparse path wins, percent; of the sides that are said to be sparse. */
static double crossing(const struct sc_machine *sparse, const struct sc_machine *dense, bool weights, bool activations)
{
    double low = 0, high = 0.9;
    for (int i = 0; i < 24; i++) {
        double s = (low + high) / 2;
        *(speedup(sparse, dense, weights ? 1 - s : 1, activations ? 1 - s : 1) < 1 ? &low : &high) = s;
    }
    return 100 * high;
}

/* "Wins over the dense libraries when sparsity exceeds 25 %", on which side the sources do not say. */
Test(bitmap_networks, wins_above_a_quarter_of_zeros)
{
    struct sc_machine sparse = machine_of("dstc-v100"), dense = machine_of("v100");
    double activations = crossing(&sparse, &dense, false, true), weights = crossing(&sparse, &dense, true, false);
    double both = crossing(&sparse, &dense, true, true);
    fprintf(stderr,
            "crossing of 1 over the dense tensor core: %.1f %% zeros in activations alone, %.1f %% in weights alone, "
            "%.1f %% in both; said: 25 %%\n",
            activations, weights, both);
    cr_assert_lt(speedup(&sparse, &dense, 1, 1), 1);
    cr_assert(both <= activations && activations < 25 && 25 < weights && weights < 35);
    cr_assert_gt(speedup(&sparse, &dense, 0.7, 0.7), 1);
}

Test(bitmap_networks, an_order_of_magnitude)
{
    static const double d[] = {1, .75, .5, .25, .1, .05, .02, .01};
    struct sc_machine sparse = machine_of("dstc-v100"), dense = machine_of("v100");
    double before = 0;
    for (int i = 0; i < 8; i++) {
        fprintf(stderr, "speed-up over v100, activations %g, weights 1 .. 0.01:", d[i]);
        for (int j = 0; j < 8; j++)
            fprintf(stderr, " %.2f", speedup(&sparse, &dense, d[j], d[i]));
        fprintf(stderr, "\n");
        double along = speedup(&sparse, &dense, d[i], d[i]);
        cr_assert_gt(along, before, "sparser on both sides is faster");
        before = along;
    }
    cr_assert_gt(before, 10);
}

/* OWMMA takes as long as WMMA; the whole machine is the floor of our reference: 4096^3 MACs at 40960 per cycle. */
Test(bitmap_networks, the_dense_path_is_the_baseline)
{
    struct sc_machine sparse = machine_of("dstc-v100"), dense = machine_of("v100");
    static const uint64_t shapes[][3] = {{4096, 4096, 4096}, {64, 3136, 147}, {1000, 1, 2048}, {33, 65, 17}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct sc_layer layer = gemm(shapes[i][0], shapes[i][1], shapes[i][2], 0.5, 0.5);
        struct sc_result a = estimated(&sparse, SC_DENSE, &layer), b = estimated(&dense, SC_DENSE, &layer);
        cr_assert_float_eq(a.cycles, b.cycles, 1e-9);
        if (layer.M <= 1000)
            cr_assert_float_eq(simulated(&dense, SC_DENSE, &layer).cycles, b.cycles, 1e-9);
    }
    struct sc_layer layer = gemm(4096, 4096, 4096, 1, 1);
    double floor = 4096.0 * 4096 * 4096 / 40960, found = estimated(&dense, SC_DENSE, &layer).cycles;
    cr_assert(found >= floor && found < 1.02 * floor, "52 waves of 51.2: %g against %g", found, floor);
}

/* Section 9: sums of the accumulation buffer cost more than the products, in both formats. */
Test(bitmap_networks, energy_is_charged_per_product)
{
    struct sc_machine fp16 = machine_of("dstc-v100"), int8 = machine_of("dstc-int8");
    struct sc_layer layer = gemm(256, 256, 512, 0.3, 0.4);
    for (int i = 0; i < 2; i++) {
        const struct sc_machine *m = i ? &int8 : &fp16;
        const struct sc_tensor_core *t = &m->tensor;
        struct sc_result row = simulated(m, SC_BITMAP_OP, &layer);
        struct sc_machine scatter = *m;
        double sums = t->nominal_pj[SC_TENSOR_sum_read] + t->nominal_pj[SC_TENSOR_sum_write];
        cr_assert_float_eq(sums, i ? 3.335 : 3.803, 1e-3);
        cr_assert_gt(sums, t->nominal_pj[SC_TENSOR_mac]);
        cr_assert_gt(row.energy_j, row.products * (sums + t->nominal_pj[SC_TENSOR_mac]) * 1e-12);
        scatter.tensor.pj[SC_TENSOR_scatter][SC_ENERGY_NOMINAL] = 1;
        cr_assert_float_eq(simulated(&scatter, SC_BITMAP_OP, &layer).energy_j - row.energy_j, row.products * 1e-12,
                           1e-12);
        cr_assert_float_eq(estimated(m, SC_BITMAP_OP, &layer).energy_j, row.energy_j, 0.01 * row.energy_j);
    }
    cr_assert_float_eq(fp16.area_mm2, 815 * 1.015, 1e-6);
    cr_assert_float_eq(fp16.power_mw, 300000 * 1.016, 1e-6);
}

/* 3 x 3 filters over 28 x 28 pixels. */
static struct sc_layer convolution(uint64_t stride, bool geometry)
{
    uint64_t out = 28 / stride;
    struct sc_layer layer = gemm(128, out * out, 64 * 9, 0.3, 0.5);
    layer.op.kind = SC_CONV;
    if (geometry)
        layer.op = (struct sc_operator){.kind = SC_CONV,
                                        .batch = 1,
                                        .groups = 1,
                                        .in_channels = 64,
                                        .filters = 128,
                                        .in_height = 28,
                                        .in_width = 28,
                                        .filter_height = 3,
                                        .filter_width = 3,
                                        .stride_height = stride,
                                        .stride_width = stride,
                                        .pad_top = 1,
                                        .pad_left = 1,
                                        .out_height = out,
                                        .out_width = out};
    return layer;
}

/* Lowered on the fly: the map is read instead of nine copies of it, at three issue slots per warp tile, four beyond
 * stride 1. */
Test(bitmap_networks, convolutions_lower_bitmaps)
{
    struct sc_machine m = machine_of("dstc-v100");
    for (uint64_t stride = 1; stride <= 2; stride++) {
        struct sc_layer with = convolution(stride, true), without = convolution(stride, false);
        struct sc_result a = simulated(&m, SC_BITMAP_OP, &with), b = simulated(&m, SC_BITMAP_OP, &without);
        double tiles = 4 * ceil((double)with.N / 32), pairs = tiles * 576 / 16;
        cr_assert_float_eq((a.stream_cycles - b.stream_cycles) * 320, pairs * (stride > 1 ? 4 : 3), 1e-6);
        double map = 64 * 28 * 28, bits = map * (0.5 * 16 + 1) + 64 * 28 * 32;
        double lowered = 576.0 * (double)with.N * (0.5 * 16 + 1) + ceil((double)with.N / 32) * 36 * 33;
        /* the last strip's bitmaps are stored whole */
        double padded = 576.0 * (ceil((double)with.N / 32) * 32 - (double)with.N);
        cr_assert_float_eq(b.dram_read_bytes - a.dram_read_bytes, (lowered + padded - bits) / 8, 1e-3 * lowered / 8);
        struct sc_result e = estimated(&m, SC_BITMAP_OP, &with);
        cr_assert_float_eq(e.cycles, a.cycles, 0.03 * a.cycles);
        cr_assert_float_eq(e.dram_read_bytes, a.dram_read_bytes, 1e-3 * a.dram_read_bytes);
    }
}

Test(bitmap_networks, nothing_else_runs)
{
    struct sc_machine m = machine_of("dstc-v100");
    struct sc_layer layer = gemm(64, 64, 64, 1, 1);
    struct sc_result row;
    struct sc_error err;
    layer.op.kind = SC_ATTENTION;
    cr_assert_eq(sc_simulate_layer(&row, &m, SC_BITMAP_OP, &layer, NULL, NULL, SC_ENERGY_NOMINAL, NULL, &err),
                 SC_UNSUPPORTED);
}

/* Closed forms stay finite where there is little or nothing to do. */
Test(bitmap_networks, finite_on_any_shape)
{
    static const uint64_t sizes[] = {1, 2, 31, 33, 500, 100000};
    static const double densities[] = {0, 1e-4, 0.5, 1};
    static const struct sc_pattern_spec kinds[] = {{.kind = SC_UNIFORM},
                                                   {.kind = SC_BLOCK, .block_rows = 7, .block_cols = 100},
                                                   {.kind = SC_ROWSKEW, .skew = 1.3},
                                                   {.kind = SC_NM, .nm_n = 1, .nm_m = 3}};
    struct sc_machine m = machine_of("dstc-v100");
    for (int i = 0; i < 6 * 6 * 4 * 4; i++) {
        struct sc_layer layer = gemm(sizes[i % 6], sizes[i / 6 % 6], sizes[(i + i / 6) % 6], densities[i / 36 % 4],
                                     densities[i / 9 % 4]);
        layer.pattern_a = kinds[i / 144];
        layer.pattern_b = kinds[i % 4];
        struct sc_result row = estimated(&m, SC_BITMAP_OP, &layer);
        cr_assert(isfinite(row.cycles) && row.cycles > 0 && isfinite(row.energy_j) && row.stall_cycles >= 0);
        cr_assert_float_eq(row.cycles, row.stationary_cycles + row.stream_cycles + row.merge_cycles + row.stall_cycles,
                           1e-9 * row.cycles);
    }
}

/* End to end on the shipped lists, estimates and, as far as they are quick, simulations. */
Test(bitmap_networks, shipped_lists_against_the_baseline)
{
    static const char *const lists[] = {"resnet50", "vgg16", "bert-base"};
    struct sc_machine sparse = machine_of("dstc-v100"), dense = machine_of("v100");
    for (int i = 0; i < 3; i++) {
        char path[TEST_PATH], file[64];
        struct sc_layer_reader *reader;
        struct sc_layer layer;
        struct sc_error err;
        double of_sparse = 0, of_best = 0, of_dense = 0, sparse_j = 0, dense_j = 0;
        snprintf(file, sizeof file, "data/layers/%s.csv", lists[i]);
        cr_assert_eq(sc_layer_open(&reader, in_source(path, file), NULL, &err), SC_OK, "%s", err.message);
        while (sc_layer_next(reader, &layer, &err) == SC_OK) {
            struct sc_result s = estimated(&sparse, SC_BITMAP_OP, &layer), d = estimated(&dense, SC_DENSE, &layer);
            double times = (double)layer.count;
            of_sparse += times * s.cycles;
            of_best += times * fmin(s.cycles, d.cycles);
            of_dense += times * d.cycles;
            sparse_j += times * s.energy_j;
            dense_j += times * d.energy_j;
        }
        sc_layer_close(reader);
        fprintf(
            stderr,
            "%s: %.0f cycles dense, %.0f sparse (%.2f x), %.0f with the better path per layer (%.2f x); energy %.2f x "
            "less\n",
            lists[i], of_dense, of_sparse, of_dense / of_sparse, of_best, of_dense / of_best, dense_j / sparse_j);
        cr_assert_gt(of_dense / of_best, 1);
        cr_assert_gt(dense_j / sparse_j, 1);
    }
}
