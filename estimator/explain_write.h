/* explain_write.h - explanations as text for people, CSV or JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_EXPLAIN_WRITE_H
#define SC_EXPLAIN_WRITE_H

#include <stdio.h>

#include "explain.h"
#include "forecast.h"

/* An explanation and whose it is. */
struct sc_explain_subject {
    const char *layer, *model, *machine;
    enum sc_dataflow dataflow;
    const struct sc_forecast *forecast; /* the other dataflows of the layer on the machine */
    int level;                          /* of the interval, percent */
    const struct sc_explanation *explanation;
};

/* What comes before the first explanation and after the last. */
void sc_explain_begin(FILE *out, enum sc_format format, const struct sc_meta *meta, size_t metas);
void sc_explain_end(FILE *out, enum sc_format format);

/* One explanation; `index` counts them from 0. */
void sc_explain_write(FILE *out, enum sc_format format, const struct sc_explain_subject *subject, size_t index);

#endif
