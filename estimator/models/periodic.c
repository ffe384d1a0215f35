/* periodic.c - closed form of the periodic systolic array: tiles, cycles, traffic; dense layers are tables of one slot.
 *
 * Exact: the dataflow has no timing that depends on data.  Cycles follow
 *     G = sum over phases of ceil(filters of the phase / columns)
 *     steady = pixels x sum over tiles of the longest kernel in the tile's rows
 *     fill = (rows + columns - 2 + latency) per tile
 *     cycles = max(load + steady + fill, DRAM bits / DRAM bits per cycle)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../families/systolic.h"
#include "../numeric.h"

/* A layer on an array, with what follows from both. */
struct task {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    const struct sc_periodic *table;
    double channel_tiles, pixels, pixel_tiles; /* of all images */
    double blocks;                             /* runs of weight_uses pixels, cut at pixel tiles; weight-stationary: pixel tiles */
    double weights;                            /* stored */
    uint64_t tile_rows;
};

/* Sums over the channel tiles of one group of filters. */
struct group {
    double filters, tiles;      /* filters in it, filter tiles of it */
    double steps;               /* sum of the longest kernel of each channel tile */
    double row_steps;           /* the same times the used rows */
    double entries;             /* sum over channels of the entries that a row reads */
    double weights;             /* stored weights of the filters */
    double table_reads;         /* sum over all rows of the array of sparse entries */
};

static double ceil_div(double a, double b)
{
    return ceil(a / b);
}

/* Entries and longest kernel of rows [first, first + rows) seen by filters of `phase`. */
static double row_entries(const struct sc_periodic *t, uint64_t phase, uint64_t first, uint64_t rows, double *longest)
{
    double sum = 0;
    *longest = 0;
    for (uint64_t r = 0; r < rows && r < t->period; r++) { /* rows r, r + P, ... share a slot */
        double entries = (double)sc_periodic_entries(t, sc_periodic_slot(t, phase, first + r));
        sum += entries * (double)sc_periodic_share(t, rows, r);
        *longest = sc_max(*longest, entries);
    }
    return sum;
}

/* Entries that the index units of all rows read per pixel: those of sparse slots, unused rows included. */
static double index_entries(const struct sc_periodic *t, uint64_t phase, uint64_t first, uint64_t rows)
{
    double sum = 0;
    for (uint64_t r = 0; r < rows && r < t->period; r++)
        if (!sc_periodic_is_dense(t, sc_periodic_slot(t, phase, first + r)))
            sum += (double)t->kss * (double)sc_periodic_share(t, rows, r);
    return sum;
}

/* The filters of one phase, all of whose kernels in a channel are alike. */
static void phase_group(struct group *g, const struct task *k, uint64_t phase)
{
    uint64_t rows = k->array->rows, channels = k->layer->channels;
    *g = (struct group){.filters = (double)sc_periodic_share(k->table, k->layer->filters, phase)};
    g->tiles = ceil_div(g->filters, k->array->cols);
    for (uint64_t first = 0; first < channels; first += rows) {
        uint64_t used = channels - first < rows ? channels - first : rows;
        double longest, entries = row_entries(k->table, phase, first, used, &longest);
        if (k->array->balanced) /* every row sees every slot equally often */
            longest = entries / (double)used;
        g->entries += entries;
        g->steps += longest;
        g->row_steps += longest * (double)used;
        g->table_reads += index_entries(k->table, phase, first, rows);
    }
    g->weights = g->filters * g->entries;
}

