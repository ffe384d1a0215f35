/* test_energy.c - energy look-ups against the shipped tables and published factors, and what must hold for any of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "energy_bind.h"
#include "energy_data.h"
#include "table.h"

static struct sc_energy_data *data;
static struct sc_energy_set horowitz, aladdin;

static void open_data(void)
{
    struct sc_error err;
    use_source_data();
    cr_assert_eq(sc_energy_data_open(&data, &err), SC_OK, "%s:%llu: %s", err.file, (unsigned long long)err.line,
                 err.message);
    cr_assert_eq(sc_energy_set_find(&horowitz, data, "nm45-horowitz", &err), SC_OK);
    cr_assert_eq(sc_energy_set_find(&aladdin, data, "nm40-aladdin", &err), SC_OK);
}

static void close_data(void)
{
    sc_energy_data_close(data);
}

TestSuite(energy, .init = open_data, .fini = close_data);

static double factor(double node, double supply)
{
    double value;
    struct sc_error err;
    cr_assert_eq(sc_energy_node_factor(&value, data, node, supply, &err), SC_OK, "%g nm %g V: %s", node, supply,
                 err.message);
    return value;
}

static void logic(double pj[SC_ENERGY_CASES], const struct sc_energy_set *set, const char *operation, double bits,
                  double node, double supply)
{
    struct sc_error err;
    cr_assert_eq(sc_energy_logic(pj, data, set, operation, bits, node, supply, &err), SC_OK, "%s: %s", operation,
                 err.message);
}

/* Factors on 45 nm 0.9 V as tabulated after Stillmaker and Baas (2017), five digits or fewer; 40, 28, 22 and 12 nm are
 * linear in the node between their neighbours. */
Test(energy, node_factors_equal_the_published_ones)
{
    static const double rows[][3] = {
        {130, 1.2, 6.1344}, {90, 1.1, 3.0733}, {90, 1.0, 2.4552},  {65, 1.1, 1.9906}, {65, 1.0, 1.5776},
        {45, 1.0, 1.2053},  {45, 0.9, 1},      {45, 0.8, 0.8208},  {40, 0.9, 0.8619}, {32, 0.9, 0.641},
        {32, 0.8, 0.5412},  {28, 0.9, 0.5066}, {28, 0.8, 0.4213},  {22, 0.9, 0.305},  {22, 0.8, 0.2414},
        {20, 0.9, 0.2378},  {20, 0.8, 0.1814}, {16, 0.9, 0.1873},  {16, 0.8, 0.1424}, {14, 0.8, 0.114},
        {12, 0.8, 0.1053},  {10, 0.8, 0.0967}, {10, 0.75, 0.0832}, {7, 0.8, 0.0774},  {7, 0.75, 0.0665},
        {7, 0.7, 0.0566},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_float_eq(factor(rows[i][0], rows[i][1]), rows[i][2], 6e-5, "%g nm %g V: %g", rows[i][0], rows[i][1],
                           factor(rows[i][0], rows[i][1]));
}

Test(energy, node_factors_rise_strictly_with_node_and_supply)
{
    for (double supply = 0.7; supply <= 1.2; supply += 0.05) {
        for (double node = 7.25; node <= 130; node += 0.25)
            cr_expect_gt(factor(node, supply), factor(node - 0.25, supply), "%g nm %g V", node, supply);
    }
    for (double node = 7; node <= 130; node += 0.5) {
        for (double supply = 0.75; supply <= 1.2; supply += 0.05)
            cr_expect_gt(factor(node, supply), factor(node, supply - 0.05), "%g nm %g V", node, supply);
    }
}

Test(energy, nothing_is_extrapolated_beyond_the_nodes)
{
    static const double rows[][2] = {{6.9, 0.9}, {130.1, 0.9}, {45, 0.69},      {45, 1.21},
                                     {NAN, 0.9}, {45, NAN},    {INFINITY, 0.9}, {-1, 0.9}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value;
        struct sc_error err;
        cr_expect_eq(sc_energy_node_factor(&value, data, rows[i][0], rows[i][1], &err), SC_BAD_INPUT);
        cr_expect_not_null(strstr(err.message, "expected"), "%s", err.message);
    }
}

/* Recommended 45 nm values and spreads of the cited tables (Horowitz 2014, Aladdin). */
Test(energy, logic_at_its_own_node_is_the_table)
{
    static const struct {
        const char *operation;
        double bits, pj[SC_ENERGY_CASES];
    } rows[] = {
        {"fp_mul", 16, {1.1, 1.1, 3.5}},           {"fp_add", 16, {0.4, 0.4, 2.5}},
        {"fp_mul", 32, {3.7, 3.7, 11.77}},         {"fp_add", 32, {0.9, 0.9, 5.56}},
        {"int_mul", 8, {0.2, 0.2, 0.793}},         {"int_add", 32, {0.0857, 0.1, 0.21}},
        {"compare", 32, {0.0147, 0.029, 0.058}},   {"crossbar_1to4", 32, {0.34, 0.68, 1.36}},
        {"compare", 16, {0.00735, 0.0145, 0.029}}, {"fp_mul", 64, {14.8, 14.8, 47.08}},
        {"int_mul", 4, {0.05, 0.05, 0.19825}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double pj[SC_ENERGY_CASES];
        logic(pj, &horowitz, rows[i].operation, rows[i].bits, 45, 0.9);
        for (int j = 0; j < SC_ENERGY_CASES; j++)
            cr_expect_float_eq(pj[j], rows[i].pj[j], 1e-9, "%s %g: %g", rows[i].operation, rows[i].bits, pj[j]);
    }
}

Test(energy, logic_keeps_the_order_that_hardware_has)
{
    static const char *const operations[] = {"int_add", "int_mul", "fp_add", "fp_mul", "compare", "crossbar_1to4"};
    const struct sc_energy_set *sets[] = {&horowitz, &aladdin};
    double pj[SC_ENERGY_CASES], before[SC_ENERGY_CASES];
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
            logic(before, sets[s], operations[i], 1, 28, 0.9);
            for (double bits = 2; bits <= 128; bits++) {
                logic(pj, sets[s], operations[i], bits, 28, 0.9);
                for (int j = 0; j < SC_ENERGY_CASES; j++) {
                    cr_expect_gt(pj[j], before[j], "%s: %g bits", operations[i], bits);
                    before[j] = pj[j];
                }
                cr_expect(pj[0] <= pj[1] && pj[1] <= pj[2]);
            }
        }
        /* A multiplier costs more than an adder of its type, and 64 bits more than 32. */
        for (size_t i = 0; i < 4; i += 2) {
            logic(before, sets[s], operations[i], 32, 40, 0.9);
            logic(pj, sets[s], operations[i + 1], 32, 40, 0.9);
            for (int j = 0; j < SC_ENERGY_CASES; j++)
                cr_expect_gt(pj[j], before[j], "%s", operations[i + 1]);
        }
    }
}

