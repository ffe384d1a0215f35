/* test_layer.c - our layer CSV: what loads and as what, what is refused and where, and memory over a million rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lists.h"
#include "rows.h"
#include "text.h"

#define HEADER "layer,M,N,K,density_a,density_b\n"

static void expect_error(const struct outcome *outcome, uint64_t line, const char *fragment, const char *what)
{
    cr_expect(outcome->status != SC_END && outcome->status != SC_OK, "must be refused: %s", what);
    if (outcome->status == SC_END || outcome->status == SC_OK)
        return;
    cr_expect_eq(outcome->err.line, line, "line %" PRIu64 ", expected %" PRIu64 " for: %s", outcome->err.line, line,
                 what);
    cr_expect(strstr(outcome->err.message, fragment), "message '%s' lacks '%s'", outcome->err.message, fragment);
    cr_expect(outcome->err.file[0], "the message names the file");
}

Test(layer, nonzero_counts)
{
    cr_expect_eq(sc_nonzeros(0, 10, 10), 0);
    cr_expect_eq(sc_nonzeros(1, 10, 10), 100);
    cr_expect_eq(sc_nonzeros(0.5, 3, 3), 5);
    cr_expect_eq(sc_nonzeros(0.1, 7, 7), 5);
    cr_expect_eq(sc_nonzeros(1, UINT64_MAX, 1), UINT64_MAX);
    cr_expect_leq(sc_nonzeros(1 - 0x1p-53, UINT64_MAX, 1), UINT64_MAX);
    cr_expect_eq(sc_nonzeros(-1, 10, 10), 0, "a density that only the file knows");
    cr_expect_eq(sc_nonzeros(NAN, 10, 10), 0);
}

Test(layer, patterns_read_and_write)
{
    static const char *const good[] = {"uniform",   "rowskew:1.2", "rowskew:0", "colskew:0.1",
                                       "block:4x8", "banded:64",   "nm:2:4",    "nm:4:4"};
    static const struct {
        const char *text, *fragment;
    } bad[] = {
        {"", "expected one of uniform"},
        {"unifrom", "did you mean 'uniform'"},
        {"uniform:3", "without parameters"},
        {"rowskew", "exponent"},
        {"rowskew:", "exponent"},
        {"rowskew:-1", "exponent"},
        {"rowskew:nan", "exponent"},
        {"block:4", "block:4x4"},
        {"block:0x4", "block:4x4"},
        {"block:4x4x4", "block:4x4"},
        {"banded:0", "W >= 1"},
        {"banded:1.5", "W >= 1"},
        {"nm:4", "1 <= N <= M"},
        {"nm:5:4", "1 <= N <= M"},
        {"nm:0:4", "1 <= N <= M"},
    };
    struct sc_pattern_spec spec;
    struct sc_error err;
    char text[64];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_expect_eq(sc_pattern_parse(&spec, good[i], &err), SC_OK, "%s", good[i]);
        cr_expect_eq(sc_pattern_format(text, sizeof text, &spec), strlen(good[i]));
        cr_expect_str_eq(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(sc_pattern_parse(&spec, bad[i].text, &err), SC_BAD_INPUT, "'%s'", bad[i].text);
        cr_expect(strstr(err.message, bad[i].fragment), "'%s' lacks '%s'", err.message, bad[i].fragment);
    }
    cr_expect_eq(sc_pattern_parse(&spec, "clustered:3", &err), SC_UNSUPPORTED);
    cr_expect(strstr(err.message, "not supported by this build"));
}

Test(layer, all_columns)
{
    struct outcome got =
        read_text("Model, b ,LAYER,n,m,k,sparsity_a_pct,density_b_pct,pattern_a,pattern_b,kind,count,A,note\n"
                  "net,,conv1,20,10,30,75,12.5,block:2x2,,conv,3,,\"seen, twice\"\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.rows, 1);
    cr_expect_str_eq(got.name, "conv1");
    cr_expect_str_eq(got.model, "net");
    cr_expect_eq(got.last.M, 10);
    cr_expect_eq(got.last.N, 20);
    cr_expect_eq(got.last.K, 30);
    cr_expect_eq(got.last.density_a, 0.25);
    cr_expect_eq(got.last.density_b, 0.125);
    cr_expect_eq(got.last.pattern_a.kind, SC_BLOCK);
    cr_expect_eq(got.last.pattern_b.kind, SC_UNIFORM);
    cr_expect_eq(got.last.op.kind, SC_CONV);
    cr_expect_eq(got.last.count, 3);
    cr_expect_eq(got.last.line, 2);
    cr_expect_null(got.last.a_file);
    cr_expect_eq(got.extras, 1);
    cr_expect_str_eq(got.extra, "seen, twice");
    cr_expect_eq(got.warnings, 0, "%s", got.warning);
}

Test(layer, density_spellings)
{
    static const struct {
        const char *column, *cell;
        double density;
    } cases[] = {
        {"density_a", "0.3", 0.3},   {"density_a", "0", 0},        {"density_a", "-0", 0},
        {"density_a", "1", 1},       {"density_a", "1e-3", 0.001}, {"density_a_pct", "30", 0.3},
        {"density_a_pct", "100", 1}, {"sparsity_a", "0.75", 0.25}, {"sparsity_a_pct", "90", 0.1},
        {"SPARSITY_A_PCT", "0", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "name,M,N,K,%s,density_b\nx,4,4,4,%s,1\n", cases[i].column, cases[i].cell);
        struct outcome got = read_text(text);
        cr_expect_eq(got.status, SC_END, "%s", got.err.message);
        cr_expect_eq(got.last.density_a, cases[i].density, "%s %s gives %.17g", cases[i].column, cases[i].cell,
                     got.last.density_a);
        cr_expect_not(signbit(got.last.density_a));
    }
}

Test(layer, densities_from_elsewhere)
{
    struct outcome got = read_text("layer,M,N,K,pattern_a,b\nx,4,4,4,nm:1:4,act.mtx\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.last.density_a, 0.25);
    cr_expect_eq(got.last.density_b, -1, "only the file says");
    got = read_text("layer,M,N,K,density_a,density_b,pattern_a\nx,4,4,4,0.2504,1,nm:1:4\n");
    cr_expect_eq(got.status, SC_END, "within 0.001: %s", got.err.message);
    got = read_text("layer,M,N,K,density_a,density_b,a\nx,4,4,4,,1,w.mtx\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.last.density_a, -1);
    const char *slash = strrchr(got.a_file, '/');
    cr_expect(slash && strcmp(slash, "/w.mtx") == 0 && got.a_file[0] == '/', "'%s' lies beside the list", got.a_file);
    got = read_text("layer,M,N,K,density_a,density_b,a\nx,4,4,4,,1,/data/w.mtx\n");
    cr_expect_str_eq(got.a_file, "/data/w.mtx");
}

Test(layer, lowered_sizes)
{
    /* G equal GEMMs per row; N, K, C are the operator's own sizes and passed through */
    struct outcome got =
        read_text("model,layer,kind,count,G,N,K,C,gemm_M,gemm_K,gemm_N\nnet,dw1,dw,2,32,1,1,1,1,9,22500\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.last.M, 1);
    cr_expect_eq(got.last.K, 9);
    cr_expect_eq(got.last.N, 22500);
    cr_expect_eq(got.last.count, 64);
    cr_expect_eq(got.last.op.kind, SC_CONV);
    cr_expect_eq(got.last.density_a, 1);
    cr_expect_eq(got.extras, 3);
    cr_expect_eq(got.warnings, 2, "one per operand: %s", got.warning);
    cr_expect(strstr(got.warning, "operand A: taken as dense"));
    got = read_text("layer,gemm_M,gemm_K,gemm_N,w_density\nx,1,1,1,0.5\n");
    expect_error(&got, 1, "rename 'w_density'", "a density under a name of its own is not ignored");
}

