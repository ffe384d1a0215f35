/* sweep_run.c - evaluates every combination of a sweep, and marks the rows that nobody beats.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "command.h"
#include "forecast.h"
#include "grow.h"
#include "layer_reader.h"
#include "machine_keys.h"
#include "family.h"
#include "text.h"

static bool has_key(const struct sc_machine *machine, const char *path)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    for (size_t i = 0; i < count; i++)
        if (!keys[i].own && strcmp(keys[i].path, path) == 0)
            return true;
    return false;
}

/* SC_BAD_USAGE for a key that is neither of the machine nor of lists, with the machine's nearest. */
static int fail_key(const struct sc_machine *machine, const char *key, struct sc_error *err)
{
    size_t count, own = 0;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    const char **names = calloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count && names; i++)
        if (!keys[i].own)
            names[own++] = keys[i].path;
    const char *near = names ? sc_nearest_name(key, names, own) : NULL;
    free(names);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                   "'%.80s' is neither a key of machine %s (see 'sparsecast machines -v') nor a column of layer "
                   "lists%s%s%s",
                   key, machine->name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int sc_sweep_resolve(struct sc_sweep_request *r, struct sc_error *err)
{
    struct sc_machine machine;
    int status = sc_machine_read(&machine, r->choice.machine[0], r->choice.energy_table, err);
    for (unsigned a = 0; a < r->sweep.axes && status == SC_OK; a++) {
        struct sc_sweep_axis *axis = &r->sweep.axis[a];
        axis->of_machine = has_key(&machine, axis->key);
        if (!axis->of_machine && !sc_layer_csv_knows(axis->key))
            status = fail_key(&machine, axis->key, err);
    }
    return status;
}

/* The changes that a combination makes to machine and list. */
struct changes {
    struct sc_machine_change machine[SC_AXES_MAX];
    struct sc_layer_change layer[SC_AXES_MAX];
    size_t machines, layers;
};

static void fill_changes(struct changes *c, const struct sc_sweep *sweep, size_t combination)
{
    *c = (struct changes){.machines = 0};
    for (unsigned a = 0; a < sweep->axes; a++) {
        const char *value = sc_sweep_value(sweep, combination, a);
        if (sweep->axis[a].of_machine)
            c->machine[c->machines++] = (struct sc_machine_change){sweep->axis[a].key, value};
        else
            c->layer[c->layers++] = (struct sc_layer_change){sweep->axis[a].key, value};
    }
}

/* A note that needs no room: which quantities are outside, `estimate` tells. */
static const char *note_of(const char *note)
{
    return strcmp(note, "uncalibrated") == 0 ? "uncalibrated" : "outside the calibrated domain";
}

/* Adds the best row of a layer to a point. */
static int add_layer(struct sc_sweep_point *point, const struct sc_layer *layer, struct sc_result *row, bool each,
                     struct sc_error *err)
{
    row->layer = layer->name;
    row->model = layer->model;
    row->machine = point->machine;
    row->config = point->config;
    row->best = true;
    row->note = row->note[0] ? note_of(row->note) : ""; /* the row outlives its forecast */
    if (!each)
        return sc_totals_add(point->totals, row, (double)layer->count, err);
    struct sc_result *more = sc_grow(point->row, point->rows_held, &point->row_room, sizeof *more);
    if (!more)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the rows of a sweep");
    point->row = more;
    point->row[point->rows_held++] = *row;
    return SC_OK;
}

static int profile_of(const struct sc_sweep_run *run, const struct sc_layer *layer, struct sc_profile *profile,
                      struct sc_error *err)
{
    return run->profiler(profile, layer, err) == SC_OK ? SC_OK : sc_fail_layer(err, run->request->list, layer);
}

static void forecast_layer(const struct sc_sweep_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                           const struct sc_profile *profile, struct sc_forecast *forecast)
{
    sc_forecast(forecast, bound, layer, profile, sc_operands_of(layer), run->request->choice.energy_case);
}

/* Without an interval nothing is in doubt, and the front would only look refined. */
static int check_intervals(const struct sc_sweep_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                           const struct sc_forecast *forecast, struct sc_error *err)
{
    for (unsigned i = 0; i < forecast->count; i++) {
        if (forecast->remark[i].scores || forecast->row[i].cycles <= 0)
            continue;
        sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                "machine '%.60s' has no calibration of dataflow %s, so its forecasts have no intervals that --refine "
                "could settle; fit one with 'sparsecast calibrate', or sweep without --refine",
                bound->plan.machine.name, forecast->row[i].dataflow);
        return sc_fail_layer(err, run->request->list, layer);
    }
    return SC_OK;
}

