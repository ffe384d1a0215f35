/* block.c - transformer blocks as lists of operators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "block.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

static const char *const kind_names[SC_BLOCK_KINDS] = {
    [SC_VANILLA] = "vanilla", [SC_FBFLY] = "fbfly", [SC_ABFLY] = "abfly", [SC_HYBRID] = "hybrid"};

/* Sizes of a part in terms of the block's. */
enum size { D, D3, F, TB, T };

/* The operators of the three plain kinds, in running order; a hybrid runs those of fbfly, then those of abfly. */
static const struct shape {
    enum sc_block_kind block;
    const char *name, *hybrid_name;
    enum sc_layer_kind kind;
    enum size M, N, K;
    uint64_t times;      /* in one block */
    bool once_per_image; /* the batch counts occurrences; elsewhere N holds it */
} shapes[] = {
    {SC_VANILLA, "qkv", NULL, SC_GEMM, D3, TB, D, 1, false},
    {SC_VANILLA, "attention", NULL, SC_ATTENTION, D, T, T, 1, true},
    {SC_VANILLA, "out", NULL, SC_GEMM, D, TB, D, 1, false},
    {SC_VANILLA, "ffn_up", NULL, SC_GEMM, F, TB, D, 1, false},
    {SC_VANILLA, "ffn_down", NULL, SC_GEMM, D, TB, F, 1, false},
    {SC_FBFLY, "fft", "fb/fft", SC_FFT2D, D, T, D, 1, true},
    {SC_FBFLY, "ffn_up", "fb/ffn_up", SC_BPMM, F, TB, D, 1, false},
    {SC_FBFLY, "ffn_down", "fb/ffn_down", SC_BPMM, D, TB, F, 1, false},
    {SC_ABFLY, "qkv", "ab/qkv", SC_BPMM, D, TB, D, 3, false},
    {SC_ABFLY, "attention", "ab/attention", SC_ATTENTION, D, T, T, 1, true},
    {SC_ABFLY, "out", "ab/out", SC_BPMM, D, TB, D, 1, false},
    {SC_ABFLY, "ffn_up", "ab/ffn_up", SC_BPMM, F, TB, D, 1, false},
    {SC_ABFLY, "ffn_down", "ab/ffn_down", SC_BPMM, D, TB, F, 1, false},
};

const char *sc_block_kind_name(enum sc_block_kind kind)
{
    return kind_names[kind];
}

bool sc_block_kind_find(const char *name, enum sc_block_kind *kind)
{
    for (int k = 0; k < SC_BLOCK_KINDS; k++)
        if (strcmp(kind_names[k], name) == 0) {
            *kind = (enum sc_block_kind)k;
            return true;
        }
    return false;
}

static uint64_t size_of(const struct sc_block *b, enum size size, bool *overflow)
{
    switch (size) {
    case D:
        return b->width;
    case D3:
        return sc_multiply_checked(3, b->width, overflow);
    case F:
        return b->ffn_width;
    case TB:
        return sc_multiply_checked(b->tokens, b->batch, overflow);
    case T:
        return b->tokens;
    }
    return 0;
}

/* How many blocks of the network run the shape. */
static uint64_t blocks_with(const struct sc_block *b, const struct shape *shape)
{
    bool runs = b->kind == shape->block || (b->kind == SC_HYBRID && shape->block != SC_VANILLA);
    return !runs ? 0 : shape->block == SC_FBFLY ? b->fourier : b->attention;
}

int sc_block_part(struct sc_block_part *part, const struct sc_block *block, unsigned index, struct sc_error *err)
{
    const struct shape *shape = NULL;
    uint64_t blocks = 0;
    bool overflow = false;

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0] && !shape; i++) {
        blocks = blocks_with(block, &shapes[i]);
        if (blocks > 0 && index-- == 0)
            shape = &shapes[i];
    }
    if (!shape)
        return SC_END;
    *part = (struct sc_block_part){.name = block->kind == SC_HYBRID ? shape->hybrid_name : shape->name,
                                   .op = {.kind = shape->kind},
                                   .M = size_of(block, shape->M, &overflow),
                                   .N = size_of(block, shape->N, &overflow),
                                   .K = size_of(block, shape->K, &overflow)};
    if (shape->kind == SC_ATTENTION)
        part->op.heads = block->heads;
    part->count = sc_multiply_checked(blocks, shape->times, &overflow);
    if (shape->once_per_image)
        part->count = sc_multiply_checked(part->count, block->batch, &overflow);
    if (!overflow)
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                   "the operators of the blocks overflow with tokens = %" PRIu64 ", width = %" PRIu64
                   ", batch = %" PRIu64 ", blocks = %" PRIu64 ", expected less than 2^64",
                   block->tokens, block->width, block->batch, blocks);
}
