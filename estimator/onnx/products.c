/* products.c - convolutions, matrix products and recurrent cells of an ONNX graph as GEMMs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "products.h"

#include <inttypes.h>
#include <stdio.h>

#include "operators.h"
#include "text.h"

enum { SPATIAL = 2 }; /* the first dimension after batch and channels */

static void refuse(struct sc_onnx_products *products, const char *why)
{
    products->count = 0;
    snprintf(products->why, sizeof products->why, "%s", why);
}

/* a * b, 0 where either is not positive or the product leaves 64 bits: no layer has a size of 0. */
static uint64_t times(uint64_t a, int64_t b)
{
    bool overflow = b <= 0;
    uint64_t product = sc_multiply_checked(a, (uint64_t)b, &overflow);
    return overflow ? 0 : product;
}

static void add(struct sc_onnx_products *products, uint64_t M, uint64_t N, uint64_t K, uint64_t count,
                const struct sc_onnx_value *weights, const struct sc_onnx_value *zero)
{
    if (M == 0 || N == 0 || K == 0 || count == 0) {
        refuse(products, "a size of it is unknown, 0 or above 2^63");
        return;
    }
    struct sc_layer *layer = &products->layer[products->count];
    *layer = (struct sc_layer){.M = M, .N = N, .K = K, .count = count, .op = {.kind = SC_GEMM}};
    products->weights[products->count] = weights && weights->constant ? weights : NULL;
    products->zero[products->count] = zero;
    products->suffix[products->count++] = "";
}

/* ---- convolutions ---- */

/* The geometry of a convolution along one axis; false where a row of a list cannot hold it. */
static bool describe_axis(const struct sc_onnx_window *w, int i, uint64_t *in, uint64_t *filter, uint64_t *stride,
                          uint64_t *pad, uint64_t *out)
{
    uint64_t least, most, even;

    *in = *filter = *stride = *out = 1;
    *pad = 0;
    if (i < 0)
        return true;
    *in = (uint64_t)w->in[i];
    *filter = (uint64_t)w->kernel[i];
    *stride = (uint64_t)w->stride[i];
    *pad = (uint64_t)w->begin[i];
    *out = (uint64_t)w->out[i];
    sc_operator_outputs(*in, *pad, *filter, *stride, &least, &most, &even);
    return w->dilation[i] == 1 && *out >= least && *out <= most;
}

/* Whether the output has the size that the window gives: the file's word about it may be another. */
static bool is_output_of(const struct sc_onnx_window *w, const struct sc_onnx_shape *output)
{
    for (int i = 0; i < w->axes; i++)
        if (output->dim[SPATIAL + i] != w->out[i])
            return false;
    return true;
}

/* Fills in the geometry where the kind of the layer has one; else it stays unknown. */
static void describe(const struct sc_onnx_window *w, const struct sc_onnx_shape *output, uint64_t groups,
                     uint64_t channels, struct sc_layer *layer)
{
    struct sc_operator op = {
        .kind = SC_CONV, .batch = (uint64_t)output->dim[0], .groups = groups, .in_channels = channels};

    if (w->axes > 2 ||
        !describe_axis(w, w->axes - 2, &op.in_height, &op.filter_height, &op.stride_height, &op.pad_top,
                       &op.out_height) ||
        !describe_axis(w, w->axes - 1, &op.in_width, &op.filter_width, &op.stride_width, &op.pad_left, &op.out_width) ||
        !is_output_of(w, output))
        return;
    op.filters = layer->M * groups;
    layer->op = op;
}

