/* test_periodic.c - periodic patterns, their compiler step, and the systolic array: closed form against stepwise
 * simulation.
 *
 * "Reference" vectors are arithmetic on the published pattern tables (S. Kundu et al., IEEE Trans. Computers 69(7),
 * 2020) and on the cycle formulas of estimator/models/periodic.c, computed apart from this code.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "families/systolic.h"
#include "traces/periodic_compile.h"
#include "traces/sim/systolic.h"

static struct sc_periodic table_of(const char *text)
{
    struct sc_periodic_spec spec;
    struct sc_periodic table;
    struct sc_error err = {0};
    cr_assert(sc_periodic_parse(&spec, text), "%s", text);
    cr_assert_eq(sc_periodic_init(&table, &spec, &err), SC_OK, "%s", err.message);
    return table;
}

/* The array of the assumption sets: 32 x 32, 8-bit values. */
static struct sc_systolic array_of(uint32_t rows, uint32_t cols)
{
    return (struct sc_systolic){.rows = rows,
                                .cols = cols,
                                .weight_bits = 8,
                                .activation_bits = 8,
                                .psum_bits = 32,
                                .accumulator_bits = 24,
                                .weight_uses = 1,
                                .double_buffered = true,
                                .table_per_row = true,
                                .index_registers = true,
                                .phase_bits = 5,
                                .weight_banks = 32,
                                .line_banks = 32,
                                .psum_banks = 32,
                                .weight_bank_bytes = 8192,
                                .line_bank_bytes = 32768,
                                .psum_bank_bytes = 32768,
                                .gather_banks = 32,
                                .gather_bank_bytes = 65536,
                                .gather_multicast = true,
                                .dram_bits_per_cycle = 1e9, /* never waited for */
                                .mac_pj = 0.3,
                                .register_pj = 0.01,
                                .decode_pj = 0.15,
                                .sram_8k_pj = 0.15625,
                                .sram_32k_pj = 0.3125,
                                .sram_1m_pj = 1.5625,
                                .dram_pj = 20,
                                .dram_high_pj = 40};
}

static struct sc_systolic_layer conv3x3(uint64_t channels, uint64_t filters, uint64_t height, uint64_t width)
{
    return (struct sc_systolic_layer){.channels = channels,
                                      .filters = filters,
                                      .images = 1,
                                      .out_height = height,
                                      .out_width = width,
                                      .in_height = height,
                                      .in_width = width,
                                      .stride_height = 1,
                                      .stride_width = 1,
                                      .pad_top = 1,
                                      .pad_left = 1,
                                      .kernel_height = 3,
                                      .kernel_width = 3};
}

