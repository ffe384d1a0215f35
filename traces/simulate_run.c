/* simulate_run.c - layers through the simulator, on all cores.
 *
 * The work is one sequence of pieces, dealt out to the threads in order: runs, layer by layer, and before them, a
 * little ahead, the making of their operands, which go when the layer's last run has ended.  Results wait for the end
 * of a window of layers and are written in the order of the list, so that they do not depend on the threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate_run.h"

#include <stdlib.h>

#include "family.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#include "traces/measure.h"
#include "traces/operands.h"
#include "traces/simulate_load.h"

enum { WINDOW_LAYERS = 256 };
static const double ahead_bytes = 256e6; /* of operands made ahead of their runs */

/* The making of a layer's operands, or a run. */
struct piece {
    struct sc_prepared *prepared;
    struct sc_simulate_item *item; /* NULL: only the operands */
};

struct window {
    struct sc_prepared *prepared;
    struct sc_simulate_item *item;
    struct piece *piece;
    size_t layers, items, pieces;
};

static int threads(const struct sc_simulate_run *run)
{
    if (run->request->jobs > 0)
        return (int)run->request->jobs;
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static bool needs_columns(const struct sc_simulate_run *run)
{
    for (unsigned m = 0; m < run->machines; m++)
        for (int d = 0; d < SC_DATAFLOWS; d++)
            if (run->bound[m].wanted[d] &&
                sc_simulator_reads_columns(&run->bound[m].plan.machine, (enum sc_dataflow)d))
                return true;
    return false;
}

static bool needs_patterns(const struct sc_simulate_run *run, const struct sc_layer *layer)
{
    for (unsigned m = 0; m < run->machines; m++)
        if (sc_simulator_reads_patterns(&run->bound[m].plan.machine, &layer->op))
            return true;
    return false;
}

/* Densities that only the files tell, for the columns behind the result.  (A list's nm pattern implies its own.) */
static void measure_density(double *density, const char *file, const struct sc_pattern_spec *spec,
                            const struct sc_pattern *p)
{
    if (file && spec->kind != SC_NM && spec->kind != SC_PERIODIC_KERNELS && p->nnz > 0)
        *density = (double)p->nnz / ((double)p->rows * (double)p->cols);
    else if (file && spec->kind != SC_NM && spec->kind != SC_PERIODIC_KERNELS)
        *density = 0;
}

static void drop_operands(struct sc_prepared *p)
{
    sc_pattern_free(&p->a);
    sc_pattern_free(&p->b);
    sc_pattern_free(&p->a_columns);
    sc_pattern_free(&p->b_columns);
}

/* Nothing but the statistics of a comparison. */
static int make_profile(struct sc_simulate_run *run, struct sc_prepared *p, struct sc_error *err)
{
    int status = run->request->compare ? sc_profile_from_layer(&p->profile, p->layer, err) : SC_OK;
    return status == SC_OK ? status : sc_fail_layer(err, run->request->list, p->layer);
}

static int make_operands(struct sc_simulate_run *run, struct sc_prepared *p, struct sc_error *err)
{
    int status = SC_OK;
    if (!needs_patterns(run, p->layer))
        return make_profile(run, p, err);
    if (run->request->a) {
        p->a = run->pair[0];
        p->b = run->pair[1];
        run->pair[0] = run->pair[1] = (struct sc_pattern){0};
    } else {
        status = sc_layer_patterns(p->layer, run->request->seed, &p->a, &p->b, err);
    }
    if (status == SC_OK && needs_columns(run)) {
        status = sc_pattern_transpose(&p->a_columns, &p->a, err);
        if (status == SC_OK)
            status = sc_pattern_transpose(&p->b_columns, &p->b, err);
    }
    if (status == SC_OK && run->request->compare)
        status = sc_profile_measure(&p->profile, &p->a, &p->b, NULL, NULL, err);
    if (status != SC_OK) {
        drop_operands(p);
        return sc_fail_layer(err, run->request->list, p->layer);
    }
    sc_profile_label(&p->profile, p->layer);
    measure_density(&p->layer->density_a, p->layer->a_file, &p->layer->pattern_a, &p->a);
    measure_density(&p->layer->density_b, p->layer->b_file, &p->layer->pattern_b, &p->b);
    return SC_OK;
}

/* Makes the operands unless they are there.  After a failure the next piece of the layer tries, and fails, again, so
 * that the first of them in order tells. */
static int prepare(struct sc_simulate_run *run, struct sc_prepared *p, struct sc_error *err)
{
    int status = SC_OK;
    pthread_mutex_lock(&p->making);
    if (!p->ready)
        status = make_operands(run, p, err);
    p->ready = status == SC_OK;
    pthread_mutex_unlock(&p->making);
    return status;
}

static int simulate(struct sc_simulate_run *run, struct sc_simulate_item *item, struct sc_error *err)
{
    struct sc_prepared *p = item->prepared;
    struct sc_sim_options options = {.trace = run->trace ? sc_trace_record : NULL,
                                     .context = &item->log,
                                     .cancel = run->cancel,
                                     .a_columns = p->a_columns.ptr ? &p->a_columns : NULL,
                                     .b_columns = p->b_columns.ptr ? &p->b_columns : NULL};
    unsigned left;
    int status = sc_simulate_layer(&item->result, &item->bound->plan.machine, item->dataflow, p->layer,
                                   p->a.ptr ? &p->a : NULL, p->a.ptr ? &p->b : NULL, run->request->choice.energy_case,
                                   &options, err);
    if (status != SC_OK)
        return status == SC_END ? status : sc_fail_layer(err, run->request->list, p->layer);
    item->finished = true;
#pragma omp critical(sc_simulate)
    {
        sc_progress_add(&run->progress, p->weight);
        left = --p->left;
    }
    if (left == 0)
        drop_operands(p);
    return SC_OK;
}

static int do_piece(struct sc_simulate_run *run, struct piece *piece, struct sc_error *err)
{
    int status = prepare(run, piece->prepared, err);
    return status == SC_OK && piece->item ? simulate(run, piece->item, err) : status;
}

/* Does all pieces.  When some fail, the error is that of the first in order: those before it are done in any case. */
static int in_parallel(struct sc_simulate_run *run, struct window *w, struct sc_error *err)
{
    size_t failed = w->pieces;
    int workers = threads(run), status = SC_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (size_t i = 0; i < w->pieces; i++) {
        struct sc_error mine = {.status = SC_OK};
        size_t first;
#pragma omp atomic read
        first = failed;
        if (i > first || *run->cancel)
            continue;
        int result = do_piece(run, &w->piece[i], &mine);
        if (result == SC_OK || result == SC_END)
            continue;
#pragma omp critical(sc_simulate)
        if (i < failed) {
#pragma omp atomic write
            failed = i;
            status = result;
            *err = mine;
        }
    }
    return status;
}

/* Runs in the order of the list; operands as many layers ahead as there are threads, as far as memory allows. */
static void deal_out(struct sc_simulate_run *run, struct window *w)
{
    size_t made = 0, most = (size_t)threads(run);
    double ahead = 0;
    for (size_t l = 0; l < w->layers; l++) {
        for (; made < w->layers && made - l <= most; made++) {
            double bytes = sc_simulate_bytes(w->prepared[made].layer);
            if (made > l && ahead + bytes > ahead_bytes)
                break;
            ahead += bytes;
            w->piece[w->pieces++] = (struct piece){.prepared = &w->prepared[made]};
        }
        ahead -= sc_simulate_bytes(w->prepared[l].layer);
        for (unsigned m = 0; m < run->machines; m++)
            for (int d = 0; d < SC_DATAFLOWS; d++) {
                if (!run->bound[m].wanted[d])
                    continue;
                const struct sc_machine *machine = &run->bound[m].plan.machine;
                struct sc_simulate_item *item = &w->item[w->items++];
                *item = (struct sc_simulate_item){
                    .bound = &run->bound[m], .prepared = &w->prepared[l], .dataflow = (enum sc_dataflow)d};
                item->skipped = !machine->family->runs(machine, item->dataflow, &w->prepared[l].layer->op);
                w->prepared[l].left -= item->skipped;
                if (!item->skipped)
                    w->piece[w->pieces++] = (struct piece){.prepared = &w->prepared[l], .item = item};
            }
    }
}

static int open_window(struct sc_simulate_run *run, struct window *w, size_t first, size_t layers, struct sc_error *err)
{
    unsigned runs = run->runs_per_layer;
    *w = (struct window){.layers = 0};
    w->prepared = calloc(layers, sizeof *w->prepared);
    w->item = calloc(layers, runs * sizeof *w->item);
    w->piece = calloc(layers, (runs + 1) * sizeof *w->piece);
    if (!w->prepared || !w->item || !w->piece)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the runs of %zu layers", layers);
    for (; w->layers < layers; w->layers++) {
        struct sc_prepared *p = &w->prepared[w->layers];
        p->layer = &run->held.layer[first + w->layers];
        p->weight = sc_simulate_weight(p->layer);
        p->left = runs;
        pthread_mutex_init(&p->making, NULL);
    }
    deal_out(run, w);
    return SC_OK;
}

static void close_window(struct window *w)
{
    for (size_t i = 0; i < w->items; i++)
        sc_trace_log_free(&w->item[i].log);
    for (size_t l = 0; l < w->layers; l++) {
        drop_operands(&w->prepared[l]);
        pthread_mutex_destroy(&w->prepared[l].making);
    }
    free(w->piece);
    free(w->item);
    free(w->prepared);
}

static int simulate_window(struct sc_simulate_run *run, size_t first, size_t layers, struct sc_error *err)
{
    struct window w;
    unsigned runs = run->runs_per_layer;
    int status = open_window(run, &w, first, layers, err);
    if (status == SC_OK)
        status = in_parallel(run, &w, err);
    for (size_t l = 0; l < layers && status == SC_OK; l++)
        status = sc_simulate_write(run, &w.item[l * runs], runs, err);
    close_window(&w);
    return status;
}

/* Timelines are far larger than results: as few layers as keep the threads busy. */
static size_t window_layers(const struct sc_simulate_run *run, size_t first)
{
    size_t left = run->held.layers - first, most = run->trace ? (size_t)threads(run) : WINDOW_LAYERS;
    return left < most ? left : most;
}

int sc_simulate_layers(struct sc_simulate_run *run, struct sc_error *err)
{
    double total = 0;
    for (size_t l = 0; l < run->held.layers; l++)
        total += sc_simulate_weight(&run->held.layer[l]) * run->runs_per_layer;
    sc_progress_start(&run->progress, run->request->quiet, total, (uint64_t)run->held.layers * run->runs_per_layer);
    int status = SC_OK;
    for (size_t first = 0, layers; first < run->held.layers && status == SC_OK && !*run->cancel; first += layers) {
        layers = window_layers(run, first);
        status = simulate_window(run, first, layers, err);
    }
    sc_progress_end(&run->progress);
    return status;
}
