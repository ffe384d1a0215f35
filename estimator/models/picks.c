/* picks.c - which fibers of B the rows of A pick: how many distinct ones a few rows have in common, how closely they
 * lie, which lines of B that touches and when LRU has lost them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

static double log_not(double x)
{
    return log1p(-sc_min(x, 1 - 1e-12));
}

void sc_picks_init(struct sc_picks *k, const struct sc_profile *p)
{
    const struct sc_side *a = &p->a;
    *k = (struct sc_picks){.K = p->K, .rows = p->M, .reach = 1, .run = sc_max(1, a->run_cols)};
    if (a->group > 0 && a->group <= SC_PICKS_GROUP) {
        k->group = a->group;
        k->taken = a->group_nonzeros;
    }
    k->alike_rows = sc_max(1, a->run_rows);
    k->density = a->density;
    if (a->band > 0) {
        k->reach = sc_min(1, a->nnz / (p->M * p->K * sc_max(a->band_density, 1e-12)));
        k->density = a->band_density;
        k->shift = p->K / p->M;
    }
    if (a->col.strata > 1 && a->band <= 0 && a->group <= 0) { /* some columns are more popular */
        double mean = sc_max(a->col.mean, 1e-12);
        k->classes = a->col.strata;
        for (unsigned i = 0; i < k->classes; i++) {
            k->share[i] = a->col.stratum[i].share;
            k->weight[i] = a->col.stratum[i].mean / mean;
        }
    } else {
        k->classes = 1;
        k->share[0] = k->weight[0] = 1;
    }
    k->neighbours = 1 - (1 - sc_min(1, k->density)) / k->run;
    if (a->close >= 0)
        k->neighbours = a->close;
}

/* Rows of a band, `depth` of which cover a place at most: sum over the places that they cover of 1 - hole^(rows that
 * cover it). */
static double banded_distinct(const struct sc_picks *k, double rows, double density)
{
    double band = k->reach * k->K, depth = sc_max(1, sc_min(rows, band / k->shift)), hole = 1 - sc_min(1, density);
    double span = sc_min(k->K, band + (rows - 1) * k->shift), last = pow(hole, depth);
    double rising =
        depth - 1 - (hole < 1 ? (hole - last) / (1 - hole) : depth - 1); /* sum of 1 - hole^j, 1 <= j < depth */
    double edge = sc_min(span / 2, k->shift * (depth - 1));
    double scale = depth > 1 ? edge / (k->shift * (depth - 1)) : 0;
    return 2 * scale * k->shift * rising + (span - 2 * edge) * (1 - last);
}

double sc_picks_distinct(const struct sc_picks *k, double rows, double words)
{
    if (rows <= 1 || words <= 0)
        return sc_max(0, words);
    double different = rows; /* rows of one block are copies */
    if (k->alike_rows > 1) {
        double kept = rows == sc_floor(rows) ? sc_common_divisor(rows, k->alike_rows) : 1; /* in step with the blocks */
        different = 1 + (rows - kept) / k->alike_rows;
    }
    double density = words / rows / (k->reach * k->K), distinct = 0;
    if (k->shift > 0)
        return sc_min(words, sc_max(words / rows, banded_distinct(k, different, density)));
    for (unsigned i = 0; i < k->classes; i++)
        distinct -= k->share[i] * expm1(different * log_not(density * k->weight[i]));
    return sc_min(words, sc_max(words / rows, distinct * k->K));
}

/* How many independent choices decide whether a line of B's fibers of mean length `length` is touched. */
static double choices(const struct sc_plan *plan, const struct sc_picks *k, double length, double mean)
{
    double line = plan->line_words - 1;
    return sc_min(1 + line / sc_max(length * k->run, 1e-9) * (1 + line / 2 / sc_max(mean * k->run, 1e-9)),
                  1 + line / sc_max(mean * k->run, 1e-9));
}

