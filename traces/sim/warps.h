/* warps.h - thread blocks of one warp per sub-core, dealt to SMs as they become free.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_WARPS_H
#define SC_WARPS_H

#include <stdint.h>

#include "error.h"

struct sc_warps {
    uint32_t sms, subcores;
    uint64_t *busy_until; /* per SM, a heap with the earliest first */
    uint32_t filled;      /* warps of the block being put together */
    uint64_t longest;     /* of them */
    uint64_t end;         /* when the last block is done */
};

/* SC_NO_MEMORY.  Free with sc_warps_free() whatever the outcome. */
int sc_warps_init(struct sc_warps *warps, uint32_t sms, uint32_t subcores, struct sc_error *err);
void sc_warps_free(struct sc_warps *warps);

/* The next output tile in order takes so many cycles; as many as there are sub-cores make a block, which keeps its SM
 * until its longest warp is done. */
void sc_warps_add(struct sc_warps *warps, uint64_t cycles);

/* The cycle when all are done. */
uint64_t sc_warps_end(struct sc_warps *warps);

#endif
