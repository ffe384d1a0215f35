/* test_generate.c - generated patterns: exact counts, determinism, structure of each kind, odd sizes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "traces/generate.h"
#include "traces/skew.h"

static const struct sc_pattern_spec specs[] = {
    {.kind = SC_UNIFORM},
    {.kind = SC_ROWSKEW, .skew = 0},
    {.kind = SC_ROWSKEW, .skew = 1.2},
    {.kind = SC_ROWSKEW, .skew = 900},
    {.kind = SC_COLSKEW, .skew = 0.7},
    {.kind = SC_BLOCK, .block_rows = 4, .block_cols = 3},
    {.kind = SC_BLOCK, .block_rows = 1, .block_cols = 1},
    {.kind = SC_BLOCK, .block_rows = UINT64_MAX, .block_cols = 2},
    {.kind = SC_BANDED, .band = UINT64_MAX},
    {.kind = SC_NM, .nm_n = 2, .nm_m = 4},
    {.kind = SC_NM, .nm_n = 3, .nm_m = UINT64_MAX},
};
enum { SPECS = sizeof specs / sizeof *specs };

static struct sc_pattern make(uint64_t rows, uint64_t cols, double density, const struct sc_pattern_spec *spec,
                              bool k_is_columns, uint64_t seed)
{
    struct sc_pattern p;
    struct sc_error err = {0};
    int status = sc_pattern_generate(&p, rows, cols, density, spec, k_is_columns, seed, &err);
    cr_assert_eq(status, SC_OK, "%s", err.message);
    cr_assert_eq(sc_pattern_check(&p, &err), SC_OK, "%s", err.message);
    cr_assert(p.rows == rows && p.cols == cols);
    return p;
}

static bool same(const struct sc_pattern *a, const struct sc_pattern *b)
{
    return a->rows == b->rows && a->cols == b->cols && a->nnz == b->nnz &&
           memcmp(a->ptr, b->ptr, (a->rows + 1) * sizeof *a->ptr) == 0 &&
           memcmp(a->idx, b->idx, a->nnz * sizeof *a->idx) == 0;
}

Test(generate, exact_counts_on_every_size)
{
    static const uint64_t sizes[] = {0, 1, 2, 3, 17, 64, 100};
    static const double densities[] = {0, 1e-9, 0.013, 0.5, 0.51, 0.97, 1};
    for (size_t s = 0; s < SPECS; s++)
        for (size_t i = 0; i < 7; i++)
            for (size_t j = 0; j < 7; j++)
                for (size_t d = 0; d < 7; d++) {
                    struct sc_pattern p = make(sizes[i], sizes[j], densities[d], &specs[s], true, 7);
                    if (specs[s].kind != SC_NM)
                        cr_assert_eq(p.nnz, sc_nonzeros(densities[d], sizes[i], sizes[j]));
                    sc_pattern_free(&p);
                }
}

Test(generate, seeds_decide_everything)
{
    for (size_t s = 0; s < SPECS; s++) {
        struct sc_pattern a = make(60, 50, 0.2, &specs[s], true, 1), b = make(60, 50, 0.2, &specs[s], true, 1);
        struct sc_pattern c = make(60, 50, 0.2, &specs[s], true, UINT64_C(1) << 32 | 1);
        cr_assert(same(&a, &b), "kind %zu differs under one seed", s);
        cr_assert_not(same(&a, &c), "kind %zu ignores the high half of the seed", s);
        sc_pattern_free(&a);
        sc_pattern_free(&b);
        sc_pattern_free(&c);
    }
}

static uint64_t fingerprint(const struct sc_pattern *p)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a over the indices */
    for (uint64_t q = 0; q < p->nnz; q++)
        for (int byte = 0; byte < 4; byte++)
            hash = (hash ^ (p->idx[q] >> (8 * byte) & 255)) * UINT64_C(1099511628211);
    return hash;
}

/* Recorded values: a change of generator, seed mixing or arithmetic must not pass unnoticed. */
Test(generate, bytes_are_fixed)
{
    static const uint64_t expected[SPECS] = {
        UINT64_C(0xab01b77179143c17), UINT64_C(0x1aaf8c10bbaa4eb7), UINT64_C(0x964683d1c116b6b1),
        UINT64_C(0x4d63b14a21a5b325), UINT64_C(0x977fa53adf9ac63e), UINT64_C(0x3725fa8d7a28d314),
        UINT64_C(0xab01b77179143c17), UINT64_C(0x7e54b5c6dc40d0e5), UINT64_C(0xab01b77179143c17),
        UINT64_C(0xa1e21c3881f0c2c5), UINT64_C(0xd9c1e105f49e4e1e),
    };
    for (size_t s = 0; s < SPECS; s++) {
        struct sc_pattern p = make(300, 200, 0.05, &specs[s], true, 42);
        cr_expect_eq(fingerprint(&p), expected[s], "kind %zu: 0x%016llx", s, (unsigned long long)fingerprint(&p));
        sc_pattern_free(&p);
    }
}

