/* test_sweep.c - axes of a sweep, the Pareto front, changed columns of layer lists, and the command.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <gsl/gsl_rng.h>
#include <math.h>

#include "layer.h"
#include "run_program.h"
#include "sweep.h"
#include "calibrate/trials.h"
#include "traces/operands.h"

TestSuite(sweep, .init = use_source_data);

Test(sweep, axes_are_lists_and_ranges)
{
    static const struct {
        const char *text;
        const char *values; /* NULL: refused */
    } rows[] = {
        {"a=1,2,x", "1 2 x"},        {"a=block:4x4,nm:2:4", "block:4x4 nm:2:4"}, {"a=32:256:*2", "32 64 128 256"},
        {"a=0.1:0.5:0.2", "0.1 0.3 0.5"}, {"a=5:5:1,9", "5 9"},                  {"a=1:2", "1:2"},
        {"a=", NULL},                {"a=1,,2", NULL},                           {"=1", NULL},
        {"a", NULL},                 {"a=3:1:1", NULL},                          {"a=1:3:0", NULL},
        {"a=1:3:*1", NULL},          {"a=0:3:*2", NULL},                         {"a=0:1e9:1", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sc_sweep sweep = {.axes = 0};
        struct sc_error err;
        int status = sc_sweep_add(&sweep, rows[i].text, &err);
        cr_expect_eq(status, rows[i].values ? SC_OK : SC_BAD_USAGE, "%s: %d", rows[i].text, status);
        if (status == SC_OK) {
            char text[256] = "";
            for (size_t v = 0; v < sweep.axis[0].values; v++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", v ? " " : "", sweep.axis[0].value[v]);
            cr_expect_str_eq(text, rows[i].values);
            cr_expect_eq(sc_sweep_add(&sweep, rows[i].text, &err), SC_BAD_USAGE, "the same key again");
        }
        sc_sweep_free(&sweep);
    }
}

Test(sweep, the_last_axis_changes_fastest)
{
    struct sc_sweep sweep = {.axes = 0};
    struct sc_error err;
    size_t count;
    cr_assert_eq(sc_sweep_add(&sweep, "a=1,2", &err), SC_OK);
    cr_assert_eq(sc_sweep_add(&sweep, "b=x,y,z", &err), SC_OK);
    cr_assert_eq(sc_sweep_count(&sweep, 6, &count, &err), SC_OK);
    cr_expect_eq(count, 6);
    cr_expect_eq(sc_sweep_count(&sweep, 5, &count, &err), SC_BAD_USAGE);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_str_eq(sc_sweep_value(&sweep, i, 0), i < 3 ? "1" : "2");
        cr_expect_eq(sc_sweep_value(&sweep, i, 1)[0], "xyz"[i % 3]);
    }
    sc_sweep_free(&sweep);
}

static bool beats(const struct sc_cost *x, const struct sc_cost *y)
{
    return x->cycles <= y->cycles && x->energy <= y->energy && x->area <= y->area &&
           (x->cycles < y->cycles || x->energy < y->energy || x->area < y->area);
}

