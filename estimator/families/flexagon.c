/* flexagon.c - the Flexagon family: linear array, merger-reduction tree, STR cache, PSRAM; keys and their relations.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "../family.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "../energy_bind.h"
#include "../machine_keys.h"
#include "terms.h"

/* Ranges keep derived quantities finite and 32-bit counts from overflowing; they are wider than any machine in print.
 * Defaults are the published machine where it says something, else the decisions listed in data/machines/README.md. */
static const struct sc_machine_key keys[] = {
    SC_KEY_AN_OWN_TEXT("name", name, NULL, "name printed with every result"),
    SC_KEY_AN_OWN_TEXT("description", description, "", "one line for people"),
    {"timing", SC_KEY_TIMING, SC_KEY_FIELD(timing), 0, 0, false, false, NULL, "",
     "blocking (as published) or pipelined (physical)"},
    SC_KEY_A_NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz", "clock of the whole machine"),
    SC_KEY_A_COUNT("array.multipliers", multipliers, 2, 4096, NULL, "", "multipliers, also leaves of the merge tree"),
    SC_KEY_A_COUNT("array.element_bytes", element_bytes, 1, 64, "4", "B",
                   "value and coordinate of one element together"),
    SC_KEY_A_COUNT("array.multiplier_latency_cycles", multiplier_latency, 0, 1000, "1", "cycles",
                   "latency of a multiplier"),
    SC_KEY_A_NUMBER("networks.dn_elements_per_cycle", dn_bandwidth, 0.001, 65536, "16", "elements/cycle",
                    "distinct elements that the distribution network delivers (pipelined)"),
    SC_KEY_A_NUMBER("networks.rn_elements_per_cycle", rn_bandwidth, 0.001, 65536, "16", "elements/cycle",
                    "elements that leave the reduction network towards memory (pipelined)"),
    SC_KEY_A_COUNT("networks.dn_levels", dn_levels, 0, 64, "13", "levels",
                   "switch levels that an element passes on its way"),
    SC_KEY_A_COUNT("str_cache.bytes", str_bytes, 1, SC_KEY_TERA, NULL, "B",
                   "capacity of the cache of the streamed operand"),
    SC_KEY_A_POWER("str_cache.line_bytes", str_line_bytes, 1, 65536, "128", "B", "line"),
    SC_KEY_A_COUNT("str_cache.ways", str_ways, 1, 65536, "16", "ways", "associativity"),
    SC_KEY_A_POWER("str_cache.banks", str_banks, 1, 65536, "16", "banks", "banks, interleaved by line"),
    SC_KEY_A_COUNT("str_cache.words_per_bank", str_words_per_bank, 0, 65536, "0", "elements",
                   "elements of one line that a bank serves in a cycle (pipelined); 0: the whole line"),
    SC_KEY_A_COUNT("psram.bytes", psram_bytes, 0, SC_KEY_TERA, NULL, "B",
                   "memory of partial sums; 0: none, they go to DRAM (pipelined)"),
    SC_KEY_A_COUNT("psram.block_bytes", psram_block_bytes, 1, 65536, "64", "B", "unit of allocation (pipelined)"),
    SC_KEY_A_COUNT("psram.sets", psram_sets, 0, SC_KEY_GIGA, "0", "sets",
                   "output row mod sets picks the set (pipelined); 0: one pool"),
    SC_KEY_A_COUNT("sta_fifo.bytes", sta_fifo_bytes, 1, SC_KEY_GIGA, "256", "B", "FIFO of the stationary operand"),
    SC_KEY_A_NUMBER("dram.latency_ns", dram_latency_ns, 0, 1e6, NULL, "ns", "time from a request to its first byte"),
    SC_KEY_A_NUMBER("dram.bandwidth_gbps", dram_gbps, 0.001, 1e6, NULL, "GB/s", "10^9 bytes per second"),
    SC_KEY_A_NUMBER("blocking.step_cycles", step_fixed, 0, 1e6, "2", "cycles", "fixed part of a step with loads (H)"),
    SC_KEY_A_NUMBER("blocking.stationary_cycles", stationary_fixed, 0, 1e6, "2", "cycles",
                    "added to each stationary load (STA_FIX)"),
    SC_KEY_A_NUMBER("blocking.drain_cycles", drain, 0, 1e6, "10", "cycles",
                    "per stationary tile and merge pass (DRAIN)"),
    SC_KEY_A_NUMBER("blocking.empty_step_cycles", empty_step, 0, 1e6, "1", "cycles",
                    "a step without loads (EMPTY_STEP)"),
    SC_KEY_A_NUMBER("blocking.empty_row_cycles", empty_row, 0, 1e6, "3", "cycles",
                    "an outer-product merge row without fibers (EMPTY_ROW)"),
    SC_KEY_A_NUMBER("blocking.miss_cycles", miss_fixed, 0, 1e6, "0", "cycles",
                    "added to the DRAM latency of a missing line"),
    SC_KEY_A_COUNT(
        "blocking.line_cycles", line_cycles, 0, 1e6, "0", "cycles",
        "between lines at memory, each replaying its own loads; 0: a step waits for latency, then by bandwidth"),
    SC_KEY_A_NUMBER("blocking.inner_drain_cycles", inner_drain, 0, 1e6, "0", "cycles",
                    "drain of an inner-product tile, plus the tree levels of its largest cluster; 0: drain_cycles"),
    SC_KEY_A_NUMBER("blocking.outer_drain_cycles", outer_drain, 0, 1e6, "0", "cycles",
                    "drain of an outer-product tile; 0: drain_cycles"),
    SC_KEY_A_FLAG("blocking.stores", stores, "false",
                  "sums of folded rows, and rows of Gustavson's, go to C through the cache and its banks"),
    SC_KEY_A_NUMBER("blocking.last_store_cycles", last_store, 0, 1e6, "0", "cycles",
                    "from the last output to the end of the run, in op and gust also a miss; 0: neither"),
    SC_KEY_A_COUNT("pipelined.window_steps", window_steps, 1, 65536, "64", "steps",
                   "stream steps per double-buffered window (W)"),
    SC_KEY_A_COUNT("pipelined.window_buffers", window_buffers, 1, 64, "2", "windows",
                   "windows the STR filler runs ahead (NBUF)"),
    SC_KEY_A_FLAG("pipelined.count_pointers", count_pointers, "false", "charge 4 B per row pointer of the output"),
    SC_KEY_A_NUMBER("transitions.ec_bytes_factor", ec_bytes_factor, 0, 100, "2", "x bytes of the matrix",
                    "DRAM traffic of an explicit format conversion between layers"),
    SC_KEY_A_TEXT("energy.table", energy_request.table, "nm28-cacti",
                  "shipped set, or path of an Accelergy ERT file[,ART file]"),
    SC_KEY_A_NUMBER("energy.node_nm", energy_request.node_nm, 0, 1000, "0", "nm",
                    "process node; 0: the one of the set"),
    SC_KEY_A_NUMBER("energy.supply_v", energy_request.supply_v, 0, 10, "0", "V",
                    "supply of the logic; 0: the one of the set"),
    SC_KEY_A_TEXT("energy.multiply", energy_request.multiply, "fp_mul", "operation charged per product"),
    SC_KEY_A_TEXT("energy.add", energy_request.add, "fp_add", "operation charged per sum"),
    SC_KEY_A_TEXT("energy.compare", energy_request.compare, "compare",
                  "operation charged per comparison of coordinates"),
    SC_KEY_A_TEXT("energy.distribute", energy_request.distribute, "crossbar_1to4",
                  "operation charged per two switch levels that an element passes"),
    SC_KEY_A_TEXT("energy.fifo", energy_request.fifo, "register_file_bit",
                  "operation charged per bit into or out of small memories"),
    SC_KEY_A_COUNT("energy.value_bits", energy_request.value_bits, 1, 512, "16", "bits", "width of multiply and add"),
    SC_KEY_A_COUNT("energy.coordinate_bits", energy_request.coordinate_bits, 1, 512, "16", "bits", "width of compare"),
    SC_KEY_A_TEXT("energy.dram", energy_request.dram, "HBM2", "type of DRAM in data/energy/dram.csv"),
    SC_KEY_A_COUNT("energy.ert_dram_word_bits", energy_request.ert_dram_word_bits, 1, 65536, "64", "bits",
                   "word that the DRAM energies of an ERT file are for"),
};

