/* test_profile.c - the formulas of profiles against Monte-Carlo draws of the pattern generator.
 *
 * Every comparison allows four standard errors of the drawn mean (one chance in 16000 each; the seeds are fixed) plus a
 * model error stated with the case: 0 where a formula is exact in expectation.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimator/profile.h"
#include "traces/generate.h"

enum { GROUPS = 3, WINDOWS = 5, WINDOWS_NEEDED = 300 };
static const uint64_t group_size[GROUPS] = {4, 16, 40};

/* Sum of x over sum of w, one pair per draw. */
struct ratio {
    double x, w, xx, xw, ww, draws;
};

static void add(struct ratio *r, double x, double w)
{
    r->x += x;
    r->w += w;
    r->xx += x * x;
    r->xw += x * w;
    r->ww += w * w;
    r->draws++;
}

static double mean(const struct ratio *r)
{
    return r->x / r->w;
}

static double standard_error(const struct ratio *r)
{
    double m = mean(r), squares = r->xx - 2 * m * r->xw + m * m * r->ww;
    return sqrt(fmax(0, squares) * r->draws / (r->draws - 1)) / r->w;
}

/* The model may be off by a share of the drawn mean and by an absolute part. */
static void compare(const char *where, const char *what, double model, const struct ratio *r, double share, double part)
{
    double m = mean(r), se = standard_error(r), off = fabs(model - m);
    double allowed = 4 * se + (share + 1e-7) * fabs(m) + part;
    cr_expect(isfinite(model) && off <= allowed, "%s, %s: model %.6g, drawn %.6g +- %.2g, off by %.2f %% of %.2f %%",
              where, what, model, m, se, 100 * off / fabs(m), 100 * allowed / fabs(m));
}

/* A pattern and its transpose. */
static void draw_pattern(struct sc_pattern *p, struct sc_pattern *columns, uint64_t rows, uint64_t cols, double density,
                         const struct sc_pattern_spec *spec, bool is_a, uint64_t seed)
{
    struct sc_error err = {0};
    cr_assert_eq(sc_pattern_generate(p, rows, cols, density, spec, is_a, seed, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_pattern_transpose(columns, p, &err), SC_OK, "%s", err.message);
}

struct drawn_lengths {
    struct ratio square; /* of the distance from the mean */
    struct ratio empty, longest[GROUPS];
};

/* Groups take at most one row of every `run` equal rows, whose lengths would not be independent. */
static void add_longest(struct drawn_lengths *d, const struct sc_pattern *p, uint64_t run, gsl_rng *rng)
{
    uint64_t count = p->rows / run, *length = malloc((count + 1) * sizeof *length);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t row = i * run + gsl_rng_uniform_int(rng, run), j = gsl_rng_uniform_int(rng, i + 1);
        length[i] = length[j]; /* a shuffle that grows from within */
        length[j] = p->ptr[row + 1] - p->ptr[row];
    }
    for (int g = 0; g < GROUPS; g++) {
        double sum = 0, groups = 0;
        for (uint64_t first = 0; first + group_size[g] <= count; first += group_size[g], groups++) {
            uint64_t most = 0;
            for (uint64_t i = first; i < first + group_size[g]; i++)
                most = length[i] > most ? length[i] : most;
            sum += (double)most;
        }
        add(&d->longest[g], sum, groups);
    }
    free(length);
}

static void add_lengths(struct drawn_lengths *d, const struct sc_pattern *p, double run, gsl_rng *rng)
{
    double average = (double)p->nnz / (double)p->rows, squares = 0, empty = 0;
    for (uint64_t i = 0; i < p->rows; i++) {
        double length = (double)(p->ptr[i + 1] - p->ptr[i]);
        squares += (length - average) * (length - average);
        empty += length == 0;
    }
    add(&d->square, squares, (double)p->rows);
    add(&d->empty, empty, (double)p->rows);
    add_longest(d, p, (uint64_t)run, rng);
}

/* A pattern, and how far off variance, share of empty fibers and maxima may be along its rows [0] and columns [1]. */
struct length_case {
    const char *pattern;
    uint64_t rows, cols;
    double density;
    struct {
        double variance, empty, longest;
    } bound[2];
};

/* Skewed kinds: the law stands in ranges of ranks (variance 1.5 % or 0.1, maxima 1 %); across it two moments stand for
 * a sum of unlike chances, which costs tails more the steeper the law: one row of rowskew:2 is full, so that no column
 * is empty and lengths are one more than a narrow distribution.  Bands: clipped rows stand in four parts. */
