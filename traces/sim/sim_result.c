/* sim_result.c - what a simulation counted as a result row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "estimate.h"
#include "families/bound.h"
#include "simulate.h"

/* The counts as the events that estimates have, so that both get their energy from the same formula. */
static struct sc_events events_of(const struct sc_sim_result *r, const struct sc_machine *m)
{
    bool pipelined = m->timing == SC_PIPELINED;
    return (struct sc_events){
        .tiles = (double)r->tiles, .steps = (double)r->steps, .str_reads = (double)r->str_reads,
        .folded_reads = (double)r->fold_loads, .line_misses = (double)r->l1_misses,
        .merge_passes = (double)r->merge_passes, .merge_inputs = (double)r->merge_inputs,
        .merge_outputs = (double)r->merge_outputs, .tree_merged = (double)r->tree_merged,
        .tree_waits = (double)r->tree_waits, .psum_writes = (double)r->psum_writes, .psum_reads = (double)r->psum_reads,
        .spill_write_bytes = (double)r->spill_write_bytes, .spill_read_bytes = (double)r->spill_read_bytes,
        .delivered = pipelined ? (double)(r->dn_elements - r->stationary_words - r->merge_inputs) : 0,
        .intersections = (double)r->intersections,
        .output_bytes = (double)(r->dram_write_bytes - r->spill_write_bytes),
        .stationary_words = (double)r->stationary_words,
        .stationary_bytes = pipelined ? (double)(r->stationary_words * m->element_bytes) : 0,
    };
}

void sc_sim_to_result(struct sc_result *row, const struct sc_sim_result *run, const struct sc_machine *machine,
                      enum sc_dataflow dataflow, uint64_t nnz_a, uint64_t nnz_b, enum sc_energy_case which)
{
    struct sc_events events = events_of(run, machine);
    double products = (double)run->products, nnz_c = (double)run->nnz_c;
    row->dataflow = sc_dataflow_name(dataflow);
    row->source = "simulation";
    row->cycles = row->cycles_low = row->cycles_high = run->cycles;
    row->stationary_cycles = run->stationary_cycles;
    row->stream_cycles = run->stream_cycles;
    row->merge_cycles = run->merge_cycles;
    row->stall_cycles = run->stall_cycles;
    row->utilization = run->cycles > 0 ? fmin(1, products / (machine->multipliers * run->cycles)) : 0;
    row->products = products;
    row->nnz_a = (double)nnz_a;
    row->nnz_b = (double)nnz_b;
    row->nnz_c = nnz_c;
    row->l1_reads = events.str_reads;
    row->l1_misses = events.line_misses;
    row->psum_writes = events.psum_writes;
    row->psum_reads = events.psum_reads;
    row->spill_bytes = events.spill_write_bytes + events.spill_read_bytes;
    row->dram_read_bytes = (double)run->dram_read_bytes;
    row->dram_write_bytes = (double)run->dram_write_bytes;
    row->time_s = run->cycles / (machine->clock_ghz * 1e9);
    row->energy_j = sc_events_energy(machine, &events, products, nnz_c, which);
    row->edp_js = row->energy_j * row->time_s;
    row->area_mm2 = machine->area_mm2 > 0 ? machine->area_mm2 : -1;
    row->bound = sc_flexagon_bound(machine, &events, row);
}
