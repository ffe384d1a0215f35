/* estimate_args.c - the command line of `estimate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate_run.h"
#include "shared_options.h"

typedef struct sc_estimate_request asked; /* on the command line */

static const char *const operands[] = {"b", "a", NULL}; /* of enum sc_activations */

static const struct sc_option options[] = {
    SC_OPTION_MACHINES(asked),
    SC_OPTION_DATAFLOWS(asked),
    {"best", NULL, 0, "print only the fastest dataflow of each layer and machine", NULL, SC_FLAG(asked, best_only)},
    {"network", NULL, 0,
     "choose the fastest sequence over each network (rows with the same model that follow each other), format "
     "conversions between layers included",
     "What this gains over the best single dataflow and over the best one of each layer is reported on standard error, "
     "below the table if there is one.",
     SC_FLAG(asked, network)},
    {"activations", "a|b", 0, "which operand the layer before produced (default: b, weights being A)", NULL,
     SC_WORD(asked, activations, operands)},
    {"totals", NULL, 0, "print totals per network instead of layers", "Totals honour the column count.",
     SC_FLAG(asked, totals_only)},
    SC_OPTION_FORMAT(asked),
    SC_OPTION_OUTPUT(asked),
    SC_OPTION_CORRECTION(asked),
    SC_OPTION_REFINE(asked, budget,
                     "simulate where intervals leave the fastest dataflow in doubt, until it is decided or BUDGET is "
                     "spent: seconds (30s) or a number of simulations (500); such rows have source=simulation",
                     "Layers that may cost most come first; operands are drawn with seed 1 where the layer has no "
                     "files. What it took and gained is reported on standard error."),
    SC_OPTION_JOBS(asked, jobs, "layers"),
    SC_OPTION_ENERGY(asked),
    SC_OPTION_SCALESIM(asked),
    SC_OPTION_QUIET(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_estimate_manual = {
    .name = "estimate",
    .summary = "forecast the layers of a list by closed forms",
    .synopsis = "LAYERS.csv [OPTION]...",
    .about = "Forecasts cycles, traffic, utilisation and energy of every layer of a list by closed forms, on one or "
             "more machines.",
    .more = "Layer lists, result columns, dataflows and machines are described in sparsecast(1).",
    .options = options,
    .notes = "Ctrl-C stops early and keeps the rows of the layers that have finished; under --refine it ends the "
             "simulations, and all rows are written as they are then.",
    .completion = SC_COMPLETE_FILE,
    .failures = "bad input, failed output or interrupted",
    .examples = "sparsecast estimate data/layers/resnet50.csv -m flexagon -m sigma-like --best -f csv\n"
                "sparsecast estimate data/layers/flexagon-table6.csv --best -m sigma-like-asplos23",
};

int sc_estimate_arguments(int argc, char **argv, struct sc_estimate_request *r)
{
    struct sc_words words;
    *r = (struct sc_estimate_request){.choice = {.energy_case = SC_ENERGY_NOMINAL},
                                      .reading = {.warn = sc_print_warning}};
    int status = sc_options_read(&sc_estimate_manual, argc, argv, r, &words);
    if (status == SC_GO_ON)
        status = sc_take_one_word(&sc_estimate_manual, &words, "layer list", &r->list);
    if (status == SC_GO_ON && r->budget.wanted && r->network)
        status = sc_wrong_usage("estimate", "--refine settles layers one by one and does not go with --network: drop "
                                            "one of them", "");
    return status;
}
