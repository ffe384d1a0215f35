/* write_buffer.c - a ring of the bytes that recent windows wrote.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "write_buffer.h"

#include <stdlib.h>

int sc_write_buffer_init(struct sc_write_buffer *buffer, uint64_t windows, struct sc_error *err)
{
    *buffer = (struct sc_write_buffer){.windows = windows};
    buffer->bytes = calloc((size_t)windows, sizeof *buffer->bytes);
    return buffer->bytes ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the write buffer");
}

void sc_write_buffer_free(struct sc_write_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct sc_write_buffer){0};
}

uint64_t sc_write_buffer_pass(struct sc_write_buffer *buffer, uint64_t bytes)
{
    uint64_t due = buffer->bytes[buffer->at];
    buffer->bytes[buffer->at] = bytes;
    buffer->at = buffer->at + 1 < buffer->windows ? buffer->at + 1 : 0;
    return due;
}

uint64_t sc_write_buffer_drain(struct sc_write_buffer *buffer)
{
    uint64_t left = 0;
    for (uint64_t w = 0; w < buffer->windows; w++)
        left += sc_write_buffer_pass(buffer, 0);
    return left;
}
