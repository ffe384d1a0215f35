/* chart_terms.c - what the cycles or the energy of explained layers are made of, from the rows of `sparsecast explain
 * -f csv`: a stacked bar per explanation, shares of its whole by term or component.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"

enum { LAYER, MACHINE, DATAFLOW, SECTION, ITEM, TOTAL, COLUMNS, PARTS_MOST = 32, SHOWN = 7, COLUMN_BARS = 8 };

static const char *const names[COLUMNS] = {"layer", "machine", "dataflow", "section", "item", "total"};

bool sc_has_terms(const struct sc_frame *frame, const struct sc_result_set *set)
{
    (void)set;
    return sc_frame_has(frame, names, COLUMNS);
}

/* One explanation: the rows first..end of the frame that belong to the section. */
struct bar {
    size_t first, end;
    double total;
};

struct terms {
    const struct sc_frame *frame;
    int column[COLUMNS];
    struct bar bar[SC_BARS_MOST];
    size_t bars;
    char part[PARTS_MOST][4 * SC_CHART_NAME + 1];
    double all[PARTS_MOST]; /* shares over all bars */
    unsigned parts;
    unsigned shown[SHOWN], shows; /* the largest parts */
};

static const char *text_at(const struct terms *t, size_t row, int column)
{
    return sc_frame_text(t->frame, row, t->column[column]);
}

/* The component of an event ("str_cache.read"), or the term as it is. */
static void part_name(char name[4 * SC_CHART_NAME + 1], const char *item)
{
    size_t length = strcspn(item, ".");
    char component[4 * SC_CHART_NAME + 1];
    snprintf(component, sizeof component, "%.*s", (int)(length < sizeof component ? length : sizeof component - 1),
             item);
    sc_short_name(name, component, SC_CHART_NAME);
}

/* The place of a row's part; PARTS_MOST: it has none of its own. */
static unsigned part_of(struct terms *t, size_t row)
{
    char name[4 * SC_CHART_NAME + 1];
    unsigned p = 0;
    part_name(name, text_at(t, row, ITEM));
    while (p < t->parts && strcmp(t->part[p], name) != 0)
        p++;
    if (p == t->parts && p < PARTS_MOST)
        memcpy(t->part[t->parts++], name, sizeof name);
    return p;
}

static void find_bars(struct terms *t, const char *section)
{
    for (size_t row = 0; row < sc_frame_rows(t->frame); row++) {
        double total = sc_frame_number(t->frame, row, t->column[TOTAL]);
        if (strcmp(text_at(t, row, SECTION), section) != 0)
            continue;
        struct bar *last = t->bars > 0 ? &t->bar[t->bars - 1] : NULL;
        if (!last || last->end != row) {
            if (t->bars == SC_BARS_MOST)
                return;
            last = &t->bar[t->bars++];
            *last = (struct bar){.first = row};
        }
        last->end = row + 1;
        last->total += total > 0 ? total : 0;
    }
}

/* The parts with the largest shares over all bars, ties in the order of the file. */
static void find_parts(struct terms *t)
{
    bool taken[PARTS_MOST] = {false};
    for (size_t b = 0; b < t->bars; b++)
        for (size_t row = t->bar[b].first; row < t->bar[b].end; row++) {
            double total = sc_frame_number(t->frame, row, t->column[TOTAL]);
            unsigned p = part_of(t, row);
            if (p < PARTS_MOST && total > 0)
                t->all[p] += total / t->bar[b].total;
        }
    while (t->shows < SHOWN && t->shows < t->parts) {
        unsigned most = PARTS_MOST;
        for (unsigned p = 0; p < t->parts; p++)
            if (!taken[p] && (most == PARTS_MOST || t->all[p] > t->all[most]))
                most = p;
        taken[most] = true;
        t->shown[t->shows++] = most;
    }
}

