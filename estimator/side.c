/* side.c - expected statistics of one operand from its density and pattern kind.
 *
 * The distributions are those that traces/generate.h documents; here are their row and column lengths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "profile.h"

/* Variance of a hypergeometric count: `draws` positions out of `total`, of which a share `density` are nonzero. */
static double hypergeometric_variance(double draws, double density, double total)
{
    return total > 1 ? draws * density * (1 - density) * (total - draws) / (total - 1) : 0;
}

/* uniform: every position equally likely, nnz fixed. */
static void uniform(struct sc_side *s)
{
    double total = s->rows * s->cols;
    sc_lengths_single(&s->row, s->rows, s->cols, 1, s->nnz / s->rows, hypergeometric_variance(s->cols, s->density, total));
    sc_lengths_single(&s->col, s->cols, s->rows, 1, s->nnz / s->cols, hypergeometric_variance(s->rows, s->density, total));
}

/* sum of i^-e for i in (from, to], by direct summation of the first terms and Euler-Maclaurin for the rest. */
static double power_sum(double from, double to, double e)
{
    double sum = 0, i = from + 1;
    for (; i <= to && i < 12; i++)
        sum += pow(i, -e);
    if (i > to)
        return sum;
    double a = i, b = to;
    double integral = fabs(e - 1) < 1e-9 ? log(b / a) : (pow(b, 1 - e) - pow(a, 1 - e)) / (1 - e);
    double fa = pow(a, -e), fb = pow(b, -e);
    return sum + integral + (fa + fb) / 2 + e * (fa / a - fb / b) / 12;
}

/* How many of the longest fibers reach the full width, and the factor c of the others' lengths c i^-e. */
static double fill_level(double fibers, double width, double nnz, double e, double *factor)
{
    double low = 0, high = fmin(fibers, floor(nnz / width)); /* full fibers */
    while (low < high) { /* the smallest count that leaves no other fiber above the width */
        double full = floor((low + high) / 2);
        double c = (nnz - full * width) / power_sum(full, fibers, e);
        if (c * pow(full + 1, -e) <= width)
            high = full;
        else
            low = full + 1;
    }
    double rest = power_sum(low, fibers, e);
    *factor = rest > 0 ? fmax(0, nnz - low * width) / rest : 0;
    return low;
}

/* Power-law lengths: the full fibers are one stratum, the others are cut into ranges of ranks in geometric progression. */
static void power_law(struct sc_lengths *l, double fibers, double width, double nnz, double e)
{
    double factor, full = fill_level(fibers, width, nnz, e, &factor);
    *l = (struct sc_lengths){.fibers = fibers, .width = width, .unit = 1};
    if (full > 0)
        l->stratum[l->strata++] = (struct sc_stratum){full / fibers, width, 0};
    double from = full;
    unsigned ranges = SC_STRATA_MAX - l->strata;
    double ratio = pow((fibers + 1) / (full + 1), 1.0 / ranges);
    for (double edge = full + 1; from < fibers && l->strata < SC_STRATA_MAX;) {
        edge = fmax(edge * ratio, from + 2);
        double to = l->strata == SC_STRATA_MAX - 1 ? fibers : fmin(fibers, floor(edge - 1 + 0.5));
        if (to <= from)
            continue;
        double n = to - from, mean = factor * power_sum(from, to, e) / n;
        double second = factor * factor * power_sum(from, to, 2 * e) / n;
        double fraction = mean - floor(mean); /* integer lengths around a mean below one or between two integers */
        double rounding = mean < 1 ? fraction * (1 - fraction) : 0;
        l->stratum[l->strata++] = (struct sc_stratum){n / fibers, mean, fmax(0, second - mean * mean) + rounding};
        from = to;
    }
    sc_lengths_finish(l);
}

/* rowskew:S: row lengths follow the power law exactly; a column collects one Bernoulli(L_i / cols) per row. */
static void skewed(struct sc_side *s, struct sc_lengths *along, struct sc_lengths *across, double fibers, double width,
                   double exponent)
{
    power_law(along, fibers, width, s->nnz, exponent);
    double mean = s->nnz / width, squares = 0; /* sum over fibers of (L/width)^2 */
    for (unsigned i = 0; i < along->strata; i++) {
        const struct sc_stratum *t = &along->stratum[i];
        squares += fibers * t->share * (t->mean * t->mean + t->variance) / (width * width);
    }
    sc_lengths_single(across, width, fibers, 1, mean, fmax(0, mean - squares));
}

