/* test_cli.c - `sparsecast estimate` as a user runs it: exit status, messages, nothing half-written.
 *
 * The program is found through SPARSECAST_PROGRAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "run_program.h"

TestSuite(cli, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100);

static const char GOOD[] = "layer,M,N,K,density_a,density_b\nfirst,64,100,32,0.3,0.9\nsecond,128,50,64,0.5,1\n";

/* A list that is wrong in one place: exit status 1, file, line and reason on standard error, nothing on standard
 * output. */
Test(cli, bad_lists)
{
    static const struct {
        const char *text, *line, *expect;
    } bad[] = {
        {"", "bad.csv", "empty"},
        {"layer,M,N,density_a,density_b\nx,1,1,1,1\n", "bad.csv:1", "K"},
        {"layer,M,M,N,K,density_a,density_b\nx,1,1,1,1,1,1\n", "bad.csv:1", "M"},
        {"layer,M,N,K,density_a,density_b\nx,1,two,1,1,1\n", "bad.csv:2", "two"},
        {"layer,M,N,K,density_a,density_b\nx,1,1,1,nan,1\n", "bad.csv:2", "nan"},
        {"layer,M,N,K,density_a,density_b\nx,1,1,1,inf,1\n", "bad.csv:2", "inf"},
        {"layer,M,N,K,density_a,density_b\nx,0,1,1,1,1\n", "bad.csv:2", "M"},
        {"layer,M,N,K,density_a,density_b\nx,-4,1,1,1,1\n", "bad.csv:2", "-4"},
        {"layer,M,N,K,density_a,density_b\nx,4,1,1,1.5,1\n", "bad.csv:2", "1.5"},
        {"layer,M,N,K,density_a,density_b\nx,4294967296,4294967296,4294967296,1,1\n", "bad.csv:2", "2^64"},
        {"layer,M,N,K,density_a,density_b,pattern_a\nx,4,4,4,1,1,diagonal\n", "bad.csv:2", "diagonal"},
        {"layer,M,N,K,density_a,density_b,pattern_a\nx,40,4,40,0.9,1,banded:4\n", "bad.csv:2", "density of at most"},
        {"layer,M,N,K,density_a,density_b\nok,4,4,4,1,1\nx,4,4\n", "bad.csv:3", "x"},
        {"\x89PNG\r\n\x1a\nxxxx", "bad.csv", "PNG"},
        {"name: flexagon\nkind: flexagon\n", "bad.csv", ""},
        {"layer,M,N,K,density_a,density_b\n\"x,4,4,4,1,1\n", "bad.csv:2", "quot"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_file("bad.csv", bad[i].text);
        const struct program_run *o = run("estimate bad.csv -f csv -o out.csv");
        cr_expect_eq(o->status, 1, "case %zu: status %d", i, o->status);
        cr_expect(strncmp(o->err, "sparsecast: ", 12) == 0, "case %zu: %s", i, o->err);
        cr_expect_not_null(strstr(o->err, bad[i].line), "case %zu: %s", i, o->err);
        cr_expect_not_null(strstr(o->err, bad[i].expect), "case %zu: %s", i, o->err);
        cr_expect_str_empty(o->out, "case %zu", i);
        cr_expect_neq(access("out.csv", F_OK), 0, "case %zu left a file", i);
        cr_expect_str_empty(run("estimate bad.csv")->out, "case %zu", i);
    }
}

Test(cli, wrong_usage)
{
    static const char *const wrong[] = {"",
                                        "estimat x.csv",
                                        "estimate",
                                        "estimate good.csv other.csv",
                                        "estimate good.csv -f xml",
                                        "estimate good.csv -d gustavson",
                                        "estimate good.csv -m sigma-like -d op-m",
                                        "estimate good.csv --bset",
                                        "estimate good.csv -m flexagon -m flexagon",
                                        "estimate good.csv -m flexagno"};
    put_file("good.csv", GOOD);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct program_run *o = run(wrong[i]);
        cr_expect_eq(o->status, 2, "'%s': status %d", wrong[i], o->status);
        cr_expect_str_empty(o->out, "'%s'", wrong[i]);
        cr_expect_str_not_empty(o->err, "'%s'", wrong[i]);
    }
    cr_expect_not_null(strstr(run("estimate good.csv -m flexagno")->err, "\"flexagon\""));
    cr_expect_not_null(strstr(run("estimat x.csv")->err, "estimate"));
}

