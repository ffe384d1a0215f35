/* figure_write.c - a figure as gnuplot commands: variables, arrays and data blocks, no looks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "chart.h"
#include "figure.h"
#include "gnuplot.h"
#include "machine.h"
#include "printable.h"
#include "text.h"

enum { DIGITS = 6, NAME_COLUMNS = 26 };

/* Share of a group's width that its bars take; the rest separates the groups. */
static const double bar_share = 0.84;

/* printf() would use the locale's decimal point. */
static void put_number(FILE *out, double value, const char *after)
{
    char text[SC_NUMBER_SIZE];
    sc_format_number(text, value, DIGITS);
    fprintf(out, "%s%s", text, after);
}

static void put_assignment(FILE *out, const char *name, double value)
{
    fprintf(out, "%s = ", name);
    put_number(out, value, "\n");
}

/* The bars of a group among its first `before` series. */
static unsigned bars_in_group(const struct sc_bar_group *group, unsigned before)
{
    unsigned bars = 0;
    for (unsigned s = 0; s < before; s++)
        bars += group->value[s] > 0;
    return bars;
}

/* The legend's entry: the name and, where there is one, the geometric mean. */
static void put_name(FILE *out, const struct sc_figure *figure, unsigned s)
{
    char name[4 * NAME_COLUMNS + 1], mean[SC_NUMBER_SIZE];
    sc_short_name(name, figure->series->name[s], NAME_COLUMNS);
    for (char *c = name; *c; c++)
        if (*c == '"' || *c == '\\')
            *c = '\'';
    fprintf(out, "\"%s", name);
    if (figure->summary) {
        sc_format_number(mean, figure->groups[figure->group_count - 1].value[s], 3);
        fprintf(out, " (mean %s)", mean);
    }
    fputs("\"\n", out);
}

/* Bars of one series: centre, left, right, height.  The bars a group has stand side by side around the group's
 * number. */
static void put_series(FILE *out, const struct sc_figure *figure, unsigned s, double width)
{
    put_name(out, figure, s);
    for (size_t g = 0; g < figure->group_count; g++) {
        const struct sc_bar_group *group = &figure->groups[g];
        if (group->value[s] <= 0)
            continue;
        double bars = bars_in_group(group, figure->series->count);
        double left = (double)(g + 1) + width * (bars_in_group(group, s) - bars / 2);
        put_number(out, left + width / 2, " ");
        put_number(out, left, " ");
        put_number(out, left + width, " ");
        put_number(out, group->value[s], "\n");
    }
    fputs("\n\n", out);
}

static bool has_bars(const struct sc_figure *figure, unsigned s)
{
    for (size_t g = 0; g < figure->group_count; g++)
        if (figure->groups[g].value[s] > 0)
            return true;
    return false;
}

/* The colour of a series: a machine's place in the file, a dataflow's place in our list. */
static unsigned hue(const struct sc_figure *figure, unsigned s)
{
    static const char *const dataflows[] = {
#define X(id, name, meaning) name,
        SC_DATAFLOW_LIST(X)
#undef X
    };
    if (figure->ratio)
        return s + 1;
    for (unsigned d = 0; d < SC_DATAFLOWS; d++)
        if (strcmp(dataflows[d], figure->series->name[s]) == 0)
            return d + 1;
    return SC_DATAFLOWS + s + 1;
}

static void put_bars(FILE *out, const struct sc_figure *figure)
{
    unsigned series = figure->series->count, most = 1, drawn = 0, length = 0;
    for (size_t g = 0; g < figure->group_count; g++) {
        unsigned bars = bars_in_group(&figure->groups[g], series);
        most = bars > most ? bars : most;
    }
    fputs("$bars << END_OF_BARS\n", out);
    for (unsigned s = 0; s < series; s++) {
        if (!has_bars(figure, s))
            continue;
        put_series(out, figure, s, bar_share / most);
        drawn++;
    }
    fprintf(out, "END_OF_BARS\nseries = %u\nbars_per_group = %u\narray hue[%u] = [", drawn, most, drawn);
    for (unsigned s = 0; s < series; s++)
        if (has_bars(figure, s))
            fprintf(out, "%s%u", length++ ? ", " : "", hue(figure, s));
    fputs("]\n", out);
}

/* Half the columns of the two neighbouring labels that need most room: what a group's width must hold for level
 * labels. */
static double label_pitch(const struct sc_figure *figure, size_t *longest)
{
    size_t previous = 0, pair = 0;
    char scratch[sizeof figure->groups[0].label];
    *longest = 0;
    for (size_t g = 0; g < figure->group_count - figure->summary; g++) {
        size_t columns = sc_printable(scratch, figure->groups[g].label, SC_LABEL_COLUMNS);
        *longest = columns > *longest ? columns : *longest;
        pair = previous + columns > pair ? previous + columns : pair;
        previous = columns;
    }
    return (double)pair / 2;
}

void sc_figure_write(const struct sc_figure *figure, FILE *out)
{
    size_t longest;
    double pitch = label_pitch(figure, &longest);

    fputs("title = ", out);
    sc_gnuplot_string(out, figure->title);
    fputs("\naxis = ", out);
    sc_gnuplot_string(out, figure->axis);
    fputs("\nnote = ", out);
    sc_gnuplot_string(out, figure->note);
    fprintf(out, "\nratio = %d\nlogarithmic = %d\nsummary = %d\ngroups = %zu\nlongest_label = %zu\n", figure->ratio,
            figure->logarithmic, figure->summary, figure->group_count, longest);
    put_assignment(out, "label_pitch", pitch);
    put_assignment(out, "low", figure->low);
    put_assignment(out, "high", figure->high);
    put_bars(out, figure);
    fputs("set xtics (", out);
    for (size_t g = 0; g < figure->group_count; g++) {
        fputs(g ? ", " : "", out);
        sc_gnuplot_string(out, figure->groups[g].label);
        fprintf(out, " %zu", g + 1);
    }
    fputs(")\n", out);
}
