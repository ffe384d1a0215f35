/* gustavson_pipelined.c - closed form of the Gustavson dataflow under the pipelined policy: several rows per tile, PSRAM, the
 * double-buffer recurrence over tiles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "book.h"
#include "gustavson.h"

/* Kinds of tiles: rows side by side, and chunks of rows that are too long. */
struct tiles {
    double count, rows;      /* rows per tile */
    double outputs, delivered, cycles;
    struct sc_pipe_tile pipe;
};

/* E[max(x, y)], y with this standard deviation. */
static double larger_of(double x, double y, double deviation)
{
    if (deviation < 1e-6)
        return sc_max(x, y);
    double z = (y - x) / deviation;
    return x + deviation * (0.3989422804014327 * exp(-0.5 * z * z) + z * sc_normal_tail(-z));
}

/* Products of a row of `length` nonzeros against those of the mean row that fits a tile, per nonzero: rows have a part
 * of their products in common whatever their length (a popular fiber that each names once). */
static double row_products(const struct sc_gustavson *l, double length, double mean)
{
    double base = l->p->a.base, all = l->p->products / sc_max(1, l->p->M * (1 - l->task->empty_rows)); /* of a row */
    double slope = sc_max(0, all - base) / sc_max(1e-9, l->p->a.nnz / sc_max(1, l->p->M * (1 - l->task->empty_rows)));
    return base > 0 ? (base / length + slope) / (base / mean + slope) : 1;
}

