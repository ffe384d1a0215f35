/* systolic.c - what closed form and simulator of the systolic array share: the schedule's choices, cycles and energy of
 * counts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "families/systolic.h"
#include "numeric.h"

double sc_systolic_sram_pj(const struct sc_systolic *array, double bytes)
{
    static const double anchor[3] = {8192, 32768, 1048576};
    double pj[3] = {array->sram_8k_pj, array->sram_32k_pj, array->sram_1m_pj};
    int low = bytes > anchor[1];
    double slope = log(pj[low + 1] / pj[low]) / log(anchor[low + 1] / anchor[low]);
    return pj[low] * exp(slope * log(sc_max(bytes, 1) / anchor[low]));
}

void sc_systolic_bind(struct sc_systolic *array)
{
    double pj[SC_SYSTOLIC_EVENT_COUNT] = {
        [SC_SYSTOLIC_mac] = array->mac_pj,
        [SC_SYSTOLIC_register_bit] = array->register_pj,
        [SC_SYSTOLIC_weight_bit] = sc_systolic_sram_pj(array, (double)array->weight_bank_bytes),
        [SC_SYSTOLIC_line_bit] = sc_systolic_sram_pj(array, (double)array->line_bank_bytes),
        [SC_SYSTOLIC_psum_bit] = sc_systolic_sram_pj(array, (double)array->psum_bank_bytes),
        [SC_SYSTOLIC_gather_bit] = sc_systolic_sram_pj(array, (double)array->gather_bank_bytes),
        [SC_SYSTOLIC_decode] = array->decode_pj,
        [SC_SYSTOLIC_dram_bit] = array->dram_pj,
    };
    for (int event = 0; event < SC_SYSTOLIC_EVENT_COUNT; event++)
        for (int which = 0; which < SC_ENERGY_CASES; which++)
            array->pj[event][which] = pj[event];
    array->pj[SC_SYSTOLIC_dram_bit][SC_ENERGY_HIGH] = array->dram_high_pj;
}

double sc_systolic_cycles(const struct sc_systolic_counts *c)
{
    return c->load_cycles + c->steady_cycles + c->fill_cycles + c->stall_cycles;
}

void sc_systolic_events(double events[SC_SYSTOLIC_EVENT_COUNT], const struct sc_systolic *array,
                        const struct sc_systolic_counts *c)
{
    events[SC_SYSTOLIC_mac] = c->macs;
    events[SC_SYSTOLIC_register_bit] = c->activation_shifts * array->activation_bits +
                                       c->psum_shifts * array->accumulator_bits + c->index_read_bits;
    events[SC_SYSTOLIC_weight_bit] = c->weight_read_bits + c->dram_weight_bits + c->dram_index_bits;
    events[SC_SYSTOLIC_line_bit] = c->line_reads * array->activation_bits + c->dram_input_bits;
    events[SC_SYSTOLIC_psum_bit] = (c->psum_reads + c->psum_writes) * array->psum_bits;
    events[SC_SYSTOLIC_gather_bit] = c->gathers * array->activation_bits;
    events[SC_SYSTOLIC_decode] = c->gathers;
    events[SC_SYSTOLIC_dram_bit] = c->dram_weight_bits + c->dram_index_bits + c->dram_input_bits + c->dram_output_bits;
}

double sc_systolic_energy(const struct sc_systolic *array, const struct sc_systolic_counts *c,
                          enum sc_energy_case which)
{
    double events[SC_SYSTOLIC_EVENT_COUNT], pj = 0;
    sc_systolic_events(events, array, c);
    for (int event = 0; event < SC_SYSTOLIC_EVENT_COUNT; event++)
        pj += events[event] * array->pj[event][which];
    return pj * 1e-12;
}

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

uint64_t sc_systolic_tile_rows(const struct sc_systolic *array, const struct sc_systolic_layer *layer)
{
    double bits = 8.0 * (double)array->psum_bank_bytes * array->psum_banks;
    double row = (double)layer->out_width * array->cols * array->psum_bits;
    if (ceil_div(layer->channels, array->rows) <= 1 || row * (double)layer->out_height <= bits)
        return layer->out_height;
    return bits >= row ? (uint64_t)(bits / row) : 1;
}

/* Input rows that `rows` rows of output span, paddings included. */
static double rows_spanned(const struct sc_systolic_layer *layer, uint64_t rows)
{
    double span = (double)(rows - 1) * (double)layer->stride_height + layer->kernel_height;
    return sc_min(span, (double)layer->in_height);
}

