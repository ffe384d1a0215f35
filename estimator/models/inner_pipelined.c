/* inner_pipelined.c - closed form of the inner product under the pipelined policy: what a tile reads, matches and sends.
 *
 * A step reads the words of a column between the smallest and the largest resident k, sends those that are resident, and moves one sum
 * per row that got a product; the slowest of banks, distribution and reduction network decides.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "inner.h"
#include "inner_flow.h"

/* The elements of A in a tile, seen along K. */
struct resident {
    double words, rows; /* rows with and without elements; 1 for a chunk of a row */
    double distinct, distinct_variance; /* coordinates */
    double run;         /* of consecutive coordinates, together or not at all */
    double span;        /* places from the smallest to the largest, share of K */
    double taken;       /* share of the words between that are at one of the coordinates */
    bool split;         /* a chunk of a row */
};

/* E[places from the first to the last] of n runs of `run`, drawn from `places` without replacement. */
static double spanned(double places, double run, double n)
{
    double slots = sc_max(1, places / run), some = sc_min(sc_max(1, n / run), slots);
    return sc_min(places, ((slots + 1) * (some - 1) / (some + 1) + 1) * run);
}

/* Distinct coordinates of `rows` rows that take a place with the probability its column is full. */
static double distinct_of_columns(const struct sc_profile *p, double rows, double words)
{
    const struct sc_lengths *l = &p->a.col;
    double sum = 0, denser = words / rows / sc_max(p->a.row.mean, 1e-9); /* than the average row */
    for (unsigned i = 0; i < l->strata; i++) {
        double full = sc_min(l->stratum[i].mean / p->M * denser, 1 - 1e-12);
        sum -= l->stratum[i].share * expm1(rows * log1p(-full));
    }
    return sc_min(words, p->K * sum);
}

/* Neighbouring rows have neighbouring bands, cut off at both ends of K.  The places beyond the first and the last nonzero are few where many
 * rows share them. */
static void banded_rows(const struct sc_profile *p, struct resident *r)
{
    double some = sc_max(1, -r->rows * expm1(-r->words / r->rows)), band = sc_min(p->a.band, p->K), pitch = p->K / p->M; /* rows not empty */
    double moved = pitch * sc_max(0, r->rows - 1) * (some > 1.01 ? (some - 1) / (some + 1) * (r->rows + 1) / sc_max(1, r->rows - 1) : 0);
    double room = sc_max(1, p->K - moved);
    double cut = band / 2 < room ? band * band / (4 * room) : band - room; /* mean over where the tile lies */
    double reach = sc_max(1, sc_min(p->K, band + moved - cut)), per_row = r->words / r->rows;
    double covered = sc_max(per_row, sc_min(band, reach)), inside = sc_min(per_row / covered, 1 - 1e-12);
    double alone = (covered - per_row) / (per_row + 1), shared = sqrt(1.5707963268 * pitch / inside);
    double gap = r->rows > 1 ? alone * shared / sqrt(alone * alone + shared * shared + 1e-12) : alone;
    r->distinct = sc_min(r->words, -reach * expm1(r->rows * covered / reach * log1p(-inside)));
    r->span = sc_min(1, sc_max(1, reach - 2 * gap) / p->K);
}

/* Whole rows, `words` nonzeros in all. */
static struct resident whole_rows(const struct sc_profile *p, double words, double rows, double deviation)
{
    const struct sc_side *a = &p->a;
    double density = sc_min(words / (rows * p->K), 1 - 1e-12);
    struct resident r = {.words = words, .rows = rows, .run = a->run_cols};
    if (a->band > 0) {
        banded_rows(p, &r);
    } else if (a->group > 0) {
        double gap = 0;
        for (double j = 1; j <= a->group - a->group_nonzeros && j <= 64; j++)
            gap += pow(sc_no_overlap(a->group, a->group_nonzeros, j), rows);
        r.distinct = sc_min(words, -p->K * expm1(rows * log1p(-density)));
        r.span = sc_max(1 / p->K, 1 - 2 * gap / p->K);
    } else if (a->run_rows > 1) { /* rows of a block have the same coordinates */
        double different = sc_min(rows, (rows + a->run_rows - 1) / a->run_rows);
        r.distinct = sc_min(words, -p->K * expm1(different * log1p(-density)));
        r.span = spanned(p->K, r.run, r.distinct) / p->K;
    } else {
        r.distinct = rows > 1 ? distinct_of_columns(p, rows, words) : words;
        r.span = spanned(p->K, r.run, r.distinct) / p->K;
    }
    /* of places taken by chance, in runs; and what a word more or less adds */
    double each = words / p->K, free = exp(-each);
    r.distinct_variance = rows > 1 ? r.run * p->K * free * sc_max(0, 1 - (1 + each) * free) : 0;
    r.distinct_variance += deviation * deviation * free * free;
    r.taken = sc_min(1, r.distinct / sc_max(1, r.span * p->K));
    return r;
}

