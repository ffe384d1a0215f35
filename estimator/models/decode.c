/* decode.c - closed form of weights in an indexed format on the same array: load imbalance, gather conflicts, index
 * traffic.
 *
 * Filters keep their order; element (row, column) works through the nonzeros of its kernel, one per step, and gathers
 * an activation for each.  A tile's elements go in step: a pixel takes as many steps as the longest kernel of the tile
 * has nonzeros (imbalance), and a step as many cycles as the busiest bank of any row has different addresses to serve
 * (conflicts; without multicast, requests).  Positions dr, ds of a kernel lie in bank (dr W + ds) mod banks, whatever
 * the pixel, W being the width of the input (at least of a kernel).
 *
 * Exact for periodic weights.  Otherwise positions are taken as nonzero independently with the density d: nonzeros of a
 * kernel are binomial, and position p is the e-th nonzero (from 0) with probability d C(p, e) d^e (1-d)^(p-e).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../numeric.h"
#include "systolic.h"

enum { BANKS_MAX = 1024, STEPS_MAX = 4096 };

/* Kernels with more positions have no conflicts here; addresses that a bank serves in a step beyond MOST are not told
 * apart. */
enum { AREA_MAX = 256, MOST = 16 };

/* What a pixel costs in a tile. */
struct pixel_cost {
    double steps, cycles, weights;
};

static uint64_t bank_of(const struct sc_systolic *a, const struct sc_systolic_layer *l, uint64_t position)
{
    uint64_t width = l->in_width > l->kernel_width ? l->in_width : l->kernel_width;
    return (position / l->kernel_width * width + position % l->kernel_width) % a->gather_banks;
}

/* Kernel positions of the entries of every slot. */
struct entries {
    uint8_t position[SC_PERIOD_MAX][SC_SUPPORT_POSITIONS];
};

static void fill_entries(struct entries *entries, const struct sc_periodic *t)
{
    for (uint32_t slot = 0; slot < t->period; slot++)
        for (uint64_t p = 0, e = 0; p < sc_periodic_area(t); p++)
            if (sc_periodic_has(t, slot, p))
                entries->position[slot][e++] = (uint8_t)p;
}

/* Periodic weights being decoded. */
struct decoded {
    const struct sc_systolic *array;
    const struct sc_systolic_layer *layer;
    const struct sc_periodic *table;
    struct entries entries;
    struct pixel_cost known[SC_PERIOD_MAX][2][2]; /* tiles by slot of their first kernel, short rows, short columns */
};

/* Cycles of step e for a row whose columns have the slots first, first + 1, ...: the busiest bank's different
 * positions, or requests. */
static uint64_t row_cost(const struct decoded *d, uint64_t first, uint64_t cols, uint64_t e)
{
    const struct sc_periodic *t = d->table;
    uint64_t wanted[SC_SUPPORT_POSITIONS] = {0}, load[BANKS_MAX] = {0}, most = 0;
    for (uint64_t c = 0; c < cols && c < t->period; c++) { /* columns c, c + P, ... are alike */
        uint32_t slot = (uint32_t)((first + c) % t->period);
        if (e < sc_periodic_entries(t, slot))
            wanted[d->entries.position[slot][e]] += sc_periodic_share(t, cols, c);
    }
    for (uint64_t p = 0; p < sc_periodic_area(t); p++) {
        uint64_t *bank = &load[bank_of(d->array, d->layer, p)];
        *bank += d->array->gather_multicast ? wanted[p] > 0 : wanted[p];
        most = *bank > most ? *bank : most;
    }
    return most;
}

static void periodic_tile(struct pixel_cost *k, const struct decoded *d, uint64_t base, uint64_t rows, uint64_t cols)
{
    const struct sc_periodic *t = d->table;
    *k = (struct pixel_cost){0};
    for (uint64_t e = 0;; e++) {
        uint64_t most = 0;
        for (uint64_t r = 0; r < rows && r < t->period; r++) {
            uint64_t cost = row_cost(d, base + r + 1, cols, e);
            most = cost > most ? cost : most;
        }
        if (most == 0)
            break;
        k->steps++;
        k->cycles += (double)most;
    }
    for (uint64_t r = 0; r < rows && r < t->period; r++)
        for (uint64_t c = 0; c < cols && c < t->period; c++)
            k->weights += (double)(sc_periodic_share(t, rows, r) * sc_periodic_share(t, cols, c) *
                                   sc_periodic_entries(t, (uint32_t)((base + r + c + 1) % t->period)));
}

