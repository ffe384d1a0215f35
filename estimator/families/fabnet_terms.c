/* fabnet_terms.c - the terms of FABNet's cycle equations.
 *
 * What loads leave exposed is found by evaluating the equations with memory that fills the engines at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "terms.h"

#include "../models/fabnet.h"
#include "fabnet_row.h"

const struct sc_remedy sc_fabnet_remedies[] = {
    {"vectors in", "without limit", {{"memory.in_bits", "x1000"}}},
    {"weights in", "without limit", {{"memory.coefficient_bits", "x1000"}}},
    {"vectors out", "without limit", {{"memory.out_bits", "x1000"}}},
    {"butterfly units of an engine", "twice as many", {{"engines.units", "x2"}}},
    {"engines", "twice as many", {{"engines.count", "x2"}}},
    {NULL, NULL, {{NULL, NULL}}},
};

static void sum_costs(struct sc_fabnet_cost *sum, const struct sc_explained *e, const struct sc_fabnet *fabnet)
{
    const struct sc_profile *p = e->profile;
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sc_fabnet_cost cost;
    unsigned count = sc_butterfly_calls(calls, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K, false,
                                        fabnet->drops_tiles);
    *sum = (struct sc_fabnet_cost){0};
    for (unsigned i = 0; i < count; i++) {
        sc_fabnet_estimate(&cost, fabnet, &calls[i]);
        sc_fabnet_cost_add(sum, &cost);
    }
}

static void add_stall(struct sc_explanation *x, const struct sc_explained *e, const struct sc_fabnet_cost *cost,
                      double stall)
{
    struct sc_fabnet wide = e->plan->machine.fabnet;
    struct sc_fabnet_cost near;
    wide.in_bits = wide.coefficient_bits = UINT32_MAX;
    sum_costs(&near, e, &wide);
    double load = sc_min(stall, sc_max(0, cost->cycles - near.cycles)), rest = stall - load;
    sc_explain_cycles(x, SC_PHASE_STALL, "loads that are not hidden", cost->tiles, "tiles", load);
    sc_explain_cycles(x, SC_PHASE_STALL, "filling, draining, stores", cost->tiles, "tiles", rest);
}

void sc_fabnet_explain(const struct sc_explained *e, struct sc_explanation *x)
{
    const struct sc_machine *m = &e->plan->machine;
    struct sc_fabnet_cost cost;
    sum_costs(&cost, e, &m->fabnet);
    double compute = sc_min(cost.compute, cost.cycles), seconds = cost.cycles / (m->clock_ghz * 1e9);
    sc_explain_total(x, SC_SECTION_COUNTS, "tiles of a vector per engine", cost.tiles, "tiles");
    sc_explain_total(x, SC_SECTION_COUNTS, "real multiplies", cost.multiplies, "");
    sc_explain_total(x, SC_SECTION_COUNTS, "floating-point operations", cost.flop, "FLOP");
    sc_explain_cycles(x, SC_PHASE_STREAM, "butterfly units of all tiles", cost.tiles, "tiles", compute);
    add_stall(x, e, &cost, cost.cycles - compute);
    sc_explain_bound(x, "compute", cost.tiles, "tiles", cost.compute);
    sc_explain_bound(x, "load", cost.tiles, "tiles", cost.load);
    sc_explain_bound(x, "store", cost.tiles, "tiles", cost.store);
    sc_explain_power(x, "whole chip", seconds, m->fabnet.watts, "machine file: power.total_w");
}
