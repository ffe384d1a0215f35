/* explain_cmd.c - `sparsecast explain`: layers in, every term of their estimates out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain_cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "command.h"
#include "estimate.h"
#include "explain_write.h"
#include "output.h"
#include "text.h"

static const char usage[] =
    "Usage: sparsecast explain LAYERS.csv [LAYER]... [OPTION]...\n"
    "Shows every term of the estimate of each layer: counts times costs, what limits the layer and by how much.\n"
    "\n"
    "      --layer=NAME         only rows of this name, like LAYER; repeat for several (default: all rows)\n"
    "  -m, --machine=NAME       a shipped machine or a YAML file; repeat for several (default: flexagon)\n"
    "  -d, --dataflow=NAME      this dataflow; repeat for several (default: the fastest of the machine's candidates)\n"
    "      --all                all candidates of the machine, not the fastest alone\n"
    "  -f, --format=FORMAT      table (default), csv or json\n"
    "  -o, --output=FILE        write here, whole or not at all (default: standard output)\n"
    "      --calibration=FILE   correct the estimates by this file of 'sparsecast calibrate', or by 'none'\n"
    "                           (default: the shipped one of each machine)\n"
    "      --level=P            share of simulations that an interval holds, 50 to 99 percent (default: 90)\n"
    "      --energy=CASE        low, nominal (default) or high end of the sources' energies\n"
    "      --energy-table=SET   a shipped set, or an Accelergy ERT file, with ',ART file' after it if there is one\n"
    "      --same-padding, --split-depthwise\n"
    "                           how SCALE-Sim lists are read; see 'sparsecast import --help'\n"
    "  -h, --help               print this and exit\n"
    "      --version            print the version and exit\n"
    "\n"
    "Example: sparsecast explain data/layers/flexagon-table6.csv MB215 -m flexagon -d gust-m\n"
    "Exit status: 0 success, 1 bad input or failed output, 2 wrong usage.\n";

enum { LAYERS_MAX = 64, OPT_LAYER = 256, OPT_ALL, OPT_ENERGY, OPT_ENERGY_TABLE, OPT_SAME, OPT_SPLIT, OPT_CALIBRATION,
       OPT_LEVEL, OPT_VERSION };

struct request {
    const char *list, *output, *layer[LAYERS_MAX];
    unsigned layers;
    struct sc_choice choice;
    bool all;
    enum sc_format format;
    struct sc_layer_options reading;
    bool stop;
};

static int complain(const char *what, const char *argument)
{
    return sc_wrong_usage("explain", what, argument);
}

static int take_layer(struct request *r, const char *name)
{
    if (r->layers == LAYERS_MAX)
        return complain("too many layers by name; the next is ", name);
    r->layer[r->layers++] = name;
    return 0;
}

static int take_level(struct request *r, const char *text)
{
    uint64_t level;
    if (!sc_parse_count(text, strlen(text), &level) || level < SC_LEVEL_MIN || level > SC_LEVEL_MAX)
        return complain("--level takes a whole number from 50 to 99, not ", text);
    r->choice.level = (int)level;
    return 0;
}

static int take_format(struct request *r, const char *text)
{
    static const char *const formats[] = {"table", "csv", "json"};
    int at = sc_position(text, formats, 3);
    r->format = (enum sc_format)at;
    return at < 0 ? complain("--format takes table, csv or json, not ", text) : 0;
}

static int take_energy(struct request *r, const char *text)
{
    static const char *const cases[] = {"low", "nominal", "high"};
    int at = sc_position(text, cases, 3);
    r->choice.energy_case = (enum sc_energy_case)at;
    return at < 0 ? complain("--energy takes low, nominal or high, not ", text) : 0;
}

static int take_text(struct request *r, const char *text)
{
    fputs(text, stdout);
    r->stop = true;
    return 0;
}

/* One option; returns an exit status, 0 to go on. */
static int take(struct request *r, int option, const char *value)
{
    struct sc_error err;
    switch (option) {
    case 'm':
        return sc_choice_machine(&r->choice, value, &err) == SC_OK ? 0 : complain(err.message, "");
    case 'd':
        return sc_choice_dataflow(&r->choice, value, &err) == SC_OK ? 0 : complain(err.message, "");
    case 'f':
        return take_format(r, value);
    case OPT_ENERGY:
        return take_energy(r, value);
    case OPT_LEVEL:
        return take_level(r, value);
    case OPT_LAYER:
        return take_layer(r, value);
    case 'o':
        r->output = value;
        return 0;
    case OPT_ENERGY_TABLE:
        r->choice.energy_table = value;
        return 0;
    case OPT_CALIBRATION:
        r->choice.calibration = value;
        return 0;
    case OPT_ALL:
        r->all = true;
        return 0;
    case OPT_SAME:
        r->reading.same_padding = true;
        return 0;
    case OPT_SPLIT:
        r->reading.split_depthwise = true;
        return 0;
    case 'h':
        return take_text(r, usage);
    case OPT_VERSION:
        return take_text(r, sc_version_line());
    }
    fputs("Try 'sparsecast explain --help'.\n", stderr); /* getopt has said what is wrong */
    return sc_exit_status(SC_BAD_USAGE);
}

static int parse(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {
        {"layer", required_argument, NULL, OPT_LAYER},      {"machine", required_argument, NULL, 'm'},
        {"dataflow", required_argument, NULL, 'd'},         {"all", no_argument, NULL, OPT_ALL},
        {"format", required_argument, NULL, 'f'},           {"output", required_argument, NULL, 'o'},
        {"calibration", required_argument, NULL, OPT_CALIBRATION}, {"level", required_argument, NULL, OPT_LEVEL},
        {"energy", required_argument, NULL, OPT_ENERGY},    {"energy-table", required_argument, NULL, OPT_ENERGY_TABLE},
        {"same-padding", no_argument, NULL, OPT_SAME},      {"split-depthwise", no_argument, NULL, OPT_SPLIT},
        {"help", no_argument, NULL, 'h'},                   {"version", no_argument, NULL, OPT_VERSION},
        {NULL, 0, NULL, 0}};
    int status = 0, option;
    *r = (struct request){.choice = {.energy_case = SC_ENERGY_NOMINAL}, .reading = {.warn = sc_print_warning}};
    optind = 0;
    while (status == 0 && !r->stop && (option = getopt_long(argc, argv, "m:d:f:o:h", options, NULL)) != -1)
        status = take(r, option, optarg);
    if (status != 0 || r->stop)
        return status;
    if (optind == argc)
        return complain("a layer list is missing", "");
    r->list = argv[optind++];
    for (; status == 0 && optind < argc; optind++)
        status = take_layer(r, argv[optind]);
    if (status == 0 && r->all && r->choice.any_wanted)
        return complain("--all and --dataflow exclude each other", "");
    return status;
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
static int flush(struct run *run, FILE *text, char **bytes, size_t *size, int status, struct sc_error *err)
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
    FILE *text = x ? open_memstream(&bytes, &size) : NULL;
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
    FILE *text = open_memstream(&bytes, &size);
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
    int exit_status = parse(argc, argv, &request);
    if (exit_status == 0 && !request.stop) {
        struct run run = {.request = &request, .profiler = profiler};
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
