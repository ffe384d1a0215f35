/* measure.c - counts length distributions, products and nonzeros of C on two patterns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A length variance so near to that of a uniform pattern is taken for one. */
static const double UNIFORM_TOLERANCE = 0.2;

/* How many fibers have each length. */
struct histogram {
    uint64_t *fibers; /* of length 0..longest */
    uint64_t longest, distinct;
    double count, nnz; /* all fibers, all nonzeros */
    double mean, variance;
};

static int no_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory to measure the operands");
}

static uint64_t row_length(const struct sc_pattern *p, uint64_t row)
{
    return p->ptr[row + 1] - p->ptr[row];
}

/* Lengths of all columns; free() them. */
static uint32_t *column_lengths(const struct sc_pattern *p)
{
    uint32_t *lengths = calloc(p->cols ? (size_t)p->cols : 1, sizeof *lengths);

    for (uint64_t q = 0; lengths && q < p->nnz; q++)
        lengths[p->idx[q]]++;
    return lengths;
}

/* Length of fiber i: of column i when there are column lengths, else of row i. */
static uint64_t fiber_length(const struct sc_pattern *p, const uint32_t *columns, uint64_t i)
{
    return columns ? columns[i] : row_length(p, i);
}

static int count_lengths(struct histogram *h, const struct sc_pattern *p, const uint32_t *columns,
                         struct sc_error *err)
{
    uint64_t fibers = columns ? p->cols : p->rows;

    *h = (struct histogram){.count = (double)fibers, .nnz = (double)p->nnz};
    for (uint64_t i = 0; i < fibers; i++)
        if (fiber_length(p, columns, i) > h->longest)
            h->longest = fiber_length(p, columns, i);
    h->fibers = calloc((size_t)h->longest + 1, sizeof *h->fibers);
    if (!h->fibers)
        return no_memory(err);
    for (uint64_t i = 0; i < fibers; i++)
        h->fibers[fiber_length(p, columns, i)]++;
    h->mean = fibers ? h->nnz / h->count : 0;
    for (uint64_t length = 0; length <= h->longest; length++) {
        double off = (double)length - h->mean;
        h->variance += (double)h->fibers[length] * off * off;
        h->distinct += h->fibers[length] > 0;
    }
    h->variance = fibers ? h->variance / h->count : 0;
    return SC_OK;
}

/* Variance of the lengths when nnz of count x width positions are drawn without replacement. */
static double uniform_variance(const struct histogram *h, double width)
{
    double total = h->count * width;
    return total > 1 ? h->mean * (1 - h->nnz / total) * (total - width) / (total - 1) : 0;
}

/* The stratum that a length goes to, ascending with it. */
static unsigned group_of(const struct histogram *h, uint64_t length, double nonzeros_below)
{
    unsigned first = h->fibers[0] > 0;
    double groups = SC_STRATA_MAX - first;

    if (length == 0)
        return 0;
    double middle = nonzeros_below + (double)length * (double)h->fibers[length] / 2;
    return first + (unsigned)fmin(groups - 1, floor(middle / h->nnz * groups));
}

static void add_stratum(struct sc_lengths *l, double fibers, double sum, double squares)
{
    double mean = sum / fibers;

    l->stratum[l->strata++] = (struct sc_stratum){fibers / l->fibers, mean, fmax(0, squares / fibers - mean * mean)};
}

/* Mean and variance of every stratum; below 2^26 nonzeros per fiber the sums of squares are exact. */
static void stratify(struct sc_lengths *l, const struct histogram *h)
{
    double fibers = 0, sum = 0, squares = 0, below = 0;
    unsigned group = 0;

    for (uint64_t length = 0; length <= h->longest; length++) {
        double n = (double)h->fibers[length], size = (double)length;
        if (n <= 0)
            continue;
        unsigned next = h->distinct <= SC_STRATA_MAX ? group + 1 : group_of(h, length, below);
        if (next != group && fibers > 0) {
            add_stratum(l, fibers, sum, squares);
            fibers = sum = squares = 0;
        }
        group = next;
        fibers += n;
        sum += n * size;
        squares += n * size * size;
        below += n * size;
    }
    add_stratum(l, fibers, sum, squares);
    sc_lengths_finish(l);
}

/* The length distribution of rows (`columns` NULL) or columns, and its facts. */
static int measure_fibers(struct sc_lengths *l, struct sc_fiber_facts *facts, const struct sc_pattern *p,
                          const uint32_t *columns, struct sc_error *err)
{
    double width = (double)(columns ? p->rows : p->cols);
    struct histogram h;
    int status = count_lengths(&h, p, columns, err);

    if (status != SC_OK)
        return status;
    *facts = (struct sc_fiber_facts){.longest = h.longest,
                                     .empty = h.fibers[0],
                                     .mean = h.mean,
                                     .cv = h.mean > 0 ? sqrt(h.variance) / h.mean : 0};
    double uniform = uniform_variance(&h, width);
    if (h.distinct <= 1 || fabs(h.variance - uniform) <= UNIFORM_TOLERANCE * uniform) {
        sc_lengths_single(l, h.count, width, 1, h.mean, h.variance);
    } else {
        *l = (struct sc_lengths){.fibers = h.count, .width = width, .unit = 1};
        stratify(l, &h);
    }
    free(h.fibers);
    return SC_OK;
}