double sc_picks_untouched(const struct sc_plan *plan, const struct sc_picks *k, const struct sc_lengths *b,
                          double density)
{
    double free = 0, all = sc_max(b->mean, 1e-9), fiber = all / sc_max(1e-9, 1 - sc_lengths_empty(b)),
           log_free = log_not(density);
    for (unsigned i = 0; i < b->strata; i++) {
        const struct sc_stratum *s = &b->stratum[i];
        double share = s->share * s->mean / all;
        if (share > 0)
            free += share * exp(choices(plan, k, s->mean / (1 - sc_stratum_pgf(s, b->unit, 0)), fiber) * log_free);
    }
    return free;
}

/* Columns of A that are not empty lie in the share `covered` of K, `density` of them there. */
static double nonempty_untouched(const struct sc_plan *plan, const struct sc_picks *k, const struct sc_profile *p,
                                 double taken)
{
    if (k->shift <= 0)
        return sc_picks_untouched(plan, k, &p->b.row, taken);
    double depth = k->reach * k->rows, whole = sc_floor(depth), part = depth - whole, hole = 1 - sc_min(1, k->density);
    return (1 - part) * sc_picks_untouched(plan, k, &p->b.row, 1 - pow(hole, whole)) +
           part * sc_picks_untouched(plan, k, &p->b.row, 1 - pow(hole, whole + 1));
}

double sc_picks_touched_once(const struct sc_plan *plan, const struct sc_picks *k, const struct sc_profile *p,
                             double taken)
{
    return 1 - nonempty_untouched(plan, k, p, taken);
}

/* Mean of min(gap, line) / line, gaps being of whole fibers of one length. */
static double own_line(double line, double fiber, double close)
{
    double alone = 1 - close, whole = sc_floor(line / fiber), part = line - whole * fiber;
    if (fiber >= line)
        return 1 - close / line * (1 - 1 / line);
    double stays = close > 1e-9 ? -expm1(whole * log(sc_max(alone, 1e-300))) / close : whole;
    return sc_min(1, (fiber * stays + part * pow(alone, whole)) / line);
}

double sc_picks_own_line(const struct sc_plan *plan, const struct sc_lengths *b, double close)
{
    double sum = 0, all = 0;
    for (unsigned i = 0; i < b->strata; i++) {
        const struct sc_stratum *s = &b->stratum[i];
        double some = s->mean > 0 ? s->share * (1 - sc_stratum_pgf(s, b->unit, 0)) : 0;
        if (some <= 0)
            continue;
        sum += some * own_line(plan->line_words, s->share * s->mean / some, close);
        all += some;
    }
    return all > 0 ? sum / all : 0;
}

double sc_picks_close(const struct sc_picks *k, double taken)
{
    if (k->shift > 0 && k->reach * k->rows < 1)
        taken = k->density;
    return 1 - (1 - sc_min(1, taken)) / k->run;
}

/* P(a row with `taken` of every `group` fibers leaves c neighbours alone), the first of them anywhere in a group: whole
 * numbers of neighbours, and between them. */
static double group_leaves(const struct sc_picks *k, double c)
{
    double m = k->group, whole = sc_floor(c), sum = 0;
    for (double n = whole; n <= whole + 1; n++) {
        double missed = 0;
        for (double begin = 0; begin < m; begin++) {
            double first = sc_min(n, m - begin), full = sc_floor((n - first) / m), last = n - first - full * m;
            missed += sc_no_overlap(m, k->taken, first) * sc_no_overlap(m, k->taken, last) * (full > 0 ? 0 : 1) / m;
        }
        sum += missed * (1 - fabs(c - n));
    }
    return sum;
}

