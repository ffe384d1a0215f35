/* front.h - a Pareto front of candidates whose costs are known within bounds: who is on it for certain, who is not, and
 * what would have to be known better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FRONT_H
#define SC_FRONT_H

#include <stddef.h>

/* Bounds of the costs of a candidate, low <= high, each the less the better; an area that is unknown (negative) is
 * equal for all. */
struct sc_span {
    double cycles_low, cycles_high, energy_low, energy_high, area;
};

/* On the front whatever the true costs within the bounds are, off it, or open. */
enum sc_place { SC_PLACE_ON, SC_PLACE_OFF, SC_PLACE_OPEN };

/* Judges count candidates.  weight[i] receives how many open candidates would be nearer to a decision if candidate i
 * were known better: 0 for those that need not be.  Time grows with the square of count. */
void sc_front_judge(const struct sc_span *span, size_t count, enum sc_place *place, size_t *weight);

#endif
