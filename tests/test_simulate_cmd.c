/* test_simulate_cmd.c - `sparsecast simulate` as a user runs it: rows, formats, selection, comparison, timelines,
 * Ctrl-C.
 *
 * The program is found through SPARSECAST_PROGRAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_program.h"

TestSuite(simulate_cmd, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100);

static const char LIST[] = "layer,model,M,N,K,density_a,density_b,pattern_a,remark\n"
                           "first,net,64,100,32,0.3,0.9,uniform,\"a, b\"\n"
                           "second,net,70,50,64,0.5,1,block:4x4,\n"
                           "third,net,33,20,40,0.1,0.2,rowskew:1,x\n"
                           "empty,net,8,9,10,0,0.5,uniform,\n";

enum { CELLS = 64 };

/* The row'th line of a CSV, cut into cells; line 0 is the header.  No cell of interest is quoted. */
static unsigned cut(char *line, const char *cell[CELLS])
{
    unsigned cells = 0;
    bool quoted = false;
    cell[cells++] = line;
    for (; *line; line++) {
        quoted ^= *line == '"';
        if (*line == ',' && !quoted && cells < CELLS) {
            *line = '\0';
            cell[cells++] = line + 1;
        }
    }
    return cells;
}

static const char *cell_of(const char *csv, int row, const char *column)
{
    static char text[500];
    char header[5000] = "", line[5000] = "";
    const char *names[CELLS], *values[CELLS];
    snprintf(header, sizeof header, "%.*s", (int)strcspn(csv, "\n"), csv);
    for (int i = 0; i < row; i++)
        csv = strchr(csv, '\n') ? strchr(csv, '\n') + 1 : "";
    snprintf(line, sizeof line, "%.*s", (int)strcspn(csv, "\n"), csv);
    unsigned columns = cut(header, names), cells = cut(line, values);
    for (unsigned i = 0; i < columns && i < cells; i++)
        if (strcmp(names[i], column) == 0) {
            snprintf(text, sizeof text, "%s", values[i]);
            return text;
        }
    return "(none)";
}

static double number_of(const char *csv, int row, const char *column)
{
    return strtod(cell_of(csv, row, column), NULL);
}

Test(simulate_cmd, rows)
{
    put_file("l.csv", LIST);
    const struct program_run *o = run("simulate l.csv -f csv");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_expect_str_empty(o->err, "%s", o->err);
    cr_assert_eq(count_lines(o->out), 1 + 4 * 6);
    for (int i = 1; i <= 24; i++) {
        cr_expect_str_eq(cell_of(o->out, i, "source"), "simulation");
        double cycles = number_of(o->out, i, "cycles");
        cr_expect_gt(cycles, 0, "row %d", i);
        cr_expect_eq(number_of(o->out, i, "cycles_low"), cycles);
        cr_expect_eq(number_of(o->out, i, "cycles_high"), cycles);
        double sum = number_of(o->out, i, "stationary_cycles") + number_of(o->out, i, "stream_cycles") +
                     number_of(o->out, i, "merge_cycles") + number_of(o->out, i, "stall_cycles");
        cr_expect(fabs(sum - cycles) <= 1e-6 * cycles, "row %d: %g parts, %g cycles", i, sum, cycles);
        cr_expect_eq(number_of(o->out, i, "products"), number_of(o->out, (i - 1) / 6 * 6 + 1, "products"), "row %d", i);
    }
    cr_expect_eq(number_of(o->out, 1, "nnz_a"), 614, "round(0.3 x 64 x 32)");
    cr_expect_eq(number_of(o->out, 1, "nnz_b"), 2880);
    cr_expect_str_eq(cell_of(o->out, 1, "remark"), "\"a, b\"");
    cr_expect_str_eq(cell_of(o->out, 7, "pattern_a"), "block:4x4");
}

/* One dataflow of each layer on each machine is the best: the one with the fewest cycles. */
Test(simulate_cmd, best_has_fewest_cycles)
{
    put_file("l.csv", LIST);
    const struct program_run *o = run("simulate l.csv -f csv -m flexagon-asplos23 -m flexagon -d op-m -d ip-m "
                                       "-d gust-m");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_assert_eq(count_lines(o->out), 1 + 4 * 2 * 3);
    for (int from = 1; from <= 24; from += 3) {
        int marked = 0;
        double best = INFINITY, fewest = INFINITY;
        for (int i = from; i < from + 3; i++) {
            double cycles = number_of(o->out, i, "cycles");
            fewest = cycles < fewest ? cycles : fewest;
            if (strcmp(cell_of(o->out, i, "best"), "1") == 0) {
                best = cycles;
                marked++;
            }
        }
        cr_expect_eq(marked, 1, "rows from %d", from);
        cr_expect_eq(best, fewest, "rows from %d", from);
    }
    cr_expect_str_eq(cell_of(o->out, 1, "machine"), "flexagon-asplos23");
    cr_expect_str_eq(cell_of(o->out, 1, "dataflow"), "ip-m", "dataflows stand in the order of our list");
    cr_expect_str_eq(cell_of(o->out, 4, "machine"), "flexagon");
}

