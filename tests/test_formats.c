/* test_formats.c - storage formats in closed form and measured, the factors of periodic storage, and the `formats`
 * command's rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sps_target.h"
#include "storage_formats.h"
#include "traces/encode.h"
#include "traces/formats_rows.h"
#include "traces/generate.h"
#include "traces/periodic_compile.h"

static const struct sc_format_widths usual = {.value_bits = 8, .field_bits = 16, .pointer_bits = 32, .run_bits = 4};

static struct sc_periodic table_of(const char *text)
{
    struct sc_periodic_spec spec;
    struct sc_periodic table;
    struct sc_error err = {0};
    cr_assert(sc_periodic_parse(&spec, text), "%s", text);
    cr_assert_eq(sc_periodic_init(&table, &spec, &err), SC_OK, "%s", err.message);
    return table;
}

/* Reference vector: 256 channels and filters, n = 4, P = 4. */
Test(formats, reference_index_bits)
{
    static const struct {
        enum sc_weight_format format;
        double index;
    } expected[] = {{SC_FORMAT_COO, 5242880},       {SC_FORMAT_CSR, 3150611},        {SC_FORMAT_CSC, 2140947},
                    {SC_FORMAT_BITMAP, 589824},     {SC_FORMAT_PATTERN_ID, 131108},  {SC_FORMAT_RUN_LENGTH, 1048576},
                    {SC_FORMAT_CSR_FIXED, 4202528}, {SC_FORMAT_CSC_FIXED, 4268064},  {SC_FORMAT_COO_FIXED, 8388608},
                    {SC_FORMAT_PERIODIC, 64},       {SC_FORMAT_PERIODIC_BITMAP, 36}, {SC_FORMAT_DENSE, 0}};
    struct sc_periodic t = table_of("4:4");
    struct sc_format_facts facts;
    struct sc_format_size size;
    struct sc_format_widths phased = usual;
    sc_format_facts_periodic(&facts, &t, 256, 256, usual.run_bits);
    cr_expect_eq(facts.nnz, 262144);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        cr_assert(sc_format_size(&size, expected[i].format, &usual, &facts));
        cr_expect_eq(size.index_bits, expected[i].index, "%s: %.17g", sc_weight_format_name(expected[i].format),
                     size.index_bits);
        cr_expect_eq(size.value_bits, expected[i].format == SC_FORMAT_DENSE ? 589824 * 8 : 262144 * 8);
    }
    phased.phase_bits = 2;
    cr_assert(sc_format_size(&size, SC_FORMAT_PERIODIC, &phased, &facts));
    cr_expect_eq(size.index_bits, 66);
}

/* Closed forms against encoders that walk the pattern, on periodic weights: equal to the bit. */
Test(formats, periodic_closed_form_is_the_encoding)
{
    static const char *const texts[] = {"4:4",      "4:8:d", "2:6",     "1:9", "2:16:d", "3:5",
                                        "1:64:8x8", "1:33",  "5:7:5x5", "9:3", "1:1:1x1"};
    static const uint32_t runs[] = {1, 2, 4};
    unsigned compared = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (unsigned shape = 0; shape < 6; shape++) {
            struct sc_periodic t = table_of(texts[i]);
            struct sc_format_widths w = usual;
            struct sc_pattern p;
            struct sc_format_facts facts, counted;
            struct sc_error err = {0};
            uint64_t filters = (uint64_t[]){1, 2, 7, 19, 64, 130}[shape],
                     channels = (uint64_t[]){1, 3, 19, 5, 40, 67}[shape];
            w.run_bits = runs[shape % 3];
            w.table_rows = shape % 2 ? 0 : 32;
            w.phase_bits = shape;
            cr_assert_eq(sc_periodic_pattern(&p, &t, filters, channels, &err), SC_OK);
            sc_format_facts_periodic(&facts, &t, filters, channels, w.run_bits);
            cr_assert_eq(sc_format_facts_measure(&counted, &p, t.height, t.width, w.run_bits, &err), SC_OK, "%s",
                         err.message);
            cr_expect_eq(facts.nnz, counted.nnz);
            cr_expect_eq(facts.distinct, counted.distinct, "%s %llux%llu: %g %g", texts[i], (unsigned long long)filters,
                         (unsigned long long)channels, facts.distinct, counted.distinct);
            cr_expect_eq(facts.stored_zeros, counted.stored_zeros, "%s: %g %g", texts[i], facts.stored_zeros,
                         counted.stored_zeros);
            for (int f = 0; f < SC_WEIGHT_FORMATS; f++) {
                struct sc_format_size closed, walked;
                cr_assert(sc_format_size(&closed, (enum sc_weight_format)f, &w, &facts));
                cr_assert_eq(sc_format_encode(&walked, (enum sc_weight_format)f, &w, &p, t.height, t.width, &t, &err),
                             SC_OK, "%s", err.message);
                cr_expect_eq(closed.value_bits, walked.value_bits);
                cr_expect_eq(closed.index_bits, walked.index_bits, "%s, %s: %g, encoder %g", texts[i],
                             sc_weight_format_name((enum sc_weight_format)f), closed.index_bits, walked.index_bits);
                compared++;
            }
            sc_pattern_free(&p);
        }
    fprintf(stderr, "%u encodings equal to the bit\n", compared);
}

