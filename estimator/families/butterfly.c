/* butterfly.c - the family of multilayer butterfly arrays: keys, checks, estimates.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly.h"

#include <inttypes.h>
#include <stddef.h>

#include "../family.h"
#include "../machine_keys.h"
#include "../models/butterfly.h"
#include "../models/model.h"
#include "power.h"
#include "terms.h"

/* Values of the shipped machines carry their sources in data/machines/butterfly-array.yaml. */
static const struct sc_machine_key keys[] = {
    SC_KEY_AN_OWN_TEXT("name", name, NULL, "name printed with every result"),
    SC_KEY_AN_OWN_TEXT("description", description, "", "one line for people"),
    SC_KEY_A_NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz", "clock of the whole machine"),
    SC_KEY_A_POWER("array.mesh_x", butterfly.mesh_x, 1, 256, NULL, "PEs", "PEs in a row"),
    SC_KEY_A_POWER("array.mesh_y", butterfly.mesh_y, 1, 256, NULL, "PEs", "PEs in a column"),
    SC_KEY_A_COUNT("array.simd_lanes", butterfly.simd_lanes, 1, 4096, NULL, "lanes",
                   "lanes of a PE: tokens side by side"),
    SC_KEY_A_COUNT("array.element_bytes", butterfly.element_bytes, 1, 16, "2", "B", "a real number"),
    SC_KEY_A_POWER("array.local_points", butterfly.local_points, 2, 1024, "4", "points", "of a closed set in each PE"),
    SC_KEY_A_POWER("array.stage_points_bpmm", butterfly.stage_points_bpmm, 2, SC_KEY_GIGA, "512", "points",
                   "longest real butterfly of one scratchpad pass"),
    SC_KEY_A_POWER("array.stage_points_fft", butterfly.stage_points_fft, 2, SC_KEY_GIGA, "512", "points",
                   "longest FFT of one scratchpad pass"),
    SC_KEY_A_COUNT("array.fft_slots", butterfly.fft_slots, 3, 4, "4", "slots",
                   "issue slots per complex output of a stage"),
    SC_KEY_A_COUNT("array.special_divisor", butterfly.special_divisor, 1, 1024, "4", "",
                   "exponentials and divisions run at the SIMD width / this"),
    SC_KEY_A_COUNT("array.dense_tile", butterfly.dense_tile, 1, 1024, "8", "",
                   "rows and SIMD words of a PE's tile of a dense product"),
    SC_KEY_A_COUNT("array.dense_slots", butterfly.dense_slots, 1, 1000, "9", "slots",
                   "after so many slots of a dense product"),
    SC_KEY_A_COUNT("array.dense_bubbles", butterfly.dense_bubbles, 0, 1000, "1", "slots",
                   "so many are lost to forwarding operands"),
    SC_KEY_A_COUNT("pipes.tags", butterfly.tags, 1, 64, "8", "instances", "blocks in flight in each PE"),
    SC_KEY_A_COUNT("pipes.load_latency_cycles", butterfly.load_latency, 0, 1000, "10", "cycles",
                   "end of a load to use"),
    SC_KEY_A_COUNT("pipes.compute_latency_cycles", butterfly.compute_latency, 0, 1000, "10", "cycles",
                   "end of a block to use"),
    SC_KEY_A_COUNT("pipes.transfer_latency_cycles", butterfly.transfer_latency, 0, 1000, "10", "cycles",
                   "end of a transfer to use, per hop"),
    SC_KEY_A_COUNT("pipes.task_blocks", butterfly.task_blocks, 1, 65536, "8", "blocks",
                   "per configuration of the instruction stores"),
    SC_KEY_A_COUNT("pipes.task_handshake_cycles", butterfly.task_handshake, 0, 65536, "6", "cycles",
                   "per configuration, besides a cycle per hop across the mesh"),
    SC_KEY_A_POWER("network.skip_distance", butterfly.skip_distance, 1, 256, "2", "PEs",
                   "that the long links jump; 1: there are none"),
    SC_KEY_A_COUNT("scratchpad.bytes", butterfly.spm_bytes, 1024, SC_KEY_TERA, NULL, "B", "capacity"),
    SC_KEY_A_COUNT("scratchpad.bytes_per_cycle", butterfly.spm_bytes_per_cycle, 1, SC_KEY_GIGA, NULL, "B/cycle",
                   "reads and writes together"),
    SC_KEY_A_FLAG("scratchpad.fuse_ffn", butterfly.fuse_ffn, "false",
                  "what a widening butterfly product hands to a narrowing one stays there"),
    SC_KEY_A_NUMBER("dram.bandwidth_gbps", dram_gbps, 0.001, 1e6, NULL, "GB/s", "10^9 bytes per second"),
    SC_KEY_A_NUMBER("power.core_w", butterfly.core_watts, 0, 1e6, NULL, "W",
                    "PE array when its compute pipes are busy"),
    SC_KEY_A_NUMBER("power.memory_w", butterfly.memory_watts, 0, 1e6, NULL, "W", "scratchpad, always"),
    SC_KEY_A_NUMBER("power.idle_fraction", butterfly.idle_fraction, 0, 1, "0.12", "of core_w",
                    "drawn while compute pipes idle"),
};