Test(simulate_cmd, formats)
{
    put_file("l.csv", LIST);
    const struct program_run *o = run("simulate l.csv -f json -d ip-m --seed 7");
    cr_expect_eq(o->status, 0, "%s", o->err);
    cr_expect_not_null(strstr(o->out, "\"seed\": \"7\""));
    cr_expect_not_null(strstr(o->out, "\"flexagon\": \"flexagon.yaml@"));
    cr_expect_not_null(strstr(o->out, "\"source\": \"simulation\""));
    cr_expect_not_null(strstr(o->out, "sparsecast simulate l.csv -f json -d ip-m --seed 7"));
    o = run("simulate l.csv");
    cr_expect_eq(o->status, 0, "%s", o->err);
    cr_expect_not_null(strstr(o->out, "gust-n"));
    o = run("simulate l.csv -f csv -o r.csv");
    cr_expect_eq(o->status, 0, "%s", o->err);
    cr_expect_str_empty(o->out);
    cr_expect_eq(access("r.csv", R_OK), 0);
    put_file("none.csv", "layer,M,N,K,density_a,density_b\n");
    o = run("simulate none.csv -f csv");
    cr_expect_eq(o->status, 0, "%s", o->err);
    cr_expect_eq(count_lines(o->out), 1);
    cr_expect_eq(run("simulate none.csv --compare")->status, 0);
}

/* The same bytes whatever the number of threads, in results and timeline. */
Test(simulate_cmd, threads_change_nothing)
{
    static const char *const options[] = {"-f csv", "-f json", "", "--compare -f csv", "--compare"};
    FILE *f = fopen("l.csv", "wb");
    fputs("layer,M,N,K,density_a,density_b\n", f);
    for (int i = 0; i < 300; i++) /* more than one window of simulate_run.c */
        fprintf(f, "l%d,%d,%d,%d,0.%d,0.%d\n", i, 1 + i % 40, 1 + i * 7 % 50, 1 + i * 3 % 30, 1 + i % 9, 1 + i % 7);
    fclose(f);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char command[300];
        for (int jobs = 1; jobs <= 4; jobs += 3) {
            snprintf(command, sizeof command,
                     "\"$SPARSECAST_PROGRAM\" simulate l.csv -m flexagon -m gamma-like-asplos23 %s --jobs %d "
                     "--trace trace%d.csv 2> err%d | sed 's/--jobs . --trace trace.*//' > out%d",
                     options[i], jobs, jobs, jobs, jobs);
            cr_expect_eq(run_shell(command), 0);
        }
        cr_expect_eq(run_shell("test -s out1 && cmp out1 out4 && cmp trace1.csv trace4.csv && cmp err1 err4"), 0, "%s",
                     options[i]);
    }
}

Test(simulate_cmd, seeds)
{
    static struct program_run first;
    put_file("l.csv", LIST);
    first = *run("simulate l.csv -f csv");
    cr_expect_str_eq(run("simulate l.csv -f csv --seed 1")->out, first.out);
    cr_expect_str_neq(run("simulate l.csv -f csv --seed 2")->out, first.out);
}

/* A layer's operands are the same wherever it stands: selected rows are those of the whole list. */
Test(simulate_cmd, selection)
{
    static struct program_run all;
    put_file("l.csv", LIST);
    all = *run("simulate l.csv -f csv");
    const struct program_run *o = run("simulate l.csv -f csv --layer third --layer first");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_assert_eq(count_lines(o->out), 1 + 2 * 6);
    cr_expect_str_eq(cell_of(o->out, 1, "layer"), "first");
    cr_expect_str_eq(cell_of(o->out, 12, "layer"), "third");
    char cycles[500];
    snprintf(cycles, sizeof cycles, "%s", cell_of(all.out, 13, "cycles"));
    cr_expect_str_eq(cell_of(o->out, 7, "cycles"), cycles);
    o = run("simulate l.csv -f csv --layer secnd");
    cr_expect_eq(o->status, 2);
    cr_expect_not_null(strstr(o->err, "'secnd'"), "%s", o->err);
    cr_expect_not_null(strstr(o->err, "'second'"), "%s", o->err);
    cr_expect_str_empty(o->out);
}

