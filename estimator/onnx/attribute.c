/* attribute.c - attributes of ONNX nodes, read from the file when an operator asks for them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "graph.h"

static float to_float(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float number;

    memcpy(&number, &low, sizeof number);
    return number;
}

/* Appends the numbers of a field, one or several packed. */
static void take_numbers(const struct sc_field *field, enum sc_wire_type type, struct sc_onnx_attribute *attribute)
{
    struct sc_span rest = field->bytes;
    uint64_t bits = field->value;
    bool packed = field->type == SC_WIRE_BYTES, more = !packed || sc_wire_number(&rest, type, &bits);

    for (; more; more = packed && sc_wire_number(&rest, type, &bits)) {
        if (type == SC_WIRE_VARINT) {
            if (attribute->ints < SC_ONNX_LIST)
                attribute->list[attribute->ints] = (int64_t)bits;
            attribute->ints++;
        } else {
            if (attribute->floats < SC_ONNX_LIST)
                attribute->float_list[attribute->floats] = to_float(bits);
            attribute->floats++;
        }
    }
}

/* An AttributeProto: name 1, f 2, i 3, s 4, t 5, g 6, floats 7, ints 8, graphs 11, sparse_tensor 22. */
static void take_field(const struct sc_field *field, struct sc_onnx_attribute *attribute)
{
    if (field->number == 2 && field->type == SC_WIRE_32) {
        attribute->f = to_float(field->value);
        attribute->has_float = true;
    } else if (field->number == 3 && field->type == SC_WIRE_VARINT) {
        attribute->i = (int64_t)field->value;
        attribute->has_int = true;
    } else if (field->number == 4 && field->type == SC_WIRE_BYTES) {
        attribute->text = field->bytes;
    } else if ((field->number == 5 || field->number == 22) && field->type == SC_WIRE_BYTES) {
        attribute->tensor = field->bytes;
        attribute->has_tensor = true;
        attribute->sparse = field->number == 22;
    } else if (field->number == 6 || field->number == 11) {
        attribute->has_graph = true;
    } else if (field->number == 7 && sc_wire_is_numbers(field, SC_WIRE_32)) {
        take_numbers(field, SC_WIRE_32, attribute);
    } else if (field->number == 8 && sc_wire_is_numbers(field, SC_WIRE_VARINT)) {
        take_numbers(field, SC_WIRE_VARINT, attribute);
    }
}

static bool is_named(const struct sc_wire *wire, struct sc_span body, const char *name)
{
    struct sc_field field;

    while (sc_wire_next(wire, &body, &field, NULL) == SC_OK)
        if (field.number == 1 && field.type == SC_WIRE_BYTES)
            return sc_span_is(field.bytes, name);
    return false;
}

bool sc_onnx_attribute(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *name,
                       struct sc_onnx_attribute *attribute)
{
    struct sc_span rest = node->body;
    struct sc_field field;

    while (sc_wire_next(&graph->wire, &rest, &field, NULL) == SC_OK) {
        if (field.number != 5 || field.type != SC_WIRE_BYTES || !is_named(&graph->wire, field.bytes, name))
            continue;
        struct sc_span body = field.bytes;
        *attribute = (struct sc_onnx_attribute){.ints = 0};
        while (sc_wire_next(&graph->wire, &body, &field, NULL) == SC_OK)
            take_field(&field, attribute);
        return true;
    }
    return false;
}

int64_t sc_onnx_int(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *name,
                    int64_t otherwise)
{
    struct sc_onnx_attribute attribute;
    return sc_onnx_attribute(graph, node, name, &attribute) && attribute.has_int ? attribute.i : otherwise;
}
