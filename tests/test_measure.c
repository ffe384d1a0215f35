/* test_measure.c - measured profiles: published facts, brute force on small patterns, and their length distributions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "lists.h"
#include "traces/generate.h"
#include "traces/measure.h"
#include "traces/operands.h"
#include "traces/pattern_read.h"

static struct sc_pattern draw(uint64_t rows, uint64_t cols, double density, struct sc_pattern_spec spec, uint64_t seed)
{
    struct sc_pattern p;
    struct sc_error err = {0};
    cr_assert_eq(sc_pattern_generate(&p, rows, cols, density, &spec, true, seed, &err), SC_OK, "%s", err.message);
    return p;
}

static struct sc_pattern load(const char *shared, const char *name)
{
    char path[1200];
    struct sc_pattern p;
    struct sc_error err = {0};
    snprintf(path, sizeof path, "%s/matrices/%s", shared, name);
    cr_assert_eq(sc_pattern_read(&p, path, NULL, &err), SC_OK, "%s: %s", path, err.message);
    return p;
}

/* Table of the SNAP graphs in the workloads' README: multiplies and nonzeros of A x A. */
static const struct {
    const char *file;
    uint64_t rows, nnz, products, nnz_c;
} graphs[] = {
    {"spgemm/wiki-Vote.mtx", 8297, 103689, 4542805, 1831112},
    {"spgemm/p2p-Gnutella31.mtx", 62586, 147892, 538318, 537601},
    {"spgemm/p2p-Gnutella25.mtx", 22687, 54705, 188066, 187748},
    {"spgemm/p2p-Gnutella09.mtx", 8114, 26013, 108864, 105493},
    {"spgemm/p2p-Gnutella08.mtx", 6301, 20777, 94194, 89625},
    {"spgemm/email-Enron.mtx", 36692, 367662, 51501448, 30492154},
};

Test(measure, snap_graphs)
{
    const char *shared = shared_workloads();
    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        struct sc_pattern a = load(shared, graphs[i].file);
        struct sc_profile p;
        struct sc_measured m;
        struct sc_error err = {0};
        cr_assert_eq(sc_profile_measure(&p, &a, &a, NULL, &m, &err), SC_OK, "%s", err.message);
        cr_expect(p.M == (double)graphs[i].rows && p.K == p.M && p.N == p.M);
        cr_expect(p.a.nnz == (double)graphs[i].nnz && p.b.nnz == p.a.nnz);
        cr_expect_eq(m.products, graphs[i].products, "%s: %" PRIu64, graphs[i].file, m.products);
        cr_expect_eq(m.nnz_c, graphs[i].nnz_c, "%s: %" PRIu64, graphs[i].file, m.nnz_c);
        cr_expect(p.products == (double)m.products && p.nnz_c == (double)m.nnz_c && !m.sampled);
        sc_pattern_free(&a);
    }
}

Test(measure, mobilenet_pairs)
{
    static const struct {
        const char *w, *a;
        uint64_t products;
    } pairs[] = {
        {"eyerissv2_mobilenet0.5/L07_W.smtx", "eyerissv2_mobilenet0.5/L07_A.smtx", 1702140},
        {"eyerissv2_mobilenet0.5/L09_W.smtx", "eyerissv2_mobilenet0.5/L09_A.smtx", 1499682},
        {"eyerissv2_mobilenet0.5/L13_W.smtx", "eyerissv2_mobilenet0.5/L13_A.smtx", 1144158},
    };
    const char *shared = shared_workloads();
    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    for (size_t i = 0; i < 3; i++) {
        struct sc_pattern a = load(shared, pairs[i].w), b = load(shared, pairs[i].a);
        struct sc_profile p;
        cr_assert_eq(sc_profile_measure(&p, &a, &b, NULL, NULL, NULL), SC_OK);
        cr_expect_eq(p.products, (double)pairs[i].products, "%s: %.0f", pairs[i].w, p.products);
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
}

static bool has(const struct sc_pattern *p, uint64_t row, uint64_t col)
{
    for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++)
        if (p->idx[q] == col)
            return true;
    return false;
}

