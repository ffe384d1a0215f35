/* calibrate.h - from a machine to its calibration: draw, simulate, fit, score.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CALIBRATE_H
#define SC_CALIBRATE_H

#include "coefficients.h"
#include "layer_hold.h"
#include "trials.h"

struct sc_calibrate_options {
    const struct sc_machine *machine;
    uint64_t seed;
    size_t layers;     /* to draw */
    double cost;       /* most work of a drawn layer, sc_draw_cost() */
    unsigned variants; /* machines around the given one, which get every third layer */
    unsigned jobs;
    bool quiet;
};

/* The training set, simulated once and learnt from as often as one likes. */
struct sc_training {
    struct sc_held_layers held; /* drawn ones and those of lists */
    size_t drawn;               /* the first so many */
    unsigned *variant;          /* machine of each layer, 0: the given one */
    struct sc_plan *plan;
    unsigned plans;
    struct sc_trials runs;
    uint64_t seed;
};

/* Draws layers and machines, adds copies of more[0..layers), and runs everything.  Free with sc_training_free(), also
 * after a failure. */
int sc_training_make(struct sc_training *t, const struct sc_calibrate_options *options, const struct sc_layer *more,
                     size_t layers, struct sc_error *err);
void sc_training_free(struct sc_training *t);

/* What a layer is used for. */
enum sc_role { SC_ROLE_FIT, SC_ROLE_SCORES, SC_ROLE_HELD_OUT };

/* Deals layers out at random: layers of fold `fold` of `folds` are held out (none when folds is 0); of the others
 * SC_FIT_SHARE fit, the rest score. */
#define SC_FIT_SHARE 0.4
int sc_training_roles(const struct sc_training *t, unsigned folds, unsigned fold, enum sc_role *role,
                      struct sc_error *err);

/* Learns coefficients from the layers of SC_ROLE_FIT, spreads too, and intervals from those of SC_ROLE_SCORES. */
int sc_training_learn(const struct sc_training *t, const enum sc_role *role, struct sc_calibration *out,
                      struct sc_error *err);

#endif
