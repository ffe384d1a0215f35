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

/* Further values of the kind column, as in lists derived from models, whose rows are GEMMs already: depthwise
 * convolution, and the product of two activations. */
static const struct {
    const char *text;
    enum sc_layer_kind kind;
} derived_kinds[] = {{"dw", SC_CONV}, {"act-act", SC_GEMM}};

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

const char *sc_own_cell(const struct sc_layer_reader *reader, enum sc_own_role role)
{
    size_t column = reader->column[role];
    return column == SC_NO_COLUMN ? "" : reader->row.cell[column];
}

/* The row's kind as written. */
static const char *kind_name(const struct sc_layer_reader *reader)
{
    const char *kind = sc_own_cell(reader, OWN_KIND);
    return *kind ? kind : "gemm";
}

int sc_own_size(const struct sc_layer_reader *reader, enum sc_own_role role, uint64_t *value, struct sc_error *err)
{
    if (reader->column[role] != SC_NO_COLUMN)
        return sc_reader_size(reader, reader->column[role], value, err);
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                   "the list has no column '%s', which a row of kind %s needs", sc_own_column_name(role),
                   kind_name(reader));
}

int sc_own_optional(const struct sc_layer_reader *reader, enum sc_own_role role, uint64_t otherwise, uint64_t *value,
                    struct sc_error *err)
{
    *value = otherwise;
    return *sc_own_cell(reader, role) ? sc_reader_size(reader, reader->column[role], value, err) : SC_OK;
}

static int read_pattern(const struct sc_layer_reader *reader, enum sc_own_role role, struct sc_pattern_spec *spec,
                        struct sc_error *err)
{
    const char *text = sc_own_cell(reader, role);

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
    const char *text = sc_own_cell(reader, operand ? OWN_FILE_B : OWN_FILE_A);

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
                           double implied, const char *file, double *density, struct sc_error *err)
{
    size_t column = reader->column[operand ? OWN_DENSITY_B : OWN_DENSITY_A];
    static const char expected[] = "a density, a pattern nm:N:M or periodic:... that implies one, or a pattern file";

    if (file)
        *density = -1;
    else if (pattern->kind == SC_PERIODIC_KERNELS)
        *density = implied;
    else if (pattern->kind == SC_NM)
        *density = (double)pattern->nm_n / (double)pattern->nm_m;
    else if (reader->dense[operand] || reader->dense_row)
        *density = 1;
    else if (column != SC_NO_COLUMN)
        return sc_reader_fail(reader, column, expected, err);
    else
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                       "operand %s has no density, expected %s", operand ? "B" : "A", expected);
    return SC_OK;
}

/* `implied`: density of a periodic pattern. */
static int read_density(const struct sc_layer_reader *reader, int operand, const struct sc_pattern_spec *pattern,
                        double implied, const char *file, double *density, struct sc_error *err)
{
    size_t column = reader->column[operand ? OWN_DENSITY_B : OWN_DENSITY_A];
    double value, whole = reader->unit[operand].percent ? 100 : 1;

    if (column == SC_NO_COLUMN || reader->row.length[column] == 0)
        return default_density(reader, operand, pattern, implied, file, density, err);
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
    if (pattern->kind == SC_PERIODIC_KERNELS && fabs(*density - implied) > 1e-3) {
        char expected[96];
        snprintf(expected, sizeof expected, "the density of the periodic pattern, %.6g (within 0.001)", implied);
        return sc_reader_fail(reader, column, expected, err);
    }
    return SC_OK;
}

/* A periodic pattern takes its kernels from the layer's geometry, where known; the density follows. */
static int resolve_periodic(const struct sc_layer_reader *reader, enum sc_own_role role, const struct sc_layer *layer,
                            struct sc_pattern_spec *spec, double *density, struct sc_error *err)
{
    struct sc_periodic table;
    struct sc_error inner;
    struct sc_periodic_spec *periodic = &spec->periodic;
    const struct sc_operator *op = &layer->op;
    uint64_t channels, filters = role == OWN_PATTERN_A ? layer->M : layer->N;
    char expected[96];

    *density = -1;
    if (spec->kind != SC_PERIODIC_KERNELS)
        return SC_OK;
    bool known = sc_operator_has_geometry(op);
    if (known && periodic->height == 0 && op->filter_height <= UINT32_MAX && op->filter_width <= UINT32_MAX) {
        periodic->height = (uint32_t)op->filter_height;
        periodic->width = (uint32_t)op->filter_width;
    }
    if (known && (periodic->height != op->filter_height || periodic->width != op->filter_width)) {
        snprintf(expected, sizeof expected, "kernels of %" PRIu64 " x %" PRIu64 ", as the geometry says",
                 op->filter_height, op->filter_width);
        return sc_reader_fail(reader, reader->column[role], expected, err);
    }
    if (sc_periodic_for(&table, &channels, periodic, layer->K, &inner) != SC_OK)
        return sc_fail(err, inner.status, sc_rows_path(reader->rows), reader->row.line, "column '%s': %s",
                       reader->key[reader->column[role]].text, inner.message);
    periodic->height = table.height;
    periodic->width = table.width;
    *density = (double)sc_periodic_nonzeros(&table, filters, channels) / ((double)filters * (double)layer->K);
    return SC_OK;
}

