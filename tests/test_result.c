/* test_result.c - the three output formats: exact small outputs, quoting, validity, what must be refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "result.h"

static const struct sc_meta meta[] = {{"version", "0.1.0"}, {"command", "sparsecast estimate \"a b\".csv"}};

static struct sc_result example(void)
{
    struct sc_result row = {
        .layer = "conv1",
        .model = "net",
        .machine = "flexagon",
        .dataflow = "gust-m",
        .best = true,
        .cycles = 1234.5,
        .cycles_low = 1200,
        .cycles_high = 1300.25,
        .stationary_cycles = 34.5,
        .stream_cycles = 1000,
        .merge_cycles = 200,
        .stall_cycles = 0,
        .utilization = 0.123456789012,
        .products = 9007199254740991.0, /* 2^53 - 1: counts stay exact */
        .nnz_a = 10,
        .nnz_b = 20,
        .nnz_c = 33.5,
        .l1_reads = 400,
        .l1_misses = 50,
        .psum_writes = 7,
        .psum_reads = 7,
        .spill_bytes = 0,
        .dram_read_bytes = 1e6,
        .dram_write_bytes = 250000,
        .time_s = 1.543125e-6,
        .energy_j = 2.5e-6,
        .edp_js = 3.8578125e-12,
        .area_mm2 = -1,
        .source = "estimate",
        .config = "m@0 e@1", .note = "", .bound = "DRAM",
    };
    return row;
}

/* Writes `rows` copies of `row` and returns the text of the file; the caller frees it. */
static char *render(enum sc_format format, const struct sc_result *row, int rows, const char *const *names,
                    const char *const *extra, size_t extras)
{
    char path[] = "/tmp/sparsecast-test-XXXXXX";
    struct sc_writer *writer;
    struct sc_error err = {0};

    close(mkstemp(path));
    cr_assert_eq(sc_writer_open(&writer, path, format, meta, 2, names, extras, &err), SC_OK, "%s", err.message);
    for (int i = 0; i < rows; i++)
        cr_assert_eq(sc_writer_row(writer, row, extra, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_writer_close(writer, &err), SC_OK, "%s", err.message);

    FILE *in = fopen(path, "r");
    cr_assert_not_null(in);
    char *text = calloc(1, 1 << 20);
    size_t length = fread(text, 1, (1 << 20) - 1, in);
    cr_assert_lt(length, (1 << 20) - 1);
    fclose(in);
    unlink(path);
    return text;
}

static void expect(enum sc_format format, const struct sc_result *row, int rows, const char *expected)
{
    char *text = render(format, row, rows, NULL, NULL, 0);
    cr_expect_str_eq(text, expected, "got:\n%s\nexpected:\n%s", text, expected);
    free(text);
}

#define CSV_HEADER                                                                                                     \
    "layer,model,machine,dataflow,best,cycles,cycles_low,cycles_high,stationary_cycles,stream_cycles,merge_cycles,"    \
    "stall_cycles,utilization,products,nnz_a,nnz_b,nnz_c,l1_reads,l1_misses,psum_writes,psum_reads,spill_bytes,"       \
    "dram_read_bytes,dram_write_bytes,time_s,energy_j,edp_js,area_mm2,source,config,note,bound"

Test(result, csv_golden)
{
    struct sc_result row = example();
    expect(SC_FORMAT_CSV, &row, 0, CSV_HEADER "\n");
    expect(SC_FORMAT_CSV, &row, 1,
           CSV_HEADER "\nconv1,net,flexagon,gust-m,1,1234.5,1200,1300.25,34.5,1000,200,0,0.123456789,9007199254740991,"
                      "10,20,33.5,400,50,7,7,0,1000000,250000,0.000001543125,0.0000025,0.0000000000038578125,,"
                      "estimate,m@0 e@1,,DRAM\n");
}

Test(result, table_golden)
{
    struct sc_result row = example();
    row.layer = "a_layer_name_of_thirty_letters";
    expect(SC_FORMAT_TABLE, &row, 1,
           "layer              model            machine              dataflow        cycles   util    products"
           "      DRAM    energy       EDP  perf/area\n"
           "                                                                                     %            "
           "        MB        uJ      nJ s MAC/ns/mm2\n"
           "a_layer_name_of_t\u2026 net              flexagon             gust-m   *        1235  12.35   9.007e+15"
           "     1.250     2.500    0.0039          -\n"
           "\n* chosen: fewest cycles for the layer on this machine or, with --network, for the whole network\n"
           "version: 0.1.0\ncommand: sparsecast estimate \"a b\".csv\n");
}

Test(result, json_golden)
{
    struct sc_result row = example();
    expect(SC_FORMAT_JSON, &row, 0,
           "{\n  \"meta\": {\n    \"version\": \"0.1.0\",\n    \"command\": \"sparsecast estimate \\\"a b\\\".csv\"\n"
           "  },\n  \"results\": []\n}\n");
    expect(SC_FORMAT_JSON, &row, 1,
           "{\n  \"meta\": {\n    \"version\": \"0.1.0\",\n    \"command\": \"sparsecast estimate \\\"a b\\\".csv\"\n"
           "  },\n  \"results\": [\n    {\"layer\": \"conv1\", \"model\": \"net\", \"machine\": \"flexagon\", "
           "\"dataflow\": \"gust-m\", \"best\": 1, \"cycles\": 1234.5, \"cycles_low\": 1200, \"cycles_high\": 1300.25, "
           "\"stationary_cycles\": 34.5, \"stream_cycles\": 1000, \"merge_cycles\": 200, \"stall_cycles\": 0, "
           "\"utilization\": 0.123456789, \"products\": 9007199254740991, \"nnz_a\": 10, \"nnz_b\": 20, "
           "\"nnz_c\": 33.5, \"l1_reads\": 400, \"l1_misses\": 50, \"psum_writes\": 7, \"psum_reads\": 7, "
           "\"spill_bytes\": 0, \"dram_read_bytes\": 1000000, \"dram_write_bytes\": 250000, "
           "\"time_s\": 0.000001543125, \"energy_j\": 0.0000025, \"edp_js\": 0.0000000000038578125, "
           "\"area_mm2\": null, \"source\": \"estimate\", \"config\": \"m@0 e@1\", \"note\": \"\", \"bound\": "
           "\"DRAM\"}\n  ]\n}\n");
}

Test(result, csv_quoting)
{
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"\"", "\"\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"carriage\rreturn", "\"carriage\rreturn\""},
        {" blank", "\" blank\""},
        {"blank\t", "\"blank\t\""},
        {"in side", "in side"},
        {"caf\u00e9", "caf\u00e9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_result row = example();
        char expected[128];
        row.layer = cases[i].text;
        char *text = render(SC_FORMAT_CSV, &row, 1, NULL, NULL, 0);
        snprintf(expected, sizeof expected, "\n%s,net,", cases[i].field);
        cr_expect(strncmp(text + strlen(CSV_HEADER), expected, strlen(expected)) == 0, "case %zu: %s", i, text);
        free(text);
    }
}

