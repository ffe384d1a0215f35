/* oracle.h - a naive, word-by-word simulator of the Flexagon family, the yardstick of the fast one.
 *
 * Written straight from the specification of the two timing policies; it shares nothing with the simulator it
 * judges but the structs for patterns, machines and errors.  Clarity over speed: sets are plain arrays, the cache
 * is a list per set, partial-sum fibers are materialised.  The places where the specification is open are marked
 * "Reading:".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdint.h>

#include "estimator/error.h"
#include "estimator/machine.h"
#include "traces/pattern.h"

/* Cycles and how they are booked: X(name, what).  cycles is the sum of the other four. */
#define ORACLE_CYCLES(X)                                                                                              \
    X(cycles, "whole run, not rounded")                                                                               \
    X(stationary_cycles, "loading stationary elements")                                                               \
    X(stream_cycles, "stream steps; blocking: also drains and the Gustavson chunk merges")                            \
    X(merge_cycles, "separate merging phase")                                                                         \
    X(stall_cycles, "blocking: DRAM time of missing steps; pipelined: all that is not booked elsewhere")

/* Event counts: X(name, unit and meaning). */
#define ORACLE_COUNTS(X)                                                                                              \
    X(tiles, "stationary tiles")                                                                                      \
    X(steps, "stream steps, empty ones included")                                                                     \
    X(str_reads, "words of B read: blocking one per multiplier, pipelined distinct ones per step")                    \
    X(l1_accesses, "words through the cache: blocking A, B and folded C; pipelined B")                                \
    X(l1_misses, "missing lines")                                                                                     \
    X(lines_touched, "distinct lines ever accessed")                                                                  \
    X(products, "effectual multiplies")                                                                               \
    X(merge_outputs, "elements out of the merging phase's passes, intermediate ones included")                        \
    X(merge_passes, "passes of the merging phase; an outer-product row without fibers has none")                      \
    X(psum_writes, "words; blocking: as published (op: products, gust: split rows' chunk fibers); pipelined: appends") \
    X(psum_reads, "words; blocking: as psum_writes; pipelined: consumed")                                             \
    X(psum_intermediate, "words that intermediate merge passes write and read (pipelined: part of the two above)")    \
    X(spill_write_bytes, "partial sums written to DRAM")                                                              \
    X(spill_read_bytes, "partial sums read back from DRAM")                                                           \
    X(dram_read_bytes, "all DRAM reads")                                                                              \
    X(dram_write_bytes, "all DRAM writes")                                                                            \
    X(nnz_c, "structural nonzeros of C")                                                                              \
    X(fold_loads, "blocking: partial sums of folded rows loaded from C")                                              \
    X(dn_elements, "pipelined: distinct elements through the distribution network")

struct oracle_result {
#define X(name, meaning) double name;
    ORACLE_CYCLES(X)
#undef X
#define X(name, meaning) uint64_t name;
    ORACLE_COUNTS(X)
#undef X
};

/* Runs C = A x B on `machine` (its `timing` picks the policy) with one of the six Flexagon dataflows.
 * SC_BAD_INPUT when the inner dimensions differ; SC_UNSUPPORTED for a machine with fewer than 2 multipliers or
 * another parameter of size 0 that the model divides by.  Aborts when memory is exhausted: this is test code. */
int oracle_run(struct oracle_result *result, const struct sc_pattern *a, const struct sc_pattern *b,
               const struct sc_machine *machine, enum sc_dataflow dataflow, struct sc_error *err);

/* The machine of Table 5 of the Flexagon paper with the constants of both policies, blocking unless changed. */
struct sc_machine oracle_table5(void);

#endif
