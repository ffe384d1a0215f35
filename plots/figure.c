/* figure.c - from a result set to grouped bars: which items, which ratios, which are shown.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "figure.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"

/* The range of values from which a linear axis would hide the small bars: 2 mm of a bar of 60 mm. */
static const double logarithmic_from = 30;

enum { NAME_COLUMNS = 28 };

/* What a group of bars stands for, before the choice of what is shown: a layer, or all layers of a model. */
struct item {
    const char *layer, *model; /* layer NULL: a whole model */
    double *cycles;            /* one per series, negative when unknown */
    size_t position;           /* in the file */
};

struct items {
    struct item *item;
    size_t count;
    double *cells;
    unsigned series;
};

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
}

static bool by_machine(const struct sc_result_set *set)
{
    return set->machines.count > 1;
}

static int allocate_items(struct items *items, size_t count, unsigned series, struct sc_error *err)
{
    items->series = series;
    items->item = calloc(count, sizeof *items->item);
    items->cells = calloc(count, series * sizeof *items->cells);
    if (!items->item || !items->cells)
        return out_of_memory(err);
    for (size_t i = 0; i < count; i++)
        items->item[i] = (struct item){.cycles = items->cells + i * series, .position = i};
    return SC_OK;
}

/* Cycles of a layer in series `s`: a machine's best dataflow, or a dataflow of the only machine. */
static double layer_cycles(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned s)
{
    return by_machine(set) ? sc_set_best(set, layer, s) : layer->cycles[s];
}

static int items_of_layers(struct items *items, const struct sc_result_set *set, unsigned series, struct sc_error *err)
{
    int status = allocate_items(items, set->layer_count, series, err);
    if (status != SC_OK)
        return status;
    items->count = set->layer_count;
    for (size_t i = 0; i < items->count; i++) {
        items->item[i].layer = set->layers[i].layer;
        items->item[i].model = set->layers[i].model;
        for (unsigned s = 0; s < series; s++)
            items->item[i].cycles[s] = layer_cycles(set, &set->layers[i], s);
    }
    return SC_OK;
}

static size_t find_model(const struct items *items, const char *model)
{
    size_t i = 0;
    while (i < items->count && strcmp(items->item[i].model, model) != 0)
        i++;
    return i;
}

/* Sums count x cycles over the layers of each model.  Stops with *items empty when there are more than SC_FIGURE_GROUPS
 * models or, unless `even_one`, only one. */
static int items_of_models(struct items *items, const struct sc_result_set *set, unsigned series, bool even_one,
                           struct sc_error *err)
{
    int status = allocate_items(items, SC_FIGURE_GROUPS, series, err);
    if (status != SC_OK)
        return status;
    for (size_t i = 0; i < set->layer_count; i++) {
        const struct sc_set_layer *layer = &set->layers[i];
        size_t m = find_model(items, layer->model);
        if (m == SC_FIGURE_GROUPS) {
            items->count = 0;
            break;
        }
        if (m == items->count) {
            items->item[m].model = layer->model;
            items->count++;
        }
        for (unsigned s = 0; s < series; s++) {
            double cycles = layer_cycles(set, layer, s), *sum = &items->item[m].cycles[s];
            *sum = cycles < 0 || *sum < 0 ? -1 : *sum + layer->count * cycles;
        }
    }
    if (items->count == 1 && !even_one)
        items->count = 0;
    return SC_OK;
}

static void free_items(struct items *items)
{
    free(items->item);
    free(items->cells);
    memset(items, 0, sizeof *items);
}

static bool complete(const struct items *items, size_t i)
{
    for (unsigned s = 0; s < items->series; s++)
        if (items->item[i].cycles[s] <= 0)
            return false;
    return true;
}

/* Mean of ln(cycles) of a series over the items that every series has; NaN when there are none. */
static double mean_log(const struct items *items, unsigned s)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < items->count; i++) {
        if (!complete(items, i))
            continue;
        sum += log(items->item[i].cycles[s]);
        count++;
    }
    return count ? sum / (double)count : NAN;
}

