/* outer.c - closed form of the outer-product dataflow.
 *
 * P nonzeros of A in column order stay; every multiplier holding a_mk is combined with row k of B, one element per step; the
 * products go to PSRAM as the fiber (m, k).  When all of A is done, the fibers of each output row are merged, P at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

/* Mean nonzeros of a nonempty column of A: the run of equal k in the stationary order. */
static double column_run(const struct sc_task *task)
{
    const struct sc_profile *p = task->profile;
    return p->a.nnz / sc_max(1, p->K * (1 - task->empty_columns));
}

/* Share of the cuts between tiles that fall inside a column of A: every place between two nonzeros is as likely as any other to be a
 * column's end, unless all columns are equally long and the cuts keep step with them. */
static double split_share(const struct sc_plan *plan, const struct sc_task *task)
{
    const struct sc_profile *p = task->profile;
    double columns = p->K * (1 - task->empty_columns), length = p->a.col.mean;
    if (p->a.col.variance < 0.25 && length == floor(length) && length > 0)
        return 1 - sc_common_divisor(plan->leaves, length) / length;
    return p->a.nnz > 1 ? sc_max(0, 1 - (columns - 1) / (p->a.nnz - 1)) : 0;
}

/* Mean number of distinct k among `tile` consecutive nonzeros, one tile of many. */
static double tile_rows(const struct sc_plan *plan, const struct sc_task *task, double tile)
{
    double run = column_run(task), columns = task->profile->a.nnz / run;
    return sc_min(sc_max(1, columns), sc_max(1, tile / run + split_share(plan, task)));
}

static void blocking_merge(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    double nonempty = 1 - task->empty_fibers;
    for (unsigned i = 0; i < task->chunks.count; i++) {
        double length = task->chunks.node[i].length, rows = p->M * task->chunks.node[i].share;
        double some = length > 0 ? 1 - pow(task->empty_fibers, length) : 0; /* P(row has a fiber) */
        c->merge += rows * (1 - some) * plan->machine.empty_row;
        if (some <= 0)
            continue;
        double passes, fibers = length * nonempty / some;
        double outputs = sc_merge_row(plan, p, sc_max(1, fibers), length / some, &passes);
        if (length <= plan->leaves) /* the union of all is the same however fibers are counted */
            outputs = sc_profile_union(p, length) / some;
        e->merge_passes += rows * some * passes;
        e->merge_outputs += rows * some * outputs;
        c->merge += rows * some * (outputs + passes * plan->machine.drain);
    }
    e->merge_inputs = p->products;
}

/* New lines in the first step of a tile, where its fibers begin: each start is in a line of its own as far as the distance to the
 * next one allows; the fiber carried over from the tile before is there already, and so is the line in which the first new
 * one begins right behind it. */
static double tile_starts(const struct sc_plan *plan, const struct sc_profile *p, double run, double distinct, double taken)
{
    double gap = sc_fiber(p) / taken, sigma = sqrt(p->b.row.variance / taken + gap * gap * (1 - taken)), line = plan->line_words;
    double within = gap;
    if (sigma > 0) { /* E[min(gap, line)] of a normal gap */
        double z = (line - gap) / sigma;
        within = gap - sigma * (0.3989422804014327 * exp(-0.5 * z * z) - z * sc_normal_tail(z));
    } else {
        within = sc_min(gap, line);
    }
    double carried = run > 1 ? 1 - 1 / run : 0, behind = taken * (1 - 1 / line);
    return sc_max(0, distinct - carried - behind) * sc_max(0, within) / line;
}

