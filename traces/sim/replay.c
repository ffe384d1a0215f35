/* replay.c - memory serving the missing lines of a step one after the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay.h"

#include <stdlib.h>

int sc_replay_init(struct sc_replay *replay, uint64_t line_cycles, uint64_t lines, uint64_t banks, struct sc_error *err)
{
    *replay = (struct sc_replay){.line_cycles = line_cycles, .room = lines};
    replay->asked = lines < SIZE_MAX / sizeof *replay->asked ? malloc((size_t)lines * sizeof *replay->asked) : NULL;
    replay->served = calloc((size_t)banks, sizeof *replay->served);
    if (replay->asked && replay->served)
        return SC_OK;
    sc_replay_free(replay);
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the missing lines of a step");
}

void sc_replay_free(struct sc_replay *replay)
{
    free(replay->asked);
    free(replay->served);
    sc_busy_free(&replay->busy);
    *replay = (struct sc_replay){0};
}

static int by_cycle(const void *a, const void *b)
{
    const struct sc_asked *x = a, *y = b;
    if (x->cycle != y->cycle)
        return x->cycle < y->cycle ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

uint64_t sc_replay_end(struct sc_replay *replay)
{
    uint64_t taken = 0, end = 0;
    if (!replay->ordered)
        qsort(replay->asked, (size_t)replay->count, sizeof *replay->asked, by_cycle);
    for (uint64_t i = 0; i < replay->count; i++) {
        const struct sc_asked *line = &replay->asked[i];
        uint64_t free_at = i > 0 ? taken + replay->line_cycles : 0;
        taken = line->cycle > free_at ? line->cycle : free_at;
        end = taken - 1 + line->waiting > end ? taken - 1 + line->waiting : end;
    }
    replay->count = 0;
    return end;
}
