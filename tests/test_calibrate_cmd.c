/* test_calibrate_cmd.c - `sparsecast calibrate`, and what `estimate` makes of its file, as a user runs them.
 *
 * The program is found through SPARSECAST_PROGRAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdbool.h>

#include "machine_files.h"
#include "run_program.h"
#include "table.h"

/* A calibration of flexagon small enough to make for every test. */
#define TINY "calibrate -m flexagon --layers 60 --cost 1e7 --variants 2 --no-progress "

static const char LIST[] = "layer,M,N,K,density_a,density_b\n"
                           "first,64,100,32,0.3,0.9\nsecond,70,50,64,0.5,1\nthird,133,120,140,0.1,0.2\n"
                           "fourth,250,90,64,0.4,0.4\nfifth,40,300,80,0.2,0.7\nsixth,96,96,96,0.6,0.3\n";

static void set_up(void)
{
    enter_directory_for_program();
    put_file("l.csv", LIST);
}

TestSuite(calibrate_cmd, .init = set_up, .fini = leave_directory, .timeout = 100);

static void calibrate(void)
{
    const struct program_run *o = run(TINY "-o c.yaml");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_expect_str_eq(o->out, "");
}

enum { DATAFLOW, BEST, CYCLES, LOW, HIGH, SOURCE, NOTE, LAYER, COLUMNS };

static struct sc_table *open_results(const char *name)
{
    static const char *const columns[COLUMNS] = {"dataflow",    "best",   "cycles", "cycles_low",
                                                 "cycles_high", "source", "note",   "layer"};
    struct sc_table *t = NULL;
    struct sc_error err;
    cr_assert_eq(sc_table_open(&t, name, columns, COLUMNS, &err), SC_OK, "%s", err.message);
    return t;
}

static double number(const struct sc_table *t, size_t row, size_t column)
{
    double value = NAN;
    cr_assert_eq(sc_table_number(t, row, column, &value, NULL), SC_OK);
    return value;
}

Test(calibrate_cmd, same_bytes_whatever_the_jobs)
{
    cr_assert_eq(run(TINY "-o a.yaml -j 1")->status, 0);
    cr_assert_eq(run(TINY "-o b.yaml -j 3")->status, 0);
    char *a = get_file("a.yaml"), *b = get_file("b.yaml");
    cr_expect(strncmp(a, "# Written by", 12) == 0);
    cr_expect_str_eq(a, b);
    cr_assert_eq(run(TINY "-o b.yaml --seed 2")->status, 0);
    free(b);
    b = get_file("b.yaml");
    cr_expect_str_neq(a, b);
    free(a);
    free(b);
}

Test(calibrate_cmd, estimates_get_intervals)
{
    calibrate();
    cr_assert_eq(run("estimate l.csv --calibration c.yaml -f csv -o 90.csv")->status, 0);
    cr_assert_eq(run("estimate l.csv --calibration c.yaml --level 60 -f csv -o 60.csv")->status, 0);
    cr_assert_eq(run("estimate l.csv --calibration none -f csv -o none.csv")->status, 0);
    struct sc_table *t = open_results("90.csv"), *narrow = open_results("60.csv"), *bare = open_results("none.csv");
    cr_assert_eq(sc_table_rows(t), 36);
    for (size_t i = 0; i < 36; i++) {
        cr_expect(number(t, i, LOW) < number(t, i, CYCLES) && number(t, i, CYCLES) < number(t, i, HIGH), "row %zu", i);
        cr_expect(number(t, i, HIGH) / number(t, i, LOW) >= number(narrow, i, HIGH) / number(narrow, i, LOW), "row %zu",
                  i);
        cr_expect_eq(number(bare, i, LOW), number(bare, i, HIGH));
        cr_expect_str_eq(sc_table_text(bare, i, NOTE), "uncalibrated");
        cr_expect_str_eq(sc_table_text(t, i, NOTE), "");
    }
    sc_table_close(t);
    sc_table_close(narrow);
    sc_table_close(bare);
}

