/* kinds.h - the kinds of figures: what each needs, and which one fits a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_KINDS_H
#define SC_KINDS_H

#include "chart.h"
#include "frame.h"
#include "result_set.h"

/* What the user may choose. */
struct sc_plot_options {
    const char *baseline; /* machine that ratios refer to; NULL: see the figure */
    const char *figure;   /* of published values: "fig13" or "flexagon/fig13"; NULL: the first */
};

/* Fills a chart from a file; `set` is NULL for files that are no result lists.  Free the chart also after a failure. */
typedef int sc_chart_builder(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                             const struct sc_plot_options *options, struct sc_error *err);

struct sc_kind {
    const char *name, *meaning;
    sc_chart_builder *build; /* NULL: grouped bars (figure.h) */
    bool results;            /* needs a result list */
    /* Whether a file asks for this kind before all others; NULL: never. */
    bool (*fits)(const struct sc_frame *frame, const struct sc_result_set *set);
    /* Whether a report shows it: it says something about such a file. */
    bool (*worth)(const struct sc_frame *frame, const struct sc_result_set *set);
};

extern const struct sc_kind sc_kinds[];
size_t sc_kind_count(void);

/* The kind called `name`; SC_BAD_USAGE with the nearest name otherwise. */
int sc_kind_find(const struct sc_kind **kind, const char *name, struct sc_error *err);

/* The first kind that a file asks for, in the order of the table; grouped bars when none does. */
const struct sc_kind *sc_kind_default(const struct sc_frame *frame, const struct sc_result_set *set);

/* Builders, and what they ask of a file. */
sc_chart_builder sc_chart_phases, sc_chart_traffic, sc_chart_energy, sc_chart_roofline, sc_chart_parity, sc_chart_map,
    sc_chart_surface, sc_chart_sweep, sc_chart_pareto, sc_chart_formats, sc_chart_butterfly, sc_chart_published,
    sc_chart_bounds, sc_chart_terms, sc_chart_components;
bool sc_has_mixed_sources(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_density_grid(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_surface(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_sweep(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_pareto(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_formats(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_butterflies(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_bounds(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_terms(const struct sc_frame *frame, const struct sc_result_set *set);
bool sc_has_published(const struct sc_frame *frame, const struct sc_result_set *set);

#endif
