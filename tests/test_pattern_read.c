/* test_pattern_read.c - Matrix Market and .smtx files: what is read, and how everything else is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "matrix_files.h"
#include "traces/pattern_read.h"
#include "traces/source.h"

#define REAL "%%MatrixMarket matrix coordinate real general\n"

static const struct good {
    const char *name, *text;
    uint64_t rows, cols;
    const char *pattern; /* as pattern_text() writes it */
    enum sc_matrix_file file;
    enum sc_matrix_field field;
    enum sc_matrix_symmetry symmetry;
    uint64_t entries, zeros;
} good[] = {
    {"plain", REAL "2 3 2\n1 1 5.5\n2 3 -1\n", 2, 3, "0|2|", SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL, 2, 0},
    {"crlf, blank lines, comments",
     "%%MatrixMarket matrix coordinate real general\r\n% a\r\n\r\n  % b\r\n2 3 2 % sizes\r\n1 1 1\r\n"
     "\r\n%\r\n 2\t3 1e0 \r\n\r\n% end",
     2, 3, "0|2|", SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL, 2, 0},
    {"one percent, any case, GraphBLAS line, no final newline",
     "%MATRIXmarket Matrix COORDINATE Integer General\n%%GraphBLAS type int8_t\n2 2 2\n1 1 1e0\n2 2 10e-1", 2, 2,
     "0|1|", SC_FILE_COORDINATE, SC_FIELD_INTEGER, SC_GENERAL, 2, 0},
    {"banner behind blank lines and comments", "\n\n% c\n" REAL "1 1 1\n1 1 1\n", 1, 1, "0|", SC_FILE_COORDINATE,
     SC_FIELD_REAL, SC_GENERAL, 1, 0},
    {"byte-order mark", "\xef\xbb\xbf" REAL "1 1 1\n1 1 1\n", 1, 1, "0|", SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL,
     1, 0},
    {"whole numbers in other spellings, Fortran exponents", REAL "+2 3.0 1.0e+00\n2e0 30e-1 1.5D+03\n", 2, 3, "|2|",
     SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL, 1, 0},
    {"values of all kinds, zeros dropped",
     REAL "1 9 9\n1 1 nan\n1 2 -Inf\n1 3 +infinity\n1 4 1e-999\n1 5 0\n1 6 -0.0e5\n1 7 .5\n1 8 5.\n1 9 00.00\n", 1, 9,
     "0 1 2 3 6 7|", SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL, 9, 3},
    {"double", "%%MatrixMarket matrix coordinate double general\n1 1 1\n1 1 2\n", 1, 1, "0|", SC_FILE_COORDINATE,
     SC_FIELD_REAL, SC_GENERAL, 1, 0},
    {"unsigned", "%%MatrixMarket matrix coordinate unsigned-integer general\n1 1 1\n1 1 2\n", 1, 1, "0|",
     SC_FILE_COORDINATE, SC_FIELD_INTEGER, SC_GENERAL, 1, 0},
    {"unsorted", REAL "3 4 6\n3 4 1\n1 3 1\n2 1 1\n1 1 1\n3 1 1\n1 2 1\n", 3, 4, "0 1 2|0|0 3|", SC_FILE_COORDINATE,
     SC_FIELD_REAL, SC_GENERAL, 6, 0},
    {"symmetric", "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 1\n3 1\n3 2\n", 3, 3, "0 2|2|0 1|",
     SC_FILE_COORDINATE, SC_FIELD_PATTERN, SC_SYMMETRIC, 3, 0},
    {"symmetric, upper triangle", "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 2\n3 1\n2 2\n", 3, 3,
     "1 2|0 1|0|", SC_FILE_COORDINATE, SC_FIELD_PATTERN, SC_SYMMETRIC, 3, 0},
    {"skew-symmetric, zero on the diagonal",
     "%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 3\n2 1 5\n3 1 1\n2 2 0\n", 3, 3, "1 2|0|0|",
     SC_FILE_COORDINATE, SC_FIELD_REAL, SC_SKEW_SYMMETRIC, 3, 1},
    {"hermitian, one zero", "%%MatrixMarket matrix coordinate complex hermitian\n2 2 3\n1 1 1 0\n2 1 0 0.5\n2 2 0 0\n",
     2, 2, "0 1|0|", SC_FILE_COORDINATE, SC_FIELD_COMPLEX, SC_HERMITIAN, 3, 1},
    {"array", "%%MatrixMarket matrix array real general\n2 3\n1\n0\n\n0\n% c\n2\n3\n4\n", 2, 3, "0 2|1 2|",
     SC_FILE_ARRAY, SC_FIELD_REAL, SC_GENERAL, 6, 2},
    {"array, symmetric", "%%MatrixMarket matrix array integer symmetric\n3 3\n1\n5\n0\n0\n7\n0\n", 3, 3, "0 1|0 2|1|",
     SC_FILE_ARRAY, SC_FIELD_INTEGER, SC_SYMMETRIC, 6, 3},
    {"array, skew-symmetric", "%%MatrixMarket matrix array real skew-symmetric\n3 3\n1\n0\n2\n", 3, 3, "1|0 2|1|",
     SC_FILE_ARRAY, SC_FIELD_REAL, SC_SKEW_SYMMETRIC, 3, 1},
    {"array, complex", "%%MatrixMarket matrix array complex general\n1 2\n0 0\n0 1\n", 1, 2, "1|", SC_FILE_ARRAY,
     SC_FIELD_COMPLEX, SC_GENERAL, 2, 1},
    {"no rows", REAL "0 0 0\n", 0, 0, "", SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL, 0, 0},
    {"no entries", REAL "2 1048576 0", 2, 1048576, "||", SC_FILE_COORDINATE, SC_FIELD_REAL, SC_GENERAL, 0, 0},
    {"empty array", "%%MatrixMarket matrix array real general\n0 5\n", 0, 5, "", SC_FILE_ARRAY, SC_FIELD_REAL,
     SC_GENERAL, 0, 0},
    {"skew-symmetric array of one", "%%MatrixMarket matrix array real skew-symmetric\n1 1\n", 1, 1, "|", SC_FILE_ARRAY,
     SC_FIELD_REAL, SC_SKEW_SYMMETRIC, 0, 0},
    {"smtx", "2, 4, 3\n0 1 3 \n2 0 3", 2, 4, "2|0 3|", SC_FILE_SMTX, SC_FIELD_PATTERN, SC_GENERAL, 3, 0},
    {"smtx, unsorted", "2, 4, 4\n0 1 4\n2 3 0 1\n", 2, 4, "2|0 1 3|", SC_FILE_SMTX, SC_FIELD_PATTERN, SC_GENERAL, 4, 0},
    {"smtx with comments, crlf", "% a\r\n%b\r\n2,4,3\r\n\r\n0 1 3\r\n% c\r\n2 0 3\r\n% d\r\n", 2, 4, "2|0 3|",
     SC_FILE_SMTX, SC_FIELD_PATTERN, SC_GENERAL, 3, 0},
    {"smtx, separated comma", "2 , 4 , 1\n0 0 1\n3", 2, 4, "|3|", SC_FILE_SMTX, SC_FIELD_PATTERN, SC_GENERAL, 1, 0},
    {"smtx without nonzeros", "2, 4, 0\n0 0 0\n\n", 2, 4, "||", SC_FILE_SMTX, SC_FIELD_PATTERN, SC_GENERAL, 0, 0},
    {"smtx without rows", "0, 4, 0\n0", 0, 4, "", SC_FILE_SMTX, SC_FIELD_PATTERN, SC_GENERAL, 0, 0},
};

