/* layer_own.c - a row of our own layer CSV as a layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_reader.h"
#include "printable.h"
#include "text.h"

/* Values of the kind column.  dw (depthwise convolution) and act-act (product of two activations) come with lists
 * derived from models, whose rows are GEMMs already. */
static const struct {
    const char *text;
    enum sc_layer_kind kind;
    bool supported;
} kinds[] = {
    {"gemm", SC_GEMM, true},  {"conv", SC_CONV, true},       {"dw", SC_CONV, true},   {"act-act", SC_GEMM, true},
    {"bpmm", SC_GEMM, false}, {"butterfly", SC_GEMM, false}, {"fft", SC_GEMM, false}, {"attention", SC_GEMM, false},
};

/* The row's width must be the header's; blank cells beyond it are allowed. */
static int check_width(const struct sc_layer_reader *reader, struct sc_error *err)
{
    const struct sc_row *row = &reader->row;

    if (row->written >= reader->columns && row->cells <= reader->columns)
        return SC_OK;
    size_t found = row->cells > reader->columns ? row->cells : row->written;
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), row->line,
                   "the row has %zu cells, expected %zu as in the header", found, reader->columns);
}

static const char *cell(const struct sc_layer_reader *reader, enum sc_own_role role)
{
    size_t column = reader->column[role];
    return column == SC_NO_COLUMN ? "" : reader->row.cell[column];
}

static int read_pattern(const struct sc_layer_reader *reader, enum sc_own_role role, struct sc_pattern_spec *spec,
                        struct sc_error *err)
{
    const char *text = cell(reader, role);

    if (!*text || strcmp(text, "uniform") == 0) {
        *spec = (struct sc_pattern_spec){.kind = SC_UNIFORM};
        return SC_OK;
    }
    struct sc_error inner;
    int status = sc_pattern_parse(spec, text, &inner);
    if (status != SC_OK)
        sc_fail(err, inner.status, sc_rows_path(reader->rows), reader->row.line, "column '%s': %s",
                reader->key[reader->column[role]].text, inner.message);
    return status;
}

/* The pattern file of an operand, resolved relative to the list; NULL when there is none. */
static const char *read_path(const struct sc_layer_reader *reader, int operand)
{
    const char *text = cell(reader, operand ? OWN_FILE_B : OWN_FILE_A);

    if (!*text)
        return NULL;
    if (*text == '/' || reader->directory_length == 0)
        return text;
    strcpy(reader->path_text[operand] + reader->directory_length, text); /* has room for the longest cell */
    return reader->path_text[operand];
}

static int fail_density(const struct sc_layer_reader *reader, int operand, bool looks_like_percent,
                        struct sc_error *err)
{
    bool percent = reader->unit[operand].percent;
    char expected[160];

    snprintf(expected, sizeof expected, "a %s of %s from 0 to %s%s%s%s", percent ? "percentage" : "fraction",
             reader->unit[operand].sparsity ? "zeros" : "nonzeros", percent ? "100" : "1",
             looks_like_percent ? " (percentages belong in a column named " : "",
             looks_like_percent ? (operand ? "density_b_pct" : "density_a_pct") : "", looks_like_percent ? ")" : "");
    return sc_reader_fail(reader, reader->column[operand ? OWN_DENSITY_B : OWN_DENSITY_A], expected, err);
}

/* The density where the list gives none. */
static int default_density(const struct sc_layer_reader *reader, int operand, const struct sc_pattern_spec *pattern,
                           const char *file, double *density, struct sc_error *err)
{
    size_t column = reader->column[operand ? OWN_DENSITY_B : OWN_DENSITY_A];
    static const char expected[] = "a density, a pattern nm:N:M that implies one, or a pattern file";

    if (file)
        *density = -1;
    else if (pattern->kind == SC_NM)
        *density = (double)pattern->nm_n / (double)pattern->nm_m;
    else if (reader->dense[operand])
        *density = 1;
    else if (column != SC_NO_COLUMN)
        return sc_reader_fail(reader, column, expected, err);
    else
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                       "operand %s has no density, expected %s", operand ? "B" : "A", expected);
    return SC_OK;
}

static int read_density(const struct sc_layer_reader *reader, int operand, const struct sc_pattern_spec *pattern,
                        const char *file, double *density, struct sc_error *err)
{
    size_t column = reader->column[operand ? OWN_DENSITY_B : OWN_DENSITY_A];
    double value, whole = reader->unit[operand].percent ? 100 : 1;

    if (column == SC_NO_COLUMN || reader->row.length[column] == 0)
        return default_density(reader, operand, pattern, file, density, err);
    const char *text = reader->row.cell[column];
    size_t length = reader->row.length[column];
    bool number = sc_parse_number(text, length, &value);
    if (!number || !(value >= 0 && value <= whole))
        return fail_density(reader, operand,
                            whole == 1 && (number ? value > 1 && value <= 100 : text[length - 1] == '%'), err);
    value = reader->unit[operand].sparsity ? whole - value : value + 0.0; /* + 0.0 turns -0 into 0 */
    *density = value / whole;
    if (pattern->kind == SC_NM && fabs(*density - (double)pattern->nm_n / (double)pattern->nm_m) > 1e-3) {
        char expected[96];
        snprintf(expected, sizeof expected, "density N/M = %.6g of pattern nm:%" PRIu64 ":%" PRIu64 " (within 0.001)",
                 (double)pattern->nm_n / (double)pattern->nm_m, pattern->nm_n, pattern->nm_m);
        return sc_reader_fail(reader, column, expected, err);
    }
    return SC_OK;
}

