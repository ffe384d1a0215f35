/* shape_window.c - shapes of operators that compute: convolutions, pools, products, recurrent cells, reductions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "operators.h"

enum { SPATIAL = 2 }; /* the first dimension after batch and channels */

#define LARGEST_STEP ((int64_t)1 << 20) /* of strides, dilations and paddings */

/* Reads `count` numbers of an attribute, all `otherwise` without it; false when one is out of [least, LARGEST_STEP]. */
static bool read_steps(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *name, int count,
                       int64_t least, int64_t otherwise, int64_t *steps)
{
    struct sc_onnx_attribute found;
    bool given = sc_onnx_attribute(graph, node, name, &found) && found.ints > 0;

    if (given && found.ints != (size_t)count)
        return false;
    for (int i = 0; i < count; i++) {
        steps[i] = given ? found.list[i] : otherwise;
        if (steps[i] < least || steps[i] > LARGEST_STEP)
            return false;
    }
    return true;
}

static bool read_kernel(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                        const struct sc_onnx_shape *weights, struct sc_onnx_window *window)
{
    if (!weights)
        return read_steps(graph, node, "kernel_shape", window->axes, 1, 0, window->kernel);
    if (weights->rank != window->axes + SPATIAL)
        return false;
    for (int i = 0; i < window->axes; i++) {
        window->kernel[i] = weights->dim[SPATIAL + i];
        if (window->kernel[i] < 1 || window->kernel[i] > LARGEST_STEP)
            return false;
    }
    return true;
}

/* Padding along one axis by the rule that auto_pad names. */
static bool pad_axis(struct sc_onnx_window *w, int i, struct sc_span rule)
{
    bool upper = sc_span_is(rule, "SAME_UPPER"), lower = sc_span_is(rule, "SAME_LOWER");
    int64_t extent = (w->kernel[i] - 1) * w->dilation[i] + 1;

    if (upper || lower) {
        w->out[i] = (w->in[i] + w->stride[i] - 1) / w->stride[i];
        int64_t all = (w->out[i] - 1) * w->stride[i] + extent - w->in[i];
        all = all > 0 ? all : 0;
        w->begin[i] = upper ? all / 2 : all - all / 2;
        w->end[i] = all - w->begin[i];
    } else if (sc_span_is(rule, "VALID")) {
        w->begin[i] = w->end[i] = 0;
    } else if (rule.size > 0 && !sc_span_is(rule, "NOTSET")) {
        return false;
    }
    int64_t room = w->in[i] + w->begin[i] + w->end[i] - extent;
    w->out[i] = room < 0 ? 0 : room / w->stride[i] + 1;
    return w->out[i] > 0;
}

bool sc_onnx_window(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                    const struct sc_onnx_shape *input, const struct sc_onnx_shape *weights,
                    struct sc_onnx_window *window)
{
    struct sc_onnx_attribute rule = {.text = {NULL, 0}};
    int64_t pads[2 * SC_ONNX_RANK];

    *window = (struct sc_onnx_window){.axes = input->rank - SPATIAL};
    if (input->rank <= SPATIAL || !read_kernel(graph, node, weights, window) ||
        !read_steps(graph, node, "strides", window->axes, 1, 1, window->stride) ||
        !read_steps(graph, node, "dilations", window->axes, 1, 1, window->dilation) ||
        !read_steps(graph, node, "pads", 2 * window->axes, 0, 0, pads))
        return false;
    sc_onnx_attribute(graph, node, "auto_pad", &rule);
    for (int i = 0; i < window->axes; i++) {
        window->in[i] = input->dim[SPATIAL + i];
        window->begin[i] = pads[i];
        window->end[i] = pads[window->axes + i];
        if (window->in[i] < 1 || !pad_axis(window, i, rule.text))
            return false;
    }
    return true;
}

/* Pools may round the size up, where the last window still begins inside the padded map. */
void sc_onnx_pool(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape shape = *sc_onnx_in(graph, node, 0);
    struct sc_onnx_window w;

    if (!sc_onnx_window(graph, node, &shape, NULL, &w))
        return;
    for (int i = 0; i < w.axes; i++) {
        int64_t room = w.in[i] + w.begin[i] + w.end[i] - ((w.kernel[i] - 1) * w.dilation[i] + 1);
        if (sc_onnx_int(graph, node, "ceil_mode", 0) && room % w.stride[i] != 0 &&
            w.out[i] * w.stride[i] < w.in[i] + w.begin[i])
            w.out[i]++;
        shape.dim[SPATIAL + i] = w.out[i];
    }
    for (uint32_t i = 0; i < node->outputs; i++)
        sc_onnx_give(graph, node, i, &shape);
}