enum { GOOD = sizeof good / sizeof good[0] };

static void check_good(const struct good *g, bool compress)
{
    struct sc_read_info info;
    struct sc_read_options options = {.info = &info};
    struct sc_pattern p;
    struct sc_error err = {0};
    char text[256];

    const char *path = matrix_text(g->text, compress);
    int status = sc_pattern_read(&p, path, &options, &err);
    unlink(path);
    cr_assert_eq(status, SC_OK, "%s: %s", g->name, err.message);
    cr_expect_eq(sc_pattern_check(&p, &err), SC_OK, "%s: %s", g->name, err.message);
    pattern_text(text, sizeof text, &p);
    cr_expect(p.rows == g->rows && p.cols == g->cols, "%s: %" PRIu64 " x %" PRIu64, g->name, p.rows, p.cols);
    cr_expect_str_eq(text, g->pattern, "%s: %s", g->name, text);
    cr_expect(info.file == g->file && info.field == g->field && info.symmetry == g->symmetry, "%s: %s %s %s", g->name,
              sc_matrix_file_name(info.file), sc_matrix_field_name(info.field),
              sc_matrix_symmetry_name(info.symmetry));
    cr_expect(info.entries == g->entries && info.zeros == g->zeros && info.duplicates == 0,
              "%s: %" PRIu64 " entries, %" PRIu64 " zeros", g->name, info.entries, info.zeros);
    sc_pattern_free(&p);
}

Test(pattern_read, good_files)
{
    for (size_t i = 0; i < GOOD; i++) {
        check_good(&good[i], false);
        check_good(&good[i], true);
    }
}

#define TEXT(text) text, sizeof text - 1

