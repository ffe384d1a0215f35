/* bitmap.h - cycle simulators of tensor-core GPUs: the sparse path and the dense one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_BITMAP_H
#define SC_SIM_BITMAP_H

#include "machine.h"
#include "layer.h"
#include "simulate.h"

/* Counts of the sparse path.  Cycles of sub-cores are sums over all output tiles. */
struct sc_bitmap_counts {
    uint64_t tiles, ohmma, bitmaps, products, nnz_c;
    uint64_t slots, waits; /* issue slots; waits for the accumulation buffer, also after the last OHMMA of a tile */
    uint64_t active, skipped;   /* pairs of warp tiles with and without products to look for */
    uint64_t a_tiles, a_stored, b_tiles, b_stored; /* warp tiles of the operands, and those that are stored */
    uint64_t cycles;            /* until the last sub-core is done */
};

/* Runs C = a x b through the sparse path.  `b_rows_are_steps`: b is K x N; a_columns is the transpose of a, K x M.
 * Time: per product, and per 64 pairs of warp tiles; in throughput mode per k step of active pairs.  SC_END after a
 * cancellation, SC_BAD_INPUT when the inner dimensions differ, SC_NO_MEMORY. */
int sc_bitmap_simulate(struct sc_bitmap_counts *out, const struct sc_tensor_core *core, const struct sc_operator *op,
                       const struct sc_pattern *a_columns, const struct sc_pattern *b,
                       const struct sc_sim_options *options, struct sc_error *err);

/* The simulators behind sc_simulate_layer(): fill the number fields of a row. */
int sc_sim_tensor_core(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                       const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                       enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);

#endif
