/* graph.c - loads the graph of an ONNX model: initializers, declared shapes, nodes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "printable.h"
#include "text.h"

static bool same_bytes(struct sc_span a, struct sc_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

bool sc_span_is(struct sc_span span, const char *text)
{
    return same_bytes(span, (struct sc_span){(const unsigned char *)text, strlen(text)});
}

void sc_span_text(char out[SC_ONNX_TEXT], struct sc_span span)
{
    enum { SHOWN = (SC_ONNX_TEXT - 1) / 4 };
    char cut[SC_ONNX_TEXT];
    size_t size = span.size < sizeof cut - 1 ? span.size : sizeof cut - 1;

    if (size > 0)
        memcpy(cut, span.at, size);
    cut[size] = '\0';
    sc_printable(out, cut, SHOWN);
}

/* Makes room for one more of `count`; false without memory. */
static bool grow(void **items, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    size_t wanted = *room ? 2 * *room : 64;
    void *grown = realloc(*items, wanted * size);
    if (!grown)
        return false;
    *items = grown;
    *room = wanted;
    return true;
}

static int fail_memory(const struct sc_onnx_graph *graph, struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, graph->wire.path, 0, "out of memory for the graph of this model");
}

static int fail_limit(const struct sc_onnx_graph *graph, const char *what, int limit, struct sc_error *err)
{
    return sc_fail(err, SC_UNSUPPORTED, graph->wire.path, 0, "the graph has more %s than the %d this program keeps",
                   what, limit);
}

static size_t slot_of(const struct sc_onnx_graph *graph, struct sc_span name)
{
    size_t slot = sc_digest(SC_DIGEST_START, name.at, name.size) & (graph->buckets - 1);

    while (graph->bucket[slot] && !same_bytes(graph->value[graph->bucket[slot] - 1].name, name))
        slot = (slot + 1) & (graph->buckets - 1);
    return slot;
}

/* Keeps the table at most half full. */
static int grow_buckets(struct sc_onnx_graph *graph, struct sc_error *err)
{
    if (2 * (graph->values + 1) <= graph->buckets)
        return SC_OK;
    size_t wanted = graph->buckets ? 2 * graph->buckets : 256;
    uint32_t *bucket = calloc(wanted, sizeof *bucket);
    if (!bucket)
        return fail_memory(graph, err);
    free(graph->bucket);
    graph->bucket = bucket;
    graph->buckets = wanted;
    for (size_t i = 0; i < graph->values; i++)
        graph->bucket[slot_of(graph, graph->value[i].name)] = (uint32_t)i + 1;
    return SC_OK;
}

/* The index of the value of this name, made where there is none. */
static int find_value(struct sc_onnx_graph *graph, struct sc_span name, int64_t *index, struct sc_error *err)
{
    int status = grow_buckets(graph, err);
    if (status != SC_OK)
        return status;
    size_t slot = slot_of(graph, name);
    if (!graph->bucket[slot]) {
        if (graph->values == SC_ONNX_VALUES)
            return fail_limit(graph, "values", SC_ONNX_VALUES, err);
        if (!grow((void **)&graph->value, &graph->value_room, graph->values, sizeof *graph->value))
            return fail_memory(graph, err);
        graph->value[graph->values++] = (struct sc_onnx_value){
            .name = name,
            .declared = {.rank = SC_ONNX_UNKNOWN},
            .shape = {.rank = SC_ONNX_UNKNOWN},
            .zero_point = SC_ONNX_UNKNOWN,
        };
        graph->bucket[slot] = (uint32_t)graph->values;
    }
    *index = graph->bucket[slot] - 1;
    return SC_OK;
}

/* ---- initializers ---- */

static int load_initializer(struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    struct sc_onnx_tensor tensor;
    int64_t index = 0;
    int status = sc_onnx_tensor_head(&graph->wire, body, &tensor, err);

    if (status == SC_OK)
        status = find_value(graph, tensor.name, &index, err);
    if (status != SC_OK)
        return status;
    struct sc_onnx_value *value = &graph->value[index];
    if (value->constant)
        return sc_fail(err, SC_BAD_INPUT, graph->wire.path, 0, "two initializers have one name, '%.*s'",
                       (int)(tensor.name.size < 80 ? tensor.name.size : 80), (const char *)tensor.name.at);
    value->constant = true;
    value->origin = SC_ONNX_DENSE;
    value->elements = body;
    value->shape = value->declared = tensor.shape;
    return sc_onnx_tensor_numbers(&graph->wire, &tensor, &value->numbers) == SC_OK ? SC_OK : fail_memory(graph, err);
}

