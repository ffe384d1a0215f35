/* cache.h - the banked, set-associative STR cache: true LRU, and banks that serve one line at a time.
 *
 * Word addresses count elements.  Line l lives in set l mod sets and bank l mod banks; a missing line is installed at
 * once in place of the least recently used one of its set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_CACHE_H
#define SC_SIM_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "divisor.h"
#include "error.h"
#include "machine.h"
#include "replay.h"

#define SC_CACHE_NEVER UINT32_MAX        /* as the slot of a line: never touched; as the newest of a set: none */
#define SC_CACHE_HELD (UINT32_MAX - 1)   /* as a slot's `newer`: held, not in the order of its set */
#define SC_NO_WORD UINT64_MAX

/* A place for one line.  The slots of a set that are not held form a ring from the newest to the oldest. */
struct sc_cache_slot {
    uint64_t line; /* UINT64_MAX: empty */
    uint32_t newer, older;
};

/* What is known of a line of the operands. */
struct sc_cache_line {
    uint32_t slot;    /* where it was last put; it is there only if that slot says so */
    uint32_t streams; /* that are reading it side by side (streams.h) */
};

struct sc_cache {
    struct sc_divisor line_words, sets, banks;
    bool powers;                   /* all three are powers of two */
    uint64_t ways, words_per_bank; /* words of one line that its bank serves in a cycle */
    uint32_t *cycles;              /* that a bank needs for 0, 1, ... words of one line */
    uint64_t tracked;              /* lines below this have an entry in `line` */
    struct sc_cache_line *line;
    struct sc_cache_slot *slot;    /* NULL when all lines of the run fit: then only first touches miss */
    uint32_t *newest;              /* per set a slot */
    uint64_t unseen;               /* lines from here on were never touched, tracked ones aside */
    uint64_t misses, lines_touched;
    struct sc_replay *replay;      /* borrowed; times the missing lines of each step, or NULL */
};

/* A cold cache for a run over `words` words, of which the first `tracked_words` are touched in any order; the others
 * must be touched for the first time in ascending order of their lines.  words_per_bank: 1 for word-wide banks.
 * Memory: 8 bytes per tracked line (all lines when they fit the cache) and, unless they fit, 16 per line of the cache.
 * SC_NO_MEMORY, SC_UNSUPPORTED (2^32 lines or more in a cache that they do not fit).  `cache` is empty after a
 * failure. */
int sc_cache_init(struct sc_cache *cache, const struct sc_machine *machine, uint64_t words, uint64_t tracked_words,
                  uint64_t words_per_bank, struct sc_error *err);
void sc_cache_free(struct sc_cache *cache);

/* Accesses a line; true on a hit.  No line may be held. */
bool sc_cache_touch(struct sc_cache *cache, uint64_t line);

/* What a number of simultaneous accesses costs. */
struct sc_access {
    uint64_t banks;  /* cycles of the busiest bank */
    uint64_t misses; /* missing lines; what they wait for is in cache.replay */
};

/* Accesses word `extra` (or SC_NO_WORD for none) and then `count` consecutive words from `first`, all in one step.  The
 * extra word takes a bank cycle of its own. */
struct sc_access sc_cache_read(struct sc_cache *cache, uint64_t extra, uint64_t first, uint64_t count);

/* The same with cache.replay, which then knows what the step waits for. */
struct sc_access sc_cache_read_replayed(struct sc_cache *cache, uint64_t extra, uint64_t first, uint64_t count);

/* For readers that stay on a line for several steps (streams.h): a held line keeps its slot and leaves the order of
 * its set until it is released as the newest.  Only for caches with slots, and only while every set has a slot that
 * is not held. */
bool sc_cache_is_held(const struct sc_cache *cache, uint64_t line);
/* Accesses a tracked line that is not held, and holds it; true on a hit. */
bool sc_cache_hold(struct sc_cache *cache, uint64_t line);
void sc_cache_release(struct sc_cache *cache, uint64_t line);

#endif
