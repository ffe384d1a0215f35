/* butterfly.h - the machine family of the multilayer butterfly dataflow: a small mesh of SIMD elements that runs
 * several layers of a butterfly at once.
 *
 * Parameterised from MLX (H. Wu et al., ISCA 2026, doi 10.1109/ISCA66397.2026.00017) and consistent with the abstract
 * of arXiv 2411.00734 by the same first author, whose tables are not public: a proxy, not a reproduction.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_BUTTERFLY_H
#define SC_FAMILIES_BUTTERFLY_H

#include <stdbool.h>
#include <stdint.h>

#include "../error.h"
#include "../operator.h"
#include "../result.h"

/* One array.  Words are SIMD words: one value for each lane.  Lanes hold tokens (or columns of the other axis). */
struct sc_butterfly_array {
    uint32_t mesh_x, mesh_y;        /* PEs; powers of two */
    uint32_t simd_lanes;
    uint32_t element_bytes;         /* of a real number; complex ones take two */
    uint32_t local_points;          /* points of a closed set in each PE */
    uint32_t stage_points_bpmm;     /* longest butterfly of one scratchpad pass */
    uint32_t stage_points_fft;
    uint32_t fft_slots; /* issue slots per complex output of a stage: 4, or 3 with 6 fused operations per unit */
    uint32_t tags;                  /* block instances in flight (B_T) */
    uint32_t load_latency, compute_latency, transfer_latency; /* cycles from a pipe's end to use; transfer: per hop */
    uint32_t skip_distance;         /* PEs that the long links jump; 1: none */
    uint32_t task_blocks;           /* blocks that one configuration of the instruction stores holds */
    uint32_t task_handshake;        /* cycles per configuration besides one per hop across the mesh */
    uint64_t spm_bytes;             /* scratchpad */
    uint32_t spm_bytes_per_cycle;
    uint32_t dense_slots, dense_bubbles; /* dense tiles lose `bubbles` of slots + bubbles to forwarding operands */
    uint32_t dense_tile;            /* rows and words of a PE's tile of a dense product */
    uint32_t special_divisor;       /* exp and division run at 1/this of the SIMD width */
    bool fuse_ffn;                  /* keep what a widening product hands to a narrowing one in the scratchpad */
    double core_watts, memory_watts;
    double idle_fraction;           /* of core_watts, drawn when the compute pipe idles */
};

/* What an array is asked to run. */
enum sc_butterfly_kind {
    SC_BUTTERFLY_BPMM, /* tokens vectors, n_in -> n_out */
    SC_BUTTERFLY_FFT,  /* tokens vectors of n_in points */
    SC_BUTTERFLY_DENSE,/* tokens vectors, n_in -> n_out, dense weights */
    SC_BUTTERFLY_ATTENTION /* tokens queries against n_in keys, n_out wide over all heads */
};

struct sc_butterfly_call {
    enum sc_butterfly_kind kind;
    uint64_t tokens, n_in, n_out;       /* FFT: n_out = n_in */
    uint64_t heads;                     /* attention: >= 1, divides n_out */
    bool complex_in, complex_out;       /* FFT: what DRAM holds on either side; inside it is complex */
    bool input_on_chip, output_on_chip; /* that side stays in the scratchpad: no DRAM traffic */
};

/* What limits a call: X(identifier, name). */
#define SC_BUTTERFLY_BOUNDS(X)                                                                     \
    X(SC_BOUND_COMPUTE, "compute")                                                                 \
    X(SC_BOUND_TRANSFER, "transfer")                                                               \
    X(SC_BOUND_LOAD, "load")                                                                       \
    X(SC_BOUND_STORE, "store")                                                                     \
    X(SC_BOUND_SPM, "scratchpad")                                                                  \
    X(SC_BOUND_DRAM, "DRAM")                                                                       \
    X(SC_BOUND_LAUNCH, "launch")

enum sc_butterfly_bound {
#define X(id, name) id,
    SC_BUTTERFLY_BOUNDS(X)
#undef X
    SC_BUTTERFLY_BOUND_COUNT
};

