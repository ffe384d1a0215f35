/* layer_cells.h - the columns behind those of a result, which make a result CSV a layer list too: the layer's own,
 * then those passed through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LAYER_CELLS_H
#define SC_LAYER_CELLS_H

#include "layer.h"

enum {
    SC_LAYER_CELLS = 25, /* most columns of the layer itself */
    SC_CELL_SIZE = 80
};

struct sc_layer_cells {
    const char **column, **cell; /* names and values, `columns` of each */
    size_t columns;
    size_t own;    /* of these, the layer's */
    unsigned with; /* of enum sc_layer_columns */
    size_t hidden; /* passed-through column that has the name of `added` */
    char text[SC_LAYER_CELLS][SC_CELL_SIZE];
    char *path[2]; /* absolute paths of the pattern files */
};

/* Names the columns.  `with`: which of enum sc_layer_columns the layers can have.  extra_names[0..extras) are those
 * passed through (borrowed); `added` is the name of one more column at the end, whose cell the caller points to a text
 * (NULL: none).  Free with sc_layer_cells_free(), also after a failure. */
int sc_layer_cells_open(struct sc_layer_cells *cells, unsigned with, const char *const *extra_names, size_t extras,
                        const char *added, struct sc_error *err);

/* Points the cells at a layer's values.  Paths are made absolute, since a result file may be written anywhere. */
int sc_layer_cells_fill(struct sc_layer_cells *cells, const struct sc_layer *layer, struct sc_error *err);

/* Makes all cells empty. */
void sc_layer_cells_blank(struct sc_layer_cells *cells);
void sc_layer_cells_free(struct sc_layer_cells *cells);

#endif
