/* gustavson.c - Gustavson's dataflow: rows of A stay, the rows of B that they name stream and are merged on the way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "bits.h"
#include "sim.h"

static uint64_t row_length(const struct sc_sim *s, uint64_t row)
{
    return s->a_rows->ptr[row + 1] - s->a_rows->ptr[row];
}

/* Loads elements [first, first + used) of A and streams their rows of B.  Within one row no two of them ask for the
 * same. */
static void stream_tile(struct sc_sim *s, uint64_t first, uint64_t used, bool one_row)
{
    struct sc_stream_run run;
    const uint32_t *k = s->a_rows->idx + first;
    sc_sim_stationary(s, first, used);
    sc_streams_begin(&s->streams);
    if (one_row) {
        for (uint64_t j = 0; j < used; j++)
            sc_sim_add_row(s, k[j], 1);
    } else {
        sc_array_clear(&s->array);
        sc_array_load(&s->array, k, used);
        sc_sim_add_groups(s);
    }
    while (sc_streams_next(&s->streams, &run)) {
        struct sc_step step = sc_sim_row_step(s, &run);
        s->r->str_reads += run.steps * step.loads;
        while (sc_busy_any(&s->replay.busy) && run.steps > 1) {
            sc_sim_steps(s, 1, &step);
            run.steps--;
            step.misses = 0;
            step.wait = (struct sc_wait){sc_streams_serve_again(&s->streams), 0};
        }
        sc_sim_steps(s, run.steps, &step);
    }
}

/* Row `row` of C, `length` words whose columns are the bits of s->outputs, is stored one word per cycle, the last one
 * now.  A missing line arrives after the latency and replays the stores on it that came before. */
static int store_outputs(struct sc_sim *s, uint64_t row, uint64_t length, struct sc_error *err)
{
    struct sc_busy *busy = &s->replay.busy;
    const uint64_t c = s->nnz_a + s->nnz_b + row * s->N;
    struct sc_busy_window coming = {0};
    uint64_t stored = 0, line = UINT64_MAX;
    bool missed = false;
    int status = SC_OK;
    for (uint64_t w = 0; w <= s->N / SC_BITS && !status; w++) {
        uint64_t bits = s->outputs[w];
        s->outputs[w] = 0;
        for (; bits && !status; bits &= bits - 1) {
            uint64_t at_line = sc_quotient(c + w * SC_BITS + sc_lowest_bit(bits), &s->cache.line_words);
            double at = busy->now - (double)(length - 1 - stored++);
            if (at_line == line) {
                coming.to += missed && at <= coming.from;
                continue;
            }
            if (missed)
                status = sc_busy_add(busy, &coming, err);
            line = at_line;
            missed = !sc_cache_touch(&s->cache, line) && s->machine->line_cycles > 0;
            coming = (struct sc_busy_window){sc_remainder(line, &s->cache.banks), at + s->dram.exposed,
                                             at + s->dram.exposed + 1};
        }
    }
    return missed && !status ? sc_busy_add(busy, &coming, err) : status;
}

/* The columns of output row `row`, the union of the rows of B that it needs. */
static int store_row(struct sc_sim *s, uint64_t row, struct sc_error *err)
{
    uint64_t length = 0;
    for (uint64_t i = s->a_rows->ptr[row]; i < s->a_rows->ptr[row + 1]; i++) {
        uint64_t k = s->a_rows->idx[i], from = s->b_rows->ptr[k];
        sc_bits_set(s->outputs, 1, s->b_rows->idx + from, s->b_rows->ptr[k + 1] - from);
    }
    for (uint64_t w = 0; w <= s->N / SC_BITS; w++)
        length += sc_bit_count(s->outputs[w]);
    return store_outputs(s, row, length, err);
}

static bool names_elements(const struct sc_sim *s, const uint32_t *k, uint64_t count)
{
    for (uint64_t j = 0; j < count; j++)
        if (s->b_rows->ptr[k[j] + (uint64_t)1] > s->b_rows->ptr[k[j]])
            return true;
    return false;
}

/* Streams a row in chunks of at most `multipliers` elements.  The chunks of a longer row leave fibers, numbered from 0:
 * blocking all of them, pipelined those with elements. */
static int stream_chunks(struct sc_sim *s, uint64_t row, uint64_t *fiber, struct sc_error *err)
{
    uint64_t size = s->machine->multipliers, length = row_length(s, row), fibers = 0;
    const uint32_t *k = s->a_rows->idx + s->a_rows->ptr[row];
    int status = SC_OK;
    for (uint64_t done = 0; done < length && !status; done += size) {
        uint64_t used = length - done < size ? length - done : size, found = 0;
        if (s->blocking || names_elements(s, k + done, used))
            found = s->tree.of[0].length[fibers++];
        stream_tile(s, s->a_rows->ptr[row] + done, used, true);
        sc_sim_end_tile(s, found, found);
        s->r->tree_merged += found;
        if (length > size && s->blocking) {
            s->r->psum_writes += found;
            s->r->psum_reads += found;
        } else if (found > 0 && !s->blocking) {
            fiber[fibers - 1] = fibers - 1;
            status = sc_psram_append(&s->psram, fibers - 1, row, found, &s->window.writes, err);
        }
    }
    return status;
}

