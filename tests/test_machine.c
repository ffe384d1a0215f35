/* test_machine.c - shipped machines against the published tables, defaults, bases, names, and the files' own promises.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <locale.h>
#include <math.h>

#include "data_dir.h"
#include "file.h"
#include "machine.h"
#include "family.h"
#include "machine_keys.h"
#include "table.h"

TestSuite(machine, .init = use_source_data);

static void read_machine(struct sc_machine *machine, const char *name)
{
    struct sc_error err;
    int status = sc_machine_read(machine, name, NULL, &err);
    cr_assert_eq(status, SC_OK, "%s: %s:%llu: %s", name, err.file, (unsigned long long)err.line, err.message);
}

static struct sc_table *open_paper(const char *relative, const char *const *columns, size_t count)
{
    char path[TEST_PATH];
    struct sc_table *table;
    struct sc_error err;
    cr_assert_eq(sc_table_open(&table, in_source(path, relative), columns, count, &err), SC_OK, "%s", err.message);
    return table;
}

static double number(const struct sc_table *table, size_t row, size_t column)
{
    double value;
    struct sc_error err;
    cr_assert_eq(sc_table_number(table, row, column, &value, &err), SC_OK, "%s", err.message);
    return value;
}

Test(machine, all_shipped_machines_load_under_their_file_names)
{
    static const char *const expected[] = {
        "flexagon",   "flexagon-asplos23",   "flexagon-tfm-adrian", "gamma-like",          "gamma-like-asplos23",
        "sigma-like", "sigma-like-asplos23", "sparch-like",         "sparch-like-asplos23"};
    char **names;
    unsigned count, found = 0;
    struct sc_error err;
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK, "%s", err.message);
    for (unsigned i = 0; i < count; i++) {
        struct sc_machine machine;
        read_machine(&machine, names[i]);
        cr_expect_str_eq(machine.name, names[i]);
        cr_expect(i == 0 || strcmp(names[i - 1], names[i]) < 0, "%s is out of order", names[i]);
        cr_expect_str_empty(machine.energy.missing);
        cr_expect_eq(strlen(machine.digest), 16);
        bool simulator = strstr(names[i], "-asplos23") || strstr(names[i], "-tfm-adrian");
        cr_expect(machine.family != &sc_family_flexagon || (machine.timing == SC_BLOCKING) == simulator, "%s",
                  names[i]);
        for (size_t j = 0; j < sizeof expected / sizeof expected[0]; j++)
            found += strcmp(expected[j], names[i]) == 0;
    }
    cr_expect_eq(found, sizeof expected / sizeof expected[0]);
    free(names);
}

Test(machine, baselines_run_one_dataflow_and_flexagon_all)
{
    static const struct {
        const char *name;
        int only;
        uint64_t psram;
    } rows[] = {{"sigma-like", SC_IP_M, 0}, {"sparch-like", SC_OP_M, 262144}, {"gamma-like", SC_GUST_M, 131072},
                {"flexagon", -1, 262144}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_machine machine, twin;
        char twin_name[64];
        snprintf(twin_name, sizeof twin_name, "%s-asplos23", rows[i].name);
        read_machine(&machine, rows[i].name);
        read_machine(&twin, twin_name);
        for (int flow = 0; flow < SC_SPMSPM_DATAFLOWS; flow++)
            cr_expect_eq(machine.supports[flow], rows[i].only < 0 || rows[i].only == flow, "%s", rows[i].name);
        cr_expect_eq(machine.psram_bytes, rows[i].psram);
        cr_expect_arr_eq(machine.supports, twin.supports, sizeof machine.supports);
        cr_expect_eq(machine.part_count, twin.part_count);
        cr_expect_arr_eq(machine.parts, twin.parts, sizeof machine.parts);
        cr_expect_eq(machine.psram_bytes, twin.psram_bytes);
        cr_expect_eq(machine.ec_bytes_factor, 2);
        cr_expect_eq(twin.ec_bytes_factor, 0);
    }
}

/* Printed parts against printed totals.  Areas have two decimals and add up exactly.  Powers of 100 mW and more are
 * printed without decimals, so each such part and the total may be off by half a unit. */
