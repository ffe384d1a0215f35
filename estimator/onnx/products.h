/* products.h - nodes of an ONNX graph that are layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ONNX_PRODUCTS_H
#define SC_ONNX_PRODUCTS_H

#include "graph.h"
#include "layer.h"

enum { SC_ONNX_PARTS = 2 }; /* most layers of a node */

/* What a node became. */
struct sc_onnx_products {
    size_t count;                                    /* 0: none, see `why` */
    struct sc_layer layer[SC_ONNX_PARTS];            /* M, N, K, op and count; the rest is the caller's */
    const struct sc_onnx_value *weights[SC_ONNX_PARTS]; /* operand A; NULL: activations */
    const struct sc_onnx_value *zero[SC_ONNX_PARTS];    /* its zero point, where the node names one */
    const char *suffix[SC_ONNX_PARTS];               /* of the name */
    char why[160];                                   /* no layer came of it, "" otherwise */
};

/* Whether this operator is one that becomes layers. */
bool sc_onnx_is_product(const struct sc_onnx_node *node);

/* The layers of a node whose shapes are inferred. */
void sc_onnx_products(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                      struct sc_onnx_products *products);

#endif
