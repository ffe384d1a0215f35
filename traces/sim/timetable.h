/* timetable.h - all steps of a tile at once, for fibers read side by side that never compete for a place in the cache.
 *
 * When no two lines of the streamed operand share a set, or when everything fits the cache, the order in which lines
 * are touched within a tile does not matter: a line misses at most where it is first read.  Then the load of the banks
 * is a sum of differences per step, which is faster than going from event to event (streams.h) when fibers are short.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_TIMETABLE_H
#define SC_SIM_TIMETABLE_H

#include "cache.h"
#include "stream.h"

/* A step, and a line with the first step that reads it. */
struct sc_timetable_step {
    uint32_t banks, misses, words, multipliers;
    uint64_t replay;
};

struct sc_timetable_line {
    uint64_t line, first;
    bool missed;
};

struct sc_timetable {
    struct sc_timetable_step *step;
    uint64_t steps, at;            /* of the tile, and the next one to give */
    uint64_t lanes;                /* banks, rounded up */
    int16_t *bank, *on_line;       /* changes: per step of each bank's cycles, per line of its streams in each step */
    int16_t *load;                 /* cycles of each bank; all 0 between tiles */
    struct sc_timetable_line *line;
    uint64_t lines;
};

/* Whether it may be used, and is small enough.  Not for tiles during which banks are busy with stores. */
bool sc_timetable_is_exact(const struct sc_cache *cache, const struct sc_streamed *what);

/* SC_NO_MEMORY.  `table` is empty after a failure. */
int sc_timetable_init(struct sc_timetable *table, const struct sc_cache *cache, const struct sc_streamed *what,
                      struct sc_error *err);
void sc_timetable_free(struct sc_timetable *table);

/* Works out the steps of the streams; none of them has begun. */
void sc_timetable_fill(struct sc_timetable *table, struct sc_cache *cache, const struct sc_stream *streams,
                       uint64_t count);

/* The next run of equal steps; false when all have been given. */
bool sc_timetable_next(struct sc_timetable *table, struct sc_stream_run *run);

#endif
