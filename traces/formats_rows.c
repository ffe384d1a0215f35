/* formats_rows.c - sizes of a layer's operands in every storage format, as rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats_rows.h"

#include <stdio.h>

#include "encode.h"
#include "operands.h"
#include "pattern.h"
#include "profile.h"

const struct sc_grid_column sc_formats_columns[] = {
#define X(name, number, digits, meaning) {#name, number, digits},
    SC_FORMATS_COLUMNS(X)
#undef X
};
const size_t sc_formats_column_count = sizeof sc_formats_columns / sizeof sc_formats_columns[0];

enum column {
#define X(name, number, digits, meaning) COLUMN_##name,
    SC_FORMATS_COLUMNS(X)
#undef X
};

/* An operand as storage sees it: fibers of kernels. */
struct operand {
    const char *letter;
    uint64_t fibers, channels, height, width;
    double nnz;
    bool turned; /* its pattern has to be transposed */
    struct sc_periodic table;
    bool periodic;
};

/* Kernels of weights: the layer's own, those of a periodic pattern, 3 x 3 where a convolution does not tell. */
static int find_kernels(struct operand *o, const struct sc_layer *layer, const struct sc_pattern_spec *spec, uint64_t k,
                        bool weights, struct sc_error *err)
{
    uint64_t channels;
    o->height = o->width = 1;
    o->periodic = spec->kind == SC_PERIODIC_KERNELS;
    if (o->periodic) {
        int status = sc_periodic_for(&o->table, &channels, &spec->periodic, k, err);
        if (status != SC_OK)
            return status;
        o->height = o->table.height;
        o->width = o->table.width;
    } else if (weights && sc_operator_has_geometry(&layer->op)) {
        o->height = layer->op.filter_height;
        o->width = layer->op.filter_width;
    } else if (weights && layer->op.kind == SC_CONV && k % 9 == 0) {
        o->height = o->width = 3;
    }
    return SC_OK;
}

static int find_operand(struct operand *o, const struct sc_layer *layer, bool is_a, double nnz, struct sc_error *err)
{
    const struct sc_pattern_spec *spec = is_a ? &layer->pattern_a : &layer->pattern_b;
    *o = (struct operand){.letter = is_a ? "a" : "b", .nnz = nnz};
    int status = find_kernels(o, layer, spec, layer->K, is_a, err);
    o->turned = !is_a && o->periodic;
    o->fibers = is_a ? layer->M : o->turned ? layer->N : layer->K;
    o->channels = (is_a || o->turned ? layer->K : layer->N) / (o->height * o->width);
    return status;
}

/* All formats of the operand; bits below 0 where one does not apply. */
static int sizes_of(struct sc_format_size size[SC_WEIGHT_FORMATS], const struct operand *o,
                    const struct sc_format_widths *widths, const struct sc_pattern *pattern, struct sc_error *err)
{
    struct sc_format_facts facts;
    const struct sc_periodic *table = o->periodic ? &o->table : NULL;
    int status = SC_OK;
    if (table)
        sc_format_facts_periodic(&facts, table, o->fibers, o->channels, widths->run_bits);
    else
        sc_format_facts_uniform(&facts, o->fibers, o->channels, o->height, o->width, o->nnz, widths->run_bits);
    for (int f = 0; f < SC_WEIGHT_FORMATS && status == SC_OK; f++) {
        bool applies = table || (f != SC_FORMAT_PERIODIC && f != SC_FORMAT_PERIODIC_BITMAP);
        size[f] = (struct sc_format_size){-1, -1};
        if (applies && pattern)
            status =
                sc_format_encode(&size[f], (enum sc_weight_format)f, widths, pattern, o->height, o->width, table, err);
        else if (applies)
            sc_format_size(&size[f], (enum sc_weight_format)f, widths, &facts);
    }
    return status;
}

static double total_bits(const struct sc_format_size *size)
{
    return size->value_bits + size->index_bits;
}

static int put_row(struct sc_grid *g, const char *name, const char *model, const struct operand *o, int format,
                   const struct sc_format_size *size, const struct sc_format_size *dense, bool smallest,
                   const char *source, struct sc_error *err)
{
    double total = total_bits(size);
    int status = sc_grid_row(g, err);
#define PUT(kind, column, value) \
    if (status == SC_OK)         \
    status = sc_grid_##kind(g, COLUMN_##column, value, err)
    PUT(text, layer, name);
    PUT(text, model, model);
    PUT(text, operand, o->letter);
    if (o->fibers > 0) {
        PUT(number, fibers, (double)o->fibers);
        PUT(number, positions, (double)(o->channels * o->height * o->width));
    }
    PUT(number, nonzeros, o->nnz);
    PUT(text, format, sc_weight_format_name((enum sc_weight_format)format));
    PUT(number, value_bits, size->value_bits);
    PUT(number, index_bits, size->index_bits);
    PUT(number, total_bits, total);
    if (o->nnz > 0)
        PUT(number, index_per_nonzero, size->index_bits / o->nnz);
    if (total_bits(dense) > 0)
        PUT(number, relative, total / total_bits(dense));
    PUT(text, smallest, smallest ? "*" : "");
    PUT(text, source, source);
#undef PUT
    return status;
}

