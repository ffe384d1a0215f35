/* inner.c - closed form of the inner-product dataflow.
 *
 * As many whole rows of A as fit stay on the P multipliers; every column of B streams past each such tile.  A row of more than
 * P nonzeros is folded: a first chunk of P, then chunks of P-1 with one multiplier passing the partial sum on; each chunk
 * streams only the part of B inside its range of k.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

/* Cycles and misses of streaming all N columns of B past a tile that wants the share `range` of each column's k. */
struct pass {
    double cycles, touched; /* bank and fixed cycles; P(a step begins a new line) */
};

static struct pass stream_pass(const struct sc_plan *plan, const struct sc_profile *p, double range, double extra_loads)
{
    struct pass r = {0};
    for (unsigned i = 0; i < p->b.col.strata; i++) {
        const struct sc_stratum *s = &p->b.col.stratum[i];
        double mean = s->mean * range, empty;
        /* a share of a binomial length stays binomial; the variance of other lengths shrinks with the square */
        double variance = s->variance * range * range + mean * (1 - range) * sc_min(1, s->mean > 0 ? 1 : 0);
        variance = sc_min(variance, mean * sc_max(1, p->b.col.unit));
        double bank = sc_shape_contiguous_random(&plan->shapes, mean, variance, &empty);
        double step = extra_loads > 0 ? plan->machine.step_fixed + sc_max(bank, bank * (1 - empty) + empty)
                                      : (1 - empty) * plan->machine.step_fixed + bank + empty * plan->machine.empty_step;
        r.cycles += p->N * s->share * step;
        r.touched += s->share * sc_min(1 - empty, mean / plan->line_words);
    }
    return r;
}

/* Lines that miss in a pass over `lines` lines of B after a pass has gone by, with `others` lines of A and C touched in between:
 * LRU in cyclic order loses every line of a set that is asked for more than its ways. */
static double cyclic_misses(const struct sc_plan *plan, double lines, double others)
{
    double ways = plan->machine.str_ways, sets = plan->capacity_lines / ways, per_set = lines / sets;
    if (lines > plan->capacity_lines)
        return sc_min(lines, (ways + 1) * (lines - plan->capacity_lines) + ways * others);
    return sc_min(lines, others * sc_max(0, per_set - (ways - 1)) * (ways + 1));
}

/* DRAM cycles of one pass that misses `lines` lines out of `all`, in address order: steps that begin a line miss. */
static double pass_stall(const struct sc_plan *plan, double steps, double touched, double lines, double all)
{
    double missing = all > 0 ? steps * touched * lines / all : 0;
    return sc_contiguous_stall(plan, missing, lines, all * plan->line_words / sc_max(1, steps));
}

/* Levels of the tree that the largest of `rows` whole rows needs: the sum over levels v of P(some row is longer than 2^v). */
static double tree_levels(const struct sc_plan *plan, const struct sc_task *task, double rows)
{
    double levels = 0;
    for (double reach = 1; reach < plan->leaves; reach *= 2) {
        double whole = 0, longer = 0;
        for (unsigned i = 0; i < task->chunks.count; i++) {
            const struct sc_node *node = &task->chunks.node[i];
            whole += node->length <= plan->leaves ? node->share : 0;
            longer += node->length <= plan->leaves && node->length > reach ? node->share : 0;
        }
        levels += whole > 0 ? 1 - pow(1 - longer / whole, sc_max(1, rows)) : 0;
    }
    return levels;
}

static double tile_drain(const struct sc_plan *plan, double levels)
{
    return plan->machine.inner_drain > 0 ? plan->machine.inner_drain + levels : plan->machine.drain;
}

