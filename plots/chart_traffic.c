/* chart_traffic.c - words and bytes moved at each level: STR cache, partial sums, DRAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"

enum { L1_READS, PSUM_WRITES, PSUM_READS, DRAM_READ, DRAM_WRITE, COLUMNS };
enum { PANELS = 3, COLUMN_BARS = 24 };

static const double bar_share = 0.84; /* of a group's width; the rest separates the groups */

/* The height of a bar in a panel. */
static double panel_value(const struct sc_bars *bars, size_t item, unsigned member, int panel)
{
    if (panel == 0)
        return sc_bars_value(bars, item, member, L1_READS);
    int first = panel == 1 ? PSUM_WRITES : DRAM_READ;
    return sc_bars_value(bars, item, member, first) + sc_bars_value(bars, item, member, first + 1);
}

static void add_member(struct sc_chart *chart, const struct sc_bars *bars, unsigned member)
{
    double width = bar_share / bars->members;
    sc_chart_series(chart, sc_member_name(bars->set, member), sc_member_hue(bars->set, member), SC_LOOK_DATA);
    for (size_t i = 0; i < bars->count; i++)
        for (int panel = 0; panel < PANELS; panel++) {
            double value = panel_value(bars, i, member, panel);
            double left = (double)i + 1 - bar_share / 2 + width * member;
            if (value > 0)
                sc_chart_point(chart, (double[]){left + width / 2, left, left + width, value, panel});
        }
}

/* Decades that hold all values of a panel; empty panels get one decade. */
static void set_ranges(struct sc_chart *chart)
{
    static const char *const low_name[] = {"low0", "low1", "low2"}, *const high_name[] = {"high0", "high1", "high2"};
    for (int panel = 0; panel < PANELS; panel++) {
        double low = INFINITY, high = 0;
        for (size_t i = 0; i < chart->number_count; i += chart->columns) {
            const double *point = chart->numbers + i;
            if (point[4] == panel) {
                low = fmin(low, point[3]);
                high = fmax(high, point[3]);
            }
        }
        sc_chart_set(chart, low_name[panel], high > 0 ? pow(10, floor(log10(low / 1.2))) : 1);
        sc_chart_set(chart, high_name[panel], high > 0 ? high * 1.6 : 10);
    }
}

int sc_chart_traffic(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                     const struct sc_plot_options *options, struct sc_error *err)
{
    static const char *const columns[COLUMNS] = {"l1_reads", "psum_writes", "psum_reads", "dram_read_bytes",
                                                 "dram_write_bytes"};
    struct sc_bars bars;
    char label[4 * SC_CHART_LABEL + 1], machines[4 * SC_CHART_NAME + 32];

    (void)frame, (void)options;
    sc_chart_start(chart, "traffic", 5);
    int status = sc_bars_collect(&bars, set, columns, COLUMNS, err);
    if (status == SC_OK) {
        for (unsigned m = 0; m < bars.members; m++)
            add_member(chart, &bars, m);
        for (size_t i = 0; i < bars.count; i++) {
            sc_bars_label(&bars, i, label);
            sc_chart_text(chart, 'x', (double)i + 1, label, SC_CHART_LABEL);
        }
        set_ranges(chart);
        sc_chart_set(chart, "groups", (double)bars.count);
        chart->wide = bars.count * bars.members > COLUMN_BARS;
        sc_machines_title(machines, sizeof machines, set);
        snprintf(chart->title, sizeof chart->title, "Traffic by level on %s", machines);
        snprintf(chart->note, sizeof chart->note, "%s%spsums: written and read; no bar: none moved", bars.note,
                 bars.note[0] ? "; " : "");
        status = sc_chart_status(chart, err);
    }
    sc_bars_free(&bars);
    return status;
}
