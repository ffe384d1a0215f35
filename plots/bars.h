/* bars.h - groups of bars from a result set: layers or models, in each group its machines or dataflows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_BARS_H
#define SC_BARS_H

#include "chart.h"
#include "result_set.h"

enum { SC_BARS_MOST = 48 }; /* that can be labelled over the width of a page */

/* A group: a layer, or all layers of a model. */
struct sc_bar_item {
    const char *layer, *model; /* layer NULL: a whole model */
    double *value;             /* [member * columns + column]; NAN: absent */
    double weight;             /* cycles of its fastest member, count times */
};

struct sc_bars {
    const struct sc_result_set *set;
    unsigned members, columns;
    struct sc_bar_item *item;
    size_t count;
    double *cells;
    char note[128];      /* which items these are */
    bool layers, models; /* what labels must name */
};

/* Sums the columns of each item, each layer count times for models: layers when they are few enough, else models, else
 * the layers with the most cycles; SC_BARS_MOST bars at most.  `set` outlives the bars.  Free with sc_bars_free(), also
 * after a failure. */
int sc_bars_collect(struct sc_bars *bars, const struct sc_result_set *set, const char *const *columns, unsigned count,
                    struct sc_error *err);
void sc_bars_free(struct sc_bars *bars);

double sc_bars_value(const struct sc_bars *bars, size_t item, unsigned member, unsigned column);
void sc_bars_label(const struct sc_bars *bars, size_t item, char label[4 * SC_CHART_LABEL + 1]);

/* Members: with several machines each one's best dataflow, else the dataflows of the only machine. */
unsigned sc_member_count(const struct sc_result_set *set);
const char *sc_member_name(const struct sc_result_set *set, unsigned member);
unsigned sc_member_hue(const struct sc_result_set *set, unsigned member);

/* The frame's row of a layer's member; false when there is none. */
bool sc_member_row(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned member, size_t *row);

/* "m" for one machine, "m and 2 more" else. */
void sc_machines_title(char *out, size_t size, const struct sc_result_set *set);

/* A number with a prefix of its unit: 1234567, "B" is "1.23 MB". */
void sc_short_number(char *out, size_t size, double value, const char *unit);

#endif
