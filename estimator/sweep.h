/* sweep.h - what-if: every combination of machine keys and layer columns, and which of them nobody beats.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SWEEP_H
#define SC_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "result.h"

enum { SC_AXES_MAX = 16 };

/* A key of the machine or a column of the layer list, and the texts it takes. */
struct sc_sweep_axis {
    char *key;
    bool of_machine;
    char **value;
    size_t values, room;
};

/* The axes of a sweep; the last one changes fastest. */
struct sc_sweep {
    struct sc_sweep_axis axis[SC_AXES_MAX];
    unsigned axes;
};

/* Adds "KEY=V1,V2,...": each V a text, or a range of numbers A:B:STEP (both ends included) or A:B:*FACTOR. SC_BAD_USAGE
 * when the text is not of that form or the key was given before.  Free with sc_sweep_free(). */
int sc_sweep_add(struct sc_sweep *sweep, const char *text, struct sc_error *err);
void sc_sweep_free(struct sc_sweep *sweep);

/* How many combinations there are; SC_BAD_USAGE beyond `most`. */
int sc_sweep_count(const struct sc_sweep *sweep, size_t most, size_t *count, struct sc_error *err);

/* The value of an axis in combination `index`. */
const char *sc_sweep_value(const struct sc_sweep *sweep, size_t index, unsigned axis);

/* Three costs of a candidate, each the less the better; one that is unknown (negative) is equal for all. */
struct sc_cost {
    double cycles, energy, area;
};

/* Marks the candidates that no other beats or equals in all three while beating it in one.  Time grows with candidates
 * x (unbeaten ones).  SC_NO_MEMORY. */
int sc_pareto(const struct sc_cost *cost, size_t count, bool *unbeaten, struct sc_error *err);

#endif
