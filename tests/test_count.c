/* test_count.c - tiles and windows counted along K, against counting them element by element.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "traces/count.h"
#include "traces/generate.h"

static bool has(const struct sc_pattern *p, uint64_t row, uint64_t k)
{
    for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++)
        if (p->idx[q] == k)
            return true;
    return false;
}

/* The nonzeros number [first, last) of a pattern, as a tile: which k it has. */
static struct sc_tiling one_tile(const struct sc_pattern *p, const uint32_t *other, uint64_t first, uint64_t last)
{
    struct sc_tiling t = {.words = (double)(last - first)};
    uint64_t low = p->cols, high = 0;
    for (uint64_t k = 0; k < p->cols; k++) {
        bool there = false;
        for (uint64_t q = first; q < last; q++)
            there = there || p->idx[q] == k;
        t.distinct += there;
        t.matched += there ? other[k] : 0;
        low = there && k < low ? k : low;
        high = there ? k : high;
    }
    for (uint64_t k = low; k <= high && t.distinct > 0; k++)
        t.read += other[k];
    return t;
}

static double words_before(const uint32_t *other, uint64_t k)
{
    double sum = 0;
    for (uint64_t i = 0; i < k; i++)
        sum += other[i];
    return sum;
}

/* A row of more than P nonzeros, chunk by chunk. */
static void fold_naively(struct sc_tiling *sum, const struct sc_pattern *p, const uint32_t *other, uint64_t size,
                         uint64_t row)
{
    uint64_t at = p->ptr[row], end = p->ptr[row + 1];
    double cut = 0;
    sum->folded++;
    for (int i = 0; at < end; i++) {
        uint64_t most = i == 0 ? size : size - 1, to = end - at > most ? at + most : end;
        struct sc_tiling t = one_tile(p, other, at, to);
        double behind = words_before(other, (uint64_t)p->idx[to - 1] + 1);
        sum->chunks++;
        sum->chunk_words += t.words;
        sum->chunk_read += t.read;
        sum->chunk_matched += t.matched;
        sum->first_read += i == 0 ? behind : 0;
        sum->middle_read += i > 0 && to < end ? behind - cut : 0;
        cut = behind;
        at = to;
    }
}

static struct sc_tiling tile_naively(const struct sc_pattern *p, const uint32_t *other, uint64_t size)
{
    struct sc_tiling sum = {0};
    for (uint64_t row = 0; row < p->rows;) {
        uint64_t first = p->ptr[row], end = row;
        if (p->ptr[row + 1] - first > size) {
            fold_naively(&sum, p, other, size, row++);
            continue;
        }
        while (end < p->rows && p->ptr[end + 1] - first <= size)
            end++;
        struct sc_tiling t = one_tile(p, other, first, p->ptr[end]);
        sum.tiles++;
        sum.empty += t.words == 0;
        sum.words += t.words;
        sum.squares += t.words * t.words;
        sum.distinct += t.distinct;
        sum.read += t.read;
        sum.matched += t.matched;
        row = end;
    }
    return sum;
}

static void check_tiling(const struct sc_tiling *found, const struct sc_tiling *naive, unsigned size)
{
    const double *a = (const double *)found, *b = (const double *)naive;
    for (size_t i = 0; i < sizeof *found / sizeof *a; i++)
        cr_expect_float_eq(a[i], b[i], 1e-9, "field %zu for tiles of %u: counted %g, expected %g", i, size, a[i], b[i]);
}

static void check_windows(const struct sc_counted *c, const struct sc_pattern *p)
{
    for (unsigned level = 0; level < SC_WINDOW_LEVELS; level++) {
        double pairs[SC_WINDOW_BINS] = {0}, words[SC_WINDOW_BINS] = {0}, squares[SC_WINDOW_BINS] = {0};
        uint64_t windows = UINT64_C(1) << level;
        for (uint64_t row = 0; row < p->rows; row++)
            for (uint64_t w = 0; w < windows; w++) {
                double inside = 0;
                for (uint64_t k = 0; k < p->cols; k++)
                    inside += k * windows / p->cols == w && has(p, row, k);
                if (inside <= 0)
                    continue;
                unsigned bin = (unsigned)fmin(SC_WINDOW_BINS - 1, floor(log2(inside)));
                pairs[bin]++;
                words[bin] += inside;
                squares[bin] += inside * inside;
            }
        for (unsigned i = 0; i < SC_WINDOW_BINS; i++) {
            double mean = words[i] / fmax(1, pairs[i]), variance = squares[i] / fmax(1, pairs[i]) - mean * mean;
            cr_expect_float_eq(c->share[level][i], pairs[i] / (double)(p->rows * windows), 1e-6);
            cr_expect_float_eq(c->mean[level][i], mean, 1e-5 * fmax(1, mean));
            cr_expect_float_eq(c->variance[level][i], variance, 1e-4 * fmax(1, mean * mean));
        }
    }
}

