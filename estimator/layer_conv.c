/* layer_conv.c - the geometry of a convolution in a row of our own layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "layer_reader.h"
#include "text.h"

/* What holds along one direction. */
struct extent {
    enum sc_own_role in, filter, stride, pad, out; /* whose cells say it */
    uint64_t *in_size, *filter_size, *stride_size, *pad_size, *out_size;
};

/* Stride or padding: its own column, else the one for both directions, else `otherwise`. */
static int read_shared(const struct sc_layer_reader *reader, enum sc_own_role own, enum sc_own_role both,
                       uint64_t otherwise, uint64_t *value, struct sc_error *err)
{
    enum sc_own_role role = *sc_own_cell(reader, own) ? own : both;
    const char *text = sc_own_cell(reader, role);
    bool zero = otherwise == 0 && text[0] == '0' && !text[1];

    *value = 0;
    return zero ? SC_OK : sc_own_optional(reader, role, otherwise, value, err);
}

/* Reads the cells of one direction and checks or computes the output's size.  Padding is known at the beginning; at the
 * end it is what the last window needs. */
static int read_extent(const struct sc_layer_reader *reader, const struct extent *e, struct sc_error *err)
{
    uint64_t out, least, most, even;
    char expected[128];
    int status;

    if ((status = sc_own_size(reader, e->in, e->in_size, err)) != SC_OK ||
        (status = sc_own_size(reader, e->filter, e->filter_size, err)) != SC_OK ||
        (status = read_shared(reader, e->stride, OWN_STRIDE, 1, e->stride_size, err)) != SC_OK ||
        (status = read_shared(reader, e->pad, OWN_PADDING, 0, e->pad_size, err)) != SC_OK ||
        (status = sc_own_optional(reader, e->out, 0, &out, err)) != SC_OK)
        return status;
    if (*e->pad_size > SC_SIZE_MAX || *e->in_size > SC_SIZE_MAX)
        return sc_reader_fail(reader, reader->column[e->in], SC_EXTENT_EXPECTED, err);
    sc_operator_outputs(*e->in_size, *e->pad_size, *e->filter_size, *e->stride_size, &least, &most, &even);
    if (out == 0 && even == 0) {
        snprintf(expected, sizeof expected, "at least the filter's %" PRIu64 " less the padding", *e->filter_size);
        return sc_reader_fail(reader, reader->column[e->in], expected, err);
    }
    *e->out_size = out ? out : even;
    if (*e->out_size >= least && *e->out_size <= most)
        return SC_OK;
    snprintf(expected, sizeof expected,
             "%" PRIu64 " to %" PRIu64 " for input %" PRIu64 ", filter %" PRIu64 ", stride %" PRIu64
             ", padding %" PRIu64,
             least, most, *e->in_size, *e->filter_size, *e->stride_size, *e->pad_size);
    return sc_reader_fail(reader, reader->column[e->out], expected, err);
}

/* M, N or K: blank cells take what the geometry gives, others must agree with it. */
static int agree(const struct sc_layer_reader *reader, enum sc_own_role role, uint64_t given, const char *rule,
                 uint64_t *size, struct sc_error *err)
{
    char expected[160];
    int status = sc_own_optional(reader, role, given, size, err);

    if (status != SC_OK || *size == given)
        return status;
    snprintf(expected, sizeof expected, "%" PRIu64 " = %s, as the geometry of the convolution says", given, rule);
    return sc_reader_fail(reader, reader->column[role], expected, err);
}

/* The filters of all groups: their own column, or M x groups. */
static int read_filters(const struct sc_layer_reader *reader, struct sc_operator *op, struct sc_error *err)
{
    uint64_t M = 0;
    bool overflow = false;
    int status = sc_own_optional(reader, OWN_FILTERS, 0, &op->filters, err);

    if (status == SC_OK && op->filters == 0) {
        status = sc_own_size(reader, OWN_M, &M, err);
        op->filters = sc_multiply_checked(M, op->groups, &overflow);
    }
    if (status == SC_OK && overflow)
        return sc_reader_fail(reader, reader->column[OWN_M], "M x groups below 2^64", err);
    return status;
}

static int check_groups(const struct sc_layer_reader *reader, const struct sc_operator *op, uint64_t count,
                        struct sc_error *err)
{
    char expected[128];
    enum sc_own_role role = op->in_channels % op->groups ? OWN_IN_CHANNELS
                            : op->filters % op->groups   ? OWN_FILTERS
                                                         : OWN_COUNT;

    if (role == OWN_COUNT && count % op->groups == 0)
        return SC_OK;
    snprintf(expected, sizeof expected, "a multiple of groups = %" PRIu64 "%s", op->groups,
             role == OWN_COUNT ? ", since each group is a GEMM of its own (a blank cell: once all groups)" : "");
    return sc_reader_fail(reader, reader->column[role], expected, err);
}

int sc_own_convolution(const struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    struct sc_operator *op = &layer->op;
    const struct extent height = {OWN_IN_HEIGHT, OWN_FILTER_HEIGHT, OWN_STRIDE_HEIGHT, OWN_PAD_TOP,
                                  OWN_OUT_HEIGHT, &op->in_height, &op->filter_height, &op->stride_height,
                                  &op->pad_top, &op->out_height};
    const struct extent width = {OWN_IN_WIDTH, OWN_FILTER_WIDTH, OWN_STRIDE_WIDTH, OWN_PAD_LEFT,
                                 OWN_OUT_WIDTH, &op->in_width, &op->filter_width, &op->stride_width,
                                 &op->pad_left, &op->out_width};
    bool overflow = false;
    int status;

    if ((status = sc_own_size(reader, OWN_IN_CHANNELS, &op->in_channels, err)) != SC_OK ||
        (status = sc_own_optional(reader, OWN_GROUPS, 1, &op->groups, err)) != SC_OK ||
        (status = sc_own_optional(reader, OWN_BATCH, 1, &op->batch, err)) != SC_OK ||
        (status = read_filters(reader, op, err)) != SC_OK ||
        (status = check_groups(reader, op, layer->count, err)) != SC_OK ||
        (status = read_extent(reader, &height, err)) != SC_OK || (status = read_extent(reader, &width, err)) != SC_OK)
        return status;
    uint64_t window = sc_multiply_checked(op->filter_height, op->filter_width, &overflow);
    uint64_t K = sc_multiply_checked(op->in_channels / op->groups, window, &overflow);
    uint64_t N =
        sc_multiply_checked(sc_multiply_checked(op->out_height, op->out_width, &overflow), op->batch, &overflow);
    if (overflow)
        return sc_fail(
            err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
            "in_channels x filter_height x filter_width, or out_height x out_width x batch, overflow; expected "
            "less than 2^64");
    if ((status = agree(reader, OWN_M, op->filters / op->groups, "filters / groups", &layer->M, err)) != SC_OK ||
        (status = agree(reader, OWN_N, N, "out_height x out_width x batch", &layer->N, err)) != SC_OK)
        return status;
    return agree(reader, OWN_K, K, "in_channels / groups x filter_height x filter_width", &layer->K, err);
}
