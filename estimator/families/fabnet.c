/* fabnet.c - the family of FABNet accelerators: keys, checks, estimates.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fabnet.h"

#include <stddef.h>

#include "../family.h"
#include "../machine_keys.h"
#include "../models/fabnet.h"
#include "../models/model.h"
#include "../numeric.h"
#include "fabnet_row.h"
#include "power.h"
#include "terms.h"

/* Values of the shipped machines carry their sources in data/machines/fabnet-be40.yaml. */
static const struct sc_machine_key keys[] = {
    SC_KEY_AN_OWN_TEXT("name", name, NULL, "name printed with every result"),
    SC_KEY_AN_OWN_TEXT("description", description, "", "one line for people"),
    SC_KEY_A_NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz",
                    "clock, efficiency of the implementation included"),
    SC_KEY_A_COUNT("engines.count", fabnet.engines, 1, 65536, NULL, "engines", "butterfly engines, one vector each"),
    SC_KEY_A_COUNT("engines.units", fabnet.units, 1, 1024, "4", "units",
                   "2x2 blocks or complex butterflies of an engine per cycle"),
    SC_KEY_A_COUNT("engines.multipliers", fabnet.multipliers, 1, 64, "4", "", "real multipliers of a unit"),
    SC_KEY_A_COUNT("engines.element_bits", fabnet.element_bits, 1, 64, "16", "bits", "a real number"),
    SC_KEY_A_POWER("engines.max_length", fabnet.max_length, 2, SC_KEY_GIGA, "4096", "points",
                   "longest vector; a longer one takes passes through memory"),
    SC_KEY_A_FLAG("engines.drops_tiles", fabnet.drops_tiles, "false",
                  "count cycles as the published simulator does, which leaves out about two tiles of a layer"),
    SC_KEY_A_COUNT("memory.in_bits", fabnet.in_bits, 1, SC_KEY_GIGA, NULL, "bits/cycle",
                   "vectors in, all engines together"),
    SC_KEY_A_COUNT("memory.coefficient_bits", fabnet.coefficient_bits, 1, SC_KEY_GIGA, NULL, "bits/cycle",
                   "weights or roots"),
    SC_KEY_A_COUNT("memory.out_bits", fabnet.out_bits, 1, SC_KEY_GIGA, NULL, "bits/cycle",
                   "vectors out, all engines together"),
    SC_KEY_A_NUMBER("power.total_w", fabnet.watts, 0, 1e6, NULL, "W", "whole chip, always"),
};

static int check(struct sc_machine *machine, const char *related[SC_RELATED_KEYS], struct sc_error *err)
{
    related[0] = NULL;
    (void)err;
    machine->multipliers = machine->fabnet.engines * machine->fabnet.units * machine->fabnet.multipliers;
    return SC_OK;
}

static bool runs(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op)
{
    (void)machine;
    return dataflow == SC_BUTTERFLY && (op->kind == SC_BPMM || op->kind == SC_FFT || op->kind == SC_FFT2D);
}

void sc_fabnet_row(struct sc_result *row, const struct sc_machine *machine, const struct sc_fabnet_cost *cost)
{
    row->cycles = cost->cycles;
    row->stationary_cycles = row->merge_cycles = 0;
    row->stream_cycles = sc_min(cost->compute, cost->cycles);
    row->stall_cycles = cost->cycles - row->stream_cycles;
    row->utilization = cost->cycles > 0 ? sc_min(1, cost->multiplies / (machine->multipliers * cost->cycles)) : 0;
    row->products = cost->multiplies;
    row->l1_reads = row->l1_misses = row->psum_writes = row->psum_reads = row->spill_bytes = 0;
    row->dram_read_bytes = cost->dram_read_bytes;
    row->dram_write_bytes = cost->dram_write_bytes;
    row->energy_j = sc_fabnet_energy(&machine->fabnet, cost->cycles / (machine->clock_ghz * 1e9));
    row->bound = sc_butterfly_bound_name(cost->bound);
}

void sc_fabnet_cost_add(struct sc_fabnet_cost *sum, const struct sc_fabnet_cost *cost)
{
    sum->cycles += cost->cycles;
    sum->load += cost->load;
    sum->compute += cost->compute;
    sum->store += cost->store;
    sum->tiles += cost->tiles;
    sum->dram_read_bytes += cost->dram_read_bytes;
    sum->dram_write_bytes += cost->dram_write_bytes;
    sum->multiplies += cost->multiplies;
    sum->flop += cost->flop;
    sum->bound = sum->compute >= sum->load ? SC_BOUND_COMPUTE : SC_BOUND_LOAD;
    if (sum->store > sc_max(sum->compute, sum->load))
        sum->bound = SC_BOUND_STORE;
}

static void estimate(const struct sc_plan *plan, enum sc_dataflow dataflow, const struct sc_profile *p,
                     enum sc_energy_case which, struct sc_result *row)
{
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sc_fabnet_cost sum = {0}, cost;
    unsigned count = sc_butterfly_calls(calls, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K, false,
                                        plan->machine.fabnet.drops_tiles);
    (void)which; /* one power for all cases */
    (void)dataflow;
    for (unsigned i = 0; i < count; i++) {
        sc_fabnet_estimate(&cost, &plan->machine.fabnet, &calls[i]);
        sc_fabnet_cost_add(&sum, &cost);
    }
    sc_fabnet_row(row, &plan->machine, &sum);
    sc_butterfly_sizes(row, &p->op, p->M, p->N, p->K);
}

const struct sc_family sc_family_fabnet = {
    .name = "fabnet",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .check = check,
    .bind_energy = sc_power_bind,
    .energy = sc_power_energy,
    .runs = runs,
    .explain = sc_fabnet_explain,
    .remedies = sc_fabnet_remedies,
    .estimate = estimate,
};
