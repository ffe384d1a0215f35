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

/* What tells an operator's rows from others. */
struct columns {
    int kind, machine, source, n, dataflow;
};

static struct columns find_columns(const struct sc_frame *frame)
{
    return (struct columns){sc_frame_column(frame, "kind"), sc_frame_column(frame, "machine"),
                            sc_frame_column(frame, "source"), sc_frame_column(frame, "K"),
                            sc_frame_column(frame, "dataflow")};
}

/* Whether a row is of the kind, machine, dataflow and source of another. */
static bool is_alike(const struct sc_frame *frame, const struct columns *at, size_t row, size_t like)
{
    return sc_frame_text(frame, row, at->kind) == sc_frame_text(frame, like, at->kind) &&
           sc_frame_text(frame, row, at->machine) == sc_frame_text(frame, like, at->machine) &&
           sc_frame_text(frame, row, at->dataflow) == sc_frame_text(frame, like, at->dataflow) &&
           sc_frame_text(frame, row, at->source) == sc_frame_text(frame, like, at->source) &&
           sc_frame_number(frame, row, at->n) > 0;
}

/* The rows like one, ascending in n, one for each n (the first). */
static size_t gather(struct point *point, const struct sc_frame *frame, size_t like)
{
    const struct columns at = find_columns(frame);
    size_t count = 0, kept = 0;
    for (size_t row = like; row < sc_frame_rows(frame); row++)
        if (is_alike(frame, &at, row, like))
            point[count++] = (struct point){sc_frame_number(frame, row, at.n), row};
    qsort(point, count, sizeof *point, by_n);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || point[kept - 1].n < point[i].n)
            point[kept++] = point[i];
    return kept;
}

/* Whether the rows like one have SIZES_LEAST different n. */
static bool comes_in_sizes(const struct sc_frame *frame, const struct columns *at, size_t like)
{
    double seen[SIZES_LEAST];
    int count = 0;
    for (size_t row = like; row < sc_frame_rows(frame) && count < SIZES_LEAST; row++) {
        double n = sc_frame_number(frame, row, at->n);
        bool known = !is_alike(frame, at, row, like);
        for (int i = 0; i < count; i++)
            known = known || seen[i] == n;
        if (!known)
            seen[count++] = n;
    }
    return count == SIZES_LEAST;
}

/* Finds the first row whose operator comes in several sizes. */
static bool find_operator(size_t *found, const struct sc_frame *frame)
{
    const struct columns at = find_columns(frame);
    const char *tried = NULL;
    for (size_t row = 0; row < sc_frame_rows(frame); row++) {
        const char *kind = sc_frame_text(frame, row, at.kind);
        if (!is_butterfly(kind) || kind == tried)
            continue;
        tried = kind;
        if (comes_in_sizes(frame, &at, row)) {
            *found = row;
            return true;
        }
    }
    return false;
}

bool sc_has_butterflies(const struct sc_frame *frame, const struct sc_result_set *set)
{
    size_t row;
    return set && find_operator(&row, frame);
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
    if (find_operator(&row, frame))
        count = gather(point, frame, row);
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