Test(energy, below_20_nm_the_high_bound_is_five_times_nominal)
{
    double pj[SC_ENERGY_CASES];
    logic(pj, &horowitz, "fp_mul", 16, 7, 0.75);
    cr_expect_float_eq(pj[SC_ENERGY_NOMINAL], 1.1 * factor(7, 0.75), 1e-12);
    cr_expect_float_eq(pj[SC_ENERGY_HIGH], 5 * pj[SC_ENERGY_NOMINAL], 1e-12);
    logic(pj, &horowitz, "fp_mul", 16, 20, 0.8);
    cr_expect_float_eq(pj[SC_ENERGY_HIGH], 3.5 * factor(20, 0.8), 1e-12);
}

/* CACTI 7 values that other tools print too: 128 KiB x 64 bit at 45 nm stands in a published Sparseloop table. */
Test(energy, sram_at_grid_points_is_the_table)
{
    static const double rows[][5] = {
        {131072, 64, 45, 32.2859, 26.065}, {1048576, 64, 45, 93.5192, 76.1829}, {1048576, 32, 32, 34.4422, 28.1292},
        {1048576, 32, 22, 14.7515, 11.7681},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double read[SC_ENERGY_CASES], write[SC_ENERGY_CASES];
        cr_assert_eq(sc_energy_sram(read, data, &horowitz, rows[i][0], rows[i][1], rows[i][2], false), SC_OK);
        cr_assert_eq(sc_energy_sram(write, data, &horowitz, rows[i][0], rows[i][1], rows[i][2], true), SC_OK);
        cr_expect_float_eq(read[SC_ENERGY_NOMINAL], rows[i][3], 1e-9);
        cr_expect_float_eq(write[SC_ENERGY_NOMINAL], rows[i][4], 1e-9);
        cr_expect(read[SC_ENERGY_HIGH] >= 1.6 * read[SC_ENERGY_NOMINAL]);
    }
}

