/* simulate_run.h - one run of `simulate`: what was asked for and what it works with; private to simulate_*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIMULATE_RUN_H
#define SC_SIMULATE_RUN_H

#include <pthread.h>
#include <signal.h>

#include "choice.h"
#include "command.h"
#include "layer_cells.h"
#include "layer_hold.h"
#include "profile.h"
#include "result.h"
#include "traces/pattern.h"
#include "traces/progress.h"
#include "traces/sim/families.h"
#include "traces/simulate_compare.h"
#include "traces/simulate_trace.h"

/* The command line. */
struct sc_simulate_request {
    const char *list, *a, *b; /* a list, or a pair of pattern files */
    const char *output, *trace;
    struct sc_choice choice;
    const char **layer;       /* names asked for, to be freed */
    unsigned layers;
    uint64_t seed;
    unsigned jobs;            /* 0: as many as OpenMP gives */
    enum sc_format format;
    struct sc_layer_options reading;
    bool compare, quiet;
};

/* Reads the arguments; returns SC_GO_ON, or the exit status after help, version or a complaint. */
int sc_simulate_arguments(int argc, char **argv, struct sc_simulate_request *request);

/* The operands of a layer, for all its runs; empty where no machine reads patterns. */
struct sc_prepared {
    struct sc_layer *layer;
    pthread_mutex_t making;                       /* held by the thread that makes them */
    bool ready;
    unsigned left;                                /* runs that still need them */
    struct sc_pattern a, b, a_columns, b_columns; /* the last two: transposes */
    struct sc_profile profile;                    /* --compare: measured */
    double weight;                                /* of a run, for the progress bar */
};

/* One dataflow of one machine on one layer. */
struct sc_simulate_item {
    const struct sc_bound *bound;
    struct sc_prepared *prepared;
    enum sc_dataflow dataflow;
    bool skipped;               /* the dataflow cannot run the layer's operator */
    bool finished;
    struct sc_result result;    /* its text fields are not set but for dataflow and source */
    struct sc_trace_log log;
};

struct sc_simulate_run {
    const struct sc_simulate_request *request;
    const volatile sig_atomic_t *cancel;
    struct sc_bound *bound;
    unsigned machines, runs_per_layer;
    struct sc_layer_reader *reader; /* owns the names of the columns passed through */
    struct sc_held_layers held;
    struct sc_pattern pair[2];  /* the operands given with --a and --b, until they are prepared */
    struct sc_layer_cells cells;
    struct sc_writer *writer;   /* results; NULL for the table of --compare */
    struct sc_comparison *comparison;
    struct sc_trace_file *trace;
    struct sc_progress progress;
    uint64_t rows;              /* runs written */
};

/* Reads the layers asked for, all before the first is simulated, and opens run->cells; or reads the pair. */
int sc_simulate_load(struct sc_simulate_run *run, struct sc_error *err);

/* Simulates all layers on all machines; writes what has finished in the order of the list.  SC_END when cancelled. */
int sc_simulate_layers(struct sc_simulate_run *run, struct sc_error *err);

/* Writes the finished ones of the runs of one layer, items[0..count). */
int sc_simulate_write(struct sc_simulate_run *run, const struct sc_simulate_item *items, unsigned count,
                      struct sc_error *err);

#endif
