/* periodic.c - steps the periodic systolic array through a layer.
 *
 * Time of a tile: stream element s enters row r at s + r, meets the element of column c at s + r + c, and its partial
 * sum leaves column c at s + (rows - 1) + c.  The next tile starts when the last partial sum has left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "systolic.h"

/* What picks activations for one row, or for one element with selector = per_pe. */
struct index_unit {
    uint32_t slot;
    uint32_t entries;
};

struct sim {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    const struct sc_periodic *table;
    const struct sc_systolic_values *values;
    struct sc_systolic_events *r;
    struct sc_line_buffer lines;
    enum sc_systolic_hold hold;
    uint64_t tile_rows;
    uint64_t now;
    uint32_t *positions;     /* [slot][entry]: kernel positions of the supports */
    uint32_t most;           /* entries of the longest slot */
    struct index_unit *unit; /* [row], or [row][column] */
    uint64_t *offset;        /* [entry][row]: where a row's weights of an entry begin in the tile's stream */
    double *sum;             /* [column]: partial sums of a pixel */
    double *partial;         /* [column][pixel of the tile]: partial sums in their buffer, with values only */
};

/* The tile in work. */
struct tile {
    uint64_t image, y_from, y_to;
    uint64_t first_filter;              /* in the order of the run */
    uint64_t first_channel, rows, cols; /* used ones */
    bool first_use;                     /* its weights were never on chip */
    bool first_part, last_part;         /* first and last channel tile */
    uint64_t steps;                     /* elements per pixel: the longest kernel */
    uint64_t stored;                    /* weights */
    const double *weights;              /* of the tile's stream */
};

static const struct index_unit *unit_of(const struct sim *s, uint64_t row, uint64_t col)
{
    return s->array->per_element ? &s->unit[row * s->array->cols + col] : &s->unit[row];
}

/* How many elements of a row have a weight for entry e. */
static uint64_t columns_with_entry(const struct sim *s, const struct tile *t, uint64_t r, uint64_t e)
{
    uint64_t count = 0;
    if (!s->array->per_element)
        return e < s->unit[r].entries ? t->cols : 0;
    for (uint64_t c = 0; c < t->cols; c++)
        count += e < unit_of(s, r, c)->entries;
    return count;
}

/* Units take up their slots: filter `filter` of column 0, channels from first_channel on. */
static void set_units(struct sim *s, struct tile *t, uint64_t filter)
{
    uint64_t width = s->array->per_element ? s->array->cols : 1;
    t->steps = t->stored = 0;
    for (uint64_t r = 0; r < s->array->rows; r++)
        for (uint64_t c = 0; c < width; c++) {
            struct index_unit *u = &s->unit[r * width + c];
            u->slot = (uint32_t)((filter + c + t->first_channel + r + 1) % s->table->period);
            u->entries = (uint32_t)sc_periodic_entries(s->table, u->slot);
            if (r < t->rows && c < t->cols && u->entries > t->steps)
                t->steps = u->entries;
        }
    for (uint64_t e = 0; e < t->steps; e++)
        for (uint64_t r = 0; r < t->rows; r++) {
            s->offset[e * s->array->rows + r] = t->stored;
            t->stored += columns_with_entry(s, t, r, e);
        }
}

/* Weights come from DRAM when they are not on chip, and pass through the weight buffer into the array. */
static void read_weights(struct sim *s, const struct tile *t, bool from_dram)
{
    for (uint64_t e = 0; e < t->steps; e++)
        for (uint64_t r = 0; r < t->rows; r++) {
            uint64_t weights = columns_with_entry(s, t, r, e);
            s->r->weight_reads += weights;
            s->r->weight_read_bits += weights * s->array->weight_bits;
            s->r->dram_weight_bits += from_dram ? weights * s->array->weight_bits : 0;
        }
}

static void load_tile(struct sim *s, const struct tile *t)
{
    bool from_dram = s->hold == SC_HOLD_LAYER ? t->first_use : s->hold == SC_HOLD_PIXEL_TILE;
    if (s->array->output_stationary) { /* the buffer is filled; elements read it block by block */
        s->r->dram_weight_bits += from_dram ? t->stored * s->array->weight_bits : 0;
    } else {
        read_weights(s, t, from_dram);
    }
    if (s->array->double_buffered)
        return;
    for (uint64_t e = 0; e < t->steps; e++) /* a plane of weights shifts in row by row */
        for (uint64_t r = 0; r < s->array->rows; r++) {
            s->now++;
            s->r->load_cycles++;
            s->r->idle_load += (uint64_t)s->array->rows * s->array->cols;
        }
}

