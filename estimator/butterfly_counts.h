/* butterfly_counts.h - exact operation and weight counts of butterfly matrices, FFTs and transformer blocks, and how a
 * long butterfly is divided into passes.
 *
 * A butterfly of n = 2^m points is m factors of n/2 blocks of 2x2; factor k mixes points at distance 2^k.  A
 * rectangular product d_in -> d_out pads d_in to n and stacks ceil(d_out / n) independent butterflies, whose outputs
 * are cut to d_out (HazyResearch/butterfly; H. Fan et al., "Adaptable Butterfly Accelerator", MICRO 2022).  An FFT is
 * the same graph on complex numbers, one root of unity per pair.  FLOP count multiplies and adds alike.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_BUTTERFLY_COUNTS_H
#define SC_BUTTERFLY_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SC_BUTTERFLY_BITS_MAX = 64,     /* stages of any butterfly */
    SC_BUTTERFLY_SIZE_MAX = 1 << 24 /* longest one that is counted exactly, and simulated */
};

/* Smallest m with 2^m >= x; 0 for x <= 1, 63 above 2^63. */
unsigned sc_log2_ceil(uint64_t x);

/* Counts for one input vector.  All exact; x <= SC_BUTTERFLY_SIZE_MAX gives no overflow. */
struct sc_butterfly_counts {
    uint64_t points;      /* n, a power of two */
    uint64_t stacks;      /* independent butterflies of n points */
    uint64_t stages;      /* log2 n */
    uint64_t units;       /* 2x2 blocks, or complex butterflies */
    uint64_t multiplies;  /* real */
    uint64_t adds;        /* real */
    uint64_t flop;
    uint64_t weights;     /* learnt real weights; FFT: real numbers in all its roots, n log2 n */
    uint64_t slots;       /* issue slots of a lane with fused multiply-add */
    uint64_t dense_flop;  /* of the dense product d_in x d_out (FFT: n x n) */
};

/* Real butterfly matrix multiplication d_in -> d_out (both >= 1): 2 n log2 n weights and multiplies, n log2 n adds per
 * stack; slots = a multiply and a fused multiply-add per output of a stage. */
void sc_bpmm_counts(struct sc_butterfly_counts *counts, uint64_t d_in, uint64_t d_out);

/* Complex radix-2 FFT of n points, padded to a power of two: 4 multiplies and 6 adds per butterfly; `slots_per_output`
 * 4 (8 slots per butterfly) or 3 (the form with 6 fused operations). */
void sc_fft_counts(struct sc_butterfly_counts *counts, uint64_t n, unsigned slots_per_output);

/* Divides the log2 n = `stages` stages into the fewest passes of at most `limit` stages each, as evenly as they go, the
 * longer ones first: 10 stages with limit 9 are 5 + 5.  Fills bits[] and returns the number of passes (at least 1; one
 * of 0 stages for 0).  limit >= 1, stages <= SC_BUTTERFLY_BITS_MAX.  Multilayer butterflies: 9 stages (512 points) per
 * scratchpad pass, 6 (64 points) per closed set of a 4x4 array with 4 points in each PE (MLX, ISCA 2026, Sec. VII-B and
 * Fig. 10). */
unsigned sc_stage_split(unsigned stages, unsigned limit, unsigned bits[SC_BUTTERFLY_BITS_MAX]);

/* FLOP of the parts of a transformer block. */
struct sc_block_flop {
    double mixing;      /* 2-D FFT */
    double projections; /* Q, K, V and output */
    double attention;   /* QK^T and PV */
    double ffn;
    double total;
};

/* Block of `tokens` x `width` whose FFN is `ratio` times as wide. */
struct sc_block_shape {
    uint64_t tokens, width, ratio;
};

/* Dense: 8 N D^2 + 4 N^2 D + 4 r N D^2, softmax not counted. */
void sc_dense_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape);
/* FBfly (FABNet): 2-D FFT over padded tokens and width, and a butterfly FFN. */
void sc_fbfly_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape);
/* ABfly (FABNet): butterfly projections and FFN around softmax attention. */
void sc_abfly_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape);

/* MLX's compressed block: projections and FFN as block butterflies of block size `block` (density 3 log2 B / (2 B) of
 * the dense FLOP), attention on a sequence cut to the share `kept` by FFTs, whose own 5 (1 + s) N D log2 N per tensor
 * is counted for `compressed_tensors` tensors (0: left out, as in MLX's Table IV). */
void sc_compressed_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape, uint64_t block,
                              double kept, unsigned compressed_tensors);

#endif
