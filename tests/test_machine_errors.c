/* test_machine_errors.c - every kind of bad machine file: the message names line, key, what was found and what was
 * expected.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "file.h"
#include "machine.h"

TestSuite(machine_errors, .init = use_source_data);

#define OK_START "name: x\nkind: flexagon\n"
#define OK_REST                                                                                    \
    "timing: blocking\ndataflows: [ip-m]\nclock_ghz: 1\narray: {multipliers: 64}\n"               \
    "str_cache: {bytes: 1048576}\npsram: {bytes: 0}\ndram: {latency_ns: 100, bandwidth_gbps: 256}\n"
#define OK_FILE OK_START OK_REST /* nine lines */
#define CHILD "name: x\nbase: flexagon\n"

/* Each file, the line that is blamed (0: none) and two parts of the message. */
static const struct {
    const char *text;
    unsigned line;
    const char *says, *also;
} bad[] = {
    /* unknown keys */
    {OK_FILE "str_cash: {ways: 4}\n", 10, "unknown key \"str_cash\"", "did you mean \"str_cache\"?"},
    {OK_FILE "sta_fifo:\n  byts: 4\n", 11, "\"byts\" in sta_fifo", "did you mean \"bytes\"?"},
    {OK_FILE "qqqq: 1\n", 10, "unknown key \"qqqq\"", "known are kind, base"},
    {CHILD "area_power:\n  - part: a\n    aera_mm2: 1\n", 5, "\"aera_mm2\" in area_power[0]", "\"area_mm2\""},
    {CHILD "Clock_GHz: 1\n", 3, "unknown key", "clock_ghz"},
    /* wrong type */
    {OK_FILE "networks: 5\n", 10, "networks: found \"5\"", "mapping"},
    {OK_FILE "networks: [1, 2]\n", 10, "networks: found a list", "mapping"},
    {OK_FILE "networks:\n  dn_levels: {a: 1}\n", 11, "networks.dn_levels: found a mapping", "single value"},
    {OK_FILE "networks:\n  dn_levels: six\n", 11, "networks.dn_levels: found \"six\"", "whole number from 0 to 64"},
    {OK_FILE "networks:\n  dn_levels: 6.0\n", 11, "found \"6.0\"", "whole number"},
    {OK_FILE "networks:\n  dn_levels: 0x6\n", 11, "found \"0x6\"", "whole number"},
    {OK_FILE "networks:\n  dn_levels:\n", 11, "found \"\"", "whole number"},
    {OK_FILE "pipelined:\n  count_pointers: yes\n", 11, "found \"yes\"", "true or false"},
    {CHILD "timing: bloking\n", 3, "timing: found \"bloking\"", "blocking or pipelined"},
    {CHILD "dataflows: ip-m\n", 3, "dataflows: found \"ip-m\"", "a list"},
    {CHILD "dataflows: [[ip-m]]\n", 3, "dataflows[0]: found a list", "single value"},
    {CHILD "area_power: {dn: 4}\n", 3, "area_power: found a mapping", "a list"},
    {CHILD "dram:\n", 3, "dram: found nothing", "mapping"},
    {"- name\n- x\n", 1, "found a list", "mapping"},
    {"just words\n", 1, "found \"just words\"", "mapping"},
    {"layer,M,N,K\na,1,2,3\n", 1, "found \"layer,M,N,K", "mapping"},
    /* missing */
    {"name: x\n", 1, "\"kind\" is missing", "base"},
    {"kind: flexagon\n" OK_REST, 1, "\"name\" is missing", ""},
    {OK_START "timing: blocking\ndataflows: [ip-m]\n", 1, "\"clock_ghz\" is missing", ""},
    {OK_START "timing: blocking\ndataflows: [ip-m]\nclock_ghz: 1\narray: {multipliers: 2}\nstr_cache:\n  ways: 1\n", 8,
     "\"str_cache.bytes\" is missing", "capacity"},
    {"name: x\nkind: flexagon\ntiming: blocking\nclock_ghz: 1\narray: {multipliers: 64}\nstr_cache: {bytes: 1048576}\n"
     "psram: {bytes: 0}\ndram: {latency_ns: 1, bandwidth_gbps: 2}\n",
     1, "\"dataflows\" is missing", "sparsecast dataflows"},
    {CHILD "area_power: [{area_mm2: 1}]\n", 3, "area_power[0]: key \"part\" is missing", ""},
    {CHILD "dataflows: []\n", 3, "\"dataflows\" is missing", ""},
    /* out of range */
    {CHILD "array:\n  multipliers: 1\n", 4, "found \"1\"", "from 2 to 4096"},
    {CHILD "array:\n  multipliers: 4097\n", 4, "found \"4097\"", "from 2 to 4096"},
    {CHILD "array:\n  multipliers: -64\n", 4, "found \"-64\"", "from 2 to 4096"},
    {CHILD "clock_ghz: 0\n", 3, "found \"0\"", "number from 0.001"},
    {CHILD "clock_ghz: .nan\n", 3, "found \".nan\"", "number from 0.001"},
    {CHILD "clock_ghz: nan\n", 3, "found \"nan\"", "number from 0.001"},
    {CHILD "clock_ghz: .inf\n", 3, "found \".inf\"", "number from 0.001"},
    {CHILD "clock_ghz: 1e999\n", 3, "found \"1e999\"", "number from 0.001"},
    {CHILD "clock_ghz: 1,5\n", 3, "found \"1,5\"", "number from 0.001"},
    {CHILD "sta_fifo: {bytes: 99999999999999999999999999999999}\n", 3, "found \"99999999999999999999999999999999\"",
     ""},
    {CHILD "str_cache:\n  banks: 12\n", 4, "found \"12\"", "power of two"},
    {CHILD "str_cache:\n  line_bytes: 100\n", 4, "found \"100\"", "power of two"},
    {CHILD "area_power: [{part: a, area_mm2: -1}]\n", 3, "area_power[0].area_mm2: found \"-1\"", "from 0"},
    {CHILD "area_power: [{part: a, power_mw: much}]\n", 3, "area_power[0].power_mw: found \"much\"", "number"},
    {CHILD "area_power: [{part: '', power_mw: 1}]\n", 3, "area_power[0].part", "1 to 63"},
    {"name: ''\nbase: flexagon\n", 1, "name: found \"\"", "not empty"},
    {"name: \"a\\nb\"\nbase: flexagon\n", 1, "name: found \"a?b\"", "control characters"},
    {"name: a-name-that-is-much-longer-than-the-sixty-three-bytes-which-fit-into-a-machine\nbase: flexagon\n", 1,
     "name: found", "at most 63 bytes"},
    /* values that do not fit together: the file's own key is blamed, not the base's */
    {CHILD "str_cache:\n  ways: 3\n", 4, "str_cache.bytes: found 1048576", "3 x 128 = 384"},
    {CHILD "str_cache:\n  words_per_bank: 33\n", 4, "words_per_bank: found 33", "32 elements of a line"},
    {CHILD "array:\n  element_bytes: 3\n", 4, "line_bytes: found 128", "multiple of array.element_bytes, 3"},
    {CHILD "psram:\n  bytes: 100\n", 4, "psram.bytes: found 100", "multiple of psram.block_bytes, 64"},
    {CHILD "psram:\n  sets: 3\n", 4, "psram.sets: found 3", "divisor of the 4096 blocks"},
    {CHILD "psram:\n  block_bytes: 6\n", 4, "psram.block_bytes: found 6", "multiple of array.element_bytes"},
    {CHILD "sta_fifo:\n  bytes: 3\n", 4, "sta_fifo.bytes: found 3", "at least one element"},
    /* twice */
    {OK_FILE "name: y\n", 10, "\"name\" appears twice", "line 1"},
    {CHILD "sta_fifo:\n  bytes: 4\n  bytes: 8\n", 5, "\"bytes\" appears twice", "line 4"},
    {CHILD "dataflows: [ip-m, op-m, ip-m]\n", 3, "\"ip-m\" appears twice", ""},
    {CHILD "dataflows: [a, b, c, d, e, f, g, h, i, j, k, l]\n", 3, "more than 11 entries", ""},
    {CHILD "dataflows:\n  - ip-m\n  - ip_n\n", 5, "unknown dataflow \"ip_n\"", "did you mean \"ip-"},
    {CHILD "area_power:\n  - part: a\n  - part: a\n", 5, "part \"a\" appears twice", ""},
    /* kinds and bases */
    {"name: x\nkind: flexagn\n", 2, "kind: found \"flexagn\"", "\"flexagon\""},
    {"name: x\nbase: flexagn\n", 2, "unknown machine \"flexagn\"", "did you mean \"flexagon\"?"},
    {"name: x\nbase: sps\ndecode: {format: dense}\n", 3, "decode.format: found \"dense\"", "an index per weight"},
    {"name: x\nbase: sps\ndecode: {format: cs}\n", 3, "decode.format: found storage format 'cs'", "'csr'"},
    {"name: x\nbase: sps\nenergy: {dram_high_pj_per_bit: 1}\n", 3, "found less than energy.dram_pj_per_bit", "dram_high"},
    {"name: x\nbase: sps\nstr_cache: {bytes: 128}\n", 3, "unknown key \"str_cache\"", "line_buffer"},
    {"name: x\nbase: ./flexagon.yaml\n", 2, "found a path", "name of a shipped machine"},
    {"name: x\nbase: flexagon-asplos23\n", 2, "has a base itself", "without one"},
    /* energy */
    {CHILD "energy: {table: nm28-cact}\n", 3, "energy.table: found the unknown energy set",
     "did you mean \"nm28-cacti\"?"},
    {CHILD "energy: {table: zzz}\n", 3, "energy.table", "sets.csv"},
    {CHILD "energy:\n  node_nm: 5\n", 4, "energy.node_nm: found a node of 5 nm", "7 to 130"},
    {CHILD "energy:\n  node_nm: 180\n", 4, "energy.node_nm: found a node of 180 nm", "7 to 130"},
    {CHILD "energy:\n  supply_v: 0.5\n", 4, "energy.supply_v: found a supply of 0.5 V", "0.7 to 1.2"},
    {CHILD "energy:\n  multiply: fp_mull\n", 4, "energy.multiply: found the unknown operation",
     "did you mean \"fp_mul\"?"},
    {CHILD "energy:\n  dram: HBM\n", 4, "energy.dram: found the unknown DRAM type", "did you mean \"HBM2\"?"},
    /* not YAML */
    {"", 1, "empty", "mapping"},
    {"# nothing but a comment\n", 1, "empty", "mapping"},
    {CHILD "sta_fifo:\n\tbytes: 4\n", 4, "not valid YAML", "a tab indents this line"},
    {"name: \"x\n", 2, "not valid YAML", "quoted scalar"},
    {"name: x: y\n", 1, "not valid YAML", ""},
    {"name: x\n  kind: flexagon\n", 2, "not valid YAML", ""},
    {"name: \x01\n", 1, "not valid YAML", "control characters"},
    {"name: x\nkind: \xff\xfe\n", 2, "not valid YAML", "UTF-8"},
    {"? [a]\n: b\n", 1, "as a key", "text"},
    {"%YAML 9.9\n---\nname: x\n", 1, "not valid YAML", "incompatible"},
    {OK_FILE "---\nname: y\n", 10, "second YAML document", ""},
    {CHILD "array: &a {element_bytes: 4}\nsta_fifo: *a\n", 4, "alias \"*a\"", "not allowed"},
    {"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\n", 2, "alias \"*a\"", "not allowed"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1, "nested deeper", ""},
};

