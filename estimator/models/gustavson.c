/* gustavson.c - closed form of the Gustavson (row-wise) dataflow.
 *
 * Rows of A stay, in chunks of at most P nonzeros; the multiplier holding a_mk receives row k of B, one element per
 * step, and the tree merges the products by column.  A row of more than P nonzeros leaves one partial fiber per chunk,
 * which a separate phase merges.  Here: what both timing policies share, and the blocking one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "book.h"
#include "gustavson.h"

double sc_gustavson_scaled(const struct sc_gustavson *l, double all, double fibers, double row)
{
    double one = sc_max(1e-9, sc_fiber_met(l->p)) / sc_max(1e-9, sc_fiber(l->p)); /* of a single row of B */
    double scale = l->scale, most = l->p->N;
    one = 1 + (one - 1) * sc_max(0, 1 - row / l->p->K); /* a row that names all names each once */
    if (fibers < row)
        scale = fibers <= 1 ? one : one * exp(log(fibers) / log(row) * log(scale / one));
    if (row > l->plan->leaves)
        most = sc_min(most, fibers * l->long_fiber);
    return sc_min(most, all * (fibers <= 1 ? one : scale));
}

double sc_gustavson_union(const struct sc_gustavson *l, double fibers, double row)
{
    return sc_gustavson_scaled(l, sc_union(l->task, fibers), fibers, row);
}

struct sc_crowd sc_gustavson_crowd(const struct sc_gustavson *l, double fibers, double spread, double taken)
{
    const struct sc_profile *p = l->p;
    const struct sc_machine *m = &l->plan->machine;
    bool blocking = m->timing == SC_BLOCKING;
    double run = l->picks.run, shared = sc_common_divisor(run, p->b.run_rows);
    double runs = fibers / run * (1 + (run - shared) / p->b.run_rows), some = sc_max(1, sc_min(runs, fibers));
    return (struct sc_crowd){
        .fibers = fibers,
        .spread = spread,
        .alike = sc_alike(p, some, p->K * l->picks.reach) * sc_max(1, fibers / some),
        .multipliers = fibers,
        .run = 1,
        .length = sc_fiber(p),
        .deviation = sqrt(p->b.row.variance),
        .taken = taken,
        .lines = !blocking && m->str_words_per_bank > 1,
        .all_lines = sc_ceil(p->b.nnz / l->plan->line_words),
        .dn = blocking ? 0 : m->dn_bandwidth,
    };
}

void sc_gustavson_open(struct sc_gustavson *l, const struct sc_plan *plan, const struct sc_task *task,
                       struct sc_spaced *spaced)
{
    const struct sc_profile *p = task->profile;
    double all = 0;
    l->plan = plan; /* one by one: lengths are long, and filled below */
    l->task = task;
    l->p = p;
    l->scale = 1;
    l->long_fiber = p->N;
    double place = log2(plan->leaves / 16);
    const struct sc_grouping *g = &p->a.grouping[(unsigned)sc_min(sc_max(0, place), SC_GROUPINGS - 1)];
    if (p->a.span > 0 && g->long_nonzeros > 0)
        l->long_fiber = g->long_words / g->long_nonzeros;
    for (unsigned i = 0; i < task->chunks.count; i++)
        all += p->M * task->chunks.node[i].share * (l->whole[i] = sc_union(task, task->chunks.node[i].length));
    if (all > 0 && p->nnz_c > 0)
        l->scale = p->nnz_c / all;
    sc_picks_init(&l->picks, p);
    sc_picks_lines(plan, &l->picks, p);
    l->lengths = &task->lengths;
    if (p->b.band > 0 && p->a.band <= 0) {
        sc_survival_fill(&l->mixed, task->met, false);
        l->lengths = &l->mixed;
    }
    double lines = sc_max(1, p->b.nnz / plan->line_words),
           row = sc_max(1e-9, lines * sc_picks_cold(&l->picks, l->picks.alike_rows));
    double picked = p->a.row.mean * (1 - task->empty_met);
    struct sc_crowd chunk = sc_gustavson_crowd(l, 1, 0, l->picks.neighbours);
    l->spaced = spaced;
    sc_crowd_space(spaced, &plan->shapes, &chunk);
    l->begins = sc_min(1, picked * sc_picks_own_line(plan, task->met, l->picks.neighbours) / row);
}

