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

#include "../numeric.h"
#include "systolic.h"

/* A layer on an array, with what follows from both. */
struct task {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    const struct sc_periodic *table;
    struct sc_systolic_load load;
};

/* Sums over the channel tiles of one group of filters. */
struct group {
    double filters, tiles; /* filters in it, filter tiles of it */
    double steps;          /* sum of the longest kernel of each channel tile */
    double row_steps;      /* the same times the used rows */
    double entries;        /* sum over channels of the entries that a row reads */
    double weights;        /* stored weights of the filters */
    double table_reads;    /* sum over all rows of the array of sparse entries */
};

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
    g->tiles = ceil(g->filters / k->array->cols);
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
    double rows = array->rows, cols = array->cols, p = k->load.pixels;
    c->tiles += k->load.pixel_tiles * g->tiles * k->load.channel_tiles;
    c->steady_cycles += p * g->tiles * g->steps;
    c->load_cycles += array->double_buffered ? 0 : k->load.pixel_tiles * g->tiles * g->steps * rows;
    c->macs += p * g->weights;
    c->weight_reads += k->load.blocks * g->weights;
    c->line_reads += p * g->tiles * g->entries;
    c->activation_shifts += p * g->tiles * g->entries * cols;
    c->psum_shifts += p * g->filters * g->steps * rows;
    c->index_reads += array->index_registers ? 0 : p * g->tiles * g->table_reads;
    c->idle_columns += p * g->steps * rows * (g->tiles * cols - g->filters);
    c->idle_rows += p * g->filters * (g->steps * rows - g->row_steps);
    c->idle_mixed += p * (g->filters * g->row_steps - g->weights);
}

/* selector = per_pe: tiles of consecutive filters, a kernel per element; the window of a row is read once per pixel and
 * broadcast. */
static void add_ungrouped(struct sc_systolic_counts *c, const struct task *k)
{
    const struct sc_systolic *array = k->array;
    uint64_t filters = k->layer->filters, channels = k->layer->channels;
    for (uint64_t column = 0; column < filters; column += array->cols) {
        uint64_t cols = filters - column < array->cols ? filters - column : array->cols;
        struct group g = {
            .filters = (double)cols, .tiles = 1, .entries = (double)(channels * sc_periodic_area(k->table))};
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
        add_group(c, k, &g);
    }
}

/* Weights of the largest tile, as reserved in their buffer. */
static double tile_bits(const struct sc_systolic *array, const struct sc_periodic *t)
{
    double longest = 0;
    for (uint32_t slot = 0; slot < t->period; slot++)
        longest = sc_max(longest, (double)sc_periodic_entries(t, slot));
    return longest * array->rows * array->cols * array->weight_bits;
}

void sc_systolic_model(const struct sc_systolic *array, const struct sc_systolic_layer *layer,
                       const struct sc_periodic *table, struct sc_systolic_counts *c)
{
    struct task k = {.array = array, .layer = layer, .table = table};
    double bits = (double)sc_periodic_nonzeros(table, layer->filters, layer->channels) * array->weight_bits,
           filter_tiles = 0;
    double table_bits = (double)sc_systolic_table_bits(array, table);
    *c = (struct sc_systolic_counts){0};
    sc_systolic_load_of(&k.load, array, layer, bits, table_bits, tile_bits(array, table));
    if (array->per_element && table->period > 1) {
        add_ungrouped(c, &k);
        filter_tiles = ceil((double)layer->filters / array->cols);
    } else {
        for (uint32_t phase = 0; phase < table->period; phase++) {
            struct group g;
            phase_group(&g, &k, phase);
            add_group(c, &k, &g);
            filter_tiles += g.tiles;
        }
    }
    c->fill_cycles = c->tiles * (array->rows + array->cols - 2.0 + array->latency);
    c->weight_read_bits = c->weight_reads * array->weight_bits;
    c->index_read_bits = c->index_reads * sc_field_width(sc_periodic_area(table));
    c->psum_reads = c->psum_writes = k.load.pixels * (double)layer->filters * (k.load.channel_tiles - 1);
    c->dram_weight_bits = bits * k.load.weight_times;
    c->dram_index_bits = table_bits;
    sc_systolic_finish_model(c, array, layer, &k.load, filter_tiles);
}
