/* test_butterfly_truth.c - the modelled schedules compute the right thing: staged butterflies and FFTs against direct
 * products.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include <complex.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "butterfly_counts.h"
#include "families/butterfly.h"
#include "traces/sim/butterfly.h"

enum { MOST = 1024 };
static const double PI = 3.14159265358979323846;

/* Weights of every factor: block of pair (i, i + distance) of factor k at [k][i]: {{a, b}, {c, d}}. */
static double weight[10][MOST][4];

static gsl_rng *seeded(unsigned long seed)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    cr_assert_not_null(random);
    gsl_rng_set(random, seed);
    return random;
}

static void draw(gsl_rng *random, double *x, unsigned stages)
{
    unsigned n = 1u << stages;
    for (unsigned k = 0; k < stages; k++)
        for (unsigned i = 0; i < n; i++)
            for (unsigned w = 0; w < 4; w++)
                weight[k][i][w] = 2 * gsl_rng_uniform(random) - 1;
    for (unsigned i = 0; i < n; i++)
        x[i] = 2 * gsl_rng_uniform(random) - 1;
}

static void pair(double *low, double *high, const double w[4])
{
    double a = *low, b = *high;
    *low = w[0] * a + w[1] * b;
    *high = w[2] * a + w[3] * b;
}

/* The direct product: the dense matrix B = B(m-1) ... B(0), column by column from unit vectors, then times x. */
static void direct(double *y, const double *x, unsigned stages)
{
    unsigned n = 1u << stages;
    double *matrix = calloc((size_t)n * n, sizeof *matrix);
    for (unsigned c = 0; c < n; c++) {
        double *column = matrix + (size_t)c * n;
        column[c] = 1;
        for (unsigned k = 0; k < stages; k++)
            for (unsigned i = 0; i < n; i++)
                if (!(i & 1u << k))
                    pair(&column[i], &column[i + (1u << k)], weight[k][i]);
    }
    for (unsigned r = 0; r < n; r++) {
        y[r] = 0;
        for (unsigned c = 0; c < n; c++)
            y[r] += matrix[(size_t)c * n + r] * x[c];
    }
    free(matrix);
}

/* The staged product: per pass, gather the points that differ in the pass's bits (the re-indexing through the
 * scratchpad), run its factors on them as on a butterfly of their own, and write them back. */
static void staged(double *x, unsigned stages, unsigned limit)
{
    unsigned bits[SC_BUTTERFLY_BITS_MAX], passes = sc_stage_split(stages, limit, bits), below = 0, n = 1u << stages;
    for (unsigned p = 0; p < passes; below += bits[p++]) {
        unsigned points = 1u << bits[p], stride = 1u << below;
        for (unsigned set = 0; set < n / points; set++) {
            unsigned first = (set / stride) * stride * points + set % stride;
            double local[MOST];
            for (unsigned i = 0; i < points; i++)
                local[i] = x[first + i * stride];
            for (unsigned k = 0; k < bits[p]; k++)
                for (unsigned i = 0; i < points; i++)
                    if (!(i & 1u << k))
                        pair(&local[i], &local[i + (1u << k)], weight[below + k][first + i * stride]);
            for (unsigned i = 0; i < points; i++)
                x[first + i * stride] = local[i];
        }
    }
}

static double distance(const double *a, const double *b, unsigned n)
{
    double most = 0, scale = 0;
    for (unsigned i = 0; i < n; i++) {
        most = fmax(most, fabs(a[i] - b[i]));
        scale = fmax(scale, fabs(b[i]));
    }
    return most / scale;
}

Test(butterfly_truth, staged_products_are_the_direct_product)
{
    static const struct {
        unsigned stages, limit, passes;
    } cases[] = {{6, 9, 1}, {6, 3, 2}, {6, 2, 3}, {7, 6, 2}, {9, 9, 1}, {9, 3, 3}, {10, 9, 2}, {10, 4, 3}, {1, 9, 1}};
    gsl_rng *random = seeded(7);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned bits[SC_BUTTERFLY_BITS_MAX], n = 1u << cases[i].stages;
        double x[MOST], y[MOST];
        draw(random, x, cases[i].stages);
        direct(y, x, cases[i].stages);
        staged(x, cases[i].stages, cases[i].limit);
        cr_assert_eq(sc_stage_split(cases[i].stages, cases[i].limit, bits), cases[i].passes);
        double error = distance(x, y, n);
        fprintf(stderr, "bpmm n = %4u, %u passes: error %.1e\n", n, cases[i].passes, error);
        cr_expect_lt(error, 1e-12, "n = %u in %u passes: %g", n, cases[i].passes, error);
    }
    gsl_rng_free(random);
}

