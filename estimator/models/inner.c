/* inner.c - closed form of the inner-product dataflow; here the blocking policy.
 *
 * As many whole rows of A as fit stay on the P multipliers; every column of B streams past each such tile.  A row of more than
 * P nonzeros is folded: a first chunk of P, then chunks of P-1 with one multiplier passing the partial sum on; each chunk
 * streams only the part of B inside its range of k.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner.h"

#include <math.h>

/* All columns of B streamed past a tile or chunk. */
struct pass {
    double cycles; /* bank and fixed cycles */
    double words;  /* read */
    double lines;  /* distinct ones read, those shared by neighbours counted once */
    double starts, touched; /* steps that read the first word of a line, steps that read a line before any other of the pass */
};

/* P(a word in a bank chosen at random makes the fullest bank of `words` consecutive ones still fuller). */
static double collision(const struct sc_plan *plan, double words)
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
    double step = l->strata == 1 && l->variance < 1e-9 ? sc_common_divisor(plan->line_words, floor(l->mean + 1e-9)) : 1;
    return step > 1 && plan->shapes.banks > 1 ? (struct phase){fmod(p->a.nnz, step), step} : (struct phase){0, 0};
}

/* Bank cycles of consecutive words, the first of which lies at such a place: those of the longer part on one line. */
static double bank_cycles(const struct sc_plan *plan, double words, struct phase phase)
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
static double step_cycles(const struct sc_plan *plan, double words, bool folded, struct phase phase)
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
    double size = plan->line_words;
    unsigned classes = sc_inner_seen(p, range, seen);
    struct phase phase = folded ? (struct phase){0, 0} : column_phase(plan, p); /* windows of later chunks begin anywhere */
    for (unsigned i = 0; i < classes; i++) {
        unsigned n = sc_inner_words(&seen[i], words);
        double whole = seen[i].part > 0 ? seen[i].whole / sc_max(seen[i].mean, 1e-9) : 1;
        for (unsigned j = 0; j < n; j++) {
            double w = words[j].words, columns = p->N * seen[i].share * words[j].p;
            r.cycles += columns * step_cycles(plan, w, folded, phase);
            if (w <= 0)
                continue;
            /* lines that end in the gap between the windows of two columns are not shared, others are */
            double lines = sc_min(w * whole, w + size - 1);
            r.words += columns * w;
            r.lines += columns * lines / size;
            r.starts += columns * sc_min(1, w / size);
            r.touched += columns * sc_min(1, lines / size);
        }
    }
    return r;
}

/* Steps that read a line that is not there: of the `starts` steps that begin `lines` lines in all, when sets that lost their lines, a share
 * `lost` of all, lie side by side in runs. */
static double missing_steps(double starts, double lines, double lost, double run)
{
    return starts > 0 ? starts * sc_min(1, lost * (sc_max(1, lines / starts) + run - 1) / run) : 0;
}

/* Missing lines, and the steps that miss. */
struct misses {
    double lines, steps;
};

static void add_misses(const struct sc_plan *plan, double times, struct misses m, struct sc_events *e, struct sc_cycles *c)
{
    double steps = sc_min(m.steps, m.lines);
    e->line_misses += times * m.lines;
    c->stall += times * (steps * plan->miss_latency + (m.lines - steps) / plan->lines_per_cycle);
}

/* A's `lines` in `loads` loads of n words each: a load misses when a line begins in it, and again the line it shares with the load
 * before where that is `kept` only in part.  `first` of them open the run, at the beginning of a line. */
static void stationary_loads(const struct sc_plan *plan, double loads, double first, double n, double lines, double kept,
                             struct sc_events *e, struct sc_cycles *c)
{
    double size = plan->line_words, again = sc_max(0, loads - 1) * (1 - kept) * (1 - 1 / size);
    double others = sc_min(sc_max(0, lines - first * ceil(n / size)), (loads - first) * sc_min(1, n / size));
    struct misses m = {lines + again, first + others};
    m.steps += again * sc_max(0, 1 - m.steps / sc_max(loads, 1));
    c->stationary += loads * sc_blocking_load(plan, n);
    add_misses(plan, 1, m, e, c);
}

