/* scalesim.c - SCALE-Sim topology files as layers: convolutions lowered by im2col, and GEMMs.
 *
 * Semantics of SCALE-Sim v3's own reader where it is sound: names may repeat, one stride for both directions, output
 * size ceil((input - filter + stride) / stride), nothing is padded, "N:M" sparsity is N nonzeros out of M on the filter
 * side. Depthwise convolutions are told by what the row says (a #dw cell, one filter over several channels), never by
 * its name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_reader.h"
#include "printable.h"
#include "text.h"

enum conv_role { NAME, IFMAP_H, IFMAP_W, FILTER_H, FILTER_W, CHANNELS, FILTERS, STRIDE, SPARSITY, BATCH };
enum gemm_role { GEMM_NAME, GEMM_M, GEMM_N, GEMM_K, GEMM_SPARSITY, GEMM_ROLES };

enum {
    CONV_REQUIRED = SPARSITY, /* the roles before it must be there */
    GEMM_REQUIRED = GEMM_SPARSITY,
    CONV_EVIDENCE = 3 /* so many of a convolution's own column names make a header one */
};

struct spelling {
    const char *key;
    int role;
};

static const struct spelling conv_spellings[] = {
    {"layer name", NAME},       {"layer", NAME},          {"name", NAME},
    {"ifmap height", IFMAP_H},  {"ifmap width", IFMAP_W}, {"filter height", FILTER_H},
    {"filter width", FILTER_W}, {"channels", CHANNELS},   {"channel", CHANNELS},
    {"num filter", FILTERS},    {"num filters", FILTERS}, {"strides", STRIDE},
    {"stride", STRIDE},         {"sparsity", SPARSITY},   {"batch size", BATCH},
    {"batch", BATCH},
};

static const struct spelling gemm_spellings[] = {
    {"layer name", GEMM_NAME},
    {"layer", GEMM_NAME},
    {"name", GEMM_NAME},
    {"l", GEMM_NAME},
    {"m", GEMM_M},
    {"n", GEMM_N},
    {"k", GEMM_K},
    {"sparsity", GEMM_SPARSITY},
};

static const char *const conv_titles[CONV_REQUIRED] = {
    "Layer name", "IFMAP Height", "IFMAP Width", "Filter Height", "Filter Width", "Channels", "Num Filter", "Strides",
};

static int role_of(const char *key, const struct spelling *spellings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(spellings[i].key, key) == 0)
            return spellings[i].role;
    return -1;
}

static int conv_role_of(const char *key)
{
    return role_of(key, conv_spellings, sizeof conv_spellings / sizeof conv_spellings[0]);
}

static int gemm_role_of(const char *key)
{
    return role_of(key, gemm_spellings, sizeof gemm_spellings / sizeof gemm_spellings[0]);
}

bool sc_scalesim_is_convolution(const struct sc_layer_reader *reader)
{
    int evidence = 0;

    for (size_t i = 0; i < reader->columns; i++) {
        int role = conv_role_of(reader->key[i].text);
        evidence += role >= IFMAP_H && role <= STRIDE;
    }
    return evidence >= CONV_EVIDENCE;
}

/* Exactly the columns of a GEMM topology: with any other named column the list is taken for one of ours, so that a
 * missing density is noticed. */
bool sc_scalesim_is_gemm(const struct sc_layer_reader *reader)
{
    bool seen[GEMM_ROLES] = {false};

    for (size_t i = 0; i < reader->columns; i++) {
        int role = gemm_role_of(reader->key[i].text);
        if (role >= 0)
            seen[role] = true;
        else if (reader->name[i][0])
            return false;
    }
    return seen[GEMM_NAME] && seen[GEMM_M] && seen[GEMM_N] && seen[GEMM_K];
}

/* Some lists title both input columns "IFMAP Width": the first is the height. */
static void mend_height(const struct sc_layer_reader *reader, int *roles)
{
    size_t first = SC_NO_COLUMN;
    int widths = 0;

    for (size_t i = 0; i < reader->columns; i++) {
        if (roles[i] == IFMAP_H)
            return;
        if (roles[i] == IFMAP_W && widths++ == 0)
            first = i;
    }
    if (widths == 2)
        roles[first] = IFMAP_H;
}

