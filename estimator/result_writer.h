/* result_writer.h - what the three output formats share; internal to the result*.c files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_RESULT_WRITER_H
#define SC_RESULT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "output.h"
#include "result.h"

/* Significant digits of fractions in files; counts are always exact. */
enum { SC_RESULT_DIGITS = 10 };

struct sc_writer_format;

struct sc_writer {
    const struct sc_writer_format *format;
    struct sc_output *output;
    const struct sc_meta *meta;
    size_t metas;
    const char *const *extra_names;
    size_t *extra_columns; /* which of the caller's extra columns are written: those that do not repeat one of ours */
    size_t extras;
    bool last_is_number;   /* of the extra columns */
    uint64_t rows;
};

/* One format.  Each function appends to writer->output and returns a status. */
struct sc_writer_format {
    int (*begin)(struct sc_writer *writer, struct sc_error *err);
    int (*row)(struct sc_writer *writer, const struct sc_result *row, const char *const *extra, struct sc_error *err);
    int (*end)(struct sc_writer *writer, struct sc_error *err);
};

extern const struct sc_writer_format sc_csv_format;
extern const struct sc_writer_format sc_json_format;
extern const struct sc_writer_format sc_table_format;

/* Bytes that the values of a row take when every byte of text becomes `per_byte` bytes and every value, number or text,
 * adds `per_value`. */
size_t sc_writer_row_bound(const struct sc_writer *writer, const struct sc_result *row, const char *const *extra,
                           size_t per_byte, size_t per_value);

#endif
