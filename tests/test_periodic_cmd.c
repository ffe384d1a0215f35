/* test_periodic_cmd.c - `sparsecast periodic` and `formats`, and periodic patterns in lists, generate and simulate, run
 * as a user would.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_program.h"

static char text[sizeof((struct program_run){0}.out)]; /* what the last command wrote to standard output */

TestSuite(periodic_cmd, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100);

/* Runs "sparsecast ARGUMENTS"; standard output goes to `text`, standard error to the file .err.  Returns the exit
 * status. */
static int try(const char *arguments)
{
    const struct program_run *ran = run(arguments);
    memcpy(text, ran->out, sizeof text);
    return ran->status;
}

static void read_text(const char *path)
{
    char *content = get_file(path);
    cr_assert_lt(strlen(content), sizeof text);
    strcpy(text, content);
    free(content);
}

/* The number in `column` (from 0) of the first CSV row of `text` that begins with `start`. */
static double cell(const char *start, int column)
{
    const char *row = text;
    while (row && strncmp(row, start, strlen(start)) != 0) {
        row = strchr(row, '\n');
        row += row != NULL;
    }
    for (; row && column > 0; column--) {
        row = strchr(row, ',');
        row += row != NULL;
    }
    return row ? strtod(row, NULL) : NAN;
}

Test(periodic_cmd, target_is_computed_and_labelled)
{
    cr_assert_eq(try("periodic target"), 0);
    cr_expect_not_null(strstr(text, "assumption set consistent with the abstract of arXiv 2207.00068"));
    cr_expect_not_null(strstr(text, "fitted to the energy factor"));
    for (const char *set = "ABC"; *set; set++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "periodic target --set=%c -f csv", *set);
        cr_assert_eq(try(arguments), 0);
        cr_expect_lt(fabs(cell("total weight storage", 3)), 5);
        cr_expect_lt(fabs(cell("index memory", 3)), 5);
        cr_expect_lt(fabs(cell("energy efficiency", 3)), 5);
    }
    cr_assert_eq(try("periodic target -f json"), 0);
    cr_expect_not_null(strstr(text, "\"status\": \"assumption set consistent"));
    cr_assert_eq(try("reproduce sps --estimate-only -f csv"), 0);
    cr_expect_not_null(strstr(text, "VGG-16 under assumption set A,index"));
    unsigned met[2] = {0, 0}, rows[2] = {0, 0}; /* of the abstract; of the operations, read from a figure */
    for (char *row = strtok(text, "\n"); row; row = strtok(NULL, "\n")) {
        int which = strstr(row, ",abstract,") ? 0 : strstr(row, ",operations,") ? 1 : -1;
        if (which >= 0) {
            rows[which]++;
            met[which] += strstr(row, ",met") != NULL;
        }
    }
    cr_expect(rows[0] == 3 && met[0] == 3, "%u of %u factors", met[0], rows[0]);
    cr_expect(rows[1] == 20 && met[1] >= 19, "%u of %u operation counts within the reading error", met[1], rows[1]);
}

/* Published factors are compared with, never used: other published values leave the modelled ones alone. */
Test(periodic_cmd, published_factors_are_only_compared_with)
{
    char command[2400];
    const char *data = getenv("SPARSECAST_DATA");
    cr_assert_not_null(data);
    cr_assert_eq(try("periodic target -f csv"), 0);
    double modelled = cell("index memory", 2);
    snprintf(command, sizeof command, "cp -r '%s' data && chmod -R u+w data", data);
    cr_assert_eq(run_shell(command), 0);
    put_file("data/papers/sps-claims.csv",
             "factor,published,unit,qualifier,confidence,source\nstorage,1,x,,printed,test\n"
             "index,2,x,,printed,test\nenergy,3,x,,printed,test\n");
    cr_assert_eq(setenv("SPARSECAST_DATA", "data", 1), 0);
    cr_assert_eq(try("periodic target -f csv"), 0);
    cr_expect_eq(cell("index memory", 1), 2);
    cr_expect_eq(cell("index memory", 2), modelled);
}

