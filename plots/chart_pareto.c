/* chart_pareto.c - the Pareto front of a sweep: energy against cycles of all configurations.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"
#include "sweep_set.h"

enum { FRONT_MOST = 8, POINTS_MOST = 4000 };

/* A point's area is that of the machine to scale, so that 5.1 and 5.6 mm2 look about the same. */
static double area_size(double area, double low, double high)
{
    return high > low ? fmax(0.3, sqrt(area / high)) : 0.6;
}

int sc_chart_pareto(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                    const struct sc_plot_options *options, struct sc_error *err)
{
    struct sc_sweep_set sweep;
    size_t front = 0;
    double low = INFINITY, high = 0;
    char name[512];

    (void)set, (void)options;
    sc_chart_start(chart, "pareto", 3);
    int status = sc_sweep_set_make(&sweep, frame, err);
    if (status == SC_OK && sc_frame_column(frame, "pareto") == SC_NO_COLUMN)
        status =
            sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1, "no column 'pareto', which 'sparsecast sweep' writes");
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
        const struct sc_sweep_setting *setting = &sweep.setting[i];
        if (!setting->front || !(setting->cycles > 0 && setting->energy > 0))
            continue;
        if (front <= FRONT_MOST) {
            sc_sweep_name(name, sizeof name, &sweep, frame, setting, sweep.keys);
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
    sc_sweep_set_free(&sweep);
    return status;
}
