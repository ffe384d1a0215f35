/* machine_keys.h - one key of a machine file: its row in the table of a family, reading and writing its value.
 *
 * The YAML schema, defaults, ranges, `sparsecast machines -v` and overrides of single keys all come from these tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINE_KEYS_H
#define SC_MACHINE_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "machine.h"

enum sc_key_type {
    SC_KEY_TEXT,  /* char[size] */
    SC_KEY_COUNT, /* uint32_t or uint64_t by size */
    SC_KEY_NUMBER,/* double */
    SC_KEY_FLAG,  /* bool */
    SC_KEY_TIMING /* enum sc_timing */
};

/* One key: "group.key" or "key". */
struct sc_machine_key {
    const char *path;
    enum sc_key_type type;
    size_t offset, size;  /* of the field in struct sc_machine */
    double low, high;     /* range of counts and numbers, both ends included */
    bool power_of_two;
    bool own;             /* not taken over from the base machine */
    const char *initial;  /* default; NULL: the key is required */
    const char *unit;     /* "" where there is none */
    const char *meaning;
};

/* The rows of such tables.  `initial` is the default as text, NULL when the key is required. */
#define SC_KEY_FIELD(member) offsetof(struct sc_machine, member), sizeof(((struct sc_machine *)0)->member)
#define SC_KEY_A_TEXT(path, member, initial, meaning) \
    {path, SC_KEY_TEXT, SC_KEY_FIELD(member), 0, 0, false, false, initial, "", meaning}
#define SC_KEY_AN_OWN_TEXT(path, member, initial, meaning) \
    {path, SC_KEY_TEXT, SC_KEY_FIELD(member), 0, 0, false, true, initial, "", meaning}
#define SC_KEY_A_COUNT(path, member, low, high, initial, unit, meaning) \
    {path, SC_KEY_COUNT, SC_KEY_FIELD(member), low, high, false, false, initial, unit, meaning}
#define SC_KEY_A_POWER(path, member, low, high, initial, unit, meaning) \
    {path, SC_KEY_COUNT, SC_KEY_FIELD(member), low, high, true, false, initial, unit, meaning}
#define SC_KEY_A_NUMBER(path, member, low, high, initial, unit, meaning) \
    {path, SC_KEY_NUMBER, SC_KEY_FIELD(member), low, high, false, false, initial, unit, meaning}
#define SC_KEY_A_FLAG(path, member, initial, meaning) \
    {path, SC_KEY_FLAG, SC_KEY_FIELD(member), 0, 0, false, false, initial, "", meaning}

#define SC_KEY_GIGA 1e9
#define SC_KEY_TERA \
    1099511627776.0 /* 2^40: more bytes than any on-chip memory, few enough that line counts fit 32 bits */

/* The table of a family, of *count keys. */
const struct sc_machine_key *sc_machine_keys(const struct sc_family *family, size_t *count);

/* Converts `text` and stores it in the key's field.  SC_BAD_INPUT with key, value found and what was expected; file and
 * line are left empty. */
int sc_machine_key_set(struct sc_machine *machine, const struct sc_machine_key *key, const char *text,
                       struct sc_error *err);

enum { SC_KEY_TEXT_SIZE = 1024 };

/* Writes the key's present value as sc_machine_key_set() reads it. */
void sc_machine_key_get(char out[SC_KEY_TEXT_SIZE], const struct sc_machine *machine, const struct sc_machine_key *key);

#endif
