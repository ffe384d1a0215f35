/* sweep_cmd.c - `sparsecast sweep`: what-if over machine keys and layer columns, with the Pareto front marked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "layer_cells.h"
#include "memory_stream.h"
#include "output.h"
#include "printable.h"
#include "shared_options.h"
#include "stopwatch.h"
#include "sweep_run.h"
#include "text.h"

typedef struct sc_sweep_request asked; /* on the command line */

enum { COMBINATIONS_MOST = 1000000, REFINED_MOST = 1024, METAS = 3, NAME_COLUMNS = 20, VALUE_COLUMNS = 12 };

static int take_axis(void *sweep, const char *value, struct sc_error *err)
{
    return sc_sweep_add(sweep, value, err);
}

static const struct sc_option options[] = {
    {"set", "KEY=VALUES", 0,
     "KEY is a key of the machine ('sparsecast machines -v') or a column of the list; VALUES are separated by commas, "
     "each a text or a range of numbers: FIRST:LAST:STEP or FIRST:LAST:*FACTOR",
     NULL, SC_CALL(asked, sweep, take_axis)},
    SC_OPTION_MACHINES(asked),
    SC_OPTION_DATAFLOWS(asked),
    {"each-layer", NULL, 0, "rows per layer, not per network", NULL, SC_FLAG(asked, each_layer)},
    SC_OPTION_REFINE(asked, budget,
                     "simulate where intervals leave the front, or a dataflow on it, in doubt, until all is decided or "
                     "BUDGET is spent: a number of simulations (500), or seconds (30s), with which results depend on "
                     "time; adds columns simulated_layers and decided",
                     NULL),
    SC_OPTION_FORMAT(asked),
    SC_OPTION_OUTPUT(asked),
    SC_OPTION_JOBS(asked, jobs, "combinations"),
    SC_OPTION_ENERGY(asked),
    SC_OPTION_SCALESIM(asked),
    SC_OPTIONS_END,
};

const struct sc_command sc_sweep_manual = {
    .name = "sweep",
    .summary = "estimate every combination of machine keys and layer columns",
    .synopsis = "LAYERS.csv --set=KEY=VALUES [--set=KEY=VALUES]... [OPTION]...",
    .about = "Estimates every combination: one row per network with the best dataflow of each layer, a column per "
             "key, and pareto = 1 where no other combination is better in cycles, energy and area together.",
    .options = options,
    .notes = "Areas and powers of parts grow with the sizes swept as the family of the machine says: linearly for "
             "flexagon.",
    .completion = SC_COMPLETE_FILE,
    .examples = "sparsecast sweep data/layers/resnet50.csv --set array.multipliers=32:256:*2 --set density_b=0.3,0.6\n"
                "sparsecast sweep data/layers/flexagon-table6.csv --set dram.bandwidth_gbps=64,256 --refine=10",
};

static int read_arguments(int argc, char **argv, struct sc_sweep_request *r, bool simulates)
{
    struct sc_words words;
    int status = sc_options_read(&sc_sweep_manual, argc, argv, r, &words);
    if (status == SC_GO_ON)
        status = sc_take_one_word(&sc_sweep_manual, &words, "layer list", &r->list);
    if (status != SC_GO_ON)
        return status;
    if (strcmp(r->list, "-") == 0)
        return sc_wrong_usage("sweep", "the list is read once per combination: give a file, not standard input", "");
    if (r->sweep.axes == 0)
        return sc_wrong_usage("sweep", "nothing to sweep: give --set KEY=VALUES", "");
    if (r->budget.wanted && !simulates)
        return sc_wrong_usage("sweep", "this program has no simulator for --refine", "");
    if (r->choice.machines == 0)
        r->choice.machine[r->choice.machines++] = "flexagon";
    return SC_GO_ON;
}

/* The columns behind those of a result: of the layers when rows are layers, the swept keys that are not among them,
 * pareto, and what --refine did. */
struct columns {
    struct sc_layer_reader *reader; /* owns the names of the columns passed through */
    struct sc_layer_cells cells;
    const char **name, **cell;
    unsigned axis[SC_AXES_MAX], axes; /* the axes shown */
    size_t count, refined; /* where the columns of --refine begin */
};

