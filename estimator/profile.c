/* profile.c - expected statistics of operand pairs: products, nonzeros of C, unions of fibers.
 *
 * Notation: A is M x K, B is K x N, dA and dB their densities; operands are independent of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile.h"

#include <math.h>
#include <string.h>

#include "numeric.h"

/* Ones of a thing that has probability 1 would give log(0). */
static const double ALMOST_ONE = 1 - 1e-12;

static double square(double x)
{
    return x * x;
}

/* Share of the other dimension that lies inside the band of position x (0..1 along a banded operand's long axis): the
 * band's width is `width` (a fraction), clipped at both ends. */
static double band_share(double x, double width)
{
    return sc_min(1, x + width / 2) - sc_max(0, x - width / 2);
}

/* Where along K (0..1) a side's last, shorter nm group begins; 1 when there is none. */
static double last_group(const struct sc_side *s, double k)
{
    return s->group > 0 ? 1 - fmod(k, s->group) / k : 1;
}

/* E[nonzeros of the side's fiber k across K] at place x of K, up to a factor that does not depend on x. */
static double weight_along_k(const struct sc_side *s, double k, double across, double x)
{
    if (s->band > 0)
        return band_share(x, s->band / across);
    double rest = s->group > 0 ? fmod(k, s->group) : 0;
    if (rest <= 0)
        return 1;
    return x < last_group(s, k) ? s->group_nonzeros / s->group : sc_min(s->group_nonzeros, rest) / rest;
}

/* sum over k of E[a_k] E[b_k].  Column lengths of A and row lengths of B vary with k independently (random ranks of skewed
 * operands), so the sum is nnzA nnzB / K; only when both change with the place along K (bands get clipped at both ends, a last nm
 * group is denser) do they fall together: midpoint rule between the places where they jump. */
static double expected_products(const struct sc_profile *p)
{
    enum { POINTS = 64 };
    double products = p->a.nnz * p->b.nnz / p->K, sums[3] = {0, 0, 0};
    double edge[4] = {0, last_group(&p->a, p->K), last_group(&p->b, p->K), 1};
    bool a_varies = p->a.band > 0 || edge[1] < 1, b_varies = p->b.band > 0 || edge[2] < 1;
    if (!a_varies || !b_varies || products <= 0)
        return products;
    if (edge[1] > edge[2]) {
        double later = edge[1];
        edge[1] = edge[2];
        edge[2] = later;
    }
    for (int piece = 0; piece < 3; piece++) {
        double step = (edge[piece + 1] - edge[piece]) / POINTS;
        for (int i = 0; i < POINTS && step > 0; i++) {
            double x = edge[piece] + (i + 0.5) * step;
            double wa = weight_along_k(&p->a, p->K, p->a.cols, x), wb = weight_along_k(&p->b, p->K, p->b.cols, x);
            sums[0] += step * wa * wb;
            sums[1] += step * wa;
            sums[2] += step * wb;
        }
    }
    return products * sums[0] / (sums[1] * sums[2]);
}

/* How the nonzeros of a fiber along K lie: in runs (blocks), in groups (nm), in a band, or else exchangeably, all sets of places
 * equally likely given their number.  Uniform is, and so are both skewed kinds, their ranks being random. */
struct along_k {
    double run;            /* places per run, 1: no runs */
    double group, taken;   /* nm; group 0: none */
    double band;           /* places; 0: none */
    double density;        /* inside the band, or overall */
};

static struct along_k along_k(const struct sc_side *s, bool k_is_columns)
{
    return (struct along_k){
        .run = k_is_columns ? s->run_cols : s->run_rows,
        .group = s->group,
        .taken = s->group_nonzeros,
        .band = k_is_columns ? s->band : s->band * s->rows / s->cols,
        .density = s->band > 0 ? s->band_density : s->density,
    };
}

static bool exchangeable(const struct along_k *s)
{
    return s->run <= 1 && s->group <= 0 && s->band <= 0;
}

