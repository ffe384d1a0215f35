/* estimate_refine.c - `estimate --refine`: holds the list, simulates where the choice is in doubt, writes all rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate_refine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "estimate_run.h"
#include "layer_hold.h"
#include "memory_stream.h"

/* Simulations side by side before the contests are weighed again.  Not from the number of threads, so that results do
 * not depend on it. */
enum { BATCH = 64 };

/* With a budget, doubt below is not worth a simulation. */
static const double LEAST_DOUBT = 0.005;

struct refining {
    struct sc_estimate_run *run;
    struct sc_held_layers held;
    struct sc_contest *contest; /* by layer and machine */
    size_t contests;
    struct sc_contest **open; /* the undecided ones */
    size_t opened;
    struct sc_grid (*grid)[SC_DATAFLOWS][SC_OPERANDS]; /* by machine */
    /* for the report */
    uint64_t pairs, undecided, simulated, changed, failed;
    double regret, saved, seconds;
    bool stopped; /* by the budget */
};

static volatile sig_atomic_t stop; /* the signal that has ended the simulations, 0: none */

static void stop_now(int signal)
{
    stop = signal;
}

static int hold_layers(struct refining *r, struct sc_error *err)
{
    struct sc_estimate_run *run = r->run;
    struct sc_layer layer;
    int status;
    while ((status = sc_layer_next(run->reader, &layer, err)) == SC_OK) {
        status = sc_bound_check(run->bound, run->machines, run->request->list, &layer, err);
        if (status == SC_OK)
            status = sc_hold_layer(&r->held, &layer, err);
        if (status != SC_OK)
            break;
    }
    return status == SC_END ? SC_OK : status;
}

static void fill_grids(struct refining *r)
{
    const struct sc_estimate_run *run = r->run;
    for (unsigned m = 0; m < run->machines; m++)
        for (int d = 0; d < SC_DATAFLOWS; d++)
            for (int s = 0; s < SC_OPERANDS; s++)
                sc_grid_fill(&r->grid[m][d][s],
                             run->bound[m].calibration ? &run->bound[m].calibration->of[d].scores[s] : NULL);
}

/* The grid of the scores that a forecast has used. */
static const struct sc_grid *grid_of(const struct refining *r, unsigned machine, enum sc_dataflow d,
                                     const struct sc_scores *scores)
{
    const struct sc_calibration *c = r->run->bound[machine].calibration;
    return &r->grid[machine][d][c && scores ? scores - c->of[d].scores : 0];
}

static void open_contest(const struct refining *r, struct sc_contest *c, size_t layer, unsigned machine,
                         const struct sc_forecast *f)
{
    *c = (struct sc_contest){.layer = layer, .machine = machine, .count = f->count, .first = f->best};
    for (unsigned i = 0; i < f->count; i++)
        c->of[i] = (struct sc_contender){.dataflow = f->dataflow[i],
                                         .cycles = f->row[i].cycles,
                                         .spread = f->remark[i].spread,
                                         .grid = grid_of(r, machine, f->dataflow[i], f->remark[i].scores)};
    sc_contest_weigh(c);
}

static int open_contests(struct refining *r, struct sc_error *err)
{
    struct sc_estimate_run *run = r->run;
    struct sc_forecast forecast;
    struct sc_profile profile;
    int status = SC_OK;
    r->contest = calloc(r->held.layers * run->machines + 1, sizeof *r->contest);
    r->open = calloc(r->held.layers * run->machines + 1, sizeof *r->open);
    r->grid = calloc(run->machines + 1, sizeof *r->grid);
    if (!r->contest || !r->open || !r->grid)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", r->held.layers);
    fill_grids(r);
    for (size_t l = 0; l < r->held.layers && status == SC_OK; l++) {
        status = sc_estimate_profile_of(run, &r->held.layer[l], &profile, err);
        for (unsigned m = 0; m < run->machines && status == SC_OK; m++) {
            struct sc_contest *c = &r->contest[r->contests++];
            sc_estimate_layer(run, &run->bound[m], &r->held.layer[l], &profile, &forecast);
            open_contest(r, c, l, m, &forecast);
            r->pairs += c->count;
            r->regret += c->regret;
            r->undecided += c->doubt > (100 - run->bound[m].corrector.level) / 200.0;
        }
    }
    return status;
}

