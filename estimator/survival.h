/* survival.h - how many of the fibers that stream side by side still run after so many steps.
 *
 * Steps in which the same share of the fibers lives are one point; a walk over the points replaces one over all steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SURVIVAL_H
#define SC_SURVIVAL_H

#include <stdbool.h>

#include "lengths.h"

enum { SC_SURVIVAL_POINTS = 256 };

/* `weight` steps in which a share `alive` of the fibers lives. */
struct sc_survival_point {
    double weight, alive, log_dead; /* log(1 - alive) */
    double fed;                     /* share of the multipliers, or whatever else fibers are weighted with, whose fiber lives */
};

/* Fibers of one class stream together; a tile is of one class with probability `share`. */
struct sc_survival {
    unsigned classes, points;
    struct {
        double share;
        unsigned end; /* one past its last point */
    } class[SC_STRATA_MAX];
    struct sc_survival_point point[SC_SURVIVAL_POINTS];
};

/* P(length > t), t = 0, 1, ..., of fibers of lengths `l` as points: step by step while lengths are short, by the midpoint rule over the
 * ranges in which strata of long fibers, taken as normal, end.  `together`: neighbours are of one stratum, each a class of its own;
 * otherwise all strata mix in one class. */
void sc_survival_fill(struct sc_survival *s, const struct sc_lengths *l, bool together);

/* Sets `fed` from the lengths as multipliers meet them; sc_survival_fill() sets it to `alive`. */
void sc_survival_feed(struct sc_survival *s, const struct sc_lengths *met);

/* Mixes in fibers of lengths `others` with the weight 1 - share. */
void sc_survival_blend(struct sc_survival *s, double share, const struct sc_lengths *others);

#endif
