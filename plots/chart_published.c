/* chart_published.c - published values as markers over our bars, from the rows of `sparsecast reproduce -f csv`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "published.h"

enum { GROUPS_MOST = 40, SERIES_MOST = 8, KEY_SIZE = 64, COLUMN_BARS = 20, LABEL = 24 };

static const char *const names[SC_PUBLISHED_COLUMNS] = {"paper", "figure",    "item",      "quantity",
                                                        "unit",  "published", "simulated", "estimated"};
static const double bar_share = 0.84;

/* What is drawn: the rows of one quantity (or one unit) of a figure. */
struct view {
    struct sc_published rows;
    const char *quantity; /* NULL: series are quantities */
    char group_text[GROUPS_MOST][KEY_SIZE], series_text[SERIES_MOST][KEY_SIZE];
    size_t groups;
    unsigned series_count;
};

bool sc_has_published(const struct sc_frame *frame, const struct sc_result_set *set)
{
    (void)set;
    return sc_frame_has(frame, names, SC_PUBLISHED_COLUMNS);
}

/* Letters and digits alone, in lower case: "Fig. 13" is "fig13". */
static void plain(char out[KEY_SIZE], const char *text)
{
    size_t length = 0;
    for (; *text && length < KEY_SIZE - 1; text++)
        if (isalnum((unsigned char)*text))
            out[length++] = (char)tolower((unsigned char)*text);
    out[length] = '\0';
}

const char *sc_published_cell(const struct sc_published *rows, size_t row, enum sc_published_column column)
{
    return sc_frame_text(rows->frame, row, rows->column[column]);
}

double sc_published_number(const struct sc_published *rows, size_t row, enum sc_published_column column)
{
    return sc_frame_number(rows->frame, row, rows->column[column]);
}

static bool in_figure(const struct sc_published *rows, size_t row)
{
    const char *item = sc_published_cell(rows, row, SC_PUBLISHED_ITEM);
    return item[0] && item[0] != '(' &&
           (!rows->paper || sc_published_cell(rows, row, SC_PUBLISHED_PAPER) == rows->paper) &&
           (!rows->figure || sc_published_cell(rows, row, SC_PUBLISHED_FIGURE) == rows->figure);
}

bool sc_published_numbers(const struct sc_published *rows, size_t row)
{
    return in_figure(rows, row) && !isnan(sc_published_number(rows, row, SC_PUBLISHED_VALUE)) &&
           (!isnan(sc_published_number(rows, row, SC_PUBLISHED_SIMULATED)) ||
            !isnan(sc_published_number(rows, row, SC_PUBLISHED_ESTIMATED)));
}

const char *sc_published_ours(const struct sc_published *rows, size_t row)
{
    const char *simulated = sc_published_cell(rows, row, SC_PUBLISHED_SIMULATED);
    return simulated[0] ? simulated : sc_published_cell(rows, row, SC_PUBLISHED_ESTIMATED);
}

bool sc_published_names(const struct sc_published *rows, size_t row)
{
    return in_figure(rows, row) && sc_published_cell(rows, row, SC_PUBLISHED_VALUE)[0] &&
           isnan(sc_published_number(rows, row, SC_PUBLISHED_VALUE)) && sc_published_ours(rows, row)[0];
}

static const char *cell(const struct view *view, size_t row, int column)
{
    return sc_published_cell(&view->rows, row, (enum sc_published_column)column);
}

static double number(const struct view *view, size_t row, int column)
{
    return sc_published_number(&view->rows, row, (enum sc_published_column)column);
}

