/* encode.h - storage formats on real patterns: what closed forms need, counted, and sizes by walking the pattern.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ENCODE_H
#define SC_ENCODE_H

#include "../estimator/error.h"
#include "../estimator/storage_formats.h"
#include "pattern.h"

/* Counts the facts of a pattern whose rows are filters of kernels of height x width positions (1 x 1: a plain matrix).
 * Without a table.  SC_BAD_INPUT when the columns are no multiple of the kernel's positions, SC_NO_MEMORY. */
int sc_format_facts_measure(struct sc_format_facts *facts, const struct sc_pattern *pattern, uint64_t height,
                            uint64_t width, uint32_t run_bits, struct sc_error *err);

/* Bits of the pattern in a format, field by field: walks filters, columns and nonzeros and adds up what an encoder
 * would emit. `table` as in struct sc_format_facts.  SC_UNSUPPORTED for periodic formats without a table; other errors
 * as above. */
int sc_format_encode(struct sc_format_size *size, enum sc_weight_format format, const struct sc_format_widths *widths,
                     const struct sc_pattern *pattern, uint64_t height, uint64_t width, const struct sc_periodic *table,
                     struct sc_error *err);

#endif
