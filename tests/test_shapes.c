/* test_shapes.c - tables of expected bank loads and fiber tails against enumeration, walks and listed values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "estimator/shapes.h"

static void bind(struct sc_shapes *s, uint32_t multipliers, uint32_t banks, uint32_t line_words)
{
    struct sc_machine m = {.name = "test", .multipliers = multipliers, .element_bytes = 4, .dn_bandwidth = 16,
                           .str_banks = banks, .str_line_bytes = 4 * line_words};
    struct sc_error err = {0};
    cr_assert_eq(sc_shapes_init(s, &m, &err), SC_OK, "%s", err.message);
}

/* E[fullest of `banks`] over all banks^n ways to place n loads. */
static double enumerate_fullest(unsigned banks, unsigned n)
{
    unsigned place[8] = {0}, ways = 0;
    double sum = 0;
    for (;;) {
        unsigned load[8] = {0}, most = 0, i = 0;
        for (; i < n; i++)
            most = ++load[place[i]] > most ? load[place[i]] : most;
        sum += most;
        ways++;
        for (i = 0; i < n && ++place[i] == banks; i++)
            place[i] = 0;
        if (i == n)
            return sum / ways;
    }
}

Test(shapes, fullest_of_a_few_loads)
{
    for (unsigned banks = 1; banks <= 8; banks *= 2) {
        struct sc_shapes s;
        bind(&s, 64, banks, 4);
        cr_expect_eq(s.fullest[0], 0);
        for (unsigned n = 1; n <= 6; n++)
            cr_expect_float_eq(s.fullest[n], enumerate_fullest(banks, n), 1e-12, "%u banks, %u loads: %.12g", banks, n,
                               s.fullest[n]);
        sc_shapes_free(&s);
    }
}

/* Exact tables, and those of large arrays, which are drawn: 4 standard errors here, and 2 % for the 200 draws there. */
Test(shapes, fullest_of_many_loads)
{
    static const unsigned geometry[][2] = {{64, 16}, {128, 64}, {256, 16}, {1024, 128}, {4096, 4096}};
    enum { DRAWS = 1000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int i = 0; i < 5; i++) {
        unsigned loads = geometry[i][0], banks = geometry[i][1], load[4096];
        struct sc_shapes s;
        bind(&s, loads, banks, 2);
        double sum = 0, squares = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            unsigned most = 0;
            memset(load, 0, sizeof load);
            for (unsigned n = 0; n < loads; n++) {
                unsigned now = ++load[gsl_rng_uniform_int(rng, banks)];
                most = now > most ? now : most;
            }
            sum += most;
            squares += (double)most * most;
        }
        double mean = sum / DRAWS, error = sqrt((squares / DRAWS - mean * mean) / DRAWS);
        bool exact = loads <= SC_SHAPES_EXACT_LOADS && banks <= SC_SHAPES_EXACT_BANKS;
        cr_expect_float_eq(s.fullest[loads], mean, 4 * error + (exact ? 0 : 0.02 * mean),
                           "%u loads, %u banks: %g, drawn %g", loads, banks, s.fullest[loads], mean);
        sc_shapes_free(&s);
    }
    gsl_rng_free(rng);
}

struct listed {
    double at, value;
};

/* Section 7.1 of the project's reference notes on Flexagon (not shipped) lists, for its cache of 16 banks of 32-word
 * lines and 64 loads, drawn values of E[fullest bank] to two or three digits: n single words in random banks, w words
 * in a row, and loads in runs of s equal addresses.  The runs listed are all of one length; the table's vary about s,
 * which fills the fullest bank up to 12 % more. */
Test(shapes, values_listed_for_flexagon)
{
    static const struct listed single[] = {{1, 1},    {2, 1.07},  {4, 1.36},  {5, 1.55},
                                           {8, 2.08}, {16, 3.08}, {32, 4.85}, {64, 7.87}};
    static const struct listed row[] = {{1, 1},   {2, 1.97}, {4, 3.88}, {8, 7.5}, {14, 12.5}, {16, 14},  {24, 19.5},
                                        {32, 24}, {48, 30},  {63, 32},  {512, 32}, {1024, 64}, {1536, 96}};
    static const struct listed runs[] = {{1, 7.9},   {2, 9.7}, {4, 12.4}, {8, 16.6},
                                         {16, 21.5}, {32, 34}, {64, 49},  {128, 57}};
    struct sc_shapes s;
    bind(&s, 64, 16, 32);
    for (int i = 0; i < 8; i++)
        cr_expect_float_eq(s.fullest[(int)single[i].at], single[i].value, 0.02, "%g single words: %g", single[i].at,
                           s.fullest[(int)single[i].at]);
    for (int i = 0; i < 13; i++)
        cr_expect_float_eq(sc_shape_contiguous(&s, row[i].at), row[i].value, 0.051, "%g words: %g", row[i].at,
                           sc_shape_contiguous(&s, row[i].at));
    for (int i = 0; i < 8; i++) {
        double fullest, longest;
        sc_shape_runs(&s, runs[i].at, &fullest, &longest);
        cr_expect_float_eq(fullest, runs[i].value, 0.12 * runs[i].value, "runs of %g: %g", runs[i].at, fullest);
        cr_expect(longest <= fullest && longest >= 0.6 * fmin(64, runs[i].at), "runs of %g: %g", runs[i].at, longest);
    }
    sc_shapes_free(&s);
}

