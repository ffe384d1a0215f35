/* interconnect.h - distribution and reduction network: the cycles that elements take, and the fill latency.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_INTERCONNECT_H
#define SC_SIM_INTERCONNECT_H

#include <stdint.h>

#include "error.h"
#include "machine.h"

/* One network; counts up to the number of multipliers are looked up, since every step asks. */
struct sc_network {
    double per_cycle; /* elements */
    uint64_t known;   /* entries of `beats` */
    uint64_t *beats;
};

/* SC_NO_MEMORY.  `network` is empty after a failure. */
int sc_network_init(struct sc_network *network, double per_cycle, uint64_t multipliers, struct sc_error *err);
void sc_network_free(struct sc_network *network);

/* Cycles that `count` elements take: ceil(count / elements per cycle), as a division of doubles. */
uint64_t sc_network_compute(double per_cycle, uint64_t count);

static inline uint64_t sc_network_beats(const struct sc_network *network, uint64_t count)
{
    return count < network->known ? network->beats[count] : sc_network_compute(network->per_cycle, count);
}

/* Cycles from the input of the distribution network to the root of the tree: switch levels, multiplier and one cycle
 * per tree level. */
double sc_fill_latency(const struct sc_machine *machine);

#endif
