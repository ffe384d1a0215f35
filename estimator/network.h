/* network.h - the best sequence of dataflows over a whole network, format conversions between layers included.
 *
 * A layer's result is the activation operand of the next layer.  M-stationary dataflows produce it in CSR, N-stationary
 * ones in CSC; where the next dataflow reads the other format, the matrix is converted through DRAM (Flexagon, Table
 * 4).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_NETWORK_H
#define SC_NETWORK_H

#include <stddef.h>

#include "machine.h"

/* Which operand of the next layer the produced matrix is: A as in Table 4 of the paper, or B as in its evaluation,
 * where A holds the weights. */
enum sc_activations { SC_ACTIVATIONS_B, SC_ACTIVATIONS_A };

/* Whether a matrix produced by `previous` must be converted before `next` can read it. */
bool sc_conversion_needed(enum sc_dataflow previous, enum sc_dataflow next, enum sc_activations activations);

/* Cycles of converting a matrix of `nonzeros`: ec_bytes_factor x nonzeros x element_bytes over the DRAM bandwidth. */
double sc_conversion_cycles(const struct sc_machine *machine, double nonzeros);

/* What the choice needs to know of one layer. */
struct sc_stage {
    double cycles[SC_DATAFLOWS]; /* of one occurrence; negative where the dataflow is not available */
    double conversion;           /* cycles of converting its result */
    double count;                /* occurrences in a row, all with the same dataflow */
};

/* Totals of a network under four rules, cycles, count and conversions included. */
struct sc_network_totals {
    double best;             /* the sequence found by dynamic programming */
    double greedy;           /* the fastest dataflow of each layer on its own */
    double single;           /* the best one dataflow for all layers; infinite when none runs them all */
    enum sc_dataflow single_dataflow;
    double conversions;      /* how many conversions the best sequence makes */
};

/* Finds the sequence with the fewest cycles; chosen[i] receives the dataflow of stage i.  At least one dataflow must be
 * available in every stage.  Time and memory are linear in `stages`. */
int sc_network_solve(const struct sc_stage *stage, size_t stages, enum sc_activations activations,
                     enum sc_dataflow *chosen, struct sc_network_totals *totals, struct sc_error *err);

#endif
