/* import_matrix.h - a matrix file as a list of one layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_IMPORT_MATRIX_H
#define SC_IMPORT_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* Whether a file is a matrix, by its name (.mtx, .smtx, .gz after either) or its first bytes. */
bool sc_import_is_matrix(const char *path);

/* Writes a layer whose operand A is the file, and B dense with `columns` columns (0: 1, with a word about it). */
int sc_import_matrix(const char *input, const char *output, uint64_t columns, struct sc_error *err);

#endif