/* What a row is: an operator, or transformer blocks that expand to operators. */
struct row_kind {
    enum sc_layer_kind layer;
    bool blocks;
    enum sc_block_kind block;
};

static int read_kind(const struct sc_layer_reader *reader, struct row_kind *kind, struct sc_error *err)
{
    const char *text = sc_own_cell(reader, OWN_KIND);
    char expected[160];
    size_t used = 0;

    *kind = (struct row_kind){.layer = SC_GEMM};
    if (!*text)
        return SC_OK;
    kind->blocks = sc_block_kind_find(text, &kind->block);
    if (kind->blocks)
        return SC_OK;
    for (int i = 0; i < SC_LAYER_KINDS; i++)
        if (strcmp(text, sc_layer_kind_name((enum sc_layer_kind)i)) == 0) {
            kind->layer = (enum sc_layer_kind)i;
            return SC_OK;
        }
    for (size_t i = 0; i < sizeof derived_kinds / sizeof derived_kinds[0]; i++)
        if (strcmp(text, derived_kinds[i].text) == 0) {
            kind->layer = derived_kinds[i].kind;
            return SC_OK;
        }
    for (int i = 0; i < SC_LAYER_KINDS; i++)
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s, ",
                                 sc_layer_kind_name((enum sc_layer_kind)i));
    for (int i = 0; i < SC_BLOCK_KINDS; i++)
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s",
                                 i == SC_BLOCK_KINDS - 1 ? " or "
                                 : i                     ? ", "
                                                         : "",
                                 sc_block_kind_name((enum sc_block_kind)i));
    return sc_reader_fail(reader, reader->column[OWN_KIND], expected, err);
}

/* How many GEMMs (or other operators) the row stands for.  Where the header names lowered sizes, count x groups, either
 * of which may be absent; elsewhere the count includes the groups of a convolution, and a blank one means all of them
 * once. */
