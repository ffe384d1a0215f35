/* formats_rows.h - the rows of `sparsecast formats`: each operand of each layer in each storage format.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FORMATS_ROWS_H
#define SC_FORMATS_ROWS_H

#include "grid.h"
#include "layer.h"
#include "storage_formats.h"

/* Columns: X(name, number, digits in a table, meaning). */
#define SC_FORMATS_COLUMNS(X)                                                 \
    X(layer, false, 0, "name")                                                \
    X(model, false, 0, "network the layer belongs to")                        \
    X(operand, false, 0, "a: weights, b: activations")                        \
    X(fibers, true, 12, "rows of a; rows of b (columns where b is periodic)") \
    X(positions, true, 12, "of a fiber")                                      \
    X(nonzeros, true, 8, "of the operand")                                    \
    X(format, false, 0, "storage format")                                     \
    X(value_bits, true, 8, "values")                                          \
    X(index_bits, true, 8, "indices, stored zeros and tables")                \
    X(total_bits, true, 8, "both")                                            \
    X(index_per_nonzero, true, 4, "index bits / nonzeros")                    \
    X(relative, true, 4, "total / total of the dense format")                 \
    X(smallest, false, 0, "* fewest bits of the operand")                     \
    X(source, false, 0, "closed form: from density and pattern kind; measured: field by field on a pattern")

/* What was asked for. */
struct sc_formats_request {
    struct sc_format_widths widths;
    uint64_t kernel_height, kernel_width; /* of pattern files given with --a and --b; 1: plain matrices */
    uint64_t seed;
    bool measure; /* draw patterns and walk them */
};

/* Sums over a list, per operand and format. */
struct sc_formats_totals {
    double layers, nonzeros[2], value_bits[2][SC_WEIGHT_FORMATS], index_bits[2][SC_WEIGHT_FORMATS];
};

extern const struct sc_grid_column sc_formats_columns[];
extern const size_t sc_formats_column_count;

/* Appends the rows of a layer and adds them, `count` times, to the totals; where a periodic format does not apply, the
 * totals take the dense one. */
int sc_formats_layer(struct sc_grid *grid, struct sc_formats_totals *totals, const struct sc_layer *layer,
                     const struct sc_formats_request *request, struct sc_error *err);

/* Appends the rows of the totals. */
int sc_formats_total_rows(struct sc_grid *grid, const struct sc_formats_totals *totals, struct sc_error *err);

#endif
