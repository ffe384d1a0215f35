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

/* Below SHORT nonzeros every whole length is a stratum of its own, above it ranges of ranks in geometric progression are; the rounding
 * of up to COUNTED long fibers is followed one by one. */
enum { SHORT = 6, COUNTED = 64 };

/* The power law c i^-e over ranks, capped at the width, as the generator makes it whole: fractions of at least `threshold` round up. */
struct power_law {
    double fibers, width, exponent, factor;
    double full;      /* ranks as long as the width */
    double long_ones; /* ranks of at least SHORT before rounding, full ones included */
    double threshold, alike, alike_up; /* ranks with fractions between alike and threshold round up in this share */
    double fraction[COUNTED]; /* of the first long lengths that are not full */
};

/* How many ranks the law gives at least `length` nonzeros. */
static double ranks_of_at_least(const struct power_law *p, double length)
{
    double ranks = length > 0 ? floor(pow(p->factor / length, 1 / p->exponent) + 1e-9) : p->fibers;
    return fmin(fmax(ranks, p->full), p->fibers);
}

/* Nonzeros that rounding at `threshold` adds to the exact lengths, those of the short fibers being `exact`.  The fractions of many
 * long fibers are spread evenly. */
static double rounded_up(const struct power_law *p, double threshold, double exact)
{
    double sum = -exact, long_ones = p->long_ones - p->full;
    if (long_ones > COUNTED)
        sum += long_ones * (0.5 - threshold);
    for (int i = 0; long_ones <= COUNTED && i < long_ones; i++)
        sum += (p->fraction[i] >= threshold) - p->fraction[i];
    for (int i = 0; i < SHORT; i++)
        sum += ranks_of_at_least(p, i + threshold) - p->long_ones;
    return sum;
}

/* Largest remainder: the threshold at which rounding leaves the number of nonzeros as it is.  Of ranks too much alike to be told apart
 * a share rounds up. */
static void find_threshold(struct power_law *p)
{
    double low = 0, high = 1, exact = p->factor * power_sum(p->long_ones, p->fibers, p->exponent);
    for (int i = 0; i < COUNTED && i < p->long_ones - p->full; i++) {
        double length = p->factor * pow(p->full + 1 + i, -p->exponent);
        p->fraction[i] = length - floor(length);
    }
    for (int i = 0; i < 24; i++) {
        double middle = (low + high) / 2, surplus = rounded_up(p, middle, exact);
        *(surplus > 0 ? &low : &high) = middle;
        if (fabs(surplus) < 0.5) {
            low = high = middle;
            break;
        }
    }
    double above = rounded_up(p, low, exact), below = rounded_up(p, high, exact);
    p->threshold = high;
    p->alike = low;
    p->alike_up = above > below ? fmin(1, fmax(0, -below / (above - below))) : 0;
}

/* How many ranks have at least `length` nonzeros after rounding. */
static double ranks_rounded_to(const struct power_law *p, double length)
{
    double sure = ranks_of_at_least(p, length - 1 + p->threshold);
    return sure + p->alike_up * (ranks_of_at_least(p, length - 1 + p->alike) - sure);
}

/* Ranges of the ranks (from, to], `strata` at most, in geometric progression. */
static void add_ranges(struct sc_lengths *l, const struct power_law *p, double from, double to, unsigned strata)
{
    double ratio = pow((to + 1) / (from + 1), 1.0 / strata), edge = from + 1;
    for (unsigned i = 1; from < to; i++) {
        edge = fmax(edge * ratio, from + 2);
        double end = i == strata ? to : fmin(to, floor(edge - 0.5)), n = end - from;
        if (n <= 0)
            continue;
        double mean = p->factor * power_sum(from, end, p->exponent) / n;
        double second = p->factor * p->factor * power_sum(from, end, 2 * p->exponent) / n;
        double span = p->factor * (pow(from + 1, -p->exponent) - pow(end, -p->exponent)), part = mean - floor(mean);
        double rounding = span < 1 ? part * (1 - part) : 1.0 / 12; /* of fractions spread evenly */
        l->stratum[l->strata++] = (struct sc_stratum){n / p->fibers, mean, fmax(0, second - mean * mean) + rounding};
        from = end;
    }
}

/* Strata of the whole lengths SHORT, ..., 1, 0. */
static void add_short(struct sc_lengths *l, const struct power_law *p)
{
    double longer = p->long_ones;
    for (int length = SHORT; length >= 0; length--) {
        double ranks = length > 0 ? ranks_rounded_to(p, length) : p->fibers;
        if (ranks > longer)
            l->stratum[l->strata++] = (struct sc_stratum){(ranks - longer) / p->fibers, fmin(length, p->width), 0};
        longer = fmax(longer, ranks);
    }
}

/* Moves what rounding took from the long fibers back onto those that are not full, or onto all others when there are none. */
static void balance(struct sc_lengths *l, double width, double mean)
{
    double missing = mean, all = 0, long_ones = 0;
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        missing -= s->share * s->mean;
        all += s->mean < width ? s->share * s->mean : 0;
        long_ones += s->mean < width && s->mean > SHORT ? s->share * s->mean : 0;
    }
    for (unsigned i = 0; i < l->strata && all > 0; i++) {
        struct sc_stratum *s = &l->stratum[i];
        if (s->mean < width && (s->mean > SHORT || long_ones <= 0))
            s->mean *= 1 + missing / (long_ones > 0 ? long_ones : all);
    }
}