/* Each of the 6 cells of 2 x 3 must hold 1 of 2 nonzeros equally often: expectation 2000 of 6000, standard
 * deviation 37. */
Test(generate, uniform_is_uniform)
{
    unsigned hits[6] = {0};
    for (uint64_t seed = 0; seed < 6000; seed++) {
        struct sc_pattern p = make(2, 3, 1.0 / 3, &specs[0], true, seed);
        for (uint64_t row = 0; row < 2; row++)
            for (uint64_t q = p.ptr[row]; q < p.ptr[row + 1]; q++)
                hits[3 * row + p.idx[q]]++;
        sc_pattern_free(&p);
    }
    for (int cell = 0; cell < 6; cell++)
        cr_assert(hits[cell] > 1815 && hits[cell] < 2185, "cell %d: %u", cell, hits[cell]);
}

/* Sparse enough for the hash table, large enough that its order matters. */
Test(generate, uniform_sparse)
{
    struct sc_pattern p = make(1000, 4000000000, 4e-10, &specs[0], true, 3);
    cr_assert_eq(p.nnz, 1600);
    double rows = 0, cols = 0;
    for (uint64_t row = 0; row < p.rows; row++)
        for (uint64_t q = p.ptr[row]; q < p.ptr[row + 1]; q++) {
            rows += (double)row / 1e3 / 1600;
            cols += (double)p.idx[q] / 4e9 / 1600;
        }
    /* Mean of 1600 uniform numbers: standard deviation 0.0072. */
    cr_assert(fabs(rows - 0.5) < 0.04 && fabs(cols - 0.5) < 0.04, "%g %g", rows, cols);
    sc_pattern_free(&p);
}

static int descending(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

Test(generate, skew_lengths)
{
    static const struct {
        uint64_t rows, cols, nnz;
        double skew;
        uint64_t lengths[6];
    } cases[] = {
        {6, 100, 147, 1, {60, 30, 20, 15, 12, 10}}, /* harmonic sum 2.45: c = 60 exactly */
        {6, 50, 137, 1, {50, 30, 20, 15, 12, 10}},  /* first row capped; 87 / 1.45 = 60 */
        {6, 10, 60, 2, {10, 10, 10, 10, 10, 10}},
        {6, 10, 8, 0, {2, 2, 1, 1, 1, 1}},          /* equal remainders: lower ranks first */
        {6, 10, 15, 2000, {10, 5, 0, 0, 0, 0}},
        {6, 10, 0, 1, {0, 0, 0, 0, 0, 0}},
    };
    for (size_t t = 0; t < sizeof cases / sizeof *cases; t++) {
        uint64_t lengths[6];
        cr_assert_eq(sc_skew_lengths(lengths, cases[t].rows, cases[t].cols, cases[t].nnz, cases[t].skew, NULL), SC_OK);
        for (int i = 0; i < 6; i++)
            cr_assert_eq(lengths[i], cases[t].lengths[i], "case %zu rank %d: %d", t, i + 1, (int)lengths[i]);
    }
}

Test(generate, rowskew_rows_and_colskew_columns)
{
    struct sc_pattern row = make(200, 300, 0.1, &specs[2], true, 5), col, flipped;
    struct sc_pattern_spec spec = {.kind = SC_COLSKEW, .skew = 1.2};
    col = make(300, 200, 0.1, &spec, true, 5);
    cr_assert_eq(sc_pattern_transpose(&flipped, &col, NULL), SC_OK);
    cr_assert(same(&row, &flipped));
    uint64_t expected[200], measured[200];
    cr_assert_eq(sc_skew_lengths(expected, 200, 300, 6000, 1.2, NULL), SC_OK);
    bool shuffled = false;
    for (int i = 0; i < 200; i++) {
        measured[i] = row.ptr[i + 1] - row.ptr[i];
        shuffled |= measured[i] != expected[i];
    }
    qsort(measured, 200, sizeof *measured, descending);
    qsort(expected, 200, sizeof *expected, descending);
    cr_assert_arr_eq(measured, expected, sizeof measured);
    cr_assert(shuffled);
    sc_pattern_free(&row);
    sc_pattern_free(&col);
    sc_pattern_free(&flipped);
}

/* Every block is full or empty except at most one, which is filled row by row. */
Test(generate, blocks_are_whole)
{
    enum { ROWS = 30, COLS = 32, R = 4, C = 3 };
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct sc_pattern p = make(ROWS, COLS, 0.01 + 0.019 * (double)seed, &specs[5], true, seed);
        bool dense[ROWS][COLS] = {{false}};
        for (int i = 0; i < ROWS; i++)
            for (uint64_t q = p.ptr[i]; q < p.ptr[i + 1]; q++)
                dense[i][p.idx[q]] = true;
        int cut = 0;
        for (int top = 0; top < ROWS; top += R)
            for (int left = 0; left < COLS; left += C) {
                int ones = 0, cells = 0, leading = 0;
                for (int i = top; i < top + R && i < ROWS; i++)
                    for (int j = left; j < left + C && j < COLS; j++, cells++) {
                        ones += dense[i][j];
                        leading += dense[i][j] && ones == cells + 1;
                    }
                cr_assert_eq(ones, leading, "block at %d,%d is not filled from its start", top, left);
                cut += ones != 0 && ones != cells;
            }
        cr_assert_leq(cut, 1);
        sc_pattern_free(&p);
    }
}

