/* tensor.c - tensors of an ONNX file: how many elements they have, how many of them are not zero, and small ones as
 * numbers.
 *
 * Elements lie in raw_data (little-endian, 4-bit types two a byte) or in the typed field that TensorProto has for
 * them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "text.h"

/* How a TensorProto.DataType looks: bits of an element, those that decide whether it is zero (a sign does not, where
 * there is a negative zero), and the field (number, wire type) of elements that are not raw; 0: no such field here. */
struct type {
    const char *name;
    unsigned bits;
    uint64_t deciding;
    uint64_t field;
    enum sc_wire_type wire;
    bool integer;
};

static const struct type types[] = {
    [1] = {"float32", 32, 0x7fffffff, 4, SC_WIRE_32, false},
    [2] = {"uint8", 8, 0xff, 5, SC_WIRE_VARINT, true},
    [3] = {"int8", 8, 0xff, 5, SC_WIRE_VARINT, true},
    [4] = {"uint16", 16, 0xffff, 5, SC_WIRE_VARINT, true},
    [5] = {"int16", 16, 0xffff, 5, SC_WIRE_VARINT, true},
    [6] = {"int32", 32, 0xffffffff, 5, SC_WIRE_VARINT, true},
    [7] = {"int64", 64, UINT64_MAX, 7, SC_WIRE_VARINT, true},
    [9] = {"bool", 8, 0xff, 5, SC_WIRE_VARINT, true},
    [10] = {"float16", 16, 0x7fff, 5, SC_WIRE_VARINT, false},
    [11] = {"float64", 64, UINT64_MAX >> 1, 10, SC_WIRE_64, false},
    [12] = {"uint32", 32, 0xffffffff, 11, SC_WIRE_VARINT, true},
    [13] = {"uint64", 64, UINT64_MAX, 11, SC_WIRE_VARINT, true},
    [16] = {"bfloat16", 16, 0x7fff, 5, SC_WIRE_VARINT, false},
    [17] = {"float8e4m3fn", 8, 0x7f, 5, SC_WIRE_VARINT, false},
    [18] = {"float8e4m3fnuz", 8, 0xff, 5, SC_WIRE_VARINT, false},
    [19] = {"float8e5m2", 8, 0x7f, 5, SC_WIRE_VARINT, false},
    [20] = {"float8e5m2fnuz", 8, 0xff, 5, SC_WIRE_VARINT, false},
    [21] = {"uint4", 4, 0xf, 0, SC_WIRE_VARINT, true},
    [22] = {"int4", 4, 0xf, 0, SC_WIRE_VARINT, true},
    [23] = {"float4e2m1", 4, 0x7, 0, SC_WIRE_VARINT, false},
};

/* NULL for types without a zero that can be told here (text, complex numbers, later ones). */
static const struct type *type_of(int64_t number)
{
    bool known = number > 0 && (size_t)number < sizeof types / sizeof types[0] && types[number].name;
    return known ? &types[number] : NULL;
}

/* Appends dimensions, one or several packed; what is beyond SC_ONNX_RANK counts in *elements alone. */
static bool take_dims(const struct sc_field *field, struct sc_onnx_shape *shape, uint64_t *elements)
{
    struct sc_span rest = field->bytes;
    uint64_t size = field->value;
    bool packed = field->type == SC_WIRE_BYTES, more = !packed || sc_wire_varint(&rest, &size), overflow = false;

    for (; more; more = packed && sc_wire_varint(&rest, &size)) {
        if (size > (uint64_t)SC_ONNX_LARGEST)
            return false;
        if (shape->rank < SC_ONNX_RANK)
            shape->dim[shape->rank] = (int64_t)size;
        shape->rank++;
        *elements = sc_multiply_checked(*elements, size, &overflow);
    }
    return !overflow && rest.size == 0;
}

/* Elements in the tensor's typed field. */
static uint64_t count_typed(const struct sc_wire *wire, const struct sc_onnx_tensor *tensor, const struct type *type)
{
    struct sc_span rest = tensor->body;
    struct sc_field field;
    uint64_t count = 0, bits;

    while (sc_wire_next(wire, &rest, &field, NULL) == SC_OK) {
        struct sc_span packed = field.bytes;
        if (field.number != type->field || !sc_wire_is_numbers(&field, type->wire))
            continue;
        count += field.type == type->wire;
        while (field.type != type->wire && sc_wire_number(&packed, type->wire, &bits))
            count++;
    }
    return count;
}

