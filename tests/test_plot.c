/* test_plot.c - from a result CSV to bars and to a picture: grouping, ratios, choice of what is shown, bad input.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "plots/result_set.h"
#include "run_program.h"

#define HEADER "layer,model,machine,dataflow,best,cycles,source\n"

TestSuite(plot, .init = enter_directory, .fini = leave_directory);

static struct sc_frame *frame; /* of the latest file; sets borrow its texts */

static int read_set(struct sc_result_set *set, const char *path, struct sc_error *err)
{
    memset(set, 0, sizeof *set);
    sc_frame_free(frame);
    int status = sc_frame_read(&frame, path, err);
    return status == SC_OK ? sc_result_set_make(set, frame, err) : status;
}

static int build(struct sc_result_set *set, struct sc_figure *figure, const char *text, const char *baseline,
                 struct sc_error *err)
{
    struct sc_figure_options options = {.baseline = baseline};
    put_file("results.csv", text);
    memset(figure, 0, sizeof *figure);
    int status = read_set(set, "results.csv", err);
    return status == SC_OK ? sc_figure_build(figure, set, &options, err) : status;
}

/* Two machines; the slow one has two dataflows per layer, of which the better counts. */
static const char two_machines[] = HEADER "conv1,,slow,ip-m,1,100,estimate\n"
                                          "conv1,,slow,op-m,0,300,estimate\n"
                                          "conv1,,fast,op-m,1,50,estimate\n"
                                          "conv2,,slow,ip-m,0,900,estimate\n"
                                          "conv2,,slow,op-m,1,800,estimate\n"
                                          "conv2,,fast,op-m,1,100,estimate\n";

Test(plot, speedups_refer_to_the_slowest_machine)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure, two_machines, NULL, &err), SC_OK, "%s", err.message);
    cr_expect_str_eq(figure.title, "Speed-up over slow");
    cr_assert_eq(figure.group_count, 3);
    cr_expect_str_eq(figure.groups[0].label, "conv1");
    cr_expect_lt(figure.groups[0].value[0], 0, "the baseline has no bar");
    cr_expect_float_eq(figure.groups[0].value[1], 2, 1e-12);
    cr_expect_float_eq(figure.groups[1].value[1], 8, 1e-12);
    cr_expect_float_eq(figure.groups[2].value[1], 4, 1e-12, "geometric mean of 2 and 8");
    cr_expect_not(figure.logarithmic);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

Test(plot, baseline_can_be_named)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure, two_machines, "fast", &err), SC_OK, "%s", err.message);
    cr_expect_str_eq(figure.title, "Speed-up over fast");
    cr_expect_float_eq(figure.groups[1].value[0], 0.125, 1e-12);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
    cr_expect_eq(build(&set, &figure, two_machines, "faster", &err), SC_BAD_USAGE);
    cr_expect_not_null(strstr(err.message, "faster"));
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

Test(plot, one_machine_shows_cycles_of_dataflows)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure, HEADER "a,,m,ip-m,1,10,x\na,,m,op-m,0,500,x\nb,,m,op-m,1,20,x\n", NULL, &err),
                 SC_OK, "%s", err.message);
    cr_expect_str_eq(figure.title, "Cycles on m");
    cr_assert_eq(figure.group_count, 2);
    cr_expect_eq(figure.groups[0].value[1], 500);
    cr_expect_lt(figure.groups[1].value[0], 0, "b has no ip-m row");
    cr_expect(figure.logarithmic, "10 to 500 is too much for a linear axis");
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

