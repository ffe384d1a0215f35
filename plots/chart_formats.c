/* chart_formats.c - bits of the operands in each storage format, from the rows of `sparsecast formats -f csv`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"

enum { OPERAND, FORMAT, VALUE_BITS, INDEX_BITS, LAYER, COLUMNS, FORMATS_MOST = 24, OPERANDS = 2 };

static const char *const names[COLUMNS] = {"operand", "format", "value_bits", "index_bits", "layer"};

bool sc_has_formats(const struct sc_frame *frame, const struct sc_result_set *set)
{
    (void)set;
    return sc_frame_has(frame, names, COLUMNS);
}

/* Sums per operand and format; those of layers, since totals stand beside them in the file. */
struct sizes {
    const char *format[FORMATS_MOST];
    unsigned formats;
    double value[OPERANDS][FORMATS_MOST], index[OPERANDS][FORMATS_MOST];
};

static void add_row(struct sizes *sizes, const struct sc_frame *frame, size_t row, const int *column)
{
    const char *format = sc_frame_text(frame, row, column[FORMAT]),
               *operand = sc_frame_text(frame, row, column[OPERAND]);
    double value = sc_frame_number(frame, row, column[VALUE_BITS]),
           index = sc_frame_number(frame, row, column[INDEX_BITS]);
    unsigned f = 0, o = strcmp(operand, "b") == 0;
    while (f < sizes->formats && sizes->format[f] != format)
        f++;
    if (f == FORMATS_MOST || isnan(value) || isnan(index) || value < 0 || index < 0)
        return;
    sizes->format[f] = format;
    sizes->formats += f == sizes->formats;
    sizes->value[o][f] += value;
    sizes->index[o][f] += index;
}

/* Whether a file has rows of totals, which then are what is drawn. */
static bool is_total(const char *layer)
{
    return strncmp(layer, "total of ", strlen("total of ")) == 0;
}

static void read_sizes(struct sizes *sizes, const struct sc_frame *frame, const int *column)
{
    bool totals = false;
    memset(sizes, 0, sizeof *sizes);
    for (size_t row = 0; row < sc_frame_rows(frame); row++)
        totals |= is_total(sc_frame_text(frame, row, column[LAYER]));
    for (size_t row = 0; row < sc_frame_rows(frame); row++)
        if (is_total(sc_frame_text(frame, row, column[LAYER])) == totals)
            add_row(sizes, frame, row, column);
}

static double dense_bits(const struct sizes *sizes, unsigned operand)
{
    for (unsigned f = 0; f < sizes->formats; f++)
        if (strcmp(sizes->format[f], "dense") == 0 && sizes->value[operand][f] > 0)
            return sizes->value[operand][f] + sizes->index[operand][f];
    return 0;
}

static void add_part(struct sc_chart *chart, const struct sizes *sizes, bool index)
{
    sc_chart_series(chart, index ? "indices" : "values", index ? 2 : 1, SC_LOOK_DATA);
    for (unsigned o = 0; o < OPERANDS; o++)
        for (unsigned f = 0; f < sizes->formats; f++) {
            double dense = dense_bits(sizes, o), value = sizes->value[o][f], top = value + sizes->index[o][f];
            double left = o * (sizes->formats + 1.0) + f;
            if (dense > 0 && (index ? sizes->index[o][f] : value) > 0)
                sc_chart_point(chart, (double[]){left + 0.5, left + 0.06, left + 0.94, (index ? value : 0) / dense,
                                                 (index ? top : value) / dense});
        }
}

int sc_chart_formats(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                     const struct sc_plot_options *options, struct sc_error *err)
{
    static const char *const title[OPERANDS] = {"A (weights)", "B (activations)"};
    struct sizes sizes;
    int column[COLUMNS];
    double low, high, bars = 0;
    char text[128], bits[64];

    (void)set, (void)options;
    sc_chart_start(chart, "stack", 5);
    for (int c = 0; c < COLUMNS; c++)
        if ((column[c] = sc_frame_column(frame, names[c])) == SC_NO_COLUMN)
            return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1,
                           "no column '%s'; expected what 'sparsecast formats -f csv' writes", names[c]);
    read_sizes(&sizes, frame, column);
    add_part(chart, &sizes, false);
    add_part(chart, &sizes, true);
    for (unsigned o = 0; o < OPERANDS; o++) {
        double start = o * (sizes.formats + 1.0);
        if (dense_bits(&sizes, o) <= 0)
            continue;
        bars = start + sizes.formats;
        sc_short_number(bits, sizeof bits, dense_bits(&sizes, o), "bit");
        snprintf(text, sizeof text, "%s, dense %s", title[o], bits);
        sc_chart_text(chart, 'u', start + sizes.formats / 2.0, text, SC_CHART_NAME);
        for (unsigned f = 0; f < sizes.formats; f++)
            if (sizes.value[o][f] + sizes.index[o][f] > 0)
                sc_chart_text(chart, 'x', start + f + 0.5, sizes.format[f], SC_CHART_LABEL);
    }
    sc_chart_set(chart, "bars", bars);
    if (sc_chart_range(chart, 4, &low, &high))
        sc_chart_set(chart, "most", high * 1.05);
    chart->wide = true;
    snprintf(chart->title, sizeof chart->title, "Storage of the operands by format");
    snprintf(chart->y, sizeof chart->y, "bits / dense bits");
    return sc_chart_status(chart, err);
}