/* Expected supports and stored zeros of uniform weights against draws; all other sizes depend on counts alone and are
 * equal. */
Test(formats, uniform_closed_form_against_draws)
{
    static const double densities[] = {0.01, 0.05, 0.2, 0.5, 0.9};
    enum { DRAWS = 5 };
    double worst_zeros = 0, worst_distinct = 0;
    for (size_t d = 0; d < sizeof densities / sizeof *densities; d++) {
        struct sc_format_facts expected, counted;
        struct sc_pattern_spec spec = {.kind = SC_UNIFORM};
        double zeros = 0, distinct = 0;
        for (unsigned seed = 1; seed <= DRAWS; seed++) {
            struct sc_pattern p;
            struct sc_error err = {0};
            cr_assert_eq(sc_pattern_generate(&p, 64, 9 * 48, densities[d], &spec, true, seed, &err), SC_OK);
            cr_assert_eq(sc_format_facts_measure(&counted, &p, 3, 3, usual.run_bits, &err), SC_OK);
            sc_format_facts_uniform(&expected, 64, 48, 3, 3, (double)p.nnz, usual.run_bits);
            zeros += counted.stored_zeros / DRAWS;
            distinct += counted.distinct / DRAWS;
            for (int f = 0; f < SC_FORMAT_RUN_LENGTH; f++) {
                struct sc_format_size closed, walked;
                cr_assert(sc_format_size(&closed, (enum sc_weight_format)f, &usual, &expected));
                cr_assert_eq(sc_format_encode(&walked, (enum sc_weight_format)f, &usual, &p, 3, 3, NULL, &err), SC_OK);
                cr_expect_eq(closed.value_bits + closed.index_bits, walked.value_bits + walked.index_bits);
            }
            sc_pattern_free(&p);
        }
        worst_zeros = fmax(worst_zeros, fabs(expected.stored_zeros - zeros) / fmax(zeros, 20));
        worst_distinct = fmax(worst_distinct, fabs(expected.distinct - distinct) / distinct);
    }
    fprintf(stderr, "uniform weights: stored zeros within %.3g %%, distinct supports within %.3g %%\n",
            100 * worst_zeros, 100 * worst_distinct);
    cr_expect_lt(worst_zeros, 0.05);
    cr_expect_lt(worst_distinct, 0.05);
}

