/* tensor.h - the closed forms of tensor-core GPUs: expected cost of vector pairs, of tiles, of layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TENSOR_MODEL_H
#define SC_TENSOR_MODEL_H

#include "../machine.h"
#include "../profile.h"
#include "../result.h"
#include "../vectors.h"

/* A class of output tiles: joint distribution of the nonzeros (x, y) of their vectors, places that exist, share of
 * its pairs of warp tiles that are not empty, issue slots per k besides OHMMAs, k steps in a row in which the vector
 * of A and of B stays the same (>= 1). */
struct sc_tile_class {
    const double (*joint)[SC_VECTOR_COUNTS];
    double rows, columns, active, slots, run_a, run_b;
};

/* Expected values of one k step of one such tile. */
struct sc_step {
    double ohmma;     /* E[ceil(nB / qB) ceil(nA / qA)] */
    double products;  /* E[nA nB] */
    double bitmaps;   /* P(neither vector is empty) */
    double cycles;    /* issue slots besides OHMMAs not included */
    /* Of the cycles of a step: variance of its mean at given x and at given y, and the rest. */
    double variance_a, variance_b, variance_both;
    double skew;      /* of the cycles of a step: third central moment / standard deviation^3 */
    double backlog;   /* cycles that the fullest bank is behind the issue */
};

/* Throughput mode: E[max(OHMMAs, products / rate)] + constant.  Banked mode: OHMMAs (1 + waits), see banks.c. */
void sc_bitmap_step(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, struct sc_step *step);

/* OHMMAs of a k step with x nonzeros of A and y of B. */
double sc_bitmap_ohmmas(const struct sc_tensor_core *core, int x, int y);

/* Cycles per k step that issue waits for the banked accumulation buffer, and its backlog when issue ends.  `ohmma`:
 * mean OHMMAs of a step with any. */
double sc_bank_waits(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, double ohmma,
                     double *backlog);

/* What a layer makes the machine do: sparse path (bitmap-op) and dense path (dense). */
void sc_bitmap_run(struct sc_tensor_run *run, const struct sc_machine *machine, const struct sc_profile *profile);
void sc_dense_tensor_run(struct sc_tensor_run *run, const struct sc_machine *machine, const struct sc_profile *profile);

/* Fills the number fields of a row: sparse path (bitmap-op) and dense path (dense). */
void sc_bitmap_model(const struct sc_machine *machine, const struct sc_profile *profile, enum sc_energy_case which,
                     struct sc_result *row);
void sc_dense_tensor_model(const struct sc_machine *machine, const struct sc_profile *profile,
                           enum sc_energy_case which, struct sc_result *row);

#endif
