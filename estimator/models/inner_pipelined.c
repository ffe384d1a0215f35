/* inner_pipelined.c - closed form of the inner product under the pipelined policy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "book.h"
#include "inner.h"
#include "inner_flow.h"

/* What is summed up over the run. */
struct run {
    const struct sc_plan *plan;
    const struct sc_profile *p;
    struct sc_events *e;
    struct sc_cycles *c;
    struct sc_pipe flow;
    double lines;   /* of B */
    double kept;    /* share of them that all of B leaves in the cache */
    double touched; /* of these so far */
    double cold_lines; /* fetched by the first folded row */
};

/* `tiles` tiles of a kind, whose loads take `load` cycles; *share receives how much of B's lines one of them touches.
 * */
static struct sc_flow_tiles add_tiles(struct run *run, double tiles, const struct sc_resident *r, double load,
                                      double *share)
{
    const struct sc_plan *plan = run->plan;
    struct sc_sweep s = sc_inner_sweep(plan, run->p, r);
    double words = run->p->b.nnz, own = sc_min(1, s.read / words);
    *share = sc_min(1, s.lines * plan->line_words / words);
    double shared = sc_max(0, *share - own), both = sc_min(own, shared); /* both: lines that two chunks of a row read */
    double pass = *share < 1 ? sc_inner_kept(plan, run->lines, *share, 0) : run->kept, row = pass, less = pass;
    struct sc_flow_tiles t = {.count = tiles, .steps = run->p->N, .load = load, .busy = s.busy};
    if (r->split) {
        row = run->kept;
        less = sc_inner_kept(plan, run->lines, sc_min(1, sc_max(0, 1 - 2 * own) + *share), 0);
    }
    t.lines = run->lines * ((own - both) * (1 - row) + both * (1 - less) + shared * (1 - pass));
    t.reach = run->p->b.band > 0 ? s.active / run->p->N : 1;
    t.stationary_bytes = r->words * plan->machine.element_bytes;
    run->e->tiles += tiles;
    run->e->steps += tiles * run->p->N;
    run->e->str_reads += tiles * s.read;
    run->e->intersections += tiles * s.read;
    run->e->delivered += tiles * s.matched;
    run->c->stationary += tiles * load;
    run->c->stream += tiles * s.busy;
    sc_book_tiles(run->c->account, tiles, load, run->p->N, s.busy);
    return t;
}

/* Tiles of whole rows; when they are done the share `coverage` of K has been streamed. */
static struct sc_flow_tiles add_whole(struct run *run, double tiles, const struct sc_resident *r, double load,
                                      double coverage)
{
    double share;
    struct sc_flow_tiles t = add_tiles(run, tiles, r, load, &share);
    double more = coverage > r->span ? (coverage - r->span) / (1 - r->span) : 0; /* of what one tile leaves untouched */
    double fresh = sc_max(0, run->lines * (share + (1 - share) * more) - run->touched);
    t.fresh = run->touched > 0 ? 0 : sc_min(fresh, run->lines * share);
    t.rest = sc_max(0, fresh - t.fresh) * (1 - sc_min(1, t.lines / sc_max(run->lines * share, 1e-9)));
    run->touched += fresh;
    run->e->line_misses += sc_min(1, tiles) * t.fresh + t.rest + sc_max(0, tiles - (t.fresh > 0)) * t.lines;
    return t;
}

/* `times` chunks of a kind in each of `rows` rows, `cold` of which find nothing of B in the cache; *seen: lines that
 * the row's chunks before have touched. */
static struct sc_flow_tiles add_chunks(struct run *run, double rows, double times, const struct sc_resident *r,
                                       double cold, double *seen)
{
    double share;
    double load = sc_ceil(r->words / run->plan->machine.dn_bandwidth - 1e-9);
    struct sc_flow_tiles t = add_tiles(run, rows * times, r, load, &share);
    double own = run->lines * sc_min(share, r->span), left = sc_max(0, run->lines - *seen) / times;
    t.count = times;
    t.fresh = sc_min(left, *seen > 0 ? own : run->lines * share);
    *seen += times * t.fresh;
    run->cold_lines += times * cold * t.fresh;
    run->e->line_misses += times * (cold * t.fresh + (rows - cold) * t.lines);
    return t;
}