static int read_count(const struct sc_layer_reader *reader, bool grouped, uint64_t *count, struct sc_error *err)
{
    uint64_t groups = 1;
    bool overflow = false;
    int status = SC_OK;

    if (reader->lowered || grouped)
        status = sc_own_optional(reader, OWN_GROUPS, 1, &groups, err);
    if (status == SC_OK)
        status = sc_own_optional(reader, OWN_COUNT, reader->lowered ? 1 : groups, count, err);
    if (status != SC_OK || !reader->lowered)
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

static bool any_cell(const struct sc_layer_reader *reader, enum sc_own_role first, enum sc_own_role last)
{
    for (enum sc_own_role role = first; role <= last; role++)
        if (*sc_own_cell(reader, role))
            return true;
    return false;
}

/* Patterns and densities of both operands of a GEMM. */
static int read_operands(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    double implied_a, implied_b;
    int status;

    if ((status = read_pattern(reader, OWN_PATTERN_A, &layer->pattern_a, err)) != SC_OK ||
        (status = read_pattern(reader, OWN_PATTERN_B, &layer->pattern_b, err)) != SC_OK ||
        (status = resolve_periodic(reader, OWN_PATTERN_A, layer, &layer->pattern_a, &implied_a, err)) != SC_OK ||
        (status = resolve_periodic(reader, OWN_PATTERN_B, layer, &layer->pattern_b, &implied_b, err)) != SC_OK ||
        (status = read_density(reader, 0, &layer->pattern_a, implied_a, layer->a_file, &layer->density_a, err)) !=
            SC_OK)
        return status;
    return read_density(reader, 1, &layer->pattern_b, implied_b, layer->b_file, &layer->density_b, err);
}

/* Operators on dense vectors: a cell that says otherwise would be ignored. */
static int expect_dense(const struct sc_layer_reader *reader, const struct sc_layer *layer, struct sc_error *err)
{
    char expected[96];
    enum sc_own_role wrong = layer->a_file                              ? OWN_FILE_A
                             : layer->b_file                            ? OWN_FILE_B
                             : layer->pattern_a.kind != SC_UNIFORM      ? OWN_PATTERN_A
                             : layer->pattern_b.kind != SC_UNIFORM      ? OWN_PATTERN_B
                             : layer->density_a != 1                    ? OWN_DENSITY_A
                             : layer->density_b != 1                    ? OWN_DENSITY_B
                                                                        : OWN_ROLES;

    if (wrong == OWN_ROLES)
        return SC_OK;
    snprintf(expected, sizeof expected, "nothing in a row of kind %s, whose operands are dense",
             sc_own_cell(reader, OWN_KIND));
    return sc_reader_fail(reader, reader->column[wrong], expected, err);
}

/* A size that must be the same as another, or blank. */
static int same_size(const struct sc_layer_reader *reader, enum sc_own_role role, uint64_t other, const char *rule,
                     uint64_t *size, struct sc_error *err)
{
    char expected[96];
    int status = sc_own_optional(reader, role, other, size, err);

    if (status != SC_OK || *size == other)
        return status;
    snprintf(expected, sizeof expected, "%" PRIu64 ": %s", other, rule);
    return sc_reader_fail(reader, reader->column[role], expected, err);
}

static int read_heads(const struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    char expected[96];
    int status = sc_own_optional(reader, OWN_HEADS, 0, &layer->op.heads, err);

    if (status != SC_OK || layer->op.heads == 0 || layer->M % layer->op.heads == 0)
        return status;
    snprintf(expected, sizeof expected, "a number of heads that divides M = %" PRIu64, layer->M);
    return sc_reader_fail(reader, reader->column[OWN_HEADS], expected, err);
}

/* M, N, K and what else the kind has. */
static int read_sizes(const struct sc_layer_reader *reader, struct sc_layer *layer, bool geometry, struct sc_error *err)
{
    bool transform = layer->op.kind == SC_FFT || layer->op.kind == SC_FFT2D;
    int status;

    if (geometry)
        return sc_own_convolution(reader, layer, err);
    if ((status = sc_own_size(reader, OWN_M, &layer->M, err)) != SC_OK ||
        (status = sc_own_size(reader, OWN_N, &layer->N, err)) != SC_OK)
        return status;
    if (transform)
        return same_size(reader, OWN_K, layer->M, "M = K are the points of a transform", &layer->K, err);
    status = sc_own_size(reader, OWN_K, &layer->K, err);
    return status == SC_OK && layer->op.kind == SC_ATTENTION ? read_heads(reader, layer, err) : status;
}

/* Cells that the kind of the row has no use for. */
static void warn_of_ignored(struct sc_layer_reader *reader, const struct row_kind *kind)
{
    bool attention = kind->blocks || kind->layer == SC_ATTENTION;

    for (enum sc_own_role role = OWN_GROUPS; role <= OWN_MIX; role++) {
        bool used = role == OWN_GROUPS  ? reader->lowered || kind->layer == SC_CONV
                    : role == OWN_BATCH ? kind->blocks || kind->layer == SC_CONV
                    : role < OWN_BATCH  ? kind->layer == SC_CONV
                    : role == OWN_HEADS ? attention
                                        : kind->blocks;
        if (!used && *sc_own_cell(reader, role) && sc_reader_should_warn(reader, SC_WARN_IGNORED))
            sc_reader_warn(reader, reader->row.line, "column '%s' means nothing in a row of kind %s and is ignored",
                           sc_own_column_name(role), kind_name(reader));
    }
}

/* What all rows have: names, files, columns passed through. */
static int start_row(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    int status = check_width(reader, err);

    if (status != SC_OK)
        return status;
    *layer = (struct sc_layer){.name = sc_own_cell(reader, OWN_LAYER),
                               .model = sc_own_cell(reader, OWN_MODEL),
                               .line = reader->row.line,
                               .a_file = read_path(reader, 0),
                               .b_file = read_path(reader, 1),
                               .extra = reader->extra,
                               .extras = reader->extras};
    for (size_t i = 0; i < reader->extras; i++)
        reader->extra[i] = reader->row.cell[reader->extra_column[i]];
    return *layer->name ? SC_OK : sc_reader_fail(reader, reader->column[OWN_LAYER], "a name", err);
}

static int lower_own(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    struct row_kind kind;
    int status;

    if ((status = start_row(reader, layer, err)) != SC_OK || (status = read_kind(reader, &kind, err)) != SC_OK)
        return status;
    bool gemm = kind.blocks ? kind.block == SC_VANILLA : kind.layer == SC_GEMM || kind.layer == SC_CONV;
    bool geometry = kind.layer == SC_CONV && reader->column[OWN_IN_CHANNELS] != SC_NO_COLUMN &&
                    any_cell(reader, OWN_IN_CHANNELS, OWN_OUT_WIDTH);
    layer->op.kind = kind.layer;
    reader->dense_row = !gemm || kind.blocks;
    warn_of_ignored(reader, &kind);
    if (!kind.blocks && ((status = read_count(reader, geometry, &layer->count, err)) != SC_OK ||
                         (status = read_sizes(reader, layer, geometry, err)) != SC_OK))
        return status;
    status = read_operands(reader, layer, err);
    if (status == SC_OK && !gemm)
        status = expect_dense(reader, layer, err);
    if (status != SC_OK)
        return status;
    return kind.blocks ? sc_own_block(reader, kind.block, layer, err) : sc_reader_check_sizes(reader, layer, err);
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

unsigned sc_layer_columns(const struct sc_layer_reader *reader)
{
    const size_t *column = reader->column;

    if (reader->lower != lower_own)
        return sc_scalesim_columns(reader);
    return (column[OWN_FILE_A] != SC_NO_COLUMN || column[OWN_FILE_B] != SC_NO_COLUMN ? SC_WITH_FILES : 0) |
           (column[OWN_IN_CHANNELS] != SC_NO_COLUMN ? SC_WITH_GEOMETRY : 0) |
           (column[OWN_HEADS] != SC_NO_COLUMN ? SC_WITH_HEADS : 0);
}