static int choose_baseline(unsigned *baseline, const struct sc_result_set *set, const struct items *items,
                           const char *name, struct sc_error *err)
{
    *baseline = 0;
    for (unsigned s = 0; s < items->series; s++) {
        if (name ? strcmp(name, set->machines.name[s]) == 0 : mean_log(items, s) > mean_log(items, *baseline))
            *baseline = s;
    }
    if (name && strcmp(name, set->machines.name[*baseline]) != 0)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--baseline %s: the results have no such machine; the first is '%s'",
                       name, set->machines.name[0]);
    return SC_OK;
}

/* The series whose cycles decide which items matter most: the baseline, or the first one known. */
static double weight(const struct item *item, unsigned series, unsigned baseline)
{
    double cycles = item->cycles[baseline];
    for (unsigned s = 0; s < series && cycles < 0; s++)
        cycles = item->cycles[s];
    return cycles;
}

/* Marks in `shown` the SC_FIGURE_GROUPS items of most cycles (all, when there are no more). */
static void choose_shown(bool *shown, const struct items *items, unsigned baseline)
{
    size_t chosen[SC_FIGURE_GROUPS], count = 0;
    for (size_t i = 0; i < items->count; i++) {
        double value = weight(&items->item[i], items->series, baseline);
        size_t at = count;
        while (at > 0 && weight(&items->item[chosen[at - 1]], items->series, baseline) < value)
            at--;
        if (at == SC_FIGURE_GROUPS)
            continue;
        if (count < SC_FIGURE_GROUPS)
            count++;
        memmove(chosen + at + 1, chosen + at, (count - 1 - at) * sizeof *chosen);
        chosen[at] = i;
    }
    for (size_t i = 0; i < count; i++)
        shown[chosen[i]] = true;
}

/* What goes into labels: the layer, unless each item has a model of its own (totals), and the model where models
 * differ. */
struct labelling {
    bool layer, model;
};

static bool equal_models(const struct item *a, const struct item *b)
{
    return strcmp(a->model, b->model) == 0;
}

static struct labelling choose_labelling(const struct items *items)
{
    struct labelling with = {.layer = items->item[0].layer, .model = false};
    bool distinct = items->count > 1 && items->count <= SC_FIGURE_GROUPS;
    for (size_t i = 1; i < items->count; i++)
        with.model = with.model || !equal_models(&items->item[i], &items->item[0]);
    for (size_t i = 1; distinct && i < items->count; i++)
        for (size_t j = 0; distinct && j < i; j++)
            distinct = !equal_models(&items->item[i], &items->item[j]);
    with.layer = with.layer && !distinct;
    return with;
}

static void label_group(struct sc_bar_group *group, const struct item *item, struct labelling with)
{
    char both[512];
    const char *model = item->model[0] ? item->model : "(no model)";
    if (!with.layer)
        snprintf(both, sizeof both, "%s", model);
    else
        snprintf(both, sizeof both, "%s%s%s", with.model ? model : "", with.model ? " " : "", item->layer);
    sc_short_name(group->label, both, SC_LABEL_COLUMNS);
}

/* Fills the values of a group: cycles, or the baseline's cycles over them.  The baseline itself gets no bars of
 * height 1. */
static void fill_group(struct sc_figure *figure, struct sc_bar_group *group, const struct item *item, unsigned baseline)
{
    for (unsigned s = 0; s < figure->series->count; s++) {
        double cycles = item->cycles[s], base = item->cycles[baseline];
        group->value[s] = -1;
        if (!figure->ratio)
            group->value[s] = cycles;
        else if (s != baseline && cycles > 0 && base > 0)
            group->value[s] = base / cycles;
    }
}

/* The geometric means of the ratios over all items, shown or not. */
static void fill_summary(struct sc_figure *figure, const struct items *items, unsigned baseline)
{
    double base = mean_log(items, baseline);
    if (!figure->ratio || isnan(base) || items->count < 2)
        return;
    struct sc_bar_group *group = &figure->groups[figure->group_count++];
    snprintf(group->label, sizeof group->label, "mean");
    for (unsigned s = 0; s < items->series; s++)
        group->value[s] = s == baseline ? -1 : exp(base - mean_log(items, s));
    figure->summary = true;
}

/* Finds the smallest and largest bar; false when there is none.  Ratios are always seen beside 1. */
static bool find_range(struct sc_figure *figure)
{
    bool any = false;
    figure->low = figure->ratio ? 1 : INFINITY;
    figure->high = figure->ratio ? 1 : 0;
    for (size_t g = 0; g < figure->group_count; g++)
        for (unsigned s = 0; s < figure->series->count; s++) {
            double value = figure->groups[g].value[s];
            if (value <= 0)
                continue;
            any = true;
            figure->low = fmin(figure->low, value);
            figure->high = fmax(figure->high, value);
        }
    figure->logarithmic = figure->high > logarithmic_from * figure->low;
    return any;
}