/* A closed set on 16 PEs with 4 points each, as the simulator counts it: before a layer whose points lie in different
 * PEs the partners swap half of theirs, so that every pair meets in one PE.  Index bits beyond the layers number
 * independent sets.  Returns words moved between PEs per point. */
static double on_the_array(double *x, unsigned layers, bool *met)
{
    enum { BITS = 6, PE_BITS = 4 };
    unsigned place[BITS]; /* place[b]: position bit that holds index bit b; positions 0..3 number the PE, 4 and 5 the
                             local point */
    unsigned moved = 0, n = 1u << BITS;
    if (layers <= PE_BITS) { /* all points of a set in PEs of their own */
        for (unsigned b = 0; b < BITS; b++)
            place[b] = b;
    } else { /* the scratchpad puts the first layer's pairs side by side, the last layer's too */
        place[0] = 4;
        for (unsigned b = 1; b <= PE_BITS; b++)
            place[b] = b - 1;
        place[5] = 5;
    }
    *met = true;
    for (unsigned k = 0; k < layers; k++) {
        unsigned held = 0; /* index bit that local position 4 holds */
        for (unsigned b = 0; b < BITS; b++)
            if (place[b] == 4)
                held = b;
        if (place[k] < PE_BITS) { /* swap a PE bit for the local one: the points with different values of both move */
            for (unsigned i = 0; i < n; i++)
                moved += (i >> k & 1) != (i >> held & 1);
            place[held] = place[k];
            place[k] = 4;
        }
        for (unsigned i = 0; i < n; i++) {
            if (i & 1u << k)
                continue;
            unsigned pe[2] = {0, 0};
            for (unsigned b = 0; b < BITS; b++)
                if (place[b] < PE_BITS)
                    for (unsigned j = 0; j < 2; j++)
                        pe[j] |= ((i | j << k) >> b & 1) << place[b];
            *met = *met && pe[0] == pe[1];
            pair(&x[i], &x[i + (1u << k)], weight[k][i]);
        }
    }
    return (double)moved / n;
}

Test(butterfly_truth, swapping_half_brings_every_pair_together_at_the_counted_words)
{
    gsl_rng *random = seeded(11);
    struct sc_error err;
    const struct sc_butterfly_array array = {
        .mesh_x = 4,
        .mesh_y = 4,
        .simd_lanes = 32,
        .element_bytes = 2,
        .local_points = 4,
        .stage_points_bpmm = 512,
        .stage_points_fft = 512,
        .fft_slots = 4,
        .tags = 8,
        .load_latency = 10,
        .compute_latency = 10,
        .transfer_latency = 10,
        .skip_distance = 2,
        .task_blocks = 8,
        .task_handshake = 6,
        .spm_bytes = 3145728,
        .spm_bytes_per_cycle = 1024,
    };
    for (unsigned layers = 3; layers <= 6; layers++) {
        double x[MOST], y[MOST];
        bool met;
        draw(random, x, 6);
        memcpy(y, x, sizeof y);
        for (unsigned k = 0; k < layers; k++) /* the layers in plain order */
            for (unsigned i = 0; i < 64; i++)
                if (!(i & 1u << k))
                    pair(&y[i], &y[i + (1u << k)], weight[k][i]);
        double words = on_the_array(x, layers, &met);
        struct sc_butterfly_call call = {
            .kind = SC_BUTTERFLY_BPMM, .tokens = 1024, .n_in = 1u << layers, .n_out = 1u << layers};
        struct sc_butterfly_cost cost;
        cr_assert_eq(sc_butterfly_simulate(&cost, &array, 1e6, &call, NULL, &err), SC_OK);
        fprintf(stderr, "%u layers on 16 PEs: %.2f words per point moved, %.2f simulated\n", layers, words,
                cost.transfer_words);
        cr_expect(met, "a pair lies in two PEs");
        cr_expect_lt(distance(x, y, 64), 1e-14);
        cr_expect_float_eq(words, cost.transfer_words, 1e-12, "%u layers: %g words, %g simulated", layers, words,
                           cost.transfer_words);
    }
    gsl_rng_free(random);
}

