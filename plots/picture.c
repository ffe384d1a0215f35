/* picture.c - feeds figures to gnuplot, and fits its SVG into a web page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "picture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "data_dir.h"
#include "gnuplot.h"
#include "memory_stream.h"
#include "sensitivity.h"

/* The commands of a picture in *text (free() it), and the path of its script. */
static int prepare(const struct sc_picture *picture, const char *format, char **text, size_t *length,
                   char script[PATH_MAX], struct sc_error *err)
{
    char relative[64], directory[PATH_MAX];
    const char *name = picture->chart      ? picture->chart->script
                       : picture->figure   ? "layers"
                       : picture->timeline ? "timeline"
                       : picture->residuals ? "residuals"
                                           : "sensitivity";
    snprintf(relative, sizeof relative, "plots/%s.gp", name);
    int status = sc_data_path(script, PATH_MAX, relative, err);
    if (status == SC_OK)
        status = sc_data_path(directory, sizeof directory, "plots", err);
    if (status != SC_OK)
        return status;
    FILE *out = sc_memory_stream(text, length);
    if (!out)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    fprintf(out, "format = '%s'\nhere = ", format);
    sc_gnuplot_string(out, directory);
    fputs(".'/'\n", out);
    if (picture->chart)
        sc_chart_write(picture->chart, out);
    else if (picture->figure)
        sc_figure_write(picture->figure, out);
    else if (picture->timeline)
        sc_timeline_write(picture->timeline, out);
    else if (picture->residuals)
        sc_residuals_write(picture->residuals, out);
    else
        status = sc_sensitivity_write(picture->sensitivity, out, err);
    if (fclose(out) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    return status;
}

int sc_picture_draw(const struct sc_picture *picture, const char *format, const char *output, struct sc_error *err)
{
    char script[PATH_MAX], *text = NULL;
    size_t length = 0;
    int status = prepare(picture, format, &text, &length, script, err);
    if (status == SC_OK)
        status = sc_gnuplot(text, length, script, output, err);
    free(text);
    return status;
}

/* What gnuplot writes and what a page gets: black and our dark grey follow the page's text, ids get a number. */
struct replacement {
    const char *from, *to;
    bool numbered;
};

static const struct replacement replacements[] = {
    {"<title>Gnuplot</title>\n", "", false},
    {" xmlns=\"http://www.w3.org/2000/svg\"", "", false},
    {" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "", false},
    {"xlink:href='#gp", "href='#f%u-gp", true},
    {" id='gp", " id='f%u-gp", true},
    {" id='textbox'", " id='f%u-textbox'", true},
    {" id='greybox'", " id='f%u-greybox'", true},
    {" id=\"gnuplot_", " id=\"f%u-", true},
    {"url(#", "url(#f%u-", true},
    {" color=\"black\"", "", false},
    {"\"black\"", "\"currentColor\"", false},
    {"'black'", "'currentColor'", false},
    {"rgb(  0,   0,   0)", "currentColor", false},
    {"rgb(0,0,0)", "currentColor", false},
    {"rgb( 48,  48,  48)", "currentColor", false},
    {"rgb(48,48,48)", "currentColor", false},
    {"rgb(204, 204, 204)", "rgb(136, 136, 136)", false},
    {"font-family=\"Sans\"", "", false},
};

/* Writes text with all replacements; markup alone is touched, since user's text has its '<', '"' and "'" escaped by
 * gnuplot. */
static void rewrite(FILE *out, const char *text, unsigned number)
{
    while (*text) {
        const struct replacement *hit = NULL;
        for (size_t i = 0; i < sizeof replacements / sizeof replacements[0] && !hit; i++)
            if (strncmp(text, replacements[i].from, strlen(replacements[i].from)) == 0)
                hit = &replacements[i];
        if (!hit) {
            fputc(*text++, out);
            continue;
        }
        const char *mark = hit->numbered ? strstr(hit->to, "%u") : NULL;
        if (mark)
            fprintf(out, "%.*s%u%s", (int)(mark - hit->to), hit->to, number, mark + 2);
        else
            fputs(hit->to, out);
        text += strlen(hit->from);
    }
}

int sc_picture_inline(const struct sc_picture *picture, unsigned number, char **svg, struct sc_error *err)
{
    char script[PATH_MAX], *text = NULL, *drawn = NULL;
    size_t length = 0, size = 0;

    *svg = NULL;
    int status = prepare(picture, "inline", &text, &length, script, err);
    if (status == SC_OK)
        status = sc_gnuplot_text(text, length, script, &drawn, err);
    const char *start = drawn ? strstr(drawn, "<svg") : NULL;
    if (status == SC_OK && !start)
        status = sc_fail(err, SC_IO, NULL, 0, "gnuplot drew no SVG");
    if (status == SC_OK) {
        FILE *out = sc_memory_stream(svg, &size);
        if (out)
            rewrite(out, start, number);
        if (!out || fclose(out) != 0)
            status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    }
    free(drawn);
    free(text);
    return status;
}

static int finish(const struct sc_picture *picture, const struct sc_picture_target *target, struct sc_error *err)
{
    if (target->svg)
        return sc_picture_inline(picture, target->number, target->svg, err);
    return sc_picture_draw(picture, target->format, target->output, err);
}

int sc_picture_of_kind(const struct sc_kind *kind, const struct sc_frame *frame, const struct sc_result_set *set,
                       const struct sc_plot_options *options, const struct sc_picture_target *target,
                       struct sc_error *err)
{
    int status;
    if (kind->build) {
        struct sc_chart chart;
        status = kind->build(&chart, frame, set, options, err);
        if (status == SC_OK)
            status = finish(&(struct sc_picture){.chart = &chart}, target, err);
        sc_chart_free(&chart);
        return status;
    }
    struct sc_figure figure;
    struct sc_figure_options bars = {.baseline = options->baseline, .models = strcmp(kind->name, "models") == 0};
    status = sc_figure_build(&figure, set, &bars, err);
    if (status == SC_OK)
        status = finish(&(struct sc_picture){.figure = &figure}, target, err);
    sc_figure_free(&figure);
    return status;
}