/* As `simulate --compare` writes them: one layer, its estimate beside its simulation. */
Test(plot, estimates_and_simulations_stand_side_by_side)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure,
                       HEADER "a,,m,ip-m,1,100,simulation\na,,m,ip-m,1,110,estimate\n"
                              "a,,m,op-m,0,500,simulation\na,,m,op-m,0,450,estimate\n"
                              "b,,m,ip-m,1,20,simulation\nb,,m,ip-m,1,22,estimate\n",
                       "m (simulation)", &err),
                 SC_OK, "%s", err.message);
    cr_expect_str_eq(figure.title, "Speed-up over m (simulation)");
    cr_assert_eq(figure.group_count, 3, "two layers and their mean");
    cr_expect_str_eq(figure.groups[0].label, "a");
    cr_expect_str_eq(figure.groups[1].label, "b");
    cr_expect_float_eq(figure.groups[0].value[1], 100 / 110.0, 1e-12);
    cr_expect_float_eq(figure.groups[1].value[1], 20 / 22.0, 1e-12);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

/* The same rows machine by machine, and a layer name that occurs twice. */
Test(plot, rows_are_gathered_whatever_their_order)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure,
                       HEADER "same,net,p,ip-m,1,10,x\nother,net,p,ip-m,1,20,x\nsame,net,p,ip-m,1,30,x\n"
                              "same,net,q,ip-m,1,5,x\nother,net,q,ip-m,1,5,x\nsame,net,q,ip-m,1,5,x\n",
                       NULL, &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(set.layer_count, 3);
    cr_assert_eq(figure.group_count, 4);
    cr_expect_str_eq(figure.groups[2].label, "same");
    for (size_t g = 0; g < 3; g++)
        cr_expect_float_eq(figure.groups[g].value[1], 2.0 * (double)(g + 1), 1e-12);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

/* Rows of a sweep: one name, other densities, and the best dataflow of one of them differs. */
Test(plot, layers_of_one_name_differ_by_their_densities)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure,
                       "layer,model,machine,dataflow,best,cycles,source,density_a,density_b\n"
                       "a,,p,dense,1,10,x,1,1\na,,q,dense,1,10,x,1,1\n"
                       "a,,p,bitmap-op,1,5,x,1,0.5\na,,q,dense,1,10,x,1,0.5\n",
                       NULL, &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(set.layer_count, 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect_eq(sc_set_best(&set, &set.layers[i], 0), i ? 5 : 10);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

/* `layers` layers of `models` models on two machines; layer i takes i + 1 cycles on one and half on the other. */
static char *many_layers(unsigned layers, unsigned models)
{
    size_t size = 256 + layers * 80;
    char *text = malloc(size), *at = text + sprintf(text, "%s", HEADER);
    for (unsigned i = 0; i < layers; i++) {
        at += sprintf(at, "l%u,net%u,p,ip-m,1,%u,x\n", i, i % models, i + 1);
        at += sprintf(at, "l%u,net%u,q,ip-m,1,%g,x\n", i, i % models, (i + 1) / 2.0);
    }
    return text;
}

Test(plot, too_many_layers_become_models_or_the_largest)
{
    static const struct {
        unsigned layers, models;
        size_t groups;
        const char *first, *note;
    } cases[] = {
        {40, 1, 40, "l0", "layers, and their geometric mean"},
        {41, 1, 40, "l1", "the 40 of 41 layers with the most cycles, and the geometric mean of all"},
        {100, 1, 40, "l60", "the 40 of 100 layers with the most cycles, and the geometric mean of all"},
        {100, 4, 4, "net0", "models (100 layers, each counted once), and their geometric mean"},
        {40, 4, 40, "net0 l0", "layers, and their geometric mean"},
        {40, 40, 40, "net0", "layers, and their geometric mean"},
        {100, 50, 40, "net10 l60", "the 40 of 100 layers with the most cycles, and the geometric mean of all"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_result_set set;
        struct sc_figure figure;
        struct sc_error err = {0};
        char *text = many_layers(cases[i].layers, cases[i].models);
        cr_assert_eq(build(&set, &figure, text, NULL, &err), SC_OK, "case %zu: %s", i, err.message);
        cr_expect_eq(figure.group_count, cases[i].groups + 1, "case %zu: %zu groups", i, figure.group_count);
        cr_expect_str_eq(figure.groups[0].label, cases[i].first, "case %zu: %s", i, figure.groups[0].label);
        cr_expect_str_eq(figure.note, cases[i].note, "case %zu: %s", i, figure.note);
        cr_expect_float_eq(figure.groups[cases[i].groups].value[1], 2, 1e-12, "case %zu", i);
        sc_figure_free(&figure);
        sc_result_set_free(&set);
        free(text);
    }
}

Test(plot, models_honour_counts)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};
    char *text = malloc(8192), *at = text + sprintf(text, "layer,model,machine,dataflow,cycles,count\n");

    for (int i = 0; i < 41; i++)
        at += sprintf(at, "l%d,%s,m,ip-m,10,%d\n", i, i < 20 ? "a" : "b", i < 20 ? 3 : 1);
    cr_assert_eq(build(&set, &figure, text, NULL, &err), SC_OK, "%s", err.message);
    cr_assert_eq(figure.group_count, 2);
    cr_expect_str_eq(figure.note, "models (41 layers)");
    cr_expect_eq(figure.groups[0].value[0], 600);
    cr_expect_eq(figure.groups[1].value[0], 210);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
    free(text);
}

