/* fabnet.h - the simulator of FABNet's engine pipeline, tile by tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_FABNET_H
#define SC_SIM_FABNET_H

#include <signal.h>

#include "../../estimator/families/fabnet.h"

/* Runs a bpmm or fft call: ports deliver elements cycle by cycle, units work through the stages of a butterfly, tiles
 * move through load, compute and store in beats.  `cancel` may be NULL.  SC_END when cancelled, SC_UNSUPPORTED for
 * sizes of 0 or more than 2^24, or more than 2^28 tiles. */
int sc_fabnet_simulate(struct sc_fabnet_cost *cost, const struct sc_fabnet *fabnet,
                       const struct sc_butterfly_call *call, const volatile sig_atomic_t *cancel, struct sc_error *err);

#endif
