/* layer_cells.c - the columns behind those of a result: the layer's own, then those passed through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer_cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "text.h"

/* The last two only where pattern files can be. */
static const char *const LAYER_COLUMNS[SC_LAYER_CELLS] = {
    "M", "N", "K", "density_a", "density_b", "pattern_a", "pattern_b", "kind", "count", "a", "b"};

int sc_layer_cells_open(struct sc_layer_cells *cells, bool files, const char *const *extra_names, size_t extras,
                        const char *added, struct sc_error *err)
{
    size_t room = SC_LAYER_CELLS + extras + 1;
    *cells = (struct sc_layer_cells){.hidden = SIZE_MAX};
    cells->column = calloc(room, sizeof *cells->column);
    cells->cell = calloc(room, sizeof *cells->cell);
    if (!cells->column || !cells->cell)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu columns", room);
    cells->own = files ? SC_LAYER_CELLS : SC_LAYER_CELLS - 2;
    for (size_t i = 0; i < cells->own; i++)
        cells->column[cells->columns++] = LAYER_COLUMNS[i];
    for (size_t i = 0; i < extras; i++) {
        if (added && strcmp(extra_names[i], added) == 0)
            cells->hidden = i;
        else
            cells->column[cells->columns++] = extra_names[i];
    }
    if (added)
        cells->column[cells->columns++] = added;
    sc_layer_cells_blank(cells);
    return SC_OK;
}

void sc_layer_cells_blank(struct sc_layer_cells *cells)
{
    for (size_t i = 0; i < cells->columns; i++)
        cells->cell[i] = "";
}

/* A density of -1 is measured from the operand's file: an empty cell says the same. */
static void put_density(char out[SC_CELL_SIZE], double density)
{
    out[0] = '\0';
    if (density >= 0)
        sc_format_exact(out, density);
}

int sc_layer_cells_fill(struct sc_layer_cells *cells, const struct sc_layer *layer, struct sc_error *err)
{
    sc_format_number(cells->text[0], (double)layer->M, 17);
    sc_format_number(cells->text[1], (double)layer->N, 17);
    sc_format_number(cells->text[2], (double)layer->K, 17);
    put_density(cells->text[3], layer->density_a);
    put_density(cells->text[4], layer->density_b);
    sc_pattern_format(cells->text[5], SC_CELL_SIZE, &layer->pattern_a);
    sc_pattern_format(cells->text[6], SC_CELL_SIZE, &layer->pattern_b);
    snprintf(cells->text[7], SC_CELL_SIZE, "%s", sc_layer_kind_name(layer->op.kind));
    sc_format_number(cells->text[8], (double)layer->count, 17);
    for (size_t i = 0; i < SC_LAYER_CELLS - 2; i++)
        cells->cell[i] = cells->text[i];
    if (cells->own == SC_LAYER_CELLS) {
        const char *const file[2] = {layer->a_file, layer->b_file};
        for (int i = 0; i < 2; i++) {
            free(cells->path[i]);
            int status = sc_absolute_path(&cells->path[i], file[i], err);
            if (status != SC_OK)
                return status;
            cells->cell[SC_LAYER_CELLS - 2 + i] = cells->path[i];
        }
    }
    for (size_t i = 0, at = cells->own; i < layer->extras; i++)
        if (i != cells->hidden)
            cells->cell[at++] = layer->extra[i];
    return SC_OK;
}

void sc_layer_cells_free(struct sc_layer_cells *cells)
{
    free(cells->column);
    free(cells->cell);
    free(cells->path[0]);
    free(cells->path[1]);
    *cells = (struct sc_layer_cells){0};
}