Test(machine, table_8_parts_add_up_to_the_printed_totals)
{
    static const char *const columns[] = {"machine", "part", "area_mm2", "power_mw"};
    struct sc_table *paper = open_paper("data/papers/flexagon-table8-area-power.csv", columns, 4);
    unsigned totals = 0;
    for (size_t row = 0; row < sc_table_rows(paper); row++) {
        struct sc_machine machine;
        const char *part = sc_table_text(paper, row, 1);
        double area = number(paper, row, 2), power = number(paper, row, 3);
        read_machine(&machine, sc_table_text(paper, row, 0));
        if (strcmp(part, "total") == 0) {
            double slack = 0.5;
            for (unsigned i = 0; i < machine.part_count; i++)
                slack += machine.parts[i].power_mw >= 100 ? 0.5 : 0.005;
            cr_expect_float_eq(machine.area_mm2, area, 1e-9, "%s: %.17g", machine.name, machine.area_mm2);
            cr_expect_float_eq(machine.power_mw, power, slack, "%s: %g against %g", machine.name, machine.power_mw,
                               power);
            cr_expect_eq(ceil(machine.power_mw), power, "%s", machine.name);
            totals++;
            continue;
        }
        bool found = false;
        for (unsigned i = 0; i < machine.part_count; i++) {
            if (strcmp(machine.parts[i].name, part) != 0)
                continue;
            found = true;
            cr_expect_eq(machine.parts[i].area_mm2, area);
            cr_expect_eq(machine.parts[i].power_mw, power);
        }
        cr_expect(found, "%s has no part %s", machine.name, part);
    }
    cr_expect_eq(totals, 4);
    sc_table_close(paper);
}

Test(machine, figure_18_is_figure_12_over_area)
{
    static const char *const speed_columns[] = {"model", "machine", "speedup_over_cpu"};
    static const char *const figure_columns[] = {"model", "machine", "perf_per_area_over_sigma_like"};
    struct sc_table *speed = open_paper("data/papers/flexagon-fig12-models.csv", speed_columns, 3);
    struct sc_table *figure = open_paper("data/papers/flexagon-fig18-perf-area.csv", figure_columns, 3);
    struct sc_machine sigma;
    read_machine(&sigma, "sigma-like-asplos23");
    cr_assert_eq(sc_table_rows(figure), 27);
    for (size_t row = 0; row < sc_table_rows(figure); row++) {
        const char *model = sc_table_text(figure, row, 0), *name = sc_table_text(figure, row, 1);
        double own = 0, base = 0;
        struct sc_machine machine;
        read_machine(&machine, name);
        for (size_t i = 0; i < sc_table_rows(speed); i++) {
            if (strcmp(sc_table_text(speed, i, 0), model) != 0)
                continue;
            if (strcmp(sc_table_text(speed, i, 1), name) == 0)
                own = number(speed, i, 2);
            if (strcmp(sc_table_text(speed, i, 1), "sigma-like") == 0)
                base = number(speed, i, 2);
        }
        double ours = own / base / (machine.area_mm2 / sigma.area_mm2), theirs = number(figure, row, 2);
        /* 0.04 to two decimals; the largest difference, 0.043 for S-R on gamma-like, is within the rounding of Fig. 12.
         */
        cr_expect_float_eq(ours, theirs, 0.0449, "%s on %s: %g against %g", model, name, ours, theirs);
    }
    sc_table_close(speed);
    sc_table_close(figure);
}