/* Fullest bank of words one gap apart each; `lines`: words of one line that follow each other count once. */
static unsigned walk_load(unsigned banks, unsigned line_words, uint64_t start, const uint64_t *gap, unsigned loads,
                          bool lines)
{
    unsigned load[4096] = {0}, most = 0;
    uint64_t last = UINT64_MAX;
    for (unsigned n = 0; n < loads; start += gap[n++]) {
        uint64_t line = start / line_words;
        load[line % banks] += !lines || line != last;
        last = line;
        most = load[line % banks] > most ? load[line % banks] : most;
    }
    return most;
}

/* The same for equal spacings, over all starts: mean and standard deviation. */
static double equal_spacing(unsigned banks, unsigned line_words, unsigned spacing, unsigned loads, bool lines,
                            double *sd)
{
    double sum = 0, squares = 0, starts = (double)banks * line_words;
    uint64_t gap[256];
    for (unsigned n = 0; n < loads; n++)
        gap[n] = spacing;
    for (unsigned start = 0; start < starts; start++) {
        double most = walk_load(banks, line_words, start, gap, loads, lines);
        sum += most;
        squares += most * most;
    }
    *sd = sqrt(fmax(0, squares / starts - sum / starts * (sum / starts)));
    return sum / starts;
}

static void check_row(unsigned banks, unsigned line_words)
{
    struct sc_shapes s;
    bind(&s, 64, banks, line_words);
    for (unsigned w = 0; w <= 200; w++) {
        double sd, exact = equal_spacing(banks, line_words, 1, w, false, &sd), found = sc_shape_contiguous(&s, w);
        cr_expect_float_eq(found, exact, 1e-9, "%u words, %u banks of %u: %g, exact %g", w, banks, line_words, found,
                           exact);
    }
    sc_shapes_free(&s);
}

Test(shapes, words_in_a_row)
{
    check_row(16, 32);
    check_row(4, 8);
    check_row(8, 1);
    check_row(2, 4);
}

Test(shapes, words_in_a_row_of_one_bank)
{
    check_row(1, 4);
    check_row(1, 1);
}

/* Equal fibers read one after the other lie on a lattice: exact where the start does not matter (all in one bank, in
 * two or spread evenly), four standard errors of the table's 24 random starts else. */
Test(shapes, equal_spacings)
{
    static const unsigned spacings[] = {512, 1024, 256, 32, 96, 480, 1, 7, 40, 100, 171, 333, 500, 511, 2000};
    struct sc_shapes s;
    double sd;
    bind(&s, 64, 16, 32);
    for (int i = 0; i < 15; i++)
        for (unsigned n = 1; n <= 64; n *= 4) {
            double exact = equal_spacing(16, 32, spacings[i], n, false, &sd);
            double found = s.fullest[n] * sc_spacing_ratio(&s.spacing, n, spacings[i], 0, 1, false);
            cr_expect_float_eq(found, exact, 4 * sd / sqrt(24) + 0.001 * exact,
                               "%u loads every %u words: %g, exact %g", n, spacings[i], found, exact);
            if (i < 2)
                cr_expect_float_eq(exact, n, 1e-9, "a period apart, all in one bank");
            if (i == 3)
                cr_expect_float_eq(exact, ceil(n / 16.0), 1e-9, "a line apart, spread evenly");
        }
    /* fibers shorter than a line: loads of one line count once */
    for (unsigned spacing = 1; spacing <= 16; spacing *= 2) {
        double exact = equal_spacing(16, 32, spacing, 64, true, &sd);
        double found = s.fullest[64] * sc_spacing_ratio(&s.spacing, 64, spacing, 0, 1, true);
        cr_expect_float_eq(found, exact, 0.1 * exact, "lines, every %u words: %g, exact %g", spacing, found, exact);
    }
    sc_shapes_free(&s);
}