Test(machine_errors, each_kind_is_refused_with_its_line_and_reason)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[TEST_PATH];
        struct sc_machine machine;
        struct sc_error err;
        write_temporary(path, ".yaml", bad[i].text, strlen(bad[i].text));
        int status = sc_machine_read(&machine, path, NULL, &err);
        unlink(path);
        cr_expect_eq(status, SC_BAD_INPUT, "%s: status %d", bad[i].text, status);
        cr_expect_eq((int)err.status, status);
        cr_expect_str_eq(err.file, path, "%s: %s", bad[i].text, err.message);
        cr_expect_eq(err.line, bad[i].line, "%s: line %llu: %s", bad[i].text, (unsigned long long)err.line,
                     err.message);
        cr_expect_not_null(strstr(err.message, bad[i].says), "%s: %s", bad[i].text, err.message);
        cr_expect_not_null(strstr(err.message, bad[i].also), "%s: %s", bad[i].text, err.message);
    }
}

Test(machine_errors, the_file_they_are_variations_of_is_good)
{
    char path[TEST_PATH];
    struct sc_machine machine;
    struct sc_error err;
    write_temporary(path, ".yml", OK_FILE, strlen(OK_FILE));
    cr_expect_eq(sc_machine_read(&machine, path, NULL, &err), SC_OK, "%s", err.message);
    cr_expect_eq(sc_machine_read(&machine, path, NULL, NULL), SC_OK);
    unlink(path);
    cr_expect_eq(sc_machine_read(&machine, path, NULL, NULL), SC_IO, "an error may go unreported");
}

