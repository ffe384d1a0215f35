/* residuals.h - estimates against simulations, as `sparsecast calibrate --rows` writes them, ready for residuals.gp.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_RESIDUALS_H
#define SC_RESIDUALS_H

#include <stdbool.h>
#include <stdio.h>

#include "result_set.h"
#include "rows.h"

/* One estimate. */
struct sc_residuals_point {
    unsigned dataflow; /* index in names */
    double simulated, estimated, low, high;
};

struct sc_residuals {
    struct sc_name_list dataflows, machines;
    struct sc_residuals_point *point; /* those with cycles above 0 */
    size_t points, room;
    size_t covered; /* simulations within their intervals */
};

/* Whether this is the header of such a file. */
bool sc_residuals_is(const struct sc_row *header);

/* Reads the file ("-": standard input).  Errors carry file and line.  Free with sc_residuals_free(), also after a
 * failure.
 */
int sc_residuals_read(struct sc_residuals *residuals, const char *path, struct sc_error *err);
void sc_residuals_free(struct sc_residuals *residuals);

/* Writes the gnuplot commands that define what residuals.gp draws. */
void sc_residuals_write(const struct sc_residuals *residuals, FILE *out);

#endif
