/* tensor.h - the closed forms of tensor-core GPUs: expected cost of vector pairs, of tiles, of layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TENSOR_MODEL_H
#define SC_TENSOR_MODEL_H

#include "../machine.h"
#include "../profile.h"
#include "../result.h"
#include "../vectors.h"

/* Expected values of one k step of one output tile, nA and nB being the nonzeros of the two vectors. */
struct sc_step {
    double ohmma;     /* E[ceil(nB / qB) ceil(nA / qA)] */
    double products;  /* E[nA nB] */
    double active;    /* P(neither is empty): an output bitmap */
    double cycles;    /* of a long run of such steps, issue slots per warp tile not included */
    double variance;  /* of the cycles of a step */
    double backlog;   /* cycles that the fullest bank is behind the issue */
};

/* From the joint distribution of (nA, nB).  `slots`: issue slots per k besides OHMMAs, during which banks work on.  `run`: k steps
 * in a row whose vectors are equal (block patterns), 1 for independent ones.  Throughput mode: E[max(OHMMAs, products / rate)] +
 * constant.  Banked mode: banks as a single queue each, see bitmap.c. */
void sc_bitmap_step(const struct sc_tensor_core *core, const struct sc_vectors *joint, double slots, double run,
                    struct sc_step *step);

/* Fills the number fields of a row: sparse path (bitmap-op) and dense path (dense). */
void sc_bitmap_model(const struct sc_machine *machine, const struct sc_profile *profile, enum sc_energy_case which,
                     struct sc_result *row);
void sc_dense_tensor_model(const struct sc_machine *machine, const struct sc_profile *profile, enum sc_energy_case which,
                           struct sc_result *row);

#endif
