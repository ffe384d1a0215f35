/* sweep_set.c - which columns a sweep varies, and the cost of each configuration.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "result.h"
#include "sweep_set.h"

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
}

static int by_text(const char *a, const char *b)
{
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b); /* equal texts are one pointer */
}

static int by_layer(const void *left, const void *right)
{
    const struct sc_sweep_entry *a = left, *b = right;
    int order = by_text(a->layer, b->layer);
    if (!order)
        order = by_text(a->model, b->model);
    for (int k = 0; k < 2 && !order; k++)
        order = by_text(a->key[k], b->key[k]);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int by_keys(const void *left, const void *right)
{
    const struct sc_sweep_entry *a = left, *b = right;
    int order = 0;
    for (int k = 0; k < SC_SWEEP_KEYS + 2 && !order; k++)
        order = by_text(a->key[k], b->key[k]);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int by_first(const void *left, const void *right)
{
    const struct sc_sweep_setting *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* Whether a column can be a swept key: none of the results, and nothing else that we add to them. */
static bool may_be_key(const char *name)
{
    static const char *const others[] = {
#define X(name, kind, unit, meaning) #name,
        SC_RESULT_COLUMNS(X)
#undef X
            "pareto",
        "count", "note", "error_pct", "simulated_cycles", "simulated_layers", "decided"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i], name) == 0)
            return false;
    return true;
}

/* The rows of chosen dataflows: those marked best, or all where none is marked. */
static int gather(struct sc_sweep_set *sweep, const struct sc_frame *frame, struct sc_error *err)
{
    int best = sc_frame_column(frame, "best"), layer = sc_frame_column(frame, "layer"),
        model = sc_frame_column(frame, "model");
    int machine = sc_frame_column(frame, "machine"), source = sc_frame_column(frame, "source");
    /* Rows of one sweep belong together, simulated or not. */
    bool refined = sc_frame_column(frame, "pareto") != SC_NO_COLUMN;
    size_t rows = sc_frame_rows(frame), marked = 0;

    sweep->entry = calloc(rows + 1, sizeof *sweep->entry);
    if (!sweep->entry)
        return out_of_memory(err);
    for (size_t row = 0; row < rows; row++)
        marked += sc_frame_number(frame, row, best) > 0;
    for (size_t row = 0; row < rows; row++)
        if (marked == 0 || sc_frame_number(frame, row, best) > 0)
            sweep->entry[sweep->entries++] =
                (struct sc_sweep_entry){.key = {sc_frame_text(frame, row, machine),
                                                refined ? "" : sc_frame_text(frame, row, source)},
                                        .layer = sc_frame_text(frame, row, layer),
                                        .model = sc_frame_text(frame, row, model),
                                        .row = row};
    return SC_OK;
}

/* The columns that take several values on one layer of one machine. */
static void find_keys(struct sc_sweep_set *sweep, const struct sc_frame *frame)
{
    if (sweep->entries == 0) /* and no array to sort */
        return;
    qsort(sweep->entry, sweep->entries, sizeof *sweep->entry, by_layer);
    for (size_t c = 0; c < sc_frame_columns(frame) && sweep->keys < SC_SWEEP_KEYS; c++) {
        bool varies = false;
        for (size_t i = 1; i < sweep->entries && !varies && may_be_key(sc_frame_name(frame, c)); i++) {
            const struct sc_sweep_entry *a = &sweep->entry[i - 1], *b = &sweep->entry[i];
            varies = a->layer == b->layer && a->model == b->model && a->key[0] == b->key[0] && a->key[1] == b->key[1] &&
                     sc_frame_text(frame, a->row, (int)c) != sc_frame_text(frame, b->row, (int)c);
        }
        if (varies)
            sweep->key[sweep->keys++] = (int)c;
    }
}

static void add_row(struct sc_sweep_setting *setting, const struct sc_frame *frame, size_t row)
{
    double count = sc_frame_number(frame, row, sc_frame_column(frame, "count"));
    double energy = sc_frame_number(frame, row, sc_frame_column(frame, "energy_j"));
    double area = sc_frame_number(frame, row, sc_frame_column(frame, "area_mm2"));
    count = isnan(count) ? 1 : count;
    setting->cycles += count * sc_frame_number(frame, row, sc_frame_column(frame, "cycles"));
    setting->energy += isnan(energy) ? 0 : count * energy;
    setting->area = isnan(area) ? setting->area : area;
    setting->front |= sc_frame_number(frame, row, sc_frame_column(frame, "pareto")) > 0;
    setting->first = row < setting->first ? row : setting->first;
}

static int make_settings(struct sc_sweep_set *sweep, const struct sc_frame *frame, struct sc_error *err)
{
    for (size_t i = 0; i < sweep->entries; i++)
        for (unsigned k = 0; k < sweep->keys; k++)
            sweep->entry[i].key[2 + k] = sc_frame_text(frame, sweep->entry[i].row, sweep->key[k]);
    qsort(sweep->entry, sweep->entries, sizeof *sweep->entry, by_keys);
    sweep->setting = calloc(sweep->entries + 1, sizeof *sweep->setting);
    if (!sweep->setting)
        return out_of_memory(err);
    for (size_t i = 0; i < sweep->entries; i++) {
        const struct sc_sweep_entry *entry = &sweep->entry[i];
        if (i == 0 || memcmp(entry->key, entry[-1].key, sizeof entry->key) != 0) {
            struct sc_sweep_setting *setting = &sweep->setting[sweep->settings++];
            memcpy(setting->key, entry->key, sizeof entry->key);
            setting->first = entry->row;
        }
        add_row(&sweep->setting[sweep->settings - 1], frame, entry->row);
    }
    qsort(sweep->setting, sweep->settings, sizeof *sweep->setting, by_first);
    return SC_OK;
}

void sc_sweep_set_free(struct sc_sweep_set *sweep)
{
    free(sweep->entry);
    free(sweep->setting);
}

int sc_sweep_set_make(struct sc_sweep_set *sweep, const struct sc_frame *frame, struct sc_error *err)
{
    memset(sweep, 0, sizeof *sweep);
    int status = gather(sweep, frame, err);
    if (status != SC_OK)
        return status;
    find_keys(sweep, frame);
    if (sweep->keys == 0)
        return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0,
                       "no column takes several values on one layer; 'sparsecast sweep' writes such results");
    return make_settings(sweep, frame, err);
}

