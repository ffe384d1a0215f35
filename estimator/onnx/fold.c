/* fold.c - small constants that shapes are computed from: made, counted with, broadcast.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "operators.h"

/* A node that holds a tensor, dense or sparse: the output is that tensor. */
static void give_tensor(struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                        const struct sc_onnx_attribute *attribute)
{
    struct sc_onnx_value *output = sc_onnx_output(graph, node, 0);
    struct sc_onnx_tensor tensor;
    struct sc_onnx_shape shape;
    struct sc_onnx_numbers *numbers = NULL;
    uint64_t elements;

    if (!output)
        return;
    if (attribute->sparse) {
        if (sc_onnx_sparse_head(&graph->wire, attribute->tensor, &shape, &elements, &tensor, NULL) != SC_OK)
            return;
    } else {
        if (sc_onnx_tensor_head(&graph->wire, attribute->tensor, &tensor, NULL) != SC_OK)
            return;
        shape = tensor.shape;
        graph->no_memory |= sc_onnx_tensor_numbers(&graph->wire, &tensor, &numbers) != SC_OK;
    }
    output->constant = true;
    output->origin = attribute->sparse ? SC_ONNX_SPARSE : SC_ONNX_DENSE;
    output->elements = attribute->tensor;
    free(output->numbers);
    output->numbers = numbers;
    sc_onnx_give(graph, node, 0, &shape);
}

void sc_onnx_constant(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_value *output = sc_onnx_output(graph, node, 0);
    struct sc_onnx_attribute found;
    double list[SC_ONNX_LIST];

    if (output)
        output->constant = true;
    if (sc_onnx_attribute(graph, node, "value", &found) || sc_onnx_attribute(graph, node, "sparse_value", &found)) {
        if (found.has_tensor)
            give_tensor(graph, node, &found);
    } else if (sc_onnx_attribute(graph, node, "value_int", &found)) {
        list[0] = (double)found.i;
        sc_onnx_give_numbers(graph, node, list, 1, true, true);
    } else if (sc_onnx_attribute(graph, node, "value_float", &found)) {
        list[0] = (double)found.f;
        sc_onnx_give_numbers(graph, node, list, 1, true, false);
    } else if (sc_onnx_attribute(graph, node, "value_ints", &found) && found.ints <= SC_ONNX_LIST) {
        for (size_t i = 0; i < found.ints; i++)
            list[i] = (double)found.list[i];
        sc_onnx_give_numbers(graph, node, list, found.ints, false, true);
    } else if (sc_onnx_attribute(graph, node, "value_floats", &found) && found.floats <= SC_ONNX_LIST) {
        for (size_t i = 0; i < found.floats; i++)
            list[i] = (double)found.float_list[i];
        sc_onnx_give_numbers(graph, node, list, found.floats, false, false);
    }
}

/* The number that ConstantOfShape repeats: 0, or the one of its attribute. */
static double repeated(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, bool *integer)
{
    struct sc_onnx_attribute attribute;
    struct sc_onnx_tensor tensor;
    struct sc_onnx_numbers *numbers = NULL;
    double number = 0;

    *integer = false;
    if (sc_onnx_attribute(graph, node, "value", &attribute) && attribute.has_tensor && !attribute.sparse &&
        sc_onnx_tensor_head(&graph->wire, attribute.tensor, &tensor, NULL) == SC_OK &&
        sc_onnx_tensor_numbers(&graph->wire, &tensor, &numbers) == SC_OK && numbers) {
        number = numbers->count > 0 ? numbers->number[0] : NAN;
        *integer = numbers->integer;
    }
    free(numbers);
    return number;
}

void sc_onnx_constant_of_shape(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    int64_t target[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, NULL, 0, target);
    struct sc_onnx_shape shape = {.rank = count};
    double list[SC_ONNX_LIST];
    bool integer;

    if (count < 0 || count > SC_ONNX_RANK)
        return;
    memcpy(shape.dim, target, (size_t)count * sizeof target[0]);
    if (count == 0 || (count == 1 && target[0] >= 0 && target[0] <= SC_ONNX_LIST)) {
        size_t all = count == 0 ? 1 : (size_t)target[0];
        double number = repeated(graph, node, &integer);
        for (size_t i = 0; i < all; i++)
            list[i] = number;
        sc_onnx_give_numbers(graph, node, list, all, count == 0, integer);
    }
    sc_onnx_give(graph, node, 0, &shape);
}

void sc_onnx_shape_of(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    int64_t start = sc_onnx_int(graph, node, "start", 0), end = sc_onnx_int(graph, node, "end", SC_ONNX_RANK);
    double list[SC_ONNX_RANK];
    size_t count = 0;

    if (in->rank < 0)
        return;
    start += start < 0 ? in->rank : 0;
    end += end < 0 ? in->rank : 0;
    for (int64_t i = start < 0 ? 0 : start; i < end && i < in->rank; i++)
        list[count++] = in->dim[i] < 0 ? NAN : (double)in->dim[i];
    sc_onnx_give_numbers(graph, node, list, count, false, true);
}

void sc_onnx_size(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    int64_t elements;

    if (sc_onnx_elements(sc_onnx_in(graph, node, 0), &elements)) {
        double number = (double)elements;
        sc_onnx_give_numbers(graph, node, &number, 1, true, true);
    }
}

