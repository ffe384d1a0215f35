/* estimate_refine.c - `estimate --refine`: holds the list, simulates where the choice is in doubt, writes all rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate_refine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "estimate_run.h"
#include "layer_hold.h"
#include "memory_stream.h"
#include "stopwatch.h"

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
    struct sc_grids *grids; /* by machine */
    /* for the report */
    uint64_t pairs, undecided, simulated, changed, failed;
    double regret, saved, seconds;
    bool stopped; /* by the budget */
};

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

static int open_contests(struct refining *r, struct sc_error *err)
{
    struct sc_estimate_run *run = r->run;
    struct sc_forecast forecast;
    struct sc_profile profile;
    int status = SC_OK;
    r->contest = calloc(r->held.layers * run->machines + 1, sizeof *r->contest);
    r->open = calloc(r->held.layers * run->machines + 1, sizeof *r->open);
    r->grids = calloc(run->machines + 1, sizeof *r->grids);
    if (!r->contest || !r->open || !r->grids)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", r->held.layers);
    for (unsigned m = 0; m < run->machines; m++)
        sc_grids_fill(&r->grids[m], run->bound[m].calibration);
    for (size_t l = 0; l < r->held.layers && status == SC_OK; l++) {
        status = sc_estimate_profile_of(run, &r->held.layer[l], &profile, err);
        for (unsigned m = 0; m < run->machines && status == SC_OK; m++) {
            struct sc_contest *c = &r->contest[r->contests++];
            sc_estimate_layer(run, &run->bound[m], &r->held.layer[l], &profile, &forecast);
            sc_contest_open(c, l, m, &forecast, run->bound[m].calibration, &r->grids[m]);
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
                                        sc_stopwatch_flag()};
        struct sc_error mine = {.status = SC_OK};
        int next = sc_contest_next(c);
        if (*sc_stopwatch_flag() || next < 0)
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
    while (status == SC_OK && !*sc_stopwatch_flag() && (most == 0 || r->simulated < most)) {
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
            sc_contest_merge(c, run->bound[m].config, &forecast);
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
            sc_stopwatch_interrupted() ? ", when it was interrupted"
            : r->stopped               ? ", when the budget was spent"
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
    struct sc_stopwatch watch;
    size_t size;
    FILE *text = sc_memory_stream(report, &size);
    if (!text)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
    warn_uncalibrated(run);
    sc_stopwatch_start(&watch);
    int status = hold_layers(&r, err);
    if (status == SC_OK)
        status = open_contests(&r, err);
    sc_stopwatch_budget(run->request->budget.seconds); /* what has been simulated when they are over counts */
    if (status == SC_OK)
        status = settle(&r, err);
    r.seconds = sc_stopwatch_stop(&watch);
    if (status == SC_OK)
        status = write_rows(&r, err);
    if (status == SC_OK)
        print_report(&r, text);
    for (size_t i = 0; i < r.contests; i++)
        free(r.contest[i].row);
    free(r.open);
    free(r.grids);
    free(r.contest);
    sc_held_layers_free(&r.held);
    if (fclose(text) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
    return status;
}