/* The activation under position `p` of channel `j`, 0 in the padding. */
static double activation(const struct sim *s, const struct tile *t, uint64_t j, uint64_t y, uint64_t x, uint32_t p)
{
    const struct sc_systolic_layer *l = s->layer;
    uint64_t row = y * l->stride_height + p / l->kernel_width, col = x * l->stride_width + p % l->kernel_width;
    if (row < l->pad_top || row - l->pad_top >= l->in_height || col < l->pad_left || col - l->pad_left >= l->in_width)
        return 0;
    return s->values
        ->input[((t->image * l->channels + j) * l->in_height + row - l->pad_top) * l->in_width + col - l->pad_left];
}

/* Row r takes entry e of pixel (y, x): the index unit picks the position, the activation goes along the row. */
static void row_step(struct sim *s, const struct tile *t, uint64_t r, uint64_t e, uint64_t y, uint64_t x)
{
    const struct index_unit *u = &s->unit[r];
    uint32_t position = s->positions[(uint64_t)u->slot * s->most + e];
    s->r->line_reads++;
    s->r->activation_shifts += s->array->cols;
    s->r->macs += t->cols;
    if (!s->values)
        return;
    double value = activation(s, t, t->first_channel + r, y, x, position);
    for (uint64_t c = 0; c < t->cols; c++)
        s->sum[c] += value * t->weights[s->offset[e * s->array->rows + r] + c];
}

/* One stream element with a unit per row. */
static void element(struct sim *s, const struct tile *t, uint64_t e, uint64_t y, uint64_t x)
{
    for (uint64_t r = 0; r < s->array->rows; r++) {
        const struct index_unit *u = &s->unit[r];
        if (!s->array->index_registers && !sc_periodic_is_dense(s->table, u->slot) && e < u->entries)
            s->r->index_reads++;
        s->r->idle_columns += s->array->cols - t->cols;
        if (r >= t->rows)
            s->r->idle_rows += t->cols;
        else if (e >= u->entries)
            s->r->idle_mixed += t->cols;
        else
            row_step(s, t, r, e, y, x);
    }
}

/* One stream element where each element of the array selects from the window that its row broadcasts. */
static void broadcast_element(struct sim *s, const struct tile *t, uint64_t e)
{
    for (uint64_t r = 0; r < s->array->rows; r++)
        for (uint64_t c = 0; c < s->array->cols; c++) {
            const struct index_unit *u = unit_of(s, r, c);
            if (!s->array->index_registers && !sc_periodic_is_dense(s->table, u->slot) && e < u->entries)
                s->r->index_reads++;
            if (c >= t->cols)
                s->r->idle_columns++;
            else if (r >= t->rows)
                s->r->idle_rows++;
            else if (e >= u->entries)
                s->r->idle_mixed++;
            else
                s->r->macs++;
        }
}

static void broadcast_window(struct sim *s, const struct tile *t)
{
    for (uint64_t r = 0; r < t->rows; r++)
        for (uint64_t p = 0; p < sc_periodic_area(s->table); p++) {
            s->r->line_reads++;
            s->r->activation_shifts += s->array->cols;
        }
}

/* The sums of a pixel leave the columns: into their buffer, on top of what is there, or out. */
static void drain_pixel(struct sim *s, const struct tile *t, uint64_t y, uint64_t x)
{
    const struct sc_systolic_layer *l = s->layer;
    uint64_t tile_pixel = (y - t->y_from) * l->out_width + x, tile_pixels = s->tile_rows * l->out_width;
    for (uint64_t c = 0; c < t->cols; c++) {
        double value = s->values ? s->sum[c] : 0;
        if (!t->first_part) {
            s->r->psum_reads++;
            value += s->values ? s->partial[c * tile_pixels + tile_pixel] : 0;
        }
        if (!t->last_part) {
            s->r->psum_writes++;
            if (s->values)
                s->partial[c * tile_pixels + tile_pixel] = value;
        } else {
            s->r->dram_output_bits += s->array->activation_bits;
            if (s->values)
                s->values
                    ->output[((t->image * l->filters + t->first_filter + c) * l->out_height + y) * l->out_width + x] +=
                    value;
        }
    }
}

