/* test_report.c - the HTML report: its parts, its numbers, escaping, limits, bad input.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>
#include <stdlib.h>

#include "plots/report.h"
#include "run_program.h"

TestSuite(report, .init = enter_directory, .fini = leave_directory, .timeout = 100);

/* The report of a result list, to be freed. */
static char *report_of(const char *csv)
{
    struct sc_report report = {.path = "results.csv", .command = "sparsecast report results.csv -o report.html"};
    struct sc_frame *frame;
    struct sc_result_set set;
    struct sc_error err = {0};
    char *page = NULL;
    size_t size = 0;

    put_file("results.csv", csv);
    cr_assert_eq(sc_frame_read(&frame, "results.csv", &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_result_set_make(&set, frame, &err), SC_OK, "%s", err.message);
    sc_report_start(&report, frame, &set);
    report.out = open_memstream(&page, &size);
    cr_assert_eq(sc_report_write(&report, &err), SC_OK, "%s", err.message);
    fclose(report.out);
    sc_result_set_free(&set);
    sc_frame_free(frame);
    cr_expect_eq(strlen(page), size, "a page has no NUL");
    return page;
}

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

#define HEADER                                                                                                         \
    "layer,model,machine,dataflow,best,cycles,cycles_low,cycles_high,stationary_cycles,stream_cycles,merge_cycles,"    \
    "stall_cycles,"                                                                                                    \
    "utilization,products,l1_reads,psum_writes,psum_reads,dram_read_bytes,dram_write_bytes,time_s,energy_j,source,"    \
    "config,count,M,N,K\n"

static const char two_layers[] = HEADER
    "conv1,net,flexagon,ip-m,1,12345678,11000000,13500000,678,12345000,0,0,0.5,1000,2000,0,0,4096,4096,0.0123,0.00123,"
    "estimate,flexagon.yaml@0123456789abcdef;nm28@fedcba9876543210,2\n"
    "conv1,net,flexagon,op-m,0,20000000,18000000,21000000,0,5000000,5000000,10000000,0.3,1000,2000,10,10,8192,4096,0."
    "02,"
    "0.002,estimate,flexagon.yaml@0123456789abcdef;nm28@fedcba9876543210,2\n"
    "fc,net,flexagon,ip-m,1,100,90,110,10,20,60,10,0.25,100,20,5,5,40,10,0.0000001,0.000001,estimate,x,1\n";

Test(report, has_its_parts_once)
{
    static const char *const parts[] = {"<!DOCTYPE html>",
                                        "<html lang=\"en\">",
                                        "<meta charset=\"utf-8\">",
                                        "name=\"viewport\"",
                                        "<h1>",
                                        "id=\"summary\"",
                                        "id=\"figures-h\"",
                                        "id=\"networks-h\"",
                                        "id=\"results-h\"",
                                        "id=\"layers-h\"",
                                        "id=\"origin-h\"",
                                        "<style>",
                                        "<script>",
                                        "prefers-color-scheme: dark",
                                        "</body>\n</html>\n"};
    char *page = report_of(two_layers);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect_eq(occurrences(page, parts[i]), 1, "%s: %zu times", parts[i], occurrences(page, parts[i]));
    cr_expect_eq(occurrences(page, "<details"), 2, "one per layer");
    cr_expect_eq(occurrences(page, "</details>"), 2);
    cr_expect_eq(occurrences(page, "<tr"), occurrences(page, "</tr>"));
    cr_expect_eq(occurrences(page, "<td"), occurrences(page, "</td>"));
    cr_expect_eq(occurrences(page, "<div"), occurrences(page, "</div>"));
    cr_expect_eq(occurrences(page, "<section"), occurrences(page, "</section>"));
    free(page);
}

Test(report, numbers_are_those_of_the_file)
{
    char *page = report_of(two_layers);
    cr_expect_not_null(strstr(page, "data-v=\"12345678\""));
    cr_expect_not_null(strstr(page, "data-v=\"11000000\""));
    cr_expect_not_null(strstr(page, "data-v=\"0.00123\""));
    cr_expect_not_null(strstr(page, "data-v=\"24691456\""), "the network: 2 x 12345678 + 100");
    cr_expect_not_null(strstr(page, "24.7 Mcycles"), "the machine's card");
    cr_expect_not_null(strstr(page, "11 M to 13.5 M"), "the interval of a layer");
    cr_expect_not_null(strstr(page, "mostly streaming and multiplying"), "what limits conv1");
    cr_expect_not_null(strstr(page, "mostly merging partial sums"), "what limits fc");
    cr_expect_not_null(strstr(page, "<td>waiting for DRAM</td>"), "what limits conv1 with op-m");
    cr_expect_not_null(strstr(page, "ip-m 2&times;"), "dataflows of the machine's choices");
    free(page);
}

/* Rows that name their bound are not judged by their phases; the text may be anything. */
Test(report, bounds_are_named)
{
    static const char rows[] =
        "layer,machine,dataflow,cycles,stationary_cycles,stream_cycles,merge_cycles,stall_cycles,bound\n"
        "conv1,m,ip-m,100,10,80,0,10,distribution\nconv1,m,op-m,200,0,0,0,200,<i>\nfc,m,ip-m,50,0,0,0,50,\n";
    char *page = report_of(rows);
    cr_expect_not_null(strstr(page, ", limited by distribution"));
    cr_expect_not_null(strstr(page, "<td>distribution</td>"));
    cr_expect_not_null(strstr(page, "<dt>distribution</dt><dd>network"));
    cr_expect_not_null(strstr(page, "<td>&lt;i&gt;</td>"));
    cr_expect_null(strstr(page, "<i>"));
    cr_expect_not_null(strstr(page, "mostly waiting for DRAM"), "a row without a bound");
    cr_expect_not_null(strstr(page, "id=\"figure-bounds\""));
    free(page);
}

Test(report, says_how_to_reproduce)
{
    char *page = report_of(two_layers);
    cr_expect_not_null(strstr(page, "sparsecast report results.csv -o report.html"));
    cr_expect_not_null(
        strstr(page, "sparsecast simulate results.csv --layer conv1 -m flexagon -d ip-m --compare --trace trace.csv"));
    cr_expect_not_null(strstr(page, "<code>flexagon.yaml@0123456789abcdef;nm28@fedcba9876543210</code>"));
    free(page);
}

/* Nothing of the page comes from elsewhere, and nothing may be loaded. */
Test(report, is_self_contained)
{
    static const char *const outside[] = {"http:", "https:", "//cdn",   " src=", "@import",
                                          "url(h", "<link",  "<iframe", "<img"};
    char *page = report_of(two_layers);
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        cr_expect_null(strstr(page, outside[i]), "%s", outside[i]);
    cr_expect_not_null(strstr(page, "default-src 'none'"));
    cr_expect_null(strstr(page, "nan"), "no number that is none");
    free(page);
}

Test(report, texts_are_escaped)
{
    char *page = report_of(
        HEADER "<script>alert(1)</script>,\"a\"\"b & 'c'\",\"m</title><img src=x "
               "onerror=alert(2)>\",ip-m,1,10,9,11,1,9,0,0,0.5,1,1,"
               "0,0,1,1,1,1,estimate,</style><b>,1\n"
               "\xc3\xa9\xe5\xb1\xa4 \xff,x,m,ip-m,1,10,9,11,1,9,0,0,0.5,1,1,0,0,1,1,1,1,estimate,\"`$(rm)\",1\n"
               "it's,x,m,ip-m,1,10,9,11,1,9,0,0,0.5,1,1,0,0,1,1,1,1,estimate,c,1\n");
    cr_expect_null(strstr(page, "<script>alert"));
    cr_expect_null(strstr(page, "<img"));
    cr_expect_eq(occurrences(page, "</title>") - occurrences(page, "<title>"), 0);
    cr_expect_eq(occurrences(page, "</style>"), 1);
    cr_expect_not_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    cr_expect_not_null(strstr(page, "a&quot;b &amp; &#39;c&#39;"));
    cr_expect_not_null(strstr(page, "\xc3\xa9\xe5\xb1\xa4 &#xfffd;"), "UTF-8 stays, what is none is replaced");
    cr_expect_null(strstr(page, "\xff"));
    cr_expect_not_null(strstr(page, "--layer &#39;it&#39;\\&#39;&#39;s&#39;"), "shell words are quoted");
    free(page);
}

static const char *escaped(const char *text, void (*escape)(FILE *, const char *))
{
    static char *kept;
    size_t size;
    free(kept);
    FILE *out = open_memstream(&kept, &size);
    escape(out, text);
    fclose(out);
    return kept;
}

Test(report, words_of_commands)
{
    static const struct {
        const char *text, *html;
    } cases[] = {
        {"plain-name_1.csv", "plain-name_1.csv"},
        {"two words", "&#39;two words&#39;"},
        {"", "&#39;&#39;"},
        {"-o", "&#39;-o&#39;"},
        {"a'b", "&#39;a&#39;\\&#39;&#39;b&#39;"},
        {"$(x)<y>", "&#39;$(x)&lt;y&gt;&#39;"},
        {"~root", "&#39;~root&#39;"},
        {"\xc3\xa9", "&#39;\xc3\xa9&#39;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_str_eq(escaped(cases[i].text, sc_html_shell), cases[i].html, "case %zu", i);
    char longer[1001], expected[1100] = "&#39;";
    for (int i = 0; i < 500; i++)
        memcpy(longer + 2 * i, "\xc3\xa9", 2);
    longer[1000] = '\0';
    strcat(strcat(expected, longer), "&#39;");
    cr_expect_str_eq(escaped(longer, sc_html_shell), expected, "characters are never cut");
}

/* Intervals count where an estimate has one. */
Test(report, coverage_is_counted)
{
    char *page = report_of(HEADER "a,n,m,ip-m,1,100,100,100,1,9,0,0,0.5,1,1,0,0,1,1,1,1,simulation,c,1\n"
                                  "a,n,m,ip-m,1,90,80,110,1,9,0,0,0.5,1,1,0,0,1,1,1,1,estimate,c,1\n"
                                  "b,n,m,ip-m,1,100,100,100,1,9,0,0,0.5,1,1,0,0,1,1,1,1,simulation,c,1\n"
                                  "b,n,m,ip-m,1,90,80,95,1,9,0,0,0.5,1,1,0,0,1,1,1,1,estimate,c,1\n"
                                  "c,n,m,ip-m,1,100,100,100,1,9,0,0,0.5,1,1,0,0,1,1,1,1,simulation,c,1\n"
                                  "c,n,m,ip-m,1,90,90,90,1,9,0,0,0.5,1,1,0,0,1,1,1,1,estimate,c,1\n");
    cr_expect_not_null(strstr(page, "50 %"));
    cr_expect_not_null(strstr(page, "<dd>1 of 2</dd>"), "c has no interval");
    free(page);
    page = report_of(two_layers);
    cr_expect_null(strstr(page, "Simulations within intervals"), "no simulations, no card");
    free(page);
}

Test(report, large_files_are_cut_with_a_message)
{
    size_t rows = SC_REPORT_ROWS + 500, size = 0;
    char *csv = NULL, *page;
    FILE *out = open_memstream(&csv, &size);
    fputs("layer,machine,dataflow,cycles\n", out);
    for (size_t i = 0; i < rows; i++)
        fprintf(out, "layer%zu,m,ip-m,%zu\n", i, i + 1);
    fclose(out);
    page = report_of(csv);
    cr_expect_not_null(strstr(page, "the 2000 of 2500 rows with the most cycles"));
    cr_expect_not_null(strstr(page, "the 200 of 2500 layers with the most cycles"));
    cr_expect_eq(occurrences(page, "<details"), SC_REPORT_LAYERS);
    cr_expect_not_null(strstr(page, ">layer2499<"), "the largest is there");
    cr_expect_null(strstr(page, ">layer499<"), "the smaller ones are not");
    free(page);
    free(csv);
}

Test(report, command_writes_whole_pages_or_none)
{
    static const struct {
        const char *csv;
        int status;
        const char *message;
    } bad[] = {
        {"", 1, "empty"},
        {"layer,machine\n", 1, "no column 'dataflow'"},
        {HEADER, 1, "no result rows"},
        {"layer,machine,dataflow,cycles\na,m,ip-m,x\n", 1, "bad.csv:2: column 'cycles': found 'x'"},
        {"layer,machine,dataflow,cycles\na,m,ip-m,-1\n", 1, "at least 0"},
        {"layer,machine,dataflow,cycles\na,m\n", 1, "ends after 2 cells"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_file("bad.csv", bad[i].csv);
        put_file("old.html", "old");
        const struct program_run *o = run("report bad.csv -o old.html");
        cr_expect_eq(o->status, bad[i].status, "case %zu", i);
        cr_expect_not_null(strstr(o->err, bad[i].message), "case %zu: %s", i, o->err);
        char *page = get_file("old.html");
        cr_expect_str_eq(page, "old", "case %zu: the old page stays", i);
        free(page);
    }
    cr_expect_eq(run("report")->status, 2);
    cr_expect_eq(run("report a b")->status, 2);
    cr_expect_eq(run("report --frobnicate")->status, 2);
    cr_expect_eq(run("report -o")->status, 2);
    put_file("good.csv", two_layers);
    cr_expect_eq(run("report good.csv -o /dev/full")->status, 1);
    cr_expect_eq(run("report good.csv -o good.html")->status, 0);
    cr_expect_eq(access("good.html", R_OK), 0);
    cr_expect_eq(run("report --help")->status, 0);
}

/* Without gnuplot the page says why there are no figures, and has all else. */
Test(report, needs_no_gnuplot)
{
    char *path = strdup(getenv("PATH"));
    setenv("PATH", test_directory(), 1);
    char *page = report_of(two_layers);
    setenv("PATH", path, 1);
    free(path);
    cr_expect_null(strstr(page, "<svg"));
    cr_expect_not_null(strstr(page, "gnuplot is not installed"));
    cr_expect_eq(occurrences(page, "<details"), 2);
    free(page);
}