Test(formats, properties)
{
    struct sc_periodic t = table_of("4:4"), sparser = table_of("1:4");
    struct sc_format_facts f, g;
    double before = INFINITY;
    sc_format_facts_periodic(&f, &t, 128, 128, 4);
    sc_format_facts_periodic(&g, &sparser, 128, 128, 4);
    for (uint32_t w = 2; w <= 64; w *= 2) { /* the wider values, the less indices matter */
        struct sc_format_widths widths = usual;
        struct sc_format_size coo, periodic;
        widths.value_bits = w;
        sc_format_size(&coo, SC_FORMAT_COO, &widths, &f);
        sc_format_size(&periodic, SC_FORMAT_PERIODIC, &widths, &f);
        double ratio = (coo.value_bits + coo.index_bits) / (periodic.value_bits + periodic.index_bits);
        cr_expect_lt(ratio, before);
        before = ratio;
    }
    struct sc_format_size coo[2], periodic[2]; /* the index ratio does not depend on n */
    sc_format_size(&coo[0], SC_FORMAT_COO, &usual, &f);
    sc_format_size(&coo[1], SC_FORMAT_COO, &usual, &g);
    sc_format_size(&periodic[0], SC_FORMAT_PERIODIC, &usual, &f);
    sc_format_size(&periodic[1], SC_FORMAT_PERIODIC, &usual, &g);
    cr_expect_eq(coo[0].index_bits / periodic[0].index_bits, coo[1].index_bits / periodic[1].index_bits);
    cr_expect_eq(sc_field_width(0), 0);
    cr_expect_eq(sc_field_width(1), 0);
    cr_expect_eq(sc_field_width(2), 1);
    cr_expect_eq(sc_field_width(9), 4);
    cr_expect_eq(sc_field_width(UINT64_MAX), 64);
}

/* Reference: index and total ratios against the periodic table, w = 8, one table row per slot, no phase bits, one table
 * per layer. */
Test(target, reference_ratios)
{
    static const struct {
        const char *network, *pattern;
        double nonzeros, total[5], index[5]; /* coo, csr, csc, bitmap, pattern-id */
    } rows[] = {
        {"vgg16", "PS4_P4", 6537216, {3.70, 2.60, 2.12, 1.28, 1.06}, {184021, 108696, 76315, 19152, 4257}},
        {"vgg16", "PS2_P6", 3268608, {3.70, 2.60, 2.13, 1.56, 1.19}, {122681, 72529, 51405, 25536, 8513}},
        {"vgg16", "PS1_P9", 1634304, {3.70, 2.60, 2.15, 2.12, 1.50}, {81787, 48435, 34936, 34048, 15135}},
        {"resnet18", "PS4_P4", 4882432, {3.65, 2.57, 2.10, 1.28, 1.06}, {101152, 59849, 41953, 10728, 2385}},
        {"resnet18", "PS2_P6", 2441216, {3.65, 2.57, 2.11, 1.56, 1.19}, {67435, 39943, 28314, 14304, 4769}},
        {"resnet18", "PS1_P9", 1220608, {3.65, 2.57, 2.14, 2.12, 1.50}, {44956, 26683, 19310, 19072, 8479}},
    };
    static const enum sc_weight_format formats[] = {SC_FORMAT_COO, SC_FORMAT_CSR, SC_FORMAT_CSC, SC_FORMAT_BITMAP,
                                                    SC_FORMAT_PATTERN_ID};
    struct sc_error err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int f = 0; f < 5; f++) {
            struct sc_sps_set set;
            struct sc_sps_factors factors;
            cr_assert_eq(sc_sps_preset(&set, "A", &err), SC_OK, "%s", err.message);
            cr_assert(sc_periodic_parse(&set.pattern, rows[i].pattern));
            set.network = rows[i].network;
            set.formats = 1;
            set.format[0] = formats[f];
            set.widths.table_rows = set.widths.phase_bits = 0;
            cr_assert_eq(sc_sps_compute(&factors, &set, &err), SC_OK, "%s", err.message);
            cr_expect_eq(factors.nonzeros, rows[i].nonzeros);
            cr_expect_float_eq(factors.storage, rows[i].total[f], 0.0051, "%zu, %s: %g", i,
                               sc_weight_format_name(formats[f]), factors.storage);
            cr_expect_float_eq(factors.index, rows[i].index[f], 0.51, "%zu, %s: %.9g", i,
                               sc_weight_format_name(formats[f]), factors.index);
        }
}

