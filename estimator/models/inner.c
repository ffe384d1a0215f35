/* inner.c - closed form of the inner-product dataflow; here the blocking policy.
 *
 * As many whole rows of A as fit stay on the P multipliers; every column of B streams past each such tile.  A row of
 * more than P nonzeros is folded: a first chunk of P, then chunks of P-1 with one multiplier passing the partial sum
 * on; each chunk streams only the part of B inside its range of k.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner.h"

#include <math.h>

#include "book.h"

/* All columns of B streamed past a tile or chunk. */
struct pass {
    double cycles; /* bank and fixed cycles */
    double words;  /* read */
    double idle;   /* steps without loads */
    double lines;  /* distinct ones read, those shared by neighbours counted once */
    double starts;  /* steps that read the first word of a line */
    double touched; /* steps that read a line before any other of the pass */
};

/* P(a word in a bank chosen at random makes the fullest bank of `words` consecutive ones still fuller). */
static inline double collision(const struct sc_plan *plan, double words)
{
    return sc_min(1, sc_max(1, words / plan->line_words - 1) / plan->shapes.banks);
}

/* Where in a line columns begin: at `first` and every `step` words, or anywhere. */
struct phase {
    double first, step; /* step 0: anywhere */
};

/* Columns of one length begin at few places of a line. */
static struct phase column_phase(const struct sc_plan *plan, const struct sc_profile *p)
{
    const struct sc_lengths *l = &p->b.col;
    double step = 1;
    if (l->strata == 1 && l->variance < 1e-9)
        step = sc_common_divisor(plan->line_words, sc_floor(l->mean + 1e-9));
    return step > 1 && plan->shapes.banks > 1 ? (struct phase){fmod(p->a.nnz, step), step} : (struct phase){0, 0};
}

/* Bank cycles of consecutive words, the first of which lies at such a place: those of the longer part on one line. */
static inline double bank_cycles(const struct sc_plan *plan, double words, struct phase phase)
{
    double size = plan->line_words, sum = 0;
    if (phase.step <= 0 || words > size * plan->shapes.banks)
        return sc_shape_contiguous(&plan->shapes, words);
    for (double at = phase.first; at < size; at += phase.step) {
        double first = sc_min(words, size - at);
        sum += sc_max(first, sc_min(words - first, size));
    }
    return sum * phase.step / size;
}

/* Cycles of a step that reads `words` consecutive words and, when folded, one of C. */
static inline double step_cycles(const struct sc_plan *plan, double words, bool folded, struct phase phase)
{
    if (words <= 0)
        return folded ? plan->machine.step_fixed + 1 : plan->machine.empty_step;
    return plan->machine.step_fixed + bank_cycles(plan, words, phase) + (folded ? collision(plan, words) : 0);
}

/* The window of a chunk covers the share `range` of K. */
static struct pass stream_pass(const struct sc_plan *plan, const struct sc_profile *p, double range, bool folded)
{
    struct sc_seen seen[SC_SEEN_MAX];
    struct sc_words words[SC_WORDS_MAX];
    struct pass r = {0};
    double size = plan->line_words, per_line = 1 / size;
    unsigned classes = sc_inner_seen(p, range, seen);
    /* windows of later chunks begin anywhere */
    struct phase phase = folded ? (struct phase){0, 0} : column_phase(plan, p);
    for (unsigned i = 0; i < classes; i++) {
        unsigned n = sc_inner_words(&seen[i], words);
        double whole = seen[i].part > 0 ? seen[i].whole / sc_max(seen[i].mean, 1e-9) : 1;
        struct pass of = {0}; /* this class, in shares of its columns */
        for (unsigned j = 0; j < n; j++) {
            double w = words[j].words, share = words[j].p;
            of.cycles += share * step_cycles(plan, w, folded, phase);
            if (w <= 0) {
                of.idle += folded ? 0 : share;
                continue;
            }
            /* lines that end in the gap between the windows of two columns are not shared, others are */
            double lines = sc_min(w * whole, w + size - 1) * per_line;
            of.words += share * w;
            of.lines += share * lines;
            of.starts += share * sc_min(1, w * per_line);
            of.touched += share * sc_min(1, lines);
        }
        double columns = p->N * seen[i].share;
        r.cycles += columns * of.cycles;
        r.idle += columns * of.idle;
        r.words += columns * of.words;
        r.lines += columns * of.lines;
        r.starts += columns * of.starts;
        r.touched += columns * of.touched;
    }
    return r;
}

