/* streams.h - fibers of the streamed operand read side by side, one word of each per step.
 *
 * Words of a fiber are consecutive, so between the steps at which some stream enters a line or ends, every step reads
 * the same lines from the same banks and misses nothing.  The reader therefore works from event to event and reports
 * runs of equal steps; cache contents, misses and bank loads are those of the word-by-word order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_STREAMS_H
#define SC_SIM_STREAMS_H

#include "timetable.h"

/* Streams with something to do in a step, a bit each. */
struct sc_due {
    uint64_t enter, end;
};

struct sc_streams {
    struct sc_cache *cache;
    bool multicast;                /* one access serves all multipliers that want the word */
    uint32_t most, count;          /* room, and streams added */
    struct sc_stream *of;
    struct sc_due *due, *now;      /* a ring of future steps, `words` entries each; those of this step */
    uint64_t words, ring, at;      /* at: entry of this step in the ring */
    uint64_t *fresh, *gone;        /* lines that nobody read in the last step, or reads any more */
    uint64_t fresh_lines;
    uint64_t *missed, missed_lines; /* lines that this step misses, in order; only when misses are replayed */
    uint64_t *bank, busiest;       /* cycles of each bank, and of the busiest */
    bool busiest_left;             /* a bank that was the busiest has less to do */
    uint64_t active, multipliers;
    uint32_t *set_lines;           /* per set: lines read in the last step or in this one */
    uint64_t crowded;              /* sets with more such lines than ways */
    bool held;                     /* the lines of all streams are held in the cache */
    bool tabled, begun;            /* all steps of a tile are worked out at once */
    bool by_table;                 /* those of this tile are */
    struct sc_timetable table;
};

/* The cache is borrowed.  SC_NO_MEMORY.  `streams` is empty after a failure. */
int sc_streams_init(struct sc_streams *streams, struct sc_cache *cache, const struct sc_streamed *what,
                    struct sc_error *err);
void sc_streams_free(struct sc_streams *streams);

/* Forgets the last set of streams; call before adding the streams of a tile. */
void sc_streams_begin(struct sc_streams *streams);

/* Adds the `length` > 0 words from word address `first`.  Streams are served in the order of their addition. */
static inline void sc_streams_add(struct sc_streams *streams, uint64_t first, uint64_t length, uint32_t multipliers)
{
    const struct sc_divisor *words = &streams->cache->line_words;
    struct sc_stream *stream = &streams->of[streams->count++];
    stream->line = sc_quotient(first, words) - 1; /* the one before the first */
    stream->left = length;
    stream->last = SC_NO_WORD;
    stream->room = (uint32_t)(words->by - sc_remainder(first, words));
    stream->multipliers = multipliers;
    stream->weight = streams->multicast ? 1 : multipliers;
}

/* The next step of the last run, which is not its first: cycle in which the banks serve its last word. */
uint64_t sc_streams_serve_again(struct sc_streams *streams);

/* The next run of steps; false when all streams have ended. */
bool sc_streams_next(struct sc_streams *streams, struct sc_stream_run *run);

#endif