Test(calibrate_cmd, outside_the_domain_one_warning_and_a_note)
{
    calibrate();
    put_file("far.csv", "layer,M,N,K,density_a,density_b\nnear,64,100,64,0.3,0.9\nfar,64,100,400000,0.3,0.9\nfar2,64,"
                          "100,500000,0.3,0.9\n");
    const struct program_run *o = run("estimate far.csv --calibration c.yaml -f csv -o far.out.csv");
    cr_assert_eq(o->status, 0);
    const char *first =
        strstr(o->err, "far.csv:3: warning: layer 'far' on flexagon is outside the calibrated domain: K");
    cr_expect(first, "%s", o->err);
    cr_expect(first && !strstr(first + strlen("far.csv:3: warning:"), "warning:"), "only one: %s", o->err);
    struct sc_table *t = open_results("far.out.csv");
    for (size_t i = 0; i < sc_table_rows(t); i++)
        cr_expect_eq(strstr(sc_table_text(t, i, NOTE), "outside the calibrated domain: K") != NULL, i >= 6, "row %zu",
                     i);
    sc_table_close(t);
}

Test(calibrate_cmd, wrong_or_broken_calibrations)
{
    const struct program_run *o = run("calibrate -m gamma-like --layers 30 --cost 1e5 --variants 1 -o g.yaml");
    cr_assert_eq(o->status, 0);
    o = run("estimate l.csv -m flexagon --calibration g.yaml");
    cr_expect_eq(o->status, 1);
    cr_expect(strstr(o->err, "g.yaml: is the calibration of machine 'gamma-like'"), "%s", o->err);
    cr_expect_str_eq(o->out, "");
    cr_assert_eq(run_shell("head -c 900 g.yaml > cut.yaml"), 0);
    o = run("estimate l.csv -m gamma-like --calibration cut.yaml");
    cr_expect_eq(o->status, 1);
    cr_expect(strstr(o->err, "cut.yaml:"), "%s", o->err);
    o = run("estimate l.csv --calibration absent.yaml");
    cr_expect_eq(o->status, 1);
    o = run("estimate l.csv -m gamma-like --calibration g.yaml -f csv");
    cr_expect_eq(o->status, 0, "%s", o->err);
}

Test(calibrate_cmd, refine_simulates_what_is_in_doubt)
{
    calibrate();
    const struct program_run *o = run("estimate l.csv --calibration c.yaml --refine -f csv -o r.csv");
    cr_assert_eq(o->status, 0, "%s", o->err);
    cr_expect(strstr(o->err, "of 6 choices were in doubt"), "%s", o->err);
    cr_assert_eq(run("simulate l.csv -f csv -o s.csv")->status, 0);
    struct sc_table *r = open_results("r.csv"), *s = open_results("s.csv");
    size_t simulated = 0;
    cr_assert_eq(sc_table_rows(r), sc_table_rows(s));
    for (size_t i = 0; i < sc_table_rows(r); i++) {
        if (strcmp(sc_table_text(r, i, SOURCE), "simulation") != 0)
            continue;
        simulated++;
        cr_expect_eq(number(r, i, CYCLES), number(s, i, CYCLES), "the same operands as simulate");
        cr_expect_eq(number(r, i, LOW), number(r, i, CYCLES));
        cr_expect_eq(number(r, i, HIGH), number(r, i, CYCLES));
    }
    cr_expect(simulated > 0 && simulated < 36, "%zu simulated", simulated);
    for (size_t i = 0; i < sc_table_rows(r); i += 6) { /* one best of each layer, with the fewest cycles */
        int best = 0;
        for (size_t d = i; d < i + 6; d++) {
            best += sc_table_text(r, d, BEST)[0] == '1';
            for (size_t e = i; e < i + 6; e++)
                if (sc_table_text(r, d, BEST)[0] == '1')
                    cr_expect_leq(number(r, d, CYCLES), number(r, e, CYCLES));
        }
        cr_expect_eq(best, 1);
    }
    sc_table_close(r);
    sc_table_close(s);
}

Test(calibrate_cmd, refine_keeps_to_its_budget)
{
    calibrate();
    for (int budget = 1; budget <= 4; budget++) {
        char command[200];
        snprintf(command, sizeof command, "estimate l.csv --calibration c.yaml --level 99 --refine=%d -f csv -o r.csv",
                 budget);
        cr_assert_eq(run(command)->status, 0);
        struct sc_table *r = open_results("r.csv");
        int simulated = 0;
        for (size_t i = 0; i < sc_table_rows(r); i++)
            simulated += strcmp(sc_table_text(r, i, SOURCE), "simulation") == 0;
        cr_expect_leq(simulated, budget);
        sc_table_close(r);
    }
    const struct program_run *o = run("estimate l.csv --calibration none --refine -f csv");
    cr_expect_eq(o->status, 0);
    cr_expect(strstr(o->err, "is uncalibrated") && strstr(o->err, "0 of 6 choices were in doubt"), "%s", o->err);
}

