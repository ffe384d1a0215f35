/* Tests of the closed form of the dual-side sparse tensor core: exact expectations, published and fitted models, Fig.
 * 21.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "fig21.h"
#include "models/tensor.h"
#include "profile.h"

/* P(x nonzeros of n places), each with probability d. */
static double binomial(int n, int x, double d)
{
    if (d <= 0 || d >= 1)
        return x == (d <= 0 ? 0 : n);
    return exp(lgamma(n + 1.0) - lgamma(x + 1.0) - lgamma(n - x + 1.0) + x * log(d) + (n - x) * log1p(-d));
}

/* One k step of a tile of independent places; B holds the activations. */
static struct sc_step iid_step(const struct sc_tensor_core *core, double activation, double weight)
{
    double joint[SC_VECTOR_COUNTS][SC_VECTOR_COUNTS];
    struct sc_tile_class tiles = {
        (const double(*)[SC_VECTOR_COUNTS])joint, 32, 32, 1, core->popcount_slots / 16.0, 1, 1};
    struct sc_step step;
    for (int x = 0; x <= 32; x++)
        for (int y = 0; y <= 32; y++)
            joint[x][y] = binomial(32, x, weight) * binomial(32, y, activation);
    sc_bitmap_step(core, &tiles, &step);
    return step;
}

static double iid_cycles(const struct sc_tensor_core *core, double activation, double weight)
{
    return iid_step(core, activation, weight).cycles + core->popcount_slots / 16.0;
}

/* M1 of our reference: OHMMAs alone. */
static double ohmmas(const struct sc_tensor_core *core, double activation, double weight)
{
    return iid_step(core, activation, weight).ohmma;
}

/* Mean of (x / q) / ceil(x / q), 0/0 = 0. */
static double filled(double d, int quantum)
{
    double sum = 0;
    for (int x = 1; x <= 32; x++)
        sum += binomial(32, x, d) * x / quantum / ceil((double)x / quantum);
    return sum;
}

/* M0: Sparseloop's closed form (micro22-sparseloop-artifact, fig13_dstc_setup): products at min(116, 128 x mean
 * fill). */
static double sparseloop(const struct sc_tensor_core *core, double activation, double weight)
{
    return 1024 * activation * weight /
           fmin(116,
                128 * filled(activation, (int)core->quantum_activation) * filled(weight, (int)core->quantum_weight));
}

static struct sc_tensor_core throughput_core(double rate, double constant)
{
    struct sc_tensor_core core = fig21_core();
    core.throughput = true;
    core.sums_per_cycle = rate;
    core.k_cycles = constant;
    core.popcount_slots = 0;
    return core;
}

/* Sections 6.2 and 6.4 of our reference. */
Test(bitmap_models, reference_models)
{
    static const double m1[] = {1, .546, .997, .544, .799, .437, .607, .331, .415, .227};
    static const double m2[] = {1, .500, .922, .494, .741, .396, .559, .301, .380, .206};
    static const double m3[] = {1, .508, .912, .500, .737, .412, .565, .326, .399, .240};
    struct sc_tensor_core core = fig21_core(), of_m2 = throughput_core(116, 0), of_m3 = throughput_core(110, 0.55);
    struct fig21_point point[FIG21_POINTS];
    fig21_read(point);
    cr_assert_float_eq(ohmmas(&core, 1, 1), 8, 1e-12);
    cr_assert_float_eq(iid_cycles(&of_m2, 1, 1), 8.83, 0.005);
    cr_assert_float_eq(iid_cycles(&of_m3, 1, 1), 9.86, 0.005);
    for (int i = 0; i < FIG21_POINTS; i++) {
        double a = point[i].activation, w = point[i].weight;
        cr_assert_float_eq(ohmmas(&core, a, w) / ohmmas(&core, 1, 1), m1[i], 6e-4, "M1 at %g, %g", a, w);
        cr_assert_float_eq(iid_cycles(&of_m2, a, w) / iid_cycles(&of_m2, 1, 1), m2[i], 6e-4, "M2 at %g, %g", a, w);
        cr_assert_float_eq(iid_cycles(&of_m3, a, w) / iid_cycles(&of_m3, 1, 1), m3[i], 6e-4, "M3 at %g, %g", a, w);
        cr_assert_float_eq(sparseloop(&core, a, w) / sparseloop(&core, 1, 1), point[i].m0, 6e-4, "M0 at %g, %g", a, w);
    }
}