/* As `estimate --totals` writes them: one row per model. */
Test(plot, totals_are_labelled_by_model)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};

    cr_assert_eq(build(&set, &figure,
                       HEADER "total of 3 layers,a,m,ip-m,1,10,x\ntotal of 2 layers,b,m,ip-m,1,20,x\n", NULL, &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(figure.group_count, 2);
    cr_expect_str_eq(figure.groups[0].label, "a");
    cr_expect_str_eq(figure.groups[1].label, "b");
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

Test(plot, bad_results_are_refused_with_place_and_reason)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *reason;
    } cases[] = {
        {"", 0, "is empty"},
        {HEADER, 0, "no result rows"},
        {"layer,M,N,K\na,1,1,1\n", 1, "no column 'machine'"},
        {HEADER "a,,m,ip-m,1,12,x\nb,,m,ip-m,1,twelve,x\n", 3, "'cycles': found 'twelve'"},
        {HEADER "a,,m,ip-m,1,-1,x\n", 2, "at least 0"},
        {HEADER "a,,m,ip-m,1,nan,x\n", 2, "found 'nan'"},
        {HEADER "a,,m\n", 2, "ends after 3 cells"},
        {HEADER "a,,m,ip-m,1,0,x\n", 0, "nothing to draw"},
        {"layer,machine,dataflow,cycles,count\na,m,ip-m,5,x\n", 2, "'count': found 'x'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_result_set set;
        struct sc_figure figure;
        struct sc_error err = {0};
        cr_expect_eq(build(&set, &figure, cases[i].text, NULL, &err), SC_BAD_INPUT, "case %zu", i);
        cr_expect_eq(err.line, cases[i].line, "case %zu: line %lu", i, (unsigned long)err.line);
        cr_expect_not_null(strstr(err.message, cases[i].reason), "case %zu: %s", i, err.message);
        sc_figure_free(&figure);
        sc_result_set_free(&set);
    }
    struct sc_result_set set;
    struct sc_error err = {0};
    cr_expect_eq(read_set(&set, "absent.csv", &err), SC_IO);
    cr_expect_str_eq(err.file, "absent.csv");
    sc_result_set_free(&set);
}

Test(plot, too_many_machines_are_refused)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};
    char text[4096], *at = text + sprintf(text, "%s", HEADER);
    for (int i = 0; i < SC_SET_NAMES + 1; i++)
        at += sprintf(at, "a,,machine%d,ip-m,1,5,x\n", i);
    cr_expect_eq(build(&set, &figure, text, NULL, &err), SC_BAD_INPUT);
    cr_expect_eq(err.line, SC_SET_NAMES + 2);
    sc_result_set_free(&set);
}

