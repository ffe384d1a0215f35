/* layer_csv.c - the front of the layer-list reader: opens a list, tells its format by the header, hands rows to the
 * format.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_reader.h"
#include "printable.h"
#include "text.h"

int sc_reader_bind(struct sc_layer_reader *reader, size_t role, size_t index, struct sc_error *err)
{
    size_t other = reader->column[role];
    char first[4 * SC_SHOWN + 1], second[4 * SC_SHOWN + 1];

    if (other == SC_NO_COLUMN) {
        reader->column[role] = index;
        return SC_OK;
    }
    sc_printable(first, reader->name[other], SC_SHOWN);
    sc_printable(second, reader->name[index], SC_SHOWN);
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->header_line,
                   "columns %zu ('%s') and %zu ('%s') mean the same, expected only one of them", other + 1, first,
                   index + 1, second);
}

int sc_reader_fail(const struct sc_layer_reader *reader, size_t column, const char *expected, struct sc_error *err)
{
    const char *cell = column < reader->row.written ? reader->row.cell[column] : "";
    char name[4 * SC_SHOWN + 1], found[4 * SC_SHOWN + 1];

    sc_printable(name, reader->name[column], SC_SHOWN);
    sc_printable(found, cell, SC_SHOWN);
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                   *cell ? "column '%s': found '%s', expected %s" : "column '%s' is empty%s, expected %s", name, found,
                   expected);
}

int sc_reader_size(const struct sc_layer_reader *reader, size_t column, uint64_t *value, struct sc_error *err)
{
    const struct sc_row *row = &reader->row;

    if (column < row->written && sc_parse_count(row->cell[column], row->length[column], value) && *value > 0)
        return SC_OK;
    return sc_reader_fail(reader, column, "a whole number from 1 to 18446744073709551615", err);
}

int sc_reader_check_sizes(const struct sc_layer_reader *reader, const struct sc_layer *layer, struct sc_error *err)
{
    return sc_layer_check_sizes(layer, sc_rows_path(reader->rows), reader->row.line, err);
}

int sc_layer_check_sizes(const struct sc_layer *layer, const char *path, uint64_t line, struct sc_error *err)
{
    bool mk = false, kn = false, mn = false, mnk = false, all = false;
    uint64_t product = sc_multiply_checked(layer->M, layer->K, &mk);

    if (layer->M > SC_SIZE_MAX || layer->N > SC_SIZE_MAX || layer->K > SC_SIZE_MAX)
        return sc_fail(err, SC_BAD_INPUT, path, line,
                       "found M = %" PRIu64 ", N = %" PRIu64 ", K = %" PRIu64 ", expected sizes up to 2^53", layer->M,
                       layer->N, layer->K);
    sc_multiply_checked(layer->K, layer->N, &kn);
    sc_multiply_checked(layer->M, layer->N, &mn);
    product = sc_multiply_checked(product, layer->N, &mnk);
    sc_multiply_checked(product, layer->count, &all);
    if (!(mk || kn || mn || mnk || all))
        return SC_OK;
    const char *what = mk ? "M x K" : kn ? "K x N" : mn ? "M x N" : mnk ? "M x N x K" : "M x N x K x count";
    return sc_fail(err, SC_BAD_INPUT, path, line,
                   "%s overflows with M = %" PRIu64 ", N = %" PRIu64 ", K = %" PRIu64 ", count = %" PRIu64
                   ", expected less than 2^64",
                   what, layer->M, layer->N, layer->K, layer->count);
}

bool sc_reader_should_warn(struct sc_layer_reader *reader, enum sc_layer_warning warning)
{
    bool first = !(reader->warned & (unsigned)warning);
    reader->warned |= (unsigned)warning;
    return first && reader->options.warn;
}

void sc_reader_warn(const struct sc_layer_reader *reader, uint64_t line, const char *format, ...)
{
    char message[1024];
    va_list args;

    if (!reader->options.warn)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    reader->options.warn(reader->options.warn_context, sc_rows_path(reader->rows), line, message);
}

/* Reduces a header name to what names are compared by. */
static void make_key(struct sc_column_key *key, const char *name)
{
    size_t used = 0;
    bool gap = false;

    for (; *name && used + 2 < sizeof key->text; name++) {
        bool no_break = name[0] == '\xc2' && name[1] == '\xa0';
        if (no_break || (unsigned char)*name <= ' ') {
            name += no_break;
            gap = true;
            continue;
        }
        if (gap && used > 0)
            key->text[used++] = ' ';
        gap = false;
        key->text[used++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
    }
    key->text[used] = '\0';
    if (*name) /* too long to be any name of ours */
        key->text[0] = '\0';
}

/* Adds the changed columns that the header lacks, and finds the others. */
static int change_header(struct sc_layer_reader *reader, struct sc_error *err)
{
    const struct sc_layer_options *o = &reader->options;
    size_t most = reader->row.cells + o->changes;
    reader->changed_cell = calloc(most, sizeof *reader->changed_cell);
    reader->changed_length = calloc(most, sizeof *reader->changed_length);
    reader->change_column = calloc(o->changes, sizeof *reader->change_column);
    if (!reader->changed_cell || !reader->changed_length || !reader->change_column)
        return sc_fail(err, SC_NO_MEMORY, sc_rows_path(reader->rows), 0, "out of memory for %zu columns", most);
    memcpy(reader->changed_cell, reader->row.cell, reader->row.cells * sizeof *reader->changed_cell);
    memcpy(reader->changed_length, reader->row.length, reader->row.cells * sizeof *reader->changed_length);
    for (size_t c = 0; c < o->changes; c++) {
        struct sc_column_key wanted, key;
        size_t i = 0;
        make_key(&wanted, o->change[c].column);
        for (; i < reader->row.cells; i++) {
            make_key(&key, reader->changed_cell[i]);
            if (strcmp(key.text, wanted.text) == 0)
                break;
        }
        reader->change_column[c] = i;
        reader->changed_cell[i] = o->change[c].column;
        reader->changed_length[i] = strlen(o->change[c].column);
        reader->row.cells += i == reader->row.cells;
    }
    reader->row.cell = reader->changed_cell;
    reader->row.length = reader->changed_length;
    return SC_OK;
}

/* Puts the changed texts in their places; a row that is too short stays so, for the message. */
static void change_row(struct sc_layer_reader *reader)
{
    const struct sc_layer_options *o = &reader->options;
    struct sc_row *row = &reader->row;
    size_t keep = row->written < reader->columns ? row->written : reader->columns;
    if (row->written < reader->header_cells || row->cells > reader->columns)
        return;
    memcpy(reader->changed_cell, row->cell, keep * sizeof *reader->changed_cell);
    memcpy(reader->changed_length, row->length, keep * sizeof *reader->changed_length);
    for (size_t c = 0; c < o->changes; c++) {
        reader->changed_cell[reader->change_column[c]] = o->change[c].value;
        reader->changed_length[reader->change_column[c]] = strlen(o->change[c].value);
    }
    row->cell = reader->changed_cell;
    row->length = reader->changed_length;
    row->cells = row->written = reader->columns;
}

/* The next row, its cells changed as options.change says. */
static int next_row(struct sc_layer_reader *reader, struct sc_error *err)
{
    int status = sc_rows_next(reader->rows, &reader->row, err);
    if (status == SC_OK && reader->options.changes > 0)
        change_row(reader);
    return status;
}

/* Reads the header row and keeps its names. */
static int keep_header(struct sc_layer_reader *reader, struct sc_error *err)
{
    int status = sc_rows_next(reader->rows, &reader->row, err);
    reader->header_cells = reader->row.cells;
    if (status == SC_OK && reader->options.changes > 0)
        status = change_header(reader, err);
    const struct sc_row *row = &reader->row;

    if (status == SC_END)
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), 0,
                       "has blank lines only, expected a header line such as layer,M,N,K,density_a,density_b");
    if (status != SC_OK)
        return status;
    size_t bytes = 0;
    for (size_t i = 0; i < row->cells; i++)
        bytes += row->length[i] + 1;
    reader->header_line = row->line;
    reader->columns = row->cells;
    reader->names = malloc(bytes);
    reader->name = calloc(row->cells, sizeof *reader->name);
    reader->key = calloc(row->cells, sizeof *reader->key);
    if (!reader->names || !reader->name || !reader->key)
        return sc_fail(err, SC_NO_MEMORY, sc_rows_path(reader->rows), row->line, "out of memory for the header");
    char *text = reader->names;
    for (size_t i = 0; i < row->cells; i++) {
        memcpy(text, row->cell[i], row->length[i] + 1);
        make_key(&reader->key[i], text);
        reader->name[i] = text;
        text += row->length[i] + 1;
    }
    return SC_OK;
}

