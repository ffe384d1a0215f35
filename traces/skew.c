/* skew.c - power-law row lengths by water filling and largest remainder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "skew.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* log and exp differ in the last bits between C libraries, and one bit can move a nonzero; these series use only
 * exact or correctly rounded operations, every multiply-add as fma() so that no compiler decides whether to fuse
 * it.  Relative error about 1e-15. */
static double natural_log(double x)
{
    static const double ln2 = 0.69314718055994530942;
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752440) {
        m *= 2;
        exponent--;
    }
    double z = (m - 1) / (m + 1), z2 = z * z, sum = 0;
    for (int k = 23; k >= 1; k -= 2)
        sum = fma(sum, z2, 1.0 / k);
    return fma(exponent, ln2, 2 * z * sum);
}

static double exponential(double y)
{
    static const double ln2 = 0.69314718055994530942;
    if (y < -700) /* below 1e-304: no length feels it */
        return 0;
    double whole = floor(y / ln2 + 0.5), r = fma(-whole, ln2, y), sum = 1;
    for (int k = 16; k >= 1; k--)
        sum = 1 + sum * r / k;
    return ldexp(sum, (int)whole);
}

/* (low / high)^skew, the weight of rank `high` relative to rank `low`. */
static double relative_weight(uint64_t low, uint64_t high, double skew)
{
    if (low == high)
        return 1;
    return exponential(skew * natural_log((double)low / (double)high));
}

struct remainder {
    double part;
    uint64_t rank;
};

static int by_remainder(const void *a, const void *b)
{
    const struct remainder *x = a, *y = b;
    if (x->part != y->part)
        return x->part > y->part ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* How many leading ranks are full, and the expected length of the first that is not.  full + tail, tail being the
 * weights of ranks > full relative to the first of them, grows with `full`; the smallest full with nnz <= (full +
 * tail) cols keeps all later lengths within cols. */
static uint64_t water_level(uint64_t rows, uint64_t cols, uint64_t nnz, double skew, double *first)
{
    double want = (double)nnz / (double)cols, tail = 1;
    uint64_t full = rows - 1;
    while (full > 0) {
        double longer = fma(tail, relative_weight(full, full + 1, skew), 1);
        if ((double)(full - 1) + longer < want)
            break;
        full--;
        tail = longer;
    }
    *first = fma(-(double)full, (double)cols, (double)nnz) / tail;
    return full;
}

static void make_exact(uint64_t *lengths, const struct remainder *order, uint64_t rows, uint64_t cols, uint64_t nnz,
                       uint64_t sum)
{
    for (uint64_t i = 0; sum < nnz; i = (i + 1) % rows)
        if (lengths[order[i].rank] < cols) {
            lengths[order[i].rank]++;
            sum++;
        }
    /* Only rounding errors of the expected lengths lead here. */
    for (uint64_t i = rows - 1; sum > nnz; i = (i + rows - 1) % rows)
        if (lengths[order[i].rank] > 0) {
            lengths[order[i].rank]--;
            sum--;
        }
}

int sc_skew_lengths(uint64_t *lengths, uint64_t rows, uint64_t cols, uint64_t nnz, double skew, struct sc_error *err)
{
    if (rows == 0 || cols == 0)
        return SC_OK;
    struct remainder *order = calloc((size_t)rows, sizeof *order);
    if (!order)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the lengths of %" PRIu64 " rows", rows);
    double first;
    uint64_t full = water_level(rows, cols, nnz, skew, &first), sum = 0;
    for (uint64_t i = 0; i < rows; i++) {
        double expected = i < full ? (double)cols : first * relative_weight(full + 1, i + 1, skew);
        expected = fmin(fmax(expected, 0), (double)cols);
        lengths[i] = (uint64_t)expected;
        order[i] = (struct remainder){expected - (double)lengths[i], i};
        sum += lengths[i];
    }
    qsort(order, (size_t)rows, sizeof *order, by_remainder);
    make_exact(lengths, order, rows, cols, nnz, sum);
    free(order);
    return SC_OK;
}
