/* butterfly.h - closed form of the multilayer butterfly array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_BUTTERFLY_H
#define SC_MODELS_BUTTERFLY_H

#include "../families/butterfly.h"

/* Estimates a call (sizes and heads at least 1) on an array whose DRAM moves so many bytes per cycle.  Allocates nothing. */
void sc_butterfly_estimate(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                           double dram_bytes_per_cycle, const struct sc_butterfly_call *call);

/* SIMD words that a butterfly of 2^stages points moves between PEs, per point: what MLX Fig. 22 shows, read off it.
 * Fitted to that figure: 1.65 per array pass for a real butterfly; 8.0, 6.7 and 10.4 for an FFT of up to 512, of 1024 to 4096
 * and of more points.  Not used by estimates, which count the transfers of the schedule; for comparison. */
double sc_butterfly_transfer_fit(const struct sc_butterfly_array *array, enum sc_butterfly_kind kind, unsigned stages);

#endif