/* Steps that read a line that is not there: of the `starts` steps that begin `lines` lines in all, when sets that
 * lost their lines, a share `lost` of all, lie side by side in runs. */
static double missing_steps(double starts, double lines, double lost, double run)
{
    return starts > 0 ? starts * sc_min(1, lost * (sc_max(1, lines / starts) + run - 1) / run) : 0;
}

/* Missing lines, and the steps that miss. */
struct misses {
    double lines, steps;
};

/* Levels of the tree that the largest of `rows` whole rows needs: the sum over levels v of P(some row is longer than
 * 2^v). */
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

/* What a tile adds to its steps; the levels of its tree count only where the machine says so. */
static double tile_drain(const struct sc_plan *plan, double levels)
{
    return plan->machine.inner_drain > 0 ? plan->machine.inner_drain + levels : plan->machine.drain;
}

/* What a run adds up to. */
struct book {
    const struct sc_plan *plan;
    const struct sc_profile *p;
    struct sc_events *e;
    struct sc_cycles *c;
    struct sc_inner_lines lines;
};

/* Such misses `times`, in steps of `words` words. */
static void add_misses(struct book *b, double times, struct misses m, double words)
{
    double steps = sc_min(m.steps, m.lines), stall = times * sc_contiguous_stall(b->plan, steps, m.lines, words);
    b->e->line_misses += times * m.lines;
    b->c->stall += stall;
    sc_book_misses(b->plan, b->c->account, times * steps, times * m.lines, stall);
}

static void add_passes(struct book *b, double times, double words, const struct pass *pass, double drain)
{
    b->e->tiles += times;
    b->e->steps += times * b->p->N;
    b->e->str_reads += times * words;
    b->c->stream += times * (pass->cycles + drain);
    double loading = b->p->N - pass->idle, fixed = loading * b->plan->machine.step_fixed;
    double idle = pass->idle * b->plan->machine.empty_step;
    sc_book(b->c->account, SC_CHARGE_STEP_FIXED, times * loading, times * fixed);
    sc_book(b->c->account, SC_CHARGE_STEP_EMPTY, times * pass->idle, times * idle);
    sc_book(b->c->account, SC_CHARGE_STEP_BANKS, times * loading, times * (pass->cycles - fixed - idle));
    sc_book(b->c->account, SC_CHARGE_DRAIN, times, times * drain);
}

/* A's `lines` in `loads` loads of n words each: a load misses when a line begins in it, and again the line it shares
 * with the load before where that is `kept` only in part.  `first` of them open the run, at the beginning of a line. */
static void add_loads(struct book *b, double loads, double first, double n, double lines, double kept)
{
    double size = b->plan->line_words, again = sc_max(0, loads - 1) * (1 - kept) * (1 - 1 / size);
    double others = sc_min(sc_max(0, lines - first * sc_ceil(n / size)), (loads - first) * sc_min(1, n / size));
    struct misses m = {lines + again, first + others};
    m.steps += again * sc_max(0, 1 - m.steps / sc_max(loads, 1));
    b->c->stationary += loads * sc_blocking_load(b->plan, n);
    sc_book_loads(b->plan, b->c->account, loads, n);
    add_misses(b, 1, m, n);
}

/* The loads of whole tiles, which take `lines` of A: all but the last are full, and the first finds nothing. */
static void add_tile_loads(struct book *b, const struct sc_packing *k, double lines, double kept)
{
    double last = sc_min(1, k->tiles), before = k->tiles - last, opens = sc_min(1, before), in_full = 0;
    double each = k->full_words / b->plan->line_words;
    if (before > 0)
        in_full = sc_min(lines, opens * (sc_ceil(each) + sc_max(0, before - 1) * each));
    add_loads(b, before, opens, k->full_words, in_full, kept);
    add_loads(b, last, 1 - opens, k->last_words, lines - in_full, kept);
}

