/* wire.h - the wire format of Protocol Buffers: the fields of a message, read where they lie, nothing copied.
 *
 * A library would build a tree of the whole file and, on a damaged one, say only that it is damaged; weights of
 * hundreds of megabytes are better left in place, and an error should name the byte.  Source: Protocol Buffers
 * documentation, "Encoding".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ONNX_WIRE_H
#define SC_ONNX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Bytes of the file; they belong to whoever holds the file. */
struct sc_span {
    const unsigned char *at;
    size_t size;
};

enum sc_wire_type { SC_WIRE_VARINT = 0, SC_WIRE_64 = 1, SC_WIRE_BYTES = 2, SC_WIRE_32 = 5 };

struct sc_field {
    uint64_t number;
    enum sc_wire_type type;
    uint64_t value;       /* of a varint or a fixed-width number, its bits */
    struct sc_span bytes; /* of SC_WIRE_BYTES: a message, a text, packed numbers */
};

/* What error messages need: the file, and where its first byte lies. */
struct sc_wire {
    const char *path;
    const unsigned char *start;
};

/* Takes the next field off `rest`: SC_OK, SC_END, or SC_BAD_INPUT with the byte where the message is damaged. */
int sc_wire_next(const struct sc_wire *wire, struct sc_span *rest, struct sc_field *field, struct sc_error *err);

/* Checks that a field has the type that its number asks for; `name` is the field's, for the message. */
int sc_wire_expect(const struct sc_wire *wire, const struct sc_field *field, enum sc_wire_type type, const char *name,
                   struct sc_error *err);

/* Takes a varint off `rest`; false at its end or where it is damaged. */
bool sc_wire_varint(struct sc_span *rest, uint64_t *value);

/* Whether the field is one number, or several packed into bytes, of `type`; what else it can be is damage. */
bool sc_wire_is_numbers(const struct sc_field *field, enum sc_wire_type type);

/* Takes the next number of such a field, `rest` being its bytes at first, and its bits; false when there is none or
 * the bytes are damaged (rest->size tells). */
bool sc_wire_number(struct sc_span *rest, enum sc_wire_type type, uint64_t *bits);

#endif
