/* profile.c - expected statistics of operand pairs: products, nonzeros of C, unions of fibers.
 *
 * Notation: A is M x K, B is K x N, dA and dB their densities; operands are independent of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile.h"

#include <math.h>
#include <string.h>

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

/* sum over k of E[a_k] E[b_k].  Column lengths of A and row lengths of B vary with k independently (random ranks of skewed
 * operands), so the sum is nnzA nnzB / K; only when both are banded do both lengths fall together near the two ends. */
static double expected_products(const struct sc_profile *p)
{
    double products = p->a.nnz * p->b.nnz / p->K;
    if (p->a.band > 0 && p->b.band > 0) {
        enum { POINTS = 64 };
        double wa = p->a.band / p->K, wb = p->b.band / p->N, both = 0, a = 0, b = 0;
        for (int i = 0; i < POINTS; i++) {
            double x = (i + 0.5) / POINTS, sa = band_share(x, wa), sb = band_share(x, wb);
            both += sa * sb;
            a += sa;
            b += sb;
        }
        products *= both * POINTS / (a * b);
    }
    return products;
}

/* P(c_mn = 0) when x places of a row of A and y places of a column of B are drawn from n positions without replacement:
 * C(n-x, y) / C(n, y), by Stirling's series of the four factorials (lgamma costs too much here). */
static double log_factorial(double n)
{
    if (n < 16)
        return lgamma(n + 1);
    return n * log(n) - n + 0.5 * log(6.283185307179586477 * n) + 1 / (12 * n);
}

static double no_overlap(double n, double x, double y)
{
    if (x + y >= n + 1)
        return 0;
    if (x + y > n) /* between the last possible y, where it is 1 / C(n, x), and none */
        return (n + 1 - x - y) * exp(log_factorial(x) + log_factorial(sc_max(0, n - x)) - log_factorial(n));
    return exp(log_factorial(n - x) + log_factorial(n - y) - log_factorial(n) - log_factorial(n - x - y));
}

/* Both operands in blocks or one of them: along K, A has runs of ca columns and B runs of rb rows.  The longer run is hit
 * when any of the shorter runs inside it is present. */
static double zero_probability_runs(const struct sc_profile *p, double da, double db)
{
    double ca = sc_min(p->a.run_cols, p->K), rb = sc_min(p->b.run_rows, p->K);
    if (rb >= ca)
        return exp(p->K / rb * log1p(-db * -expm1(rb / ca * log1p(-da))));
    return exp(p->K / ca * log1p(-da * -expm1(ca / rb * log1p(-db))));
}

/* Two banded operands: row m sees the band of A around k = m K/M, column n that of B around k = n K/N; with the bands' centres
 * z apart (fractions of K) they share `overlap` positions. */
static double expected_nnz_c_banded(const struct sc_profile *p)
{
    enum { POINTS = 64 };
    double wa = p->a.band / p->K, wb = p->b.band / p->N, sum = 0;
    double hit = p->a.band_density * p->b.band_density;
    for (int i = 0; i < POINTS; i++) {
        for (int j = 0; j < POINTS; j++) {
            double x = (i + 0.5) / POINTS, y = (j + 0.5) / POINTS;
            double low = sc_max(0, sc_max(x - wa / 2, y - wb / 2)), high = sc_min(1, sc_min(x + wa / 2, y + wb / 2));
            if (high > low)
                sum += hit < 1 ? -expm1((high - low) * p->K * log1p(-hit)) : 1;
        }
    }
    return p->M * p->N * sum / (POINTS * POINTS);
}

/* P(c_mn = 0) for a row stratum of A (mean x, variance vx) and a column stratum of B (mean y, variance vy), each placed
 * uniformly.  With p = 1 - variance/mean = "share of draws that are without replacement":
 *   both free (binomial):   (1 - x y / K^2)^K        x fixed, y binomial: (1 - y/K)^x        both fixed: C(K-x,y)/C(K,y) */
static double zero_probability(const struct sc_profile *p, const struct sc_stratum *sx, const struct sc_stratum *sy)
{
    double x = sx->mean, y = sy->mean, k = p->K;
    if (x <= 0 || y <= 0)
        return 1;
    bool fixed_x = sx->variance < 0.05 * x * (1 - x / k), fixed_y = sy->variance < 0.05 * y * (1 - y / k);
    if (fixed_x && fixed_y)
        return no_overlap(k, x, y);
    if (fixed_y && !fixed_x)
        return sc_stratum_pgf(sy, p->b.col.unit, sc_max(0, 1 - x / k));
    return sc_stratum_pgf(sx, p->a.row.unit, sc_max(0, 1 - y / k));
}