/* `tiles` tiles of `tile` nonzeros each; returns their lines of B, first steps aside. */
static void blocking_tiles(const struct sc_plan *plan, const struct sc_task *task, double tiles, double tile, double run,
                           struct sc_events *e, struct sc_cycles *c, struct sc_queue *q)
{
    const struct sc_profile *p = task->profile;
    double taken = 1 - task->empty_columns, distinct = tile_rows(plan, task, tile), random, apart;
    struct sc_walk walk;
    sc_walk(&plan->shapes, &p->b.row, distinct, p->b.band > 0, &walk);
    sc_shape_runs(&plan->shapes, run, &random, &apart);
    double part = tile / plan->leaves;
    double bank = sc_bank_cycles(plan, p, &walk, distinct, taken, tile / distinct, sc_min(tile, apart), random * part, false);
    e->tiles += tiles;
    e->steps += tiles * walk.steps;
    c->stationary += tiles * sc_blocking_load(plan, tile);
    double drain = plan->machine.outer_drain > 0 ? plan->machine.outer_drain : plan->machine.drain;
    c->stream += tiles * (plan->machine.step_fixed * walk.steps + bank + drain);
    c->stall += sc_blocking_load_stall(plan, tiles, tile);
    q->steps += tiles * walk.steps;
    q->banks += tiles * bank;
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    if (p->a.nnz <= 0) {
        c->merge = p->M * plan->machine.empty_row;
        return;
    }
    double full = floor(p->a.nnz / plan->leaves), rest = p->a.nnz - full * plan->leaves, run = column_run(task);
    struct sc_queue q = {.reads = p->products};
    if (full > 0)
        blocking_tiles(plan, task, full, plan->leaves, run, e, c, &q);
    if (rest > 0)
        blocking_tiles(plan, task, 1, rest, run, e, c, &q);
    e->stationary_words = p->a.nnz;
    e->str_reads = p->products;
    e->psum_writes = e->psum_reads = p->products;

    double taken = 1 - task->empty_columns, distinct = tile_rows(plan, task, sc_min(plan->leaves, p->a.nnz));
    double lines = p->b.nnz / plan->line_words * sc_touched_share(plan, p, taken);
    double begins = full * tile_starts(plan, p, run, distinct, taken);
    if (rest > 0)
        begins += tile_starts(plan, p, run, tile_rows(plan, task, rest), taken);
    begins = sc_min(lines, begins);
    if (distinct * sc_fiber(p) > plan->capacity_lines * plan->line_words) /* a split fiber is gone by the second tile */
        lines += (distinct > 1.5 ? e->tiles - 1 : e->tiles) * sc_fiber(p) / plan->line_words;
    e->line_misses = p->a.nnz / plan->line_words + lines;
    q.same = sc_min(plan->leaves, p->a.nnz) / distinct;
    double later = sc_crossing_stall(plan, p, sc_max(0, e->steps - e->tiles), lines - begins, distinct, taken);
    c->stall += sc_replayed_stall(plan, sc_blocking_stall(plan, e->tiles, begins), begins, &q) +
                sc_replayed_stall(plan, later, lines - begins, &q) + sc_last_store(plan, p, false);
    blocking_merge(plan, task, e, c);
}

/* All products wait in PSRAM until merging: what does not fit goes to DRAM and comes back. */
static double spilled_bytes(const struct sc_plan *plan, const struct sc_profile *p)
{
    double blocks = sc_psram_blocks(plan, &p->b.row, p->a.nnz);
    return sc_max(0, blocks * plan->machine.psram_block_bytes - (double)plan->machine.psram_bytes);
}

