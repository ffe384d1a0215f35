/* count.h - counts tiles and windows along K on a pattern.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_COUNT_H
#define SC_COUNT_H

#include <stdint.h>

#include "../estimator/counted.h"
#include "../estimator/error.h"
#include "pattern.h"

/* Fills `counted` for fibers along K, the rows of `fibers`; other[k] is how many words the other operand has at k. 
 * Time O(nnz + K) times the sizes and levels, memory O(K).  SC_NO_MEMORY. */
int sc_count_along_k(struct sc_counted *counted, const struct sc_pattern *fibers, const uint32_t *other,
                     struct sc_error *err);

#endif