static const struct bad {
    const char *name, *bytes;
    size_t size;
    uint64_t line; /* 0: about the file as a whole */
    const char *found, *expected;
} bad[] = {
    {"empty", TEXT(""), 0, "the file is empty", "%%MatrixMarket matrix"},
    {"comments only", TEXT("% a\n\n% b\n"), 0, "only comments", "'rows, cols, nnz'"},
    {"no banner", TEXT("2 2 1\n1 1 1\n"), 1, "found '2'", "begins with '%%MatrixMarket"},
    {"words", TEXT("hello, world\n"), 1, "found 'hello,'", "begins with '%%MatrixMarket"},
    {"json", TEXT("{\"a\": [1, 2]}\n"), 0, "looks like JSON", "Matrix Market"},
    {"png", TEXT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), 0, "looks like a PNG image", "Matrix Market"},
    {"elf", TEXT("\x7f" "ELF\2\1\1\0\0"), 0, "looks like a compiled program", "Matrix Market"},
    {"utf-16", TEXT("\xff\xfe%\0%\0M\0"), 0, "looks like UTF-16", "Matrix Market"},
    {"xz", TEXT("\xfd" "7zXZ\0\0\4"), 0, "looks like xz-compressed", "Matrix Market"},
    {"junk", TEXT("\1\2\3\4\5\6\7\377\n"), 0, "binary data", "Matrix Market"},
    {"object", TEXT("%%MatrixMarket vector coordinate real general\n"), 1, "found 'vector'", "expected matrix"},
    {"format", TEXT("%%MatrixMarket matrix cordinate real general\n"), 1, "'cordinate'", "did you mean 'coordinate'"},
    {"field", TEXT("%%MatrixMarket matrix coordinate float general\n"), 1, "'float'", "integer, complex, pattern"},
    {"symmetry", TEXT("%%MatrixMarket matrix coordinate real\n1 1 0\n"), 1, "the line ends here", "or hermitian"},
    {"banner only", TEXT("%%MatrixMarket"), 1, "the file ends here", "expected matrix"},
    {"long banner", TEXT("%%MatrixMarket matrix coordinate real general x\n"), 1, "found 'x'", "the end of the line"},
    {"pattern array", TEXT("%%MatrixMarket matrix array pattern general\n1 1\n"), 1, "array pattern", "real, integer"},
    {"real hermitian", TEXT("%%MatrixMarket matrix coordinate real hermitian\n1 1 0\n"), 1, "hermitian", "complex"},
    {"pattern skew", TEXT("%%MatrixMarket matrix coordinate pattern skew-symmetric\n1 1 0\n"), 1, "pattern skew",
     "general or symmetric"},
    {"no sizes", TEXT(REAL "% c\n\n"), 3, "number of rows: the file ends here", "0 to 4294967295"},
    {"two sizes", TEXT(REAL "2 2\n1 1 1\n"), 2, "number of entries: the line ends here", "0 to 4"},
    {"four sizes", TEXT(REAL "2 2 1 1\n"), 2, "after the sizes: found '1'", "the end of the line"},
    {"negative size", TEXT(REAL "-2 2 1\n"), 2, "found '-2'", "0 to 4294967295"},
    {"broken size", TEXT(REAL "2.5 2 1\n"), 2, "found '2.5'", "0 to 4294967295"},
    {"size above 2^32 - 1", TEXT(REAL "1 4294967296 0\n"), 2, "columns: found '4294967296'", "0 to 4294967295"},
    {"size above 2^64", TEXT(REAL "99999999999999999999 1 0\n"), 2, "found '99999999999999999999'", "4294967295"},
    {"10^18 of 100 entries", TEXT(REAL "10 10 1000000000000000000\n"), 2, "found '1000000000000000000'", "0 to 100"},
    {"10^18 entries", TEXT(REAL "4000000000 4000000000 1000000000000000000\n1 1 1\n"), 3,
     "entries up to the end of the file: 1", "expected 1000000000000000000"},
    {"array of 10^18", TEXT("%%MatrixMarket matrix array real general\n1000000000 1000000000\n1\n0\n"), 4, "file: 2",
     "expected 1000000000000000000"},
    {"truncated", TEXT(REAL "2 2 3\n1 1 1\n2 2 2\n"), 4, "entries up to the end of the file: 2", "expected 3"},
    {"cut in an entry", TEXT(REAL "2 2 2\n1 1 1\n2"), 4, "column index: the file ends here", "1 to 2"},
    {"no value", TEXT(REAL "2 2 2\n1 1 1\n2 2\n"), 4, "value: the line ends here", "a number"},
    {"one entry too many", TEXT(REAL "2 2 1\n1 1 1\n\n2 2 2\n"), 5, "after entry 1 of 1: found '2'", "end of the file"},
    {"row 0", TEXT(REAL "2 2 1\n0 1 1\n"), 3, "row index: found '0'", "1 to 2"},
    {"row 3", TEXT(REAL "2 2 1\n3 1 1\n"), 3, "row index: found '3'", "1 to 2"},
    {"column 3", TEXT(REAL "2 2 1\n1 3 1\n"), 3, "column index: found '3'", "1 to 2"},
    {"row -1", TEXT(REAL "2 2 1\n-1 3 1\n"), 3, "row index: found '-1'", "1 to 2"},
    {"row a", TEXT(REAL "2 2 1\na 3 1\n"), 3, "row index: found 'a'", "1 to 2"},
    {"commas", TEXT(REAL "2 2 1\n1,1,1\n"), 3, "row index: found '1,1,1'", "1 to 2"},
    {"hexadecimal", TEXT(REAL "2 2 1\n1 1 0x10\n"), 3, "value: found '0x10'", "a number"},
    {"two points", TEXT(REAL "2 2 1\n1 1 1..0\n"), 3, "value: found '1..0'", "a number"},
    {"exponent only", TEXT(REAL "2 2 1\n1 1 e5\n"), 3, "value: found 'e5'", "a number"},
    {"value too many", TEXT(REAL "2 2 1\n1 1 1 5\n"), 3, "after the entry: found '5'", "the end of the line"},
    {"value in a pattern", TEXT("%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 1 5\n"), 3,
     "the banner says pattern): found '5'", "the end of the line"},
    {"fraction in integers", TEXT("%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 15e-1\n"), 3,
     "value: found '15e-1'", "a whole number"},
    {"no imaginary part", TEXT("%%MatrixMarket matrix coordinate complex general\n2 2 1\n1 1 1.5\n"), 3,
     "imaginary part: the line ends here", "a number"},
    {"duplicate", TEXT(REAL "2 2 3\n1 1 1\n\n2 1 2\n% c\n1 1 3\n"), 7, "found entry 1 1 after entry 1 1 on line 3",
     "every position once"},
    {"duplicate behind a zero", TEXT(REAL "3 3 4\n1 2 1\n2 1 1\n3 1 0\n2 1 1\n"), 6, "after entry 2 1 on line 4",
     "every position once"},
    {"both triangles", TEXT("%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 2\n3 1\n2 1\n"), 5,
     "found entry 2 1 after entry 1 2 on line 3", "one triangle implies the other"},
    {"diagonal of a skew-symmetric matrix",
     TEXT("%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 1\n2 2 5\n"), 3, "entry 2 2", "zero diagonal"},
    {"symmetric but not square", TEXT("%%MatrixMarket matrix coordinate real symmetric\n3 4 1\n2 2 5\n"), 2,
     "3 rows and 4 columns", "as many of both in a symmetric"},
    {"array too short", TEXT("%%MatrixMarket matrix array real general\n2 3\n1\n0\n"), 4, "file: 2", "expected 6"},
    {"array too long", TEXT("%%MatrixMarket matrix array real general\n1 1\n1\n0\n"), 4, "found '0'", "of the file"},
    {"two values a line", TEXT("%%MatrixMarket matrix array real general\n1 2\n1 2\n"), 3, "found '2'", "of the line"},
    {"NUL", TEXT(REAL "2 2 1\n1 1 \0\n"), 3, "a byte 0x00", "text"},
    {"control character", TEXT(REAL "2 2 1\n1 1\x01 2\n"), 3, "a byte 0x01", "text"},
    {"smtx header", TEXT("2, 4\n0 1 3\n"), 1, "nonzeros: the line ends here", "0 to 8"},
    {"smtx header too long", TEXT("2, 4, 3, 1\n0 1 3\n"), 1, "found '1'", "the end of the line"},
    {"smtx too many rows", TEXT("4294967296, 4, 3\n"), 1, "rows: found '4294967296'", "0 to 4294967295"},
    {"smtx negative", TEXT("2, -4, 3\n"), 1, "columns: found '-4'", "0 to 4294967295"},
    {"smtx more nonzeros than positions", TEXT("2, 4, 9\n0 1 3\n"), 1, "found '9'", "0 to 8"},
    {"smtx overflow", TEXT("2, 4, 99999999999999999999\n"), 1, "'99999999999999999999'", "0 to 8"},
    {"smtx promise", TEXT("4000000000, 4000000000, 1000000000000000000\n0 1 3\n"), 2,
     "offset 4 of 4000000001: the line ends here", "from 3"},
    {"smtx without offsets", TEXT("2, 4, 3\n"), 1, "offset 1 of 3: the file ends here", "expected 0"},
    {"smtx offsets too short", TEXT("2, 4, 3\n0 3\n2 3 0\n"), 2, "offset 3 of 3: the line ends here", "expected 3"},
    {"smtx offsets too long", TEXT("2, 4, 3\n0 1 3 3\n2 3 0\n"), 2, "after 3 offsets: found '3'", "end of the line"},
    {"smtx first offset", TEXT("2, 4, 3\n1 2 3\n0 1 2\n"), 2, "offset 1 of 3: found '1'", "expected 0"},
    {"smtx last offset", TEXT("2, 4, 3\n0 1 2\n1 2 3\n"), 2, "offset 3 of 3: found '2'", "expected 3"},
    {"smtx falling offsets", TEXT("3, 4, 3\n0 2 1 3\n1 2 3\n"), 2, "offset 3 of 4: found '1'", "from 2 to 3"},
    {"smtx row too long", TEXT("2, 4, 5\n0 5 5\n0 1 2 3 3\n"), 2, "offset 2 of 3: found '5'", "from 0 to 4"},
    {"smtx fraction", TEXT("2, 4, 3\n0 0.5 3\n"), 2, "found '0.5'", "from 0 to 3"},
    {"smtx without columns", TEXT("2, 4, 3\n0 1 3\n"), 2, "column index 1 of 3: the file ends here", "0 to 3"},
    {"smtx truncated", TEXT("2, 4, 3\n0 1 3\n2 3"), 3, "column index 3 of 3: the file ends here", "0 to 3"},
    {"smtx column 4", TEXT("2, 4, 3\n0 1 3\n2 4 0\n"), 3, "column index 2 of 3: found '4'", "0 to 3"},
    {"smtx duplicate", TEXT("2, 4, 4\n0 1 4\n2 3 1 3\n"), 3, "row 1 (from 0): found column 3 twice", "once"},
    {"smtx columns too long", TEXT("2, 4, 3\n0 1 3\n2 3 0 1\n"), 3, "after 3 column indices: found '1'", "the line"},
    {"smtx fourth line", TEXT("2, 4, 3\n0 1 3\n2 3 0\n1 1 1\n"), 4, "after the column indices: found '1'", "the file"},
};