Test(cli, help_and_version)
{
    static const char *const asked[] = {"--help", "--version", "estimate --help", "estimate --version", "import --help",
                                        "machines --help", "dataflows --help", "plot --help"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const struct program_run *o = run(asked[i]);
        cr_expect_eq(o->status, 0, "%s", asked[i]);
        cr_expect_str_not_empty(o->out, "%s", asked[i]);
        cr_expect_str_empty(o->err, "%s: %s", asked[i], o->err);
    }
}

Test(cli, rows_asked_for)
{
    put_file("good.csv", GOOD);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv")->out), 1 + 2 * 6);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv --best")->out), 1 + 2);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv -d op-n -d ip-m")->out), 1 + 2 * 2);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv -m flexagon-asplos23")->out), 1 + 2 * 3);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv -m flexagon-asplos23 -d op-n")->out), 1 + 2);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv --totals")->out), 1 + 6 + 1);
    cr_expect_eq(count_lines(run("estimate good.csv -f csv --network")->out), 1 + 2 * 6);
    cr_expect_not_null(strstr(run("estimate good.csv -f csv --network")->err, "fewer than"));
    put_file("none.csv", "layer,M,N,K,density_a,density_b\n");
    const struct program_run *o = run("estimate none.csv -f csv");
    cr_expect_eq(o->status, 0);
    cr_expect_eq(count_lines(o->out), 1);
    cr_expect_eq(run("estimate none.csv")->status, 0);
    cr_expect_eq(run("estimate none.csv -f json --network")->status, 0);
}

/* Several batches of estimate_batch.c, and a list that ends in a row which cannot be read, or be run: the first wrong
 * row is the one told, whatever the number of threads. */
Test(cli, jobs_change_nothing)
{
    static const char *const ends[] = {"", "short,1,2\n", "butterfly,bpmm,64,64,64,1,1\nshort,1,2\n"};
    static const char *const options[] = {"-f csv", "--best -f json", "--totals"};
    for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
        FILE *f = fopen("l.csv", "wb");
        cr_assert_not_null(f);
        fputs("layer,kind,M,N,K,density_a,density_b\n", f);
        for (int i = 0; i < 500; i++)
            fprintf(f, "l%d,gemm,%d,%d,%d,0.%d,0.%d\n", i, 1 + i % 40, 1 + i * 7 % 50, 1 + i * 3 % 30, 1 + i % 9,
                    1 + i % 7);
        fputs(ends[e], f);
        fclose(f);
        for (size_t o = 0; o < sizeof options / sizeof options[0]; o++) {
            char command[300];
            for (int jobs = 1; jobs <= 7; jobs += 3) {
                snprintf(command, sizeof command,
                         "\"$SPARSECAST_PROGRAM\" estimate l.csv -m flexagon -m sigma-like %s --jobs %d > all%d "
                         "2> err%d; s=$?; sed 's/--jobs .//' all%d > out%d; exit $s",
                         options[o], jobs, jobs, jobs, jobs, jobs);
                cr_expect_eq(run_shell(command), e > 0, "%s", command);
            }
            cr_expect_eq(run_shell("cmp out1 out4 && cmp out1 out7 && cmp err1 err4 && cmp err1 err7"), 0, "%s %s",
                         options[o], ends[e]);
            cr_expect_eq(run_shell(e == 0 ? "test -s out1" : "grep -q l.csv:502: err1 && test ! -s out1"), 0, "%s %s",
                         options[o], ends[e]);
        }
    }
}