int sc_sweep_keys(int key[SC_SWEEP_KEYS], unsigned *keys, const struct sc_frame *frame, struct sc_error *err)
{
    struct sc_sweep_set sweep = {0};
    int status = SC_OK;
    if (sc_frame_column(frame, "pareto") != SC_NO_COLUMN) {
        status = gather(&sweep, frame, err);
        if (status == SC_OK)
            find_keys(&sweep, frame);
    }
    memcpy(key, sweep.key, sizeof sweep.key);
    *keys = sweep.keys;
    sc_sweep_set_free(&sweep);
    return status;
}

bool sc_has_pareto(const struct sc_frame *frame, const struct sc_result_set *set)
{
    return set && sc_frame_column(frame, "pareto") != SC_NO_COLUMN;
}

bool sc_has_sweep(const struct sc_frame *frame, const struct sc_result_set *set)
{
    return sc_has_pareto(frame, set) && set->keys > 0;
}

void sc_sweep_layers(char *out, size_t size, const struct sc_sweep_set *sweep)
{
    const char *model = sweep->entry[0].model;
    for (size_t i = 1; i < sweep->entries; i++)
        if (sweep->entry[i].model != model)
            model = "";
    snprintf(out, size, "%.60s", model[0] ? model : "all layers");
}

/* A key without its section, "multipliers" of "array.multipliers", where no other key ends alike. */
static const char *short_key(const struct sc_sweep_set *sweep, const struct sc_frame *frame, unsigned key)
{
    const char *name = sc_frame_name(frame, (size_t)sweep->key[key]), *dot = strrchr(name, '.');
    for (unsigned k = 0; k < sweep->keys && dot; k++) {
        const char *other = sc_frame_name(frame, (size_t)sweep->key[k]), *end = strrchr(other, '.');
        if (k != key && strcmp(end ? end + 1 : other, dot + 1) == 0)
            return name;
    }
    return dot && dot[1] ? dot + 1 : name;
}

void sc_sweep_name(char *out, size_t size, const struct sc_sweep_set *sweep, const struct sc_frame *frame,
                   const struct sc_sweep_setting *setting, unsigned except)
{
    char *end = out;
    const char *machine = sweep->setting[0].key[0];
    bool machines = false;
    for (size_t i = 0; i < sweep->settings; i++)
        machines |= sweep->setting[i].key[0] != machine;
    out[0] = '\0';
    if (machines)
        end += snprintf(out, size, "%.60s", setting->key[0]);
    for (unsigned k = 0; k < sweep->keys; k++) {
        const char *name = short_key(sweep, frame, k);
        if (k == except || (size_t)(end - out) + 120 > size)
            continue;
        end += snprintf(end, size - (size_t)(end - out), "%s%.40s=%.40s", end > out ? ", " : "", name,
                        setting->key[2 + k]);
    }
    if (out[0] == '\0')
        snprintf(out, size, "%.60s", setting->key[0]);
}
