/* systolic.h - the systolic array of periodic sparse convolution, and its baselines on the same array.
 *
 * Rows are input channels, columns are filters.  Weights of a tile (filter group, filter tile, channel tile) meet
 * activations that shift right along the rows; partial sums shift down the columns.  Under the dataflow `periodic`
 * filters are ordered by phase, so that all columns of a tile share the supports and one index unit per row picks the
 * activations; `dense` runs every kernel position; `decode` runs weights in an indexed format, each processing element
 * gathering its own activations.
 *
 * Sources: J. H. Heo et al., "Sparse Periodic Systolic Dataflow ...", ISLPED 2022, arXiv 2207.00068 (abstract only: the
 * scheme and three factors); S. Kundu et al., IEEE Trans. Computers 69(7), 2020 (patterns).  Everything else is an
 * assumption, see data/machines/sps.yaml.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SYSTOLIC_H
#define SC_SYSTOLIC_H

#include <stdbool.h>
#include <stdint.h>

#include "../energy.h"
#include "../error.h"
#include "../storage_formats.h"
#include "../operator.h"
#include "../periodic.h"

struct sc_result;

/* What an event of the array costs: X(field, unit of the event).  Energies are bound per machine. */
#define SC_SYSTOLIC_EVENTS(X)                                                   \
    X(mac, "multiply and add")                                                  \
    X(register_bit, "bit written into a register of a processing element")      \
    X(weight_bit, "bit read from or written to a bank of the weight buffer")    \
    X(line_bit, "bit read from or written to a bank of the line buffer")        \
    X(psum_bit, "bit read from or written to a bank of the partial-sum buffer") \
    X(gather_bit, "activation bit gathered by one processing element (decode)") \
    X(decode, "index decoded into an address (decode)")                         \
    X(dram_bit, "bit read from or written to DRAM")

enum sc_systolic_event {
#define X(name, unit) SC_SYSTOLIC_##name,
    SC_SYSTOLIC_EVENTS(X)
#undef X
        SC_SYSTOLIC_EVENT_COUNT
};

/* Keys of the machine file under `systolic`; units and sources in data/machines/README.md. */
struct sc_systolic {
    uint32_t rows, cols;                   /* R_a, C_a */
    uint32_t latency;                      /* L_pipe, cycles added to the fill of a tile */
    uint32_t weight_bits, activation_bits; /* w, a */
    uint32_t psum_bits, accumulator_bits;  /* of a partial sum in its buffer, and in a register of the array */
    bool output_stationary;                /* weights are read again after weight_uses pixels; else once per tile */
    uint32_t weight_uses;                  /* U_w */
    bool per_element;     /* selector = per_pe: each element selects from a broadcast window, no grouping */
    bool balanced;        /* psd_balanced: the optimistic bound on PSD, estimates only */
    bool double_buffered; /* loading weights is hidden behind streaming */
    bool table_per_row;   /* T = rows of the array: each has its own entry; else T = P */
    bool bitmap_entries;  /* table rows are bitmaps, else positions */
    bool index_registers; /* table rows stay in registers of the index units */
    uint32_t phase_bits;  /* stored with a layer's table */
    uint32_t weight_banks, line_banks, psum_banks; /* on-chip buffers are banks of equal size */
    uint64_t weight_bank_bytes, line_bank_bytes, psum_bank_bytes;
    uint32_t gather_banks; /* decode: banks per row, interleaved by address */
    uint64_t gather_bank_bytes;
    bool gather_multicast; /* decode: one read serves all elements of a row that want its address */
    char format_name[24];
    enum sc_weight_format format;   /* decode: how weights are stored, of that name */
    struct sc_format_widths widths; /* decode: fields of that format */
    double dram_bits_per_cycle;
    /* Energy, pJ; SRAM between the three sizes is log-log. */
    double mac_pj, register_pj, decode_pj, sram_8k_pj, sram_32k_pj, sram_1m_pj, dram_pj, dram_high_pj;
    double pj[SC_SYSTOLIC_EVENT_COUNT][SC_ENERGY_CASES]; /* bound from the above */
};

/* Energy per bit of an SRAM bank: log-log between, and beyond the nearest two of, the three sizes. */
double sc_systolic_sram_pj(const struct sc_systolic *array, double bytes);

/* Fills pj[]. */
void sc_systolic_bind(struct sc_systolic *array);

/* What a layer is to the array: a convolution, or a GEMM as one of 1 x 1 kernels on a column of pixels. */
struct sc_systolic_layer {
    uint64_t channels, filters;
    uint64_t images; /* batch */
    uint64_t out_height, out_width, in_height, in_width;
    uint64_t stride_height, stride_width, pad_top, pad_left;
    uint32_t kernel_height, kernel_width;
};

/* What a run of a layer does, in estimates and simulations alike: X(name, unit and meaning).  Element-cycles of the
 * array (rows x cols x cycles) are macs plus all idle_*. */
