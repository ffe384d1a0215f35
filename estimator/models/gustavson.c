/* gustavson.c - closed form of the Gustavson (row-wise) dataflow.
 *
 * Rows of A stay, in chunks of at most P nonzeros; the multiplier holding a_mk receives row k of B, one element per step, and
 * the tree merges the products by column.  A row of more than P nonzeros leaves one partial fiber per chunk, which a separate
 * phase merges.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

/* Expected cost of one chunk of n nonzeros of a row (blocking), DRAM apart. */
struct chunk {
    double stationary, stream, steps, outputs, banks;
};

static struct chunk blocking_chunk(const struct sc_plan *plan, const struct sc_task *task, double n)
{
    const struct sc_profile *p = task->profile;
    struct sc_walk walk;
    sc_walk(&plan->shapes, &p->b.row, n, p->b.band > 0, &walk);
    double random = sc_shape_at(plan->shapes.fullest, plan->shapes.loads, n);
    double bank = sc_bank_cycles(plan, p, &walk, n, p->a.density, 1, 1, random, false);
    struct chunk c = {.stationary = sc_blocking_load(plan, n), .steps = walk.steps};
    c.outputs = sc_profile_union(p, n);
    c.banks = bank;
    c.stream = plan->machine.step_fixed * walk.steps + bank + c.outputs + plan->machine.drain;
    return c;
}

/* Lines of C that storing an output row touches. */
static double stored_lines(const struct sc_plan *plan, const struct sc_profile *p)
{
    double share = p->N > 0 && p->M > 0 ? sc_min(1 - 1e-12, p->nnz_c / p->M / p->N) : 0;
    return p->N / plan->line_words * -expm1(plan->line_words * log1p(-share));
}

static void blocking_memory(const struct sc_plan *plan, const struct sc_task *task, const struct sc_queue *q,
                            struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    double lines = ceil(p->b.nnz / plan->line_words), rows = p->M / p->a.run_rows;
    double keep = 1 - sc_touched_share(plan, p, p->a.density), cold = lines * (1 - pow(keep, rows));
    double begin = sc_first_step_share(plan, p, p->a.density);
    double later = sc_max(0, e->steps - e->tiles) * sc_crossing_share(plan, p);
    double stored = plan->machine.stores ? stored_lines(plan, p) : 0;
    e->line_misses += p->M * stored;
    if (lines + p->M * stored <= plan->capacity_lines) {
        e->line_misses += cold;
        double first = sc_blocking_stall_cooling(plan, e->tiles / rows, lines * begin, keep, rows);
        double rest = sc_blocking_stall_cooling(plan, later / rows, lines * (1 - begin), keep, rows);
        c->stall += sc_replayed_stall(plan, first, cold * begin, q) + sc_replayed_stall(plan, rest, cold * (1 - begin), q);
        return;
    }
    double fiber = sc_fiber(p), nonempty = 1 - task->empty_fibers;
    double each = fiber / plan->line_words + nonempty * (1 - 1 / plan->line_words); /* lines of a fiber */
    double again = stored > 0 ? sc_refetches_beside(plan, lines, p->a.density, rows, stored * p->a.run_rows)
                              : sc_refetches(plan, lines, p->a.density, rows);
    double missing = cold + p->K * each * again;
    e->line_misses += missing;
    c->stall += sc_replayed_stall(plan, sc_blocking_stall(plan, e->tiles, missing * begin), missing * begin, q);
    c->stall += sc_replayed_stall(plan, sc_blocking_stall(plan, later, missing * (1 - begin)), missing * (1 - begin), q);
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    if (p->a.nnz <= 0) /* empty rows cost nothing */
        return;
    struct chunk full = {0};
    struct sc_queue q = {.reads = p->products, .same = 1};
    bool have_full = false;
    for (unsigned i = 0; i < task->chunks.count; i++) {
        double length = task->chunks.node[i].length, rows = p->M * task->chunks.node[i].share;
        double chunks = floor(length / plan->leaves + 1e-9), rest = length - chunks * plan->leaves;
        double partial = 0;
        if (chunks > 0) {
            if (!have_full)
                full = blocking_chunk(plan, task, plan->leaves);
            have_full = true;
            c->stationary += rows * chunks * full.stationary;
            c->stream += rows * chunks * full.stream;
            q.banks += rows * chunks * full.banks;
            c->stall += sc_blocking_load_stall(plan, rows * chunks, plan->leaves);
            e->steps += rows * chunks * full.steps;
            e->tiles += rows * chunks;
            partial += chunks * full.outputs;
        }
        if (rest > 1e-6) {
            struct chunk part = blocking_chunk(plan, task, rest);
            c->stationary += rows * part.stationary;
            c->stream += rows * part.stream;
            q.banks += rows * part.banks;
            c->stall += sc_blocking_load_stall(plan, rows, rest);
            e->steps += rows * part.steps;
            e->tiles += rows;
            partial += part.outputs;
        }
        e->tree_merged += rows * partial;
        if (length > plan->leaves) {
            double passes, outputs = sc_merge_row(plan, p, ceil(length / plan->leaves - 1e-9), length, &passes);
            e->merge_passes += rows * passes;
            e->merge_outputs += rows * outputs;
            e->merge_inputs += rows * partial;
            e->psum_writes += rows * partial;
            c->merge += rows * (outputs + passes * plan->machine.drain);
        }
    }
    e->psum_reads = e->psum_writes;
    e->str_reads = p->products;
    e->stationary_words = p->a.nnz;
    e->line_misses += p->a.nnz / plan->line_words;
    q.steps = e->steps;
    blocking_memory(plan, task, &q, e, c);
    c->stall += sc_last_store(plan, p, false);
}

