/* bars.c - which groups a figure of bars shows, and the sums of their columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bars.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { COLUMNS_MOST = 16, TITLE_NAME = 26 };

unsigned sc_member_count(const struct sc_result_set *set)
{
    return set->machines.count > 1 ? set->machines.count : set->dataflows.count;
}

const char *sc_member_name(const struct sc_result_set *set, unsigned member)
{
    return set->machines.count > 1 ? set->machines.name[member] : set->dataflows.name[member];
}

unsigned sc_member_hue(const struct sc_result_set *set, unsigned member)
{
    return set->machines.count > 1 ? member + 1 : sc_dataflow_hue(set->dataflows.name[member]);
}

bool sc_member_row(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned member, size_t *row)
{
    unsigned machine = set->machines.count > 1 ? member : 0;
    unsigned dataflow = set->machines.count > 1 ? sc_set_best_dataflow(set, layer, machine) : member;
    if (dataflow == set->dataflows.count || layer->cycles[machine * set->dataflows.count + dataflow] < 0)
        return false;
    *row = layer->row[machine * set->dataflows.count + dataflow];
    return true;
}

void sc_machines_title(char *out, size_t size, const struct sc_result_set *set)
{
    char name[4 * SC_CHART_NAME + 1];
    sc_short_name(name, set->machines.name[0], TITLE_NAME);
    if (set->machines.count == 1)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%s and %u more", name, set->machines.count - 1);
}

void sc_short_number(char *out, size_t size, double value, const char *unit)
{
    static const char *const prefix[] = {"p", "n", "\u00b5", "m", "", "k", "M", "G", "T", "P"};
    int step = value > 0 && isfinite(value) ? (int)floor(log10(value) / 3 + 1e-9) : 0;
    char digits[SC_NUMBER_SIZE];
    if (!isfinite(value)) {
        snprintf(out, size, "beyond all bounds");
        return;
    }
    step = step < -4 ? -4 : step > 5 ? 5 : step;
    sc_format_number(digits, value / pow(1000, step), 3);
    const char *si = prefix[step + 4];
    snprintf(out, size, "%s%s%s%s", digits, *si || *unit ? " " : "", si, unit);
}

static double weight_of(const struct sc_result_set *set, const struct sc_set_layer *layer)
{
    double best = INFINITY;
    for (unsigned m = 0; m < set->machines.count; m++) {
        double cycles = sc_set_best(set, layer, m);
        best = cycles >= 0 && cycles < best ? cycles : best;
    }
    return best * layer->count;
}

static int allocate(struct sc_bars *bars, size_t room, struct sc_error *err)
{
    size_t cells = (size_t)bars->members * bars->columns;
    free(bars->item);
    free(bars->cells);
    bars->item = calloc(room, sizeof *bars->item);
    bars->cells = calloc(room, cells * sizeof *bars->cells);
    bars->count = 0;
    if (!bars->item || !bars->cells)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the bars of a figure");
    for (size_t i = 0; i < room; i++)
        bars->item[i].value = bars->cells + i * cells;
    return SC_OK;
}

/* Adds a layer's columns, `times` times, to an item. */
static void add_layer(struct sc_bars *bars, struct sc_bar_item *item, const struct sc_set_layer *layer,
                      const int *column, double times)
{
    for (unsigned m = 0; m < bars->members; m++) {
        size_t row = 0;
        bool known = sc_member_row(bars->set, layer, m, &row);
        for (unsigned c = 0; c < bars->columns; c++)
            item->value[m * bars->columns + c] +=
                known ? times * sc_frame_number(bars->set->frame, row, column[c]) : NAN;
    }
    item->weight += weight_of(bars->set, layer);
}

/* One item per model; stops with none when there is only one model, or more than `most`. */
static int collect_models(struct sc_bars *bars, const int *column, size_t most, struct sc_error *err)
{
    int status = allocate(bars, most, err);
    for (size_t i = 0; i < bars->set->layer_count && status == SC_OK; i++) {
        const struct sc_set_layer *layer = &bars->set->layers[i];
        size_t m = 0;
        while (m < bars->count && bars->item[m].model != layer->model)
            m++;
        if (m == most) {
            bars->count = 0;
            return SC_OK;
        }
        bars->item[m].model = layer->model;
        bars->count += m == bars->count;
        add_layer(bars, &bars->item[m], layer, column, layer->count);
    }
    if (bars->count == 1)
        bars->count = 0;
    snprintf(bars->note, sizeof bars->note, "models (%zu layers)", bars->set->layer_count);
    return status;
}