/* The three sets, every figure of them; the published factors are 3.67, 22,044 and 4.49. */
Test(target, assumption_sets)
{
    static const struct {
        const char *name;
        double table_bits, index_bits[3], storage, index, energy, dram_energy, pj[3];
    } sets[] = {
        {"A", 6204, {104728960, 105664896, 209190912}, 3.674, 22544, 4.482, 4.423, {7.893, 7.915, 10.389}},
        {"B", 6204, {141328384}, 3.702, 22780, 4.500, 4.442, {8.767}},
        {"C", 4688, {103579648}, 3.651, 22095, 4.468, 4.182, {8.704}},
    };
    struct sc_error err = {0};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct sc_sps_set set;
        struct sc_sps_factors f;
        cr_assert_eq(sc_sps_preset(&set, sets[i].name, &err), SC_OK, "%s", err.message);
        cr_assert_eq(sc_sps_compute(&f, &set, &err), SC_OK, "%s", err.message);
        cr_expect_eq(f.table_bits, sets[i].table_bits);
        cr_expect_float_eq(f.storage, sets[i].storage, 6e-4);
        cr_expect_float_eq(f.index, sets[i].index, 0.6);
        cr_expect_float_eq(f.energy, sets[i].energy, 6e-4);
        cr_expect_float_eq(f.pj_periodic, 1.948, 6e-4);
        for (unsigned j = 0; j < set.formats; j++) {
            cr_expect_eq(f.index_bits[j], sets[i].index_bits[j]);
            cr_expect_float_eq(f.pj_format[j], sets[i].pj[j], 6e-4);
        }
        cr_expect_lt(fabs(f.storage / 3.67 - 1), 0.05);
        cr_expect_lt(fabs(f.index / 22044 - 1), 0.05);
        cr_expect_lt(fabs(f.energy / 4.49 - 1), 0.05);
        /* Events on chip include what the formula leaves out on both sides: partial sums, buffer fills, unused columns.
         */
        fprintf(stderr,
                "set %s: energy factor %.3f by the formula, %.3f from events on chip, %.3f with all DRAM traffic\n",
                sets[i].name, f.energy, f.energy_events_chip, f.energy_events_all);
        cr_expect(i > 0 || fabs(f.energy_events_chip / 4.49 - 1) < 0.10, "%g", f.energy_events_chip);
        cr_expect(f.energy_events_all < f.energy_events_chip && f.energy_events_chip < f.energy);
        set.weight_dram = true;
        cr_assert_eq(sc_sps_compute(&f, &set, &err), SC_OK, "%s", err.message);
        cr_expect_float_eq(f.energy, sets[i].dram_energy, 6e-4, "set %s with DRAM: %g", sets[i].name, f.energy);
    }
}

/* Weights from DRAM at 224 x 224: 2.102 and, for COO-16, 11.160 pJ per MAC; MACs per stored weight 1037, 21.2, 153
 * and 49.8. */
Test(target, energy_with_weights_from_dram)
{
    static const struct {
        const char *network;
        double reuse;
    } networks[] = {{"vgg16", 1037}, {"vgg16-32x32", 21.2}, {"resnet18", 153}, {"resnet18-32x32", 49.8}};
    struct sc_sps_set set;
    struct sc_sps_factors f;
    struct sc_error err = {0};
    cr_assert_eq(sc_sps_preset(&set, "A", &err), SC_OK, "%s", err.message);
    set.weight_dram = true;
    cr_assert_eq(sc_sps_compute(&f, &set, &err), SC_OK, "%s", err.message);
    cr_expect_float_eq(f.pj_periodic, 2.102, 6e-4);
    cr_expect_float_eq(f.pj_format[2], 11.160, 3e-3, "%g", f.pj_format[2]); /* the vector rounds 1037 */
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        set.network = networks[i].network;
        cr_assert_eq(sc_sps_compute(&f, &set, &err), SC_OK, "%s", err.message);
        cr_expect_float_eq(f.macs / f.nonzeros, networks[i].reuse, 0.006 * networks[i].reuse, "%s: %g",
                           networks[i].network, f.macs / f.nonzeros);
    }
    cr_expect_float_eq(sc_systolic_sram_pj(&set.array, 65536), 0.4312, 5e-5);
    cr_expect_float_eq(sc_systolic_sram_pj(&set.array, 131072), 0.5949, 5e-5);
    cr_expect_float_eq(sc_systolic_sram_pj(&set.array, 524288), 1.1325, 5e-5);
}