static void pixel(struct sim *s, const struct tile *t, uint64_t y, uint64_t x)
{
    if (s->values)
        memset(s->sum, 0, (size_t)t->cols * sizeof *s->sum);
    if (s->array->per_element)
        broadcast_window(s, t);
    for (uint64_t e = 0; e < t->steps; e++) {
        if (s->array->per_element)
            broadcast_element(s, t, e);
        else
            element(s, t, e, y, x);
        s->r->psum_shifts += t->cols * s->array->rows; /* each column's sum passes all rows */
        s->now++;
        s->r->steady_cycles++;
    }
    drain_pixel(s, t, y, x);
}

static void run_tile(struct sim *s, const struct tile *t)
{
    uint64_t count = 0;
    load_tile(s, t);
    sc_line_buffer_pass(&s->lines, t->y_from);
    for (uint64_t y = t->y_from; y < t->y_to; y++) {
        s->r->dram_input_bits += sc_line_buffer_need(&s->lines, y, t->first_channel, t->rows);
        for (uint64_t x = 0; x < s->layer->out_width; x++, count++) {
            if (s->array->output_stationary && count % s->array->weight_uses == 0)
                read_weights(s, t, s->hold == SC_HOLD_BLOCK);
            pixel(s, t, y, x);
        }
    }
    /* The last element entered row 0 one cycle ago; its sum is the last to leave, from the last column. */
    uint64_t last = s->now - 1 + (s->array->rows - 1) + (s->array->cols - 1) + s->array->latency, end = last + 1;
    s->r->fill_cycles += end - s->now;
    s->r->idle_fill += (end - s->now) * s->array->rows * s->array->cols;
    s->now = end;
    s->r->tiles++;
}

/* All channel tiles of `cols` filters, column 0 being filter `filter` of the network and `ordered` of the run. */
static void run_filters(struct sim *s, const struct tile *area, uint64_t filter, uint64_t ordered, uint64_t cols,
                        uint64_t *stream)
{
    uint64_t channels = s->layer->channels, rows = s->array->rows;
    struct tile t = *area;
    t.first_filter = ordered;
    t.cols = cols;
    for (t.first_channel = 0; t.first_channel < channels; t.first_channel += rows) {
        t.rows = channels - t.first_channel < rows ? channels - t.first_channel : rows;
        t.first_part = t.first_channel == 0;
        t.last_part = t.first_channel + t.rows == channels;
        set_units(s, &t, filter);
        t.weights = s->values ? s->values->weights + *stream : NULL;
        *stream += t.stored;
        run_tile(s, &t);
    }
}

/* All filters over one pixel tile. */
static int run_area(struct sim *s, const struct tile *area, const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    uint64_t filters = s->layer->filters, cols = s->array->cols, stream = 0, ordered = 0;
    uint64_t groups = s->array->per_element ? 1 : s->table->period;
    for (uint64_t phase = 0; phase < groups; phase++) {
        uint64_t left = 0; /* filters phase, phase + groups, ... */
        for (uint64_t i = phase; i < filters; i += groups)
            left++;
        for (uint64_t first = phase; left > 0;) {
            uint64_t used = left < cols ? left : cols;
            if (cancel && *cancel)
                return sc_fail(err, SC_END, NULL, 0, "simulation cancelled");
            run_filters(s, area, first, ordered, used, &stream);
            first += used * groups;
            ordered += used;
            left -= used;
        }
    }
    return SC_OK;
}

static int run_layer(struct sim *s, const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    const struct sc_systolic_layer *l = s->layer;
    struct tile area = {.first_use = true};
    int status = SC_OK;
    for (area.image = 0; area.image < l->images && status == SC_OK; area.image++) {
        sc_line_buffer_picture(&s->lines);
        for (area.y_from = 0; area.y_from < l->out_height && status == SC_OK; area.y_from += s->tile_rows) {
            uint64_t left = l->out_height - area.y_from;
            area.y_to = area.y_from + (left < s->tile_rows ? left : s->tile_rows);
            sc_line_buffer_tile(&s->lines, area.y_from);
            status = run_area(s, &area, cancel, err);
            area.first_use = false;
        }
    }
    return status;
}