/* Share of K between the smallest and the largest k of `tiles` tiles: what each leaves out at both ends shrinks with
 * their number, or is left out by no other where the tiles move along a band. */
static double covered(const struct sc_profile *p, const struct sc_resident *r, double tiles)
{
    double out = sc_max(0, 1 - r->span);
    return 1 - out / sc_max(1, p->a.band > 0 && tiles > 1 ? p->K : tiles);
}

/* The tiles one after the other: a whole number of them, `last` behind `count` others. */
static void one_by_one(struct sc_pipe *flow, struct sc_flow_tiles full, struct sc_flow_tiles last, double count)
{
    full.count = count;
    if (count < 1) {
        last.fresh += full.fresh;
        last.rest += full.rest;
    } else {
        sc_flow_add(flow, &full);
    }
    sc_flow_add(flow, &last);
}

/* What was counted on the tiles in place of what is expected. */
static void use_counted(const struct run *run, struct sc_resident *r)
{
    struct sc_tiling t;
    bool exact;
    if (!sc_counted_tiling(&run->p->a.counted, run->plan->leaves, &t, &exact) || run->p->b.nnz <= 0)
        return;
    double n = r->split ? t.chunks : t.tiles - t.empty, words = r->split ? t.chunk_words : t.words;
    double read = r->split ? t.chunk_read : t.read, matched = r->split ? t.chunk_matched : t.matched;
    if (read <= 0 || words <= 0 || n <= 0)
        return;
    double like = r->split || exact ? r->words * n / words : 1; /* chunks are of different lengths */
    r->span = sc_min(1, read / n / run->p->b.nnz * like);
    r->taken = sc_min(1, matched / read);
    if (!r->split)
        r->distinct = sc_min(r->words, t.distinct / n * like);
}

static void whole_tiles(struct run *run, const struct sc_packing *k)
{
    const struct sc_profile *p = run->p;
    const struct sc_machine *m = &run->plan->machine;
    double before = sc_max(0, k->tiles - 1), per_word = k->rows / sc_max(k->words, 1e-9);
    double part = before - sc_floor(before);
    double whole = p->a.nnz > 0 ? k->tiles * k->words / p->a.nnz : 0;
    struct sc_flow_tiles full = {0}, last;
    if (k->words <= 0)
        return;
    if (before > 0) {
        struct sc_resident r = sc_inner_rows(p, k->full_words, sc_max(1, k->full_words * per_word), k->deviation);
        use_counted(run, &r);
        double variance = k->deviation * k->deviation;
        double beats = sc_expected_beats(k->full_words, variance, m->dn_bandwidth, run->plan->leaves);
        full = add_whole(run, before, &r, beats, covered(p, &r, before));
    }
    struct sc_resident r = sc_inner_rows(p, sc_max(1, k->last_words), sc_max(1, k->last_words * per_word), 0);
    use_counted(run, &r);
    double load = sc_ceil(k->last_words / m->dn_bandwidth - 1e-9);
    last = add_whole(run, sc_min(1, k->tiles), &r, load, covered(p, &r, k->tiles));
    full.write_bytes = last.write_bytes = p->nnz_c * whole * m->element_bytes / k->tiles;
    struct sc_pipe more = run->flow;
    one_by_one(&run->flow, full, last, sc_floor(before));
    if (part > 1e-3) { /* sometimes there is one more */
        one_by_one(&more, full, last, sc_floor(before) + 1);
        sc_flow_mix(&run->flow, &more, part);
    }
}

/* Bytes that each chunk of a folded row moves to DRAM because N partial sums do not fit PSRAM. */
static double fold_spill(const struct sc_plan *plan, double n)
{
    const struct sc_machine *m = &plan->machine;
    if (m->psram_bytes < m->psram_block_bytes)
        return n * m->element_bytes;
    double per_block = sc_floor((double)m->psram_block_bytes / m->element_bytes);
    return sc_max(0, sc_ceil(n / per_block) * m->psram_block_bytes - (double)m->psram_bytes);
}

