/* operands.h - the two patterns of a layer: read from its files or drawn from its densities and kinds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_OPERANDS_H
#define SC_OPERANDS_H

#include <stdint.h>

#include "../estimator/error.h"
#include "../estimator/layer.h"
#include "pattern.h"
#include "../estimator/profile.h"

#define SC_DEFAULT_SEED UINT64_C(1) /* where the user gives none */

/* Fills A (M x K) and B (K x N).  An operand with a pattern file is read from it (sc_pattern_read() with its
 * defaults; the density and kind in the layer are then ignored, except that a pattern called periodic must be so); the
 * others are drawn by sc_pattern_generate() with sc_operand_seed().
 *
 * Both patterns are new and owned by the caller, empty after a failure.  SC_BAD_INPUT when a file has another shape
 * than the layer; other errors as of the functions above.  An error with a line is about that line of a pattern file;
 * one without has no file either, names operand and pattern file in its message, and wants the layer and its list put
 * around it. */
int sc_layer_patterns(const struct sc_layer *layer, uint64_t seed, struct sc_pattern *a, struct sc_pattern *b,
                      struct sc_error *err);

/* The seed of operand 'a' or 'b' of a layer: depends on `seed`, the layer's model and name, and the operand, and on
 * nothing else, so that a layer has the same operands wherever it stands in a list and whichever layers are selected
 * with it.  Layers of the same model, name and shape have the same operands. */
uint64_t sc_operand_seed(const struct sc_layer *layer, uint64_t seed, char operand);

/* The profile of a layer: measured (sc_profile_measure()) when it has a pattern file, an operand without one being
 * drawn with SC_DEFAULT_SEED; expected values (sc_profile_from_layer()) when it has none.  Errors as above. */
int sc_profile_layer(struct sc_profile *profile, const struct sc_layer *layer, struct sc_error *err);

/* Adds what patterns do not tell to a measured profile: the operator, and that weights are periodic. */
void sc_profile_label(struct sc_profile *profile, const struct sc_layer *layer);

#endif
