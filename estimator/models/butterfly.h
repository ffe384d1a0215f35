/* butterfly.h - closed form of the multilayer butterfly array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_BUTTERFLY_H
#define SC_MODELS_BUTTERFLY_H

#include "../families/butterfly.h"

/* Estimates a call (sizes and heads at least 1) on an array whose DRAM moves so many bytes per cycle.  Allocates
 * nothing. */
void sc_butterfly_estimate(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                           double dram_bytes_per_cycle, const struct sc_butterfly_call *call);

#endif
