/* inner_resident.c - where along K the nonzeros of a stationary tile lie.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner.h"

#include <math.h>

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

/* Neighbouring rows have neighbouring bands, cut off at both ends of K.  The places beyond the first and the last
 * nonzero are few where many rows share them. */
static void banded_rows(const struct sc_profile *p, struct sc_resident *r)
{
    double some = sc_max(1, -r->rows * expm1(-r->words / r->rows)); /* rows not empty, the first and last of which */
    double apart = some > 1.01 ? (some - 1) / (some + 1) * (r->rows + 1) : 0; /* are so many rows apart */
    double band = sc_min(p->a.band, p->K), pitch = p->K / p->M, moved = pitch * apart, room = sc_max(1, p->K - moved);
    double cut = band / 2 < room ? band * band / (4 * room) : band - room; /* mean over where the tile lies */
    double reach = sc_max(1, sc_min(p->K, band + moved - cut)), per_row = r->words / r->rows;
    double covered = sc_max(per_row, sc_min(band, reach)), inside = sc_min(per_row / covered, 1 - 1e-12);
    double alone = (covered - per_row) / (per_row + 1), full = -log1p(-inside), shared;
    if (pitch >= 1) /* places from the edge inwards are in ever more rows: Gauss's integral */
        shared = sqrt(1.5707963268 * pitch / full);
    else /* the outermost place is in any number of rows up to 1 / pitch */
        shared = -expm1(-full / pitch) * pitch / full;
    double gap = r->rows > 1 ? alone * shared / sqrt(alone * alone + shared * shared + 1e-12) : alone;
    r->distinct = sc_min(r->words, -reach * expm1(r->rows * covered / reach * log1p(-inside)));
    r->span = sc_min(1, sc_max(1, reach - 2 * gap) / p->K);
}

/* Whole rows, `words` nonzeros in all. */
struct sc_resident sc_inner_rows(const struct sc_profile *p, double words, double rows, double deviation)
{
    const struct sc_side *a = &p->a;
    double density = sc_min(words / (rows * p->K), 1 - 1e-12);
    struct sc_resident r = {.words = words, .rows = rows, .run = a->run_cols};
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

/* A chunk of `words` nonzeros of a row of `length`: between its first and last of them lie as many gaps, less one, as
 * words. */
struct sc_resident sc_inner_chunk(const struct sc_profile *p, double words, double length)
{
    double run = p->a.run_cols, n = sc_max(1, words / run), all = sc_max(n, length / run), places = p->K;
    if (p->a.band > 0)
        places = sc_min(p->a.band, p->K);
    double slots = places / run, span = ((slots + 1) * (n - 1) / (all + 1) + 1) * run;
    struct sc_resident r = {words, 1, words, 0, run, sc_min(1, sc_min(span, places) / p->K), 0, true};
    r.taken = sc_min(1, words / sc_max(1, r.span * p->K));
    return r;
}