/* Whether a row is of the figure asked for: "fig13", or "flexagon/fig13" of the paper whose name begins so. */
static bool asked_for(const struct view *view, size_t row, const char *figure)
{
    char want[KEY_SIZE], have[KEY_SIZE], paper[KEY_SIZE], want_paper[KEY_SIZE] = "";
    const char *slash = strchr(figure, '/');
    plain(want, slash ? slash + 1 : figure);
    plain(have, cell(view, row, SC_PUBLISHED_FIGURE));
    plain(paper, cell(view, row, SC_PUBLISHED_PAPER));
    if (slash) {
        plain(want_paper, figure);
        want_paper[slash - figure < KEY_SIZE ? slash - figure : KEY_SIZE - 1] = '\0';
    }
    return strcmp(want, have) == 0 && strncmp(paper, want_paper, strlen(want_paper)) == 0;
}

/* "fig1, fig12, ...": the figures that can be asked for, as far as they fit; rows of a figure follow each other. */
static void name_figures(char *out, size_t size, const struct view *view)
{
    char key[KEY_SIZE], last[KEY_SIZE] = "";
    size_t used = 0;
    out[0] = '\0';
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame) && used < size; row++) {
        plain(key, cell(view, row, SC_PUBLISHED_FIGURE));
        if (strcmp(key, last) == 0 || !(sc_published_numbers(&view->rows, row) || sc_published_names(&view->rows, row)))
            continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", key);
        memcpy(last, key, sizeof last);
    }
}

static int find_figure(struct view *view, const char *figure, struct sc_error *err)
{
    char known[500];
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame); row++) {
        if (!(sc_published_numbers(&view->rows, row) || (figure && sc_published_names(&view->rows, row))) ||
            (figure && !asked_for(view, row, figure)))
            continue;
        view->rows.paper = cell(view, row, SC_PUBLISHED_PAPER);
        view->rows.figure = cell(view, row, SC_PUBLISHED_FIGURE);
        return SC_OK;
    }
    if (figure) {
        name_figures(known, sizeof known, view);
        return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                       "no rows with published and own numbers of '%.100s', expected one of %s", figure, known);
    }
    return sc_fail(err, SC_BAD_INPUT, sc_frame_path(view->rows.frame), 0, "has no row with published and own numbers");
}

static bool belongs(const struct view *view, size_t row)
{
    return sc_published_numbers(&view->rows, row);
}

/* Items "LAYER MACHINE", with several machines, make groups of machines; other items make groups of quantities. */
static bool items_are_pairs(const struct view *view)
{
    const char *first = NULL;
    bool several = false;
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame); row++) {
        const char *last = belongs(view, row) ? strrchr(cell(view, row, SC_PUBLISHED_ITEM), ' ') : first;
        if (belongs(view, row) && !last)
            return false;
        several = several || (first && strcmp(first, last) != 0);
        first = last;
    }
    return several;
}

/* The commonest quantity of the figure: the one that is drawn where items are pairs. */
static const char *commonest(const struct view *view)
{
    const char *best = NULL;
    size_t most = 0, rows = sc_frame_rows(view->rows.frame);
    for (size_t i = 0; i < rows; i++) {
        size_t count = 0;
        if (!belongs(view, i) || cell(view, i, SC_PUBLISHED_QUANTITY) == best)
            continue;
        for (size_t j = 0; j < rows; j++)
            count += belongs(view, j) && cell(view, j, SC_PUBLISHED_QUANTITY) == cell(view, i, SC_PUBLISHED_QUANTITY);
        if (count > most) {
            most = count;
            best = cell(view, i, SC_PUBLISHED_QUANTITY);
        }
    }
    return best;
}

/* The number of a text in a list, which it enters if there is room; `most` otherwise. */
static size_t place_of(char list[][KEY_SIZE], size_t *count, size_t most, const char *text)
{
    char kept[KEY_SIZE];
    size_t i = 0;
    snprintf(kept, sizeof kept, "%s", text);
    while (i < *count && strcmp(list[i], kept) != 0)
        i++;
    if (i == *count && i < most) {
        memcpy(list[i], kept, KEY_SIZE);
        ++*count;
    }
    return i;
}

