/* replay.h - the missing lines of one blocking step at memory, and when the last load that waits for them is served.
 *
 * Banks serve loads one per cycle, except while they replay stores (busy.h).  A bank finds a line missing when its queue
 * comes to the line's first word.  Memory takes the lines in that order (of the same cycle, in the order of the loads),
 * one per line_cycles; an arrived line replays the step's loads on it, one per cycle.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_REPLAY_H
#define SC_SIM_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "busy.h"
#include "error.h"

/* cycle: in which its bank asks for the line, from 1.  waiting: loads on it.  order: number of the line in the step. */
struct sc_asked {
    uint64_t cycle, waiting, order;
};

/* served: cycle in which the banks serve the last load, misses aside.  replay: what sc_replay_end() gave, 0 without
 * misses. */
struct sc_wait {
    uint64_t served, replay;
};

struct sc_replay {
    uint64_t line_cycles;
    struct sc_asked *asked;
    uint64_t count, room;
    bool ordered;     /* by cycle already */
    uint64_t *served; /* per bank, for readers: cycle of the step in which it served its last load; 0 between steps */
    struct sc_busy busy;
    struct sc_wait wait; /* of the last step that sc_cache_read_replayed() read */
};

/* For steps that miss up to `lines` lines.  SC_NO_MEMORY.  Empty after a failure. */
int sc_replay_init(struct sc_replay *replay, uint64_t line_cycles, uint64_t lines, uint64_t banks,
                   struct sc_error *err);
void sc_replay_free(struct sc_replay *replay);

/* A missing line; lines come in the order of the loads, at most as many as there is room for. */
static inline void sc_replay_ask(struct sc_replay *replay, uint64_t cycle, uint64_t waiting)
{
    uint64_t i = replay->count++;
    replay->ordered = i == 0 || (replay->ordered && replay->asked[i - 1].cycle <= cycle);
    replay->asked[i] = (struct sc_asked){cycle, waiting, i};
}

/* A bank serves `loads` > 0 loads of one line of the step.  Returns the cycle of the first; served[bank] is that of the
 * last. */
static inline uint64_t sc_replay_serve(struct sc_replay *replay, uint64_t bank, uint64_t loads)
{
    uint64_t first = sc_busy_serve(&replay->busy, bank, replay->served[bank], 1);
    replay->served[bank] = sc_busy_serve(&replay->busy, bank, first, loads - 1);
    return first;
}

/* Ends the step: cycles until the last waiting load is served, were memory's latency 0.  Forgets the lines. */
uint64_t sc_replay_end(struct sc_replay *replay);

#endif