/* Marks the `most` layers of most cycles. */
static void choose(const struct sc_result_set *set, size_t most, bool *shown)
{
    size_t chosen[SC_BARS_MOST], count = 0;
    double weight[SC_BARS_MOST];
    for (size_t i = 0; i < set->layer_count; i++) {
        double w = weight_of(set, &set->layers[i]);
        size_t at = count;
        while (at > 0 && weight[at - 1] < w)
            at--;
        if (at == most)
            continue;
        count += count < most;
        memmove(chosen + at + 1, chosen + at, (count - 1 - at) * sizeof *chosen);
        memmove(weight + at + 1, weight + at, (count - 1 - at) * sizeof *weight);
        chosen[at] = i;
        weight[at] = w;
    }
    for (size_t i = 0; i < count; i++)
        shown[chosen[i]] = true;
}

static int collect_layers(struct sc_bars *bars, const int *column, size_t most, struct sc_error *err)
{
    const struct sc_result_set *set = bars->set;
    bool *shown = calloc(set->layer_count, sizeof *shown);
    int status = allocate(bars, most, err);
    if (!shown && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the bars of a figure");
    if (status == SC_OK)
        choose(set, most, shown);
    for (size_t i = 0; i < set->layer_count && status == SC_OK; i++) {
        if (!shown[i])
            continue;
        struct sc_bar_item *item = &bars->item[bars->count++];
        item->layer = set->layers[i].layer;
        item->model = set->layers[i].model;
        add_layer(bars, item, &set->layers[i], column, 1);
    }
    if (bars->count < set->layer_count)
        snprintf(bars->note, sizeof bars->note, "the %zu of %zu layers with the most cycles", bars->count,
                 set->layer_count);
    free(shown);
    return status;
}

/* Labels name the layer unless each item has a model of its own (totals), and the model where models differ. */
static void choose_labels(struct sc_bars *bars)
{
    bool distinct = bars->count > 1;
    bars->models = false;
    for (size_t i = 1; i < bars->count; i++) {
        bars->models |= bars->item[i].model != bars->item[0].model;
        for (size_t j = 0; j < i && distinct; j++)
            distinct = bars->item[i].model != bars->item[j].model;
    }
    bars->layers = bars->count > 0 && bars->item[0].layer && !distinct;
}

int sc_bars_collect(struct sc_bars *bars, const struct sc_result_set *set, const char *const *columns, unsigned count,
                    struct sc_error *err)
{
    int column[COLUMNS_MOST], status = SC_OK;
    memset(bars, 0, sizeof *bars);
    bars->set = set;
    bars->members = sc_member_count(set);
    bars->columns = count;
    size_t most = SC_BARS_MOST / bars->members > 0 ? SC_BARS_MOST / bars->members : 1;
    for (unsigned c = 0; c < count; c++) {
        column[c] = sc_frame_column(set->frame, columns[c]);
        if (column[c] == SC_NO_COLUMN)
            return sc_fail(err, SC_BAD_INPUT, sc_frame_path(set->frame), 1, "no column '%s', which this figure shows",
                           columns[c]);
    }
    if (set->layer_count > most)
        status = collect_models(bars, column, most, err);
    if (status == SC_OK && bars->count == 0)
        status = collect_layers(bars, column, most, err);
    choose_labels(bars);
    return status;
}

void sc_bars_free(struct sc_bars *bars)
{
    free(bars->item);
    free(bars->cells);
    memset(bars, 0, sizeof *bars);
}

double sc_bars_value(const struct sc_bars *bars, size_t item, unsigned member, unsigned column)
{
    return bars->item[item].value[member * bars->columns + column];
}

void sc_bars_label(const struct sc_bars *bars, size_t item, char label[4 * SC_CHART_LABEL + 1])
{
    char both[512];
    const char *model = bars->item[item].model[0] ? bars->item[item].model : "(no model)";
    if (!bars->layers)
        snprintf(both, sizeof both, "%s", model);
    else
        snprintf(both, sizeof both, "%s%s%s", bars->models ? model : "", bars->models ? " " : "",
                 bars->item[item].layer);
    sc_short_name(label, both, SC_CHART_LABEL);
}