/* The elements must be as many as the dimensions say, or not be there at all. */
static int check_elements(const struct sc_wire *wire, const struct sc_onnx_tensor *tensor, struct sc_error *err)
{
    const struct type *type = type_of(tensor->type);
    char name[SC_ONNX_TEXT];
    bool overflow = false;

    if (!type || tensor->external)
        return SC_OK;
    uint64_t bits = sc_multiply_checked(tensor->elements, type->bits, &overflow), bytes = bits / 8 + (bits % 8 != 0);
    sc_span_text(name, tensor->name);
    if (tensor->has_raw && (overflow || tensor->raw.size != bytes))
        return sc_fail(err, SC_BAD_INPUT, wire->path, 0,
                       "tensor '%s' has %zu bytes of raw_data, expected %" PRIu64 " for %" PRIu64 " elements of %s",
                       name, tensor->raw.size, bytes, tensor->elements, type->name);
    if (tensor->has_raw || type->field == 0)
        return SC_OK;
    uint64_t typed = count_typed(wire, tensor, type);
    if (typed > 0 && typed != tensor->elements)
        return sc_fail(err, SC_BAD_INPUT, wire->path, 0,
                       "tensor '%s' has %" PRIu64 " elements of %s, expected the %" PRIu64 " that its dimensions say",
                       name, typed, type->name, tensor->elements);
    return SC_OK;
}

/* A TensorProto: dims 1, data_type 2, name 8, raw_data 9, external_data 13, data_location 14 (1: external). */
int sc_onnx_tensor_head(const struct sc_wire *wire, struct sc_span body, struct sc_onnx_tensor *tensor,
                        struct sc_error *err)
{
    struct sc_span rest = body;
    struct sc_field field;
    bool sound = true;
    int status;

    *tensor = (struct sc_onnx_tensor){.body = body, .elements = 1};
    while ((status = sc_wire_next(wire, &rest, &field, err)) == SC_OK) {
        if (field.number == 1 && sc_wire_is_numbers(&field, SC_WIRE_VARINT)) {
            sound = sound && take_dims(&field, &tensor->shape, &tensor->elements);
        } else if (field.number == 2 && field.type == SC_WIRE_VARINT) {
            tensor->type = (int64_t)field.value;
        } else if (field.number == 8 && field.type == SC_WIRE_BYTES) {
            tensor->name = field.bytes;
        } else if (field.number == 9 && field.type == SC_WIRE_BYTES) {
            tensor->raw = field.bytes;
            tensor->has_raw = true;
        } else if (field.number == 13 || (field.number == 14 && field.type == SC_WIRE_VARINT && field.value == 1)) {
            tensor->external = true;
        }
    }
    if (status != SC_END)
        return status;
    if (!sound) {
        char name[SC_ONNX_TEXT];
        sc_span_text(name, tensor->name);
        return sc_fail(err, SC_BAD_INPUT, wire->path, 0,
                       "tensor '%s' has dimensions that are negative, above 2^40 or damaged, expected sizes", name);
    }
    if (tensor->shape.rank > SC_ONNX_RANK)
        tensor->shape.rank = SC_ONNX_UNKNOWN;
    return check_elements(wire, tensor, err);
}

/* A SparseTensorProto: values 1, indices 2, dims 3. */
int sc_onnx_sparse_head(const struct sc_wire *wire, struct sc_span body, struct sc_onnx_shape *shape,
                        uint64_t *elements, struct sc_onnx_tensor *values, struct sc_error *err)
{
    struct sc_field field;
    bool sound = true, found = false;
    int status;

    *shape = (struct sc_onnx_shape){.rank = 0};
    *elements = 1;
    while ((status = sc_wire_next(wire, &body, &field, err)) == SC_OK) {
        if (field.number == 1 && field.type == SC_WIRE_BYTES) {
            if ((status = sc_onnx_tensor_head(wire, field.bytes, values, err)) != SC_OK)
                return status;
            found = true;
        } else if (field.number == 3 && sc_wire_is_numbers(&field, SC_WIRE_VARINT)) {
            sound = sound && take_dims(&field, shape, elements);
        }
    }
    if (status != SC_END)
        return status;
    if (!found || !sound || values->elements > *elements)
        return sc_fail(err, SC_BAD_INPUT, wire->path, 0,
                       "a sparse tensor has no values, unsound dimensions or more values than its dimensions allow");
    if (shape->rank > SC_ONNX_RANK)
        shape->rank = SC_ONNX_UNKNOWN;
    return SC_OK;
}

/* Called with the bits of each element. */
typedef void visitor(void *context, uint64_t bits);

static void visit_raw(const struct sc_onnx_tensor *tensor, const struct type *type, visitor *visit, void *context)
{
    unsigned width = type->bits / 8;

    if (type->bits == 4) {
        for (uint64_t i = 0; i < tensor->elements; i++)
            visit(context, (uint64_t)tensor->raw.at[i / 2] >> 4 * (i % 2) & 0xf);
        return;
    }
    for (const unsigned char *at = tensor->raw.at, *end = at + tensor->raw.size; at < end; at += width) {
        uint64_t bits = 0;
        for (unsigned i = 0; i < width; i++)
            bits |= (uint64_t)at[i] << 8 * i;
        visit(context, bits);
    }
}

