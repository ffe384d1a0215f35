/* entries.c - collecting coordinates and compressing them into rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "entries.h"

#include <inttypes.h>
#include <stdlib.h>

#include "grow.h"

/* Entry number `entry` and those after it, up to the next mark, stand on consecutive lines from `line` on. */
struct sc_entry_mark {
    uint64_t entry, line;
};

enum {
    FREE_FIBERS = 1 << 20,  /* rows or columns; offsets of 8 MiB: not worth refusing */
    FIBERS_PER_ENTRY = 64   /* above that, offsets take at most 512 bytes per entry */
};

int sc_entries_add(struct sc_entries *entries, uint32_t row, uint32_t col, uint64_t line, struct sc_error *err)
{
    const struct sc_entry_mark *last = entries->marks ? &entries->mark[entries->marks - 1] : NULL;

    if (!last || line - last->line != entries->count - last->entry) {
        struct sc_entry_mark *marks =
            sc_grow(entries->mark, entries->marks, &entries->mark_capacity, sizeof *entries->mark);
        if (!marks)
            return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for %zu entries", entries->count);
        entries->mark = marks;
        entries->mark[entries->marks++] = (struct sc_entry_mark){entries->count, line};
    }
    struct sc_entry *list = sc_grow(entries->entry, entries->count, &entries->capacity, sizeof *entries->entry);
    if (!list)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for %zu entries", entries->count);
    entries->entry = list;
    entries->entry[entries->count++] = (struct sc_entry){row, col};
    return SC_OK;
}

void sc_entries_free(struct sc_entries *entries)
{
    free(entries->entry);
    free(entries->mark);
    *entries = (struct sc_entries){0};
}

static uint64_t line_of(const struct sc_entries *entries, uint64_t entry)
{
    uint64_t low = 0, high = entries->marks; /* the last mark at or before `entry` is in [low, high) */

    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (entries->mark[middle].entry <= entry)
            low = middle;
        else
            high = middle;
    }
    return entries->mark[low].line + (entry - entries->mark[low].entry);
}

/* Names the first two entries that stand for position (row, col). */
static int fail_duplicate(const struct sc_entries *entries, uint64_t row, uint32_t col, bool mirror, const char *path,
                          struct sc_error *err)
{
    uint64_t first = UINT64_MAX, second = UINT64_MAX;

    for (uint64_t e = 0; e < entries->count && second == UINT64_MAX; e++) {
        const struct sc_entry *at = &entries->entry[e];
        bool same = at->row == row && at->col == col, mirrored = mirror && at->row == col && at->col == row;
        if ((same || mirrored) && first == UINT64_MAX)
            first = e;
        else if (same || mirrored)
            second = e;
    }
    const struct sc_entry *one = &entries->entry[first], *other = &entries->entry[second];
    return sc_fail(err, SC_BAD_INPUT, path, line_of(entries, second),
                   "found entry %" PRIu64 " %" PRIu64 " after entry %" PRIu64 " %" PRIu64 " on line %" PRIu64
                   ", expected every position once%s",
                   (uint64_t)other->row + 1, (uint64_t)other->col + 1, (uint64_t)one->row + 1, (uint64_t)one->col + 1,
                   line_of(entries, first), one->row == other->row ? "" : " (one triangle implies the other)");
}

static int compare_columns(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void sc_sort_columns(uint32_t *columns, uint64_t count)
{
    for (uint64_t q = 1; q < count; q++)
        if (columns[q] < columns[q - 1]) {
            qsort(columns, (size_t)count, sizeof *columns, compare_columns);
            return;
        }
}

/* Puts the entries into rows, in file order.  On return ptr[r + 1] is the end of row r. */
static void scatter(struct sc_pattern *p, const struct sc_entries *entries, bool mirror)
{
    /* Row lengths go one slot up, so that after summing ptr[r + 1] is the start of row r; filling moves it to the
     * end. */
    for (uint64_t e = 0; e < entries->count; e++) {
        uint64_t row = entries->entry[e].row, col = entries->entry[e].col;
        if (row + 2 <= p->rows)
            p->ptr[row + 2]++;
        if (mirror && row != col && col + 2 <= p->rows)
            p->ptr[col + 2]++;
    }
    for (uint64_t row = 2; row <= p->rows; row++)
        p->ptr[row] += p->ptr[row - 1];
    for (uint64_t e = 0; e < entries->count; e++) {
        uint32_t row = entries->entry[e].row, col = entries->entry[e].col;
        p->idx[p->ptr[(uint64_t)row + 1]++] = col;
        if (mirror && row != col)
            p->idx[p->ptr[(uint64_t)col + 1]++] = row;
    }
}

/* Sorts the rows and drops repeated columns; returns false at the first one when they are not wanted, with its place.
 */
static bool settle(struct sc_pattern *p, bool merge, uint64_t *bad_row, uint32_t *bad_col)
{
    uint64_t start = 0, kept = 0;

    for (uint64_t row = 0; row < p->rows; row++) {
        uint64_t stop = p->ptr[row + 1], first = kept;
        sc_sort_columns(p->idx + start, stop - start);
        for (uint64_t q = start; q < stop; q++) {
            uint32_t col = p->idx[q];
            if (kept == first || p->idx[kept - 1] != col) {
                p->idx[kept++] = col;
            } else if (!merge) {
                *bad_row = row;
                *bad_col = col;
                return false;
            }
        }
        p->ptr[row + 1] = kept;
        start = stop;
    }
    p->nnz = kept;
    return true;
}

static int check_extent(uint64_t fibers, const char *what, uint64_t entries, const char *path, struct sc_error *err)
{
    if (fibers <= FREE_FIBERS || fibers / FIBERS_PER_ENTRY <= entries)
        return SC_OK;
    return sc_fail(err, SC_UNSUPPORTED, path, 0,
                   "%" PRIu64 " %s with only %" PRIu64 " nonzeros, expected at least one nonzero per %d %s in a matrix "
                   "of more than %d %s",
                   fibers, what, entries, FIBERS_PER_ENTRY, what, FREE_FIBERS, what);
}

int sc_entries_check(uint64_t rows, uint64_t cols, uint64_t entries, const char *path, struct sc_error *err)
{
    int status = check_extent(rows, "rows", entries, path, err);
    return status == SC_OK ? check_extent(cols, "columns", entries, path, err) : status;
}

int sc_entries_pattern(struct sc_pattern *out, const struct sc_entries *entries, uint64_t rows, uint64_t cols,
                       bool mirror, uint64_t *duplicates, const char *path, struct sc_error *err)
{
    uint64_t positions = entries->count, bad_row = 0;
    uint32_t bad_col = 0;

    *out = (struct sc_pattern){0};
    int status = sc_entries_check(rows, cols, entries->count, path, err);
    if (status != SC_OK)
        return status;
    for (uint64_t e = 0; mirror && e < entries->count; e++)
        positions += entries->entry[e].row != entries->entry[e].col;
    status = sc_pattern_alloc(out, rows, cols, positions, err);
    if (status != SC_OK)
        return status;
    scatter(out, entries, mirror);
    if (!settle(out, duplicates != NULL, &bad_row, &bad_col)) {
        sc_pattern_free(out);
        return fail_duplicate(entries, bad_row, bad_col, mirror, path, err);
    }
    if (duplicates)
        *duplicates = positions - out->nnz;
    return SC_OK;
}
