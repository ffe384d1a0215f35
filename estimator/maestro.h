/* maestro.h - a MAESTRO model (.m) as layers.
 *
 * Read are networks, layers of types CONV, DSCONV, NGCONV and GEMM, and constants; dataflows are skipped.  Y and X are
 * input sizes without padding, K of NGCONV counts filters of one group, C channels of all.  Source: MAESTRO's public
 * models (MIT), semantics only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MAESTRO_H
#define SC_MAESTRO_H

#include "layer.h"

struct sc_maestro;

/* Opens a model; same_padding: output = ceil(input / stride), except where the filter spans the input whole.  `path` is
 * borrowed.  Free with sc_maestro_close(). */
int sc_maestro_open(struct sc_maestro **model, const char *path, bool same_padding, struct sc_error *err);

/* The next layer: SC_OK, SC_END, or SC_BAD_INPUT with line, what was found and what was expected.  Strings live until
 * the next call. */
int sc_maestro_next(struct sc_maestro *model, struct sc_layer *layer, struct sc_error *err);

/* How many layers were passed over since their type is none of those above, and the first of them ("" when none). */
uint64_t sc_maestro_skipped(const struct sc_maestro *model, const char **first);

void sc_maestro_close(struct sc_maestro *model);

#endif