static void whole_tiles(struct book *b, const struct sc_task *task, const struct sc_packing *k)
{
    if (k->tiles <= 0)
        return;
    const struct sc_plan *plan = b->plan;
    struct pass pass = stream_pass(plan, b->p, 1, false);
    double others = 1 + k->words / plan->line_words, lines = b->lines.b; /* others: of A, between two passes */
    double kept = sc_inner_kept(plan, lines, 1, others), starts = pass.words > 0 ? pass.starts / pass.words : 0;
    struct misses cold = {lines, sc_min(b->p->N, lines * starts * plan->line_words)}, again = {lines * (1 - kept), 0};
    again.steps = missing_steps(cold.steps, lines, 1 - kept, sc_inner_lost_run(plan, lines, others));
    double step = b->p->b.nnz / b->p->N;
    double levels = plan->machine.inner_drain > 0 ? tree_levels(plan, task, k->rows) : 0;
    add_passes(b, k->tiles, b->p->b.nnz, &pass, tile_drain(plan, levels));
    add_tile_loads(b, k, b->p->a.nnz > 0 ? b->lines.a * k->tiles * k->words / b->p->a.nnz : b->lines.a, kept);
    add_misses(b, sc_min(1, k->tiles), cold, step);
    add_misses(b, sc_max(0, k->tiles - 1), again, step);
}

/* Tiles without nonzeros stream all of B past nothing. */
static void empty_tiles(struct book *b, double tiles)
{
    if (tiles <= 0)
        return;
    struct pass pass = stream_pass(b->plan, b->p, 1, false);
    b->c->stationary += tiles * sc_blocking_load(b->plan, 0);
    sc_book_loads(b->plan, b->c->account, tiles, 0);
    add_passes(b, tiles, b->p->b.nnz, &pass, tile_drain(b->plan, 0));
}

/* A row's chunks of one kind: n nonzeros each, `times` per row, whose windows cover the share `range` of K. */
struct part {
    double n, times, range;
    struct pass pass;
};

/* First, middle and last chunks.  A window ends behind the last k of its chunk, or with K. */
static void cut_row(const struct book *b, const struct sc_fold *f, struct part part[3])
{
    const struct sc_profile *p = b->p;
    double first = b->plan->leaves, next = b->plan->leaves - 1;
    double reach = p->a.band > 0 ? sc_min(1, p->a.band / p->K) : 1, beyond = (1 - reach) / 2; /* where no nonzero is */
    double unit = reach * (p->K + 1) / (p->K * (f->length + 1)); /* share of K per nonzero */
    part[0] = (struct part){.n = first, .times = 1, .range = sc_min(1, beyond + first * unit)};
    part[1] = (struct part){.n = next, .times = f->full, .range = sc_min(1, next * unit)};
    part[2] = (struct part){.n = f->rest, .times = f->rest > 1e-6};
    struct sc_tiling t;
    bool exact;
    if (sc_counted_tiling(&p->a.counted, b->plan->leaves, &t, &exact) && t.folded > 0) {
        double middles = t.chunks - 2 * t.folded;
        part[0].range = t.first_read / (t.folded * p->b.nnz);
        part[1].range = middles > 0.5 ? t.middle_read / (middles * p->b.nnz) : part[1].range;
    }
    double least = part[1].range * f->rest / next, all = part[0].range + f->full * part[1].range;
    part[2].range = sc_max(least, 1 - all);
    all += least;
    for (int i = 0; i < 3; i++) {
        part[i].range /= sc_max(1, all);
        if (part[i].times > 0)
            part[i].pass = stream_pass(b->plan, p, part[i].range, i > 0);
    }
}

/* Chances that a line is still cached: one pass later, one row later, and one row less a pass later, when a line that
 * two chunks share is asked for again; and how many sets lose their lines together. */
struct kept {
    double pass, row, less, run;
};

static struct kept kept_lines(const struct book *b, const struct sc_fold *f, const struct part part[3])
{
    double size = b->plan->line_words, lines = b->lines.b, chunks = 1 + f->full + part[2].times;
    double of_c = b->p->N / size, of_a = 2 + b->plan->leaves / size; /* touched per pass besides B's */
    double others = of_c + (fmod(b->p->N, size) > 0) + f->length / size + 1; /* per row */
    double touched = lines > 0 ? sc_min(1, part[part[1].times > 0].pass.lines / lines) : 0;
    double less = sc_min(1, (chunks - 2) / chunks + touched);
    return (struct kept){sc_inner_kept(b->plan, lines, touched, of_c + of_a), sc_inner_kept(b->plan, lines, 1, others),
                         sc_inner_kept(b->plan, lines, less, others), sc_inner_lost_run(b->plan, lines, others)};
}

