/* systolic.c - the family of periodic systolic arrays and their baselines: keys, checks, energies, estimates.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "systolic.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../family.h"
#include "../file.h"
#include "../machine_keys.h"
#include "../models/model.h"
#include "../models/systolic.h"
#include "../numeric.h"
#include "../result.h"
#include "terms.h"

/* Ranges keep counts of events and bits finite; values of the shipped machine carry their sources in
 * data/machines/sps.yaml. */
static const struct sc_machine_key keys[] = {
    SC_KEY_AN_OWN_TEXT("name", name, NULL, "name printed with every result"),
    SC_KEY_AN_OWN_TEXT("description", description, "", "one line for people"),
    SC_KEY_A_NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz", "clock of the whole machine"),
    SC_KEY_A_COUNT("array.rows", systolic.rows, 1, 1024, NULL, "", "rows: input channels of a tile"),
    SC_KEY_A_COUNT("array.cols", systolic.cols, 1, 1024, NULL, "", "columns: filters of a tile"),
    SC_KEY_A_COUNT("array.latency_cycles", systolic.latency, 0, 1000, "0", "cycles",
                   "added to fill and drain of a tile"),
    SC_KEY_A_COUNT("array.weight_bits", systolic.weight_bits, 1, 64, "8", "bits", "weight"),
    SC_KEY_A_COUNT("array.activation_bits", systolic.activation_bits, 1, 64, "8", "bits", "activation"),
    SC_KEY_A_COUNT("array.psum_bits", systolic.psum_bits, 1, 64, "32", "bits", "partial sum in its buffer"),
    SC_KEY_A_COUNT("array.accumulator_bits", systolic.accumulator_bits, 1, 64, "24", "bits",
                   "partial sum in a register of the array"),
    SC_KEY_A_FLAG("array.output_stationary", systolic.output_stationary, "false",
                  "weights are read from their buffer again after weight_uses pixels; else they stay for a whole tile"),
    SC_KEY_A_COUNT("array.weight_uses", systolic.weight_uses, 1, SC_KEY_GIGA, "1", "pixels", "see output_stationary"),
    SC_KEY_A_FLAG("array.double_buffered", systolic.double_buffered, "true",
                  "loading a tile's weights is hidden behind the tile before"),
    SC_KEY_A_FLAG("index.per_element", systolic.per_element, "false",
                  "every element selects its activation from a broadcast window; filters keep their order (periodic)"),
    SC_KEY_A_FLAG(
        "index.psd_balanced", systolic.balanced, "false",
        "estimates only: rows see every slot equally often, the bound for tables with a dense slot (periodic)"),
    SC_KEY_A_FLAG("index.table_per_row", systolic.table_per_row, "true",
                  "a table row for each row of the array, else one per slot"),
    SC_KEY_A_FLAG("index.bitmap_entries", systolic.bitmap_entries, "false",
                  "table rows are bitmaps, else lists of positions"),
    SC_KEY_A_FLAG("index.in_registers", systolic.index_registers, "true",
                  "table rows stay in registers, else they are read per pixel"),
    SC_KEY_A_COUNT("index.phase_bits", systolic.phase_bits, 0, 64, "0", "bits", "stored with a layer's table"),
    SC_KEY_A_COUNT("weight_buffer.banks", systolic.weight_banks, 1, 65536, NULL, "banks", "banks of weights"),
    SC_KEY_A_COUNT("weight_buffer.bank_bytes", systolic.weight_bank_bytes, 1, SC_KEY_GIGA, NULL, "B", "one of them"),
    SC_KEY_A_COUNT("line_buffer.banks", systolic.line_banks, 1, 65536, NULL, "banks", "banks of activations"),
    SC_KEY_A_COUNT("line_buffer.bank_bytes", systolic.line_bank_bytes, 1, SC_KEY_GIGA, NULL, "B", "one of them"),
    SC_KEY_A_COUNT("psum_buffer.banks", systolic.psum_banks, 1, 65536, NULL, "banks", "banks of partial sums"),
    SC_KEY_A_COUNT("psum_buffer.bank_bytes", systolic.psum_bank_bytes, 1, SC_KEY_GIGA, NULL, "B", "one of them"),
    SC_KEY_A_COUNT("gather.banks", systolic.gather_banks, 1, 1024, "32", "banks",
                   "banks per row that elements gather from (decode)"),
    SC_KEY_A_COUNT("gather.bank_bytes", systolic.gather_bank_bytes, 1, SC_KEY_GIGA, "65536", "B",
                   "store that a gather reads (decode)"),
    SC_KEY_A_FLAG("gather.multicast", systolic.gather_multicast, "true",
                  "one read serves all elements of a row that want its address"),
    SC_KEY_A_TEXT("decode.format", systolic.format_name, "csr-fixed", "how weights are stored (decode)"),
    SC_KEY_A_COUNT("decode.field_bits", systolic.widths.field_bits, 1, 64, "16", "bits", "index of the -fixed formats"),
    SC_KEY_A_COUNT("decode.pointer_bits", systolic.widths.pointer_bits, 1, 64, "32", "bits",
                   "pointer of the -fixed formats"),
    SC_KEY_A_COUNT("decode.run_bits", systolic.widths.run_bits, 1, 32, "4", "bits", "run of the run-length format"),
    SC_KEY_A_NUMBER("dram.bandwidth_gbps", dram_gbps, 0.001, 1e6, NULL, "GB/s", "10^9 bytes per second"),
    SC_KEY_A_NUMBER("energy.mac_pj", systolic.mac_pj, 0, 1e6, NULL, "pJ", "multiply and add"),
    SC_KEY_A_NUMBER("energy.register_pj_per_bit", systolic.register_pj, 0, 1e6, NULL, "pJ/bit",
                    "register of an element"),
    SC_KEY_A_NUMBER("energy.decode_pj", systolic.decode_pj, 0, 1e6, "0", "pJ", "address from an index (decode)"),
    SC_KEY_A_NUMBER("energy.sram_8k_pj_per_bit", systolic.sram_8k_pj, 1e-9, 1e6, NULL, "pJ/bit", "bank of 8 KiB"),
    SC_KEY_A_NUMBER("energy.sram_32k_pj_per_bit", systolic.sram_32k_pj, 1e-9, 1e6, NULL, "pJ/bit", "bank of 32 KiB"),
    SC_KEY_A_NUMBER("energy.sram_1m_pj_per_bit", systolic.sram_1m_pj, 1e-9, 1e6, NULL, "pJ/bit", "bank of 1 MiB"),
    SC_KEY_A_NUMBER("energy.dram_pj_per_bit", systolic.dram_pj, 0, 1e6, NULL, "pJ/bit", "DRAM, low and nominal"),
    SC_KEY_A_NUMBER("energy.dram_high_pj_per_bit", systolic.dram_high_pj, 0, 1e6, NULL, "pJ/bit", "DRAM, high"),
};