/* Names made to break out of gnuplot's strings; the commands must stay one harmless figure. */
Test(plot, names_cannot_become_commands)
{
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};
    char *text = NULL;
    size_t length = 0;

    cr_assert_eq(build(&set, &figure,
                       HEADER "\"a'; system('touch broken'); '\",,\"m\"\"`touch broken`\",ip-m,1,10,x\n"
                              "\"new\nline\",,\"END_OF_BARS\nx\",ip-m,1,5,x\n",
                       NULL, &err),
                 SC_BAD_INPUT, "no layer is on both machines");
    sc_figure_free(&figure);
    sc_result_set_free(&set);
    cr_assert_eq(build(&set, &figure,
                       HEADER "\"a'; system('touch broken'); '\",,\"m\"\"`touch broken`\",ip-m,1,10,x\n"
                              "\"a'; system('touch broken'); '\",,\"END_OF_BARS\nx\",ip-m,1,5,x\n",
                       NULL, &err),
                 SC_OK, "%s", err.message);
    FILE *out = open_memstream(&text, &length);
    sc_figure_write(&figure, out);
    fclose(out);
    put_file("script.gp", "set terminal dumb; plot $bars using 1:2\n");
    int status = sc_gnuplot(text, length, "script.gp", "picture.txt", &err);
    if (status == SC_UNSUPPORTED)
        cr_skip_test("gnuplot is not installed");
    cr_expect_eq(status, SC_OK, "%s\n%s", err.message, text);
    cr_expect_neq(access("broken", F_OK), 0, "a name was run as a command:\n%s", text);
    free(text);
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

Test(plot, pictures_are_of_the_kind_asked_for)
{
    static const struct {
        const char *format, *start;
    } cases[] = {{"png", "\x89PNG"}, {"svg", "<?xml"}, {"pdf", "%PDF"}};
    const char *source = getenv("SPARSECAST_SRCDIR");
    struct sc_result_set set;
    struct sc_figure figure;
    struct sc_error err = {0};
    char script[4096], *text = NULL;
    size_t length = 0;

    if (!source || source[0] != '/')
        cr_skip_test("SPARSECAST_SRCDIR is not an absolute path");
    snprintf(script, sizeof script, "%s/data/plots/layers.gp", source);
    cr_assert_eq(build(&set, &figure, two_machines, NULL, &err), SC_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        FILE *out = open_memstream(&text, &length);
        char got[8] = "";
        fprintf(out, "format = '%s'\n", cases[i].format);
        sc_figure_write(&figure, out);
        fclose(out);
        int status = sc_gnuplot(text, length, script, "picture", &err);
        free(text);
        if (status == SC_UNSUPPORTED)
            cr_skip_test("gnuplot is not installed");
        cr_assert_eq(status, SC_OK, "%s: %s", cases[i].format, err.message);
        FILE *in = fopen("picture", "r");
        cr_assert_gt(fread(got, 1, 5, in), 4);
        fclose(in);
        cr_expect_eq(strncmp(got, cases[i].start, strlen(cases[i].start)), 0, "%s", cases[i].format);
    }
    sc_figure_free(&figure);
    sc_result_set_free(&set);
}

Test(plot, gnuplot_that_fails_or_is_absent_leaves_no_picture)
{
    struct sc_error err = {0};
    char path[4096];

    snprintf(path, sizeof path, "%s", getenv("PATH"));
    put_file("bad.gp", "this is no command\n");
    int status = sc_gnuplot("", 0, "bad.gp", "picture", &err);
    if (status != SC_UNSUPPORTED)
        cr_expect_eq(status, SC_IO);
    cr_expect_neq(access("picture", F_OK), 0);
    setenv("PATH", test_directory(), 1);
    cr_expect_eq(sc_gnuplot("", 0, "bad.gp", "picture", &err), SC_UNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "gnuplot-nox"), "%s", err.message);
    cr_expect_neq(access("picture", F_OK), 0);
    setenv("PATH", path, 1); /* the clean-up needs it */
}