static const char A[] = "%%MatrixMarket matrix coordinate pattern general\n3 4 5\n1 1\n1 3\n2 2\n3 1\n3 4\n";
static const char B[] = "%%MatrixMarket matrix coordinate pattern general\n4 2 5\n1 1\n2 2\n3 1\n3 2\n4 2\n";

Test(simulate_cmd, pair_of_files)
{
    static struct program_run pair;
    put_file("a.mtx", A);
    put_file("b.mtx", B);
    pair = *run("simulate --a a.mtx --b b.mtx -f csv");
    cr_assert_eq(pair.status, 0, "%s", pair.err);
    cr_assert_eq(count_lines(pair.out), 1 + 6);
    cr_expect_str_eq(cell_of(pair.out, 1, "layer"), "a_x_b");
    for (int i = 1; i <= 6; i++) {
        cr_expect_eq(number_of(pair.out, i, "products"), 6);
        cr_expect_eq(number_of(pair.out, i, "nnz_a"), 5);
        cr_expect_eq(number_of(pair.out, i, "nnz_c"), 5);
    }
    /* The same through a list with files, and the results as a list from another directory. */
    put_file("l.csv", "layer,M,N,K,a,b\na_x_b,3,2,4,a.mtx,b.mtx\n");
    cr_expect_str_eq(run("simulate l.csv -f csv")->out, pair.out);
    run("simulate --a a.mtx --b b.mtx -f csv -d ip-m -o one.csv");
    cr_assert_eq(mkdir("away", 0755), 0);
    cr_assert_eq(rename("one.csv", "away/one.csv"), 0);
    cr_expect_str_eq(run("simulate away/one.csv -f csv")->out, pair.out);
    const struct program_run *o = run("simulate --a b.mtx --b b.mtx");
    cr_expect_eq(o->status, 1);
    cr_expect_not_null(strstr(o->err, "b.mtx: has 4 rows"), "%s", o->err);
}

/* Rows in pairs; the error is what the two cycle counts say; the simulation is the same as without. */
Test(simulate_cmd, comparison)
{
    static struct program_run plain;
    put_file("l.csv", LIST);
    plain = *run("simulate l.csv -f csv");
    const struct program_run *o = run("simulate l.csv -f csv --compare");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_assert_eq(count_lines(o->out), 1 + 2 * 4 * 6);
    for (int i = 1; i <= 48; i += 2) {
        char cycles[500];
        cr_expect_str_eq(cell_of(o->out, i, "source"), "simulation");
        cr_expect_str_eq(cell_of(o->out, i + 1, "source"), "estimate");
        cr_expect_str_eq(cell_of(o->out, i, "error_pct"), "");
        snprintf(cycles, sizeof cycles, "%s", cell_of(plain.out, (i + 1) / 2, "cycles"));
        cr_expect_str_eq(cell_of(o->out, i, "cycles"), cycles);
        double error = 100 * (number_of(o->out, i + 1, "cycles") / number_of(o->out, i, "cycles") - 1);
        cr_expect(fabs(number_of(o->out, i + 1, "error_pct") - error) <= 1e-3 + 1e-4 * fabs(error), "row %d", i);
        cr_expect_eq(number_of(o->out, i, "products"), number_of(o->out, i + 1, "products"), "measured profile");
    }
    cr_expect_not_null(strstr(o->err, "24 runs"), "%s", o->err);
    cr_expect_not_null(strstr(o->err, "of 4 cases, regret"), "%s", o->err);
    put_file("again.csv", o->out);
    o = run("simulate again.csv -f json --compare --layer third -d op-m");
    cr_expect_not_null(strstr(o->out, "\"error_pct\": null}"), "%s", o->out);
    const char *number = strstr(strstr(o->out, "\"error_pct\": null}") + 1, "\"error_pct\": ");
    cr_assert_not_null(number);
    cr_expect_neq(strspn(number + strlen("\"error_pct\": "), "-0123456789."), 0, "%s", number);
    o = run("simulate again.csv -f csv --compare --layer third -d op-m");
    cr_expect_eq(o->status, 0, "%s", o->err);
    cr_expect_not_null(strstr(o->out, ",error_pct\n"), "one such column");
    cr_expect_null(strstr(strstr(o->out, ",error_pct\n") - 40, "error_pct,"), "%s", o->out);
    o = run("simulate l.csv --compare");
    cr_expect_eq(o->status, 0);
    cr_expect_not_null(strstr(o->out, "simulated"));
    cr_expect_not_null(strstr(o->out, "first                flexagon             ip-m"), "%s", o->out);
}

