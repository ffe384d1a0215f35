/* frame.h - a CSV that we wrote, in memory: result columns as numbers, all other cells as texts kept once each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FRAME_H
#define SC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { SC_NO_COLUMN = -1 };

struct sc_frame;

/* Reads the CSV `path` ("-": standard input).  Cells of the result columns that are numbers (result.h) must be blank or
 * at least 0; errors carry file and line.  Memory: 8 bytes a cell and each distinct text once.  Free with
 * sc_frame_free(). */
int sc_frame_read(struct sc_frame **frame, const char *path, struct sc_error *err);
void sc_frame_free(struct sc_frame *frame);

const char *sc_frame_path(const struct sc_frame *frame);
size_t sc_frame_rows(const struct sc_frame *frame);
size_t sc_frame_columns(const struct sc_frame *frame);
const char *sc_frame_name(const struct sc_frame *frame, size_t column);

/* The column called `name`, or SC_NO_COLUMN. */
int sc_frame_column(const struct sc_frame *frame, const char *name);

/* The line of the file a row starts on. */
uint64_t sc_frame_line(const struct sc_frame *frame, size_t row);

/* A cell as a number: NAN when it is blank or none, or the column is SC_NO_COLUMN. */
double sc_frame_number(const struct sc_frame *frame, size_t row, int column);

/* A cell as text, "" when the column is SC_NO_COLUMN or holds numbers of ours.  Equal texts are one pointer; they live
 * as long as the frame. */
const char *sc_frame_text(const struct sc_frame *frame, size_t row, int column);

/* Whether the file has every column of names[0..count). */
bool sc_frame_has(const struct sc_frame *frame, const char *const *names, size_t count);

#endif
