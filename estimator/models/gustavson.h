/* gustavson.h - what the two timing policies of the Gustavson closed form share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_GUSTAVSON_H
#define SC_MODELS_GUSTAVSON_H

#include "model.h"

/* What all tiles of a layer have in common. */
struct sc_gustavson {
    const struct sc_plan *plan;
    const struct sc_task *task;
    const struct sc_profile *p;
    struct sc_picks picks;
    struct sc_spaced *spaced;          /* B's rows, neighbours taken as chunks of a row take them */
    const struct sc_survival *lengths; /* of B's rows */
    struct sc_survival mixed; /* the same where bands of B are met by rows without */
    double scale;               /* of unions of whole rows, so that they add up to C */
    double begins;              /* share of new lines that a tile's first step brings */
    double whole[SC_NODES_MAX]; /* unions of whole rows of the task's nodes, not scaled */
    double long_fiber;          /* mean length of the fibers that rows of more than P nonzeros name */
};

/* What a task's layer has in common; `spaced` is filled, and outlives *l. */
void sc_gustavson_open(struct sc_gustavson *l, const struct sc_plan *plan, const struct sc_task *task,
                       struct sc_spaced *spaced);

/* `fibers` of B, each followed by its neighbour with probability `taken`. */
struct sc_crowd sc_gustavson_crowd(const struct sc_gustavson *l, double fibers, double spread, double taken);

/* Unions of chunks keep to C's nonzeros less the more they differ from whole rows; `all` is the union unscaled. */
double sc_gustavson_scaled(const struct sc_gustavson *l, double all, double fibers, double row);
double sc_gustavson_union(const struct sc_gustavson *l, double fibers, double row);

/* Events and cycles with the pipelined policy. */
void sc_gustavson_pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c);

#endif