/* Power-law lengths: full fibers are one stratum, long ones are cut into ranges of ranks, short ones by their length. */
static void power_law(struct sc_lengths *l, double fibers, double width, double nnz, double e)
{
    struct power_law p = {.fibers = fibers, .width = width, .exponent = fmax(e, 1e-6)};
    *l = (struct sc_lengths){.fibers = fibers, .width = width, .unit = 1};
    p.full = fill_level(fibers, width, nnz, p.exponent, &p.factor);
    if (p.full > 0)
        l->stratum[l->strata++] = (struct sc_stratum){p.full / fibers, width, 0};
    p.long_ones = ranks_of_at_least(&p, SHORT);
    unsigned ranges = SC_STRATA_MAX - l->strata;
    if (p.long_ones < fibers) {
        find_threshold(&p);
        ranges -= SHORT + 1;
    }
    add_ranges(l, &p, p.full, p.long_ones, ranges);
    if (p.long_ones < fibers)
        add_short(l, &p);
    balance(l, width, nnz / fibers);
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

/* Lengths along one axis of a banded operand whose band has `positions` in all.  Fibers in the middle see the whole band, clipped
 * ones at both ends between half and all of it (four strata, each evenly spread). */
static void band_lengths(struct sc_lengths *l, double fibers, double width, double band, double positions, double density)
{
    double whole = fmin(band, width), step = (whole - band / 2) / 4, edge = 2 * (whole - band / 2) / width;
    double partial = whole - floor(whole), sum = 0; /* a band of 2.3 positions holds two or three */
    *l = (struct sc_lengths){.fibers = fibers, .width = width, .unit = 1};
    for (int i = 0; i < 5; i++) {
        double share = i == 0 ? 1 - edge : edge / 4, seen = i == 0 ? whole : whole - (i - 0.5) * step;
        if (share <= 1e-9)
            continue;
        double fixed = positions > 1 ? (positions - seen) / (positions - 1) : 0; /* the total is exact */
        double spread = partial * (1 - partial) + (i > 0 ? step * step / 12 : 0);
        l->stratum[l->strata++] = (struct sc_stratum){
            share, seen * density, density * (seen * (1 - density) * fmax(0, fixed) + density * spread)};
        sum += share * seen;
    }
    for (unsigned i = 0; i < l->strata; i++)
        l->stratum[i].mean *= positions / fibers / sum;
    sc_lengths_finish(l);
}

/* banded:W: uniform inside the band. */
static int banded(struct sc_side *s, const struct sc_pattern_spec *pattern, struct sc_error *err)
{
    double w = fmin((double)pattern->band, 2 * s->cols), share = w / s->cols, positions = 0;
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
    s->band = w;
    s->band_density = fmin(1, density);
    band_lengths(&s->row, s->rows, s->cols, w, positions, s->band_density);
    band_lengths(&s->col, s->cols, s->rows, w * s->rows / s->cols, positions, s->band_density);
    return SC_OK;
}

/* nm:N:M along K: fibers along K have a fixed length, fibers across it a binomial one; those in a last, shorter group are denser. */
static void grouped(struct sc_side *s, const struct sc_pattern_spec *pattern, bool k_is_columns)
{
    double k = k_is_columns ? s->cols : s->rows, other = k_is_columns ? s->rows : s->cols;
    double m = fmin((double)pattern->nm_m, k), n = fmin((double)pattern->nm_n, m), rest = fmod(k, m), last = fmin(n, rest);
    double length = floor(k / m) * n + last;
    s->nnz = length * other;
    s->density = length / k;
    s->group = m;
    s->group_nonzeros = n;
    struct sc_lengths *along = k_is_columns ? &s->row : &s->col, *across = k_is_columns ? &s->col : &s->row;
    sc_lengths_single(along, other, k, 1, length, 0);
    sc_lengths_single(across, k, other, 1, other * n / m, other * n / m * (1 - n / m));
    if (rest > 0) {
        double full = other * last / rest;
        across->stratum[0].share = 1 - rest / k;
        across->stratum[across->strata++] = (struct sc_stratum){rest / k, full, full * (1 - last / rest)};
        sc_lengths_finish(across);
    }
}

int sc_side_from_density(struct sc_side *s, uint64_t rows, uint64_t cols, double density,
                         const struct sc_pattern_spec *pattern, bool k_is_columns, struct sc_error *err)
{
    s->rows = (double)rows;
    s->cols = (double)cols;
    s->run_rows = s->run_cols = 1;
    s->met.strata = s->once.strata = 0;
    s->span = s->base = 0;
    s->close = -1;
    for (int i = 0; i < SC_GROUPINGS; i++)
        s->grouping[i].tiles = 0;
    s->counted.known = false;
    s->band = s->band_density = s->group = s->group_nonzeros = 0;
    s->periodic = (struct sc_periodic_spec){0};
    if (pattern->kind == SC_PERIODIC_KERNELS)
        return sc_side_periodic(s, &pattern->periodic, k_is_columns, err);
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
    case SC_PERIODIC_KERNELS: /* handled above */
        break;
    }
    return SC_OK;
}
