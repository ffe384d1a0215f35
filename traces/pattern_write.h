/* pattern_write.h - sparsity patterns as Matrix Market or .smtx files, plain or gzip-compressed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PATTERN_WRITE_H
#define SC_PATTERN_WRITE_H

#include <stdbool.h>

#include "../estimator/error.h"
#include "pattern.h"

/* How to write: what the end of a file name says. */
struct sc_write_format {
    bool smtx; /* .smtx: text CSR; otherwise .mtx: Matrix Market, coordinate pattern general */
    bool gzip; /* a further .gz */
};

/* Reads the format off the end of `path`; "-" is plain .mtx.  SC_BAD_USAGE for other names. */
int sc_write_format_of(struct sc_write_format *format, const char *path, struct sc_error *err);

/* Writes `pattern` to `path` ("-": standard output), whole or not at all.  `comment` (one line without its end, or
 * NULL) goes into the head of a Matrix Market file.  The bytes depend on the arguments only, compressed ones also on
 * the version of zlib.  sc_pattern_read() reads back the same pattern. */
int sc_pattern_write(const struct sc_pattern *pattern, const char *path, const struct sc_write_format *format,
                     const char *comment, struct sc_error *err);

#endif
