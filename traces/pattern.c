/* pattern.c - storage, transposition and checking of sparsity patterns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "pattern.h"

#include <inttypes.h>
#include <stdlib.h>

int sc_pattern_alloc(struct sc_pattern *out, uint64_t rows, uint64_t cols, uint64_t nnz, struct sc_error *err)
{
    *out = (struct sc_pattern){0};
    if (rows > SC_PATTERN_DIMENSION_MAX || cols > SC_PATTERN_DIMENSION_MAX)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "matrix of %" PRIu64 " x %" PRIu64 ": expected at most %" PRIu64 " rows and columns", rows, cols,
                       (uint64_t)SC_PATTERN_DIMENSION_MAX);
    if (nnz > SIZE_MAX / sizeof *out->idx || rows >= SIZE_MAX / sizeof *out->ptr)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "%" PRIu64 " nonzeros do not fit the address space", nnz);
    out->ptr = calloc((size_t)rows + 1, sizeof *out->ptr);
    out->idx = calloc(nnz ? (size_t)nnz : 1, sizeof *out->idx);
    if (!out->ptr || !out->idx) {
        sc_pattern_free(out);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0,
                       "no memory for a pattern of %" PRIu64 " rows and %" PRIu64 " nonzeros", rows, nnz);
    }
    out->rows = rows;
    out->cols = cols;
    out->nnz = nnz;
    return SC_OK;
}

void sc_pattern_free(struct sc_pattern *pattern)
{
    free(pattern->ptr);
    free(pattern->idx);
    *pattern = (struct sc_pattern){0};
}

int sc_pattern_transpose(struct sc_pattern *out, const struct sc_pattern *in, struct sc_error *err)
{
    int status = sc_pattern_alloc(out, in->cols, in->rows, in->nnz, err);
    if (status)
        return status;
    /* Count into the slot after next, so that while filling ptr[j + 1] runs from the start of row j to its end. */
    for (uint64_t q = 0; q < in->nnz; q++)
        if ((uint64_t)in->idx[q] + 2 <= out->rows)
            out->ptr[(uint64_t)in->idx[q] + 2]++;
    for (uint64_t j = 2; j <= out->rows; j++)
        out->ptr[j] += out->ptr[j - 1];
    for (uint64_t i = 0; i < in->rows; i++)
        for (uint64_t q = in->ptr[i]; q < in->ptr[i + 1]; q++)
            out->idx[out->ptr[(uint64_t)in->idx[q] + 1]++] = (uint32_t)i;
    return SC_OK;
}

static int check_row(const struct sc_pattern *p, uint64_t row, struct sc_error *err)
{
    if (p->ptr[row] > p->ptr[row + 1] || p->ptr[row + 1] > p->nnz)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "row %" PRIu64 ": offsets %" PRIu64 " to %" PRIu64 ", expected ascending and at most %" PRIu64,
                       row, p->ptr[row], p->ptr[row + 1], p->nnz);
    for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++) {
        if (p->idx[q] >= p->cols)
            return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                           "row %" PRIu64 ": column %" PRIu32 ", expected below %" PRIu64, row, p->idx[q], p->cols);
        if (q > p->ptr[row] && p->idx[q] <= p->idx[q - 1])
            return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                           "row %" PRIu64 ": column %" PRIu32 " after %" PRIu32 ", expected strictly ascending columns",
                           row, p->idx[q], p->idx[q - 1]);
    }
    return SC_OK;
}

int sc_pattern_check(const struct sc_pattern *pattern, struct sc_error *err)
{
    if (pattern->rows > SC_PATTERN_DIMENSION_MAX || pattern->cols > SC_PATTERN_DIMENSION_MAX)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "%" PRIu64 " x %" PRIu64 " exceeds the largest dimension %" PRIu64,
                       pattern->rows, pattern->cols, (uint64_t)SC_PATTERN_DIMENSION_MAX);
    if (!pattern->ptr || !pattern->idx)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "pattern without arrays");
    if (pattern->ptr[0] != 0 || pattern->ptr[pattern->rows] != pattern->nnz)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "offsets run from %" PRIu64 " to %" PRIu64 ", expected 0 to %" PRIu64, pattern->ptr[0],
                       pattern->ptr[pattern->rows], pattern->nnz);
    for (uint64_t row = 0; row < pattern->rows; row++) {
        int status = check_row(pattern, row, err);
        if (status)
            return status;
    }
    return SC_OK;
}