/* Expected cost of one chunk of n nonzeros of a row (blocking), DRAM apart. */
struct chunk {
    double stationary, stream, steps, outputs, banks;
};

static struct chunk blocking_chunk(const struct sc_gustavson *l, double n, double row)
{
    const struct sc_plan *plan = l->plan;
    struct sc_crowd crowd = sc_gustavson_crowd(l, n, 0, l->picks.neighbours);
    struct sc_walk walk;
    sc_crowd_walk_spaced(&plan->shapes, l->lengths, &crowd, l->spaced, &walk);
    struct chunk c = {.stationary = sc_blocking_load(plan, n),
                      .steps = walk.steps,
                      .outputs = sc_gustavson_union(l, n, row),
                      .banks = walk.banks};
    c.stream = plan->machine.step_fixed * walk.steps + walk.banks + c.outputs + plan->machine.drain;
    return c;
}

/* Steps with a missing line in `tiles` tiles that bring `lines` lines; a tile has `fibers` new fibers. */
static double missing_steps(const struct sc_gustavson *l, double tiles, double lines, double fibers, double taken)
{
    double begins = lines * l->begins, n = sc_max(1, fibers);
    double first = sc_missing_starts(tiles, begins, n, taken);
    return first + sc_missing_steps(l->plan, l->p, l->lengths, tiles, lines - begins, n, taken,
                                    sc_max(1e-9, l->picks.neighbours));
}

/* Lines of C that storing an output row touches. */
static double stored_lines(const struct sc_plan *plan, const struct sc_profile *p)
{
    double share = p->N > 0 && p->M > 0 ? sc_min(1 - 1e-12, p->nnz_c / p->M / p->N) : 0;
    return p->N / plan->line_words * -expm1(plan->line_words * log1p(-share));
}