/* Files that would keep a naive reader busy for minutes: they must be refused, and at once. */
Test(machine_errors, files_made_to_take_long_are_refused, .timeout = 20)
{
    static const struct {
        const char *before, *after, *says;
        bool numbered;
    } rows[] = {
        {"%TAG !a", "! tag:x\n", "lines that start with %", true},
        {"k", ": 1\n", "more than 256 keys", true},
        {"- &a", " x\n", "more than 4096 anchors", true},
        {"[", "\n", "nested deeper", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\n", "found \"aaaa", false},
    };
    enum { SIZE = 1000000 };
    char *text = malloc(SIZE + 64), path[TEST_PATH];
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_machine machine;
        struct sc_error err;
        size_t used = 0;
        for (unsigned n = 0; used < SIZE; n++)
            used += (size_t)sprintf(text + used, "%s%.*u%s", rows[i].before, rows[i].numbered ? 1 : 0,
                                    rows[i].numbered ? n + 1 : 0, rows[i].after);
        write_temporary(path, ".yaml", text, used);
        cr_expect_eq(sc_machine_read(&machine, path, NULL, &err), SC_BAD_INPUT, "%s", rows[i].before);
        cr_expect_not_null(strstr(err.message, rows[i].says), "%s: %s", rows[i].before, err.message);
        unlink(path);
    }
    free(text);
}

