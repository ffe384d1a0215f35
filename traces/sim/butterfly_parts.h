/* butterfly_parts.h - what the two halves of the butterfly array's simulator share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_BUTTERFLY_PARTS_H
#define SC_BUTTERFLY_PARTS_H

#include "butterfly.h"
#include "flow.h"

/* Adds a run that follows another. */
void sc_dfg_add(struct sc_dfg_run *total, const struct sc_dfg_run *run);

/* Cycles, busy cycles, DRAM bytes and bound of a run; the other fields stay. */
void sc_dfg_to_cost(struct sc_butterfly_cost *cost, const struct sc_dfg_run *run);

/* Dense products and attention as tiles on the same PEs. */
int sc_butterfly_simulate_dense(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                                double dram_bytes_per_cycle, const struct sc_butterfly_call *call,
                                const volatile sig_atomic_t *cancel, struct sc_error *err);

#endif
