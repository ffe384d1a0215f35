/* test_operands.c - the patterns of a layer: drawn or read, the same wherever the layer stands; patterns written and
 * read back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "matrix_files.h"
#include "traces/generate.h"
#include "traces/measure.h"
#include "traces/operands.h"
#include "traces/pattern_read.h"
#include "traces/pattern_write.h"

static struct sc_layer layer_of(const char *name, const char *model)
{
    return (struct sc_layer){.name = name, .model = model, .M = 30, .K = 40, .N = 20, .count = 1, .density_a = 0.3,
                             .density_b = 0.2, .line = 7};
}

static void fill(const struct sc_layer *layer, uint64_t seed, struct sc_pattern *a, struct sc_pattern *b)
{
    struct sc_error err = {0};
    cr_assert_eq(sc_layer_patterns(layer, seed, a, b, &err), SC_OK, "%s", err.message);
    cr_assert(a->rows == layer->M && a->cols == layer->K && b->rows == layer->K && b->cols == layer->N);
    cr_assert(sc_pattern_check(a, &err) == SC_OK && sc_pattern_check(b, &err) == SC_OK, "%s", err.message);
}

Test(operands, depend_on_seed_and_name_only)
{
    static const struct {
        const char *name, *model;
        uint64_t seed, line;
        bool same;
    } cases[] = {
        {"conv1", "net", 1, 7, true},  {"conv1", "net", 1, 99, true},  {"conv2", "net", 1, 7, false},
        {"conv1", "ne", 1, 7, false},  {"conv1", "net", 2, 7, false},  {"tconv1", "ne", 1, 7, false},
        {"conv1", "net", UINT64_C(1) << 40 | 1, 7, false},
    };
    struct sc_layer layer = layer_of("conv1", "net");
    struct sc_pattern a, b;
    fill(&layer, 1, &a, &b);
    cr_expect_eq(a.nnz, 360);
    cr_expect_eq(b.nnz, 160);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_pattern c, d;
        layer = layer_of(cases[i].name, cases[i].model);
        layer.line = cases[i].line;
        fill(&layer, cases[i].seed, &c, &d);
        cr_expect_eq(same_pattern(&a, &c), cases[i].same, "A of case %zu", i);
        cr_expect_eq(same_pattern(&b, &d), cases[i].same, "B of case %zu", i);
        sc_pattern_free(&c);
        sc_pattern_free(&d);
    }
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

Test(operands, a_and_b_differ_and_lie_along_k)
{
    struct sc_layer layer = layer_of("l", "");
    struct sc_pattern a, b;
    layer.M = layer.N = layer.K = 32;
    layer.density_b = layer.density_a;
    fill(&layer, 1, &a, &b);
    cr_expect(!same_pattern(&a, &b));
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    layer.pattern_a = layer.pattern_b = (struct sc_pattern_spec){.kind = SC_NM, .nm_n = 1, .nm_m = 32};
    fill(&layer, 1, &a, &b); /* one nonzero in every row of A and every column of B */
    for (uint64_t row = 0; row < 32; row++)
        cr_assert_eq(a.ptr[row + 1], row + 1);
    uint32_t seen = 0;
    for (uint64_t q = 0; q < b.nnz; q++)
        seen |= UINT32_C(1) << b.idx[q];
    cr_expect(b.nnz == 32 && seen == UINT32_MAX);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

Test(operands, read_from_files)
{
    struct sc_layer layer = layer_of("l", "");
    struct sc_pattern a, b;
    struct sc_error err = {0};
    struct sc_profile p;
    char text[64];

    layer.M = 2;
    layer.K = 4;
    layer.density_a = -1;
    layer.a_file = matrix_text("2, 4, 3\n0 1 3\n2 0 3", true);
    fill(&layer, 1, &a, &b);
    pattern_text(text, sizeof text, &a);
    cr_expect_str_eq(text, "2|0 3|");
    cr_expect_eq(b.nnz, 16);
    cr_assert_eq(sc_profile_layer(&p, &layer, &err), SC_OK, "%s", err.message);
    cr_expect(p.M == 2 && p.K == 4 && p.N == 20 && p.a.nnz == 3 && p.b.nnz == 16);
    sc_pattern_free(&a);
    sc_pattern_free(&b);

    layer.M = 3; /* another shape than the file's */
    cr_expect_eq(sc_layer_patterns(&layer, 1, &a, &b, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "operand A") && strstr(err.message, layer.a_file) &&
                  strstr(err.message, "2 x 4, expected M x K = 3 x 4"), "%s", err.message);
    cr_expect(!a.ptr && !b.ptr && err.line == 0);
    unlink(layer.a_file);
    cr_expect_eq(sc_layer_patterns(&layer, 1, &a, &b, &err), SC_IO);
    cr_expect(strstr(err.message, "cannot open") && strstr(err.message, layer.a_file), "%s", err.message);
    layer.a_file = matrix_text("2, 4, 3\n0 1 3\n2 9 3", false);
    cr_expect_eq(sc_layer_patterns(&layer, 1, &a, &b, &err), SC_BAD_INPUT);
    cr_expect(err.line == 3 && strcmp(err.file, layer.a_file) == 0, "%s", err.message);
    unlink(layer.a_file);
}

