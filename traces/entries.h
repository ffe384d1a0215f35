/* entries.h - coordinates of nonzeros in file order, and how they become a pattern.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ENTRIES_H
#define SC_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "pattern.h"

struct sc_entry {
    uint32_t row, col; /* from 0 */
};

/* A growing list of entries.  Zero-initialise; free with sc_entries_free(). */
struct sc_entries {
    struct sc_entry *entry;
    size_t count, capacity;
    struct sc_entry_mark *mark; /* where the distance between an entry's number and its line changes */
    size_t marks, mark_capacity;
};

/* Appends an entry found on `line` of the file; lines never decrease.  SC_NO_MEMORY. */
int sc_entries_add(struct sc_entries *entries, uint32_t row, uint32_t col, uint64_t line, struct sc_error *err);

/* Builds the rows x cols pattern of the entries, and with `mirror` of their mirror images off the diagonal too.  A
 * position that comes up more than once is merged and counted in *duplicates, or, when `duplicates` is NULL, an error
 * that names both lines of `path`.  Time O(entries + rows) when the entries come sorted by row or by column, else
 * sorting.  `out` is new and owned by the caller, empty after a failure. */
int sc_entries_pattern(struct sc_pattern *out, const struct sc_entries *entries, uint64_t rows, uint64_t cols,
                       bool mirror, uint64_t *duplicates, const char *path, struct sc_error *err);

/* SC_UNSUPPORTED for a matrix of more than 2^20 rows or columns that has fewer than one entry per 64 of them: what its
 * few bytes ask for would take memory and time out of proportion, here or where columns are counted. */
int sc_entries_check(uint64_t rows, uint64_t cols, uint64_t entries, const char *path, struct sc_error *err);

/* Sorts the columns of a row unless they are sorted already. */
void sc_sort_columns(uint32_t *columns, uint64_t count);

void sc_entries_free(struct sc_entries *entries);

#endif
