/* systolic.h - stepwise simulation of the systolic array: index units, line buffer, partial sums, tiles, traffic, event
 * by event.
 *
 * Shares with the closed form only the schedule (estimator/systolic.c: pixel tiles, what stays on chip), never counts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_SYSTOLIC_H
#define SC_SIM_SYSTOLIC_H

#include <signal.h>
#include <stdint.h>

#include "../../estimator/error.h"
#include "../../estimator/families/systolic.h"
#include "simulate.h"
#include "../../estimator/layer.h"
#include "../pattern.h"

/* The counts of struct sc_systolic_counts, as events. */
struct sc_systolic_events {
#define X(name, meaning) uint64_t name;
    SC_SYSTOLIC_COUNTS(X)
#undef X
};

/* Operands with values, to compute what the array computes; all borrowed. */
struct sc_systolic_values {
    const double *input;   /* [image][channel][row][column] */
    const double *weights; /* in the order that sc_periodic_compile() emits */
    double *output;        /* [image][position in the filter order][row][column], added to */
};

/* Runs a layer under `periodic` (or `dense`: a table of one dense slot).  `values` may be NULL; `cancel` too (nonzero
 * stops the run at the next tile with SC_END).  Time: one step per row of the array and stream element.  Errors:
 * SC_UNSUPPORTED (psd_balanced, which has no mechanism; values with selector = per_pe), SC_NO_MEMORY. */
int sc_systolic_simulate(struct sc_systolic_events *out, const struct sc_systolic *array,
                         const struct sc_systolic_layer *layer, const struct sc_periodic *table,
                         const struct sc_systolic_values *values, const volatile sig_atomic_t *cancel,
                         struct sc_error *err);

/* Runs a layer under `decode`: `weights` (filters x channels kernel positions) in the format of the machine.  Filters
 * keep their order. Time: one step per element of the array, tile and longest kernel; pixels of a tile take equal time.
 * Errors as above. */
int sc_decode_simulate(struct sc_systolic_events *out, const struct sc_systolic *array,
                       const struct sc_systolic_layer *layer, const struct sc_pattern *weights,
                       const volatile sig_atomic_t *cancel, struct sc_error *err);

/* The row of the simulators' table for this family (systolic_run.c): lowers the layer, runs it, counts effectual
 * products in the patterns.  Weights called periodic must be so. */
int sc_systolic_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                    const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                    enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);

/* The activations on chip: which rows of which channels are in the line buffer. */
struct sc_line_buffer {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    enum sc_systolic_reuse reuse;
    uint64_t channels, rows; /* that are told apart */
    uint64_t base;           /* input row (top padding included) of row 0 */
    unsigned char *present;
};

/* Free with sc_line_buffer_free(), also after a failure. */
int sc_line_buffer_init(struct sc_line_buffer *b, const struct sc_systolic *array,
                        const struct sc_systolic_layer *layer, uint64_t tile_rows, struct sc_error *err);
void sc_line_buffer_free(struct sc_line_buffer *b);

/* Scopes begin: a picture, a pixel tile whose first row of output is `y`, a pass over it, a row of output. */
void sc_line_buffer_picture(struct sc_line_buffer *b);
void sc_line_buffer_tile(struct sc_line_buffer *b, uint64_t y);
void sc_line_buffer_pass(struct sc_line_buffer *b, uint64_t y);

/* Brings in what output row y needs of `count` channels from `first` on; returns the bits read from DRAM. */
uint64_t sc_line_buffer_need(struct sc_line_buffer *b, uint64_t y, uint64_t first, uint64_t count);

/* Waits for DRAM at the end of the run: fills stall_cycles and the idle_* that follow from cycles. */
void sc_systolic_finish(struct sc_systolic_events *r, const struct sc_systolic *array);

#endif