static void count_naively(const struct sc_pattern *a, const struct sc_pattern *b, uint64_t *products, uint64_t *nnz_c)
{
    *products = *nnz_c = 0;
    for (uint64_t m = 0; m < a->rows; m++)
        for (uint64_t n = 0; n < b->cols; n++) {
            uint64_t hits = 0;
            for (uint64_t k = 0; k < a->cols; k++)
                hits += has(a, m, k) && has(b, k, n);
            *products += hits;
            *nnz_c += hits > 0;
        }
}

static void naive_lengths(const struct sc_pattern *p, bool columns, double *mean, double *variance, uint64_t *longest,
                          uint64_t *empty)
{
    uint64_t fibers = columns ? p->cols : p->rows, width = columns ? p->rows : p->cols;
    double sum = 0, squares = 0;
    *longest = *empty = 0;
    for (uint64_t i = 0; i < fibers; i++) {
        uint64_t length = 0;
        for (uint64_t j = 0; j < width; j++)
            length += columns ? has(p, j, i) : has(p, i, j);
        sum += (double)length;
        squares += (double)(length * length);
        *longest = length > *longest ? length : *longest;
        *empty += length == 0;
    }
    *mean = fibers ? sum / (double)fibers : 0;
    *variance = fibers ? squares / (double)fibers - *mean * *mean : 0;
}

static void check_fibers(const struct sc_lengths *l, const struct sc_fiber_facts *facts, const struct sc_pattern *p,
                         bool columns, const char *name)
{
    double mean, variance, shares = 0, total = 0, last = -1;
    uint64_t longest, empty;
    naive_lengths(p, columns, &mean, &variance, &longest, &empty);
    cr_expect_eq(facts->longest, longest, "%s: longest %" PRIu64, name, facts->longest);
    cr_expect_eq(facts->empty, empty, "%s: empty %" PRIu64, name, facts->empty);
    cr_expect(fabs(facts->mean - mean) < 1e-9, "%s: mean %g", name, facts->mean);
    cr_expect(fabs(facts->cv * mean - sqrt(fmax(0, variance))) < 1e-6, "%s: cv %g", name, facts->cv);
    cr_expect(l->strata >= 1 && l->strata <= SC_STRATA_MAX && l->unit == 1, "%s: %u strata", name, l->strata);
    cr_expect(l->fibers == (double)(columns ? p->cols : p->rows) && l->width == (double)(columns ? p->rows : p->cols));
    cr_expect(fabs(l->mean - mean) < 1e-9 && fabs(l->variance - variance) < 1e-6, "%s: %g %g for %g %g", name, l->mean,
              l->variance, mean, variance);
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        cr_expect(s->mean > last && s->variance >= 0 && s->share > 0, "%s: stratum %u", name, i);
        last = s->mean;
        shares += s->share;
        total += s->share * s->mean * l->fibers;
    }
    cr_expect(fabs(shares - 1) < 1e-12 && fabs(total - (double)p->nnz) < 1e-6, "%s: %g %g", name, shares, total);
}

static const struct sc_pattern_spec specs[] = {
    {.kind = SC_UNIFORM},
    {.kind = SC_ROWSKEW, .skew = 1.2},
    {.kind = SC_COLSKEW, .skew = 0.7},
    {.kind = SC_BLOCK, .block_rows = 4, .block_cols = 3},
    {.kind = SC_BANDED, .band = 40},
    {.kind = SC_NM, .nm_n = 2, .nm_m = 4},
};
enum { SPECS = sizeof specs / sizeof *specs };

