/* packing.c - how many whole rows of A fit a stationary tile of P multipliers, and how many tiles that makes.
 *
 * Rows are packed in order, so tiles are a renewal process: positions within a tile are partial sums of row lengths,
 * and the row that does not fit any more opens the next tile.  That row is longer than others, the more so the tighter
 * the fit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "model.h"

enum { CELLS = 64 }; /* of a tile: positions and lengths are multiples of P / CELLS where P is larger */

/* Lengths of the whole rows, at most P, in cells; from `first` to `last`. */
struct cells {
    double share[CELLS + 1];
    double near[CELLS + 1], words[CELLS + 1]; /* share of the lengths nearest to a cell, and their sum, in cells */
    unsigned first, last;
};

/* How a tile ends. */
struct filling {
    double rows, row_variance;   /* per tile that ends because the next row does not fit */
    double words, word_variance;
};

/* A length between two cells is either, in proportion. */
static void add_length(struct cells *f, double length, double share)
{
    unsigned cell = (unsigned)sc_min(sc_max(0, length), CELLS);
    double part = sc_min(CELLS, length) - cell;
    unsigned nearest = cell + (part >= 0.5);
    f->near[nearest] += share;
    f->words[nearest] += share * sc_min(CELLS, length);
    f->share[cell] += share * (1 - part);
    if (part > 0)
        f->share[cell + 1] += share * part;
}

static void add_normal(struct cells *f, const struct sc_stratum *s, double leaves, double cell)
{
    double sigma = sqrt(s->variance), from = sc_max(0, sc_floor((s->mean - 4 * sigma) / cell));
    double to = sc_min(sc_floor(leaves / cell), sc_ceil((s->mean + 4 * sigma) / cell)), low = from > 0 ? 1 : 0;
    double before = from > 0 ? 1 : sc_normal_tail((-0.5 - s->mean) / sigma);
    if (low > 0)
        before = sc_normal_tail(((from - 0.5) * cell - s->mean) / sigma);
    for (double i = from; i <= to; i++) {
        double edge = sc_min((i + 0.5) * cell, leaves + 0.5), after = sc_normal_tail((edge - s->mean) / sigma);
        f->share[(unsigned)i] += s->share * (before - after);
        f->near[(unsigned)i] += s->share * (before - after);
        f->words[(unsigned)i] += s->share * (before - after) * i;
        before = after;
    }
}

/* Lengths of a stratum of rows; those above `leaves` are left out. */
static void add_stratum(struct cells *f, const struct sc_stratum *s, double unit, double leaves, double cell)
{
    double sigma = sqrt(sc_max(0, s->variance)), pmf[SC_PMF_MAX];
    if (sigma < 0.35) {
        double whole = sc_floor(s->mean), part = s->mean - whole;
        if (whole <= leaves)
            add_length(f, whole / cell, s->share * (1 - part));
        if (whole + 1 <= leaves && part > 0)
            add_length(f, (whole + 1) / cell, s->share * part);
    } else if (s->mean < 8 * unit) {
        unsigned n = sc_stratum_pmf(s, unit, pmf);
        for (unsigned k = 0; k < n && k * unit <= leaves; k++)
            add_length(f, k * unit / cell, s->share * pmf[k]);
    } else {
        add_normal(f, s, leaves, cell);
    }
}

/* One tile whose first row has the lengths of `first`: `visits` receives how often each position is reached, folded
 * rows ending the tile with probability `stop` after each row. */
static void visit(const struct cells *f, const double *first, double stop, double *visits)
{
    double go = 1 - stop, stay = 1 / (1 - go * f->share[0]);
    for (unsigned at = 0; at <= CELLS; at++) {
        double sum = 0;
        unsigned reach = at < f->last ? at : f->last;
        for (unsigned x = f->first; x <= reach; x++)
            sum += visits[at - x] * f->share[x];
        visits[at] = (first[at] + go * sum) * stay;
    }
}

/* Sum over j of j P(the j-th row of a tile is in it). */
static double counted_rows(const struct cells *f, double stop, const double *visits)
{
    double counts[CELLS + 1], go = 1 - stop, stay = 1 / (1 - go * f->share[0]), all = 0;
    for (unsigned at = 0; at <= CELLS; at++) {
        double sum = 0;
        unsigned reach = at < f->last ? at : f->last;
        for (unsigned x = f->first; x <= reach; x++)
            sum += counts[at - x] * f->share[x];
        counts[at] = (visits[at] + go * sum) * stay;
        all += counts[at];
    }
    return all;
}

