/* union.c - expected unions of fibers: how many distinct columns some rows of B have together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "along_k.h"
#include "numeric.h"

/* P(a column of B has no nonzero in f rows taken at random) where the second order is not enough: B skewed and f not
 * small against K.  Each row taken on its own with probability f/K, all strata miss with the product of (1 - f/K
 * L_k/N), less the effect of f being fixed (a saddle point); for columns of given lengths the generating function,
 * corrected to a fixed f at the mean length. */
static double zero_of_many(const struct sc_profile *p, const struct sc_stratum *column, double f)
{
    double taken = sc_min(f / p->K, 1), zero = 0, slope = 0;
    if (p->b.col.strata > 1 || p->b.row.strata == 1) {
        double drawn = pow(1 - taken, column->mean), fixed = sc_no_overlap(p->K, column->mean, f);
        zero = sc_stratum_pgf(column, 1, 1 - taken);
        return drawn > fixed ? zero * fixed / drawn : zero;
    }
    for (unsigned i = 0; i < p->b.row.strata; i++) {
        double full = sc_min(p->b.row.stratum[i].mean / p->N, SC_ALMOST_ONE), share = p->b.row.stratum[i].share;
        zero += share * log1p(-taken * full);
        slope += share * full / (1 - taken * full);
    }
    return exp(p->K * (zero - 0.5 * slope * slope * taken * (1 - taken)));
}

/* Rows of B taken at random, or exchangeable ones. */
static double union_of_any(const struct sc_profile *p, double f)
{
    const struct sc_side *b = &p->b;
    double zero = 0, pairs = 0.5 * f * (f - 1);
    bool skewed = b->col.strata > 1 || b->row.strata > 1;
    for (unsigned i = 0; i < b->col.strata; i++) {
        double second = pairs * p->excess[i], holes = exp(f * p->hole[i] + second); /* exp(-inf) = 0: full columns */
        if (skewed && fabs(second) > 0.02 && f * p->hole[i] + sc_max(0, second) > -20)
            holes = zero_of_many(p, &b->col.stratum[i], f);
        zero += b->col.stratum[i].share * sc_min(1, holes);
    }
    return p->N * (1 - zero);
}

/* Share of the windows' ends that lie inside a row of A, which windows of `f` of its `row` units fill from its
 * beginning on. */
static double inner_ends(const struct sc_along_k *a, double f, double row)
{
    return a->band > 0 || f <= 1 ? 1 : sc_max(0, 1 - (f - 1) / (sc_max(f, row) - 1));
}

/* Distinct runs of B that f consecutive nonzeros of a row of A in groups hit.  Runs within groups, or groups that fill
 * runs: as drawn from a grid.  Else every gap between two nonzeros, (m+1)/(n+1) places within a group, may hold the
 * boundary of a run. */
static struct sc_stratum distinct_by_groups(const struct sc_along_k *a, double run, double f)
{
    double m = a->group, n = a->taken, groups = sc_runs_overlapped(f, n);
    if (sc_divisor(m, run) == m)
        return (struct sc_stratum){1, sc_runs_overlapped(m * groups, run), 0};
    if (run <= m / 2) {
        double full = floor(f / n + 1e-9), last = sc_max(0, f - full * n);
        return (struct sc_stratum){
            1, m / run * (full * (1 - sc_no_overlap(m, n, run)) + 1 - sc_no_overlap(m, last, run)), 0};
    }
    double within = (m + 1) / (n + 1), between = m - (n - 1) * within;
    double crossed = (f - groups) * sc_min(1, within / run) + (groups - 1) * sc_min(1, between / run);
    return (struct sc_stratum){1, 1 + crossed, 0};
}

/* The same, mean and variance, for any row of A of local density d.  The nonzeros touch some runs of A, between which
 * lies the boundary of a run of B with a probability that follows from the share of all runs of B hit, 1 - miss; an end
 * of the window inside a run of B adds to that, the ends of the row do not. */
