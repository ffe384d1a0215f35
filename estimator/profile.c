/* profile.c - expected statistics of operand pairs: products and nonzeros of C.
 *
 * Notation: A is M x K, B is K x N, dA and dB their densities; operands are independent of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile.h"

#include <math.h>
#include <string.h>

#include "along_k.h"
#include "numeric.h"

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
    return sc_min(1, zero * exp((spread_x - 1) * (length * log1p(-sc_min(taken, SC_ALMOST_ONE)) - log(fixed))));
}

/* Places taken with probability d each: P(a window of w of them has none in common with runs of r, each present with probability
 * `runs`), the window beginning anywhere within a run.  A run seen to the part o is hit with probability 1 - (1-d)^o. */
static double zero_band_runs(double w, double d, double r, double runs)
{
    double log_free = log1p(-sc_min(d, SC_ALMOST_ONE)), whole = log1p(runs * expm1(r * log_free));
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
static double zero_band(const struct sc_lengths *l, double d, const struct sc_along_k *other)
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
static double zero_groups(const struct sc_along_k *a, const struct sc_along_k *b, double k)
{
    double m = sc_max(a->group, b->group), in_a = a->taken * m / a->group, in_b = b->taken * m / b->group, last = fmod(k, m);
    return pow(sc_no_overlap(m, in_a, in_b), floor(k / m)) * sc_no_overlap(last, sc_min(in_a, last), sc_min(in_b, last));
}

/* Groups against runs: how many of a group's runs its nonzeros hit has the mean and variance of a draw without replacement. */
static double zero_groups_runs(const struct sc_along_k *groups, const struct sc_along_k *runs, double k)
{
    double m = groups->group, r = runs->run, per_group = m / r;
    if (per_group <= 1) /* every run is hit */
        return exp(k / r * log1p(-sc_min(runs->density, SC_ALMOST_ONE)));
    double one = sc_no_overlap(m, groups->taken, r), two = sc_no_overlap(m, groups->taken, sc_min(2 * r, m));
    double missed = per_group * one, variance = missed + per_group * (per_group - 1) * two - missed * missed;
    struct sc_stratum hit = {1, per_group - missed, sc_max(0, variance)};
    return pow(sc_stratum_pgf(&hit, 1, 1 - runs->density), k * groups->density / groups->taken);
}

/* Runs against runs: along K, the runs of either side end by turns and are replaced by new ones, present with the side's density;
 * no two present ones may overlap.  Exact up to the next place where runs of both sides begin, or nearly so over many ends. */
static double zero_runs(const struct sc_along_k *a, const struct sc_along_k *b, double k)
{
    enum { ENDS = 4096 };
    double period = sc_min(k, a->run / sc_divisor(a->run, b->run) * b->run), end_a = a->run, end_b = b->run;
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
    enum { POINTS = 32 };
    double wa = p->a.band / p->a.cols, wb = p->b.band / p->b.cols, met = 0;
    double log_free = p->K * log1p(-sc_min(p->a.band_density * p->b.band_density, SC_ALMOST_ONE));
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
    struct sc_along_k a = sc_along_k(&p->a, true), b = sc_along_k(&p->b, false);
    double zero = 0;
    if (p->a.nnz <= 0 || p->b.nnz <= 0)
        return 0;
    if (sc_exchangeable(&a) || sc_exchangeable(&b)) {
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
    p->vectors.known = false;
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
    t->vectors.known = false;
    sc_profile_finish(t);
}
