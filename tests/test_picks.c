/* test_picks.c - which fibers of B a few rows of A pick, against counts on drawn patterns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimator/models/model.h"
#include "traces/generate.h"
#include "traces/measure.h"

enum { SEEDS = 12, ROWS = 5 };

struct sample {
    double sum, squares, n;
};

static void add(struct sample *s, double x)
{
    s->sum += x;
    s->squares += x * x;
    s->n++;
}

/* Distinct columns in windows of `rows` rows, and their nonzeros. */
static void count_windows(const struct sc_pattern *a, unsigned rows, struct sample *distinct, struct sample *words)
{
    uint32_t *stamp = calloc(a->cols, sizeof *stamp);
    uint32_t mark = 0;
    double d = 0, w = 0, n = 0;
    for (uint64_t from = 0; from + rows <= a->rows; from += rows, n++) {
        mark++;
        for (uint64_t q = a->ptr[from]; q < a->ptr[from + rows]; q++) {
            d += stamp[a->idx[q]] != mark;
            stamp[a->idx[q]] = mark;
            w++;
        }
    }
    add(distinct, d / n);
    add(words, w / n);
    free(stamp);
}

static const struct {
    const char *what;
    struct sc_pattern_spec spec;
    double density;
    unsigned rows; /* of a window; those of blocks in step with them */
} KINDS[] = {
    {"uniform", {.kind = SC_UNIFORM}, 0.05, ROWS},
    {"colskew", {.kind = SC_COLSKEW, .skew = 0.9}, 0.05, ROWS},
    {"block", {.kind = SC_BLOCK, .block_rows = 4, .block_cols = 4}, 0.05, 8},
    {"banded", {.kind = SC_BANDED, .band = 40}, 0.06, ROWS},
    {"nm", {.kind = SC_NM, .nm_n = 1, .nm_m = 4}, 0.25, ROWS},
};

/* Exact but for what the fixed number of nonzeros takes away: 3 % beside four standard errors. */
Test(picks, distinct_fibers)
{
    for (unsigned k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
        struct sample distinct = {0}, words = {0};
        struct sc_error err;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct sc_pattern a;
            cr_assert_eq(sc_pattern_generate(&a, 240, 400, KINDS[k].density, &KINDS[k].spec, true, seed + 1, &err),
                         SC_OK, "%s", err.message);
            count_windows(&a, KINDS[k].rows, &distinct, &words);
            sc_pattern_free(&a);
        }
        struct sc_layer l = {.M = 240, .N = 50, .K = 400, .density_a = KINDS[k].density, .density_b = 0.5, .count = 1};
        struct sc_profile p;
        struct sc_picks picks;
        l.pattern_a = KINDS[k].spec;
        cr_assert_eq(sc_profile_from_layer(&p, &l, &err), SC_OK);
        sc_picks_init(&picks, &p);
        double mean = distinct.sum / SEEDS, error = sqrt(fmax(0, distinct.squares / SEEDS - mean * mean) / (SEEDS - 1));
        double found = sc_picks_distinct(&picks, KINDS[k].rows, words.sum / SEEDS);
        cr_expect_float_eq(found, mean, 4 * error + 0.03 * mean, "%s: %g, counted %g +- %g", KINDS[k].what, found, mean,
                           error);
    }
}