/* Below which doubt a choice stands: the tail outside its interval or, while a budget lasts, less. */
static bool is_open(const struct refining *r, const struct sc_contest *c)
{
    const struct sc_refine_budget *budget = &r->run->request->budget;
    double tail = (100 - r->run->bound[c->machine].corrector.level) / 200.0;
    return !c->stuck && c->doubt > (budget->pairs || budget->seconds > 0 ? LEAST_DOUBT : tail);
}

/* The choice most likely wrong first.  Contests stand in one array in the order of the list, which breaks ties. */
static int by_doubt(const void *a, const void *b)
{
    const struct sc_contest *x = *(const struct sc_contest *const *)a, *y = *(const struct sc_contest *const *)b;
    return x->doubt != y->doubt ? (x->doubt < y->doubt) - (x->doubt > y->doubt) : (x > y) - (x < y);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A layer that cannot be simulated stays an estimate. */
static bool is_fatal(int status)
{
    return status != SC_OK && status != SC_END && status != SC_NO_MEMORY && status != SC_UNSUPPORTED;
}

/* One simulation for each of open[0..count); the error is that of the first of them. */
static int simulate_batch(struct refining *r, size_t count, struct sc_error *err)
{
    const struct sc_estimate_run *run = r->run;
    size_t failed = count;
    int result = SC_OK;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t i = 0; i < count; i++) {
        struct sc_contest *c = r->open[i];
        struct sc_refine_tools tools = {&run->bound[c->machine], run->simulator, run->request->choice.energy_case,
                                        &stop};
        struct sc_error mine = {.status = SC_OK};
        int next = sc_contest_next(c);
        if (stop || next < 0)
            continue;
        int status = sc_contest_simulate(c, (unsigned)next, &r->held.layer[c->layer], &tools, &mine);
#pragma omp critical(sc_refine)
        {
            r->simulated += status == SC_OK;
            r->failed += c->stuck && !is_fatal(status);
            if (is_fatal(status) && i < failed) {
                failed = i;
                result = status;
                *err = mine;
            }
        }
    }
    return result == SC_OK ? SC_OK : sc_fail_layer(err, run->request->list, &r->held.layer[r->open[failed]->layer]);
}

static int settle(struct refining *r, struct sc_error *err)
{
    uint64_t most = r->run->request->budget.pairs;
    int status = SC_OK;
    while (status == SC_OK && !stop && (most == 0 || r->simulated < most)) {
        size_t count = most && most - r->simulated < BATCH ? (size_t)(most - r->simulated) : BATCH;
        r->opened = 0;
        for (size_t i = 0; i < r->contests; i++)
            if (is_open(r, &r->contest[i]))
                r->open[r->opened++] = &r->contest[i];
        if (r->opened == 0)
            return SC_OK;
        qsort(r->open, r->opened, sizeof *r->open, by_doubt);
        status = simulate_batch(r, count < r->opened ? count : r->opened, err);
    }
    r->stopped = true;
    return status;
}

/* The rows of a contest: what was simulated in place of what was estimated. */
static void merge(const struct refining *r, const struct sc_contest *c, struct sc_forecast *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        struct sc_result names = f->row[i];
        f->row[i].best = i == sc_contest_best(c);
        if (!c->of[i].simulated)
            continue;
        f->row[i] = c->row[i];
        f->row[i].layer = names.layer;
        f->row[i].model = names.model;
        f->row[i].machine = names.machine;
        f->row[i].config = r->run->bound[c->machine].config;
        f->row[i].best = i == sc_contest_best(c);
        f->row[i].note = "";
    }
}

