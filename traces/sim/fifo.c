/* fifo.c - the STA FIFO.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fifo.h"

struct sc_fifo sc_fifo_new(uint64_t bytes, uint64_t element_bytes)
{
    uint64_t capacity = bytes / element_bytes;
    return (struct sc_fifo){.capacity = capacity > 0 ? capacity : 1};
}

uint64_t sc_fifo_push(struct sc_fifo *fifo, uint64_t count)
{
    uint64_t room = fifo->capacity - fifo->held, taken = count < room ? count : room;
    fifo->held += taken;
    fifo->pushes += taken;
    return taken;
}

uint64_t sc_fifo_pop(struct sc_fifo *fifo, uint64_t count)
{
    uint64_t given = count < fifo->held ? count : fifo->held;
    fifo->held -= given;
    fifo->pops += given;
    return given;
}
