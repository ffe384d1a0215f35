/* picture.h - draws what has been computed: into a file, or as SVG for a web page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PICTURE_H
#define SC_PICTURE_H

#include "chart.h"
#include "figure.h"
#include "kinds.h"
#include "timeline.h"

/* What is drawn: one of them. */
struct sc_picture {
    const struct sc_chart *chart;
    const struct sc_figure *figure;
    const struct sc_timeline *timeline;
    const char *sensitivity; /* path of the table (sensitivity.h) */
};

/* Draws to `output` ("-": standard output; a file appears whole or not at all); format is "png", "svg" or "pdf". */
int sc_picture_draw(const struct sc_picture *picture, const char *format, const char *output, struct sc_error *err);

/* Draws as the SVG element of a web page in *svg (free() it): without size, ids of other pictures (`number` is its
 * own), links or black, which becomes currentColor. */
int sc_picture_inline(const struct sc_picture *picture, unsigned number, char **svg, struct sc_error *err);

/* Computes a figure of a kind and draws it with one of the two: to `output`, or to *svg when that is not NULL. */
struct sc_picture_target {
    const char *format, *output;
    char **svg;
    unsigned number;
};
int sc_picture_of_kind(const struct sc_kind *kind, const struct sc_frame *frame, const struct sc_result_set *set,
                       const struct sc_plot_options *options, const struct sc_picture_target *target,
                       struct sc_error *err);

#endif