static int fail_missing(const struct sc_layer_reader *reader, int role, struct sc_error *err)
{
    char shown[4 * SC_SHOWN + 1];
    const char *title = conv_titles[role];

    for (size_t i = 0; i < reader->columns; i++) {
        if (conv_role_of(reader->key[i].text) >= 0 || !sc_nearest_name(reader->name[i], &title, 1))
            continue;
        sc_printable(shown, reader->name[i], SC_SHOWN);
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->header_line,
                       "column '%s' of a SCALE-Sim convolution topology is missing; found '%s': did you mean '%s'?",
                       title, shown, title);
    }
    return sc_fail(
        err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->header_line,
        "column '%s' of a SCALE-Sim convolution topology is missing, expected Layer name, IFMAP Height, IFMAP Width, "
        "Filter Height, Filter Width, Channels, Num Filter, Strides",
        title);
}

/* Binds roles[i] to column i; columns without a role are ignored (analysts' own, blank ones). */
static int bind_roles(struct sc_layer_reader *reader, const int *roles, struct sc_error *err)
{
    int status = SC_OK;

    for (size_t i = 0; i < reader->columns && status == SC_OK; i++)
        if (roles[i] >= 0)
            status = sc_reader_bind(reader, (size_t)roles[i], i, err);
    return status;
}

/* What both formats share: the roles of the columns, and room for the title of a group of rows. */
static int open_topology(struct sc_layer_reader *reader, int (*find)(const char *key), struct sc_error *err)
{
    int *roles = calloc(reader->columns, sizeof *roles);
    int status = SC_OK;

    reader->group = malloc(SC_CELL_LIMIT + 1);
    if (!roles || !reader->group) {
        status = sc_fail(err, SC_NO_MEMORY, sc_rows_path(reader->rows), 0, "out of memory for the header");
    } else {
        reader->group[0] = '\0';
        for (size_t i = 0; i < reader->columns; i++)
            roles[i] = find(reader->key[i].text);
        if (find == conv_role_of)
            mend_height(reader, roles);
        status = bind_roles(reader, roles, err);
    }
    free(roles);
    return status;
}

static bool is_comment(const char *cell)
{
    return cell[0] == '#';
}

static const char *optional_cell(const struct sc_layer_reader *reader, int role)
{
    size_t column = reader->column[role];

    if (column == SC_NO_COLUMN || column >= reader->row.written || is_comment(reader->row.cell[column]))
        return "";
    return reader->row.cell[column];
}

/* A row of one cell is a title: it names the network that the rows below belong to. */
static bool take_title(struct sc_layer_reader *reader)
{
    const struct sc_row *row = &reader->row;

    if (row->cells != 1)
        return false;
    if (!is_comment(row->cell[0]))
        memcpy(reader->group, row->cell[0], row->length[0] + 1);
    return true;
}

/* Checks the row's width against the header's: `required` columns are needed; what lies beyond the header must be blank
 * or a comment. */
static int check_width(const struct sc_layer_reader *reader, int required, struct sc_error *err)
{
    const struct sc_row *row = &reader->row;
    size_t last = 0, cells = row->cells;

    for (int role = 0; role < required; role++)
        last = reader->column[role] > last ? reader->column[role] : last;
    while (cells > reader->columns && is_comment(row->cell[cells - 1]))
        cells--;
    if (row->written > last && cells <= reader->columns)
        return SC_OK;
    size_t found = cells > reader->columns ? cells : row->written;
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), row->line,
                   "the row has %zu cells, expected %zu (%s to %s)", found, last + 1,
                   reader->name[reader->column[NAME]], reader->name[last]);
}