static void pipelined_stream(const struct sc_plan *plan, const struct sc_task *task, double spilled, struct sc_events *e,
                             struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    const struct sc_machine *m = &plan->machine;
    double tiles = ceil(p->a.nnz / plan->leaves), tile = p->a.nnz / tiles;
    /* each column once, and once more for every cut inside one */
    double distinct = (p->a.nnz / column_run(task) + (tiles - 1) * split_share(plan, task)) / tiles, taken = 1 - task->empty_columns, fiber = sc_fiber(p);
    struct sc_walk walk;
    sc_walk(&plan->shapes, &p->b.row, distinct, p->b.band > 0, &walk);
    double random = sc_shape_at(plan->shapes.fullest, plan->shapes.loads, distinct);
    double banks = sc_bank_cycles(plan, p, &walk, distinct, taken, 1, 1, random, m->str_words_per_bank > 1);
    /* every live multiplier appends a product per step through the reduction network */
    double products = tile * fiber / m->rn_bandwidth, beats = sc_max(walk.beats, products);
    double partial = sc_min(1, m->rn_bandwidth / tile); /* steps that fill less than a beat of the network */
    beats = sc_max(beats, products + (walk.steps - fiber) * (1 - partial / 2));
    double lines = p->b.nnz / plan->line_words * sc_touched_share(plan, p, taken);
    if (distinct * fiber > plan->capacity_lines * plan->line_words)
        lines += (distinct > 1.5 ? tiles - 1 : tiles) * fiber / plan->line_words;
    struct sc_tiles t = {.count = tiles, .steps = walk.steps, .load = ceil(tile / m->dn_bandwidth)};
    t.busy = sc_max(beats, banks) + t.load;
    t.deviation = 0.6 * sqrt(p->b.row.variance / sc_max(1, log(distinct + 1)));
    double windows = sc_max(1, ceil(walk.steps / m->window_steps - 1e-9)), bytes = lines * m->str_line_bytes / tiles;
    t.fetch_bytes = tile * m->element_bytes + bytes / windows;
    t.later_bytes = bytes / windows;
    t.later = -expm1(-lines / tiles / windows);
    t.write_bytes = spilled / tiles;
    e->tiles = tiles;
    e->steps = tiles * walk.steps;
    e->str_reads = e->delivered = tiles * distinct * fiber;
    e->psum_writes = p->products;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * m->element_bytes;
    e->line_misses = lines;
    c->stationary = tiles * t.load;
    c->stream = tiles * (t.busy - t.load);
    double first = plan->miss_latency + t.fetch_bytes / plan->bytes_per_cycle;
    c->stall = sc_phase_stall(plan, sc_tiles_stall(plan, &t) + first, tiles * t.busy,
                              e->stationary_bytes + lines * m->str_line_bytes + spilled) + plan->fill_latency;
}

static void pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    double spilled = spilled_bytes(plan, p), nonempty = 1 - task->empty_fibers, fiber = sc_fiber(p);
    pipelined_stream(plan, task, spilled, e, c);
    double windows = 0;
    double intermediate = 0;
    for (unsigned i = 0; i < task->chunks.count; i++) {
        double length = task->chunks.node[i].length, rows = p->M * task->chunks.node[i].share;
        double some = length > 0 ? 1 - pow(task->empty_fibers, length) : 0, passes, elements = length * fiber;
        c->merge += rows * (1 - some);
        if (some <= 0)
            continue;
        double outputs = sc_merge_row(plan, p, sc_max(1, length * nonempty / some), length / some, &passes);
        double final = sc_profile_union(p, length) / some;
        if (length <= plan->leaves)
            outputs = final;
        double inputs = elements / some + outputs - final;
        c->merge += rows * some * (sc_max(outputs, inputs / plan->machine.dn_bandwidth) + passes);
        windows += rows * some * passes;
        e->merge_passes += rows * some * passes;
        e->merge_outputs += rows * some * outputs;
        e->merge_inputs += rows * some * inputs;
        intermediate += rows * some * (outputs - final);
    }
    e->psum_writes += intermediate;
    e->psum_reads = e->psum_writes;
    e->spill_write_bytes = e->spill_read_bytes = spilled;
    double output = p->nnz_c * plan->machine.element_bytes, blocks = sc_psram_blocks(plan, &p->b.row, p->a.nnz);
    double fetching = 0, per_window = p->a.nnz / sc_max(1, windows);
    if (spilled > 0) /* P(any of a window's fibers has a block in DRAM) */
        fetching = -expm1(-spilled / sc_max(1, blocks * plan->machine.psram_block_bytes) * per_window);
    double waits = sc_windows_stall(plan, windows, c->merge / sc_max(1, windows), fetching,
                                    spilled / sc_max(1, windows * fetching), output / sc_max(1, windows));
    c->stall += sc_phase_stall(plan, waits, c->merge, spilled + output) + plan->fill_latency;
}

void sc_outer_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        pipelined(plan, task, e, c);
}