Test(periodic, phase_rule)
{
    struct sc_periodic t = table_of("4:8:d");
    static const unsigned expected[][3] = {{0, 0, 1}, {0, 7, 0}, {3, 4, 0}, {7, 0, 0}, {5, 5, 3}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect_eq(sc_periodic_slot(&t, expected[i][0], expected[i][1]), expected[i][2]);
    cr_expect_eq(sc_periodic_nonzeros(&t, 64, 64), 18944);
    for (uint64_t j = 0; j < 64; j++)
        cr_expect_eq(sc_periodic_slot(&t, 0, j), sc_periodic_slot(&t, 8, j));
    cr_expect_neq(t.support[sc_periodic_slot(&t, 0, 0)], t.support[sc_periodic_slot(&t, 1, 0)]);
}

/* Positions by slot as published: PSD4_P8, PSD4_P16, PSD2_P8 (the dense slot 0 is left out), and by analogy PS4_P4,
 * PS2_P6, PS1_P9. */
Test(periodic, published_tables)
{
    static const struct {
        const char *name, *slots; /* slots 1, 2, ..., P - 1, and 0 of the PS variants */
    } tables[] = {
        {"PSD4_P8", "0134 1245 3467 4578 0134 1245 3467"},
        {"PSD4_P16", "0134 1245 3467 4578 0134 1245 3467 4578 0134 1245 3467 4578 0134 1245 3467"},
        {"PSD2_P8", "01 12 34 45 67 78 01"},
        {"PS4_P4", "0134 1245 3467 4578"},
        {"PS2_P6", "01 12 34 45 67 78"},
        {"PS1_P9", "0 1 2 3 4 5 6 7 8"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct sc_periodic t = table_of(tables[i].name);
        const char *at = tables[i].slots;
        for (uint32_t slot = 1; slot <= t.period - t.dense_slot; slot++, at += strspn(at, " ")) {
            uint64_t support = 0;
            for (; *at && *at != ' '; at++)
                support |= UINT64_C(1) << (*at - '0');
            cr_expect_eq(t.support[slot % t.period], support, "%s slot %u", tables[i].name, slot);
        }
        cr_expect_eq(*at, '\0', "%s", tables[i].name);
    }
}

Test(periodic, densities)
{
    static const struct {
        const char *name;
        double mean;
    } settings[] = {{"PS4_P4", 4}, {"PSD4_P8", 4.625}, {"PSD4_P16", 4.3125},
                    {"PS2_P6", 2}, {"PSD2_P8", 2.875}, {"PSD2_P16", 2.4375},
                    {"PS1_P9", 1}, {"PSD1_P8", 2},     {"PSD1_P16", 1.5}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct sc_periodic t = table_of(settings[i].name);
        double kernels = 144 * 144; /* a multiple of every period, both ways */
        cr_expect_eq((double)sc_periodic_nonzeros(&t, 144, 144), kernels * settings[i].mean, "%s", settings[i].name);
    }
}

/* Counts against the pattern itself, periods that divide nothing included. */
Test(periodic, counts_of_the_generated_pattern)
{
    static const char *const texts[] = {"4:4",    "4:8:d",   "2:6", "1:9", "3:5",
                                        "2:16:d", "5:7:5x5", "1:1", "9:3", "2:3:2x2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sc_periodic t = table_of(texts[i]);
        struct sc_pattern p;
        struct sc_error err = {0};
        uint64_t filters = 29, channels = 23, area = sc_periodic_area(&t);
        cr_assert_eq(sc_periodic_pattern(&p, &t, filters, channels, &err), SC_OK, "%s", err.message);
        cr_expect_eq(p.ptr[filters], sc_periodic_nonzeros(&t, filters, channels));
        for (uint64_t f = 0; f < filters; f++)
            cr_expect_eq(p.ptr[f + 1] - p.ptr[f], sc_periodic_filter_nonzeros(&t, f, channels));
        uint64_t *column = calloc(p.cols, sizeof *column);
        for (uint64_t q = 0; q < p.nnz; q++)
            column[p.idx[q]]++;
        for (uint64_t k = 0; k < p.cols; k++)
            cr_expect_eq(column[k], sc_periodic_position_nonzeros(&t, filters, k / area, k % area));
        free(column);
        cr_expect_eq(sc_periodic_check(&p, &t, NULL, &err), SC_OK, "%s", err.message);
        sc_pattern_free(&p);
    }
}

Test(periodic, check_says_where)
{
    struct sc_periodic t = table_of("PS4_P4");
    struct sc_periodic_departure d;
    struct sc_pattern p;
    struct sc_error err = {0};
    cr_assert_eq(sc_periodic_pattern(&p, &t, 8, 8, &err), SC_OK);
    uint64_t q = p.ptr[5] + 4 * 3; /* filter 5, channel 3: slot (5 + 3 + 1) mod 4 = 1, {0,1,3,4} */
    cr_assert_eq(p.idx[q], 27);
    p.idx[q + 3] = 27 + 8;
    cr_expect_eq(sc_periodic_check(&p, &t, &d, &err), SC_BAD_INPUT);
    cr_expect_eq(d.extra, 1);
    cr_expect_eq(d.missing, 1);
    cr_expect_eq(d.filter, 5);
    cr_expect_eq(d.channel, 3);
    cr_expect_eq(d.position, 4);
    cr_expect_not(d.first_is_extra);
    cr_expect_str_eq(
        err.message,
        "not periodic: filter 5, channel 3, kernel position 4 (row 6, column 32): found no nonzero, expected "
        "one; in all 1 nonzeros outside the supports and 1 positions without one");
    sc_pattern_free(&p);
}

Test(periodic, texts)
{
    static const char *const good[][2] = {
        {"4:4", "4:4"}, {"PS2_P6", "2:6"}, {"PSD4_P16", "4:16:d"}, {"1:9:5x3", "1:9:5x3"}, {"2:8:d:3X3", "2:8:d:3x3"}};
    static const char *const bad[] = {"",      "4",      "4:",     ":4",      "0:4",       "4:0",   "4:65",
                                      "4:1:d", "4:4:e",  "4:4:3",  "4:4:0x3", "PS4",       "PS_P4", "PSD_P4",
                                      "PS4_4", "4:4:d:", "4:4:dd", "-4:4",    "4:4:3x3:d", "65:4"};
    struct sc_periodic_spec spec;
    char text[64];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert(sc_periodic_parse(&spec, good[i][0]), "%s", good[i][0]);
        cr_expect_eq(sc_periodic_format(text, sizeof text, &spec), strlen(good[i][1]));
        cr_expect_str_eq(text, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(sc_periodic_parse(&spec, bad[i]), "%s", bad[i]);
}

/* Reference vectors: C, K, output, table, array -> steady cycles, of the dense array, fill, macs / element-cycles while
 * steady. */
Test(systolic, reference_cycles)
{
    static const struct {
        uint64_t channels, filters, side;
        const char *table;
        uint32_t array;
        double groups, steady, dense, fill, utilisation;
    } rows[] = {
        {256, 256, 16, "4:4", 32, 8, 65536, 147456, 3968, 1.000},
        {256, 64, 16, "4:4", 32, 4, 32768, 36864, 1984, 0.500},
        {64, 64, 32, "4:4", 32, 4, 32768, 36864, 496, 0.500},
        {64, 128, 32, "2:6", 32, 6, 24576, 73728, 744, 0.667},
        {100, 72, 8, "4:4", 16, 8, 14336, 20160, 1680, 0.502},
        {128, 128, 16, "1:9", 32, 9, 9216, 36864, 2232, 0.444},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sc_systolic a = array_of(rows[i].array, rows[i].array);
        struct sc_systolic_layer l = conv3x3(rows[i].channels, rows[i].filters, rows[i].side, rows[i].side);
        struct sc_periodic t = table_of(rows[i].table), dense;
        struct sc_systolic_counts c, d;
        sc_periodic_dense(&dense, 3, 3);
        sc_systolic_model(&a, &l, &t, &c);
        sc_systolic_model(&a, &l, &dense, &d);
        cr_expect_eq(c.tiles, rows[i].groups * ceil((double)rows[i].channels / a.rows));
        cr_expect_eq(c.steady_cycles, rows[i].steady, "%zu: %g", i, c.steady_cycles);
        cr_expect_eq(d.steady_cycles, rows[i].dense, "%zu: %g", i, d.steady_cycles);
        cr_expect_eq(c.fill_cycles, rows[i].fill);
        cr_expect_float_eq(c.macs / (c.steady_cycles * a.rows * a.cols), rows[i].utilisation, 5e-4);
        cr_expect_leq(d.steady_cycles / c.steady_cycles, 9.0 / t.kss, "faster than the work that is left");
        cr_expect_eq(c.macs, (double)sc_periodic_nonzeros(&t, rows[i].filters, rows[i].channels) *
                                 (double)(rows[i].side * rows[i].side));
    }
}

/* Tables with a dense slot: rows in lock step take 9 steps a pixel, the bound takes the mean; the simulator has no
 * mechanism for it. */
Test(systolic, dense_slots_and_their_bound)
{
    struct sc_systolic a = array_of(32, 32);
    struct sc_systolic_layer l = conv3x3(64, 64, 8, 8);
    struct sc_periodic t = table_of("PSD4_P8");
    struct sc_systolic_counts locked, bound;
    struct sc_systolic_events e;
    struct sc_error err = {0};
    sc_systolic_model(&a, &l, &t, &locked);
    cr_expect_eq(locked.steady_cycles, 64 * 2 * 8 * 9);
    cr_expect_float_eq(locked.idle_mixed / (locked.macs + locked.idle_mixed), 1 - 4.625 / 9, 1e-12);
    a.balanced = true;
    sc_systolic_model(&a, &l, &t, &bound);
    cr_expect_eq(bound.steady_cycles, 64 * 2 * 8 * 4.625);
    cr_expect_eq(bound.macs, locked.macs);
    cr_expect_eq(bound.idle_mixed, 0);
    cr_expect_eq(sc_systolic_simulate(&e, &a, &l, &t, NULL, NULL, &err), SC_UNSUPPORTED);
}

/* A random layer, table and array, small enough to step through. */
struct configuration {
    struct sc_systolic array;
    struct sc_systolic_layer layer;
    struct sc_periodic table;
};

static uint64_t below(gsl_rng *rng, uint64_t n)
{
    return gsl_rng_uniform_int(rng, n);
}

static struct sc_periodic draw_table(gsl_rng *rng, uint32_t height, uint32_t width)
{
    struct sc_periodic table;
    struct sc_periodic_spec spec = {.height = height, .width = width};
    struct sc_error err = {0};
    if (below(rng, 5) == 0) {
        sc_periodic_dense(&table, height, width);
        return table;
    }
    spec.kss = 1 + (uint32_t)below(rng, height * width);
    spec.period = 1 + (uint32_t)below(rng, 12);
    spec.dense_slot = spec.period > 1 && below(rng, 3) == 0;
    cr_assert_eq(sc_periodic_init(&table, &spec, &err), SC_OK, "%s", err.message);
    return table;
}

static void draw(struct configuration *k, gsl_rng *rng)
{
    static const uint64_t bank_bytes[] = {16, 64, 256, 4096};
    struct sc_systolic *a = &k->array;
    struct sc_systolic_layer *l = &k->layer;
    uint32_t height = 1 + (uint32_t)below(rng, 4), width = 1 + (uint32_t)below(rng, 4);
    *a = array_of(1 + (uint32_t)below(rng, 9), 1 + (uint32_t)below(rng, 9));
    a->latency = (uint32_t)below(rng, 4);
    a->weight_bits = 1 + (uint32_t)below(rng, 16);
    a->activation_bits = 1 + (uint32_t)below(rng, 16);
    a->output_stationary = below(rng, 2);
    a->weight_uses = 1 + (uint32_t)below(rng, 9);
    a->per_element = below(rng, 4) == 0;
    a->double_buffered = below(rng, 2);
    a->table_per_row = below(rng, 2);
    a->bitmap_entries = below(rng, 2);
    a->index_registers = below(rng, 2);
    a->weight_banks = a->line_banks = a->psum_banks = 1 + (uint32_t)below(rng, 4);
    a->weight_bank_bytes = bank_bytes[below(rng, 4)];
    a->line_bank_bytes = bank_bytes[below(rng, 4)];
    a->psum_bank_bytes = bank_bytes[1 + below(rng, 3)];
    a->dram_bits_per_cycle = below(rng, 2) ? 1e9 : 1 + 8 * gsl_rng_uniform(rng);
    *l = (struct sc_systolic_layer){.channels = 1 + below(rng, 20),
                                    .filters = 1 + below(rng, 20),
                                    .images = 1 + below(rng, 3),
                                    .in_height = height + below(rng, 9),
                                    .in_width = width + below(rng, 9),
                                    .stride_height = 1 + below(rng, 6),
                                    .stride_width = 1 + below(rng, 3),
                                    .kernel_height = height,
                                    .kernel_width = width,
                                    .pad_top = below(rng, height),
                                    .pad_left = below(rng, width)};
    l->out_height = (l->in_height + 2 * l->pad_top - height) / l->stride_height + 1;
    l->out_width = (l->in_width + 2 * l->pad_left - width) / l->stride_width + 1;
    k->table = draw_table(rng, height, width);
}

/* Every count of the closed form is the simulator's, to the cycle, byte and idle element. */
Test(systolic, closed_form_is_the_simulation)
{
    enum { CONFIGURATIONS = 1500 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    unsigned compared = 0, stalled = 0, tiled = 0, reuse[4] = {0}, hold = 0;
    for (unsigned i = 0; i < CONFIGURATIONS; i++) {
        struct configuration k;
        struct sc_systolic_counts c;
        struct sc_systolic_events e;
        struct sc_error err = {0};
        draw(&k, rng);
        sc_systolic_model(&k.array, &k.layer, &k.table, &c);
        cr_assert_eq(sc_systolic_simulate(&e, &k.array, &k.layer, &k.table, NULL, NULL, &err), SC_OK, "%s",
                     err.message);
#define X(name, meaning)                                                                                               \
    cr_expect_eq(c.name, (double)e.name, "configuration %u: %s: closed form %.17g, simulation %llu", i, #name, c.name, \
                 (unsigned long long)e.name);
        SC_SYSTOLIC_COUNTS(X)
#undef X
        double elements = (double)k.array.rows * k.array.cols * sc_systolic_cycles(&c);
        double used = c.macs + c.idle_columns + c.idle_rows + c.idle_mixed + c.idle_fill + c.idle_load + c.idle_stall;
        cr_expect_eq(elements, used, "configuration %u: %g element-cycles, %g accounted for", i, elements, used);
        uint64_t tile_rows = sc_systolic_tile_rows(&k.array, &k.layer);
        compared++;
        stalled += c.stall_cycles > 0;
        tiled += tile_rows < k.layer.out_height;
        hold += c.dram_weight_bits >
                (double)sc_periodic_nonzeros(&k.table, k.layer.filters, k.layer.channels) * k.array.weight_bits;
        reuse[sc_systolic_input_reuse(&k.array, &k.layer, tile_rows)]++;
    }
    gsl_rng_free(rng);
    fprintf(stderr,
            "%u configurations equal in every count; %u wait for DRAM, %u in pixel tiles, %u reread weights, "
            "input reuse by layer %u, pixel tile %u, pass %u, none %u\n",
            compared, stalled, tiled, hold, reuse[0], reuse[1], reuse[2], reuse[3]);
    cr_expect_geq(compared, 500);
    cr_expect(stalled > 50 && tiled > 50 && hold > 50 && reuse[0] > 50 && reuse[1] > 10 && reuse[2] > 50 &&
                  reuse[3] > 50,
              "every mechanism takes part");
}

/* Direct convolution, filter by filter. */
static void convolve(double *out, const struct sc_systolic_layer *l, const double *input, const double *weights)
{
    uint64_t area = (uint64_t)l->kernel_height * l->kernel_width, o = 0;
    for (uint64_t b = 0; b < l->images; b++)
        for (uint64_t i = 0; i < l->filters; i++)
            for (uint64_t y = 0; y < l->out_height; y++)
                for (uint64_t x = 0; x < l->out_width; x++, o++) {
                    double sum = 0;
                    for (uint64_t j = 0; j < l->channels; j++)
                        for (uint64_t p = 0; p < area; p++) {
                            int64_t row = (int64_t)(y * l->stride_height + p / l->kernel_width) - (int64_t)l->pad_top;
                            int64_t col = (int64_t)(x * l->stride_width + p % l->kernel_width) - (int64_t)l->pad_left;
                            if (row >= 0 && col >= 0 && row < (int64_t)l->in_height && col < (int64_t)l->in_width)
                                sum += weights[(i * l->channels + j) * area + p] *
                                       input[((b * l->channels + j) * l->in_height + (uint64_t)row) * l->in_width +
                                             (uint64_t)col];
                        }
                    out[o] = sum;
                }
}

static double *draw_values(gsl_rng *rng, size_t count)
{
    double *values = calloc(count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) /* small whole numbers: sums are exact in any order */
        values[i] = (double)below(rng, 15) - 7;
    return values;
}

/* Weights, zero outside the supports. */
static double *draw_weights(gsl_rng *rng, const struct sc_systolic_layer *l, const struct sc_periodic *t)
{
    uint64_t area = sc_periodic_area(t), n = l->filters * l->channels * area;
    double *weights = draw_values(rng, n);
    for (uint64_t w = 0; w < n; w++)
        if (!sc_periodic_has(t, sc_periodic_slot(t, w / area / l->channels, w / area % l->channels), w % area))
            weights[w] = 0;
    return weights;
}

/* Filters reordered, weights as one stream without indices, run through the array, permutation undone: the same
 * convolution. */
Test(compiler, reordered_stream_computes_the_convolution)
{
    enum { LAYERS = 120 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    unsigned run = 0, moved = 0;
    for (unsigned i = 0; i < LAYERS; i++) {
        struct configuration k;
        struct sc_periodic_program program;
        struct sc_systolic_events e;
        struct sc_error err = {0};
        draw(&k, rng);
        k.array.per_element = false;
        const struct sc_systolic_layer *l = &k.layer;
        uint64_t pixels = l->out_height * l->out_width, outputs = l->images * l->filters * pixels;
        double *input = draw_values(rng, l->images * l->channels * l->in_height * l->in_width);
        double *weights = draw_weights(rng, l, &k.table), *stream, *wanted, *found;
        cr_assert_eq(sc_periodic_compile(&program, &k.table, l->filters, l->channels, k.array.rows, k.array.cols, &err),
                     SC_OK);
        cr_expect_eq(program.weights, sc_periodic_nonzeros(&k.table, l->filters, l->channels));
        stream = calloc(program.weights + 1, sizeof *stream);
        wanted = calloc(outputs + 1, sizeof *wanted);
        found = calloc(outputs + 1, sizeof *found);
        for (uint64_t w = 0; w < program.weights; w++)
            stream[w] = weights[program.stream[w]];
        convolve(wanted, l, input, weights);
        struct sc_systolic_values values = {.input = input, .weights = stream, .output = found};
        cr_assert_eq(sc_systolic_simulate(&e, &k.array, l, &k.table, &values, NULL, &err), SC_OK, "%s", err.message);
        unsigned wrong = 0;
        for (uint64_t b = 0; b < l->images; b++)
            for (uint64_t f = 0; f < l->filters; f++)
                for (uint64_t p = 0; p < pixels; p++)
                    wrong += wanted[(b * l->filters + f) * pixels + p] !=
                             found[(b * l->filters + program.place[f]) * pixels + p];
        cr_expect_eq(wrong, 0, "layer %u: %u of %llu outputs differ", i, wrong, (unsigned long long)outputs);
        run++;
        for (uint64_t f = 0; f < l->filters; f++) {
            cr_expect_eq(program.order[program.place[f]], f);
            moved += program.order[f] != f;
        }
        free(input), free(weights), free(stream), free(wanted), free(found);
        sc_periodic_program_free(&program);
    }
    gsl_rng_free(rng);
    fprintf(stderr, "%u layers computed through the reordered stream, %u filters moved\n", run, moved);
    cr_expect(run > 60 && moved > 200);
}
