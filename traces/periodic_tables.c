/* periodic_tables.c - `sparsecast periodic target` and `losses`: their tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "data_dir.h"
#include "family.h"
#include "grid.h"
#include "periodic_cmd.h"
#include "periodic_losses.h"
#include "sps_target.h"
#include "table.h"

/* Published factors, for comparison: storage, index, energy. */
static int read_published(double published[3], struct sc_error *err)
{
    static const char *const columns[] = {"factor", "published"};
    static const char *const names[] = {"storage", "index", "energy"};
    struct sc_table *table = NULL;
    char path[SC_PATH_SIZE];
    int status = sc_data_path(path, sizeof path, "papers/sps-claims.csv", err);
    if (status == SC_OK)
        status = sc_table_open(&table, path, columns, 2, err);
    for (int f = 0; f < 3 && status == SC_OK; f++) {
        published[f] = NAN;
        for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++)
            if (strcmp(sc_table_text(table, row, 0), names[f]) == 0)
                status = sc_table_positive(table, row, 1, &published[f], err);
        if (status == SC_OK && isnan(published[f]))
            status = sc_fail(err, SC_BAD_INPUT, path, 0, "has no row '%s'", names[f]);
    }
    sc_table_close(table);
    return status;
}

/* What a set assumes, in words. */
static void describe(char *out, size_t size, const struct sc_sps_set *set, const struct sc_sps_factors *f)
{
    char formats[96] = "", pattern[40];
    const struct sc_systolic *a = &set->array;
    for (unsigned i = 0; i < set->formats; i++)
        snprintf(formats + strlen(formats), sizeof formats - strlen(formats), "%s%s", i ? ", " : "",
                 sc_weight_format_name(set->format[i]));
    sc_periodic_format(pattern, sizeof pattern, &set->pattern);
    snprintf(
        out, size,
        SC_SPS_LABEL
        "\n"
        "set %s: network %s, its %.0f sparse layers; compared with %s%s (fields %u, pointers %u bits); weights %u "
        "bits; pattern %s;\n"
        "table of %u rows of %s per %s, %u phase bits: %.0f bits; %.0f nonzeros\n"
        "energy per MAC, %s: periodic %.3f pJ; weight bank %.0f KiB read once per %u MACs, line bank %.0f KiB shared "
        "by %u columns,\n"
        "gather store %.0f KiB, fitted to the energy factor; all other values: sparsecast machines -v sps\n"
        "from all events of the closed forms on these layers: energy factor %.3f on chip, %.3f with all DRAM traffic",
        set->name, set->network, f->layers, set->formats > 1 ? "the mean over " : "", formats,
        (unsigned)set->widths.field_bits, (unsigned)set->widths.pointer_bits, (unsigned)set->widths.value_bits, pattern,
        (unsigned)set->widths.table_rows, set->bitmap_entries ? "bitmaps" : "positions",
        set->table_per_network ? "network" : "layer", (unsigned)set->widths.phase_bits, f->table_bits, f->nonzeros,
        set->weight_dram ? "weights from DRAM" : "on chip", f->pj_periodic, (double)a->weight_bank_bytes / 1024,
        (unsigned)a->weight_uses, (double)a->line_bank_bytes / 1024, (unsigned)a->cols,
        (double)a->gather_bank_bytes / 1024, f->energy_events_chip, f->energy_events_all);
}

static int put_factor(struct sc_grid *g, const char *name, double published, double modelled, struct sc_error *err)
{
    int status = sc_grid_row(g, err);
    if (status == SC_OK)
        status = sc_grid_text(g, 0, name, err);
    if (status == SC_OK)
        status = sc_grid_number(g, 1, published, err);
    if (status == SC_OK)
        status = sc_grid_number(g, 2, modelled, err);
    return status == SC_OK ? sc_grid_number(g, 3, 100 * (modelled / published - 1), err) : status;
}

