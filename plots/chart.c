/* chart.c - gathers the series and texts of a figure, and writes them for gnuplot.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "machine.h"
#include "printable.h"
#include "text.h"

enum { DIGITS = 7, NOTE_COLUMN = 54, NOTE_PAGE = 112, TITLE_COLUMN = 46, TITLE_PAGE = 100 };

/* What gnuplot's axes still take with room around it. */
static const double largest = 1e150;

void sc_chart_start(struct sc_chart *chart, const char *script, unsigned columns)
{
    memset(chart, 0, sizeof *chart);
    chart->script = script;
    chart->columns = columns;
}

void sc_chart_free(struct sc_chart *chart)
{
    free(chart->series);
    free(chart->numbers);
    free(chart->texts);
    memset(chart, 0, sizeof *chart);
}

void sc_short_name(char *out, const char *name, unsigned columns)
{
    size_t characters = 0, step;
    uint32_t code;
    for (const char *c = name; (step = sc_utf8_next(c, &code)) > 0; c += step)
        characters++;
    unsigned head = columns / 2, tail = columns - head - 1;
    if (characters <= columns) {
        sc_printable(out, name, columns);
        return;
    }
    sc_printable(out, name, head + 1); /* ends in an ellipsis */
    for (size_t skip = characters - tail; skip > 0; skip--)
        name += sc_utf8_next(name, &code);
    sc_printable(out + strlen(out), name, tail);
}

/* Room for `more` items in an array that doubles; NULL when memory is exhausted. */
static void *room_for(struct sc_chart *chart, void *items, size_t count, size_t *room, size_t more, size_t size)
{
    if (count + more <= *room)
        return items;
    size_t larger = *room ? 2 * *room : 64;
    void *grown = realloc(items, larger * size);
    if (!grown) {
        chart->no_memory = true;
        return NULL;
    }
    *room = larger;
    return grown;
}

void sc_chart_series(struct sc_chart *chart, const char *name, unsigned hue, enum sc_chart_look look)
{
    void *grown = room_for(chart, chart->series, chart->series_count, &chart->series_room, 1, sizeof *chart->series);
    if (!grown)
        return;
    chart->series = grown;
    struct sc_chart_series *series = &chart->series[chart->series_count++];
    *series = (struct sc_chart_series){.hue = hue, .look = look};
    sc_short_name(series->name, name, SC_CHART_NAME);
}

void sc_chart_point(struct sc_chart *chart, const double *values)
{
    if (chart->no_memory) /* its series may be missing */
        return;
    for (unsigned c = 0; c < chart->columns; c++)
        if (!(fabs(values[c]) <= largest))
            return;
    void *grown = room_for(chart, chart->numbers, chart->number_count, &chart->number_room, chart->columns,
                           sizeof *chart->numbers);
    if (!grown)
        return;
    chart->numbers = grown;
    memcpy(chart->numbers + chart->number_count, values, chart->columns * sizeof *values);
    chart->number_count += chart->columns;
    chart->series[chart->series_count - 1].points++;
}

void sc_chart_text(struct sc_chart *chart, char axis, double at, const char *text, unsigned most)
{
    void *grown = room_for(chart, chart->texts, chart->text_count, &chart->text_room, 1, sizeof *chart->texts);
    if (!grown)
        return;
    chart->texts = grown;
    struct sc_chart_text *added = &chart->texts[chart->text_count++];
    added->axis = axis;
    added->at = at;
    sc_short_name(added->text, text, most < SC_CHART_NAME ? most : SC_CHART_NAME);
}

void sc_chart_set(struct sc_chart *chart, const char *name, double value)
{
    if (chart->settings == SC_CHART_SETTINGS)
        return;
    chart->setting[chart->settings].name = name;
    chart->setting[chart->settings++].value = value;
}

size_t sc_chart_points(const struct sc_chart *chart)
{
    size_t points = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        points += chart->series[s].look == SC_LOOK_LINE ? 0 : chart->series[s].points;
    return points;
}

int sc_chart_status(const struct sc_chart *chart, struct sc_error *err)
{
    if (chart->no_memory)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    if (sc_chart_points(chart) == 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "no row has what this figure shows, so there is nothing to draw");
    return SC_OK;
}

bool sc_chart_range(const struct sc_chart *chart, unsigned column, double *low, double *high)
{
    const double *point = chart->numbers;
    *low = INFINITY;
    *high = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t p = 0; p < chart->series[s].points; p++, point += chart->columns) {
            if (chart->series[s].look == SC_LOOK_LINE || !(point[column] > 0))
                continue;
            *low = fmin(*low, point[column]);
            *high = fmax(*high, point[column]);
        }
    return *high > 0;
}

/* printf() would use the locale's decimal point. */
static void put_number(FILE *out, double value, const char *after)
{
    char text[SC_NUMBER_SIZE];
    sc_format_number(text, value, DIGITS);
    fprintf(out, "%s%s", text, after);
}

