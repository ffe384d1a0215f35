/* simulate_args.c - the command line of `simulate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulate_run.h"
#include "text.h"
#include "traces/operands.h"

static const char usage[] =
    "Usage: sparsecast simulate LAYERS.csv [OPTION]...\n"
    "       sparsecast simulate --a A.mtx --b B.mtx [OPTION]...\n"
    "Runs the operands of every layer through the cycle simulator; result rows are those of 'estimate'.\n"
    "Operands come from the list's pattern files (columns a and b) or are drawn from densities and patterns.\n"
    "\n"
    "  -m, --machine=NAME       a shipped machine or a YAML file; repeat for several (default: flexagon)\n"
    "  -d, --dataflow=NAME      only this dataflow; repeat for several (default: the machine's candidates)\n"
    "      --layer=NAME         only the layers of this name; repeat for several\n"
    "      --a=FILE, --b=FILE   one pair of Matrix Market or .smtx files in place of a list\n"
    "      --seed=N             of the operands drawn (default: 1)\n"
    "      --compare            also the estimates on the measured operands: rows with source=estimate and the\n"
    "                           column error_pct in csv and json, a compact table otherwise\n"
    "      --trace=FILE         write a timeline of the phases of every run, for 'sparsecast plot'\n"
    "  -f, --format=FORMAT      table (default), csv or json\n"
    "  -o, --output=FILE        write here, whole or not at all (default: standard output)\n"
    "  -j, --jobs=N             runs at a time (default: one per core); results do not depend on it\n"
    "      --energy=CASE        low, nominal (default) or high end of the sources' energies\n"
    "      --energy-table=SET   a shipped set, or an Accelergy ERT file, with ',ART file' after it if there is one\n"
    "      --same-padding, --split-depthwise\n"
    "                           how SCALE-Sim lists are read; see 'sparsecast import --help'\n"
    "      --no-progress        never show progress\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Ctrl-C stops early and keeps the runs that have finished.\n"
    "Example: sparsecast simulate data/layers/flexagon-table6.csv --layer R6 -m flexagon --compare\n"
    "Exit status: 0 success, 1 bad input, failed output or interrupted, 2 wrong usage.\n";

enum { JOBS_MAX = 1024 };

static int wrong_usage(const char *what, const char *argument)
{
    return sc_wrong_usage("simulate", what, argument);
}

static int take_jobs(struct sc_simulate_request *r, const char *text)
{
    uint64_t jobs;
    if (!sc_parse_count(text, strlen(text), &jobs) || jobs < 1 || jobs > JOBS_MAX)
        return wrong_usage("--jobs takes a whole number from 1 to 1024, not ", text);
    r->jobs = (unsigned)jobs;
    return 0;
}

static int take_layer(struct sc_simulate_request *r, int argc, const char *name)
{
    if (!r->layer)
        r->layer = calloc((size_t)argc, sizeof *r->layer); /* each takes a word of the command line */
    if (!r->layer)
        return wrong_usage("out of memory for --layer ", name);
    r->layer[r->layers++] = name;
    return 0;
}

enum { OPT_LAYER = 256, OPT_A, OPT_B, OPT_SEED, OPT_COMPARE, OPT_TRACE, OPT_ENERGY, OPT_ENERGY_TABLE, OPT_SAME,
       OPT_SPLIT, OPT_QUIET, OPT_VERSION };