static const struct length_case length_cases[] = {
    {"uniform", 120, 80, 0.05, {{0, 0, 0.002}, {0, 0, 0.002}}},
    {"uniform", 30, 200, 0.4, {{0, 0, 0.004}, {0, 0, 0.002}}},
    {"uniform", 200, 50, 0.015, {{0, 0, 0.002}, {0, 0, 0.002}}},
    {"rowskew:0", 100, 60, 0.05, {{0.015, 0, 0.001}, {0, 0, 0.002}}},
    {"rowskew:0.3", 150, 90, 0.03, {{0.015, 0, 0.01}, {0, 0, 0.005}}},
    {"rowskew:1", 200, 160, 0.15, {{0.015, 0, 0.01}, {0, 0, 0.008}}},
    {"rowskew:2", 150, 120, 0.02, {{0.015, 0, 0.01}, {0, 0.012, 0.12}}},
    {"colskew:0.7", 160, 200, 0.1, {{0, 0, 0.005}, {0.015, 0, 0.01}}},
    {"colskew:1.2", 90, 150, 0.3, {{0, 0, 0.01}, {0.015, 0, 0.01}}},
    {"block:4x4", 128, 96, 0.125, {{0, 0, 0.004}, {0, 0, 0.004}}},
    {"block:8x2", 128, 96, 0.3125, {{0, 0, 0.004}, {0, 0, 0.004}}},
    {"block:1x16", 100, 160, 0.1, {{0, 0, 0.004}, {0, 0, 0.004}}},
    {"block:5x3", 107, 91, 0.2, {{0.02, 0.004, 0.02}, {0.02, 0.004, 0.02}}}, /* cut blocks at both edges */
    {"banded:20", 120, 90, 0.06, {{0.005, 0.001, 0.01}, {0.005, 0.001, 0.01}}},
    {"banded:70", 90, 60, 0.4, {{0.01, 0.001, 0.01}, {0.01, 0.001, 0.01}}},
    {"banded:3", 60, 200, 0.008, {{0.005, 0.001, 0.01}, {0.005, 0.001, 0.01}}},
    {"nm:2:4", 64, 64, 0.5, {{0, 0, 0}, {0, 0, 0.002}}},
    {"nm:1:16", 60, 90, 0.0667, {{0, 0, 0}, {0, 0, 0.01}}},
    {"nm:3:7", 50, 102, 0.44, {{0, 0, 0}, {0, 0, 0.004}}},
};

static void compare_lengths(const struct length_case *c, const char *where, int axis, const struct drawn_lengths *d,
                            const struct sc_lengths *l)
{
    static const char *what[GROUPS] = {"longest of 4", "longest of 16", "longest of 40"};
    double variance = c->bound[axis].variance;
    compare(where, "variance", l->variance, &d->square, variance, 7 * variance);
    /* a share that was never seen is known to within its own chance of that */
    double empty = sc_lengths_empty(l), unseen = 4 * sqrt(empty / d->empty.w);
    compare(where, "empty fibers", empty, &d->empty, 0, c->bound[axis].empty + unseen);
    for (int g = 0; g < GROUPS; g++)
        if (d->longest[g].w > 0)
            compare(where, what[g], sc_lengths_expected_max(l, (double)group_size[g]), &d->longest[g],
                    c->bound[axis].longest, 0);
}

/* One case on operand A (K along the columns) or B (along the rows): nm patterns turn with it. */
static void check_lengths(const struct length_case *c, bool is_a, gsl_rng *rng)
{
    enum { DRAWS = 150 };
    struct sc_pattern_spec spec;
    struct sc_side side;
    struct sc_error err = {0};
    struct drawn_lengths drawn[2] = {{.empty = {0}}};
    cr_assert_eq(sc_pattern_parse(&spec, c->pattern, &err), SC_OK);
    bool turned = spec.kind == SC_NM && !is_a;
    uint64_t rows = turned ? c->cols : c->rows, cols = turned ? c->rows : c->cols;
    cr_assert_eq(sc_side_from_density(&side, rows, cols, c->density, &spec, is_a, &err), SC_OK, "%s", err.message);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        struct sc_pattern p, columns;
        draw_pattern(&p, &columns, rows, cols, c->density, &spec, is_a, 1000 + draw);
        cr_assert_eq((double)p.nnz, side.nnz, "%s: %g nonzeros, %g drawn", c->pattern, side.nnz, (double)p.nnz);
        add_lengths(&drawn[0], &p, side.run_rows, rng);
        add_lengths(&drawn[1], &columns, side.run_cols, rng);
        sc_pattern_free(&p);
        sc_pattern_free(&columns);
    }
    const struct sc_lengths *l[2] = {&side.row, &side.col};
    for (int axis = 0; axis < 2; axis++) {
        char where[64];
        snprintf(where, sizeof where, "%s of %s as %s", axis ? "columns" : "rows", c->pattern, is_a ? "A" : "B");
        cr_expect_float_eq(l[axis]->mean * l[axis]->fibers, side.nnz, 1e-9 * side.nnz, "%s", where);
        compare_lengths(c, where, turned ? !axis : axis, &drawn[axis], l[axis]);
    }
}

