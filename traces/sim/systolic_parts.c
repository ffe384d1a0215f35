/* systolic_parts.c - line buffer and final accounts of the systolic array's simulators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "systolic.h"

int sc_line_buffer_init(struct sc_line_buffer *b, const struct sc_systolic *array,
                        const struct sc_systolic_layer *layer, uint64_t tile_rows, struct sc_error *err)
{
    *b = (struct sc_line_buffer){.array = array, .layer = layer};
    b->reuse = sc_systolic_input_reuse(array, layer, tile_rows);
    bool whole = b->reuse == SC_REUSE_LAYER || b->reuse == SC_REUSE_PIXEL_TILE;
    uint64_t rows_out = b->reuse == SC_REUSE_LAYER ? layer->out_height : b->reuse == SC_REUSE_NONE ? 1 : tile_rows;
    b->channels = whole || layer->channels < array->rows ? layer->channels : array->rows;
    b->rows = (rows_out - 1) * layer->stride_height + layer->kernel_height;
    b->present = calloc((size_t)b->channels, (size_t)b->rows);
    return b->present ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the state of the line buffer");
}

void sc_line_buffer_free(struct sc_line_buffer *b)
{
    free(b->present);
    b->present = NULL;
}

static void empty(struct sc_line_buffer *b, uint64_t y)
{
    memset(b->present, 0, (size_t)(b->channels * b->rows));
    b->base = y * b->layer->stride_height;
}

void sc_line_buffer_picture(struct sc_line_buffer *b)
{
    if (b->reuse == SC_REUSE_LAYER)
        empty(b, 0);
}

void sc_line_buffer_tile(struct sc_line_buffer *b, uint64_t y)
{
    if (b->reuse == SC_REUSE_PIXEL_TILE)
        empty(b, y);
}

void sc_line_buffer_pass(struct sc_line_buffer *b, uint64_t y)
{
    if (b->reuse == SC_REUSE_PASS)
        empty(b, y);
}

uint64_t sc_line_buffer_need(struct sc_line_buffer *b, uint64_t y, uint64_t first, uint64_t count)
{
    const struct sc_systolic_layer *l = b->layer;
    uint64_t bits = 0;
    if (b->reuse == SC_REUSE_NONE)
        empty(b, y);
    for (uint64_t dr = 0; dr < l->kernel_height; dr++) {
        uint64_t padded = y * l->stride_height + dr; /* row of the padded input */
        if (padded < l->pad_top || padded - l->pad_top >= l->in_height)
            continue;
        for (uint64_t j = first; j < first + count; j++) {
            unsigned char *row = &b->present[j % b->channels * b->rows + (padded - b->base)];
            bits += *row ? 0 : l->in_width * b->array->activation_bits;
            *row = 1;
        }
    }
    return bits;
}

void sc_systolic_finish(struct sc_systolic_events *r, const struct sc_systolic *array)
{
    uint64_t elements = (uint64_t)array->rows * array->cols;
    uint64_t busy = r->load_cycles + r->steady_cycles + r->fill_cycles;
    uint64_t bits = r->dram_weight_bits + r->dram_index_bits + r->dram_input_bits + r->dram_output_bits;
    double transfer = ceil((double)bits / array->dram_bits_per_cycle);
    if (transfer > (double)busy)
        r->stall_cycles = (uint64_t)transfer - busy;
    r->idle_stall = r->stall_cycles * elements;
}
