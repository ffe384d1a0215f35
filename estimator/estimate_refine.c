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

/* Contests settled side by side before the budget is looked at again; fewer when it runs out.  Not from the number of threads, so that
 * results do not depend on it. */
enum { BATCH = 64 };

struct refining {
    struct sc_estimate_run *run;
    struct sc_held_layers held;
    struct sc_contest *contest; /* by layer and machine */
    size_t contests;
    struct sc_contest **order;  /* the undecided ones, most valuable first */
    size_t undecided;
    /* for the report */
    uint64_t pairs, simulated, settled, changed, failed;
    double regret, saved, seconds;
    bool stopped;               /* by the budget */
};

static volatile sig_atomic_t stop;

static void stop_now(int signal)
{
    (void)signal;
    stop = 1;
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

static void open_contest(struct sc_contest *c, size_t layer, unsigned machine, const struct sc_forecast *f, int level)
{
    *c = (struct sc_contest){.layer = layer, .machine = machine, .count = f->count, .first = f->best};
    for (unsigned i = 0; i < f->count; i++)
        c->of[i] = (struct sc_contender){.dataflow = f->dataflow[i], .cycles = f->row[i].cycles, .low = f->row[i].cycles_low,
                                         .high = f->row[i].cycles_high};
    c->regret = sc_contest_regret(c, level);
}

static int open_contests(struct refining *r, struct sc_error *err)
{
    struct sc_estimate_run *run = r->run;
    struct sc_forecast forecast;
    struct sc_profile profile;
    int status = SC_OK;
    r->contest = calloc(r->held.layers * run->machines + 1, sizeof *r->contest);
    r->order = calloc(r->held.layers * run->machines + 1, sizeof *r->order);
    if (!r->contest || !r->order)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", r->held.layers);
    for (size_t l = 0; l < r->held.layers && status == SC_OK; l++) {
        status = sc_estimate_profile_of(run, &r->held.layer[l], &profile, err);
        for (unsigned m = 0; m < run->machines && status == SC_OK; m++) {
            struct sc_contest *c = &r->contest[r->contests++];
            sc_estimate_layer(run, &run->bound[m], &r->held.layer[l], &profile, &forecast);
            open_contest(c, l, m, &forecast, run->bound[m].corrector.level);
            r->pairs += c->count;
            r->regret += c->regret;
            if (sc_contest_rival(c, run->bound[m].corrector.level) >= 0)
                r->order[r->undecided++] = c;
        }
    }
    return status;
}

/* Contests stand in one array in the order of the list, which breaks ties. */
static int by_value(const void *a, const void *b)
{
    const struct sc_contest *x = *(const struct sc_contest *const *)a, *y = *(const struct sc_contest *const *)b;
    return x->regret != y->regret ? (x->regret < y->regret) - (x->regret > y->regret) : (x > y) - (x < y);
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

/* Settles order[from..to); the error is that of the first of them. */
static int settle_batch(struct refining *r, size_t from, size_t to, struct sc_error *err)
{
    const struct sc_estimate_run *run = r->run;
    size_t failed = to;
    int result = SC_OK;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t i = from; i < to; i++) {
        struct sc_contest *c = r->order[i];
        const struct sc_layer *layer = &r->held.layer[c->layer];
        struct sc_refine_tools tools = {&run->bound[c->machine], run->simulator, run->request->choice.energy_case, &stop};
        struct sc_error mine = {.status = SC_OK};
        if (stop)
            continue;
        int status = sc_contest_settle(c, layer, &tools, &mine);
#pragma omp critical(sc_refine)
        if (status != SC_OK && status != SC_END && !is_fatal(status))
            r->failed++;
        else if (is_fatal(status) && i < failed) {
            failed = i;
            result = status;
            *err = mine;
        }
    }
    return result == SC_OK ? SC_OK : sc_fail_layer(err, run->request->list, &r->held.layer[r->order[failed]->layer]);
}

/* Takes the simulations of a contest back: the budget did not reach so far. */
static void reopen(struct sc_contest *c, const struct sc_contest *before)
{
    free(c->row);
    *c = *before;
}

static int settle(struct refining *r, struct sc_error *err)
{
    const struct sc_refine_budget *budget = &r->run->request->budget;
    struct sc_contest before[BATCH];
    int status = SC_OK;
    qsort(r->order, r->undecided, sizeof *r->order, by_value);
    for (size_t from = 0, to; from < r->undecided && status == SC_OK && !stop && !r->stopped; from = to) {
        uint64_t left = budget->pairs ? budget->pairs - r->simulated : UINT64_MAX;
        to = from + (left / 2 < BATCH ? left / 2 + 1 : BATCH);
        to = to < r->undecided ? to : r->undecided;
        for (size_t i = from; i < to; i++)
            before[i - from] = *r->order[i];
        status = settle_batch(r, from, to, err);
        for (size_t i = from; i < to; i++) {
            struct sc_contest *c = r->order[i];
            r->stopped = r->stopped || (budget->pairs && r->simulated + c->simulations > budget->pairs);
            if (r->stopped)
                reopen(c, &before[i - from]);
            r->simulated += c->simulations;
            r->settled += c->simulations > 0;
        }
    }
    r->stopped = r->stopped || stop;
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
    for (size_t i = 0; i < r->contests; i++)
        left += sc_contest_regret(&r->contest[i], r->run->bound[r->contest[i].machine].corrector.level);
    fprintf(out,
            "sparsecast: refined: %zu of %zu choices were in doubt; %" PRIu64 " settled by %" PRIu64 " simulations (%.1f %% of %" PRIu64
            " layer-dataflow pairs) in %.1f s%s\n",
            r->undecided, r->contests, r->settled, r->simulated, r->pairs ? 100 * (double)r->simulated / (double)r->pairs : 0, r->pairs,
            r->seconds, r->stopped ? ", when the budget was spent" : "");
    fprintf(out,
            "sparsecast: refined: %" PRIu64 " choices changed, which saves %.6g cycles; expected regret %.3f %% before, %.3f %% now\n",
            r->changed, r->saved, 100 * r->regret / contests, 100 * left / contests);
    if (r->failed > 0)
        fprintf(out, "sparsecast: refined: %" PRIu64 " choices stay in doubt because their layers cannot be simulated here\n", r->failed);
}

static void warn_uncalibrated(const struct sc_estimate_run *run)
{
    for (unsigned m = 0; m < run->machines; m++)
        if (!run->bound[m].calibration)
            fprintf(stderr, "sparsecast: warning: machine '%s' is uncalibrated, so its estimates have no intervals and nothing to refine\n",
                    run->bound[m].plan.machine.name);
}

int sc_estimate_refined(struct sc_estimate_run *run, char **report, struct sc_error *err)
{
    struct refining r = {.run = run};
    struct sigaction ring = {.sa_handler = stop_now}, old_alarm, old_interrupt;
    size_t size;
    double start = now();
    FILE *text = open_memstream(report, &size);
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
    r.seconds = now() - start;
    if (status == SC_OK)
        status = write_rows(&r, err);
    if (status == SC_OK)
        print_report(&r, text);
    for (size_t i = 0; i < r.contests; i++)
        free(r.contest[i].row);
    free(r.order);
    free(r.contest);
    sc_held_layers_free(&r.held);
    if (fclose(text) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the report on refining");
    return status;
}