/* A chunk of `words` nonzeros of a row of `length`: between its first and last of them lie as many gaps, less one, as words. */
static struct resident chunk_of_row(const struct sc_profile *p, double words, double length)
{
    double run = p->a.run_cols, n = sc_max(1, words / run), all = sc_max(n, length / run), places = p->K;
    if (p->a.band > 0)
        places = sc_min(p->a.band, p->K);
    double slots = places / run, span = ((slots + 1) * (n - 1) / (all + 1) + 1) * run;
    struct resident r = {words, 1, words, 0, run, sc_min(1, sc_min(span, places) / p->K), 0, true};
    r.taken = sc_min(1, words / sc_max(1, r.span * p->K));
    return r;
}

/* What all N steps of a tile add up to. */
struct sweep {
    double busy, read, matched, lines, active; /* steps that read anything */
};

/* Matches of the columns of one class, and rows that get a product in a step: mean and variance. */
struct matches {
    double sent, sent_variance, sums, sums_variance;
};

/* How many runs of a grid of `run` places a window of w places overlaps on average, the grids having their divisor in common. */
static double overlapped(double w, double run)
{
    return 1 + (w - sc_common_divisor(floor(w), floor(run))) / run;
}

/* P(a row of `taken` nonzeros per place has no product with a column of the class): every run of the column meets runs of the row. */
static double row_missed(const struct sc_seen *seen, const struct resident *r, double places, double taken)
{
    double absent = 1 - sc_min(taken, 1 - 1e-12);
    if (r->run > seen->unit) { /* several words of the column fall into one run of the row */
        double slots = places / r->run, met = -slots * expm1(seen->mean * log1p(-sc_min(1 / slots, 1 - 1e-12)));
        return pow(absent, met);
    }
    return pow(absent, overlapped(seen->unit, r->run) / seen->unit * seen->mean);
}

/* The same for rows of unlike lengths: places of the row fall on words of the column with probability `full`. */
static double rows_missed(const struct sc_lengths *l, double leaves, double full)
{
    double missed = 0, all = 0;
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        if (s->mean > leaves)
            continue;
        missed += s->share * sc_stratum_pgf(s, l->unit, 1 - sc_min(full, 1));
        all += s->share;
    }
    return all > 0 ? missed / all : 1;
}

/* `seen`: columns with words, only. */
static struct matches match_class(const struct sc_profile *p, const struct sc_seen *seen, const struct resident *r, double leaves)
{
    double reach = p->b.band > 0 ? sc_min(1, p->b.band / p->b.cols) : 1; /* of a column along K */
    double places = sc_max(1, seen->part * reach * p->K), taken = r->taken;
    double full = sc_min(1, seen->mean / places), together = sc_max(1, sc_min(seen->unit, r->run));
    struct matches m = {.sent = seen->mean * taken};
    if (p->b.group > 1) /* groups that are resident as a whole match in a number that is fixed */
        together = r->run < p->b.group ? (p->b.group - r->run) / (p->b.group - 1) : 0;
    double per_resident = seen->mean / sc_max(1, r->span * p->K);
    m.sent_variance = taken * taken * seen->variance + per_resident * per_resident * r->distinct_variance + seen->mean * taken * (1 - taken) * (1 - full) * together;
    double per_row = sc_min(1, r->words / r->rows * taken / sc_max(1, r->distinct));
    double hit = 1 - (p->a.row.strata > 1 && !r->split ? rows_missed(&p->a.row, leaves, seen->mean * taken / sc_max(1, r->distinct))
                                                       : row_missed(seen, r, places, per_row));
    double alike = sc_min(r->rows, r->split ? 1 : p->a.run_rows);
    double slope = r->rows * (1 - hit) * -log1p(-sc_min(per_row, 1 - 1e-12)); /* sums per word more */
    m.sums = r->rows * hit;
    m.sums_variance = m.sums * (1 - hit) * sc_max(1, alike) + slope * slope * seen->variance;
    return m;
}

/* P(x > limit) of a count x. */
static double above(double mean, double variance, double limit)
{
    double sigma = sqrt(sc_max(0, variance));
    return sigma > 1e-6 ? sc_normal_tail((limit + 0.5 - mean) / sigma) : mean > limit + 1e-9;
}