void sc_onnx_global_pool(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape shape = *sc_onnx_in(graph, node, 0);

    for (int i = SPATIAL; i < shape.rank; i++)
        shape.dim[i] = 1;
    sc_onnx_give(graph, node, 0, &shape);
}

static void give_conv(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t weights)
{
    const struct sc_onnx_shape *filter = sc_onnx_in(graph, node, weights);
    struct sc_onnx_shape shape = *sc_onnx_in(graph, node, 0);
    struct sc_onnx_window w;

    if (filter->rank < 0 || !sc_onnx_window(graph, node, &shape, filter, &w))
        return;
    shape.dim[1] = filter->dim[0];
    memcpy(shape.dim + SPATIAL, w.out, (size_t)w.axes * sizeof w.out[0]);
    sc_onnx_give(graph, node, 0, &shape);
}

void sc_onnx_conv(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    give_conv(graph, node, 1);
}

void sc_onnx_conv_integer(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    give_conv(graph, node, 1);
}

void sc_onnx_conv_quantized(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    give_conv(graph, node, 3);
}

void sc_onnx_conv_transpose(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *filter = sc_onnx_in(graph, node, 1);
    struct sc_onnx_shape shape = *sc_onnx_in(graph, node, 0);
    struct sc_onnx_attribute rule = {.text = {NULL, 0}}, wanted = {.ints = 0};
    int64_t pads[2 * SC_ONNX_RANK], stride[SC_ONNX_RANK], dilation[SC_ONNX_RANK], extra[SC_ONNX_RANK];
    int64_t groups = sc_onnx_int(graph, node, "group", 1);
    int axes = shape.rank - SPATIAL;

    if (axes < 1 || filter->rank != shape.rank || groups < 1 || groups > LARGEST_STEP || filter->dim[1] < 0 ||
        !read_steps(graph, node, "strides", axes, 1, 1, stride) ||
        !read_steps(graph, node, "dilations", axes, 1, 1, dilation) ||
        !read_steps(graph, node, "pads", 2 * axes, 0, 0, pads) ||
        !read_steps(graph, node, "output_padding", axes, 0, 0, extra))
        return;
    sc_onnx_attribute(graph, node, "auto_pad", &rule);
    sc_onnx_attribute(graph, node, "output_shape", &wanted);
    shape.dim[1] = filter->dim[1] * groups;
    for (int i = 0; i < axes; i++) {
        int64_t in = shape.dim[SPATIAL + i], kernel = filter->dim[SPATIAL + i];
        bool same = rule.text.size > 4 && memcmp(rule.text.at, "SAME", 4) == 0;
        if (in < 1 || kernel < 1 || kernel > LARGEST_STEP)
            return;
        shape.dim[SPATIAL + i] =
            wanted.ints == (size_t)axes ? wanted.list[i]
            : same                      ? in * stride[i]
                   : stride[i] * (in - 1) + extra[i] + (kernel - 1) * dilation[i] + 1 - pads[i] - pads[axes + i];
    }
    sc_onnx_give(graph, node, 0, &shape);
}

void sc_onnx_gemm(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *a = sc_onnx_in(graph, node, 0), *b = sc_onnx_in(graph, node, 1);
    bool turn_a = sc_onnx_int(graph, node, "transA", 0) != 0, turn_b = sc_onnx_int(graph, node, "transB", 0) != 0;

    if (a->rank == 2 && b->rank == 2)
        sc_onnx_give(graph, node, 0, &(struct sc_onnx_shape){.rank = 2, .dim = {a->dim[turn_a], b->dim[!turn_b]}});
}

