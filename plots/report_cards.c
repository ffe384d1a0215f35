/* report_cards.c - the head of a report: what the file holds, what each machine needs, how far intervals hold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "report.h"
#include "text.h"

static void open_card(FILE *out, const char *title)
{
    fputs("<div class=\"card\"><h3>", out);
    sc_html(out, title);
    fputs("</h3>", out);
}

static void put_big(FILE *out, const char *text)
{
    fputs("<p class=\"big\">", out);
    sc_html(out, text);
    fputs("</p>", out);
}

static void count_card(FILE *out, const char *title, size_t count)
{
    fprintf(out, "<div class=\"card count\"><h3>%s</h3><p class=\"big\">%zu</p></div>\n", title, count);
}

/* Sums over a machine's best dataflows; NAN where a layer has none or the column is absent. */
struct sums {
    double cycles, time, energy, dram;
    size_t best[SC_SET_NAMES], layers;
};

static void add_sums(struct sums *sums, const struct sc_report *report, unsigned machine)
{
    const struct sc_result_set *set = report->set;
    for (size_t i = 0; i < set->layer_count; i++) {
        const struct sc_set_layer *layer = &set->layers[i];
        unsigned d = sc_set_best_dataflow(set, layer, machine);
        if (d == set->dataflows.count)
            continue;
        size_t row = layer->row[machine * set->dataflows.count + d];
        sums->layers++;
        sums->best[d]++;
        sums->cycles += layer->count * layer->cycles[machine * set->dataflows.count + d];
        sums->time += layer->count * sc_frame_number(report->frame, row, report->at.time);
        sums->energy += layer->count * sc_frame_number(report->frame, row, report->at.energy);
        sums->dram += layer->count * (sc_frame_number(report->frame, row, report->at.dram_read) +
                                      sc_frame_number(report->frame, row, report->at.dram_write));
    }
}

static void put_quantity(FILE *out, const char *name, double value, const char *unit)
{
    char text[64];
    if (isnan(value))
        return;
    sc_short_number(text, sizeof text, value, unit);
    fprintf(out, "<dt>%s</dt><dd>%s</dd>", name, text);
}

static void machine_card(const struct sc_report *report, unsigned machine)
{
    const struct sc_result_set *set = report->set;
    struct sums sums = {0};
    char text[64];

    add_sums(&sums, report, machine);
    open_card(report->out, set->machines.name[machine]);
    sc_short_number(text, sizeof text, sums.cycles, "cycles");
    put_big(report->out, text);
    fputs("<dl>", report->out);
    if (sums.layers < set->layer_count)
        fprintf(report->out, "<dt>layers</dt><dd>%zu of %zu</dd>", sums.layers, set->layer_count);
    put_quantity(report->out, "time", sums.time, "s");
    put_quantity(report->out, "energy", sums.energy, "J");
    put_quantity(report->out, "DRAM", sums.dram, "B");
    fputs("<dt>best dataflow</dt><dd>", report->out);
    for (unsigned d = 0, listed = 0; d < set->dataflows.count; d++) {
        if (sums.best[d] == 0)
            continue;
        fputs(listed++ ? ", " : "", report->out);
        fputs("<span class=\"whole\">", report->out);
        sc_html(report->out, set->dataflows.name[d]);
        fprintf(report->out, " %zu&times;</span>", sums.best[d]);
    }
    fputs("</dd></dl></div>\n", report->out);
}

void sc_report_coverage(const struct sc_report *report, size_t *covered, size_t *pairs)
{
    static const char simulation[] = " (simulation)", estimate[] = " (estimate)";
    const struct sc_result_set *set = report->set;
    *covered = *pairs = 0;
    for (unsigned m = 0; m < set->machines.count && set->mixed; m++) {
        const char *name = set->machines.name[m];
        size_t length = strlen(name), stem = length - (sizeof simulation - 1);
        if (length < sizeof simulation || strcmp(name + stem, simulation) != 0)
            continue;
        for (unsigned e = 0; e < set->machines.count; e++) {
            if (strncmp(set->machines.name[e], name, stem) != 0 || strcmp(set->machines.name[e] + stem, estimate) != 0)
                continue;
            for (size_t i = 0; i < set->layer_count; i++)
                for (unsigned d = 0; d < set->dataflows.count; d++) {
                    size_t cell = e * set->dataflows.count + d;
                    double simulated = set->layers[i].cycles[m * set->dataflows.count + d];
                    double low = sc_frame_number(report->frame, set->layers[i].row[cell], report->at.low);
                    double high = sc_frame_number(report->frame, set->layers[i].row[cell], report->at.high);
                    if (simulated < 0 || set->layers[i].cycles[cell] < 0 || !(low < high))
                        continue;
                    ++*pairs;
                    *covered += simulated >= low * (1 - 1e-8) && simulated <= high * (1 + 1e-8);
                }
        }
    }
}

static void coverage_card(const struct sc_report *report)
{
    size_t covered, pairs;
    char text[64];
    sc_report_coverage(report, &covered, &pairs);
    if (pairs == 0)
        return;
    open_card(report->out, "Simulations within intervals");
    snprintf(text, sizeof text, "%.0f %%", 100 * (double)covered / (double)pairs);
    put_big(report->out, text);
    fprintf(report->out, "<dl><dt>runs</dt><dd>%zu of %zu</dd></dl></div>\n", covered, pairs);
}

/* The rows of a sweep are alternatives: nothing is summed. */
static void sweep_cards(const struct sc_report *report)
{
    size_t front = 0;
    for (size_t row = 0; row < sc_frame_rows(report->frame); row++)
        front += sc_frame_number(report->frame, row, report->pareto) > 0;
    count_card(report->out, "Rows of the sweep", sc_frame_rows(report->frame));
    count_card(report->out, "Swept keys", report->set->keys);
    count_card(report->out, "Machines", report->set->machines.count);
    count_card(report->out, "On the Pareto front", front);
    fputs("</div><p class=\"hint\">The front: no other configuration is better in cycles, energy and area "
          "together.</p></section>\n",
          report->out);
}

void sc_report_cards(const struct sc_report *report)
{
    const struct sc_result_set *set = report->set;
    size_t models = 0;
    for (size_t i = 0; i < set->layer_count; i++) /* networks stand together in lists */
        models += i == 0 || set->layers[i].model != set->layers[i - 1].model;
    fputs("<section aria-labelledby=\"summary\"><h2 id=\"summary\">Summary</h2><div class=\"counts\">\n", report->out);
    if (report->pareto != SC_NO_COLUMN) {
        sweep_cards(report);
        return;
    }
    count_card(report->out, "Layers", set->layer_count);
    if (models > 1)
        count_card(report->out, "Networks", models);
    count_card(report->out, "Machines", set->machines.count);
    count_card(report->out, "Rows", sc_frame_rows(report->frame));
    coverage_card(report);
    fputs("</div><div class=\"cards\">\n", report->out);
    for (unsigned m = 0; m < set->machines.count; m++)
        machine_card(report, m);
    fputs("</div><p class=\"hint\">Totals of a machine: its best dataflow for each layer, times the layer's "
          "count.</p></section>\n",
          report->out);
}