/* E[cycles of a step]: a bank serves a line per cycle.  Columns that need many cycles of one part need many of the others. */
static double step_cycles(const struct sc_plan *plan, const struct sc_seen *seen, const struct matches *m)
{
    const struct sc_machine *x = &plan->machine;
    double size = plan->line_words, banks = plan->shapes.banks, sum = 1;
    double served = sc_min(x->str_words_per_bank, size); /* words of a line per cycle */
    for (double j = 1; j < 1000; j++) {
        double sent = above(m->sent, m->sent_variance, j * x->dn_bandwidth);
        double sums = above(m->sums, m->sums_variance, j * x->rn_bandwidth);
        double lines = 0;
        if (seen->mean + 4 * sqrt(seen->variance) + size > j * banks * served)
            lines = above(seen->mean + size / 2 - 1, seen->variance + size * size / 12, j * banks * size);
        double more = sc_max(lines, sc_max(sent, sums));
        if (more < 1e-5)
            break;
        sum += more;
    }
    if (served < size)
        sum = sc_max(sum, sc_shape_contiguous(&plan->shapes, seen->mean) / served);
    return sum;
}

static struct sweep sweep_tile(const struct sc_plan *plan, const struct sc_profile *p, const struct resident *r)
{
    struct sc_seen seen[SC_SEEN_MAX];
    struct sweep s = {0};
    unsigned classes = sc_inner_seen(p, r->span, seen);
    for (unsigned i = 0; i < classes; i++) {
        struct sc_stratum t = {1, seen[i].mean, seen[i].variance};
        double some = seen[i].mean > 0 ? 1 - sc_stratum_pgf(&t, seen[i].unit, 0) : 0, columns = p->N * seen[i].share * some;
        s.busy += p->N * seen[i].share * (1 - some);
        if (some <= 1e-9)
            continue;
        double square = (seen[i].variance + seen[i].mean * seen[i].mean) / some;
        seen[i].mean /= some;
        seen[i].variance = sc_max(0, square - seen[i].mean * seen[i].mean);
        struct matches m = match_class(p, &seen[i], r, plan->leaves);
        /* lines that end in the gap between the windows of two columns are not shared */
        double lines = sc_min(seen[i].whole / some, seen[i].mean + plan->line_words - 1) / plan->line_words;
        s.busy += columns * step_cycles(plan, &seen[i], &m);
        s.active += columns;
        s.read += columns * seen[i].mean;
        s.matched += columns * m.sent;
        s.lines += columns * lines;
    }
    return s;
}

/* What is summed up over the run. */
struct run {
    const struct sc_plan *plan;
    const struct sc_profile *p;
    struct sc_events *e;
    struct sc_cycles *c;
    struct sc_flow flow;
    double lines;   /* of B */
    double touched; /* of these so far */
    double cold_lines; /* fetched by the first folded row */
};

/* `tiles` tiles of a kind, whose loads take `load` cycles; *share receives how much of B's lines one of them touches. */
static struct sc_flow_tiles add_tiles(struct run *run, double tiles, const struct resident *r, double load, double *share)
{
    const struct sc_plan *plan = run->plan;
    struct sweep s = sweep_tile(plan, run->p, r);
    double words = run->p->b.nnz, own = sc_min(1, s.read / words);
    *share = sc_min(1, s.lines * plan->line_words / words);
    double pass = sc_inner_kept(plan, run->lines, *share, 0), row = r->split ? sc_inner_kept(plan, run->lines, 1, 0) : pass;
    struct sc_flow_tiles t = {.count = tiles, .steps = run->p->N, .load = load, .busy = s.busy};
    double shared = sc_max(0, *share - own), both = sc_min(own, shared), less = row; /* lines that two chunks read */
    if (r->split)
        less = sc_inner_kept(plan, run->lines, sc_min(1, sc_max(0, 1 - 2 * own) + *share), 0);
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
    return t;
}

/* Tiles of whole rows; when they are done the share `coverage` of K has been streamed. */
static struct sc_flow_tiles add_whole(struct run *run, double tiles, const struct resident *r, double load, double coverage)
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

/* `times` chunks of a kind in each of `rows` rows, `cold` of which find nothing of B in the cache; *seen: lines that the row's chunks
 * before have touched. */