/* Steps of a quarter octave in capacity and odd widths, so that most points lie between grid lines. */
Test(energy, sram_never_gets_cheaper_with_size_width_or_node)
{
    static const double nodes[] = {7, 14, 22, 25, 28, 32, 40, 45, 55, 65};
    static const double widths[] = {1, 8, 32, 40, 64, 100, 128, 200, 256, 400, 512, 513, 1024, 1025, 4096};
    for (int write = 0; write < 2; write++) {
        for (size_t n = 0; n < sizeof nodes / sizeof nodes[0]; n++) {
            for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
                for (double octave = 9; octave <= 22; octave += 0.25) {
                    double pj[SC_ENERGY_CASES], other[SC_ENERGY_CASES];
                    cr_assert_eq(sc_energy_sram(pj, data, &horowitz, exp2(octave), widths[w], nodes[n], write), SC_OK);
                    cr_expect(pj[0] > 0 && pj[0] <= pj[1] && pj[1] <= pj[2]);
                    for (int j = 0; j < SC_ENERGY_CASES; j++) {
                        if (octave > 9 && sc_energy_sram(other, data, &horowitz, exp2(octave - 0.25), widths[w],
                                                         nodes[n], write) == SC_OK)
                            cr_expect(pj[j] >= other[j] * (1 - 1e-12), "size %g width %g node %g", exp2(octave),
                                      widths[w], nodes[n]);
                        if (w > 0 && sc_energy_sram(other, data, &horowitz, exp2(octave), widths[w - 1], nodes[n],
                                                    write) == SC_OK)
                            cr_expect(pj[j] >= other[j] * (1 - 1e-12), "size %g width %g node %g", exp2(octave),
                                      widths[w], nodes[n]);
                        if (n > 0 && sc_energy_sram(other, data, &horowitz, exp2(octave), widths[w], nodes[n - 1],
                                                    write) == SC_OK)
                            cr_expect(pj[j] >= other[j] * (1 - 1e-12), "size %g width %g node %g", exp2(octave),
                                      widths[w], nodes[n]);
                    }
                }
            }
        }
    }
}

Test(energy, sram_outside_its_table_is_missing_not_guessed)
{
    double pj[SC_ENERGY_CASES], at22[SC_ENERGY_CASES];
    cr_expect_eq(sc_energy_sram(pj, data, &horowitz, 8388608, 64, 45, false), SC_END);
    cr_expect_eq(sc_energy_sram(pj, data, &horowitz, 511, 64, 45, false), SC_END);
    cr_expect_eq(sc_energy_sram(pj, data, &horowitz, 65536, 64, 66, false), SC_END);
    cr_assert_eq(sc_energy_sram(at22, data, &horowitz, 65536, 64, 22, false), SC_OK);
    cr_assert_eq(sc_energy_sram(pj, data, &horowitz, 65536, 64, 11, false), SC_OK);
    cr_expect_float_eq(pj[1], at22[1] * sqrt(0.5), 1e-9);
}

Test(energy, every_shipped_row_has_a_source_and_an_ordered_range)
{
    static const char *const files[] = {"sets", "logic", "sram", "dram", "nodes", "rules"};
    static const char *const source[] = {"source"};
    static const char *const ranges[][4] = {{"logic", "low_pj", "nominal_pj", "high_pj"},
                                            {"sram", "read_low_pj", "read_nominal_pj", "read_high_pj"},
                                            {"sram", "write_low_pj", "write_nominal_pj", "write_high_pj"},
                                            {"dram", "low_pj_per_bit", "nominal_pj_per_bit", "high_pj_per_bit"}};
    char relative[128], path[TEST_PATH];
    struct sc_table *table;
    struct sc_error err;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(relative, sizeof relative, "data/energy/%s.csv", files[i]);
        cr_assert_eq(sc_table_open(&table, in_source(path, relative), source, 1, &err), SC_OK, "%s", err.message);
        cr_expect_gt(sc_table_rows(table), 2);
        for (size_t row = 0; row < sc_table_rows(table); row++)
            cr_expect_gt(strlen(sc_table_text(table, row, 0)), 8, "%s row %zu has no source", files[i], row);
        sc_table_close(table);
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        snprintf(relative, sizeof relative, "data/energy/%s.csv", ranges[i][0]);
        cr_assert_eq(sc_table_open(&table, in_source(path, relative), ranges[i] + 1, 3, &err), SC_OK, "%s",
                     err.message);
        for (size_t row = 0; row < sc_table_rows(table); row++) {
            double pj[3] = {0};
            for (size_t j = 0; j < 3; j++)
                cr_assert_eq(sc_table_positive(table, row, j, &pj[j], &err), SC_OK, "%s", err.message);
            cr_expect(pj[0] <= pj[1] && pj[1] <= pj[2], "%s row %zu", ranges[i][0], row);
        }
        sc_table_close(table);
    }
}

