/* random_cases.h - seeded random machines of every family and random layers of every kind, for property tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RANDOM_CASES_H
#define TESTS_RANDOM_CASES_H

#include <gsl/gsl_rng.h>

#include "layer.h"
#include "machine.h"
#include "traces/pattern.h"

enum { RANDOM_TEXT = 1200 };

/* A shipped machine of every family; NULL after the last. */
extern const char *const random_machines[];

/* A whole number from low to high, its logarithm uniform. */
uint64_t random_size(gsl_rng *rng, uint64_t low, uint64_t high);

/* The shipped machine `name` with a few of its family's numeric keys changed by powers of two within their ranges, and
 * flags set at random; `changes` says how, for messages. */
void random_machine(struct sc_machine *machine, const char *name, gsl_rng *rng, char changes[RANDOM_TEXT]);

/* A layer of the kind with sizes up to `most`; GEMMs and convolutions have random densities, patterns, geometry. */
void random_layer(struct sc_layer *layer, enum sc_layer_kind kind, uint64_t most, gsl_rng *rng);

/* A GEMM or another operator (no convolution) of any shape that a list can hold, densities from 1e-15 to 1 and both
 * ends. */
void random_extreme(struct sc_layer *layer, gsl_rng *rng);

/* The layer in one line, for messages. */
void random_layer_text(char out[RANDOM_TEXT], const struct sc_layer *layer);

/* A pattern of the shape, its nonzeros a random subset of those of `of` (the same when `keep` is 1), or of all
 * positions when that is NULL. */
struct sc_pattern random_pattern(uint64_t rows, uint64_t cols, double keep, const struct sc_pattern *of, gsl_rng *rng);

#endif
