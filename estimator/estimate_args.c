/* estimate_args.c - the command line of `estimate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "estimate_run.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast estimate LAYERS.csv [OPTION]...\n"
    "Forecasts cycles, traffic, utilisation and energy of every layer by closed forms.\n"
    "\n"
    "  -m, --machine=NAME       a shipped machine or a YAML file; repeat for several (default: flexagon)\n"
    "  -d, --dataflow=NAME      only this dataflow; repeat for several (default: the machine's candidates)\n"
    "      --best               print only the fastest dataflow of each layer and machine\n"
    "      --network            choose the fastest sequence over each network (rows with the same model that\n"
    "                           follow each other), format conversions between layers included\n"
    "      --activations=a|b    which operand the layer before produced (default: b, weights being A)\n"
    "      --totals             print totals per network instead of layers\n"
    "  -f, --format=FORMAT      table (default), csv or json\n"
    "  -o, --output=FILE        write here, whole or not at all (default: standard output)\n"
    "      --calibration=FILE   correct the estimates by this file of 'sparsecast calibrate', or by 'none'\n"
    "                           (default: the shipped one of each machine)\n"
    "      --level=P            share of simulations that an interval holds, 50 to 99 percent (default: 90)\n"
    "      --refine[=BUDGET]    simulate where intervals leave the fastest dataflow in doubt, until it is decided or\n"
    "                           BUDGET is spent: seconds (30s) or a number of simulations (500); such rows have\n"
    "                           source=simulation\n"
    "      --energy=CASE        low, nominal (default) or high end of the sources' energies\n"
    "      --energy-table=SET   a shipped set, or an Accelergy ERT file, with ',ART file' after it if there is one\n"
    "      --same-padding, --split-depthwise\n"
    "                           how SCALE-Sim lists are read; see 'sparsecast import --help'\n"
    "      --no-progress        never show progress\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Example: sparsecast estimate data/layers/resnet50.csv -m flexagon -m sigma-like --best -f csv\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n";

enum { OPT_BEST = 256, OPT_NETWORK, OPT_ACTIVATIONS, OPT_TOTALS, OPT_ENERGY, OPT_ENERGY_TABLE, OPT_SAME, OPT_SPLIT,
       OPT_QUIET, OPT_CALIBRATION, OPT_LEVEL, OPT_REFINE, OPT_VERSION };

static int take_level(struct sc_estimate_request *r, const char *text)
{
    uint64_t level;
    if (!sc_parse_count(text, strlen(text), &level) || level < SC_LEVEL_MIN || level > SC_LEVEL_MAX)
        return sc_wrong_usage("estimate", "--level takes a whole number from 50 to 99, not ", text);
    r->choice.level = (int)level;
    return 0;
}

/* One option; returns an exit status, 0 to go on. */
static int take(struct sc_estimate_request *r, int option, const char *value)
{
    static const char *const formats[] = {"table", "csv", "json"}, *const cases[] = {"low", "nominal", "high"};
    struct sc_error err;
    static const char *const operands[] = {"b", "a"};
    int at = 0;
    switch (option) {
    case 'm':
        return sc_choice_machine(&r->choice, value, &err) == SC_OK ? 0 : sc_wrong_usage("estimate", err.message, "");
    case 'd':
        return sc_choice_dataflow(&r->choice, value, &err) == SC_OK ? 0 : sc_wrong_usage("estimate", err.message, "");
    case 'f':
        at = sc_position(value, formats, 3);
        r->format = (enum sc_format)at;
        return at < 0 ? sc_wrong_usage("estimate", "--format takes table, csv or json, not ", value) : 0;
    case OPT_ENERGY:
        at = sc_position(value, cases, 3);
        r->choice.energy_case = (enum sc_energy_case)at;
        return at < 0 ? sc_wrong_usage("estimate", "--energy takes low, nominal or high, not ", value) : 0;
    case OPT_ACTIVATIONS:
        at = sc_position(value, operands, 2);
        r->activations = (enum sc_activations)at;
        return at < 0 ? sc_wrong_usage("estimate", "--activations takes a or b, not ", value) : 0;
    case 'o':
        r->output = value;
        return 0;
    case OPT_ENERGY_TABLE:
        r->choice.energy_table = value;
        return 0;
    case OPT_CALIBRATION:
        r->choice.calibration = value;
        return 0;
    case OPT_REFINE:
        r->refine = true;
        return !value || sc_refine_budget_parse(&r->budget, value)
                   ? 0
                   : sc_wrong_usage("estimate", "--refine takes seconds (30s) or a number of simulations, not ", value);
    case OPT_LEVEL:
        return take_level(r, value);
    case OPT_BEST:
        r->best_only = true;
        return 0;
    case OPT_NETWORK:
        r->network = true;
        return 0;
    case OPT_TOTALS:
        r->totals_only = true;
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
    case 'h':
        fputs(usage, stdout);
        r->stop = true;
        return 0;
    case OPT_VERSION:
        fputs(sc_version_line(), stdout);
        r->stop = true;
        return 0;
    }
    fputs("Try 'sparsecast estimate --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

int sc_estimate_arguments(int argc, char **argv, struct sc_estimate_request *r)
{
    static const struct option options[] = {
        {"machine", required_argument, NULL, 'm'},          {"dataflow", required_argument, NULL, 'd'},
        {"calibration", required_argument, NULL, OPT_CALIBRATION}, {"level", required_argument, NULL, OPT_LEVEL},
        {"refine", optional_argument, NULL, OPT_REFINE},
        {"best", no_argument, NULL, OPT_BEST},              {"network", no_argument, NULL, OPT_NETWORK},
        {"activations", required_argument, NULL, OPT_ACTIVATIONS}, {"totals", no_argument, NULL, OPT_TOTALS},
        {"format", required_argument, NULL, 'f'},           {"output", required_argument, NULL, 'o'},
        {"energy", required_argument, NULL, OPT_ENERGY},    {"energy-table", required_argument, NULL, OPT_ENERGY_TABLE},
        {"same-padding", no_argument, NULL, OPT_SAME},      {"split-depthwise", no_argument, NULL, OPT_SPLIT},
        {"no-progress", no_argument, NULL, OPT_QUIET},      {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},        {NULL, 0, NULL, 0},
    };
    *r = (struct sc_estimate_request){.choice = {.energy_case = SC_ENERGY_NOMINAL},
                                      .reading = {.warn = sc_print_warning}};
    optind = 0;
    for (int option; !r->stop && (option = getopt_long(argc, argv, "m:d:f:o:h", options, NULL)) != -1;) {
        int status = take(r, option, optarg);
        if (status != 0)
            return status;
    }
    if (r->stop)
        return 0;
    if (optind + 1 < argc)
        return sc_wrong_usage("estimate", "one layer list at a time; the second is ", argv[optind + 1]);
    if (optind >= argc)
        return sc_wrong_usage("estimate", "which layer list?", "");
    if (r->refine && r->network)
        return sc_wrong_usage("estimate", "--refine settles layers one by one and does not go with --network", "");
    r->list = argv[optind];
    return 0;
}