/* A size; a letter in its place means that the file is a template to be filled in. */
static int read_size(const struct sc_layer_reader *reader, int role, uint64_t *value, struct sc_error *err)
{
    size_t column = reader->column[role];
    const char *cell = reader->row.cell[column];
    bool letter = (cell[0] >= 'A' && cell[0] <= 'Z') || (cell[0] >= 'a' && cell[0] <= 'z');

    if (letter && strspn(cell, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") == strlen(cell))
        return sc_reader_fail(reader, column, "a number, not a symbol; this is a template", err);
    return sc_reader_size(reader, column, value, err);
}

/* The N:M cell: absent or 1:1 means dense. */
static int read_sparsity(const struct sc_layer_reader *reader, int role, struct sc_pattern_spec *pattern,
                         double *density, struct sc_error *err)
{
    const char *cell = optional_cell(reader, role);
    char text[64];

    *pattern = (struct sc_pattern_spec){.kind = SC_UNIFORM};
    *density = 1;
    if (!*cell)
        return SC_OK;
    if (snprintf(text, sizeof text, "nm:%s", cell) >= (int)sizeof text ||
        sc_pattern_parse(pattern, text, NULL) != SC_OK)
        return sc_reader_fail(reader, reader->column[role], "N:M with 1 <= N <= M (N nonzeros in every M positions)",
                              err);
    *density = (double)pattern->nm_n / (double)pattern->nm_m;
    if (pattern->nm_n == pattern->nm_m)
        *pattern = (struct sc_pattern_spec){.kind = SC_UNIFORM};
    return SC_OK;
}

static void start_layer(const struct sc_layer_reader *reader, struct sc_layer *layer, enum sc_layer_kind kind)
{
    *layer = (struct sc_layer){
        .name = reader->row.cell[reader->column[NAME]],
        .model = reader->group,
        .op = {.kind = kind},
        .count = 1,
        .density_a = 1,
        .density_b = 1,
        .line = reader->row.line,
    };
}

static uint64_t ceil_divide(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

/* What a convolution has along one direction. */
struct extent {
    int role; /* of the input's size */
    uint64_t input, filter, stride;
};

/* Output size and leading padding along one direction.  A filter that spans the whole input is how these lists write
 * fully connected layers and plain products: nothing is padded there. */
static int output_size(struct sc_layer_reader *reader, const struct extent *e, uint64_t *output, uint64_t *pad,
                       struct sc_error *err)
{
    uint64_t same = e->filter == e->input ? 1 : ceil_divide(e->input, e->stride);
    char expected[128];

    *pad = 0;
    if (e->input > SC_SIZE_MAX || e->filter > SC_SIZE_MAX)
        return sc_reader_fail(reader, reader->column[e->role], SC_EXTENT_EXPECTED, err);
    if (reader->options.same_padding) {
        *output = same;
        bool overflow = false;
        uint64_t covered = sc_multiply_checked(same - 1, e->stride, &overflow); /* below the input: cannot overflow */
        if (e->filter > e->input - covered)
            *pad = (e->filter - (e->input - covered)) / 2;
        return SC_OK;
    }
    if (e->filter > e->input) {
        snprintf(expected, sizeof expected,
                 "at least the filter's %" PRIu64 " (no padding is added; see --same-padding)", e->filter);
        return sc_reader_fail(reader, reader->column[e->role], expected, err);
    }
    *output = ceil_divide(e->input - e->filter, e->stride) + 1; /* = ceil((input - filter + stride) / stride) */
    if (*output != same && sc_reader_should_warn(reader, SC_WARN_PADDING))
        sc_reader_warn(reader, reader->row.line,
                       "sizes are taken as written, no padding is added (output %" PRIu64
                       " where \"same\" padding gives %" PRIu64 "; see --same-padding)",
                       *output, same);
    return SC_OK;
}

static bool has_channel_wise_mark(const struct sc_row *row)
{
    for (size_t i = 1; i < row->cells; i++)
        if (strcmp(row->cell[i], "#dw") == 0)
            return true;
    return false;
}

/* Depthwise convolutions as these lists write them: one channel marked #dw, or one filter over all channels. */
static void lower_depthwise(struct sc_layer_reader *reader, struct sc_layer *layer, uint64_t window)
{
    uint64_t channels = layer->op.in_channels, filters = layer->op.filters;

    if (has_channel_wise_mark(&reader->row) && sc_reader_should_warn(reader, SC_WARN_CHANNEL_WISE))
        sc_reader_warn(
            reader, reader->row.line,
            "a row marked #dw describes one channel of a depthwise convolution: the number of channels is not in the "
            "file and its work is understated by that factor");
    if (filters != 1 || channels == 1 || window == 1)
        return;
    if (reader->options.split_depthwise) {
        layer->K = window;
        layer->count = layer->op.groups = layer->op.filters = channels;
    } else if (sc_reader_should_warn(reader, SC_WARN_ONE_FILTER)) {
        sc_reader_warn(reader, reader->row.line,
                       "one filter over %" PRIu64 " channels looks like a depthwise convolution: taken as written; "
                       "--split-depthwise makes it one GEMM per channel",
                       channels);
    }
}

/* The sizes that a row's cells give. */
static int read_convolution(struct sc_layer_reader *reader, struct sc_operator *op, struct sc_error *err)
{
    uint64_t size[CONV_REQUIRED];
    int status = SC_OK;

    op->batch = 1;
    for (int role = IFMAP_H; role < CONV_REQUIRED && status == SC_OK; role++)
        status = read_size(reader, role, &size[role], err);
    if (status == SC_OK && *optional_cell(reader, BATCH))
        status = read_size(reader, BATCH, &op->batch, err);
    if (status != SC_OK)
        return status;
    op->groups = 1;
    op->in_channels = size[CHANNELS];
    op->filters = size[FILTERS];
    op->in_height = size[IFMAP_H];
    op->in_width = size[IFMAP_W];
    op->filter_height = size[FILTER_H];
    op->filter_width = size[FILTER_W];
    op->stride_height = op->stride_width = size[STRIDE];
    return SC_OK;
}

static int lower_convolution(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    struct sc_operator *op = &layer->op;
    bool overflow = false;

    if (take_title(reader))
        return SC_END;
    int status = check_width(reader, CONV_REQUIRED, err);
    if (status != SC_OK)
        return status;
    start_layer(reader, layer, SC_CONV);
    if (!*layer->name)
        return sc_reader_fail(reader, reader->column[NAME], "a name", err);
    if ((status = read_convolution(reader, op, err)) != SC_OK ||
        (status = read_sparsity(reader, SPARSITY, &layer->pattern_a, &layer->density_a, err)) != SC_OK)
        return status;
    const struct extent height = {IFMAP_H, op->in_height, op->filter_height, op->stride_height};
    const struct extent width = {IFMAP_W, op->in_width, op->filter_width, op->stride_width};
    if ((status = output_size(reader, &height, &op->out_height, &op->pad_top, err)) != SC_OK ||
        (status = output_size(reader, &width, &op->out_width, &op->pad_left, err)) != SC_OK)
        return status;
    uint64_t window = sc_multiply_checked(op->filter_height, op->filter_width, &overflow);
    layer->M = op->filters;
    layer->K = sc_multiply_checked(window, op->in_channels, &overflow);
    layer->N = sc_multiply_checked(sc_multiply_checked(op->out_height, op->out_width, &overflow), op->batch, &overflow);
    if (overflow)
        return sc_fail(
            err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
            "Channels x Filter Height x Filter Width, or the output pixels x batch, overflow; expected less than 2^64");
    lower_depthwise(reader, layer, window);
    return sc_reader_check_sizes(reader, layer, err);
}

static int lower_gemm(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    if (take_title(reader))
        return SC_END;
    int status = check_width(reader, GEMM_REQUIRED, err);
    if (status != SC_OK)
        return status;
    start_layer(reader, layer, SC_GEMM);
    if (!*layer->name)
        return sc_reader_fail(reader, reader->column[GEMM_NAME], "a name", err);
    if ((status = read_size(reader, GEMM_M, &layer->M, err)) != SC_OK ||
        (status = read_size(reader, GEMM_N, &layer->N, err)) != SC_OK ||
        (status = read_size(reader, GEMM_K, &layer->K, err)) != SC_OK ||
        (status = read_sparsity(reader, GEMM_SPARSITY, &layer->pattern_b, &layer->density_b, err)) != SC_OK)
        return status;
    return sc_reader_check_sizes(reader, layer, err);
}

int sc_scalesim_open_convolution(struct sc_layer_reader *reader, struct sc_error *err)
{
    int status = open_topology(reader, conv_role_of, err);

    for (int role = 0; role < CONV_REQUIRED && status == SC_OK; role++)
        if (reader->column[role] == SC_NO_COLUMN)
            status = fail_missing(reader, role, err);
    reader->lower = lower_convolution;
    reader->format =
        "SCALE-Sim convolution topology, lowered by im2col: A = filters (M = Num Filter, K = Channels x Filter "
        "Height x Filter Width), B = input windows (N = output pixels x batch); Sparsity N:M applies to A";
    return status;
}

int sc_scalesim_open_gemm(struct sc_layer_reader *reader, struct sc_error *err)
{
    reader->lower = lower_gemm;
    reader->format =
        "SCALE-Sim GEMM topology (M x K) times (K x N): A = its M x K operand (IFMAP), B = its K x N operand "
        "(filters); Sparsity N:M applies to B";
    return open_topology(reader, gemm_role_of, err);
}

unsigned sc_scalesim_columns(const struct sc_layer_reader *reader)
{
    return reader->lower == lower_convolution ? SC_WITH_GEOMETRY : 0;
}
