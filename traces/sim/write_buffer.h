/* write_buffer.h - the write buffer: what a window writes reaches DRAM a fixed number of windows later.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_WRITE_BUFFER_H
#define SC_SIM_WRITE_BUFFER_H

#include <stdint.h>

#include "error.h"

struct sc_write_buffer {
    uint64_t windows, at; /* delay, and the entry of the next window */
    uint64_t *bytes;      /* of the last `windows` windows, a ring */
};

/* SC_NO_MEMORY.  `buffer` is empty after a failure. */
int sc_write_buffer_init(struct sc_write_buffer *buffer, uint64_t windows, struct sc_error *err);
void sc_write_buffer_free(struct sc_write_buffer *buffer);

/* Takes what the next window writes; returns what now goes to DRAM: the bytes of `windows` windows ago, 0 at first. */
uint64_t sc_write_buffer_pass(struct sc_write_buffer *buffer, uint64_t bytes);

/* Empties the buffer; returns the bytes that were still in it. */
uint64_t sc_write_buffer_drain(struct sc_write_buffer *buffer);

#endif
