/* report.c - puts a report together: page, figures, and where the numbers come from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "data_dir.h"
#include "file.h"
#include "kinds.h"
#include "picture.h"

enum { ASSET_MOST = 256 * 1024, CONFIGS_MOST = 64, NOTES_MOST = 32 };

static const double narrow =
    340; /* units of a view box: a figure of a column, which may shrink to a telephone's width */
static const double pixels_per_unit = 1.25; /* figures on a screen: their 7 pt letters become 12 px high */

void sc_report_start(struct sc_report *report, const struct sc_frame *frame, const struct sc_result_set *set)
{
    struct {
        const char *name;
        int *at;
    } columns[] = {{"layer", &report->at.layer},
                   {"model", &report->at.model},
                   {"machine", &report->at.machine},
                   {"dataflow", &report->at.dataflow},
                   {"best", &report->at.best},
                   {"cycles", &report->at.cycles},
                   {"cycles_low", &report->at.low},
                   {"cycles_high", &report->at.high},
                   {"stationary_cycles", &report->at.part[0]},
                   {"stream_cycles", &report->at.part[1]},
                   {"merge_cycles", &report->at.part[2]},
                   {"stall_cycles", &report->at.part[3]},
                   {"utilization", &report->at.utilization},
                   {"products", &report->at.products},
                   {"l1_reads", &report->at.l1_reads},
                   {"psum_writes", &report->at.psum_writes},
                   {"psum_reads", &report->at.psum_reads},
                   {"spill_bytes", &report->at.spill},
                   {"dram_read_bytes", &report->at.dram_read},
                   {"dram_write_bytes", &report->at.dram_write},
                   {"time_s", &report->at.time},
                   {"energy_j", &report->at.energy},
                   {"area_mm2", &report->at.area},
                   {"source", &report->at.source},
                   {"config", &report->at.config},
                   {"note", &report->at.note},
                   {"bound", &report->at.bound},
                   {"count", &report->at.count}};
    report->frame = frame;
    report->set = set;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        *columns[i].at = sc_frame_column(frame, columns[i].name);
    report->shapes = sc_frame_has(frame, (const char *const[]){"M", "N", "K"}, 3);
    report->pareto = sc_frame_column(frame, "pareto");
}

/* Copies a shipped style sheet or script into the page. */
static int put_asset(const struct sc_report *report, const char *name, const char *element, struct sc_error *err)
{
    char path[PATH_MAX];
    unsigned char *bytes = NULL;
    size_t size = 0;
    int status = sc_data_path(path, sizeof path, name, err);
    if (status == SC_OK)
        status = sc_file_read(&bytes, &size, path, ASSET_MOST, err);
    if (status == SC_OK)
        fprintf(report->out, "<%s>\n%.*s</%s>\n", element, (int)size, (const char *)bytes, element);
    free(bytes);
    return status;
}

static int put_head(const struct sc_report *report, struct sc_error *err)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
          "script-src 'unsafe-inline'\">\n<title>sparsecast: ",
          report->out);
    sc_html(report->out, report->path);
    fputs("</title>\n", report->out);
    int status = put_asset(report, "plots/report.css", "style", err);
    fputs("</head>\n<body>\n<header><h1>sparsecast report</h1><p>", report->out);
    sc_html(report->out, report->path);
    fprintf(report->out, ": %zu rows</p></header>\n<main>\n", sc_frame_rows(report->frame));
    return status;
}

/* The element of a figure with the size its view box asks for. */
static void put_svg(FILE *out, const char *svg, const struct sc_kind *kind)
{
    double width = 0, height = 0;
    const char *box = strstr(svg, "viewBox=\"0 0 ");
    if (box)
        sscanf(box, "viewBox=\"0 0 %lf %lf", &width, &height);
    fprintf(out,
            "<div class=\"scroll%s\" tabindex=\"0\" role=\"region\" aria-label=\"figure: %s\"><svg role=\"img\" "
            "aria-label=\"%s\"",
            width <= narrow ? " narrow" : "", kind->name, kind->meaning);
    if (width > 0)
        fprintf(out, " width=\"%.0f\" height=\"%.0f\"", pixels_per_unit * width, pixels_per_unit * height);
    fputs(svg + strlen("<svg"), out);
    fputs("</div>", out);
}

