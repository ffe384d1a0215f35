/* crowd.h - steps and cycles of fibers that stream side by side, one element of each per step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CROWD_H
#define SC_CROWD_H

#include <stdbool.h>

#include "shapes.h"
#include "survival.h"

/* The fibers of a tile. */
struct sc_crowd {
    double fibers;            /* how many, real, at least 1 */
    double spread;            /* standard deviation of their number */
    double alike;             /* neighbours with one length (block patterns), at least 1 */
    double multipliers;       /* that they feed; each loads its own word (blocking) */
    double run; /* mean multipliers per fiber in the stationary order; 1 when each fiber's word is loaded once */
    double length, deviation; /* of the fibers, in words: how their beginnings are spaced */
    double taken;             /* share of B's fibers that is among them, picked in order */
    bool random;              /* banks as if beginnings were anywhere; length, deviation and taken do not matter */
    bool lines;               /* a bank serves all words of one line at once */
    double all_lines;         /* of all fibers there are, 0 = many */
    double dn, rn;            /* pipelined: distinct elements in and products out per cycle, 0 = no limit */
};

struct sc_walk {
    double steps;  /* E[longest fiber] */
    double banks;  /* sum over steps of E[cycles of the fullest bank] */
    double cycles; /* sum over steps of E[max(1, banks, beats of the networks)] */
};

/* Walks over the steps.  Given that any fiber lives, the mean number that do stands for their distribution. */
void sc_crowd_walk(const struct sc_shapes *s, const struct sc_survival *lengths, const struct sc_crowd *c,
                   struct sc_walk *w);

/* The same for several crowds of equal length, deviation, taken and lines, whose spacing is worked out once. */
void sc_crowd_space(struct sc_spaced *spaced, const struct sc_shapes *s, const struct sc_crowd *c);
void sc_crowd_walk_spaced(const struct sc_shapes *s, const struct sc_survival *lengths, const struct sc_crowd *c,
                          struct sc_spaced *spaced, struct sc_walk *w);

/* E[ceil(x / per_cycle)] of a whole number x of this mean and standard deviation, spread evenly; at least 1. */
double sc_crowd_beats(double mean, double deviation, double per_cycle);

#endif