/* A layer as it is read: its best row, or with --refine all that is known of it. */
static int take_layer(const struct sc_sweep_run *run, struct sc_sweep_point *point, const struct sc_bound *bound,
                      const struct sc_layer *layer, struct sc_error *err)
{
    const struct sc_sweep_request *r = run->request;
    struct sc_profile profile;
    struct sc_forecast forecast;
    int status = sc_bound_check(bound, 1, r->list, layer, err);
    if (status == SC_OK)
        status = profile_of(run, layer, &profile, err);
    if (status != SC_OK)
        return status;
    forecast_layer(run, bound, layer, &profile, &forecast);
    if (r->budget.wanted) {
        status = check_intervals(run, bound, layer, &forecast, err);
        return status == SC_OK ? sc_sweep_hold(point, layer, &forecast, r->each_layer, err) : status;
    }
    status = add_layer(point, layer, &forecast.row[forecast.best], r->each_layer, err);
    return status == SC_OK && r->each_layer ? sc_hold_layer(&point->held, layer, err) : status;
}

static int evaluate_layers(const struct sc_sweep_run *run, struct sc_sweep_point *point, const struct sc_bound *bound,
                           struct sc_layer_reader *reader, struct sc_error *err)
{
    struct sc_layer layer;
    int status;
    while ((status = sc_layer_next(reader, &layer, err)) == SC_OK)
        if ((status = take_layer(run, point, bound, &layer, err)) != SC_OK)
            return status;
    return status == SC_END ? SC_OK : status;
}

/* The rows of a point after its trials have been settled. */
static int finish_point(const struct sc_sweep_run *run, size_t index, struct sc_error *err)
{
    struct sc_sweep_point *point = &run->point[index];
    int status = SC_OK;
    for (size_t i = 0; i < point->trials && status == SC_OK; i++) {
        const struct sc_layer *layer = &point->held.layer[i];
        struct sc_profile profile;
        struct sc_forecast forecast;
        status = profile_of(run, layer, &profile, err);
        if (status != SC_OK)
            break;
        forecast_layer(run, point->bound, layer, &profile, &forecast);
        sc_sweep_merge(point, i, &forecast);
        status = add_layer(point, layer, &forecast.row[forecast.best], run->request->each_layer, err);
    }
    return status;
}

/* One combination on one machine. */
static int evaluate(const struct sc_sweep_run *run, size_t index, struct sc_error *err)
{
    const struct sc_sweep_request *r = run->request;
    struct sc_sweep_point *point = &run->point[index];
    struct sc_layer_options reading = r->reading;
    struct sc_choice one = r->choice;
    struct sc_bound *bound = NULL;
    struct sc_layer_reader *reader = NULL;
    struct changes changes;
    unsigned count = 0;
    point->combination = index / r->choice.machines;
    fill_changes(&changes, &r->sweep, point->combination);
    one.machine[0] = r->choice.machine[index % r->choice.machines];
    one.machines = 1;
    one.change = changes.machine;
    one.changes = changes.machines;
    reading.change = changes.layer;
    reading.changes = changes.layers;
    reading.warn = index == 0 ? reading.warn : NULL; /* once is enough */
    point->totals = sc_totals_new();
    int status = point->totals ? sc_bind_machines(&bound, &count, &one, err)
                               : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for totals");
    if (status == SC_OK)
        status = sc_layer_open(&reader, r->list, &reading, err);
    if (status == SC_OK) {
        snprintf(point->config, sizeof point->config, "%s", bound->config);
        snprintf(point->machine, sizeof point->machine, "%s", bound->plan.machine.name);
        if (r->budget.wanted) { /* the point keeps both */
            point->bound = bound;
            point->grids = malloc(sizeof *point->grids);
            if (!point->grids)
                status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the quantiles of errors");
            else
                sc_grids_fill(point->grids, bound->calibration);
        }
        if (status == SC_OK)
            status = evaluate_layers(run, point, bound, reader, err);
    }
    sc_layer_close(reader);
    if (!point->bound)
        sc_bound_free(bound, count);
    return status;
}

/* Does `what` for all points; the error is that of the first that fails. */
static int for_all(struct sc_sweep_run *run,
                   int (*what)(const struct sc_sweep_run *run, size_t index, struct sc_error *err),
                   struct sc_error *err)
{
    size_t failed = run->points;
    int workers = (int)run->request->jobs, status = SC_OK;
#ifdef _OPENMP
    if (workers == 0)
        workers = omp_get_max_threads();
#endif
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (size_t i = 0; i < run->points; i++) {
        struct sc_error mine = {.status = SC_OK};
        size_t first;
#pragma omp atomic read
        first = failed;
        if (i > first || what(run, i, &mine) == SC_OK)
            continue;
#pragma omp critical(sc_sweep)
        if (i < failed) {
#pragma omp atomic write
            failed = i;
            status = mine.status;
            *err = mine;
        }
    }
    return status;
}

/* Best of all layers: the row "best" of the totals, which is the only one where each layer has the same best dataflow.
 */
size_t sc_sweep_rows(const struct sc_sweep_point *point)
{
    size_t rows = 0;
    if (point->row)
        return point->rows_held;
    for (size_t i = 0; i < sc_totals_count(point->totals); i++)
        rows += sc_totals_row(point->totals, i)->best;
    return rows;
}