/* E[longest row of A among `rows` that fit a tile]. */
static double longest_row(const struct sc_gustavson *l, double rows)
{
    struct sc_node sorted[SC_NODES_MAX];
    unsigned count = 0;
    double below = 0, all = 0, sum = 0;
    for (unsigned i = 0; i < l->task->chunks.count; i++) {
        struct sc_node node = l->task->chunks.node[i];
        unsigned j = count;
        if (node.length > l->plan->leaves)
            continue;
        for (; j > 0 && sorted[j - 1].length > node.length; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = node;
        all += node.share;
        count++;
    }
    for (unsigned i = 0; i < count; i++) {
        double next = sc_min(1, below + sorted[i].share / all);
        sum += sorted[i].length * (pow(next, rows) - pow(below, rows));
        below = next;
    }
    return sum;
}

/* Length of the longest union of `rows` rows of `length` nonzeros on average, `each` of one of them, and its standard
 * deviation; `fiber` is the longest of their fibers. */
static double longest_union(const struct sc_gustavson *l, double rows, double length, double each, double fiber,
                            double *deviation)
{
    const struct sc_profile *p = l->p;
    double share = each / p->N, different = 1 + (rows - 1) / l->picks.alike_rows;
    double unit = sc_max(1, p->b.col.unit > 1 ? p->b.run_cols : 1), columns = unit * p->N * share * (1 - share);
    double tail = sc_shape_at(l->plan->shapes.tail_steps, l->plan->shapes.loads, different),
           mean = sc_max(1e-9, sc_fiber_met(p));
    double slope =
        sc_gustavson_union(l, length + 1, length + 1) - each; /* which columns are hit, and how many nonzeros the row has */
    double lengths = length * l->task->met->variance * slope * slope / (mean * mean); /* and how long its fibers are */
    double spread = sqrt(sc_max(columns, lengths));
    *deviation = spread;
    if (rows <= 1)
        return each;
    double least = each - sc_min(each, mean * each / (length * mean)) + fiber; /* the row with the longest fiber */
    if (p->a.row.variance > 2 * length) { /* rows of very different lengths */
        double longest = longest_row(l, different),
               most = sc_gustavson_union(l, longest, longest) * row_products(l, longest, length);
        return sc_min(p->N, sc_max(least, most + 0.5 * spread * sc_min(tail, 1)));
    }
    spread = sqrt(spread * spread + slope * slope * sc_min(p->a.row.variance, length));
    *deviation = spread / (1 + tail);
    return sc_min(p->N, sc_max(least, each + spread * tail));
}

/* What was counted of a tile: its steps (negative: not), and the products of its heaviest row. */
struct counted_tile {
    double streamed, heaviest;
};

/* A tile of `words` nonzeros from `rows` rows; `counted` is NULL where nothing was. */
static struct tiles pipelined_tile(const struct sc_gustavson *l, const struct sc_survival *lengths, double words, double rows,
                                   double distinct, double close, const struct counted_tile *counted, bool complete)
{
    const struct sc_profile *p = l->p;
    const struct sc_machine *m = &l->plan->machine;
    double deviation;
    double spread = rows > 1 ? sqrt(sc_max(0, distinct * (1 - distinct / p->K))) * 0.5 : 0;
    struct sc_crowd crowd = sc_gustavson_crowd(l, distinct, spread, close);
    struct sc_walk walk;
    if (close == l->picks.neighbours)
        sc_crowd_walk_spaced(&l->plan->shapes, lengths, &crowd, l->spaced, &walk);
    else
        sc_crowd_walk(&l->plan->shapes, lengths, &crowd, &walk);
    if (counted && counted->streamed >= 0) { /* what a walk has too many are steps of its last fiber, alone */
        walk.cycles = sc_max(counted->streamed, walk.cycles + counted->streamed - walk.steps);
        walk.steps = counted->streamed;
    }
    struct tiles t = {.rows = rows, .delivered = distinct * sc_fiber_met(p)};
    double each = sc_gustavson_union(l, words / rows, words / rows);
    t.outputs = rows * each;
    if (counted) /* a union has no more than the products */
        t.outputs = sc_min(t.outputs, rows * counted->heaviest);
    double longest = longest_union(l, rows, words / rows, each, walk.steps, &deviation),
           beats = sc_ceil(t.outputs / m->rn_bandwidth);
    if (counted && longest > counted->heaviest) {
        longest = counted->heaviest;
        deviation = sc_min(deviation, sc_max(0, longest - walk.steps));
    }
    t.pipe.load = sc_ceil(words / m->dn_bandwidth - 1e-9);
    double stream = walk.cycles + t.pipe.load, both = larger_of(stream, longest, deviation);
    if (beats > longest)
        both = larger_of(stream, beats, deviation * sqrt(rows) / m->rn_bandwidth);
    t.pipe.steps = walk.steps;
    t.pipe.step_cycles = walk.cycles / sc_max(walk.steps, 1e-9);
    t.pipe.excess = both - stream;
    t.pipe.deviation = sc_min(walk.steps / 2, 0.6 * sqrt(l->task->met->variance / sc_max(1, log(distinct + 1))));
    t.pipe.fetch_bytes = words * m->element_bytes;
    t.pipe.end_writes = complete ? t.outputs * m->element_bytes : 0;
    t.cycles = both - t.pipe.load;
    return t;
}

static void add_tiles(double count, const struct tiles *t, struct sc_events *e, struct sc_cycles *c)
{
    e->tiles += count;
    e->steps += count * t->pipe.steps;
    e->str_reads += count * t->delivered;
    e->delivered += count * t->delivered;
    e->tree_merged += count * t->outputs;
    e->tree_waits += count * t->pipe.excess;
    c->stationary += count * t->pipe.load;
    c->stream += count * t->cycles;
    sc_book_tiles(c->account, count, t->pipe.load, t->pipe.steps, t->pipe.steps * t->pipe.step_cycles);
    sc_book(c->account, SC_CHARGE_TREE_EXCESS, count, count * t->pipe.excess);
}

/* Adds a kind of tiles to a mean of several. */
static void mix(struct tiles *mean, double count, const struct sc_pipe_tile *t)
{
    double all = mean->count + count, f = count / all;
    struct sc_pipe_tile *m = &mean->pipe;
    double cycles = (1 - f) * m->steps * m->step_cycles + f * t->steps * t->step_cycles;
    m->steps += f * (t->steps - m->steps);
    m->step_cycles = cycles / sc_max(m->steps, 1e-9);
    m->deviation += f * (t->deviation - m->deviation);
    m->load += f * (t->load - m->load);
    m->excess += f * (t->excess - m->excess);
    m->fetch_bytes += f * (t->fetch_bytes - m->fetch_bytes);
    mean->count = all;
}

/* A chunk of `words` nonzeros of a row of more than P: where it was counted, its fibers are as long as such rows name
 * them, between fibers as often as they are named and once each. */
static struct tiles chunk_tile(const struct sc_gustavson *l, double words)
{
    double met = l->task->met->mean, once = l->task->once->mean;
    const struct counted_tile counted = {-1, words * l->long_fiber};
    if (l->long_fiber >= l->p->N) /* not counted */
        return pipelined_tile(l, l->lengths, words, 1, words, l->picks.neighbours, NULL, false);
    struct sc_survival lengths = *l->lengths;
    if (met > once * (1 + 1e-6) && l->long_fiber < met)
        sc_survival_blend(&lengths, sc_max(0, (l->long_fiber - once) / (met - once)), l->task->once);
    struct tiles t = pipelined_tile(l, &lengths, words, 1, words, l->picks.neighbours, &counted, false);
    t.delivered = counted.heaviest;
    return t;
}

/* A row of more than P nonzeros: its chunks one after the other, then the merge of their fibers. */
static void pipelined_long_row(const struct sc_gustavson *l, const struct tiles *whole, unsigned node, struct tiles *mean,
                               struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_plan *plan = l->plan;
    const struct sc_machine *m = &plan->machine;
    double length = l->task->chunks.node[node].length, rows = l->p->M * l->task->chunks.node[node].share;
    double full = sc_floor(length / plan->leaves + 1e-9), rest = length - full * plan->leaves;
    struct sc_row_merge row;
    struct tiles last = {.outputs = 0};
    if (rest > 1e-6)
        last = chunk_tile(l, rest);
    double partial = full * whole->outputs + last.outputs, chunks = full + (rest > 1e-6),
           final = sc_gustavson_scaled(l, l->whole[node], length, length);
    sc_merge_row(plan, l->task, chunks, length, &row);
    double outputs = row.between + final, passes = row.passes;
    double per_block = sc_max(1, sc_floor((double)m->psram_block_bytes / m->element_bytes));
    double bytes = chunks * sc_ceil(partial / chunks / per_block) * m->psram_block_bytes;
    if (m->psram_bytes < m->psram_block_bytes) /* no PSRAM: element by element */
        bytes = partial * m->element_bytes;
    double spilled = sc_max(0, bytes - (double)m->psram_bytes), merged = partial + outputs - final;
    e->psum_writes += rows * merged;
    e->merge_inputs += rows * merged;
    e->merge_outputs += rows * outputs;
    e->merge_passes += rows * passes;
    e->spill_write_bytes += rows * spilled;
    e->spill_read_bytes += rows * spilled;
    double idle = row.idle + sc_max(0, (passes > 1 ? row.last : partial) / m->dn_bandwidth - final),
           beats = outputs + idle + passes;
    add_tiles(rows * full, whole, e, c);
    mix(mean, rows * full, &whole->pipe);
    if (rest > 1e-6) {
        add_tiles(rows, &last, e, c);
        mix(mean, rows, &last.pipe);
    }
    mean->pipe.merges += rows * passes; /* sums until all rows are in */
    mean->pipe.merge_cycles += rows * beats;
    mean->pipe.merge_writes += rows * final * m->element_bytes;
    mean->pipe.stream_writes += rows * spilled;
    mean->pipe.merge_fetch.share += rows * (spilled > 0 ? passes : 0);
    mean->pipe.merge_fetch.bytes += rows * spilled;
    c->merge += rows * beats;
    sc_book_merging(c->account, rows * outputs, rows * passes, 1, rows * idle);
}

/* Sums over long rows to means per tile and merge window. */
static void finish_long_rows(struct tiles *t)
{
    struct sc_pipe_tile *m = &t->pipe;
    double merges = sc_max(m->merges, 1e-12), fetching = sc_max(m->merge_fetch.share, 1e-12);
    m->merge_cycles /= merges;
    m->merge_writes /= merges;
    m->merge_fetch.bytes /= fetching;
    m->merge_fetch.share /= merges;
    m->merges /= sc_max(t->count, 1e-12);
    m->stream_writes /= sc_max(t->count, 1e-12);
}

/* The run of all tiles: packed rows and long ones as they come, bringing lines of B ever more seldom while B stays in
 * the cache. */
static double follow(const struct sc_gustavson *l, const struct tiles *packed, const struct tiles *rest,
                     const struct tiles *whole, struct sc_events *e)
{
    const struct sc_plan *plan = l->plan;
    const struct sc_profile *p = l->p;
    struct sc_pipe pipe;
    double lines = sc_ceil(p->b.nnz / plan->line_words), tiles = packed->count + whole->count, rows = p->M / tiles;
    if (packed->count > 0 && fabs(tiles - round(tiles)) < 0.1)
        tiles = sc_max(1, round(tiles)); /* few tiles are a whole number of them */
    double all = lines * sc_picks_cold(&l->picks, p->M), again = 0, seen = 0;
    sc_pipe_init(&pipe, plan);
    if (lines > plan->capacity_lines) {
        double fiber = sc_fiber(p),
               each = fiber / plan->line_words + (1 - l->task->empty_fibers) * (1 - 1 / plan->line_words);
        again = p->K * each * sc_picks_refetched(plan, &l->picks, lines, p->M, packed->count > 0 ? packed->rows : 1);
    }
    e->line_misses = all + again;
    for (double from = 0, to = 1; from < tiles; from = to, to = sc_min(tiles, 2 * to)) {
        if (all - seen < 0.02 * (tiles - from) && from > 0)
            to = tiles;
        double now = to >= tiles ? all : lines * sc_picks_cold(&l->picks, to * rows), count = to - from;
        double each = (now - seen + again * count / tiles) / count, begins = each * l->begins;
        double chunks = whole->count > 0.01 * tiles ? count * whole->count / tiles : 0; /* fewer make no difference */
        if (packed->count > 0)
            sc_pipe_tiles(&pipe, &packed->pipe, count - chunks, begins, each - begins);
        if (chunks > 0)
            sc_pipe_tiles(&pipe, &whole->pipe, chunks, begins, each - begins);
        seen = now;
    }
    if (rest->count > 0)
        sc_pipe_tiles(&pipe, &rest->pipe, rest->count, 0, again / tiles);
    return sc_pipe_finish(&pipe);
}

static struct tiles packed_tile(const struct sc_gustavson *l, double words, double rows)
{
    double some = sc_max(1, sc_min(words, rows));
    double distinct = sc_picks_distinct(&l->picks, some, words), close = l->picks.neighbours;
    double reach = l->p->K * sc_min(1, l->picks.reach + (some - 1) * l->picks.shift / l->p->K);
    if (some > 1)
        close = 1 - (1 - sc_min(1, distinct / reach)) / l->picks.run;
    return pipelined_tile(l, l->lengths, words, some, distinct, close, NULL, true);
}

/* Tiles as they were counted, for arrays as large as the two next powers of two. */
static bool measured_tiles(const struct sc_gustavson *l, struct tiles *t)
{
    const struct sc_grouping *g = l->p->a.grouping;
    double place = log2(l->plan->leaves / 16), f;
    if (place < 0 || place > SC_GROUPINGS - 1 || g[0].tiles <= 0)
        return false;
    unsigned i = (unsigned)sc_min(place, SC_GROUPINGS - 2);
    f = place - i;
    if (g[i].tiles <= 0 || g[i + 1].tiles <= 0)
        return false;
#define BETWEEN(field) exp((1 - f) * log(sc_max(g[i].field, 1e-9)) + f * log(sc_max(g[i + 1].field, 1e-9)))
    double tiles = BETWEEN(tiles), distinct = BETWEEN(distinct), words = BETWEEN(words), nonzeros = BETWEEN(nonzeros);
    double rows = BETWEEN(fibers) / tiles * (1 - l->task->empty_rows);
    if (nonzeros / tiles < 0.5)
        return false;
    /* a popular fiber is in a tile once: tiles lie between fibers as often as they are named and once each */
    struct sc_survival lengths = *l->lengths;
    double met = l->task->met->mean, once = l->task->once->mean, share = 1;
    if (met > once * (1 + 1e-6))
        share = sc_min(1, sc_max(0, (words / sc_max(1, distinct) - once) / (met - once)));
    if (share < 1)
        sc_survival_blend(&lengths, share, l->task->once);
    const struct counted_tile counted = {BETWEEN(streamed) / tiles, BETWEEN(heaviest) / tiles};
    *t = pipelined_tile(l, &lengths, nonzeros / tiles, sc_max(1, rows), sc_max(1, distinct / tiles),
                        BETWEEN(pairs) / distinct, &counted, true);
#undef BETWEEN
    t->count = tiles;
    t->delivered = words / tiles;
    return true;
}

/* Tiles of whole rows: full ones, but for the rows that did not fit, and what is left for the last. */
static void pack(const struct sc_gustavson *l, const struct sc_packing *k, struct tiles *full, struct tiles *rest,
                 struct sc_events *e, struct sc_cycles *c)
{
    double filled = 1 - l->task->empty_rows, all = k->tiles * k->words, mean = k->words / k->rows;
    double room = sc_max(0, (mean + sc_min(l->p->a.row.variance, mean * mean * 4) / mean - 1) / 2),
           words = l->plan->leaves - room;
    if (l->p->a.row.variance < 0.5 * sc_min(1, mean)) /* rows all alike */
        words = sc_floor(l->plan->leaves / mean + 1e-9) * mean;
    double count = sc_floor(all / sc_max(words, 1e-9) + 1e-9), left = all - count * words;
    if (measured_tiles(l, full)) {
        ;
    } else if (all <= l->plan->leaves || count < 1 || count > 12 || fabs(all / words - k->tiles) > 1.2 ||
               left < 0.5) { /* all alike */
        *full = packed_tile(l, k->words, k->rows * filled);
        full->count = k->tiles;
    } else {
        *full = packed_tile(l, words, words / mean * filled);
        *rest = packed_tile(l, left, left / mean * filled);
        full->count = count;
        rest->count = 1;
        add_tiles(1, rest, e, c);
    }
    add_tiles(full->count, full, e, c);
}

void sc_gustavson_pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    const struct sc_packing *k = &task->packing;
    struct sc_gustavson l;
    struct sc_spaced spaced;
    struct tiles packed = {.count = 0}, rest = {.count = 0}, whole = {.count = 0}, full = {.count = 0};
    sc_gustavson_open(&l, plan, task, &spaced);
    if (k->tiles > 0 && k->words > 0)
        pack(&l, k, &packed, &rest, e, c);
    for (unsigned i = 0; k->folded_rows > 0 && i < task->chunks.count; i++) {
        const struct sc_node *node = &task->chunks.node[i];
        if (node->length <= plan->leaves)
            continue;
        if (full.outputs <= 0)
            full = chunk_tile(&l, plan->leaves);
        pipelined_long_row(&l, &full, i, &whole, e, c);
    }
    finish_long_rows(&whole);
    e->psum_reads = e->psum_writes;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
    c->stall =
        sc_max(0, follow(&l, &packed, &rest, &whole, e) + plan->fill_latency - c->stationary - c->stream - c->merge);
    sc_book_stall(plan, e, c, 1);
}