Test(count, as_counted_naively)
{
    static const struct {
        uint64_t rows, cols;
        double density;
        struct sc_pattern_spec spec;
    } cases[] = {
        {40, 60, 0.2, {.kind = SC_UNIFORM}},
        {25, 90, 0.6, {.kind = SC_ROWSKEW, .skew = 1.2}},
        {30, 50, 0.1, {.kind = SC_BANDED, .band = 12}},
        {33, 47, 0.3, {.kind = SC_BLOCK, .block_rows = 5, .block_cols = 4}},
        {1, 1, 1, {.kind = SC_UNIFORM}},
        {12, 9, 0, {.kind = SC_UNIFORM}},
        {3, 200, 1, {.kind = SC_UNIFORM}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_pattern p;
        struct sc_counted c;
        struct sc_error err = {0};
        uint32_t other[200];
        cr_assert_eq(sc_pattern_generate(&p, cases[i].rows, cases[i].cols, cases[i].density, &cases[i].spec, true,
                                         i + 1,
                                         &err), SC_OK, "%s", err.message);
        for (uint64_t k = 0; k < p.cols; k++)
            other[k] = (uint32_t)((k * 7919 + i) % 13);
        cr_assert_eq(sc_count_along_k(&c, &p, other, &err), SC_OK, "%s", err.message);
        cr_expect(c.known);
        for (unsigned s = 0; s < SC_TILE_SIZES; s++) {
            struct sc_tiling naive = tile_naively(&p, other, (uint64_t)SC_TILE_SMALLEST << s);
            check_tiling(&c.tiling[s], &naive, SC_TILE_SMALLEST << s);
        }
        check_windows(&c, &p);
        sc_pattern_free(&p);
    }
}

/* At the sizes that were counted exactly what was, in between a number between them, outside and without counts
 * nothing. */
Test(count, sizes_in_between)
{
    struct sc_counted c = {.known = true};
    struct sc_tiling t;
    bool exact;
    for (unsigned s = 0; s < SC_TILE_SIZES; s++)
        c.tiling[s] = (struct sc_tiling){.tiles = 4096 >> s, .words = 1000, .read = 100.0 * (4096 >> s),
                                         .folded = 8 - s};
    for (unsigned s = 0; s < SC_TILE_SIZES; s++) {
        cr_assert(sc_counted_tiling(&c, SC_TILE_SMALLEST << s, &t, &exact) && exact);
        check_tiling(&t, &c.tiling[s], SC_TILE_SMALLEST << s);
    }
    double part = log2(96.0 / 64); /* of the way from 64 to 128 */
    cr_assert(sc_counted_tiling(&c, 96, &t, &exact));
    cr_expect_not(exact);
    cr_expect_float_eq(t.tiles, 4096.0 * 8 / 96, 1e-6, "tiles inverse to the size: %g", t.tiles);
    cr_expect_float_eq(t.read, 409600.0 * 8 / 96, 1e-4);
    cr_expect_float_eq(t.words / t.tiles, (1 - part) * 1000 / 512 + part * 1000 / 256, 1e-6, "a mean between two");
    cr_expect(t.folded < 5 && t.folded > 4);
    cr_expect_not(sc_counted_tiling(&c, SC_TILE_SMALLEST / 2, &t, &exact));
    cr_expect_not(sc_counted_tiling(&c, SC_TILE_SMALLEST << SC_TILE_SIZES, &t, &exact));
    c.known = false;
    cr_expect_not(sc_counted_tiling(&c, 64, &t, &exact));
}
