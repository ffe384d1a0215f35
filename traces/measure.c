/* measure.c - counts length distributions, products and nonzeros of C on two patterns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "count.h"
#include "measure_vectors.h"

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

/* Lengths of all rows; free() them. */
static uint32_t *row_lengths(const struct sc_pattern *p)
{
    uint32_t *lengths = malloc((p->rows ? (size_t)p->rows : 1) * sizeof *lengths);

    for (uint64_t i = 0; lengths && i < p->rows; i++)
        lengths[i] = (uint32_t)row_length(p, i);
    return lengths;
}

/* Lengths of all columns; free() them. */
static uint32_t *column_lengths(const struct sc_pattern *p)
{
    uint32_t *lengths = calloc(p->cols ? (size_t)p->cols : 1, sizeof *lengths);

    for (uint64_t q = 0; lengths && q < p->nnz; q++)
        lengths[p->idx[q]]++;
    return lengths;
}

/* Lengths of fibers, fiber i counted weights[i] times, or all once without weights. */
static int count_lengths(struct histogram *h, const uint32_t *lengths, const uint32_t *weights, uint64_t fibers,
                         struct sc_error *err)
{
    *h = (struct histogram){0};
    for (uint64_t i = 0; i < fibers; i++)
        if (lengths[i] > h->longest)
            h->longest = lengths[i];
    h->fibers = calloc((size_t)h->longest + 1, sizeof *h->fibers);
    if (!h->fibers)
        return no_memory(err);
    for (uint64_t i = 0; i < fibers; i++)
        h->fibers[lengths[i]] += weights ? weights[i] : 1;
    for (uint64_t length = 0; length <= h->longest; length++) {
        h->count += (double)h->fibers[length];
        h->nnz += (double)h->fibers[length] * (double)length;
        h->distinct += h->fibers[length] > 0;
    }
    h->mean = h->count > 0 ? h->nnz / h->count : 0;
    for (uint64_t length = 0; length <= h->longest; length++) {
        double off = (double)length - h->mean;
        h->variance += (double)h->fibers[length] * off * off;
    }
    h->variance = h->count > 0 ? h->variance / h->count : 0;
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

/* The distribution in a histogram of fibers at most `width` long. */
static void distribute(struct sc_lengths *l, const struct histogram *h, double width)
{
    double uniform = uniform_variance(h, width);
    if (h->distinct <= 1 || fabs(h->variance - uniform) <= UNIFORM_TOLERANCE * uniform) {
        sc_lengths_single(l, h->count, width, 1, h->mean, h->variance);
    } else {
        *l = (struct sc_lengths){.fibers = h->count, .width = width, .unit = 1};
        stratify(l, h);
    }
}

/* The length distribution of rows or columns, and its facts. */
static int measure_fibers(struct sc_lengths *l, struct sc_fiber_facts *facts, const uint32_t *lengths, uint64_t fibers,
                          double width, struct sc_error *err)
{
    struct histogram h;
    int status = count_lengths(&h, lengths, NULL, fibers, err);

    if (status != SC_OK)
        return status;
    *facts = (struct sc_fiber_facts){.longest = h.longest,
                                     .empty = h.fibers[0],
                                     .mean = h.mean,
                                     .cv = h.mean > 0 ? sqrt(h.variance) / h.mean : 0};
    distribute(l, &h, width);
    free(h.fibers);
    return SC_OK;
}

static int measure_side(struct sc_side *s, struct sc_fiber_facts *row, struct sc_fiber_facts *col,
                        const struct sc_pattern *p, const uint32_t *rows, const uint32_t *columns, struct sc_error *err)
{
    double positions = (double)p->rows * (double)p->cols;

    *s = (struct sc_side){.rows = (double)p->rows,
                          .cols = (double)p->cols,
                          .nnz = (double)p->nnz,
                          .density = positions > 0 ? (double)p->nnz / positions : 0,
                          .run_rows = 1,
                          .run_cols = 1,
                          .close = -1};
    int status = measure_fibers(&s->row, row, rows, p->rows, s->cols, err);
    return status != SC_OK ? status : measure_fibers(&s->col, col, columns, p->cols, s->rows, err);
}

/* Lengths of a side's fibers across K as the other operand, with `picks` nonzeros at each place of K, meets them. */
static int measure_met(struct sc_side *s, const uint32_t *lengths, const uint32_t *picks, uint64_t k, double width,
                       struct sc_error *err)
{
    uint32_t *once = malloc(((size_t)k + 1) * sizeof *once);
    struct histogram h[2] = {{0}, {0}};
    int status = once ? count_lengths(&h[0], lengths, picks, k, err) : no_memory(err);

    for (uint64_t i = 0; once && i < k; i++)
        once[i] = picks[i] > 0;
    if (status == SC_OK)
        status = count_lengths(&h[1], lengths, once, k, err);
    if (status == SC_OK && h[0].count > 0) {
        distribute(&s->met, &h[0], width);
        distribute(&s->once, &h[1], width);
    }
    free(once);
    free(h[0].fibers);
    free(h[1].fibers);
    return status;
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

/* What the rows of an operand are along K, whose other operand has such counts along K. */
static int measure_along_k(struct sc_side *side, const struct sc_pattern *rows, const uint32_t *others, struct sc_error *err)
{
    side->base = sc_measure_base(rows, others);
    side->close = sc_measure_close(rows);
    side->span = sc_measure_span(rows);
    int status = sc_measure_groupings(side->grouping, rows, others, err);
    return status == SC_OK ? sc_count_along_k(&side->counted, rows, others, err) : status;
}

int sc_profile_measure(struct sc_profile *p, const struct sc_pattern *a, const struct sc_pattern *b,
                       const struct sc_measure_options *options, struct sc_measured *measured, struct sc_error *err)
{
    struct sc_measured m = {0};
    struct sc_pattern columns = {0}; /* of B, as rows */

    if (a->cols != b->rows)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "A is %" PRIu64 " x %" PRIu64 " and B is %" PRIu64 " x %" PRIu64
                       ", expected as many columns of A as rows of B",
                       a->rows, a->cols, b->rows, b->cols);
    uint32_t *a_rows = row_lengths(a), *b_rows = row_lengths(b), *a_columns = column_lengths(a), *b_columns = column_lengths(b);
    int status = a_rows && b_rows && a_columns && b_columns ? SC_OK : no_memory(err);
    if (status == SC_OK)
        status = measure_side(&p->a, &m.a_row, &m.a_col, a, a_rows, a_columns, err);
    if (status == SC_OK)
        status = measure_side(&p->b, &m.b_row, &m.b_col, b, b_rows, b_columns, err);
    if (status == SC_OK)
        status = count_products(&m.products, a, b, err);
    if (status == SC_OK)
        status = measure_met(&p->b, b_rows, a_columns, a->cols, (double)b->cols, err);
    if (status == SC_OK)
        status = measure_met(&p->a, a_columns, b_rows, a->cols, (double)a->rows, err);
    if (status == SC_OK)
        status = measure_along_k(&p->a, a, b_rows, err);
    if (status == SC_OK)
        status = sc_pattern_transpose(&columns, b, err);
    if (status == SC_OK)
        status = measure_along_k(&p->b, &columns, a_columns, err);
    sc_pattern_free(&columns);
    free(a_rows);
    free(b_rows);
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
    status = sc_vectors_measure(&p->vectors, a, b, err);
    if (status == SC_OK && measured)
        *measured = m;
    return status;
}