/* Resolves the format's name and what follows from widths and clock. */
static int check(struct sc_machine *machine, const char *related[SC_RELATED_KEYS], struct sc_error *err)
{
    struct sc_systolic *array = &machine->systolic;
    struct sc_error cause;
    related[0] = "decode.format";
    related[1] = NULL;
    if (sc_weight_format_parse(&array->format, array->format_name, &cause) != SC_OK)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "decode.format: %.400s", cause.message);
    if (array->format == SC_FORMAT_DENSE || array->format == SC_FORMAT_PERIODIC ||
        array->format == SC_FORMAT_PERIODIC_BITMAP)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "decode.format: found \"%s\"; expected a format with an index per weight or kernel",
                       array->format_name);
    related[0] = "energy.dram_high_pj_per_bit";
    related[1] = "energy.dram_pj_per_bit";
    related[2] = NULL;
    if (array->dram_high_pj < array->dram_pj)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "energy.dram_high_pj_per_bit: found less than energy.dram_pj_per_bit");
    array->widths.value_bits = array->weight_bits;
    array->dram_bits_per_cycle = 8 * machine->dram_gbps / machine->clock_ghz;
    machine->multipliers = array->rows * array->cols;
    return SC_OK;
}

/* Energies stand in the machine file itself. */
static int bind_energy(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err)
{
    (void)directory;
    *key = "energy.mac_pj";
    if (machine->energy_request.table[0])
        return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                       "machine '%.60s' has its energies in its own file: no other energy table applies",
                       machine->name);
    sc_systolic_bind(&machine->systolic);
    snprintf(machine->energy.table, sizeof machine->energy.table, "own");
    uint64_t state =
        sc_digest(SC_DIGEST_START, (const unsigned char *)machine->systolic.pj, sizeof machine->systolic.pj);
    sc_digest_text(machine->energy.digest, state);
    return SC_OK;
}