static void add_group(struct sc_systolic_counts *c, const struct task *k, const struct group *g)
{
    const struct sc_systolic *array = k->array;
    double rows = array->rows, cols = array->cols, p = k->pixels;
    c->tiles += k->pixel_tiles * g->tiles * k->channel_tiles;
    c->steady_cycles += p * g->tiles * g->steps;
    c->load_cycles += array->double_buffered ? 0 : k->pixel_tiles * g->tiles * g->steps * rows;
    c->macs += p * g->weights;
    c->weight_reads += k->blocks * g->weights;
    c->line_reads += p * g->tiles * g->entries;
    c->activation_shifts += p * g->tiles * g->entries * cols;
    c->psum_shifts += p * g->filters * g->steps * rows;
    c->index_reads += array->index_registers ? 0 : p * g->tiles * g->table_reads;
    c->idle_columns += p * g->steps * rows * (g->tiles * cols - g->filters);
    c->idle_rows += p * g->filters * (g->steps * rows - g->row_steps);
    c->idle_mixed += p * (g->filters * g->row_steps - g->weights);
}

/* selector = per_pe: tiles of consecutive filters, a kernel per element; the window of a row is read once per pixel and broadcast. */
static void add_ungrouped(struct sc_systolic_counts *c, const struct task *k)
{
    const struct sc_systolic *array = k->array;
    uint64_t filters = k->layer->filters, channels = k->layer->channels;
    double area = (double)sc_periodic_area(k->table);
    for (uint64_t column = 0; column < filters; column += array->cols) {
        uint64_t cols = filters - column < array->cols ? filters - column : array->cols;
        struct group g = {.filters = (double)cols, .tiles = 1};
        for (uint64_t first = 0; first < channels; first += array->rows) {
            uint64_t used = channels - first < array->rows ? channels - first : array->rows;
            double tile_longest = 0, longest;
            for (uint64_t j = 0; j < cols; j++) {
                g.weights += row_entries(k->table, column + j, first, used, &longest);
                tile_longest = sc_max(tile_longest, longest);
            }
            g.steps += tile_longest;
            g.row_steps += tile_longest * (double)used;
            for (uint64_t j = 0; j < array->cols; j++) /* every element has an index unit */
                g.table_reads += index_entries(k->table, column + j, first, array->rows);
        }
        g.entries = (double)channels * area;
        add_group(c, k, &g);
    }
}

/* Rows of input that output rows [from, to) use, without those of the padding. */
static double input_rows(const struct sc_systolic_layer *l, uint64_t from, uint64_t to)
{
    double height = (double)l->in_height, pad = (double)l->pad_top, stride = (double)l->stride_height, rows = 0;
    if (l->stride_height <= l->kernel_height) {
        double low = (double)from * stride - pad, high = ((double)to - 1) * stride - pad + l->kernel_height;
        return sc_max(0, sc_min(high, height) - sc_max(low, 0));
    }
    for (uint64_t y = from; y < to; y++) /* rows between windows are not used */
        rows += sc_max(0, sc_min((double)y * stride - pad + l->kernel_height, height) - sc_max((double)y * stride - pad, 0));
    return rows;
}

/* Input rows fetched per channel and image, each for every pass over the pixels that `scope` asks for. */
static double rows_fetched(const struct task *k, enum sc_systolic_reuse reuse)
{
    const struct sc_systolic_layer *l = k->layer;
    uint64_t step = reuse == SC_REUSE_LAYER ? l->out_height : reuse == SC_REUSE_NONE ? 1 : k->tile_rows;
    double rows = 0;
    if (l->kernel_height == 1 && l->stride_height == 1 && l->pad_top == 0)
        return (double)l->out_height;
    for (uint64_t y = 0; y < l->out_height; y += step)
        rows += input_rows(l, y, l->out_height - y < step ? l->out_height : y + step);
    return rows;
}