Test(result, extra_columns_follow_and_never_repeat_ours)
{
    static const char *const names[] = {"remark", "cycles", "M,N"};
    static const char *const values[] = {"first", "999999", "3,4"};
    struct sc_result row = example();

    char *text = render(SC_FORMAT_CSV, &row, 2, names, values, 3);
    cr_expect_eq(strstr(text, CSV_HEADER ",remark,\"M,N\"\nconv1,"), text, "%s", text);
    cr_expect_null(strstr(text, "999999"));
    cr_expect_not_null(strstr(text, ",,estimate,m@0 e@1,,DRAM,first,\"3,4\"\nconv1,"), "%s", text);
    free(text);
    text = render(SC_FORMAT_JSON, &row, 1, names, values, 3);
    cr_expect_not_null(strstr(text, ", \"remark\": \"first\", \"M,N\": \"3,4\"}"), "%s", text);
    cr_expect_null(strstr(text, "999999"));
    free(text);
}

/* A strict reader of JSON (RFC 8259), so that validity does not rest on our own idea of escaping.  Each function
 * returns the end of what it read, or NULL. */
static const char *json_value(const char *at);

static const char *blanks(const char *at)
{
    return at ? at + strspn(at, " \t\r\n") : NULL;
}

static const char *json_string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (*at == 'u')
            for (int i = 0; i < 4; i++)
                if (!isxdigit((unsigned char)*++at))
                    return NULL;
        if (!strchr("\"\\/bfnrtu0123456789abcdefABCDEF", *at))
            return NULL;
    }
    return at + 1;
}

static const char *json_number(const char *at)
{
    at += *at == '-';
    if (!isdigit((unsigned char)*at) || (at[0] == '0' && isdigit((unsigned char)at[1])))
        return NULL;
    at += strspn(at, "0123456789");
    if (*at == '.') {
        size_t digits = strspn(++at, "0123456789");
        at = digits ? at + digits : NULL;
    }
    return at;
}

