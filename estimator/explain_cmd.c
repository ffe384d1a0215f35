/* explain_cmd.c - `sparsecast explain`: layers in, every term of their estimates out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "estimate.h"
#include "explain_write.h"
#include "memory_stream.h"
#include "output.h"
#include "shared_options.h"
#include "text.h"

enum { LAYERS_MAX = 64 };

/* The command line. */
struct request {
    const char *list, *output, *layer[LAYERS_MAX];
    unsigned layers;
    struct sc_choice choice;
    bool all;
    enum sc_format format;
    struct sc_layer_options reading;
};
typedef struct request asked;

static int take_layer(void *request, const char *name, struct sc_error *err)
{
    struct request *r = request;
    if (r->layers == LAYERS_MAX)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "too many layers by name, at most %d; the next is %.100s",
                       LAYERS_MAX, name);
    r->layer[r->layers++] = name;
    return SC_OK;
}

static const struct sc_option options[] = {
    {"layer", "NAME", 0, "only rows of this name, as the words behind the list; repeat for several (default: all rows)",
     NULL, SC_TAKE(take_layer)},
    SC_OPTION_MACHINES(asked),
    {"dataflow", "NAME", 'd',
     "this dataflow; repeat for several (default: the fastest of the machine's candidates for each layer)",
     "'sparsecast dataflows' lists them.", SC_CALL(asked, choice, sc_take_dataflow),
     .completion = SC_COMPLETE_DATAFLOW},
    {"all", NULL, 0, "all candidates of the machine, not the fastest alone", NULL, SC_FLAG(asked, all)},
    SC_OPTION_FORMAT(asked),
    SC_OPTION_OUTPUT(asked),
    SC_OPTION_CALIBRATION(asked,
                          "correct the estimates by this file of 'sparsecast calibrate', or by 'none' (default: the "
                          "shipped one of each machine, or of its base)",
                          "share of simulations that an interval holds, 50 to 99 percent (default: 90)"),
    SC_OPTION_ENERGY(asked),
    SC_OPTION_SCALESIM(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_explain_manual = {
    .name = "explain",
    .summary = "show every term of an estimate: what limits a layer, and by how much",
    .synopsis = "LAYERS.csv [LAYER]... [OPTION]...",
    .about =
        "Shows what the estimate of each layer is made of: counts times costs, which add up to the cycles, the energy "
        "and the area, and what would become of the cycles if one limit were gone.",
    .more =
        "Sections: result; profile (what the closed form knows of the layer); counts (what the machine does); cycles "
        "(terms of the closed form by phase, which add up to its cycles); bounds (cycles that one resource would need "
        "if nothing else took time); energy (events times energy per event, with the source of each); calibration "
        "(phases times fitted coefficients, which add up to the corrected cycles); what-if (the same closed form and "
        "coefficients with one resource without limit, or larger as said, and the keys that were changed); area. "
        "Of a term that waits for the slowest of several parts, each part's share is what goes when the parts are "
        "taken away one after the other. CSV has a row per term with the columns layer, model, machine, dataflow, "
        "section, group (of cycles: the phase), item, count, unit, cost, total, total_unit, share (of the section's "
        "whole; of a what-if: cycles left over cycles) and source.",
    .options = options,
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast explain data/layers/flexagon-table6.csv MB215 -m flexagon -d gust-m",
};

static int read_arguments(int argc, char **argv, struct request *r)
{
    struct sc_words words;
    struct sc_error err;
    *r = (struct request){.choice = {.energy_case = SC_ENERGY_NOMINAL}, .reading = {.warn = sc_print_warning}};
    int status = sc_options_read(&sc_explain_manual, argc, argv, r, &words);
    if (status != SC_GO_ON)
        return status;
    if (r->all && r->choice.any_wanted)
        return sc_wrong_usage("explain", "--all explains every dataflow: drop it or --dataflow", "");
    for (int i = 1; i < words.count; i++)
        if (take_layer(r, words.word[i], &err) != SC_OK)
            return sc_wrong_usage("explain", err.message, "");
    words.count = words.count > 1 ? 1 : words.count;
    return sc_take_one_word(&sc_explain_manual, &words, "layer list", &r->list);
}

/* One run. */
struct run {
    const struct request *request;
    sc_profiler *profiler;
    struct sc_bound *bound;
    unsigned machines;
    struct sc_explainer *explainer[SC_MACHINES_MAX];
    struct sc_layer_reader *reader;
    struct sc_output *output;
    size_t written;
    bool found[LAYERS_MAX];
    char near[SC_NAME_SIZE]; /* a layer's name like one that was asked for and has not been found */
};

/* Hands over what has been printed to an open memory stream. */
static int flush(struct run *run, FILE *text, char **bytes, const size_t *size, int status, struct sc_error *err)
{
    bool failed = ferror(text) != 0;
    if ((fclose(text) != 0 || failed) && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for an explanation");
    if (status == SC_OK)
        status = sc_output_write(run->output, *bytes, *size, err);
    free(*bytes);
    return status;
}

/* The explanations of one layer on one machine. */
static void explain_on(struct run *run, unsigned m, const struct sc_layer *layer, const struct sc_profile *profile,
                       struct sc_explanation *x, FILE *text)
{
    const struct request *r = run->request;
    const struct sc_bound *b = &run->bound[m];
    struct sc_forecast f;
    sc_forecast(&f, b, layer, profile, sc_operands_of(layer), r->choice.energy_case);
    for (unsigned i = 0; i < f.count; i++) {
        if (!f.row[i].best && !r->all && !r->choice.any_wanted)
            continue;
        struct sc_explain_subject subject = {
            .layer = layer->name, .model = layer->model, .machine = b->plan.machine.name, .dataflow = f.dataflow[i],
            .forecast = &f, .level = r->choice.level ? r->choice.level : SC_LEVEL_DEFAULT, .explanation = x};
        sc_explain(x, run->explainer[m], layer, profile, f.dataflow[i], r->choice.energy_case);
        sc_explain_write(text, r->format, &subject, run->written++);
    }
}

static int explain_layer(struct run *run, const struct sc_layer *layer, struct sc_error *err)
{
    struct sc_profile profile;
    char *bytes = NULL;
    size_t size = 0;
    int status = sc_bound_check(run->bound, run->machines, run->request->list, layer, err);
    if (status == SC_OK && (status = run->profiler(&profile, layer, err)) != SC_OK)
        status = sc_fail_layer(err, run->request->list, layer);
    if (status != SC_OK)
        return status;
    struct sc_explanation *x = malloc(sizeof *x);
    FILE *text = x ? sc_memory_stream(&bytes, &size) : NULL;
    if (text) {
        for (unsigned m = 0; m < run->machines; m++)
            explain_on(run, m, layer, &profile, x, text);
        status = flush(run, text, &bytes, &size, status, err);
    } else {
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for an explanation");
    }
    free(x);
    return status;
}

/* Whether a layer was asked for. */
static bool chosen(struct run *run, const struct sc_layer *layer)
{
    const struct request *r = run->request;
    bool hit = r->layers == 0;
    for (unsigned i = 0; i < r->layers; i++) {
        if (strcmp(r->layer[i], layer->name) == 0)
            hit = run->found[i] = true;
        else if (!run->near[0] && !run->found[i] && sc_nearest_name(r->layer[i], &layer->name, 1))
            snprintf(run->near, sizeof run->near, "%s", layer->name);
    }
    return hit;
}

static int explain_layers(struct run *run, struct sc_error *err)
{
    const struct request *r = run->request;
    struct sc_layer layer;
    int status;
    while ((status = sc_layer_next(run->reader, &layer, err)) == SC_OK)
        if (chosen(run, &layer) && (status = explain_layer(run, &layer, err)) != SC_OK)
            return status;
    for (unsigned i = 0; status == SC_END && i < r->layers; i++)
        if (!run->found[i])
            return sc_fail(err, SC_BAD_INPUT, r->list, 0, "no layer is called \"%.100s\"%s%s%s", r->layer[i],
                           run->near[0] ? "; did you mean \"" : "", run->near, run->near[0] ? "\"?" : "");
    return status == SC_END ? SC_OK : status;
}

/* What comes before the first explanation, or after the last. */
static int put_frame(struct run *run, bool begin, const char *command, struct sc_error *err)
{
    struct sc_meta meta[SC_MACHINES_MAX + 3] = {
        {"version", sc_version()}, {"command", command},
        {"energy_case", sc_energy_case_name(run->request->choice.energy_case)}};
    size_t metas = 3, size = 0;
    char *bytes = NULL;
    for (unsigned m = 0; m < run->machines; m++)
        meta[metas++] = (struct sc_meta){run->bound[m].plan.machine.name, run->bound[m].config};
    FILE *text = sc_memory_stream(&bytes, &size);
    if (!text)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for an explanation");
    if (begin)
        sc_explain_begin(text, run->request->format, meta, metas);
    else
        sc_explain_end(text, run->request->format);
    return flush(run, text, &bytes, &size, SC_OK, err);
}

static int run_request(struct run *run, const char *command, struct sc_error *err)
{
    const struct request *r = run->request;
    int status = sc_bind_machines(&run->bound, &run->machines, &r->choice, err);
    for (unsigned m = 0; status == SC_OK && m < run->machines; m++)
        status = sc_explainer_open(&run->explainer[m], &run->bound[m].plan, &run->bound[m].corrector, err);
    if (status == SC_OK)
        status = sc_layer_open(&run->reader, r->list, &r->reading, err);
    if (status == SC_OK)
        status = sc_output_open(&run->output, r->output, err);
    if (status == SC_OK)
        status = put_frame(run, true, command, err);
    if (status == SC_OK)
        status = explain_layers(run, err);
    if (status == SC_OK)
        status = put_frame(run, false, command, err);
    if (status == SC_OK) {
        struct sc_output *output = run->output;
        run->output = NULL;
        status = sc_output_close(output, err);
    }
    return status;
}

int sc_explain_command(int argc, char **argv, sc_profiler *profiler)
{
    struct request request;
    struct sc_error err = {.status = SC_OK};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = read_arguments(argc, argv, &request);
    if (exit_status == SC_GO_ON) {
        struct run run = {.request = &request, .profiler = profiler};
        exit_status = 0;
        if (run_request(&run, command ? command : "sparsecast explain", &err) != SC_OK)
            exit_status = sc_error_print(&err);
        sc_output_abandon(run.output);
        sc_layer_close(run.reader);
        for (unsigned m = 0; m < run.machines; m++)
            sc_explainer_close(run.explainer[m]);
        sc_bound_free(run.bound, run.machines);
    }
    free(command);
    return exit_status;
}
