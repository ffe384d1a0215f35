/* accumulate.c - the banked accumulation buffer and its operand collector.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "accumulate.h"

#include <stdlib.h>
#include <string.h>

/* The generator of the deal: splitmix64 (Vigna 2015, public domain). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void scatter_words(struct sc_accumulator *b)
{
    uint16_t deal[SC_TENSOR_TILE_MAX * SC_TENSOR_TILE_MAX];
    uint32_t words = b->tile * b->tile;
    uint64_t state = 0;
    for (uint32_t i = 0; i < words; i++)
        deal[i] = (uint16_t)(i % b->banks);
    for (uint32_t i = words - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random(&state) % (i + 1));
        uint16_t kept = deal[i];
        deal[i] = deal[j];
        deal[j] = kept;
    }
    for (uint32_t i = 0; i < words; i++)
        b->bank[i / b->tile][i % b->tile] = deal[i];
}

int sc_accumulator_init(struct sc_accumulator *buffer, const struct sc_tensor_core *core, struct sc_error *err)
{
    *buffer = (struct sc_accumulator){.banks = core->banks, .window = core->window, .mask_cycles = core->mask_cycles,
                                      .tile = core->tile};
    buffer->free_at = calloc(core->banks, sizeof *buffer->free_at);
    buffer->done_at = calloc(core->window, sizeof *buffer->done_at);
    if (!buffer->free_at || !buffer->done_at)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the accumulation buffer");
    if (core->scattered_banks)
        scatter_words(buffer);
    else
        for (uint32_t r = 0; r < core->tile; r++)
            for (uint32_t c = 0; c < core->tile; c++)
                buffer->bank[r][c] = (uint16_t)((r % 8 * 16 + c % 16) % core->banks);
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

uint64_t sc_accumulator_push(struct sc_accumulator *buffer, const uint8_t *rows, unsigned n, const uint8_t *columns, unsigned m,
                             uint64_t now)
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