/* Tiles after those before have settled which rows open them; tiles of `top` cells. */
static void settle(const struct cells *f, double stop, unsigned top, double cell, struct filling *out)
{
    enum { ROUNDS = 3 };
    double first[CELLS + 1], visits[CELLS + 1], rows = 0, words = 0, squares = 0;
    memcpy(first, f->share, sizeof first);
    for (int round = 0; round < ROUNDS; round++) {
        double near = 0, total = 0;
        visit(f, first, stop, visits);
        rows = 0;
        for (unsigned at = 0; at <= top; at++)
            rows += visits[at];
        if (round == ROUNDS - 1)
            break;
        for (unsigned x = 0; x <= CELLS; x++) { /* a row of x cells opens the next tile when this one is above P - x */
            first[x] = x <= f->last ? f->share[x] * ((1 - stop) * near + stop * rows) : 0;
            near += x <= top ? visits[top - x] : 0;
            total += first[x];
        }
        for (unsigned x = 0; x <= CELLS; x++)
            first[x] /= total > 0 ? total : 1;
    }
    double longer = 0; /* P(the next row does not fit) */
    for (unsigned at = 0; at <= top; at++) {
        longer = 0;
        for (unsigned x = top - at + 1; x <= f->last; x++)
            longer += f->share[x];
        double end = visits[at] * (stop + (1 - stop) * longer);
        words += end * at;
        squares += end * at * at;
    }
    out->rows = rows;
    out->row_variance = sc_max(0, 2 * counted_rows(f, stop, visits) - rows - rows * rows);
    out->words = words * cell;
    out->word_variance = sc_max(0, squares - words * words) * cell * cell;
}

/* Rows so short that tiles end anywhere within one: what is left of a tile is the age of a renewal process. */
static void settle_short(double mean, double second, double third, double leaves, double stop, struct filling *out)
{
    double left = (second / mean - 1) / 2, square = third / (3 * mean) - second / (2 * mean) + 1.0 / 6;
    out->words = leaves - left;
    out->word_variance = sc_max(0, square - left * left);
    out->rows = out->words / mean;
    out->row_variance = out->rows * sc_max(0, second / (mean * mean) - 1);
    if (stop > 0) { /* a folded row comes first */
        double rows = -expm1(out->rows * log1p(-stop)) / stop;
        out->words *= rows / out->rows;
        out->rows = rows;
        out->row_variance = rows * rows / 3;
        out->word_variance = out->words * out->words / 3;
    }
}

/* Packs `run` rows of x cells each behind `at` cells of a tile of `top`: tiles opened and, in *end, where the last one
 * ends. */
static double pack_run(double run, double x, double at, double top, double *end)
{
    double here = sc_min(run, sc_floor((top - at) / x + 1e-9)), rest = run - here, fit = sc_floor(top / x + 1e-9);
    *end = at + here * x;
    if (rest <= 0)
        return 0;
    double opened = sc_ceil(rest / fit - 1e-9);
    *end = x * (rest - (opened - 1) * fit);
    return opened;
}

/* Rows in runs of `run` equal ones, as in block patterns: from run to run the place where the tile ends is a Markov
 * chain. */
static void settle_runs(const struct cells *f, double run, double stop, unsigned top, double cell, struct filling *out)
{
    enum { ROUNDS = 6 };
    double at[CELLS + 1], tiles = 0, squares = 0, words = 0, some = 0;
    for (unsigned x = 1; x <= CELLS; x++)
        some += f->near[x];
    some = sc_max(some, 1e-9);
    for (unsigned s = 0; s <= CELLS; s++) /* where short runs leave it; long ones soon forget */
        at[s] = s <= top ? 1.0 / (top + 1) : 0;
    for (int round = 0; round < ROUNDS; round++) {
        double next[CELLS + 1] = {0}, end;
        tiles = squares = words = 0;
        for (unsigned s = 0; s <= top; s++)
            for (unsigned x = 1; x <= CELLS && at[s] > 1e-9; x++) {
                double p = at[s] * f->near[x] / some;
                if (p <= 0)
                    continue;
                double length = f->words[x] / f->near[x], opened = pack_run(run, length, s, top, &end);
                tiles += p * opened;
                squares += p * opened * opened;
                words += p * run * length * cell;
                next[(unsigned)sc_min(top, end + 0.5)] += p * (1 - stop);
                next[top] += p * stop;
            }
        memcpy(at, next, sizeof at);
    }
    tiles = sc_max(tiles, 1e-9);
    *out = (struct filling){.rows = run / some / tiles, .words = words / tiles}; /* empty rows open no tiles */
    double waste = sc_max(0, top * cell - out->words);
    out->row_variance = out->rows * out->rows * sc_max(0, squares / tiles - tiles);
    out->word_variance = waste * waste / 3;
}

/* Tiles before the last one, 1 + sum over t >= 1 of P(t tiles leave too much for one more): `tiles` would do exactly,
 * each deviates by `deviation` of its content. */
static double expected_before(double tiles, double deviation)
{
    double sigma = deviation * sqrt(sc_max(tiles, 1));
    if (sigma < 1e-3)
        return sc_max(1, sc_ceil(tiles - 1e-6));
    if (sigma > 8)
        return tiles + 0.5;
    double low = sc_max(1, sc_floor(tiles - 5 * sigma)), sum = low;
    for (double t = low; t < tiles + 5 * sigma; t++)
        sum += sc_normal_tail((t - tiles) / (deviation * sqrt(t)));
    return sum;
}

