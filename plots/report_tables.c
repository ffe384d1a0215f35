/* report_tables.c - the sortable tables of a report: networks, and rows of results.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

struct heading {
    const char *text, *unit;
    bool number;
};

static void open_table(FILE *out, const char *id, const char *title, const struct heading *heading, size_t count)
{
    fprintf(out,
            "<section aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n<div class=\"tools\"><label>Filter: "
            "<input type=\"search\" data-for=\"%s\" autocomplete=\"off\"></label> "
            "<span class=\"hits\" role=\"status\" id=\"%s-hits\"></span></div>\n"
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"%s-h\"><table id=\"%s\" "
            "class=\"sortable\">"
            "<thead><tr>",
            id, id, title, id, id, id, id);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "<th scope=\"col\" aria-sort=\"none\"%s><button type=\"button\">%s%s%s%s</button></th>",
                heading[i].number ? " class=\"n\"" : "", heading[i].text, heading[i].unit[0] ? " <small>" : "",
                heading[i].unit, heading[i].unit[0] ? "</small>" : "");
    fputs("</tr></thead><tbody>\n", out);
}

static void close_table(FILE *out)
{
    fputs("</tbody></table></div></section>\n", out);
}

static void text_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    sc_html(out, text);
    fputs("</td>", out);
}

static double dram_bytes(const struct sc_report *report, size_t row)
{
    return sc_frame_number(report->frame, row, report->at.dram_read) +
           sc_frame_number(report->frame, row, report->at.dram_write);
}

/* A network on a machine. */
struct network {
    const char *model;
    unsigned machine;
    double layers, cycles, energy, dram;
};

enum { NETWORKS_MOST = 1000 };

static struct network *network_of(struct network *network, size_t *count, const char *model, unsigned machine)
{
    size_t i = *count;
    while (i > 0 && (network[i - 1].model != model || network[i - 1].machine != machine))
        i--;
    if (i > 0)
        return &network[i - 1];
    if (*count == NETWORKS_MOST)
        return NULL;
    network[*count] = (struct network){.model = model, .machine = machine};
    return &network[(*count)++];
}

static void add_layers(const struct sc_report *report, struct network *network, size_t *count)
{
    const struct sc_result_set *set = report->set;
    for (size_t i = 0; i < set->layer_count; i++)
        for (unsigned m = 0; m < set->machines.count; m++) {
            const struct sc_set_layer *layer = &set->layers[i];
            unsigned d = sc_set_best_dataflow(set, layer, m);
            struct network *n = d < set->dataflows.count ? network_of(network, count, layer->model, m) : NULL;
            if (!n)
                continue;
            size_t cell = m * set->dataflows.count + d;
            n->layers += layer->count;
            n->cycles += layer->count * layer->cycles[cell];
            n->energy += layer->count * sc_frame_number(report->frame, layer->row[cell], report->at.energy);
            n->dram += layer->count * dram_bytes(report, layer->row[cell]);
        }
}

int sc_report_networks(const struct sc_report *report, struct sc_error *err)
{
    static const struct heading headings[] = {{"network", "", false}, {"machine", "", false}, {"layers", "", true},
                                              {"cycles", "", true},   {"energy", "J", true},  {"DRAM", "B", true}};
    size_t count = 0;
    struct network *network = calloc(NETWORKS_MOST, sizeof *network);
    if (!network)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    add_layers(report, network, &count);
    open_table(report->out, "networks", "Networks", headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < count; i++) {
        fputs("<tr>", report->out);
        text_cell(report->out, network[i].model[0] ? network[i].model : "(no model)");
        text_cell(report->out, report->set->machines.name[network[i].machine]);
        sc_html_number(report->out, network[i].layers, 10);
        sc_html_number(report->out, network[i].cycles, 6);
        sc_html_number(report->out, network[i].energy, 4);
        sc_html_number(report->out, network[i].dram, 4);
        fputs("</tr>\n", report->out);
    }
    close_table(report->out);
    fputs("<p class=\"hint\">Best dataflow for each layer, layers times their count.</p>\n", report->out);
    if (count == NETWORKS_MOST)
        fprintf(report->out, "<p class=\"cap\">Only the first %d networks and machines are shown.</p>\n",
                NETWORKS_MOST);
    free(network);
    return SC_OK;
}