Test(periodic_cmd, sensitivities_are_a_table_and_a_figure)
{
    cr_assert_eq(try("periodic target --sensitivity -f csv -o s.csv"), 0);
    read_text("s.csv");
    cr_expect_float_eq(cell("gather store S_g (fitted),64 KiB,32 KiB", 5), 4.00, 0.01);
    cr_expect_float_eq(cell("network,vgg16,resnet18", 4), 12636, 1);
    cr_assert_eq(try("plot s.csv -o s.svg"), 0);
    read_text("s.svg");
    cr_expect_not_null(strstr(text, "index memory"));
    put_file("bad.csv", "assumption,set,changed_to,storage,index,energy\nnone,A,,1,1,1\nx,y,z,1,-1,1\n");
    cr_expect_eq(try("plot bad.csv -o b.svg"), 1);
    put_file("short.csv", "assumption,set,changed_to,storage,index,energy\nnone,A,,1,1,1\n");
    cr_expect_eq(try("plot short.csv -o b.svg"), 1);
}

static const char list[] =
    "layer,model,M,N,K,density_a,density_b,pattern_a,kind,in_channels,in_height,in_width,filter_height,"
    "filter_width,stride,padding\n"
    "first,net,16,64,27,1,1,,conv,3,8,8,3,3,1,1\n"
    "second,net,64,64,144,,1,periodic:4:4,conv,16,8,8,3,3,1,1\n"
    "third,net,64,64,576,0.513889,0.5,periodic:PSD4_P8,conv,64,8,8,3,3,1,1\n"
    "classifier,net,10,1,64,1,1,,gemm,,,,,,,\n";

Test(periodic_cmd, lists_estimate_and_simulate_alike)
{
    put_file("net.csv", list);
    cr_assert_eq(try("simulate net.csv -m sps -m sps-csr --compare -f csv"), 0);
    cr_expect_not_null(strstr(text, "second,net,sps,periodic"));
    cr_assert_eq(try("estimate net.csv -m sps -f csv -o results.csv"), 0);
    read_text("results.csv");
    double periodic = cell("second,net,sps,periodic", 5), dense = cell("second,net,sps,dense", 5);
    cr_expect(periodic > 0 && periodic < dense, "%g %g", periodic, dense);
    cr_expect_eq(cell("second,net,sps,periodic", 14), 64 * 16 * 4);
    cr_assert_eq(try("estimate results.csv -m sps -m flexagon --best -f csv"), 0, "results are a list again");
    cr_assert_eq(try("simulate net.csv -m sps -f csv"), 0);
    cr_expect_eq(cell("second,net,sps,periodic", 5), periodic);
    cr_expect_eq(cell("second,net,sps,dense", 5), dense);
}

Test(periodic_cmd, losses_add_up)
{
    put_file("net.csv", list);
    cr_assert_eq(try("periodic losses net.csv --pattern=4:4 --pattern=PS1_P9 --per-layer -f csv"), 0);
    for (const char *row = strchr(text, '\n'); row && row[1]; row = strchr(row + 1, '\n')) {
        double sum = 0;
        const char *at = row + 1;
        for (int column = 0; column < 15; column++) {
            if (column >= 8)
                sum += strtod(at, NULL);
            at = strchr(at, ',') + 1;
        }
        cr_expect_float_eq(sum, 100, 1e-6, "%.60s", row + 1);
    }
    cr_expect_float_eq(cell("third,net,periodic:4:4", 3), 4.0 / 9, 1e-9);
    cr_expect_eq(cell("first,net,periodic:4:4", 5), 1, "the first layer stays dense");
    cr_expect_eq(try("periodic losses net.csv -m flexagon"), 2);
    cr_expect_eq(try("periodic losses missing.csv"), 1);
}

