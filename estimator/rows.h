/* rows.h - the rows of a table in CSV, streamed, each with the line of the file it starts on.
 *
 * Understands what users' files hold: byte-order mark, LF, CRLF and CR, quoted cells with line breaks, blanks and
 * no-break spaces around cells, tabs as separators when the first line has tabs and no commas.  Rows without any text
 * are skipped. Memory is fixed: it depends neither on the number of rows nor on their length.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ROWS_H
#define SC_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum {
    SC_CELL_LIMIT = 64 * 1024,  /* longest cell, bytes */
    SC_ROW_LIMIT = 1024 * 1024, /* longest row, bytes */
    SC_COLUMN_LIMIT = 4096      /* most columns */
};

/* One row; the cells are trimmed and NUL-terminated, and live until the next call. */
struct sc_row {
    uint64_t line;           /* 1-based line of the file the row starts on */
    size_t cells;            /* up to and including the last one with text, >= 1 */
    size_t written;          /* all cells in the file, trailing empty ones included */
    const char *const *cell; /* cell[0..written) */
    const size_t *length;    /* their lengths */
};

struct sc_rows;

/* Opens `path` ("-": standard input) and looks at its beginning: a directory, an empty file, binary data or a file of
 * another known kind is refused with what it looks like.  Free with sc_rows_close(). */
int sc_rows_open(struct sc_rows **rows, const char *path, struct sc_error *err);

/* Reads the next row: SC_OK, SC_END, or an error (an unterminated quote, a NUL byte, a limit above, a failed read)
 * after which only sc_rows_close() is allowed. */
int sc_rows_next(struct sc_rows *rows, struct sc_row *row, struct sc_error *err);

/* The path as messages show it. */
const char *sc_rows_path(const struct sc_rows *rows);

void sc_rows_close(struct sc_rows *rows);

/* What the first bytes of a file that is no table look like ("a PNG image"), or NULL when nothing speaks against a
 * table. head[0..length) starts at the beginning of the file. */
const char *sc_file_kind(const char *head, size_t length);

/* Whether bytes begin like a serialised ONNX model: a small IR version, then another field of a ModelProto. */
bool sc_is_onnx(const char *head, size_t length);

#endif