static int write_rows(struct refining *r, struct sc_error *err)
{
    struct sc_estimate_run *run = r->run;
    struct sc_forecast forecast;
    struct sc_profile profile;
    int status = SC_OK;
    for (size_t l = 0, next = 0; l < r->held.layers && status == SC_OK; l++) {
        status = sc_estimate_profile_of(run, &r->held.layer[l], &profile, err);
        if (status == SC_OK)
            status = sc_layer_cells_fill(&run->cells, &r->held.layer[l], err);
        for (unsigned m = 0; m < run->machines && status == SC_OK; m++) {
            const struct sc_contest *c = &r->contest[next++];
            unsigned best = sc_contest_best(c);
            sc_estimate_layer(run, &run->bound[m], &r->held.layer[l], &profile, &forecast);
            merge(r, c, &forecast);
            r->changed += best != c->first;
            r->saved += (double)r->held.layer[l].count * (c->count ? c->of[c->first].cycles - c->of[best].cycles : 0);
            status = sc_estimate_emit(run, &r->held.layer[l], &forecast, err);
        }
    }
    run->layers = r->held.layers;
    return status;
}

static void print_report(const struct refining *r, FILE *out)
{
    double contests = r->contests ? (double)r->contests : 1, left = 0;
    uint64_t touched = 0;
    for (size_t i = 0; i < r->contests; i++) {
        left += r->contest[i].regret;
        touched += r->contest[i].simulations > 0;
    }
    fprintf(out,
            "sparsecast: refined: %" PRIu64 " of %zu choices were in doubt; %" PRIu64
            " simulations (%.1f %% of %" PRIu64 " layer-dataflow pairs) of %" PRIu64 " layers in %.1f s%s\n",
            r->undecided, r->contests, r->simulated, r->pairs ? 100 * (double)r->simulated / (double)r->pairs : 0,
            r->pairs, touched, r->seconds,
            stop == SIGINT ? ", when it was interrupted"
            : r->stopped   ? ", when the budget was spent"
                           : "");
    fprintf(out,
            "sparsecast: refined: %" PRIu64
            " choices changed, which saves %.6g cycles; expected regret %.3f %% before, %.3f %% now\n",
            r->changed, r->saved, 100 * r->regret / contests, 100 * left / contests);
    if (r->failed > 0)
        fprintf(out,
                "sparsecast: refined: %" PRIu64
                " choices stay in doubt because their layers cannot be simulated here\n",
                r->failed);
}

static void warn_uncalibrated(const struct sc_estimate_run *run)
{
    for (unsigned m = 0; m < run->machines; m++)
        if (!run->bound[m].calibration)
            fprintf(stderr,
                    "sparsecast: warning: machine '%s' is uncalibrated, so its estimates have no intervals and nothing "
                    "to refine\n",
                    run->bound[m].plan.machine.name);
}

int sc_estimate_refined(struct sc_estimate_run *run, char **report, struct sc_error *err)
{
    struct refining r = {.run = run};
    struct sigaction ring = {.sa_handler = stop_now}, old_alarm, old_interrupt;
    size_t size;
    double start = now();
    FILE *text = sc_memory_stream(report, &size);
    if (!text)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
    warn_uncalibrated(run);
    sigaction(SIGALRM, &ring, &old_alarm);
    sigaction(SIGINT, &ring, &old_interrupt);
    int status = hold_layers(&r, err);
    if (status == SC_OK)
        status = open_contests(&r, err);
    if (run->request->budget.seconds > 0) /* what has been simulated when it rings counts */
        alarm((unsigned)run->request->budget.seconds > 0 ? (unsigned)run->request->budget.seconds : 1);
    if (status == SC_OK)
        status = settle(&r, err);
    alarm(0);
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGALRM, &old_alarm, NULL);
    if (stop == SIGINT)
        raise(SIGINT); /* told to the command, too: its exit status */
    r.seconds = now() - start;
    if (status == SC_OK)
        status = write_rows(&r, err);
    if (status == SC_OK)
        print_report(&r, text);
    for (size_t i = 0; i < r.contests; i++)
        free(r.contest[i].row);
    free(r.open);
    free(r.grid);
    free(r.contest);
    sc_held_layers_free(&r.held);
    if (fclose(text) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
    return status;
}
