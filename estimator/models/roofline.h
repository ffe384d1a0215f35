/* roofline.h - closed form of a roofline machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_ROOFLINE_H
#define SC_MODELS_ROOFLINE_H

#include "../families/butterfly.h"
#include "../families/roofline.h"

struct sc_roofline_cost {
    double seconds, compute_seconds, memory_seconds, launch_seconds;
    double peak_seconds;      /* FLOP at the peak used, efficiency 1 */
    double flop, multiplies, read_bytes, write_bytes, kernels;
    enum sc_butterfly_bound bound; /* compute, DRAM or launch */
};

/* Time of a call with DRAM of so many 10^9 bytes per second.  Real butterflies of log2 n layers do 3 n FLOP on 4 n
 * bytes in every layer when each is a kernel of its own: 0.75 FLOP/B with 2-byte elements. */
void sc_roofline_estimate(struct sc_roofline_cost *cost, const struct sc_roofline *roofline, double dram_gbps,
                          const struct sc_butterfly_call *call);

#endif
