/* chart_sweep.c - what-if curves and Pareto fronts over the configurations of a sweep.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"
#include "result.h"

enum { KEYS_MOST = 6, SERIES_MOST = 8, FRONT_MOST = 8, POINTS_MOST = 4000, CATEGORIES_MOST = 40 };

/* A row that counts, and what its configuration is told by: machine, source, then the swept keys. */
struct entry {
    const char *key[KEYS_MOST + 2];
    const char *layer, *model;
    size_t row;
};

/* A configuration: all layers, each with its best dataflow. */
struct setting {
    const char *key[KEYS_MOST + 2];
    double cycles, energy, area;
    bool front;
    size_t first;
};

struct sweep {
    int key[KEYS_MOST];      /* columns */
    unsigned keys;
    struct entry *entry;
    size_t entries;
    struct setting *setting;
    size_t settings;
};

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
    const struct entry *a = left, *b = right;
    int order = by_text(a->layer, b->layer);
    if (!order)
        order = by_text(a->model, b->model);
    for (int k = 0; k < 2 && !order; k++)
        order = by_text(a->key[k], b->key[k]);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int by_keys(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = 0;
    for (int k = 0; k < KEYS_MOST + 2 && !order; k++)
        order = by_text(a->key[k], b->key[k]);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int by_first(const void *left, const void *right)
{
    const struct setting *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* Whether a column can be a swept key: none of the results, and nothing else that we add to them. */
static bool may_be_key(const char *name)
{
    static const char *const others[] = {
#define X(name, kind, unit, meaning) #name,
        SC_RESULT_COLUMNS(X)
#undef X
        "pareto", "count", "note", "error_pct", "simulated_cycles"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i], name) == 0)
            return false;
    return true;
}

/* The rows of chosen dataflows: those marked best, or all where none is marked. */
static int gather(struct sweep *sweep, const struct sc_frame *frame, struct sc_error *err)
{
    int best = sc_frame_column(frame, "best"), layer = sc_frame_column(frame, "layer"), model = sc_frame_column(frame, "model");
    int machine = sc_frame_column(frame, "machine"), source = sc_frame_column(frame, "source");
    size_t rows = sc_frame_rows(frame), marked = 0;

    sweep->entry = calloc(rows + 1, sizeof *sweep->entry);
    if (!sweep->entry)
        return out_of_memory(err);
    for (size_t row = 0; row < rows; row++)
        marked += sc_frame_number(frame, row, best) > 0;
    for (size_t row = 0; row < rows; row++)
        if (marked == 0 || sc_frame_number(frame, row, best) > 0)
            sweep->entry[sweep->entries++] = (struct entry){
                .key = {sc_frame_text(frame, row, machine), sc_frame_text(frame, row, source)},
                .layer = sc_frame_text(frame, row, layer), .model = sc_frame_text(frame, row, model), .row = row};
    return SC_OK;
}

/* The columns that take several values on one layer of one machine. */
static void find_keys(struct sweep *sweep, const struct sc_frame *frame)
{
    qsort(sweep->entry, sweep->entries, sizeof *sweep->entry, by_layer);
    for (size_t c = 0; c < sc_frame_columns(frame) && sweep->keys < KEYS_MOST; c++) {
        bool varies = false;
        for (size_t i = 1; i < sweep->entries && !varies && may_be_key(sc_frame_name(frame, c)); i++) {
            const struct entry *a = &sweep->entry[i - 1], *b = &sweep->entry[i];
            varies = a->layer == b->layer && a->model == b->model && a->key[0] == b->key[0] && a->key[1] == b->key[1] &&
                     sc_frame_text(frame, a->row, (int)c) != sc_frame_text(frame, b->row, (int)c);
        }
        if (varies)
            sweep->key[sweep->keys++] = (int)c;
    }
}

static void add_row(struct setting *setting, const struct sc_frame *frame, size_t row)
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

static int make_settings(struct sweep *sweep, const struct sc_frame *frame, struct sc_error *err)
{
    for (size_t i = 0; i < sweep->entries; i++)
        for (unsigned k = 0; k < sweep->keys; k++)
            sweep->entry[i].key[2 + k] = sc_frame_text(frame, sweep->entry[i].row, sweep->key[k]);
    qsort(sweep->entry, sweep->entries, sizeof *sweep->entry, by_keys);
    sweep->setting = calloc(sweep->entries + 1, sizeof *sweep->setting);
    if (!sweep->setting)
        return out_of_memory(err);
    for (size_t i = 0; i < sweep->entries; i++) {
        const struct entry *entry = &sweep->entry[i];
        if (i == 0 || memcmp(entry->key, entry[-1].key, sizeof entry->key) != 0) {
            struct setting *setting = &sweep->setting[sweep->settings++];
            memcpy(setting->key, entry->key, sizeof entry->key);
            setting->first = entry->row;
        }
        add_row(&sweep->setting[sweep->settings - 1], frame, entry->row);
    }
    qsort(sweep->setting, sweep->settings, sizeof *sweep->setting, by_first);
    return SC_OK;
}

