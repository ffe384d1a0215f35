/* sparsecast.c - the front door: a table of sub-commands, nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calibrate/calibrate_cmd.h"
#include "calibrate/trials.h"
#include "estimator/command.h"
#include "estimator/estimate_cmd.h"
#include "estimator/explain_cmd.h"
#include "estimator/import_cmd.h"
#include "estimator/machines_cmd.h"
#include "estimator/options.h"
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
    return sc_sweep_command(argc, argv, sc_profile_layer, sc_simulate_rows);
}

static int plot(int argc, char **argv)
{
    return sc_plot_command(argc, argv, sc_reproduce_command);
}

static const struct {
    const struct sc_command *manual;
    int (*run)(int argc, char **argv);
} COMMANDS[] = {
    {&sc_estimate_manual, estimate},
    {&sc_explain_manual, explain},
    {&sc_simulate_manual, sc_simulate_command},
    {&sc_calibrate_manual, sc_calibrate_command},
    {&sc_sweep_manual, sweep},
    {&sc_profile_manual, sc_profile_command},
    {&sc_generate_manual, sc_generate_command},
    {&sc_formats_manual, sc_formats_command},
    {&sc_periodic_manual, sc_periodic_command},
    {&sc_import_manual, sc_import_command},
    {&sc_reproduce_manual, sc_reproduce_command},
    {&sc_plot_manual, plot},
    {&sc_report_manual, sc_report_command},
    {&sc_machines_manual, sc_machines_command},
    {&sc_dataflows_manual, sc_dataflows_command},
};

enum { COMMANDS_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void print_usage(FILE *out)
{
    fputs("Usage: sparsecast COMMAND [ARGUMENT]...\n"
          "Forecasts how fast, how busy and how hungry a sparse DNN accelerator will be on a list of layers.\n\n", out);
    for (int i = 0; i < COMMANDS_COUNT; i++)
        fprintf(out, "  %-10s %s\n", COMMANDS[i].manual->name, COMMANDS[i].manual->summary);
    fputs("\nExample: sparsecast estimate data/layers/resnet50.csv --best\n"
          "'sparsecast COMMAND --help' tells more; so do the manual pages sparsecast(1) and sparsecast-COMMAND(1).\n",
          out);
}

/* The position of a command, or -1 after a complaint. */
static int find_command(const char *name)
{
    const char *names[COMMANDS_COUNT];
    for (int i = 0; i < COMMANDS_COUNT; i++) {
        names[i] = COMMANDS[i].manual->name;
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    const char *near = sc_nearest_name(name, names, COMMANDS_COUNT);
    fprintf(stderr, "sparsecast: unknown command '%s'%s%s%s; try 'sparsecast --help'\n", name,
            near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    return -1;
}

/* For the build: the manual page of a command. */
static int print_manual(const char *name)
{
    int i = find_command(name);
    if (i < 0)
        return 2;
    sc_manual_print(stdout, COMMANDS[i].manual);
    return 0;
}

/* For the build: the completion of bash. */
static int print_completion(void)
{
    const struct sc_command *manuals[COMMANDS_COUNT];
    struct sc_error err;
    for (int i = 0; i < COMMANDS_COUNT; i++)
        manuals[i] = COMMANDS[i].manual;
    return sc_completion_print(stdout, manuals, COMMANDS_COUNT, &err) == SC_OK ? 0 : sc_error_print(&err);
}

/* `sparsecast help [COMMAND]`, which people type. */
static int help(int argc, char **argv)
{
    if (argc == 2) {
        print_usage(stdout);
        return 0;
    }
    int i = find_command(argv[2]);
    if (i < 0)
        return 2;
    sc_help_print(stdout, COMMANDS[i].manual);
    return 0;
}

static int run(int argc, char **argv)
{
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
    if (strcmp(argv[1], "help") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--print-manual") == 0 && argc == 3)
        return print_manual(argv[2]);
    if (strcmp(argv[1], "--print-completion") == 0 && argc == 2)
        return print_completion();
    int i = find_command(argv[1]);
    return i < 0 ? 2 : COMMANDS[i].run(argc - 1, argv + 1);
}

/* Makes standard streams that are closed ones that fail, lest a file opened later takes their place: warnings would
 * land in results. */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(1);
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write with a message */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that reaches the limit of its size */
    gsl_set_error_handler_off();
    int status = run(argc, argv);
    if ((ferror(stdout) || fflush(stdout) != 0) && status == 0) {
        perror("sparsecast: standard output");
        status = 1;
    }
    return status;
}
