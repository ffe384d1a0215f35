/* sparsecast.c - the front door: a table of sub-commands, nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "calibrate/calibrate_cmd.h"
#include "calibrate/trials.h"
#include "estimator/command.h"
#include "estimator/estimate_cmd.h"
#include "estimator/explain_cmd.h"
#include "estimator/import_cmd.h"
#include "estimator/machines_cmd.h"
#include "estimator/sweep_cmd.h"
#include "estimator/text.h"
#include "plots/plot_cmd.h"
#include "plots/report_cmd.h"
#include "reproduce/reproduce_cmd.h"
#include "traces/formats_cmd.h"
#include "traces/generate_cmd.h"
#include "traces/operands.h"
#include "traces/periodic_cmd.h"
#include "traces/profile_cmd.h"
#include "traces/simulate_cmd.h"

static int estimate(int argc, char **argv)
{
    return sc_estimate_command(argc, argv, sc_profile_layer, sc_simulate_rows);
}

static int explain(int argc, char **argv)
{
    return sc_explain_command(argc, argv, sc_profile_layer);
}

static int sweep(int argc, char **argv)
{
    return sc_sweep_command(argc, argv, sc_profile_layer);
}

static int plot(int argc, char **argv)
{
    return sc_plot_command(argc, argv, sc_reproduce_command);
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} COMMANDS[] = {
    {"estimate", estimate, "forecast the layers of a list by closed forms"},
    {"explain", explain, "show every term of an estimate: what limits a layer, and by how much"},
    {"simulate", sc_simulate_command, "run the layers of a list, or a pair of matrices, through the cycle simulator"},
    {"calibrate", sc_calibrate_command, "fit the closed forms of a machine to the simulator, or judge them"},
    {"sweep", sweep, "estimate every combination of machine keys and layer columns"},
    {"profile", sc_profile_command, "measure a pair of pattern files as a layer"},
    {"generate", sc_generate_command, "write a pattern file of a given kind and density"},
    {"formats", sc_formats_command, "bits of operands in storage formats"},
    {"periodic", sc_periodic_command, "periodic weights: storage and energy factors, utilisation losses, filter order"},
    {"import", sc_import_command, "rewrite a foreign layer list as a layer CSV"},
    {"reproduce", sc_reproduce_command, "set published figures beside ours"},
    {"plot", plot, "draw a result CSV, or a figure of a paper"},
    {"report", sc_report_command, "write one HTML page about a result CSV"},
    {"machines", sc_machines_command, "list the machines"},
    {"dataflows", sc_dataflows_command, "list the dataflows"},
};

enum { COMMANDS_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void print_usage(FILE *out)
{
    fputs("Usage: sparsecast COMMAND [ARGUMENT]...\n"
          "Forecasts how fast, how busy and how hungry a sparse DNN accelerator will be on a list of layers.\n\n", out);
    for (int i = 0; i < COMMANDS_COUNT; i++)
        fprintf(out, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    fputs("\n'sparsecast COMMAND --help' tells more; so does the manual page sparsecast(1).\n", out);
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS_COUNT];
    for (int i = 0; i < COMMANDS_COUNT; i++)
        names[i] = COMMANDS[i].name;
    const char *near = sc_nearest_name(name, names, COMMANDS_COUNT);
    fprintf(stderr, "sparsecast: unknown command '%s'%s%s%s; try 'sparsecast --help'\n", name,
            near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
    return 2;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write with a message */
    gsl_set_error_handler_off();
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--version") == 0) {
        fputs(sc_version_line(), stdout);
        return 0;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return 0;
    }
    for (int i = 0; i < COMMANDS_COUNT; i++)
        if (strcmp(argv[1], COMMANDS[i].name) == 0)
            return COMMANDS[i].run(argc - 1, argv + 1);
    return unknown_command(argv[1]);
}