static int measure_side(struct sc_side *s, struct sc_fiber_facts *row, struct sc_fiber_facts *col,
                        const struct sc_pattern *p, const uint32_t *columns, struct sc_error *err)
{
    double positions = (double)p->rows * (double)p->cols;

    *s = (struct sc_side){.rows = (double)p->rows,
                          .cols = (double)p->cols,
                          .nnz = (double)p->nnz,
                          .density = positions > 0 ? (double)p->nnz / positions : 0,
                          .run_rows = 1,
                          .run_cols = 1};
    int status = measure_fibers(&s->row, row, p, NULL, err);
    return status != SC_OK ? status : measure_fibers(&s->col, col, p, columns, err);
}

/* Products of one row of A; rows of B are shorter than 2^32, and so is the row of A. */
static uint64_t row_products(const struct sc_pattern *a, const struct sc_pattern *b, uint64_t row)
{
    uint64_t products = 0;

    for (uint64_t q = a->ptr[row]; q < a->ptr[row + 1]; q++)
        products += row_length(b, a->idx[q]);
    return products;
}

static int count_products(uint64_t *products, const struct sc_pattern *a, const struct sc_pattern *b,
                          struct sc_error *err)
{
    *products = 0;
    for (uint64_t row = 0; row < a->rows; row++) {
        uint64_t more = row_products(a, b, row);
        if (more > UINT64_MAX - *products)
            return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "the products do not fit 64 bits");
        *products += more;
    }
    return SC_OK;
}

/* Nonzeros of one row of C.  stamp[j] is the last row (from 1) that had column j; `most` columns can be hit at all. */
static uint64_t row_union(const struct sc_pattern *a, const struct sc_pattern *b, uint64_t row, uint32_t *stamp,
                          uint64_t most)
{
    uint64_t start = a->ptr[row], stop = a->ptr[row + 1], found = 0;
    uint32_t mark = (uint32_t)(row + 1); /* at most 2^32 - 1 rows */

    if (stop - start == 1)
        return row_length(b, a->idx[start]);
    for (uint64_t q = start; q < stop && found < most; q++) {
        const uint32_t *at = b->idx + b->ptr[a->idx[q]], *end = b->idx + b->ptr[(uint64_t)a->idx[q] + 1];
        for (; at < end; at++) {
            found += stamp[*at] != mark;
            stamp[*at] = mark;
        }
    }
    return found;
}

/* Fixed pseudo-random numbers for choosing rows, so that no regular structure meets a regular choice (the finaliser of
 * splitmix64, Vigna 2015, public domain). */
static double row_lottery(uint64_t row)
{
    row += UINT64_C(0x9e3779b97f4a7c15);
    row = (row ^ (row >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    row = (row ^ (row >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((row ^ (row >> 31)) >> 11) * 0x1p-53;
}

static int count_nnz_c(struct sc_measured *m, const struct sc_pattern *a, const struct sc_pattern *b,
                       uint64_t products_max, struct sc_error *err)
{
    uint32_t *stamp = calloc(b->cols ? (size_t)b->cols : 1, sizeof *stamp);
    uint64_t found = 0, products = 0, most = b->cols - m->b_col.empty;
    bool sample = products_max > 0 && m->products > products_max;
    double share = sample ? (double)products_max / (double)m->products : 1;

    if (!stamp)
        return no_memory(err);
    for (uint64_t row = 0; row < a->rows; row++) {
        if (sample && row_lottery(row) >= share)
            continue;
        found += row_union(a, b, row, stamp, most);
        if (sample)
            products += row_products(a, b, row);
    }
    free(stamp);
    if (sample && products == 0) /* no row was drawn: far more products than rows */
        return count_nnz_c(m, a, b, 0, err);
    m->sampled = sample;
    m->nnz_c = sample ? (uint64_t)round((double)m->products * ((double)found / (double)products)) : found;
    return SC_OK;
}

int sc_profile_measure(struct sc_profile *p, const struct sc_pattern *a, const struct sc_pattern *b,
                       const struct sc_measure_options *options, struct sc_measured *measured, struct sc_error *err)
{
    struct sc_measured m = {0};

    if (a->cols != b->rows)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "A is %" PRIu64 " x %" PRIu64 " and B is %" PRIu64 " x %" PRIu64
                       ", expected as many columns of A as rows of B",
                       a->rows, a->cols, b->rows, b->cols);
    uint32_t *a_columns = column_lengths(a), *b_columns = column_lengths(b);
    int status = a_columns && b_columns ? SC_OK : no_memory(err);
    if (status == SC_OK)
        status = measure_side(&p->a, &m.a_row, &m.a_col, a, a_columns, err);
    if (status == SC_OK)
        status = measure_side(&p->b, &m.b_row, &m.b_col, b, b_columns, err);
    if (status == SC_OK)
        status = count_products(&m.products, a, b, err);
    free(a_columns);
    free(b_columns);
    if (status == SC_OK)
        status = count_nnz_c(&m, a, b, options ? options->products_max : 0, err);
    if (status != SC_OK)
        return status;
    p->op = (struct sc_operator){.kind = SC_GEMM};
    p->M = (double)a->rows;
    p->N = (double)b->cols;
    p->K = (double)a->cols;
    p->products = (double)m.products;
    p->nnz_c = (double)m.nnz_c;
    sc_profile_finish(p);
    if (measured)
        *measured = m;
    return SC_OK;
}
