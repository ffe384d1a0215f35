/* fifo.h - the STA FIFO: stationary elements between DRAM and the multiplier array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_FIFO_H
#define SC_SIM_FIFO_H

#include <stdint.h>

/* A FIFO of elements; only how many are in it matters. */
struct sc_fifo {
    uint64_t capacity, held;  /* elements */
    uint64_t pushes, pops;    /* elements so far */
};

/* An empty FIFO of `bytes` bytes, which holds at least one element. */
struct sc_fifo sc_fifo_new(uint64_t bytes, uint64_t element_bytes);

/* Pushes up to `count` elements, as many as there is room for; returns how many. */
uint64_t sc_fifo_push(struct sc_fifo *fifo, uint64_t count);

/* Pops up to `count` elements, as many as are held; returns how many. */
uint64_t sc_fifo_pop(struct sc_fifo *fifo, uint64_t count);

#endif
