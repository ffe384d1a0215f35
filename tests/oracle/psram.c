/* psram.c - PartialWrite and Consume of the oracle, with an explicit list of blocks in order of age.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "psram.h"

#include <stdlib.h>
#include <string.h>

/* Reading: a machine whose PSRAM (or, with sets, whose set) holds no whole block has none; each append is then a
 * DRAM write of one element, each later read a DRAM read of one element. */
struct psram psram_new(const struct sc_machine *machine)
{
    struct psram p = {.block_bytes = machine->psram_block_bytes, .element_bytes = machine->element_bytes};
    p.sets = machine->psram_sets > 0 ? machine->psram_sets : 1;
    if (machine->psram_bytes > 0) {
        p.block_elements = p.block_bytes / p.element_bytes;
        p.blocks_per_set = machine->psram_bytes / p.block_bytes / p.sets;
    }
    p.resident = oracle_alloc(p.sets * p.blocks_per_set, sizeof(struct psum_block *));
    p.resident_count = oracle_alloc(p.sets, sizeof *p.resident_count);
    return p;
}

void psram_free(struct psram *psram)
{
    free(psram->resident);
    free(psram->resident_count);
}

struct psum_fiber psum_fiber_new(uint64_t row)
{
    struct psum_fiber fiber = {.row = row};
    return fiber;
}

static void forget(struct psum_block **list, uint64_t *count, uint64_t at)
{
    memmove(list + at, list + at + 1, (*count - at - 1) * sizeof *list);
    --*count;
}

static void *grown(void *old, uint64_t count, size_t size)
{
    if (count & (count - 1)) /* room for the next power of two is there already */
        return old;
    void *memory = oracle_alloc(count ? 2 * count : 1, size);
    if (old)
        memcpy(memory, old, count * size);
    free(old);
    return memory;
}

/* Reading: a spilled block is never written again, so a fiber whose last block was spilled half full goes on in a
 * new block; a spill moves the whole block, full or not. */
uint64_t psram_append(struct psram *psram, struct psum_fiber *fiber, uint64_t coord, struct oracle_result *r)
{
    uint64_t written = 0;
    fiber->coord = grown(fiber->coord, fiber->length, sizeof *fiber->coord);
    fiber->coord[fiber->length++] = coord;
    r->psum_writes++;
    if (psram->blocks_per_set == 0) {
        fiber->direct++;
        r->spill_write_bytes += psram->element_bytes;
        return psram->element_bytes;
    }
    struct psum_block *last = fiber->block_count > 0 ? fiber->blocks[fiber->block_count - 1] : NULL;
    if (!last || last->spilled || last->used == psram->block_elements) {
        uint64_t set = fiber->row % psram->sets;
        struct psum_block **list = psram->resident + set * psram->blocks_per_set;
        if (psram->resident_count[set] == psram->blocks_per_set) {
            list[0]->spilled = true;
            forget(list, &psram->resident_count[set], 0);
            written = psram->block_bytes;
        }
        last = oracle_alloc(1, sizeof *last);
        list[psram->resident_count[set]++] = last;
        fiber->blocks = grown(fiber->blocks, fiber->block_count, sizeof(struct psum_block *));
        fiber->blocks[fiber->block_count++] = last;
    }
    last->used++;
    r->spill_write_bytes += written;
    return written;
}

/* Reading: spilled blocks pass from DRAM to the tree without taking PSRAM blocks again. */
uint64_t psram_consume(struct psram *psram, struct psum_fiber *fiber, struct oracle_result *r)
{
    uint64_t set = fiber->row % psram->sets, read = fiber->direct * psram->element_bytes;
    struct psum_block **list = psram->resident + set * psram->blocks_per_set;
    for (uint64_t b = 0; b < fiber->block_count; b++) {
        uint64_t at = 0;
        if (fiber->blocks[b]->spilled) {
            read += psram->block_bytes;
        } else {
            while (list[at] != fiber->blocks[b])
                at++;
            forget(list, &psram->resident_count[set], at);
        }
        free(fiber->blocks[b]);
    }
    free(fiber->blocks);
    fiber->blocks = NULL;
    fiber->block_count = 0;
    fiber->direct = 0;
    r->psum_reads += fiber->length;
    r->spill_read_bytes += read;
    return read;
}

void psum_fiber_free(struct psum_fiber *fiber)
{
    free(fiber->coord);
    *fiber = (struct psum_fiber){0};
}