static int open_format(struct sc_layer_reader *reader, struct sc_error *err)
{
    for (size_t i = 0; i < SC_ROLES; i++)
        reader->column[i] = SC_NO_COLUMN;
    if (sc_scalesim_is_convolution(reader))
        return sc_scalesim_open_convolution(reader, err);
    if (sc_scalesim_is_gemm(reader))
        return sc_scalesim_open_gemm(reader, err);
    return sc_layer_own_open(reader, err);
}

int sc_layer_open(struct sc_layer_reader **reader, const char *path, const struct sc_layer_options *options,
                  struct sc_error *err)
{
    struct sc_layer_reader *opened = calloc(1, sizeof *opened);

    *reader = NULL;
    if (!opened)
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for reading a layer list");
    if (options)
        opened->options = *options;
    const char *slash = strcmp(path, "-") == 0 ? NULL : strrchr(path, '/');
    opened->directory_length = slash ? (size_t)(slash - path) + 1 : 0;
    int status = sc_rows_open(&opened->rows, path, err);
    if (status == SC_OK)
        status = keep_header(opened, err);
    if (status == SC_OK)
        status = open_format(opened, err);
    if (status != SC_OK) {
        sc_layer_close(opened);
        return status;
    }
    *reader = opened;
    return SC_OK;
}

int sc_layer_next(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    int status;

    if (reader->stopped)
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                       "reading stopped at an earlier error");
    do {
        if (reader->expansion.active) {
            status = sc_own_block_part(reader, layer, err);
            continue;
        }
        status = next_row(reader, err);
        if (status != SC_OK)
            break;
        status = reader->lower(reader, layer, err);
    } while (status == SC_END);
    reader->stopped = status != SC_OK && status != SC_END;
    return status;
}

const char *const *sc_layer_extra_names(const struct sc_layer_reader *reader, size_t *count)
{
    *count = reader->extras;
    return reader->extra_name;
}

const char *sc_layer_format(const struct sc_layer_reader *reader)
{
    return reader->format;
}

void sc_layer_close(struct sc_layer_reader *reader)
{
    if (!reader)
        return;
    sc_rows_close(reader->rows);
    free(reader->names);
    free(reader->name);
    free(reader->key);
    free(reader->changed_cell);
    free(reader->changed_length);
    free(reader->change_column);
    free(reader->extra_name);
    free(reader->extra);
    free(reader->extra_column);
    free(reader->path_text[0]);
    free(reader->path_text[1]);
    free(reader->group);
    free(reader->expansion.name);
    free(reader);
}