/* The group and series of a row; false when it is not drawn. */
static bool place_row(struct view *view, size_t row, size_t *group, size_t *series)
{
    const char *item = cell(view, row, SC_PUBLISHED_ITEM), *blank = strrchr(item, ' ');
    char left[KEY_SIZE];
    size_t count = view->series_count;

    if (!belongs(view, row) || (view->quantity && cell(view, row, SC_PUBLISHED_QUANTITY) != view->quantity))
        return false;
    if (view->quantity)
        snprintf(left, sizeof left, "%.*s", (int)(blank - item), item);
    else
        snprintf(left, sizeof left, "%s", item);
    *group = place_of(view->group_text, &view->groups, GROUPS_MOST, left);
    *series = place_of(view->series_text, &count, SERIES_MOST,
                       view->quantity ? blank + 1 : cell(view, row, SC_PUBLISHED_QUANTITY));
    view->series_count = (unsigned)count;
    return *group < GROUPS_MOST && *series < SERIES_MOST;
}

static double ours(const struct view *view, size_t row)
{
    double simulated = number(view, row, SC_PUBLISHED_SIMULATED);
    return isnan(simulated) ? number(view, row, SC_PUBLISHED_ESTIMATED) : simulated;
}

/* One pass over the rows: bars of a series, or the published or estimated values as markers. */
static void add_points(struct sc_chart *chart, struct view *view, size_t only, int column)
{
    double width = bar_share / (view->series_count ? view->series_count : 1);
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame); row++) {
        size_t group, series;
        if (!place_row(view, row, &group, &series) || (only < SERIES_MOST && series != only))
            continue;
        double left = (double)group + 1 - bar_share / 2 + width * (double)series;
        double value = column == SC_PUBLISHED_SIMULATED ? ours(view, row) : number(view, row, column);
        if (value > 0)
            sc_chart_point(chart, (double[]){left + width / 2, left, left + width, value});
    }
}

static bool has_both(const struct view *view)
{
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame); row++)
        if (belongs(view, row) && !isnan(number(view, row, SC_PUBLISHED_SIMULATED)) &&
            !isnan(number(view, row, SC_PUBLISHED_ESTIMATED)))
            return true;
    return false;
}

/* How much the names of all series share at their beginning or end, cut at a blank. */
static size_t shared(const struct view *view, bool end)
{
    size_t most = strlen(view->series_text[0]), kept = 0;
    for (unsigned s = 1; s < view->series_count; s++) {
        const char *a = view->series_text[0], *b = view->series_text[s];
        size_t la = strlen(a), lb = strlen(b), n = 0;
        while (n < most && n < lb && (end ? a[la - 1 - n] == b[lb - 1 - n] : a[n] == b[n]))
            n++;
        most = n;
    }
    for (size_t n = 1; n <= most && view->series_count > 1; n++) {
        size_t length = strlen(view->series_text[0]);
        if (n < length && view->series_text[0][end ? length - n : n - 1] == ' ')
            kept = n;
    }
    return kept;
}

/* Moves what all series' names share to the axis. */
static void name_axis(struct sc_chart *chart, struct view *view)
{
    size_t head = shared(view, false);
    snprintf(chart->y, sizeof chart->y, "%.*s...", (int)head, view->series_text[0]);
    for (unsigned s = 0; s < view->series_count; s++)
        memmove(view->series_text[s], view->series_text[s] + head, strlen(view->series_text[s] + head) + 1);
    size_t tail = shared(view, true);
    snprintf(chart->y + strlen(chart->y), sizeof chart->y - strlen(chart->y), "%s",
             view->series_text[0] + strlen(view->series_text[0]) - tail);
    for (unsigned s = 0; s < view->series_count; s++)
        view->series_text[s][strlen(view->series_text[s]) - tail] = '\0';
    if (head == 0 && tail == 0)
        snprintf(chart->y, sizeof chart->y, "value");
}

