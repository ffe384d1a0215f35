/* streams.c - from event to event through fibers read side by side.
 *
 * While every set has no more lines in use than ways, lines in use need no place in the order of their set: LRU never
 * evicts a line used in the last step or in this one (fewer than `ways` other lines of its set were used since).  They
 * are held, and released as the newest, in order of their last use, when their last stream leaves.  In a step in which
 * some set is crowded all streams are touched one by one instead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "streams.h"

#include <stdlib.h>

#include "bits.h"

int sc_streams_init(struct sc_streams *streams, struct sc_cache *cache, const struct sc_streamed *what,
                    struct sc_error *err)
{
    struct sc_streams *s = streams;
    const size_t most = what->most;
    *s = (struct sc_streams){.cache = cache, .most = what->most, .multicast = what->multicast};
    s->tabled = sc_timetable_is_exact(cache, what);
    s->ring = cache->line_words.by; /* a stream stays on a line for at most so many steps */
    s->words = (most + SC_BITS - 1) / SC_BITS;
    s->of = malloc(most * sizeof *s->of);
    s->due = calloc((size_t)s->ring, s->words * sizeof *s->due);
    s->now = calloc((size_t)s->words, sizeof *s->now);
    s->fresh = malloc((most + 1) * sizeof *s->fresh);
    s->gone = malloc((most + 1) * sizeof *s->gone);
    s->missed = malloc((most + 1) * sizeof *s->missed);
    s->bank = calloc((size_t)cache->banks.by, sizeof *s->bank);
    s->set_lines = cache->slot ? calloc((size_t)cache->sets.by, sizeof *s->set_lines) : NULL;
    if (!s->of || !s->due || !s->now || !s->fresh || !s->gone || !s->missed || !s->bank ||
        (cache->slot && !s->set_lines)) {
        sc_streams_free(s);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the streams of a tile");
    }
    int status = s->tabled ? sc_timetable_init(&s->table, cache, what, err) : SC_OK;
    if (status)
        sc_streams_free(s);
    return status;
}

void sc_streams_free(struct sc_streams *streams)
{
    free(streams->of);
    free(streams->due);
    free(streams->now);
    free(streams->fresh);
    free(streams->gone);
    free(streams->missed);
    free(streams->bank);
    free(streams->set_lines);
    sc_timetable_free(&streams->table);
    *streams = (struct sc_streams){0};
}

void sc_streams_begin(struct sc_streams *streams)
{
    streams->count = 0;
    streams->at = streams->busiest = streams->active = streams->multipliers = 0;
    streams->busiest_left = streams->begun = false;
    streams->held = streams->cache->slot != NULL;
}

/* Bank cycles that the last of `streams` streams on a line costs. */
static inline uint64_t last_cost(uint64_t at_once, uint64_t weight, uint64_t streams)
{
    if (at_once == 1)
        return weight;
    return streams <= at_once ? streams == 1 : (streams - 1) % at_once == 0;
}

/* Streams with a bit in `bits`, of word w, turn to their next lines and get dates for leaving them. */
static void enter_lines(struct sc_streams *s, uint64_t w, uint64_t bits)
{
    const struct sc_divisor banks = s->cache->banks;
    const uint64_t at_once = s->cache->words_per_bank, line_words = s->cache->line_words.by;
    const uint64_t now = s->at, ring = s->ring, words = s->words;
    struct sc_cache_line *lines = s->cache->line;
    struct sc_stream *of = s->of + w * SC_BITS;
    struct sc_due *due = s->due + w;
    uint64_t *bank = s->bank, *fresh = s->fresh, fresh_lines = s->fresh_lines, busiest = s->busiest;
    for (; bits; bits &= bits - 1) {
        struct sc_stream *stream = &of[sc_lowest_bit(bits)];
        uint64_t line = stream->line + 1, b = sc_remainder(line, &banks), bit = bits & (~bits + 1);
        uint64_t here = stream->left < stream->room ? stream->left : stream->room, left = stream->left - here;
        uint64_t at = now + here < ring ? now + here : now + here - ring;
        uint64_t streams = ++lines[line].streams, cycles = bank[b] + last_cost(at_once, stream->weight, streams);
        stream->line = line;
        stream->left = left;
        stream->room = (uint32_t)line_words;
        due[at * words].enter |= left > 0 ? bit : 0;
        due[at * words].end |= left > 0 ? 0 : bit;
        bank[b] = cycles;
        busiest = cycles > busiest ? cycles : busiest;
        fresh[fresh_lines] = line;
        fresh_lines += streams == 1;
    }
    s->fresh_lines = fresh_lines;
    s->busiest = busiest;
}

