/* matrix_market.c - the Matrix Market exchange formats, coordinate and array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "entries.h"
#include "formats.h"
#include "printable.h"
#include "text.h"

enum { SHOWN = 40 }; /* characters of an offending text in a message */

/* Words of the banner; the first spelling of a value is the standard's. */
struct spelling {
    const char *word;
    int value;
};

static const struct spelling objects[] = {{"matrix", 0}};
static const struct spelling layouts[] = {{"coordinate", SC_FILE_COORDINATE}, {"array", SC_FILE_ARRAY}};
static const struct spelling fields[] = {
#define X(id, name) {name, id},
    SC_FIELD_LIST(X)
#undef X
    {"double", SC_FIELD_REAL},            /* ISO C readers of NIST */
    {"unsigned-integer", SC_FIELD_INTEGER}, /* SciPy, fast_matrix_market */
};
static const struct spelling symmetries[] = {
#define X(id, name) {name, id},
    SC_SYMMETRY_LIST(X)
#undef X
};

#define SPELLINGS(list) list, sizeof list / sizeof list[0]

struct reader {
    struct sc_source *source;
    const struct sc_read_options *options;
    struct sc_read_info *info;
    uint64_t rows, cols;
    struct sc_entries entries;
};

static bool same_word(const struct sc_token *token, const char *word)
{
    size_t i = 0;

    for (; i < token->length && word[i]; i++) {
        char c = token->text[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != word[i])
            return false;
    }
    return i == token->length && !word[i];
}

/* Reads one word of the banner; unknown ones are answered with the list and the nearest. */
static int read_spelling(struct sc_source *source, const char *what, const struct spelling *list, size_t count,
                         int *value, struct sc_error *err)
{
    enum { MOST = 8 };
    const char *names[MOST];
    char expected[256] = "", word[4 * SHOWN + 1];
    struct sc_token token;
    size_t used = 0;
    int status = sc_source_next(source, &token, err);

    if (status != SC_OK)
        return status;
    for (size_t i = 0; i < count && token.kind == SC_WORD; i++)
        if (same_word(&token, list[i].word)) {
            *value = list[i].value;
            return SC_OK;
        }
    for (size_t i = 0; i < count; i++) {
        names[i] = list[i].word;
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s",
                                 i == 0 ? "" : i + 1 < count ? ", " : " or ", list[i].word);
    }
    snprintf(word, sizeof word, "%.*s", token.length < sizeof word ? (int)token.length : 0, token.text);
    const char *nearest = word[0] ? sc_nearest_name(word, names, count) : NULL;
    if (nearest)
        snprintf(expected + used, sizeof expected - used, " (did you mean '%s'?)", nearest);
    return sc_source_unexpected(source, &token, what, expected, err);
}

/* The combinations that the format defines. */
static int check_banner(const struct reader *reader, struct sc_error *err)
{
    const struct sc_read_info *info = reader->info;
    bool pattern = info->field == SC_FIELD_PATTERN;
    const char *wrong = NULL;

    if (pattern && info->file == SC_FILE_ARRAY)
        wrong = "an array of pattern: expected real, integer or complex values in an array";
    else if (pattern && info->symmetry != SC_GENERAL && info->symmetry != SC_SYMMETRIC)
        wrong = "a pattern without signs: expected general or symmetric";
    else if (info->symmetry == SC_HERMITIAN && info->field != SC_FIELD_COMPLEX)
        wrong = "a hermitian matrix without complex values: expected symmetric, or the field complex";
    if (!wrong)
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, reader->source->path, reader->source->line,
                   "the banner says 'matrix %s %s %s', %s", info->file == SC_FILE_ARRAY ? "array" : "coordinate",
                   sc_matrix_field_name(info->field), sc_matrix_symmetry_name(info->symmetry), wrong);
}

