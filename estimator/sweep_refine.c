/* sweep_refine.c - `sweep --refine`: simulates what leaves the front or a choice of dataflows in doubt.
 *
 * A row's cycles lie between the sums of its layers' intervals; the dataflow of a layer is any that may be the fastest.
 * Energies have no interval of their own: their relative uncertainty is taken to be that of the cycles.  That is
 * generous: on the nine layers of data/layers/flexagon-table6.csv with six dataflows their median error is 0.06 %, that
 * of cycles 1.3 %, and 53 of 54 lie within.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "command.h"
#include "grow.h"
#include "memory_stream.h"
#include "stopwatch.h"

/* Simulations side by side before all is judged again.  Not from the number of threads, so that results do not depend
 * on it. */
enum { BATCH = 16 };

/* One simulation to make. */
struct pick {
    size_t point, trial;
    unsigned index; /* of the contender */
};

struct settling {
    struct sc_sweep_run *run;
    struct sc_span *span; /* by alternative, scratch */
    enum sc_place *place;
    size_t *weight;
    struct involved {
        size_t point, row, weight;
    } *involved; /* rows of which more must be known */
    size_t involveds, room;
    struct pick pick[BATCH];
    size_t picks;
    /* for the report */
    uint64_t pairs, simulated, failed;
    size_t rows, doubted, open;
    bool judged; /* a first time */
};

/* Rows of a point: the layer itself, or the networks in the order of their first layers. */
static size_t row_of(const struct sc_sweep_point *point, const struct sc_layer *layer, bool each)
{
    for (size_t i = 0; i < point->trials && !each; i++)
        if (strcmp(point->held.layer[i].model, layer->model) == 0)
            return point->trial[i].row;
    return point->rows;
}

int sc_sweep_hold(struct sc_sweep_point *point, const struct sc_layer *layer, const struct sc_forecast *f, bool each,
                  struct sc_error *err)
{
    struct sc_sweep_trial *more = sc_grow(point->trial, point->trials, &point->trial_room, sizeof *more);
    if (!more)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", point->trials);
    point->trial = more;
    struct sc_sweep_trial *t = &point->trial[point->trials];
    t->row = row_of(point, layer, each);
    int status = sc_hold_layer(&point->held, layer, err);
    if (status != SC_OK)
        return status;
    sc_contest_open(&t->contest, point->trials, 0, f, point->bound->calibration, point->grids);
    for (unsigned i = 0; i < f->count; i++) {
        const struct sc_result *row = &f->row[i];
        t->low[i] = fmin(row->cycles, row->cycles_low);
        t->high[i] = fmax(row->cycles, row->cycles_high);
        t->energy_low[i] = row->cycles > 0 ? row->energy_j * t->low[i] / row->cycles : row->energy_j;
        t->energy_high[i] = row->cycles > 0 ? row->energy_j * t->high[i] / row->cycles : row->energy_j;
    }
    point->trials++;
    point->rows = t->row + 1 > point->rows ? t->row + 1 : point->rows;
    return SC_OK;
}

void sc_sweep_merge(struct sc_sweep_point *point, size_t held, struct sc_forecast *f)
{
    const struct sc_sweep_trial *t = &point->trial[held];
    sc_contest_merge(&t->contest, point->config, f);
    if (f->count > 0 && t->contest.of[f->best].simulated)
        point->simulated[t->row] += (double)point->held.layer[held].count;
}

void sc_sweep_refine_free(struct sc_sweep_point *point)
{
    for (size_t i = 0; i < point->trials; i++)
        free(point->trial[i].contest.row);
    free(point->trial);
    free(point->grids);
    free(point->place);
    free(point->simulated);
    sc_bound_free(point->bound, point->bound != NULL);
}

/* Whether a dataflow may be the fastest of a trial; of those that take exactly as long the first one is. */
static bool may_win(const struct sc_sweep_trial *t, unsigned i)
{
    for (unsigned k = 0; k < t->contest.count; k++)
        if (t->high[k] < t->low[i] || (t->high[k] == t->low[i] && t->low[k] == t->high[k] && k < i))
            return false;
    return true;
}

static struct sc_span span_of(const struct sc_sweep_trial *t)
{
    struct sc_span s = {INFINITY, INFINITY, INFINITY, 0, 0};
    for (unsigned i = 0; i < t->contest.count; i++) {
        s.cycles_low = fmin(s.cycles_low, t->low[i]);
        s.cycles_high = fmin(s.cycles_high, t->high[i]);
        if (!may_win(t, i))
            continue;
        s.energy_low = fmin(s.energy_low, t->energy_low[i]);
        s.energy_high = fmax(s.energy_high, t->energy_high[i]);
    }
    return s;
}

static struct sc_span span_of_row(const struct sc_sweep_point *point, size_t row)
{
    struct sc_span sum = {.area = point->bound->plan.machine.area_mm2 > 0 ? point->bound->plan.machine.area_mm2 : -1};
    for (size_t i = 0; i < point->trials; i++) {
        double count = (double)point->held.layer[i].count;
        if (point->trial[i].row != row)
            continue;
        struct sc_span s = span_of(&point->trial[i]);
        sum.cycles_low += count * s.cycles_low;
        sum.cycles_high += count * s.cycles_high;
        sum.energy_low += count * s.energy_low;
        sum.energy_high += count * s.energy_high;
    }
    return sum;
}

