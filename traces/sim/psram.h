/* psram.h - the partial-sum memory: fibers (row, tag) in blocks, the oldest block spilled to DRAM when none is free.
 *
 * The values are not kept: a fiber is the blocks that it has here and a count of those that were spilled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_PSRAM_H
#define SC_SIM_PSRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "divisor.h"
#include "error.h"
#include "machine.h"

#define SC_PSRAM_NONE UINT32_MAX

/* A block in use: a place in the order of age of its set, and in the ring of its fiber's blocks. */
struct sc_psram_block {
    uint64_t fiber;
    uint32_t older, newer; /* of the set; newer also links free blocks */
    uint32_t above;        /* next younger block of the fiber; of the youngest: the oldest */
    uint32_t used;         /* elements */
};

struct sc_psram_fiber {
    uint32_t newest;  /* block, SC_PSRAM_NONE when none is here */
    uint32_t spilled; /* blocks in DRAM; elements when there are no blocks at all */
};

/* A set of blocks: oldest, youngest and how many. */
struct sc_psram_set {
    uint64_t count;
    uint32_t oldest, youngest;
};

struct sc_psram {
    uint64_t block_bytes, element_bytes, block_elements;
    struct sc_divisor sets;        /* output row mod sets picks the set */
    uint64_t blocks_per_set;
    struct sc_psram_fiber *fiber;
    struct sc_psram_set *set;
    struct sc_psram_block *block;  /* those in use or used before */
    uint64_t blocks, room;
    uint32_t free;                 /* list of blocks no longer in use */
    bool unlimited;                /* everything fits: no block is ever spilled, none is recorded */
    uint64_t writes, reads;        /* elements */
    uint64_t spilled_bytes, refilled_bytes;
};

/* For fibers numbered below `fibers`, of rows below `rows`, which never hold more than `elements` elements at a time.
 * Memory: 8 bytes per fiber and 24 per block in use, nothing when all fit.  SC_NO_MEMORY.  `psram` is empty after a
 * failure. */
int sc_psram_init(struct sc_psram *psram, const struct sc_machine *machine, uint64_t fibers, uint64_t rows,
                  uint64_t elements, struct sc_error *err);
void sc_psram_free(struct sc_psram *psram);

/* True when `fibers` fibers that each take a block in turn never push one another's out. */
bool sc_psram_has_room(const struct sc_psram *psram, uint64_t fibers);

/* PartialWrite of `count` elements to the end of a fiber of row `row`; adds the bytes that this writes to DRAM to
 * *written.  SC_NO_MEMORY, SC_UNSUPPORTED. */
int sc_psram_append(struct sc_psram *psram, uint64_t fiber, uint64_t row, uint64_t count, uint64_t *written,
                    struct sc_error *err);

/* Consume of the whole fiber of row `row`, which has `length` elements; returns the bytes that this reads from DRAM.
 * The fiber is empty afterwards. */
uint64_t sc_psram_consume(struct sc_psram *psram, uint64_t fiber, uint64_t row, uint64_t length);

#endif