enum { BAD = sizeof bad / sizeof bad[0] };

static void expect_error(const char *name, const char *path, enum sc_status expected, uint64_t line, const char *one,
                         const char *other)
{
    struct sc_pattern p;
    struct sc_error err = {0};
    int status = sc_pattern_read(&p, path, NULL, &err);

    cr_expect_eq(status, (int)expected, "%s: status %d", name, status);
    cr_expect_eq(err.line, line, "%s: line %" PRIu64, name, err.line);
    cr_expect_str_eq(err.file, path, "%s: %s", name, err.file);
    cr_expect(strstr(err.message, one) && strstr(err.message, other), "%s: %s", name, err.message);
    cr_expect(!p.ptr && !p.idx && p.rows == 0, "%s: something is left", name);
}

Test(pattern_read, bad_files)
{
    for (size_t i = 0; i < BAD; i++)
        for (int compress = 0; compress < 2; compress++) {
            const char *path = matrix_file(bad[i].bytes, bad[i].size, compress);
            expect_error(bad[i].name, path, SC_BAD_INPUT, bad[i].line, bad[i].found, bad[i].expected);
            unlink(path);
        }
}

Test(pattern_read, no_file_at_all)
{
    const char *directory = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    expect_error("directory", directory, SC_IO, 0, "is a directory", "expected a matrix file");
    expect_error("missing", "/nonexistent/a.mtx", SC_IO, 0, "cannot open", "No such file");
}