static struct sc_stratum distinct_runs(const struct sc_profile *p, const struct sc_along_k *a, double run, double f,
                                       double d)
{
    if (d >= SC_ALMOST_ONE ||
        (a->run > 1 && sc_divisor(a->run, run) == run)) /* all places of the row, or of a run of whole ones */
        return (struct sc_stratum){1, sc_runs_overlapped(f, run), 0};
    if (a->group > 0)
        return distinct_by_groups(a, run, f);
    double miss = sc_run_missed(run, a->run, d), runs = sc_runs_overlapped(f, a->run); /* of A */
    double crossing = a->run - sc_divisor(a->run, run), within = a->run > 1 ? crossing / run / (a->run - 1) : 0;
    double next = (1 - miss) * a->run / (run * d) - crossing / run; /* P(the next run of A begins another run of B) */
    double mean = runs * next + (1 - next) * inner_ends(a, runs, d * p->K / a->run) + (f - runs) * within, variance = 0;
    if (run > a->run) /* of runs hit, less what the fixed number of nonzeros takes away */
        variance =
            sc_max(0, miss * (1 - miss) - run / a->run * d * miss * miss / (1 - d)) * (runs - 1) * a->run / (run * d);
    return (struct sc_stratum){1, mean, variance};
}

/* B in blocks, whose number is exact. */
static double union_of_runs(const struct sc_profile *p, const struct sc_along_k *a, double run, double f, double d)
{
    struct sc_stratum distinct = distinct_runs(p, a, run, f, d);
    double blocks = p->b.rows * p->b.cols / (p->b.run_rows * p->b.run_cols), full = sc_min(p->b.density, SC_ALMOST_ONE);
    distinct.mean = sc_max(1, sc_min(distinct.mean, p->K / run));
    distinct.variance = sc_min(distinct.variance, distinct.mean - 1);
    double fixed = 0.5 * distinct.mean * (distinct.mean - 1) * full / ((1 - full) * blocks);
    return p->N * (1 - sc_stratum_pgf(&distinct, 1, 1 - full) * exp(-fixed));
}

/* P(f consecutive places of bunches, `bunch` of `span` places each, miss a column with a `share` of the places): over
 * all places in a bunch where windows begin. */
static double bunches_missed(double bunch, double span, double share, double f)
{
    enum { BEGINNINGS = 16 };
    double step = sc_divisor(f, bunch), sum = 0, whole = sc_no_overlap(span, bunch, share * span);
    unsigned count = 0;
    for (double begin = 0; begin < bunch && count < BEGINNINGS; begin += step, count++) {
        double first = sc_min(f, bunch - begin), full = floor((f - first) / bunch + 1e-9),
               last = f - first - full * bunch;
        double missed = sc_no_overlap(span, first, share * span);
        if (full > 0)
            missed *= pow(whole, full);
        if (last > 0)
            missed *= sc_no_overlap(span, last, share * span);
        sum += missed;
    }
    return sum / count;
}

/* P(f places, one of d in order, miss a column that has a `share` of the places, the same number in every group of m):
 * as drawn from the span that they cover, wider by a third of a group for a window that begins anywhere in one. */
static double scattered_missed(const struct sc_profile *p, const struct sc_along_k *a, double m, double share, double f,
                               double d)
{
    double row = p->K / a->run;
    double span = f / d + inner_ends(a, f, d * row) * sc_max(0, m - 2) / 3 * f / sc_max(f - 1, 1e-3);
    span = sc_min(row, sc_max(m, span));
    return sc_no_overlap(span, f, share * span);
}

/* B in groups: A's own groups lie together, its runs as well, being one place of a coarser grid each; other places are
 * scattered. */
static double union_of_groups(const struct sc_profile *p, const struct sc_along_k *a, const struct sc_along_k *b,
                              double f, double d)
{
    double span = sc_max(a->group, b->group), runs = f / a->run, zero;
    if (a->group > 0)
        zero = bunches_missed(a->taken * span / a->group, span, b->density, f);
    else if (d >= SC_ALMOST_ONE)
        zero = bunches_missed(b->group, b->group, b->density, f);
    else if (a->run > 1 && (runs <= 1 || a->run >= b->group))
        zero = bunches_missed(a->run, sc_max(a->run, b->group), b->density, f);
    else
        zero = scattered_missed(p, a, b->group / a->run, 1 - sc_no_overlap(b->group, b->taken, a->run), runs, d);
    return p->N * (1 - zero);
}

