/* timetable.c - steps of a tile from differences of bank loads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "timetable.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_CELLS = 1 << 16, /* changes kept: 128 KiB, well inside a second-level cache */
    LANES = 8             /* banks are added up so many at a time, which compilers turn into vector instructions */
};

static uint64_t operand_lines(const struct sc_cache *cache, uint64_t words)
{
    return sc_quotient(words, &cache->line_words) + 2; /* it need not begin or end with a line */
}

static uint64_t bank_lanes(const struct sc_cache *cache)
{
    return (cache->banks.by + LANES - 1) / LANES * LANES;
}

/* Cells of changes per step: banks, and lines where a bank's time depends on how many words of a line are wanted. */
static uint64_t row_cells(const struct sc_cache *cache, uint64_t words)
{
    return bank_lanes(cache) + (cache->words_per_bank > 1 ? operand_lines(cache, words) : 0);
}

bool sc_timetable_is_exact(const struct sc_cache *cache, const struct sc_streamed *what)
{
    uint64_t cells = row_cells(cache, what->words);
    bool ordered = cache->slot && operand_lines(cache, what->words) > cache->sets.by;
    return !ordered && what->most <= INT16_MAX && cells <= MOST_CELLS && what->longest < MOST_CELLS &&
           cells * (what->longest + 1) <= MOST_CELLS;
}

int sc_timetable_init(struct sc_timetable *table, const struct sc_cache *cache, const struct sc_streamed *what,
                      struct sc_error *err)
{
    struct sc_timetable *t = table;
    size_t steps = (size_t)what->longest + 1, lines = (size_t)operand_lines(cache, what->words);
    *t = (struct sc_timetable){.lanes = bank_lanes(cache)};
    t->step = calloc(steps, sizeof *t->step);
    t->bank = calloc(steps, (size_t)t->lanes * sizeof *t->bank);
    t->load = calloc((size_t)t->lanes, sizeof *t->load);
    t->on_line = calloc(cache->words_per_bank > 1 ? lines : 1, steps * sizeof *t->on_line);
    t->line = calloc(lines, sizeof *t->line);
    if (t->step && t->bank && t->load && t->on_line && t->line)
        return SC_OK;
    sc_timetable_free(t);
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the steps of a tile");
}

void sc_timetable_free(struct sc_timetable *table)
{
    free(table->step);
    free(table->bank);
    free(table->load);
    free(table->on_line);
    free(table->line);
    *table = (struct sc_timetable){0};
}

/* Number of a line within the tile, from 1; it stands in `streams` meanwhile. */
static uint32_t number_line(struct sc_timetable *t, struct sc_cache *c, uint64_t line, uint32_t at)
{
    uint32_t number = c->line[line].streams;
    if (number == 0) {
        number = c->line[line].streams = (uint32_t)++t->lines;
        t->line[number - 1] = (struct sc_timetable_line){.line = line, .first = at};
    }
    struct sc_timetable_line *known = &t->line[number - 1];
    known->first = at < known->first ? at : known->first;
    return number;
}

/* Books a stream on the lines it goes through, and their banks. */
static void book_stream(struct sc_timetable *t, struct sc_cache *c, const struct sc_stream *stream)
{
    const uint64_t stride = t->steps + 1, lanes = t->lanes;
    const int16_t weight = (int16_t)stream->weight;
    const bool by_line = c->words_per_bank > 1;
    uint64_t line = stream->line + 1, left = stream->left, room = stream->room;
    for (uint32_t at = 0; left > 0; line++) {
        uint32_t here = (uint32_t)(left < room ? left : room), number = number_line(t, c, line, at);
        int16_t *change = by_line ? t->on_line + (number - 1) * stride + at
                                  : t->bank + at * lanes + sc_remainder(line, &c->banks);
        change[0] = (int16_t)(change[0] + weight);
        change += by_line ? here : here * lanes;
        change[0] = (int16_t)(change[0] - weight);
        at += here;
        left -= here;
        room = c->line_words.by;
    }
    t->step[stream->left].words--;
    t->step[stream->left].multipliers -= stream->multipliers;
}

/* Turns the streams on a line per step into changes of its bank's cycles. */
static void load_bank(struct sc_timetable *t, const struct sc_cache *c, uint64_t number)
{
    const uint64_t stride = t->steps + 1;
    int16_t *change = t->on_line + number * stride, *bank = t->bank + sc_remainder(t->line[number].line, &c->banks);
    int streams = 0, before = 0;
    for (uint64_t at = 0; at < stride; at++, bank += t->lanes) {
        streams += change[at];
        change[at] = 0;
        int cycles = (int)c->cycles[streams];
        *bank = (int16_t)(*bank + cycles - before);
        before = cycles;
    }
}

