/* chart_sweep.c - what-if curves: cycles against the swept key that takes most values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"
#include "sweep_set.h"

enum { SERIES_MOST = 8, CATEGORIES_MOST = 40 };

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
}

static double key_number(const struct sc_sweep_set *sweep, const struct sc_frame *frame,
                         const struct sc_sweep_setting *setting, unsigned key)
{
    return sc_frame_number(frame, setting->first, sweep->key[key]);
}

/* The key with the most values: the horizontal axis.  Values that are not all numbers are places in order of
 * appearance. */
static unsigned widest_key(const struct sc_sweep_set *sweep)
{
    unsigned widest = 0;
    size_t most = 0;
    for (unsigned k = 0; k < sweep->keys; k++) {
        size_t values = 0;
        for (size_t i = 0; i < sweep->settings; i++) {
            size_t j = 0;
            while (j < i && j < CATEGORIES_MOST * CATEGORIES_MOST &&
                   sweep->setting[j].key[2 + k] != sweep->setting[i].key[2 + k])
                j++;
            values += j == i;
        }
        widest = values > most ? k : widest;
        most = values > most ? values : most;
    }
    return widest;
}

static bool same_curve(const struct sc_sweep_setting *a, const struct sc_sweep_setting *b, unsigned except)
{
    for (unsigned k = 0; k < SC_SWEEP_KEYS + 2; k++)
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
static int add_curve(struct sc_chart *chart, const struct sc_sweep_set *sweep, const struct sc_frame *frame,
                     size_t first, unsigned key, unsigned hue, struct sc_error *err)
{
    char name[512];
    size_t count = 0;
    struct place *place = calloc(sweep->settings, sizeof *place);
    if (!place)
        return out_of_memory(err);
    sc_sweep_name(name, sizeof name, sweep, frame, &sweep->setting[first], key);
    sc_chart_series(chart, name, hue, SC_LOOK_DATA);
    for (size_t i = first; i < sweep->settings; i++) {
        const struct sc_sweep_setting *setting = &sweep->setting[i];
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
    struct sc_sweep_set sweep;
    unsigned curves = 0, dropped = 0;
    size_t first[SERIES_MOST];
    char layers[128];

    (void)set, (void)options;
    sc_chart_start(chart, "sweep", 2);
    int status = sc_sweep_set_make(&sweep, frame, err);
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
        sc_sweep_layers(layers, sizeof layers, &sweep);
        snprintf(chart->title, sizeof chart->title, "What if: cycles of %s", layers);
        snprintf(chart->x, sizeof chart->x, "%.100s", sc_frame_name(frame, (size_t)sweep.key[key]));
        snprintf(chart->y, sizeof chart->y, "cycles");
        snprintf(chart->note, sizeof chart->note, "best dataflow per layer");
        char *end = chart->note + strlen(chart->note);
        if (dropped)
            snprintf(end, sizeof chart->note - (size_t)(end - chart->note),
                     "; %u configurations on further curves are not drawn", dropped);
    }
    sc_sweep_set_free(&sweep);
    return status;
}
