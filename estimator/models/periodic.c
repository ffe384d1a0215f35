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
    struct sc_systolic_piece tile;
    for (uint64_t i = 0; sc_systolic_piece(&tile, i, channels, rows, k->table->period); i++) {
        double longest, entries = row_entries(k->table, phase, tile.first, tile.count, &longest);
        if (k->array->balanced) /* every row sees every slot equally often */
            longest = entries / (double)tile.count;
        g->entries += tile.times * entries;
        g->steps += tile.times * longest;
        g->row_steps += tile.times * longest * (double)tile.count;
        g->table_reads += tile.times * index_entries(k->table, phase, tile.first, rows);
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

/* Adds the channel tile `tile` of the filters `across`, each element having a kernel of its own. */
static void add_tile(struct group *g, const struct task *k, const struct sc_systolic_piece *across,
                     const struct sc_systolic_piece *tile)
{
    const struct sc_systolic *array = k->array;
    double tile_longest = 0, longest;
    for (uint64_t j = 0; j < array->cols && j < k->table->period; j++) { /* columns j, j + P, ... are alike */
        double used = j < across->count ? (double)sc_periodic_share(k->table, across->count, j) : 0;
        double entries = row_entries(k->table, across->first + j, tile->first, tile->count, &longest);
        g->weights += tile->times * used * entries;
        tile_longest = used > 0 ? sc_max(tile_longest, longest) : tile_longest;
        g->table_reads += tile->times * (double)sc_periodic_share(k->table, array->cols, j) * /* used or not */
                          index_entries(k->table, across->first + j, tile->first, array->rows);
    }
    g->steps += tile->times * tile_longest;
    g->row_steps += tile->times * tile_longest * (double)tile->count;
}

/* index.per_element: tiles of consecutive filters; the window of a row is read once per pixel and broadcast. */
static void add_ungrouped(struct sc_systolic_counts *c, const struct task *k)
{
    const struct sc_systolic *array = k->array;
    uint64_t filters = k->layer->filters, channels = k->layer->channels, period = k->table->period;
    struct sc_systolic_piece across, tile;
    for (uint64_t i = 0; sc_systolic_piece(&across, i, filters, array->cols, period); i++) {
        struct group g = {.entries = (double)channels * (double)sc_periodic_area(k->table)};
        for (uint64_t j = 0; sc_systolic_piece(&tile, j, channels, array->rows, period); j++)
            add_tile(&g, k, &across, &tile);
        g.weights *= across.times;
        g.filters = across.times * (double)across.count;
        g.tiles = across.times;
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
