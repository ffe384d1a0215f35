/* butterfly.h - the simulator of the multilayer butterfly array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_BUTTERFLY_H
#define SC_SIM_BUTTERFLY_H

#include <signal.h>

#include "../../estimator/families/butterfly.h"

/* Simulates a call block by block.  A butterfly is divided into scratchpad passes and these into array passes of closed
 * sets; tokens lie on SIMD lanes and stream through in groups.  Every layer whose stride is a link of the mesh swaps
 * half of a PE's points with its partner's, so that both points of a pair meet in one PE.  `dram_bytes_per_cycle` is
 * kept to a thousandth of a byte.  `cancel` may be NULL.  Errors: those of sc_dfg_run() and sc_butterfly_call_check(),
 * and SC_UNSUPPORTED when a stage for all lanes does not fit the scratchpad. */
int sc_butterfly_simulate(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                          double dram_bytes_per_cycle, const struct sc_butterfly_call *call,
                          const volatile sig_atomic_t *cancel, struct sc_error *err);

#endif
