/* measure_vectors.h - nonzeros of the vectors of output tiles, counted on two patterns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MEASURE_VECTORS_H
#define SC_MEASURE_VECTORS_H

#include "pattern.h"
#include "../estimator/vectors.h"

/* Fills v for C = A B and tiles of SC_VECTOR_MAX x SC_VECTOR_MAX: exact shares, in time O(nonzeros + K (M + N) / 32)
 * and one byte for each of the K (M + N) / 32 vectors.  v->known stays false where that is more than
 * SC_VECTORS_LIMIT.  SC_NO_MEMORY. */
#define SC_VECTORS_LIMIT (UINT64_C(1) << 26)
int sc_vectors_measure(struct sc_vectors *v, const struct sc_pattern *a, const struct sc_pattern *b,
                       struct sc_error *err);

#endif