static int load_sparse(struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    struct sc_onnx_tensor values;
    struct sc_onnx_shape shape;
    uint64_t elements;
    int64_t index = 0;
    int status = sc_onnx_sparse_head(&graph->wire, body, &shape, &elements, &values, err);

    if (status == SC_OK)
        status = find_value(graph, values.name, &index, err);
    if (status != SC_OK)
        return status;
    struct sc_onnx_value *value = &graph->value[index];
    value->constant = true;
    value->origin = SC_ONNX_SPARSE;
    value->elements = body;
    value->shape = value->declared = shape;
    return SC_OK;
}

/* ---- declared shapes ---- */

/* The size that --dim gives a symbolic dimension, or SC_ONNX_UNKNOWN. */
static int64_t given_size(const struct sc_onnx_graph *graph, struct sc_span symbol, struct sc_span input, int axis)
{
    char place[2 * SC_ONNX_TEXT];

    snprintf(place, sizeof place, "%.*s:%d", (int)(input.size < SC_ONNX_TEXT ? input.size : SC_ONNX_TEXT),
             (const char *)input.at, axis);
    for (size_t i = 0; i < graph->dims; i++) {
        if ((symbol.size == 0 || !sc_span_is(symbol, graph->dim[i].name)) && strcmp(place, graph->dim[i].name) != 0)
            continue;
        graph->dim_used[i] = true;
        return graph->dim[i].size;
    }
    return SC_ONNX_UNKNOWN;
}

