/* skew.h - row lengths that follow a power law and add up to an exact number of nonzeros.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SKEW_H
#define SC_SKEW_H

#include <stdint.h>

#include "error.h"

/* lengths[i] of rank i + 1 for `rows` ranks: min(cols, c (i + 1)^-skew) with c such that they sum to nnz <= rows *
 * cols, made whole by largest remainder (ties: lower rank).  Descending up to one.  Uses correctly rounded
 * operations only, so that every machine gets the same lengths.  SC_NO_MEMORY on failure. */
int sc_skew_lengths(uint64_t *lengths, uint64_t rows, uint64_t cols, uint64_t nnz, double skew, struct sc_error *err);

#endif
