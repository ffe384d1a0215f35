/* formats.h - the parsers behind sc_pattern_read(); private to the readers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FORMATS_H
#define SC_FORMATS_H

#include "pattern_read.h"
#include "source.h"

/* Matrix Market behind the banner's first word: reads to the end of the file.  `options` and `info` are not NULL. */
int sc_read_matrix_market(struct sc_pattern *out, struct sc_source *source, const struct sc_read_options *options,
                          struct sc_read_info *info, struct sc_error *err);

/* .smtx from its first number on; sets source->commas. */
int sc_read_smtx(struct sc_pattern *out, struct sc_source *source, struct sc_read_info *info, struct sc_error *err);

/* Reads the next word of the line as a whole number low..high; `what` names it in messages. */
int sc_read_bounded(struct sc_source *source, const char *what, uint64_t low, uint64_t high, uint64_t *value,
                    struct sc_error *err);

/* The same for a word that was read already. */
int sc_check_bounded(const struct sc_source *source, const struct sc_token *token, const char *what, uint64_t low,
                     uint64_t high, uint64_t *value, struct sc_error *err);

/* Checks that nothing but blanks or a comment is left on the line, and passes over its end; `what` came before. */
int sc_read_line_end(struct sc_source *source, const char *what, struct sc_error *err);

/* Checks that nothing but blank and comment lines is left in the file; `last` says what came before. */
int sc_read_file_end(struct sc_source *source, const char *last, struct sc_error *err);

#endif
