/* test_energy_ert.c - Accelergy tables in place of the shipped ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include "machine.h"

TestSuite(energy_ert, .init = use_source_data);

#define ERT "ERT:\n    version: '0.4'\n    tables:\n" /* three lines */

static int read_with(struct sc_machine *machine, const char *name, const char *ert, const char *art,
                     struct sc_error *err)
{
    char table[2 * TEST_PATH + 1], ert_path[TEST_PATH], art_path[TEST_PATH];
    write_temporary(ert_path, ".yaml", ert, strlen(ert));
    snprintf(table, sizeof table, "%s", ert_path);
    if (art) {
        write_temporary(art_path, ".yaml", art, strlen(art));
        snprintf(table, sizeof table, "%s,%s", ert_path, art_path);
    }
    int status = sc_machine_read(machine, name, table, err);
    unlink(ert_path);
    if (art)
        unlink(art_path);
    return status;
}

/* Names with instance ranges, v0.4 arguments repeated by alias as PyYAML writes them, several argument sets of one
 * action. */
static const char good[] =
    ERT "      - name: system_top_level.DRAM[1..1]\n"
        "        actions:\n"
        "          - name: read\n"
        "            arguments: &id001 {global_cycle_seconds: 1e-09, action_latency_cycles: 1}\n"
        "            energy: 512.0\n"
        "          - {name: write, arguments: *id001, energy: 640}\n"
        "      - name: top.PE[0..63].Multiplier[1..1]\n"
        "        actions:\n"
        "          - {name: compute, arguments: null, energy: 2.5}\n"
        "          - {name: idle, arguments: null, energy: 99}\n"
        "      - name: top.str_cache\n"
        "        actions:\n"
        "          - {name: read, arguments: {data_delta: 0, address_delta: 0}, energy: 1}\n"
        "          - {name: read, arguments: {data_delta: 1, address_delta: 0}, energy: 3}\n"
        "          - {name: read, arguments: {data_delta: 1, address_delta: 1}, energy: 5}\n"
        "          - {name: write, arguments: null, energy: 3}\n"
        "      - name: top.noc\n"
        "        actions: []\n";

Test(energy_ert, values_come_from_the_file_and_gaps_are_named)
{
    struct sc_machine machine;
    struct sc_error err;
    cr_assert_eq(read_with(&machine, "flexagon", good, NULL, &err), SC_OK, "%llu: %s", (unsigned long long)err.line,
                 err.message);
    cr_expect_eq(machine.energy.multiply[0], 2.5);
    cr_expect_eq(machine.energy.multiply[2], 2.5);
    cr_expect_eq(machine.energy.dram_read[1], 64, "512 pJ per word of 64 bits is 64 pJ per byte");
    cr_expect_eq(machine.energy.dram_write[1], 80);
    cr_expect_eq(machine.energy.str_read[0], 1);
    cr_expect_eq(machine.energy.str_read[1], 3);
    cr_expect_eq(machine.energy.str_read[2], 5);
    cr_expect_eq(machine.energy.str_fill[1], 96, "a line is 32 writes of one element");
    cr_expect_str_eq(machine.energy.missing, "adder.add comparator.compare dn.transfer sta_fifo.read sta_fifo.write "
                                             "psram.read psram.write");
    cr_expect_eq(strncmp(machine.energy.table, "sparsecast-test-", 16), 0);
    cr_assert_eq(read_with(&machine, "sigma-like", good, NULL, &err), SC_OK);
    cr_expect_null(strstr(machine.energy.missing, "psram"), "a machine without PSRAM does not miss it");
}

Test(energy_ert, a_fill_action_and_summaries_are_taken)
{
    static const char text[] = "ERT_summary:\n  version: 0.3\n  table_summary:\n"
                               "  - name: a.b.str_cache\n    actions:\n"
                               "    - {name: write, energy: 1}\n    - {name: fill, energy: 7}\n"
                               "    - {name: read, average_energy: 2, min_energy: 1, max_energy: 4}\n";
    struct sc_machine machine;
    struct sc_error err;
    cr_assert_eq(read_with(&machine, "flexagon", text, NULL, &err), SC_OK, "%s", err.message);
    cr_expect_eq(machine.energy.str_fill[1], 7);
    cr_expect_eq(machine.energy.str_read[0], 1);
    cr_expect_eq(machine.energy.str_read[1], 2);
    cr_expect_eq(machine.energy.str_read[2], 4);
}

Test(energy_ert, areas_replace_those_of_the_parts)
{
    static const char art[] =
        "ART:\n  version: '0.4'\n  tables:\n  - {name: 'top.str_cache[1..1]', area: 217363.36892}\n"
        "  - {name: 'top.tile[0..3].mn[0..15]', area: 1000}\n  - {name: top.other, area: 1}\n";
    struct sc_machine machine, plain;
    struct sc_error err;
    char digest[17];
    cr_assert_eq(read_with(&plain, "flexagon", good, NULL, &err), SC_OK);
    strcpy(digest, plain.energy.digest);
    cr_assert_eq(read_with(&machine, "flexagon", good, art, &err), SC_OK, "%s", err.message);
    cr_expect_float_eq(machine.parts[1].area_mm2, 0.064, 1e-12, "64 instances of 1000 um2");
    cr_expect_float_eq(machine.parts[3].area_mm2, 0.21736336892, 1e-12);
    cr_expect_float_eq(machine.area_mm2, plain.area_mm2 - 0.07 - 3.93 + 0.064 + 0.21736336892, 1e-9);
    cr_expect_str_neq(machine.energy.digest, digest);
}

