/* layer_write.h - writes layers as a layer CSV that sc_layer_open() reads back as the same layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LAYER_WRITE_H
#define SC_LAYER_WRITE_H

#include <stdbool.h>

#include "layer.h"
#include "output.h"

/* The CSV being written; after a failure in `status` the rest is skipped.  Set output, err and with. */
struct sc_layer_sheet {
    struct sc_output *output;
    struct sc_error *err;
    int status;
    unsigned with; /* columns beyond the usual ones, of enum sc_layer_columns */
    bool in_row;   /* a cell of the current row is written */
};

/* Writes the header; columns passed through whose names mean something to us are renamed. */
void sc_layer_put_header(struct sc_layer_sheet *sheet, const char *const *extra, size_t extras);

/* Writes a layer as a row; paths of pattern files become absolute. */
void sc_layer_put(struct sc_layer_sheet *sheet, const struct sc_layer *layer);

/* The next layer of a source, SC_END after the last. */
typedef int sc_layer_source(void *source, struct sc_layer *layer, struct sc_error *err);

/* Writes all layers of a source to `path`, whole or not at all; *layers counts them. */
int sc_layer_write_all(const char *path, unsigned with, const char *const *extra, size_t extras, sc_layer_source *next,
                       void *source, uint64_t *layers, struct sc_error *err);

/* Writes a list of one layer, with the columns of enum sc_layer_columns in `with`, to `path`, whole or not at all. */
int sc_layer_write_one(const struct sc_layer *layer, const char *path, unsigned with, struct sc_error *err);

#endif