static void blocking_whole(const struct sc_plan *plan, const struct sc_task *task, const struct sc_packing *k,
                           struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    if (k->tiles <= 0)
        return;
    struct pass pass = stream_pass(plan, p, 1, 0);
    double lines = p->b.nnz / plan->line_words, again = cyclic_misses(plan, lines, k->words / plan->line_words);
    e->tiles += k->tiles;
    e->steps += k->tiles * p->N;
    e->str_reads += k->tiles * p->b.nnz;
    e->line_misses += lines + (k->tiles - 1) * again;
    c->stationary += k->tiles * sc_blocking_load(plan, k->words);
    c->stream += k->tiles * (pass.cycles + tile_drain(plan, tree_levels(plan, task, k->rows)));
    c->stall += sc_blocking_load_stall(plan, k->tiles, k->words) + pass_stall(plan, p->N, pass.touched, lines, lines) +
                (k->tiles - 1) * pass_stall(plan, p->N, pass.touched, again, lines);
}

/* One chunk of n nonzeros out of a row of `length`. */
static void blocking_chunk(const struct sc_plan *plan, const struct sc_profile *p, double rows, double n, double length,
                           bool folded, bool cold, struct sc_events *e, struct sc_cycles *c)
{
    double range = sc_min(1, n / length), lines = p->b.nnz / plan->line_words;
    struct pass pass = stream_pass(plan, p, range, folded ? 1 : 0);
    e->tiles += rows;
    e->steps += rows * p->N;
    e->str_reads += rows * p->b.nnz * range;
    e->folded_reads += folded ? rows * p->N : 0;
    c->stationary += rows * sc_blocking_load(plan, n);
    c->stream += rows * (pass.cycles + tile_drain(plan, ceil(log2(sc_max(1, n + folded)) - 1e-9)));
    c->stall += sc_blocking_load_stall(plan, rows, n);
    if (lines > plan->capacity_lines) { /* every pass fetches its part again */
        double words = p->b.nnz / p->N * range, footprint = p->N * (1 + sc_max(0, words - 1) / plan->line_words);
        bool gone = range < 1 && footprint > plan->capacity_lines / 2; /* also the line shared with the chunk before */
        double part = lines * range + (gone ? p->N * (1 - 1 / plan->line_words) : 0);
        double touched = sc_min(1, pass.touched + gone);
        e->line_misses += rows * part;
        c->stall += rows * pass_stall(plan, p->N, touched, part, part);
    } else if (cold) { /* once in the run */
        e->line_misses += lines * range;
        c->stall += pass_stall(plan, p->N, pass.touched, lines * range, lines * range);
    }
}

/* Partial sums of folded rows live in C, N words per row, first touched by the second chunk. */
static void blocking_partial_sums(const struct sc_plan *plan, const struct sc_profile *p, double rows, double chunks,
                                  struct sc_events *e, struct sc_cycles *c)
{
    double lines = p->N / plan->line_words, touched = sc_min(1, 1 / plan->line_words);
    bool stays = (p->b.nnz / plan->line_words + lines) <= plan->capacity_lines;
    double passes = stays ? 1 : chunks - 1, waits = passes;
    if (plan->machine.stores) { /* the first chunk's stores fetch them, too, and nobody waits for that */
        passes = stays ? 1 : chunks;
        waits = stays ? 0 : waits;
    }
    e->line_misses += rows * passes * lines;
    c->stall += rows * waits * pass_stall(plan, p->N, touched, lines, lines);
}

/* Folded rows of one chunk count: how many, and their mean length. */
struct fold {
    double rows, length, full, rest; /* full: chunks of P - 1 after the first; rest: nonzeros of the last, shorter one */
};

/* Sums up from node *next on the rows that fold into equally many chunks; false when there are none left. */
static bool next_fold(const struct sc_plan *plan, const struct sc_task *task, unsigned *next, struct fold *f)
{
    double first = plan->leaves, chunk = plan->leaves - 1;
    *f = (struct fold){.full = -1};
    for (; *next < task->chunks.count; ++*next) {
        const struct sc_node *node = &task->chunks.node[*next];
        double full = floor((node->length - first) / chunk + 1e-9);
        if (node->length <= first)
            continue;
        if (f->full >= 0 && full != f->full)
            break;
        f->full = full;
        f->rows += node->share;
        f->length += node->share * node->length;
    }
    if (f->full < 0)
        return false;
    f->length /= f->rows;
    f->rows *= task->profile->M;
    f->rest = sc_max(0, f->length - first - f->full * chunk);
    return true;
}

