/* periodic_compile.h - the compiler step of the periodic systolic array: filters by phase, weights in stream order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PERIODIC_COMPILE_H
#define SC_PERIODIC_COMPILE_H

#include <stdint.h>

#include "../estimator/error.h"
#include "pattern.h"
#include "../estimator/periodic.h"

/* A compiled layer.  Filters with equal i mod P have equal supports in every channel, so ordering them by phase lets
 * all columns of a tile want the same activation; within a phase they keep their order. */
struct sc_periodic_program {
    uint64_t filters, channels, weights;
    uint32_t *order;  /* order[position] = filter: the permutation that was applied to the output channels */
    uint32_t *place;  /* place[filter] = position: undoes it */
    uint64_t *stream; /* [weights]: index (filter x channels + channel) x area + kernel position of each weight in
                       * stream order: filter group, filter tile, channel tile, entry, row, column */
};

/* Compiles for an array of rows x cols.  Free with sc_periodic_program_free(), also after a failure.  SC_BAD_INPUT for
 * more than 2^32 - 1 filters, SC_NO_MEMORY. */
int sc_periodic_compile(struct sc_periodic_program *program, const struct sc_periodic *table, uint64_t filters,
                        uint64_t channels, uint32_t rows, uint32_t cols, struct sc_error *err);
void sc_periodic_program_free(struct sc_periodic_program *program);

/* The weight pattern, filters x (channels x kernel positions), of the table.  `out` is new, empty after a failure. */
int sc_periodic_pattern(struct sc_pattern *out, const struct sc_periodic *table, uint64_t filters, uint64_t channels,
                        struct sc_error *err);

/* Where a pattern departs from a table. */
struct sc_periodic_departure {
    uint64_t extra, missing;            /* nonzeros outside the supports, positions of supports without one */
    uint64_t filter, channel, position; /* of the first departure, filters in order */
    bool first_is_extra;
};

/* Compares a weight pattern with the table.  SC_OK when they are equal; SC_BAD_INPUT with a sentence on the first
 * departure and the number of all; `departure` may be NULL. */
int sc_periodic_check(const struct sc_pattern *weights, const struct sc_periodic *table,
                      struct sc_periodic_departure *departure, struct sc_error *err);

#endif
