/* cache.c - sets as rings of slots in order of use, and the load of banks by consecutive words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "cache.h"

#include <stdlib.h>

static int alloc_slots(struct sc_cache *c, struct sc_error *err)
{
    uint64_t slots = c->sets.by * c->ways;
    if (c->sets.by > SC_CACHE_HELD / c->ways)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "STR cache of 2^32 lines, and operands that do not fit it");
    c->slot = malloc((size_t)slots * sizeof *c->slot);
    c->newest = malloc((size_t)c->sets.by * sizeof *c->newest);
    if (!c->slot || !c->newest)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the STR cache");
    for (uint64_t s = 0; s < slots; s++) {
        uint64_t base = s / c->ways * c->ways, way = s - base;
        c->slot[s] = (struct sc_cache_slot){.line = UINT64_MAX,
                                            .newer = (uint32_t)(base + (way + c->ways - 1) % c->ways),
                                            .older = (uint32_t)(base + (way + 1) % c->ways)};
        if (way == 0)
            c->newest[s / c->ways] = (uint32_t)s;
    }
    return SC_OK;
}

int sc_cache_init(struct sc_cache *cache, const struct sc_machine *machine, uint64_t words, uint64_t tracked_words,
                  uint64_t words_per_bank, struct sc_error *err)
{
    struct sc_cache *c = cache;
    uint64_t line_words = machine->str_line_bytes / machine->element_bytes;
    uint64_t way_bytes = (uint64_t)machine->str_line_bytes * machine->str_ways;
    *c = (struct sc_cache){.ways = machine->str_ways, .words_per_bank = words_per_bank};
    c->line_words = sc_divisor_new(line_words);
    c->sets = sc_divisor_new(machine->str_bytes / way_bytes);
    c->banks = sc_divisor_new(machine->str_banks);
    c->powers = c->line_words.power && c->sets.power && c->banks.power;
    /* Consecutive lines fill the sets evenly, so as many lines as slots evict nothing. */
    uint64_t lines = words / line_words + 1;
    bool fits = lines <= c->sets.by * c->ways;
    c->tracked = fits ? lines : tracked_words / line_words + 1;
    c->unseen = c->tracked;
    if (c->tracked > SIZE_MAX / sizeof *c->line)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "operands too large for the address space");
    c->line = malloc((size_t)c->tracked * sizeof *c->line);
    c->cycles = malloc(((size_t)line_words + 1) * sizeof *c->cycles);
    int status = SC_OK;
    if (!c->line || !c->cycles)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the lines of the operands");
    if (!status && !fits)
        status = alloc_slots(c, err);
    if (status) {
        sc_cache_free(c);
        return status;
    }
    for (uint64_t w = 0; w <= line_words; w++)
        c->cycles[w] = (uint32_t)(w / words_per_bank + (w % words_per_bank > 0));
    for (uint64_t l = 0; l < c->tracked; l++)
        c->line[l] = (struct sc_cache_line){.slot = SC_CACHE_NEVER};
    return SC_OK;
}

void sc_cache_free(struct sc_cache *cache)
{
    free(cache->line);
    free(cache->slot);
    free(cache->newest);
    free(cache->cycles);
    *cache = (struct sc_cache){0};
}

static inline void unlink_slot(struct sc_cache *c, uint64_t set, uint32_t slot)
{
    struct sc_cache_slot *s = &c->slot[slot];
    if (s->older == slot) {
        c->newest[set] = SC_CACHE_NEVER;
        return;
    }
    c->slot[s->newer].older = s->older;
    c->slot[s->older].newer = s->newer;
    if (c->newest[set] == slot)
        c->newest[set] = s->older;
}

static inline void push_newest(struct sc_cache *c, uint64_t set, uint32_t slot)
{
    struct sc_cache_slot *s = &c->slot[slot];
    uint32_t first = c->newest[set];
    if (first == SC_CACHE_NEVER) {
        s->newer = s->older = slot;
    } else {
        uint32_t last = c->slot[first].newer;
        s->newer = last;
        s->older = first;
        c->slot[last].older = slot;
        c->slot[first].newer = slot;
    }
    c->newest[set] = slot;
}

/* Lines without an entry: looked for in their set. */
static uint32_t find_untracked(const struct sc_cache *c, uint64_t set, uint64_t line)
{
    uint32_t base = (uint32_t)(set * c->ways);
    for (uint32_t slot = base; slot < base + (uint32_t)c->ways; slot++)
        if (c->slot[slot].line == line)
            return slot;
    return SC_CACHE_NEVER;
}