/* Section 6.5: speed-up of M3 over its dense case, activations by rows, weights by columns. */
Test(bitmap_models, regression_grid_of_m3)
{
    static const double d[2][8] = {{1, .75, .5, .25, .1, .05, .02, .01}, {1, .75, .5, .25, .1, .05, .02, .01}};
    static const double grid[8][8] = {
        {1.00, 1.15, 1.54, 2.16, 2.23, 2.61, 4.02, 5.97},   {1.27, 1.33, 1.80, 2.48, 2.55, 2.97, 4.52, 6.60},
        {1.77, 1.83, 2.44, 3.31, 3.41, 3.93, 5.78, 8.10},   {2.88, 2.93, 3.84, 5.04, 5.17, 5.85, 8.08, 10.52},
        {3.96, 3.97, 5.09, 6.49, 6.64, 7.41, 9.75, 12.08},  {4.56, 4.56, 5.79, 7.27, 7.42, 8.22, 10.56, 12.77},
        {6.56, 6.57, 8.01, 9.61, 9.76, 10.56, 12.69, 14.48}, {8.96, 8.97, 10.45, 11.95, 12.09, 12.78, 14.48, 15.76},
    };
    struct sc_tensor_core core = throughput_core(110, 0.55);
    double dense = iid_cycles(&core, 1, 1);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++)
            cr_assert_float_eq(dense / iid_cycles(&core, d[0][i], d[1][j]), grid[i][j], 0.0051, "densities %g and %g",
                               d[0][i], d[1][j]);
}

Test(bitmap_models, fig21_of_the_paper)
{
    struct sc_tensor_core core = fig21_core(), fitted = throughput_core(110, 0.55), bare = fig21_core();
    double error = fig21_error("closed form, nothing fitted", iid_cycles, &core);
    cr_assert_leq(error, 5);
    bare.mask_cycles = 0;
    cr_assert_gt(fig21_error("closed form, masks for free", iid_cycles, &bare), error);
    double of_sparseloop = fig21_error("Sparseloop (M0)", sparseloop, &core);
    cr_assert_float_eq(of_sparseloop, 7.3, 0.1);
    cr_assert_lt(error, of_sparseloop);
    cr_assert_float_eq(fig21_error("OHMMAs alone (M1)", ohmmas, &core), 6.0, 0.06);
    cr_assert_float_eq(fig21_error("fitted to this figure (M3)", iid_cycles, &fitted), 2.7, 0.06);
}

Test(bitmap_models, exchanged_quanta_are_worse)
{
    struct sc_tensor_core core = fig21_core(), exchanged = fig21_core();
    exchanged.quantum_activation = 16;
    exchanged.quantum_weight = 8;
    cr_assert_gt(fig21_error("closed form, quanta exchanged", iid_cycles, &exchanged),
                 1.5 * fig21_error("closed form", iid_cycles, &core) + 4);
    cr_assert_float_eq(fig21_error("M1, quanta exchanged", ohmmas, &exchanged), 16.3, 0.1);
}

/* Operand sides may be named either way round. */
Test(bitmap_models, sides_follow_the_key)
{
    struct sc_tensor_core core = fig21_core();
    double as_b = iid_cycles(&core, 0.3, 0.6);
    core.activations_are_b = false;
    cr_assert_float_eq(iid_cycles(&core, 0.6, 0.3), as_b, 1e-9); /* iid_cycles() has B's density first */
}

/* Vectors of uniform operands are hypergeometric: against their own sums, and against exact counts of small matrices.
 */
Test(bitmap_models, vectors_of_uniform_operands)
{
    struct sc_layer layer = {
        .name = "", .model = "", .M = 64, .N = 96, .K = 40, .count = 1, .density_a = 0.3, .density_b = 0.7};
    struct sc_profile profile;
    struct sc_vectors v;
    struct sc_error err;
    cr_assert_eq(sc_profile_from_layer(&profile, &layer, &err), SC_OK);
    sc_vectors_expect(&v, &profile, 32, 16);
    double sum = 0, products = 0, rows = 0, square = 0, nnz = round(0.3 * 64 * 40), total = 64 * 40;
    for (int x = 0; x <= 32; x++)
        for (int y = 0; y <= 32; y++) {
            sum += v.joint[x][y];
            products += v.joint[x][y] * x * y;
            rows += v.joint[x][y] * x;
            square += v.joint[x][y] * x * x;
        }
    double d = nnz / total;
    cr_assert_float_eq(sum, 1, 1e-9);
    cr_assert_float_eq(products * 2 * 3 * 40, profile.products, 1e-6 * profile.products);
    cr_assert_float_eq(rows, 32 * d, 1e-6);
    cr_assert_float_eq(square - rows * rows, 32 * d * (1 - d) * (total - 32) / (total - 1), 0.02);
    cr_assert_float_eq(v.a.tiles, 2 * 3, 1e-12);
}

/* Blocks fill vectors in whole runs. */
Test(bitmap_models, vectors_of_blocks)
{
    struct sc_layer layer = {.name = "",
                             .model = "",
                             .M = 128,
                             .N = 128,
                             .K = 128,
                             .count = 1,
                             .density_a = 0.25,
                             .density_b = 1,
                             .pattern_a = {.kind = SC_BLOCK, .block_rows = 16, .block_cols = 4}};
    struct sc_profile profile;
    struct sc_vectors v;
    struct sc_error err;
    cr_assert_eq(sc_profile_from_layer(&profile, &layer, &err), SC_OK);
    sc_vectors_expect(&v, &profile, 32, 16);
    cr_assert_float_eq(v.joint[0][32], 0.75 * 0.75, 1e-9);
    cr_assert_float_eq(v.joint[16][32], 2 * 0.25 * 0.75, 1e-9);
    cr_assert_float_eq(v.joint[32][32], 0.0625, 1e-9);
    cr_assert_float_eq(v.a.run, 4, 1e-12);
}
