/* test_sim_parts.c - the machine parts of the simulator, each on its own: small cases worked out by hand, and random
 * ones against the plainest code that does the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/generate.h"
#include "traces/sim/array.h"
#include "traces/sim/bits.h"
#include "traces/sim/dram.h"
#include "traces/sim/fifo.h"
#include "traces/sim/interconnect.h"
#include "traces/sim/psram.h"
#include "traces/sim/rank.h"
#include "traces/sim/replay.h"
#include "traces/sim/streams.h"
#include "traces/sim/tree.h"

static uint64_t pick(uint64_t *state, uint64_t count)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's LCG */
    return (*state >> 33) % count;
}

static struct sc_pattern draw(uint64_t rows, uint64_t cols, double density, uint64_t seed)
{
    struct sc_pattern p;
    struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
    cr_assert_eq(sc_pattern_generate(&p, rows, cols, density, &uniform, true, seed, NULL), SC_OK);
    return p;
}

Test(sim_parts, bits)
{
    for (unsigned b = 0; b < SC_BITS; b++) {
        cr_expect_eq(sc_lowest_bit(UINT64_MAX << b), b);
        cr_expect_eq(sc_lowest_bit(UINT64_C(1) << b), b);
        cr_expect_eq(sc_bit_count(UINT64_MAX << b), SC_BITS - b);
    }
    uint64_t words[6] = {0};
    const uint32_t idx[] = {0, 63, 64, 130};
    sc_bits_set(words, 2, idx, 4);
    cr_expect(words[0] == (UINT64_C(1) << 63 | 1) && words[2] == 1 && words[4] == 4);
    cr_expect(words[1] == 0 && words[3] == 0 && words[5] == 0);
}

Test(sim_parts, fifo)
{
    struct sc_fifo f = sc_fifo_new(16, 4);
    cr_expect_eq(f.capacity, 4);
    cr_expect_eq(sc_fifo_push(&f, 3), 3);
    cr_expect_eq(sc_fifo_push(&f, 3), 1);
    cr_expect_eq(sc_fifo_pop(&f, 2), 2);
    cr_expect_eq(sc_fifo_push(&f, 5), 2);
    cr_expect_eq(sc_fifo_pop(&f, 9), 4);
    cr_expect_eq(sc_fifo_pop(&f, 1), 0);
    cr_expect(f.pushes == 6 && f.pops == 6 && f.held == 0);
    cr_expect_eq(sc_fifo_new(0, 4).capacity, 1);
}