static void write_titles(struct sc_figure *figure, const struct sc_result_set *set, const struct items *items,
                         size_t shown, unsigned baseline)
{
    char name[4 * NAME_COLUMNS + 1];
    const char *mean = "";

    sc_short_name(name, set->machines.name[figure->ratio ? baseline : 0], NAME_COLUMNS);
    snprintf(figure->title, sizeof figure->title, "%s %s", figure->ratio ? "Speed-up over" : "Cycles on", name);
    figure->axis = figure->ratio ? "speed-up (best dataflow)" : "cycles";
    if (shown < items->count) {
        mean = figure->summary ? ", and the geometric mean of all" : "";
        snprintf(figure->note, sizeof figure->note, "the %zu of %zu layers with the most cycles%s", shown, items->count,
                 mean);
        return;
    }
    mean = figure->summary ? ", and their geometric mean" : "";
    if (items->item[0].layer)
        snprintf(figure->note, sizeof figure->note, "layers%s", mean);
    else
        snprintf(figure->note, sizeof figure->note, "models (%zu layers%s)%s", set->layer_count,
                 set->has_counts ? "" : ", each counted once", mean);
}

/* The items of the figure: layers, or models when they are wanted or the layers are too many. */
static int collect(struct items *items, const struct sc_result_set *set, unsigned series, bool models,
                   struct sc_error *err)
{
    int status = SC_OK;
    if (models || set->layer_count > SC_FIGURE_GROUPS)
        status = items_of_models(items, set, series, models, err);
    if (status != SC_OK || items->count > 0)
        return status;
    free_items(items);
    return items_of_layers(items, set, series, err);
}

static int build_groups(struct sc_figure *figure, const struct sc_result_set *set, const struct items *items,
                        unsigned baseline, struct sc_error *err)
{
    bool *shown = calloc(items->count, sizeof *shown);
    struct labelling labelling = choose_labelling(items);
    unsigned series = items->series;

    figure->groups = calloc(SC_FIGURE_GROUPS + 1, sizeof *figure->groups);
    figure->values = calloc((SC_FIGURE_GROUPS + 1) * (size_t)series, sizeof *figure->values);
    if (!shown || !figure->groups || !figure->values) {
        free(shown);
        return out_of_memory(err);
    }
    for (size_t g = 0; g <= SC_FIGURE_GROUPS; g++)
        figure->groups[g].value = figure->values + g * series;
    choose_shown(shown, items, baseline);
    for (size_t i = 0; i < items->count; i++) {
        if (!shown[i])
            continue;
        struct sc_bar_group *group = &figure->groups[figure->group_count++];
        label_group(group, &items->item[i], labelling);
        fill_group(figure, group, &items->item[i], baseline);
    }
    free(shown);
    size_t drawn = figure->group_count;
    fill_summary(figure, items, baseline);
    write_titles(figure, set, items, drawn, baseline);
    if (find_range(figure))
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                   "no layer has cycles above 0%s, so there is nothing to draw",
                   figure->ratio ? " on the baseline and another machine" : "");
}

int sc_figure_build(struct sc_figure *figure, const struct sc_result_set *set, const struct sc_figure_options *options,
                    struct sc_error *err)
{
    struct items items = {0};
    unsigned baseline = 0;

    memset(figure, 0, sizeof *figure);
    figure->ratio = by_machine(set);
    figure->series = figure->ratio ? &set->machines : &set->dataflows;
    if (!figure->ratio && options->baseline)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--baseline needs results of several machines; these have only '%s'",
                       set->machines.name[0]);
    int status = collect(&items, set, figure->series->count, options->models, err);
    if (status == SC_OK && figure->ratio)
        status = choose_baseline(&baseline, set, &items, options->baseline, err);
    if (status == SC_OK)
        status = build_groups(figure, set, &items, baseline, err);
    free_items(&items);
    return status;
}

void sc_figure_free(struct sc_figure *figure)
{
    free(figure->groups);
    free(figure->values);
    memset(figure, 0, sizeof *figure);
}