/* A miss: the oldest slot of the set gets the line and becomes the newest, which only turns the ring. */
static void install(struct sc_cache *c, uint64_t set, uint64_t line)
{
    uint32_t slot = c->slot[c->newest[set]].newer;
    c->newest[set] = slot;
    c->slot[slot].line = line;
    c->misses++;
    if (line < c->tracked) {
        c->lines_touched += c->line[line].slot == SC_CACHE_NEVER;
        c->line[line].slot = slot;
    } else if (line >= c->unseen) {
        c->lines_touched++;
        c->unseen = line + 1;
    }
}

/* The line's slot if it is in the cache, or SC_CACHE_NEVER. */
static inline uint32_t present(const struct sc_cache *c, uint64_t set, uint64_t line)
{
    if (line >= c->tracked)
        return find_untracked(c, set, line);
    uint32_t slot = c->line[line].slot;
    return slot != SC_CACHE_NEVER && c->slot[slot].line == line ? slot : SC_CACHE_NEVER;
}

static bool first_touch(struct sc_cache *c, uint64_t line)
{
    bool first = c->line[line].slot == SC_CACHE_NEVER;
    c->line[line].slot = 0;
    c->misses += first;
    c->lines_touched += first;
    return first;
}

/* An access to a line that is not the newest of its set. */
static bool touch_other(struct sc_cache *c, uint64_t set, uint64_t line)
{
    uint32_t slot = present(c, set, line);
    if (slot == SC_CACHE_NEVER) {
        install(c, set, line);
        return false;
    }
    unlink_slot(c, set, slot);
    push_newest(c, set, slot);
    return true;
}

/* `powers`: the sizes are powers of two; a constant, so that the compiler makes a version without divisions. */
static inline bool touch(struct sc_cache *c, uint64_t line, bool powers)
{
    if (!c->slot)
        return !first_touch(c, line);
    uint64_t set = powers ? line & (c->sets.by - 1) : sc_remainder(line, &c->sets);
    return c->slot[c->newest[set]].line == line || touch_other(c, set, line);
}

bool sc_cache_touch(struct sc_cache *cache, uint64_t line)
{
    return touch(cache, line, false);
}

/* Consecutive words on consecutive lines: only the first and the last line can be partial. */
struct span {
    uint64_t lines, first, middle, last; /* lines; bank cycles of each kind of line */
};

/* Cycles of the bank that serves lines r, r + banks, ... of a span with more lines than banks. */
static uint64_t span_bank(const struct sc_cache *c, const struct span *s, uint64_t r)
{
    uint64_t last = s->lines - 1, cycles = (sc_quotient(last - r, &c->banks) + 1) * s->middle;
    cycles -= r == 0 ? s->middle - s->first : 0;
    cycles -= r == sc_remainder(last, &c->banks) ? s->middle - s->last : 0;
    return cycles;
}

/* The busiest bank of such a span; the extra word's bank, `apart` from the first line's, has one cycle more. */
static uint64_t long_span_busiest(const struct sc_cache *c, const struct span *s, uint64_t apart)
{
    uint64_t most = 0;
    for (uint64_t r = 0; r < c->banks.by; r++) {
        uint64_t cycles = span_bank(c, s, r) + (r == apart);
        most = cycles > most ? cycles : most;
    }
    return most;
}

static inline uint64_t span_busiest(const struct sc_cache *c, const struct span *s, uint64_t apart)
{
    if (s->lines > c->banks.by)
        return long_span_busiest(c, s, apart);
    uint64_t most = s->first > s->last ? s->first : s->last, with = s->middle;
    most = s->lines > 2 ? s->middle : most;
    with = apart == 0 ? s->first : with;
    with = apart == s->lines - 1 ? s->last : with;
    with = apart < s->lines ? with + 1 : 1;
    return apart < c->banks.by && with > most ? with : most;
}