enum sc_systolic_reuse sc_systolic_input_reuse(const struct sc_systolic *array, const struct sc_systolic_layer *layer,
                                               uint64_t tile_rows)
{
    double bits = 8.0 * (double)array->line_bank_bytes * array->line_banks;
    double channel_row = (double)layer->in_width * array->activation_bits;
    double all = (double)layer->channels * channel_row,
           tile = sc_min(array->rows, (double)layer->channels) * channel_row;
    if (all * (double)layer->in_height * (double)layer->images <= bits)
        return SC_REUSE_LAYER;
    if (all * rows_spanned(layer, tile_rows) <= bits)
        return SC_REUSE_PIXEL_TILE;
    return tile * layer->kernel_height <= bits ? SC_REUSE_PASS : SC_REUSE_NONE;
}

enum sc_systolic_hold sc_systolic_weight_hold(const struct sc_systolic *array, double stored_bits, double tile_bits)
{
    double bits = 8.0 * (double)array->weight_bank_bytes * array->weight_banks;
    if (stored_bits <= bits)
        return SC_HOLD_LAYER;
    return !array->output_stationary || tile_bits <= bits ? SC_HOLD_PIXEL_TILE : SC_HOLD_BLOCK;
}

uint64_t sc_systolic_table_bits(const struct sc_systolic *array, const struct sc_periodic *table)
{
    struct sc_format_widths widths = {.table_rows = array->table_per_row ? array->rows : 0,
                                      .phase_bits = array->phase_bits};
    struct sc_format_facts facts = {.height = table->height, .width = table->width, .table = table};
    struct sc_format_size size;
    if (table->period == 1 && table->dense_slot) /* not pruned */
        return 0;
    sc_format_size(&size, array->bitmap_entries ? SC_FORMAT_PERIODIC_BITMAP : SC_FORMAT_PERIODIC, &widths, &facts);
    return (uint64_t)size.index_bits;
}

static bool is_known(const struct sc_operator *op)
{
    return sc_operator_has_geometry(op) && op->filter_height <= UINT32_MAX && op->filter_width <= UINT32_MAX;
}

/* Kernels of `table` over n pixels in one column, the input as large as the output. */
static void lower_column(struct sc_systolic_layer *layer, const struct sc_periodic *table, uint64_t n, uint64_t k)
{
    layer->kernel_height = table->height;
    layer->kernel_width = table->width;
    layer->channels = k / sc_periodic_area(table);
    layer->images = layer->out_width = layer->in_width = layer->stride_height = layer->stride_width = 1;
    layer->out_height = layer->in_height = n;
    layer->pad_top = (table->height - 1) / 2;
    layer->pad_left = (table->width - 1) / 2;
}

void sc_systolic_lower(struct sc_systolic_layer *layer, struct sc_periodic *table, const struct sc_operator *op,
                       uint64_t m, uint64_t n, uint64_t k, const struct sc_periodic_spec *periodic)
{
    struct sc_error ignored;
    uint64_t channels;
    bool sparse = periodic->kss > 0 && sc_periodic_for(table, &channels, periodic, k, &ignored) == SC_OK;
    *layer = (struct sc_systolic_layer){.filters = m};
    if (!sparse && is_known(op))
        sc_periodic_dense(table, (uint32_t)op->filter_height, (uint32_t)op->filter_width);
    else if (!sparse && op->kind == SC_CONV && k % 9 == 0)
        sc_periodic_dense(table, 3, 3);
    else if (!sparse)
        sc_periodic_dense(table, 1, 1);
    lower_column(layer, table, n, k);
    if (!is_known(op))
        return;
    layer->images = op->batch;
    layer->out_height = op->out_height;
    layer->out_width = op->out_width;
    layer->in_height = op->in_height;
    layer->in_width = op->in_width;
    layer->stride_height = op->stride_height;
    layer->stride_width = op->stride_width;
    layer->pad_top = op->pad_top;
    layer->pad_left = op->pad_left;
}