/* Greatest common divisor of whole numbers; of others, as of numbers without one in common but their fractions, the lesser. */
static double divisor(double a, double b)
{
    if (a != floor(a) || b != floor(b))
        return sc_min(a, b);
    while (b > 0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

/* How many runs of a grid of `run` places a window of w places overlaps on average; windows begin at multiples of what w and run have
 * in common. */
static double runs_overlapped(double w, double run)
{
    return 1 + (w - divisor(w, run)) / run;
}

/* Variance of a length against that of a binomial one of the same mean. */
static double spread(const struct sc_stratum *s, double k)
{
    double binomial = s->mean * (1 - s->mean / k);
    return binomial > 1e-9 ? s->variance / binomial : 1;
}

/* E[u^length] and, in *tilted, the mean length when lengths are weighted with u^length. */
static double weighted(const struct sc_stratum *s, double unit, double u, double *tilted)
{
    double p = 1 - s->variance / (s->mean * unit), v = unit == 1 ? u : pow(u, unit), base = 1 - p * (1 - v);
    *tilted = base > 0 ? s->mean * v / base : 0;
    return sc_stratum_pgf(s, unit, u);
}

/* P(c_mn = 0) for a row of A with x nonzeros and a column of B with y, one of the two placed exchangeably: E[C(K-x, y) / C(K, y)]
 * over both lengths.  Were x binomial, the expectation over x alone would be (1 - x/K)^y, and the one over y its generating
 * function.  The length nearer to a binomial one is taken as such; the logarithm, at the other length's mean weighted with the result, is
 * corrected in proportion for what is missing of the variance, down to a fixed length. */
static double zero_of_lengths(const struct sc_profile *p, const struct sc_stratum *sx, const struct sc_stratum *sy)
{
    double k = p->K, spread_x, spread_y, unit = p->b.col.unit, length;
    if (sx->mean <= 0 || sy->mean <= 0)
        return 1;
    spread_x = spread(sx, k);
    spread_y = spread(sy, k);
    if (fabs(spread_x - 1) > fabs(spread_y - 1)) { /* exchange the two, so that x is the one taken as binomial */
        const struct sc_stratum *other = sx;
        sx = sy;
        sy = other;
        spread_x = spread_y;
        unit = p->a.row.unit;
    }
    double taken = sc_min(sx->mean / k, 1);
    if (spread_x > 0.98) /* lengths spread wider than binomial ones are rare in the product */
        return sc_stratum_pgf(sy, unit, 1 - taken);
    double zero = weighted(sy, unit, 1 - taken, &length), fixed = sc_no_overlap(k, sx->mean, length);
    if (zero <= 0 || fixed <= 0)
        return 0;
    return sc_min(1, zero * exp((spread_x - 1) * (length * log1p(-sc_min(taken, ALMOST_ONE)) - log(fixed))));
}

/* Places taken with probability d each: P(a window of w of them has none in common with runs of r, each present with probability
 * `runs`), the window beginning anywhere within a run.  A run seen to the part o is hit with probability 1 - (1-d)^o. */
static double zero_band_runs(double w, double d, double r, double runs)
{
    double log_free = log1p(-sc_min(d, ALMOST_ONE)), whole = log1p(runs * expm1(r * log_free));
    double half = log1p(runs * expm1(sc_min(r, w) / 2 * log_free));
    if (w >= r) /* w/r - 1 whole runs and two parts of any length, Simpson's rule over it */
        return exp((w / r - 1) * whole + (4 * half + whole) / 3);
    double inside = 1 + runs * expm1(w * log_free);
    return (1 - w / r) * inside + w / r * (2 * inside + 4 * exp(2 * half)) / 6;
}

/* Variance of the nonzeros that a window of w places, anywhere over groups of m, takes of nm: hypergeometric in the groups it cuts. */
static double window_variance(double w, double m, double share)
{
    double places = w < m ? w * (m - w) + w * w * w / (3 * m) : m * m / 3; /* part times rest, mean over the window's place */
    return m > 1 ? share * (1 - share) * places / (m - 1) : 0;
}

/* A fiber in a band, density d inside it, against groups or runs. */
static double zero_band(const struct sc_lengths *l, double d, const struct along_k *other)
{
    double zero = 0;
    for (unsigned i = 0; i < l->strata; i++) {
        double w = l->stratum[i].mean / d;
        struct sc_stratum met = {1, w * other->density, window_variance(w, other->group, other->density)};
        zero += l->stratum[i].share * (other->group > 0 ? sc_stratum_pgf(&met, 1, 1 - d)
                                                        : zero_band_runs(w, d, other->run, other->density));
    }
    return zero;
}

/* Groups against groups: in each of the larger ones an independent draw without replacement, the smaller ones filling it. */
static double zero_groups(const struct along_k *a, const struct along_k *b, double k)
{
    double m = sc_max(a->group, b->group), in_a = a->taken * m / a->group, in_b = b->taken * m / b->group, last = fmod(k, m);
    return pow(sc_no_overlap(m, in_a, in_b), floor(k / m)) * sc_no_overlap(last, sc_min(in_a, last), sc_min(in_b, last));
}

/* Groups against runs: how many of a group's runs its nonzeros hit has the mean and variance of a draw without replacement. */
static double zero_groups_runs(const struct along_k *groups, const struct along_k *runs, double k)
{
    double m = groups->group, r = runs->run, per_group = m / r;
    if (per_group <= 1) /* every run is hit */
        return exp(k / r * log1p(-sc_min(runs->density, ALMOST_ONE)));
    double one = sc_no_overlap(m, groups->taken, r), two = sc_no_overlap(m, groups->taken, sc_min(2 * r, m));
    double missed = per_group * one, variance = missed + per_group * (per_group - 1) * two - missed * missed;
    struct sc_stratum hit = {1, per_group - missed, sc_max(0, variance)};
    return pow(sc_stratum_pgf(&hit, 1, 1 - runs->density), k * groups->density / groups->taken);
}

/* P(a run of r places, anywhere on its grid, has none in common with runs of `other` places, each present with probability d); the
 * number it overlaps is its mean rounded down or up. */
static double run_missed(double r, double other, double d)
{
    double runs = runs_overlapped(r, other), part = runs - floor(runs);
    return pow(1 - d, floor(runs)) * (1 - d * part);
}

/* Runs against runs: along K, the runs of either side end by turns and are replaced by new ones, present with the side's density;
 * no two present ones may overlap.  Exact up to the next place where runs of both sides begin, or nearly so over many ends. */
static double zero_runs(const struct along_k *a, const struct along_k *b, double k)
{
    enum { ENDS = 4096 };
    double period = sc_min(k, a->run / divisor(a->run, b->run) * b->run), end_a = a->run, end_b = b->run;
    double neither = (1 - a->density) * (1 - b->density), only_a = a->density * (1 - b->density);
    double only_b = (1 - a->density) * b->density;
    for (int i = 0; i < ENDS && sc_min(end_a, end_b) < period; i++) {
        bool of_a = end_a < end_b;
        double d = of_a ? a->density : b->density, *old = of_a ? &only_a : &only_b, *other = of_a ? &only_b : &only_a;
        double room = neither + *old; /* the other side's run is absent */
        neither = room * (1 - d);
        *old = room * d;
        *other *= 1 - d;
        *(of_a ? &end_a : &end_b) += of_a ? a->run : b->run;
    }
    return pow(neither + only_a + only_b, k / sc_min(period, sc_min(end_a, end_b)));
}

/* Two banded operands: row m sees the band of A around k = m K/M, column n that of B around k = n K/N.  Integral over the places x of
 * the row's and y of the column's centre (fractions of K) whose bands meet. */
static double zero_bands(const struct sc_profile *p)
{
    enum { POINTS = 48 };
    double wa = p->a.band / p->a.cols, wb = p->b.band / p->b.cols, met = 0;
    double log_free = p->K * log1p(-sc_min(p->a.band_density * p->b.band_density, ALMOST_ONE));
    for (int i = 0; i < POINTS; i++) {
        double x = (i + 0.5) / POINTS, from = sc_max(0, x - (wa + wb) / 2), to = sc_min(1, x + (wa + wb) / 2);
        for (int j = 0; j < POINTS; j++) {
            double y = from + (j + 0.5) / POINTS * (to - from);
            double low = sc_max(0, sc_max(x - wa / 2, y - wb / 2)), high = sc_min(1, sc_min(x + wa / 2, y + wb / 2));
            met -= (to - from) * expm1(sc_max(0, high - low) * log_free);
        }
    }
    return 1 - met / (POINTS * POINTS);
}

static double expected_nnz_c(const struct sc_profile *p)
{
    struct along_k a = along_k(&p->a, true), b = along_k(&p->b, false);
    double zero = 0;
    if (p->a.nnz <= 0 || p->b.nnz <= 0)
        return 0;
    if (exchangeable(&a) || exchangeable(&b)) {
        for (unsigned i = 0; i < p->a.row.strata; i++)
            for (unsigned j = 0; j < p->b.col.strata; j++)
                zero += p->a.row.stratum[i].share * p->b.col.stratum[j].share *
                        zero_of_lengths(p, &p->a.row.stratum[i], &p->b.col.stratum[j]);
    } else if (a.band > 0 && b.band > 0) {
        zero = zero_bands(p);
    } else if (a.band > 0) {
        zero = zero_band(&p->a.row, a.density, &b);
    } else if (b.band > 0) {
        zero = zero_band(&p->b.col, b.density, &a);
    } else if (a.group > 0 && b.group > 0) {
        zero = zero_groups(&a, &b, p->K);
    } else if (a.group > 0 || b.group > 0) {
        zero = zero_groups_runs(a.group > 0 ? &a : &b, a.group > 0 ? &b : &a, p->K);
    } else {
        zero = zero_runs(&a, &b, p->K);
    }
    return p->M * p->N * (1 - zero);
}

void sc_profile_finish(struct sc_profile *p)
{
    for (unsigned i = 0; i < p->b.col.strata; i++) {
        const struct sc_stratum *s = &p->b.col.stratum[i];
        double full = sc_min(1, s->mean / p->K);
        p->hole[i] = log1p(-full);
        p->excess[i] = 0;
        if (full < 1 && p->b.col.unit == 1) /* against a binomial column of the same mean: second order */
            p->excess[i] = (s->variance - p->K * full * (1 - full)) / square(p->K - s->mean);
    }
}

int sc_profile_from_layer(struct sc_profile *p, const struct sc_layer *layer, struct sc_error *err)
{
    if (!sc_operator_is_gemm(&layer->op)) {
        *p = (struct sc_profile){.op = layer->op,
                                 .M = (double)layer->M,
                                 .N = (double)layer->N,
                                 .K = (double)layer->K};
        return SC_OK;
    }
    p->op = layer->op;
    p->M = (double)layer->M;
    p->N = (double)layer->N;
    p->K = (double)layer->K;
    int status = sc_side_from_density(&p->a, layer->M, layer->K, layer->density_a, &layer->pattern_a, true, err);
    if (status == SC_OK)
        status = sc_side_from_density(&p->b, layer->K, layer->N, layer->density_b, &layer->pattern_b, false, err);
    if (status != SC_OK)
        return status;
    p->products = expected_products(p);
    p->nnz_c = sc_min(sc_min(expected_nnz_c(p), p->products), p->M * p->N);
    sc_profile_finish(p);
    return SC_OK;
}

static void transpose_side(struct sc_side *t, const struct sc_side *s)
{
    *t = *s;
    t->rows = s->cols;
    t->cols = s->rows;
    t->row = s->col;
    t->col = s->row;
    t->run_rows = s->run_cols;
    t->run_cols = s->run_rows;
    t->band = s->band > 0 ? s->band * s->rows / s->cols : 0;
}

void sc_profile_transpose(struct sc_profile *t, const struct sc_profile *p)
{
    t->op = p->op;
    t->M = p->N;
    t->N = p->M;
    t->K = p->K;
    transpose_side(&t->a, &p->b);
    transpose_side(&t->b, &p->a);
    t->products = p->products;
    t->nnz_c = p->nnz_c;
    sc_profile_finish(t);
}

/* P(a column of B has no nonzero in f rows taken at random) where the second order is not enough: B skewed and f not small against
 * K.  Each row taken on its own with probability f/K, all strata miss with the product of (1 - f/K L_k/N), less the effect of f being
 * fixed (a saddle point); for columns of given lengths the generating function, corrected to a fixed f at the mean length. */
static double zero_of_many(const struct sc_profile *p, const struct sc_stratum *column, double f)
{
    double taken = sc_min(f / p->K, 1), zero = 0, slope = 0;
    if (p->b.col.strata > 1 || p->b.row.strata == 1) {
        double drawn = pow(1 - taken, column->mean), fixed = sc_no_overlap(p->K, column->mean, f);
        zero = sc_stratum_pgf(column, 1, 1 - taken);
        return drawn > fixed ? zero * fixed / drawn : zero;
    }
    for (unsigned i = 0; i < p->b.row.strata; i++) {
        double full = sc_min(p->b.row.stratum[i].mean / p->N, ALMOST_ONE), share = p->b.row.stratum[i].share;
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

/* Share of the windows' ends that lie inside a row of A, which windows of `f` of its `row` units fill from its beginning on. */
static double inner_ends(const struct along_k *a, double f, double row)
{
    return a->band > 0 || f <= 1 ? 1 : sc_max(0, 1 - (f - 1) / (sc_max(f, row) - 1));
}

/* Distinct runs of B that f consecutive nonzeros of a row of A in groups hit.  Runs within groups, or groups that fill runs: as drawn
 * from a grid.  Else every gap between two nonzeros, (m+1)/(n+1) places within a group, may hold the boundary of a run. */
static struct sc_stratum distinct_by_groups(const struct along_k *a, double run, double f)
{
    double m = a->group, n = a->taken, groups = runs_overlapped(f, n);
    if (divisor(m, run) == m)
        return (struct sc_stratum){1, runs_overlapped(m * groups, run), 0};
    if (run <= m / 2) {
        double full = floor(f / n + 1e-9), last = sc_max(0, f - full * n);
        return (struct sc_stratum){1, m / run * (full * (1 - sc_no_overlap(m, n, run)) + 1 - sc_no_overlap(m, last, run)), 0};
    }
    double within = (m + 1) / (n + 1), between = m - (n - 1) * within;
    double crossed = (f - groups) * sc_min(1, within / run) + (groups - 1) * sc_min(1, between / run);
    return (struct sc_stratum){1, 1 + crossed, 0};
}

/* The same, mean and variance, for any row of A of local density d.  The nonzeros touch some runs of A, between which lies the boundary of a run of B with a probability that follows from the share of all runs
 * of B hit, 1 - miss; an end of the window inside a run of B adds to that, the ends of the row do not. */
static struct sc_stratum distinct_runs(const struct sc_profile *p, const struct along_k *a, double run, double f, double d)
{
    if (d >= ALMOST_ONE || (a->run > 1 && divisor(a->run, run) == run)) /* all places of the row, or of a run of whole ones */
        return (struct sc_stratum){1, runs_overlapped(f, run), 0};
    if (a->group > 0)
        return distinct_by_groups(a, run, f);
    double miss = run_missed(run, a->run, d), runs = runs_overlapped(f, a->run); /* of A */
    double crossing = a->run - divisor(a->run, run), within = a->run > 1 ? crossing / run / (a->run - 1) : 0;
    double next = (1 - miss) * a->run / (run * d) - crossing / run; /* P(the next run of A begins another run of B) */
    double mean = runs * next + (1 - next) * inner_ends(a, runs, d * p->K / a->run) + (f - runs) * within, variance = 0;
    if (run > a->run) /* of runs hit, less what the fixed number of nonzeros takes away */
        variance = sc_max(0, miss * (1 - miss) - run / a->run * d * miss * miss / (1 - d)) * (runs - 1) * a->run / (run * d);
    return (struct sc_stratum){1, mean, variance};
}

/* B in blocks, whose number is exact. */
static double union_of_runs(const struct sc_profile *p, const struct along_k *a, double run, double f, double d)
{
    struct sc_stratum distinct = distinct_runs(p, a, run, f, d);
    double blocks = p->b.rows * p->b.cols / (p->b.run_rows * p->b.run_cols), full = sc_min(p->b.density, ALMOST_ONE);
    distinct.mean = sc_max(1, sc_min(distinct.mean, p->K / run));
    distinct.variance = sc_min(distinct.variance, distinct.mean - 1);
    double fixed = 0.5 * distinct.mean * (distinct.mean - 1) * full / ((1 - full) * blocks);
    return p->N * (1 - sc_stratum_pgf(&distinct, 1, 1 - full) * exp(-fixed));
}

/* P(f consecutive places of bunches, `bunch` of `span` places each, miss a column with a `share` of the places): over all places in a
 * bunch where windows begin. */
static double bunches_missed(double bunch, double span, double share, double f)
{
    enum { BEGINNINGS = 16 };
    double step = divisor(f, bunch), sum = 0, whole = sc_no_overlap(span, bunch, share * span);
    unsigned count = 0;
    for (double begin = 0; begin < bunch && count < BEGINNINGS; begin += step, count++) {
        double first = sc_min(f, bunch - begin), full = floor((f - first) / bunch + 1e-9), last = f - first - full * bunch;
        double missed = sc_no_overlap(span, first, share * span);
        if (full > 0)
            missed *= pow(whole, full);
        if (last > 0)
            missed *= sc_no_overlap(span, last, share * span);
        sum += missed;
    }
    return sum / count;
}

/* P(f places, one of d in order, miss a column that has a `share` of the places, the same number in every group of m): as drawn from
 * the span that they cover, wider by a third of a group for a window that begins anywhere in one. */
static double scattered_missed(const struct sc_profile *p, const struct along_k *a, double m, double share, double f, double d)
{
    double row = p->K / a->run;
    double span = f / d + inner_ends(a, f, d * row) * sc_max(0, m - 2) / 3 * f / sc_max(f - 1, 1e-3);
    span = sc_min(row, sc_max(m, span));
    return sc_no_overlap(span, f, share * span);
}

/* B in groups: A's own groups lie together, its runs as well, being one place of a coarser grid each; other places are scattered. */
static double union_of_groups(const struct sc_profile *p, const struct along_k *a, const struct along_k *b, double f, double d)
{
    double span = sc_max(a->group, b->group), runs = f / a->run, zero;
    if (a->group > 0)
        zero = bunches_missed(a->taken * span / a->group, span, b->density, f);
    else if (d >= ALMOST_ONE)
        zero = bunches_missed(b->group, b->group, b->density, f);
    else if (a->run > 1 && (runs <= 1 || a->run >= b->group))
        zero = bunches_missed(a->run, sc_max(a->run, b->group), b->density, f);
    else
        zero = scattered_missed(p, a, b->group / a->run, 1 - sc_no_overlap(b->group, b->taken, a->run), runs, d);
    return p->N * (1 - zero);
}

/* B banded: `bunches` of `unit` nonzeros of A each within `span` places, against a column's window of `window` places. */
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

/* Integral of hit() over the columns whose windows begin to share places with the span, up to the distance `x` after the first:
 * the shared part grows up to the shorter of the two. */
static double hits(const struct overlap *o, double x)
{
    static const double node[3] = {0.1127016653792583, 0.5, 0.8872983346207417}, weight[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
    double most = sc_min(o->span, o->window), rising = sc_min(x, most), sum = 0;
    if (x <= 0)
        return 0;
    for (int i = 0; i < 3; i++)
        sum += weight[i] * rising * hit(o, rising * node[i]);
    return x > most ? sum + (x - most) * hit(o, most) : sum;
}

/* Sum of hits() over `windows` spans, one every `pitch` places: the columns they would see beyond the end of K that lies x before the
 * end of the first's reach.  Many terms by Euler and Maclaurin's formula. */
static double beyond(const struct overlap *o, double x, double pitch, double windows)
{
    double terms = sc_min(windows, ceil(x / pitch)), sum = 0;
    if (terms <= 4) {
        for (int i = 0; i < terms; i++)
            sum += hits(o, x - i * pitch);
        return sum;
    }
    double rest = sc_max(0, x - windows * pitch), first = hits(o, x), last = hits(o, rest), most = sc_min(o->span, o->window);
    sum = (x - rest) / pitch * (first + 4 * hits(o, (rest + x) / 2) + last) / 6 + (first - last) / 2;
    return sum + pitch / 12 * (hit(o, sc_min(x, most)) - hit(o, sc_min(rest, most)));
}

/* Columns seen by the windows of f nonzeros of a row of A that lies in the places (from, to] with density d, windows filling it from
 * its beginning: their sum; *windows receives how many.  The bunches of a window spread over a little more than its share of the row. */
static double seen_by_row(const struct sc_profile *p, const struct along_k *a, const struct along_k *b, double f, double d,
                          double from, double to, double *windows)
{
    double bunches = runs_overlapped(f, a->run), share = f / d, half = b->band / 2;
    *windows = sc_max(1, floor((to - from) / share + 1e-9));
    double filled = sc_min(to - from, *windows * share);
    double span = sc_min(filled, share + sc_min(1, bunches - 1) * a->run * (1 / d - 1)), slots = span / a->run;
    double pitch = sc_max(*windows > 1 ? (filled - span) / (*windows - 1) : filled, share / 2);
    struct overlap o = {bunches, span, b->band, f / bunches, sc_min(b->density, ALMOST_ONE),
                        slots > 1 ? sc_max(0, slots - bunches) / (slots - 1) : 0};
    double lost = beyond(&o, half - from, pitch, *windows) + beyond(&o, half - (p->K - from - filled), pitch, *windows);
    double seen = 2 * hits(&o, sc_min(span, o.window)) + fabs(span - o.window) * hit(&o, sc_min(span, o.window));
    return (*windows * seen - lost) * p->N / p->K;
}

/* Rows of A in a band of their own at several places; those in which f nonzeros are unlikely only where there are no others. */
static double union_of_two_bands(const struct sc_profile *p, const struct along_k *a, const struct along_k *b, double f, double d)
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
static double union_of_bands(const struct sc_profile *p, const struct along_k *a, const struct along_k *b, double f, double d)
{
    double sum = 0, all = 0, windows, sigma = p->a.row.strata == 1 ? sqrt(3 * p->a.row.variance) : 0;
    if (a->band > 0)
        return sc_min(p->N, union_of_two_bands(p, a, b, f, d));
    if (a->run > b->band) { /* every run is a row of its own, seen in part */
        double runs = runs_overlapped(f, a->run);
        struct along_k whole = {.run = 1, .density = 1};
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

static double union_of_neighbours(const struct sc_profile *p, const struct along_k *a, const struct along_k *b, double f, double d)
{
    if (b->band > 0)
        return union_of_bands(p, a, b, f, d);
    return b->group > 0 ? union_of_groups(p, a, b, f, d) : union_of_runs(p, a, b->run, f, d);
}

/* Rows of A of many lengths: those long enough, each as often as it holds f nonzeros. */
static double union_over_lengths(const struct sc_profile *p, const struct along_k *a, const struct along_k *b, double f)
{
    double sum = 0, windows = 0, longest = f;
    for (unsigned i = 0; i < p->a.row.strata; i++) {
        double length = p->a.row.stratum[i].mean, times = p->a.row.stratum[i].share * floor(length / f + 1e-9);
        if (times > 0)
            sum += times * union_of_neighbours(p, a, b, f, length / p->K);
        windows += times;
        longest = sc_max(longest, length);
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
    struct along_k a = along_k(&p->a, true), b = along_k(&p->b, false);
    if (exchangeable(&a) && p->a.row.strata > 1)
        return union_over_lengths(p, &a, &b, fibers);
    double room = a.band > 0 ? sc_min(a.band, p->K) : p->K; /* rows with that many are at least as dense */
    return union_of_neighbours(p, &a, &b, fibers, sc_min(1, sc_max(a.density, fibers / room)));
}