/* Fibers of random length, some of them taken, against walks of their addresses: 20 % at worst, 5 % on average. */
Test(shapes, random_spacings)
{
    enum { DRAWS = 2000, CASES = 18 };
    static const struct {
        double fiber, deviation, taken;
    } cases[CASES] = {{512, 0, 0.5},  {512, 16, 1}, {100, 8, 1}, {100, 8, 0.3}, {40, 5, 0.1},
                      {256, 10, 0.7}, {700, 30, 0.2}, {16, 3.5, 1}, {5, 2, 0.5}, {30, 0, 0.25},
                      {1000, 10, 0.05}, {64, 6, 0.5}, {3000, 50, 1}, {150, 0, 0.9},
                      {509, 3, 0.8}, {520, 8, 0.5}, {259, 9.5, 0.7}, {528, 16, 1}};
    struct sc_shapes s;
    double off = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    bind(&s, 64, 16, 32);
    for (int i = 0; i < 4 * CASES; i++) {
        double fiber = cases[i / 4].fiber, deviation = cases[i / 4].deviation, taken = cases[i / 4].taken, sum = 0;
        unsigned n = 8 << i % 4;
        uint64_t gap[64];
        for (int draw = 0; draw < DRAWS; draw++) {
            for (unsigned k = 0; k < n; k++) {
                unsigned fibers = gsl_ran_geometric(rng, taken);
                gap[k] = (uint64_t)fmax(0, round(fibers * fiber + gsl_ran_gaussian(rng, deviation * sqrt(fibers))));
            }
            sum += walk_load(16, 32, gsl_rng_uniform_int(rng, 512), gap, n, false);
        }
        double drawn = sum / DRAWS;
        double found = s.fullest[n] * sc_spacing_ratio(&s.spacing, n, fiber, deviation, taken, false);
        cr_expect_float_eq(found, drawn, 0.2 * drawn, "%u of fibers of %g +- %g, %g taken: %g, drawn %g", n, fiber,
                           deviation, taken, found, drawn);
        off += fabs(found / drawn - 1) / (4 * CASES);
    }
    fprintf(stderr, "random spacings: mean error %.3f\n", off);
    cr_expect_leq(off, 0.05, "mean error %g", off);
    gsl_rng_free(rng);
    sc_shapes_free(&s);
}

/* D(n), the expected maximum of n standard normals: Harter, Biometrika 48 (1961). */
Test(shapes, longest_of_normal_fibers)
{
    static const struct listed normal[] = {{1, 0},       {2, 0.56419},  {3, 0.84628},
                                           {5, 1.16296}, {10, 1.53875}, {50, 2.24907}};
    struct sc_shapes s;
    bind(&s, 64, 16, 32);
    for (int i = 0; i < 6; i++)
        cr_expect_float_eq(s.tail_steps[(int)normal[i].at], normal[i].value, 2e-3, "%g: %g", normal[i].at,
                           s.tail_steps[(int)normal[i].at]);
    sc_shapes_free(&s);
}

/* A second each, twice that on a busy machine, and far more under the sanitizers. */
#if defined(__SANITIZE_ADDRESS__)
static const double SECONDS = 20;
#else
static const double SECONDS = 2;
#endif

static void check_tables(const struct sc_shapes *s, const char *where)
{
    unsigned n = 1;
    for (; n <= s->loads; n++) {
        double most = s->fullest[n];
        if (!(most >= s->fullest[n - 1] - 1e-12 && most <= n * (1 + 1e-9) && most * s->banks >= n * (1 - 1e-9)) ||
            !isfinite(s->tail_steps[n]))
            break;
    }
    cr_expect_gt(n, s->loads, "%s: wrong at %u: fullest %g", where, n, s->fullest[n <= s->loads ? n : 0]);
    for (double x = 0.3; x < 1e6; x *= 3.7) {
        double empty, fullest, longest;
        cr_expect(isfinite(sc_shape_contiguous_random(s, x, x / 2, &empty)) && empty >= 0 && empty <= 1, "%s", where);
        sc_shape_runs(s, x, &fullest, &longest);
        cr_expect(fullest >= 1 && fullest <= s->loads * (1 + 1e-9) && longest <= s->loads, "%s: runs of %g: %g", where,
                  x, fullest);
        for (double taken = 1e-12; taken <= 1; taken *= 10)
            for (int lines = 0; lines < 2; lines++) {
                double ratio = sc_spacing_ratio(&s->spacing, s->loads, x, sqrt(x), taken, lines);
                cr_expect(ratio > 0 && ratio <= s->loads, "%s: every %g, %g taken: %g", where, x, taken, ratio);
            }
    }
}

Test(shapes, extreme_machines_are_bound_soon)
{
    static const struct {
        unsigned multipliers, banks, line_words;
    } of[] = {{2, 1, 1},    {2, 1, 32},    {2, 1, 16384},    {2, 1, 65536},   {2, 4096, 1},     {2, 4096, 32},
              {2, 4096, 16384}, {2, 65536, 1},  {4096, 1, 1},     {4096, 1, 32},   {4096, 1, 16384}, {4096, 4096, 1},
              {4096, 4096, 32}, {4096, 4096, 16384}, {4096, 65536, 65536}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct sc_shapes s;
        char where[64];
        clock_t start = clock();
        bind(&s, of[i].multipliers, of[i].banks, of[i].line_words);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        snprintf(where, sizeof where, "%u loads, %u banks of %u words", s.loads, s.banks, s.line_words);
        cr_expect_leq(seconds, SECONDS, "%s: %g s", where, seconds);
        check_tables(&s, where);
        sc_shapes_free(&s);
    }
}
