/* chart_map.c - figures over density x density: the best dataflow of a machine, the speed-up of a machine over another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"
#include "text.h"

enum { STEPS_MOST = 32, STEPS_LEAST = 3, LABELS_MOST = 12, NAME = 26 };

/* The densities of an axis, ascending. */
struct axis {
    int column;
    double step[STEPS_MOST];
    size_t steps;
};

/* The place of a density among the steps: its own, or the first above; `found` says which. */
static size_t place(const struct axis *axis, double density, bool *found)
{
    size_t i = 0;
    while (i < axis->steps && axis->step[i] < density * (1 - 1e-9))
        i++;
    *found = i < axis->steps && axis->step[i] <= density * (1 + 1e-9);
    return i;
}

/* Gathers the densities of a column; false when there are more than STEPS_MOST, or fewer than STEPS_LEAST. */
static bool find_steps(struct axis *axis, const struct sc_frame *frame, const char *name)
{
    axis->column = sc_frame_column(frame, name);
    axis->steps = 0;
    for (size_t row = 0; row < sc_frame_rows(frame); row++) {
        bool found;
        double density = sc_frame_number(frame, row, axis->column);
        if (isnan(density))
            continue;
        size_t at = place(axis, density, &found);
        if (found)
            continue;
        if (axis->steps == STEPS_MOST)
            return false;
        memmove(axis->step + at + 1, axis->step + at, (axis->steps - at) * sizeof *axis->step);
        axis->step[at] = density;
        axis->steps++;
    }
    return axis->steps >= STEPS_LEAST;
}

/* A frame's grid: the cells that have layers, and count x cycles summed per machine (best dataflow) or dataflow. */
struct grid {
    struct axis a, b;
    unsigned members;
    double *cycles; /* [(ia * b.steps + ib) * members + member]; NAN: a layer lacks this member */
    size_t *layers; /* per cell */
};

static void free_grid(struct grid *grid)
{
    free(grid->cycles);
    free(grid->layers);
}

static double *cell_of(const struct grid *grid, size_t a, size_t b)
{
    return grid->cycles + (a * grid->b.steps + b) * grid->members;
}

/* The frame's row of any member of a layer. */
static bool any_row(const struct sc_result_set *set, const struct sc_set_layer *layer, size_t *row)
{
    for (unsigned c = 0; c < set->machines.count * set->dataflows.count; c++)
        if (layer->cycles[c] >= 0) {
            *row = layer->row[c];
            return true;
        }
    return false;
}

static int make_grid(struct grid *grid, const struct sc_frame *frame, const struct sc_result_set *set,
                     struct sc_error *err)
{
    memset(grid, 0, sizeof *grid);
    grid->members = sc_member_count(set);
    if (!find_steps(&grid->a, frame, "density_a") || !find_steps(&grid->b, frame, "density_b"))
        return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0,
                       "expected layers on a grid of %d to %d values of density_a and of density_b", STEPS_LEAST,
                       STEPS_MOST);
    size_t cells = grid->a.steps * grid->b.steps;
    grid->cycles = calloc(cells * grid->members, sizeof *grid->cycles);
    grid->layers = calloc(cells, sizeof *grid->layers);
    if (!grid->cycles || !grid->layers)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    for (size_t i = 0; i < set->layer_count; i++) {
        const struct sc_set_layer *layer = &set->layers[i];
        bool found_a, found_b;
        size_t row;
        if (!any_row(set, layer, &row))
            continue;
        size_t a = place(&grid->a, sc_frame_number(frame, row, grid->a.column), &found_a);
        size_t b = place(&grid->b, sc_frame_number(frame, row, grid->b.column), &found_b);
        if (!found_a || !found_b)
            continue;
        grid->layers[a * grid->b.steps + b]++;
        for (unsigned m = 0; m < grid->members; m++) {
            double cycles = set->machines.count > 1 ? sc_set_best(set, layer, m) : layer->cycles[m];
            cell_of(grid, a, b)[m] += cycles >= 0 ? cycles * layer->count : NAN;
        }
    }
    return SC_OK;
}

/* Whether layers fill at least 60 % of a grid of densities: fewer leave a map full of holes. */
static bool fills_grid(const struct sc_frame *frame)
{
    struct axis a, b;
    bool seen[STEPS_MOST * STEPS_MOST] = {false};
    size_t filled = 0;
    if (!find_steps(&a, frame, "density_a") || !find_steps(&b, frame, "density_b"))
        return false;
    for (size_t row = 0; row < sc_frame_rows(frame); row++) {
        bool found_a, found_b;
        size_t at = place(&a, sc_frame_number(frame, row, a.column), &found_a) * STEPS_MOST;
        at += place(&b, sc_frame_number(frame, row, b.column), &found_b);
        if (!found_a || !found_b)
            continue;
        filled += !seen[at];
        seen[at] = true;
    }
    return (double)filled >= 0.6 * (double)(a.steps * b.steps);
}

bool sc_has_density_grid(const struct sc_frame *frame, const struct sc_result_set *set)
{
    return set && set->machines.count == 1 && set->dataflows.count > 1 && fills_grid(frame);
}

bool sc_has_surface(const struct sc_frame *frame, const struct sc_result_set *set)
{
    return set && set->machines.count == 2 && !set->mixed && fills_grid(frame);
}