static void enter(struct sc_streams *s)
{
    struct sc_due *due = s->due + s->at * s->words;
    s->fresh_lines = 0;
    for (uint64_t w = 0; w < s->words; w++) {
        s->now[w] = due[w];
        due[w] = (struct sc_due){0};
        enter_lines(s, w, s->now[w].enter);
    }
    for (uint64_t i = 0; s->set_lines && i < s->fresh_lines; i++)
        s->crowded += s->set_lines[sc_remainder(s->fresh[i], &s->cache->sets)]++ == s->cache->ways;
}

static bool ends_now(const struct sc_streams *s, uint64_t j)
{
    return s->now[j / SC_BITS].end >> j % SC_BITS & 1;
}

/* Brings the lines of the last step, all in the cache, into the order of their use. */
static void release_all(struct sc_streams *s)
{
    for (uint32_t j = 0; j < s->count; j++) {
        uint64_t line = s->of[j].last;
        if (line == SC_NO_WORD)
            continue;
        if (sc_cache_is_held(s->cache, line))
            sc_cache_release(s->cache, line);
        sc_cache_touch(s->cache, line);
    }
}

static bool is_active(const struct sc_streams *s, uint64_t j)
{
    bool there = s->of[j].last != SC_NO_WORD || s->now[j / SC_BITS].enter >> j % SC_BITS & 1;
    return there && !ends_now(s, j);
}

/* A step with a crowded set, word by word. */
static uint64_t touch_all(struct sc_streams *s)
{
    uint64_t missed = 0;
    if (s->held)
        release_all(s);
    s->held = false;
    for (uint32_t j = 0; j < s->count; j++) {
        s->missed[missed] = s->of[j].line;
        missed += is_active(s, j) && !sc_cache_touch(s->cache, s->of[j].line);
    }
    return missed;
}

static uint64_t hold_fresh(struct sc_streams *s)
{
    uint64_t missed = 0;
    for (uint32_t j = 0; !s->held && j < s->count; j++)
        if (s->of[j].last != SC_NO_WORD && !sc_cache_is_held(s->cache, s->of[j].last))
            sc_cache_hold(s->cache, s->of[j].last);
    s->held = true;
    for (uint64_t i = 0; i < s->fresh_lines; i++) {
        s->missed[missed] = s->fresh[i];
        missed += !sc_cache_hold(s->cache, s->fresh[i]);
    }
    return missed;
}

static uint64_t touch_fresh(struct sc_streams *s)
{
    uint64_t missed = 0;
    for (uint64_t i = 0; i < s->fresh_lines; i++) {
        s->missed[missed] = s->fresh[i];
        missed += !sc_cache_touch(s->cache, s->fresh[i]);
    }
    return missed;
}

/* Fibers lie in the order of their streams, so lines that miss do, too. */
static void replay_step(struct sc_streams *s, struct sc_stream_run *run)
{
    struct sc_replay *replay = s->cache->replay;
    uint64_t next = 0;
    for (uint64_t j = 0; j < s->count; j++) {
        if (!is_active(s, j))
            continue;
        uint64_t line = s->of[j].line, bank = sc_remainder(line, &s->cache->banks);
        uint64_t cycle = sc_replay_serve(replay, bank, s->of[j].weight);
        if (next < s->missed_lines && s->missed[next] == line) {
            sc_replay_ask(replay, cycle, s->of[j].weight);
            next++;
        } else if (next > 0 && s->missed[next - 1] == line) {
            replay->asked[next - 1].waiting += s->of[j].weight;
        }
        run->wait.served = replay->served[bank] > run->wait.served ? replay->served[bank] : run->wait.served;
    }
    for (uint64_t j = 0; j < s->count; j++)
        if (is_active(s, j))
            replay->served[sc_remainder(s->of[j].line, &s->cache->banks)] = 0;
    run->wait.replay = s->missed_lines > 0 ? sc_replay_end(replay) : 0;
}

uint64_t sc_streams_serve_again(struct sc_streams *streams)
{
    struct sc_replay *replay = streams->cache->replay;
    const struct sc_divisor *banks = &streams->cache->banks;
    uint64_t last = 0;
    for (uint64_t j = 0; j < streams->count; j++) {
        const struct sc_stream *stream = &streams->of[j];
        uint64_t bank = sc_remainder(stream->line, banks);
        if (stream->last == SC_NO_WORD)
            continue;
        sc_replay_serve(replay, bank, stream->weight);
        last = replay->served[bank] > last ? replay->served[bank] : last;
    }
    for (uint64_t j = 0; j < streams->count; j++)
        if (streams->of[j].last != SC_NO_WORD)
            replay->served[sc_remainder(streams->of[j].line, banks)] = 0;
    return last;
}

/* Streams with a bit in `bits`, of word w, leave the lines of the last step; adds those that nobody reads any more to
 * gone[], of which there are `gone_lines`, and returns how many there are then. */
