/* stream.h - fibers of the streamed operand that are read side by side, and the steps that this takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_STREAM_H
#define SC_SIM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "divisor.h"
#include "replay.h"

/* One fiber on its way: `left` consecutive words from the first of `room` words of line + 1. */
struct sc_stream {
    uint64_t line, left;  /* line it is on, words it has not come to */
    uint64_t last;        /* line of the last step, SC_NO_WORD when there is none */
    uint64_t weight;      /* accesses for each word */
    uint32_t room;        /* words on the line that it enters next */
    uint32_t multipliers; /* that want each word */
};

/* Line that a stream which has not begun is on in its step `at` < left. */
static inline uint64_t sc_stream_line(const struct sc_stream *stream, uint64_t at, const struct sc_divisor *line_words)
{
    return at < stream->room ? stream->line + 1 : stream->line + 2 + sc_quotient(at - stream->room, line_words);
}

/* Steps that cost the same. */
struct sc_stream_run {
    uint64_t steps;
    uint64_t banks;       /* cycles of the busiest bank in each */
    uint64_t misses;      /* missing lines of the first of them; the others have none */
    struct sc_wait wait;  /* of the first, with cache.replay */
    uint64_t words;       /* distinct ones read in each */
    uint64_t multipliers; /* that they serve */
};

/* The operand that is read, and how. */
struct sc_streamed {
    uint64_t words, longest; /* of the operand, of its longest fiber */
    uint32_t most;           /* streams side by side, and multipliers that they serve */
    bool multicast;          /* one access serves all multipliers that want a word; else each reads its own, and the
                                banks of the cache must be word-wide */
};

#endif
