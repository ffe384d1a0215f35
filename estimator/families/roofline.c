/* roofline.c - the family of rooflines: keys, checks, estimates.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "roofline.h"

#include <stddef.h>

#include "../family.h"
#include "../machine_keys.h"
#include "../models/model.h"
#include "../models/roofline.h"
#include "../numeric.h"
#include "power.h"
#include "terms.h"

/* Values of the shipped machine carry their sources in data/machines/xavier-nx.yaml. */
static const struct sc_machine_key keys[] = {
    SC_KEY_AN_OWN_TEXT("name", name, NULL, "name printed with every result"),
    SC_KEY_AN_OWN_TEXT("description", description, "", "one line for people"),
    SC_KEY_A_NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz", "clock that cycles are counted in"),
    SC_KEY_A_COUNT("element_bytes", roofline.element_bytes, 1, 16, "2", "B", "a real number"),
    SC_KEY_A_NUMBER("peak.tensor_tflops", roofline.tensor_tflops, 1e-6, 1e6, NULL, "TFLOP/s",
                    "of dense products and attention"),
    SC_KEY_A_NUMBER("peak.vector_tflops", roofline.vector_tflops, 1e-6, 1e6, NULL, "TFLOP/s", "of everything else"),
    SC_KEY_A_NUMBER("efficiency.tensor", roofline.tensor_efficiency, 1e-3, 1, "1", "",
                    "share of that peak that kernels reach"),
    SC_KEY_A_NUMBER("efficiency.vector", roofline.vector_efficiency, 1e-3, 1, "1", "",
                    "share of that peak that kernels reach"),
    SC_KEY_A_NUMBER("efficiency.memory", roofline.memory_efficiency, 1e-3, 1, "1", "",
                    "share of the bandwidth that kernels reach"),
    SC_KEY_A_NUMBER("kernels.launch_us", roofline.launch_us, 0, 1e6, "0", "us", "per kernel"),
    SC_KEY_A_FLAG("kernels.fused_butterflies", roofline.fused_butterflies, "false",
                  "one kernel per butterfly or FFT; else one per layer, each reading and writing all data"),
    SC_KEY_A_FLAG("kernels.fused_attention", roofline.fused_attention, "false",
                  "scores stay on the chip; else they are written and read twice"),
    SC_KEY_A_NUMBER("dram.bandwidth_gbps", dram_gbps, 0.001, 1e6, NULL, "GB/s", "10^9 bytes per second"),
    SC_KEY_A_NUMBER("power.total_w", roofline.watts, 0, 1e6, NULL, "W", "whole module, always"),
};

static int check(struct sc_machine *machine, const char *related[SC_RELATED_KEYS], struct sc_error *err)
{
    related[0] = NULL;
    (void)err;
    machine->element_bytes = machine->roofline.element_bytes;
    return SC_OK;
}

static bool runs(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op)
{
    (void)machine;
    if (dataflow == SC_BUTTERFLY)
        return op->kind == SC_BPMM || op->kind == SC_FFT || op->kind == SC_FFT2D;
    return dataflow == SC_DENSE && (sc_operator_is_gemm(op) || op->kind == SC_BPMM || op->kind == SC_ATTENTION);
}

static void estimate(const struct sc_plan *plan, enum sc_dataflow dataflow, const struct sc_profile *p,
                     enum sc_energy_case which, struct sc_result *row)
{
    const struct sc_machine *m = &plan->machine;
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    unsigned count =
        sc_butterfly_calls(calls, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K, dataflow == SC_DENSE, false);
    double hertz = m->clock_ghz * 1e9, peak = 0, busy = 0, longest = -1;
    (void)which; /* one power for all cases */
    row->bound = "";
    row->cycles = row->stationary_cycles = row->merge_cycles = row->products = 0;
    row->l1_reads = row->l1_misses = row->psum_writes = row->psum_reads = row->spill_bytes = 0;
    row->dram_read_bytes = row->dram_write_bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        struct sc_roofline_cost cost;
        sc_roofline_estimate(&cost, &m->roofline, m->dram_gbps, &calls[i]);
        if (cost.seconds > longest) {
            longest = cost.seconds;
            row->bound = sc_butterfly_bound_name(cost.bound);
        }
        row->cycles += cost.seconds * hertz;
        row->products += cost.multiplies;
        row->dram_read_bytes += cost.read_bytes;
        row->dram_write_bytes += cost.write_bytes;
        busy += cost.compute_seconds * hertz;
        peak += cost.peak_seconds * hertz;
    }
    row->stream_cycles = sc_min(busy, row->cycles);
    row->stall_cycles = row->cycles - row->stream_cycles;
    row->utilization = row->cycles > 0 ? sc_min(1, peak / row->cycles) : 0;
    row->energy_j = m->roofline.watts * row->cycles / hertz;
    sc_butterfly_sizes(row, &p->op, p->M, p->N, p->K);
}

const struct sc_family sc_family_roofline = {
    .name = "roofline",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .check = check,
    .bind_energy = sc_power_bind,
    .energy = sc_power_energy,
    .runs = runs,
    .explain = sc_roofline_explain,
    .remedies = sc_roofline_remedies,
    .estimate = estimate,
};