/* Every kind against every kind, sizes down to 1, counted word by word. */
Test(measure, equals_brute_force)
{
    static const uint64_t sizes[][3] = {{1, 1, 1}, {5, 7, 3}, {37, 40, 29}, {1, 40, 40}, {40, 1, 40}};
    for (size_t s = 0; s < 5; s++)
        for (size_t i = 0; i < SPECS; i++)
            for (size_t j = 0; j < SPECS; j++) {
                uint64_t M = sizes[s][0], K = sizes[s][1], N = sizes[s][2], products, nnz_c;
                struct sc_pattern a = draw(M, K, 0.2, specs[i], 10 * i + j), b = draw(K, N, 0.15, specs[j], 77 * j + i);
                struct sc_profile p;
                struct sc_measured m;
                cr_assert_eq(sc_profile_measure(&p, &a, &b, NULL, &m, NULL), SC_OK);
                count_naively(&a, &b, &products, &nnz_c);
                cr_expect_eq(m.products, products, "kinds %zu, %zu: %" PRIu64, i, j, m.products);
                cr_expect_eq(m.nnz_c, nnz_c, "kinds %zu, %zu: %" PRIu64, i, j, m.nnz_c);
                check_fibers(&p.a.row, &m.a_row, &a, false, "rows of A");
                check_fibers(&p.a.col, &m.a_col, &a, true, "columns of A");
                check_fibers(&p.b.row, &m.b_row, &b, false, "rows of B");
                check_fibers(&p.b.col, &m.b_col, &b, true, "columns of B");
                cr_expect(p.a.run_rows == 1 && p.a.run_cols == 1 && p.a.band == 0 && p.a.group == 0);
                cr_expect(fabs(p.b.density * (double)(K * N) - (double)b.nnz) < 1e-9);
                sc_pattern_free(&a);
                sc_pattern_free(&b);
            }
}

