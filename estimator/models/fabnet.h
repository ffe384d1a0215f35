/* fabnet.h - closed form of FABNet: the cycle equations of its public simulator.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_FABNET_H
#define SC_MODELS_FABNET_H

#include "../families/fabnet.h"

/* Estimates a bpmm or fft call.  With drops_tiles the equations of SamsungLabs/Butterfly_Acc to the cycle; without,
 * every tile is loaded, computed and stored. */
void sc_fabnet_estimate(struct sc_fabnet_cost *cost, const struct sc_fabnet *fabnet,
                        const struct sc_butterfly_call *call);

#endif