/* Visits all elements; false when they are not in the file or of a type without known bits. */
static bool visit_elements(const struct sc_wire *wire, const struct sc_onnx_tensor *tensor, visitor *visit,
                           void *context)
{
    const struct type *type = type_of(tensor->type);
    struct sc_span rest = tensor->body;
    struct sc_field field;
    uint64_t bits;

    if (!type || tensor->external)
        return false;
    if (tensor->has_raw) {
        visit_raw(tensor, type, visit, context);
        return true;
    }
    if (type->field == 0 || count_typed(wire, tensor, type) != tensor->elements)
        return false;
    while (sc_wire_next(wire, &rest, &field, NULL) == SC_OK) {
        struct sc_span packed = field.bytes;
        if (field.number != type->field || !sc_wire_is_numbers(&field, type->wire))
            continue;
        if (field.type == type->wire)
            visit(context, field.value);
        while (field.type != type->wire && sc_wire_number(&packed, type->wire, &bits))
            visit(context, bits);
    }
    return true;
}

/* ---- small constants ---- */

struct collection {
    struct sc_onnx_numbers *numbers;
    int64_t type;
};

static double to_number(uint64_t bits, int64_t type)
{
    switch (type) {
    case 1: {
        uint32_t low = (uint32_t)bits;
        float number;
        memcpy(&number, &low, sizeof number);
        return (double)number;
    }
    case 11: {
        double number;
        memcpy(&number, &bits, sizeof number);
        return number;
    }
    case 3:
        return (int8_t)bits;
    case 5:
        return (int16_t)bits;
    case 6:
        return (int32_t)bits;
    case 7:
        return (double)(int64_t)bits;
    case 10: /* only shapes are computed from numbers, and none from these */
    case 16:
    case 17:
    case 18:
    case 19:
    case 20:
    case 22:
    case 23:
        return NAN;
    default:
        return (double)bits;
    }
}

static void collect(void *context, uint64_t bits)
{
    struct collection *collection = context;
    struct sc_onnx_numbers *numbers = collection->numbers;
    numbers->number[numbers->count++] = to_number(bits, collection->type);
}

int sc_onnx_tensor_numbers(const struct sc_wire *wire, const struct sc_onnx_tensor *tensor,
                           struct sc_onnx_numbers **numbers)
{
    const struct type *type = type_of(tensor->type);

    *numbers = NULL;
    if (!type || tensor->elements > SC_ONNX_LIST || tensor->shape.rank < 0 || tensor->shape.rank > 1)
        return SC_OK;
    struct sc_onnx_numbers *room = calloc(1, sizeof *room + (size_t)tensor->elements * sizeof room->number[0]);
    if (!room)
        return SC_NO_MEMORY;
    room->scalar = tensor->shape.rank == 0;
    room->integer = type->integer;
    struct collection collection = {room, tensor->type};
    if (!visit_elements(wire, tensor, collect, &collection)) {
        free(room);
        return SC_OK;
    }
    *numbers = room;
    return SC_OK;
}

/* ---- density ---- */

struct tally {
    uint64_t deciding, zero, nonzeros;
};

static void tally(void *context, uint64_t bits)
{
    struct tally *counts = context;
    counts->nonzeros += (bits & counts->deciding) != counts->zero;
}

/* Whether all elements are the same. */
struct sameness {
    uint64_t seen, first;
    bool differ;
};

static void compare(void *context, uint64_t bits)
{
    struct sameness *same = context;
    same->first = same->seen++ == 0 ? bits : same->first;
    same->differ |= bits != same->first;
}

/* The bits that stand for zero: those of the zero point, where there is one and all its elements are the same. */
static bool zero_bits(const struct sc_onnx_graph *graph, const struct sc_onnx_value *point, struct tally *counts)
{
    struct sc_onnx_tensor tensor;
    struct sameness same = {.seen = 0};

    if (!point)
        return true;
    if (point->origin != SC_ONNX_DENSE || sc_onnx_tensor_head(&graph->wire, point->elements, &tensor, NULL) != SC_OK ||
        !visit_elements(&graph->wire, &tensor, compare, &same) || same.seen == 0 || same.differ)
        return false;
    counts->zero = same.first & counts->deciding;
    return true;
}

double sc_onnx_density(const struct sc_onnx_graph *graph, const struct sc_onnx_value *value,
                       const struct sc_onnx_value *zero)
{
    struct sc_onnx_tensor tensor = {.elements = 0};
    struct sc_onnx_shape shape;
    uint64_t elements = 0;
    bool read = false;

    if (value->origin == SC_ONNX_DENSE) {
        read = sc_onnx_tensor_head(&graph->wire, value->elements, &tensor, NULL) == SC_OK;
        elements = read ? tensor.elements : 0;
    } else if (value->origin == SC_ONNX_SPARSE) {
        read = sc_onnx_sparse_head(&graph->wire, value->elements, &shape, &elements, &tensor, NULL) == SC_OK;
    }
    const struct type *type = read ? type_of(tensor.type) : NULL;
    struct tally counts = {.deciding = type ? type->deciding : 0};
    if (!zero && value->zero_point >= 0)
        zero = &graph->value[value->zero_point];
    if (!type || elements == 0 || !zero_bits(graph, zero, &counts) ||
        !visit_elements(&graph->wire, &tensor, tally, &counts))
        return -1;
    return (double)counts.nonzeros / (double)elements;
}