Test(machine, flexagon_has_the_values_of_table_5)
{
    static const char *const columns[] = {"key", "value"};
    struct sc_table *paper = open_paper("data/papers/flexagon-table5-machine.csv", columns, 2);
    struct sc_machine machine;
    size_t count, compared = 0;
    const struct sc_machine_key *keys = sc_machine_keys(&sc_family_flexagon, &count);
    read_machine(&machine, "flexagon");
    for (size_t row = 0; row < sc_table_rows(paper); row++) {
        for (size_t i = 0; i < count; i++) {
            char value[SC_KEY_TEXT_SIZE];
            if (strcmp(keys[i].path, sc_table_text(paper, row, 0)) != 0)
                continue;
            sc_machine_key_get(value, &machine, &keys[i]);
            cr_expect_str_eq(value, sc_table_text(paper, row, 1), "%s", keys[i].path);
            compared++;
        }
    }
    cr_expect_eq(compared, 12);
    cr_expect_eq(machine.str_words_per_bank, 32);
    cr_expect_eq(machine.energy_request.node_nm, 28);
    sc_table_close(paper);
}

Test(machine, every_value_in_the_shipped_files_has_a_source)
{
    static const char *const exempt[] = {"name:", "description:", "kind:", "base:"};
    char **names, line[1024];
    unsigned count;
    struct sc_error err;
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK);
    for (unsigned i = 0; i < count; i++) {
        char path[TEST_PATH], relative[128];
        snprintf(relative, sizeof relative, "data/machines/%s.yaml", names[i]);
        FILE *file = fopen(in_source(path, relative), "r");
        cr_assert_not_null(file);
        while (fgets(line, sizeof line, file)) {
            line[strcspn(line, "\n")] = '\0';
            const char *colon = strchr(line, ':'), *note = strstr(line, " # ");
            bool skip = line[0] == '#' || !colon || strspn(colon + 1, " ") == strlen(colon + 1) || note == colon + 1;
            for (size_t j = 0; j < sizeof exempt / sizeof exempt[0]; j++)
                skip = skip || strncmp(line, exempt[j], strlen(exempt[j])) == 0;
            cr_expect(skip || (note && strlen(note) > 8), "%s: no source: %s", names[i], line);
        }
        fclose(file);
    }
    free(names);
}

/* The README's row of each key: "| `key` | unit | default | ...". */
static void expect_keys_in_readme(const struct sc_family *family)
{
    char path[TEST_PATH], row[256];
    unsigned char *text;
    size_t size, count;
    struct sc_error err;
    const struct sc_machine_key *keys = sc_machine_keys(family, &count);
    cr_assert_eq(sc_file_read(&text, &size, in_source(path, "data/machines/README.md"), 1 << 20, &err), SC_OK);
    for (size_t i = 0; i < count; i++) {
        const char *initial = keys[i].initial ? keys[i].initial : "required";
        snprintf(row, sizeof row, "| `%s` |%s%s | %s |", keys[i].path, keys[i].unit[0] ? " " : "", keys[i].unit,
                 initial[0] ? initial : "empty");
        cr_expect_not_null(strstr((char *)text, row), "missing or different: %s", row);
    }
    free(text);
}

Test(machine, readme_lists_every_key_with_its_unit_and_default)
{
    expect_keys_in_readme(&sc_family_flexagon);
    expect_keys_in_readme(&sc_family_systolic);
}

static const char minimal[] = "name: tiny\nkind: flexagon\ntiming: blocking\ndataflows: [op-n, ip-m]\nclock_ghz: 0.5\n"
                              "array: {multipliers: 8}\nstr_cache: {bytes: 65536}\npsram: {bytes: 0}\n"
                              "dram: {latency_ns: 10, bandwidth_gbps: 1.5}\n";

Test(machine, what_a_file_leaves_out_has_its_default)
{
    char path[TEST_PATH];
    struct sc_machine machine, defaults;
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(&sc_family_flexagon, &count);
    write_temporary(path, ".yaml", minimal, strlen(minimal));
    read_machine(&machine, path);
    unlink(path);
    cr_expect_str_eq(machine.file, path);
    cr_expect(machine.supports[SC_OP_N] && machine.supports[SC_IP_M] && !machine.supports[SC_OP_M]);
    cr_expect_eq(machine.clock_ghz, 0.5);
    cr_expect_eq(machine.dram_gbps, 1.5);
    cr_expect_eq(machine.part_count, 0);
    cr_expect_eq(machine.area_mm2, 0);
    cr_expect_eq(machine.str_words_per_bank, 32, "0 stands for the whole line");
    machine.str_words_per_bank = 0;
    defaults = machine;
    for (size_t i = 0; i < count; i++) {
        struct sc_error err;
        if (keys[i].initial)
            cr_expect_eq(sc_machine_key_set(&defaults, &keys[i], keys[i].initial, &err), SC_OK, "%s", keys[i].path);
    }
    cr_expect_eq(memcmp(&machine, &defaults, sizeof machine), 0, "a default was not applied");
}

