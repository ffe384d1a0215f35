/* calibrate_args.c - the command line of `calibrate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "calibrate_run.h"
#include "command.h"
#include "text.h"
#include "traces/operands.h"

static const char usage[] =
    "Usage: sparsecast calibrate [LAYERS.csv]... [-m MACHINE] -o FILE [OPTION]...\n"
    "       sparsecast calibrate [-m MACHINE] --report[=FILE] [--held-out=LAYERS.csv]... [OPTION]...\n"
    "Fits the closed forms of a machine to the cycle simulator and writes what 'estimate' corrects its figures and "
    "draws\n"
    "its intervals by; or judges estimates on layers that no fit has seen; or both.\n"
    "\n"
    "  -m, --machine=NAME       a shipped machine or a YAML file (default: flexagon)\n"
    "  -o, --output=FILE        write the calibration here, whole or not at all\n"
    "      --report[=FILE]      errors, coverage, choices and regret on held-out layers (default: to standard output)\n"
    "      --held-out=LAYERS    with --report: judge by this list, too; repeat for several\n"
    "      --judged=N           with --report: layers drawn to judge by, of each kind (default: 200)\n"
    "      --folds=K            with --report and -o: also cross-validation over K parts of the training layers\n"
    "      --rows=FILE          with --report: write a CSV row per estimate, for 'sparsecast plot residuals'\n"
    "      --calibration=FILE   judge this calibration, or 'none' (default: the new one, else the machine's)\n"
    "      --level=P            judge intervals that hold P percent, 50 to 99 (default: 90)\n"
    "      --seed=N             of all draws (default: 1)\n"
    "      --layers=N           layers drawn to learn from (default: 1600)\n"
    "      --variants=N         machines drawn around the given one, which get every third layer (default: 12)\n"
    "      --cost=X             most work of a drawn layer: products + 8 x stream steps (default: 2e8)\n"
    "  -j, --jobs=N             layers simulated at a time (default: one per core); results do not depend on it\n"
    "      --same-padding, --split-depthwise\n"
    "                           how SCALE-Sim lists are read; see 'sparsecast import --help'\n"
    "      --no-progress        never show progress\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Example: sparsecast calibrate -m ./mine.yaml -o mine.calibration.yaml --report &&\n"
    "         sparsecast estimate layers.csv -m ./mine.yaml --calibration mine.calibration.yaml\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n";

enum {
    OPT_REPORT = 256,
    OPT_HELD_OUT,
    OPT_JUDGED,
    OPT_FOLDS,
    OPT_ROWS,
    OPT_CALIBRATION,
    OPT_LEVEL,
    OPT_SEED,
    OPT_LAYERS,
    OPT_VARIANTS,
    OPT_COST,
    OPT_SAME,
    OPT_SPLIT,
    OPT_QUIET,
    OPT_VERSION
};

static int wrong_usage(const char *what, const char *argument)
{
    return sc_wrong_usage("calibrate", what, argument);
}

/* A whole number from low to high. */
static int take_count(uint64_t *out, const char *name, const char *text, uint64_t low, uint64_t high)
{
    char what[120];
    if (sc_parse_count(text, strlen(text), out) && *out >= low && *out <= high)
        return 0;
    snprintf(what, sizeof what, "%s takes a whole number from %llu to %llu, not ", name, (unsigned long long)low,
             (unsigned long long)high);
    return wrong_usage(what, text);
}

static int take_number(struct sc_calibrate_request *r, int option, const char *value)
{
    uint64_t number = 0;
    int status = 0;
    switch (option) {
    case OPT_JUDGED:
        return take_count(&r->judged, "--judged", value, 0, 1000000);
    case OPT_FOLDS:
        return take_count(&r->folds, "--folds", value, 2, 100);
    case OPT_LEVEL:
        status = take_count(&number, "--level", value, SC_LEVEL_MIN, SC_LEVEL_MAX);
        r->choice.level = (int)number;
        return status;
    case OPT_SEED:
        return take_count(&r->seed, "--seed", value, 0, UINT64_MAX);
    case OPT_LAYERS:
        return take_count(&r->layers, "--layers", value, 0, 1000000);
    case OPT_VARIANTS:
        return take_count(&r->variants, "--variants", value, 0, 1000);
    case 'j':
        status = take_count(&number, "--jobs", value, 1, 1024);
        r->jobs = (unsigned)number;
        return status;
    }
    if (!sc_parse_number(value, strlen(value), &r->cost) || r->cost < 1000 || r->cost > 1e12)
        return wrong_usage("--cost takes a number from 1000 to 1e12, not ", value);
    return 0;
}

