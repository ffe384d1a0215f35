/* fabnet_row.h - what estimates and simulations of FABNet turn into result rows with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_FABNET_ROW_H
#define SC_FAMILIES_FABNET_ROW_H

#include "../machine.h"
#include "../result.h"

/* Adds the cost of a call that follows another. */
void sc_fabnet_cost_add(struct sc_fabnet_cost *sum, const struct sc_fabnet_cost *cost);

/* Fills bound and the number fields of a result row but sizes and those that follow from cycles and clock.  stream:
 * compute of all tiles, the ones that drops_tiles leaves out included, up to the cycles; stall: the rest. */
void sc_fabnet_row(struct sc_result *row, const struct sc_machine *machine, const struct sc_fabnet_cost *cost);

#endif