Test(profile, lengths_of_every_kind_on_both_operands)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    for (size_t i = 0; i < sizeof length_cases / sizeof *length_cases; i++) {
        check_lengths(&length_cases[i], true, rng);
        check_lengths(&length_cases[i], false, rng);
    }
    gsl_rng_free(rng);
}

/* Distinct columns of the second operand that windows of `size` consecutive nonzeros of rows of the first select. */
struct drawn_windows {
    uint64_t size[WINDOWS];
    struct ratio columns[WINDOWS];
};

struct drawn_pair {
    struct ratio products, nnz_c;
    struct drawn_windows straight, transposed;
};

static uint64_t *bit_rows(const struct sc_pattern *p, size_t words)
{
    uint64_t *bits = calloc(p->rows * words, sizeof *bits);
    for (uint64_t i = 0; i < p->rows; i++)
        for (uint64_t q = p->ptr[i]; q < p->ptr[i + 1]; q++)
            bits[i * words + p->idx[q] / 64] |= UINT64_C(1) << p->idx[q] % 64;
    return bits;
}

static double distinct(const uint64_t *bits, size_t words, const uint32_t *row, uint64_t rows, uint64_t *scratch)
{
    double sum = 0;
    memset(scratch, 0, words * sizeof *scratch);
    for (uint64_t i = 0; i < rows; i++)
        for (size_t w = 0; w < words; w++)
            scratch[w] |= bits[row[i] * words + w];
    for (size_t w = 0; w < words; w++)
        for (uint64_t rest = scratch[w]; rest; rest &= rest - 1)
            sum++;
    return sum;
}

/* Adds the windows of one draw; returns the nonzeros of the product. */
static double add_windows(struct drawn_windows *d, const struct sc_pattern *a, const struct sc_pattern *b)
{
    size_t words = (b->cols + 63) / 64;
    uint64_t *bits = bit_rows(b, words), *scratch = malloc(words * sizeof *scratch);
    double nnz_c = 0;
    for (uint64_t m = 0; m < a->rows; m++)
        nnz_c += distinct(bits, words, a->idx + a->ptr[m], a->ptr[m + 1] - a->ptr[m], scratch);
    for (int i = 0; i < WINDOWS; i++) {
        double sum = 0, windows = 0;
        for (uint64_t m = 0; m < a->rows; m++)
            for (uint64_t q = a->ptr[m]; q + d->size[i] <= a->ptr[m + 1]; q += d->size[i], windows++)
                sum += distinct(bits, words, a->idx + q, d->size[i], scratch);
        add(&d->columns[i], sum, windows);
    }
    free(bits);
    free(scratch);
    return nnz_c;
}

static void add_pair(struct drawn_pair *d, const struct sc_layer *l, uint64_t seed)
{
    struct sc_pattern a, b, a_columns, b_columns;
    double products = 0;
    draw_pattern(&a, &a_columns, l->M, l->K, l->density_a, &l->pattern_a, true, 2 * seed);
    draw_pattern(&b, &b_columns, l->K, l->N, l->density_b, &l->pattern_b, false, 2 * seed + 1);
    for (uint64_t k = 0; k < l->K; k++)
        products += (double)(a_columns.ptr[k + 1] - a_columns.ptr[k]) * (double)(b.ptr[k + 1] - b.ptr[k]);
    add(&d->products, products, 1);
    add(&d->nnz_c, add_windows(&d->straight, &a, &b), 1);
    add_windows(&d->transposed, &b_columns, &a_columns);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    sc_pattern_free(&a_columns);
    sc_pattern_free(&b_columns);
}

/* Kinds whose places along K are neighbours of each other; the others are exchangeable. */
static bool structured(const struct sc_pattern_spec *spec)
{
    return spec->kind == SC_BLOCK || spec->kind == SC_BANDED || spec->kind == SC_NM;
}