/* Sides without rows or columns give zeros, never NaN. */
Test(measure, empty_sides)
{
    static const uint64_t sizes[][3] = {{0, 0, 0}, {0, 5, 5}, {5, 0, 5}, {5, 5, 0}, {5, 5, 5}};
    for (size_t s = 0; s < 5; s++) {
        struct sc_pattern a = draw(sizes[s][0], sizes[s][1], 0, specs[0], 1);
        struct sc_pattern b = draw(sizes[s][1], sizes[s][2], 0, specs[0], 1);
        struct sc_profile p;
        struct sc_measured m;
        cr_assert_eq(sc_profile_measure(&p, &a, &b, NULL, &m, NULL), SC_OK);
        cr_expect(p.products == 0 && p.nnz_c == 0 && p.a.density == 0 && p.b.density == 0);
        cr_expect(p.a.row.mean == 0 && p.a.col.variance == 0 && p.b.row.mean == 0 && m.b_col.cv == 0);
        cr_expect_eq(m.b_col.empty, sizes[s][2]);
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
}

/* A uniform pattern stays one stratum with the variance measured; skewed lengths are cut into strata of about equal
 * nonzeros, empty fibers apart. */
Test(measure, strata)
{
    struct sc_pattern a = draw(3000, 2000, 0.02, specs[0], 5), b = draw(2000, 3000, 0.01, specs[1], 6);
    struct sc_profile p;
    struct sc_measured m;
    cr_assert_eq(sc_profile_measure(&p, &a, &b, NULL, &m, NULL), SC_OK);
    cr_expect(p.a.row.strata == 1 && p.a.col.strata == 1, "%u %u", p.a.row.strata, p.a.col.strata);
    cr_expect(fabs(p.a.row.variance / (40 * 0.98) - 1) < 0.2, "%g", p.a.row.variance);
    const struct sc_lengths *l = &p.b.row;
    cr_expect(l->strata > 8, "%u strata", l->strata);
    unsigned first = l->stratum[0].mean == 0;
    cr_expect_eq(first, m.b_row.empty > 0);
    if (first)
        cr_expect(fabs(l->stratum[0].share * 2000 - (double)m.b_row.empty) < 1e-6 && l->stratum[0].variance == 0);
    for (unsigned i = first; i + 1 < l->strata; i++) { /* but for those that hold fibers longer than a share */
        double nonzeros = l->stratum[i].share * l->stratum[i].mean / l->mean;
        cr_expect(nonzeros < 2.0 / (SC_STRATA_MAX - first) || l->stratum[i].variance < 1, "stratum %u: %g", i,
                  nonzeros);
    }
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

/* While there are at most 16 lengths each has its own stratum, also those that hold next to nothing, and the
 * distribution is exact. */
Test(measure, few_lengths_are_exact)
{
    struct sc_pattern a = {0}, b = draw(64, 8, 0.5, specs[0], 1);
    struct sc_profile p;
    cr_assert_eq(sc_pattern_alloc(&a, 4, 64, 67, NULL), SC_OK);
    static const uint64_t ptr[] = {0, 0, 1, 3, 67};
    memcpy(a.ptr, ptr, sizeof ptr);
    for (uint32_t q = 0; q < 67; q++)
        a.idx[q] = q < 3 ? q : q - 3;
    cr_assert_eq(sc_profile_measure(&p, &a, &b, NULL, NULL, NULL), SC_OK);
    cr_assert_eq(p.a.row.strata, 4);
    static const double lengths[] = {0, 1, 2, 64};
    for (int i = 0; i < 4; i++) {
        const struct sc_stratum *s = &p.a.row.stratum[i];
        cr_expect(s->share == 0.25 && s->mean == lengths[i] && s->variance == 0, "stratum %d", i);
    }
    cr_expect(fabs(sc_lengths_empty(&p.a.row) - 0.25) < 1e-12);
    cr_expect(fabs(sc_lengths_survival(&p.a.row, 1) - 0.5) < 1e-12);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

/* The profile of a large uniform layer is the one that its densities predict. */
Test(measure, agrees_with_expected_values)
{
    struct sc_layer layer = {.name = "l", .model = "", .M = 1500, .K = 1200, .N = 900, .count = 1, .density_a = 0.03,
                             .density_b = 0.05};
    struct sc_pattern a, b;
    struct sc_profile measured, expected;
    cr_assert_eq(sc_layer_patterns(&layer, 9, &a, &b, NULL), SC_OK);
    cr_assert_eq(sc_profile_measure(&measured, &a, &b, NULL, NULL, NULL), SC_OK);
    cr_assert_eq(sc_profile_from_layer(&expected, &layer, NULL), SC_OK);
    cr_expect(measured.a.nnz == expected.a.nnz && measured.b.nnz == expected.b.nnz);
    cr_expect(fabs(measured.products / expected.products - 1) < 0.01, "%g %g", measured.products, expected.products);
    cr_expect(fabs(measured.nnz_c / expected.nnz_c - 1) < 0.01, "%g %g", measured.nnz_c, expected.nnz_c);
    double u = sc_profile_union(&measured, 36), v = sc_profile_union(&expected, 36);
    cr_expect(fabs(u / v - 1) < 0.01, "%g %g", u, v);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

Test(measure, sampled_nonzeros)
{
    struct sc_pattern a = draw(5000, 3000, 0.01, specs[2], 3), b = draw(3000, 4000, 0.01, specs[1], 4);
    struct sc_measure_options options = {.products_max = 400000}, none = {.products_max = UINT64_MAX};
    struct sc_profile exact, sampled;
    struct sc_measured m;
    cr_assert_eq(sc_profile_measure(&exact, &a, &b, &none, &m, NULL), SC_OK);
    cr_expect(!m.sampled && m.products > 4 * options.products_max, "%" PRIu64, m.products);
    cr_assert_eq(sc_profile_measure(&sampled, &a, &b, &options, &m, NULL), SC_OK);
    cr_expect(m.sampled && sampled.products == exact.products);
    cr_expect(fabs(sampled.nnz_c / exact.nnz_c - 1) < 0.05, "%g %g", sampled.nnz_c, exact.nnz_c);
    options.products_max = 1; /* too few for a single row: counted after all */
    cr_assert_eq(sc_profile_measure(&sampled, &a, &b, &options, &m, NULL), SC_OK);
    cr_expect(!m.sampled && sampled.nnz_c == exact.nnz_c);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

Test(measure, shapes_must_fit)
{
    struct sc_pattern a = draw(4, 5, 0.5, specs[0], 1), b = draw(6, 7, 0.5, specs[0], 1);
    struct sc_profile p;
    struct sc_error err = {0};
    cr_expect_eq(sc_profile_measure(&p, &a, &b, NULL, NULL, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "A is 4 x 5 and B is 6 x 7"), "%s", err.message);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}
