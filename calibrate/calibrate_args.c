/* calibrate_args.c - the command line of `calibrate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "calibrate_cmd.h"
#include "calibrate_run.h"
#include "command.h"
#include "shared_options.h"
#include "traces/operands.h"

typedef struct sc_calibrate_request asked; /* on the command line */

static int take_machine(void *r, const char *value, struct sc_error *err)
{
    struct sc_choice *choice = &((asked *)r)->choice;
    if (choice->machines > 0)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "one machine at a time; the second is %.200s", value);
    return sc_choice_machine(choice, value, err);
}

static int take_report(void *r, const char *value, struct sc_error *err)
{
    (void)err;
    ((asked *)r)->reporting = true;
    ((asked *)r)->report = value ? value : "-";
    return SC_OK;
}

static int take_list(const char **list, unsigned *count, const char *path, struct sc_error *err)
{
    if (*count == SC_LISTS_MAX)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "too many layer lists, at most 32; the next is %.200s", path);
    list[(*count)++] = path;
    return SC_OK;
}

static int take_held_out(void *r, const char *value, struct sc_error *err)
{
    return take_list(((asked *)r)->held_out, &((asked *)r)->held_outs, value, err);
}

static const struct sc_option options[] = {
    {"machine", "NAME", 'm', "a shipped machine or a YAML file (default: flexagon)", NULL, SC_TAKE(take_machine),
     .completion = SC_COMPLETE_MACHINE},
    {"output", "FILE", 'o', "write the calibration here, whole or not at all",
     "The same seed gives the same bytes, whatever the number of jobs.", SC_FILE(asked, output)},
    {"report", "[FILE]", 0, "errors, coverage, choices and regret on held-out layers (default: to standard output)",
     "For each held-out set, before and after calibration, per dataflow and pattern: median, 95th percentile and worst "
     "error, coverage of the intervals, their width (median of upper over lower end), right choices of the fastest "
     "dataflow and the cycles that wrong ones cost (regret), errors of words read and of DRAM bytes, rows outside the "
     "domain; and the ten worst layers.",
     SC_TAKE(take_report)},
    {"held-out", "LAYERS", 0, "with --report: judge by this list, too; repeat for several", NULL,
     SC_TAKE(take_held_out), .completion = SC_COMPLETE_FILE},
    {"judged", "N", 0, "with --report: layers drawn to judge by, of each kind (default: 200)",
     "The kinds are uniform and structured layers.", SC_COUNT(asked, judged, 0, 1000000)},
    {"folds", "K", 0, "with --report and -o: also cross-validation over K parts of the training layers", NULL,
     SC_COUNT(asked, folds, 2, 100)},
    {"rows", "FILE", 0, "with --report: write a CSV row per estimate, for 'sparsecast plot residuals'", NULL,
     SC_FILE(asked, rows)},
    SC_OPTION_CALIBRATION(asked, "judge this calibration, or 'none' (default: the new one, else the machine's)",
                          "judge intervals that hold P percent, 50 to 99 (default: 90)"),
    SC_OPTION_SEED(asked, seed, "of all draws (default: 1)"),
    {"layers", "N", 0, "layers drawn to learn from (default: 1600)", NULL, SC_COUNT(asked, layers, 0, 1000000)},
    {"variants", "N", 0, "machines drawn around the given one, which get every third layer (default: 12)",
     "Their parameters lie within a factor of two of the given ones.", SC_COUNT(asked, variants, 0, 1000)},
    {"cost", "X", 0, "most work of a drawn layer: products + 8 x stream steps (default: 2e8)", NULL,
     SC_NUMBER(asked, cost, 1e3, 1e12)},
    SC_OPTION_JOBS(asked, jobs, "layers simulated"),
    SC_OPTION_SCALESIM(asked),
    SC_OPTION_QUIET(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_calibrate_manual = {
    .name = "calibrate",
    .summary = "fit the closed forms of a machine to the simulator, or judge them",
    .synopsis = "[LAYERS.csv]... [-m MACHINE] -o FILE [OPTION]...\n"
                "[-m MACHINE] --report[=FILE] [--held-out=LAYERS.csv]... [OPTION]...",
    .about = "Fits the closed forms of a machine to the cycle simulator and writes what 'estimate' corrects its "
             "figures and draws its intervals by; or judges estimates on layers that no fit has seen; or both.",
    .more = "Layers are drawn over shapes, densities and patterns, a third of them for machines with parameters near "
            "the given one's; lists may be added. With 40 % of them it fits per dataflow the weights of the closed "
            "form's terms (stationary, stream, merge, stall; 0.5 to 2) and the overlap of compute and DRAM (0 to "
            "0.5), by least squares with Cauchy's loss; the others give the quantiles behind the intervals, "
            "separately for uniform, structured and measured operands.",
    .options = options,
    .notes = "The first example is small enough to be quick; the defaults take minutes and serve better.",
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast calibrate -m gamma-like --layers 40 --cost 2e5 -o small.yaml --report --judged 10\n"
                "sparsecast estimate data/layers/alexnet.csv -m gamma-like --calibration small.yaml",
};

static int wrong_usage(const char *what, const char *argument)
{
    return sc_wrong_usage("calibrate", what, argument);
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
    return SC_GO_ON;
}

int sc_calibrate_arguments(int argc, char **argv, struct sc_calibrate_request *r)
{
    struct sc_words words;
    struct sc_error err;
    *r = (struct sc_calibrate_request){.choice = {.energy_case = SC_ENERGY_NOMINAL},
                                       .seed = SC_DEFAULT_SEED,
                                       .layers = 1600,
                                       .judged = 200,
                                       .variants = 12,
                                       .cost = 2e8,
                                       .reading = {.warn = sc_print_warning}};
    int status = sc_options_read(&sc_calibrate_manual, argc, argv, r, &words);
    for (int i = 0; i < words.count && status == SC_GO_ON; i++)
        if (take_list(r->list, &r->lists, words.word[i], &err) != SC_OK)
            status = wrong_usage(err.message, "");
    return status == SC_GO_ON ? check_arguments(r) : status;
}