static void read_machine(struct sc_machine *machine, const char *name, const char *table)
{
    struct sc_error err;
    cr_assert_eq(sc_machine_read(machine, name, table, &err), SC_OK, "%s: %s", err.file, err.message);
}

Test(energy, flexagon_is_bound_to_28_nm)
{
    struct sc_machine machine;
    double pj[SC_ENERGY_CASES];
    read_machine(&machine, "flexagon", NULL);
    const struct sc_energy *energy = &machine.energy;
    cr_expect_str_eq(energy->table, "nm28-cacti");
    cr_expect_eq(strlen(energy->digest), 16);
    cr_expect_float_eq(energy->multiply[1], 1.1 * factor(28, 0.9), 1e-9);
    cr_expect_float_eq(energy->add[1], 0.4 * factor(28, 0.9), 1e-9);
    cr_expect_float_eq(energy->compare[1], 0.0145 * factor(28, 0.9), 1e-9);
    cr_expect_float_eq(energy->dn_element[1], 6.5 * 0.68 * factor(28, 0.9), 1e-9);
    cr_expect_float_eq(energy->sta_read[1], 32 * 0.01156 * factor(28, 0.9), 1e-9);
    cr_expect_float_eq(energy->dram_read[1], 31.2, 1e-9);
    cr_expect_float_eq(energy->dram_write[2], 48, 1e-9);
    sc_energy_sram(pj, data, &horowitz, 1048576, 32, 28, false);
    cr_expect_eq(energy->str_read[1], pj[1]);
    cr_expect(pj[1] > 14.7515 && pj[1] < 34.4422, "28 nm lies between 22 and 32 nm");
    sc_energy_sram(pj, data, &horowitz, 1048576, 512, 28, true);
    cr_expect_float_eq(energy->str_fill[1], 2 * pj[1], 1e-9, "a line of 128 B takes two accesses of the widest word");
    sc_energy_sram(pj, data, &horowitz, 262144, 32, 28, true);
    cr_expect_eq(energy->psram_write[1], pj[1]);
}

Test(energy, no_event_is_silently_free)
{
    static const char *const names[] = {"flexagon", "flexagon-asplos23", "sigma-like", "sparch-like", "gamma-like"};
    static const char *const sets[] = {"nm28-cacti", "nm45-horowitz", "nm40-aladdin"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++) {
            struct sc_machine machine;
            read_machine(&machine, names[i], sets[s]);
            for (int event = 0; event < SC_ENERGY_EVENT_COUNT; event++) {
                const char *key = sc_energy_event_key((enum sc_energy_event)event);
                const double *pj = sc_energy_event_pj(&machine.energy, (enum sc_energy_event)event);
                bool absent = machine.psram_bytes == 0 && strncmp(key, "psram.", 6) == 0;
                cr_expect(absent ? pj[1] == 0 : pj[0] > 0 && pj[0] <= pj[1] && pj[1] <= pj[2] && isfinite(pj[2]),
                          "%s %s %s", names[i], sets[s], key);
            }
            cr_expect_eq(strcmp(machine.energy.table, sets[s]) == 0, s == 0, "%s", machine.energy.table);
            cr_expect(s == 0 || strstr(machine.energy.table, " scaled to 28 nm 0.9 V"), "%s", machine.energy.table);
        }
    }
}

/* One key of a machine with flexagon as base. */
static void read_variant(struct sc_machine *machine, const char *yaml)
{
    char text[512], path[TEST_PATH];
    snprintf(text, sizeof text, "name: variant\nbase: flexagon\n%s", yaml);
    write_temporary(path, ".yaml", text, strlen(text));
    read_machine(machine, path, NULL);
    unlink(path);
}

