/* array.h - the multiplier array: which coordinates a stationary tile holds, and how many multipliers share each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_ARRAY_H
#define SC_SIM_ARRAY_H

#include <stdint.h>

#include "error.h"

/* Multipliers of one tile whose stationary elements have the same coordinate: one multicast feeds them all. */
struct sc_group {
    uint32_t k, multipliers;
};

struct sc_array {
    uint64_t size;          /* multipliers */
    uint64_t used, groups;  /* elements and distinct coordinates loaded */
    struct sc_group *group; /* in order of first occurrence */
    uint32_t *slot;         /* per coordinate its group; meaningless unless that group names the coordinate */
};

/* `width`: coordinates are below it.  SC_NO_MEMORY.  `array` is empty after a failure. */
int sc_array_init(struct sc_array *array, uint64_t size, uint64_t width, struct sc_error *err);
void sc_array_free(struct sc_array *array);

/* Empties the array. */
void sc_array_clear(struct sc_array *array);

/* Loads `count` more elements with coordinates k[]; at most `size` in all. */
void sc_array_load(struct sc_array *array, const uint32_t *k, uint64_t count);

/* Loads `count` more elements that all have coordinate k. */
void sc_array_load_same(struct sc_array *array, uint32_t k, uint64_t count);

#endif