static void free_sweep(struct sweep *sweep)
{
    free(sweep->entry);
    free(sweep->setting);
}

static int make_sweep(struct sweep *sweep, const struct sc_frame *frame, struct sc_error *err)
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

unsigned sc_sweep_keys(const struct sc_frame *frame, int *column, unsigned most)
{
    struct sweep sweep = {0};
    unsigned keys = 0;
    if (sc_frame_column(frame, "pareto") != SC_NO_COLUMN && gather(&sweep, frame, NULL) == SC_OK)
        find_keys(&sweep, frame);
    for (; keys < sweep.keys && keys < most; keys++)
        column[keys] = sweep.key[keys];
    free_sweep(&sweep);
    return keys;
}

bool sc_has_pareto(const struct sc_frame *frame, const struct sc_result_set *set)
{
    return set && sc_frame_column(frame, "pareto") != SC_NO_COLUMN;
}

bool sc_has_sweep(const struct sc_frame *frame, const struct sc_result_set *set)
{
    struct sweep sweep;
    bool has = sc_has_pareto(frame, set) && make_sweep(&sweep, frame, NULL) == SC_OK;
    if (sc_has_pareto(frame, set))
        free_sweep(&sweep);
    return has;
}

/* What is summed: a network by its name. */
static void name_layers(char *out, size_t size, const struct sweep *sweep)
{
    const char *model = sweep->entry[0].model;
    for (size_t i = 1; i < sweep->entries; i++)
        if (sweep->entry[i].model != model)
            model = "";
    snprintf(out, size, "%.60s", model[0] ? model : "all layers");
}

/* "KEY=VALUE, ..." of a setting's keys but one (`except` = keys: none), and its machine where machines differ. */
static void name_setting(char *out, size_t size, const struct sweep *sweep, const struct sc_frame *frame,
                         const struct setting *setting, unsigned except)
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
        const char *name = sc_frame_name(frame, (size_t)sweep->key[k]);
        if (k == except || (size_t)(end - out) + 120 > size)
            continue;
        end += snprintf(end, size - (size_t)(end - out), "%s%.40s=%.40s", end > out ? ", " : "", name,
                        setting->key[2 + k]);
    }
    if (out[0] == '\0')
        snprintf(out, size, "%.60s", setting->key[0]);
}

static double key_number(const struct sweep *sweep, const struct sc_frame *frame, const struct setting *setting, unsigned key)
{
    return sc_frame_number(frame, setting->first, sweep->key[key]);
}

/* The key with the most values: the horizontal axis.  Values that are not all numbers are places in order of appearance. */
static unsigned widest_key(const struct sweep *sweep)
{
    unsigned widest = 0;
    size_t most = 0;
    for (unsigned k = 0; k < sweep->keys; k++) {
        size_t values = 0;
        for (size_t i = 0; i < sweep->settings; i++) {
            size_t j = 0;
            while (j < i && j < CATEGORIES_MOST * CATEGORIES_MOST && sweep->setting[j].key[2 + k] != sweep->setting[i].key[2 + k])
                j++;
            values += j == i;
        }
        widest = values > most ? k : widest;
        most = values > most ? values : most;
    }
    return widest;
}

static bool same_curve(const struct setting *a, const struct setting *b, unsigned except)
{
    for (unsigned k = 0; k < KEYS_MOST + 2; k++)
        if (k != 2 + except && a->key[k] != b->key[k])
            return false;
    return true;
}