Test(energy, what_the_table_lacks_is_named)
{
    struct sc_machine machine;
    read_variant(&machine, "str_cache: {bytes: 8388608}\n");
    cr_expect_str_eq(machine.energy.missing, "str_cache.read str_cache.fill");
    cr_expect_eq(machine.energy.str_read[1], 0);
    read_variant(&machine, "energy: {node_nm: 90, supply_v: 1}\n");
    cr_expect_str_eq(machine.energy.missing, "str_cache.read str_cache.fill psram.read psram.write");
    cr_expect_str_eq(machine.energy.table, "nm28-cacti scaled to 90 nm 1 V");
    read_variant(&machine, "energy: {node_nm: 0, supply_v: 0}\n");
    cr_expect_str_eq(machine.energy.table, "nm28-cacti");
}

Test(energy, stores_never_get_cheaper_where_register_files_end)
{
    double last[SC_ENERGY_CASES] = {0};
    for (unsigned bytes = 64; bytes <= 4096; bytes *= 2) {
        struct sc_machine machine;
        char yaml[64];
        snprintf(yaml, sizeof yaml, "sta_fifo: {bytes: %u}\n", bytes);
        read_variant(&machine, yaml);
        for (int j = 0; j < SC_ENERGY_CASES; j++) {
            cr_expect_geq(machine.energy.sta_read[j], last[j], "%u bytes", bytes);
            last[j] = machine.energy.sta_read[j];
        }
    }
}

/* Damaged tables in a data directory of the user's own. */
Test(energy, damaged_tables_are_refused_with_their_line)
{
    static const struct {
        const char *file, *text, *says;
        unsigned line;
    } rows[] = {
        {"dram.csv", "type,low_pj_per_bit,nominal_pj_per_bit,high_pj_per_bit,source\nHBM2,2,x,4,s\n", "found \"x\"", 2},
        {"dram.csv", "type,low_pj_per_bit,nominal_pj_per_bit,high_pj_per_bit,source\nHBM2,2,-3,4,s\n", "above 0", 2},
        {"dram.csv", "type,low_pj_per_bit,nominal_pj_per_bit,high_pj_per_bit,source\nHBM2,2,3,4\n", "found 4 cells", 2},
        {"dram.csv", "type,low_pj_per_bit,high_pj_per_bit,source\nHBM2,2,4,s\n", "\"nominal_pj_per_bit\" is missing",
         1},
        {"dram.csv", "type,\"low", "not valid CSV", 1},
        {"dram.csv", "", "empty", 1},
        {"nodes.csv", "node_nm,quadratic_per_v2,linear_per_v,constant\n45,nan,0,0\n", "found \"nan\"", 2},
    };
    static const char *const files[] = {"sets.csv", "logic.csv", "sram.csv", "dram.csv", "nodes.csv", "rules.csv"};
    char root[] = "/tmp/sparsecast-test-XXXXXX", folder[64], path[128], target[TEST_PATH], relative[64];
    cr_assert_not_null(mkdtemp(root));
    snprintf(folder, sizeof folder, "%s/energy", root);
    cr_assert_eq(mkdir(folder, 0700), 0);
    setenv("SPARSECAST_DATA", root, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_energy_data *broken;
        struct sc_error err;
        for (size_t j = 0; j < sizeof files / sizeof files[0]; j++) {
            char real[TEST_PATH];
            snprintf(path, sizeof path, "%s/%s", folder, files[j]);
            snprintf(relative, sizeof relative, "data/energy/%s", files[j]);
            unlink(path);
            cr_assert_not_null(realpath(in_source(target, relative), real));
            if (strcmp(files[j], rows[i].file) != 0)
                cr_assert_eq(symlink(real, path), 0);
        }
        snprintf(path, sizeof path, "%s/%s", folder, rows[i].file);
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file);
        fputs(rows[i].text, file);
        fclose(file);
        cr_expect_eq(sc_energy_data_open(&broken, &err), SC_BAD_INPUT);
        cr_expect_eq(err.line, rows[i].line, "%s: line %llu", err.message, (unsigned long long)err.line);
        cr_expect_not_null(strstr(err.message, rows[i].says), "%s", err.message);
        cr_expect_not_null(strstr(err.file, rows[i].file), "%s", err.file);
    }
    for (size_t j = 0; j < sizeof files / sizeof files[0]; j++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[j]);
        unlink(path);
    }
    rmdir(folder);
    rmdir(root);
}