/* What a chunk misses in a row that is not the first. */
static struct misses chunk_misses(const struct book *b, const struct pass *pass, bool folded, const struct kept *kept)
{
    double size = b->plan->line_words, own = pass->words / size, shared = sc_max(0, pass->lines - own);
    double both = sc_min(own, shared), lost = (own - both) * (1 - kept->row) + both * (1 - kept->less);
    double of_c = folded ? b->p->N / size * (1 - kept->pass) : 0;
    double steps = missing_steps(pass->starts, own, own > 0 ? lost / own : 0, kept->run);
    steps += sc_max(0, pass->touched - pass->starts) * (1 - kept->pass);
    return (struct misses){lost + shared * (1 - kept->pass) + of_c, steps + sc_max(0, 1 - steps / b->p->N) * of_c};
}

/* What chunks of kind i miss in the first row, which brings B in, the first chunk also the lines that others share with
 * it.  *seen: lines so far. */
static struct misses cold_misses(const struct book *b, const struct part *part, int i, double *seen)
{
    double left = sc_max(0, b->lines.b - *seen) / part->times, own = part->pass.words / b->plan->line_words;
    struct misses m = {i == 2 ? left : sc_min(left, i == 0 ? part->pass.lines : own), part->pass.touched};
    if (i > 0)
        m.steps = sc_min(part->pass.starts, m.lines);
    *seen += m.lines * part->times;
    return m;
}

/* `lines` of C that each of `rows` rows touches first; where stores go through the cache, those of the first chunk
 * bring them, and nobody waits for that. */
static void add_partial_sums(struct book *b, double rows, double lines, double missing)
{
    if (b->plan->machine.stores)
        b->e->line_misses += rows * b->p->N / b->plan->line_words;
    else
        add_misses(b, rows, (struct misses){lines, lines * sc_max(0, 1 - missing / b->p->N)}, 1);
}

/* Rows of one chunk count, of which `cold` find nothing of B in the cache. */
static void folded_rows(struct book *b, const struct sc_fold *f, double cold)
{
    struct part part[3];
    cut_row(b, f, part);
    struct kept kept = kept_lines(b, f, part);
    double of_c = b->p->N / b->plan->line_words * kept.pass, seen = 0;
    for (int i = 0; i < 3; i++) {
        double times = f->rows * part[i].times;
        if (times <= 0)
            continue;
        struct misses m = chunk_misses(b, &part[i].pass, i > 0, &kept);
        add_loads(b, times, i == 0 ? cold : 0, part[i].n, b->lines.a * times * part[i].n / b->p->a.nnz, kept.pass);
        double levels = sc_ceil(log2(sc_max(1, part[i].n + (i > 0))) - 1e-9), step = part[i].pass.words / b->p->N;
        /* a row's chunks read all of B */
        add_passes(b, times, b->p->b.nnz * (i == 0) / part[i].times, &part[i].pass, tile_drain(b->plan, levels));
        if (cold > 0)
            add_misses(b, cold * part[i].times, cold_misses(b, &part[i], i, &seen), step);
        add_misses(b, times - cold * part[i].times, m, step);
        if (i > 0)
            b->e->folded_reads += times * b->p->N;
        if (i == 1 || (i == 2 && f->full < 1)) /* partial sums are first touched by the second chunk */
            add_partial_sums(b, f->rows, of_c, m.steps);
    }
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct book b = {plan, p, e, c, sc_inner_lines(plan, p->a.nnz, p->b.nnz, p->a.nnz > plan->leaves)};
    const struct sc_packing *k = &task->packing;
    struct sc_fold f;
    whole_tiles(&b, task, k);
    empty_tiles(&b, k->empty);
    double cold = sc_max(0, 1 - k->tiles); /* rows still to come that find nothing of B in the cache */
    for (unsigned i = 0; k->folded_rows > 0 && sc_inner_next_fold(plan, task, &i, &f);) {
        double first = sc_min(cold, f.rows);
        folded_rows(&b, &f, first);
        cold -= first;
    }
    e->stationary_words = p->a.nnz;
    e->intersections = e->str_reads;
    double last = sc_last_store(plan, p, true);
    c->stall += last;
    sc_book(c->account, SC_CHARGE_LAST_STORE, last > 0, last);
}

void sc_inner_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        sc_inner_pipelined(plan, task, e, c);
}