static void blocking_memory(const struct sc_gustavson *l, const struct sc_queue *q, struct sc_events *e,
                            struct sc_cycles *c)
{
    const struct sc_plan *plan = l->plan;
    const struct sc_profile *p = l->p;
    double of_a, lines;
    sc_blocking_lines(plan, p, &of_a, &lines);
    double missing = 0, fetched, last = (of_a - p->a.nnz / plan->line_words) * plan->miss_latency;
    double row = l->picks.alike_rows, first = sc_picks_cold(&l->picks, row), seen = 0, rows = p->M;
    double chunk = sc_min(plan->leaves, p->a.nnz / e->tiles), per_row = e->tiles / rows;
    double stored = plan->machine.stores ? stored_lines(plan, p) : 0;
    if (lines + rows * stored <= plan->capacity_lines) {
        for (double from = 0, to = row; from < rows; from = to, to = sc_min(rows, 2 * to)) {
            double now = to >= rows ? sc_picks_cold(&l->picks, rows) : sc_picks_cold(&l->picks, to),
                   tiles = per_row * (to - from);
            double share = sc_min(1, (now - seen) * row / ((to - from) * sc_max(first, 1e-12)));
            double fresh = from > 0 ? tiles : tiles / row; /* a block's first row brings all its lines */
            missing +=
                missing_steps(l, fresh, lines * (now - seen), chunk * share, sc_max(1e-9, l->picks.neighbours * share));
            seen = now;
        }
        fetched = lines * seen;
    } else {
        double fiber = sc_fiber(p), nonempty = 1 - l->task->empty_fibers;
        double each = fiber / plan->line_words + nonempty * (1 - 1 / plan->line_words); /* lines of a fiber */
        double again = stored > 0 ? sc_refetches_beside(plan, lines, p->a.density, rows, stored * p->a.run_rows)
                                  : sc_picks_refetched(plan, &l->picks, lines, rows, 1);
        double refetched = p->K * each * again;
        fetched = lines * sc_picks_cold(&l->picks, rows) + refetched;
        double share = sc_min(1, fetched / sc_max(1, p->a.nnz * each)), tiles = e->tiles / (refetched > 0 ? row : 1);
        missing = missing_steps(l, tiles, fetched, chunk * share, sc_max(1e-9, l->picks.neighbours * share));
    }
    e->line_misses = of_a + fetched + rows * stored;
    double waits = sc_queued_stall(plan, missing, fetched, q), store = sc_last_store(plan, p, false);
    c->stall += last; /* A's last line is never full */
    c->stall += waits + store;
    sc_book(c->account, SC_CHARGE_LAST_LINE, of_a - p->a.nnz / plan->line_words, last);
    sc_book_misses(plan, c->account, missing, fetched, waits);
    sc_book(c->account, SC_CHARGE_LAST_STORE, store > 0, store);
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_gustavson l;
    struct sc_spaced spaced;
    if (p->a.nnz <= 0) /* empty rows cost nothing */
        return;
    sc_gustavson_open(&l, plan, task, &spaced);
    struct chunk full = {0};
    struct sc_queue q = {.reads = p->products, .same = 1};
    bool have_full = false;
    for (unsigned i = 0; i < task->chunks.count; i++) {
        double length = task->chunks.node[i].length, rows = p->M * task->chunks.node[i].share;
        double chunks = sc_floor(length / plan->leaves + 1e-9), rest = length - chunks * plan->leaves;
        double partial = 0;
        if (chunks > 0) {
            if (!have_full)
                full = blocking_chunk(&l, plan->leaves, length);
            have_full = true;
            c->stationary += rows * chunks * full.stationary;
            c->stream += rows * chunks * full.stream;
            q.banks += rows * chunks * full.banks;
            c->stall += sc_blocking_load_stall(plan, rows * chunks, plan->leaves);
            e->steps += rows * chunks * full.steps;
            e->tiles += rows * chunks;
            partial += chunks * full.outputs;
            sc_book_chunks(plan, c->account, rows * chunks, plan->leaves, full.steps, full.banks, full.outputs);
        }
        if (rest > 1e-6) {
            double some = sc_min(1, rest);
            struct chunk part = blocking_chunk(&l, rest / some, length);
            c->stationary += rows * some * part.stationary;
            c->stream += rows * some * part.stream;
            q.banks += rows * some * part.banks;
            c->stall += sc_blocking_load_stall(plan, rows * some, rest / some);
            e->steps += rows * some * part.steps;
            e->tiles += rows * some;
            partial += some * part.outputs;
            sc_book_chunks(plan, c->account, rows * some, rest / some, part.steps, part.banks, part.outputs);
        }
        e->tree_merged += rows * partial;
        if (length > plan->leaves) {
            struct sc_row_merge m;
            sc_merge_row(plan, task, sc_ceil(length / plan->leaves - 1e-9), length, &m);
            double outputs = m.between + sc_gustavson_scaled(&l, l.whole[i], length, length);
            e->merge_passes += rows * m.passes;
            e->merge_outputs += rows * outputs;
            e->merge_inputs += rows * (partial + m.between);
            e->psum_writes += rows * partial;
            c->merge += rows * (outputs + m.passes * plan->machine.drain);
            sc_book_merging(c->account, rows * outputs, rows * m.passes, plan->machine.drain, 0);
        }
    }
    e->psum_reads = e->psum_writes;
    e->str_reads = p->products;
    e->stationary_words = p->a.nnz;
    q.steps = e->steps;
    blocking_memory(&l, &q, e, c);
}

void sc_gustavson_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e,
                        struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        sc_gustavson_pipelined(plan, task, e, c);
}