Test(machine_errors, names_that_lead_nowhere)
{
    static const struct {
        const char *name;
        int status;
        const char *says;
    } rows[] = {
        {"flexagn", SC_BAD_USAGE, "did you mean \"flexagon\"?"},
        {"zzzzzzzzzzzz", SC_BAD_USAGE, "sparch-like-asplos23"},
        {"", SC_BAD_USAGE, "unknown machine"},
        {"..", SC_BAD_USAGE, "unknown machine"},
        {"\x1b[31m", SC_BAD_USAGE, "unknown machine \"?[31m\""},
        {"/nonexistent/x.yaml", SC_IO, "cannot open"},
        {"/tmp/", SC_IO, "directory"},
        {"/dev/zero", SC_BAD_INPUT, "larger than"},
        {"/dev/null", SC_BAD_INPUT, "empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_machine machine;
        struct sc_error err;
        int status = sc_machine_read(&machine, rows[i].name, NULL, &err);
        cr_expect_eq(status, rows[i].status, "%s: %d %s", rows[i].name, status, err.message);
        cr_expect_not_null(strstr(err.message, rows[i].says), "%s: %s", rows[i].name, err.message);
    }
    char longest[5000];
    struct sc_machine machine;
    struct sc_error err;
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    cr_expect_eq(sc_machine_read(&machine, longest, NULL, &err), SC_BAD_USAGE);
    longest[0] = '/';
    cr_expect_eq(sc_machine_read(&machine, longest, NULL, &err), SC_BAD_USAGE);
    cr_expect_eq(sc_machine_read(&machine, "flexagon", longest + 1, &err), SC_BAD_USAGE);
}

/* A fault in the base is blamed on the base's file and line, not on the file that names it. */
Test(machine_errors, a_bad_base_is_named)
{
    char root[] = "/tmp/sparsecast-test-XXXXXX", folder[64], base[128], child[128];
    struct sc_machine machine;
    struct sc_error err;
    cr_assert_not_null(mkdtemp(root));
    snprintf(folder, sizeof folder, "%s/machines", root);
    snprintf(base, sizeof base, "%s/faulty.yaml", folder);
    snprintf(child, sizeof child, "%s/child.yaml", root);
    cr_assert_eq(mkdir(folder, 0700), 0);
    FILE *file = fopen(base, "w");
    cr_assert_not_null(file);
    fputs(OK_FILE "sta_fifo:\n  bytes: 0\n", file);
    fclose(file);
    file = fopen(child, "w");
    cr_assert_not_null(file);
    fputs("name: x\nbase: faulty\n", file);
    fclose(file);
    setenv("SPARSECAST_DATA", root, 1);
    cr_expect_eq(sc_machine_read(&machine, child, NULL, &err), SC_BAD_INPUT);
    cr_expect_str_eq(err.file, base);
    cr_expect_eq(err.line, 11);
    cr_expect_not_null(strstr(err.message, "sta_fifo.bytes: found \"0\""), "%s", err.message);
    unlink(base);
    unlink(child);
    rmdir(folder);
    rmdir(root);
}

/* Random damage to a good file: whatever comes back, it comes back, and a failure has a reason. */
Test(machine_errors, damaged_files_never_crash_the_reader)
{
    char source[TEST_PATH], path[TEST_PATH];
    unsigned char *good;
    size_t size;
    uint64_t state = 88172645463325252u;
    unsigned refused = 0;
    cr_assert_eq(sc_file_read(&good, &size, in_source(source, "data/machines/flexagon.yaml"), 1 << 20, NULL), SC_OK);
    for (int round = 0; round < 400; round++) {
        unsigned char copy[16384];
        struct sc_machine machine;
        struct sc_error err = {0};
        cr_assert(size < sizeof copy);
        memcpy(copy, good, size);
        for (int i = 0; i <= round % 4; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            unsigned char any = (unsigned char)(state >> 32), telling = (unsigned char)" :-[]{},\n&*#'\"0x"[any % 16];
            copy[state % size] = round % 3 == 0 ? any : telling;
        }
        write_temporary(path, ".yaml", copy, round % 5 == 0 ? (size_t)(state % size) : size);
        int status = sc_machine_read(&machine, path, NULL, &err);
        unlink(path);
        cr_expect(status == SC_OK || (err.message[0] && err.file[0] && err.line > 0), "round %d: %d %s", round, status,
                  err.message);
        refused += status != SC_OK;
    }
    cr_expect(refused > 100, "only %u of 400 damaged files were refused", refused);
    free(good);
}