/* Lines of B fetched in the pipelined policy, whose cache holds B only and whose tiles hold several rows. */
static double pipelined_lines(const struct sc_plan *plan, const struct sc_task *task, double rows_per_tile)
{
    const struct sc_profile *p = task->profile;
    double lines = p->b.nnz / plan->line_words, rows = p->M * (1 - task->empty_rows);
    double cold = lines * (1 - pow(1 - sc_touched_share(plan, p, p->a.density), p->M / p->a.run_rows));
    if (lines <= plan->capacity_lines)
        return cold;
    double together = -expm1(rows_per_tile * log1p(-sc_min(p->a.density, 1 - 1e-12))); /* P(a tile takes fiber k) */
    double fiber = sc_fiber(p), nonempty = 1 - task->empty_fibers;
    double each = fiber / plan->line_words + nonempty * (1 - 1 / plan->line_words);
    return cold + p->K * each * sc_refetches(plan, lines, together, rows / rows_per_tile);
}

/* A tile of `words` nonzeros from `rows` rows. */
struct tile {
    struct sc_tiles window; /* its windows' work; count left 0 */
    double outputs, delivered;
};

static struct tile pipelined_tile(const struct sc_plan *plan, const struct sc_task *task, double words, double rows,
                                  bool complete)
{
    const struct sc_profile *p = task->profile;
    const struct sc_machine *m = &plan->machine;
    double distinct = rows > 1 ? -p->K * expm1(rows * log1p(-sc_min(words / rows / p->K, 1 - 1e-12))) : words;
    double taken = rows > 1 ? sc_min(1, distinct / p->K) : p->a.density;
    struct sc_walk walk;
    sc_walk(&plan->shapes, &p->b.row, distinct, p->b.band > 0, &walk);
    double random = sc_shape_at(plan->shapes.fullest, plan->shapes.loads, distinct);
    double banks = sc_bank_cycles(plan, p, &walk, distinct, taken, 1, 1, random, m->str_words_per_bank > 1);
    double each = sc_profile_union(p, words / rows), share = each / p->N;
    /* spread of one row's union: which columns are hit, and how many nonzeros the row has */
    double slope = sc_profile_union(p, words / rows + 1) - each;
    double spread = sqrt(p->N * share * (1 - share) + slope * slope * sc_min(p->a.row.variance, words / rows));
    double longest = each + (rows > 1 ? spread * sc_shape_at(plan->shapes.tail_steps, plan->shapes.loads, rows) : 0);
    struct tile t = {.outputs = rows * each, .delivered = distinct * sc_fiber(p)};
    double merge = sc_max(sc_min(longest, p->N), ceil(t.outputs / m->rn_bandwidth));
    t.window.load = ceil(words / m->dn_bandwidth - 1e-9);
    double steps = sc_max(walk.beats, banks) + t.window.load;
    t.window.excess = sc_max(0, merge - steps);
    t.window.busy = steps + t.window.excess;
    t.window.steps = walk.steps;
    t.window.deviation = 0.6 * sqrt(p->b.row.variance / sc_max(1, log(distinct + 1)));
    t.window.fetch_bytes = words * m->element_bytes;
    t.window.write_bytes = complete ? t.outputs * m->element_bytes : 0;
    return t;
}

/* Sums of a pipelined run, for the bound that DRAM bandwidth sets. */
struct totals {
    double waits, busy, bytes;
};

static void add_tiles(const struct sc_plan *plan, double count, double words, const struct tile *t, double miss_share,
                      double line_bytes, struct sc_events *e, struct sc_cycles *c, struct totals *sum)
{
    struct sc_tiles w = t->window;
    double windows = sc_max(1, ceil(w.steps / plan->machine.window_steps - 1e-9));
    w.count = count;
    w.fetch_bytes += line_bytes / windows;
    w.later = miss_share;
    w.later_bytes = line_bytes / windows;
    e->tiles += count;
    e->steps += count * w.steps;
    e->str_reads += count * t->delivered;
    e->delivered += count * t->delivered;
    e->tree_merged += count * t->outputs;
    c->stationary += count * w.load;
    c->stream += count * (w.busy - w.load);
    sum->waits += sc_tiles_stall(plan, &w);
    sum->busy += count * w.busy;
    sum->bytes += count * (words * plan->machine.element_bytes + w.write_bytes);
}

