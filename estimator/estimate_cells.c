/* estimate_cells.c - the columns behind those of a result: the layer's own, then those passed through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate_run.h"
#include "text.h"

static const char *const LAYER_COLUMNS[SC_LAYER_CELLS] = {"M", "N", "K", "density_a", "density_b", "pattern_a", "pattern_b",
                                                          "kind", "count"};

int sc_estimate_cells_open(struct sc_estimate_run *run, struct sc_error *err)
{
    size_t extras;
    const char *const *extra = sc_layer_extra_names(run->reader, &extras);
    run->columns = SC_LAYER_CELLS + extras;
    run->column = calloc(run->columns, sizeof *run->column);
    run->cell = calloc(run->columns, sizeof *run->cell);
    if (!run->column || !run->cell)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu columns", run->columns);
    for (size_t i = 0; i < run->columns; i++) {
        run->column[i] = i < SC_LAYER_CELLS ? LAYER_COLUMNS[i] : extra[i - SC_LAYER_CELLS];
        run->cell[i] = i < SC_LAYER_CELLS ? run->text[i] : "";
    }
    return SC_OK;
}

/* A density of -1 is measured from the operand's file: an empty cell says the same. */
static void put_density(char out[SC_CELL_SIZE], double density)
{
    out[0] = '\0';
    if (density >= 0)
        sc_format_exact(out, density);
}

void sc_estimate_cells_fill(struct sc_estimate_run *run, const struct sc_layer *layer)
{
    static const char *const kinds[] = {[SC_GEMM] = "gemm", [SC_CONV] = "conv"};
    sc_format_number(run->text[0], (double)layer->M, 17);
    sc_format_number(run->text[1], (double)layer->N, 17);
    sc_format_number(run->text[2], (double)layer->K, 17);
    put_density(run->text[3], layer->density_a);
    put_density(run->text[4], layer->density_b);
    sc_pattern_format(run->text[5], SC_CELL_SIZE, &layer->pattern_a);
    sc_pattern_format(run->text[6], SC_CELL_SIZE, &layer->pattern_b);
    snprintf(run->text[7], SC_CELL_SIZE, "%s", kinds[layer->kind]);
    sc_format_number(run->text[8], (double)layer->count, 17);
    for (size_t i = 0; i < layer->extras; i++)
        run->cell[SC_LAYER_CELLS + i] = layer->extra[i];
}

void sc_estimate_cells_free(struct sc_estimate_run *run)
{
    free(run->column);
    free(run->cell);
}