/* A number of 2000 digits is no number a file can mean, nor is a line without end. */
Test(pattern_read, long_words)
{
    static char text[5000];
    memset(text, '1', sizeof text);
    memcpy(text, REAL "2 2 1\n", sizeof REAL "2 2 1\n" - 1);
    const char *path = matrix_file(text, sizeof text, false);
    expect_error("long word", path, SC_BAD_INPUT, 3, "found '1111111111", "less than 1000 characters");
    unlink(path);
}

Test(pattern_read, damaged_compression)
{
    static char text[40000], bytes[40000];
    size_t size = (size_t)sprintf(text, REAL "1000 1000 1000\n");
    for (int i = 1; i <= 1000; i++)
        size += (size_t)sprintf(text + size, "%d %d %d\n", i, i * 7 % 1000 + 1, i);
    const char *path = matrix_file(text, size, true);
    FILE *file = fopen(path, "rb");
    size_t packed = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    unlink(path);

    path = matrix_file(bytes, packed / 2, false);
    struct sc_error err = {0};
    struct sc_pattern p;
    cr_expect_eq(sc_pattern_read(&p, path, NULL, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "ends too early") && err.line > 300 && err.line < 700, "%" PRIu64 ": %s", err.line,
              err.message);
    unlink(path);
    bytes[packed - 8] ^= 1; /* the check sum */
    path = matrix_file(bytes, packed, false);
    cr_expect_eq(sc_pattern_read(&p, path, NULL, &err), SC_BAD_INPUT);
    cr_expect(strstr(err.message, "damaged (incorrect data check)"), "%s", err.message);
    unlink(path);
}

