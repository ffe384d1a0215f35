/* machine_keys.h - the one table of what a machine file may say.
 *
 * The YAML schema, defaults, ranges, `sparsecast machines -v` and overrides of single keys all come from this table.
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

/* The table, grouped: keys of one group stand together. */
const struct sc_machine_key *sc_machine_keys(size_t *count);

/* Converts `text` and stores it in the key's field.  SC_BAD_INPUT with key, value found and what was expected; file and
 * line are left empty. */
int sc_machine_key_set(struct sc_machine *machine, const struct sc_machine_key *key, const char *text,
                       struct sc_error *err);

enum { SC_KEY_TEXT_SIZE = 1024 };

/* Writes the key's present value as sc_machine_key_set() reads it. */
void sc_machine_key_get(char out[SC_KEY_TEXT_SIZE], const struct sc_machine *machine, const struct sc_machine_key *key);

#endif