/* What a call costs, estimated or simulated.  Pipes: busy cycles of one PE (all PEs do the same in the same cycle). */
struct sc_butterfly_cost {
    double cycles;
    double busy[SC_BUTTERFLY_BOUND_COUNT]; /* launch: configurations; closed form: and filling of the pipes */
    double weight_cycles;     /* of the DRAM time, weights fetched before anything else */
    double transfer_words;    /* per point and SIMD group, all passes */
    double spm_read_bytes, spm_write_bytes;
    double dram_read_bytes, dram_write_bytes;
    double multiplies;        /* real multiplies asked for, padding of points included, of lanes not */
    double flop;
    double slots; /* issue slots of one lane that these take: of BPMM, dense and attention as many as multiplies */
    unsigned spm_passes, array_passes;
    enum sc_butterfly_bound bound; /* the busiest resource */
};

/* Bytes that a dense product or an attention moves through DRAM with half of the scratchpad for what stays: operands
 * that fit are read once, else the cheaper one of the two is read again for every resident part of the other. */
struct sc_butterfly_traffic {
    double in, out;
};

struct sc_butterfly_traffic sc_butterfly_dense_traffic(const struct sc_butterfly_array *array,
                                                       const struct sc_butterfly_call *call);

enum { SC_BUTTERFLY_CALLS_MAX = 2 };

/* The calls that an operator of M, N, K (operator.h) is; returns their number.  A 2-D FFT is one over the hidden width
 * for every token and one over the sequence for every padded column, complex in between; `same_length`: FABNet's
 * simulator gives the second one the length of the first.  `dense`: products with butterfly matrices as the dense
 * products that they stand for. */
unsigned sc_butterfly_calls(struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX], const struct sc_operator *op,
                            uint64_t M, uint64_t N, uint64_t K, bool dense, bool same_length);

/* Marks what stays on an array's scratchpad: the vectors between the two halves of a 2-D FFT where they fit half of it,
 * and with fuse_ffn what a widening product hands to a narrowing one. */
void sc_butterfly_keep(struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX], unsigned count,
                       const struct sc_butterfly_array *array);

/* Adds the cost of a call that follows another; `bound` is that of the busiest resource of both. */
void sc_butterfly_cost_add(struct sc_butterfly_cost *sum, const struct sc_butterfly_cost *cost);

/* Fills bound and the number fields of a result row but those that follow from cycles and clock.  stationary: weights
 * on their way in; stream: instructions in the compute pipe; stall: everything else, configurations, filling and
 * waiting for DRAM.  utilization is the share of all lanes' issue slots that the operator needs: of an FFT two per
 * multiply. l1_reads, psum: words of one lane out of and into the scratchpad. */
void sc_butterfly_row(struct sc_result *row, const struct sc_butterfly_array *array,
                      const struct sc_butterfly_cost *cost, double clock_ghz);

/* nnz_a, nnz_b and nnz_c of an operator that is no GEMM: its weights, inputs and outputs. */
void sc_butterfly_sizes(struct sc_result *row, const struct sc_operator *op, double M, double N, double K);

/* SC_UNSUPPORTED with what is wrong for sizes of 0 or above SC_BUTTERFLY_SIZE_MAX, or heads that do not divide the
 * width: for simulators. */
int sc_butterfly_call_check(const struct sc_butterfly_call *call, struct sc_error *err);

const char *sc_butterfly_bound_name(enum sc_butterfly_bound bound);

/* Share of the cycles in which the compute pipe has an instruction (MLX Fig. 22); 0 for no cycles. */
double sc_butterfly_occupancy(const struct sc_butterfly_cost *cost);

/* Joules: (P_core U + P_idle (1 - U) + P_memory) t with the pipe's occupancy U, for a time in seconds. */
double sc_butterfly_energy(const struct sc_butterfly_array *array, const struct sc_butterfly_cost *cost,
                           double seconds);

#endif
