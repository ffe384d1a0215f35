/* estimate_run.h - one run of `estimate`: what was asked for and what it works with; private to estimate_*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_RUN_H
#define SC_ESTIMATE_RUN_H

#include <signal.h>

#include "choice.h"
#include "command.h"
#include "estimate_cmd.h"
#include "estimate_refine.h"
#include "forecast.h"
#include "layer_cells.h"
#include "network.h"
#include "totals.h"

/* The command line. */
struct sc_estimate_request {
    const char *list, *output;
    struct sc_choice choice;
    bool best_only, network, totals_only, quiet;
    unsigned jobs; /* layers at a time; 0: as many as OpenMP gives */
    struct sc_refine_budget budget;
    enum sc_format format;
    enum sc_activations activations;
    struct sc_layer_options reading;
};

/* Reads the arguments; returns SC_GO_ON, or the exit status after help, version or a complaint. */
int sc_estimate_arguments(int argc, char **argv, struct sc_estimate_request *request);

struct sc_estimate_run {
    const struct sc_estimate_request *request;
    sc_profiler *profiler;
    sc_simulator *simulator; /* NULL: none */
    struct sc_bound *bound;
    unsigned machines;
    struct sc_layer_reader *reader;
    struct sc_writer *writer;
    struct sc_totals *totals;
    uint64_t layers;
    bool warned; /* about a layer outside the calibrated domain */
    const volatile sig_atomic_t *interrupted;
    struct sc_layer_cells cells;
};

/* The profile of a layer; an error names the list and its line. */
int sc_estimate_profile_of(const struct sc_estimate_run *run, const struct sc_layer *layer, struct sc_profile *profile,
                           struct sc_error *err);

/* Forecasts a layer on a machine; the first layer outside the calibrated domain is warned about. */
void sc_estimate_layer(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                       const struct sc_profile *profile, struct sc_forecast *forecast);

/* The warning alone. */
void sc_estimate_warn(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                      const struct sc_forecast *forecast);

/* Writes the rows of one layer on one machine, with the cells filled last. */
int sc_estimate_emit(struct sc_estimate_run *run, const struct sc_layer *layer, const struct sc_forecast *forecast,
                     struct sc_error *err);

/* Neither --network nor --refine: layers as they come, forecast on several cores at a time and written in their order.
 * When interrupted, the rows of the layers before stay. */
int sc_estimate_batches(struct sc_estimate_run *run, struct sc_error *err);

/* --network: reads all layers, chooses sequences network by network, writes rows; *report receives text to print after
 * them, to be freed. */
int sc_estimate_networks(struct sc_estimate_run *run, char **report, struct sc_error *err);

/* --refine: reads all layers, simulates where the choice is in doubt, writes rows; *report as above. */
int sc_estimate_refined(struct sc_estimate_run *run, char **report, struct sc_error *err);

#endif
