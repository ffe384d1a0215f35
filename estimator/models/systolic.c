/* systolic.c - tiles of pixels, traffic with DRAM and the end of the account, for the closed forms of the systolic
 * array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "systolic.h"

#include <math.h>

#include "../numeric.h"

static double ceil_div(double a, double b)
{
    return ceil(a / b);
}

/* Runs of weight_uses pixels, cut at pixel tiles; weights that stay for a tile are read once in each. */
static double weight_blocks(const struct sc_systolic_load *load, const struct sc_systolic *array,
                            const struct sc_systolic_layer *l)
{
    double rows = (double)l->out_height, width = (double)l->out_width, uses = array->weight_uses,
           tile = (double)load->tile_rows;
    double whole = floor(rows / tile), rest = rows - whole * tile;
    if (!array->output_stationary)
        return load->pixel_tiles;
    return (double)l->images * (whole * ceil_div(tile * width, uses) + ceil_div(rest * width, uses));
}

void sc_systolic_load_of(struct sc_systolic_load *load, const struct sc_systolic *array,
                         const struct sc_systolic_layer *l, double weight_bits, double index_bits, double tile_bits)
{
    double images = (double)l->images;
    load->tile_rows = sc_systolic_tile_rows(array, l);
    load->channel_tiles = ceil_div((double)l->channels, array->rows);
    load->pixels = images * (double)l->out_height * (double)l->out_width;
    load->pixel_tiles = images * ceil_div((double)l->out_height, (double)load->tile_rows);
    load->blocks = weight_blocks(load, array, l);
    enum sc_systolic_hold hold = sc_systolic_weight_hold(array, weight_bits + index_bits, tile_bits);
    load->weight_times = hold == SC_HOLD_LAYER ? 1 : hold == SC_HOLD_PIXEL_TILE ? load->pixel_tiles : load->blocks;
}

enum { FOLLOWED = 65536 }; /* rows or tiles that are gone through one by one */

/* Rows of input that output rows [from, to) use, without those of the padding.  Of windows with gaps between them,
 * beyond FOLLOWED, only the rows of the padding are not left out. */
static double input_rows(const struct sc_systolic_layer *l, uint64_t from, uint64_t to)
{
    double height = (double)l->in_height, pad = (double)l->pad_top, stride = (double)l->stride_height, rows = 0;
    if (l->stride_height <= l->kernel_height) {
        double low = (double)from * stride - pad, high = ((double)to - 1) * stride - pad + l->kernel_height;
        return sc_max(0, sc_min(high, height) - sc_max(low, 0));
    }
    if (to - from > FOLLOWED)
        return sc_min(height, (double)(to - from) * l->kernel_height);
    for (uint64_t y = from; y < to; y++) { /* rows between windows are not used */
        double low = (double)y * stride - pad;
        rows += sc_max(0, sc_min(low + l->kernel_height, height) - sc_max(low, 0));
    }
    return rows;
}

/* Input rows fetched per channel and image for each pass over the pixels.  Beyond FOLLOWED tiles all count as the
 * middle one. */
static double rows_fetched(const struct sc_systolic_layer *l, enum sc_systolic_reuse reuse, uint64_t tile_rows)
{
    uint64_t height = l->out_height, step = reuse == SC_REUSE_LAYER ? height : reuse == SC_REUSE_NONE ? 1 : tile_rows;
    double rows = 0;
    if (l->kernel_height == 1 && l->stride_height == 1 && l->pad_top == 0)
        return sc_min((double)height, (double)l->in_height);
    if (height / step > FOLLOWED) {
        uint64_t middle = height / step / 2 * step;
        return (double)height / (double)step * input_rows(l, middle, middle + step);
    }
    for (uint64_t y = 0; y < height; y += step)
        rows += input_rows(l, y, height - y < step ? height : y + step);
    return rows;
}

void sc_systolic_finish_model(struct sc_systolic_counts *c, const struct sc_systolic *array,
                              const struct sc_systolic_layer *l, const struct sc_systolic_load *load,
                              double filter_tiles)
{
    double elements = (double)array->rows * array->cols;
    enum sc_systolic_reuse reuse = sc_systolic_input_reuse(array, l, load->tile_rows);
    double passes = reuse == SC_REUSE_LAYER || reuse == SC_REUSE_PIXEL_TILE ? 1 : filter_tiles;
    c->dram_input_bits = (double)l->images * (double)l->channels * (double)l->in_width * array->activation_bits *
                         rows_fetched(l, reuse, load->tile_rows) * passes;
    c->dram_output_bits = load->pixels * (double)l->filters * array->activation_bits;
    double dram = c->dram_weight_bits + c->dram_index_bits + c->dram_input_bits + c->dram_output_bits;
    double needed = ceil(dram / array->dram_bits_per_cycle), busy = c->load_cycles + c->steady_cycles + c->fill_cycles;
    c->stall_cycles = sc_max(0, needed - busy);
    c->idle_load = c->load_cycles * elements;
    c->idle_fill = c->fill_cycles * elements;
    c->idle_stall = c->stall_cycles * elements;
}

bool sc_systolic_piece(struct sc_systolic_piece *piece, uint64_t index, uint64_t total, uint64_t size, uint64_t period)
{
    uint64_t whole = total / size, kinds = whole < period ? whole : period;
    if (index < kinds)
        *piece = (struct sc_systolic_piece){index * size, size, (double)(whole / period + (whole % period > index))};
    else if (index == kinds && total % size > 0)
        *piece = (struct sc_systolic_piece){whole * size, total % size, 1};
    else
        return false;
    return true;
}
