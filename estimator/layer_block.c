/* layer_block.c - a row of transformer blocks in our own layer CSV, handed out operator by operator.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_reader.h"
#include "text.h"

enum { PART_NAME = 16 }; /* room for a slash and the longest name of a part */

/* A row of blocks gives its sizes itself. */
static int expect_blank(const struct sc_layer_reader *reader, enum sc_own_role role, enum sc_block_kind kind,
                        struct sc_error *err)
{
    char expected[96];

    if (!*sc_own_cell(reader, role))
        return SC_OK;
    snprintf(expected, sizeof expected, "nothing in a row of kind %s (its operators have sizes of their own)",
             sc_block_kind_name(kind));
    return sc_reader_fail(reader, reader->column[role], expected, err);
}

/* Needs both columns: the header may have had only M, N, K. */
static int need_columns(const struct sc_layer_reader *reader, enum sc_block_kind kind, struct sc_error *err)
{
    if (reader->column[OWN_TOKENS] != SC_NO_COLUMN)
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                   "a row of kind %s needs the columns tokens and width, expected a header such as "
                   "layer,kind,tokens,width,ffn_ratio,heads,layers,batch",
                   sc_block_kind_name(kind));
}

/* The width of the feed-forward net, a whole number of at least 1. */
static int read_ffn(const struct sc_layer_reader *reader, struct sc_block *block, struct sc_error *err)
{
    size_t column = reader->column[OWN_FFN_RATIO];
    const char *text = sc_own_cell(reader, OWN_FFN_RATIO);
    double ratio = 4; /* of the published workloads: FABNet; Vaswani et al. 2017 */
    char expected[128];

    bool good = !*text || sc_parse_number(text, strlen(text), &ratio);
    double width = ratio * (double)block->width;
    if (good && width >= 1 && width < 0x1p53 && width == (double)(uint64_t)width) {
        block->ffn_width = (uint64_t)width;
        return SC_OK;
    }
    snprintf(expected, sizeof expected, "a number above 0 that makes ffn_ratio x width = %.6g a whole number",
             good ? width : 4 * (double)block->width);
    return sc_reader_fail(reader, column != SC_NO_COLUMN ? column : reader->column[OWN_WIDTH], expected, err);
}

static int read_heads(const struct sc_layer_reader *reader, struct sc_block *block, struct sc_error *err)
{
    char expected[96];
    int status = sc_own_optional(reader, OWN_HEADS, 0, &block->heads, err);

    if (status != SC_OK || block->heads == 0 || block->width % block->heads == 0)
        return status;
    snprintf(expected, sizeof expected, "a number of heads that divides the width %" PRIu64, block->width);
    return sc_reader_fail(reader, reader->column[OWN_HEADS], expected, err);
}

/* A hybrid's "FB:AB", either of which may be 0. */
static int read_mix(const struct sc_layer_reader *reader, struct sc_block *block, struct sc_error *err)
{
    static const char expected[] = "FB:AB, numbers of fbfly and abfly blocks, as in 8:4";
    const char *text = sc_own_cell(reader, OWN_MIX);
    size_t length = strcspn(text, ":");
    uint64_t layers;
    char rule[96];

    if (reader->column[OWN_MIX] == SC_NO_COLUMN)
        return sc_fail(err, SC_BAD_INPUT, sc_rows_path(reader->rows), reader->row.line,
                       "a row of kind hybrid needs the column mix, expected %s", expected);
    if (!text[length] || !sc_parse_count(text, length, &block->fourier) ||
        !sc_parse_count(text + length + 1, strlen(text + length + 1), &block->attention) ||
        (block->fourier == 0 && block->attention == 0) || block->fourier > UINT64_MAX - block->attention)
        return sc_reader_fail(reader, reader->column[OWN_MIX], expected, err);
    uint64_t blocks = block->fourier + block->attention;
    int status = sc_own_optional(reader, OWN_LAYERS, blocks, &layers, err);
    if (status != SC_OK || layers == blocks)
        return status;
    snprintf(rule, sizeof rule, "%" PRIu64 ", as the mix %" PRIu64 ":%" PRIu64 " has, or nothing", blocks,
             block->fourier, block->attention);
    return sc_reader_fail(reader, reader->column[OWN_LAYERS], rule, err);
}

