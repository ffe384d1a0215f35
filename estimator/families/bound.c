/* bound.c - what limits an operator, by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bound.h"

#include <stddef.h>

#include "../family.h"
#include "../models/butterfly.h"
#include "../models/fabnet.h"
#include "../models/roofline.h"
#include "fabnet_row.h"

static enum sc_butterfly_bound array_bound(const struct sc_machine *m, struct sc_butterfly_call *calls, unsigned count)
{
    struct sc_butterfly_cost sum = {0}, cost;
    sc_butterfly_keep(calls, count, &m->butterfly);
    for (unsigned i = 0; i < count; i++) {
        sc_butterfly_estimate(&cost, &m->butterfly, m->dram_gbps / m->clock_ghz, &calls[i]);
        sc_butterfly_cost_add(&sum, &cost);
    }
    return sum.bound;
}

static enum sc_butterfly_bound fabnet_bound(const struct sc_machine *m, const struct sc_butterfly_call *calls,
                                            unsigned count)
{
    struct sc_fabnet_cost sum = {0}, cost;
    for (unsigned i = 0; i < count; i++) {
        sc_fabnet_estimate(&cost, &m->fabnet, &calls[i]);
        sc_fabnet_cost_add(&sum, &cost);
    }
    return sum.bound;
}

/* The bound of the longest call. */
static enum sc_butterfly_bound roofline_bound(const struct sc_machine *m, const struct sc_butterfly_call *calls,
                                              unsigned count)
{
    struct sc_roofline_cost longest = {0}, cost;
    for (unsigned i = 0; i < count; i++) {
        sc_roofline_estimate(&cost, &m->roofline, m->dram_gbps, &calls[i]);
        if (i == 0 || cost.seconds > longest.seconds)
            longest = cost;
    }
    return longest.bound;
}

const char *sc_machine_bound(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op,
                             uint64_t M, uint64_t N, uint64_t K)
{
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    bool same_length = machine->family == &sc_family_fabnet && machine->fabnet.drops_tiles;
    unsigned count = sc_butterfly_calls(calls, op, M, N, K, dataflow == SC_DENSE, same_length);
    if (machine->family == &sc_family_butterfly)
        return sc_butterfly_bound_name(array_bound(machine, calls, count));
    if (machine->family == &sc_family_fabnet)
        return sc_butterfly_bound_name(fabnet_bound(machine, calls, count));
    if (machine->family == &sc_family_roofline)
        return sc_butterfly_bound_name(roofline_bound(machine, calls, count));
    return NULL;
}
