/* estimate_run.h - one run of `estimate`: what was asked for and what it works with; private to estimate_*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_RUN_H
#define SC_ESTIMATE_RUN_H

#include "estimate.h"
#include "estimate_cmd.h"
#include "network.h"
#include "totals.h"

enum {
    SC_MACHINES_MAX = 64,
    SC_LAYER_CELLS = 9, /* columns of the layer itself behind those of the result */
    SC_CELL_SIZE = 80
};

/* The command line. */
struct sc_estimate_request {
    const char *list, *output, *energy_table;
    const char *machine[SC_MACHINES_MAX];
    unsigned machines;
    bool wanted[SC_DATAFLOWS], any_wanted;
    bool best_only, network, totals_only, quiet;
    enum sc_format format;
    enum sc_energy_case energy_case;
    enum sc_activations activations;
    struct sc_layer_options reading;
    bool stop; /* --help or --version: all is done */
};

/* Reads the arguments; prints help, version or what is wrong with them.  Returns the exit status. */
int sc_estimate_arguments(int argc, char **argv, struct sc_estimate_request *request);

/* A bound machine and the text of its `config` column. */
struct sc_bound {
    struct sc_plan plan;
    bool wanted[SC_DATAFLOWS];
    char config[SC_PATH_SIZE + 256];
};

struct sc_estimate_run {
    const struct sc_estimate_request *request;
    sc_profiler *profiler;
    struct sc_bound *bound;
    unsigned machines;
    struct sc_layer_reader *reader;
    struct sc_writer *writer;
    struct sc_totals *totals;
    uint64_t layers;
    /* Columns behind those of the result: the layer itself, so that a result CSV is a layer list too, then what is passed through. */
    const char **column, **cell;
    size_t columns;
    char text[SC_LAYER_CELLS][SC_CELL_SIZE];
};

/* The profile of a layer; an error names the list and its line. */
int sc_estimate_profile_of(const struct sc_estimate_run *run, const struct sc_layer *layer, struct sc_profile *profile,
                           struct sc_error *err);

/* Names the columns behind those of the result, and points run->cell at a layer's values; free both with sc_estimate_cells_free(). */
int sc_estimate_cells_open(struct sc_estimate_run *run, struct sc_error *err);
void sc_estimate_cells_fill(struct sc_estimate_run *run, const struct sc_layer *layer);
void sc_estimate_cells_free(struct sc_estimate_run *run);

/* Writes the rows of one layer on one machine, with the cells filled last; `best` is the index of the estimate marked as best. */
int sc_estimate_emit(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                     const struct sc_profile *profile, const struct sc_estimates *estimates, unsigned best,
                     struct sc_error *err);

/* --network: reads all layers, chooses sequences network by network, writes rows; *report receives text to print after them, to be
 * freed. */
int sc_estimate_networks(struct sc_estimate_run *run, char **report, struct sc_error *err);

#endif
