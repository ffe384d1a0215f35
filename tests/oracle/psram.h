/* psram.h - the oracle's partial-sum memory: k-tagged fibers in blocks, oldest block spilled when none is free.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ORACLE_PSRAM_H
#define ORACLE_PSRAM_H

#include "parts.h"

struct psum_block {
    uint64_t used; /* elements appended */
    bool spilled;  /* lives in DRAM now */
};

/* One (row, tag) fiber.  Its elements are kept here; what matters for time is where its blocks are. */
struct psum_fiber {
    uint64_t row, length, direct; /* direct: elements that went straight to DRAM because there is no block at all */
    uint64_t *coord;
    struct psum_block **blocks;
    uint64_t block_count;
};

struct psram {
    uint64_t sets, blocks_per_set, block_elements, block_bytes, element_bytes;
    struct psum_block **resident; /* per set blocks_per_set entries, oldest first */
    uint64_t *resident_count;     /* per set */
};

struct psram psram_new(const struct sc_machine *machine);
void psram_free(struct psram *psram);

struct psum_fiber psum_fiber_new(uint64_t row);

/* Appends one element; returns the bytes this writes to DRAM. */
uint64_t psram_append(struct psram *psram, struct psum_fiber *fiber, uint64_t coord, struct oracle_result *r);

/* Reads the whole fiber and frees its blocks; returns the bytes this reads from DRAM.  Its coordinates stay until
 * psum_fiber_free(). */
uint64_t psram_consume(struct psram *psram, struct psum_fiber *fiber, struct oracle_result *r);

void psum_fiber_free(struct psum_fiber *fiber);

#endif