/* Peak memory of this process in MiB; every test runs in a process of its own. */
static double peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

Test(pattern_read, promises_cost_nothing)
{
    static const char *const texts[] = {
        REAL "4000000000 4000000000 1000000000000000000\n1 1 1\n",
        REAL "4294967295 4294967295 1\n1 1 1\n",
        "%%MatrixMarket matrix array real general\n4294967295 4294967295\n1\n",
        "4294967295, 4294967295, 1000000000000000000\n0 1 2\n",
    };
    double before = peak_memory();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sc_pattern p;
        const char *path = matrix_text(texts[i], false);
        cr_expect_neq(sc_pattern_read(&p, path, NULL, NULL), SC_OK);
        unlink(path);
    }
    cr_expect_lt(peak_memory() - before, 16, "%g MiB", peak_memory() - before);
}

Test(pattern_read, few_entries_for_many_rows)
{
    const char *path = matrix_file(TEXT(REAL "4294967295 1 1\n1 1 1\n"), false);
    expect_error("rows", path, SC_UNSUPPORTED, 0, "4294967295 rows with only 1", "one nonzero per 64 rows");
    unlink(path);
    path = matrix_file(TEXT(REAL "1 4294967295 1\n1 1 1\n"), false);
    expect_error("columns", path, SC_UNSUPPORTED, 0, "4294967295 columns with only 1", "one nonzero per 64 columns");
    unlink(path);
    path = matrix_file(TEXT("1, 4294967295, 1\n0 1\n7\n"), false);
    expect_error("smtx", path, SC_UNSUPPORTED, 0, "4294967295 columns with only 1", "one nonzero per 64 columns");
    unlink(path);
}

static const struct option_case {
    const char *name, *text;
    struct sc_read_options options;
    const char *pattern;
    uint64_t zeros, duplicates;
} option_cases[] = {
    {"zeros kept", REAL "2 2 3\n1 1 0\n2 1 1\n2 2 0.0\n", {.keep_zeros = true}, "0|0 1|", 2, 0},
    {"zeros of arrays never", "%%MatrixMarket matrix array real general\n1 2\n0\n1\n", {.keep_zeros = true}, "1|",
     1, 0},
    {"zero on a skew diagonal", "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 2 0\n",
     {.keep_zeros = true}, "|1|", 1, 0},
    {"duplicates merged", REAL "2 2 4\n1 2 1\n2 1 1\n1 2 -1\n1 2 3\n", {.merge_duplicates = true}, "1|0|", 0, 2},
    {"triangles merged", "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 2\n3 3\n2 1\n",
     {.merge_duplicates = true}, "1|0|2|", 0, 2},
    {"more entries than positions", REAL "1 1 3\n1 1 1\n1 1 1\n1 1 1\n", {.merge_duplicates = true}, "0|", 0, 2},
};

Test(pattern_read, options)
{
    for (size_t i = 0; i < sizeof option_cases / sizeof option_cases[0]; i++) {
        const struct option_case *c = &option_cases[i];
        struct sc_read_info info;
        struct sc_read_options options = c->options;
        struct sc_pattern p;
        struct sc_error err = {0};
        char text[256];

        options.info = &info;
        const char *path = matrix_text(c->text, false);
        cr_assert_eq(sc_pattern_read(&p, path, &options, &err), SC_OK, "%s: %s", c->name, err.message);
        unlink(path);
        cr_expect_eq(sc_pattern_check(&p, &err), SC_OK, "%s: %s", c->name, err.message);
        pattern_text(text, sizeof text, &p);
        cr_expect_str_eq(text, c->pattern, "%s: %s", c->name, text);
        cr_expect(info.zeros == c->zeros && info.duplicates == c->duplicates, "%s: %" PRIu64 " %" PRIu64, c->name,
                  info.zeros, info.duplicates);
        sc_pattern_free(&p);
    }
}

Test(pattern_read, standard_input)
{
    const char *path = matrix_file(TEXT("2, 4, 3\n0 1 3\n2 0 3"), true);
    struct sc_pattern p;
    struct sc_error err = {0};
    cr_assert_not_null(freopen(path, "rb", stdin));
    unlink(path);
    cr_assert_eq(sc_pattern_read(&p, "-", NULL, &err), SC_OK, "%s", err.message);
    cr_expect_eq(p.nnz, 3);
    sc_pattern_free(&p);
    cr_expect_eq(sc_pattern_read(&p, "-", NULL, &err), SC_BAD_INPUT); /* nothing is left */
    cr_expect_str_eq(err.file, "standard input");
}

