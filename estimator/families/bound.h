/* bound.h - what limits an operator on a butterfly array, FABNet or a roofline, by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_BOUND_H
#define SC_FAMILIES_BOUND_H

#include "../machine.h"
#include "../operator.h"

/* "compute", "transfer", "load", "store", "scratchpad", "DRAM" or "launch": the busiest resource of the estimate of an
 * operator of M, N, K with a dataflow that the machine runs it with.  NULL for machines of other kinds. */
const char *sc_machine_bound(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op,
                             uint64_t M, uint64_t N, uint64_t K);

#endif