Test(machine, a_value_read_back_is_the_value_set)
{
    struct sc_machine machine, copy;
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(&sc_family_flexagon, &count);
    read_machine(&machine, "flexagon");
    copy = machine;
    for (size_t i = 0; i < count; i++) {
        char text[SC_KEY_TEXT_SIZE];
        struct sc_error err;
        sc_machine_key_get(text, &machine, &keys[i]);
        cr_expect_eq(sc_machine_key_set(&copy, &keys[i], text, &err), SC_OK, "%s = %s", keys[i].path, text);
    }
    cr_expect_eq(memcmp(&machine, &copy, sizeof machine), 0);
}

Test(machine, a_base_gives_what_the_file_does_not_say)
{
    static const char text[] = "name: small\nbase: flexagon\nstr_cache: {ways: 8}\ndataflows: [gust-n]\n";
    char path[TEST_PATH];
    struct sc_machine machine, base;
    write_temporary(path, ".yaml", text, strlen(text));
    read_machine(&machine, path);
    read_machine(&base, "flexagon");
    unlink(path);
    cr_expect_eq(machine.str_ways, 8);
    cr_expect_eq(machine.str_banks, base.str_banks);
    cr_expect_eq(machine.part_count, 5);
    cr_expect_str_empty(machine.description);
    for (int flow = 0; flow < SC_SPMSPM_DATAFLOWS; flow++)
        cr_expect_eq(machine.supports[flow], flow == SC_GUST_N);

    /* The digest is that of the base's bytes followed by the file's own. */
    char base_path[TEST_PATH], digest[17];
    unsigned char *bytes;
    size_t size;
    cr_assert_eq(sc_file_read(&bytes, &size, in_source(base_path, "data/machines/flexagon.yaml"), 1 << 20, NULL),
                 SC_OK);
    sc_digest_text(digest,
                   sc_digest(sc_digest(SC_DIGEST_START, bytes, size), (const unsigned char *)text, strlen(text)));
    cr_expect_str_eq(machine.digest, digest);
    free(bytes);
}

/* Published vectors of FNV-1a 64: isthe.com/chongo/tech/comp/fnv. */
Test(machine, digest_is_fnv_1a)
{
    char text[17];
    sc_digest_text(text, sc_digest(SC_DIGEST_START, (const unsigned char *)"", 0));
    cr_expect_str_eq(text, "cbf29ce484222325");
    sc_digest_text(text, sc_digest(SC_DIGEST_START, (const unsigned char *)"a", 1));
    cr_expect_str_eq(text, "af63dc4c8601ec8c");
    sc_digest_text(text, sc_digest(SC_DIGEST_START, (const unsigned char *)"foobar", 6));
    cr_expect_str_eq(text, "85944171f73967e8");
}

Test(machine, numbers_do_not_depend_on_the_locale)
{
    struct sc_machine plain, german;
    read_machine(&plain, "flexagon");
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE.utf8"))
        cr_skip_test("locale de_DE.UTF-8 is not installed");
    read_machine(&german, "flexagon");
    cr_expect_eq(memcmp(&plain, &german, sizeof plain), 0);
}

