/* wire.c - the wire format of Protocol Buffers, read in place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire.h"

#include <inttypes.h>

static const char *type_name(enum sc_wire_type type)
{
    return type == SC_WIRE_VARINT  ? "a varint"
           : type == SC_WIRE_64    ? "64 bits"
           : type == SC_WIRE_BYTES ? "bytes with a length"
                                   : "32 bits";
}

static int damaged(const struct sc_wire *wire, const unsigned char *at, const char *what, struct sc_error *err)
{
    return sc_fail(err, SC_BAD_INPUT, wire->path, 0,
                   "byte %zu: found %s, expected the next field of a Protocol Buffers message; the file is damaged, "
                   "cut short or no ONNX model",
                   (size_t)(at - wire->start), what);
}

bool sc_wire_varint(struct sc_span *rest, uint64_t *value)
{
    uint64_t sum = 0;

    for (unsigned shift = 0; shift < 70 && rest->size > 0; shift += 7) {
        unsigned char byte = *rest->at++;
        rest->size--;
        sum |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80)) {
            *value = sum;
            return true;
        }
    }
    return false;
}

/* Takes `width` bytes, little-endian; there are so many. */
static uint64_t take_fixed(struct sc_span *rest, unsigned width)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < width; i++)
        bits |= (uint64_t)rest->at[i] << 8 * i;
    rest->at += width;
    rest->size -= width;
    return bits;
}

static bool take_bytes(struct sc_span *rest, struct sc_field *field)
{
    uint64_t length;

    if (!sc_wire_varint(rest, &length) || length > rest->size)
        return false;
    field->bytes = (struct sc_span){rest->at, (size_t)length};
    rest->at += length;
    rest->size -= (size_t)length;
    return true;
}

int sc_wire_next(const struct sc_wire *wire, struct sc_span *rest, struct sc_field *field, struct sc_error *err)
{
    const unsigned char *begin = rest->at;
    uint64_t tag;
    bool whole = false;

    if (rest->size == 0)
        return SC_END;
    if (!sc_wire_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return damaged(wire, begin, "no field number from 1 to 536870911", err);
    *field = (struct sc_field){.number = tag >> 3, .type = (enum sc_wire_type)(tag & 7)};
    if (field->type == SC_WIRE_VARINT)
        whole = sc_wire_varint(rest, &field->value);
    else if (field->type == SC_WIRE_BYTES)
        whole = take_bytes(rest, field);
    else if (field->type == SC_WIRE_64 || field->type == SC_WIRE_32) {
        unsigned width = field->type == SC_WIRE_64 ? 8 : 4;
        whole = rest->size >= width;
        field->value = whole ? take_fixed(rest, width) : 0;
    } else {
        return damaged(wire, begin, "a wire type that ONNX does not use", err);
    }
    return whole ? SC_OK : damaged(wire, begin, "a field that runs past the end of its message", err);
}

int sc_wire_expect(const struct sc_wire *wire, const struct sc_field *field, enum sc_wire_type type, const char *name,
                   struct sc_error *err)
{
    if (field->type == type)
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, wire->path, 0,
                   "field %" PRIu64 " (%s) holds %s, expected %s; the file is damaged or no ONNX model", field->number,
                   name, type_name(field->type), type_name(type));
}

bool sc_wire_is_numbers(const struct sc_field *field, enum sc_wire_type type)
{
    return field->type == type || field->type == SC_WIRE_BYTES;
}

bool sc_wire_number(struct sc_span *rest, enum sc_wire_type type, uint64_t *bits)
{
    unsigned width = type == SC_WIRE_64 ? 8 : 4;

    if (type == SC_WIRE_VARINT)
        return sc_wire_varint(rest, bits);
    if (rest->size < width)
        return false;
    *bits = take_fixed(rest, width);
    return true;
}
