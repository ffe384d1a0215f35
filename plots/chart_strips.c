/* chart_strips.c - a published winner per layer above ours, one strip per network, from the rows of
 * `sparsecast reproduce -f csv`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "published.h"
#include "text.h"

enum { STRIPS_MOST = 24, NAMES_MOST = 8, NAME_SIZE = 64 };

/* Where a cell goes: its strip (network), its place in it, and the lane: published (0) or ours (1). */
struct strips {
    char name[STRIPS_MOST][NAME_SIZE];
    double length[STRIPS_MOST];
    size_t count;
    const char *winner[NAMES_MOST];
    unsigned winners;
    size_t cells, met;
};

/* The strip of an item "NETWORK NUMBER"; STRIPS_MOST when there are too many. */
static size_t strip_of(struct strips *strips, const char *item)
{
    char name[NAME_SIZE];
    const char *blank = strrchr(item, ' ');
    size_t i = 0;
    snprintf(name, sizeof name, "%.*s", blank ? (int)(blank - item) : (int)strlen(item), item);
    while (i < strips->count && strcmp(strips->name[i], name) != 0)
        i++;
    if (i == strips->count && i < STRIPS_MOST) {
        memcpy(strips->name[i], name, sizeof name);
        strips->count++;
    }
    return i;
}

/* The first of names that are tied: "op-m/gust-m". */
static bool is_winner(const char *names, const char *winner)
{
    size_t length = strcspn(names, "/");
    return strlen(winner) == length && strncmp(names, winner, length) == 0;
}

static void note_winner(struct strips *strips, const char *names)
{
    for (unsigned w = 0; w < strips->winners; w++)
        if (is_winner(names, strips->winner[w]))
            return;
    if (names[0] && !strchr(names, '/') && strips->winners < NAMES_MOST)
        strips->winner[strips->winners++] = names;
}

/* Adds the cells of one winner, in both lanes. */
static void add_winner(struct sc_chart *chart, struct strips *strips, const struct sc_published *rows, unsigned winner)
{
    sc_chart_series(chart, strips->winner[winner], sc_dataflow_hue(strips->winner[winner]), SC_LOOK_DATA);
    memset(strips->length, 0, sizeof strips->length);
    for (size_t row = 0; row < sc_frame_rows(rows->frame); row++) {
        if (!sc_published_names(rows, row))
            continue;
        size_t strip = strip_of(strips, sc_published_cell(rows, row, SC_PUBLISHED_ITEM));
        if (strip == STRIPS_MOST)
            continue;
        double left = strips->length[strip]++;
        for (int lane = 0; lane < 2; lane++) {
            const char *names = lane ? sc_published_ours(rows, row) : sc_published_cell(rows, row, SC_PUBLISHED_VALUE);
            double foot = -(double)strip - (lane ? 0.84 : 0.42);
            if (is_winner(names, strips->winner[winner]))
                sc_chart_point(chart, (double[]){left, left + 1, foot, foot + 0.42});
        }
    }
}

static void gather(struct strips *strips, const struct sc_published *rows)
{
    memset(strips, 0, sizeof *strips);
    for (size_t row = 0; row < sc_frame_rows(rows->frame); row++) {
        if (!sc_published_names(rows, row))
            continue;
        const char *published = sc_published_cell(rows, row, SC_PUBLISHED_VALUE), *ours = sc_published_ours(rows, row);
        strip_of(strips, sc_published_cell(rows, row, SC_PUBLISHED_ITEM));
        note_winner(strips, published);
        note_winner(strips, ours);
        strips->cells++;
        strips->met += strstr(published, ours) != NULL;
    }
}

int sc_chart_strips(struct sc_chart *chart, const struct sc_published *rows, struct sc_error *err)
{
    struct strips strips;
    double longest = 0;

    sc_chart_start(chart, "strips", 4);
    gather(&strips, rows);
    for (unsigned w = 0; w < strips.winners; w++)
        add_winner(chart, &strips, rows, w);
    for (size_t s = 0; s < strips.count; s++) {
        sc_chart_text(chart, 'y', -(double)s - 0.42, strips.name[s], SC_CHART_LABEL);
        longest = fmax(longest, strips.length[s]);
    }
    sc_chart_set(chart, "strips", (double)strips.count);
    sc_chart_set(chart, "most", longest);
    chart->wide = true;
    snprintf(chart->title, sizeof chart->title, "%.80s, %.60s", rows->paper, rows->figure);
    snprintf(chart->x, sizeof chart->x, "layer");
    snprintf(chart->note, sizeof chart->note, "above: published, below: ours; %zu of %zu agree", strips.met,
             strips.cells);
    return sc_chart_status(chart, err);
}
