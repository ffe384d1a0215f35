/* draw_machine.c - machines around a given one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"
#include "family.h"
#include "machine_keys.h"
#include "text.h"

enum { SOBOL_MAX = 40 }; /* dimensions that gsl_qrng_sobol has */

bool sc_draw_varies(const struct sc_machine_key *key)
{
    /* Not timing: energies, conversions between layers.  Not the machine's size: the word, and constants of a
     * simulator's control. */
    static const char *const left_out[] = {"energy.",   "transitions.", "array.element_bytes",
                                           "blocking.", "name",         "description"};
    if (key->type != SC_KEY_COUNT && key->type != SC_KEY_NUMBER)
        return false;
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strncmp(key->path, left_out[i], strlen(left_out[i])) == 0)
            return false;
    return true;
}

/* The value of a key times 2^x, -1 <= x <= 1; whole powers for powers of two. */
static void scaled(char out[SC_NUMBER_SIZE], const struct sc_machine_key *key, const char *text, double x)
{
    double value = 0;
    sc_parse_number(text, strlen(text), &value);
    if (key->type == SC_KEY_COUNT) {
        int exponent;
        bool power = value >= 1 && frexp(value, &exponent) == 0.5;
        value = power ? value * exp2(round(1.49 * x)) : round(value * exp2(x));
        value = fmax(key->low, fmin(key->high, floor(value)));
    } else {
        value = fmax(key->low, fmin(key->high, value * exp2(x)));
    }
    sc_format_number(out, value, 6);
}

/* Sets a key and keeps it if the machine still holds together. */
static void change(struct sc_machine *machine, const struct sc_machine_key *key, const char *text)
{
    struct sc_machine changed = *machine;
    struct sc_error unused;
    const char *related[SC_RELATED_KEYS];
    if (sc_machine_key_set(&changed, key, text, &unused) == SC_OK &&
        changed.family->check(&changed, related, &unused) == SC_OK)
        *machine = changed;
}

int sc_draw_machine(struct sc_machine *out, const struct sc_machine *machine, uint64_t seed, unsigned point,
                    struct sc_error *err)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(machine->family, &count);
    double u[SOBOL_MAX];
    unsigned used = 0;
    gsl_qrng *sobol = gsl_qrng_alloc(gsl_qrng_sobol, SOBOL_MAX);
    if (!sobol)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for machines to learn from");
    for (unsigned i = 0; i <= point + seed % 64; i++)
        gsl_qrng_get(sobol, u);
    gsl_qrng_free(sobol);
    *out = *machine;
    for (size_t i = 0; i < count && used < SOBOL_MAX; i++) {
        char text[SC_KEY_TEXT_SIZE], number[SC_NUMBER_SIZE] = "";
        if (!sc_draw_varies(&keys[i]))
            continue;
        sc_machine_key_get(text, machine, &keys[i]);
        scaled(number, &keys[i], text, 2 * u[used++] - 1);
        change(out, &keys[i], number);
    }
    snprintf(out->digest, sizeof out->digest, "variant");
    return SC_OK;
}
