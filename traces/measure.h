/* measure.h - the profile of two real patterns: what the closed forms need, counted instead of expected.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MEASURE_H
#define SC_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "../estimator/error.h"
#include "pattern.h"
#include "../estimator/profile.h"

struct sc_measure_options {
    /* When there are more products than this, nonzeros of C are counted on a sample of its rows with about so many
     * products; 0: always on all rows. */
    uint64_t products_max;
};

/* Lengths of the rows or columns of an operand. */
struct sc_fiber_facts {
    uint64_t longest; /* nonzeros */
    uint64_t empty;   /* fibers without a nonzero */
    double mean;      /* nonzeros per fiber, 0 without fibers */
    double cv;        /* standard deviation / mean, 0 when the mean is */
};

/* What was counted beyond the profile. */
struct sc_measured {
    struct sc_fiber_facts a_row, a_col, b_row, b_col;
    uint64_t products; /* effectual multiplies, exact */
    uint64_t nnz_c;    /* structural nonzeros of C: exact unless `sampled` */
    bool sampled;      /* nnz_c = products x (nonzeros / products of the sampled rows) */
};

/* Fills the profile of C = A B from the patterns of A and B.
 *
 * products = sum over k of (length of column k of A) x (length of row k of B).  nnz_c: rows of C are formed one after
 * the other with a stamp per column, in time O(products) and memory O(columns).  Length distributions are single
 * strata, as those of uniform patterns, when the variance of the lengths is within 20 % of what a uniform pattern of
 * as many nonzeros has (hypergeometric); otherwise one stratum per length while there are at most SC_STRATA_MAX
 * lengths, and beyond that the empty fibers and groups of neighbouring lengths with about equal shares of the
 * nonzeros.  Mean and variance of every stratum are exact.  Runs, bands and groups are left neutral (1 and 0),
 * and the operator a plain GEMM.
 *
 * `options` and `measured` may be NULL.  SC_BAD_INPUT when A has not as many columns as B has rows, SC_UNSUPPORTED
 * when the products do not fit 64 bits, SC_NO_MEMORY. */
int sc_profile_measure(struct sc_profile *p, const struct sc_pattern *a, const struct sc_pattern *b,
                       const struct sc_measure_options *options, struct sc_measured *measured, struct sc_error *err);

/* Products of a row that do not grow with its length: the intercept of a line through rows' products over their lengths
 * by least squares, at least 0.  others[k]: nonzeros of the other operand at place k. */
double sc_measure_base(const struct sc_pattern *p, const uint32_t *others);

/* Share of the nonzeros right behind another of their row. */
double sc_measure_close(const struct sc_pattern *p);

/* Mean share of the columns from a row's first nonzero to its last, over rows with nonzeros. */
double sc_measure_span(const struct sc_pattern *p);

/* How the rows of `p`, whose columns run along K, fall into tiles of at most 16 x 2^i nonzeros; others[k]: nonzeros of
 * the other operand at place k.  Linear time, memory O(columns).  SC_NO_MEMORY. */
int sc_measure_groupings(struct sc_grouping grouping[SC_GROUPINGS], const struct sc_pattern *p, const uint32_t *others,
                         struct sc_error *err);

#endif
