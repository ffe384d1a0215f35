/* import_foreign.h - problems of Timeloop and models of MAESTRO as a layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_IMPORT_FOREIGN_H
#define SC_IMPORT_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* Whether the name says so: .yaml and .yml are Timeloop's, .m MAESTRO's. */
bool sc_import_is_foreign(const char *path);

/* Writes the layers of such a file to `output`, whole or not at all; *layers says how many. */
int sc_import_foreign(const char *input, const char *output, bool same_padding, uint64_t *layers, struct sc_error *err);

#endif