static void relate(const char *keys[SC_RELATED_KEYS], const char *first, const char *second, const char *third)
{
    keys[0] = first;
    keys[1] = second;
    keys[2] = third;
    keys[3] = NULL;
}

static int check_cache(struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err)
{
    uint32_t words = machine->str_line_bytes / machine->element_bytes;
    uint64_t way_lines = (uint64_t)machine->str_ways * machine->str_line_bytes;
    relate(keys, "str_cache.line_bytes", "array.element_bytes", NULL);
    if (words == 0 || machine->str_line_bytes % machine->element_bytes != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected a multiple of array.element_bytes, %" PRIu32, keys[0],
                       machine->str_line_bytes, machine->element_bytes);
    relate(keys, "str_cache.bytes", "str_cache.ways", "str_cache.line_bytes");
    if (machine->str_bytes % way_lines != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu64 "; expected a multiple of ways x line_bytes = %" PRIu32 " x %" PRIu32
                       " = %" PRIu64,
                       keys[0], machine->str_bytes, machine->str_ways, machine->str_line_bytes, way_lines);
    relate(keys, "str_cache.words_per_bank", "str_cache.line_bytes", "array.element_bytes");
    if (machine->str_words_per_bank > words)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected at most the %" PRIu32 " elements of a line", keys[0],
                       machine->str_words_per_bank, words);
    if (machine->str_words_per_bank == 0)
        machine->str_words_per_bank = words;
    return SC_OK;
}