/* Batched product; a vector is a matrix of one row (first operand) or column (second) that the result lacks again. */
static void give_matmul(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t second)
{
    struct sc_onnx_shape a = *sc_onnx_in(graph, node, 0), b = *sc_onnx_in(graph, node, second), c;
    int64_t rows = a.rank > 1 ? a.dim[a.rank - 2] : 1, columns = b.rank > 1 ? b.dim[b.rank - 1] : 1;
    bool has_rows = a.rank > 1, has_columns = b.rank > 1;

    if (a.rank < 1 || b.rank < 1)
        return;
    a.rank -= has_rows ? 2 : 1;
    b.rank -= has_columns ? 2 : 1;
    c = sc_onnx_broadcast(&a, &b);
    if (c.rank < 0)
        return;
    if (has_rows)
        c.dim[c.rank++] = rows;
    if (has_columns)
        c.dim[c.rank++] = columns;
    sc_onnx_give(graph, node, 0, &c);
}

void sc_onnx_matmul(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    give_matmul(graph, node, 1);
}

void sc_onnx_matmul_quantized(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    give_matmul(graph, node, 3);
}

/* Y: sequence x directions x batch x hidden; its last step: directions x batch x hidden. */
void sc_onnx_recurrent(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *x = sc_onnx_in(graph, node, 0), *r = sc_onnx_in(graph, node, 2);

    if (x->rank != 3 || r->rank != 3 || sc_onnx_int(graph, node, "layout", 0) != 0)
        return;
    struct sc_onnx_shape all = {.rank = 4, .dim = {x->dim[0], r->dim[0], x->dim[1], r->dim[2]}};
    struct sc_onnx_shape last = {.rank = 3, .dim = {r->dim[0], x->dim[1], r->dim[2]}};
    sc_onnx_give(graph, node, 0, &all);
    sc_onnx_give(graph, node, 1, &last);
    sc_onnx_give(graph, node, 2, &last);
}

static void give_reduced(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const int64_t *axes, int count,
                         bool keep)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    struct sc_onnx_shape out = {.rank = 0};
    bool gone[SC_ONNX_RANK] = {false};

    for (int i = 0; i < count; i++) {
        int axis = sc_onnx_axis(axes[i], in->rank);
        if (axis < 0)
            return;
        gone[axis] = true;
    }
    for (int i = 0; i < in->rank; i++)
        if (!gone[i] || keep)
            out.dim[out.rank++] = gone[i] ? 1 : in->dim[i];
    if (in->rank >= 0)
        sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_reduce(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    bool keep = sc_onnx_int(graph, node, "keepdims", 1) != 0;
    int64_t axes[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, "axes", 1, axes);

    if (count < 0 && sc_onnx_input(graph, node, 1))
        return;
    if (count <= 0) {
        if (sc_onnx_int(graph, node, "noop_with_empty_axes", 0)) {
            sc_onnx_give(graph, node, 0, in);
            return;
        }
        count = in->rank < 0 ? 0 : in->rank;
        for (int i = 0; i < count; i++)
            axes[i] = i;
    }
    give_reduced(graph, node, axes, count, keep);
}

void sc_onnx_arg(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    int64_t axis = sc_onnx_int(graph, node, "axis", 0);
    give_reduced(graph, node, &axis, 1, sc_onnx_int(graph, node, "keepdims", 1) != 0);
}

/* Every input pixel meets every weight of its group. */
double sc_onnx_conv_transpose_work(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape in = *sc_onnx_in(graph, node, 0);
    int64_t pixels, weights;

    if (in.rank <= SPATIAL)
        return NAN;
    in.dim[1] = 1;
    bool known = sc_onnx_elements(&in, &pixels) && sc_onnx_elements(sc_onnx_in(graph, node, 1), &weights);
    return known ? (double)pixels * (double)weights : NAN;
}

/* The product of the sizes of all letters, as for a pair of operands. */
double sc_onnx_einsum_work(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_attribute equation;
    double size[128] = {0}, work = 1;
    uint32_t operand = 0;
    int place = 0;

    if (!sc_onnx_attribute(graph, node, "equation", &equation))
        return NAN;
    for (size_t i = 0; i < equation.text.size && equation.text.at[i] != '-'; i++) {
        unsigned char letter = equation.text.at[i];
        if (letter == ',') {
            operand++;
            place = 0;
        } else if (letter != ' ') {
            const struct sc_onnx_shape *shape = sc_onnx_in(graph, node, operand);
            if (letter >= sizeof size / sizeof size[0] || letter == '.' || place >= shape->rank ||
                shape->dim[place] < 0)
                return NAN;
            size[letter] = (double)shape->dim[place++];
        }
    }
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++)
        work *= size[i] > 0 ? size[i] : 1;
    return work;
}