/* A row of more than P nonzeros: its chunks one after the other, then the merge of their fibers.  Its full chunks are counted in
 * whole->window, to be added once for all rows. */
static void pipelined_long_row(const struct sc_plan *plan, const struct sc_task *task, struct tile *whole, double rows,
                               double length, double miss_share, double line_bytes, struct sc_events *e,
                               struct sc_cycles *c, struct totals *sum)
{
    const struct sc_profile *p = task->profile;
    double full = floor(length / plan->leaves + 1e-9), rest = length - full * plan->leaves, passes;
    struct tile last = {.outputs = 0};
    if (rest > 1e-6)
        last = pipelined_tile(plan, task, rest, 1, false);
    double partial = full * whole->outputs + last.outputs, chunks = full + (rest > 1e-6);
    double outputs = sc_merge_row(plan, p, chunks, length, &passes);
    double final = passes > 1 ? sc_profile_union(p, length) : outputs;
    double per_block = floor((double)plan->machine.psram_block_bytes / plan->machine.element_bytes);
    double bytes = chunks * ceil(partial / chunks / per_block) * plan->machine.psram_block_bytes;
    if (plan->machine.psram_bytes < plan->machine.psram_block_bytes) /* no PSRAM: element by element */
        bytes = partial * plan->machine.element_bytes;
    double spilled = sc_max(0, bytes - (double)plan->machine.psram_bytes), merged = partial + outputs - final;
    e->psum_writes += rows * merged;
    e->merge_inputs += rows * merged;
    e->merge_outputs += rows * outputs;
    e->merge_passes += rows * passes;
    e->spill_write_bytes += rows * spilled;
    e->spill_read_bytes += rows * spilled;
    double beats = sc_max(outputs, merged / plan->machine.dn_bandwidth) + passes;
    last.window.quiet = passes / chunks; /* merge windows between the tiles */
    last.window.quiet_cycles = beats / passes;
    whole->window.count += rows * full; /* added up by the caller, with the mean of the merge windows */
    whole->window.quiet += rows * full * last.window.quiet;
    whole->window.quiet_cycles += rows * full * last.window.quiet_cycles;
    if (rest > 1e-6)
        add_tiles(plan, rows, rest, &last, miss_share, line_bytes, e, c, sum);
    c->merge += rows * beats;
    sum->busy += rows * beats;
    sum->bytes += rows * (2 * spilled + final * plan->machine.element_bytes);
    if (spilled > 0)
        sum->waits += sc_windows_stall(plan, rows * passes, beats / passes, 1, spilled / passes, 0);
}

static void pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_packing k;
    struct totals sum = {0};
    sc_pack_rows(plan, task, &k);
    double filled = sc_max(1, k.rows * (1 - task->empty_rows));
    e->line_misses = pipelined_lines(plan, task, k.tiles > 0 ? filled : 1);
    double tiles = k.tiles + k.folded_rows * sc_max(1, p->a.row.mean / plan->leaves), lines = e->line_misses / tiles;
    bool resident = p->b.nnz / plan->line_words <= plan->capacity_lines;
    double miss_share = resident ? 0 : 1, line_bytes = resident ? 0 : lines * plan->machine.str_line_bytes;
    if (k.tiles > 0) {
        struct tile t = pipelined_tile(plan, task, k.words, filled, true);
        add_tiles(plan, k.tiles, k.words, &t, miss_share, line_bytes, e, c, &sum);
    }
    struct tile typical = pipelined_tile(plan, task, k.folded_rows > 0 ? plan->leaves : k.words,
                                         k.folded_rows > 0 ? 1 : filled, false), whole = typical;
    for (unsigned i = 0; k.folded_rows > 0 && i < task->chunks.count; i++) {
        const struct sc_node *node = &task->chunks.node[i];
        if (node->length > plan->leaves)
            pipelined_long_row(plan, task, &whole, p->M * node->share, node->length, miss_share, line_bytes, e, c, &sum);
    }
    if (whole.window.count > 0) {
        whole.window.quiet /= whole.window.count;
        whole.window.quiet_cycles /= whole.window.count;
        add_tiles(plan, whole.window.count, plan->leaves, &whole, miss_share, line_bytes, e, c, &sum);
    }
    e->psum_reads = e->psum_writes;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
    double cold = e->line_misses * plan->machine.str_line_bytes;
    sum.bytes += cold;
    typical.window.count = e->tiles;
    double taken = k.tiles > 0 ? -expm1(filled * log1p(-sc_min(p->a.density, 1 - 1e-12))) : plan->leaves / p->K;
    sum.waits += sc_cold_wait(plan, &typical.window, resident ? cold : 0, 1 - sc_touched_share(plan, p, taken));
    c->stall += sc_phase_stall(plan, sum.waits, sum.busy, sum.bytes) + plan->fill_latency;
}

void sc_gustavson_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        pipelined(plan, task, e, c);
}