static const struct {
    const char *word;
    enum sc_value value;
    bool is_count;
    uint64_t count;
} words[] = {
    {"0", SC_VALUE_ZERO, true, 0},
    {"17", SC_VALUE_WHOLE, true, 17},
    {"+17", SC_VALUE_WHOLE, true, 17},
    {"-17", SC_VALUE_WHOLE, false, 0},
    {"-0", SC_VALUE_ZERO, true, 0},
    {"1e5", SC_VALUE_WHOLE, true, 100000},
    {"1.5E1", SC_VALUE_WHOLE, true, 15},
    {"1200e-2", SC_VALUE_WHOLE, true, 12},
    {"1201e-2", SC_VALUE_FRACTION, false, 0},
    {"0.001e3", SC_VALUE_WHOLE, true, 1},
    {"18446744073709551615", SC_VALUE_WHOLE, true, UINT64_MAX},
    {"18446744073709551616", SC_VALUE_WHOLE, false, 0},
    {"00000000000000000000000012", SC_VALUE_WHOLE, true, 12},
    {"1e20", SC_VALUE_WHOLE, false, 0},
    {"1e-400", SC_VALUE_FRACTION, false, 0},
    {"0e999999999999", SC_VALUE_ZERO, true, 0},
    {"1e999999999999", SC_VALUE_WHOLE, false, 0},
    {"NaN", SC_VALUE_FRACTION, false, 0},
    {"-inf", SC_VALUE_FRACTION, false, 0},
    {"info", SC_VALUE_NONE, false, 0},
    {".", SC_VALUE_NONE, false, 0},
    {"-", SC_VALUE_NONE, false, 0},
    {"+-1", SC_VALUE_NONE, false, 0},
    {"1e", SC_VALUE_NONE, false, 0},
    {"1e+", SC_VALUE_NONE, false, 0},
    {"1e5.", SC_VALUE_NONE, false, 0},
    {"0x1", SC_VALUE_NONE, false, 0},
    {"1_000", SC_VALUE_NONE, false, 0},
};

Test(pattern_read, numbers)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct sc_token token = {.kind = SC_WORD, .text = words[i].word, .length = strlen(words[i].word)};
        uint64_t count = 0;
        cr_expect_eq(sc_token_value(&token), words[i].value, "%s: %d", words[i].word, (int)sc_token_value(&token));
        bool is_count = sc_token_count(&token, &count);
        cr_expect(is_count == words[i].is_count && count == words[i].count, "%s: %d %" PRIu64, words[i].word, is_count,
                  count);
    }
}

/* Files longer than any buffer, read in every way: the words at the seams must stay whole. */
Test(pattern_read, long_files)
{
    enum { N = 60000 };
    char *text = malloc(40 * N);
    size_t size = (size_t)sprintf(text, REAL "%d %d %d\n", N, N, N);
    for (int i = 0; i < N; i++)
        size += (size_t)sprintf(text + size, "%d %*s%d 1e%d\n", N - i, i % 7, "", (i * 7919) % N + 1, i % 10);
    for (int compress = 0; compress < 2; compress++) {
        const char *path = matrix_file(text, size, compress);
        struct sc_pattern p;
        struct sc_error err = {0};
        cr_assert_eq(sc_pattern_read(&p, path, NULL, &err), SC_OK, "%" PRIu64 ": %s", err.line, err.message);
        unlink(path);
        cr_expect(p.rows == N && p.nnz == N && p.ptr[1] == 1);
        for (int i = 0; i < N; i++)
            cr_assert_eq(p.idx[N - 1 - i], (uint32_t)((i * 7919) % N), "row %d", N - i);
        sc_pattern_free(&p);
    }
    free(text);
}

static uint64_t step(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth, MMIX */
    return *state >> 33;
}

/* Reads bytes through standard input, which costs less than a file. */
static int read_piped(struct sc_pattern *p, const char *bytes, size_t size, const struct sc_read_options *options,
                      struct sc_error *err)
{
    int ends[2];
    cr_assert(pipe(ends) == 0 && write(ends[1], bytes, size) == (ssize_t)size);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    return sc_pattern_read(p, "-", options, err);
}

