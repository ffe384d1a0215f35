/* matrix_files.h - what the tests of matrix files share: files from bytes, plain or compressed, and patterns as text.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_MATRIX_FILES_H
#define TESTS_MATRIX_FILES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "lists.h"
#include "traces/pattern.h"

/* Writes a temporary file, compressed if asked, and returns its path (static storage, one file at a time). */
static inline const char *matrix_file(const char *bytes, size_t size, bool compress)
{
    const char *path = list_file(bytes, compress ? 0 : size);

    if (compress) {
        gzFile file = gzopen(path, "wb");
        if (!file || (size > 0 && gzwrite(file, bytes, (unsigned)size) != (int)size) || gzclose(file) != Z_OK)
            abort();
    }
    return path;
}

static inline const char *matrix_text(const char *text, bool compress)
{
    return matrix_file(text, strlen(text), compress);
}

/* Writes "0 2|1||" for rows {0, 2}, {1}, {}: the columns of each row, rows ended by '|'. */
static inline void pattern_text(char *out, size_t size, const struct sc_pattern *p)
{
    size_t used = 0;

    out[0] = '\0';
    for (uint64_t row = 0; row < p->rows; row++) {
        for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1] && used < size; q++)
            used += (size_t)snprintf(out + used, size - used, "%s%" PRIu32, q > p->ptr[row] ? " " : "", p->idx[q]);
        if (used < size)
            used += (size_t)snprintf(out + used, size - used, "|");
    }
}

static inline bool same_pattern(const struct sc_pattern *a, const struct sc_pattern *b)
{
    return a->rows == b->rows && a->cols == b->cols && a->nnz == b->nnz &&
           memcmp(a->ptr, b->ptr, (a->rows + 1) * sizeof *a->ptr) == 0 &&
           memcmp(a->idx, b->idx, a->nnz * sizeof *a->idx) == 0;
}

#endif