/* A row on its own: blocking any, pipelined one with more elements than multipliers. */
static int single_row(struct sc_sim *s, uint64_t row, uint64_t *fiber, struct sc_error *err)
{
    uint64_t size = s->machine->multipliers, length = row_length(s, row);
    int status = sc_tree_row(&s->tree, s->a_rows->idx + s->a_rows->ptr[row], length,
                             (struct sc_fibers){size, !s->blocking}, err);
    if (!status)
        status = stream_chunks(s, row, fiber, err);
    if (status)
        return status;
    if (length <= size) {
        s->r->nnz_c += s->tree.of[0].length[0];
        return s->stores_rows ? store_row(s, row, err) : SC_OK;
    }
    if (s->tree.rounds == 0) { /* like a row without fibers in the outer product */
        sc_sim_empty_row(s);
        return SC_OK;
    }
    struct sc_merge merge = {.row = row, .fiber = fiber, .extra = length / size + 1};
    status = sc_sim_merge(s, &merge, err);
    return s->stores_rows && !status ? store_row(s, row, err) : status;
}

/* Pipelined: rows [row, end) in one tile, merged side by side. */
static int packed_rows(struct sc_sim *s, uint64_t row, uint64_t end, struct sc_error *err)
{
    uint64_t first = s->a_rows->ptr[row], longest = 0, total = 0;
    int status = SC_OK;
    for (uint64_t m = row; m < end && !status; m++) {
        uint64_t length = 0;
        status = sc_tree_union(&s->tree, s->a_rows->idx + s->a_rows->ptr[m], row_length(s, m), &length, err);
        longest = length > longest ? length : longest;
        total += length;
    }
    if (status)
        return status;
    stream_tile(s, first, s->a_rows->ptr[end] - first, false);
    sc_sim_end_tile(s, longest, total);
    sc_sim_writes(s, total * s->machine->element_bytes);
    s->r->tree_merged += total;
    s->r->nnz_c += total;
    return SC_OK;
}

/* First row after `row` that does not fit the same tile. */
static uint64_t tile_end(const struct sc_sim *s, uint64_t row)
{
    uint64_t end = row;
    while (end < s->M && s->a_rows->ptr[end + 1] - s->a_rows->ptr[row] <= s->machine->multipliers)
        end++;
    return end;
}

static int all_rows(struct sc_sim *s, uint64_t *fiber, struct sc_error *err)
{
    int status = SC_OK;
    for (uint64_t row = 0, end; row < s->M && !status; row = end) {
        end = s->blocking ? row : tile_end(s, row);
        if (end > row) {
            if (s->a_rows->ptr[end] > s->a_rows->ptr[row])
                status = packed_rows(s, row, end, err);
        } else {
            end = row + 1;
            if (row_length(s, row) > 0)
                status = single_row(s, row, fiber, err);
        }
        if (!status)
            status = sc_sim_check_cancel(s, err);
    }
    return status;
}

int sc_sim_gustavson(struct sc_sim *sim, struct sc_error *err)
{
    uint64_t size = sim->machine->multipliers, chunks = 0, *fiber = NULL;
    for (uint64_t row = 0; row < sim->M; row++)
        chunks = row_length(sim, row) / size + 1 > chunks ? row_length(sim, row) / size + 1 : chunks;
    sim->tile_drain = sim->machine->drain;
    sim->last_miss = sim->dram.exposed;
    int status = sc_array_init(&sim->array, size, sim->K, err);
    if (!status)
        status = sc_tree_init(&sim->tree, sim->b_rows, size, err);
    if (!status && sim->stores_rows) {
        sim->outputs = calloc((size_t)(sim->N / SC_BITS + 1), sizeof *sim->outputs);
        status = sim->outputs ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for a row of C");
    }
    if (!status && !sim->blocking) {
        fiber = calloc((size_t)chunks + 1, sizeof *fiber);
        status = fiber ? sc_psram_init(&sim->psram, sim->machine, chunks + 1 + sc_sim_unions(chunks, size), sim->M,
                                       sim->r->products, err)
                       : sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the fibers of an output row");
    }
    if (!status)
        status = all_rows(sim, fiber, err);
    free(fiber);
    free(sim->outputs);
    sim->outputs = NULL;
    return status;
}
