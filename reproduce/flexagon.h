/* flexagon.h - the two halves of reproducing the Flexagon paper, and what they share; private to reproduce/flexagon*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_REPRODUCE_FLEXAGON_H
#define SC_REPRODUCE_FLEXAGON_H

#include "papers.h"

/* The rivals in the paper's order, the dataflow that each runs, and Flexagon itself. */
enum sc_rival { SC_SIGMA, SC_SPARCH, SC_GAMMA, SC_FLEXAGON, SC_RIVALS };

/* The rival called `name` in the published tables ("sparch-like"), or SC_RIVALS. */
enum sc_rival sc_rival_of(const char *name);
const char *sc_rival_name(enum sc_rival rival);

/* Cycles of a layer on a rival; Flexagon takes the best of the three M-stationary dataflows, as published.  `seed` -1:
 * estimated. */
double sc_rival_cycles(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival);

/* The row of a layer on a rival that runs one dataflow. */
const struct sc_result *sc_rival_row(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival);

/* Figs. 13 to 16, layer by layer; Figs. 1, 12, 18 and Table 8, network by network. */
int sc_flexagon_layers(struct sc_claims *claims, const struct sc_runs *nine, struct sc_error *err);
int sc_flexagon_models(struct sc_claims *claims, const struct sc_runs *models, struct sc_error *err);

#endif
