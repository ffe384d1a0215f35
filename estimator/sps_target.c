/* sps_target.c - the three factors of periodic sparse storage under a set of assumptions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sps_target.h"

#include <stdio.h>
#include <string.h>

#include "data_dir.h"
#include "layer.h"
#include "machine.h"

static void set_formats(struct sc_sps_set *set, unsigned count, enum sc_weight_format first)
{
    static const enum sc_weight_format fixed[SC_SPS_FORMATS] = {SC_FORMAT_CSR_FIXED, SC_FORMAT_CSC_FIXED,
                                                                SC_FORMAT_COO_FIXED};
    set->formats = count;
    if (count == 1)
        set->format[0] = first;
    else
        memcpy(set->format, fixed, sizeof fixed);
}

int sc_sps_preset(struct sc_sps_set *set, const char *name, struct sc_error *err)
{
    struct sc_machine machine;
    if (strlen(name) != 1 || !strchr("ABC", name[0]))
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "found assumption set '%.20s', expected A, B or C", name);
    int status = sc_machine_read(&machine, "sps", NULL, err);
    if (status != SC_OK)
        return status;
    const struct sc_systolic *a = &machine.systolic;
    *set = (struct sc_sps_set){.name = name[0] == 'A'   ? "A"
                                       : name[0] == 'B' ? "B"
                                                        : "C",
                               .network = name[0] == 'C' ? "resnet18" : "vgg16",
                               .pattern = {.kss = 4, .period = 4, .height = 3, .width = 3},
                               .widths = a->widths,
                               .bitmap_entries = name[0] == 'C',
                               .array = *a};
    set->widths.value_bits = a->weight_bits;
    set->widths.table_rows = a->table_per_row ? a->rows : 0;
    set->widths.phase_bits = a->phase_bits;
    set_formats(set, name[0] == 'A' ? SC_SPS_FORMATS : 1, SC_FORMAT_COO);
    return SC_OK;
}

/* What is added up over the sparse layers of a network. */
struct sums {
    double layers, nonzeros, macs, table_bits, index_bits[SC_SPS_FORMATS];
    double periodic[2], format[2][SC_SPS_FORMATS]; /* J from events, on chip and with DRAM */
};

/* The arrays of both sides with the set's widths; `dram`: what a bit costs. */
static struct sc_systolic array_of(const struct sc_sps_set *set, double dram)
{
    struct sc_systolic a = set->array;
    a.widths = set->widths;
    a.weight_bits = set->widths.value_bits;
    a.table_per_row = set->widths.table_rows != 0;
    a.bitmap_entries = set->bitmap_entries;
    a.phase_bits = set->widths.phase_bits;
    a.dram_pj = a.dram_high_pj = dram;
    sc_systolic_bind(&a);
    return a;
}

/* Joules of a layer's events on both sides. */
static void add_events(struct sums *sums, const struct sc_sps_set *set, const struct sc_layer *layer)
{
    struct sc_systolic_layer lowered;
    struct sc_systolic_counts counts;
    struct sc_periodic table;
    double times = (double)layer->count;
    sc_systolic_lower(&lowered, &table, &layer->op, layer->M, layer->N, layer->K, &set->pattern);
    for (int all = 0; all < 2; all++) {
        struct sc_systolic a = array_of(set, all ? set->array.dram_pj : 0);
        sc_systolic_model(&a, &lowered, &table, &counts);
        sums->periodic[all] += times * sc_systolic_energy(&a, &counts, SC_ENERGY_NOMINAL);
        for (unsigned f = 0; f < set->formats; f++) {
            a.format = set->format[f];
            sc_decode_model(&a, &lowered, &table,
                            (double)sc_periodic_nonzeros(&table, lowered.filters, lowered.channels), &counts);
            sums->format[all][f] += times * sc_systolic_energy(&a, &counts, SC_ENERGY_NOMINAL);
        }
    }
}