static int write_factors(const struct sc_periodic_request *r, const struct sc_sps_set *set, const double published[3],
                         struct sc_error *err)
{
    static const struct sc_grid_column columns[] = {
        {"factor", false, 0}, {"published", true, 5}, {"modelled", true, 5}, {"difference_pct", true, 3}};
    const struct sc_meta meta[] = {{"version", sc_version()}, {"command", r->command}, {"status", SC_SPS_LABEL}};
    struct sc_sps_factors f;
    struct sc_grid grid;
    char note[1200];
    sc_grid_start(&grid, columns, 4, r->format);
    int status = sc_sps_compute(&f, set, err);
    if (status == SC_OK)
        status = put_factor(&grid, "total weight storage", published[0], f.storage, err);
    if (status == SC_OK)
        status = put_factor(&grid, "index memory", published[1], f.index, err);
    if (status == SC_OK)
        status = put_factor(&grid, "energy efficiency", published[2], f.energy, err);
    if (status == SC_OK) {
        describe(note, sizeof note, set, &f);
        status = sc_grid_write(&grid, r->output, r->format, note, meta, 3, err);
    }
    sc_grid_free(&grid);
    return status;
}

/* One row: a change, the factors, and how far they moved, in percent. */
static int put_change(struct sc_grid *g, const char *const texts[3], const struct sc_sps_factors *f,
                      const struct sc_sps_factors *base, struct sc_error *err)
{
    double numbers[6] = {f->storage,
                         f->index,
                         f->energy,
                         100 * (f->storage / base->storage - 1),
                         100 * (f->index / base->index - 1),
                         100 * (f->energy / base->energy - 1)};
    int status = sc_grid_row(g, err);
    for (size_t i = 0; i < 3 && status == SC_OK; i++)
        status = sc_grid_text(g, i, texts[i], err);
    for (size_t i = 0; i < 6 && status == SC_OK; i++)
        status = sc_grid_number(g, 3 + i, numbers[i], err);
    return status;
}

static int write_sensitivity(const struct sc_periodic_request *r, const struct sc_sps_set *set, struct sc_error *err)
{
    static const struct sc_grid_column columns[] = {
        {"assumption", false, 0},     {"set", false, 0},   {"changed_to", false, 0},       {"storage", true, 5},
        {"index", true, 6},           {"energy", true, 5}, {"storage_moves_pct", true, 3}, {"index_moves_pct", true, 3},
        {"energy_moves_pct", true, 3}};
    const struct sc_meta meta[] = {{"version", sc_version()}, {"command", r->command}, {"status", SC_SPS_LABEL}};
    struct sc_sps_change *change = calloc(SC_SPS_SENSITIVITIES, sizeof *change);
    struct sc_sps_factors base;
    struct sc_grid grid;
    unsigned count = 0;
    sc_grid_start(&grid, columns, sizeof columns / sizeof columns[0], r->format);
    int status =
        change ? sc_sps_compute(&base, set, err) : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a table");
    if (status == SC_OK)
        status = sc_sps_sensitivity(change, &count, set, err);
    if (status == SC_OK)
        status = put_change(&grid, (const char *const[]){"none", set->name, ""}, &base, &base, err);
    for (unsigned i = 0; i < count && status == SC_OK; i++)
        status = put_change(&grid, (const char *const[]){change[i].assumption, change[i].base, change[i].changed},
                            &change[i].factors, &base, err);
    if (status == SC_OK)
        status =
            sc_grid_write(&grid, r->output, r->format, SC_SPS_LABEL "; one assumption changed at a time", meta, 3, err);
    sc_grid_free(&grid);
    free(change);
    return status;
}

int sc_periodic_target(const struct sc_periodic_request *r, struct sc_error *err)
{
    struct sc_sps_set set;
    double published[3];
    int status = sc_sps_preset(&set, r->set, err);
    if (status == SC_OK)
        status = read_published(published, err);
    if (status != SC_OK)
        return status;
    return r->sensitivity ? write_sensitivity(r, &set, err) : write_factors(r, &set, published, err);
}