/* A machine that reads no patterns: the closed form has the layer's numbers alone. */
Test(simulate_cmd, comparison_without_patterns)
{
    put_file("b.csv", "layer,kind,M,N,K\nshort,fft,64,32,64\nwide,bpmm,128,40,256\n");
    const struct program_run *o = run("simulate b.csv -m butterfly-array -d butterfly -f csv --compare");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_assert_eq(count_lines(o->out), 1 + 2 * 2);
    for (int i = 1; i <= 4; i += 2) {
        cr_expect_str_eq(cell_of(o->out, i + 1, "source"), "estimate");
        cr_expect_eq(number_of(o->out, i, "products"), number_of(o->out, i + 1, "products"));
        cr_expect_lt(fabs(number_of(o->out, i + 1, "error_pct")), 5);
    }
}

/* Blocking: phases follow one another and end with the run.  Pipelined: they stay within it. */
Test(simulate_cmd, timeline_adds_up)
{
    static struct program_run o;
    put_file("l.csv", LIST);
    o = *run("simulate l.csv -f csv -m flexagon-asplos23 -m flexagon --trace t.csv");
    cr_assert_eq(o.status, 0, "%s", o.err);
    char *trace = get_file("t.csv");
    cr_assert(strncmp(trace, "layer,machine,dataflow,phase,start,end,events\n", 46) == 0);
    char *at = trace;
    for (int i = 1; i < count_lines(o.out); i++) {
        char name[1000], layer[300], machine[300];
        snprintf(layer, sizeof layer, "%.250s", cell_of(o.out, i, "layer"));
        snprintf(machine, sizeof machine, "%.250s", cell_of(o.out, i, "machine"));
        snprintf(name, sizeof name, "\n%s,%s,%s,", layer, machine, cell_of(o.out, i, "dataflow"));
        double last = 0, sum = 0;
        for (char *p = at; (p = strstr(p, name));) {
            char phase[20];
            double start, end, events;
            p += strlen(name);
            cr_assert_eq(sscanf(p, "%19[a-z],%lf,%lf,%lf", phase, &start, &end, &events), 4);
            cr_assert(start >= 0 && end >= start, "%s", name);
            if (strcmp(machine, "flexagon-asplos23") == 0)
                cr_expect_eq(start, last, "a gap in%s", name);
            sum += end - start;
            last = end;
        }
        double cycles = number_of(o.out, i, "cycles");
        if (strcmp(machine, "flexagon-asplos23") == 0)
            cr_expect(fabs(sum - cycles) <= 1e-9 * cycles && fabs(last - cycles) <= 1e-9 * cycles, "%s: %g of %g", name,
                      sum, cycles);
        else
            cr_expect(sum <= cycles && last <= cycles, "%s: %g of %g", name, sum, cycles);
    }
    free(trace);
    if (!has_gnuplot())
        return;
    const struct program_run *p = run("plot t.csv -o t.svg");
    cr_expect_eq(p->status, 0, "%s", p->err);
    cr_expect_str_empty(p->err, "%s", p->err);
    cr_expect_eq(run("plot timeline - -o t.png")->status, 1, "nothing on standard input");
    cr_expect_eq(run_shell("\"$SPARSECAST_PROGRAM\" plot timeline - -o t.png < t.csv && test -s t.png"), 0);
    cr_expect_eq(run("plot timeline l.csv -o l.png")->status, 1);
    cr_expect_eq(run("plot t.csv --baseline flexagon -o l.png")->status, 2);
}

/* The results of a list are a list with the same results. */
Test(simulate_cmd, results_are_a_list)
{
    static struct program_run first;
    put_file("l.csv", LIST);
    first = *run("simulate l.csv -d gust-m -f csv");
    cr_expect_eq(first.status, 0);
    put_file("results.csv", first.out);
    cr_expect_str_eq(run("simulate results.csv -d gust-m -f csv")->out, first.out);
    cr_expect_eq(run("estimate results.csv -f csv")->status, 0);
}

