/* timeloop.h - the problem of a Timeloop or Sparseloop specification as a layer.
 *
 * Read are shape, instance and densities, in the spellings of versions 0.2 to 0.4.  What a dimension is follows from
 * the data spaces it indexes: of weights and outputs: M; of inputs and outputs: N; of weights and inputs: K; of all
 * three: groups.
 * Source: Timeloop's public specifications (BSD-3), semantics only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TIMELOOP_H
#define SC_TIMELOOP_H

#include "layer.h"

enum { SC_TIMELOOP_NAME = 256 };

/* Reads a file; the layer's name is kept in `name`.  SC_BAD_INPUT names the line and what was expected;
 * SC_UNSUPPORTED what a layer cannot say, such as more than two inputs or densities from actual data. */
int sc_timeloop_read(struct sc_layer *layer, char name[SC_TIMELOOP_NAME], const char *path, struct sc_error *err);

#endif