static void blocking_folded(const struct sc_plan *plan, const struct sc_task *task, bool cold, struct sc_events *e,
                            struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    double first = plan->leaves, next = plan->leaves - 1, lines = p->b.nnz / plan->line_words;
    struct fold f;
    for (unsigned i = 0; next_fold(plan, task, &i, &f); cold = false) {
        blocking_chunk(plan, p, f.rows, first, f.length, false, cold, e, c);
        if (f.full > 0)
            blocking_chunk(plan, p, f.rows * f.full, next, f.length, true, false, e, c);
        if (f.full > 0 && cold && lines <= plan->capacity_lines) { /* the first row's chunks bring all of B in */
            double part = lines * f.full * next / f.length;
            e->line_misses += part;
            c->stall += sc_blocking_stall(plan, p->N * f.full, part);
        }
        if (f.rest > 1e-6)
            blocking_chunk(plan, p, f.rows, f.rest, f.length, true, cold, e, c);
        blocking_partial_sums(plan, p, f.rows, 1 + f.full + (f.rest > 1e-6), e, c);
    }
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_packing k;
    sc_pack_rows(plan, task, &k);
    blocking_whole(plan, task, &k, e, c);
    if (k.folded_rows > 0)
        blocking_folded(plan, task, k.tiles <= 0, e, c);
    e->stationary_words = p->a.nnz;
    e->line_misses += p->a.nnz / plan->line_words;
    e->intersections = e->str_reads;
    c->stall += sc_last_store(plan, p, true);
}

/* One tile of `words` nonzeros from `rows` rows, or a chunk of a row of `length`: busy cycles of its N steps, elements of B read and
 * matched, finished sums, and the share of K that the chunk covers. */
struct sweep {
    double busy, read, matched, complete, range;
};

static struct sweep pipelined_sweep(const struct sc_plan *plan, const struct sc_profile *p, double words, double rows,
                                    double length)
{
    struct sweep r = {0};
    double row = words / rows, range = sc_min(1, words / sc_max(length, 1)); /* share of K that the elements come from */
    double resident = rows > 1 ? -p->K * expm1(rows * log1p(-sc_min(row / p->K, 1 - 1e-12))) : words;
    /* only elements between the smallest and the largest resident k are read: n of x random places span (n-1)/(x+1) of K */
    double span = rows > 1 ? (resident - 1) / (resident + 1) : (words - 1) / (length + 1);
    span = sc_min(1, sc_max(0, span) + 1 / p->K);
    for (unsigned i = 0; i < p->b.col.strata; i++) {
        const struct sc_stratum *s = &p->b.col.stratum[i];
        double density = s->mean / p->K, read = s->mean * span, matched = resident * density;
        double hit = density < 1 ? -expm1(row * log1p(-density)) : 1; /* P(a resident row matches) */
        double sent = sc_expected_beats(matched, matched * (1 - density), plan->machine.dn_bandwidth, plan->leaves);
        double sums = sc_expected_beats(rows * hit, rows * hit * (1 - hit), plan->machine.rn_bandwidth, plan->leaves);
        double lines = read / plan->line_words / plan->shapes.banks; /* per bank: above one only for long columns */
        lines = sc_max(1, lines > 0.9 ? lines + 0.5 : 1);
        r.busy += p->N * s->share * sc_max(sc_max(sent, sums), lines);
        r.read += p->N * s->share * read;
        r.matched += p->N * s->share * matched;
        r.complete += p->N * s->share * rows * hit;
    }
    r.range = range;
    return r;
}

/* Sums of a pipelined run. */
struct totals {
    double waits, busy, bytes;
};