static const char *json_list(const char *at, char close, int keys)
{
    at = blanks(at + 1);
    if (*at == close)
        return at + 1;
    while (at) {
        if (keys) {
            at = blanks(json_string(at));
            if (!at || *at++ != ':')
                return NULL;
        }
        at = blanks(json_value(blanks(at)));
        if (at && *at == close)
            return at + 1;
        at = at && *at == ',' ? blanks(at + 1) : NULL;
    }
    return NULL;
}

static const char *json_value(const char *at)
{
    switch (*at) {
    case '{':
        return json_list(at, '}', 1);
    case '[':
        return json_list(at, ']', 0);
    case '"':
        return json_string(at);
    case 'n':
        return strncmp(at, "null", 4) == 0 ? at + 4 : NULL;
    default:
        return json_number(at);
    }
}

static int json_valid(const char *text)
{
    const char *end = blanks(json_value(blanks(text)));
    return end && *end == '\0';
}

Test(result, json_is_valid_whatever_the_text)
{
    static const char *const names[] = {"no\"te"};
    static const char *const texts[] = {"", "\"", "\\", "\\\"", "a\nb\tc\x01\x7f", "\xff\xfe", "\xc3", "caf\xc3\xa9",
                                        "\xed\xa0\x80", "\xf0\x9f\x98\x80", "</script>"};
    struct sc_result row = example();

    cr_assert_not(json_valid("{\"a\": 01}"), "the checker must be able to say no");
    cr_assert_not(json_valid("{\"a\": 1,}"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        row.layer = texts[i];
        for (int rows = 0; rows <= 2; rows++) {
            char *text = render(SC_FORMAT_JSON, &row, rows, names, &texts[i], 1);
            cr_expect(json_valid(text), "text %zu, %d rows: %s", i, rows, text);
            free(text);
        }
    }
    row.layer = "\xff|\xc3\xa9|\x01";
    char *text = render(SC_FORMAT_JSON, &row, 1, NULL, NULL, 0);
    cr_expect_not_null(strstr(text, "\"\\ufffd|\xc3\xa9|\\u0001\""), "%s", text);
    free(text);
}

Test(result, terminal_gets_no_control_characters)
{
    struct sc_result row = example();
    row.layer = "evil\x1b[31m\n\xff\xc2\x9b";
    char *text = render(SC_FORMAT_TABLE, &row, 1, NULL, NULL, 0);
    cr_expect_not_null(strstr(text, "\nevil?[31m???       net"), "%s", text);
    free(text);
}

Test(result, table_numbers_keep_their_width)
{
    static const struct {
        double energy_j;
        const char *shown; /* uJ, nine columns */
    } cases[] = {
        {0, "        0"},          {1e-6, "        1"},      {1.23456e-6, "    1.235"}, {9.99996e-6, "   10.000"},
        {123456.7e-6, "   123457"}, {0.0123456e-6, "   0.0123"}, {1.5e-15, "1.500e-09"},  {9.9999e-20, "1.000e-13"},
        {123456789e-6, "123456789"}, {1.23456e10, "1.235e+16"}, {-1, "        -"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_result row = example();
        char expected[48];
        row.energy_j = cases[i].energy_j;
        char *text = render(SC_FORMAT_TABLE, &row, 1, NULL, NULL, 0);
        snprintf(expected, sizeof expected, "    1.250 %s    0.0039          -\n", cases[i].shown);
        cr_expect_not_null(strstr(text, expected), "case %zu: expected '%s' in\n%s", i, expected, text);
        free(text);
    }
}

Test(result, numbers_that_are_not_finite_are_refused)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int format = SC_FORMAT_TABLE; format <= SC_FORMAT_JSON; format++) {
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            struct sc_result row = example();
            struct sc_writer *writer;
            struct sc_error err = {0};
            row.energy_j = bad[i];
            cr_assert_eq(sc_writer_open(&writer, "/dev/null", (enum sc_format)format, NULL, 0, NULL, 0, &err), SC_OK);
            cr_expect_eq(sc_writer_row(writer, &row, NULL, &err), SC_BAD_INPUT);
            cr_expect_not_null(strstr(err.message, "energy_j"), "%s", err.message);
            cr_expect_not_null(strstr(err.message, "conv1"), "%s", err.message);
            sc_writer_abandon(writer);
        }
    }
}
