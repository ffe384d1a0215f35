/* figure.h - grouped bars over layers, chosen and computed from a result set, ready for the script layers.gp.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FIGURE_H
#define SC_FIGURE_H

#include <stdbool.h>
#include <stdio.h>

#include "result_set.h"

/* More groups than this cannot be labelled over the full width of a page. */
enum { SC_FIGURE_GROUPS = 40, SC_LABEL_COLUMNS = 18 };

/* One group of bars. */
struct sc_bar_group {
    char label[4 * SC_LABEL_COLUMNS + 1];
    double *value; /* one per series, negative: no bar */
};

struct sc_figure {
    char title[256], note[128];        /* what is drawn, and what the groups are */
    const char *axis;                  /* of the bars' heights */
    const struct sc_name_list *series; /* what the colours mean */
    struct sc_bar_group *groups;       /* those shown */
    size_t group_count;
    bool summary;                      /* the last group is the geometric mean */
    bool ratio;                        /* bars are ratios: they grow from 1 on a logarithmic axis */
    bool logarithmic;
    double low, high;                  /* smallest positive and largest value */
    double *values;
};

/* What the user may choose. */
struct sc_figure_options {
    const char *baseline; /* machine that speed-ups refer to; NULL: the slowest in geometric mean */
    bool models;          /* a group per model, however few the layers are */
};

/* With several machines: the speed-up of each machine's best dataflow over the baseline's, and the geometric mean.
 * With one: the cycles of each dataflow.  More than SC_FIGURE_GROUPS layers become one group per model, or, without
 * models, those with the most cycles; the note says so.  `set` outlives the figure.  Free with sc_figure_free(),
 * also after a failure. */
int sc_figure_build(struct sc_figure *figure, const struct sc_result_set *set, const struct sc_figure_options *options,
                    struct sc_error *err);
void sc_figure_free(struct sc_figure *figure);

/* Writes the figure as gnuplot commands that define what layers.gp draws. */
void sc_figure_write(const struct sc_figure *figure, FILE *out);

#endif