/* Lines of B that the first rows touch: 4 % beside four standard errors. */
Test(picks, cold_lines)
{
    static const unsigned seen[] = {1, 4, 16, 64};
    for (unsigned k = 0; k < sizeof KINDS / sizeof *KINDS; k++)
        for (unsigned i = 0; i < 4; i++) {
            const struct sc_pattern_spec uniform = {.kind = SC_UNIFORM};
            struct sample touched = {0};
            struct sc_error err;
            double all = 0;
            for (uint64_t seed = 0; seed < SEEDS; seed++) {
                struct sc_pattern a, b;
                cr_assert_eq(sc_pattern_generate(&a, 240, 400, KINDS[k].density, &KINDS[k].spec, true, seed + 1, &err),
                             SC_OK);
                cr_assert_eq(sc_pattern_generate(&b, 400, 50, 0.5, &uniform, false, seed + 77, &err), SC_OK);
                uint64_t lines = (b.nnz + 31) / 32;
                char *line = calloc(lines, 1);
                for (uint64_t start = 0; start + seen[i] <= 240; start += 80) { /* three places in A */
                    double sum = 0;
                    memset(line, 0, lines);
                    for (uint64_t q = a.ptr[start]; q < a.ptr[start + seen[i]]; q++)
                        for (uint64_t w = b.ptr[a.idx[q]]; w < b.ptr[(uint64_t)a.idx[q] + 1]; w++)
                            line[w / 32] = 1;
                    for (uint64_t w = 0; w < lines; w++)
                        sum += line[w];
                    add(&touched, sum);
                }
                all = (double)lines;
                free(line);
                sc_pattern_free(&a);
                sc_pattern_free(&b);
            }
            struct sc_layer l = {
                .M = 240, .N = 50, .K = 400, .density_a = KINDS[k].density, .density_b = 0.5, .count = 1};
            struct sc_profile p;
            struct sc_picks picks;
            struct sc_plan plan = {.line_words = 32};
            l.pattern_a = KINDS[k].spec;
            cr_assert_eq(sc_profile_from_layer(&p, &l, &err), SC_OK);
            sc_picks_init(&picks, &p);
            sc_picks_lines(&plan, &picks, &p);
            double rows = seen[i] > picks.alike_rows ? seen[i] : picks.alike_rows,
                   found = all * sc_picks_cold(&picks, rows);
            double mean = touched.sum / touched.n;
            double error = sqrt(fmax(0, touched.squares / touched.n - mean * mean) / (touched.n - 1));
            cr_expect_float_eq(found, mean, 4 * error + 0.04 * mean, "%s, %u rows: %g, counted %g +- %g", KINDS[k].what,
                               seen[i], found, mean, error);
        }
}

/* Tiles of whole rows, counted by hand. */
Test(picks, groupings)
{
    uint64_t ptr[] = {0, 10, 16, 16, 17, 37, 40};
    uint32_t idx[40], others[50];
    struct sc_pattern p = {.rows = 6, .cols = 50, .nnz = 40, .ptr = ptr, .idx = idx};
    struct sc_grouping g[SC_GROUPINGS];
    struct sc_error err;
    for (uint32_t i = 0; i < 50; i++)
        others[i] = i;
    for (uint32_t row = 0; row < 6; row++)
        for (uint64_t q = ptr[row]; q < ptr[row + 1]; q++)
            idx[q] = (uint32_t)(q - ptr[row]) * 2;
    cr_assert_eq(sc_measure_groupings(g, &p, others, &err), SC_OK);
    /* 16: rows 0, 1 and 2 (16 words, ten places), 3; the long row 4 apart; 5 */
    cr_expect_eq(g[0].tiles, 3);
    cr_expect_eq(g[0].fibers, 5);
    cr_expect_eq(g[0].nonzeros, 20);
    cr_expect_eq(g[0].distinct, 10 + 1 + 3);
    cr_expect_eq(g[0].words, 90 + 0 + 6);
    cr_expect_eq(g[0].longest, 10 + 1 + 3);
    cr_expect_eq(g[0].pairs, 0);
    cr_expect_eq(g[0].streamed, 18 + 0 + 4);
    cr_expect_eq(g[0].heaviest, 90 + 0 + 6);
    /* 64: all in one */
    cr_expect_eq(g[2].tiles, 1);
    cr_expect_eq(g[2].distinct, 20);
    cr_expect_float_eq(sc_measure_span(&p), (19 + 11 + 1 + 39 + 5) / 5.0 / 50, 1e-12);
    cr_expect_eq(sc_measure_close(&p), 0);
}

/* Lengths of B's rows as A's nonzeros meet them. */
Test(picks, lengths_met)
{
    uint64_t a_ptr[] = {0, 2, 3}, b_ptr[] = {0, 3, 4, 9};
    uint32_t a_idx[] = {0, 2, 2}, b_idx[] = {0, 1, 2, 0, 0, 1, 2, 3, 4};
    struct sc_pattern a = {.rows = 2, .cols = 3, .nnz = 3, .ptr = a_ptr, .idx = a_idx};
    struct sc_pattern b = {.rows = 3, .cols = 5, .nnz = 9, .ptr = b_ptr, .idx = b_idx};
    struct sc_profile p;
    struct sc_error err;
    cr_assert_eq(sc_profile_measure(&p, &a, &b, NULL, NULL, &err), SC_OK);
    cr_expect_float_eq(p.b.met.mean, (3 + 5 + 5) / 3.0, 1e-9);
    cr_expect_float_eq(p.b.once.mean, (3 + 5) / 2.0, 1e-9);
    cr_expect_float_eq(p.a.met.mean, (3 * 1 + 1 * 0 + 5 * 2) / 9.0, 1e-9);
    cr_expect_float_eq(p.products, 13, 0);
}
