/* timeline_write.c - a timeline as gnuplot commands: variables and data blocks, no looks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "gnuplot.h"
#include "printable.h"
#include "text.h"
#include "timeline.h"

enum { LABEL = 30, DIGITS = 6 };

/* Share of a lane's pitch that it takes. */
static const double lane_height = 0.8;

static void put_point(FILE *out, double x, double low, double high)
{
    char text[3][SC_NUMBER_SIZE];
    sc_format_number(text[0], x, DIGITS);
    sc_format_number(text[1], low, DIGITS);
    sc_format_number(text[2], high, DIGITS);
    fprintf(out, "%s %s %s\n", text[0], text[1], text[2]);
}

/* The time a bin spends in phases before `phase`, and in it, as shares of the bin. */
static void shares(const struct sc_lane *lane, unsigned phase, int bin, double *below, double *up_to)
{
    double first = bin * lane->width, width = lane->end - first < lane->width ? lane->end - first : lane->width;
    *below = *up_to = 0;
    for (unsigned p = 0; p <= phase && width > 0; p++) {
        *below = *up_to;
        if (lane->time[p])
            *up_to += lane->time[p][bin] / width;
    }
    *below = *below < 1 ? *below : 1;
    *up_to = *up_to < 1 ? *up_to : 1;
}

/* One phase of one lane: the steps between which it lies.  Lanes count downwards from 0. */
static void put_phase(FILE *out, const struct sc_lane *lane, unsigned number, unsigned phase)
{
    double foot = -(double)number - lane_height / 2, last[2] = {-1, -1}, end = 0;
    for (int i = 0; i < SC_BINS && i * lane->width < lane->end; i++) {
        double below, up_to, from = i * lane->width;
        shares(lane, phase, i, &below, &up_to);
        end = from + lane->width < lane->end ? from + lane->width : lane->end;
        if (below == last[0] && up_to == last[1])
            continue;
        if (last[0] >= 0)
            put_point(out, from, foot + lane_height * last[0], foot + lane_height * last[1]);
        put_point(out, from, foot + lane_height * below, foot + lane_height * up_to);
        last[0] = below;
        last[1] = up_to;
    }
    if (last[0] >= 0)
        put_point(out, end, foot + lane_height * last[0], foot + lane_height * last[1]);
    fputs("\n", out);
}

static bool all_same(const struct sc_timeline *t, size_t field)
{
    for (unsigned l = 1; l < t->lanes; l++)
        if (strcmp((const char *)&t->lane[l] + field, (const char *)&t->lane[0] + field) != 0)
            return false;
    return true;
}

/* What the lanes have in common goes to the title, what tells them apart to their labels. */
static void put_names(FILE *out, const struct sc_timeline *t)
{
    const size_t field[] = {offsetof(struct sc_lane, layer), offsetof(struct sc_lane, dataflow),
                            offsetof(struct sc_lane, machine)};
    const char *const before[] = {" of ", " with ", " on "};
    char title[3 * SC_LANE_NAME + 40] = "Timeline", label[3 * (4 * LABEL + 2)], name[4 * LABEL + 1];
    unsigned longest = 0;
    bool same[3];
    for (int f = 0; f < 3; f++) {
        same[f] = all_same(t, field[f]);
        sc_printable(name, (const char *)&t->lane[0] + field[f], LABEL);
        if (same[f])
            snprintf(title + strlen(title), sizeof title - strlen(title), "%s%s", before[f], name);
    }
    fputs("title = ", out);
    sc_gnuplot_string(out, title);
    fputs("\nset ytics (", out);
    for (unsigned l = 0; l < t->lanes; l++) {
        label[0] = '\0';
        unsigned columns = 0;
        for (int f = 0; f < 3; f++) {
            if (same[f])
                continue;
            columns += sc_printable(name, (const char *)&t->lane[l] + field[f], LABEL) + (columns > 0);
            snprintf(label + strlen(label), sizeof label - strlen(label), "%s%s", label[0] ? " " : "", name);
        }
        fputs(l ? ", " : "", out);
        sc_gnuplot_string(out, label);
        fprintf(out, " %d", -(int)l);
        longest = columns > longest ? columns : longest;
    }
    fprintf(out, ")\nlongest_label = %u\n", longest);
}

static bool occurs(const struct sc_timeline *t, unsigned phase)
{
    for (unsigned l = 0; l < t->lanes; l++)
        if (t->lane[l].time[phase])
            return true;
    return false;
}

/* Whether a part of some lane that can be seen belongs to no phase. */
static bool has_waits(const struct sc_timeline *t)
{
    for (unsigned l = 0; l < t->lanes; l++) {
        double busy = 0;
        for (unsigned p = 0; p < t->phases; p++)
            for (int i = 0; i < SC_BINS && t->lane[l].time[p]; i++)
                busy += t->lane[l].time[p][i];
        if (busy < 0.999 * t->lane[l].end)
            return true;
    }
    return false;
}

static void put_lanes(FILE *out, const struct sc_timeline *t)
{
    unsigned drawn = 0;
    fputs("$lanes << END_OF_LANES\n", out);
    for (unsigned p = 0; p < t->phases; p++) {
        char name[4 * LABEL + 1];
        if (!occurs(t, p))
            continue;
        sc_printable(name, t->phase[p], LABEL);
        for (char *c = name; *c; c++)
            if (*c == '"' || *c == '\\')
                *c = '\'';
        fprintf(out, "\"%s\"\n", name);
        for (unsigned l = 0; l < t->lanes; l++)
            if (t->lane[l].time[p])
                put_phase(out, &t->lane[l], l, p);
        fputs("\n\n", out);
        drawn++;
    }
    fprintf(out, "END_OF_LANES\nphases = %u\narray hue[%u] = [", drawn, drawn);
    for (unsigned p = 0, listed = 0; p < t->phases; p++)
        if (occurs(t, p))
            fprintf(out, "%s%u", listed++ ? ", " : "", p + 1);
    fputs("]\n", out);
}

void sc_timeline_write(const struct sc_timeline *timeline, FILE *out)
{
    const struct sc_timeline *t = timeline;
    char text[SC_NUMBER_SIZE];
    double end = 0;
    for (unsigned l = 0; l < t->lanes; l++)
        end = t->lane[l].end > end ? t->lane[l].end : end;
    put_names(out, t);
    sc_format_number(text, end > 0 ? end : 1, DIGITS);
    fprintf(out, "lanes = %u\nend = %s\nnote = 'height: share of the time", t->lanes, text);
    if (has_waits(t))
        fputs("; blank: waiting for DRAM", out);
    if (t->runs > t->lanes)
        fprintf(out, "; the first %u of %.0f runs", t->lanes, t->runs);
    fputs("'\n", out);
    put_lanes(out, t);
}