static void add_layer(struct sums *sums, const struct sc_sps_set *set, const struct sc_periodic *table,
                      const struct sc_layer *layer, uint64_t channels)
{
    struct sc_format_facts facts;
    struct sc_format_size size;
    double times = (double)layer->count;
    add_events(sums, set, layer);
    sc_format_facts_periodic(&facts, table, layer->M, channels, set->widths.run_bits);
    sums->layers += times;
    sums->nonzeros += times * facts.nnz;
    sums->macs += times * facts.nnz * (double)layer->N;
    sc_format_size(&size, set->bitmap_entries ? SC_FORMAT_PERIODIC_BITMAP : SC_FORMAT_PERIODIC, &set->widths, &facts);
    sums->table_bits = set->table_per_network ? size.index_bits : sums->table_bits + times * size.index_bits;
    for (unsigned f = 0; f < set->formats; f++) {
        sc_format_size(&size, set->format[f], &set->widths, &facts);
        sums->index_bits[f] += times * size.index_bits;
    }
}

static int add_network(struct sums *sums, const struct sc_sps_set *set, struct sc_error *err)
{
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    struct sc_periodic table;
    char path[SC_PATH_SIZE], relative[96];
    bool first = true;
    snprintf(relative, sizeof relative, "layers/%s.csv", set->network);
    int status = sc_periodic_init(&table, &set->pattern, err);
    if (status == SC_OK)
        status = sc_data_path(path, sizeof path, relative, err);
    if (status == SC_OK)
        status = sc_layer_open(&reader, path, NULL, err);
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK) {
        if (layer.op.kind != SC_CONV)
            continue;
        if (!first && layer.op.filter_height == table.height && layer.op.filter_width == table.width)
            add_layer(sums, set, &table, &layer, layer.K / sc_periodic_area(&table));
        first = false;
    }
    sc_layer_close(reader);
    if (status == SC_END && sums->layers == 0)
        return sc_fail(err, SC_BAD_INPUT, path, 0, "has no convolution that a periodic pattern applies to");
    return status == SC_END ? SC_OK : status;
}

/* pJ per MAC of the periodic array. */
static double periodic_pj(const struct sc_systolic *a, double value_bits)
{
    return a->mac_pj + a->accumulator_bits * a->register_pj +
           value_bits * sc_systolic_sram_pj(a, (double)a->weight_bank_bytes) / a->weight_uses +
           a->activation_bits * sc_systolic_sram_pj(a, (double)a->line_bank_bytes) / a->cols +
           a->activation_bits * a->register_pj;
}

/* pJ per MAC when weights carry `index` bits each. */
static double format_pj(const struct sc_systolic *a, double value_bits, double index)
{
    return a->mac_pj + a->accumulator_bits * a->register_pj +
           (value_bits + index) * sc_systolic_sram_pj(a, (double)a->weight_bank_bytes) / a->weight_uses +
           a->activation_bits * sc_systolic_sram_pj(a, (double)a->gather_bank_bytes) + a->decode_pj;
}

int sc_sps_compute(struct sc_sps_factors *f, const struct sc_sps_set *set, struct sc_error *err)
{
    struct sums sums = {0};
    double w = set->widths.value_bits;
    *f = (struct sc_sps_factors){0};
    int status = add_network(&sums, set, err);
    if (status != SC_OK)
        return status;
    double values = sums.nonzeros * w, dram = set->weight_dram ? set->array.dram_pj * sums.nonzeros / sums.macs : 0;
    f->layers = sums.layers;
    f->nonzeros = sums.nonzeros;
    f->macs = sums.macs;
    f->table_bits = sums.table_bits;
    f->pj_periodic = periodic_pj(&set->array, w) + w * dram;
    for (unsigned i = 0; i < set->formats; i++) {
        double index = sums.index_bits[i] / sums.nonzeros;
        f->index_bits[i] = sums.index_bits[i];
        f->storage_each[i] = (values + sums.index_bits[i]) / (values + sums.table_bits);
        f->index_each[i] = sums.index_bits[i] / sums.table_bits;
        f->pj_format[i] = format_pj(&set->array, w, index) + (w + index) * dram;
        f->energy_each[i] = f->pj_format[i] / f->pj_periodic;
        f->storage += f->storage_each[i] / set->formats;
        f->index += f->index_each[i] / set->formats;
        f->energy += f->energy_each[i] / set->formats;
        f->energy_events_chip += sums.format[0][i] / sums.periodic[0] / set->formats;
        f->energy_events_all += sums.format[1][i] / sums.periodic[1] / set->formats;
    }
    return SC_OK;
}