/* `weights` and `zero` say which inputs are the weights and their zero point. */
static void convolution(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t weights,
                        uint32_t zero, struct sc_onnx_products *products)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0), *filter = sc_onnx_in(graph, node, weights);
    const struct sc_onnx_value *output = sc_onnx_output(graph, node, 0);
    int64_t groups = sc_onnx_int(graph, node, "group", 1);
    struct sc_onnx_window window;
    uint64_t K, N;

    if (filter->rank <= SPATIAL || !output || output->shape.rank != filter->rank) {
        refuse(products, filter->rank <= SPATIAL ? "the shape of its weights is unknown"
                                                 : "the shape of its input is unknown, or does not fit its weights");
        return;
    }
    if (groups < 1 || filter->dim[0] < 1 || filter->dim[0] % groups != 0 ||
        (in->rank == filter->rank && in->dim[1] >= 0 &&
         (in->dim[1] % groups != 0 || in->dim[1] / groups != filter->dim[1]))) {
        refuse(products, "its channels, weights and groups do not fit");
        return;
    }
    K = times(1, filter->dim[1]);
    N = times(1, output->shape.dim[0]);
    for (int i = SPATIAL; i < filter->rank; i++) {
        K = times(K, filter->dim[i]);
        N = times(N, output->shape.dim[i]);
    }
    add(products, (uint64_t)(filter->dim[0] / groups), N, K, (uint64_t)groups, sc_onnx_input(graph, node, weights),
        zero > 0 ? sc_onnx_input(graph, node, zero) : NULL);
    if (products->count == 0)
        return;
    products->layer[0].op.kind = SC_CONV;
    if (in->rank > SPATIAL && sc_onnx_window(graph, node, in, filter, &window))
        describe(&window, &output->shape, (uint64_t)groups, times((uint64_t)filter->dim[1], groups),
                 &products->layer[0]);
}

/* ---- matrix products ---- */

/* A product of batches of rows x inner and inner x columns. */
struct product {
    struct sc_onnx_shape batch[2]; /* of the first and the second operand */
    int64_t rows, inner, columns;
    const struct sc_onnx_value *operand[2], *zero[2]; /* with their zero points */
};

static uint64_t batches(const struct sc_onnx_shape *shape)
{
    uint64_t count = shape->rank < 0 ? 0 : 1;

    for (int i = 0; i < shape->rank; i++)
        count = times(count, shape->dim[i]);
    return count;
}

/* A = the constant operand, or the second; where it is one matrix for all, batches of the other are one long B. */
static void add_product(const struct product *p, struct sc_onnx_products *products)
{
    bool first = p->operand[0] && p->operand[0]->constant && !(p->operand[1] && p->operand[1]->constant);
    int a = first ? 0 : 1;
    int64_t outputs = first ? p->rows : p->columns, vectors = first ? p->columns : p->rows;
    struct sc_onnx_shape all = sc_onnx_broadcast(&p->batch[0], &p->batch[1]);
    uint64_t count = 1, N = times(1, vectors);

    if (batches(&p->batch[a]) == 1)
        N = times(batches(&p->batch[1 - a]), vectors);
    else
        count = batches(&all);
    add(products, times(1, outputs), N, times(1, p->inner), count, p->operand[a], p->zero[a]);
}

/* Which inputs are the second operand and the zero points of both; 0: no zero points. */
struct places {
    uint32_t second, zero[2];
};

/* A vector is a matrix of one row (first operand) or column (second). */
static void matmul(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, struct places places,
                   struct sc_onnx_products *products)
{
    struct sc_onnx_shape a = *sc_onnx_in(graph, node, 0), b = *sc_onnx_in(graph, node, places.second);

    if (a.rank < 1 || b.rank < 1) {
        refuse(products, "the shape of an operand is unknown");
        return;
    }
    int64_t inner = a.dim[a.rank - 1], other = b.dim[b.rank > 1 ? b.rank - 2 : 0];
    if (inner >= 0 && other >= 0 && inner != other) {
        refuse(products, "the shapes of its operands do not fit");
        return;
    }
    struct product p = {
        .rows = a.rank > 1 ? a.dim[a.rank - 2] : 1,
        .columns = b.rank > 1 ? b.dim[b.rank - 1] : 1,
        .inner = inner >= 0 ? inner : other,
        .operand = {sc_onnx_input(graph, node, 0), sc_onnx_input(graph, node, places.second)},
    };
    for (int i = 0; i < 2; i++)
        p.zero[i] = places.zero[i] > 0 ? sc_onnx_input(graph, node, places.zero[i]) : NULL;
    a.rank -= a.rank > 1 ? 2 : 1;
    b.rank -= b.rank > 1 ? 2 : 1;
    p.batch[0] = a;
    p.batch[1] = b;
    add_product(&p, products);
}