static bool is_shown(const struct columns *c, const char *name)
{
    for (size_t i = 0; i < c->cells.columns; i++)
        if (strcmp(c->cells.column[i], name) == 0)
            return true;
    return false;
}

/* Free with close_columns(), also after a failure. */
static int open_columns(struct columns *c, const struct sc_sweep_request *r, struct sc_error *err)
{
    size_t extras = 0;
    struct sc_layer_options quiet = r->reading;
    int status = SC_OK;
    quiet.warn = NULL;
    if (r->each_layer) {
        status = sc_layer_open(&c->reader, r->list, &quiet, err);
        const char *const *extra = status == SC_OK ? sc_layer_extra_names(c->reader, &extras) : NULL;
        if (status == SC_OK)
            status = sc_layer_cells_open(&c->cells, sc_layer_columns(c->reader), extra, extras, NULL, err);
    }
    if (status != SC_OK)
        return status;
    c->name = calloc(c->cells.columns + SC_AXES_MAX + 3, sizeof *c->name);
    c->cell = calloc(c->cells.columns + SC_AXES_MAX + 3, sizeof *c->cell);
    if (!c->name || !c->cell)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the columns");
    for (size_t i = 0; i < c->cells.columns; i++)
        c->name[c->count++] = c->cells.column[i];
    for (unsigned a = 0; a < r->sweep.axes; a++) {
        if (is_shown(c, r->sweep.axis[a].key))
            continue;
        c->axis[c->axes++] = a;
        c->name[c->count++] = r->sweep.axis[a].key;
    }
    c->name[c->count++] = "pareto";
    c->refined = c->count;
    if (r->budget.wanted) {
        c->name[c->count++] = "simulated_layers";
        c->name[c->count++] = "decided";
    }
    return SC_OK;
}

static void close_columns(struct columns *c)
{
    sc_layer_cells_free(&c->cells);
    sc_layer_close(c->reader);
    free(c->name);
    free(c->cell);
}

static int write_point(const struct sc_sweep_run *run, const struct sc_sweep_point *point, struct columns *c,
                       struct sc_writer *writer, struct sc_error *err)
{
    int status = SC_OK;
    for (size_t i = 0; i < sc_sweep_rows(point) && status == SC_OK; i++) {
        struct sc_result row = sc_sweep_row(point, i);
        char layers[SC_NUMBER_SIZE];
        size_t at = c->cells.columns;
        if (point->row)
            status = sc_layer_cells_fill(&c->cells, &point->held.layer[i], err);
        for (size_t k = 0; k < at; k++)
            c->cell[k] = c->cells.cell[k];
        for (unsigned a = 0; a < c->axes; a++)
            c->cell[at++] = sc_sweep_value(&run->request->sweep, point->combination, c->axis[a]);
        c->cell[at] = point->unbeaten[i] ? "1" : "0";
        if (c->refined < c->count) {
            sc_format_number(layers, point->simulated[i], 15);
            c->cell[c->refined] = layers;
            c->cell[c->refined + 1] = point->place[i] == SC_PLACE_OPEN ? "0" : "1";
        }
        if (status == SC_OK)
            status = sc_writer_row(writer, &row, c->cell, err);
    }
    return status;
}

/* For people: the swept values first, then what decides. */
static void print_row(FILE *out, const struct sc_sweep_request *r, const struct sc_sweep_point *point, size_t i)
{
    struct sc_result row = sc_sweep_row(point, i);
    char text[4 * NAME_COLUMNS + 1], number[4][SC_NUMBER_SIZE];
    const char *names[] = {r->each_layer ? row.layer : row.model[0] ? row.model : row.layer, row.machine};
    for (int n = 0; n < 2; n++) {
        sc_printable(text, names[n], NAME_COLUMNS);
        fprintf(out, "%-*s  ", NAME_COLUMNS, text);
    }
    for (unsigned a = 0; a < r->sweep.axes; a++) {
        size_t width = strlen(r->sweep.axis[a].key);
        sc_printable(text, sc_sweep_value(&r->sweep, point->combination, a), NAME_COLUMNS);
        fprintf(out, "%*s  ", (int)(width > VALUE_COLUMNS ? width : VALUE_COLUMNS), text);
    }
    sc_format_number(number[0], row.cycles, 6);
    sc_format_number(number[1], row.time_s * 1e3, 4);
    sc_format_number(number[2], row.energy_j * 1e3, 4);
    number[3][0] = '\0';
    if (row.area_mm2 >= 0)
        sc_format_number(number[3], row.area_mm2, 4);
    fprintf(out, "%14s  %10s  %10s  %10s  %s\n", number[0], number[1], number[2], number[3],
            point->place && point->place[i] == SC_PLACE_OPEN ? "?" : point->unbeaten[i] ? "*" : "");
}

