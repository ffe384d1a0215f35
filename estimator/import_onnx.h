/* import_onnx.h - an ONNX model as a layer CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_IMPORT_ONNX_H
#define SC_IMPORT_ONNX_H

#include <stdbool.h>

#include "onnx/onnx.h"

/* Whether a file is an ONNX model, by its name (.onnx) or, of a regular file, by its first bytes. */
bool sc_import_is_onnx(const char *path);

/* Writes the layers of a model to `output` ("-": standard output), whole or not at all, and says on standard error what
 * it took and what it left; *layers says how many it wrote. */
int sc_import_onnx(const char *input, const char *output, const struct sc_onnx_dim *dim, size_t dims, uint64_t *layers,
                   struct sc_error *err);

#endif