static inline void add_lanes(int16_t *restrict load, int16_t *restrict change, int16_t *restrict most)
{
    for (unsigned i = 0; i < LANES; i++) {
        load[i] = (int16_t)(load[i] + change[i]);
        change[i] = 0;
        most[i] = load[i] > most[i] ? load[i] : most[i];
    }
}

/* Adds up the changes, and clears them. */
static void find_busiest(struct sc_timetable *t)
{
    for (uint64_t at = 0; at <= t->steps; at++) {
        int16_t most[LANES] = {0}, busiest = 0;
        for (uint64_t b = 0; b < t->lanes; b += LANES)
            add_lanes(t->load + b, t->bank + at * t->lanes + b, most);
        for (unsigned i = 0; i < LANES; i++)
            busiest = most[i] > busiest ? most[i] : busiest;
        t->step[at].banks = (uint32_t)busiest;
    }
}

/* The missing lines of step `at` in the queues of their banks; lines still have their numbers in `streams`. */
static uint64_t replay_step(const struct sc_timetable *t, struct sc_cache *c, const struct sc_stream *streams,
                            uint64_t count, uint64_t at)
{
    struct sc_replay *replay = c->replay;
    uint64_t asked = UINT64_MAX;
    for (uint64_t j = 0; j < count; j++) {
        if (at >= streams[j].left)
            continue;
        uint64_t line = sc_stream_line(&streams[j], at, &c->line_words), bank = sc_remainder(line, &c->banks);
        const struct sc_timetable_line *known = &t->line[c->line[line].streams - 1];
        if (line == asked)
            replay->asked[replay->count - 1].waiting += streams[j].weight;
        else if (known->missed && known->first == at)
            sc_replay_ask(replay, replay->served[bank] + 1, streams[j].weight);
        asked = known->missed && known->first == at ? line : UINT64_MAX;
        replay->served[bank] += streams[j].weight;
    }
    for (uint64_t j = 0; j < count; j++)
        if (at < streams[j].left)
            replay->served[sc_remainder(sc_stream_line(&streams[j], at, &c->line_words), &c->banks)] = 0;
    return sc_replay_end(replay);
}

void sc_timetable_fill(struct sc_timetable *table, struct sc_cache *cache, const struct sc_stream *streams,
                       uint64_t count)
{
    struct sc_timetable *t = table;
    uint32_t multipliers = 0;
    t->steps = t->lines = t->at = 0;
    for (uint64_t j = 0; j < count; j++) {
        t->steps = streams[j].left > t->steps ? streams[j].left : t->steps;
        multipliers += streams[j].multipliers;
    }
    memset(t->step, 0, (t->steps + 1) * sizeof *t->step);
    t->step[0] = (struct sc_timetable_step){.words = (uint32_t)count, .multipliers = multipliers};
    for (uint64_t j = 0; j < count; j++)
        book_stream(t, cache, &streams[j]);
    for (uint64_t l = 0; l < t->lines; l++) {
        if (cache->words_per_bank > 1)
            load_bank(t, cache, l);
        t->line[l].missed = !sc_cache_touch(cache, t->line[l].line);
        t->step[t->line[l].first].misses += t->line[l].missed;
    }
    for (uint64_t at = 0; cache->replay && at < t->steps; at++)
        if (t->step[at].misses > 0)
            t->step[at].replay = replay_step(t, cache, streams, count, at);
    for (uint64_t l = 0; l < t->lines; l++)
        cache->line[t->line[l].line].streams = 0;
    find_busiest(t);
    for (uint64_t at = 1; at < t->steps; at++) { /* until here these are changes */
        t->step[at].words += t->step[at - 1].words;
        t->step[at].multipliers += t->step[at - 1].multipliers;
    }
}

bool sc_timetable_next(struct sc_timetable *table, struct sc_stream_run *run)
{
    if (table->at >= table->steps)
        return false;
    const struct sc_timetable_step *step = &table->step[table->at];
    uint64_t steps = 1, left = table->steps - table->at;
    while (steps < left && step[steps].misses == 0 && step[steps].banks == step->banks &&
           step[steps].words == step->words && step[steps].multipliers == step->multipliers)
        steps++;
    *run = (struct sc_stream_run){.steps = steps, .banks = step->banks, .misses = step->misses, .wait = {0, step->replay},
                                  .words = step->words, .multipliers = step->multipliers};
    table->at += steps;
    return true;
}
