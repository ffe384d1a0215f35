/* table.h - small CSV data files held in memory: rows of named columns, with lines for messages.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TABLE_H
#define SC_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct sc_table;

/* Reads the CSV file `path`, whose header must hold all of columns[0..count), in any order; further columns are
 * skipped. Every row has as many cells as the header.  Errors carry file and line.  Free with sc_table_close(). */
int sc_table_open(struct sc_table **out, const char *path, const char *const *columns, size_t count,
                  struct sc_error *err);
void sc_table_close(struct sc_table *table);

size_t sc_table_rows(const struct sc_table *table);

/* The cell of column columns[column] as given to sc_table_open(); owned by the table. */
const char *sc_table_text(const struct sc_table *table, size_t row, size_t column);

/* The same as a finite number. */
int sc_table_number(const struct sc_table *table, size_t row, size_t column, double *value, struct sc_error *err);

/* The same as a number above 0. */
int sc_table_positive(const struct sc_table *table, size_t row, size_t column, double *value, struct sc_error *err);

/* Continues a digest (file.h) with the bytes of the file. */
uint64_t sc_table_digest(const struct sc_table *table, uint64_t state);

#endif