Test(layer, forms_of_files)
{
    static const struct {
        const char *what, *text;
        uint64_t rows, line; /* of the last row */
    } cases[] = {
        {"plain", HEADER "a,1,2,3,1,1\nb,1,2,3,1,1\n", 2, 3},
        {"header only", HEADER, 0, 0},
        {"header without line end", "layer,M,N,K,density_a,density_b", 0, 0},
        {"last line without end", HEADER "a,1,2,3,1,1", 1, 2},
        {"byte-order mark", "\xef\xbb\xbf" HEADER "a,1,2,3,1,1\n", 1, 2},
        {"CRLF", "layer,M,N,K,density_a,density_b\r\na,1,2,3,1,1\r\n\r\nb,1,2,3,1,1\r\n", 2, 4},
        {"CR", "layer,M,N,K,density_a,density_b\ra,1,2,3,1,1\r\rb,1,2,3,1,1", 2, 4},
        {"tabs", "layer\tM\tN\tK\tdensity_a\tdensity_b\na b\t1\t2\t3\t1\t1\n", 1, 2},
        {"blank lines first", "\n  \n" HEADER "\n \t \na,1,2,3,1,1\n\n", 1, 6},
        {"rows of commas", HEADER ",,,,,\n,\na,1,2,3,1,1\n,,,,,,,,\n", 1, 4},
        {"trailing commas", "layer,M,N,K,density_a,density_b,\na,1,2,3,1,1,\nb,1,2,3,1,1\nc,1,2,3,1,1,,,\n", 3, 4},
        {"quotes", "\"layer\",\"M\",N,K,density_a,density_b\n\"a,\"\"1\"\"\",\"1\", \"2\" ,3,1,1\n", 1, 2},
        {"no-break spaces",
         "layer,\xc2\xa0M,\xc2\xa0N\xc2\xa0,K,density_a,density_b\na,\xc2\xa0"
         "1,2\xc2\xa0,3,1,1\n",
         1, 2},
        {"line break in quotes", HEADER "\"a\nb\n\",1,2,3,1,1\n\"c\",1,2,3,1,1\n", 2, 5},
        {"CRLF in quotes", "layer,M,N,K,density_a,density_b\r\n\"a\r\nb\",1,2,3,1,1\r\n\"c\",1,2,3,1,1\r\n", 2, 4},
        {"blank column", "layer,M,N,K,,density_a,density_b\na,1,2,3,,1,1\nb,1,2,3,x,1,1\n", 2, 3},
        {"UTF-8 names", HEADER "\xc3\xa9tage,1,2,3,1,1\n", 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome got = read_text(cases[i].text);
        cr_expect_eq(got.status, SC_END, "%s: %s", cases[i].what, got.err.message);
        cr_expect_eq(got.rows, cases[i].rows, "%s: %" PRIu64 " rows", cases[i].what, got.rows);
        cr_expect_eq(got.last.line, cases[i].line, "%s: line %" PRIu64, cases[i].what, got.last.line);
        if (cases[i].rows > 0)
            cr_expect(got.last.M == 1 && got.last.N == 2 && got.last.K == 3, "%s", cases[i].what);
    }
}

Test(layer, bad_headers)
{
    static const struct {
        const char *text;
        uint64_t line;
        const char *fragment;
    } cases[] = {
        {"", 0, "is empty, expected"},
        {"\n\n  \n", 0, "blank lines only"},
        {"foo,bar\n1,2\n", 1, "first column 'foo'"},
        {"layer;M;N;K;density_a;density_b\n", 1, "not semicolons"},
        {"conv1,64,64,64,0.5,0.5\n", 1, "data without a header"},
        {"layer,M,N,density_a,density_b\n", 1, "column 'K' is missing"},
        {"M,N,K,density_a,density_b\n", 1, "column 'layer' is missing"},
        {"layer,M,N,K,densty_a,density_b\n", 1, "found 'densty_a': did you mean 'density_a'?"},
        {"layer,M,N,K,density_a\n", 1, "column 'density_b' is missing"},
        {"layer,M,N,K,density_a,density_b,M\n", 1, "columns 2 ('M') and 7 ('M') mean the same"},
        {"layer,M,N,K,density_a,density_b,sparsity_a_pct\n", 1, "columns 5 ('density_a') and 7 ('sparsity_a_pct')"},
        {"layer,name,M,N,K,density_a,density_b\n", 1, "columns 1 ('layer') and 2 ('name')"},
        {"layer,M,N,K,density_a,density_b,note,note\n", 1, "both named 'note'"},
        {"\n\nlayer,M,N,density_a,density_b\n", 3, "column 'K'"},
        {"layer,model,machine,dataflow,best,cycles\n", 1, "result file of sparsecast"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome got = read_text(cases[i].text);
        expect_error(&got, cases[i].line, cases[i].fragment, cases[i].text);
    }
}

Test(layer, bad_rows)
{
    static const struct {
        const char *row, *fragment;
    } cases[] = {
        {"x,0,1,1,1,1", "column 'M': found '0', expected a whole number from 1"},
        {"x,1,-3,1,1,1", "column 'N': found '-3', expected a whole number from 1"},
        {"x,1,1,2.5,1,1", "column 'K': found '2.5'"},
        {"x,1,1,1e3,1,1", "column 'K': found '1e3'"},
        {"x,,1,1,1,1", "column 'M' is empty, expected a whole number"},
        {"x,18446744073709551616,1,1,1,1", "from 1 to 18446744073709551615"},
        {"x,big,1,1,1,1", "found 'big'"},
        {"x,nan,1,1,1,1", "found 'nan'"},
        {"x,1,1,1,nan,1", "column 'density_a': found 'nan', expected a fraction of nonzeros from 0 to 1"},
        {"x,1,1,1,inf,1", "found 'inf'"},
        {"x,1,1,1,1,-0.1", "column 'density_b': found '-0.1', expected a fraction of nonzeros from 0 to 1"},
        {"x,1,1,1,1.0001,1", "found '1.0001'"},
        {"x,1,1,1,30,1", "column named density_a_pct"},
        {"x,1,1,1,30%,1", "column named density_a_pct"},
        {"x,1,1,1,\"0,5\",1", "found '0,5'"},
        {"x,1,1,1,,1", "column 'density_a' is empty, expected a density, a pattern nm:N:M"},
        {"x,4294967296,1,4294967296,1,1", "M x K overflows"},
        {"x,1,4294967296,4294967296,1,1", "K x N overflows"},
        {"x,4294967296,4294967296,1,1,1", "M x N overflows"},
        {"x,4000000,4000000,4000000,1,1", "M x N x K overflows with M = 4000000"},
        {"x,1,1,1,1", "the row has 5 cells, expected 6"},
        {"x,1,1,1,1,1,9", "the row has 7 cells, expected 6"},
        {",1,1,1,1,1", "column 'layer' is empty, expected a name"},
        {"x,a\tb\x1b[31mc,1,1,1,1", "found 'a?b?[31mc'"},
        {"x,12345678901234567890123456789012345678901234567890,1,1,1,1",
         "found '123456789012345678901234567890123456789\xe2\x80\xa6'"},
        {"\"x,1,1,1,1,1", "never closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, HEADER "\"a\nb\",1,1,1,1,1\n\n%s\n", cases[i].row);
        struct outcome got = read_text(text);
        expect_error(&got, 5, cases[i].fragment, cases[i].row);
        cr_expect_eq(got.rows, 1, "the good row before it is read");
    }
}

Test(layer, bad_optional_cells)
{
    static const struct {
        const char *columns, *row;
        int status;
        const char *fragment;
    } cases[] = {
        {"count", "0", SC_BAD_INPUT, "column 'count': found '0'"},
        {"count", "1.5", SC_BAD_INPUT, "column 'count': found '1.5'"},
        {"count", "18446744073709551615", SC_BAD_INPUT, "M x N x K x count overflows"},
        {"kind", "pool", SC_BAD_INPUT,
         "column 'kind': found 'pool', expected gemm, conv, bpmm, fft, fft2d, attention, vanilla, fbfly, abfly or "
         "hybrid"},
        {"pattern_a", "blok:2x2", SC_BAD_INPUT, "column 'pattern_a': found pattern 'blok:2x2', expected one of"},
        {"pattern_b", "clustered:8", SC_UNSUPPORTED, "column 'pattern_b'"},
        {"pattern_b", "periodic:8", SC_BAD_INPUT,
         "column 'pattern_b': found pattern 'periodic:8', expected N >= 1 nonzeros"},
        {"pattern_a", "periodic:4:4", SC_BAD_INPUT,
         "column 'pattern_a': found K = 4 under a periodic pattern of 3 x 3 kernels"},
        {"pattern_a", "periodic:5:4:2x2", SC_BAD_INPUT,
         "column 'pattern_a': a periodic pattern of 5 nonzeros per kernel does not fit"},
        {"pattern_a", "periodic:1:4:2x2", SC_BAD_INPUT,
         "column 'density_a': found '0.5', expected the density of the periodic pattern, 0.25"},
        {"pattern_a", "nm:1:4", SC_BAD_INPUT, "column 'density_a': found '0.5', expected density N/M = 0.25"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "layer,M,N,K,density_a,density_b,%s\nx,4,4,4,0.5,0.5,%s\n", cases[i].columns,
                 cases[i].row);
        struct outcome got = read_text(text);
        expect_error(&got, 2, cases[i].fragment, cases[i].row);
        cr_expect_eq(got.status, cases[i].status, "%s", cases[i].row);
    }
    struct outcome got = read_text("layer,count,G,gemm_M,gemm_K,gemm_N\nx,4294967296,4294967296,1,1,1\n");
    expect_error(&got, 2, "count x groups overflows", "count x groups");
    got = read_text("layer,M,N,K,pattern_a,pattern_b\nx,4,4,4,,\n");
    expect_error(&got, 2, "operand A has no density", "a pattern column may leave the density open");
}

Test(layer, slips_in_optional_names_are_reported)
{
    struct outcome got = read_text("layer,M,N,K,density_a,density_b,patern_a\nx,4,4,4,1,1,uniform\n");
    cr_expect_eq(got.status, SC_END);
    cr_expect(strstr(got.warning, "'patern_a'") && strstr(got.warning, "did you mean 'pattern_a'?"), "%s", got.warning);
}

Test(layer, files_of_other_kinds)
{
#define KIND(bytes, fragment)                                                                                          \
    {                                                                                                                  \
        bytes, sizeof bytes - 1, fragment                                                                              \
    }
    static const struct {
        const char *bytes;
        size_t size;
        const char *fragment;
    } cases[] = {
        KIND("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        KIND("\x7f"
             "ELF\2\1\1\0\0\0",
             "a compiled program"),
        KIND("%%MatrixMarket matrix coordinate real general\n3 3 0\n", "a Matrix Market file"),
        KIND("64, 256, 3\n0 1\n", "a .smtx sparse matrix"),
        KIND("name: flexagon\nmultipliers: 64\n", "YAML"),
        KIND("# a machine\nname: flexagon\n", "YAML"),
        KIND("---\nlayers:\n", "YAML"),
        KIND("{\"layers\": []}\n", "JSON"),
        KIND("[1, 2]\n", "JSON"),
        KIND("[general]\nrun_name = x\n", "an INI file"),
        KIND("<html>", "HTML or XML"),
        KIND("\x1f\x8b\x08\0", "gzip-compressed data"),
        KIND("PK\3\4\x14\0", "a ZIP archive"),
        KIND("\xff\xfel\0a\0y\0", "UTF-16 text"),
        KIND("\x08\x07\x12\x07pytorch", "an ONNX model"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome got = read_bytes(cases[i].bytes, cases[i].size, NULL);
        expect_error(&got, 0, cases[i].fragment, cases[i].fragment);
    }
}

Test(layer, paths_that_are_no_files)
{
    struct outcome got = read_path("/nonexistent/layers.csv", NULL);
    cr_expect_eq(got.status, SC_IO);
    expect_error(&got, 0, "cannot be opened: No such file", "a missing file");
    got = read_path("/", NULL);
    expect_error(&got, 0, "is a directory", "a directory");
}

Test(layer, nul_bytes)
{
    static const char text[] = HEADER "a,1,2,3,1,1\n\nb,1\0,2,3,1,1\n";
    struct outcome got = read_bytes(text, sizeof text - 1, NULL);
    expect_error(&got, 4, "NUL byte", "a NUL byte");
    cr_expect_eq(got.rows, 1);
}

/* `prefix`, then `count` times `fill`, then `suffix`. */
static struct outcome read_long(const char *prefix, const char *fill, size_t count, const char *suffix)
{
    size_t unit = strlen(fill), size = strlen(prefix) + unit * count + strlen(suffix), used = strlen(prefix);
    char *text = malloc(size + 1);
    memcpy(text, prefix, used);
    for (size_t i = 0; i < count; i++, used += unit)
        memcpy(text + used, fill, unit);
    strcpy(text + used, suffix);
    struct outcome outcome = read_bytes(text, size, NULL);
    free(text);
    return outcome;
}

Test(layer, limits)
{
    struct outcome got = read_long(HEADER, "n", SC_CELL_LIMIT, ",1,1,1,1,1\n");
    cr_expect_eq(got.status, SC_END, "the longest cell: %s", got.err.message);
    got = read_long(HEADER, "n", SC_CELL_LIMIT + 1, ",1,1,1,1,1\n");
    expect_error(&got, 2, "longer than 64 KiB", "a long cell");
    got = read_long(HEADER "\"", "n\n", 4 * SC_CELL_LIMIT, "");
    expect_error(&got, 2, "longer than 64 KiB", "a quote that swallows the file");
    got = read_long(HEADER, "n", 40 * SC_CELL_LIMIT, "");
    expect_error(&got, 2, "longer than 64 KiB", "a line without end");
    got = read_long("layer,M,N,K,density_a,density_b", ",", SC_COLUMN_LIMIT - 6, "\n");
    cr_expect_eq(got.status, SC_END, "as many columns as allowed: %s", got.err.message);
    got = read_long("layer,M,N,K,density_a,density_b", ",", SC_COLUMN_LIMIT - 5, "\n");
    expect_error(&got, 1, "more than 4096 columns", "too many columns");
    got = read_long(HEADER "a,1,1,1,1,1", ",\"                    1000 bytes                    \"", 4000, "\n");
    expect_error(&got, 2, "the row has 4006 cells, expected 6", "a wide row");
    char cell[60001];
    memset(cell, 'x', sizeof cell - 1);
    cell[0] = ',';
    cell[sizeof cell - 1] = '\0';
    got = read_long(HEADER "a,1,1,1,1,1", cell, 18, "\n");
    expect_error(&got, 2, "longer than 1 MiB", "a long row");
}

Test(layer, lines_are_counted_across_chunks)
{
    /* CRLF at every offset relative to the reader's chunks */
    for (int shift = 0; shift < 20; shift++) {
        char prefix[200];
        snprintf(prefix, sizeof prefix, "layer,M,N,K,density_a,density_b,%*s\r\n", shift, "");
        struct outcome got = read_long(prefix, "\"a\r\nb\",1,2,3,1,1\r\n", 9000, "x,0,2,3,1,1\r\n");
        expect_error(&got, 18002, "column 'M'", "the last row");
        cr_expect_eq(got.rows, 9000);
    }
}

Test(layer, no_row_after_an_error)
{
    const char *path = list_file(HEADER "a,0,1,1,1,1\nb,1,1,1,1,1\n", strlen(HEADER) + 24);
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err;
    cr_assert_eq(sc_layer_open(&reader, path, NULL, &err), SC_OK);
    cr_expect_eq(sc_layer_next(reader, &layer, &err), SC_BAD_INPUT);
    cr_expect_eq(sc_layer_next(reader, &layer, NULL), SC_BAD_INPUT, "and without a place for the error");
    sc_layer_close(reader);
    unlink(path);
}

/* A list of `rows` distinct layers, read; returns the peak memory after it in KiB. */
static long peak_after(uint64_t rows, double *seconds)
{
    char path[] = "/tmp/sparsecast-rows-XXXXXX";
    struct rusage before, after;
    FILE *file = fdopen(mkstemp(path), "w");
    cr_assert_not_null(file);
    fputs("layer,M,N,K,density_a,density_b,pattern_a,note\n", file);
    for (uint64_t i = 0; i < rows; i++)
        fprintf(file, "layer%" PRIu64 ",%" PRIu64 ",%d,64,0.%06" PRIu64 ",0.5,rowskew:0.8,row %" PRIu64 "\n", i,
                i % 4096 + 1, 128, i % 1000000, i);
    fclose(file);
    getrusage(RUSAGE_SELF, &before);
    struct outcome got = read_path(path, NULL);
    getrusage(RUSAGE_SELF, &after);
    unlink(path);
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_assert_eq(got.rows, rows);
    cr_assert_eq(got.last.line, rows + 1);
    cr_assert_eq(got.last.M, (rows - 1) % 4096 + 1);
    *seconds = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
               1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    return after.ru_maxrss;
}

Test(layer, a_million_rows_take_no_more_memory_than_ten_thousand)
{
    double seconds;
    long small = peak_after(10000, &seconds);
    long large = peak_after(1000000, &seconds);
    /* a byte a row would be 967 KiB; AddressSanitizer's own bookkeeping takes some hundred */
    cr_expect_leq(large, small + 768, "peak memory grew from %ld to %ld KiB", small, large);
    cr_expect_leq(seconds, 30, "a million rows took %.1f s", seconds);
}

Test(layer, a_zero_row_list_ends_at_once)
{
    const char *path = list_file(HEADER, strlen(HEADER));
    struct sc_layer_reader *reader;
    struct sc_layer layer;
    struct sc_error err;
    cr_assert_eq(sc_layer_open(&reader, path, NULL, &err), SC_OK);
    cr_expect_eq(sc_layer_next(reader, &layer, &err), SC_END);
    cr_expect_eq(sc_layer_next(reader, &layer, &err), SC_END, "and stays there");
    sc_layer_close(reader);
    unlink(path);
}

Test(layer, decimal_commas_elsewhere_do_not_matter)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        cr_skip_test("the locale de_DE.UTF-8 is not installed");
    struct outcome got =
        read_text("layer,M,N,K,density_a,density_b,pattern_a\nx,4,4,4,0.25,0.12345678901234567890,rowskew:1.5\n");
    cr_assert_eq(got.status, SC_END, "%s", got.err.message);
    cr_expect_eq(got.last.density_a, 0.25);
    cr_expect_eq(got.last.density_b, 0.12345678901234567890);
    cr_expect_eq(got.last.pattern_a.skew, 1.5);
    char text[64];
    sc_pattern_format(text, sizeof text, &got.last.pattern_a);
    cr_expect_str_eq(text, "rowskew:1.5");
}