Test(operands, failures_name_the_operand)
{
    struct sc_layer layer = layer_of("l", "");
    struct sc_pattern a, b;
    struct sc_error err = {0};
    layer.pattern_b = (struct sc_pattern_spec){.kind = SC_BANDED, .band = 1};
    cr_expect_eq(sc_layer_patterns(&layer, 1, &a, &b, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "operand B: ") && err.line == 0, "%s", err.message);
    cr_expect(!a.ptr && !b.ptr);
}

Test(operands, profiles_without_files_are_expected_values)
{
    struct sc_layer layer = layer_of("l", "");
    struct sc_profile p, q;
    cr_assert_eq(sc_profile_layer(&p, &layer, NULL), SC_OK);
    cr_assert_eq(sc_profile_from_layer(&q, &layer, NULL), SC_OK);
    cr_expect(p.products == q.products && p.nnz_c == q.nnz_c && p.products == 1440);
}

/* Written in every format, patterns of every kind read back the same, and the same again gives the same bytes. */
Test(operands, written_and_read_back)
{
    static const char *const endings[] = {".mtx", ".smtx", ".mtx.gz", ".smtx.gz"};
    static const uint64_t sizes[][2] = {{0, 0}, {0, 9}, {1, 1}, {9, 0}, {300, 500}};
    char path[600];
    for (size_t s = 0; s < 5; s++)
        for (size_t e = 0; e < 4; e++) {
            struct sc_pattern p, back;
            struct sc_write_format format;
            struct sc_read_info info;
            struct sc_read_options options = {.info = &info};
            struct sc_error err = {0};
            struct sc_pattern_spec spec = {.kind = SC_ROWSKEW, .skew = 1};
            cr_assert_eq(sc_pattern_generate(&p, sizes[s][0], sizes[s][1], 0.2, &spec, true, 4, &err), SC_OK);
            const char *base = list_file("", 0);
            unlink(base);
            snprintf(path, sizeof path, "%s%s", base, endings[e]);
            cr_assert_eq(sc_write_format_of(&format, path, &err), SC_OK, "%s", err.message);
            cr_assert_eq(sc_pattern_write(&p, path, &format, "a comment", &err), SC_OK, "%s", err.message);
            FILE *file = fopen(path, "rb");
            cr_expect_eq(fgetc(file) == 0x1f, format.gzip);
            fclose(file);
            cr_assert_eq(sc_pattern_read(&back, path, &options, &err), SC_OK, "%s: %s", endings[e], err.message);
            cr_expect(same_pattern(&p, &back), "%zu%s", s, endings[e]);
            cr_expect_eq(info.file, format.smtx ? SC_FILE_SMTX : SC_FILE_COORDINATE);
            unlink(path);
            sc_pattern_free(&p);
            sc_pattern_free(&back);
        }
}

Test(operands, formats_by_name)
{
    static const struct {
        const char *path;
        int status;
        bool smtx, gzip;
    } cases[] = {
        {"-", SC_OK, false, false},        {"a.mtx", SC_OK, false, false},    {"d.x/a.smtx", SC_OK, true, false},
        {"a.mtx.gz", SC_OK, false, true},  {"a.smtx.gz", SC_OK, true, true},  {"a.gz", SC_BAD_USAGE, false, false},
        {"a.txt", SC_BAD_USAGE, false, false}, {"", SC_BAD_USAGE, false, false}, {".mtx", SC_BAD_USAGE, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_write_format format;
        struct sc_error err = {0};
        cr_expect_eq(sc_write_format_of(&format, cases[i].path, &err), cases[i].status, "%s", cases[i].path);
        if (cases[i].status == SC_OK)
            cr_expect(format.smtx == cases[i].smtx && format.gzip == cases[i].gzip, "%s", cases[i].path);
        else
            cr_expect(strstr(err.message, ".smtx.gz"), "%s", err.message);
    }
}

Test(operands, nothing_is_left_of_a_failed_write)
{
    struct sc_pattern p;
    struct sc_error err = {0};
    struct sc_pattern_spec spec = {.kind = SC_UNIFORM};
    struct sc_write_format format = {.gzip = true};
    cr_assert_eq(sc_pattern_generate(&p, 10, 10, 0.5, &spec, true, 1, &err), SC_OK);
    cr_expect_eq(sc_pattern_write(&p, "/nonexistent/a.mtx.gz", &format, NULL, &err), SC_IO);
    if (access("/dev/full", W_OK) == 0)
        cr_expect_eq(sc_pattern_write(&p, "/dev/full", &format, NULL, &err), SC_IO);
    sc_pattern_free(&p);
}
