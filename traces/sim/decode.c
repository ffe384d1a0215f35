/* decode.c - steps an array that decodes indexed weights: every element gathers its own activations from banked stores.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "systolic.h"
#include "traces/encode.h"

struct sim {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    const struct sc_pattern *weights;
    struct sc_systolic_events *r;
    struct sc_line_buffer lines;
    enum sc_systolic_hold hold;
    uint64_t tile_rows, index_bits, area;
    uint64_t *at, *end;  /* [row][column]: where an element's kernel lies in weights->idx */
    uint64_t *bank;      /* [bank]: reads of a row in a step */
    uint64_t *wanted_at; /* [kernel position]: row-step in which it was asked for last */
    uint64_t row_step;
};

/* The tile in work. */
struct tile {
    uint64_t y_from, y_to;
    uint64_t first_filter, first_channel, rows, cols;
    bool first_use;
    uint64_t steps, cycles, stored;
};

/* The first nonzero of a filter at or behind `column`. */
static uint64_t find(const struct sc_pattern *w, uint64_t filter, uint64_t column)
{
    uint64_t low = w->ptr[filter], high = w->ptr[filter + 1];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (w->idx[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Cycles that row r needs for entry e of its elements: what its busiest bank has to read. */
static uint64_t gather(struct sim *s, const struct tile *t, uint64_t r, uint64_t e)
{
    const struct sc_systolic_layer *l = s->layer;
    uint64_t most = 0;
    s->row_step++;
    memset(s->bank, 0, s->array->gather_banks * sizeof *s->bank);
    for (uint64_t c = 0; c < t->cols; c++) {
        uint64_t element = r * s->array->cols + c, q = s->at[element] + e;
        if (q >= s->end[element])
            continue;
        uint64_t position = s->weights->idx[q] - (t->first_channel + r) * s->area;
        bool again = s->wanted_at[position] == s->row_step && s->array->gather_multicast;
        uint64_t line =
            l->in_width < l->kernel_width ? l->kernel_width : l->in_width; /* where the next input row begins */
        uint64_t address = position / l->kernel_width * line + position % l->kernel_width;
        uint64_t *bank = &s->bank[address % s->array->gather_banks];
        *bank += !again;
        most = *bank > most ? *bank : most;
        s->wanted_at[position] = s->row_step;
    }
    return most;
}

/* Every element finds its kernel; the steps of a pixel are gone through once, all pixels being alike. */
static void plan_tile(struct sim *s, struct tile *t)
{
    t->steps = t->cycles = t->stored = 0;
    for (uint64_t r = 0; r < t->rows; r++)
        for (uint64_t c = 0; c < t->cols; c++) {
            uint64_t element = r * s->array->cols + c, channel = t->first_channel + r;
            s->at[element] = find(s->weights, t->first_filter + c, channel * s->area);
            s->end[element] = find(s->weights, t->first_filter + c, (channel + 1) * s->area);
            uint64_t entries = s->end[element] - s->at[element];
            t->stored += entries;
            t->steps = entries > t->steps ? entries : t->steps;
        }
    for (uint64_t e = 0; e < t->steps; e++) {
        uint64_t most = 0;
        for (uint64_t r = 0; r < t->rows; r++) {
            uint64_t cycles = gather(s, t, r, e);
            most = cycles > most ? cycles : most;
        }
        t->cycles += most;
    }
}

/* Element-cycles of a pixel: every element multiplies, waits for longer kernels or gathers of others, or has nothing to
 * do at all. */
static void count_pixel(struct sim *s, const struct tile *t, bool first_part, bool last_part)
{
    struct sc_systolic_events *r = s->r;
    uint64_t rows = s->array->rows, cols = s->array->cols;
    r->steady_cycles += t->cycles;
    r->macs += t->stored;
    r->gathers += t->stored;
    r->idle_conflicts += (t->cycles - t->steps) * rows * cols;
    r->idle_columns += t->steps * rows * (cols - t->cols);
    r->idle_rows += t->steps * (rows - t->rows) * t->cols;
    r->idle_mixed += t->steps * t->rows * t->cols - t->stored;
    r->psum_shifts += t->steps * t->cols * rows;
    for (uint64_t c = 0; c < t->cols; c++) {
        r->psum_reads += !first_part;
        r->psum_writes += !last_part;
        r->dram_output_bits += last_part ? s->array->activation_bits : 0;
    }
}

static void read_weights(struct sim *s, const struct tile *t, bool from_dram)
{
    s->r->weight_reads += t->stored;
    s->r->weight_read_bits += t->stored * s->array->weight_bits;
    s->r->dram_weight_bits += from_dram ? t->stored * s->array->weight_bits : 0;
}

static void load_tile(struct sim *s, const struct tile *t)
{
    bool from_dram = s->hold == SC_HOLD_LAYER ? t->first_use : s->hold == SC_HOLD_PIXEL_TILE;
    uint64_t cycles = s->array->double_buffered ? 0 : t->steps * s->array->rows;
    if (s->array->output_stationary)
        s->r->dram_weight_bits += from_dram ? t->stored * s->array->weight_bits : 0;
    else
        read_weights(s, t, from_dram);
    s->r->load_cycles += cycles;
    s->r->idle_load += cycles * s->array->rows * s->array->cols;
}

static void run_tile(struct sim *s, struct tile *t)
{
    uint64_t count = 0, channels = s->layer->channels;
    plan_tile(s, t);
    load_tile(s, t);
    sc_line_buffer_pass(&s->lines, t->y_from);
    for (uint64_t y = t->y_from; y < t->y_to; y++) {
        s->r->dram_input_bits += sc_line_buffer_need(&s->lines, y, t->first_channel, t->rows);
        for (uint64_t x = 0; x < s->layer->out_width; x++, count++) {
            if (s->array->output_stationary && count % s->array->weight_uses == 0)
                read_weights(s, t, s->hold == SC_HOLD_BLOCK);
            count_pixel(s, t, t->first_channel == 0, t->first_channel + t->rows == channels);
        }
    }
    uint64_t fill = s->array->rows - 1 + s->array->cols - 1 + s->array->latency;
    s->r->fill_cycles += fill;
    s->r->idle_fill += fill * s->array->rows * s->array->cols;
    s->r->tiles++;
}

/* Indices are read with the weights: of all tiles once per block of pixels, or per pixel tile. */
static void read_indices(struct sim *s, const struct tile *t)
{
    uint64_t pixels = (t->y_to - t->y_from) * s->layer->out_width, uses = s->array->weight_uses, times = 1;
    if (s->array->output_stationary)
        times = pixels / uses + (pixels % uses != 0);
    s->r->weight_read_bits += times * s->index_bits;
    if (s->hold == SC_HOLD_LAYER)
        s->r->dram_index_bits += t->first_use ? s->index_bits : 0;
    else
        s->r->dram_index_bits += s->hold == SC_HOLD_PIXEL_TILE ? s->index_bits : times * s->index_bits;
}

static int run_layer(struct sim *s, const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    const struct sc_systolic_layer *l = s->layer;
    struct tile t = {.first_use = true};
    for (uint64_t image = 0; image < l->images; image++) {
        sc_line_buffer_picture(&s->lines);
        for (t.y_from = 0; t.y_from < l->out_height; t.y_from += s->tile_rows) {
            uint64_t left = l->out_height - t.y_from;
            t.y_to = t.y_from + (left < s->tile_rows ? left : s->tile_rows);
            sc_line_buffer_tile(&s->lines, t.y_from);
            read_indices(s, &t);
            for (t.first_filter = 0; t.first_filter < l->filters; t.first_filter += s->array->cols) {
                if (cancel && *cancel)
                    return sc_fail(err, SC_END, NULL, 0, "simulation cancelled");
                t.cols = l->filters - t.first_filter < s->array->cols ? l->filters - t.first_filter : s->array->cols;
                for (t.first_channel = 0; t.first_channel < l->channels; t.first_channel += s->array->rows) {
                    t.rows =
                        l->channels - t.first_channel < s->array->rows ? l->channels - t.first_channel : s->array->rows;
                    run_tile(s, &t);
                }
            }
            t.first_use = false;
        }
    }
    return SC_OK;
}

static int open_parts(struct sim *s, struct sc_error *err)
{
    const struct sc_systolic *a = s->array;
    const struct sc_systolic_layer *l = s->layer;
    struct sc_format_size size;
    uint64_t elements = (uint64_t)a->rows * a->cols, longest = s->area < 64 ? s->area : 64;
    int status =
        sc_format_encode(&size, a->format, &a->widths, s->weights, l->kernel_height, l->kernel_width, NULL, err);
    if (status != SC_OK)
        return status;
    s->index_bits = (uint64_t)size.index_bits;
    s->hold = sc_systolic_weight_hold(a, (double)(s->weights->nnz * a->weight_bits + s->index_bits),
                                      (double)(longest * elements * a->weight_bits));
    s->at = calloc((size_t)elements, sizeof *s->at);
    s->end = calloc((size_t)elements, sizeof *s->end);
    s->bank = calloc(a->gather_banks, sizeof *s->bank);
    s->wanted_at = calloc((size_t)s->area, sizeof *s->wanted_at);
    if (!s->at || !s->end || !s->bank || !s->wanted_at)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the state of the array");
    return sc_line_buffer_init(&s->lines, a, l, s->tile_rows, err);
}

int sc_decode_simulate(struct sc_systolic_events *out, const struct sc_systolic *array,
                       const struct sc_systolic_layer *layer, const struct sc_pattern *weights,
                       const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    struct sim s = {.array = array, .layer = layer, .weights = weights, .r = out};
    s.area = (uint64_t)layer->kernel_height * layer->kernel_width;
    s.tile_rows = sc_systolic_tile_rows(array, layer);
    *out = (struct sc_systolic_events){0};
    int status = open_parts(&s, err);
    if (status == SC_OK)
        status = run_layer(&s, cancel, err);
    if (status == SC_OK)
        sc_systolic_finish(out, array);
    else
        *out = (struct sc_systolic_events){0};
    sc_line_buffer_free(&s.lines);
    free(s.at);
    free(s.end);
    free(s.bank);
    free(s.wanted_at);
    return status;
}
