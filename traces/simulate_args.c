/* simulate_args.c - the command line of `simulate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "shared_options.h"
#include "simulate_cmd.h"
#include "simulate_run.h"
#include "traces/operands.h"

typedef struct sc_simulate_request asked; /* on the command line */

static int take_layer(void *field, const char *name, struct sc_error *err)
{
    asked *r = field;
    const char **more = realloc(r->layer, (r->layers + 1) * sizeof *more);
    if (!more)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for --layer %.200s", name);
    r->layer = more;
    r->layer[r->layers++] = name;
    return SC_OK;
}

static const struct sc_option options[] = {
    SC_OPTION_MACHINES(asked),
    SC_OPTION_DATAFLOWS(asked),
    {"layer", "NAME", 0, "only the layers of this name; repeat for several", NULL, SC_TAKE(take_layer)},
    {"a", "FILE", 0, NULL, NULL, SC_FILE(asked, a)},
    {"b", "FILE", 0, "one pair of Matrix Market or .smtx files in place of a list",
     "They may be compressed with gzip.", SC_FILE(asked, b)},
    SC_OPTION_SEED(asked, seed, "of the operands drawn (default: 1)"),
    {"compare", NULL, 0,
     "also the estimates on the measured operands: rows with source=estimate and the column error_pct in csv and json, "
     "a compact table otherwise",
     "The row of the estimate follows that of the simulation; error_pct, behind all other columns, is its error in "
     "cycles, in percent of the simulation. A table shows cycles, error and which dataflow is the fastest for either "
     "side. A line on standard error sums up: median, 95th percentile and worst absolute error, how often the "
     "estimates choose the fastest dataflow, and how many more cycles their choices take (regret).",
     SC_FLAG(asked, compare)},
    {"trace", "FILE", 0, "write a timeline of the phases of every run, for 'sparsecast plot'",
     "It is a CSV with the columns layer,machine,dataflow,phase,start,end,events: one row per phase of a run, times in "
     "cycles, events being elements loaded, steps or elements merged. On machines with the published timing the phases "
     "follow one another without gaps; on the others a gap is a wait for DRAM.",
     SC_FILE(asked, trace)},
    SC_OPTION_FORMAT(asked),
    SC_OPTION_OUTPUT(asked),
    SC_OPTION_JOBS(asked, jobs, "runs"),
    SC_OPTION_ENERGY(asked),
    SC_OPTION_SCALESIM(asked),
    SC_OPTION_QUIET(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_simulate_manual = {
    .name = "simulate",
    .summary = "run the layers of a list, or a pair of matrices, through the cycle simulator",
    .synopsis = "LAYERS.csv [OPTION]...\n--a=A.mtx --b=B.mtx [OPTION]...",
    .about = "Runs the operands of every layer through the cycle simulator; result rows are those of 'estimate', "
             "with 'simulation' as their source. Operands come from the list's pattern files (columns a and b) or "
             "are drawn from densities and patterns.",
    .more = "The simulator counts every event and cycle. Operands that are drawn depend on seed, model and name of "
            "the layer only, and are the same for all machines and dataflows. Runs share the cores; results and "
            "their order do not depend on how many there are. Layers that Ctrl-C cut short have no best row.",
    .options = options,
    .notes = "Ctrl-C stops early and keeps the runs that have finished.",
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast simulate data/layers/flexagon-table6.csv --layer R6 -m flexagon --compare",
    .failures = "bad input, failed output or interrupted",
};

static int wrong_usage(const char *what, const char *argument)
{
    return sc_wrong_usage("simulate", what, argument);
}

static bool is_standard(const char *output)
{
    return !output || strcmp(output, "-") == 0;
}

/* What the words must be together. */
static int check_arguments(struct sc_simulate_request *r, const struct sc_words *words)
{
    if (r->trace && is_standard(r->trace) && is_standard(r->output))
        return wrong_usage("results and timeline cannot both go to standard output; give -o FILE or --trace FILE", "");
    if (r->trace && r->output && strcmp(r->trace, r->output) == 0)
        return wrong_usage("give different files with -o and --trace: results and timeline cannot both go to ",
                           r->output);
    if ((r->a || r->b) && r->layers > 0)
        return wrong_usage("--layer chooses from a layer list; there is none with --a and --b", "");
    return sc_take_list_or_pair(&sc_simulate_manual, words, r->a, r->b, &r->list);
}

int sc_simulate_arguments(int argc, char **argv, struct sc_simulate_request *r)
{
    struct sc_words words;
    *r = (struct sc_simulate_request){.choice = {.energy_case = SC_ENERGY_NOMINAL}, .seed = SC_DEFAULT_SEED,
                                      .reading = {.warn = sc_print_warning}};
    int status = sc_options_read(&sc_simulate_manual, argc, argv, r, &words);
    return status == SC_GO_ON ? check_arguments(r, &words) : status;
}