Test(periodic_cmd, check_order_and_generate)
{
    cr_assert_eq(try("generate --rows 12 --cols 144 --pattern periodic:2:6 -o w.mtx"), 0);
    cr_expect_eq(try("periodic check w.mtx --pattern 2:6"), 0);
    cr_expect_not_null(strstr(text, "periodic, 12 filters of 16 channels, 384 nonzeros"), "%s", text);
    cr_expect_eq(try("periodic check w.mtx --pattern 4:4"), 1);
    read_text(".err");
    cr_expect_not_null(strstr(text, "not periodic: filter 0, channel 0, kernel position 3"), "%s", text);
    cr_expect_eq(try("generate --rows 12 --cols 145 --pattern periodic:2:6 -o x.mtx"), 2);
    cr_expect_eq(try("generate --rows 12 --cols 144 --density 0.5 --pattern periodic:2:6 -o x.mtx"), 2);
    cr_expect_eq(try("generate --rows 144 --cols 12 --operand b --pattern periodic:2:6 -o wt.mtx"), 0);
    cr_assert_eq(try("periodic order --filters 5 --pattern 4:4 -f csv"), 0);
    cr_expect_str_eq(text, "position,filter,phase\n0,0,0\n1,4,0\n2,1,1\n3,2,2\n4,3,3\n");
    put_file("files.csv", "layer,M,N,K,a,density_b,pattern_a,kind\nx,12,4,144,w.mtx,1,periodic:2:6,conv\n");
    cr_expect_eq(try("estimate files.csv -m sps -d periodic -f csv"), 0);
    put_file("wrong.csv", "layer,M,N,K,a,density_b,pattern_a,kind\nx,12,4,144,w.mtx,1,periodic:2:9,conv\n");
    cr_expect_eq(try("estimate wrong.csv -m sps"), 1);
    read_text(".err");
    cr_expect_not_null(strstr(text, "not periodic"), "%s", text);
}

Test(periodic_cmd, formats_of_lists_and_files)
{
    put_file("net.csv", list);
    cr_assert_eq(try("formats net.csv -f csv"), 0);
    cr_expect_eq(cell("second,net,a,64,144,4096,periodic,", 8), 64);
    cr_expect_eq(cell("second,net,a,64,144,4096,bitmap,", 8), 64 * 144);
    cr_assert_eq(try("formats net.csv --measure -f csv -m sps"), 0);
    cr_expect_eq(cell("second,net,a,64,144,4096,periodic,", 8), 32 * 16 + 5);
    cr_assert_eq(try("formats net.csv -m flexagon"), 0);
    cr_assert_eq(try("generate --rows 12 --cols 144 --pattern periodic:2:6 -o w.mtx"), 0);
    cr_assert_eq(try("generate --rows 144 --cols 9 --density 0.5 -o x.mtx"), 0);
    cr_assert_eq(try("formats --a w.mtx --b x.mtx --kernel 3x3 -f json"), 0);
    cr_expect_not_null(strstr(text, "\"source\": \"measured\""));
    cr_expect_eq(try("formats --a w.mtx --b x.mtx --kernel 5x5"), 1);
    cr_expect_eq(try("formats --a x.mtx --b w.mtx"), 1);
    cr_expect_eq(try("formats --a w.mtx"), 2);
    cr_expect_eq(try("formats"), 2);
    cr_expect_eq(try("formats net.csv --value-bits 0"), 2);
    cr_expect_eq(try("formats net.csv -f xml"), 2);
    cr_expect_eq(try("formats net.csv -o missing/x.csv"), 1);
}

Test(periodic_cmd, wrong_usage)
{
    static const char *const wrong[] = {"",
                                        "x",
                                        "target x",
                                        "losses",
                                        "order",
                                        "order --filters 4",
                                        "order --pattern 4:4",
                                        "check",
                                        "check w.mtx",
                                        "target --set=D",
                                        "losses net.csv --pattern 4",
                                        "target -f xml",
                                        "order --filters 0 --pattern 4:4",
                                        "losses a b",
                                        "--nope"};
    char arguments[128];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(arguments, sizeof arguments, "periodic %s", wrong[i]);
        cr_expect_eq(try(arguments), 2, "%s", wrong[i]);
        cr_expect_str_empty(text);
    }
    cr_expect_eq(try("periodic --help"), 0);
    cr_expect_eq(try("formats --help"), 0);
    cr_expect_eq(try("periodic --version"), 0);
}
