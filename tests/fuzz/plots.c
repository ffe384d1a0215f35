/* plots.c - fuzz targets for what figures and reports are made of: result lists, and timelines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "plots/figure.h"
#include "plots/kinds.h"
#include "plots/report.h"
#include "plots/residuals.h"
#include "plots/sensitivity.h"
#include "plots/sniff.h"
#include "plots/sweep_set.h"
#include "plots/timeline.h"

/* A number that is none at `at`: inf or nan as a word. */
static bool is_no_number(const char *text, const char *at)
{
    bool word = at == text || at[-1] == ' ' || at[-1] == '=' || at[-1] == '-' || at[-1] == '\n';

    return word && (strncmp(at, "inf", 3) == 0 || strncmp(at, "nan", 3) == 0) && strchr(" \n;,)", at[3]);
}

/* What gnuplot would be given, names in quotes apart, must not hold such a number.  Frees the text. */
static void check_script(char *text, const char *kind)
{
    char quote = '\0';

    for (const char *at = text; *at; at++) {
        if (quote)
            quote = *at == quote ? '\0' : quote;
        else if (*at == '\'' || *at == '"')
            quote = *at;
        else
            FUZZ_CHECK(!is_no_number(text, at), "%s: a number is %.20s", kind, at);
    }
    free(text);
}

static void draw(const struct sc_kind *kind, const struct sc_frame *frame, const struct sc_result_set *set)
{
    struct sc_plot_options options = {.baseline = NULL};
    struct sc_chart chart = {0};
    struct sc_figure figure = {.groups = NULL};
    struct sc_error err;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int status = kind->build ? kind->build(&chart, frame, set, &options, &err)
                             : sc_figure_build(&figure, set, &(struct sc_figure_options){.baseline = NULL}, &err);

    if (status != SC_OK)
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    else if (kind->build)
        sc_chart_write(&chart, out);
    else
        sc_figure_write(&figure, out);
    fclose(out);
    check_script(text, kind->name);
    if (kind->build)
        sc_chart_free(&chart);
    else
        sc_figure_free(&figure);
}

/* The parts of a report that start no other program. */
static void report(const struct sc_frame *frame, const struct sc_result_set *set)
{
    struct sc_report report;
    struct sc_error err;
    char *text = NULL;
    size_t size;
    int status;

    sc_report_start(&report, frame, set);
    report.path = "results.csv";
    report.command = "sparsecast report results.csv";
    report.out = open_memstream(&text, &size);
    sc_report_cards(&report);
    if ((status = sc_report_networks(&report, &err)) != SC_OK || (status = sc_report_rows(&report, &err)) != SC_OK ||
        (status = sc_report_layers(&report, &err)) != SC_OK)
        fuzz_error(status, &err, FUZZ_ANYWHERE);
    sc_report_origin(&report);
    fclose(report.out);
    FUZZ_CHECK(!strstr(text, "<script>alert"), "a text of the list is a script of the page");
    free(text);
}

void fuzz_results(const uint8_t *bytes, size_t size)
{
    struct sc_result_set set = {0};
    struct sc_sweep_set sweep = {0};
    struct sc_frame *frame;
    struct sc_error err;
    int status = sc_frame_read(&frame, fuzz_file("results.csv", bytes, size), &err);

    if (status != SC_OK) {
        fuzz_error(status, &err, FUZZ_LINE);
        return;
    }
    int made = sc_result_set_make(&set, frame, &err);
    if (made != SC_OK)
        fuzz_error(made, &err, FUZZ_LINE);
    for (size_t k = 0; k < sc_kind_count(); k++)
        if (made == SC_OK || !sc_kinds[k].results)
            draw(&sc_kinds[k], frame, made == SC_OK ? &set : NULL);
    if (made == SC_OK) {
        FUZZ_CHECK(sc_kind_default(frame, &set), "no figure fits");
        report(frame, &set);
        status = sc_sweep_set_make(&sweep, frame, &err);
        if (status != SC_OK)
            fuzz_error(status, &err, FUZZ_ANYWHERE);
        sc_sweep_set_free(&sweep);
    }
    sc_result_set_free(&set);
    sc_frame_free(frame);
}

/* Tables that have figures of their own: timelines, residuals, sensitivities. */
void fuzz_timeline(const uint8_t *bytes, size_t size)
{
    static struct sc_timeline timeline;
    const char *path = fuzz_file("timeline.csv", bytes, size);
    struct sc_residuals residuals;
    enum sc_table_kind kind;
    struct sc_error err;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    int status = sc_timeline_read(&timeline, path, &err);

    if (status == SC_OK)
        sc_timeline_write(&timeline, out);
    else
        fuzz_error(status, &err, FUZZ_LINE);
    sc_timeline_free(&timeline);
    if (sc_sniff(path, &kind, &err) != SC_OK)
        kind = SC_TABLE_RESULTS;
    if (kind == SC_TABLE_RESIDUALS) {
        status = sc_residuals_read(&residuals, path, &err);
        if (status == SC_OK)
            sc_residuals_write(&residuals, out);
        else
            fuzz_error(status, &err, FUZZ_LINE);
        sc_residuals_free(&residuals);
    }
    if (kind == SC_TABLE_SENSITIVITY && (status = sc_sensitivity_write(path, out, &err)) != SC_OK)
        fuzz_error(status, &err, FUZZ_LINE);
    fclose(out);
    check_script(text, "timeline");
}