/* Columns of losses: X(name, number, digits). */
#define LOSS_COLUMNS(X)                                                                                               \
    X(layer, false, 0)                                                                                                \
    X(model, false, 0) X(weights, false, 0) X(density, true, 4) X(cycles, true, 12) X(speedup, true, 4)               \
        X(energy_uj, true, 4) X(energy_gain, true, 4) X(utilization_pct, true, 3) X(columns_pct, true, 3)             \
            X(rows_pct, true, 3) X(mixed_pct, true, 3) X(fill_pct, true, 3) X(load_pct, true, 3) X(dram_pct, true, 3) \
                X(first_pct, true, 3) X(pointwise_pct, true, 3) X(other_pct, true, 3) X(connected_pct, true, 3)

enum loss_column {
#define X(name, number, digits) LOSS_##name,
    LOSS_COLUMNS(X)
#undef X
        LOSS_COLUMN_COUNT
};

static int put_losses(struct sc_grid *g, const char *layer, const char *model, const char *weights,
                      const struct sc_losses *l, const struct sc_losses *dense, struct sc_error *err)
{
    const struct sc_systolic_counts *c = &l->counts;
    double cycles = sc_systolic_cycles(c),
           all = c->macs + c->idle_columns + c->idle_rows + c->idle_mixed + c->idle_fill + c->idle_load + c->idle_stall;
    double number[LOSS_COLUMN_COUNT] = {
        [LOSS_density] = l->nonzeros / l->positions,
        [LOSS_cycles] = cycles,
        [LOSS_speedup] = sc_systolic_cycles(&dense->counts) / cycles,
        [LOSS_energy_uj] = 1e6 * l->energy,
        [LOSS_energy_gain] = dense->energy / l->energy,
        [LOSS_utilization_pct] = 100 * c->macs / all,
        [LOSS_columns_pct] = 100 * c->idle_columns / all,
        [LOSS_rows_pct] = 100 * c->idle_rows / all,
        [LOSS_mixed_pct] = 100 * c->idle_mixed / all,
        [LOSS_fill_pct] = 100 * c->idle_fill / all,
        [LOSS_load_pct] = 100 * c->idle_load / all,
        [LOSS_dram_pct] = 100 * c->idle_stall / all,
        [LOSS_first_pct] = 100 * l->cycles_of[SC_DENSE_FIRST] / cycles,
        [LOSS_pointwise_pct] = 100 * l->cycles_of[SC_DENSE_POINTWISE] / cycles,
        [LOSS_other_pct] = 100 * l->cycles_of[SC_DENSE_KERNEL] / cycles,
        [LOSS_connected_pct] = 100 * l->cycles_of[SC_DENSE_CONNECTED] / cycles,
    };
    int status = sc_grid_row(g, err);
    if (status == SC_OK)
        status = sc_grid_text(g, LOSS_layer, layer, err);
    if (status == SC_OK)
        status = sc_grid_text(g, LOSS_model, model, err);
    if (status == SC_OK)
        status = sc_grid_text(g, LOSS_weights, weights, err);
    for (size_t i = LOSS_density; i < LOSS_COLUMN_COUNT && status == SC_OK; i++)
        status = sc_grid_number(g, i, number[i], err);
    return status;
}

/* The dense network and one per pattern. */
struct runs {
    struct sc_losses sum[SC_PERIODIC_PATTERNS + 1];
    char name[SC_PERIODIC_PATTERNS + 1][64];
    unsigned count;
    char model[128]; /* of the first layer, for the totals */
};

static int add_layer(struct sc_grid *g, struct runs *runs, const struct sc_periodic_request *r,
                     const struct sc_systolic *array, const struct sc_layer *layer, bool first, struct sc_error *err)
{
    struct sc_losses one[SC_PERIODIC_PATTERNS + 1];
    int status = SC_OK;
    memset(one, 0, sizeof one);
    for (unsigned i = 0; i < runs->count && status == SC_OK; i++) {
        const struct sc_periodic_spec *spec = i ? &r->pattern[i - 1] : NULL;
        status = sc_losses_add(&runs->sum[i], array, layer, spec, first, err);
        if (status == SC_OK && r->per_layer)
            status = sc_losses_add(&one[i], array, layer, spec, first, err);
        if (status == SC_OK && r->per_layer)
            status = put_losses(g, layer->name, layer->model, runs->name[i], &one[i], &one[0], err);
    }
    return status;
}

