/* estimate_network.c - `estimate --network`: holds the layers of a network until its sequence is chosen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate_run.h"
#include "layer_hold.h"
#include "memory_stream.h"

static void fill_stage(const struct sc_bound *bound, const struct sc_layer *layer, const struct sc_profile *profile,
                       const struct sc_forecast *forecast, struct sc_stage *stage)
{
    for (int d = 0; d < SC_DATAFLOWS; d++)
        stage->cycles[d] = -1;
    for (unsigned i = 0; i < forecast->count; i++)
        stage->cycles[forecast->dataflow[i]] = forecast->row[i].cycles;
    stage->conversion = sc_conversion_cycles(&bound->plan.machine, profile->nnz_c);
    stage->count = (double)layer->count;
}

/* Chooses the sequence of a network on one machine; adds a line to the report. */
static int choose(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_held_layers *n,
                  enum sc_dataflow *chosen, FILE *report, struct sc_error *err)
{
    struct sc_stage *stage = malloc(n->layers * sizeof *stage);
    struct sc_network_totals totals;
    int status =
        stage ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a network of %zu layers", n->layers);
    for (size_t i = 0; i < n->layers && status == SC_OK; i++) {
        struct sc_profile profile;
        struct sc_forecast forecast;
        status = sc_estimate_profile_of(run, &n->layer[i], &profile, err);
        if (status != SC_OK)
            break;
        sc_estimate_layer(run, bound, &n->layer[i], &profile, &forecast);
        fill_stage(bound, &n->layer[i], &profile, &forecast, &stage[i]);
    }
    if (status == SC_OK)
        status = sc_network_solve(stage, n->layers, run->request->activations, chosen, &totals, err);
    free(stage);
    if (status != SC_OK)
        return status;
    const char *model = n->layer[0].model[0] ? n->layer[0].model : "(no model)";
    fprintf(report, "network %s on %s: %.6g cycles in %zu layers, %.0f format conversions; ", model,
            bound->plan.machine.name, totals.best, n->layers, totals.conversions);
    fprintf(report, "%.2f %% fewer than the fastest dataflow of each layer alone, ",
            100 * (1 - totals.best / totals.greedy));
    if (isfinite(totals.single))
        fprintf(report, "%.2f %% fewer than %s throughout\n", 100 * (1 - totals.best / totals.single),
                sc_dataflow_name(totals.single_dataflow));
    else
        fprintf(report, "no dataflow runs all layers\n");
    return SC_OK;
}

static int write_layer(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                       const struct sc_profile *profile, enum sc_dataflow chosen, struct sc_error *err)
{
    struct sc_forecast forecast;
    sc_estimate_layer(run, bound, layer, profile, &forecast);
    for (unsigned i = 0; i < forecast.count; i++)
        forecast.row[i].best = forecast.dataflow[i] == chosen;
    return sc_estimate_emit(run, layer, &forecast, err);
}

/* Chooses on every machine, then writes the rows in the order of the list. */
static int finish(struct sc_estimate_run *run, struct sc_held_layers *n, FILE *report, struct sc_error *err)
{
    if (n->layers == 0)
        return SC_OK;
    int status = SC_OK;
    enum sc_dataflow *chosen = malloc(n->layers * run->machines * sizeof *chosen);
    if (!chosen)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a network of %zu layers", n->layers);
    for (unsigned m = 0; m < run->machines && status == SC_OK; m++)
        status = choose(run, &run->bound[m], n, chosen + m * n->layers, report, err);
    for (size_t i = 0; i < n->layers && status == SC_OK; i++) {
        struct sc_profile profile;
        status = sc_estimate_profile_of(run, &n->layer[i], &profile, err);
        if (status == SC_OK)
            status = sc_layer_cells_fill(&run->cells, &n->layer[i], err);
        for (unsigned m = 0; m < run->machines && status == SC_OK; m++)
            status = write_layer(run, &run->bound[m], &n->layer[i], &profile, chosen[m * n->layers + i], err);
    }
    free(chosen);
    run->layers += n->layers;
    sc_release_layers(n);
    return status;
}

int sc_estimate_networks(struct sc_estimate_run *run, char **report, struct sc_error *err)
{
    struct sc_held_layers n = {0};
    struct sc_layer layer;
    size_t size;
    FILE *text = sc_memory_stream(report, &size);
    if (!text)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the network report");
    int status;
    while ((status = sc_layer_next(run->reader, &layer, err)) == SC_OK) {
        if (n.layers > 0 && strcmp(n.layer[0].model, layer.model) != 0)
            status = finish(run, &n, text, err);
        if (status == SC_OK)
            status = sc_bound_check(run->bound, run->machines, run->request->list, &layer, err);
        if (status == SC_OK)
            status = sc_hold_layer(&n, &layer, err);
        if (status != SC_OK)
            break;
    }
    if (status == SC_END)
        status = finish(run, &n, text, err);
    sc_held_layers_free(&n);
    if (fclose(text) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the network report");
    return status;
}
