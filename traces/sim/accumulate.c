/* accumulate.c - the banked accumulation buffer and its operand collector.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "accumulate.h"

#include <stdlib.h>
#include <string.h>

int sc_accumulator_init(struct sc_accumulator *buffer, const struct sc_tensor_core *core, struct sc_error *err)
{
    *buffer = (struct sc_accumulator){.banks = core->banks, .window = core->window, .mask_cycles = core->mask_cycles};
    buffer->free_at = calloc(core->banks, sizeof *buffer->free_at);
    buffer->done_at = calloc(core->window, sizeof *buffer->done_at);
    if (!buffer->free_at || !buffer->done_at)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the accumulation buffer");
    sc_tensor_deal_banks(core, buffer->bank);
    return SC_OK;
}

void sc_accumulator_free(struct sc_accumulator *buffer)
{
    free(buffer->free_at);
    free(buffer->done_at);
    *buffer = (struct sc_accumulator){0};
}

void sc_accumulator_reset(struct sc_accumulator *buffer)
{
    buffer->issued = 0;
    memset(buffer->free_at, 0, buffer->banks * sizeof *buffer->free_at);
    memset(buffer->done_at, 0, buffer->window * sizeof *buffer->done_at);
}

void sc_accumulator_mask(struct sc_accumulator *buffer, uint64_t now)
{
    for (uint32_t b = 0; b < buffer->banks; b++)
        buffer->free_at[b] = (buffer->free_at[b] > now ? buffer->free_at[b] : now) + buffer->mask_cycles;
}

uint64_t sc_accumulator_push(struct sc_accumulator *buffer, const uint8_t *rows, unsigned n, const uint8_t *columns,
                             unsigned m, uint64_t now)
{
    uint64_t *slot = &buffer->done_at[buffer->issued++ % buffer->window], *free_at = buffer->free_at;
    uint64_t start = *slot > now ? *slot : now, done = start + 1;
    for (unsigned i = 0; i < n; i++) {
        const uint16_t *bank = buffer->bank[rows[i]];
        for (unsigned j = 0; j < m; j++) {
            uint64_t *at = &free_at[bank[columns[j]]];
            *at = (*at > start ? *at : start) + 1;
            done = *at > done ? *at : done;
        }
    }
    *slot = done;
    return start;
}

uint64_t sc_accumulator_end(const struct sc_accumulator *buffer)
{
    uint64_t end = 0;
    for (uint32_t b = 0; b < buffer->banks; b++)
        end = buffer->free_at[b] > end ? buffer->free_at[b] : end;
    return end;
}