static int read_banner(struct reader *reader, struct sc_error *err)
{
    int object, layout, field, symmetry, status;

    if ((status = read_spelling(reader->source, "banner, object", SPELLINGS(objects), &object, err)) != SC_OK ||
        (status = read_spelling(reader->source, "banner, format", SPELLINGS(layouts), &layout, err)) != SC_OK ||
        (status = read_spelling(reader->source, "banner, field", SPELLINGS(fields), &field, err)) != SC_OK ||
        (status = read_spelling(reader->source, "banner, symmetry", SPELLINGS(symmetries), &symmetry, err)) != SC_OK)
        return status;
    reader->info->file = (enum sc_matrix_file)layout;
    reader->info->field = (enum sc_matrix_field)field;
    reader->info->symmetry = (enum sc_matrix_symmetry)symmetry;
    status = check_banner(reader, err);
    return status != SC_OK ? status : sc_read_line_end(reader->source, "the banner", err);
}

/* Whether entries off the diagonal imply their mirror images. */
static bool is_mirrored(const struct reader *reader)
{
    return reader->info->symmetry != SC_GENERAL;
}

/* Positions that entries may take, each once; of an array, those that must be given. */
static uint64_t positions(const struct reader *reader)
{
    uint64_t n = reader->rows, half = n % 2 ? n * ((n + 1) / 2) : n / 2 * (n + 1);

    if (!is_mirrored(reader))
        return reader->rows * reader->cols; /* both below 2^32 */
    bool strict = reader->info->file == SC_FILE_ARRAY && reader->info->symmetry == SC_SKEW_SYMMETRIC;
    return strict ? half - n : half;
}

static int read_sizes(struct reader *reader, struct sc_error *err)
{
    static const uint64_t most = SC_PATTERN_DIMENSION_MAX;
    struct sc_source *source = reader->source;
    struct sc_token token;
    int status = sc_source_next_line(source, &token, err);

    if (status != SC_OK ||
        (status = sc_check_bounded(source, &token, "number of rows", 0, most, &reader->rows, err)) != SC_OK ||
        (status = sc_read_bounded(source, "number of columns", 0, most, &reader->cols, err)) != SC_OK)
        return status;
    if (is_mirrored(reader) && reader->rows != reader->cols)
        return sc_fail(err, SC_BAD_INPUT, source->path, source->line,
                       "found %" PRIu64 " rows and %" PRIu64 " columns, expected as many of both in a %s matrix",
                       reader->rows, reader->cols, sc_matrix_symmetry_name(reader->info->symmetry));
    reader->info->entries = positions(reader);
    if (reader->info->file == SC_FILE_COORDINATE) {
        uint64_t limit = reader->options->merge_duplicates ? UINT64_MAX : reader->info->entries;
        status = sc_read_bounded(source, "number of entries", 0, limit, &reader->info->entries, err);
        if (status != SC_OK)
            return status;
    }
    return sc_read_line_end(source, "the sizes", err);
}

/* Reads the value of an entry, two numbers when it is complex.  A value of 0 counts as nonzero in a pattern only. */
static int read_value(struct reader *reader, struct sc_token *token, bool have_token, bool *zero, struct sc_error *err)
{
    enum sc_matrix_field field = reader->info->field;
    int numbers = field == SC_FIELD_PATTERN ? 0 : field == SC_FIELD_COMPLEX ? 2 : 1;

    *zero = numbers > 0;
    for (int i = 0; i < numbers; i++) {
        if (i > 0 || !have_token) {
            int status = sc_source_next(reader->source, token, err);
            if (status != SC_OK)
                return status;
        }
        enum sc_value value = token->kind == SC_WORD ? sc_token_value(token) : SC_VALUE_NONE;
        if (value == SC_VALUE_NONE || (value == SC_VALUE_FRACTION && field == SC_FIELD_INTEGER))
            return sc_source_unexpected(reader->source, token,
                                        numbers == 1 ? "value" : i == 0 ? "real part" : "imaginary part",
                                        field == SC_FIELD_INTEGER ? "a whole number" : "a number", err);
        *zero = *zero && value == SC_VALUE_ZERO;
    }
    return SC_OK;
}