/* block:RxC: whole blocks; lengths come in units of the block's width or height. */
static void blocked(struct sc_side *s, const struct sc_pattern_spec *pattern)
{
    double r = fmin((double)pattern->block_rows, s->rows), c = fmin((double)pattern->block_cols, s->cols);
    double across = s->cols / c, down = s->rows / r;
    s->run_rows = r;
    s->run_cols = c;
    sc_lengths_single(&s->row, s->rows, s->cols, c, s->nnz / s->rows,
                      c * c * hypergeometric_variance(across, s->density, across * down));
    sc_lengths_single(&s->col, s->cols, s->rows, r, s->nnz / s->cols,
                      r * r * hypergeometric_variance(down, s->density, across * down));
}

/* Lengths along one axis of a banded operand: fibers in the middle see the whole band, the clipped ones at both ends between
 * half and all of it (two strata each half as long). */
static void band_lengths(struct sc_lengths *l, double fibers, double width, double band, double density)
{
    double edge = fmin(1, band / width); /* share of fibers whose band is clipped, both ends together */
    *l = (struct sc_lengths){.fibers = fibers, .width = width, .unit = 1};
    double at[5] = {1, 0.9375, 0.8125, 0.6875, 0.5625};
    for (int i = 0; i < 5; i++) {
        double share = i == 0 ? 1 - edge : edge / 4, mean = fmin(band * at[i], width) * density;
        if (share > 0)
            l->stratum[l->strata++] = (struct sc_stratum){share, mean, mean * (1 - density)};
    }
    sc_lengths_finish(l);
}

/* banded:W: uniform inside the band. */
static int banded(struct sc_side *s, const struct sc_pattern_spec *pattern, struct sc_error *err)
{
    double w = fmin((double)pattern->band, 2 * s->cols), share = fmin(1, w / s->cols), positions = 0;
    if (s->rows <= 4096) { /* exact count of the positions, as the generator's documentation defines them */
        for (double i = 0; i < s->rows; i++) {
            double low = floor((2 * i + 1) * s->cols / (2 * s->rows)) - floor((double)pattern->band / 2);
            positions += fmax(0, fmin(s->cols, low + (double)pattern->band) - fmax(0, low));
        }
    } else {
        positions = s->rows * s->cols * (share - share * share / 4);
    }
    double density = s->nnz / positions;
    if (density > 1 + 1e-9)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "a band of %.0f columns has room for a density of at most %.6g, found %.6g",
                       (double)pattern->band, positions / (s->rows * s->cols), s->density);
    s->band = fmin(w, s->cols);
    s->band_density = fmin(1, density);
    band_lengths(&s->row, s->rows, s->cols, s->band, s->band_density);
    band_lengths(&s->col, s->cols, s->rows, s->band * s->rows / s->cols, s->band_density);
    return SC_OK;
}

/* nm:N:M along K: fibers along K have a fixed length, fibers across it a binomial one. */
static void grouped(struct sc_side *s, const struct sc_pattern_spec *pattern, bool k_is_columns)
{
    double n = (double)pattern->nm_n, m = (double)pattern->nm_m, k = k_is_columns ? s->cols : s->rows;
    double length = floor(k / m) * n + fmin(n, fmod(k, m)), other = k_is_columns ? s->rows : s->cols;
    s->nnz = length * other;
    s->density = length / k;
    s->group = m;
    s->group_nonzeros = n;
    struct sc_lengths *along = k_is_columns ? &s->row : &s->col, *across = k_is_columns ? &s->col : &s->row;
    sc_lengths_single(along, other, k, 1, length, 0);
    sc_lengths_single(across, k, other, 1, s->nnz / k, s->nnz / k * (1 - s->density));
}

int sc_side_from_density(struct sc_side *s, uint64_t rows, uint64_t cols, double density,
                         const struct sc_pattern_spec *pattern, bool k_is_columns, struct sc_error *err)
{
    s->rows = (double)rows;
    s->cols = (double)cols;
    s->run_rows = s->run_cols = 1;
    s->band = s->band_density = s->group = s->group_nonzeros = 0;
    if (density < 0 && pattern->kind != SC_NM)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "the density of this operand is to be measured from a pattern file");
    s->nnz = pattern->kind == SC_NM ? 0 : (double)sc_nonzeros(density, rows, cols);
    s->density = s->nnz / (s->rows * s->cols);
    switch (pattern->kind) {
    case SC_UNIFORM:
        uniform(s);
        break;
    case SC_ROWSKEW:
        skewed(s, &s->row, &s->col, s->rows, s->cols, pattern->skew);
        break;
    case SC_COLSKEW:
        skewed(s, &s->col, &s->row, s->cols, s->rows, pattern->skew);
        break;
    case SC_BLOCK:
        blocked(s, pattern);
        break;
    case SC_BANDED:
        return banded(s, pattern, err);
    case SC_NM:
        grouped(s, pattern, k_is_columns);
        break;
    }
    return SC_OK;
}