static int check_psram(const struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err)
{
    uint64_t blocks = machine->psram_bytes / machine->psram_block_bytes;
    relate(keys, "psram.block_bytes", "array.element_bytes", NULL);
    if (machine->psram_block_bytes % machine->element_bytes != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected a multiple of array.element_bytes, %" PRIu32, keys[0],
                       machine->psram_block_bytes, machine->element_bytes);
    relate(keys, "psram.bytes", "psram.block_bytes", NULL);
    if (machine->psram_bytes % machine->psram_block_bytes != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu64 "; expected a multiple of psram.block_bytes, %" PRIu32, keys[0],
                       machine->psram_bytes, machine->psram_block_bytes);
    relate(keys, "psram.sets", "psram.bytes", "psram.block_bytes");
    if (machine->psram_bytes > 0 && machine->psram_sets > 0 && blocks % machine->psram_sets != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected a divisor of the %" PRIu64 " blocks", keys[0],
                       machine->psram_sets, blocks);
    return SC_OK;
}

static int check(struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err)
{
    int status = check_cache(machine, keys, err);
    if (status == SC_OK)
        status = check_psram(machine, keys, err);
    if (status != SC_OK)
        return status;
    relate(keys, "sta_fifo.bytes", "array.element_bytes", NULL);
    if (machine->sta_fifo_bytes < machine->element_bytes)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected at least one element of %" PRIu32 " bytes", keys[0],
                       machine->sta_fifo_bytes, machine->element_bytes);
    return SC_OK;
}

static bool runs(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op)
{
    (void)machine;
    return (int)dataflow < SC_SPMSPM_DATAFLOWS && sc_operator_is_gemm(op);
}

/* Linear in size: arrays in their multipliers, the merge tree in its nodes, memories in their bytes, the Benes
 * distribution network in multipliers times levels.  An assumption; Table 8 has one size only. */
static double part_growth(const struct sc_machine *to, const struct sc_machine *from, const char *part)
{
    double array = (double)to->multipliers / from->multipliers;
    if (strcmp(part, "dn") == 0)
        return from->dn_levels > 0 ? array * to->dn_levels / from->dn_levels : array;
    if (strcmp(part, "mn") == 0)
        return array;
    if (strcmp(part, "rn") == 0)
        return (to->multipliers - 1.0) / (from->multipliers - 1.0);
    if (strcmp(part, "str_cache") == 0)
        return (double)to->str_bytes / (double)from->str_bytes;
    if (strcmp(part, "psram") == 0 && from->psram_bytes > 0)
        return (double)to->psram_bytes / (double)from->psram_bytes;
    return 1;
}

static const double *energy(const struct sc_machine *machine, unsigned event, const char **key, const char **unit)
{
    static const char *const units[SC_ENERGY_EVENT_COUNT] = {
#define X(field, key, unit) unit,
        SC_ENERGY_EVENTS(X)
#undef X
    };
    if (event >= SC_ENERGY_EVENT_COUNT)
        return NULL;
    *key = sc_energy_event_key((enum sc_energy_event)event);
    *unit = units[event];
    return sc_energy_event_pj((struct sc_energy *)&machine->energy, (enum sc_energy_event)event);
}

const struct sc_family sc_family_flexagon = {
    .name = "flexagon",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .check = check,
    .bind_energy = sc_energy_bind,
    .part_growth = part_growth,
    .energy = energy,
    .runs = runs,
    .explain = sc_flexagon_explain,
    .remedies = sc_flexagon_remedies,
};
