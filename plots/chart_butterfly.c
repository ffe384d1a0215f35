/* chart_butterfly.c - cycles of butterfly products and FFTs against their points, by what takes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"

enum { SIZES_LEAST = 3, PARTS = 4 };

static const char *const part_columns[PARTS] = {"stationary_cycles", "stream_cycles", "stall_cycles", "cycles"};

static bool is_butterfly(const char *kind)
{
    return strcmp(kind, "bpmm") == 0 || strcmp(kind, "fft") == 0 || strcmp(kind, "fft2d") == 0;
}

/* One operator: its points n and its row. */
struct point {
    double n;
    size_t row;
};

static int by_n(const void *left, const void *right)
{
    const struct point *a = left, *b = right;
    int order = (a->n > b->n) - (a->n < b->n);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

/* The rows of one kind on one machine by one source, ascending in n, one for each n (the first). */
static size_t gather(struct point *point, const struct sc_frame *frame, size_t like)
{
    int kind = sc_frame_column(frame, "kind"), machine = sc_frame_column(frame, "machine");
    int source = sc_frame_column(frame, "source"), n = sc_frame_column(frame, "K"),
        dataflow = sc_frame_column(frame, "dataflow");
    size_t count = 0, kept = 0;
    for (size_t row = like; row < sc_frame_rows(frame); row++) {
        double points = sc_frame_number(frame, row, n);
        if (sc_frame_text(frame, row, kind) == sc_frame_text(frame, like, kind) &&
            sc_frame_text(frame, row, machine) == sc_frame_text(frame, like, machine) &&
            sc_frame_text(frame, row, dataflow) == sc_frame_text(frame, like, dataflow) &&
            sc_frame_text(frame, row, source) == sc_frame_text(frame, like, source) && points > 0)
            point[count++] = (struct point){points, row};
    }
    qsort(point, count, sizeof *point, by_n);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || point[kept - 1].n < point[i].n)
            point[kept++] = point[i];
    return kept;
}

/* The first row whose operator comes in several sizes; their number in *count, 0 when there is none. */
static size_t find_operator(struct point *point, const struct sc_frame *frame, size_t *count)
{
    int kind = sc_frame_column(frame, "kind");
    const char *tried = NULL;
    *count = 0;
    for (size_t row = 0; row < sc_frame_rows(frame); row++) {
        if (!is_butterfly(sc_frame_text(frame, row, kind)) || sc_frame_text(frame, row, kind) == tried)
            continue;
        tried = sc_frame_text(frame, row, kind);
        *count = gather(point, frame, row);
        if (*count >= SIZES_LEAST)
            return row;
    }
    *count = 0;
    return 0;
}

bool sc_has_butterflies(const struct sc_frame *frame, const struct sc_result_set *set)
{
    size_t count = 0;
    struct point *point = set ? calloc(sc_frame_rows(frame) + 1, sizeof *point) : NULL;
    if (point)
        find_operator(point, frame, &count);
    free(point);
    return count > 0;
}

int sc_chart_butterfly(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                       const struct sc_plot_options *options, struct sc_error *err)
{
    static const char *const part_names[PARTS] = {"fetching weights", "computing", "waiting", "all cycles"};
    static const unsigned hues[PARTS] = {5, 1, 2, 8};
    struct point *point = calloc(sc_frame_rows(frame) + 1, sizeof *point);
    size_t count = 0, row = 0;
    double low = INFINITY, high = 0;

    (void)set, (void)options;
    sc_chart_start(chart, "butterfly", 2);
    if (!point)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    row = find_operator(point, frame, &count);
    for (int p = 0; p < PARTS; p++) {
        int column = sc_frame_column(frame, part_columns[p]);
        sc_chart_series(chart, part_names[p], hues[p], SC_LOOK_DATA);
        for (size_t i = 0; i < count; i++) {
            double cycles = sc_frame_number(frame, point[i].row, column);
            if (!(cycles > 0))
                continue;
            sc_chart_point(chart, (double[]){point[i].n, cycles});
            low = fmin(low, cycles);
            high = fmax(high, cycles);
        }
    }
    int status = count ? sc_chart_status(chart, err)
                       : sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0,
                                 "expected rows of kind bpmm, fft or fft2d with at least %d different K", SIZES_LEAST);
    if (status == SC_OK) {
        sc_chart_set(chart, "low_x", point[0].n);
        sc_chart_set(chart, "high_x", point[count - 1].n);
        sc_chart_set(chart, "low_y", fmax(low, high / 1e6));
        sc_chart_set(chart, "high_y", high);
        snprintf(chart->title, sizeof chart->title, "Cycles of %.20s on %.60s",
                 sc_frame_text(frame, row, sc_frame_column(frame, "kind")),
                 sc_frame_text(frame, row, sc_frame_column(frame, "machine")));
        snprintf(chart->x, sizeof chart->x, "points n");
        snprintf(chart->y, sizeof chart->y, "cycles");
        snprintf(chart->note, sizeof chart->note,
                 "waiting: for transfers, loads, stores, scratchpad or DRAM, and filling pipes");
    }
    free(point);
    return status;
}
