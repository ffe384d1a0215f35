/* simulate.h - the cycle simulator: real operands through a machine's phases, every event and cycle counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIMULATE_H
#define SC_SIMULATE_H

#include <signal.h>
#include <stdint.h>

#include "../../estimator/energy.h"
#include "../../estimator/error.h"
#include "../../estimator/machine.h"
#include "../../estimator/result.h"
#include "../pattern.h"

/* Cycles and how they are booked: X(name, meaning).  cycles is the sum of the other four, not rounded. */
#define SC_SIM_CYCLES(X)                                                                                              \
    X(cycles, "whole run")                                                                                            \
    X(stationary_cycles, "loading stationary elements")                                                               \
    X(stream_cycles, "stream steps; blocking: also drains and the Gustavson chunk merges")                            \
    X(merge_cycles, "separate merging phase")                                                                         \
    X(stall_cycles, "blocking: DRAM time of missing steps, last store; pipelined: all that is not booked elsewhere")

/* Event counts: X(name, unit and meaning). */
#define SC_SIM_COUNTS(X)                                                                                              \
    X(tiles, "stationary tiles")                                                                                      \
    X(steps, "stream steps, empty ones included")                                                                     \
    X(str_reads, "words of B read: blocking one per multiplier, pipelined distinct ones per step")                    \
    X(l1_accesses, "words through the cache: blocking A, B and folded C; pipelined B")                                \
    X(l1_misses, "missing lines")                                                                                     \
    X(lines_touched, "distinct lines ever accessed")                                                                  \
    X(products, "effectual multiplies")                                                                               \
    X(merge_inputs, "elements into the merging phase's passes")                                                       \
    X(merge_outputs, "elements out of the merging phase's passes, intermediate ones included")                        \
    X(merge_passes, "passes of the merging phase; an outer-product row without fibers has none")                      \
    X(tree_merged, "elements of the fibers that Gustavson merges while streaming")                                    \
    X(tree_waits, "pipelined: cycles that the tree takes behind the last step of Gustavson's tiles")                  \
    X(psum_writes, "words; blocking: as published (op: products, gust: split rows' chunk fibers); pipelined: appends") \
    X(psum_reads, "words; blocking: as psum_writes; pipelined: consumed")                                             \
    X(psum_intermediate, "words that intermediate merge passes write and read (pipelined: part of the two above)")    \
    X(spill_write_bytes, "partial sums written to DRAM")                                                              \
    X(spill_read_bytes, "partial sums read back from DRAM")                                                           \
    X(dram_read_bytes, "all DRAM reads")                                                                              \
    X(dram_write_bytes, "all DRAM writes")                                                                            \
    X(nnz_c, "structural nonzeros of C")                                                                              \
    X(fold_loads, "blocking: partial sums of folded rows loaded from C")                                              \
    X(dn_elements, "pipelined: distinct elements through the distribution network")                                   \
    X(intersections, "inner product: elements of B tested for a match")                                               \
    X(stationary_words, "elements loaded into multipliers")

/* What a run does.  "A" and "B" are the stationary and the streamed operand: for N-stationary dataflows the transposes
 * of B and A. */
struct sc_sim_result {
#define X(name, meaning) double name;
    SC_SIM_CYCLES(X)
#undef X
#define X(name, meaning) uint64_t name;
    SC_SIM_COUNTS(X)
#undef X
};

/* A stretch of the run.  Blocking: one "stationary", "stream" or "merge" phase of a tile or an output row; they follow
 * one another without gaps, DRAM waits included, up to the last output.  Pipelined: one window, "stream" or "merge",
 * from when it may start to its end; gaps are waits for DRAM.  events: elements loaded, steps, or elements merged. */
struct sc_sim_phase {
    const char *name;
    double start, end; /* cycles */
    uint64_t events;
};

/* All may be NULL. */
struct sc_sim_options {
    void (*trace)(const struct sc_sim_phase *phase, void *context);
    void *context;
    const volatile sig_atomic_t *cancel;     /* nonzero stops the run at the next tile or output row */
    const struct sc_pattern *a_columns, *b_columns; /* transposes of a and b, to save making them */
};

/* Runs C = a x b on a machine with one dataflow, under the machine's timing policy.  Time: per stream step and per
 * cache line that a step begins or ends, plus one pass over the products.  Memory: the transposes that the dataflow
 * needs, 8 bytes per cache line of the operands, bitmaps no larger than the streamed operand when that is dense, a few
 * words per column of C, never the partial products (pipelined outer product: 8 bytes per nonzero of the stationary
 * operand, and 24 per block of PSRAM).  The constants of the blocking policy are multiplied by counts; as long as they
 * are whole numbers or binary fractions, cycles are exact and do not depend on the order of summation.  `options` may
 * be NULL.  SC_END after a cancellation, SC_BAD_INPUT when the inner dimensions differ, SC_UNSUPPORTED for a machine
 * with fewer than 2 multipliers or a size 0 that the model divides by, SC_NO_MEMORY; `out` is all 0 then.  Source: F.
 * Munoz-Martinez et al., "Flexagon", ASPLOS 2023, and the authors' public simulator (blocking); the paper's text and
 * this project (pipelined). */
int sc_simulate(struct sc_sim_result *out, const struct sc_machine *machine, enum sc_dataflow dataflow,
                const struct sc_pattern *a, const struct sc_pattern *b, const struct sc_sim_options *options,
                struct sc_error *err);

/* Fills the number fields of a result row, `dataflow`, `source` and `bound`; the other text fields and `best` are the
 * caller's. nnz_a and nnz_b are those of the operands as given to sc_simulate(). */
void sc_sim_to_result(struct sc_result *row, const struct sc_sim_result *run, const struct sc_machine *machine,
                      enum sc_dataflow dataflow, uint64_t nnz_a, uint64_t nnz_b, enum sc_energy_case which);

#endif