static double binomial(double n, double k, double d)
{
    if (d <= 0 || d >= 1)
        return (d <= 0 ? k == 0 : k == n) ? 1 : 0;
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(d) + (n - k) * log1p(-d));
}

/* at_most[n] = P(the busiest bank of a row serves at most n different addresses at step e), n = 0..MOST.  Positions are
 * wanted independently of each other, each when one of the columns has its e-th nonzero there. */
static void row_at_most(double at_most[MOST + 1], const struct sc_systolic *a, const struct sc_systolic_layer *l,
                        double d, double cols, uint64_t e)
{
    uint64_t area = (uint64_t)l->kernel_height * l->kernel_width;
    double wanted[AREA_MAX];
    for (uint64_t p = e; p < area; p++)
        wanted[p] = -expm1(cols * log1p(-sc_min(d * binomial((double)p, (double)e, d), 1 - 1e-12)));
    for (uint64_t n = 0; n <= MOST; n++)
        at_most[n] = 1;
    for (uint64_t bank = 0; bank < a->gather_banks; bank++) {
        double count[MOST + 2] = {1},
                            within = 0; /* P(so many of the bank's positions are wanted), the last: more than MOST */
        for (uint64_t p = e; p < area; p++) {
            if (bank_of(a, l, p) != bank)
                continue;
            count[MOST + 1] += count[MOST] * wanted[p];
            for (uint64_t i = MOST; i > 0; i--)
                count[i] += (count[i - 1] - count[i]) * wanted[p];
            count[0] *= 1 - wanted[p];
        }
        for (uint64_t n = 0; n <= MOST; n++) {
            within += count[n];
            at_most[n] *= sc_min(1, within);
        }
    }
}

/* Expected cycles of step e beyond the first, when the busiest of `rows` rows decides. */
static double conflict_cycles(const struct sc_systolic *a, const struct sc_systolic_layer *l, double d, double rows,
                              double cols, uint64_t e)
{
    double at_most[MOST + 1], more = 0;
    if ((uint64_t)l->kernel_height * l->kernel_width > AREA_MAX)
        return 0; /* left out */
    row_at_most(at_most, a, l, d, cols, e);
    for (uint64_t n = 1; n <= MOST; n++)
        more += 1 - pow(at_most[n], rows);
    return more;
}

/* The share of a row's elements whose e-th nonzero lies in the bank where most do; its mean alone, without the spread
 * around it. */
static double busiest_share(const struct sc_systolic *a, const struct sc_systolic_layer *l, double d, uint64_t e)
{
    double share[BANKS_MAX] = {0}, most = 0;
    for (uint64_t p = e; p < (uint64_t)l->kernel_height * l->kernel_width; p++) {
        double *bank = &share[bank_of(a, l, p)];
        *bank += d * binomial((double)p, (double)e, d);
        most = sc_max(most, *bank);
    }
    return most;
}

/* Expected cost of a tile with kernels of independent positions; d is the density. */
static void random_tile(struct pixel_cost *k, const struct sc_systolic *a, const struct sc_systolic_layer *l, double d,
                        uint64_t rows, uint64_t cols)
{
    double area = (double)l->kernel_height * l->kernel_width, kernels = (double)rows * (double)cols, upto = 0;
    *k = (struct pixel_cost){.weights = kernels * area * d};
    if (area > STEPS_MAX) { /* the largest of so many nearly normal counts */
        k->steps = k->cycles = sc_min(area, area * d + sqrt(2 * log(kernels + 1) * area * d * (1 - d)));
        return;
    }
    for (uint64_t e = 0; e < (uint64_t)area; e++) {
        upto += binomial(area, (double)e, d); /* P(a kernel has at most e nonzeros) */
        double happens = -expm1(kernels * log(sc_max(1e-300, sc_min(1, upto)))), more;
        if (happens < 1e-12)
            break;
        more = a->gather_multicast ? conflict_cycles(a, l, d, (double)rows, (double)cols, e)
                                   : sc_max(0, (double)cols * busiest_share(a, l, d, e) - 1);
        k->steps += happens;
        k->cycles += happens + more;
    }
}

struct totals {
    double steps, cycles, weights;   /* over all tiles, per pixel */
    double column_steps, used_steps; /* steps x used columns; steps x used elements */
    double tiles, columns;
};

static void add_tiles(struct totals *sum, const struct pixel_cost *k, double rows, double cols, double times)
{
    sum->steps += times * k->steps;
    sum->cycles += times * k->cycles;
    sum->weights += times * k->weights;
    sum->column_steps += times * k->steps * cols;
    sum->used_steps += times * k->steps * cols * rows;
    sum->tiles += times;
}