static int add_list(struct sc_grid *g, struct runs *runs, const struct sc_periodic_request *r,
                    const struct sc_systolic *array, struct sc_error *err)
{
    const struct sc_layer_options reading = {.warn = sc_print_warning};
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    bool first = true;
    int status = sc_layer_open(&reader, r->file, &reading, err);
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK) {
        if (first)
            snprintf(runs->model, sizeof runs->model, "%s", layer.model);
        status = add_layer(g, runs, r, array, &layer, first, err);
        first = false;
        if (status != SC_OK)
            status = sc_fail_layer(err, r->file, &layer);
    }
    sc_layer_close(reader);
    if (status == SC_END && first)
        return sc_fail(err, SC_BAD_INPUT, r->file, 0, "has no layers");
    return status == SC_END ? SC_OK : status;
}

static const char losses_note[] =
    "weights: the first convolution, 1x1 and fully connected layers are dense in all rows\n"
    "utilization: multiplications by stored weights / element-cycles; then the element-cycles lost to columns without "
    "a filter, rows\n"
    "without a channel, kernels shorter than the longest of their tile (mixed), fill and drain, loading weights, "
    "waiting for DRAM.\n"
    "first, pointwise, other, connected: share of the cycles in layers that stay dense.  Activation zeros are not "
    "skipped.";

static int losses_of(const struct sc_periodic_request *r, const struct sc_systolic *array, struct sc_error *err)
{
    static const struct sc_grid_column columns[] = {
#define X(name, number, digits) {#name, number, digits},
        LOSS_COLUMNS(X)
#undef X
    };
    const struct sc_meta meta[] = {{"version", sc_version()}, {"command", r->command}, {"machine", r->machine}};
    struct runs runs = {.count = r->patterns + 1};
    struct sc_grid grid;
    char total[40];
    sc_grid_start(&grid, columns, LOSS_COLUMN_COUNT, r->format);
    snprintf(runs.name[0], sizeof runs.name[0], "dense");
    for (unsigned i = 0; i < r->patterns; i++) {
        snprintf(runs.name[i + 1], sizeof runs.name[i + 1], "periodic:");
        sc_periodic_format(runs.name[i + 1] + 9, sizeof runs.name[i + 1] - 9, &r->pattern[i]);
    }
    int status = add_list(&grid, &runs, r, array, err);
    snprintf(total, sizeof total, "total of %.0f layers", runs.sum[0].layers);
    for (unsigned i = 0; i < runs.count && status == SC_OK; i++)
        status = put_losses(&grid, total, runs.model, runs.name[i], &runs.sum[i], &runs.sum[0], err);
    if (status == SC_OK)
        status = sc_grid_write(&grid, r->output, r->format, losses_note, meta, 3, err);
    sc_grid_free(&grid);
    return status;
}

int sc_periodic_losses(const struct sc_periodic_request *request, struct sc_error *err)
{
    static const char *const usual[] = {"4:4", "2:6", "1:9", "4:8:d"};
    struct sc_periodic_request r = *request;
    struct sc_machine *machine = malloc(sizeof *machine);
    int status = machine ? sc_machine_read(machine, r.machine, NULL, err)
                         : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a machine");
    if (status == SC_OK && machine->family != &sc_family_systolic)
        status = sc_fail(err, SC_BAD_USAGE, NULL, 0, "machine '%.60s' is of kind %s, expected one of kind systolic",
                         machine->name, machine->family->name);
    for (size_t i = 0; r.patterns == 0 || (request->patterns == 0 && i < sizeof usual / sizeof *usual); i++)
        sc_periodic_parse(&r.pattern[r.patterns++], usual[i]);
    if (status == SC_OK)
        status = losses_of(&r, &machine->systolic, err);
    free(machine);
    return status;
}
