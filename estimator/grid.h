/* grid.h - rows of cells with named columns, written as a table for people, CSV or JSON.
 *
 * For the small tables of commands that are no result rows.  Cells are held as text until the end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_GRID_H
#define SC_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "result.h"

struct sc_grid_column {
    const char *name;
    bool number; /* aligned right; a JSON number */
    int digits;  /* significant digits in a table; CSV and JSON show all that matter */
};

struct sc_grid {
    const struct sc_grid_column *column; /* borrowed */
    size_t columns, rows, room;
    char **cell; /* [row][column], owned */
    bool exact;  /* numbers with all digits, for CSV and JSON */
};

/* Starts an empty grid for `format`.  Free with sc_grid_free(). */
void sc_grid_start(struct sc_grid *grid, const struct sc_grid_column *column, size_t columns, enum sc_format format);

/* Begins a row of blank cells. */
int sc_grid_row(struct sc_grid *grid, struct sc_error *err);

/* Fills a cell of the last row.  Numbers that are not finite stay blank. */
int sc_grid_text(struct sc_grid *grid, size_t column, const char *text, struct sc_error *err);
int sc_grid_number(struct sc_grid *grid, size_t column, double value, struct sc_error *err);

/* Writes the grid to `path` ("-" or NULL: standard output), whole or not at all.  `note` follows a table (NULL: none);
 * `meta` goes into JSON. */
int sc_grid_write(const struct sc_grid *grid, const char *path, enum sc_format format, const char *note,
                  const struct sc_meta *meta, size_t metas, struct sc_error *err);

void sc_grid_free(struct sc_grid *grid);

#endif
