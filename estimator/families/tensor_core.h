/* tensor_core.h - GPUs with tensor cores: the dense V100 one and the dual-side sparse one (DSTC).
 *
 * A sub-core (one warp scheduler with its two tensor cores) works on one output tile at a time and issues one
 * instruction per cycle.  On the sparse path an OHMMA multiplies quantum_activation condensed activations with
 * quantum_weight condensed weights; its products are added to an accumulation buffer of banks.  Source: Y. Wang et
 * al., "Dual-side Sparse Tensor Core", ISCA 2021, arXiv 2105.09564, mostly through secondary descriptions; every
 * value's own source stands in data/machines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TENSOR_CORE_H
#define SC_TENSOR_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "../energy.h"

enum { SC_TENSOR_TILE_MAX = 32 }; /* a vector of an output tile is one 32-bit bitmap */

/* Events that cost energy: X(field, key, unit of the event, meaning). */
#define SC_TENSOR_EVENTS(X)                                                                                            \
    X(mac, "multiply", "product", "multiply and add of one product")                                                   \
    X(gated, "gated_lane", "idle lane", "multiplier of an OHMMA without a product")                                    \
    X(sum_read, "sum_read", "partial sum", "read of the accumulation buffer")                                          \
    X(sum_write, "sum_write", "partial sum", "write of the accumulation buffer")                                       \
    X(scatter, "scatter", "product", "crossbar between multipliers and accumulation buffer, there and back")           \
    X(operand, "operand", "value", "value from the register file to a tensor core")                                    \
    X(bitmap, "bitmap", "4 bits", "4 bits of bitmap from the register file")                                           \
    X(shared, "shared", "256 bits", "values through the on-chip global buffer")                                        \
    X(shared_bitmap, "shared_bitmap", "64 bits", "bitmaps and pointers through the on-chip global buffer")             \
    X(dram, "dram", "64 bits", "DRAM, reads and writes alike")

enum sc_tensor_event {
#define X(field, key, unit, meaning) SC_TENSOR_##field,
    SC_TENSOR_EVENTS(X)
#undef X
    SC_TENSOR_EVENT_COUNT
};

/* The part of a machine that only this family has. */
struct sc_tensor_core {
    uint32_t sms, subcores;             /* sub-cores of each SM */
    uint32_t tile, tile_k;              /* output tile tile x tile, elements of K per step of a warp */
    uint32_t quantum_activation, quantum_weight; /* values per OHMMA */
    bool activations_are_b;             /* else operand A holds the activations */
    uint32_t popcount_slots, skip_slots;/* issue slots per non-empty and per empty pair of warp tiles */
    uint32_t im2col_slots, stride_slots;/* issue slots per warp tile of a lowered operand; the latter beyond stride 1 */

    uint32_t banks, window;             /* of the accumulation buffer; OHMMAs whose accesses the collector merges */
    uint32_t mask_cycles; /* cycles of every bank per k, to take the output bitmap's bits of its own words */
    bool scattered_banks; /* words dealt to banks pseudo-randomly, else by row and column mod the quanta */
    bool throughput;                    /* instead of banks: sums_per_cycle and k_cycles */
    double sums_per_cycle, k_cycles;

    double drain_cycles, launch_cycles; /* per output tile; per layer */
    double dense_efficiency;            /* of the dense path, 0..1 */

    uint32_t value_bits, pointer_bits, output_bits;
    bool empty_bitmaps;                 /* empty tiles store a bitmap, too */
    uint32_t block_m, block_n;          /* rows and columns of C per thread block, for traffic of the L2 cache */
    uint64_t l2_bytes;
    double l2_bytes_per_cycle;
    double area_overhead, power_overhead; /* of the GPU for the sparse path, fractions */

    double nominal_pj[SC_TENSOR_EVENT_COUNT];         /* as the machine file has them */
    double pj[SC_TENSOR_EVENT_COUNT][SC_ENERGY_CASES]; /* one source: low and high equal nominal */
};

struct sc_machine;
struct sc_operator;
struct sc_result;

/* What one operand takes in memory. */
struct sc_tensor_bits {
    double values, format; /* bits; format: bitmaps and pointers */
};

/* Two-level bitmap format: element bits of stored tiles, one warp bit and one pointer per tile.  `tiles` tiles of
 * tile x tile_k elements, `stored` of them not empty. */
struct sc_tensor_bits sc_tensor_encoded(const struct sc_tensor_core *core, double nonzeros, double tiles,
                                        double stored);

/* What a layer makes the machine do; expected values or counts. */
struct sc_tensor_run {
    double M, N, K;
    double nnz_a, nnz_b, nnz_c, products;
    double ohmma;          /* executed */
    double bitmaps;        /* k steps with an output bitmap (BOHMMA) */
    double slots, waits;   /* issue slots, and waits for the accumulation buffer, of all sub-cores, cycles */
    double tiles;          /* output tiles */
    double compute;        /* cycles until the last sub-core is done, launch not included */
    struct sc_tensor_bits a, b; /* whole operands */
};

/* Fills the number fields of a result row: traffic, memory bound, phases, energy.  Phases are means over sub-cores:
 * stationary = launch and drains, stream = issue slots, merge = waits for the accumulation buffer, stall = everything
 * else (DRAM, L2, uneven sub-cores).  l1_reads are the values sent to the tensor cores. */
void sc_tensor_row(const struct sc_machine *machine, const struct sc_operator *op, bool dense,
                   const struct sc_tensor_run *run, enum sc_energy_case which, struct sc_result *row);

/* What the row of a run is made of beside the run itself: events that cost energy, traffic and its cycles. */
struct sc_tensor_account {
    double count[SC_TENSOR_EVENT_COUNT];
    double l2_bytes, dram_bytes, l2_cycles, dram_cycles;
};
void sc_tensor_account(struct sc_tensor_account *account, const struct sc_machine *machine,
                       const struct sc_operator *op, bool dense, const struct sc_tensor_run *run);

/* The bank of every word of an output tile.  Scattered: each bank gets as many words as any other, or one more, in a
 * fixed pseudo-random order (after B. R. Rau, "Pseudo-randomly interleaved memory", ISCA 1991); else the words of an
 * aligned full OHMMA lie in different ones: by row and column modulo the quanta. */
typedef uint16_t sc_tensor_banks[SC_TENSOR_TILE_MAX][SC_TENSOR_TILE_MAX];
void sc_tensor_deal_banks(const struct sc_tensor_core *core, sc_tensor_banks banks);

/* Issue slots that a warp tile costs before its OHMMAs: counting bits and, for convolutions, lowering the
 * activations. */
double sc_tensor_tile_slots(const struct sc_tensor_core *core, const struct sc_operator *op);

#endif
