/* outer.c - outer product: columns of A stay, rows of B stream, products wait for a merging phase.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "sim.h"

/* A walk through the nonzeros of A in column order, a tile at a time. */
struct outer {
    uint64_t first, used; /* elements of the tile */
    uint64_t k;           /* column of its first element */
    uint64_t *fiber;      /* of the row being merged: numbers of its fibers; fiber (m, k) has the number of A[m, k] */
    uint64_t *next;       /* per column: its first element in a row not yet merged */
};

/* Loads the elements from o->first on; o->k is not yet past its column. */
static void load_tile(struct sc_sim *s, struct outer *o)
{
    const struct sc_pattern *a = s->a_cols;
    uint64_t left = s->nnz_a - o->first, k = o->k;
    o->used = left < s->machine->multipliers ? left : s->machine->multipliers;
    sc_sim_stationary(s, o->first, o->used);
    sc_array_clear(&s->array);
    while (a->ptr[k + 1] <= o->first)
        k++;
    o->k = k;
    for (uint64_t at = o->first, end = o->first + o->used; at < end; k++) {
        uint64_t stop = a->ptr[k + 1] < end ? a->ptr[k + 1] : end;
        if (stop > at)
            sc_array_load_same(&s->array, (uint32_t)k, stop - at);
        at = stop > at ? stop : at;
    }
}

/* Pipelined: each product is appended to its fiber.  From step t on, `count` elements go to every fiber that lasts. */
static int append_products(struct sc_sim *s, const struct outer *o, uint64_t t, uint64_t count, uint64_t *written,
                           struct sc_error *err)
{
    const struct sc_pattern *a = s->a_cols, *b = s->b_rows;
    uint64_t k = o->k;
    int status = SC_OK;
    for (uint64_t at = o->first; at < o->first + o->used && !status; at++) {
        while (a->ptr[k + 1] <= at)
            k++;
        uint64_t length = b->ptr[k + 1] - b->ptr[k];
        if (t < length)
            status = sc_psram_append(&s->psram, at, a->idx[at], length - t < count ? length - t : count, written, err);
    }
    return status;
}

/* Steps at which appends have to be looked at: fibers of a tile start together, so as long as none loses its last block
 * early they all need a new one in the same steps. */
static uint64_t append_stride(const struct sc_sim *s)
{
    if (s->psram.unlimited)
        return s->N;
    return sc_psram_has_room(&s->psram, s->machine->multipliers) ? s->psram.block_elements : 1;
}

static int stream_tile(struct sc_sim *s, const struct outer *o, struct sc_error *err)
{
    struct sc_stream_run run;
    uint64_t stride = append_stride(s), t = 0;
    int status = SC_OK;
    sc_streams_begin(&s->streams);
    sc_sim_add_groups(s);
    while (!status && sc_streams_next(&s->streams, &run)) {
        struct sc_step step = sc_sim_row_step(s, &run);
        s->r->str_reads += run.steps * step.loads;
        step.taken = run.multipliers;
        if (s->blocking) {
            sc_sim_steps(s, run.steps, &step);
            continue;
        }
        while (run.steps > 0 && !status) {
            uint64_t room = stride - t % stride, here = run.steps < room ? run.steps : room;
            step.writes = 0;
            if (t % stride == 0)
                status = append_products(s, o, t, stride, &step.writes, err);
            sc_sim_steps(s, here, &step);
            step.misses = 0;
            run.steps -= here;
            t += here;
        }
    }
    sc_sim_end_tile(s, 0, 0);
    return status;
}

/* Merges output row m. */
static int merge_row(struct sc_sim *s, struct outer *o, uint64_t m, struct sc_error *err)
{
    const struct sc_pattern *a = s->a_rows, *b = s->b_rows;
    uint64_t from = a->ptr[m], count = a->ptr[m + 1] - from, fibers = 0;
    for (uint64_t i = from; i < from + count && !s->blocking; i++) {
        uint64_t k = a->idx[i], element = o->next[k]++;
        if (b->ptr[k + 1] > b->ptr[k])
            o->fiber[fibers++] = element;
    }
    int status = sc_tree_row(&s->tree, a->idx + from, count, (struct sc_fibers){1, true}, err);
    if (status)
        return status;
    if (s->tree.rounds == 0) {
        sc_sim_empty_row(s);
        return SC_OK;
    }
    struct sc_merge merge = {.row = m, .fiber = o->fiber, .extra = s->nnz_a};
    return sc_sim_merge(s, &merge, err);
}

static int open_parts(struct sc_sim *s, struct outer *o, struct sc_error *err)
{
    uint64_t longest = 0;
    int status = sc_array_init(&s->array, s->machine->multipliers, s->K, err);
    if (!status)
        status = sc_tree_init(&s->tree, s->b_rows, s->machine->multipliers, err);
    if (status || s->blocking)
        return status;
    for (uint64_t m = 0; m < s->M; m++) {
        uint64_t length = s->a_rows->ptr[m + 1] - s->a_rows->ptr[m];
        longest = length > longest ? length : longest;
    }
    o->fiber = calloc((size_t)longest + 1, sizeof *o->fiber);
    o->next = malloc(((size_t)s->K + 1) * sizeof *o->next);
    if (!o->fiber || !o->next)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the fibers of an output row");
    for (uint64_t k = 0; k < s->K; k++)
        o->next[k] = s->a_cols->ptr[k];
    return sc_psram_init(&s->psram, s->machine, s->nnz_a + sc_sim_unions(longest, s->machine->multipliers), s->M,
                         s->r->products, err);
}

int sc_sim_outer(struct sc_sim *sim, struct sc_error *err)
{
    struct outer o = {0};
    sim->tile_drain = sim->machine->outer_drain > 0 ? sim->machine->outer_drain : sim->machine->drain;
    sim->last_miss = sim->dram.exposed;
    int status = open_parts(sim, &o, err);
    for (; o.first < sim->nnz_a && !status; o.first += o.used) {
        load_tile(sim, &o);
        status = stream_tile(sim, &o, err);
        if (!status)
            status = sc_sim_check_cancel(sim, err);
    }
    sc_sim_start_merging(sim);
    for (uint64_t m = 0; m < sim->M && !status; m++) {
        status = merge_row(sim, &o, m, err);
        if (!status)
            status = sc_sim_check_cancel(sim, err);
    }
    if (sim->blocking)
        sim->r->psum_writes = sim->r->psum_reads = sim->r->products;
    free(o.fiber);
    free(o.next);
    return status;
}