/* Whatever bytes change, a file is either refused with a message or gives a valid pattern. */
Test(pattern_read, mangled_files)
{
    static const char swaps[] = "0123456789 \n\n-.,e%\t\r\0x+\x1f\x8b";
    uint64_t state = 1;
    for (int round = 0; round < 20000; round++) {
        const struct good *g = &good[step(&state) % GOOD];
        char bytes[512];
        size_t size = strlen(g->text);
        memcpy(bytes, g->text, size);
        for (uint64_t edits = 1 + step(&state) % 3; edits > 0 && size > 0; edits--) {
            size_t at = step(&state) % size;
            if (step(&state) % 4 == 0)
                size = at;
            else
                bytes[at] = swaps[step(&state) % (sizeof swaps - 1)];
        }
        struct sc_pattern p;
        struct sc_error err = {0};
        struct sc_read_options options = {.merge_duplicates = round % 2};
        if (read_piped(&p, bytes, size, &options, &err) == SC_OK)
            cr_assert_eq(sc_pattern_check(&p, &err), SC_OK, "%s: %s", g->name, err.message);
        else
            cr_assert(err.message[0] && strcmp(err.file, "standard input") == 0, "%s: %s", g->name, err.message);
        sc_pattern_free(&p);
    }
}

/* The same for compressed files: damage anywhere, then the end anywhere. */
Test(pattern_read, mangled_compression)
{
    char bytes[512];
    const char *path = matrix_text(good[1].text, true);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    unlink(path);
    for (size_t at = 0; at < size; at++)
        for (int bit = 0; bit < 9; bit++) {
            struct sc_pattern p;
            struct sc_error err = {0};
            char kept = bytes[at];
            if (bit < 8)
                bytes[at] = (char)(bytes[at] ^ (1 << bit));
            if (read_piped(&p, bytes, bit < 8 ? size : at, NULL, &err) == SC_OK)
                cr_assert_eq(sc_pattern_check(&p, &err), SC_OK, "byte %zu", at);
            else
                cr_assert(err.message[0], "byte %zu", at);
            cr_assert(bit < 8 || !p.ptr, "cut at byte %zu", at);
            bytes[at] = kept;
            sc_pattern_free(&p);
        }
}

/* Files of the collections whose nonzeros differ from the entries that their head counts; SuiteSparse's own figures. */
static const struct {
    const char *name;
    uint64_t nnz;
} expanded[] = {
    {"LFAT5.mtx", 46},        {"bcsstk13.mtx", 83883}, {"nasa4704.mtx", 104756}, {"bcspwr10.mtx", 21842},
    {"zenios.mtx", 1314},     {"karate.mtx", 156},     {"nnc1374.mtx", 8588},    {"bayer10.mtx", 71594},
    {"rajat19.mtx", 3699},
};

static int visited; /* of the walk below, in this test's own process */

/* The sizes of a file by another way: the first line that is no comment. */
static bool head_of(const char *path, uint64_t *rows, uint64_t *cols, uint64_t *entries)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    bool found = false;

    while (file && !found && fgets(line, sizeof line, file))
        found = line[0] != '%' && sscanf(line, "%" SCNu64 "%*[, ]%" SCNu64 "%*[, ]%" SCNu64, rows, cols, entries) == 3;
    if (file)
        fclose(file);
    return found;
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    const char *name = path + where->base, *ending = strrchr(name, '.');
    uint64_t rows = 0, cols = 0, nnz = 0;
    struct sc_pattern p;
    struct sc_error err = {0};

    (void)status;
    if (kind != FTW_F || !ending || (strcmp(ending, ".mtx") != 0 && strcmp(ending, ".smtx") != 0))
        return 0;
    cr_assert(head_of(path, &rows, &cols, &nnz), "%s", path);
    for (size_t i = 0; i < sizeof expanded / sizeof expanded[0]; i++)
        if (strcmp(name, expanded[i].name) == 0)
            nnz = expanded[i].nnz;
    cr_assert_eq(sc_pattern_read(&p, path, NULL, &err), SC_OK, "%s:%" PRIu64 ": %s", path, err.line, err.message);
    cr_expect_eq(sc_pattern_check(&p, &err), SC_OK, "%s: %s", path, err.message);
    cr_expect(p.rows == rows && p.cols == cols && p.nnz == nnz, "%s: %" PRIu64 " x %" PRIu64 ", %" PRIu64, path, p.rows,
              p.cols, p.nnz);
    sc_pattern_free(&p);
    visited++;
    return 0;
}

Test(pattern_read, workloads)
{
    const char *shared = shared_workloads();
    char directory[1100];

    if (!shared)
        cr_skip_test("the shared workloads are not here (set SPARSECAST_SHARED)");
    snprintf(directory, sizeof directory, "%s/matrices", shared);
    cr_assert_eq(nftw(directory, visit, 16, FTW_PHYS), 0);
    cr_expect_geq(visited, 60, "%d files", visited);
}