void sc_picks_lines(const struct sc_plan *plan, struct sc_picks *k, const struct sc_profile *p)
{
    const struct sc_lengths *b = &p->b.row;
    double all = sc_max(b->mean, 1e-9), fiber = all / sc_max(1e-9, 1 - sc_lengths_empty(b));
    for (unsigned i = 0; i < k->classes; i++)
        k->log_left[i] = log_not(sc_min(1, k->density * k->weight[i]));
    k->lengths = b->strata;
    for (unsigned i = 0; i < k->lengths; i++) {
        const struct sc_stratum *s = &b->stratum[i];
        k->line_share[i] = s->share * s->mean / all;
        k->choices[i] = s->mean > 0 ? choices(plan, k, s->mean / (1 - sc_stratum_pgf(s, b->unit, 0)), fiber) : 1;
        if (k->group > 0)
            k->log_group[i] = log(sc_max(1e-300, group_leaves(k, k->choices[i])));
    }
}

/* Share of the lines left when a fiber is left with probability `left`; fibers of one line are as popular as any. */
static double lines_left(const struct sc_picks *k, double left)
{
    double sum = 0, log_left = log(sc_max(left, 1e-300));
    for (unsigned i = 0; i < k->lengths; i++)
        sum += k->line_share[i] * exp(k->choices[i] * log_left);
    return sum;
}

double sc_picks_cold(const struct sc_picks *k, double rows)
{
    double different = rows / k->alike_rows, left = 0;
    if (rows <= 0)
        return 0;
    if (k->shift > 0) { /* a place is seen by the rows whose band covers it, and by no other */
        double depth = sc_max(sc_min(1, different), sc_min(different, k->reach * k->rows / k->alike_rows));
        double whole = sc_floor(depth), part = depth - whole;
        left = (1 - part) * lines_left(k, exp(whole * k->log_left[0])) +
               part * lines_left(k, exp((whole + 1) * k->log_left[0]));
        return sc_min(1, sc_min(rows * k->reach, k->reach + sc_max(0, rows - 1) * k->shift / k->K)) * (1 - left);
    }
    if (k->group > 0) {
        for (unsigned i = 0; i < k->lengths; i++)
            left += k->line_share[i] * exp(different * k->log_group[i]);
        return 1 - left;
    }
    for (unsigned i = 0; i < k->classes; i++)
        left += k->share[i] * exp(different * k->log_left[i]);
    return 1 - lines_left(k, left);
}

/* Rows that touch as many lines of B as the cache holds. */
static double window_rows(const struct sc_plan *plan, const struct sc_picks *k, double lines, double per_row)
{
    double low = 0, high = 1;
    for (int i = 0; i < 60 && high < 1e15; i++, high *= 2) {
        double touched = 0;
        for (unsigned j = 0; j < k->classes; j++)
            touched -= lines * k->share[j] * expm1(high * log_not(per_row * k->weight[j]));
        if (touched >= plan->capacity_lines)
            break;
        low = high;
    }
    for (int i = 0; i < 12; i++) {
        double middle = (low + high) / 2, touched = 0;
        for (unsigned j = 0; j < k->classes; j++)
            touched -= lines * k->share[j] * expm1(middle * log_not(per_row * k->weight[j]));
        *(touched >= plan->capacity_lines ? &high : &low) = middle;
    }
    return high;
}

double sc_picks_refetched(const struct sc_plan *plan, const struct sc_picks *k, double lines, double rows,
                          double rows_per_tile)
{
    double alike = k->alike_rows, per_tile = sc_max(1, rows_per_tile / alike), tiles = rows / alike / per_tile, sum = 0;
    if (k->shift > 0) { /* only what lies in the band is waited for */
        double density = -expm1(per_tile * log_not(k->density));
        return sc_refetches(plan, lines * k->reach, density, sc_max(1, tiles * k->reach)) ;
    }
    if (k->classes == 1)
        return sc_refetches(plan, lines, -expm1(per_tile * log_not(k->density)), tiles);
    if (lines <= plan->capacity_lines)
        return 0;
    double gap = window_rows(plan, k, lines, k->density) / per_tile;
    for (unsigned i = 0; i < k->classes; i++) {
        double d = -expm1(per_tile * log_not(k->density * k->weight[i])), n = tiles - gap, stays = log_not(d);
        if (n > 1 && d > 0)
            sum += k->share[i] * exp(gap * stays) * (n * d + expm1(n * stays));
    }
    return sum;
}