/* An option that chooses machines, dataflows or energies, or the form of the output. */
static int take_choice(struct sc_simulate_request *r, int option, const char *value)
{
    static const char *const formats[] = {"table", "csv", "json"}, *const cases[] = {"low", "nominal", "high"};
    struct sc_error err;
    int at = 0;
    switch (option) {
    case 'm':
        return sc_choice_machine(&r->choice, value, &err) == SC_OK ? 0 : wrong_usage(err.message, "");
    case 'd':
        return sc_choice_dataflow(&r->choice, value, &err) == SC_OK ? 0 : wrong_usage(err.message, "");
    case 'f':
        at = sc_position(value, formats, 3);
        r->format = (enum sc_format)at;
        return at < 0 ? wrong_usage("--format takes table, csv or json, not ", value) : 0;
    case OPT_ENERGY:
        at = sc_position(value, cases, 3);
        r->choice.energy_case = (enum sc_energy_case)at;
        return at < 0 ? wrong_usage("--energy takes low, nominal or high, not ", value) : 0;
    case 'h':
        fputs(usage, stdout);
        r->stop = true;
        return 0;
    case OPT_VERSION:
        fputs(sc_version_line(), stdout);
        r->stop = true;
        return 0;
    }
    fputs("Try 'sparsecast simulate --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

/* One option; returns an exit status, 0 to go on. */
static int take(struct sc_simulate_request *r, int option, const char *value, int argc)
{
    switch (option) {
    case OPT_LAYER:
        return take_layer(r, argc, value);
    case 'j':
        return take_jobs(r, value);
    case OPT_SEED:
        return sc_parse_count(value, strlen(value), &r->seed)
                   ? 0 : wrong_usage("--seed takes a whole number below 2^64, not ", value);
    case OPT_A:
        r->a = value;
        return 0;
    case OPT_B:
        r->b = value;
        return 0;
    case OPT_COMPARE:
        r->compare = true;
        return 0;
    case OPT_TRACE:
        r->trace = value;
        return 0;
    case 'o':
        r->output = value;
        return 0;
    case OPT_ENERGY_TABLE:
        r->choice.energy_table = value;
        return 0;
    case OPT_SAME:
        r->reading.same_padding = true;
        return 0;
    case OPT_SPLIT:
        r->reading.split_depthwise = true;
        return 0;
    case OPT_QUIET:
        r->quiet = true;
        return 0;
    }
    return take_choice(r, option, value);
}

static bool is_standard(const char *output)
{
    return !output || strcmp(output, "-") == 0;
}

/* What the words must be together; rest[0..words) are not options. */
static int check_arguments(struct sc_simulate_request *r, char *const *rest, int words)
{
    if (r->trace && is_standard(r->trace) && is_standard(r->output))
        return wrong_usage("results and timeline cannot both go to standard output; give -o FILE or --trace FILE", "");
    if (r->trace && r->output && strcmp(r->trace, r->output) == 0)
        return wrong_usage("results and timeline cannot both go to ", r->output);
    if (!r->a && !r->b) {
        if (words != 1)
            return wrong_usage(words ? "one layer list at a time; the second is " : "which layer list?",
                               words ? rest[1] : "");
        r->list = rest[0];
        return 0;
    }
    if (!r->a || !r->b)
        return wrong_usage(r->a ? "operand B is missing: give --b FILE" : "operand A is missing: give --a FILE", "");
    if (words > 0)
        return wrong_usage("either a layer list or --a and --b; found both, the list being ", rest[0]);
    if (r->layers > 0)
        return wrong_usage("--layer chooses from a layer list; there is none with --a and --b", "");
    if (strcmp(r->a, "-") == 0 && strcmp(r->b, "-") == 0)
        return wrong_usage("only one operand can come from standard input", "");
    return 0;
}

int sc_simulate_arguments(int argc, char **argv, struct sc_simulate_request *r)
{
    static const struct option options[] = {
        {"machine", required_argument, NULL, 'm'},     {"dataflow", required_argument, NULL, 'd'},
        {"layer", required_argument, NULL, OPT_LAYER}, {"a", required_argument, NULL, OPT_A},
        {"b", required_argument, NULL, OPT_B},         {"seed", required_argument, NULL, OPT_SEED},
        {"compare", no_argument, NULL, OPT_COMPARE},   {"trace", required_argument, NULL, OPT_TRACE},
        {"format", required_argument, NULL, 'f'},      {"output", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'j'},        {"energy", required_argument, NULL, OPT_ENERGY},
        {"energy-table", required_argument, NULL, OPT_ENERGY_TABLE},
        {"same-padding", no_argument, NULL, OPT_SAME}, {"split-depthwise", no_argument, NULL, OPT_SPLIT},
        {"no-progress", no_argument, NULL, OPT_QUIET}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},   {NULL, 0, NULL, 0},
    };
    *r = (struct sc_simulate_request){.choice = {.energy_case = SC_ENERGY_NOMINAL}, .seed = SC_DEFAULT_SEED,
                                      .reading = {.warn = sc_print_warning}};
    optind = 0;
    for (int option; !r->stop && (option = getopt_long(argc, argv, "m:d:f:o:j:h", options, NULL)) != -1;) {
        int status = take(r, option, optarg, argc);
        if (status != 0)
            return status;
    }
    return r->stop ? 0 : check_arguments(r, argv + optind, argc - optind);
}