/* Radix-2 FFT of `points` elements in place; bit reversal comes first. */
static void fft(double complex *x, unsigned stages)
{
    unsigned n = 1u << stages;
    for (unsigned i = 0; i < n; i++) {
        unsigned j = 0;
        for (unsigned b = 0; b < stages; b++)
            j |= (i >> b & 1) << (stages - 1 - b);
        if (i < j) {
            double complex t = x[i];
            x[i] = x[j];
            x[j] = t;
        }
    }
    for (unsigned k = 0; k < stages; k++)
        for (unsigned i = 0; i < n; i++)
            if (!(i & 1u << k)) {
                double angle = -PI * (double)(i & ((1u << k) - 1)) / (double)(1u << k);
                double complex t = x[i + (1u << k)] * (cos(angle) + sin(angle) * I);
                x[i + (1u << k)] = x[i] - t;
                x[i] += t;
            }
}

/* Passes of the split, the inner ones by recursion: n = n1 x n2, FFTs of n1 over stride n2, a twiddle per element, FFTs
 * of n2. */
static void four_step(double complex *x, const unsigned *bits, unsigned passes)
{
    if (passes == 1) {
        fft(x, bits[0]);
        return;
    }
    unsigned all = 0;
    for (unsigned p = 0; p < passes; p++)
        all += bits[p];
    unsigned n = 1u << all, n1 = 1u << bits[0], n2 = n / n1;
    double complex column[MOST], out[MOST];
    for (unsigned j = 0; j < n2; j++) {
        for (unsigned i = 0; i < n1; i++)
            column[i] = x[j + i * n2];
        fft(column, bits[0]);
        for (unsigned i = 0; i < n1; i++) {
            double angle = -2 * PI * (double)((uint64_t)i * j) / n;
            x[j + i * n2] = column[i] * (cos(angle) + sin(angle) * I);
        }
    }
    for (unsigned i = 0; i < n1; i++) {
        four_step(x + i * n2, bits + 1, passes - 1);
        for (unsigned j = 0; j < n2; j++)
            out[i + j * n1] = x[i * n2 + j];
    }
    memcpy(x, out, n * sizeof *x);
}

Test(butterfly_truth, staged_ffts_are_the_fourier_transform)
{
    static const struct {
        unsigned stages, limit, passes;
    } cases[] = {{6, 9, 1}, {6, 3, 2}, {6, 2, 3}, {9, 9, 1}, {9, 3, 3}, {10, 9, 2}};
    gsl_rng *random = seeded(3);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        unsigned bits[SC_BUTTERFLY_BITS_MAX], n = 1u << cases[c].stages;
        double complex x[MOST], y[MOST];
        double error = 0;
        for (unsigned i = 0; i < n; i++)
            x[i] = gsl_rng_uniform(random) + gsl_rng_uniform(random) * I;
        for (unsigned k = 0; k < n; k++) {
            y[k] = 0;
            for (unsigned i = 0; i < n; i++) {
                double angle = -2 * PI * (double)((uint64_t)i * k % n) / n;
                y[k] += x[i] * (cos(angle) + sin(angle) * I);
            }
        }
        cr_assert_eq(sc_stage_split(cases[c].stages, cases[c].limit, bits), cases[c].passes);
        four_step(x, bits, cases[c].passes);
        for (unsigned k = 0; k < n; k++)
            error = fmax(error, cabs(x[k] - y[k]));
        fprintf(stderr, "fft  n = %4u, %u passes: error %.1e\n", n, cases[c].passes, error / n);
        cr_expect_lt(error / n, 1e-12, "n = %u in %u passes: %g", n, cases[c].passes, error / n);
    }
    gsl_rng_free(random);
}
