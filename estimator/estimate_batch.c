/* estimate_batch.c - layers of a list forecast on several cores, a batch at a time, and written in their order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "command.h"
#include "estimate_run.h"
#include "layer_hold.h"

enum {
    LAYERS_A_JOB = 32, /* in a batch; forecasts take about 10 KiB per layer and machine */
    ALONE = 8          /* so few layers are not worth a second thread */
};

struct batch {
    struct sc_held_layers held;
    struct sc_forecast *forecast; /* of layer l on machine m: [l * machines + m] */
    size_t most, done, failed;    /* layers; failed: the first that cannot be estimated, SIZE_MAX: none */
    struct sc_error error;        /* of that one */
    int jobs;
};

/* Progress on standard error, at most once a second. */
static void show_progress(const struct sc_estimate_run *run, bool last)
{
    static time_t shown; /* of this process's one run */
    time_t now = time(NULL);
    if (shown == 0)
        shown = now;
    if (now == shown && !last)
        return;
    shown = now;
    fprintf(stderr, "\rsparsecast: %" PRIu64 " layers%s", run->layers, last ? "\n" : " ...");
}

/* Matrices are measured one at a time: they take memory. */
static int profile_of(const struct sc_estimate_run *run, const struct sc_layer *layer, struct sc_profile *profile,
                      struct sc_error *err)
{
    int status;
    if (!layer->a_file && !layer->b_file)
        return sc_estimate_profile_of(run, layer, profile, err);
#pragma omp critical(sc_estimate_measure)
    status = sc_estimate_profile_of(run, layer, profile, err);
    return status;
}

static int forecast_layer(const struct sc_estimate_run *run, const struct sc_layer *layer, struct sc_forecast *forecast,
                          struct sc_error *err)
{
    struct sc_profile profile;
    int status = sc_bound_check(run->bound, run->machines, run->request->list, layer, err);
    if (status == SC_OK)
        status = profile_of(run, layer, &profile, err);
    for (unsigned m = 0; m < run->machines && status == SC_OK; m++)
        sc_forecast(&forecast[m], &run->bound[m], layer, &profile, sc_operands_of(layer),
                    run->request->choice.energy_case);
    return status;
}

/* Forecasts the layers held, up to the first that fails or the interruption. */
static void forecast_batch(struct batch *b, const struct sc_estimate_run *run)
{
    b->failed = SIZE_MAX;
    b->done = b->held.layers;
#pragma omp parallel for schedule(dynamic, 1) num_threads(b->jobs) if (b->held.layers > ALONE)
    for (size_t l = 0; l < b->held.layers; l++) {
        struct sc_error err = {.status = SC_OK};
        size_t first;
#pragma omp atomic read
        first = b->failed;
        if (l > first)
            continue;
        bool stopped = *run->interrupted;
        if (!stopped && forecast_layer(run, &b->held.layer[l], &b->forecast[l * run->machines], &err) == SC_OK)
            continue;
#pragma omp critical(sc_estimate_batch)
        {
            if (stopped && l < b->done)
                b->done = l;
            if (!stopped && l < b->failed) {
#pragma omp atomic write
                b->failed = l;
                b->error = err;
            }
        }
    }
}

/* Writes what was forecast; the error of the layer that was not, if there is one. */
static int emit_batch(struct batch *b, struct sc_estimate_run *run, struct sc_error *err)
{
    int status = SC_OK;
    for (size_t l = 0; l < b->done && l < b->failed && status == SC_OK; l++) {
        const struct sc_layer *layer = &b->held.layer[l];
        status = sc_layer_cells_fill(&run->cells, layer, err);
        for (unsigned m = 0; m < run->machines && status == SC_OK; m++) {
            const struct sc_forecast *forecast = &b->forecast[l * run->machines + m];
            sc_estimate_warn(run, &run->bound[m], layer, forecast);
            status = sc_estimate_emit(run, layer, forecast, err);
        }
        run->layers += status == SC_OK;
    }
    if (status == SC_OK && b->failed < b->done) {
        *err = b->error;
        status = err->status;
    }
    sc_release_layers(&b->held);
    return status;
}

/* Fills the batch; SC_OK when it is full, SC_END at the end of the list. */
static int read_batch(struct batch *b, struct sc_estimate_run *run, struct sc_error *err)
{
    struct sc_layer layer;
    int status = SC_OK;
    while (status == SC_OK && b->held.layers < b->most && !*run->interrupted)
        if ((status = sc_layer_next(run->reader, &layer, err)) == SC_OK)
            status = sc_hold_layer(&b->held, &layer, err);
    return status;
}

int sc_estimate_batches(struct sc_estimate_run *run, struct sc_error *err)
{
    bool progress = !run->request->quiet && isatty(STDERR_FILENO), shown = false;
    time_t start = time(NULL);
    struct batch b = {.jobs = (int)run->request->jobs};
    int status = SC_OK;
#ifdef _OPENMP
    if (b.jobs == 0)
        b.jobs = omp_get_max_threads();
#else
    b.jobs = 1;
#endif
    b.most = (size_t)b.jobs * LAYERS_A_JOB;
    b.forecast = malloc(b.most * run->machines * sizeof *b.forecast);
    if (!b.forecast)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for forecasts");
    while (status == SC_OK && !*run->interrupted) {
        struct sc_error early; /* a layer that cannot be estimated comes before one that cannot be read */
        status = read_batch(&b, run, err);
        forecast_batch(&b, run);
        int written = emit_batch(&b, run, &early);
        if (written != SC_OK) {
            *err = early;
            status = written;
        }
        if (progress && time(NULL) > start + 1) {
            show_progress(run, false);
            shown = true;
        }
    }
    if (shown)
        show_progress(run, true);
    sc_held_layers_free(&b.held);
    free(b.forecast);
    if (*run->interrupted && (status == SC_OK || status == SC_END)) {
        fprintf(stderr, "sparsecast: interrupted after %" PRIu64 " layers; their rows are kept\n", run->layers);
        return SC_OK;
    }
    return status == SC_END ? SC_OK : status;
}