Test(generate, band_limits)
{
    /* 4 x 8, W = 3: centers 1, 3, 5, 7; first columns 0, 2, 4, 6; the last row is clipped to 2 of 3. */
    struct sc_pattern_spec spec = {.kind = SC_BANDED, .band = 3};
    static const uint32_t full[] = {0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7};
    struct sc_pattern p = make(4, 8, 11.0 / 32, &spec, true, 1);
    cr_assert_arr_eq(p.idx, full, sizeof full);
    sc_pattern_free(&p);

    /* Clipped on the left: 4 x 4, W = 4: centers 0..3, lo' = -2..1, widths 2, 3, 4, 3. */
    struct sc_pattern_spec wide = {.kind = SC_BANDED, .band = 4};
    static const uint32_t left[] = {0, 1, 0, 1, 2, 0, 1, 2, 3, 1, 2, 3};
    p = make(4, 4, 12.0 / 16, &wide, true, 1);
    cr_assert_arr_eq(p.idx, left, sizeof left);
    sc_pattern_free(&p);

    struct sc_error err;
    cr_assert_eq(sc_pattern_generate(&p, 4, 8, 12.0 / 32, &spec, true, 1, &err), SC_BAD_INPUT);
    cr_assert(strstr(err.message, "0.34375"), "%s", err.message);
    cr_assert_null(p.ptr);
}

Test(generate, groups_along_k)
{
    for (int b = 0; b < 2; b++) {
        struct sc_pattern p = make(b ? 11 : 9, b ? 9 : 11, 0, &specs[9], !b, 8), along = {0};
        if (b)
            cr_assert_eq(sc_pattern_transpose(&along, &p, NULL), SC_OK);
        const struct sc_pattern *rows = b ? &along : &p;
        cr_assert_eq(p.nnz, 9 * 6); /* groups of 4, 4 and 3 */
        for (uint64_t i = 0; i < 9; i++) {
            int in_group[3] = {0};
            for (uint64_t q = rows->ptr[i]; q < rows->ptr[i + 1]; q++)
                in_group[rows->idx[q] / 4]++;
            cr_assert(in_group[0] == 2 && in_group[1] == 2 && in_group[2] == 2);
        }
        sc_pattern_free(&p);
        sc_pattern_free(&along);
    }
}

Test(generate, refuses_bad_input)
{
    static const struct {
        uint64_t rows, cols;
        double density;
        struct sc_pattern_spec spec;
    } bad[] = {
        {4, 4, -0.1, {.kind = SC_UNIFORM}},
        {4, 4, 1.1, {.kind = SC_UNIFORM}},
        {4, 4, NAN, {.kind = SC_UNIFORM}},
        {UINT64_C(1) << 32, 4, 0, {.kind = SC_UNIFORM}},
        {4, UINT64_MAX, 0.5, {.kind = SC_NM, .nm_n = 1, .nm_m = 2}},
        {4, 4, 0.5, {.kind = SC_ROWSKEW, .skew = -1}},
        {4, 4, 0.5, {.kind = SC_COLSKEW, .skew = NAN}},
        {4, 4, 0.5, {.kind = SC_BLOCK, .block_rows = 1}},
        {4, 4, 0.5, {.kind = SC_BANDED}},
        {4, 4, 0.5, {.kind = SC_NM, .nm_n = 3, .nm_m = 2}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sc_pattern p;
        struct sc_error err = {0};
        int status = sc_pattern_generate(&p, bad[i].rows, bad[i].cols, bad[i].density, &bad[i].spec, true, 1, &err);
        cr_assert_eq(status, SC_BAD_INPUT, "case %zu", i);
        cr_assert(err.message[0] != '\0');
        cr_assert_null(p.ptr);
    }
}

Test(pattern, check_finds_each_fault)
{
    struct sc_pattern p = make(3, 5, 1, &specs[0], true, 1);
    struct sc_error err;
    p.idx[7] = 5;
    cr_assert_eq(sc_pattern_check(&p, &err), SC_BAD_INPUT);
    p.idx[7] = 1;
    cr_assert_eq(sc_pattern_check(&p, &err), SC_BAD_INPUT);
    p.idx[7] = 2;
    cr_assert_eq(sc_pattern_check(&p, &err), SC_OK);
    p.ptr[1] = 11;
    cr_assert_eq(sc_pattern_check(&p, &err), SC_BAD_INPUT);
    p.ptr[1] = 5;
    p.nnz--;
    cr_assert_eq(sc_pattern_check(&p, &err), SC_BAD_INPUT);
    sc_pattern_free(&p);
    cr_assert_eq(sc_pattern_check(&p, &err), SC_BAD_INPUT);
}
