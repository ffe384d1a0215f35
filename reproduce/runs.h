/* runs.h - a layer list through closed forms and simulator on one machine, for setting beside published figures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_RUNS_H
#define SC_RUNS_H

#include "layer_hold.h"
#include "machine.h"
#include "result.h"

/* What to run: closed forms always; simulations on operands drawn from seeds 1..seeds. */
struct sc_reproduce_options {
    unsigned seeds; /* 0: estimates only */
    unsigned jobs;  /* threads, 0: as many as OpenMP gives */
};

/* The rows of a list, layer by layer.  Text fields of results are not set. */
struct sc_runs {
    struct sc_held_layers held;
    bool wanted[SC_DATAFLOWS];
    unsigned seeds;
    struct sc_result *estimated; /* [layer][dataflow] */
    struct sc_result *simulated; /* [seed][layer][dataflow]; NULL without simulation */
};

/* Runs the shipped list `list` (below the data directory) on the shipped machine `machine` with the `wanted` dataflows,
 * which the machine must support.  Free with sc_runs_free(), also after a failure. */
int sc_runs_make(struct sc_runs *runs, const char *list, const char *machine, const bool wanted[SC_DATAFLOWS],
                 const struct sc_reproduce_options *options, struct sc_error *err);
void sc_runs_free(struct sc_runs *runs);

const struct sc_result *sc_runs_estimated(const struct sc_runs *runs, size_t layer, enum sc_dataflow dataflow);
const struct sc_result *sc_runs_simulated(const struct sc_runs *runs, unsigned seed, size_t layer,
                                          enum sc_dataflow dataflow);

/* The layer called `name`, or runs->held.layers. */
size_t sc_runs_find(const struct sc_runs *runs, const char *name);

#endif