/* Column lengths of A and row lengths of B both vary along K (colskew x rowskew): a row of A takes column k with probability
 * a_k/M, a column of B row k with b_k/N, independent ranks. */
static double expected_nnz_c_along_k(const struct sc_profile *p)
{
    double log_zero = 0;
    for (unsigned i = 0; i < p->a.col.strata; i++)
        for (unsigned j = 0; j < p->b.row.strata; j++) {
            const struct sc_stratum *a = &p->a.col.stratum[i], *b = &p->b.row.stratum[j];
            double hit = a->mean / p->M * (b->mean / p->N);
            log_zero += p->K * a->share * b->share * log1p(-sc_min(hit, 1 - 1e-12));
        }
    return p->M * p->N * -expm1(log_zero);
}

/* nm on both sides with equal groups: each group of m positions is an independent draw without replacement. */
static double zero_probability_groups(const struct sc_profile *p)
{
    double m = p->a.group;
    return pow(no_overlap(m, p->a.group_nonzeros, p->b.group_nonzeros), p->K / m);
}

static double expected_nnz_c(const struct sc_profile *p)
{
    double da = p->a.density, db = p->b.density, all = p->M * p->N;
    if (da <= 0 || db <= 0)
        return 0;
    if (p->a.band > 0 && p->b.band > 0)
        return expected_nnz_c_banded(p);
    if (p->a.run_cols > 1 || p->b.run_rows > 1)
        return all * (1 - zero_probability_runs(p, da, db));
    if (p->a.col.strata > 1 && p->b.row.strata > 1)
        return expected_nnz_c_along_k(p);
    if (p->a.group > 0 && p->a.group == p->b.group)
        return all * (1 - zero_probability_groups(p));
    double zero = 0;
    for (unsigned i = 0; i < p->a.row.strata; i++)
        for (unsigned j = 0; j < p->b.col.strata; j++)
            zero += p->a.row.stratum[i].share * p->b.col.stratum[j].share *
                    zero_probability(p, &p->a.row.stratum[i], &p->b.col.stratum[j]);
    return all * (1 - zero);
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
    t->M = p->N;
    t->N = p->M;
    t->K = p->K;
    transpose_side(&t->a, &p->b);
    transpose_side(&t->b, &p->a);
    t->products = p->products;
    t->nnz_c = p->nnz_c;
    sc_profile_finish(t);
}

/* Selected rows that count as different: in blocks of `run` equal rows a row of A of local density d takes several. */
static double distinct_rows(const struct sc_profile *p, double fibers)
{
    double run = p->b.run_rows;
    if (run <= 1)
        return fibers;
    double local = p->a.band > 0 ? p->a.band_density : p->a.density, take = p->a.run_cols;
    double groups = run / take; /* runs of A inside one run of B */
    if (groups <= 1)
        return fibers / sc_min(run, take);
    double hit = -expm1(groups * log1p(-sc_min(local, 1 - 1e-12)));
    return fibers * hit / (run * sc_max(local, 1e-12));
}

double sc_profile_union(const struct sc_profile *p, double fibers)
{
    const struct sc_side *b = &p->b;
    if (fibers <= 0 || b->nnz <= 0)
        return 0;
    if (b->band > 0) {
        double local = p->a.band > 0 ? p->a.band_density : p->a.density;
        double span = sc_min(p->N, b->band + fibers / sc_max(local, 1e-12) * p->N / p->K);
        double cover = fibers * b->band / span;
        return b->band_density < 1 ? span * -expm1(cover * log1p(-b->band_density)) : span;
    }
    double distinct = distinct_rows(p, fibers), zero = 0, pairs = 0.5 * distinct * (distinct - 1);
    for (unsigned i = 0; i < b->col.strata; i++) {
        double holes = exp(distinct * p->hole[i]); /* exp(-inf) = 0: full columns */
        zero += b->col.stratum[i].share * sc_max(0, sc_min(1, holes * (1 + pairs * p->excess[i])));
    }
    return p->N * (1 - zero);
}