static void whole_tiles(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_packing *k,
                        const struct sc_inner_lines *lines, struct sc_events *e, struct sc_cycles *c)
{
    if (k->tiles <= 0)
        return;
    struct pass pass = stream_pass(plan, p, 1, false);
    double a_lines = k->words / plan->line_words, share = p->a.nnz > 0 ? k->tiles * k->words / p->a.nnz : 1;
    double kept = sc_inner_kept(plan, lines->b, 1, 1 + a_lines), per_line = pass.words > 0 ? pass.starts / pass.words : 0;
    struct misses cold = {lines->b, sc_min(p->N, lines->b * per_line * plan->line_words)}, again = {lines->b * (1 - kept), 0};
    again.steps = missing_steps(cold.steps, lines->b, 1 - kept, sc_inner_lost_run(plan, lines->b, 1 + a_lines));
    e->tiles += k->tiles;
    e->steps += k->tiles * p->N;
    e->str_reads += k->tiles * p->b.nnz;
    c->stream += k->tiles * (pass.cycles + plan->machine.drain);
    double last = sc_min(1, k->tiles);
    double before = k->tiles - last, size = plan->line_words;
    double in_first = sc_min(1, before) * sc_min(lines->a * share, ceil(k->full_words / size) + sc_max(0, before - 1) * k->full_words / size);
    double in_last = before > 0 ? sc_max(0, lines->a * share - in_first) : lines->a * share;
    stationary_loads(plan, before, sc_min(1, before), k->full_words, lines->a * share - in_last, kept, e, c);
    stationary_loads(plan, last, 1 - sc_min(1, before), k->last_words, in_last, kept, e, c);
    add_misses(plan, sc_min(1, k->tiles), cold, e, c);
    add_misses(plan, sc_max(0, k->tiles - 1), again, e, c);
}

/* Tiles without nonzeros stream all of B past nothing. */
static void empty_tiles(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_packing *k, struct sc_events *e,
                        struct sc_cycles *c)
{
    if (k->empty <= 0)
        return;
    e->tiles += k->empty;
    e->steps += k->empty * p->N;
    e->str_reads += k->empty * p->b.nnz;
    c->stationary += k->empty * sc_blocking_load(plan, 0);
    c->stream += k->empty * (stream_pass(plan, p, 1, false).cycles + plan->machine.drain);
}

/* Chances that a line is still cached: one pass later, one row later, and one row less a pass later, when a line that two chunks share is
 * asked for again; and how many sets lose their lines together. */
struct kept {
    double pass, row, less, run;
};

/* One chunk of n nonzeros out of each of `rows` rows, `range` of K.  `c_lines`: lines of C, one word per column, of which `c_fresh`
 * are the first. */
static struct pass chunk(const struct sc_plan *plan, const struct sc_profile *p, double range, bool folded, double c_kept,
                         const struct kept *kept, struct misses *m)
{
    struct pass pass = stream_pass(plan, p, range, folded);
    double size = plan->line_words, own = pass.words / size;
    double shared = sc_max(0, pass.lines - own), sometimes = sc_max(0, pass.touched - pass.starts), both = sc_min(own, shared);
    double c_misses = folded ? p->N / size * (1 - c_kept) : 0, steps, lost = (own - both) * (1 - kept->row) + both * (1 - kept->less);
    m->lines = lost + shared * (1 - kept->pass) + c_misses;
    steps = missing_steps(pass.starts, own, own > 0 ? lost / own : 0, kept->run) + sometimes * (1 - kept->pass);
    m->steps = steps + sc_max(0, 1 - steps / p->N) * c_misses;
    return pass;
}

/* A row's chunks of one kind: n nonzeros each, `times` per row. */
struct part {
    double n, times, range;
};

