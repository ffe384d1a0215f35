/* busy.c - a short list of windows, looked through load by load.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "busy.h"

#include <stdlib.h>

#include "grow.h"

void sc_busy_free(struct sc_busy *busy)
{
    free(busy->window);
    *busy = (struct sc_busy){0};
}

int sc_busy_add(struct sc_busy *busy, const struct sc_busy_window *window, struct sc_error *err)
{
    struct sc_busy_window *grown = sc_grow(busy->window, busy->count, &busy->room, sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the stores of an output row");
    busy->window = grown;
    busy->window[busy->count++] = *window;
    return SC_OK;
}

bool sc_busy_any(struct sc_busy *busy)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < busy->count; i++)
        if (busy->window[i].to > busy->now)
            busy->window[kept++] = busy->window[i];
    busy->count = kept;
    return kept > 0;
}

/* The first cycle from `cycle` on in which the bank is free. */
static uint64_t free_cycle(const struct sc_busy *busy, uint64_t bank, uint64_t cycle)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (uint64_t i = 0; i < busy->count; i++) {
            const struct sc_busy_window *w = &busy->window[i];
            double at = busy->now + (double)cycle;
            for (; w->bank == bank && w->from <= at && at < w->to; at = busy->now + (double)++cycle)
                moved = true;
        }
    }
    return cycle;
}

uint64_t sc_busy_serve(const struct sc_busy *busy, uint64_t bank, uint64_t after, uint64_t loads)
{
    if (busy->count == 0)
        return after + loads;
    for (; loads > 0; loads--)
        after = free_cycle(busy, bank, after + 1);
    return after;
}
