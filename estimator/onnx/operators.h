/* operators.h - what is known of ONNX operators: the shapes and small constants they give, and how much they work.
 *
 * Source: the operators' specifications of the ONNX project (onnx/docs/Operators.md), the standard domain.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ONNX_OPERATORS_H
#define SC_ONNX_OPERATORS_H

#include "graph.h"

/* What an operator's work is counted by. */
enum sc_onnx_effort {
    SC_ONNX_MOVES,    /* moves or names data: none */
    SC_ONNX_PER_OUT,  /* an operation per element of its first output */
    SC_ONNX_PER_IN,   /* per element of its first input: reductions */
    SC_ONNX_WINDOW,   /* per element of the output and of the window behind it: pooling */
    SC_ONNX_OWN       /* multiply-accumulates of its own rule: operator.work */
};

struct sc_onnx_operator {
    const char *name;
    /* Fills the shapes of the node's outputs, as far as they follow. */
    void (*infer)(struct sc_onnx_graph *graph, const struct sc_onnx_node *node);
    enum sc_onnx_effort effort;
    double (*work)(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node);
};

/* The operator of a node, NULL when it is not known. */
const struct sc_onnx_operator *sc_onnx_operator(const struct sc_onnx_node *node);

/* ---- for the functions behind `infer` ---- */

/* The shape of input `index`; one of unknown rank where there is none. */
const struct sc_onnx_shape *sc_onnx_in(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                                       uint32_t index);

/* The small constant at input `index`, or NULL. */
const struct sc_onnx_numbers *sc_onnx_numbers(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                                              uint32_t index);

/* Gives output `index` a shape; what the file declares is kept, and contradictions are counted. */
void sc_onnx_give(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t index,
                  const struct sc_onnx_shape *shape);

/* Gives output 0 the numbers of a small constant, and the shape that follows; `number` may be NULL with count 0. */
void sc_onnx_give_numbers(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const double *number,
                          size_t count, bool scalar, bool integer);

/* An axis from -rank to rank - 1 as 0 to rank - 1; -1 for others. */
int sc_onnx_axis(int64_t axis, int rank);

/* Integers from an attribute or, in later versions of an operator, from input `index`: how many (at most
 * SC_ONNX_LIST), or -1 when there are none or one is not known. */
int sc_onnx_list(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *attribute,
                 uint32_t index, int64_t list[SC_ONNX_LIST]);

/* The shape that two shapes broadcast to; of unknown rank where they do not. */
struct sc_onnx_shape sc_onnx_broadcast(const struct sc_onnx_shape *a, const struct sc_onnx_shape *b);

/* A window that moves over the trailing dimensions of an input of batch and channels: convolutions and pools. */
struct sc_onnx_window {
    int axes;
    int64_t in[SC_ONNX_RANK], kernel[SC_ONNX_RANK], stride[SC_ONNX_RANK], dilation[SC_ONNX_RANK];
    int64_t begin[SC_ONNX_RANK], end[SC_ONNX_RANK], out[SC_ONNX_RANK]; /* padding; size of the output */
};

/* Reads a window; its kernel has the trailing dimensions of `weights`, or what the attribute kernel_shape says where
 * that is NULL.  False where it is not known or unsound. */
bool sc_onnx_window(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                    const struct sc_onnx_shape *input, const struct sc_onnx_shape *weights,
                    struct sc_onnx_window *window);

/* The rules, by what they do (shape_*.c, fold.c). */
typedef void sc_onnx_rule(struct sc_onnx_graph *graph, const struct sc_onnx_node *node);
sc_onnx_rule sc_onnx_same, sc_onnx_broadcasts, sc_onnx_pool, sc_onnx_global_pool, sc_onnx_conv, sc_onnx_conv_integer,
    sc_onnx_conv_quantized, sc_onnx_conv_transpose, sc_onnx_gemm, sc_onnx_matmul, sc_onnx_matmul_quantized,
    sc_onnx_recurrent, sc_onnx_reduce, sc_onnx_arg;
sc_onnx_rule sc_onnx_flatten, sc_onnx_reshape, sc_onnx_transpose, sc_onnx_concat, sc_onnx_squeeze, sc_onnx_unsqueeze,
    sc_onnx_gather, sc_onnx_gather_elements, sc_onnx_slice, sc_onnx_split, sc_onnx_expand, sc_onnx_tile, sc_onnx_pad,
    sc_onnx_resize, sc_onnx_depth_to_space, sc_onnx_space_to_depth;
sc_onnx_rule sc_onnx_constant, sc_onnx_constant_of_shape, sc_onnx_shape_of, sc_onnx_size, sc_onnx_range,
    sc_onnx_arithmetic, sc_onnx_where, sc_onnx_cast, sc_onnx_rounding;

/* Work of their own. */
double sc_onnx_conv_transpose_work(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node);
double sc_onnx_einsum_work(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node);

#endif