Test(machine, dataflows_go_by_name)
{
    struct sc_error err;
    enum sc_dataflow dataflow;
    for (int i = 0; i < SC_DATAFLOWS; i++) {
        cr_expect_eq(sc_dataflow_parse(&dataflow, sc_dataflow_name((enum sc_dataflow)i), &err), SC_OK);
        cr_expect_eq((int)dataflow, i);
        cr_expect(strlen(sc_dataflow_meaning((enum sc_dataflow)i)) > 10);
    }
    cr_expect_eq(sc_dataflow_parse(&dataflow, "gust_m", &err), SC_BAD_USAGE);
    cr_expect_not_null(strstr(err.message, "gust-m"), "%s", err.message);
    cr_expect_eq(sc_dataflow_parse(&dataflow, "winograd", &err), SC_BAD_USAGE);
    cr_expect_not_null(strstr(err.message, "op-n"), "%s", err.message);
}

/* A program in a build tree, told nothing, reads the data of its sources. */
Test(machine, data_of_the_sources_in_a_build_tree)
{
    char path[TEST_PATH], expected[TEST_PATH], *found, *wanted;
    struct sc_error err;
    unsetenv("SPARSECAST_DATA");
    cr_assert_eq(sc_data_path(path, sizeof path, "machines/flexagon.yaml", &err), SC_OK, "%s", err.message);
    found = realpath(path, NULL);
    wanted = realpath(in_source(expected, "data/machines/flexagon.yaml"), NULL);
    cr_assert(found && wanted);
    cr_expect_str_eq(found, wanted);
    free(found);
    free(wanted);
}

Test(machine, data_files_are_found_or_named)
{
    char path[TEST_PATH];
    struct sc_error err;
    cr_expect_eq(sc_data_path(path, sizeof path, "machines/flexagon.yaml", &err), SC_OK);
    cr_expect_eq(sc_data_path(path, sizeof path, "machines/none.yaml", &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "SPARSECAST_DATA"));
    cr_expect_eq(sc_data_path(path, 8, "machines/flexagon.yaml", &err), SC_IO);
    setenv("SPARSECAST_DATA", "/nonexistent", 1);
    struct sc_machine machine;
    cr_expect_eq(sc_machine_read(&machine, "flexagon", NULL, &err), SC_IO);
    cr_expect_not_null(strstr(err.file, "/nonexistent"), "%s", err.file);
}

Test(machine, keys_can_be_changed_and_parts_follow)
{
    static const struct sc_machine_change more[] = {{"array.multipliers", "128"}, {"str_cache.bytes", "524288"}};
    static const struct sc_machine_change bad[][1] = {
        {{"array.multiplier", "128"}}, {{"array.multipliers", "1"}}, {{"name", "x"}}, {{"str_cache.bytes", "1000"}}};
    static const char *const says[] = {"array.multipliers", "2 to 4096", "no key \"name\"", "multiple of ways"};
    struct sc_machine plain, changed;
    struct sc_error err;
    read_machine(&plain, "flexagon");
    cr_assert_eq(sc_machine_read_changed(&changed, "flexagon", NULL, more, 2, &err), SC_OK, "%s", err.message);
    cr_expect_eq(changed.multipliers, 128);
    cr_expect_eq(changed.str_bytes, 524288);
    cr_expect_str_neq(changed.digest, plain.digest);
    for (unsigned i = 0; i < plain.part_count; i++) {
        const char *part = plain.parts[i].name;
        double growth = strcmp(part, "rn") == 0          ? 127.0 / 63
                        : strcmp(part, "str_cache") == 0 ? 0.5
                        : strcmp(part, "psram") == 0     ? 1
                                                         : 2;
        cr_expect_float_eq(changed.parts[i].area_mm2, growth * plain.parts[i].area_mm2, 1e-12, "%s", part);
        cr_expect_float_eq(changed.parts[i].power_mw, growth * plain.parts[i].power_mw, 1e-9, "%s", part);
    }
    cr_expect_lt(changed.energy.str_read[SC_ENERGY_NOMINAL], plain.energy.str_read[SC_ENERGY_NOMINAL]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int status = sc_machine_read_changed(&changed, "flexagon", NULL, bad[i], 1, &err);
        cr_expect_eq(status, i < 3 ? SC_BAD_USAGE : SC_BAD_INPUT, "%zu: %d", i, status);
        cr_expect_not_null(strstr(err.message, says[i]), "%zu: %s", i, err.message);
    }
}