static int add_involved(struct settling *s, size_t point, size_t row, size_t weight, struct sc_error *err)
{
    struct involved *more = sc_grow(s->involved, s->involveds, &s->room, sizeof *more);
    if (!more)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu rows", s->involveds);
    s->involved = more;
    s->involved[s->involveds++] = (struct involved){point, row, weight};
    return SC_OK;
}

static int judge_alternatives(void *context, const size_t *point, size_t count, size_t row, struct sc_error *err)
{
    struct settling *s = context;
    int status = SC_OK;
    for (size_t i = 0; i < count; i++)
        s->span[i] = span_of_row(&s->run->point[point[i]], row);
    sc_front_judge(s->span, count, s->place, s->weight);
    for (size_t i = 0; i < count && status == SC_OK; i++) {
        s->run->point[point[i]].place[row] = s->place[i];
        s->rows += !s->judged;
        s->open += s->place[i] == SC_PLACE_OPEN;
        if (s->weight[i] > 0)
            status = add_involved(s, point[i], row, s->weight[i], err);
    }
    return status;
}

static int by_weight(const void *a, const void *b)
{
    const struct involved *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    if (x->point != y->point)
        return x->point > y->point ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static int judge(struct settling *s, struct sc_error *err)
{
    s->involveds = s->open = 0;
    int status = sc_sweep_alternatives(s->run, judge_alternatives, s, err);
    if (!s->judged)
        s->doubted = s->open;
    s->judged = true;
    if (s->involveds > 0)
        qsort(s->involved, s->involveds, sizeof *s->involved, by_weight);
    return status;
}

static bool is_picked(const struct settling *s, size_t point, size_t trial)
{
    for (size_t i = 0; i < s->picks; i++)
        if (s->pick[i].point == point && s->pick[i].trial == trial)
            return true;
    return false;
}

/* The dataflow to simulate of a trial: of those that may be the fastest and are not known, the one forecast to be; -1
 * for none. */
static int next_of(const struct sc_sweep_trial *t)
{
    int next = -1;
    for (unsigned i = 0; i < t->contest.count && !t->contest.stuck; i++)
        if (!t->contest.of[i].simulated && may_win(t, i) &&
            (next < 0 || t->contest.of[i].cycles < t->contest.of[next].cycles))
            next = (int)i;
    return next;
}

/* Of the layers of a row the one whose bounds are widest, by their share in the row's. */
static void pick_widest(struct settling *s, size_t at, size_t row)
{
    const struct sc_sweep_point *point = &s->run->point[at];
    struct sc_span whole = span_of_row(point, row);
    struct pick best = {.point = at};
    double widest = -1;
    for (size_t i = 0; i < point->trials; i++) {
        const struct sc_sweep_trial *t = &point->trial[i];
        int next = t->row == row && !is_picked(s, at, i) ? next_of(t) : -1;
        if (next < 0)
            continue;
        struct sc_span one = span_of(t);
        double count = (double)point->held.layer[i].count, width = 0;
        if (whole.cycles_high > 0)
            width += count * (one.cycles_high - one.cycles_low) / whole.cycles_high;
        if (whole.energy_high > 0)
            width += count * (one.energy_high - one.energy_low) / whole.energy_high;
        if (width > widest) {
            widest = width;
            best.trial = i;
            best.index = (unsigned)next;
        }
    }
    if (widest >= 0)
        s->pick[s->picks++] = best;
}

/* The rows with most weight first, one simulation of each, and again. */
static void pick_for_front(struct settling *s, size_t most)
{
    for (size_t before = 1, after = 0; before != after && s->picks < most;) {
        before = s->picks;
        for (size_t i = 0; i < s->involveds && s->picks < most; i++)
            pick_widest(s, s->involved[i].point, s->involved[i].row);
        after = s->picks;
    }
}

/* Whether a choice is in doubt as `estimate --refine` has it, of a row that is or may be on the front; the others' stay
 * forecasts. */
static bool is_open(const struct sc_sweep_point *point, const struct sc_sweep_trial *t)
{
    double tail = (100 - point->bound->corrector.level) / 200.0;
    return !t->contest.stuck && t->contest.doubt > tail && point->place[t->row] != SC_PLACE_OFF;
}

static void pick_for_choices(struct settling *s, size_t most)
{
    for (size_t p = 0; p < s->run->points; p++) {
        const struct sc_sweep_point *point = &s->run->point[p];
        for (size_t i = 0; i < point->trials && s->picks < most; i++) {
            const struct sc_sweep_trial *t = &point->trial[i];
            int next = is_open(point, t) ? sc_contest_next(&t->contest) : -1;
            if (next >= 0)
                s->pick[s->picks++] = (struct pick){p, i, (unsigned)next};
        }
    }
}

static int simulate(struct settling *s, const struct pick *pick, struct sc_error *err)
{
    const struct sc_sweep_request *request = s->run->request;
    struct sc_sweep_point *point = &s->run->point[pick->point];
    struct sc_sweep_trial *t = &point->trial[pick->trial];
    const struct sc_layer *layer = &point->held.layer[pick->trial];
    struct sc_refine_tools tools = {point->bound, s->run->simulator, request->choice.energy_case, sc_stopwatch_flag()};
    unsigned i = pick->index;
    int status = sc_contest_simulate(&t->contest, i, layer, &tools, err);
    if (status == SC_OK) {
        t->low[i] = t->high[i] = t->contest.of[i].cycles;
        t->energy_low[i] = t->energy_high[i] = t->contest.row[i].energy_j;
    } else if (status != SC_END && status != SC_NO_MEMORY) {
        return sc_fail_layer(err, request->list, layer);
    }
    return status;
}

/* All picks at once; the error is that of the first of them that fails.  A layer that memory is too small for stays a
 * forecast. */
static int simulate_picks(struct settling *s, struct sc_error *err)
{
    size_t failed = s->picks;
    int workers = (int)s->run->request->jobs;
#ifdef _OPENMP
    if (workers == 0)
        workers = omp_get_max_threads();
#endif
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (size_t i = 0; i < s->picks; i++) {
        struct sc_error mine = {.status = SC_OK};
        int status = *sc_stopwatch_flag() ? SC_END : simulate(s, &s->pick[i], &mine);
#pragma omp critical(sc_sweep_refine)
        {
            s->simulated += status == SC_OK;
            s->failed += status == SC_NO_MEMORY;
            if (status != SC_OK && status != SC_END && status != SC_NO_MEMORY && i < failed) {
                failed = i;
                *err = mine;
            }
        }
    }
    return failed < s->picks ? err->status : SC_OK;
}

static int allocate(struct settling *s, struct sc_error *err)
{
    struct sc_sweep_run *run = s->run;
    bool enough = true;
    s->span = calloc(run->points + 1, sizeof *s->span);
    s->place = calloc(run->points + 1, sizeof *s->place);
    s->weight = calloc(run->points + 1, sizeof *s->weight);
    for (size_t p = 0; p < run->points; p++) {
        struct sc_sweep_point *point = &run->point[p];
        point->place = calloc(point->rows + 1, sizeof *point->place);
        point->simulated = calloc(point->rows + 1, sizeof *point->simulated);
        enough = enough && point->place && point->simulated;
        for (size_t i = 0; i < point->trials; i++)
            s->pairs += point->trial[i].contest.count;
    }
    return enough && s->span && s->place && s->weight
               ? SC_OK
               : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu points", run->points);
}

static int write_report(const struct settling *s, double seconds, char **report, struct sc_error *err)
{
    size_t size, choices = 0;
    FILE *out = sc_memory_stream(report, &size);
    if (!out)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
    for (size_t p = 0; p < s->run->points; p++)
        for (size_t i = 0; i < s->run->point[p].trials; i++)
            choices += is_open(&s->run->point[p], &s->run->point[p].trial[i]);
    fprintf(out,
            "sparsecast: refined: the places of %zu of %zu rows were in doubt; %" PRIu64
            " simulations (%.1f %% of %" PRIu64 " layer-dataflow pairs) in %.1f s; ",
            s->doubted, s->rows, s->simulated, s->pairs > 0 ? 100 * (double)s->simulated / (double)s->pairs : 0,
            s->pairs, seconds);
    fprintf(out, s->open > 0 ? "%zu stay in doubt" : "all are decided", s->open);
    fprintf(out, choices > 0 ? "; %zu choices of dataflows on the front stay in doubt\n" : "\n", choices);
    if (s->failed > 0)
        fprintf(out, "sparsecast: refined: %" PRIu64 " layers stay forecasts because memory is too small for them\n",
                s->failed);
    return fclose(out) == 0 ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
}

int sc_sweep_settle(struct sc_sweep_run *run, char **report, struct sc_error *err)
{
    struct settling s = {.run = run};
    struct sc_stopwatch watch;
    uint64_t budget = run->request->budget.pairs;
    sc_stopwatch_start(&watch);
    sc_stopwatch_budget(run->request->budget.seconds);
    int status = allocate(&s, err);
    if (status == SC_OK)
        status = judge(&s, err);
    while (status == SC_OK && !*sc_stopwatch_flag() && (budget == 0 || s.simulated < budget)) {
        size_t most = budget && budget - s.simulated < BATCH ? (size_t)(budget - s.simulated) : BATCH;
        s.picks = 0;
        pick_for_front(&s, most);
        if (s.picks == 0)
            pick_for_choices(&s, most);
        if (s.picks == 0)
            break;
        status = simulate_picks(&s, err);
        if (status == SC_OK)
            status = judge(&s, err);
    }
    double seconds = sc_stopwatch_stop(&watch);
    if (status == SC_OK)
        status = write_report(&s, seconds, report, err);
    free(s.span);
    free(s.place);
    free(s.weight);
    free(s.involved);
    return status;
}