static void write_titles(struct sc_chart *chart, const struct view *view, const char *unit, bool both)
{
    snprintf(chart->title, sizeof chart->title, "%.80s, %.60s", view->rows.paper, view->rows.figure);
    if (view->quantity || view->series_count == 1)
        snprintf(chart->y, sizeof chart->y, "%.80s", view->quantity ? view->quantity : view->series_text[0]);
    if (unit[0])
        snprintf(chart->y + strlen(chart->y), sizeof chart->y - strlen(chart->y), ", %.20s", unit);
    size_t left_out = 0;
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame) && view->quantity; row++)
        left_out += belongs(view, row) && cell(view, row, SC_PUBLISHED_QUANTITY) != view->quantity;
    snprintf(chart->note, sizeof chart->note, "bars: our %s", both ? "simulations" : "estimates");
    if (left_out)
        snprintf(chart->note + strlen(chart->note), sizeof chart->note - strlen(chart->note),
                 "; not drawn: %zu values of other quantities", left_out);
}

static int add_all(struct sc_chart *chart, struct view *view, struct sc_error *err)
{
    double low, high;
    bool both = has_both(view);
    const char *unit = "";
    for (size_t row = 0; row < sc_frame_rows(view->rows.frame); row++) {
        size_t group, series;
        if (place_row(view, row, &group, &series))
            unit = cell(view, row, SC_PUBLISHED_UNIT);
    }
    for (unsigned s = 0; s < view->series_count; s++) {
        sc_chart_series(chart, view->series_text[s], s + 1, SC_LOOK_DATA);
        add_points(chart, view, s, SC_PUBLISHED_SIMULATED);
    }
    if (both) {
        sc_chart_series(chart, "our estimate", 6, SC_LOOK_MARKER);
        add_points(chart, view, SERIES_MOST, SC_PUBLISHED_ESTIMATED);
    }
    sc_chart_series(chart, "published", 8, SC_LOOK_MARKER);
    add_points(chart, view, SERIES_MOST, SC_PUBLISHED_VALUE);
    for (size_t g = 0; g < view->groups; g++)
        sc_chart_text(chart, 'x', (double)g + 1, view->group_text[g], LABEL);
    if (sc_chart_range(chart, 3, &low, &high)) {
        sc_chart_set(chart, "low", low);
        sc_chart_set(chart, "high", high);
    }
    sc_chart_set(chart, "groups", (double)view->groups);
    chart->wide = view->groups * view->series_count > COLUMN_BARS;
    if (!view->quantity && view->series_count > 1 && !chart->no_memory) {
        name_axis(chart, view);
        for (unsigned s = 0; s < view->series_count; s++)
            snprintf(chart->series[s].name, sizeof chart->series[s].name, "%s", view->series_text[s]);
    }
    write_titles(chart, view, unit, both);
    return sc_chart_status(chart, err);
}

int sc_chart_published(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                       const struct sc_plot_options *options, struct sc_error *err)
{
    struct view *view = calloc(1, sizeof *view);
    int status = SC_OK;

    (void)set;
    sc_chart_start(chart, "published", 4);
    if (!view)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    view->rows.frame = frame;
    for (int c = 0; c < SC_PUBLISHED_COLUMNS && status == SC_OK; c++)
        if ((view->rows.column[c] = sc_frame_column(frame, names[c])) == SC_NO_COLUMN)
            status = sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1,
                             "no column '%s'; expected what 'sparsecast reproduce -f csv' writes", names[c]);
    if (status == SC_OK)
        status = find_figure(view, options->figure, err);
    bool numbers = false;
    for (size_t row = 0; row < sc_frame_rows(frame) && status == SC_OK; row++)
        numbers |= belongs(view, row);
    if (status == SC_OK && !numbers) {
        status = sc_chart_strips(chart, &view->rows, err);
    } else if (status == SC_OK) {
        view->quantity = items_are_pairs(view) ? commonest(view) : NULL;
        status = add_all(chart, view, err);
    }
    free(view);
    return status;
}
