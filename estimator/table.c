/* table.c - small CSV data files held in memory, read with libcsv.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include <csv.h>
#include <stdbool.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "grow.h"
#include "printable.h"
#include "text.h"

enum { FILE_LIMIT = 16 << 20, COLUMNS_MAX = 32, FOUND_COLUMNS = 40 };

struct sc_table {
    char *path;
    unsigned char *bytes;
    size_t size;
    const char *const *columns;
    size_t columns_count, at[COLUMNS_MAX]; /* where column i of the caller stands in the file */
    char **cells;
    size_t cell_count, cell_capacity;
    uint64_t *lines; /* of each row, the header included */
    size_t row_count, row_capacity;
    size_t width;    /* cells of the header */
    size_t in_row;
    uint64_t line;
    int status;      /* of the callbacks */
};

static void on_cell(void *bytes, size_t length, void *context)
{
    struct sc_table *table = context;
    char *copy = malloc(length + 1);
    char **cells = sc_grow(table->cells, table->cell_count, &table->cell_capacity, sizeof *cells);
    if (cells)
        table->cells = cells;
    if (!copy || !cells) {
        free(copy);
        table->status = SC_NO_MEMORY;
        return;
    }
    memcpy(copy, bytes ? bytes : "", length);
    copy[length] = '\0';
    table->cells[table->cell_count++] = copy;
    table->in_row++;
}

static void on_row(int end, void *context)
{
    (void)end;
    struct sc_table *table = context;
    uint64_t *lines = sc_grow(table->lines, table->row_count, &table->row_capacity, sizeof *lines);
    if (!lines) {
        table->status = SC_NO_MEMORY;
        return;
    }
    table->lines = lines;
    if (table->row_count == 0)
        table->width = table->in_row;
    else if (table->in_row != table->width && table->status == SC_OK)
        table->status = SC_BAD_INPUT;
    if (table->status == SC_OK)
        table->lines[table->row_count++] = table->line;
    else if (table->status == SC_BAD_INPUT)
        return; /* in_row stays for the message */
    table->in_row = 0;
}

/* Feeds the file line by line, because libcsv does not count lines. */
static int parse(struct sc_table *table, struct csv_parser *parser, struct sc_error *err)
{
    const char *at = (const char *)table->bytes, *end = at + table->size;
    for (table->line = 1; at < end && table->status == SC_OK; table->line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        bool last = at + length == end;
        if (csv_parse(parser, at, length, on_cell, on_row, table) != length ||
            (last && csv_fini(parser, on_cell, on_row, table) != 0))
            return sc_fail(err, SC_BAD_INPUT, table->path, table->line, "this is not valid CSV: %s",
                           csv_strerror(csv_error(parser)));
        at += length;
        if (table->status == SC_BAD_INPUT)
            return sc_fail(err, SC_BAD_INPUT, table->path, table->line,
                           "found %zu cells; expected %zu as in the header", table->in_row, table->width);
    }
    if (table->status != SC_OK)
        return sc_fail(err, table->status, table->path, 0, "memory is exhausted while reading this file");
    return SC_OK;
}

static int find_columns(struct sc_table *table, struct sc_error *err)
{
    if (table->row_count == 0)
        return sc_fail(err, SC_BAD_INPUT, table->path, 1, "this file is empty; expected a CSV header");
    for (size_t i = 0; i < table->columns_count; i++) {
        size_t j = 0;
        while (j < table->width && strcmp(table->cells[j], table->columns[i]) != 0)
            j++;
        if (j == table->width)
            return sc_fail(err, SC_BAD_INPUT, table->path, 1, "column \"%s\" is missing from the header",
                           table->columns[i]);
        table->at[i] = j;
    }
    return SC_OK;
}

int sc_table_open(struct sc_table **out, const char *path, const char *const *columns, size_t count,
                  struct sc_error *err)
{
    *out = NULL;
    struct csv_parser parser;
    struct sc_table *table = calloc(1, sizeof *table);
    if (!table || count > COLUMNS_MAX || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(table);
        return sc_fail(err, SC_NO_MEMORY, path, 0, "memory is exhausted while reading this table");
    }
    table->columns = columns;
    table->columns_count = count;
    table->path = strdup(path);
    int status = table->path ? sc_file_read(&table->bytes, &table->size, path, FILE_LIMIT, err)
                             : sc_fail(err, SC_NO_MEMORY, path, 0, "memory is exhausted while reading this file");
    if (status == SC_OK)
        status = parse(table, &parser, err);
    if (status == SC_OK)
        status = find_columns(table, err);
    csv_free(&parser);
    if (status != SC_OK) {
        sc_table_close(table);
        return status;
    }
    *out = table;
    return SC_OK;
}

void sc_table_close(struct sc_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->lines);
    free(table->bytes);
    free(table->path);
    free(table);
}

size_t sc_table_rows(const struct sc_table *table)
{
    return table->row_count - 1;
}

const char *sc_table_text(const struct sc_table *table, size_t row, size_t column)
{
    return table->cells[(row + 1) * table->width + table->at[column]];
}

/* Beyond these, products of a few numbers of a table could be infinite. */
#define NUMBER_MAX 1e30
#define POSITIVE_MIN 1e-30

static int read_number(const struct sc_table *table, size_t row, size_t column, bool positive, double *value,
                       struct sc_error *err)
{
    const char *text = sc_table_text(table, row, column);
    if (sc_parse_number(text, strlen(text), value) && fabs(*value) <= NUMBER_MAX &&
        !(positive && *value < POSITIVE_MIN))
        return SC_OK;
    char shown[4 * FOUND_COLUMNS + 1];
    sc_printable(shown, text, FOUND_COLUMNS);
    return sc_fail(err, SC_BAD_INPUT, table->path, table->lines[row + 1],
                   "column \"%s\": found \"%s\"; expected a number%s up to 1e30", table->columns[column], shown,
                   positive ? " above 0" : "");
}

int sc_table_number(const struct sc_table *table, size_t row, size_t column, double *value, struct sc_error *err)
{
    return read_number(table, row, column, false, value, err);
}

int sc_table_positive(const struct sc_table *table, size_t row, size_t column, double *value, struct sc_error *err)
{
    return read_number(table, row, column, true, value, err);
}

uint64_t sc_table_digest(const struct sc_table *table, uint64_t state)
{
    return sc_digest(state, table->bytes, table->size);
}
