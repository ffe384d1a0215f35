/* published.h - the rows of one figure in what `sparsecast reproduce -f csv` wrote.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PUBLISHED_H
#define SC_PUBLISHED_H

#include "chart.h"
#include "frame.h"

enum sc_published_column {
    SC_PUBLISHED_PAPER,
    SC_PUBLISHED_FIGURE,
    SC_PUBLISHED_ITEM,
    SC_PUBLISHED_QUANTITY,
    SC_PUBLISHED_UNIT,
    SC_PUBLISHED_VALUE,
    SC_PUBLISHED_SIMULATED,
    SC_PUBLISHED_ESTIMATED,
    SC_PUBLISHED_COLUMNS
};

struct sc_published {
    const struct sc_frame *frame;
    int column[SC_PUBLISHED_COLUMNS];
    const char *paper, *figure; /* owned by the frame */
};

const char *sc_published_cell(const struct sc_published *rows, size_t row, enum sc_published_column column);
double sc_published_number(const struct sc_published *rows, size_t row, enum sc_published_column column);

/* Whether a row of the figure compares numbers, or names (winners), of one item: summaries do neither. */
bool sc_published_numbers(const struct sc_published *rows, size_t row);
bool sc_published_names(const struct sc_published *rows, size_t row);

/* Our name: simulated or, without that, estimated. */
const char *sc_published_ours(const struct sc_published *rows, size_t row);

/* Fills a chart with strips of winners.  Free the chart also after a failure. */
int sc_chart_strips(struct sc_chart *chart, const struct sc_published *rows, struct sc_error *err);

#endif
