/* chart.h - what a figure shows: series of points, labels and settings, ready for one of the scripts in data/plots.
 *
 * Additions never fail by themselves: memory that runs out is remembered and reported by sc_chart_status().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CHART_H
#define SC_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"

enum { SC_CHART_COLUMNS = 6, SC_CHART_SETTINGS = 24, SC_CHART_NAME = 40, SC_CHART_LABEL = 18 };

/* What a series is: the script's `look[i]`. */
enum sc_chart_look { SC_LOOK_DATA, SC_LOOK_LINE, SC_LOOK_MARKER };

struct sc_chart_series {
    char name[4 * SC_CHART_NAME + 1];
    unsigned hue; /* colour, 1 and up; 0: grey */
    enum sc_chart_look look;
    size_t points;
};

/* A text in the figure: on axis 'x' or 'y', or above the plot, near ('t') or above that ('u'). */
struct sc_chart_text {
    char axis;
    double at;
    char text[4 * SC_CHART_NAME + 1];
};

struct sc_chart {
    const char *script;         /* below data/plots, without its ending */
    char title[256], note[640]; /* what is drawn; what it leaves out */
    char x[128], y[128];        /* axes with units */
    bool wide;                  /* the page's width instead of a column's */
    unsigned columns;           /* numbers per point */
    struct sc_chart_series *series;
    size_t series_count, series_room;
    double *numbers; /* points of all series, one after another */
    size_t number_count, number_room;
    struct sc_chart_text *texts;
    size_t text_count, text_room;
    struct {
        const char *name;
        double value;
    } setting[SC_CHART_SETTINGS];
    unsigned settings;
    bool no_memory;
};

void sc_chart_start(struct sc_chart *chart, const char *script, unsigned columns);
void sc_chart_free(struct sc_chart *chart);

/* Copies a name as sc_printable() does, but a long one loses its middle: layers and machines differ at both ends. `out`
 * has room for 4 * columns + 1 bytes. */
void sc_short_name(char *out, const char *name, unsigned columns);

/* Starts a series; points go to the latest one, those with NaN or beyond 1e150 to none.  The name is shortened to
 * SC_CHART_NAME characters. */
void sc_chart_series(struct sc_chart *chart, const char *name, unsigned hue, enum sc_chart_look look);
void sc_chart_point(struct sc_chart *chart, const double *values);

/* Adds a text, shortened to `most` characters. */
void sc_chart_text(struct sc_chart *chart, char axis, double at, const char *text, unsigned most);

/* Defines a variable of the script; `name` lives as long as the chart. */
void sc_chart_set(struct sc_chart *chart, const char *name, double value);

/* Points of all series. */
size_t sc_chart_points(const struct sc_chart *chart);

/* SC_NO_MEMORY after a failed addition, SC_BAD_INPUT when there is nothing to draw. */
int sc_chart_status(const struct sc_chart *chart, struct sc_error *err);

/* Smallest and largest value above 0 of a column of numbers (0 and up) over all series but lines; false when there is
 * none. */
bool sc_chart_range(const struct sc_chart *chart, unsigned column, double *low, double *high);

/* Writes the chart as the gnuplot commands that define what its script draws; series without points are left out. */
void sc_chart_write(const struct sc_chart *chart, FILE *out);

/* The colour of a dataflow: the same in all figures. */
unsigned sc_dataflow_hue(const char *dataflow);

#endif