struct place {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* Adds the curve that starts with setting `first`. */
static int add_curve(struct sc_chart *chart, const struct sweep *sweep, const struct sc_frame *frame, size_t first, unsigned key,
                     unsigned hue, struct sc_error *err)
{
    char name[512];
    size_t count = 0;
    struct place *place = calloc(sweep->settings, sizeof *place);
    if (!place)
        return out_of_memory(err);
    name_setting(name, sizeof name, sweep, frame, &sweep->setting[first], key);
    sc_chart_series(chart, name, hue, SC_LOOK_DATA);
    for (size_t i = first; i < sweep->settings; i++) {
        const struct setting *setting = &sweep->setting[i];
        double x = key_number(sweep, frame, setting, key);
        if (same_curve(setting, &sweep->setting[first], key) && !isnan(x) && setting->cycles > 0)
            place[count++] = (struct place){x, setting->cycles};
    }
    qsort(place, count, sizeof *place, by_x);
    for (size_t i = 0; i < count; i++)
        sc_chart_point(chart, (double[]){place[i].x, place[i].y});
    free(place);
    return SC_OK;
}

int sc_chart_sweep(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                   const struct sc_plot_options *options, struct sc_error *err)
{
    struct sweep sweep;
    unsigned curves = 0, dropped = 0;
    size_t first[SERIES_MOST];
    char layers[128];

    (void)set, (void)options;
    sc_chart_start(chart, "sweep", 2);
    int status = make_sweep(&sweep, frame, err);
    unsigned key = status == SC_OK ? widest_key(&sweep) : 0;
    for (size_t i = 0; i < sweep.settings && status == SC_OK; i++) {
        unsigned c = 0;
        while (c < curves && !same_curve(&sweep.setting[first[c]], &sweep.setting[i], key))
            c++;
        if (c < curves)
            continue;
        if (curves == SERIES_MOST) {
            dropped++;
            continue;
        }
        first[curves++] = i;
        status = add_curve(chart, &sweep, frame, i, key, curves, err);
    }
    if (status == SC_OK)
        status = sc_chart_status(chart, err);
    if (status == SC_OK) {
        double low, high, low_y, high_y;
        bool positive = sc_chart_range(chart, 0, &low, &high);
        sc_chart_range(chart, 1, &low_y, &high_y);
        sc_chart_set(chart, "log_x", positive && high > 8 * low);
        sc_chart_set(chart, "low_x", positive ? low : 0);
        sc_chart_set(chart, "high_x", high);
        sc_chart_set(chart, "log_y", high_y > 8 * low_y);
        sc_chart_set(chart, "low_y", low_y);
        sc_chart_set(chart, "high_y", high_y);
        name_layers(layers, sizeof layers, &sweep);
        snprintf(chart->title, sizeof chart->title, "What if: cycles of %s", layers);
        snprintf(chart->x, sizeof chart->x, "%.100s", sc_frame_name(frame, (size_t)sweep.key[key]));
        snprintf(chart->y, sizeof chart->y, "cycles");
        snprintf(chart->note, sizeof chart->note, "best dataflow per layer");
        char *end = chart->note + strlen(chart->note);
        if (dropped)
            snprintf(end, sizeof chart->note - (size_t)(end - chart->note), "; %u configurations on further curves are not drawn", dropped);
    }
    free_sweep(&sweep);
    return status;
}

static double area_size(double area, double low, double high)
{
    return high > low ? 0.35 + 0.65 * (area - low) / (high - low) : 0.6;
}

int sc_chart_pareto(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                    const struct sc_plot_options *options, struct sc_error *err)
{
    struct sweep sweep;
    size_t front = 0;
    double low = INFINITY, high = 0;
    char name[512];

    (void)set, (void)options;
    sc_chart_start(chart, "pareto", 3);
    int status = make_sweep(&sweep, frame, err);
    if (status == SC_OK && sc_frame_column(frame, "pareto") == SC_NO_COLUMN)
        status = sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1, "no column 'pareto', which 'sparsecast sweep' writes");
    for (size_t i = 0; i < sweep.settings && status == SC_OK; i++) {
        front += sweep.setting[i].front;
        low = fmin(low, sweep.setting[i].area);
        high = fmax(high, sweep.setting[i].area);
    }
    size_t stride = sweep.settings > POINTS_MOST ? (sweep.settings + POINTS_MOST - 1) / POINTS_MOST : 1;
    if (status == SC_OK)
        sc_chart_series(chart, "other configurations", 0, SC_LOOK_DATA);
    for (size_t i = 0; i < sweep.settings && status == SC_OK; i += stride)
        if (!sweep.setting[i].front && sweep.setting[i].cycles > 0 && sweep.setting[i].energy > 0)
            sc_chart_point(chart, (double[]){sweep.setting[i].cycles, sweep.setting[i].energy,
                                             area_size(sweep.setting[i].area, low, high)});
    if (status == SC_OK && front > FRONT_MOST)
        sc_chart_series(chart, "Pareto front", 2, SC_LOOK_MARKER);
    for (size_t i = 0, hue = 0; i < sweep.settings && status == SC_OK; i++) {
        const struct setting *setting = &sweep.setting[i];
        if (!setting->front || !(setting->cycles > 0 && setting->energy > 0))
            continue;
        if (front <= FRONT_MOST) {
            name_setting(name, sizeof name, &sweep, frame, setting, sweep.keys);
            sc_chart_series(chart, name, (unsigned)++hue, SC_LOOK_MARKER);
        }
        sc_chart_point(chart, (double[]){setting->cycles, setting->energy, area_size(setting->area, low, high)});
    }
    if (status == SC_OK)
        status = sc_chart_status(chart, err);
    if (status == SC_OK) {
        double low_x, high_x, low_y, high_y;
        sc_chart_range(chart, 0, &low_x, &high_x);
        sc_chart_range(chart, 1, &low_y, &high_y);
        sc_chart_set(chart, "low_x", low_x);
        sc_chart_set(chart, "high_x", high_x);
        sc_chart_set(chart, "low_y", low_y);
        sc_chart_set(chart, "high_y", high_y);
        snprintf(chart->title, sizeof chart->title, "Pareto front of %zu configurations", sweep.settings);
        snprintf(chart->x, sizeof chart->x, "cycles");
        snprintf(chart->y, sizeof chart->y, "energy, J");
        if (high > low)
            snprintf(chart->note, sizeof chart->note, "size of a point: area, %.3g to %.3g mm\u00b2", low, high);
        else
            snprintf(chart->note, sizeof chart->note, "%s", high > 0 ? "equal areas" : "areas unknown");
    }
    free_sweep(&sweep);
    return status;
}