static void folded_rows(const struct sc_plan *plan, const struct sc_task *task, const struct sc_fold *f, double cold,
                        const struct sc_inner_lines *lines, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    double first = plan->leaves, next = plan->leaves - 1, size = plan->line_words;
    double reach = p->a.band > 0 ? sc_min(1, p->a.band / p->K) : 1, beyond = (1 - reach) / 2; /* where no nonzero is */
    struct sc_tiling t;
    double unit = reach * (p->K + 1) / (p->K * (f->length + 1)), seen = 0; /* share of K per nonzero */
    struct part part[3] = {{first, 1, sc_min(1, beyond + first * unit)}, {next, f->full, sc_min(1, next * unit)}, {f->rest, f->rest > 1e-6, 0}};
    if (sc_counted_tiling(&p->a.counted, plan->leaves, &t) && t.folded > 0) {
        double middles = t.chunks - 2 * t.folded;
        part[0].range = t.first_read / (t.folded * p->b.nnz);
        part[1].range = middles > 0.5 ? t.middle_read / (middles * p->b.nnz) : part[1].range;
    }
    double least = part[1].range * f->rest / next, all = part[0].range + f->full * part[1].range + least;
    part[2].range = sc_max(least, 1 - part[0].range - f->full * part[1].range);
    for (int i = 0; i < 3 && all > 1; i++)
        part[i].range /= all;
    double chunks = 1 + f->full + part[2].times, c_lines = p->N / size;
    double per_pass = stream_pass(plan, p, part[1].times > 0 ? part[1].range : part[0].range, false).lines;
    double touched = lines->b > 0 ? sc_min(1, per_pass / lines->b) : 0, a_lines = 2 + first / size, own = 1 / chunks;
    double others = c_lines + (fmod(p->N, size) > 0) + f->length / size + 1; /* lines of C and A per row */
    struct kept kept = {sc_inner_kept(plan, lines->b, touched, c_lines + a_lines), sc_inner_kept(plan, lines->b, 1, others),
                        sc_inner_kept(plan, lines->b, sc_min(1, (chunks - 2) * own + touched), others),
                        sc_inner_lost_run(plan, lines->b, others)};
    e->tiles += f->rows * chunks;
    e->steps += f->rows * chunks * p->N;
    e->str_reads += f->rows * p->b.nnz;
    e->folded_reads += f->rows * (chunks - 1) * p->N;
    for (int i = 0; i < 3; i++) {
        if (part[i].times <= 0)
            continue;
        bool folded = i > 0, new_c = i == 1 || (i == 2 && f->full < 1);
        struct misses m, fresh;
        struct pass pass = chunk(plan, p, part[i].range, folded, kept.pass, &kept, &m);
        double times = f->rows * part[i].times;
        stationary_loads(plan, times, i == 0 ? cold : 0, part[i].n, lines->a * times * part[i].n / p->a.nnz, kept.pass, e, c);
        c->stream += times * (pass.cycles + plan->machine.drain);
        if (cold > 0) { /* the first row brings B in: its first chunk also the lines that others share with it */
            double left = sc_max(0, lines->b - seen) / part[i].times, own = pass.words / size;
            fresh.lines = sc_min(left, i == 0 ? pass.lines : own);
            if (i == 2)
                fresh.lines = left;
            fresh.steps = i == 0 ? pass.touched : sc_min(pass.starts, fresh.lines);
            seen += fresh.lines * part[i].times;
            double row = cold * part[i].times;
            add_misses(plan, row, fresh, e, c);
            times -= row;
        }
        add_misses(plan, times, m, e, c);
        if (new_c) { /* partial sums are first touched by the second chunk */
            struct misses sums = {c_lines * kept.pass, c_lines * kept.pass * sc_max(0, 1 - m.steps / p->N)};
            add_misses(plan, f->rows, sums, e, c);
        }
    }
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_packing k;
    struct sc_fold f;
    sc_pack_rows(plan, task, &k);
    const struct sc_inner_lines lines = sc_inner_lines(plan, p->a.nnz, p->b.nnz, p->a.nnz > plan->leaves);
    whole_tiles(plan, p, &k, &lines, e, c);
    empty_tiles(plan, p, &k, e, c);
    double cold = sc_max(0, 1 - k.tiles); /* rows still to come that find nothing of B in the cache */
    for (unsigned i = 0; k.folded_rows > 0 && sc_inner_next_fold(plan, task, &i, &f);) {
        double first = sc_min(cold, f.rows);
        folded_rows(plan, task, &f, first, &lines, e, c);
        cold -= first;
    }
    e->stationary_words = p->a.nnz;
    e->intersections = e->str_reads;
}

void sc_inner_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        sc_inner_pipelined(plan, task, e, c);
}