static void gemm(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, struct sc_onnx_products *products)
{
    const struct sc_onnx_shape *a = sc_onnx_in(graph, node, 0), *b = sc_onnx_in(graph, node, 1);
    bool turn_a = sc_onnx_int(graph, node, "transA", 0) != 0, turn_b = sc_onnx_int(graph, node, "transB", 0) != 0;
    const struct sc_onnx_value *output = sc_onnx_output(graph, node, 0);

    if (b->rank != 2 || (a->rank != 2 && (!output || output->shape.rank != 2))) {
        refuse(products, "the shape of an operand is unknown or no matrix");
        return;
    }
    int64_t inner = b->dim[turn_b], rows = a->rank == 2 ? a->dim[turn_a] : output->shape.dim[0];
    if (a->rank == 2 && a->dim[!turn_a] >= 0 && inner >= 0 && a->dim[!turn_a] != inner) {
        refuse(products, "the shapes of its operands do not fit");
        return;
    }
    struct product p = {
        .rows = rows,
        .columns = b->dim[!turn_b],
        .inner = inner,
        .operand = {sc_onnx_input(graph, node, 0), sc_onnx_input(graph, node, 1)},
    };
    add_product(&p, products);
}

/* ---- recurrent cells ---- */

/* X: sequence x batch x inputs; W: directions x outputs of all gates x inputs; R: the same with the state. */
static void recurrent(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                      struct sc_onnx_products *products)
{
    const struct sc_onnx_shape *x = sc_onnx_in(graph, node, 0), *w = sc_onnx_in(graph, node, 1);
    const struct sc_onnx_shape *r = sc_onnx_in(graph, node, 2);
    bool batch_first = sc_onnx_int(graph, node, "layout", 0) != 0;

    if (x->rank != 3 || w->rank != 3 || r->rank != 3) {
        refuse(products, "the shape of its input or weights is unknown");
        return;
    }
    uint64_t steps = times(1, x->dim[batch_first]), batch = times(1, x->dim[!batch_first]);
    uint64_t directions = times(1, w->dim[0]);
    add(products, times(1, w->dim[1]), times(batch, x->dim[batch_first]), times(1, w->dim[2]), directions,
        sc_onnx_input(graph, node, 1), NULL);
    if (products->count == 0)
        return;
    add(products, times(1, r->dim[1]), batch, times(1, r->dim[2]), times(steps, w->dim[0]),
        sc_onnx_input(graph, node, 2), NULL);
    products->suffix[0] = "/input";
    products->suffix[1] = "/state";
}

/* ---- which is which ---- */

enum role { NONE, CONV, CONV_INTEGER, CONV_QUANTIZED, GEMM, MATMUL, MATMUL_INTEGER, MATMUL_QUANTIZED, RECURRENT };

static enum role role_of(const struct sc_onnx_node *node)
{
    static const struct {
        const char *name;
        enum role role;
    } roles[] = {
        {"Conv", CONV},
        {"ConvInteger", CONV_INTEGER},
        {"QLinearConv", CONV_QUANTIZED},
        {"Gemm", GEMM},
        {"MatMul", MATMUL},
        {"MatMulInteger", MATMUL_INTEGER},
        {"RNN", RECURRENT},
        {"QLinearMatMul", MATMUL_QUANTIZED},
        {"GRU", RECURRENT},
        {"LSTM", RECURRENT},
    };

    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && sc_onnx_operator(node); i++)
        if (sc_span_is(node->op, roles[i].name))
            return roles[i].role;
    return NONE;
}

bool sc_onnx_is_product(const struct sc_onnx_node *node)
{
    return role_of(node) != NONE;
}

/* Inputs by the operators' specifications: QLinearConv x, its scale and zero point, w, its scale and zero point, ... */
void sc_onnx_products(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                      struct sc_onnx_products *products)
{
    products->count = 0;
    products->why[0] = '\0';
    switch (role_of(node)) {
    case CONV:
        convolution(graph, node, 1, 0, products);
        break;
    case CONV_INTEGER:
        convolution(graph, node, 1, 3, products);
        break;
    case CONV_QUANTIZED:
        convolution(graph, node, 3, 5, products);
        break;
    case GEMM:
        gemm(graph, node, products);
        break;
    case MATMUL:
        matmul(graph, node, (struct places){1, {0, 0}}, products);
        break;
    case MATMUL_INTEGER:
        matmul(graph, node, (struct places){1, {2, 3}}, products);
        break;
    case MATMUL_QUANTIZED:
        matmul(graph, node, (struct places){3, {2, 5}}, products);
        break;
    case RECURRENT:
        recurrent(graph, node, products);
        break;
    case NONE:
        break;
    }
}