Test(sim_parts, interconnect)
{
    struct sc_network n;
    cr_assert_eq(sc_network_init(&n, 16, 64, NULL), SC_OK);
    static const uint64_t cases[][2] = {{0, 0}, {1, 1}, {16, 1}, {17, 2}, {64, 4}, {65, 5}, {1000, 63}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(sc_network_beats(&n, cases[i][0]), cases[i][1], "%d elements", (int)cases[i][0]);
    sc_network_free(&n);
    cr_expect_eq(sc_network_compute(0.5, 3), 6);
    struct sc_machine m = {.multipliers = 64, .dn_levels = 13, .multiplier_latency = 1};
    cr_expect_eq(sc_fill_latency(&m), 20);
    m.multipliers = 65;
    cr_expect_eq(sc_fill_latency(&m), 21);
}

Test(sim_parts, array)
{
    struct sc_array a;
    const uint32_t k[] = {5, 2, 5, 9, 2, 5};
    cr_assert_eq(sc_array_init(&a, 8, 10, NULL), SC_OK);
    sc_array_load(&a, k, 6);
    sc_array_load_same(&a, 9, 2);
    cr_expect(a.used == 8 && a.groups == 3);
    static const struct sc_group expected[] = {{5, 3}, {2, 2}, {9, 3}};
    for (int g = 0; g < 3; g++)
        cr_expect(a.group[g].k == expected[g].k && a.group[g].multipliers == expected[g].multipliers);
    sc_array_clear(&a);
    sc_array_load_same(&a, 2, 1);
    cr_expect(a.groups == 1 && a.group[0].k == 2 && a.group[0].multipliers == 1);
    sc_array_free(&a);
}

Test(sim_parts, write_buffer)
{
    struct sc_write_buffer b;
    cr_assert_eq(sc_write_buffer_init(&b, 2, NULL), SC_OK);
    cr_expect_eq(sc_write_buffer_pass(&b, 10), 0);
    cr_expect_eq(sc_write_buffer_pass(&b, 20), 0);
    cr_expect_eq(sc_write_buffer_pass(&b, 30), 10);
    cr_expect_eq(sc_write_buffer_drain(&b), 50);
    cr_expect_eq(sc_write_buffer_drain(&b), 0);
    sc_write_buffer_free(&b);
}

static struct sc_machine small_machine(void)
{
    return (struct sc_machine){.clock_ghz = 1, .multipliers = 4, .element_bytes = 4, .str_bytes = 64, .str_ways = 2,
                               .str_line_bytes = 16, .str_banks = 2, .dram_latency_ns = 100, .dram_gbps = 32,
                               .window_buffers = 2};
}

Test(sim_parts, dram)
{
    struct sc_machine m = small_machine();
    struct sc_dram d;
    cr_assert_eq(sc_dram_init(&d, &m, NULL), SC_OK);
    cr_expect_eq(sc_dram_exposed(&d, 3, 5), 302.5); /* a line every half cycle */
    /* 64 bytes arrive at 2 + 100. */
    cr_expect_eq(sc_dram_window(&d, &(struct sc_window){.on_chip = 10, .needs = 64, .writes = 320}), 112);
    /* The filler was there in time. */
    cr_expect_eq(sc_dram_window(&d, &(struct sc_window){.on_chip = 5, .needs = 32}), 117);
    /* No data, but the pipeline fills anew; DRAM writes the first window's 320 bytes until 112 + 10. */
    cr_expect_eq(sc_dram_window(&d, &(struct sc_window){.on_chip = 5, .fill = 20}), 142);
    /* Data from 122 on: 1 + 100. */
    cr_expect_eq(sc_dram_window(&d, &(struct sc_window){.on_chip = 1, .needs = 32, .writes = 96}), 224);
    cr_expect_eq(sc_dram_finish(&d, 32), 228); /* 96 + 32 bytes are left */
    cr_expect(d.read_bytes == 128 && d.written_bytes == 448);
    sc_dram_free(&d);
}

/* Two sets of two ways, lines of four words, two banks. */
/* Cycles until the last waiting load of a step is served, latency 0. */
static uint64_t replayed(uint64_t line_cycles, const uint64_t (*asked)[2], uint64_t lines)
{
    struct sc_replay r;
    cr_assert_eq(sc_replay_init(&r, line_cycles, lines, 4, NULL), SC_OK);
    for (uint64_t i = 0; i < lines; i++)
        sc_replay_ask(&r, asked[i][0], asked[i][1]);
    uint64_t end = sc_replay_end(&r);
    cr_expect_eq(r.count, 0);
    sc_replay_free(&r);
    return end;
}

Test(sim_parts, lines_are_replayed)
{
    static const uint64_t one[][2] = {{1, 1}}, together[][2] = {{1, 3}, {1, 1}, {1, 2}};
    static const uint64_t unordered[][2] = {{5, 1}, {2, 2}};
    cr_expect_eq(replayed(1, one, 1), 1);
    cr_expect_eq(replayed(7, one, 1), 1, "the first is taken at once");
    cr_expect_eq(replayed(1, together, 3), 4, "taken in cycles 1, 2, 3");
    cr_expect_eq(replayed(3, together, 3), 8, "taken in cycles 1, 4, 7");
    cr_expect_eq(replayed(1, unordered, 2), 5, "in cycles 2 and 5");
    cr_expect_eq(replayed(4, unordered, 2), 6, "in cycles 2 and 6");
}

Test(sim_parts, busy_banks)
{
    struct sc_busy b = {0};
    cr_expect_eq(sc_busy_serve(&b, 2, 3, 4), 7);
    cr_assert_eq(sc_busy_add(&b, &(struct sc_busy_window){2, 3, 5}, NULL), SC_OK);
    cr_expect_eq(sc_busy_serve(&b, 2, 0, 2), 2);
    cr_expect_eq(sc_busy_serve(&b, 2, 0, 3), 5, "cycles 1, 2 and 5");
    cr_expect_eq(sc_busy_serve(&b, 1, 0, 3), 3, "another bank");
    cr_assert_eq(sc_busy_add(&b, &(struct sc_busy_window){2, 5, 6}, NULL), SC_OK);
    cr_expect_eq(sc_busy_serve(&b, 2, 0, 3), 6, "one window after the other");
    b.now = 3.5;
    cr_expect_eq(sc_busy_serve(&b, 2, 0, 1), 3, "4.5 and 5.5 are taken");
    cr_expect(sc_busy_any(&b) && b.count == 2);
    b.now = 5;
    cr_expect(sc_busy_any(&b) && b.count == 1);
    b.now = 6;
    cr_expect(!sc_busy_any(&b));
    sc_busy_free(&b);
}

Test(sim_parts, cache_is_lru)
{
    struct sc_machine m = small_machine();
    struct sc_cache c;
    cr_assert_eq(sc_cache_init(&c, &m, 1000, 100, 1, NULL), SC_OK);
    static const struct {
        uint64_t line;
        bool hit;
    } touches[] = {{0, false}, {2, false}, {0, true}, {4, false}, {2, false}, {0, false},
                   {2, true}, {1, false}, {0, true}, {30, false}, {2, false}, {30, true}};
    for (size_t i = 0; i < sizeof touches / sizeof touches[0]; i++)
        cr_expect_eq(sc_cache_touch(&c, touches[i].line), touches[i].hit, "touch %d", (int)i);
    cr_expect(c.misses == 8 && c.lines_touched == 5);
    sc_cache_free(&c);
}

Test(sim_parts, banks_serve_one_line_at_a_time)
{
    struct sc_machine m = small_machine();
    static const struct {
        uint64_t words_per_bank, extra, first, count, banks, misses;
    } cases[] = {
        {1, SC_NO_WORD, 0, 0, 0, 0},  {1, SC_NO_WORD, 0, 3, 3, 1},  {1, SC_NO_WORD, 2, 4, 2, 2},
        {1, SC_NO_WORD, 1, 9, 5, 3},  {1, SC_NO_WORD, 0, 12, 8, 3}, {1, 4, 0, 3, 3, 2},
        {1, 8, 0, 3, 4, 2},           {1, 8, 0, 0, 1, 1},           {1, 2, 0, 3, 4, 1},
        {1, 8, 1, 9, 6, 3},           {4, SC_NO_WORD, 1, 9, 2, 3},  {2, SC_NO_WORD, 0, 4, 2, 1},
        {3, SC_NO_WORD, 0, 8, 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_cache c;
        cr_assert_eq(sc_cache_init(&c, &m, 100, 100, cases[i].words_per_bank, NULL), SC_OK);
        struct sc_access a = sc_cache_read(&c, cases[i].extra, cases[i].first, cases[i].count);
        cr_expect(a.banks == cases[i].banks && a.misses == cases[i].misses, "case %d: %d cycles, %d misses", (int)i,
                  (int)a.banks, (int)a.misses);
        sc_cache_free(&c);
    }
}

/* Streams word by word: LRU lists by linear search, banks counted anew in every step. */
struct plain {
    uint64_t sets, ways, banks, line_words, words_per_bank;
    uint64_t used[64][8]; /* per set lines + 1, newest first */
};

static bool plain_touch(struct plain *p, uint64_t line)
{
    uint64_t *set = p->used[line % p->sets], way = 0;
    while (way < p->ways && set[way] != line + 1)
        way++;
    bool hit = way < p->ways;
    memmove(set + 1, set, (hit ? way : p->ways - 1) * sizeof *set);
    set[0] = line + 1;
    return hit;
}

struct fiber {
    uint64_t first, length;
    uint32_t multipliers;
};

/* Step t of the fibers; all fields but `steps`. */
static struct sc_stream_run plain_step(struct plain *p, const struct fiber *fibers, uint64_t count, uint64_t t,
                                       bool multicast)
{
    struct sc_stream_run run = {0};
    uint64_t cycles[64] = {0}, on_line[512] = {0};
    for (uint64_t j = 0; j < count; j++) {
        uint64_t line = (fibers[j].first + t) / p->line_words;
        if (t >= fibers[j].length)
            continue;
        run.words++;
        run.multipliers += fibers[j].multipliers;
        run.misses += !plain_touch(p, line);
        on_line[line] += multicast ? 1 : fibers[j].multipliers;
    }
    for (uint64_t line = 0; line < 512; line++) {
        cycles[line % p->banks] += (on_line[line] + p->words_per_bank - 1) / p->words_per_bank;
        run.banks = cycles[line % p->banks] > run.banks ? cycles[line % p->banks] : run.banks;
    }
    return run;
}

/* Reads random tiles through a cache; returns how many steps were given in runs of several. */
static uint64_t compare_streams(uint64_t seed, uint64_t operand)
{
    enum { FIBERS = 16, TILES = 12 };
    uint64_t state = seed, grouped = 0;
    struct sc_machine m = small_machine();
    bool multicast = pick(&state, 2);
    m.str_ways = 1 + (uint32_t)pick(&state, 8);
    m.str_banks = 1u << pick(&state, 5);
    m.str_line_bytes = 4u << pick(&state, 5);
    uint64_t sets = 1 + pick(&state, 64), words_per_bank = multicast ? 1 + pick(&state, 3) : 1;
    m.str_bytes = sets * m.str_line_bytes * m.str_ways;
    struct plain p = {sets, m.str_ways, m.str_banks, m.str_line_bytes / 4, words_per_bank, {{0}}};
    struct sc_streamed what = {operand, operand, 4 * FIBERS, multicast};
    struct sc_cache cache;
    struct sc_streams streams;
    cr_assert_eq(sc_cache_init(&cache, &m, operand, operand, words_per_bank, NULL), SC_OK);
    cr_assert_eq(sc_streams_init(&streams, &cache, &what, NULL), SC_OK);
    for (int tile = 0; tile < TILES; tile++) {
        struct fiber fibers[FIBERS];
        uint64_t count = pick(&state, FIBERS + 1), t = 0, at = 0;
        sc_streams_begin(&streams);
        for (uint64_t j = 0; j < count; j++) { /* apart from one another, as rows of a matrix are */
            uint64_t each = (operand - at) / (count - j), length = 1 + pick(&state, each);
            fibers[j] = (struct fiber){at + pick(&state, each - length + 1), length, 1 + (uint32_t)pick(&state, 4)};
            at += each;
            sc_streams_add(&streams, fibers[j].first, length, fibers[j].multipliers);
        }
        for (struct sc_stream_run run; sc_streams_next(&streams, &run); grouped += run.steps > 1)
            for (uint64_t i = 0; i < run.steps; i++, t++) {
                struct sc_stream_run step = plain_step(&p, fibers, count, t, multicast);
                cr_assert(step.banks == run.banks && step.misses == (i == 0 ? run.misses : 0) &&
                              step.words == run.words && step.multipliers == run.multipliers,
                          "seed %d tile %d step %d", (int)seed, tile, (int)t);
            }
        cr_assert_eq(plain_step(&p, fibers, count, t, multicast).words, 0, "seed %d tile %d", (int)seed, tile);
    }
    sc_streams_free(&streams);
    sc_cache_free(&cache);
    return grouped;
}

Test(sim_parts, streams_are_those_of_single_words)
{
    uint64_t grouped = 0;
    for (uint64_t seed = 0; seed < 600; seed++)
        grouped += compare_streams(seed, seed % 3 == 0 ? 60 : 500);
    cr_expect_gt(grouped, 1000); /* else nothing but single steps was tested */
}

/* The cases of test_oracle.c, and fibers that go on in a new block after a spill. */
Test(sim_parts, psram_spills_its_oldest_block)
{
    struct sc_machine m = {.element_bytes = 4, .psram_block_bytes = 8, .psram_bytes = 16};
    struct sc_psram p;
    uint64_t written = 0;
    cr_assert_eq(sc_psram_init(&p, &m, 3, 2, 100, NULL), SC_OK);
    cr_expect(sc_psram_has_room(&p, 2) && !sc_psram_has_room(&p, 3));
    cr_assert_eq(sc_psram_append(&p, 0, 0, 3, &written, NULL), SC_OK); /* both blocks, the second half full */
    cr_expect_eq(written, 0);
    cr_assert_eq(sc_psram_append(&p, 1, 1, 1, &written, NULL), SC_OK); /* pushes out fiber 0's first */
    cr_expect_eq(written, 8);
    cr_assert_eq(sc_psram_append(&p, 0, 0, 1, &written, NULL), SC_OK); /* fits the second */
    cr_expect_eq(written, 8);
    cr_assert_eq(sc_psram_append(&p, 2, 1, 2, &written, NULL), SC_OK); /* pushes out fiber 0's second */
    cr_assert_eq(sc_psram_append(&p, 0, 0, 1, &written, NULL), SC_OK); /* and this fiber 1's */
    cr_expect_eq(written, 24);
    cr_expect_eq(sc_psram_consume(&p, 0, 0, 5), 16);
    cr_expect_eq(sc_psram_consume(&p, 2, 1, 2), 0);
    cr_expect_eq(sc_psram_consume(&p, 1, 1, 1), 8);
    cr_assert_eq(sc_psram_append(&p, 1, 1, 4, &written, NULL), SC_OK); /* both blocks are free again */
    cr_expect_eq(written, 24);
    cr_expect_eq(sc_psram_consume(&p, 1, 1, 4), 0);
    cr_expect(p.writes == 12 && p.reads == 12 && p.spilled_bytes == 24 && p.refilled_bytes == 24);
    sc_psram_free(&p);
}

Test(sim_parts, psram_of_other_sizes)
{
    struct sc_machine m = {.element_bytes = 4, .psram_block_bytes = 8, .psram_bytes = 32, .psram_sets = 2};
    struct sc_psram p;
    uint64_t written = 0;
    cr_assert_eq(sc_psram_init(&p, &m, 2, 4, 100, NULL), SC_OK); /* two blocks per set */
    cr_assert_eq(sc_psram_append(&p, 0, 1, 6, &written, NULL), SC_OK);
    cr_expect_eq(written, 8);
    cr_assert_eq(sc_psram_append(&p, 1, 2, 4, &written, NULL), SC_OK); /* the other set */
    cr_expect_eq(written, 8);
    cr_expect(sc_psram_consume(&p, 0, 1, 6) == 8 && sc_psram_consume(&p, 1, 2, 4) == 0);
    cr_expect(p.set[0].count == 0 && p.set[1].count == 0);
    sc_psram_free(&p);

    m.psram_bytes = 4; /* no whole block: every element to DRAM and back */
    cr_assert_eq(sc_psram_init(&p, &m, 1, 1, 100, NULL), SC_OK);
    cr_assert_eq(sc_psram_append(&p, 0, 0, 5, &written, NULL), SC_OK);
    cr_expect(written == 28 && sc_psram_consume(&p, 0, 0, 5) == 20);
    sc_psram_free(&p);

    m.psram_bytes = 1 << 20; /* all fit */
    m.psram_sets = 0;
    cr_assert_eq(sc_psram_init(&p, &m, 1, 1, 100, NULL), SC_OK);
    cr_assert_eq(sc_psram_append(&p, 0, 0, 100, &written, NULL), SC_OK);
    cr_expect(p.unlimited && written == 28 && sc_psram_consume(&p, 0, 0, 100) == 0 && p.reads == 100);
    sc_psram_free(&p);
}

static uint64_t plain_union(const struct sc_pattern *b, const uint32_t *k, uint64_t count)
{
    bool in[256] = {false};
    uint64_t length = 0;
    for (uint64_t i = 0; i < count; i++)
        for (uint64_t q = b->ptr[k[i]]; q < b->ptr[k[i] + 1]; q++) {
            length += !in[b->idx[q]];
            in[b->idx[q]] = true;
        }
    return length;
}

/* Unions of each round, taken again from the rows that they span; some rows are empty, few tree leaves make many
 * rounds, and both ways of finding unions occur. */
Test(sim_parts, tree_merges_until_one_is_left)
{
    enum { ROWS = 40 };
    static const double densities[] = {0.01, 0.2, 0.9};
    for (uint64_t seed = 0; seed < 90; seed++) {
        struct sc_pattern b = draw(ROWS, 1 + seed, densities[seed % 3], seed);
        uint64_t state = seed, leaves = 2 + pick(&state, 5), each = 1 + pick(&state, 4), kept = 0;
        struct sc_tree t;
        cr_assert_eq(sc_tree_init(&t, &b, leaves, NULL), SC_OK);
        for (int row = 0; row < 5; row++) {
            uint32_t k[ROWS], fibers_k[ROWS];
            uint64_t count = pick(&state, ROWS + 1), fibers = 0, length = 0;
            bool drop = pick(&state, 2);
            for (uint32_t i = 0; i < count; i++)
                k[i] = (uint32_t)pick(&state, ROWS);
            cr_assert_eq(sc_tree_row(&t, k, count, (struct sc_fibers){each, drop}, NULL), SC_OK);
            kept = 0;
            for (uint64_t i = 0; i < count; i += each) {
                uint64_t rows = count - i < each ? count - i : each, found = plain_union(&b, k + i, rows);
                if (drop && found == 0)
                    continue;
                cr_assert_eq(t.of[0].length[fibers++], found, "seed %d row %d", (int)seed, row);
                memcpy(fibers_k + kept, k + i, rows * sizeof *k);
                kept += rows;
            }
            cr_assert_eq(t.of[0].count, fibers);
            uint64_t left = fibers, span = each;
            for (unsigned r = 1; r <= t.rounds; r++) {
                cr_assert(left > 1 || r == 1);
                span *= leaves;
                left = (left + leaves - 1) / leaves;
                cr_assert_eq(t.of[r].count, left);
                for (uint64_t g = 0; g < left; g++)
                    cr_assert_eq(t.of[r].length[g],
                                 plain_union(&b, fibers_k + g * span, kept - g * span < span ? kept - g * span : span));
            }
            cr_assert(left == (fibers > 0) || t.rounds == 0);
            cr_assert_eq(sc_tree_union(&t, k, count, &length, NULL), SC_OK);
            cr_assert_eq(length, plain_union(&b, k, count));
        }
        sc_tree_free(&t);
        sc_pattern_free(&b);
    }
}

Test(sim_parts, rank_counts_what_is_below)
{
    static const double densities[] = {0, 0.02, 0.3, 1};
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct sc_pattern p = draw(7, 1 + 5 * seed, densities[seed % 4], seed);
        struct sc_rank rank;
        cr_assert_eq(sc_rank_init(&rank, &p, NULL), SC_OK);
        for (uint64_t value = 0; value <= p.cols; value++) {
            struct sc_rank_value v = sc_rank_value(&rank, value);
            for (uint64_t row = 0; row < p.rows; row++) {
                uint64_t below = 0;
                for (uint64_t q = p.ptr[row]; q < p.ptr[row + 1]; q++)
                    below += p.idx[q] < value;
                cr_assert_eq(sc_rank_below(&rank, row, &v), below);
                cr_assert_eq(sc_rank_search(&rank, row, &v), below);
            }
        }
        sc_rank_free(&rank);
        sc_pattern_free(&p);
    }
}