#define SC_SYSTOLIC_COUNTS(X)                                                            \
    X(tiles, "tiles streamed: filter group x filter tile x channel tile x pixel tile")   \
    X(load_cycles, "cycles of loading weights that nothing hides")                       \
    X(steady_cycles, "cycles in which a stream element enters the array")                \
    X(fill_cycles, "cycles of filling and draining the array")                           \
    X(stall_cycles, "cycles that DRAM takes beyond all others")                          \
    X(macs, "multiplications by a stored weight; activation zeros are not skipped")      \
    X(weight_reads, "weights read from the weight buffer")                               \
    X(weight_read_bits, "bits of weights and their indices read from the weight buffer") \
    X(index_reads, "table entries read (periodic, unless kept in registers)")            \
    X(index_read_bits, "bits of those")                                                  \
    X(line_reads, "activations read from the line buffer")                               \
    X(activation_shifts, "activation registers written")                                 \
    X(psum_shifts, "partial-sum registers written")                                      \
    X(psum_reads, "partial sums read from their buffer")                                 \
    X(psum_writes, "partial sums written to their buffer")                               \
    X(gathers, "activations gathered by one element each (decode)")                      \
    X(dram_weight_bits, "weights read from DRAM, fill of the weight buffer")             \
    X(dram_index_bits, "indices or tables read from DRAM")                               \
    X(dram_input_bits, "activations read from DRAM, fill of the line buffer")            \
    X(dram_output_bits, "activations written to DRAM")                                   \
    X(idle_columns, "element-cycles of columns without a filter")                        \
    X(idle_rows, "element-cycles of rows without a channel")                             \
    X(idle_mixed, "element-cycles of kernels shorter than the longest of their tile")    \
    X(idle_conflicts, "element-cycles of waiting for gathers (decode)")                  \
    X(idle_fill, "element-cycles of filling and draining")                               \
    X(idle_load, "element-cycles of loading weights")                                    \
    X(idle_stall, "element-cycles of waiting for DRAM")

/* Counts as closed forms expect them. */
struct sc_systolic_counts {
#define X(name, meaning) double name;
    SC_SYSTOLIC_COUNTS(X)
#undef X
};

/* Cycles of a run. */
double sc_systolic_cycles(const struct sc_systolic_counts *counts);

/* How often each event that costs energy happens. */
void sc_systolic_events(double events[SC_SYSTOLIC_EVENT_COUNT], const struct sc_systolic *array,
                        const struct sc_systolic_counts *counts);

/* Joules of a run: counts x energy per event.  Writes into buffers cost like reads. */
double sc_systolic_energy(const struct sc_systolic *array, const struct sc_systolic_counts *counts,
                          enum sc_energy_case which);

/* Bits of a periodic table as the array stores it; 0 for a dense layer. */
uint64_t sc_systolic_table_bits(const struct sc_systolic *array, const struct sc_periodic *table);

/* Output rows whose partial sums fit on chip, at most all of a picture; the buffer is taken to hold at least one row.
 * Layers of one channel tile need no such buffer. */
uint64_t sc_systolic_tile_rows(const struct sc_systolic *array, const struct sc_systolic_layer *layer);

/* Where activations stay until they are used again: the largest scope whose input fits the line buffer. */
enum sc_systolic_reuse {
    SC_REUSE_LAYER,      /* read from DRAM once */
    SC_REUSE_PIXEL_TILE, /* once per pixel tile */
    SC_REUSE_PASS,       /* once per filter tile and channel tile */
    SC_REUSE_NONE        /* for every output row that uses them */
};

enum sc_systolic_reuse sc_systolic_input_reuse(const struct sc_systolic *array, const struct sc_systolic_layer *layer,
                                               uint64_t tile_rows);

/* Where weights stay: on chip for the layer, for a pixel tile, or only for weight_uses pixels. */
enum sc_systolic_hold { SC_HOLD_LAYER, SC_HOLD_PIXEL_TILE, SC_HOLD_BLOCK };

/* `stored_bits`: weights and indices of the layer; `tile_bits`: weights of the largest tile. */
enum sc_systolic_hold sc_systolic_weight_hold(const struct sc_systolic *array, double stored_bits, double tile_bits);

/* Closed form of the dataflows `periodic` and, with a table of one dense slot, `dense`: exact (models/periodic.c). */
void sc_systolic_model(const struct sc_systolic *array, const struct sc_systolic_layer *layer,
                       const struct sc_periodic *table, struct sc_systolic_counts *counts);

/* Closed form of the dataflow `decode` (models/decode.c): exact for periodic weights, expected values for `nonzeros`
 * weights anywhere (table NULL).  The order of filters is the layer's own. */
void sc_decode_model(const struct sc_systolic *array, const struct sc_systolic_layer *layer,
                     const struct sc_periodic *table, double nonzeros, struct sc_systolic_counts *counts);

/* The layer on the array: a convolution by its geometry; a layer whose weights are periodic, or a convolution with 9
 * positions per channel, as kernels on pixels of one column, their input as large as their output; anything else as 1 x
 * 1 kernels on such pixels.  `table` is that of the weights, one dense slot when they are not periodic. */
void sc_systolic_lower(struct sc_systolic_layer *layer, struct sc_periodic *table, const struct sc_operator *op,
                       uint64_t m, uint64_t n, uint64_t k, const struct sc_periodic_spec *periodic);

/* Fills bound and the number fields of a result row but products and nonzeros.  Phases: loading weights is stationary,
 * steady streaming stream, fill and drain merge, waiting for DRAM stall.  l1_reads are activations read or gathered,
 * l1_misses activations fetched from DRAM. */
void sc_systolic_result(struct sc_result *row, const struct sc_systolic *array, const struct sc_systolic_counts *counts,
                        enum sc_energy_case which);

#endif