struct sc_result sc_sweep_row(const struct sc_sweep_point *point, size_t wanted)
{
    struct sc_result row = {.layer = "", .note = "", .bound = ""};
    if (point->row) {
        row = point->row[wanted];
        row.layer = point->held.layer[wanted].name;
        row.model = point->held.layer[wanted].model;
        return row;
    }
    for (size_t i = 0, at = 0; i < sc_totals_count(point->totals); i++)
        if (sc_totals_row(point->totals, i)->best && at++ == wanted)
            row = *sc_totals_row(point->totals, i);
    return row;
}

/* Which values the columns of the list have in a combination, as a number: machines are compared on the same layers
 * only. */
static size_t problem_of(const struct sc_sweep *sweep, size_t combination)
{
    size_t problem = 0, radix = 1;
    for (unsigned a = sweep->axes; a-- > 0;) {
        const struct sc_sweep_axis *axis = &sweep->axis[a];
        problem += axis->of_machine ? 0 : radix * (combination % axis->values);
        radix *= axis->of_machine ? 1 : axis->values;
        combination /= axis->values;
    }
    return problem;
}

static size_t rows_of(const struct sc_sweep_point *point)
{
    return point->trial && !point->unbeaten ? point->rows : sc_sweep_rows(point);
}

int sc_sweep_alternatives(const struct sc_sweep_run *run, sc_sweep_visitor *visit, void *context, struct sc_error *err)
{
    size_t *point = malloc((run->points + 1) * sizeof *point), places = 0, problems = 1;
    int status =
        point ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu points", run->points);
    for (unsigned a = 0; a < run->request->sweep.axes; a++)
        problems *= run->request->sweep.axis[a].of_machine ? 1 : run->request->sweep.axis[a].values;
    for (size_t p = 0; p < run->points; p++)
        places = rows_of(&run->point[p]) > places ? rows_of(&run->point[p]) : places;
    for (size_t problem = 0; problem < problems; problem++)
        for (size_t place = 0; place < places && status == SC_OK; place++) {
            size_t count = 0;
            for (size_t p = 0; p < run->points; p++)
                if (place < rows_of(&run->point[p]) &&
                    problem_of(&run->request->sweep, run->point[p].combination) == problem)
                    point[count++] = p;
            status = visit(context, point, count, place, err);
        }
    free(point);
    return status;
}

/* Room to mark alternatives. */
struct marking {
    struct sc_sweep_run *run;
    struct sc_cost *cost;
    bool *unbeaten;
};

static int mark_alternatives(void *context, const size_t *point, size_t count, size_t place, struct sc_error *err)
{
    struct marking *m = context;
    for (size_t i = 0; i < count; i++) {
        struct sc_result row = sc_sweep_row(&m->run->point[point[i]], place);
        m->cost[i] = (struct sc_cost){row.cycles, row.energy_j, row.area_mm2};
    }
    int status = sc_pareto(m->cost, count, m->unbeaten, err);
    for (size_t i = 0; i < count && status == SC_OK; i++)
        m->run->point[point[i]].unbeaten[place] = m->unbeaten[i];
    return status;
}

static int mark_unbeaten(struct sc_sweep_run *run, struct sc_error *err)
{
    struct marking m = {run, malloc((run->points + 1) * sizeof *m.cost), malloc(run->points + 1)};
    int status =
        m.cost && m.unbeaten ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu points", run->points);
    for (size_t p = 0; p < run->points && status == SC_OK; p++) {
        size_t rows = sc_sweep_rows(&run->point[p]);
        run->point[p].unbeaten = calloc(rows + 1, sizeof *run->point[p].unbeaten);
        if (!run->point[p].unbeaten)
            status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu rows", rows);
    }
    if (status == SC_OK)
        status = sc_sweep_alternatives(run, mark_alternatives, &m, err);
    free(m.cost);
    free(m.unbeaten);
    return status;
}

int sc_sweep_evaluate(struct sc_sweep_run *run, char **report, struct sc_error *err)
{
    run->points = run->combinations * run->request->choice.machines;
    run->point = calloc(run->points, sizeof *run->point);
    if (!run->point)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu points", run->points);
    int status = for_all(run, evaluate, err);
    if (status == SC_OK && run->request->budget.wanted)
        status = sc_sweep_settle(run, report, err);
    if (status == SC_OK && run->request->budget.wanted)
        status = for_all(run, finish_point, err);
    return status == SC_OK ? mark_unbeaten(run, err) : status;
}

void sc_sweep_run_free(struct sc_sweep_run *run)
{
    for (size_t p = 0; run->point && p < run->points; p++) {
        sc_totals_free(run->point[p].totals);
        sc_held_layers_free(&run->point[p].held);
        free(run->point[p].row);
        free(run->point[p].unbeaten);
        sc_sweep_refine_free(&run->point[p]);
    }
    free(run->point);
}