static struct sc_flow_tiles add_chunks(struct run *run, double rows, double times, const struct resident *r, double load, double *seen,
                                       double cold)
{
    double share;
    struct sc_flow_tiles t = add_tiles(run, rows * times, r, load, &share);
    double own = run->lines * sc_min(share, r->span), left = sc_max(0, run->lines - *seen) / times;
    t.count = times;
    t.fresh = sc_min(left, *seen > 0 ? own : run->lines * share);
    *seen += times * t.fresh;
    run->cold_lines += times * cold * t.fresh;
    run->e->line_misses += times * (cold * t.fresh + (rows - cold) * t.lines);
    return t;
}

/* Share of K between the smallest and the largest k of `tiles` tiles: what each leaves out at both ends shrinks with their number, or
 * is left out by no other where the tiles move along a band. */
static double covered(const struct sc_profile *p, const struct resident *r, double tiles)
{
    double out = sc_max(0, 1 - r->span);
    return 1 - out / sc_max(1, p->a.band > 0 && tiles > 1 ? p->K : tiles);
}

/* The tiles one after the other: a whole number of them, `last` behind `count` others. */
static void one_by_one(struct sc_flow *flow, struct sc_flow_tiles full, struct sc_flow_tiles last, double count)
{
    full.count = count;
    last.count = sc_min(1, last.count);
    if (count < 1) {
        last.fresh += full.fresh;
        last.rest += full.rest;
    } else {
        sc_flow_add(flow, &full);
    }
    sc_flow_add(flow, &last);
}

/* What was counted on the tiles in place of what is expected. */
static void use_counted(const struct run *run, struct resident *r)
{
    struct sc_tiling t;
    double words = run->p->b.nnz;
    if (!sc_counted_tiling(&run->p->a.counted, run->plan->leaves, &t) || words <= 0)
        return;
    double read = r->split ? t.chunk_read : t.read, matched = r->split ? t.chunk_matched : t.matched;
    double of = r->split ? t.chunk_words : t.words;
    if (read <= 0 || of <= 0)
        return;
    r->span = sc_min(1, read / words * r->words / of);
    r->taken = sc_min(1, matched / read);
    if (!r->split)
        r->distinct = t.distinct * r->words / of;
}

static void whole_tiles(struct run *run, const struct sc_packing *k)
{
    const struct sc_profile *p = run->p;
    const struct sc_machine *m = &run->plan->machine;
    double before = sc_max(0, k->tiles - 1), per_word = k->rows / sc_max(k->words, 1e-9), part = before - floor(before);
    double whole = p->a.nnz > 0 ? k->tiles * k->words / p->a.nnz : 0;
    struct sc_flow_tiles full = {0}, last;
    if (k->words <= 0)
        return;
    if (before > 0) {
        struct resident r = whole_rows(p, k->full_words, sc_max(1, k->full_words * per_word), k->deviation);
        use_counted(run, &r);
        double load = sc_expected_beats(k->full_words, k->deviation * k->deviation, m->dn_bandwidth, run->plan->leaves);
        full = add_whole(run, before, &r, load, covered(p, &r, before));
    }
    struct resident r = whole_rows(p, sc_max(1, k->last_words), sc_max(1, k->last_words * per_word), 0);
    use_counted(run, &r);
    last = add_whole(run, sc_min(1, k->tiles), &r, ceil(k->last_words / m->dn_bandwidth - 1e-9), covered(p, &r, k->tiles));
    full.write_bytes = last.write_bytes = p->nnz_c * whole * m->element_bytes / k->tiles;
    struct sc_flow more = run->flow;
    one_by_one(&run->flow, full, last, floor(before));
    if (part > 1e-3) { /* sometimes there is one more */
        one_by_one(&more, full, last, floor(before) + 1);
        sc_flow_mix(&run->flow, &more, part);
    }
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
        struct resident r = chunk_of_row(p, words[i], f->length);
        use_counted(run, &r);
        struct sc_flow_tiles t = add_chunks(run, f->rows, times[i], &r, ceil(words[i] / plan->machine.dn_bandwidth - 1e-9), &seen, cold);
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

void sc_inner_pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct run run = {.plan = plan, .p = p, .e = e, .c = c, .lines = ceil(p->b.nnz / plan->line_words - 1e-9)};
    struct sc_packing k;
    sc_flow_init(&run.flow, plan);
    sc_pack_rows(plan, task, &k);
    if (k.tiles > 0)
        whole_tiles(&run, &k);
    if (k.folded_rows > 0)
        folded_rows(&run, task, sc_max(0, 1 - k.tiles));
    e->spill_read_bytes = e->spill_write_bytes;
    e->psum_reads = e->psum_writes;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
    c->stall = sc_max(plan->fill_latency, sc_flow_finish(&run.flow) - c->stationary - c->stream);
}
