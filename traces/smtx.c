/* smtx.c - the text CSR of the Deep Learning Matrix Collection.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "entries.h"
#include "formats.h"
#include "grow.h"

static int no_memory(const struct sc_source *source, struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, source->path, source->line, "no memory for the matrix");
}

static int read_header(struct sc_pattern *p, struct sc_source *source, struct sc_error *err)
{
    int status;

    if ((status = sc_read_bounded(source, "number of rows", 0, SC_PATTERN_DIMENSION_MAX, &p->rows, err)) != SC_OK ||
        (status = sc_read_bounded(source, "number of columns", 0, SC_PATTERN_DIMENSION_MAX, &p->cols, err)) != SC_OK ||
        (status = sc_read_bounded(source, "number of nonzeros", 0, p->rows * p->cols, &p->nnz, err)) != SC_OK)
        return status;
    status = sc_entries_check(p->rows, p->cols, p->nnz, source->path, err);
    return status == SC_OK ? sc_read_line_end(source, "'rows, cols, nnz'", err) : status;
}

/* Reads the next word of the line, or takes the one in `token`, as number `i` of `count` numbers between low and
 * high. */
static int read_element(struct sc_source *source, struct sc_token *token, bool have_token, const char *what, uint64_t i,
                        uint64_t count, uint64_t low, uint64_t high, uint64_t *value, struct sc_error *err)
{
    int status = have_token ? SC_OK : sc_source_next(source, token, err);

    if (status != SC_OK || (token->kind == SC_WORD && sc_token_count(token, value) && *value >= low && *value <= high))
        return status;
    char name[96];
    snprintf(name, sizeof name, "%s %" PRIu64 " of %" PRIu64, what, i, count);
    return sc_check_bounded(source, token, name, low, high, value, err);
}

static int end_of_list(struct sc_source *source, uint64_t count, const char *what, struct sc_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "%" PRIu64 " %s", count, what);
    return sc_read_line_end(source, name, err);
}

/* The second line: offsets from 0 up to nnz, none of them further from the one before than a row is long. */
static int read_offsets(struct sc_pattern *p, struct sc_source *source, struct sc_error *err)
{
    struct sc_token token;
    size_t capacity = 0;
    int status = sc_source_next_line(source, &token, err);

    for (uint64_t i = 0; i <= p->rows && status == SC_OK; i++) {
        uint64_t *larger = sc_grow_within(p->ptr, i, p->rows + 1, &capacity, sizeof *p->ptr);
        if (!larger)
            return no_memory(source, err);
        p->ptr = larger;
        uint64_t low = i == 0 ? 0 : p->ptr[i - 1], room = p->nnz - low;
        uint64_t high = i == 0 ? 0 : low + (room < p->cols ? room : p->cols);
        if (i == p->rows)
            low = high = p->nnz; /* of a matrix without rows 0, by its header */
        status = read_element(source, &token, i == 0, "offset", i + 1, p->rows + 1, low, high, &p->ptr[i], err);
    }
    return status != SC_OK ? status : end_of_list(source, p->rows + 1, "offsets", err);
}

static int check_row(const struct sc_pattern *p, uint64_t row, const struct sc_source *source, struct sc_error *err)
{
    uint64_t length = p->ptr[row + 1] - p->ptr[row];
    if (length == 0) /* there may be no columns at all yet */
        return SC_OK;
    uint32_t *columns = p->idx + p->ptr[row];

    sc_sort_columns(columns, length);
    for (uint64_t q = 1; q < length; q++)
        if (columns[q] == columns[q - 1])
            return sc_fail(err, SC_BAD_INPUT, source->path, source->line,
                           "row %" PRIu64 " (from 0): found column %" PRIu32 " twice, expected every column once", row,
                           columns[q]);
    return SC_OK;
}

/* The third line: the columns of all rows. */
static int read_columns(struct sc_pattern *p, struct sc_source *source, struct sc_error *err)
{
    struct sc_token token;
    size_t capacity = 0;
    uint64_t column = 0, q = 0;
    int status = sc_source_next_line(source, &token, err);

    for (uint64_t row = 0; row < p->rows && status == SC_OK; row++) {
        for (; q < p->ptr[row + 1] && status == SC_OK; q++) {
            uint32_t *larger = sc_grow_within(p->idx, q, p->nnz, &capacity, sizeof *p->idx);
            if (!larger)
                return no_memory(source, err);
            p->idx = larger;
            status = read_element(source, &token, q == 0, "column index", q + 1, p->nnz, 0, p->cols - 1, &column, err);
            p->idx[q] = (uint32_t)column;
        }
        if (status == SC_OK)
            status = check_row(p, row, source, err);
    }
    return status != SC_OK ? status : end_of_list(source, p->nnz, "column indices", err);
}

int sc_read_smtx(struct sc_pattern *out, struct sc_source *source, struct sc_read_info *info, struct sc_error *err)
{
    int status;

    source->commas = true;
    if ((status = read_header(out, source, err)) != SC_OK || (status = read_offsets(out, source, err)) != SC_OK)
        return status;
    if (out->nnz > 0) {
        status = read_columns(out, source, err);
    } else { /* the third line is empty or missing; patterns have an array all the same */
        out->idx = calloc(1, sizeof *out->idx);
        status = out->idx ? SC_OK : no_memory(source, err);
    }
    if (status != SC_OK)
        return status;
    *info = (struct sc_read_info){
        .file = SC_FILE_SMTX, .field = SC_FIELD_PATTERN, .symmetry = SC_GENERAL, .entries = out->nnz};
    return sc_read_file_end(source, "the column indices", err);
}
