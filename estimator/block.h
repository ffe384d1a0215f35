/* block.h - transformer blocks as lists of operators.
 *
 * Source: Wu et al., arXiv 2411.00734 and MLX (ISCA 2026) for butterfly attention; Fan et al., FABNet (MICRO 2022),
 * section on its two blocks:
 *
 *   vanilla  dense query, key, value and output projections, attention, dense feed-forward net
 *   fbfly    Fourier transform over hidden width and sequence in place of attention and projections, butterfly
 *            feed-forward net
 *   abfly    butterfly projections, attention, butterfly feed-forward net
 *   hybrid   some fbfly blocks and some abfly blocks
 *
 * Operators of a block of T tokens, width D, feed-forward width F = ffn_ratio x D, batch B (operator.h says what M, N,
 * K are).  Projections and feed-forward nets take the batch as further vectors, transforms and attention as further
 * occurrences:
 *
 *   part       vanilla                          abfly                                fbfly
 *   fft        -                                -                                    fft2d, M = K = D, N = T, B times
 *   qkv        gemm, M = 3 D, K = D, N = T B    bpmm, M = K = D, N = T B, 3 times    -
 *   attention  M = D, N = K = T, B times        the same                             -
 *   out        gemm, M = K = D, N = T B         bpmm, the same                       -
 *   ffn_up     gemm, M = F, K = D, N = T B      bpmm, the same                       bpmm, the same
 *   ffn_down   gemm, M = D, K = F, N = T B      bpmm, the same                       bpmm, the same
 *
 * Query, key and value are one product of a dense block because they read the same vectors.  Those of a butterfly block
 * are three butterflies of D points each: one of 3 D outputs would pack them into ceil(3 D / P(D)) stacks instead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_BLOCK_H
#define SC_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "operator.h"

enum sc_block_kind { SC_VANILLA, SC_FBFLY, SC_ABFLY, SC_HYBRID, SC_BLOCK_KINDS };

/* Blocks of one network; sizes are at least 1 unless said otherwise. */
struct sc_block {
    enum sc_block_kind kind;
    uint64_t tokens, width, ffn_width; /* T, D, F */
    uint64_t heads;                    /* 0: unknown */
    uint64_t batch;
    uint64_t fourier, attention;       /* blocks that mix tokens by transform and by attention; either may be 0 */
};

/* One operator of all blocks. */
struct sc_block_part {
    const char *name; /* "qkv"; of a hybrid "fb/fft", "ab/qkv" */
    struct sc_operator op;
    uint64_t M, N, K;
    uint64_t count;   /* over all blocks and, where N does not hold it, the batch */
};

/* The name in files. */
const char *sc_block_kind_name(enum sc_block_kind kind);

/* Finds a kind by its name in files; false when there is none. */
bool sc_block_kind_find(const char *name, enum sc_block_kind *kind);

/* Fills the operator number `index`, from 0 in running order (a hybrid's fbfly blocks first).  SC_OK, SC_END when there
 * are no more, or SC_BAD_INPUT when a size does not fit 64 bits (the message names it; file and line are left
 * empty). */
int sc_block_part(struct sc_block_part *part, const struct sc_block *block, unsigned index, struct sc_error *err);

#endif