/* How many blocks of each sort all occurrences of the row have. */
static int read_blocks(const struct sc_layer_reader *reader, struct sc_block *block, struct sc_error *err)
{
    uint64_t layers, count;
    bool overflow = false;
    int status = sc_own_optional(reader, OWN_COUNT, 1, &count, err);

    if (status == SC_OK && block->kind == SC_HYBRID) {
        status = read_mix(reader, block, err);
    } else if (status == SC_OK) {
        status = sc_own_optional(reader, OWN_LAYERS, 1, &layers, err);
        if (status == SC_OK)
            *(block->kind == SC_FBFLY ? &block->fourier : &block->attention) = layers;
    }
    if (status != SC_OK)
        return status;
    block->fourier = sc_multiply_checked(block->fourier, count, &overflow);
    block->attention = sc_multiply_checked(block->attention, count, &overflow);
    if (!overflow)
        return SC_OK;
    return sc_reader_fail(reader, reader->column[OWN_COUNT], "count x layers below 2^64", err);
}

static int read_block(const struct sc_layer_reader *reader, struct sc_block *block, struct sc_error *err)
{
    static const enum sc_own_role others[] = {OWN_M, OWN_N, OWN_K, OWN_FILE_A, OWN_FILE_B};
    int status = need_columns(reader, block->kind, err);

    for (size_t i = 0; i < sizeof others / sizeof others[0] && status == SC_OK; i++)
        status = expect_blank(reader, others[i], block->kind, err);
    if (status == SC_OK)
        status = sc_own_size(reader, OWN_TOKENS, &block->tokens, err);
    if (status == SC_OK)
        status = sc_own_size(reader, OWN_WIDTH, &block->width, err);
    if (status == SC_OK)
        status = sc_own_optional(reader, OWN_BATCH, 1, &block->batch, err);
    if (status == SC_OK)
        status = read_ffn(reader, block, err);
    if (status == SC_OK)
        status = read_heads(reader, block, err);
    return status == SC_OK ? read_blocks(reader, block, err) : status;
}

int sc_own_block(struct sc_layer_reader *reader, enum sc_block_kind kind, struct sc_layer *layer, struct sc_error *err)
{
    struct sc_block block = {.kind = kind};
    int status = read_block(reader, &block, err);

    if (status != SC_OK)
        return status;
    if (!reader->expansion.name)
        reader->expansion.name = malloc(SC_CELL_LIMIT + PART_NAME + 1);
    if (!reader->expansion.name)
        return sc_fail(err, SC_NO_MEMORY, sc_rows_path(reader->rows), reader->row.line,
                       "out of memory for the operators of a block");
    reader->expansion.active = true;
    reader->expansion.block = block;
    reader->expansion.row = *layer;
    reader->expansion.next = 0;
    if (!*layer->model)
        reader->expansion.row.model = layer->name;
    return sc_own_block_part(reader, layer, err);
}

int sc_own_block_part(struct sc_layer_reader *reader, struct sc_layer *layer, struct sc_error *err)
{
    struct sc_block_part part;
    struct sc_error inner;
    int status = sc_block_part(&part, &reader->expansion.block, reader->expansion.next++, &inner);

    reader->expansion.active = status == SC_OK;
    if (status != SC_OK)
        return status == SC_END ? status
                                : sc_fail(err, inner.status, sc_rows_path(reader->rows), reader->row.line, "%s",
                                          inner.message);
    *layer = reader->expansion.row;
    sprintf(reader->expansion.name, "%s/%s", layer->name, part.name); /* has room for the longest cell */
    layer->name = reader->expansion.name;
    layer->op = part.op;
    layer->M = part.M;
    layer->N = part.N;
    layer->K = part.K;
    layer->count = part.count;
    if (!sc_operator_is_gemm(&layer->op)) {
        layer->density_a = layer->density_b = 1;
        layer->pattern_a = layer->pattern_b = (struct sc_pattern_spec){.kind = SC_UNIFORM};
    }
    return sc_reader_check_sizes(reader, layer, err);
}