/* How far the energy factor of set A moves, as the reference has it. */
Test(target, sensitivities)
{
    static const struct {
        const char *assumption, *changed;
        double energy;
    } expected[] = {{"gather store S_g (fitted)", "32 KiB", 4.00},
                    {"gather store S_g (fitted)", "128 KiB", 5.16},
                    {"weight uses U_w", "2", 4.86},
                    {"weight uses U_w", "4", 5.23},
                    {"weight uses U_w", "16", 5.70},
                    {"energy scope", "+ weights, 32 x 32", 3.84}};
    struct sc_sps_change *change = calloc(SC_SPS_SENSITIVITIES, sizeof *change);
    struct sc_sps_set set;
    struct sc_error err = {0};
    unsigned count;
    cr_assert_not_null(change);
    cr_assert_eq(sc_sps_preset(&set, "A", &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_sps_sensitivity(change, &count, &set, &err), SC_OK, "%s", err.message);
    cr_expect(count > 30 && count < SC_SPS_SENSITIVITIES, "%u changes: none is cut off", count);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        unsigned found = 0;
        for (unsigned c = 0; c < count; c++)
            if (strcmp(change[c].assumption, expected[i].assumption) == 0 &&
                strcmp(change[c].changed, expected[i].changed) == 0) {
                cr_expect_float_eq(change[c].factors.energy, expected[i].energy, 0.0061, "%s %s: %g",
                                   expected[i].assumption, expected[i].changed, change[c].factors.energy);
                found++;
            }
        cr_expect_eq(found, 1, "%s %s", expected[i].assumption, expected[i].changed);
    }
    free(change);
    cr_expect_eq(sc_sps_preset(&set, "D", &err), SC_BAD_USAGE);
}

Test(rows, both_operands_in_every_format_that_applies)
{
    struct sc_layer layer = {.name = "x",
                             .model = "",
                             .count = 3,
                             .M = 8,
                             .N = 10,
                             .K = 36,
                             .density_a = 4.0 / 9,
                             .density_b = 0.5,
                             .op = {.kind = SC_CONV}};
    struct sc_formats_request request = {.widths = usual, .seed = 1};
    struct sc_formats_totals totals = {0};
    struct sc_grid grid;
    struct sc_error err = {0};
    layer.pattern_a = (struct sc_pattern_spec){.kind = SC_PERIODIC_KERNELS, .periodic = {.kss = 4, .period = 4}};
    for (int measure = 0; measure < 2; measure++) {
        request.measure = measure;
        sc_grid_start(&grid, sc_formats_columns, sc_formats_column_count, SC_FORMAT_CSV);
        cr_assert_eq(sc_formats_layer(&grid, &totals, &layer, &request, &err), SC_OK, "%s", err.message);
        cr_expect_eq(grid.rows, (size_t)(2 * SC_WEIGHT_FORMATS - 2));
        cr_assert_eq(sc_formats_total_rows(&grid, &totals, &err), SC_OK);
        sc_grid_free(&grid);
    }
    cr_expect_eq(totals.layers, 6);
    cr_expect_eq(totals.nonzeros[0], 6 * 8 * 16);
    cr_expect_eq(totals.index_bits[0][SC_FORMAT_PERIODIC], 6 * 64);
    cr_expect_eq(totals.value_bits[1][SC_FORMAT_PERIODIC], 6 * 360 * 8, "activations are dense in the total");
}