static int take_list(const char **list, unsigned *count, const char *path)
{
    if (*count == SC_LISTS_MAX)
        return wrong_usage("too many layer lists, at most 32; the next is ", path);
    list[(*count)++] = path;
    return 0;
}

/* One option; returns an exit status, 0 to go on. */
static int take(struct sc_calibrate_request *r, int option, const char *value)
{
    struct sc_error err;
    switch (option) {
    case 'm':
        if (r->choice.machines > 0)
            return wrong_usage("one machine at a time; the second is ", value);
        return sc_choice_machine(&r->choice, value, &err) == SC_OK ? 0 : wrong_usage(err.message, "");
    case 'o':
        r->output = value;
        return 0;
    case OPT_REPORT:
        r->reporting = true;
        r->report = value ? value : "-";
        return 0;
    case OPT_HELD_OUT:
        return take_list(r->held_out, &r->held_outs, value);
    case OPT_ROWS:
        r->rows = value;
        return 0;
    case OPT_CALIBRATION:
        r->choice.calibration = value;
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
    case '?':
        fputs("Try 'sparsecast calibrate --help'.\n", stderr); /* getopt has said what is wrong */
        return sc_exit_status(SC_BAD_USAGE);
    }
    return take_number(r, option, value);
}

/* What the words must be together. */
static int check_arguments(const struct sc_calibrate_request *r)
{
    if (!r->output && !r->reporting)
        return wrong_usage("nothing to do: give -o FILE to calibrate, --report to judge, or both", "");
    if (r->output && strcmp(r->output, "-") == 0 && r->reporting && strcmp(r->report, "-") == 0)
        return wrong_usage("calibration and report cannot both go to standard output; give -o FILE or --report=FILE",
                           "");
    if (!r->output && r->lists > 0)
        return wrong_usage("lists to learn from go with -o FILE, those to judge by with --held-out; found ",
                           r->list[0]);
    if (r->output && r->choice.calibration)
        return wrong_usage("either make a calibration (-o) or judge the one given with --calibration ",
                           r->choice.calibration);
    if (!r->output && r->folds > 0)
        return wrong_usage("--folds goes with -o FILE", "");
    if (!r->reporting && (r->held_outs > 0 || r->rows || r->folds > 0))
        return wrong_usage("--held-out, --rows and --folds go with --report", "");
    return 0;
}

int sc_calibrate_arguments(int argc, char **argv, struct sc_calibrate_request *r)
{
    static const struct option options[] = {
        {"machine", required_argument, NULL, 'm'},       {"output", required_argument, NULL, 'o'},
        {"report", optional_argument, NULL, OPT_REPORT}, {"held-out", required_argument, NULL, OPT_HELD_OUT},
        {"judged", required_argument, NULL, OPT_JUDGED}, {"folds", required_argument, NULL, OPT_FOLDS},
        {"rows", required_argument, NULL, OPT_ROWS},     {"calibration", required_argument, NULL, OPT_CALIBRATION},
        {"level", required_argument, NULL, OPT_LEVEL},   {"seed", required_argument, NULL, OPT_SEED},
        {"layers", required_argument, NULL, OPT_LAYERS}, {"variants", required_argument, NULL, OPT_VARIANTS},
        {"cost", required_argument, NULL, OPT_COST},     {"jobs", required_argument, NULL, 'j'},
        {"same-padding", no_argument, NULL, OPT_SAME},   {"split-depthwise", no_argument, NULL, OPT_SPLIT},
        {"no-progress", no_argument, NULL, OPT_QUIET},   {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPT_VERSION},     {NULL, 0, NULL, 0},
    };
    *r = (struct sc_calibrate_request){.choice = {.energy_case = SC_ENERGY_NOMINAL},
                                       .seed = SC_DEFAULT_SEED,
                                       .layers = 1600,
                                       .judged = 200,
                                       .variants = 12,
                                       .cost = 2e8,
                                       .reading = {.warn = sc_print_warning}};
    optind = 0;
    for (int option; !r->stop && (option = getopt_long(argc, argv, "m:o:j:h", options, NULL)) != -1;) {
        int status = take(r, option, optarg);
        if (status != 0)
            return status;
    }
    for (int i = optind; i < argc && !r->stop; i++) {
        int status = take_list(r->list, &r->lists, argv[i]);
        if (status != 0)
            return status;
    }
    return r->stop ? 0 : check_arguments(r);
}
