/* infer.c - what the rules of all operators share: shapes given and broadcast, constants handed on, work counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "operators.h"

static const struct sc_onnx_shape unknown_shape = {.rank = SC_ONNX_UNKNOWN};

bool sc_onnx_elements(const struct sc_onnx_shape *shape, int64_t *elements)
{
    *elements = 1;
    for (int i = 0; i < shape->rank; i++) {
        int64_t size = shape->dim[i];
        if (size < 0 || (size > 0 && *elements > ((int64_t)1 << 62) / size))
            return false;
        *elements *= size;
    }
    return shape->rank >= 0;
}

const struct sc_onnx_shape *sc_onnx_in(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                                       uint32_t index)
{
    const struct sc_onnx_value *value = sc_onnx_input(graph, node, index);
    return value ? &value->shape : &unknown_shape;
}

const struct sc_onnx_numbers *sc_onnx_numbers(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                                              uint32_t index)
{
    const struct sc_onnx_value *value = sc_onnx_input(graph, node, index);
    return value ? value->numbers : NULL;
}

void sc_onnx_give(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t index,
                  const struct sc_onnx_shape *shape)
{
    struct sc_onnx_value *value = sc_onnx_output(graph, node, index);
    bool conflict = false;

    if (!value || shape->rank < 0)
        return;
    struct sc_onnx_shape known = *shape;
    for (int i = 0; i < known.rank; i++)
        if (known.dim[i] < 0 || known.dim[i] > SC_ONNX_LARGEST)
            known.dim[i] = SC_ONNX_UNKNOWN;
    if (value->declared.rank < 0) {
        value->shape = known;
        return;
    }
    conflict = value->declared.rank != known.rank;
    for (int i = 0; i < value->declared.rank && !conflict; i++) {
        if (value->declared.dim[i] < 0)
            value->shape.dim[i] = known.dim[i];
        else
            conflict = known.dim[i] >= 0 && known.dim[i] != value->declared.dim[i];
    }
    if (conflict && graph->conflicts++ == 0)
        graph->conflict = node;
}

void sc_onnx_give_numbers(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const double *number,
                          size_t count, bool scalar, bool integer)
{
    struct sc_onnx_value *value = sc_onnx_output(graph, node, 0);

    if (!value || count > SC_ONNX_LIST)
        return;
    struct sc_onnx_numbers *numbers = calloc(1, sizeof *numbers + count * sizeof numbers->number[0]);
    if (!numbers) {
        graph->no_memory = true;
        return;
    }
    numbers->scalar = scalar;
    numbers->integer = integer;
    numbers->count = count;
    if (count > 0)
        memcpy(numbers->number, number, count * sizeof *number);
    free(value->numbers);
    value->numbers = numbers;
    sc_onnx_give(graph, node, 0, &(struct sc_onnx_shape){.rank = scalar ? 0 : 1, .dim = {(int64_t)count}});
}

int sc_onnx_axis(int64_t axis, int rank)
{
    if (rank < 0 || axis < -(int64_t)rank || axis >= rank)
        return -1;
    return (int)(axis < 0 ? axis + rank : axis);
}

int sc_onnx_list(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *attribute,
                 uint32_t index, int64_t list[SC_ONNX_LIST])
{
    struct sc_onnx_attribute found;
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, index);

    if (attribute && sc_onnx_attribute(graph, node, attribute, &found) && found.ints <= SC_ONNX_LIST) {
        memcpy(list, found.list, found.ints * sizeof *list);
        return (int)found.ints;
    }
    if (!numbers)
        return -1;
    for (size_t i = 0; i < numbers->count; i++) {
        double number = numbers->number[i];
        if (isnan(number))
            return -1;
        list[i] = number >= 0x1p62 ? INT64_MAX : number <= -0x1p62 ? INT64_MIN : (int64_t)number;
    }
    return (int)numbers->count;
}

struct sc_onnx_shape sc_onnx_broadcast(const struct sc_onnx_shape *a, const struct sc_onnx_shape *b)
{
    struct sc_onnx_shape out = {.rank = a->rank > b->rank ? a->rank : b->rank};

    if (a->rank < 0 || b->rank < 0)
        return unknown_shape;
    for (int i = 1; i <= out.rank; i++) {
        int64_t p = i <= a->rank ? a->dim[a->rank - i] : 1, q = i <= b->rank ? b->dim[b->rank - i] : 1;
        if (p > 1 && q > 1 && p != q)
            return unknown_shape;
        out.dim[out.rank - i] = p == 1 ? q : q == 1 || q < 0 || p == q ? p : p < 0 ? q : p == 0 ? p : q;
    }
    return out;
}

/* Whether all inputs that are there are constants; an operator without inputs (random numbers) gives none. */
static bool has_constant_inputs(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    bool any = false;

    for (uint32_t i = 0; i < node->inputs; i++) {
        const struct sc_onnx_value *input = sc_onnx_input(graph, node, i);
        if (input && !input->constant)
            return false;
        any |= input != NULL;
    }
    return any;
}

/* Operators whose output has the elements of their first input, if in another order or type. */
static bool keeps_elements(const struct sc_onnx_node *node)
{
    static const char *const names[] = {"Identity",  "Transpose", "Reshape", "Flatten",         "Squeeze",
                                        "Unsqueeze", "Cast",      "Dropout", "DequantizeLinear"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (sc_span_is(node->op, names[i]))
            return true;
    return false;
}

/* Hands on that a value is a constant, and where its elements lie. */
static void trace_constant(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_value *output = sc_onnx_output(graph, node, 0);
    const struct sc_onnx_value *input = sc_onnx_input(graph, node, 0);

    if (!output || !has_constant_inputs(graph, node))
        return;
    output->constant = true;
    if (!input || !keeps_elements(node))
        return;
    output->origin = input->origin;
    output->elements = input->elements;
    output->zero_point = input->zero_point;
    if (sc_span_is(node->op, "DequantizeLinear") && sc_onnx_input(graph, node, 2))
        output->zero_point = sc_onnx_input(graph, node, 2) - graph->value;
}

void sc_onnx_infer(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_operator *known = sc_onnx_operator(node);

    if (known && known->infer)
        known->infer(graph, node);
    trace_constant(graph, node);
}

static double elements_of(const struct sc_onnx_value *value)
{
    int64_t elements;
    return value && sc_onnx_elements(&value->shape, &elements) ? (double)elements : NAN;
}

static double window_size(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_attribute kernel;
    const struct sc_onnx_value *input = sc_onnx_input(graph, node, 0), *output = sc_onnx_output(graph, node, 0);
    double size = 1;

    if (!sc_onnx_attribute(graph, node, "kernel_shape", &kernel)) /* a global pool reads every element once */
        return elements_of(input) / elements_of(output);
    for (size_t i = 0; i < kernel.ints && i < SC_ONNX_RANK; i++)
        size *= (double)kernel.list[i];
    return size;
}

double sc_onnx_work(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_operator *known = sc_onnx_operator(node);
    double out = elements_of(sc_onnx_output(graph, node, 0));

    if (!known)
        return NAN;
    switch (known->effort) {
    case SC_ONNX_PER_OUT:
        return out;
    case SC_ONNX_PER_IN:
        return elements_of(sc_onnx_input(graph, node, 0));
    case SC_ONNX_WINDOW:
        return out * window_size(graph, node);
    case SC_ONNX_OWN:
        return known->work(graph, node);
    default:
        return 0;
    }
}