static inline struct sc_access read(struct sc_cache *c, uint64_t extra, uint64_t first, uint64_t count, bool powers)
{
    struct sc_access access = {0};
    uint64_t size = c->line_words.by, line = powers ? first >> c->line_words.shift : first / size;
    uint64_t offset = first - line * size, apart = UINT64_MAX;
    if (extra != SC_NO_WORD) {
        uint64_t extra_line = powers ? extra >> c->line_words.shift : extra / size;
        access.misses += !touch(c, extra_line, powers);
        access.banks = 1;
        apart = powers ? (extra_line - line) & (c->banks.by - 1)
                       : (extra_line % c->banks.by + c->banks.by - line % c->banks.by) % c->banks.by;
    }
    if (count == 0)
        return access;
    uint64_t end = offset + count, more = powers ? (end - 1) >> c->line_words.shift : (end - 1) / size;
    struct span span = {.lines = more + 1, .middle = c->cycles[size]};
    span.first = c->cycles[end < size ? count : size - offset];
    span.last = more > 0 ? c->cycles[end - more * size] : span.first;
    access.misses += !touch(c, line, powers);
    for (uint64_t l = 1; l < more; l++)
        access.misses += !touch(c, line + l, powers);
    access.misses += !touch(c, line + more, powers); /* a hit when it is the first: one branch less to guess */
    access.banks = span_busiest(c, &span, apart);
    return access;
}

/* A bank serves words of one line in a step whose misses are replayed; they miss, or wait for a line that does. */
static void serve_line(struct sc_cache *c, uint64_t line, uint64_t words, bool waits)
{
    struct sc_replay *replay = c->replay;
    uint64_t bank = sc_remainder(line, &c->banks), cycle = sc_replay_serve(replay, bank, words);
    bool hit = sc_cache_touch(c, line);
    if (waits)
        replay->asked[0].waiting += words;
    else if (!hit)
        sc_replay_ask(replay, cycle, words);
    replay->wait.served = replay->served[bank] > replay->wait.served ? replay->served[bank] : replay->wait.served;
}

struct sc_access sc_cache_read_replayed(struct sc_cache *cache, uint64_t extra, uint64_t first, uint64_t count)
{
    struct sc_cache *c = cache;
    const uint64_t size = c->line_words.by, banks = c->banks.by, line = sc_quotient(first, &c->line_words);
    const uint64_t offset = first - line * size, end = offset + count;
    uint64_t apart = UINT64_MAX, extra_line = UINT64_MAX, before = c->misses;
    struct sc_access access = {0};
    c->replay->wait = (struct sc_wait){0};
    if (extra != SC_NO_WORD) {
        extra_line = sc_quotient(extra, &c->line_words);
        apart = (sc_remainder(extra_line, &c->banks) + banks - sc_remainder(line, &c->banks)) % banks;
        serve_line(c, extra_line, 1, false);
        access.banks = 1;
    }
    const bool extra_missing = c->replay->count > 0;
    for (uint64_t l = 0; l * size < end && count > 0; l++) {
        uint64_t from = l == 0 ? offset : l * size, to = end < (l + 1) * size ? end : (l + 1) * size;
        uint64_t bank = sc_remainder(l, &c->banks), queue = l < banks ? 0 : l / banks * size - (bank == 0 ? offset : 0);
        queue += (bank == apart) + to - from;
        serve_line(c, line + l, to - from, extra_missing && line + l == extra_line);
        access.banks = queue > access.banks ? queue : access.banks;
    }
    for (uint64_t l = 0; l * size < end && l < banks; l++)
        c->replay->served[sc_remainder(line + l, &c->banks)] = 0;
    if (extra != SC_NO_WORD)
        c->replay->served[sc_remainder(extra_line, &c->banks)] = 0;
    access.misses = c->misses - before;
    c->replay->wait.replay = access.misses > 0 ? sc_replay_end(c->replay) : 0;
    return access;
}

struct sc_access sc_cache_read(struct sc_cache *cache, uint64_t extra, uint64_t first, uint64_t count)
{
    return cache->powers ? read(cache, extra, first, count, true) : read(cache, extra, first, count, false);
}

bool sc_cache_is_held(const struct sc_cache *cache, uint64_t line)
{
    uint32_t slot = cache->line[line].slot;
    return slot != SC_CACHE_NEVER && cache->slot[slot].line == line && cache->slot[slot].newer == SC_CACHE_HELD;
}

bool sc_cache_hold(struct sc_cache *cache, uint64_t line)
{
    uint64_t set = sc_remainder(line, &cache->sets);
    uint32_t slot = present(cache, set, line);
    bool hit = slot != SC_CACHE_NEVER;
    if (!hit) {
        install(cache, set, line);
        slot = cache->newest[set];
    }
    unlink_slot(cache, set, slot);
    cache->slot[slot].newer = SC_CACHE_HELD;
    return hit;
}

void sc_cache_release(struct sc_cache *cache, uint64_t line)
{
    push_newest(cache, sc_remainder(line, &cache->sets), cache->line[line].slot);
}