/* Kernel positions of every slot, and the bits of the table as the array stores it. */
static void fill_table(struct sim *s)
{
    const struct sc_periodic *t = s->table;
    uint32_t area = (uint32_t)sc_periodic_area(t), rows = s->array->table_per_row ? s->array->rows : t->period,
             width = 0;
    while (UINT64_C(1) << width < area)
        width++;
    for (uint32_t slot = 0; slot < t->period; slot++)
        for (uint32_t p = 0, e = 0; p < area; p++)
            if (sc_periodic_has(t, slot, p))
                s->positions[slot * s->most + e++] = p;
    if (t->period == 1 && t->dense_slot)
        return; /* not pruned: nothing to store */
    for (uint32_t row = 0; row < rows; row++) {
        bool dense = sc_periodic_is_dense(t, row % t->period);
        if (s->array->bitmap_entries)
            s->r->dram_index_bits += area;
        else
            s->r->dram_index_bits += (dense ? 0 : t->kss * width) + (t->dense_slot ? 1 : 0);
    }
    s->r->dram_index_bits += s->array->phase_bits;
}

static int open_parts(struct sim *s, struct sc_error *err)
{
    const struct sc_systolic *a = s->array;
    for (uint32_t slot = 0; slot < s->table->period; slot++)
        s->most =
            sc_periodic_entries(s->table, slot) > s->most ? (uint32_t)sc_periodic_entries(s->table, slot) : s->most;
    s->positions = calloc((size_t)s->most * s->table->period, sizeof *s->positions);
    s->unit = calloc((size_t)a->rows * (a->per_element ? a->cols : 1), sizeof *s->unit);
    s->offset = calloc((size_t)s->most * a->rows, sizeof *s->offset);
    s->sum = calloc(a->cols, sizeof *s->sum);
    if (s->values)
        s->partial = calloc((size_t)(a->cols * s->tile_rows), (size_t)s->layer->out_width * sizeof *s->partial);
    if (!s->positions || !s->unit || !s->offset || !s->sum || (s->values && !s->partial))
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the state of the array");
    fill_table(s);
    uint64_t stored = 0;
    for (uint64_t i = 0; i < s->layer->filters; i++)
        stored += sc_periodic_filter_nonzeros(s->table, i, s->layer->channels) * a->weight_bits;
    s->hold = sc_systolic_weight_hold(a, (double)(stored + s->r->dram_index_bits),
                                      (double)((uint64_t)s->most * a->rows * a->cols * a->weight_bits));
    return sc_line_buffer_init(&s->lines, a, s->layer, s->tile_rows, err);
}

int sc_systolic_simulate(struct sc_systolic_events *out, const struct sc_systolic *array,
                         const struct sc_systolic_layer *layer, const struct sc_periodic *table,
                         const struct sc_systolic_values *values, const volatile sig_atomic_t *cancel,
                         struct sc_error *err)
{
    struct sc_systolic own = *array; /* a single slot leaves nothing to select */
    own.per_element = array->per_element && table->period > 1;
    struct sim s = {.array = &own, .layer = layer, .table = table, .values = values, .r = out};
    *out = (struct sc_systolic_events){0};
    if (array->balanced && table->period > 1)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "psd_balanced is a bound without a mechanism: estimates only");
    if (values && own.per_element)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "values are computed with selector = row only");
    s.tile_rows = sc_systolic_tile_rows(array, layer);
    int status = open_parts(&s, err);
    if (status == SC_OK)
        status = run_layer(&s, cancel, err);
    out->index_read_bits = 0;
    for (uint64_t area = 1; area < sc_periodic_area(table); area *= 2)
        out->index_read_bits += out->index_reads; /* as many bits as it takes to tell positions apart */
    if (status == SC_OK)
        sc_systolic_finish(out, array);
    else
        *out = (struct sc_systolic_events){0};
    sc_line_buffer_free(&s.lines);
    free(s.positions);
    free(s.unit);
    free(s.offset);
    free(s.sum);
    free(s.partial);
    return status;
}