static int read_kind(const struct sc_layer_reader *reader, enum sc_layer_kind *kind, struct sc_error *err)
{
    const char *text = cell(reader, OWN_KIND);
    char shown[4 * SC_SHOWN + 1];

    *kind = SC_GEMM;
    if (!*text)
        return SC_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(text, kinds[i].text) != 0)
            continue;
        *kind = kinds[i].kind;
        if (kinds[i].supported)
            return SC_OK;
        sc_printable(shown, text, SC_SHOWN);
        return sc_fail(
            err, SC_UNSUPPORTED, sc_rows_path(reader->rows), reader->row.line,
            "column 'kind': found '%s', which is known but not supported by this build; expected gemm or conv", shown);
    }
    return sc_reader_fail(reader, reader->column[OWN_KIND], "gemm or conv", err);
}

/* count x groups; either may be absent. */
static int read_count(const struct sc_layer_reader *reader, uint64_t *count, struct sc_error *err)
{
    uint64_t groups = 1;
    bool overflow = false;
    int status = SC_OK;

    *count = 1;
    if (*cell(reader, OWN_COUNT))
        status = sc_reader_size(reader, reader->column[OWN_COUNT], count, err);
    if (status == SC_OK && *cell(reader, OWN_GROUPS))
        status = sc_reader_size(reader, reader->column[OWN_GROUPS], &groups, err);
    if (status != SC_OK)
        return status;
    uint64_t total = sc_multiply_checked(*count, groups, &overflow);
    if (overflow)
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                       "count x groups overflows with count = %" PRIu64 ", groups = %" PRIu64
                       ", expected less than 2^64",
                       *count, groups);
    *count = total;
    return SC_OK;
}

static int lower_own(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    int status = check_width(reader, err);

    if (status != SC_OK)
        return status;
    layer->op = (struct sc_operator){.kind = SC_GEMM};
    layer->name = cell(reader, OWN_LAYER);
    layer->model = cell(reader, OWN_MODEL);
    layer->line = reader->row.line;
    layer->a_file = read_path(reader, 0);
    layer->b_file = read_path(reader, 1);
    for (size_t i = 0; i < reader->extras; i++)
        reader->extra[i] = reader->row.cell[reader->extra_column[i]];
    layer->extra = reader->extra;
    layer->extras = reader->extras;
    if (!*layer->name)
        return sc_reader_fail(reader, reader->column[OWN_LAYER], "a name", err);
    if ((status = sc_reader_size(reader, reader->column[OWN_M], &layer->M, err)) != SC_OK ||
        (status = sc_reader_size(reader, reader->column[OWN_N], &layer->N, err)) != SC_OK ||
        (status = sc_reader_size(reader, reader->column[OWN_K], &layer->K, err)) != SC_OK ||
        (status = read_count(reader, &layer->count, err)) != SC_OK ||
        (status = read_kind(reader, &layer->op.kind, err)) != SC_OK ||
        (status = read_pattern(reader, OWN_PATTERN_A, &layer->pattern_a, err)) != SC_OK ||
        (status = read_pattern(reader, OWN_PATTERN_B, &layer->pattern_b, err)) != SC_OK ||
        (status = read_density(reader, 0, &layer->pattern_a, layer->a_file, &layer->density_a, err)) != SC_OK ||
        (status = read_density(reader, 1, &layer->pattern_b, layer->b_file, &layer->density_b, err)) != SC_OK)
        return status;
    return sc_reader_check_sizes(reader, layer, err);
}

/* Room for a resolved path per operand that has a file column, with the list's directory already in it. */
static int prepare_paths(struct sc_layer_reader *reader, struct sc_error *err)
{
    for (int operand = 0; operand < 2; operand++) {
        if (reader->column[operand ? OWN_FILE_B : OWN_FILE_A] == SC_NO_COLUMN || reader->directory_length == 0)
            continue;
        char *text = malloc(reader->directory_length + SC_CELL_LIMIT + 1);
        if (!text)
            return sc_fail(err, SC_NO_MEMORY, sc_rows_path(reader->rows), 0, "out of memory for paths");
        memcpy(text, sc_rows_path(reader->rows), reader->directory_length);
        reader->path_text[operand] = text;
    }
    return SC_OK;
}

int sc_layer_own_open(struct sc_layer_reader *reader, struct sc_error *err)
{
    int status = sc_layer_own_bind(reader, err);
    if (status == SC_OK)
        status = prepare_paths(reader, err);
    reader->lower = lower_own;
    return status;
}

bool sc_layer_has_files(const struct sc_layer_reader *reader)
{
    return reader->lower == lower_own &&
           (reader->column[OWN_FILE_A] != SC_NO_COLUMN || reader->column[OWN_FILE_B] != SC_NO_COLUMN);
}