static void print_header(FILE *out, const struct sc_sweep_request *r)
{
    fprintf(out, "%-*s  %-*s  ", NAME_COLUMNS, r->each_layer ? "layer" : "network", NAME_COLUMNS, "machine");
    for (unsigned a = 0; a < r->sweep.axes; a++)
        fprintf(out, "%*s  ", VALUE_COLUMNS, r->sweep.axis[a].key);
    fprintf(out, "%14s  %10s  %10s  %10s  pareto\n", "cycles", "time ms", "energy mJ", "area mm2");
}

static int write_table(const struct sc_sweep_run *run, struct sc_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = sc_memory_stream(&text, &size);
    if (!out)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the table");
    print_header(out, run->request);
    for (size_t p = 0; p < run->points; p++)
        for (size_t i = 0; i < sc_sweep_rows(&run->point[p]); i++)
            print_row(out, run->request, &run->point[p], i);
    fputs("\n* no other combination has fewer cycles, less energy and less area together, on the same layers\n", out);
    if (run->request->budget.wanted)
        fputs("? would need more simulations than the budget allows\n", out);
    int status = fclose(out) == 0 ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the table");
    if (status == SC_OK)
        status = sc_output_text(run->request->output, text, size, err);
    free(text);
    return status;
}

static int write_points(const struct sc_sweep_run *run, const char *command, struct sc_error *err)
{
    const struct sc_sweep_request *r = run->request;
    const struct sc_meta meta[METAS] = {{"version", sc_version()}, {"command", command},
                                        {"energy_case", sc_energy_case_name(r->choice.energy_case)}};
    struct columns columns = {.reader = NULL};
    struct sc_writer *writer = NULL;
    int status = open_columns(&columns, r, err);
    if (status == SC_OK)
        status = sc_writer_open(&writer, r->output, r->format, meta, METAS, columns.name, columns.count, err);
    for (size_t p = 0; p < run->points && status == SC_OK; p++)
        status = write_point(run, &run->point[p], &columns, writer, err);
    if (status == SC_OK)
        status = sc_writer_close(writer, err);
    else
        sc_writer_abandon(writer);
    close_columns(&columns);
    return status;
}

static int sweep(const struct sc_sweep_request *r, const char *command, sc_profiler *profiler,
                 sc_simulator *simulator, struct sc_error *err)
{
    struct sc_sweep_run run = {.request = r, .profiler = profiler, .simulator = simulator};
    size_t most = r->budget.wanted ? REFINED_MOST / r->choice.machines : COMBINATIONS_MOST;
    char *report = NULL;
    int status = sc_sweep_count(&r->sweep, most, &run.combinations, err);
    if (status == SC_OK)
        status = sc_sweep_evaluate(&run, &report, err);
    if (status == SC_OK)
        status = r->format == SC_FORMAT_TABLE ? write_table(&run, err) : write_points(&run, command, err);
    if (status == SC_OK && report)
        fputs(report, stderr);
    free(report);
    sc_sweep_run_free(&run);
    return status;
}

int sc_sweep_command(int argc, char **argv, sc_profiler *profiler, sc_simulator *simulator)
{
    struct sc_sweep_request request = {.choice = {.energy_case = SC_ENERGY_NOMINAL},
                                       .reading = {.warn = sc_print_warning}};
    struct sc_error err = {.status = SC_OK};
    char *command = sc_command_line(argc, argv); /* before getopt reorders the words */
    int exit_status = read_arguments(argc, argv, &request, simulator != NULL);
    if (exit_status == SC_GO_ON)
        exit_status = sc_sweep_resolve(&request, &err) == SC_OK &&
                              sweep(&request, command ? command : "sparsecast sweep", profiler, simulator, &err) == SC_OK
                          ? sc_stopwatch_interrupted() /* what --refine had then is written */
                          : sc_error_print(&err);
    sc_sweep_free(&request.sweep);
    free(command);
    return exit_status;
}
