/* layer_cells.c - the columns behind those of a result: the layer's own, then those passed through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer_cells.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "text.h"

static const char *const base_columns[] = {"M",         "N",         "K",    "density_a", "density_b",
                                           "pattern_a", "pattern_b", "kind", "count"};
static const char *const file_columns[] = {"a", "b"};
static const char *const geometry_columns[] = {
#define X(name) #name,
    SC_GEOMETRY_LIST(X)
#undef X
};
static const char *const heads_columns[] = {"heads"};

enum {
    BASE = sizeof base_columns / sizeof base_columns[0],
    FILES = sizeof file_columns / sizeof file_columns[0],
    GEOMETRY = sizeof geometry_columns / sizeof geometry_columns[0],
    HEADS = sizeof heads_columns / sizeof heads_columns[0]
};
_Static_assert(BASE + FILES + GEOMETRY + HEADS == SC_LAYER_CELLS, "room for every column");

static void add_columns(struct sc_layer_cells *cells, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cells->column[cells->columns++] = names[i];
}

int sc_layer_cells_open(struct sc_layer_cells *cells, unsigned with, const char *const *extra_names, size_t extras,
                        const char *added, struct sc_error *err)
{
    size_t room = SC_LAYER_CELLS + extras + 1;
    *cells = (struct sc_layer_cells){.hidden = SIZE_MAX, .with = with};
    cells->column = calloc(room, sizeof *cells->column);
    cells->cell = calloc(room, sizeof *cells->cell);
    if (!cells->column || !cells->cell)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu columns", room);
    add_columns(cells, base_columns, BASE);
    add_columns(cells, file_columns, with & SC_WITH_FILES ? FILES : 0);
    add_columns(cells, geometry_columns, with & SC_WITH_GEOMETRY ? GEOMETRY : 0);
    add_columns(cells, heads_columns, with & SC_WITH_HEADS ? HEADS : 0);
    cells->own = cells->columns;
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

static void put_count(char out[SC_CELL_SIZE], uint64_t count)
{
    snprintf(out, SC_CELL_SIZE, "%" PRIu64, count);
}

/* The cells that every list has. */
static void put_base(struct sc_layer_cells *cells, const struct sc_layer *layer)
{
    put_count(cells->text[0], layer->M);
    put_count(cells->text[1], layer->N);
    put_count(cells->text[2], layer->K);
    put_density(cells->text[3], layer->density_a);
    put_density(cells->text[4], layer->density_b);
    sc_pattern_format(cells->text[5], SC_CELL_SIZE, &layer->pattern_a);
    sc_pattern_format(cells->text[6], SC_CELL_SIZE, &layer->pattern_b);
    snprintf(cells->text[7], SC_CELL_SIZE, "%s", sc_layer_kind_name(layer->op.kind));
    put_count(cells->text[8], layer->count);
}

static int put_files(struct sc_layer_cells *cells, const struct sc_layer *layer, struct sc_error *err)
{
    const char *const file[FILES] = {layer->a_file, layer->b_file};
    for (int i = 0; i < FILES; i++) {
        free(cells->path[i]);
        int status = sc_absolute_path(&cells->path[i], file[i], err);
        if (status != SC_OK)
            return status;
        cells->cell[BASE + i] = cells->path[i];
    }
    return SC_OK;
}

/* What is unknown, or what the kind does not have, is blank. */
static size_t put_operator(struct sc_layer_cells *cells, const struct sc_operator *op, size_t at)
{
    size_t first = at;
    if (cells->with & SC_WITH_GEOMETRY) {
        bool known = sc_operator_has_geometry(op);
#define X(name) put_count(cells->text[at++], op->name);
        SC_GEOMETRY_LIST(X)
#undef X
        for (size_t i = first; i < at && !known; i++)
            cells->text[i][0] = '\0';
    }
    if (cells->with & SC_WITH_HEADS) {
        put_count(cells->text[at++], op->heads);
        if (op->heads == 0)
            cells->text[at - 1][0] = '\0';
    }
    for (size_t i = first; i < at; i++)
        cells->cell[i] = cells->text[i];
    return at;
}

int sc_layer_cells_fill(struct sc_layer_cells *cells, const struct sc_layer *layer, struct sc_error *err)
{
    int status = cells->with & SC_WITH_FILES ? put_files(cells, layer, err) : SC_OK;

    if (status != SC_OK)
        return status;
    put_base(cells, layer);
    for (size_t i = 0; i < BASE; i++)
        cells->cell[i] = cells->text[i];
    size_t at = put_operator(cells, &layer->op, cells->with & SC_WITH_FILES ? BASE + FILES : BASE);
    for (size_t i = 0; i < layer->extras; i++)
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
