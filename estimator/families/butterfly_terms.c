/* butterfly_terms.c - the terms of the closed form of multilayer butterfly arrays.
 *
 * What is neither weights on their way in nor instructions in the compute pipes is found by evaluating the closed form
 * with DRAM without limit: the rest of the stall is the array's own, of which configurations and filling are counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "terms.h"

#include <math.h>

#include "../models/butterfly.h"

/* Without limit, as far as expected values go. */
#define WIDE 1e15

const struct sc_remedy sc_butterfly_remedies[] = {
    SC_REMEDY_DRAM,
    {"scratchpad bandwidth", "without limit", {{"scratchpad.bytes_per_cycle", "x1000"}}},
    {"capacity of the scratchpad", "without limit", {{"scratchpad.bytes", "x1024"}}},
    {"blocks in flight", "64", {{"pipes.tags", "64"}}},
    {"configurations", "once", {{"pipes.task_handshake_cycles", "0"}, {"pipes.task_blocks", "65536"}}},
    {"pipe latencies", "gone", {{"pipes.compute_latency_cycles", "0"}, {"pipes.transfer_latency_cycles", "0"}}},
    {"SIMD lanes", "twice as many", {{"array.simd_lanes", "x2"}}},
    {NULL, NULL, {{NULL, NULL}}},
};

/* Costs of all calls of the operator. */
static void sum_costs(struct sc_butterfly_cost *sum, const struct sc_explained *e, double bytes_per_cycle)
{
    const struct sc_machine *m = &e->plan->machine;
    const struct sc_profile *p = e->profile;
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sc_butterfly_cost cost;
    unsigned count = sc_butterfly_calls(calls, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K,
                                        e->dataflow == SC_DENSE, false);
    *sum = (struct sc_butterfly_cost){0};
    sc_butterfly_keep(calls, count, &m->butterfly);
    for (unsigned i = 0; i < count; i++) {
        sc_butterfly_estimate(&cost, &m->butterfly, bytes_per_cycle, &calls[i]);
        sc_butterfly_cost_add(sum, &cost);
    }
}

static void add_stall(struct sc_explanation *x, const struct sc_explained *e, const struct sc_butterfly_cost *cost)
{
    struct sc_butterfly_cost near;
    double stall = e->bare->stall_cycles;
    sum_costs(&near, e, WIDE);
    double dram = sc_min(stall, sc_max(0, cost->cycles - cost->weight_cycles - near.cycles)), own = stall - dram;
    double launch = sc_min(own, cost->busy[SC_BOUND_LAUNCH]), pipes = own - launch;
    sc_explain_cycles(x, SC_PHASE_STALL, "waiting for DRAM", cost->dram_read_bytes + cost->dram_write_bytes, "bytes",
                      dram);
    sc_explain_cycles(x, SC_PHASE_STALL, "configurations, filling of the pipes", cost->array_passes, "passes", launch);
    sc_explain_cycles(x, SC_PHASE_STALL, "other pipes, blocks in flight", cost->array_passes, "passes", pipes);
}

static void add_counts(struct sc_explanation *x, const struct sc_butterfly_cost *c)
{
    sc_explain_total(x, SC_SECTION_COUNTS, "real multiplies", c->multiplies, "");
    sc_explain_total(x, SC_SECTION_COUNTS, "floating-point operations", c->flop, "FLOP");
    sc_explain_total(x, SC_SECTION_COUNTS, "issue slots of a lane", c->slots, "slots");
    sc_explain_total(x, SC_SECTION_COUNTS, "scratchpad passes", c->spm_passes, "passes");
    sc_explain_total(x, SC_SECTION_COUNTS, "array passes", c->array_passes, "passes");
    sc_explain_total(x, SC_SECTION_COUNTS, "words over the links, per point and SIMD group", c->transfer_words,
                     "words");
    sc_explain_total(x, SC_SECTION_COUNTS, "read from the scratchpad", c->spm_read_bytes, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "written to the scratchpad", c->spm_write_bytes, "bytes");
}

/* Powers of the machine file over the run (sc_butterfly_energy()). */
static void add_energy(struct sc_explanation *x, const struct sc_explained *e, const struct sc_butterfly_cost *cost)
{
    const struct sc_butterfly_array *a = &e->plan->machine.butterfly;
    double seconds = cost->cycles / (e->plan->machine.clock_ghz * 1e9), used = sc_butterfly_occupancy(cost) * seconds;
    sc_explain_power(x, "PE array, compute pipes busy", used, a->core_watts, "machine file: power.core_w");
    sc_explain_power(x, "PE array, compute pipes idle", seconds - used, a->core_watts * a->idle_fraction,
                     "machine file: power.core_w x power.idle_fraction");
    sc_explain_power(x, "scratchpad", seconds, a->memory_watts, "machine file: power.memory_w");
}

void sc_butterfly_explain(const struct sc_explained *e, struct sc_explanation *x)
{
    struct sc_butterfly_cost cost;
    double passes, weights, compute;
    sum_costs(&cost, e, e->plan->machine.dram_gbps / e->plan->machine.clock_ghz);
    passes = cost.array_passes;
    weights = sc_min(cost.weight_cycles, cost.cycles);
    compute = sc_min(cost.busy[SC_BOUND_COMPUTE], cost.cycles - weights);
    add_counts(x, &cost);
    sc_explain_cycles(x, SC_PHASE_STATIONARY, "weights on their way in", cost.dram_read_bytes, "bytes read", weights);
    sc_explain_cycles(x, SC_PHASE_STREAM, "instructions in the compute pipes", passes, "passes", compute);
    add_stall(x, e, &cost);
    for (int b = 0; b < SC_BUTTERFLY_BOUND_COUNT; b++)
        sc_explain_bound(x, sc_butterfly_bound_name((enum sc_butterfly_bound)b), passes, "passes", cost.busy[b]);
    add_energy(x, e, &cost);
}