/* Tiles of `rows` rows with `words` nonzeros, more than fit one.  What the last tile could still hold is no waste. 
 * Either count tells how far t tiles get; the one that varies less tells it better. */
static double expected_tiles(const struct filling *f, double leaves, double rows, double words)
{
    double by_rows = f->row_variance / (f->rows * f->rows), by_words = f->word_variance / (f->words * f->words);
    if (by_rows < by_words)
        return 1 + expected_before(rows / f->rows - 1, sqrt(by_rows));
    return 1 + expected_before((words - leaves - 0.5) / f->words, sqrt(by_words));
}

/* Moments of the lengths of rows that are not folded. */
static void moments(const struct sc_task *task, double leaves, double m[4])
{
    for (unsigned i = 0; i < task->chunks.count; i++) {
        const struct sc_node *node = &task->chunks.node[i];
        double power = node->share;
        for (int j = 0; j < 4 && node->length <= leaves; j++, power *= node->length)
            m[j] += power;
    }
}

static void fill_tile(const struct sc_plan *plan, const struct sc_task *task, const double m[4], struct filling *out)
{
    enum { SHORT = 16 };
    const struct sc_side *a = &task->profile->a;
    double leaves = plan->leaves, cell = sc_max(1, leaves / CELLS), mean = m[1] / m[0], all = 0;
    double stop = m[0] < 1 - 1e-4 ? 1 - m[0] : 0; /* P(the next row is folded) */
    if (a->row.strata == 1 && a->row.variance < 1e-9 && mean == sc_floor(mean)) { /* all rows alike */
        double rows = sc_floor(leaves / mean + 1e-9);
        *out = (struct filling){.rows = rows, .words = rows * mean};
        return;
    }
    if (m[2] / m[1] * SHORT < leaves && leaves > CELLS) { /* mean length of the row of a nonzero */
        settle_short(mean, m[2] / m[0], m[3] / m[0], leaves, stop, out);
        return;
    }
    struct cells f = {0};
    for (unsigned i = 0; i < a->row.strata; i++)
        add_stratum(&f, &a->row.stratum[i], a->row.unit, leaves, cell);
    for (unsigned i = 0; i <= CELLS; i++) {
        f.last = f.share[i] > 1e-6 ? i : f.last;
        f.first = f.first == 0 && f.share[i] > 1e-6 ? i : f.first; /* of those that are not empty */
        all += f.share[i];
    }
    f.first = f.first > 0 ? f.first : 1;
    for (unsigned i = 0; i <= CELLS; i++) {
        f.share[i] /= all;
        f.near[i] /= all;
        f.words[i] /= all;
    }
    if (a->run_rows > 1)
        settle_runs(&f, a->run_rows, stop, (unsigned)(leaves / cell + 1e-9), cell, out);
    else
        settle(&f, stop, (unsigned)(leaves / cell + 1e-9), cell, out);
}

/* Tiles that were counted. */
static void take_counted(const struct sc_tiling *t, const struct sc_profile *p, struct sc_packing *k)
{
    double tiles = sc_max(1, t->tiles - t->empty);
    *k = (struct sc_packing){.tiles = t->tiles - t->empty, .empty = t->empty, .folded_rows = t->folded};
    k->words = t->words / tiles;
    k->rows = (p->M - t->folded) / tiles;
    k->full_words = k->last_words = k->words;
    k->deviation = sqrt(sc_max(0, t->squares / tiles - k->words * k->words));
}

void sc_pack_rows(const struct sc_plan *plan, const struct sc_task *task, struct sc_packing *k)
{
    const struct sc_profile *p = task->profile;
    double m[4] = {0};
    struct filling f;
    struct sc_tiling counted;
    bool exact;
    if (sc_counted_tiling(&p->a.counted, plan->leaves, &counted, &exact) && exact) {
        take_counted(&counted, p, k);
        return;
    }
    moments(task, plan->leaves, m);
    *k = (struct sc_packing){.folded_rows = p->M * sc_max(0, 1 - m[0])};
    if (m[1] <= 0) {
        k->tiles = p->a.nnz <= 0; /* an all-empty A still takes one pass (blocking) */
        k->rows = p->M;
        return;
    }
    double rows = p->M * m[0], words = p->M * m[1];
    k->tiles = 1;
    if (rows <= 1) {
        k->tiles = rows;
    } else if (p->a.nnz > plan->leaves) {
        fill_tile(plan, task, m, &f);
        if (k->folded_rows > 0.5) /* folded rows end tiles, too */
            k->tiles = sc_max(1, rows / f.rows);
        else
            k->tiles = expected_tiles(&f, plan->leaves, rows, words);
        k->tiles = sc_min(k->tiles, rows);
        k->deviation = sqrt(f.word_variance);
        k->full_words = sc_min(f.words, words / sc_max(k->tiles - 1, 1e-9));
    }
    k->rows = rows / k->tiles;
    k->words = words / k->tiles;
    k->last_words = k->tiles > 1 ? sc_max(0, words - (k->tiles - 1) * k->full_words) : words;
}