Test(simulate_cmd, wrong_usage)
{
    static const char *const wrong[] = {"simulate", "simulate l.csv l.csv", "simulate --a a.mtx", "simulate --b a.mtx",
                                        "simulate l.csv --a a.mtx --b a.mtx", "simulate --a a.mtx --b a.mtx --layer x",
                                        "simulate --a - --b -", "simulate l.csv -f xml", "simulate l.csv -d gustavson",
                                        "simulate l.csv -m flexagno", "simulate l.csv -m flexagon -m flexagon",
                                        "simulate l.csv -m sigma-like -d op-m", "simulate l.csv --jobs 0",
                                        "simulate l.csv --jobs many", "simulate l.csv --seed -1",
                                        "simulate l.csv --seed 99999999999999999999", "simulate l.csv --trace -",
                                        "simulate l.csv --trace x.csv -o x.csv", "simulate l.csv --comparison"};
    put_file("l.csv", LIST);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct program_run *o = run(wrong[i]);
        cr_expect_eq(o->status, 2, "'%s': status %d", wrong[i], o->status);
        cr_expect_str_empty(o->out, "'%s'", wrong[i]);
        cr_expect_str_not_empty(o->err, "'%s'", wrong[i]);
    }
    cr_expect_not_null(strstr(run("simulate --help")->out, "--compare"));
}

/* Exit status 1, list and line on standard error, nothing on standard output, no file left. */
Test(simulate_cmd, bad_input)
{
    static const struct {
        const char *text, *place, *expect;
    } bad[] = {
        {"layer,M,N,K,density_a,density_b\nok,4,4,4,1,1\nx,1,two,1,1,1\n", "bad.csv:3", "two"},
        {"layer,M,N,K,a,density_b\nx,3,1,4,none.mtx,1\n", "bad.csv:2", "none.mtx"},
        {"layer,M,N,K,a,density_b\nx,5,1,4,a.mtx,1\n", "bad.csv:2", "3 x 4"},
        {"layer,M,N,K,a,density_b\nx,3,1,4,broken.mtx,1\n", "broken.mtx:3", "9"},
        {"layer,M,N,K,density_a,density_b\nok,4,4,4,1,1\nhuge,1000000,10,10000000,1,1\n", "bad.csv:3", "memory"},
        {"layer,M,N,K,density_a,density_b\nwide,1,1,99999999999,0.0000001,0.0000001\n", "bad.csv:2", ""},
    };
    put_file("a.mtx", A);
    put_file("broken.mtx", "%%MatrixMarket matrix coordinate pattern general\n3 4 2\n9 1\n1 1\n");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_file("bad.csv", bad[i].text);
        const struct program_run *o = run("simulate bad.csv -f csv -o out.csv --trace t.csv");
        cr_expect_eq(o->status, 1, "case %zu: status %d", i, o->status);
        cr_expect_not_null(strstr(o->err, bad[i].place), "case %zu: %s", i, o->err);
        cr_expect_not_null(strstr(o->err, bad[i].expect), "case %zu: %s", i, o->err);
        cr_expect_neq(access("out.csv", F_OK), 0, "case %zu left a file", i);
        cr_expect_neq(access("t.csv", F_OK), 0, "case %zu left a file", i);
        cr_expect_str_empty(run("simulate bad.csv")->out, "case %zu", i);
    }
    put_file("l.csv", LIST);
    cr_expect_eq(run("simulate l.csv -o missing/x.csv")->status, 1);
    cr_expect_eq(run("simulate l.csv -f csv -o /dev/full")->status, 1);
    cr_expect_eq(run("simulate l.csv --trace missing/x.csv")->status, 1);
}

/* Ctrl-C: what has finished is written, in order, and the status is 1. */
Test(simulate_cmd, interrupted)
{
    FILE *f = fopen("l.csv", "wb");
    fputs("layer,M,N,K,density_a,density_b\n", f);
    for (int i = 0; i < 200; i++)
        fputs(i == 0 ? "small,10,10,10,0.5,0.5\n" : "large,600,600,600,0.5,0.5\n", f);
    fclose(f);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        char *const words[] = {"sparsecast", "simulate", "l.csv", "-m", "flexagon-asplos23", "-f", "csv", "-o", "r.csv",
                               "-j", "1", NULL};
        if (freopen("err", "w", stderr))
            execv(getenv("SPARSECAST_PROGRAM"), words);
        _exit(99);
    }
    sleep(1);
    cr_assert_eq(kill(child, SIGINT), 0);
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %d", status);
    char *message = get_file("err"), *results = get_file("r.csv");
    cr_expect_not_null(strstr(message, "interrupted"), "%s", message);
    int rows = count_lines(results) - 1;
    cr_expect(rows >= 3 && rows < 600, "%d rows", rows);
    cr_expect_str_eq(cell_of(results, 1, "layer"), "small");
    char expected[100];
    snprintf(expected, sizeof expected, "the %d of 600 runs", rows);
    cr_expect_not_null(strstr(message, expected), "%s", message);
    free(message);
    free(results);
}
