/* pattern.h - where the nonzeros of a matrix are: compressed rows of a 0/1 pattern.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PATTERN_H
#define SC_PATTERN_H

#include <stdint.h>

#include "../estimator/error.h"

#define SC_PATTERN_DIMENSION_MAX UINT32_MAX /* rows, cols: column indices are 32 bits wide */

/* A 0/1 pattern in CSR.  ptr has rows + 1 offsets with ptr[0] = 0 and ptr[rows] = nnz; idx[ptr[i]..ptr[i+1]) are the
 * columns of row i, strictly ascending.  Both arrays belong to the pattern.  CSC is the CSR of the transpose. */
struct sc_pattern {
    uint64_t rows, cols, nnz;
    uint64_t *ptr;
    uint32_t *idx;
};

/* Makes room for `nnz` nonzeros, all offsets and indices 0 (not yet a valid pattern unless nnz is 0).
 * SC_BAD_INPUT when a dimension exceeds SC_PATTERN_DIMENSION_MAX, SC_NO_MEMORY.  `out` is empty after a failure. */
int sc_pattern_alloc(struct sc_pattern *out, uint64_t rows, uint64_t cols, uint64_t nnz, struct sc_error *err);

/* Releases the arrays and leaves an empty 0 x 0 pattern; fine to call twice. */
void sc_pattern_free(struct sc_pattern *pattern);

/* out = transpose of `in`, rows sorted; time and memory O(nnz + rows + cols).  `out` is new and owned by the caller. */
int sc_pattern_transpose(struct sc_pattern *out, const struct sc_pattern *in, struct sc_error *err);

/* SC_OK when every invariant named above holds; otherwise SC_BAD_INPUT with the first offending row. */
int sc_pattern_check(const struct sc_pattern *pattern, struct sc_error *err);

#endif
