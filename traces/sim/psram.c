/* psram.c - allocation, spilling and freeing of blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "psram.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

int sc_psram_init(struct sc_psram *psram, const struct sc_machine *machine, uint64_t fibers, uint64_t rows,
                  uint64_t elements, struct sc_error *err)
{
    struct sc_psram *p = psram;
    *p = (struct sc_psram){.block_bytes = machine->psram_block_bytes, .element_bytes = machine->element_bytes};
    p->sets = sc_divisor_new(machine->psram_sets > 0 ? machine->psram_sets : 1);
    p->free = SC_PSRAM_NONE;
    if (machine->psram_bytes > 0) {
        p->block_elements = p->block_bytes / p->element_bytes;
        p->blocks_per_set = machine->psram_bytes / p->block_bytes / p->sets.by;
    }
    p->unlimited = p->blocks_per_set > 0 && elements / p->block_elements + fibers <= p->blocks_per_set;
    if (p->unlimited)
        return SC_OK;
    uint64_t sets = p->sets.by < rows ? p->sets.by : rows + 1; /* sets that rows can fall into */
    if (fibers < SIZE_MAX / sizeof *p->fiber)
        p->fiber = malloc(((size_t)fibers + 1) * sizeof *p->fiber);
    p->set = calloc((size_t)sets, sizeof *p->set);
    if (!p->fiber || !p->set) {
        sc_psram_free(p);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for partial sums");
    }
    for (uint64_t f = 0; f < fibers; f++)
        p->fiber[f] = (struct sc_psram_fiber){.newest = SC_PSRAM_NONE};
    for (uint64_t s = 0; s < sets; s++)
        p->set[s].oldest = p->set[s].youngest = SC_PSRAM_NONE;
    return SC_OK;
}

void sc_psram_free(struct sc_psram *psram)
{
    free(psram->fiber);
    free(psram->set);
    free(psram->block);
    *psram = (struct sc_psram){0};
}

/* The last block of a fiber is pushed out before it is full only when as many younger blocks fill the set; between two
 * blocks of its own the others take one each. */
bool sc_psram_has_room(const struct sc_psram *psram, uint64_t fibers)
{
    return psram->unlimited || psram->blocks_per_set >= fibers;
}

static void leave_set(struct sc_psram *p, struct sc_psram_set *set, uint32_t b)
{
    struct sc_psram_block *block = &p->block[b];
    if (block->older == SC_PSRAM_NONE)
        set->oldest = block->newer;
    else
        p->block[block->older].newer = block->newer;
    if (block->newer == SC_PSRAM_NONE)
        set->youngest = block->older;
    else
        p->block[block->newer].older = block->older;
    set->count--;
    block->newer = p->free;
    p->free = b;
}

/* The oldest block of a set is also the oldest that its fiber has here. */
static void spill_oldest(struct sc_psram *p, struct sc_psram_set *set)
{
    uint32_t b = set->oldest;
    struct sc_psram_fiber *fiber = &p->fiber[p->block[b].fiber];
    if (fiber->newest == b)
        fiber->newest = SC_PSRAM_NONE;
    else
        p->block[fiber->newest].above = p->block[b].above;
    fiber->spilled++;
    leave_set(p, set, b);
}

static int take_block(struct sc_psram *p, uint32_t *b, struct sc_error *err)
{
    if (p->free != SC_PSRAM_NONE) {
        *b = p->free;
        p->free = p->block[*b].newer;
        return SC_OK;
    }
    if (p->blocks == SC_PSRAM_NONE)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "2^32 or more blocks of partial sums in use");
    if (p->blocks == p->room) {
        uint64_t room = p->room ? 2 * p->room : FIRST_ROOM;
        struct sc_psram_block *grown = realloc(p->block, (size_t)room * sizeof *grown);
        if (!grown)
            return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for blocks of partial sums");
        p->block = grown;
        p->room = room;
    }
    *b = (uint32_t)p->blocks++;
    return SC_OK;
}

/* Gives the fiber a new last block, for which the set may have to spill one. */
static int new_block(struct sc_psram *p, uint64_t f, uint64_t row, uint64_t *written, struct sc_error *err)
{
    struct sc_psram_set *set = &p->set[sc_remainder(row, &p->sets)];
    struct sc_psram_fiber *fiber = &p->fiber[f];
    uint32_t b = SC_PSRAM_NONE;
    if (set->count == p->blocks_per_set) {
        spill_oldest(p, set);
        *written += p->block_bytes;
    }
    int status = take_block(p, &b, err);
    if (status)
        return status;
    p->block[b] = (struct sc_psram_block){.fiber = f, .older = set->youngest, .newer = SC_PSRAM_NONE, .above = b};
    if (set->youngest == SC_PSRAM_NONE)
        set->oldest = b;
    else
        p->block[set->youngest].newer = b;
    set->youngest = b;
    set->count++;
    if (fiber->newest != SC_PSRAM_NONE) {
        p->block[b].above = p->block[fiber->newest].above;
        p->block[fiber->newest].above = b;
    }
    fiber->newest = b;
    return SC_OK;
}

int sc_psram_append(struct sc_psram *psram, uint64_t fiber, uint64_t row, uint64_t count, uint64_t *written,
                    struct sc_error *err)
{
    struct sc_psram *p = psram;
    uint64_t spilled = 0;
    p->writes += count;
    if (p->unlimited)
        return SC_OK;
    if (p->blocks_per_set == 0) { /* straight to DRAM */
        p->fiber[fiber].spilled += (uint32_t)count;
        spilled = count * p->element_bytes;
    }
    while (p->blocks_per_set > 0 && count > 0) {
        uint32_t last = p->fiber[fiber].newest;
        if (last == SC_PSRAM_NONE || p->block[last].used == p->block_elements) {
            int status = new_block(p, fiber, row, &spilled, err);
            if (status)
                return status;
            last = p->fiber[fiber].newest;
        }
        uint64_t room = p->block_elements - p->block[last].used, taken = count < room ? count : room;
        p->block[last].used += (uint32_t)taken;
        count -= taken;
    }
    p->spilled_bytes += spilled;
    *written += spilled;
    return SC_OK;
}

uint64_t sc_psram_consume(struct sc_psram *psram, uint64_t fiber, uint64_t row, uint64_t length)
{
    struct sc_psram *p = psram;
    p->reads += length;
    if (p->unlimited)
        return 0;
    struct sc_psram_fiber *f = &p->fiber[fiber];
    uint64_t read = f->spilled * (p->blocks_per_set > 0 ? p->block_bytes : p->element_bytes);
    uint32_t newest = f->newest, next = newest;
    while (f->newest != SC_PSRAM_NONE) {
        uint32_t b = p->block[next].above;
        next = b;
        if (b == newest)
            f->newest = SC_PSRAM_NONE;
        /* leave_set() does not touch `above`. */
        leave_set(p, &p->set[sc_remainder(row, &p->sets)], b);
    }
    f->spilled = 0;
    p->refilled_bytes += read;
    return read;
}