static uint64_t leave_lines(struct sc_streams *s, uint64_t w, uint64_t bits, uint64_t ends, uint64_t gone_lines)
{
    const struct sc_divisor banks = s->cache->banks;
    const uint64_t at_once = s->cache->words_per_bank, busiest = s->busiest;
    struct sc_cache_line *lines = s->cache->line;
    struct sc_stream *of = s->of + w * SC_BITS;
    uint64_t *bank = s->bank, *gone = s->gone, ended = 0, multipliers = 0;
    bool busiest_left = s->busiest_left;
    for (; bits; bits &= bits - 1) {
        struct sc_stream *stream = &of[sc_lowest_bit(bits)];
        uint64_t line = stream->last, end = ends & bits & (~bits + 1);
        if (line == SC_NO_WORD) { /* its first step */
            stream->last = stream->line;
            continue;
        }
        uint64_t b = sc_remainder(line, &banks), streams = lines[line].streams--;
        uint64_t cost = last_cost(at_once, stream->weight, streams);
        busiest_left |= bank[b] == busiest && cost > 0;
        bank[b] -= cost;
        ended += end > 0;
        multipliers += end > 0 ? stream->multipliers : 0;
        stream->last = end > 0 ? SC_NO_WORD : stream->line;
        gone[gone_lines] = line;
        gone_lines += streams == 1;
    }
    s->busiest_left = busiest_left;
    s->active -= ended;
    s->multipliers -= multipliers;
    return gone_lines;
}

static void leave(struct sc_streams *s)
{
    uint64_t gone = 0;
    for (uint64_t w = 0; w < s->words; w++)
        gone = leave_lines(s, w, s->now[w].enter | s->now[w].end, s->now[w].end, gone);
    for (uint64_t i = 0; s->set_lines && i < gone; i++) {
        s->crowded -= --s->set_lines[sc_remainder(s->gone[i], &s->cache->sets)] == s->cache->ways;
        if (s->held)
            sc_cache_release(s->cache, s->gone[i]);
    }
}

/* Looks for the busiest bank anew, among all of them or those of the streams, whichever are fewer. */
static void find_busiest(struct sc_streams *s)
{
    const struct sc_divisor *banks = &s->cache->banks;
    s->busiest = 0;
    s->busiest_left = false;
    for (uint64_t b = 0; banks->by <= s->most && b < banks->by; b++)
        s->busiest = s->bank[b] > s->busiest ? s->bank[b] : s->busiest;
    for (uint32_t j = 0; banks->by > s->most && j < s->count; j++) {
        uint64_t cycles = s->bank[sc_remainder(s->of[j].line, banks)];
        s->busiest = cycles > s->busiest ? cycles : s->busiest;
    }
}

static bool is_quiet(const struct sc_streams *s, uint64_t at)
{
    uint64_t any = 0;
    for (uint64_t w = 0; w < s->words; w++)
        any |= s->due[at * s->words + w].enter | s->due[at * s->words + w].end;
    return any == 0;
}

/* All streams are there: works out their steps, or lets them enter their first lines in the first one. */
static void begin(struct sc_streams *s)
{
    s->begun = true;
    s->by_table = s->tabled && !(s->cache->replay && sc_busy_any(&s->cache->replay->busy));
    if (s->by_table) {
        sc_timetable_fill(&s->table, s->cache, s->of, s->count);
        return;
    }
    s->active = s->count;
    for (uint32_t j = 0; j < s->count; j++) {
        s->multipliers += s->of[j].multipliers;
        s->due[j / SC_BITS].enter |= UINT64_C(1) << j % SC_BITS;
    }
}

bool sc_streams_next(struct sc_streams *streams, struct sc_stream_run *run)
{
    struct sc_streams *s = streams;
    if (!s->begun)
        begin(s);
    if (s->by_table)
        return sc_timetable_next(&s->table, run);
    enter(s);
    bool one_by_one = s->crowded > 0;
    uint64_t steps = 0;
    s->missed_lines = !s->cache->slot ? touch_fresh(s) : one_by_one ? touch_all(s) : hold_fresh(s);
    *run = (struct sc_stream_run){0};
    if (s->cache->replay && (s->missed_lines > 0 || s->cache->replay->busy.count > 0))
        replay_step(s, run);
    leave(s);
    if (s->active == 0)
        return false;
    if (s->busiest_left)
        find_busiest(s);
    do {
        steps++;
        s->at = s->at + 1 < s->ring ? s->at + 1 : 0;
    } while (!one_by_one && is_quiet(s, s->at));
    run->steps = steps;
    run->banks = s->busiest;
    run->misses = s->missed_lines;
    run->words = s->active;
    run->multipliers = s->multipliers;
    return true;
}