static int put_operand(struct sc_grid *g, const char *name, const char *model, const struct operand *o,
                       const struct sc_format_size size[SC_WEIGHT_FORMATS], const char *source, struct sc_error *err)
{
    int best = 0, status = SC_OK;
    for (int f = 0; f < SC_WEIGHT_FORMATS; f++)
        best = size[f].value_bits >= 0 && total_bits(&size[f]) < total_bits(&size[best]) ? f : best;
    for (int f = 0; f < SC_WEIGHT_FORMATS && status == SC_OK; f++)
        if (size[f].value_bits >= 0)
            status = put_row(g, name, model, o, f, &size[f], &size[SC_FORMAT_DENSE], f == best, source, err);
    return status;
}

static void add_totals(struct sc_formats_totals *t, int operand, const struct sc_layer *layer, const struct operand *o,
                       const struct sc_format_size size[SC_WEIGHT_FORMATS])
{
    double times = (double)layer->count;
    t->nonzeros[operand] += times * o->nnz;
    for (int f = 0; f < SC_WEIGHT_FORMATS; f++) {
        const struct sc_format_size *s = size[f].value_bits >= 0 ? &size[f] : &size[SC_FORMAT_DENSE];
        t->value_bits[operand][f] += times * s->value_bits;
        t->index_bits[operand][f] += times * s->index_bits;
    }
}

/* Exact nonzeros of the operands: of their patterns when there are any, else as densities and kinds say. */
static int count_nonzeros(double nnz[2], const struct sc_layer *layer, const struct sc_pattern *a,
                          const struct sc_pattern *b, bool patterns, struct sc_error *err)
{
    struct sc_side side;
    int status = SC_OK;
    for (int i = 0; i < 2 && status == SC_OK; i++) {
        if (!patterns)
            status = sc_side_from_density(&side, i ? layer->K : layer->M, i ? layer->N : layer->K,
                                          i ? layer->density_b : layer->density_a,
                                          i ? &layer->pattern_b : &layer->pattern_a, i == 0, err);
        nnz[i] = patterns ? (double)(i ? b : a)->nnz : side.nnz;
    }
    return status;
}

static int put_side(struct sc_grid *g, struct sc_formats_totals *totals, const struct sc_layer *layer, int i,
                    double nnz, const struct sc_pattern *pattern, const struct sc_format_widths *widths,
                    struct sc_error *err)
{
    struct operand o;
    struct sc_format_size size[SC_WEIGHT_FORMATS];
    struct sc_pattern turned = {0};
    int status = find_operand(&o, layer, i == 0, nnz, err);
    if (status == SC_OK && pattern && o.turned) {
        status = sc_pattern_transpose(&turned, pattern, err);
        pattern = &turned;
    }
    if (status == SC_OK)
        status = sizes_of(size, &o, widths, pattern, err);
    if (status == SC_OK)
        status = put_operand(g, layer->name, layer->model, &o, size, pattern ? "measured" : "closed form", err);
    if (status == SC_OK)
        add_totals(totals, i, layer, &o, size);
    sc_pattern_free(&turned);
    return status;
}

int sc_formats_layer(struct sc_grid *g, struct sc_formats_totals *totals, const struct sc_layer *layer,
                     const struct sc_formats_request *request, struct sc_error *err)
{
    struct sc_pattern pattern[2] = {{0}, {0}};
    double nnz[2];
    bool patterns = request->measure || layer->a_file || layer->b_file;
    if (!sc_operator_is_gemm(&layer->op))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "is of kind '%s', whose operands are vectors, not matrices; expected gemm or conv",
                       sc_layer_kind_name(layer->op.kind));
    int status = patterns ? sc_layer_patterns(layer, request->seed, &pattern[0], &pattern[1], err) : SC_OK;
    if (status == SC_OK)
        status = count_nonzeros(nnz, layer, &pattern[0], &pattern[1], patterns, err);
    for (int i = 0; i < 2 && status == SC_OK; i++)
        status = put_side(g, totals, layer, i, nnz[i], patterns ? &pattern[i] : NULL, &request->widths, err);
    totals->layers += status == SC_OK ? (double)layer->count : 0;
    sc_pattern_free(&pattern[0]);
    sc_pattern_free(&pattern[1]);
    return status;
}

int sc_formats_total_rows(struct sc_grid *g, const struct sc_formats_totals *t, struct sc_error *err)
{
    char name[48];
    int status = SC_OK;
    snprintf(name, sizeof name, "total of %.0f layers", t->layers);
    for (int i = 0; i < 2 && status == SC_OK; i++) {
        struct operand o = {.letter = i ? "b" : "a", .nnz = t->nonzeros[i]};
        struct sc_format_size size[SC_WEIGHT_FORMATS];
        for (int f = 0; f < SC_WEIGHT_FORMATS; f++)
            size[f] = (struct sc_format_size){t->value_bits[i][f], t->index_bits[i][f]};
        status = put_operand(g, name, "", &o, size, "sum", err);
    }
    return status;
}
