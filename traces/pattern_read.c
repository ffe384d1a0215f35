/* pattern_read.c - tells matrix files apart, and what their parsers share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "pattern_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats.h"
#include "rows.h"

static const char EXPECTED[] = "a Matrix Market file, which begins with '%%MatrixMarket matrix ...', or an .smtx "
                               "file, which begins with 'rows, cols, nnz'";

#define X(id, name) [id] = name,
const char *sc_matrix_file_name(enum sc_matrix_file file)
{
    static const char *const names[] = {SC_FILE_LIST(X)};
    return names[file];
}

const char *sc_matrix_field_name(enum sc_matrix_field field)
{
    static const char *const names[] = {SC_FIELD_LIST(X)};
    return names[field];
}

const char *sc_matrix_symmetry_name(enum sc_matrix_symmetry symmetry)
{
    static const char *const names[] = {SC_SYMMETRY_LIST(X)};
    return names[symmetry];
}
#undef X

int sc_check_bounded(const struct sc_source *source, const struct sc_token *token, const char *what, uint64_t low,
                     uint64_t high, uint64_t *value, struct sc_error *err)
{
    char expected[96];

    if (token->kind == SC_WORD && sc_token_count(token, value) && *value >= low && *value <= high)
        return SC_OK;
    if (low > high)
        snprintf(expected, sizeof expected, "no entry in a matrix without positions");
    else if (low == high)
        snprintf(expected, sizeof expected, "%" PRIu64, low);
    else
        snprintf(expected, sizeof expected, "a whole number from %" PRIu64 " to %" PRIu64, low, high);
    return sc_source_unexpected(source, token, what, expected, err);
}

int sc_read_bounded(struct sc_source *source, const char *what, uint64_t low, uint64_t high, uint64_t *value,
                    struct sc_error *err)
{
    struct sc_token token;
    int status = sc_source_next(source, &token, err);

    return status != SC_OK ? status : sc_check_bounded(source, &token, what, low, high, value, err);
}

int sc_read_line_end(struct sc_source *source, const char *what, struct sc_error *err)
{
    struct sc_token token;
    int status = sc_source_next(source, &token, err);

    if (status != SC_OK || token.kind != SC_WORD)
        return status;
    if (token.text[0] == '%')
        return sc_source_skip_line(source, err);
    char after[96];
    snprintf(after, sizeof after, "after %s", what);
    return sc_source_unexpected(source, &token, after, "the end of the line", err);
}

int sc_read_file_end(struct sc_source *source, const char *last, struct sc_error *err)
{
    struct sc_token token;
    int status = sc_source_next_line(source, &token, err);

    if (status != SC_OK || token.kind == SC_FILE_END)
        return status;
    char after[96];
    snprintf(after, sizeof after, "after %s", last);
    return sc_source_unexpected(source, &token, after, "the end of the file", err);
}

/* "%%MatrixMarket" or, as some write it, "%MatrixMarket", in any case. */
static bool is_banner(const struct sc_token *token)
{
    static const char name[] = "%matrixmarket";
    const char *at = token->text;
    size_t length = token->length, i = 0;

    if (length > 1 && at[0] == '%' && at[1] == '%') {
        at++;
        length--;
    }
    for (; i < length && name[i]; i++)
        if ((at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] - 'A' + 'a') : at[i]) != name[i])
            return false;
    return i == length && !name[i];
}

/* Whether a line that begins with `token` is "rows, cols, nnz": a digit first and a comma before the line ends. */
static bool is_smtx(const struct sc_source *source, const struct sc_token *token)
{
    size_t ahead = (size_t)(source->end - token->text);
    const char *stop = memchr(token->text, '\n', ahead);

    return token->text[0] >= '0' && token->text[0] <= '9' &&
           memchr(token->text, ',', stop ? (size_t)(stop - token->text) : ahead) != NULL;
}

static int fail_unknown(const struct sc_source *source, const struct sc_token *token, const char *head, size_t length,
                        struct sc_error *err)
{
    const char *kind = sc_file_kind(head, length);
    char first = token->text[0];

    if (token->kind == SC_FILE_END)
        return sc_fail(err, SC_BAD_INPUT, source->path, 0, "%s, expected %s",
                       length == 0 ? "the file is empty" : "the file holds only comments", EXPECTED);
    if (kind && !(first >= '0' && first <= '9')) /* numbers are a banner forgotten, not another kind of file */
        return sc_fail(err, SC_BAD_INPUT, source->path, 0, "this looks like %s, expected %s", kind, EXPECTED);
    return sc_source_unexpected(source, token, "first line", EXPECTED, err);
}

/* Finds out what the file is and hands it to its parser. */
static int read_any(struct sc_pattern *out, struct sc_source *source, const struct sc_read_options *options,
                    struct sc_read_info *info, struct sc_error *err)
{
    struct sc_token token;
    char head[256]; /* as much as telling a foreign file takes */
    size_t ahead = (size_t)(source->end - source->at), length = ahead < sizeof head ? ahead : sizeof head;

    memcpy(head, source->at, length);
    for (;;) {
        int status = sc_source_next(source, &token, err);
        if (status != SC_OK)
            return status == SC_BAD_INPUT && sc_file_kind(head, length)
                       ? fail_unknown(source, &(struct sc_token){.text = ""}, head, length, err)
                       : status;
        if (token.kind == SC_LINE_END)
            continue;
        if (token.kind == SC_WORD && is_banner(&token))
            return sc_read_matrix_market(out, source, options, info, err);
        if (token.kind == SC_FILE_END || token.text[0] != '%')
            break;
        status = sc_source_skip_line(source, err);
        if (status != SC_OK)
            return status;
    }
    if (token.kind == SC_WORD && is_smtx(source, &token)) {
        sc_source_back(source, &token);
        return sc_read_smtx(out, source, info, err);
    }
    return fail_unknown(source, &token, head, length, err);
}

int sc_pattern_read(struct sc_pattern *out, const char *path, const struct sc_read_options *options,
                    struct sc_error *err)
{
    static const struct sc_read_options defaults;
    struct sc_read_info info = {0};
    struct sc_source source;

    *out = (struct sc_pattern){0};
    if (!options)
        options = &defaults;
    int status = sc_source_open(&source, path, err);
    if (status == SC_OK)
        status = read_any(out, &source, options, &info, err);
    sc_source_close(&source);
    if (status == SC_OK && options->info)
        *options->info = info;
    if (status != SC_OK) {
        sc_pattern_free(out);
        if (err && !err->file[0])
            snprintf(err->file, sizeof err->file, "%s", path);
    }
    return status;
}