/* Stores an entry, row and column from 0. */
static int add_entry(struct reader *reader, uint64_t row, uint64_t col, bool zero, uint64_t line, struct sc_error *err)
{
    if (row == col && reader->info->symmetry == SC_SKEW_SYMMETRIC && !zero)
        return sc_fail(err, SC_BAD_INPUT, reader->source->path, line,
                       "found entry %" PRIu64 " %" PRIu64 " that is not 0, expected a zero diagonal in a "
                       "skew-symmetric matrix", row + 1, col + 1);
    reader->info->zeros += zero;
    if (zero && (reader->info->file == SC_FILE_ARRAY || !reader->options->keep_zeros))
        return SC_OK;
    return sc_entries_add(&reader->entries, (uint32_t)row, (uint32_t)col, line, err);
}

/* The file ended although more was promised. */
static int fail_short(const struct reader *reader, uint64_t found, struct sc_error *err)
{
    return sc_fail(err, SC_BAD_INPUT, reader->source->path, sc_source_here(reader->source),
                   "entries up to the end of the file: %" PRIu64 ", expected %" PRIu64, found, reader->info->entries);
}

static int read_coordinates(struct reader *reader, struct sc_error *err)
{
    struct sc_source *source = reader->source;
    struct sc_token token;
    const char *entry = reader->info->field == SC_FIELD_PATTERN ? "an entry without value (the banner says pattern)"
                                                                : "the entry";
    uint64_t row, col;
    bool zero;
    int status = SC_OK;

    for (uint64_t found = 0; found < reader->info->entries && status == SC_OK; found++) {
        if ((status = sc_source_next_line(source, &token, err)) != SC_OK)
            break;
        if (token.kind == SC_FILE_END)
            return fail_short(reader, found, err);
        uint64_t line = source->line;
        if ((status = sc_check_bounded(source, &token, "row index", 1, reader->rows, &row, err)) == SC_OK &&
            (status = sc_read_bounded(source, "column index", 1, reader->cols, &col, err)) == SC_OK &&
            (status = read_value(reader, &token, false, &zero, err)) == SC_OK &&
            (status = sc_read_line_end(source, entry, err)) == SC_OK)
            status = add_entry(reader, row - 1, col - 1, zero, line, err);
    }
    return status;
}

/* Column by column; of the symmetric kinds the lower triangle, without the diagonal when it is zero anyway. */
static int read_array(struct reader *reader, struct sc_error *err)
{
    struct sc_source *source = reader->source;
    bool mirrored = is_mirrored(reader), skew = reader->info->symmetry == SC_SKEW_SYMMETRIC;
    struct sc_token token;
    uint64_t found = 0;
    bool zero;
    int status = SC_OK;

    for (uint64_t col = 0; col < reader->cols && found < reader->info->entries && status == SC_OK; col++)
        for (uint64_t row = mirrored ? col + skew : 0; row < reader->rows && status == SC_OK; row++, found++) {
            if ((status = sc_source_next_line(source, &token, err)) != SC_OK)
                break;
            if (token.kind == SC_FILE_END)
                return fail_short(reader, found, err);
            uint64_t line = source->line;
            if ((status = read_value(reader, &token, true, &zero, err)) == SC_OK &&
                (status = sc_read_line_end(source, "the value", err)) == SC_OK)
                status = add_entry(reader, row, col, zero, line, err);
        }
    return status;
}

int sc_read_matrix_market(struct sc_pattern *out, struct sc_source *source, const struct sc_read_options *options,
                          struct sc_read_info *info, struct sc_error *err)
{
    struct reader reader = {.source = source, .options = options, .info = info};
    char last[64];
    int status = read_banner(&reader, err);

    if (status == SC_OK)
        status = read_sizes(&reader, err);
    if (status == SC_OK)
        status = info->file == SC_FILE_ARRAY ? read_array(&reader, err) : read_coordinates(&reader, err);
    if (status == SC_OK) {
        snprintf(last, sizeof last, "entry %" PRIu64 " of %" PRIu64, info->entries, info->entries);
        status = sc_read_file_end(source, last, err);
    }
    if (status == SC_OK)
        status = sc_entries_pattern(out, &reader.entries, reader.rows, reader.cols, is_mirrored(&reader),
                                    options->merge_duplicates ? &info->duplicates : NULL, source->path, err);
    sc_entries_free(&reader.entries);
    return status;
}
