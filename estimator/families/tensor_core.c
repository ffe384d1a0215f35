/* tensor_core.c - the family of GPUs with tensor cores: keys of its machine files, their relations, its energies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "../family.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "../file.h"
#include "../machine_keys.h"
#include "../models/model.h"
#include "../models/tensor.h"
#include "terms.h"

#define PICOJOULES(event, key, meaning) \
    SC_KEY_A_NUMBER("energy." key "_pj", tensor.nominal_pj[SC_TENSOR_##event], 0, 1e9, NULL, "pJ", meaning)

/* Ranges keep derived quantities finite; they are wider than any machine in print. */
static const struct sc_machine_key keys[] = {
    SC_KEY_AN_OWN_TEXT("name", name, NULL, "name printed with every result"),
    SC_KEY_AN_OWN_TEXT("description", description, "", "one line for people"),
    SC_KEY_A_NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz", "clock of SMs, interconnect and L2"),
    SC_KEY_A_COUNT("gpu.sms", tensor.sms, 1, 65536, NULL, "", "streaming multiprocessors"),
    SC_KEY_A_COUNT("gpu.subcores", tensor.subcores, 1, 64, "4", "", "sub-cores per SM, each with two tensor cores"),
    SC_KEY_A_NUMBER("gpu.launch_cycles", tensor.launch_cycles, 0, 1e9, "0", "cycles",
                    "launch and fill, once per layer"),
    SC_KEY_A_COUNT("tile.output", tensor.tile, 1, SC_TENSOR_TILE_MAX, "32", "",
                   "rows and columns of a warp's output tile"),
    SC_KEY_A_COUNT("tile.k", tensor.tile_k, 1, 64, "16", "", "elements of K per warp tile"),
    SC_KEY_A_COUNT("tile.quantum_activation", tensor.quantum_activation, 1, SC_TENSOR_TILE_MAX, "8", "",
                   "condensed activations per OHMMA"),
    SC_KEY_A_COUNT("tile.quantum_weight", tensor.quantum_weight, 1, SC_TENSOR_TILE_MAX, "16", "",
                   "condensed weights per OHMMA"),
    SC_KEY_A_FLAG("tile.activations_are_b", tensor.activations_are_b, "true",
                  "operand B holds the activations, as in all shipped layer lists; false: operand A"),
    SC_KEY_A_COUNT("issue.popcount_slots", tensor.popcount_slots, 0, 1000, "1", "cycles",
                   "issue slots per non-empty pair of warp tiles to count the bits of all its bitmaps"),
    SC_KEY_A_COUNT("issue.skip_slots", tensor.skip_slots, 0, 1000, "1", "cycles",
                   "issue slots per pair with an empty warp tile"),
    SC_KEY_A_COUNT("issue.im2col_slots", tensor.im2col_slots, 0, 1000, "3", "cycles",
                   "issue slots per warp tile of a convolution to lower the activations' bitmaps"),
    SC_KEY_A_COUNT("issue.stride_slots", tensor.stride_slots, 0, 1000, "1", "cycles",
                   "the same, more for strides above 1"),
    SC_KEY_A_COUNT("sums.banks", tensor.banks, 1, 1024, "128", "",
                   "banks of the accumulation buffer, one sum per cycle each"),
    SC_KEY_A_COUNT("sums.window", tensor.window, 1, 1024, "16", "OHMMAs",
                   "OHMMAs whose accesses the operand collector merges"),
    SC_KEY_A_COUNT("sums.mask_cycles", tensor.mask_cycles, 0, 1000, "1", "cycles",
                   "of every bank per k, to take the bits of its own words from the output bitmap"),
    SC_KEY_A_FLAG("sums.scattered_banks", tensor.scattered_banks, "true",
                  "words dealt to banks pseudo-randomly; false: by row and column modulo the quanta"),
    SC_KEY_A_FLAG("sums.throughput", tensor.throughput, "false", "no banks but the two rates below"),
    SC_KEY_A_NUMBER("sums.per_cycle", tensor.sums_per_cycle, 1, 65536, "128", "products/cycle",
                    "throughput mode: rate"),
    SC_KEY_A_NUMBER("sums.k_cycles", tensor.k_cycles, 0, 1000, "0", "cycles", "throughput mode: not hidden, per k"),
    SC_KEY_A_NUMBER("sums.drain_cycles", tensor.drain_cycles, 0, 1e6, "10", "cycles",
                    "per output tile, write-back included"),
    SC_KEY_A_NUMBER("dense.efficiency", tensor.dense_efficiency, 0.01, 1, "1", "", "of the dense path, of its peak"),
    SC_KEY_A_COUNT("format.value_bits", tensor.value_bits, 1, 64, "16", "bits", "of an operand's value"),
    SC_KEY_A_COUNT("format.pointer_bits", tensor.pointer_bits, 0, 64, "32", "bits", "per warp tile, to its values"),
    SC_KEY_A_COUNT("format.output_bits", tensor.output_bits, 1, 64, "32", "bits", "of a value of C, written dense"),
    SC_KEY_A_FLAG("format.empty_bitmaps", tensor.empty_bitmaps, "false", "empty warp tiles store a bitmap, too"),
    SC_KEY_A_COUNT("memory.block_m", tensor.block_m, 1, 65536, "128", "", "rows of C per thread block"),
    SC_KEY_A_COUNT("memory.block_n", tensor.block_n, 1, 65536, "128", "", "columns of C per thread block"),
    SC_KEY_A_COUNT("memory.l2_bytes", tensor.l2_bytes, 1, SC_KEY_TERA, "6291456", "B", "L2 cache"),
    SC_KEY_A_NUMBER("memory.l2_bytes_per_cycle", tensor.l2_bytes_per_cycle, 1, 1e6, "2048", "B/cycle", "L2 to all SMs"),
    SC_KEY_A_NUMBER("dram.bandwidth_gbps", dram_gbps, 0.001, 1e6, NULL, "GB/s", "10^9 bytes per second"),
    SC_KEY_A_NUMBER("overhead.area", tensor.area_overhead, 0, 10, "0", "",
                    "of the sparse path, share of the GPU's area"),
    SC_KEY_A_NUMBER("overhead.power", tensor.power_overhead, 0, 10, "0", "",
                    "of the sparse path, share of the GPU's power"),
#define X(field, key, unit, meaning) PICOJOULES(field, key, meaning),
    SC_TENSOR_EVENTS(X)
#undef X
};