/* A figure that cannot be drawn is told in its place; lack of memory ends the report. */
static int put_figure(const struct sc_report *report, const struct sc_kind *kind, unsigned number, struct sc_error *err)
{
    struct sc_plot_options options = {.baseline = NULL};
    struct sc_error why = {0};
    char *svg = NULL;
    struct sc_picture_target target = {.svg = &svg, .number = number};

    int status = sc_picture_of_kind(kind, report->frame, report->set, &options, &target, &why);
    if (status == SC_NO_MEMORY) {
        free(svg);
        *err = why;
        return status;
    }
    fprintf(report->out, "<figure id=\"figure-%s\">", kind->name);
    if (status == SC_OK)
        put_svg(report->out, svg, kind);
    else {
        fputs("<p class=\"cap\">Not drawn: ", report->out);
        sc_html(report->out, why.message);
        fputs("</p>", report->out);
    }
    fprintf(report->out, "<figcaption>%s <code>sparsecast plot %s ", kind->meaning, kind->name);
    sc_html_shell(report->out, report->path);
    fprintf(report->out, " -o %s.svg</code></figcaption></figure>\n", kind->name);
    free(svg);
    return SC_OK;
}

int sc_report_figures(const struct sc_report *report, struct sc_error *err)
{
    unsigned number = 0;
    int status = SC_OK;
    fputs("<section aria-labelledby=\"figures-h\"><h2 id=\"figures-h\">Figures</h2><div class=\"figures\">\n",
          report->out);
    for (size_t k = 0; k < sc_kind_count() && status == SC_OK; k++)
        if (sc_kinds[k].worth && sc_kinds[k].worth(report->frame, report->set))
            status = put_figure(report, &sc_kinds[k], ++number, err);
    fputs("</div></section>\n", report->out);
    return status;
}

/* The distinct texts of a column, at most `most`; returns how many there are, or most + 1. */
static size_t distinct(const struct sc_report *report, int column, const char **text, size_t most)
{
    size_t count = 0;
    for (size_t row = 0; row < sc_frame_rows(report->frame); row++) {
        const char *here = sc_frame_text(report->frame, row, column);
        size_t i = 0;
        while (i < count && text[i] != here)
            i++;
        if (i < count || here[0] == '\0')
            continue;
        if (count == most)
            return most + 1;
        text[count++] = here;
    }
    return count;
}

static void put_list(const struct sc_report *report, int column, size_t most, const char *title)
{
    const char *text[CONFIGS_MOST];
    size_t count = distinct(report, column, text, most);
    if (count == 0)
        return;
    fprintf(report->out, "<h3>%s</h3><ul>\n", title);
    for (size_t i = 0; i < count && i < most; i++) {
        fputs("<li><code>", report->out);
        sc_html(report->out, text[i]);
        fputs("</code></li>\n", report->out);
    }
    fputs(count > most ? "<li>and more</li></ul>\n" : "</ul>\n", report->out);
}

void sc_report_origin(const struct sc_report *report)
{
    const char *machine[CONFIGS_MOST];
    size_t machines = distinct(report, report->at.machine, machine, CONFIGS_MOST);
    fputs("<section aria-labelledby=\"origin-h\"><h2 id=\"origin-h\">How to reproduce</h2>\n<pre tabindex=\"0\">",
          report->out);
    sc_html(report->out, report->command);
    fputs("</pre>\n", report->out);
    if (report->shapes) {
        fputs("<p>The CSV is a layer list too: this runs its layers again, once per row.</p>\n"
              "<pre tabindex=\"0\">sparsecast estimate ",
              report->out);
        sc_html_shell(report->out, report->path);
        for (size_t i = 0; i < machines && i < CONFIGS_MOST; i++) {
            fputs(" -m ", report->out);
            sc_html_shell(report->out, machine[i]);
        }
        fputs(" -f csv -o again.csv</pre>\n", report->out);
    }
    put_list(report, report->at.config, CONFIGS_MOST,
             "Machine files and energy tables, with the digests of their content");
    put_list(report, report->at.note, NOTES_MOST, "What limits the estimates");
    fprintf(report->out,
            "<p class=\"hint\">Made by sparsecast %s. Units: cycles of the machine's clock, bytes, joules, seconds. "
            "Energies are dynamic, without leakage.</p></section>\n",
            sc_version());
}

int sc_report_write(const struct sc_report *report, struct sc_error *err)
{
    int status = put_head(report, err);
    if (status != SC_OK)
        return status;
    sc_report_cards(report);
    status = sc_report_figures(report, err);
    if (status == SC_OK && report->pareto == SC_NO_COLUMN)
        status = sc_report_networks(report, err);
    if (status == SC_OK)
        status = sc_report_rows(report, err);
    if (status == SC_OK)
        status = sc_report_layers(report, err);
    if (status != SC_OK)
        return status;
    sc_report_origin(report);
    fputs("</main>\n", report->out);
    status = put_asset(report, "plots/report.js", "script", err);
    fputs("</body>\n</html>\n", report->out);
    return status;
}