/* Share of a bar that is one part. */
static double share_of(struct terms *t, size_t b, unsigned part)
{
    double sum = 0;
    for (size_t row = t->bar[b].first; row < t->bar[b].end; row++) {
        double total = sc_frame_number(t->frame, row, t->column[TOTAL]);
        if (part_of(t, row) == part && total > 0)
            sum += total;
    }
    return t->bar[b].total > 0 ? sum / t->bar[b].total : 0;
}

static void add_pieces(struct sc_chart *chart, struct terms *t)
{
    double foot[SC_BARS_MOST] = {0};
    for (unsigned s = 0; s <= t->shows; s++) {
        bool rest = s == t->shows;
        sc_chart_series(chart, rest ? "other" : t->part[t->shown[s]], rest ? 0 : s + 1, SC_LOOK_DATA);
        for (size_t b = 0; b < t->bars; b++) {
            double share = rest ? 1 - foot[b] : share_of(t, b, t->shown[s]), left = (double)b;
            if (!(t->bar[b].total > 0) || !(share > 1e-9))
                continue;
            sc_chart_point(chart, (double[]){left + 0.5, left + 0.06, left + 0.94, foot[b], foot[b] + share});
            foot[b] += share;
        }
    }
}

/* The words by which explanations differ. */
static void add_labels(struct sc_chart *chart, const struct terms *t)
{
    bool differ[SECTION] = {false};
    for (size_t b = 1; b < t->bars; b++)
        for (int c = LAYER; c < SECTION; c++) /* equal texts are one pointer */
            differ[c] |= text_at(t, t->bar[b].first, c) != text_at(t, t->bar[0].first, c);
    if (!differ[MACHINE] && !differ[DATAFLOW])
        differ[LAYER] = true;
    for (size_t b = 0; b < t->bars; b++) {
        char label[3 * 4 * SC_CHART_NAME] = "";
        for (int c = LAYER; c < SECTION; c++) {
            char word[4 * SC_CHART_LABEL + 1];
            sc_short_name(word, text_at(t, t->bar[b].first, c), SC_CHART_LABEL);
            if (differ[c])
                snprintf(label + strlen(label), sizeof label - strlen(label), "%s%s", label[0] ? " " : "", word);
        }
        sc_chart_text(chart, 'x', (double)b + 0.5, label, SC_CHART_NAME);
    }
}

static int draw(struct sc_chart *chart, const struct sc_frame *frame, const char *section, const char *what,
                struct sc_error *err)
{
    struct terms *t = calloc(1, sizeof *t);
    sc_chart_start(chart, "stack", 5);
    if (!t)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    t->frame = frame;
    int status = SC_OK;
    for (int c = 0; c < COLUMNS && status == SC_OK; c++)
        if ((t->column[c] = sc_frame_column(frame, names[c])) == SC_NO_COLUMN)
            status = sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1,
                             "no column '%s'; expected what 'sparsecast explain -f csv' writes", names[c]);
    if (status == SC_OK) {
        find_bars(t, section);
        find_parts(t);
        add_pieces(chart, t);
        add_labels(chart, t);
        sc_chart_set(chart, "bars", (double)t->bars);
        sc_chart_set(chart, "most", 1);
        chart->wide = t->bars > COLUMN_BARS;
        snprintf(chart->title, sizeof chart->title, "%s of %s", what,
                 t->bars == 1 ? "a layer" : "layers as explained");
        snprintf(chart->y, sizeof chart->y, "share of the whole");
        if (t->bars == SC_BARS_MOST)
            snprintf(chart->note, sizeof chart->note, "the first %d explanations", SC_BARS_MOST);
        status = sc_chart_status(chart, err);
    }
    free(t);
    return status;
}

int sc_chart_terms(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                   const struct sc_plot_options *options, struct sc_error *err)
{
    (void)set, (void)options;
    return draw(chart, frame, "cycles", "Terms of the cycles", err);
}

int sc_chart_components(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                        const struct sc_plot_options *options, struct sc_error *err)
{
    (void)set, (void)options;
    return draw(chart, frame, "energy", "Energy by component", err);
}