/* A string of several lines of at most `width` characters, broken at blanks. */
static unsigned put_wrapped(FILE *out, const char *name, const char *text, size_t width)
{
    unsigned lines = 0;
    fprintf(out, "%s = ", name);
    do {
        size_t take = strlen(text);
        if (take > width) {
            for (take = width; take > 0 && text[take] != ' ';)
                take--;
            take = take ? take : strcspn(text, " ");
        }
        char line[sizeof((struct sc_chart *)0)->note];
        snprintf(line, sizeof line, "%.*s", (int)take, text);
        fputs(lines++ ? ".\"\\n\"." : "", out);
        sc_gnuplot_string(out, line);
        text += take + strspn(text + take, " ");
    } while (*text);
    fputc('\n', out);
    return lines;
}

static void put_axis(FILE *out, const char *name, const char *text)
{
    fprintf(out, "%s = ", name);
    sc_gnuplot_string(out, text);
    fputc('\n', out);
}

static void put_data(const struct sc_chart *chart, FILE *out)
{
    const double *value = chart->numbers;
    fputs("$data << END_OF_DATA\n", out);
    for (size_t s = 0; s < chart->series_count; s++) {
        if (chart->series[s].points == 0)
            continue;
        for (size_t p = 0; p < chart->series[s].points; p++)
            for (unsigned c = 0; c < chart->columns; c++)
                put_number(out, *value++, c + 1 < chart->columns ? " " : "\n");
        fputs("\n\n", out);
    }
    fputs("END_OF_DATA\n", out);
}

static void put_series(const struct sc_chart *chart, FILE *out)
{
    size_t shown = 0, longest = 0;
    char scratch[4 * SC_CHART_NAME + 1];
    for (size_t s = 0; s < chart->series_count; s++) {
        size_t length = sc_printable(scratch, chart->series[s].name, SC_CHART_NAME);
        shown += chart->series[s].points > 0;
        longest = length > longest ? length : longest;
    }
    fprintf(out, "series = %zu\nlongest_name = %zu\narray hue[%zu]\narray look[%zu]\narray name[%zu]\n", shown, longest,
            shown + 1, shown + 1, shown + 1);
    shown = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        if (chart->series[s].points > 0) {
            shown++;
            fprintf(out, "hue[%zu] = %u\nlook[%zu] = %d\nname[%zu] = ", shown, chart->series[s].hue, shown,
                    chart->series[s].look, shown);
            sc_gnuplot_string(out, chart->series[s].name);
            fputc('\n', out);
        }
}

/* Tick labels of an axis, with the longest of them. */
static void put_ticks(const struct sc_chart *chart, char axis, FILE *out)
{
    size_t count = 0, longest = 0;
    char scratch[4 * SC_CHART_NAME + 1];
    for (size_t i = 0; i < chart->text_count; i++) {
        if (chart->texts[i].axis != axis)
            continue;
        size_t length = sc_printable(scratch, chart->texts[i].text, SC_CHART_NAME);
        longest = length > longest ? length : longest;
        fputs(count++ ? ", " : axis == 'x' ? "set xtics (" : "set ytics (", out);
        sc_gnuplot_string(out, chart->texts[i].text);
        fputc(' ', out);
        put_number(out, chart->texts[i].at, "");
    }
    fprintf(out, "%s%c_ticks = %zu\n%c_longest = %zu\n", count ? ")\n" : "", axis, count, axis, longest);
}

static void put_top_texts(const struct sc_chart *chart, FILE *out)
{
    unsigned number = 100; /* the scripts' own labels are below */
    for (size_t i = 0; i < chart->text_count; i++) {
        if (chart->texts[i].axis != 't' && chart->texts[i].axis != 'u')
            continue;
        bool upper = chart->texts[i].axis == 'u';
        fprintf(out, "set label %u ", number++);
        sc_gnuplot_string(out, chart->texts[i].text);
        fputs(" at first ", out);
        put_number(out, chart->texts[i].at, upper ? ", graph 1.11" : ", graph 1.04");
        fprintf(out, " center font ',%d' noenhanced\n", upper ? 7 : 6);
    }
    fprintf(out, "top_texts = %u\n", number - 100);
}

void sc_chart_write(const struct sc_chart *chart, FILE *out)
{
    unsigned title = put_wrapped(out, "title", chart->title, chart->wide ? TITLE_PAGE : TITLE_COLUMN);
    unsigned note = put_wrapped(out, "note", chart->note, chart->wide ? NOTE_PAGE : NOTE_COLUMN);
    put_axis(out, "x_axis", chart->x);
    put_axis(out, "y_axis", chart->y);
    fprintf(out, "title_lines = %u\nnote_lines = %u\nwide = %d\n", title, chart->note[0] ? note : 0, chart->wide);
    for (unsigned i = 0; i < chart->settings; i++) {
        fprintf(out, "%s = ", chart->setting[i].name);
        put_number(out, chart->setting[i].value, "\n");
    }
    put_series(chart, out);
    put_ticks(chart, 'x', out);
    put_ticks(chart, 'y', out);
    put_top_texts(chart, out);
    put_data(chart, out);
}

unsigned sc_dataflow_hue(const char *dataflow)
{
    static const char *const dataflows[] = {
#define X(id, name, meaning) name,
        SC_DATAFLOW_LIST(X)
#undef X
    };
    for (unsigned d = 0; d < SC_DATAFLOWS; d++)
        if (strcmp(dataflows[d], dataflow) == 0)
            return d + 1;
    return SC_DATAFLOWS + 1;
}
