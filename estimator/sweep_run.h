/* sweep_run.h - one run of `sweep`: what was asked for and its results; private to sweep_*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SWEEP_RUN_H
#define SC_SWEEP_RUN_H

#include "choice.h"
#include "estimate_refine.h"
#include "front.h"
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
    struct sc_refine_budget budget;
    unsigned jobs; /* 0: as many as OpenMP gives */
    enum sc_format format;
    struct sc_layer_options reading;
};

/* What one combination gives on one machine. */
struct sc_sweep_point {
    size_t combination;
    char config[SC_PATH_SIZE + 256], machine[SC_NAME_SIZE];
    struct sc_totals *totals;   /* sums of the best dataflow of each layer */
    struct sc_held_layers held; /* --each-layer and --refine: the layers */
    struct sc_result *row;      /* --each-layer: the best row of each */
    size_t rows_held, row_room;
    bool *unbeaten;             /* of the rows written, in their order */

    /* --refine */
    struct sc_bound *bound;
    struct sc_grids *grids;
    struct sc_sweep_trial *trial; /* by held layer */
    size_t trials, trial_room, rows;
    enum sc_place *place;         /* of the rows */
    double *simulated;            /* layers of the rows whose cycles are simulated, count times */
};

/* The dataflows of a layer, with the bounds of what they cost. */
struct sc_sweep_trial {
    struct sc_contest contest;
    double low[SC_DATAFLOWS], high[SC_DATAFLOWS], energy_low[SC_DATAFLOWS], energy_high[SC_DATAFLOWS];
    size_t row; /* that the layer counts for */
};

struct sc_sweep_run {
    const struct sc_sweep_request *request;
    sc_profiler *profiler;
    sc_simulator *simulator;
    struct sc_sweep_point *point; /* [combination][machine] */
    size_t combinations, points;
};

/* Finds out which axes are keys of the machines and which are columns; SC_BAD_USAGE for one that is neither. */
int sc_sweep_resolve(struct sc_sweep_request *request, struct sc_error *err);

/* Evaluates all points on all cores; results do not depend on their number.  *report receives text to print at the end,
 * to be freed, or stays NULL.  Free with sc_sweep_run_free(). */
int sc_sweep_evaluate(struct sc_sweep_run *run, char **report, struct sc_error *err);
void sc_sweep_run_free(struct sc_sweep_run *run);

/* --refine: holds a layer of a point with its forecast; simulates until the places of all rows and the choices of those
 * that are not off the front are decided, or the budget is spent; puts what was simulated into a forecast of the held
 * layer.  *report receives text to print at the end, to be freed. */
int sc_sweep_hold(struct sc_sweep_point *point, const struct sc_layer *layer, const struct sc_forecast *forecast,
                  bool each, struct sc_error *err);
int sc_sweep_settle(struct sc_sweep_run *run, char **report, struct sc_error *err);
void sc_sweep_merge(struct sc_sweep_point *point, size_t held, struct sc_forecast *forecast);
void sc_sweep_refine_free(struct sc_sweep_point *point);

/* Calls visit() for the points whose rows `place` are alternatives to one another, problem by problem: those of the
 * same place on the same layers.  point[0..count) are indices into run->point. */
typedef int sc_sweep_visitor(void *context, const size_t *point, size_t count, size_t place, struct sc_error *err);
int sc_sweep_alternatives(const struct sc_sweep_run *run, sc_sweep_visitor *visit, void *context,
                          struct sc_error *err);

/* The rows of a point that are written: one per network, or one per layer.  Texts are those of the point. */
size_t sc_sweep_rows(const struct sc_sweep_point *point);
struct sc_result sc_sweep_row(const struct sc_sweep_point *point, size_t wanted);

#endif
