/* operator.h - what a layer is: its kind, and what the kind has beyond the dimensions M, N, K.
 *
 * Every operator has dimensions M, N, K (struct sc_layer); only those of SC_GEMM and SC_CONV are a GEMM
 * C[M x N] = A[M x K] B[K x N].  What M, N, K mean, and what the closed counts are, by kind (P(x) = x rounded up to a
 * power of two; counts after Wu et al., arXiv 2411.00734 and MLX, ISCA 2026; Fan et al., FABNet, MICRO 2022):
 *
 *   gemm       A = weights, B = activations (N = vectors)
 *   conv       the GEMM of one group after im2col: M = filters / groups, K = in_channels / groups x filter_height x
 *              filter_width with the channel as the slowest index, N = out_height x out_width x batch
 *   bpmm       product with a real butterfly matrix: M = outputs, K = inputs, N = vectors; ceil(M / P(K)) stacks of
 *              butterflies of P(K) points, cut to M outputs
 *   fft        M = K = points (padded to P(K)), N = vectors
 *   fft2d      M = K = hidden width, N = sequence length; transforms along both, the real part is kept
 *   attention  Q K^T, softmax, P V over all heads: M = width of all heads, N = queries, K = keys
 *
 * Densities of the last four are those of the dense vectors they work on: 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_OPERATOR_H
#define SC_OPERATOR_H

#include <stdbool.h>
#include <stdint.h>

/* X(identifier, name in files, what it is) */
#define SC_LAYER_KIND_LIST(X)                                                       \
    X(SC_GEMM, "gemm", "matrix product")                                            \
    X(SC_CONV, "conv", "convolution, lowered by im2col")                            \
    X(SC_BPMM, "bpmm", "product with a butterfly matrix")                           \
    X(SC_FFT, "fft", "Fourier transform of each vector")                            \
    X(SC_FFT2D, "fft2d", "Fourier transform over hidden width and sequence length") \
    X(SC_ATTENTION, "attention", "scaled dot-product attention over all heads")

enum sc_layer_kind {
#define X(id, name, meaning) id,
    SC_LAYER_KIND_LIST(X)
#undef X
    SC_LAYER_KINDS
};

/* An operator.  Sizes are in elements; 0 means unknown, or that the kind has no such thing.  A convolution either has
 * all of its geometry or none of it: `in_channels` tells. */
struct sc_operator {
    enum sc_layer_kind kind;
    uint64_t batch;                        /* images */
    uint64_t groups;                       /* equal GEMMs that it is; the layer's `count` includes them all */
    uint64_t in_channels, filters;         /* of all groups */
    uint64_t in_height, in_width;          /* without padding */
    uint64_t filter_height, filter_width;
    uint64_t stride_height, stride_width;
    uint64_t pad_top, pad_left;            /* below and on the right: what the last window needs */
    uint64_t out_height, out_width;
    uint64_t heads;                        /* attention: each M / heads wide */
};

/* The geometry as columns of layer lists and results, in their order: X(member, which is the name in files too).  The
 * number of filters is M x groups. */
#define SC_GEOMETRY_LIST(X)                                                                              \
    X(in_channels) X(in_height) X(in_width) X(filter_height) X(filter_width) X(stride_height) X(stride_width) \
    X(pad_top) X(pad_left) X(out_height) X(out_width) X(batch) X(groups)

/* The name in files; a kind is never out of range. */
const char *sc_layer_kind_name(enum sc_layer_kind kind);

/* Whether the layer's M, N, K are those of a GEMM with patterns for A and B. */
bool sc_operator_is_gemm(const struct sc_operator *op);

/* Whether the operator is a convolution of known geometry. */
bool sc_operator_has_geometry(const struct sc_operator *op);

/* How many outputs a window can give along one axis of a convolution: *least without padding at the end, *even with as
 * much there as at the beginning, *most where the last window begins inside the map, follows the last whole one (as
 * SCALE-Sim rounds) or is the last of *even.  Sizes and paddings are below 2^62, `filter` and `stride` at least 1. */
void sc_operator_outputs(uint64_t in, uint64_t pad, uint64_t filter, uint64_t stride, uint64_t *least, uint64_t *most,
                         uint64_t *even);

#endif
