/* draw.h - layers and machines to learn from: quasi-random points that fill the space of shapes, densities, pattern
 * kinds and machine parameters; and pseudo-random ones, of other seeds, to be judged by.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_DRAW_H
#define SC_DRAW_H

#include <stddef.h>

#include "layer.h"
#include "layer_hold.h"
#include "machine.h"

/* What kinds of operands to draw. */
enum sc_draw_kind { SC_DRAW_MIXED, SC_DRAW_UNIFORM, SC_DRAW_STRUCTURED };

struct sc_draw_options {
    enum sc_draw_kind kind;
    uint64_t seed;
    size_t layers;
    double cost;                      /* most work of a layer; see sc_draw_cost() */
    const struct sc_machine *machine; /* only operators that it can run are drawn; NULL: matrix products */
    bool held_out; /* pseudo-random in place of a Sobol sequence, randomly shifted.  Two thirds of the sequence and all
                    * held-out layers are in the range of DNN layers: M, N, K from 16 to 4096, densities from 0.02 to 1;
                    * one third of the sequence is wide: from 1 to 65536, 0.0001 to 1 with more of the dense ones; 8 %
                    * of the operands are dense. */
};

/* Products and, eight times as dear, stream steps of the two inner products on 64 multipliers: what the simulator's
 * time goes with. */
double sc_draw_cost(const struct sc_layer *layer);

/* What a machine can run with any of its dataflows, marked by kind: matrix products (convolutions are drawn as such),
 * bpmm, fft, fft2d, attention. */
void sc_draw_operators(const struct sc_machine *machine, bool runs[SC_LAYER_KINDS]);

/* Appends layers named KIND-A-KIND-B-NUMBER of model "train" or "held-out".  Points that cost too much, or whose
 * density a pattern cannot have, are passed over. */
int sc_draw_layers(struct sc_held_layers *out, const struct sc_draw_options *options, struct sc_error *err);

/* Changes the numeric keys of a machine that matter to its timing by factors of 1/2 to 2, powers of two by powers of
 * two, each change that the machine's checks refuse being left out.  `point` numbers the variants of a seed. */
int sc_draw_machine(struct sc_machine *out, const struct sc_machine *machine, uint64_t seed, unsigned point,
                    struct sc_error *err);

/* Whether sc_draw_machine() may change a key. */
struct sc_machine_key;
bool sc_draw_varies(const struct sc_machine_key *key);

#endif
