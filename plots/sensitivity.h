/* sensitivity.h - the figure of `sparsecast periodic target --sensitivity -f csv`: how far each factor moves with each
 * assumption.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SENSITIVITY_H
#define SC_SENSITIVITY_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "rows.h"

/* Whether this is the header of such a table. */
bool sc_sensitivity_is(const struct sc_row *header);

/* Reads the table, whose first row is the set itself, and writes the gnuplot commands that define what sensitivity.gp
 * draws. */
int sc_sensitivity_write(const char *path, FILE *out, struct sc_error *err);

#endif