Test(calibrate_cmd, report_rows_and_plot)
{
    const struct program_run *o = run(TINY "-o c.yaml --report --judged 20 --folds 2 --rows rows.csv --held-out l.csv");
    static const char *const expected[] = {
        "uniform, densities", "structured, lengths",      "l.csv, densities", "cross-validation, lengths",
        "ablation",           "op-m, uniform, densities", "worst layers"};
    cr_assert_eq(o->status, 0, "%s", o->err);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(strstr(o->out, expected[i]), "no '%s' in the report:\n%s", expected[i], o->out);
    static struct program_run first;
    first = *o;
    o = run("calibrate --calibration c.yaml --report --judged 20 --held-out l.csv --cost 1e7");
    cr_expect_eq(o->status, 0, "%s", o->err);
    const char *line = strstr(o->out, "uniform, densities"), *same = strstr(first.out, "uniform, densities");
    cr_assert(line && same);
    cr_expect_eq(strncmp(line, same, strcspn(line, "\n")), 0, "judging the file is judging what was fitted:\n%s\n%s",
                 first.out, o->out);
    if (has_gnuplot()) {
        cr_expect_eq(run("plot rows.csv -o p.svg")->status, 0);
        cr_expect_eq(run("plot residuals rows.csv -o p.png")->status, 0);
    }
    cr_expect_eq(run("plot residuals l.csv -o p.png")->status, 1);
}

Test(calibrate_cmd, nothing_to_simulate)
{
    const struct program_run *o = run("calibrate -m xavier-nx --layers 20 --cost 1e5 -o x.yaml");
    cr_expect_eq(o->status, 1);
    cr_expect(strstr(o->err, "none of 20 layers could be simulated"), "%s", o->err);
    cr_expect_neq(access("x.yaml", F_OK), 0);
}

/* The same machinery fits machines of other families. */
Test(calibrate_cmd, other_families)
{
    static const char *const machines[] = {"dstc-v100", "butterfly-array", "sps-csr"};
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        char command[300];
        snprintf(command, sizeof command,
                 "calibrate -m %s --layers 40 --cost 1e5 --variants 1 -o f.yaml --report --judged 10", machines[i]);
        const struct program_run *o = run(command);
        cr_expect_eq(o->status, 0, "%s: %s", machines[i], o->err);
        cr_expect(strstr(o->out, "uniform, densities"), "%s", machines[i]);
    }
}

Test(calibrate_cmd, wrong_usage)
{
    static const struct {
        const char *arguments, *message;
    } cases[] = {
        {"calibrate", "nothing to do"},
        {"calibrate -m flexagon", "nothing to do"},
        {"calibrate -o c.yaml -m flexagon -m sigma-like", "one machine at a time"},
        {"calibrate -o - --report", "cannot both go to standard output"},
        {"calibrate l.csv --report", "lists to learn from go with -o"},
        {"calibrate -o c.yaml --calibration c.yaml", "either make a calibration"},
        {"calibrate --report --folds 3", "--folds goes with -o"},
        {"calibrate -o c.yaml --folds 3", "go with --report"},
        {"calibrate -o c.yaml --held-out l.csv", "go with --report"},
        {"calibrate -o c.yaml --layers many", "--layers takes a whole number"},
        {"calibrate -o c.yaml --cost 5", "--cost takes a number"},
        {"calibrate --report --level 49", "--level takes a whole number from 50 to 99"},
        {"calibrate --reprot", "calibrate --help"},
        {"estimate l.csv --level 100", "--level takes a whole number from 50 to 99"},
        {"estimate l.csv --refine=soon", "--refine takes seconds"},
        {"estimate l.csv --refine --network", "does not go with --network"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct program_run *o = run(cases[i].arguments);
        cr_expect_eq(o->status, 2, "%s: status %d", cases[i].arguments, o->status);
        cr_expect(strstr(o->err, cases[i].message), "%s: %s", cases[i].arguments, o->err);
        cr_expect_str_eq(o->out, "");
    }
    cr_expect_eq(run("calibrate --help")->status, 0);
    cr_expect_eq(run("calibrate --version")->status, 0);
    cr_expect_eq(run("calibrate -m flexagno -o c.yaml")->status, 2);
    cr_expect_eq(run(TINY "absent.csv -o c.yaml")->status, 1);
    cr_expect_eq(run(TINY "-o absent/c.yaml")->status, 1);
}