/* All tiles of periodic weights. */
static void sum_periodic_tiles(struct totals *sum, const struct sc_systolic *a, const struct sc_systolic_layer *l,
                               const struct sc_periodic *t)
{
    struct decoded d = {.array = a, .layer = l, .table = t};
    struct sc_systolic_piece across, down;
    fill_entries(&d.entries, t);
    for (uint64_t i = 0; sc_systolic_piece(&across, i, l->filters, a->cols, t->period); i++)
        for (uint64_t j = 0; sc_systolic_piece(&down, j, l->channels, a->rows, t->period); j++) {
            uint64_t base = (across.first % t->period + down.first % t->period) % t->period;
            struct pixel_cost *k = &d.known[base][down.count < a->rows][across.count < a->cols];
            if (k->steps <= 0)
                periodic_tile(k, &d, base, down.count, across.count);
            add_tiles(sum, k, (double)down.count, (double)across.count, across.times * down.times);
        }
}

/* All tiles of other weights; those of the same shape cost the same. */
static void sum_random_tiles(struct totals *sum, const struct sc_systolic *a, const struct sc_systolic_layer *l,
                             double density)
{
    uint64_t whole_rows = l->channels / a->rows, whole_cols = l->filters / a->cols;
    uint64_t rest_rows = l->channels % a->rows, rest_cols = l->filters % a->cols;
    struct pixel_cost k;
    for (int shape = 0; shape < 4; shape++) {
        uint64_t rows = shape & 1 ? rest_rows : a->rows, cols = shape & 2 ? rest_cols : a->cols;
        double times =
            (shape & 1 ? rest_rows > 0 : (double)whole_rows) * (shape & 2 ? rest_cols > 0 : (double)whole_cols);
        if (times <= 0)
            continue;
        random_tile(&k, a, l, density, rows, cols);
        add_tiles(sum, &k, (double)rows, (double)cols, times);
    }
}

void sc_decode_model(const struct sc_systolic *a, const struct sc_systolic_layer *l, const struct sc_periodic *t,
                     double nonzeros, struct sc_systolic_counts *c)
{
    struct sc_format_facts facts;
    struct sc_format_size size;
    struct totals sum = {0};
    double area = (double)l->kernel_height * l->kernel_width,
           positions = (double)l->filters * (double)l->channels * area;
    double rows = a->rows, cols = a->cols;
    if (t)
        sc_format_facts_periodic(&facts, t, l->filters, l->channels, a->widths.run_bits);
    else
        sc_format_facts_uniform(&facts, l->filters, l->channels, l->kernel_height, l->kernel_width, nonzeros,
                                a->widths.run_bits);
    sc_format_size(&size, a->format, &a->widths, &facts);
    if (t)
        sum_periodic_tiles(&sum, a, l, t);
    else
        sum_random_tiles(&sum, a, l, positions > 0 ? nonzeros / positions : 0);
    struct sc_systolic_load load;
    sc_systolic_load_of(&load, a, l, facts.nnz * a->weight_bits, size.index_bits,
                        rows * cols * sc_min(area, 64) * a->weight_bits);
    double p = load.pixels;
    *c = (struct sc_systolic_counts){.tiles = load.pixel_tiles * sum.tiles,
                                     .macs = p * facts.nnz,
                                     .gathers = p * facts.nnz,
                                     .steady_cycles = p * sum.cycles};
    c->load_cycles = a->double_buffered ? 0 : load.pixel_tiles * sum.steps * rows;
    c->fill_cycles = c->tiles * (rows + cols - 2 + a->latency);
    c->weight_reads = load.blocks * facts.nnz;
    c->weight_read_bits = load.blocks * (facts.nnz * a->weight_bits + size.index_bits);
    c->psum_shifts = p * sum.column_steps * rows;
    c->psum_reads = c->psum_writes = p * (double)l->filters * (load.channel_tiles - 1);
    c->idle_columns = p * rows * (sum.steps * cols - sum.column_steps);
    c->idle_rows = p * (sum.column_steps * rows - sum.used_steps);
    c->idle_mixed = p * (sum.used_steps - sum.weights);
    c->idle_conflicts = p * (sum.cycles - sum.steps) * rows * cols;
    c->dram_weight_bits = load.weight_times * facts.nnz * a->weight_bits;
    c->dram_index_bits = load.weight_times * size.index_bits;
    sc_systolic_finish_model(c, a, l, &load, ceil((double)l->filters / cols));
}