static double compare_windows(const char *where, const struct sc_profile *p, const struct drawn_windows *d,
                              double bound, double *compared)
{
    double off = 0;
    for (int i = 0; i < WINDOWS; i++) {
        char what[64];
        snprintf(what, sizeof what, "columns of %d rows", (int)d->size[i]);
        if (d->columns[i].w < WINDOWS_NEEDED) /* rows so long are rare: no estimate is to be had */
            continue;
        double model = sc_profile_union(p, (double)d->size[i]), m = mean(&d->columns[i]);
        compare(where, what, model, &d->columns[i], bound, 0);
        off += fabs(model - m) / m;
        ++*compared;
    }
    return off;
}

struct pair_case {
    uint64_t M, K, N;
    double density_a, density_b;
    const char *a[9], *b[9];
};

/* Model errors: products exact, but for the midpoint rule over two bands.  Nonzeros of C: 0.5 % while one operand is
 * exchangeable, 3 % else.  Columns of several rows: 1 % in an exchangeable operand; 12 % among neighbours: formulas
 * know places on average while windows of a few rows, groups and runs of small sizes can fall into step. */
static void check_pair(const struct pair_case *c, const char *a, const char *b, double off[2], double compared[2])
{
    struct sc_layer l = {.name = "", .model = "", .M = c->M, .K = c->K, .N = c->N, .count = 1,
                         .density_a = c->density_a, .density_b = c->density_b};
    struct sc_profile p, t;
    struct sc_error err = {0};
    char where[96];
    cr_assert(sc_pattern_parse(&l.pattern_a, a, &err) == SC_OK && sc_pattern_parse(&l.pattern_b, b, &err) == SC_OK);
    cr_assert_eq(sc_profile_from_layer(&p, &l, &err), SC_OK, "%s", err.message);
    sc_profile_transpose(&t, &p);
    bool both_banded = l.pattern_a.kind == SC_BANDED && l.pattern_b.kind == SC_BANDED;
    bool one_exchangeable = !structured(&l.pattern_a) || !structured(&l.pattern_b);
    struct drawn_pair d = {.straight = {{1, 2, 8, 24, (uint64_t)p.a.row.mean}, {{0}}},
                           .transposed = {{1, 3, 8, 24, (uint64_t)t.a.row.mean}, {{0}}}};
    for (uint64_t seed = 1; seed <= 50; seed++)
        add_pair(&d, &l, seed);
    snprintf(where, sizeof where, "%s x %s (%d x %d x %d)", a, b, (int)c->M, (int)c->K, (int)c->N);
    compare(where, "products", p.products, &d.products, both_banded ? 0.002 : 0, 0);
    compare(where, "nonzeros of C", p.nnz_c, &d.nnz_c, one_exchangeable ? 0.005 : 0.03, 0);
    int kind = structured(&l.pattern_b);
    off[kind] += compare_windows(where, &p, &d.straight, kind ? 0.12 : 0.01, &compared[kind]);
    kind = structured(&l.pattern_a);
    off[kind] += compare_windows(where, &t, &d.transposed, kind ? 0.12 : 0.01, &compared[kind]);
}

static const struct pair_case pair_cases[] = {
    {200, 160, 120, 0.15, 0.2,
     {"uniform", "rowskew:1", "colskew:.7", "block:4x4", "block:5x3", "banded:40", "banded:161", "nm:2:4", "nm:3:8"},
     {"uniform", "rowskew:.3", "colskew:1", "block:4x4", "block:2x8", "banded:40", "banded:150", "nm:2:4", "nm:1:8"}},
    {100, 240, 64, 0.5, 0.06,
     {"uniform", "rowskew:0.5", "colskew:1.2", "block:4x4", "block:1x16", "banded:200", "nm:1:4"},
     {"uniform", "rowskew:2", "colskew:0.5", "block:4x4", "block:8x1", "banded:12", "nm:1:16"}},
    {60, 90, 200, 0.04, 0.6, /* the last nm groups are cut */
     {"uniform", "rowskew:1.5", "colskew:0.5", "block:3x3", "banded:30", "nm:2:4", "nm:1:16"},
     {"uniform", "rowskew:0.7", "colskew:1", "block:3x5", "banded:190", "nm:2:4", "nm:3:7"}},
};

