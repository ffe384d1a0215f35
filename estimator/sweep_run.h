/* sweep_run.h - one run of `sweep`: what was asked for and its results; private to sweep_*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SWEEP_RUN_H
#define SC_SWEEP_RUN_H

#include "choice.h"
#include "layer_hold.h"
#include "sweep.h"
#include "sweep_cmd.h"
#include "totals.h"

/* The command line. */
struct sc_sweep_request {
    const char *list, *output;
    struct sc_choice choice;
    struct sc_sweep sweep;
    bool each_layer;
    unsigned jobs; /* 0: as many as OpenMP gives */
    enum sc_format format;
    struct sc_layer_options reading;
};

/* What one combination gives on one machine. */
struct sc_sweep_point {
    size_t combination;
    char config[SC_PATH_SIZE + 256], machine[SC_NAME_SIZE];
    struct sc_totals *totals;   /* sums of the best dataflow of each layer */
    struct sc_held_layers held; /* --each-layer: the layers, and the best row of each */
    struct sc_result *row;
    bool *unbeaten;             /* of the rows written, in their order */
};

struct sc_sweep_run {
    const struct sc_sweep_request *request;
    sc_profiler *profiler;
    struct sc_sweep_point *point; /* [combination][machine] */
    size_t combinations, points;
};

/* Finds out which axes are keys of the machines and which are columns; SC_BAD_USAGE for one that is neither. */
int sc_sweep_resolve(struct sc_sweep_request *request, struct sc_error *err);

/* Evaluates all points on all cores; results do not depend on their number.  Free with sc_sweep_run_free(). */
int sc_sweep_evaluate(struct sc_sweep_run *run, struct sc_error *err);
void sc_sweep_run_free(struct sc_sweep_run *run);

/* The rows of a point that are written: one per network, or one per layer.  Texts are those of the point. */
size_t sc_sweep_rows(const struct sc_sweep_point *point);
struct sc_result sc_sweep_row(const struct sc_sweep_point *point, size_t i);

#endif
