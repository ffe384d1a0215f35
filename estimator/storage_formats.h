/* storage_formats.h - how many bits an operand takes in each storage format, values and indices apart.
 *
 * Formats of weights after section-by-section descriptions in S. Han et al., "EIE", ISCA 2016 (run length), W. Niu et
 * al., "PatDNN", ASPLOS 2020 (pattern id), S. Kundu et al., IEEE Trans. Computers 69(7), 2020 (periodic supports, table
 * shared by all kernels). Widths are parameters; "minimum" widths are ceil(log2 of the number of values).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_STORAGE_FORMATS_H
#define SC_STORAGE_FORMATS_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "periodic.h"

/* X(identifier, name, index bits).  K fibers (filters, rows) of C channels with kernels of A = height x width positions
 * (matrices: C columns, A = 1), N nonzeros, lg = ceil(log2), f field bits, p pointer bits, b run bits. */
#define SC_WEIGHT_FORMAT_LIST(X)                                                                                \
    X(SC_FORMAT_DENSE, "dense", "none; every position is stored")                                               \
    X(SC_FORMAT_BITMAP, "bitmap", "C K A")                                                                      \
    X(SC_FORMAT_COO, "coo", "N (lg C + lg K + lg height + lg width)")                                           \
    X(SC_FORMAT_CSR, "csr", "N lg(C A) + (K+1) lg(N+1)")                                                        \
    X(SC_FORMAT_CSC, "csc", "N lg K + (C A + 1) lg(N+1)")                                                       \
    X(SC_FORMAT_COO_FIXED, "coo-fixed", "2 N f")                                                                \
    X(SC_FORMAT_CSR_FIXED, "csr-fixed", "N f + (K+1) p")                                                        \
    X(SC_FORMAT_CSC_FIXED, "csc-fixed", "N f + (C A + 1) p")                                                    \
    X(SC_FORMAT_RUN_LENGTH, "run-length", "N b + (stored zeros)(b + value bits)")                               \
    X(SC_FORMAT_PATTERN_ID, "pattern-id", "C K lg V + V A with V distinct kernel supports")                     \
    X(SC_FORMAT_PERIODIC, "periodic", "sparse table rows x n lg A, a flag per row where there is a dense slot") \
    X(SC_FORMAT_PERIODIC_BITMAP, "periodic-bitmap", "table rows x A")

enum sc_weight_format {
#define X(id, name, index_bits) id,
    SC_WEIGHT_FORMAT_LIST(X)
#undef X
        SC_WEIGHT_FORMATS
};

const char *sc_weight_format_name(enum sc_weight_format format);
const char *sc_weight_format_rule(enum sc_weight_format format); /* its index bits, in words */

/* The format called `text`; SC_BAD_USAGE with the nearest name otherwise. */
int sc_weight_format_parse(enum sc_weight_format *format, const char *text, struct sc_error *err);

/* Widths of the parts. */
struct sc_format_widths {
    uint32_t value_bits;               /* w */
    uint32_t field_bits, pointer_bits; /* f, p of the -fixed formats */
    uint32_t run_bits;                 /* b: zeros before a nonzero, at most 2^b - 1 */
    uint32_t table_rows;               /* T, rows of the periodic table; 0: one per slot, T = P */
    uint32_t phase_bits;               /* stored once with a periodic table */
};

/* What the sizes depend on.  Counts are doubles since they may be expected values. */
struct sc_format_facts {
    uint64_t fibers, channels;       /* K, C */
    uint64_t height, width;          /* of a kernel, 1 x 1 for plain matrices */
    double nnz;                      /* N */
    double stored_zeros;             /* that run-length coding needs for runs longer than 2^b - 1 (sc_stored_zeros()) */
    double distinct;                 /* V, distinct kernel supports */
    const struct sc_periodic *table; /* NULL: not periodic */
};

struct sc_format_size {
    double value_bits, index_bits; /* stored zeros count as index */
};

/* Fills `size`; false when the format does not apply (periodic ones without a table). */
bool sc_format_size(struct sc_format_size *size, enum sc_weight_format format, const struct sc_format_widths *widths,
                    const struct sc_format_facts *facts);

/* ceil(log2 count), 0 for counts up to 1. */
uint32_t sc_field_width(uint64_t count);

/* Facts of an operand known by density: every set of nnz of all positions equally likely.  Expected distinct supports:
 * sum over supports of 1 - (1 - P(support))^kernels.  Expected stored zeros: with geometric gaps a nonzero needs q / (1
 * - q) of them, q = (1 - density)^(2^run_bits). */
void sc_format_facts_uniform(struct sc_format_facts *facts, uint64_t fibers, uint64_t channels, uint64_t height,
                             uint64_t width, double nnz, uint32_t run_bits);

/* Facts of a periodic operand, exact. */
void sc_format_facts_periodic(struct sc_format_facts *facts, const struct sc_periodic *table, uint64_t fibers,
                              uint64_t channels, uint32_t run_bits);

#endif