/* B banded: `bunches` of `unit` nonzeros of A each within `span` places, against a column's window of `window` places.
 */
struct overlap {
    double bunches, span, window, unit, density;
    double fixed; /* share of a binomial's variance that a draw without replacement has */
};

/* P(a column whose window shares `places` with the span is hit). */
static double hit(const struct overlap *o, double places)
{
    double share = places / o->span, mean = o->bunches * o->unit * share;
    struct sc_stratum met = {1, mean, o->unit * mean * (1 - share) * o->fixed};
    return 1 - sc_stratum_pgf(&met, o->unit, 1 - o->density);
}

/* Integral of hit() over the columns whose windows begin to share places with the span, up to the distance `x` after
 * the first: the shared part grows up to the shorter of the two. */
static double hits(const struct overlap *o, double x)
{
    static const double node[3] = {0.1127016653792583, 0.5, 0.8872983346207417},
                        weight[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
    double most = sc_min(o->span, o->window), rising = sc_min(x, most), sum = 0;
    if (x <= 0)
        return 0;
    for (int i = 0; i < 3; i++)
        sum += weight[i] * rising * hit(o, rising * node[i]);
    return x > most ? sum + (x - most) * hit(o, most) : sum;
}

/* Sum of hits() over `windows` spans, one every `pitch` places: the columns they would see beyond the end of K that
 * lies x before the end of the first's reach.  Many terms by Euler and Maclaurin's formula. */
static double beyond(const struct overlap *o, double x, double pitch, double windows)
{
    double terms = sc_min(windows, ceil(x / pitch)), sum = 0;
    if (terms <= 4) {
        for (int i = 0; i < terms; i++)
            sum += hits(o, x - i * pitch);
        return sum;
    }
    double rest = sc_max(0, x - windows * pitch), first = hits(o, x), last = hits(o, rest),
           most = sc_min(o->span, o->window);
    sum = (x - rest) / pitch * (first + 4 * hits(o, (rest + x) / 2) + last) / 6 + (first - last) / 2;
    return sum + pitch / 12 * (hit(o, sc_min(x, most)) - hit(o, sc_min(rest, most)));
}

/* Columns seen by the windows of f nonzeros of a row of A that lies in the places (from, to] with density d, windows
 * filling it from its beginning: their sum; *windows receives how many.  The bunches of a window spread over a little
 * more than its share of the row. */
static double seen_by_row(const struct sc_profile *p, const struct sc_along_k *a, const struct sc_along_k *b, double f,
                          double d, double from, double to, double *windows)
{
    double bunches = sc_runs_overlapped(f, a->run), share = f / d, half = b->band / 2;
    *windows = sc_max(1, floor((to - from) / share + 1e-9));
    double filled = sc_min(to - from, *windows * share);
    double span = sc_min(filled, share + sc_min(1, bunches - 1) * a->run * (1 / d - 1)), slots = span / a->run;
    double pitch = sc_max(*windows > 1 ? (filled - span) / (*windows - 1) : filled, share / 2);
    struct overlap o = {bunches, span, b->band, f / bunches, sc_min(b->density, SC_ALMOST_ONE),
                        slots > 1 ? sc_max(0, slots - bunches) / (slots - 1) : 0};
    double lost = beyond(&o, half - from, pitch, *windows) + beyond(&o, half - (p->K - from - filled), pitch, *windows);
    double seen = 2 * hits(&o, sc_min(span, o.window)) + fabs(span - o.window) * hit(&o, sc_min(span, o.window));
    return (*windows * seen - lost) * p->N / p->K;
}

/* Rows of A in a band of their own at several places; those in which f nonzeros are unlikely only where there are no
 * others. */
static double union_of_two_bands(const struct sc_profile *p, const struct sc_along_k *a, const struct sc_along_k *b,
                                 double f, double d)
{
    enum { PLACES = 6 };
    double sum = 0, all = 0, windows;
    for (int i = 0; i <= PLACES; i++) {
        double middle = i < PLACES ? (i + 0.5) / PLACES * p->K : p->K / 2, from = sc_max(0, middle - a->band / 2);
        double to = sc_min(p->K, middle + a->band / 2), length = to - from;
        if (i < PLACES ? length * d < f : all > 0)
            continue;
        sum += seen_by_row(p, a, b, f, sc_min(1, sc_max(d, f / length)), from, to, &windows);
        all += windows;
    }
    return sum / all;
}

/* Rows of A that reach along all of K, of three lengths about the mean. */
static double union_of_bands(const struct sc_profile *p, const struct sc_along_k *a, const struct sc_along_k *b,
                             double f, double d)
{
    double sum = 0, all = 0, windows, sigma = p->a.row.strata == 1 ? sqrt(3 * p->a.row.variance) : 0;
    if (a->band > 0)
        return sc_min(p->N, union_of_two_bands(p, a, b, f, d));
    if (a->run > b->band) { /* every run is a row of its own, seen in part */
        double runs = sc_runs_overlapped(f, a->run);
        struct sc_along_k whole = {.run = 1, .density = 1};
        return sc_min(p->N, runs * seen_by_row(p, &whole, b, f / runs, 1, 0, p->K, &windows) / windows);
    }
    int reach = sigma > 0 ? 1 : 0;
    for (int i = -reach; i <= reach; i++) {
        double length = sc_min(p->K, d * p->K - i * sigma), weight = i == 0 ? 4 : 1;
        if (length < f && all > 0)
            continue;
        sum += weight * seen_by_row(p, a, b, f, sc_min(1, sc_max(length, f) / p->K), 0, p->K, &windows);
        all += weight * windows;
    }
    return sc_min(p->N, sum / all);
}

static double union_of_neighbours(const struct sc_profile *p, const struct sc_along_k *a, const struct sc_along_k *b,
                                  double f, double d)
{
    if (b->band > 0)
        return union_of_bands(p, a, b, f, d);
    return b->group > 0 ? union_of_groups(p, a, b, f, d) : union_of_runs(p, a, b->run, f, d);
}

/* Rows of A of many lengths: those long enough, each as often as it holds f nonzeros, in a few groups of neighbouring
 * lengths. */
static double union_over_lengths(const struct sc_profile *p, const struct sc_along_k *a, const struct sc_along_k *b,
                                 double f)
{
    enum { GROUPS = 4 };
    double sum = 0, windows = 0, longest = f, all = 0, group = 0, nonzeros = 0;
    for (unsigned i = 0; i < p->a.row.strata; i++) {
        all += p->a.row.stratum[i].share * floor(p->a.row.stratum[i].mean / f + 1e-9);
        longest = sc_max(longest, p->a.row.stratum[i].mean);
    }
    for (unsigned i = 0; i < p->a.row.strata; i++) { /* strata lie in order of their lengths, one way or the other */
        double length = p->a.row.stratum[i].mean, times = p->a.row.stratum[i].share * floor(length / f + 1e-9);
        group += times;
        nonzeros += times * length;
        if (group <= 0 || (group < all / GROUPS && i + 1 < p->a.row.strata))
            continue;
        sum += group * union_of_neighbours(p, a, b, f, sc_min(1, nonzeros / group / p->K));
        windows += group;
        group = nonzeros = 0;
    }
    return windows > 0 ? sum / windows : union_of_neighbours(p, a, b, f, sc_min(1, longest / p->K));
}

double sc_profile_union(const struct sc_profile *p, double fibers)
{
    if (fibers <= 0 || p->b.nnz <= 0)
        return 0;
    if (fibers <= 1)
        return fibers * p->b.nnz / p->K;
    if (p->b.band <= 0 && p->b.run_rows <= 1 && p->b.group <= 0)
        return union_of_any(p, fibers);
    struct sc_along_k a = sc_along_k(&p->a, true), b = sc_along_k(&p->b, false);
    if (sc_exchangeable(&a) && p->a.row.strata > 1)
        return union_over_lengths(p, &a, &b, fibers);
    double room = a.band > 0 ? sc_min(a.band, p->K) : p->K; /* rows with that many are at least as dense */
    return union_of_neighbours(p, &a, &b, fibers, sc_min(1, sc_max(a.density, fibers / room)));
}
