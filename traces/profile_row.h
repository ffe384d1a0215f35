/* profile_row.h - a measured pair of operands as one row: CSV that reads as a layer list, JSON, or a table for people.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PROFILE_ROW_H
#define SC_PROFILE_ROW_H

#include "measure.h"
#include "output.h"
#include "profile.h"
#include "result.h"

/* What one row is made from; borrowed. */
struct sc_profile_row {
    const char *layer;      /* name */
    const char *a, *b;      /* paths of the pattern files, "" when there is none to name */
    const struct sc_profile *profile;
    const struct sc_measured *measured;
};

/* Every column once: X(name, kind, value, meaning); kind is TEXT or NUMBER, value an expression of `row` and its
 * parts `p` (profile) and `m` (measured).  Sizes are those of compressed operands at one 32-bit word (value and
 * coordinate) per nonzero, as all traffic is counted. */
#define SC_PROFILE_COLUMNS(X)                                                                                          \
    X(layer, TEXT, row->layer, "name")                                                                                 \
    X(M, NUMBER, p->M, "rows of A and C")                                                                              \
    X(N, NUMBER, p->N, "columns of B and C")                                                                           \
    X(K, NUMBER, p->K, "columns of A, rows of B")                                                                      \
    X(density_a, NUMBER, p->a.density, "nonzeros of A / (M x K)")                                                      \
    X(density_b, NUMBER, p->b.density, "nonzeros of B / (K x N)")                                                      \
    X(a, TEXT, row->a, "pattern file of A")                                                                            \
    X(b, TEXT, row->b, "pattern file of B")                                                                            \
    X(nnz_a, NUMBER, p->a.nnz, "nonzeros of A")                                                                        \
    X(nnz_b, NUMBER, p->b.nnz, "nonzeros of B")                                                                        \
    X(nnz_c, NUMBER, p->nnz_c, "structural nonzeros of C")                                                             \
    X(nnz_c_from, TEXT, m->sampled ? "sample" : "count", "count: exact; sample: estimated from some rows")             \
    X(products, NUMBER, p->products, "effectual multiplies")                                                           \
    X(products_if_uniform, NUMBER, p->K > 0 ? p->a.nnz * p->b.nnz / p->K : 0, "what the densities alone would give")   \
    X(a_row_mean, NUMBER, m->a_row.mean, "nonzeros per row of A")                                                      \
    X(a_row_max, NUMBER, (double)m->a_row.longest, "most nonzeros in a row of A")                                      \
    X(a_row_cv, NUMBER, m->a_row.cv, "standard deviation / mean of the lengths of rows of A")                          \
    X(a_row_empty, NUMBER, (double)m->a_row.empty, "rows of A without nonzeros")                                       \
    X(a_col_mean, NUMBER, m->a_col.mean, "nonzeros per column of A")                                                   \
    X(a_col_max, NUMBER, (double)m->a_col.longest, "most nonzeros in a column of A")                                   \
    X(a_col_cv, NUMBER, m->a_col.cv, "standard deviation / mean of the lengths of columns of A")                       \
    X(a_col_empty, NUMBER, (double)m->a_col.empty, "columns of A without nonzeros")                                    \
    X(b_row_mean, NUMBER, m->b_row.mean, "nonzeros per row of B")                                                      \
    X(b_row_max, NUMBER, (double)m->b_row.longest, "most nonzeros in a row of B")                                      \
    X(b_row_cv, NUMBER, m->b_row.cv, "standard deviation / mean of the lengths of rows of B")                          \
    X(b_row_empty, NUMBER, (double)m->b_row.empty, "rows of B without nonzeros")                                       \
    X(b_col_mean, NUMBER, m->b_col.mean, "nonzeros per column of B")                                                   \
    X(b_col_max, NUMBER, (double)m->b_col.longest, "most nonzeros in a column of B")                                   \
    X(b_col_cv, NUMBER, m->b_col.cv, "standard deviation / mean of the lengths of columns of B")                       \
    X(b_col_empty, NUMBER, (double)m->b_col.empty, "columns of B without nonzeros")                                    \
    X(a_mb, NUMBER, p->a.nnz * SC_WORD_MB, "compressed size of A, 10^6 bytes")                                         \
    X(b_mb, NUMBER, p->b.nnz * SC_WORD_MB, "compressed size of B, 10^6 bytes")                                         \
    X(c_mb, NUMBER, p->nnz_c * SC_WORD_MB, "compressed size of C, 10^6 bytes")

#define SC_WORD_MB 4e-6 /* 10^6 bytes per nonzero */

/* Writes a header where the format has one, and the row.  `version` and `command` go into the JSON `meta` object. */
int sc_profile_row_write(struct sc_output *output, enum sc_format format, const struct sc_profile_row *row,
                         const char *version, const char *command, struct sc_error *err);

#endif