Test(energy_ert, a_machine_file_names_its_tables_relative_to_itself)
{
    char ert[TEST_PATH], yaml[TEST_PATH], text[TEST_PATH + 64];
    struct sc_machine machine;
    struct sc_error err;
    write_temporary(ert, ".yaml", good, strlen(good));
    snprintf(text, sizeof text, "name: x\nbase: flexagon\nenergy: {table: ./%s}\n", strrchr(ert, '/') + 1);
    write_temporary(yaml, ".yaml", text, strlen(text));
    cr_expect_eq(sc_machine_read(&machine, yaml, NULL, &err), SC_OK, "%s: %s", err.file, err.message);
    cr_expect_eq(machine.energy.dram_read[1], 64);
    unlink(ert);
    cr_expect_eq(sc_machine_read(&machine, yaml, NULL, &err), SC_IO);
    unlink(yaml);
}

Test(energy_ert, bad_files_are_refused_with_their_line)
{
    static const struct {
        const char *text;
        int status;
        unsigned line;
        const char *says;
    } rows[] = {
        {"ART:\n  version: '0.4'\n  tables: []\n", SC_BAD_INPUT, 1, "\"ERT\" is missing"},
        {"name: x\nkind: flexagon\n", SC_BAD_INPUT, 1, "\"ERT\" is missing"},
        {"ERT:\n  version: '1.7'\n  tables: []\n", SC_UNSUPPORTED, 2, "found \"1.7\"; expected 0.3 or 0.4"},
        {"ERT:\n  tables: []\n", SC_UNSUPPORTED, 2, "found \"nothing\""},
        {"ERT:\n  version: '0.4'\n", SC_BAD_INPUT, 2, "expected the list of tables"},
        {"ERT:\n  version: '0.4'\n  tables: 7\n", SC_BAD_INPUT, 3, "expected the list of tables"},
        {ERT "      - actions: []\n", SC_BAD_INPUT, 4, "\"name\" is missing"},
        {ERT "      - name: top.noc\n", SC_BAD_INPUT, 4, "no table here is for a part"},
        {ERT "      - {name: a.dram, actions: [{name: read}]}\n", SC_BAD_INPUT, 4, "\"energy\" is missing"},
        {ERT "      - name: a.dram\n        actions:\n          - {name: read, energy: cheap}\n", SC_BAD_INPUT, 6,
         "found \"cheap\""},
        {ERT "      - name: a.dram\n        actions:\n          - {name: read, energy: -1}\n", SC_BAD_INPUT, 6,
         "0 or above"},
        {ERT "      - name: a.dram\n        actions:\n          - {name: read, energy: .nan}\n", SC_BAD_INPUT, 6,
         "found \".nan\""},
        {ERT "      - name: a.dram\n        actions:\n          - {name: read, energy: [1]}\n", SC_BAD_INPUT, 6,
         "a list"},
        {ERT "      - {name: a.dram, actions: []}\n      - {name: 'b.DRAM[1..1]', actions: []}\n", SC_BAD_INPUT, 5,
         "a second table"},
        {"ERT: &a\n  version: '0.4'\n  tables: [*a, *a]\n", SC_BAD_INPUT, 1, "\"name\" is missing"},
        {"ERT:\n\tversion: 0.4\n", SC_BAD_INPUT, 2, "not valid YAML"},
        {"", SC_BAD_INPUT, 1, "empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_machine machine;
        struct sc_error err;
        int status = read_with(&machine, "flexagon", rows[i].text, NULL, &err);
        cr_expect_eq(status, rows[i].status, "%s: %d", rows[i].text, status);
        cr_expect_eq(err.line, rows[i].line, "%s: line %llu: %s", rows[i].text, (unsigned long long)err.line,
                     err.message);
        cr_expect_not_null(strstr(err.message, rows[i].says), "%s: %s", rows[i].text, err.message);
        cr_expect_not_null(strstr(err.file, "sparsecast-test-"), "%s", err.file);
    }
    struct sc_machine machine;
    struct sc_error err;
    cr_expect_eq(
        read_with(&machine, "flexagon", good, "ART:\n  version: 0.4\n  tables:\n  - {name: rn, area: big}\n", &err),
        SC_BAD_INPUT);
    cr_expect_eq(err.line, 4);
    cr_expect_eq(sc_machine_read(&machine, "flexagon", "/nonexistent/ert.yaml", &err), SC_IO);
    cr_expect_eq(sc_machine_read(&machine, "flexagon", "nm45-horwitz", &err), SC_BAD_USAGE);
    cr_expect_not_null(strstr(err.message, "did you mean \"nm45-horowitz\"?"), "%s", err.message);
    cr_expect_str_empty(err.file);
}