void sc_onnx_range(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *start = sc_onnx_numbers(graph, node, 0), *limit = sc_onnx_numbers(graph, node, 1);
    const struct sc_onnx_numbers *delta = sc_onnx_numbers(graph, node, 2);
    double list[SC_ONNX_LIST];

    if (!start || !limit || !delta || start->count != 1 || limit->count != 1 || delta->count != 1)
        return;
    double count = ceil((limit->number[0] - start->number[0]) / delta->number[0]);
    if (!(count >= 0 && count < (double)SC_ONNX_LARGEST)) /* a delta of 0, too */
        return;
    struct sc_onnx_shape shape = {.rank = 1, .dim = {(int64_t)count}};
    if (count <= SC_ONNX_LIST) {
        for (int i = 0; i < (int)count; i++)
            list[i] = start->number[0] + i * delta->number[0];
        sc_onnx_give_numbers(graph, node, list, (size_t)count, false, start->integer);
    }
    sc_onnx_give(graph, node, 0, &shape);
}

static double quotient(double p, double q, bool integer)
{
    double exact = p / q;

    return !isfinite(exact) ? NAN : integer ? trunc(exact) : exact;
}

/* A number of a list that a single one stands for throughout. */
static double at(const struct sc_onnx_numbers *numbers, size_t index)
{
    return numbers->number[numbers->count == 1 ? 0 : index];
}

static double apply(struct sc_span op, double p, double q, bool integer)
{
    if (isnan(p) || isnan(q))
        return NAN;
    if (sc_span_is(op, "Add"))
        return p + q;
    if (sc_span_is(op, "Sub"))
        return p - q;
    if (sc_span_is(op, "Mul"))
        return p * q;
    if (sc_span_is(op, "Div"))
        return quotient(p, q, integer);
    if (sc_span_is(op, "Max"))
        return p > q ? p : q;
    if (sc_span_is(op, "Min"))
        return p < q ? p : q;
    if (sc_span_is(op, "Equal"))
        return p == q;
    if (sc_span_is(op, "Greater"))
        return p > q;
    if (sc_span_is(op, "Less"))
        return p < q;
    return NAN;
}

void sc_onnx_broadcasts(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape shape = *sc_onnx_in(graph, node, 0);
    bool as_first = sc_onnx_int(graph, node, "broadcast", 0) != 0; /* before operator set 7, along axes of the first */

    for (uint32_t i = 1; i < node->inputs && !as_first; i++)
        shape = sc_onnx_broadcast(&shape, sc_onnx_in(graph, node, i));
    sc_onnx_give(graph, node, 0, &shape);
}

void sc_onnx_arithmetic(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *p = sc_onnx_numbers(graph, node, 0), *q = sc_onnx_numbers(graph, node, 1);
    double list[SC_ONNX_LIST];

    if (p && q && node->inputs == 2 && p->count > 0 && q->count > 0 &&
        (p->count == q->count || p->count == 1 || q->count == 1)) {
        size_t count = p->count > q->count ? p->count : q->count;
        for (size_t i = 0; i < count; i++)
            list[i] = apply(node->op, at(p, i), at(q, i), p->integer && q->integer);
        sc_onnx_give_numbers(graph, node, list, count, p->scalar && q->scalar, p->integer && q->integer);
    }
    sc_onnx_broadcasts(graph, node);
}

void sc_onnx_where(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *c = sc_onnx_numbers(graph, node, 0), *p = sc_onnx_numbers(graph, node, 1);
    const struct sc_onnx_numbers *q = sc_onnx_numbers(graph, node, 2);
    double list[SC_ONNX_LIST];

    if (c && p && q && c->count > 0 && (p->count == c->count || p->count == 1) &&
        (q->count == c->count || q->count == 1)) {
        for (size_t i = 0; i < c->count; i++)
            list[i] = isnan(c->number[i]) ? NAN : c->number[i] != 0 ? at(p, i) : at(q, i);
        sc_onnx_give_numbers(graph, node, list, c->count, c->scalar && p->scalar && q->scalar, p->integer);
    }
    sc_onnx_broadcasts(graph, node);
}

/* Casts to whole numbers (TensorProto types 2 to 7, 12, 13) drop the fraction. */
void sc_onnx_cast(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, 0);
    int64_t to = sc_onnx_int(graph, node, "to", 1);
    bool integer = (to >= 2 && to <= 7) || to == 12 || to == 13;
    double list[SC_ONNX_LIST];

    if (numbers) {
        for (size_t i = 0; i < numbers->count; i++)
            list[i] = integer ? trunc(numbers->number[i]) : numbers->number[i];
        sc_onnx_give_numbers(graph, node, list, numbers->count, numbers->scalar, integer);
    }
    sc_onnx_give(graph, node, 0, sc_onnx_in(graph, node, 0));
}

void sc_onnx_rounding(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, 0);
    bool up = sc_span_is(node->op, "Ceil"), down = sc_span_is(node->op, "Floor");
    double list[SC_ONNX_LIST];

    if (numbers && (up || down)) {
        for (size_t i = 0; i < numbers->count; i++)
            list[i] = up ? ceil(numbers->number[i]) : floor(numbers->number[i]);
        sc_onnx_give_numbers(graph, node, list, numbers->count, numbers->scalar, numbers->integer);
    }
    sc_onnx_give(graph, node, 0, sc_onnx_in(graph, node, 0));
}
