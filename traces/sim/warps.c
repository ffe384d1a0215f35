/* warps.c - the block scheduler of a GPU: next block to the SM that is free first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "warps.h"

#include <stdlib.h>

int sc_warps_init(struct sc_warps *warps, uint32_t sms, uint32_t subcores, struct sc_error *err)
{
    *warps = (struct sc_warps){.sms = sms, .subcores = subcores};
    warps->busy_until = calloc(sms, sizeof *warps->busy_until);
    return warps->busy_until ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the SMs");
}

void sc_warps_free(struct sc_warps *warps)
{
    free(warps->busy_until);
    *warps = (struct sc_warps){0};
}

/* Moves the first SM down to where its time belongs. */
static void sift(struct sc_warps *w)
{
    uint64_t *heap = w->busy_until, time = heap[0];
    uint32_t at = 0;
    for (;;) {
        uint64_t child = 2 * (uint64_t)at + 1;
        if (child >= w->sms)
            break;
        if (child + 1 < w->sms && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= time)
            break;
        heap[at] = heap[child];
        at = (uint32_t)child;
    }
    heap[at] = time;
}

static void run_block(struct sc_warps *w)
{
    w->busy_until[0] += w->longest;
    w->end = w->busy_until[0] > w->end ? w->busy_until[0] : w->end;
    sift(w);
    w->filled = 0;
    w->longest = 0;
}

void sc_warps_add(struct sc_warps *warps, uint64_t cycles)
{
    warps->longest = cycles > warps->longest ? cycles : warps->longest;
    if (++warps->filled == warps->subcores)
        run_block(warps);
}

uint64_t sc_warps_end(struct sc_warps *warps)
{
    if (warps->filled > 0)
        run_block(warps);
    return warps->end;
}