static void relate(const char *related[SC_RELATED_KEYS], const char *first, const char *second)
{
    related[0] = first;
    related[1] = second;
    related[2] = NULL;
}

static int check(struct sc_machine *machine, const char *related[SC_RELATED_KEYS], struct sc_error *err)
{
    const struct sc_tensor_core *t = &machine->tensor;
    machine->timing = SC_PIPELINED; /* computing and memory overlap */
    relate(related, "tile.quantum_activation", "tile.output");
    if (t->tile % t->quantum_activation != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "%s: found %" PRIu32 "; expected a divisor of tile.output, %" PRIu32,
                       related[0], t->quantum_activation, t->tile);
    relate(related, "tile.quantum_weight", "tile.output");
    if (t->tile % t->quantum_weight != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "%s: found %" PRIu32 "; expected a divisor of tile.output, %" PRIu32,
                       related[0], t->quantum_weight, t->tile);
    relate(related, "sums.banks", "tile.output");
    if (t->banks > t->tile * t->tile)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "%s: found %" PRIu32 "; expected at most tile.output^2 = %" PRIu32,
                       related[0], t->banks, t->tile * t->tile);
    return SC_OK;
}

/* The overheads are those of the GPU whose parts the file lists; energies are in the file itself. */
static int bind_energy(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err)
{
    (void)directory;
    (void)key;
    (void)err;
    snprintf(machine->energy.table, sizeof machine->energy.table, "%s", "machine-file");
    sc_digest_text(machine->energy.digest, sc_digest(SC_DIGEST_START, (const unsigned char *)machine->tensor.nominal_pj,
                                                     sizeof machine->tensor.nominal_pj));
    for (int e = 0; e < SC_TENSOR_EVENT_COUNT; e++)
        for (int c = 0; c < SC_ENERGY_CASES; c++)
            machine->tensor.pj[e][c] = machine->tensor.nominal_pj[e];
    for (unsigned i = 0; i < machine->part_count; i++) {
        machine->parts[i].area_mm2 *= 1 + machine->tensor.area_overhead;
        machine->parts[i].power_mw *= 1 + machine->tensor.power_overhead;
    }
    return SC_OK;
}

static const double *energy(const struct sc_machine *machine, unsigned event, const char **name, const char **unit)
{
    static const char *const names[SC_TENSOR_EVENT_COUNT][2] = {
#define X(field, key, unit, meaning) {key, unit},
        SC_TENSOR_EVENTS(X)
#undef X
    };
    if (event >= SC_TENSOR_EVENT_COUNT)
        return NULL;
    *name = names[event][0];
    *unit = names[event][1];
    return machine->tensor.pj[event];
}

static bool runs(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op)
{
    (void)machine;
    return (dataflow == SC_BITMAP_OP || dataflow == SC_DENSE) && sc_operator_is_gemm(op);
}

static void estimate(const struct sc_plan *plan, enum sc_dataflow dataflow, const struct sc_profile *profile,
                     enum sc_energy_case which, struct sc_result *row)
{
    if (dataflow == SC_BITMAP_OP)
        sc_bitmap_model(&plan->machine, profile, which, row);
    else
        sc_dense_tensor_model(&plan->machine, profile, which, row);
}

const struct sc_family sc_family_tensor_core = {
    .name = "tensor-core",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .check = check,
    .bind_energy = bind_energy,
    .energy = energy,
    .runs = runs,
    .explain = sc_tensor_core_explain,
    .remedies = sc_tensor_core_remedies,
    .estimate = estimate,
};