/* The bounds above are for the worst comparison; the mean error is to stay below 0.3 % and, among neighbours, 1.2 %. */
Test(profile, pairs_of_all_kinds)
{
    for (size_t n = 0; n < sizeof pair_cases / sizeof *pair_cases; n++) {
        const struct pair_case *c = &pair_cases[n];
        double off[2] = {0, 0}, compared[2] = {0, 0};
        for (int i = 0; i < 9 && c->a[i]; i++)
            for (int j = 0; j < 9 && c->b[j]; j++)
                check_pair(c, c->a[i], c->b[j], off, compared);
        cr_expect_leq(off[0] / compared[0], 0.003, "list %zu: mean error %g", n, off[0] / compared[0]);
        cr_expect_leq(off[1] / compared[1], 0.012, "list %zu, neighbours: mean error %g", n, off[1] / compared[1]);
    }
}

static void check_bounds(const struct sc_profile *p, const char *where)
{
    double before = 0;
    cr_expect(p->products >= 0 && isfinite(p->products), "%s: products %g", where, p->products);
    cr_expect(p->nnz_c >= 0 && p->nnz_c <= p->M * p->N && p->nnz_c <= p->products, "%s: nnz C %g", where, p->nnz_c);
    cr_expect_float_eq(sc_profile_union(p, 1), p->b.nnz / p->K, 1e-6 * p->b.nnz / p->K + 1e-12, "%s", where);
    for (double f = 0; f <= p->K; f = f < 1 ? f + 0.25 : ceil(f * 1.7)) {
        double columns = sc_profile_union(p, f);
        cr_expect(columns >= 0.97 * before && columns <= p->N * (1 + 1e-12) && columns <= 1.03 * f * p->N,
                  "%s: %g columns of %g rows after %g", where, columns, f, before);
        before = columns;
    }
    for (double g = 1; g < 1e12; g *= 1000)
        cr_expect(sc_lengths_expected_max(&p->b.row, g) <= p->N && sc_lengths_expected_max(&p->b.col, g) <= p->K);
}

Test(profile, extremes_stay_in_bounds)
{
    static const char *kinds[] = {"uniform", "rowskew:0", "rowskew:50", "colskew:1", "block:3x1000000",
                                  "block:1000003x999983", "banded:1000000000000", "nm:1:1000000007", "nm:5:5"};
    static const uint64_t sizes[][3] = {{1, 1, 1}, {1, 1000, 3}, {2, 3, 1}, {1000000, 7, 1000}, {3, 2000000011, 5},
                                        {4000000, 4000000, 4000000}};
    static const double densities[] = {0, 1e-12, 1e-5, 0.3, 1};
    for (int i = 0; i < 9 * 9 * 6 * 5; i++) {
        const uint64_t *size = sizes[i / 81 % 6];
        const char *a = kinds[i % 9], *b = kinds[i / 9 % 9];
        struct sc_layer l = {.name = "", .model = "", .M = size[0], .K = size[1], .N = size[2], .count = 1,
                             .density_a = densities[i / 486], .density_b = densities[(i + i / 7) % 5]};
        struct sc_profile p, t;
        struct sc_error err = {0};
        char where[160];
        cr_assert(sc_pattern_parse(&l.pattern_a, a, &err) == SC_OK && sc_pattern_parse(&l.pattern_b, b, &err) == SC_OK);
        snprintf(where, sizeof where, "%s x %s, %g x %g x %g at %g, %g", a, b, (double)l.M, (double)l.K, (double)l.N,
                 l.density_a, l.density_b);
        cr_assert_eq(sc_profile_from_layer(&p, &l, &err), SC_OK, "%s: %s", where, err.message);
        check_bounds(&p, where);
        sc_profile_transpose(&t, &p);
        check_bounds(&t, where);
    }
}

Test(profile, refuses_what_no_pattern_can_have)
{
    struct sc_layer l = {.name = "", .model = "", .M = 100, .K = 100, .N = 100, .count = 1, .density_a = 0.2,
                         .density_b = 0.5, .pattern_a = {.kind = SC_BANDED, .band = 10}};
    struct sc_profile p;
    struct sc_error err = {0};
    cr_expect_eq(sc_profile_from_layer(&p, &l, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "10 columns") && strstr(err.message, "0.0975"), "%s", err.message);
    l.density_a = 0.0975; /* 10 wide in the middle, 5 at the ends */
    cr_expect_eq(sc_profile_from_layer(&p, &l, &err), SC_OK, "%s", err.message);
    l.density_b = -1;
    cr_expect_eq(sc_profile_from_layer(&p, &l, &err), SC_UNSUPPORTED);
}