static void add_axis(struct sc_chart *chart, char name, const struct axis *axis)
{
    size_t step = (axis->steps + LABELS_MOST - 1) / LABELS_MOST;
    char text[SC_NUMBER_SIZE];
    for (size_t i = 0; i < axis->steps; i += step) {
        sc_format_number(text, axis->step[i], 3);
        sc_chart_text(chart, name, (double)i, text, SC_CHART_LABEL);
    }
}

static void add_axes(struct sc_chart *chart, const struct grid *grid)
{
    size_t most = 0;
    for (size_t c = 0; c < grid->a.steps * grid->b.steps; c++)
        most = grid->layers[c] > most ? grid->layers[c] : most;
    add_axis(chart, 'x', &grid->a);
    add_axis(chart, 'y', &grid->b);
    snprintf(chart->x, sizeof chart->x, "density of A");
    snprintf(chart->y, sizeof chart->y, "density of B");
    sc_chart_set(chart, "steps_a", (double)grid->a.steps);
    sc_chart_set(chart, "steps_b", (double)grid->b.steps);
    if (most > 1) {
        char *end = chart->note + strlen(chart->note);
        snprintf(end, sizeof chart->note - (size_t)(end - chart->note), "; sums over up to %zu layers in a cell", most);
    }
}

/* The two smallest of a cell's sums; `best` is members when there is none. */
static void rank(const struct grid *grid, const double *cell, unsigned *best, double *second)
{
    *best = grid->members;
    *second = INFINITY;
    for (unsigned m = 0; m < grid->members; m++) {
        if (!(cell[m] > 0))
            continue;
        if (*best == grid->members || cell[m] < cell[*best]) {
            *second = *best < grid->members ? cell[*best] : *second;
            *best = m;
        } else if (cell[m] < *second) {
            *second = cell[m];
        }
    }
}

int sc_chart_map(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                 const struct sc_plot_options *options, struct sc_error *err)
{
    struct grid grid;
    char machines[4 * SC_CHART_NAME + 32];

    (void)options;
    sc_chart_start(chart, "map", 3);
    int status = make_grid(&grid, frame, set, err);
    for (unsigned m = 0; m < grid.members && status == SC_OK; m++) {
        sc_chart_series(chart, sc_member_name(set, m), sc_member_hue(set, m), SC_LOOK_DATA);
        for (size_t a = 0; a < grid.a.steps; a++)
            for (size_t b = 0; b < grid.b.steps; b++) {
                unsigned best;
                double second, *cell = cell_of(&grid, a, b);
                rank(&grid, cell, &best, &second);
                if (best == m)
                    sc_chart_point(chart, (double[]){(double)a, (double)b, isinf(second) ? 0 : second / cell[m]});
            }
    }
    if (status == SC_OK) {
        sc_machines_title(machines, sizeof machines, set);
        snprintf(chart->title, sizeof chart->title, "%s on %s",
                 set->machines.count > 1 ? "Fastest machine" : "Fastest dataflow", machines);
        snprintf(chart->note, sizeof chart->note, "in a cell: how many times slower the second is");
        add_axes(chart, &grid);
        status = sc_chart_status(chart, err);
    }
    free_grid(&grid);
    return status;
}

/* The machine that a speed-up refers to: the one named, else the second. */
static int find_baseline(unsigned *baseline, const struct sc_result_set *set, const char *name, struct sc_error *err)
{
    *baseline = 1;
    for (unsigned m = 0; name && m < set->machines.count; m++)
        if (strcmp(set->machines.name[m], name) == 0)
            *baseline = m;
    if (name && strcmp(set->machines.name[*baseline], name) != 0)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--baseline %s: the results have no such machine; the first is '%s'",
                       name, set->machines.name[0]);
    return SC_OK;
}

int sc_chart_surface(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                     const struct sc_plot_options *options, struct sc_error *err)
{
    struct grid grid = {.members = 0};
    unsigned baseline = 0;

    sc_chart_start(chart, "surface", 3);
    if (set->machines.count != 2)
        return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0,
                       "a surface of speed-ups needs results of two machines, found %u", set->machines.count);
    int status = find_baseline(&baseline, set, options->baseline, err);
    if (status == SC_OK)
        status = make_grid(&grid, frame, set, err);
    if (status == SC_OK)
        sc_chart_series(chart, "speed-up", 1, SC_LOOK_DATA);
    for (size_t a = 0; a < grid.a.steps && status == SC_OK; a++)
        for (size_t b = 0; b < grid.b.steps; b++) {
            const double *cell = cell_of(&grid, a, b);
            double ratio = cell[baseline] / cell[1 - baseline];
            if (ratio > 0 && isfinite(ratio))
                sc_chart_point(chart, (double[]){(double)a, (double)b, ratio});
        }
    if (status == SC_OK)
        status = sc_chart_status(chart, err);
    if (status == SC_OK) {
        double low, high;
        sc_chart_range(chart, 2, &low, &high);
        sc_chart_set(chart, "most", fmax(1.1, fmax(high, 1 / low)));
        char fast[4 * NAME + 1], slow[4 * NAME + 1];
        sc_short_name(fast, set->machines.name[1 - baseline], NAME);
        sc_short_name(slow, set->machines.name[baseline], NAME);
        snprintf(chart->title, sizeof chart->title, "Speed-up of %s over %s", fast, slow);
        snprintf(chart->note, sizeof chart->note, "best dataflow of each machine");
        add_axes(chart, &grid);
    }
    free_grid(&grid);
    return status;
}