static const double *energy(const struct sc_machine *machine, unsigned event, const char **key, const char **unit)
{
    static const char *const names[SC_SYSTOLIC_EVENT_COUNT][2] = {
#define X(name, what) {#name, what},
        SC_SYSTOLIC_EVENTS(X)
#undef X
    };
    if (event >= SC_SYSTOLIC_EVENT_COUNT)
        return NULL;
    *key = names[event][0];
    *unit = names[event][1];
    return machine->systolic.pj[event];
}

static bool runs(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op)
{
    (void)machine;
    return (dataflow == SC_PERIODIC || dataflow == SC_DENSE || dataflow == SC_DECODE) && sc_operator_is_gemm(op);
}

/* DRAM where the array waits for it: its transfers then take longer than all else.  Else the largest share of the
 * element-cycles: products, elements without work while streaming, gathers, loading, filling. */
static const char *bound_of(const struct sc_systolic *array, const struct sc_systolic_counts *c)
{
    const struct {
        const char *name;
        double cycles;
    } parts[] = {
        {"compute", c->macs},
        {"mapping", c->idle_columns + c->idle_rows + c->idle_mixed},
        {"gather", c->idle_conflicts},
        {"stationary", c->load_cycles * (double)array->rows * array->cols},
        {"fill", c->fill_cycles * (double)array->rows * array->cols},
    };
    size_t longest = 0;
    for (size_t i = 1; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].cycles > parts[longest].cycles)
            longest = i;
    return c->stall_cycles > 0 ? "DRAM" : parts[longest].name;
}

void sc_systolic_result(struct sc_result *row, const struct sc_systolic *array, const struct sc_systolic_counts *c,
                        enum sc_energy_case which)
{
    row->cycles = sc_systolic_cycles(c);
    row->stationary_cycles = c->load_cycles;
    row->stream_cycles = c->steady_cycles;
    row->merge_cycles = c->fill_cycles;
    row->stall_cycles = c->stall_cycles;
    row->l1_reads = c->line_reads + c->gathers;
    row->l1_misses = c->dram_input_bits / array->activation_bits;
    row->psum_writes = c->psum_writes;
    row->psum_reads = c->psum_reads;
    row->spill_bytes = 0;
    row->dram_read_bytes = ceil((c->dram_weight_bits + c->dram_index_bits + c->dram_input_bits) / 8);
    row->dram_write_bytes = ceil(c->dram_output_bits / 8);
    row->energy_j = sc_systolic_energy(array, c, which);
    row->bound = bound_of(array, c);
}

void sc_systolic_expect(struct sc_systolic_counts *counts, const struct sc_systolic *array, enum sc_dataflow dataflow,
                        const struct sc_profile *p)
{
    struct sc_systolic_layer layer;
    struct sc_periodic table;
    sc_systolic_lower(&layer, &table, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K, &p->a.periodic);
    bool periodic = p->a.periodic.kss > 0;
    if (dataflow == SC_DECODE) {
        sc_decode_model(array, &layer, periodic ? &table : NULL, p->a.nnz, counts);
    } else {
        if (dataflow == SC_DENSE)
            sc_periodic_dense(&table, layer.kernel_height, layer.kernel_width);
        sc_systolic_model(array, &layer, &table, counts);
    }
}

static void estimate(const struct sc_plan *plan, enum sc_dataflow dataflow, const struct sc_profile *p,
                     enum sc_energy_case which, struct sc_result *row)
{
    const struct sc_systolic *array = &plan->machine.systolic;
    struct sc_systolic_counts counts;
    sc_systolic_expect(&counts, array, dataflow, p);
    sc_systolic_result(row, array, &counts, which);
    row->utilization = row->cycles > 0 ? sc_min(1, p->products / (plan->machine.multipliers * row->cycles)) : 0;
}

const struct sc_family sc_family_systolic = {
    .name = "systolic",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .check = check,
    .bind_energy = bind_energy,
    .energy = energy,
    .runs = runs,
    .explain = sc_systolic_explain,
    .remedies = sc_systolic_remedies,
    .estimate = estimate,
};