/* Room for a stage or a closed set of all lanes twice: complex points, or stacked butterflies with their input, in the
 * half that weights leave. */
static uint64_t least_scratchpad(const struct sc_butterfly_array *a)
{
    uint64_t points = (uint64_t)a->mesh_x * a->mesh_y * a->local_points;
    points = points > a->stage_points_bpmm ? points : a->stage_points_bpmm;
    points = points > a->stage_points_fft ? points : a->stage_points_fft;
    return 8 * points * a->simd_lanes * a->element_bytes;
}

static int check(struct sc_machine *machine, const char *related[SC_RELATED_KEYS], struct sc_error *err)
{
    struct sc_butterfly_array *a = &machine->butterfly;
    related[0] = "scratchpad.bytes";
    related[1] = "array.simd_lanes";
    related[2] = "array.stage_points_fft";
    related[3] = NULL;
    if (a->spm_bytes < least_scratchpad(a))
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "scratchpad.bytes: found %" PRIu64 "; expected at least %" PRIu64
                       ", 8 stages or closed sets for all lanes", a->spm_bytes, least_scratchpad(a));
    machine->multipliers = a->mesh_x * a->mesh_y * a->simd_lanes;
    machine->element_bytes = a->element_bytes;
    return SC_OK;
}

static bool runs(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op)
{
    (void)machine;
    if (dataflow == SC_BUTTERFLY)
        return !sc_operator_is_gemm(op);
    return dataflow == SC_DENSE && (sc_operator_is_gemm(op) || op->kind == SC_BPMM || op->kind == SC_ATTENTION);
}

static void estimate(const struct sc_plan *plan, enum sc_dataflow dataflow, const struct sc_profile *p,
                     enum sc_energy_case which, struct sc_result *row)
{
    const struct sc_machine *m = &plan->machine;
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sc_butterfly_cost sum = {0}, cost;
    unsigned count =
        sc_butterfly_calls(calls, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K, dataflow == SC_DENSE, false);
    (void)which; /* one power for all cases */
    sc_butterfly_keep(calls, count, &m->butterfly);
    for (unsigned i = 0; i < count; i++) {
        sc_butterfly_estimate(&cost, &m->butterfly, m->dram_gbps / m->clock_ghz, &calls[i]);
        sc_butterfly_cost_add(&sum, &cost);
    }
    sc_butterfly_row(row, &m->butterfly, &sum, m->clock_ghz);
    if (!sc_operator_is_gemm(&p->op))
        sc_butterfly_sizes(row, &p->op, p->M, p->N, p->K);
}

const struct sc_family sc_family_butterfly = {
    .name = "butterfly",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .check = check,
    .bind_energy = sc_power_bind,
    .energy = sc_power_energy,
    .runs = runs,
    .explain = sc_butterfly_explain,
    .remedies = sc_butterfly_remedies,
    .estimate = estimate,
};