static void add_traffic(struct sc_systolic_counts *c, const struct task *k, double filter_tiles)
{
    const struct sc_systolic *array = k->array;
    const struct sc_systolic_layer *l = k->layer;
    uint64_t table_bits = sc_systolic_table_bits(array, k->table);
    uint64_t longest = 0;
    for (uint32_t slot = 0; slot < k->table->period; slot++)
        longest = sc_periodic_entries(k->table, slot) > longest ? sc_periodic_entries(k->table, slot) : longest;
    double bits = k->weights * array->weight_bits, tile = (double)longest * array->rows * array->cols * array->weight_bits;
    enum sc_systolic_hold hold = sc_systolic_weight_hold(array, (uint64_t)bits + table_bits, (uint64_t)tile);
    enum sc_systolic_reuse reuse = sc_systolic_input_reuse(array, l, k->tile_rows);
    double times = hold == SC_HOLD_LAYER ? 1 : hold == SC_HOLD_PIXEL_TILE ? k->pixel_tiles : k->blocks;
    double passes = reuse == SC_REUSE_LAYER || reuse == SC_REUSE_PIXEL_TILE ? 1 : filter_tiles;
    c->dram_weight_bits = bits * times;
    c->dram_index_bits = (double)table_bits;
    c->dram_input_bits = (double)l->images * (double)l->channels * (double)l->in_width * array->activation_bits *
                         rows_fetched(k, reuse) * passes;
    c->dram_output_bits = k->pixels * (double)l->filters * array->activation_bits;
    c->weight_read_bits = c->weight_reads * array->weight_bits;
    c->index_read_bits = c->index_reads * sc_field_width(sc_periodic_area(k->table));
    c->psum_reads = c->psum_writes = k->pixels * (double)l->filters * (k->channel_tiles - 1);
}

/* Runs of `uses` pixels in pixel tiles of tile_rows rows. */
static double weight_blocks(const struct task *k)
{
    const struct sc_systolic_layer *l = k->layer;
    double rows = (double)l->out_height, width = (double)l->out_width, uses = k->array->weight_uses;
    double whole = floor(rows / (double)k->tile_rows), rest = rows - whole * (double)k->tile_rows;
    if (!k->array->output_stationary)
        return k->pixel_tiles;
    return (double)l->images * (whole * ceil_div((double)k->tile_rows * width, uses) + ceil_div(rest * width, uses));
}

int sc_systolic_model(const struct sc_systolic *array, const struct sc_systolic_layer *layer, const struct sc_periodic *table,
                      struct sc_systolic_counts *c, struct sc_error *err)
{
    struct task k = {.array = array, .layer = layer, .table = table, .tile_rows = sc_systolic_tile_rows(array, layer)};
    double images = (double)layer->images, elements = (double)array->rows * array->cols, filter_tiles = 0;
    *c = (struct sc_systolic_counts){0};
    if (k.tile_rows == 0)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "the partial sums of one row of output (%llu pixels, %u filters) do not fit the partial-sum buffer",
                       (unsigned long long)layer->out_width, (unsigned)array->cols);
    k.channel_tiles = ceil_div((double)layer->channels, array->rows);
    k.pixels = images * (double)layer->out_height * (double)layer->out_width;
    k.pixel_tiles = images * ceil_div((double)layer->out_height, (double)k.tile_rows);
    k.blocks = weight_blocks(&k);
    k.weights = (double)sc_periodic_nonzeros(table, layer->filters, layer->channels);
    if (array->per_element && table->period > 1) {
        add_ungrouped(c, &k);
        filter_tiles = ceil_div((double)layer->filters, array->cols);
    } else {
        for (uint32_t phase = 0; phase < table->period; phase++) {
            struct group g;
            phase_group(&g, &k, phase);
            add_group(c, &k, &g);
            filter_tiles += g.tiles;
        }
    }
    c->fill_cycles = c->tiles * (array->rows + array->cols - 2.0 + array->latency);
    add_traffic(c, &k, filter_tiles);
    double dram = c->dram_weight_bits + c->dram_index_bits + c->dram_input_bits + c->dram_output_bits;
    double needed = ceil(dram / array->dram_bits_per_cycle), busy = c->load_cycles + c->steady_cycles + c->fill_cycles;
    c->stall_cycles = sc_max(0, needed - busy);
    c->idle_load = c->load_cycles * elements;
    c->idle_fill = c->fill_cycles * elements;
    c->idle_stall = c->stall_cycles * elements;
    return SC_OK;
}
