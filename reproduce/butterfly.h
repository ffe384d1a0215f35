/* butterfly.h - the halves of setting the multilayer butterfly array beside what is published; private to
 * reproduce/butterfly*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_REPRODUCE_BUTTERFLY_H
#define SC_REPRODUCE_BUTTERFLY_H

#include "papers.h"

/* MLX Figs. 22 and 23 and Table IV, and the public simulator of FABNet: operators. */
int sc_butterfly_operators(struct sc_claims *claims, bool simulate, struct sc_error *err);

/* The abstract of arXiv 2411.00734 beside our workloads, with the assumptions; nothing of it has a verdict. */
int sc_butterfly_networks(struct sc_claims *claims, bool simulate, struct sc_error *err);

#endif
