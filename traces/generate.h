/* generate.h - seeded random sparsity patterns, the same bytes on every machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_GENERATE_H
#define SC_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "../estimator/error.h"
#include "../estimator/layer.h"
#include "pattern.h"

/* Draws a rows x cols pattern of the kind in `spec` with exactly nnz = sc_nonzeros(density, rows, cols) nonzeros:
 *
 *   uniform    nnz of the rows x cols positions, without replacement, every set equally likely.
 *   rowskew:S  rank i = 1..rows has weight i^-S; expected lengths min(cols, c i^-S) with c such that they sum to nnz;
 *              rounded by largest remainder (ties: lower rank), so the total is exact; ranks go to rows by a uniform
 *              permutation; within a row every set of positions is equally likely.
 *   colskew:S  rowskew:S of the transpose.
 *   block:RxC  grid of R x C blocks anchored at (0,0), edge blocks clipped, visited in uniformly random order; each is
 *              filled whole until nnz is reached, the last one row by row from its top left as far as needed.
 *   banded:W   row i may use columns [max(0, l), min(cols, l + W)), l = floor((2i + 1) cols / (2 rows)) - floor(W/2);
 *              nnz of the allowed positions, every set equally likely.  SC_BAD_INPUT naming the largest possible
 *              density when nnz exceeds them.
 *   nm:N:M     the K axis of every column (or row) in groups of M consecutive positions, the last one shorter when M
 *              does not divide K; each group of g positions has exactly min(N, g) nonzeros, every set equally likely.
 *              K runs along the columns when `k_is_columns` (operand A), along the rows otherwise (operand B).
 *              density is ignored.
 *   periodic:N:P[:d][:HxW]
 *              the K axis of every filter (row of A, column of B) in kernels of H x W positions, 3 x 3 unless given;
 *              kernel j of filter i has the support of slot (i + j + 1) mod P (periodic.h).  density and seed are
 * ignored. `k_is_columns` matters to no kinds but the last two.
 *
 * The generator is gsl_rng_mt19937 seeded from all 64 bits of `seed`; bounded integers, powers and sorting are done
 * here in integers and correctly rounded operations only, so that no C library changes a pattern.  Memory
 * O(nnz + rows + cols), time the same up to a logarithm in the number of rows (rowskew, colskew) or blocks (block near
 * density 1).  `out` is new and owned by the caller, empty after a failure.  Errors: SC_BAD_INPUT (density outside
 * 0..1, dimension too large, parameters outside the ranges of struct sc_pattern_spec), SC_NO_MEMORY.  Source of the
 * kinds: this project (layer.h). */
int sc_pattern_generate(struct sc_pattern *out, uint64_t rows, uint64_t cols, double density,
                        const struct sc_pattern_spec *spec, bool k_is_columns, uint64_t seed, struct sc_error *err);

#endif
