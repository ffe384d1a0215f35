/* parity.h - estimates against simulations, as `sparsecast calibrate --rows` writes them, ready for parity.gp.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PARITY_H
#define SC_PARITY_H

#include <stdbool.h>
#include <stdio.h>

#include "result_set.h"

/* One estimate. */
struct sc_parity_point {
    unsigned dataflow; /* index in names */
    double simulated, estimated, low, high;
};

struct sc_parity {
    struct sc_name_list dataflows, machines;
    struct sc_parity_point *point; /* those with cycles above 0 */
    size_t points, room;
    size_t covered; /* simulations within their intervals */
};

/* Whether `path` has the header of such a file.  False for standard input and for what cannot be read. */
bool sc_parity_is(const char *path);

/* Reads the file ("-": standard input).  Errors carry file and line.  Free with sc_parity_free(), also after a failure.
 */
int sc_parity_read(struct sc_parity *parity, const char *path, struct sc_error *err);
void sc_parity_free(struct sc_parity *parity);

/* Writes the gnuplot commands that define what parity.gp draws. */
void sc_parity_write(const struct sc_parity *parity, FILE *out);

#endif