/* A dimension: dim_value 1, dim_param 2. */
static int load_dimension(struct sc_onnx_graph *graph, struct sc_span body, struct sc_span name, int axis,
                          int64_t *size, struct sc_span *symbol, struct sc_error *err)
{
    struct sc_field field;
    int status;

    *size = SC_ONNX_UNKNOWN;
    *symbol = (struct sc_span){NULL, 0};
    while ((status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK) {
        if (field.number == 1 && field.type == SC_WIRE_VARINT)
            *size = (int64_t)field.value;
        else if (field.number == 2 && field.type == SC_WIRE_BYTES)
            *symbol = field.bytes;
    }
    if (*size < 0 || *size > SC_ONNX_LARGEST)
        *size = given_size(graph, *symbol, name, axis);
    return status == SC_END ? SC_OK : status;
}

/* Notes a dimension of an input that needs a size: as "--dim 'NAME=SIZE'", once each, as many as fit. */
static void note_open(struct sc_onnx_graph *graph, struct sc_span symbol, struct sc_span input, int axis)
{
    char name[SC_ONNX_TEXT], option[SC_ONNX_TEXT + 40];
    size_t used = strlen(graph->open);

    sc_span_text(name, symbol.size > 0 ? symbol : input);
    if (symbol.size > 0)
        snprintf(option, sizeof option, " --dim '%s=SIZE'", name);
    else
        snprintf(option, sizeof option, " --dim '%s:%d=SIZE'", name, axis);
    if (!strstr(graph->open, option) && used + strlen(option) < sizeof graph->open)
        strcpy(graph->open + used, option);
}

/* A TensorShapeProto of a value; open dimensions of an input of the graph are noted. */
static int load_shape(struct sc_onnx_graph *graph, struct sc_span body, struct sc_span name, bool input,
                      struct sc_onnx_shape *shape, struct sc_error *err)
{
    struct sc_field field;
    struct sc_span symbol;
    int status = SC_OK, axis = 0;

    *shape = (struct sc_onnx_shape){.rank = 0};
    for (; (status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK; axis++) {
        int64_t size;
        if (field.number != 1 || field.type != SC_WIRE_BYTES)
            continue;
        if ((status = load_dimension(graph, field.bytes, name, axis, &size, &symbol, err)) != SC_OK)
            return status;
        if (input && size == SC_ONNX_UNKNOWN)
            note_open(graph, symbol, name, axis);
        if (axis < SC_ONNX_RANK)
            shape->dim[axis] = size;
    }
    shape->rank = axis <= SC_ONNX_RANK ? axis : SC_ONNX_UNKNOWN;
    return status == SC_END ? SC_OK : status;
}

/* The first field of this number that holds bytes, in a message; size 0 and at NULL without one. */
static int first_bytes(const struct sc_onnx_graph *graph, struct sc_span body, uint64_t number, struct sc_span *found,
                       struct sc_error *err)
{
    struct sc_field field;
    int status;

    *found = (struct sc_span){NULL, 0};
    while ((status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK)
        if (field.number == number && field.type == SC_WIRE_BYTES && !found->at)
            *found = field.bytes;
    return status == SC_END ? SC_OK : status;
}

/* A ValueInfoProto: name 1, type 2 {tensor_type 1 {shape 2 {dim 1}}}. */
static int load_value_info(struct sc_onnx_graph *graph, struct sc_span body, bool input, struct sc_error *err)
{
    struct sc_span name, type, tensor, shape;
    int64_t index = 0;
    int status;

    if ((status = first_bytes(graph, body, 1, &name, err)) != SC_OK ||
        (status = first_bytes(graph, body, 2, &type, err)) != SC_OK ||
        (status = first_bytes(graph, type, 1, &tensor, err)) != SC_OK ||
        (status = first_bytes(graph, tensor, 2, &shape, err)) != SC_OK ||
        (status = find_value(graph, name, &index, err)) != SC_OK)
        return status;
    struct sc_onnx_value *value = &graph->value[index];
    if (value->constant || !shape.at) /* initializers may be listed as inputs: their own dimensions hold */
        return SC_OK;
    status = load_shape(graph, shape, name, input, &value->declared, err);
    value->shape = value->declared;
    return status;
}

/* ---- nodes ---- */

static int add_link(struct sc_onnx_graph *graph, struct sc_span name, uint32_t *count, struct sc_error *err)
{
    int64_t index = SC_ONNX_UNKNOWN;
    int status = name.size > 0 ? find_value(graph, name, &index, err) : SC_OK;

    if (status != SC_OK)
        return status;
    if (graph->links == SC_ONNX_VALUES)
        return fail_limit(graph, "inputs and outputs of nodes", SC_ONNX_VALUES, err);
    if (!grow((void **)&graph->link, &graph->link_room, graph->links, sizeof *graph->link))
        return fail_memory(graph, err);
    graph->link[graph->links++] = index;
    ++*count;
    return SC_OK;
}

/* Appends the names in fields of this number. */
static int add_links(struct sc_onnx_graph *graph, struct sc_span body, uint64_t number, uint32_t *count,
                     struct sc_error *err)
{
    struct sc_field field;
    int status;

    while ((status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK)
        if (field.number == number && ((status = sc_wire_expect(&graph->wire, &field, SC_WIRE_BYTES,
                                                                number == 1 ? "input" : "output", err)) != SC_OK ||
                                       (status = add_link(graph, field.bytes, count, err)) != SC_OK))
            return status;
    return status == SC_END ? SC_OK : status;
}

/* Checks once what sc_onnx_attribute() then relies on: the fields of every attribute can be read. */
static int check_attribute(const struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    struct sc_onnx_tensor tensor;
    struct sc_field field;
    int status;

    while ((status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK) {
        if (field.number == 5 && field.type == SC_WIRE_BYTES &&
            (status = sc_onnx_tensor_head(&graph->wire, field.bytes, &tensor, err)) != SC_OK)
            return status;
    }
    return status == SC_END ? SC_OK : status;
}

/* A NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, domain 7. */
static int load_node(struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    struct sc_onnx_node node = {.body = body, .first_input = (uint32_t)graph->links};
    struct sc_span rest = body;
    struct sc_field field;
    int status;

    if (graph->nodes == SC_ONNX_NODES)
        return fail_limit(graph, "nodes", SC_ONNX_NODES, err);
    while ((status = sc_wire_next(&graph->wire, &rest, &field, err)) == SC_OK) {
        if (field.type != SC_WIRE_BYTES)
            continue;
        if (field.number == 3)
            node.name = field.bytes;
        else if (field.number == 4)
            node.op = field.bytes;
        else if (field.number == 7)
            node.domain = field.bytes;
        else if (field.number == 5 && (status = check_attribute(graph, field.bytes, err)) != SC_OK)
            return status;
    }
    if (status != SC_END || (status = add_links(graph, body, 1, &node.inputs, err)) != SC_OK)
        return status;
    node.first_output = (uint32_t)graph->links;
    if ((status = add_links(graph, body, 2, &node.outputs, err)) != SC_OK)
        return status;
    if (node.op.size == 0)
        return sc_fail(err, SC_BAD_INPUT, graph->wire.path, 0, "node %zu has no operator, expected its op_type",
                       graph->nodes + 1);
    if (!grow((void **)&graph->node, &graph->node_room, graph->nodes, sizeof *graph->node))
        return fail_memory(graph, err);
    graph->node[graph->nodes++] = node;
    return SC_OK;
}

/* ---- the model ---- */

/* What of a GraphProto is read, in this order: weights first, since they may be listed as inputs too. */
static const struct {
    uint64_t number;
    const char *name;
} parts[] = {{5, "initializer"}, {15, "sparse_initializer"}, {11, "input"}, {13, "value_info"}, {12, "output"},
             {1, "node"}};

static int load_part(struct sc_onnx_graph *graph, uint64_t number, struct sc_span body, struct sc_error *err)
{
    switch (number) {
    case 5:
        return load_initializer(graph, body, err);
    case 15:
        return load_sparse(graph, body, err);
    case 1:
        return load_node(graph, body, err);
    default:
        return load_value_info(graph, body, number == 11, err);
    }
}

static int load_graph(struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    int status = SC_OK;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == SC_OK; i++) {
        struct sc_span rest = body;
        struct sc_field field;
        while ((status = sc_wire_next(&graph->wire, &rest, &field, err)) == SC_OK) {
            if (field.number != parts[i].number)
                continue;
            if ((status = sc_wire_expect(&graph->wire, &field, SC_WIRE_BYTES, parts[i].name, err)) != SC_OK ||
                (status = load_part(graph, field.number, field.bytes, err)) != SC_OK)
                return status;
        }
        status = status == SC_END ? SC_OK : status;
    }
    return status;
}

/* An OperatorSetIdProto (domain 1, version 2) of the standard operators. */
static int load_opset(struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    struct sc_span domain = {NULL, 0};
    struct sc_field field;
    uint64_t version = 0;
    int status;

    while ((status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK) {
        if (field.number == 1 && field.type == SC_WIRE_BYTES)
            domain = field.bytes;
        else if (field.number == 2 && field.type == SC_WIRE_VARINT)
            version = field.value;
    }
    if (domain.size == 0 || sc_span_is(domain, "ai.onnx"))
        graph->opset = (int64_t)version;
    return status == SC_END ? SC_OK : status;
}

/* A ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8, functions 25. */
static int load_model(struct sc_onnx_graph *graph, struct sc_span body, struct sc_error *err)
{
    struct sc_span found = {NULL, 0};
    struct sc_field field;
    int status;

    while ((status = sc_wire_next(&graph->wire, &body, &field, err)) == SC_OK) {
        if (field.number == 1 && field.type == SC_WIRE_VARINT)
            graph->ir_version = (int64_t)field.value;
        else if (field.number == 2 && field.type == SC_WIRE_BYTES)
            graph->producer = field.bytes;
        else if (field.number == 7)
            status = sc_wire_expect(&graph->wire, &field, SC_WIRE_BYTES, "graph", err);
        else if (field.number == 8 && field.type == SC_WIRE_BYTES)
            status = load_opset(graph, field.bytes, err);
        if (status != SC_OK)
            return status;
        found = field.number == 7 ? field.bytes : found;
        graph->functions += field.number == 25;
    }
    if (status != SC_END)
        return status;
    if (!found.at || graph->ir_version <= 0)
        return sc_fail(err, SC_BAD_INPUT, graph->wire.path, 0, "has no %s, expected an ONNX model (a ModelProto)",
                       found.at ? "IR version" : "graph");
    return load_graph(graph, found, err);
}

/* Inputs need sizes; a size that no shape asked for is a slip. */
static int check_dims(const struct sc_onnx_graph *graph, struct sc_error *err)
{
    if (graph->open[0])
        return sc_fail(err, SC_BAD_INPUT, graph->wire.path, 0,
                       "the inputs of this model have symbolic dimensions, expected sizes for them:%s", graph->open);
    for (size_t i = 0; i < graph->dims; i++)
        if (!graph->dim_used[i])
            return sc_fail(err, SC_BAD_INPUT, graph->wire.path, 0,
                           "no shape of this model has the symbolic dimension '%s' that --dim gives a size",
                           graph->dim[i].name);
    return SC_OK;
}

int sc_onnx_graph_load(struct sc_onnx_graph *graph, const char *path, struct sc_span bytes,
                       const struct sc_onnx_dim *dim, size_t dims, struct sc_error *err)
{
    *graph = (struct sc_onnx_graph){.wire = {path, bytes.at}, .dim = dim, .dims = dims};
    graph->dim_used = calloc(dims + 1, sizeof *graph->dim_used);
    if (!graph->dim_used)
        return fail_memory(graph, err);
    int status = load_model(graph, bytes, err);
    return status == SC_OK ? check_dims(graph, err) : status;
}

void sc_onnx_graph_free(struct sc_onnx_graph *graph)
{
    for (size_t i = 0; i < graph->values; i++)
        free(graph->value[i].numbers);
    free(graph->dim_used);
    free(graph->value);
    free(graph->bucket);
    free(graph->node);
    free(graph->link);
    *graph = (struct sc_onnx_graph){.wire = {NULL, NULL}};
}

static struct sc_onnx_value *linked(const struct sc_onnx_graph *graph, uint32_t first, uint32_t count, uint32_t index)
{
    int64_t value = index < count ? graph->link[first + index] : SC_ONNX_UNKNOWN;
    return value >= 0 ? &graph->value[value] : NULL;
}

struct sc_onnx_value *sc_onnx_input(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t index)
{
    return linked(graph, node->first_input, node->inputs, index);
}

struct sc_onnx_value *sc_onnx_output(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, uint32_t index)
{
    return linked(graph, node->first_output, node->outputs, index);
}