/* Adds `rows` times `part` to the mean of all classes of rows. */
static void blend(struct sc_flow_tiles *mean, const struct sc_flow_tiles *part, double rows)
{
    double n = rows * part->count;
    mean->count += n;
    mean->busy += n * part->busy;
    mean->load += n * part->load;
    mean->stationary_bytes += n * part->stationary_bytes;
    mean->lines += n * part->lines;
    mean->fresh += n * part->fresh;
    mean->reach += n * part->reach;
    mean->write_bytes += n * part->write_bytes;
}

static void settle_blend(struct sc_flow_tiles *mean, double rows, double steps)
{
    double n = sc_max(mean->count, 1e-12);
    mean->steps = steps;
    mean->busy /= n;
    mean->load /= n;
    mean->stationary_bytes /= n;
    mean->lines /= n;
    mean->fresh /= n;
    mean->reach /= n;
    mean->write_bytes /= n;
    mean->count /= rows;
}

/* Rows of one chunk count; `cold`: share of a first row, which finds nothing of B in the cache. */
static void fold_class(struct run *run, const struct sc_fold *f, double cold, struct sc_flow_tiles mean[3])
{
    const struct sc_profile *p = run->p;
    const struct sc_plan *plan = run->plan;
    double words[3] = {plan->leaves, plan->leaves - 1, f->rest}, times[3] = {1, f->full, f->rest > 1e-6};
    double over = fold_spill(plan, p->N), later = f->full + times[2], seen = 0, written;
    double sums = sc_profile_union(p, f->length) * plan->machine.element_bytes;
    for (int i = 0; i < 3; i++) {
        if (times[i] <= 0)
            continue;
        struct sc_resident r = sc_inner_chunk(p, words[i], f->length);
        use_counted(run, &r);
        struct sc_flow_tiles t = add_chunks(run, f->rows, times[i], &r, cold, &seen);
        bool last = i == 2 || (i == 1 && times[2] <= 0);
        written = !last ? over : (over * (times[i] - 1) + sums) / times[i];
        t.write_bytes = written;
        t.stationary_bytes += i > 0 ? over : 0;
        blend(&mean[i], &t, f->rows);
    }
    run->e->psum_writes += f->rows * p->N * later;
    run->e->spill_write_bytes += f->rows * later * over;
}

static void folded_rows(struct run *run, const struct sc_task *task, double cold)
{
    struct sc_flow_tiles mean[3] = {{0}};
    struct sc_fold f;
    double rows = 0, left = cold;
    for (unsigned i = 0; sc_inner_next_fold(run->plan, task, &i, &f);) {
        double first = sc_min(left, f.rows);
        fold_class(run, &f, first, mean);
        rows += f.rows;
        left -= first;
    }
    /* what the first row leaves out between its chunks, others bring in */
    double missed = cold > 0 ? sc_max(0, 1 - run->cold_lines / (cold * run->lines)) : 0;
    run->e->line_misses += cold * run->lines * missed * (1 - pow(missed, sc_max(0, rows - 1)));
    for (int i = 0; i < 3 && rows > 0; i++)
        settle_blend(&mean[i], rows, run->p->N);
    if (rows > 0)
        sc_flow_rows(&run->flow, mean, rows, cold);
}

void sc_inner_pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e,
                        struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct run run = {.plan = plan, .p = p, .e = e, .c = c, .lines = sc_ceil(p->b.nnz / plan->line_words - 1e-9)};
    const struct sc_packing *k = &task->packing;
    run.kept = sc_inner_kept(plan, run.lines, 1, 0);
    sc_pipe_init(&run.flow, plan);
    if (k->tiles > 0)
        whole_tiles(&run, k);
    if (k->folded_rows > 0)
        folded_rows(&run, task, sc_max(0, 1 - k->tiles));
    e->spill_read_bytes = e->spill_write_bytes;
    e->psum_reads = e->psum_writes;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
    c->stall = sc_max(plan->fill_latency, sc_flow_finish(&run.flow) - c->stationary - c->stream);
    sc_book_stall(plan, e, c, 1);
}
