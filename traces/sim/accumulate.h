/* accumulate.h - the accumulation buffer of a sub-core: banks, and the operand collector that merges accesses of
 * several OHMMAs.
 *
 * Every bank adds one sum per cycle (gather, add, scatter), in the order of arrival.  Accesses of up to `window`
 * OHMMAs may be waiting: an OHMMA issues when the one `window` before it has all its sums.  For every k each bank
 * first takes the bits of the output bitmap for its own words, mask_cycles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ACCUMULATE_H
#define SC_ACCUMULATE_H

#include <stdint.h>

#include "machine.h"

struct sc_accumulator {
    uint32_t banks, window, mask_cycles;
    uint64_t issued;                                             /* OHMMAs of this tile */
    uint64_t *free_at; /* per bank: the cycle when it has done all it was given */
    uint64_t *done_at;                                           /* per OHMMA modulo window */
    sc_tensor_banks bank;                                        /* of row and column of the tile */
};

/* SC_NO_MEMORY.  Free with sc_accumulator_free() whatever the outcome. */
int sc_accumulator_init(struct sc_accumulator *buffer, const struct sc_tensor_core *core, struct sc_error *err);
void sc_accumulator_free(struct sc_accumulator *buffer);

/* An empty buffer at cycle 0. */
void sc_accumulator_reset(struct sc_accumulator *buffer);

/* The output bitmap of a new k, at cycle `now`. */
void sc_accumulator_mask(struct sc_accumulator *buffer, uint64_t now);

/* Issues an OHMMA at the first cycle from `now` on that the window allows, and returns that cycle. */
uint64_t sc_accumulator_push(struct sc_accumulator *buffer, const uint8_t *rows, unsigned n, const uint8_t *columns,
                             unsigned m, uint64_t now);

/* The cycle when all banks are done. */
uint64_t sc_accumulator_end(const struct sc_accumulator *buffer);

#endif