/* The results of a list are a list with the same results. */
Test(cli, results_are_a_list)
{
    static struct program_run first;
    put_file("good.csv", GOOD);
    first = *run("estimate good.csv --best -f csv");
    cr_expect_eq(first.status, 0);
    put_file("results.csv", first.out);
    cr_expect_str_eq(run("estimate results.csv --best -f csv")->out, first.out);
}

/* The worked example of the README is what the program prints. */
Test(cli, readme_example)
{
    char path[TEST_PATH], *readme = get_file(in_source(path, "README.md"));
    char *list = strstr(readme, "$ cat mine.csv\n");
    cr_assert_not_null(list);
    list += strlen("$ cat mine.csv\n");
    char *command = strstr(list, "$ sparsecast ");
    cr_assert_not_null(command);
    *command = '\0';
    put_file("mine.csv", list);
    command += strlen("$ sparsecast ");
    char *output = strchr(command, '\n');
    *output++ = '\0';
    *strstr(output, "```") = '\0';
    cr_expect_str_eq(run(command)->out, output);
    free(readme);
}

/* A comma as the locale's decimal point changes nothing. */
Test(cli, german_numbers)
{
    static struct program_run plain;
    put_file("good.csv", GOOD);
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        cr_skip_test("the locale de_DE.UTF-8 is not installed");
    static const char *const formats[] = {"csv", "json", "table"};
    for (int i = 0; i < 3; i++) {
        char arguments[100];
        snprintf(arguments, sizeof arguments, "estimate good.csv -f %s", formats[i]);
        setenv("LC_ALL", "C", 1);
        plain = *run(arguments);
        setenv("LC_ALL", "de_DE.UTF-8", 1);
        cr_expect_str_eq(run(arguments)->out, plain.out);
        cr_expect_eq(plain.status, 0);
    }
}

Test(cli, outputs_that_fail)
{
    put_file("good.csv", GOOD);
    const struct program_run *o = run("estimate good.csv -f csv -o missing/out.csv");
    cr_expect_eq(o->status, 1);
    cr_expect_not_null(strstr(o->err, "missing/out.csv"));
    cr_expect_eq(run("estimate good.csv -f csv -o /dev/full")->status, 1);
    cr_expect_eq(run("estimate good.csv -f csv -o .")->status, 1);
    cr_expect_eq(run("estimate . -f csv")->status, 1);
    cr_expect_eq(run("estimate absent.csv -f csv")->status, 1);
    put_file("kept.csv", "precious\n");
    put_file("bad.csv", "layer,M,N,K,density_a,density_b\nok,4,4,4,1,1\nx,4,4,four,1,1\n");
    cr_expect_eq(run("estimate bad.csv -f csv -o kept.csv")->status, 1);
    char *kept = get_file("kept.csv");
    cr_expect_str_eq(kept, "precious\n");
    free(kept);
}

/* A list of half a million layers takes no more memory than a short one (a million in test_layer's reader). */
Test(cli, long_lists)
{
    FILE *f = fopen("long.csv", "wb");
    fputs("layer,M,N,K,density_a,density_b\n", f);
    for (int i = 0; i < 200000; i++)
        fprintf(f, "l%d,%d,%d,%d,0.%d,0.5\n", i, 1 + i % 200, 1 + i % 300, 1 + i % 100, 1 + i % 9);
    fclose(f);
    const struct program_run *o = run("estimate long.csv --best -f csv -o results.csv --no-progress");
    cr_expect_eq(o->status, 0, "%s", o->err);
    cr_expect_eq(run_shell("test \"$(wc -l < results.csv)\" -eq 200001"), 0);
    cr_expect_eq(run_shell("! grep -qi -e nan -e inf results.csv"), 0);
}
