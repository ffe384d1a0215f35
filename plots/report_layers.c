/* report_layers.c - each layer of a report: its runs, intervals, what limits them, their traffic, and the command to
 * look closer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "families/bound.h"
#include "report.h"

enum { PARTS = 4, BOUNDS_MOST = 24 };

static const char *const part_class[PARTS] = {"stationary", "stream", "merge", "stall"};
static const char *const part_words[PARTS] = {"loading stationary operands", "streaming and multiplying",
                                              "merging partial sums", "waiting for DRAM"};

/* The largest part of a row's cycles; PARTS when all are 0 or absent. */
static int largest_part(const struct sc_report *report, size_t row)
{
    int largest = PARTS;
    double most = 0;
    for (int p = 0; p < PARTS; p++) {
        double cycles = sc_frame_number(report->frame, row, report->at.part[p]);
        if (cycles > most) {
            most = cycles;
            largest = p;
        }
    }
    return largest;
}

const char *sc_report_limit(const struct sc_report *report, size_t row)
{
    const char *bound = sc_frame_text(report->frame, row, report->at.bound);
    if (bound[0])
        return bound;
    int part = largest_part(report, row);
    return part == PARTS ? "" : part_words[part];
}

void sc_report_keys(const struct sc_report *report, size_t row)
{
    for (unsigned k = 0; k < report->set->keys; k++) {
        fputs(k ? ", " : "", report->out);
        sc_html(report->out, sc_frame_name(report->frame, (size_t)report->set->key[k]));
        fputc('=', report->out);
        sc_html(report->out, sc_frame_text(report->frame, row, report->set->key[k]));
    }
}

/* The shares of the phases as a bar, which also says them. */
static void put_phases(const struct sc_report *report, size_t row)
{
    double cycles = sc_frame_number(report->frame, row, report->at.cycles);
    fputs("<td><span class=\"bar\">", report->out);
    for (int p = 0; p < PARTS; p++) {
        double share = sc_frame_number(report->frame, row, report->at.part[p]) / cycles;
        if (share > 0.0005 && share <= 1.001)
            fprintf(report->out, "<span class=\"%s\" style=\"width:%.1f%%\" title=\"%s: %.1f %%\"></span>",
                    part_class[p], 100 * share, part_words[p], 100 * share);
    }
    fputs("</span></td>", report->out);
}

static void put_interval(const struct sc_report *report, size_t row)
{
    double low = sc_frame_number(report->frame, row, report->at.low),
           high = sc_frame_number(report->frame, row, report->at.high);
    char a[64], b[64];
    if (isnan(low) || isnan(high)) {
        fputs("<td></td>", report->out);
        return;
    }
    sc_short_number(a, sizeof a, low, "");
    sc_short_number(b, sizeof b, high, "");
    fprintf(report->out, low < high ? "<td>%s to %s</td>" : "<td>none</td>", a, b);
}

static void put_short(const struct sc_report *report, double value, const char *unit)
{
    char text[64];
    if (isnan(value)) {
        fputs("<td></td>", report->out);
        return;
    }
    sc_short_number(text, sizeof text, value, unit);
    fprintf(report->out, "<td class=\"n\">%s</td>", text);
}

static void put_run(const struct sc_report *report, unsigned machine, unsigned dataflow, size_t row, bool best)
{
    const struct sc_frame *frame = report->frame;
    const struct sc_report_columns *at = &report->at;
    FILE *out = report->out;
    fprintf(out, "<tr%s><td>", best ? " class=\"best\"" : "");
    sc_html(out, report->set->machines.name[machine]);
    fputs("</td><td>", out);
    sc_html(out, report->set->dataflows.name[dataflow]);
    fputs("</td>", out);
    sc_html_number(out, sc_frame_number(frame, row, at->cycles), 6);
    put_interval(report, row);
    put_phases(report, row);
    fputs("<td>", out);
    sc_html(out, sc_report_limit(report, row));
    fputs("</td>", out);
    sc_html_number(out, sc_frame_number(frame, row, at->utilization), 3);
    put_short(report, sc_frame_number(frame, row, at->l1_reads), "");
    put_short(report, sc_frame_number(frame, row, at->psum_writes) + sc_frame_number(frame, row, at->psum_reads), "");
    put_short(report, sc_frame_number(frame, row, at->dram_read) + sc_frame_number(frame, row, at->dram_write), "B");
    put_short(report, sc_frame_number(frame, row, at->energy), "J");
    fputs("</tr>", out);
}

/* The fastest run of a layer: cell of the set, or SIZE_MAX. */
static size_t fastest(const struct sc_result_set *set, const struct sc_set_layer *layer)
{
    size_t best = SIZE_MAX, cells = (size_t)set->machines.count * set->dataflows.count;
    for (size_t c = 0; c < cells; c++)
        if (layer->cycles[c] >= 0 && (best == SIZE_MAX || layer->cycles[c] < layer->cycles[best]))
            best = c;
    return best;
}