static void put_row(const struct sc_report *report, size_t row)
{
    const struct sc_frame *frame = report->frame;
    FILE *out = report->out;
    const struct sc_report_columns *at = &report->at;
    fputs(sc_frame_number(frame, row, at->best) > 0 ? "<tr class=\"best\">" : "<tr>", out);
    text_cell(out, sc_frame_text(frame, row, at->layer));
    text_cell(out, sc_frame_text(frame, row, at->model));
    text_cell(out, sc_frame_text(frame, row, at->machine));
    text_cell(out, sc_frame_text(frame, row, at->dataflow));
    text_cell(out, sc_frame_number(frame, row, at->best) > 0 ? "best" : "");
    sc_html_number(out, sc_frame_number(frame, row, at->cycles), 6);
    sc_html_number(out, sc_frame_number(frame, row, at->low), 6);
    sc_html_number(out, sc_frame_number(frame, row, at->high), 6);
    sc_html_number(out, sc_frame_number(frame, row, at->utilization), 4);
    text_cell(out, sc_report_limit(report, row));
    sc_html_number(out, dram_bytes(report, row), 4);
    sc_html_number(out, sc_frame_number(frame, row, at->energy), 4);
    text_cell(out, sc_frame_text(frame, row, at->source));
    if (report->pareto != SC_NO_COLUMN) {
        fputs("<td>", out);
        sc_report_keys(report, row);
        fprintf(out, "</td><td>%s</td>", sc_frame_number(frame, row, report->pareto) > 0 ? "front" : "");
    }
    fputs("</tr>\n", out);
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Cycles from which on a row is among the SC_REPORT_ROWS largest; 0: all are shown. */
static int find_least(const struct sc_report *report, double *least, struct sc_error *err)
{
    size_t rows = sc_frame_rows(report->frame);
    *least = 0;
    if (rows <= SC_REPORT_ROWS)
        return SC_OK;
    double *cycles = calloc(rows, sizeof *cycles);
    if (!cycles)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    for (size_t row = 0; row < rows; row++)
        cycles[row] = sc_frame_number(report->frame, row, report->at.cycles);
    qsort(cycles, rows, sizeof *cycles, descending);
    *least = cycles[SC_REPORT_ROWS - 1];
    free(cycles);
    return SC_OK;
}

int sc_report_rows(const struct sc_report *report, struct sc_error *err)
{
    static const struct heading headings[] = {
        {"layer", "", false},      {"network", "", false},       {"machine", "", false},  {"dataflow", "", false},
        {"best", "", false},       {"cycles", "", true},         {"low", "cycles", true}, {"high", "cycles", true},
        {"utilisation", "", true}, {"limited by", "", false},    {"DRAM", "B", true},     {"energy", "J", true},
        {"source", "", false},     {"configuration", "", false}, {"Pareto", "", false}};
    const size_t headings_count = sizeof headings / sizeof headings[0] - (report->pareto == SC_NO_COLUMN ? 2 : 0);
    size_t rows = sc_frame_rows(report->frame), shown = 0;
    double least;
    int status = find_least(report, &least, err);
    if (status != SC_OK)
        return status;
    open_table(report->out, "results", "Results", headings, headings_count);
    for (size_t row = 0; row < rows && shown < SC_REPORT_ROWS; row++)
        if (sc_frame_number(report->frame, row, report->at.cycles) >= least) {
            put_row(report, row);
            shown++;
        }
    close_table(report->out);
    if (shown < rows)
        fprintf(report->out,
                "<p class=\"cap\">The table shows the %zu of %zu rows with the most cycles; the CSV holds all.</p>\n",
                shown, rows);
    return SC_OK;
}
