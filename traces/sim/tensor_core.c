/* tensor_core.c - simulations of tensor-core GPUs as result rows; the dense path, where every tile takes the same time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "bitmap.h"
#include "warps.h"

static uint64_t parts(uint64_t whole, uint64_t part)
{
    return whole / part + (whole % part > 0);
}

static int run_dense(struct sc_tensor_run *run, const struct sc_tensor_core *core, const struct sc_pattern *a,
                     const struct sc_pattern *b, struct sc_error *err)
{
    uint64_t lanes = (uint64_t)core->quantum_activation * core->quantum_weight,
             k = parts(a->cols, core->tile_k) * core->tile_k;
    uint64_t tiles = parts(a->rows, core->tile) * parts(b->cols, core->tile);
    uint64_t ohmma = parts((uint64_t)core->tile * core->tile, lanes) * k;
    uint64_t cycles = (uint64_t)ceil((double)ohmma / core->dense_efficiency);
    struct sc_warps warps;
    int status = sc_warps_init(&warps, core->sms, core->subcores, err);
    for (uint64_t t = 0; status == SC_OK && t < tiles; t++)
        sc_warps_add(&warps, cycles + (uint64_t)ceil(core->drain_cycles));
    run->compute = status == SC_OK ? (double)sc_warps_end(&warps) : 0;
    run->tiles = (double)tiles;
    run->ohmma = (double)(tiles * ohmma);
    run->slots = (double)(tiles * cycles);
    run->a.values = (double)a->rows * (double)a->cols * core->value_bits;
    run->b.values = (double)b->rows * (double)b->cols * core->value_bits;
    sc_warps_free(&warps);
    return status;
}

/* Both paths do the same products, of which the dense one knows nothing: the sparse run counts them for it, too. */
static void take_counts(struct sc_tensor_run *run, const struct sc_bitmap_counts *c)
{
    run->products = (double)c->products;
    run->nnz_c = (double)c->nnz_c;
}

static void take_sparse(struct sc_tensor_run *run, const struct sc_tensor_core *core, const struct sc_bitmap_counts *c)
{
    run->ohmma = (double)c->ohmma;
    run->bitmaps = (double)c->bitmaps;
    run->slots = (double)c->slots;
    run->waits = (double)c->waits;
    run->tiles = (double)c->tiles;
    run->compute = (double)c->cycles;
    run->a = sc_tensor_encoded(core, run->nnz_a, (double)c->a_tiles, (double)c->a_stored);
    run->b = sc_tensor_encoded(core, run->nnz_b, (double)c->b_tiles, (double)c->b_stored);
}

int sc_sim_tensor_core(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                       const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                       enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    struct sc_tensor_core core = machine->tensor;
    struct sc_tensor_run run = {.M = (double)a->rows,
                                .N = (double)b->cols,
                                .K = (double)a->cols,
                                .nnz_a = (double)a->nnz,
                                .nnz_b = (double)b->nnz};
    struct sc_pattern own = {0};
    struct sc_bitmap_counts counts;
    const struct sc_pattern *columns = options && options->a_columns ? options->a_columns : &own;
    int status = columns == &own ? sc_pattern_transpose(&own, a, err) : SC_OK;
    core.throughput = core.throughput || dataflow == SC_DENSE; /* counting needs no banks */
    if (status == SC_OK)
        status = sc_bitmap_simulate(&counts, &core, &layer->op, columns, b, options, err);
    if (status == SC_OK) {
        take_counts(&run, &counts);
        if (dataflow == SC_DENSE)
            status = run_dense(&run, &machine->tensor, a, b, err);
        else
            take_sparse(&run, &machine->tensor, &counts);
    }
    if (status == SC_OK)
        sc_tensor_row(machine, &layer->op, dataflow == SC_DENSE, &run, which, row);
    sc_pattern_free(&own);
    return status;
}