static void put_commands(const struct sc_report *report, const struct sc_set_layer *layer, size_t row)
{
    FILE *out = report->out;
    fputs("<p>Look closer at the fastest run:</p><pre tabindex=\"0\">sparsecast simulate ", out);
    sc_html_shell(out, report->path);
    fputs(layer->layer[0] == '-' ? " --layer=" : " --layer ", out);
    sc_html_shell(out, layer->layer);
    fputs(" -m ", out);
    sc_html_shell(out, sc_frame_text(report->frame, row, report->at.machine));
    fputs(" -d ", out);
    sc_html_shell(out, sc_frame_text(report->frame, row, report->at.dataflow));
    fputs(" --compare --trace trace.csv\nsparsecast plot timeline trace.csv -o timeline.svg</pre>\n", out);
}

static void put_layer(const struct sc_report *report, const struct sc_set_layer *layer)
{
    const struct sc_result_set *set = report->set;
    FILE *out = report->out;
    size_t best = fastest(set, layer), row = layer->row[best];
    char cycles[64];

    sc_short_number(cycles, sizeof cycles, layer->cycles[best], "cycles");
    fputs("<details class=\"layer\"><summary><b>", out);
    sc_html(out, layer->layer);
    fputs("</b> ", out);
    sc_html(out, layer->model);
    fputs(report->set->keys && layer->model[0] ? ", " : "", out);
    sc_report_keys(report, row);
    fprintf(out, " <span class=\"hint\">%s with ", cycles);
    sc_html(out, set->dataflows.name[best % set->dataflows.count]);
    fputs(" on ", out);
    sc_html(out, set->machines.name[best / set->dataflows.count]);
    if (sc_report_limit(report, row)[0]) {
        bool phase = sc_frame_text(report->frame, row, report->at.bound)[0] == '\0';
        fputs(phase ? ", mostly " : ", limited by ", out);
        sc_html(out, sc_report_limit(report, row));
    }
    fputs("</span></summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"runs of the "
          "layer\"><table><thead><tr>"
          "<th scope=\"col\">machine</th><th scope=\"col\">dataflow</th><th scope=\"col\" class=\"n\">cycles</th><th "
          "scope=\"col\">interval</th>"
          "<th scope=\"col\">phases</th><th scope=\"col\">limited by</th><th scope=\"col\" class=\"n\">utilisation</th>"
          "<th scope=\"col\" class=\"n\">STR cache <small>words</small></th><th scope=\"col\" class=\"n\">psums "
          "<small>words</small></th>"
          "<th scope=\"col\" class=\"n\">DRAM</th><th scope=\"col\" class=\"n\">energy</th></tr></thead><tbody>",
          out);
    for (size_t c = 0; c < (size_t)set->machines.count * set->dataflows.count; c++)
        if (layer->cycles[c] >= 0)
            put_run(report, (unsigned)(c / set->dataflows.count), (unsigned)(c % set->dataflows.count), layer->row[c],
                    c == best);
    fputs("</tbody></table></div>\n", out);
    if (report->shapes)
        put_commands(report, layer, row);
    fputs("</details>\n", out);
}

/* What the bounds of these rows mean. */
static void put_meanings(const struct sc_report *report)
{
    const char *shown[BOUNDS_MOST];
    unsigned count = 0;
    for (size_t row = 0; row < sc_frame_rows(report->frame) && count < BOUNDS_MOST; row++) {
        const char *bound = sc_frame_text(report->frame, row, report->at.bound), *meaning = sc_bound_meaning(bound);
        unsigned i = 0;
        while (i < count && shown[i] != bound) /* equal texts are one pointer */
            i++;
        if (i < count || !meaning)
            continue;
        fputs(count == 0 ? "<details><summary>What limits a layer</summary><dl>\n" : "", report->out);
        fprintf(report->out, "<dt>%s</dt><dd>%s</dd>\n", bound, meaning);
        shown[count++] = bound;
    }
    fputs(count > 0 ? "</dl></details>\n" : "", report->out);
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

int sc_report_layers(const struct sc_report *report, struct sc_error *err)
{
    const struct sc_result_set *set = report->set;
    size_t shown = 0;
    double least = 0, *cycles = calloc(set->layer_count, sizeof *cycles);

    if (!cycles)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a report");
    for (size_t i = 0; i < set->layer_count; i++)
        cycles[i] = set->layers[i].count * set->layers[i].cycles[fastest(set, &set->layers[i])];
    qsort(cycles, set->layer_count, sizeof *cycles, descending);
    if (set->layer_count > SC_REPORT_LAYERS)
        least = cycles[SC_REPORT_LAYERS - 1];
    free(cycles);
    fputs("<section aria-labelledby=\"layers-h\"><h2 id=\"layers-h\">Layers</h2>\n<p class=\"legend\">", report->out);
    for (int p = 0; p < PARTS; p++)
        fprintf(report->out, "<span class=\"key %s\"></span>%s ", part_class[p], part_words[p]);
    fputs("</p>\n", report->out);
    put_meanings(report);
    for (size_t i = 0; i < set->layer_count && shown < SC_REPORT_LAYERS; i++) {
        const struct sc_set_layer *layer = &set->layers[i];
        if (layer->count * layer->cycles[fastest(set, layer)] < least)
            continue;
        put_layer(report, layer);
        shown++;
    }
    if (shown < set->layer_count)
        fprintf(report->out, "<p class=\"cap\">These are the %zu of %zu layers with the most cycles.</p>\n", shown,
                set->layer_count);
    fputs("</section>\n", report->out);
    return SC_OK;
}