Test(sweep, front_is_what_nobody_beats)
{
    enum { MOST = 40 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    for (int round = 0; round < 500; round++) {
        struct sc_cost cost[MOST];
        bool unbeaten[MOST];
        struct sc_error err;
        size_t n = gsl_rng_uniform_int(rng, MOST), levels = 1 + gsl_rng_uniform_int(rng, 12);
        for (size_t i = 0; i < n; i++)
            cost[i] =
                (struct sc_cost){(double)gsl_rng_uniform_int(rng, levels), (double)gsl_rng_uniform_int(rng, levels),
                                 round % 3 ? (double)gsl_rng_uniform_int(rng, levels) : -1};
        cr_assert_eq(sc_pareto(cost, n, unbeaten, &err), SC_OK);
        for (size_t i = 0; i < n; i++) {
            bool beaten = false;
            for (size_t j = 0; j < n; j++)
                beaten = beaten || beats(&cost[j], &cost[i]);
            cr_assert_eq(unbeaten[i], !beaten, "round %d, candidate %zu", round, i);
        }
    }
    gsl_rng_free(rng);
}

/* A changed column takes the place of the list's, or is added to it; rows that are too short stay wrong. */
Test(sweep, columns_of_lists_can_be_changed)
{
    static const char list[] = "layer,M,N,K,density_a,density_b\nx,4,5,6,0.5,0.25\ny,7,8,9,0.5,1\n";
    static const char shorter[] = "layer,M,N,K,density_a,density_b\nx,4,5,6\n";
    static const struct sc_layer_change change[] = {{"N", "50"}, {"pattern_b", "nm:1:2"}, {"density_b", "0.5"}};
    struct sc_layer_options options = {.change = change, .changes = 3};
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err;
    char path[TEST_PATH];
    write_temporary(path, ".csv", list, sizeof list - 1);
    cr_assert_eq(sc_layer_open(&reader, path, &options, &err), SC_OK, "%s", err.message);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(sc_layer_next(reader, &layer, &err), SC_OK, "%s", err.message);
        cr_expect_eq(layer.M, i ? 7 : 4);
        cr_expect_eq(layer.N, 50);
        cr_expect_eq(layer.pattern_b.kind, SC_NM);
        cr_expect_eq(layer.density_b, 0.5);
        cr_expect_eq(layer.density_a, 0.5);
    }
    cr_expect_eq(sc_layer_next(reader, &layer, &err), SC_END);
    sc_layer_close(reader);
    unlink(path);
    write_temporary(path, ".csv", shorter, sizeof shorter - 1);
    cr_assert_eq(sc_layer_open(&reader, path, &options, &err), SC_OK);
    cr_expect_eq(sc_layer_next(reader, &layer, &err), SC_BAD_INPUT);
    cr_expect_eq(err.line, 2);
    sc_layer_close(reader);
    unlink(path);
}

Test(sweep, command)
{
    char list[TEST_PATH], path[TEST_PATH], text[16384], other[16384];
    in_source(list, "data/layers/flexagon-table6.csv");
    const struct {
        char *words[7];
        int status;
        const char *says;
    } rows[] = {
        {{"sweep", list, "--set", "array.multipliers=32,64", "-fcsv", NULL}, 0, ",array.multipliers,pareto\n"},
        {{"sweep", list, "--set=density_b=0.3,0.6", "--each-layer", "-fcsv", NULL}, 0, "SQ11,"},
        {{"sweep", list, "--set=array.multipliers=32:64:*2", NULL}, 0, "array.multipliers"},
        {{"sweep", list, "--set=array.multiplier=32", NULL}, 2, "neither a key"},
        {{"sweep", list, "--set=array.multipliers=1", NULL}, 2, "2 to 4096"},
        {{"sweep", list, "--set=density_b=7", NULL}, 1, ":2:"},
        {{"sweep", list, NULL}, 2, "nothing to sweep"},
        {{"sweep", "-", "--set=M=1", NULL}, 2, "standard input"},
        {{"sweep", "--set=M=1", NULL}, 2, "which layer list"},
        {{"sweep", "/nonexistent.csv", "--set=M=1", NULL}, 1, "/nonexistent.csv"},
        {{"sweep", list, "--set=M=1", "-j0", NULL}, 2, "--jobs"},
        {{"sweep", "--help", NULL}, 0, "Pareto"},
    };
    write_temporary(path, ".txt", "", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(run_words(path, (char **)rows[i].words), rows[i].status, "row %zu", i);
        FILE *in = fopen(path, "r");
        text[fread(text, 1, sizeof text - 1, in)] = '\0';
        fclose(in);
        cr_expect(strstr(text, rows[i].says) || (i == 11 && strstr(text, "pareto")), "row %zu: %s", i, text);
        if (i == 0)
            cr_expect_eq(text[strlen(text) - 2], '1', "the larger array is faster: %s", text);
    }
    char *one[] = {"sweep", list, "--set=array.multipliers=16:128:16", "-fcsv", "-j1", "--each-layer", NULL};
    char *two[] = {"sweep", list, "--set=array.multipliers=16:128:16", "-fcsv", "-j2", "--each-layer", NULL};
    cr_expect_eq(run_words(path, one), 0);
    FILE *in = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    cr_expect_eq(run_words(path, two), 0);
    in = fopen(path, "r");
    other[fread(other, 1, sizeof other - 1, in)] = '\0';
    fclose(in);
    cr_expect_str_eq(text, other, "results depend on the number of threads");
    unlink(path);
}