/* `tiles` tiles that stream like `r`; `lines` missing lines of B each. */
static void add_sweeps(const struct sc_plan *plan, const struct sc_profile *p, double tiles, double words,
                       const struct sweep *r, double lines, double write_bytes, struct sc_events *e, struct sc_cycles *c,
                       struct totals *sum, struct sc_tiles *typical)
{
    const struct sc_machine *m = &plan->machine;
    double windows = ceil(p->N / m->window_steps);
    struct sc_tiles t = {.count = tiles, .steps = p->N, .load = ceil(words / m->dn_bandwidth - 1e-9)};
    t.busy = r->busy + t.load;
    t.later_bytes = lines * m->str_line_bytes / windows;
    t.fetch_bytes = words * m->element_bytes + t.later_bytes;
    t.later = lines > 0 ? -expm1(-lines / windows) : 0;
    t.write_bytes = write_bytes / windows; /* outputs leave window by window */
    e->tiles += tiles;
    e->steps += tiles * p->N;
    e->str_reads += tiles * r->read;
    e->intersections += tiles * r->read;
    e->delivered += tiles * r->matched;
    c->stationary += tiles * t.load;
    c->stream += tiles * r->busy;
    *typical = t;
    sum->waits += sc_tiles_stall(plan, &t);
    sum->busy += tiles * t.busy;
    sum->bytes += tiles * (words * m->element_bytes + write_bytes + lines * m->str_line_bytes);
}

/* Bytes that each chunk of a folded row moves to DRAM because N partial sums do not fit PSRAM. */
static double fold_spill(const struct sc_plan *plan, double n)
{
    const struct sc_machine *m = &plan->machine;
    if (m->psram_bytes < m->psram_block_bytes)
        return n * m->element_bytes;
    double per_block = floor((double)m->psram_block_bytes / m->element_bytes);
    return sc_max(0, ceil(n / per_block) * m->psram_block_bytes - (double)m->psram_bytes);
}

static void pipelined_folded(const struct sc_plan *plan, const struct sc_task *task, double again, struct sc_events *e,
                             struct sc_cycles *c, struct totals *sum, struct sc_tiles *typical)
{
    const struct sc_profile *p = task->profile;
    double first = plan->leaves, next = plan->leaves - 1, over = fold_spill(plan, p->N);
    struct fold f;
    for (unsigned i = 0; next_fold(plan, task, &i, &f);) {
        double part[3] = {first, next, f.rest}, times[3] = {1, f.full, f.rest > 1e-6};
        for (int j = 0; j < 3; j++) {
            if (times[j] <= 0)
                continue;
            struct sweep r = pipelined_sweep(plan, p, part[j], 1, f.length);
            add_sweeps(plan, p, f.rows * times[j], part[j], &r, again * r.range, over, e, c, sum, typical);
        }
        double later = f.full + (f.rest > 1e-6);
        e->psum_writes += f.rows * p->N * later;
        e->spill_write_bytes += f.rows * later * over;
        sum->bytes += f.rows * (later * over + sc_profile_union(p, f.length) * plan->machine.element_bytes);
        e->line_misses += f.rows * again;
    }
    e->spill_read_bytes = e->spill_write_bytes;
}

static void pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_packing k;
    struct totals sum = {0};
    struct sc_tiles typical = {0};
    sc_pack_rows(plan, task, &k);
    double lines = p->b.nnz / plan->line_words, again = cyclic_misses(plan, lines, 0);
    if (k.tiles > 0) {
        struct sweep r = pipelined_sweep(plan, p, k.words, sc_max(1, k.rows), k.rows > 1 ? k.words : p->a.row.mean);
        add_sweeps(plan, p, k.tiles, k.words, &r, again, r.complete * plan->machine.element_bytes, e, c, &sum, &typical);
        e->line_misses += k.tiles * again;
    }
    if (k.folded_rows > 0)
        pipelined_folded(plan, task, again, e, c, &sum, &typical);
    double cold = sc_max(0, lines - again), bytes = cold * plan->machine.str_line_bytes; /* once, before it can be kept */
    e->line_misses += cold;
    sum.bytes += bytes;
    double covered = k.tiles > 0 ? 1 : sc_min(1, plan->leaves / p->a.row.mean); /* share of B that the first tile streams */
    sum.waits += sc_cold_wait(plan, &typical, bytes, 1 - covered);
    e->psum_reads = e->psum_writes;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
    c->stall = sc_phase_stall(plan, sum.waits, sum.busy, sum.bytes) + plan->fill_latency;
}

void sc_inner_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        pipelined(plan, task, e, c);
}
