/* estimate_cmd.c - `sparsecast estimate`: layers in, result rows out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate_cmd.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate_run.h"
#include "stopwatch.h"
#include "options.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

int sc_estimate_profile_of(const struct sc_estimate_run *run, const struct sc_layer *layer, struct sc_profile *profile,
                           struct sc_error *err)
{
    int status = run->profiler(profile, layer, err);
    if (status != SC_OK)
        status = sc_fail_layer(err, run->request->list, layer);
    return status;
}

void sc_estimate_layer(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                       const struct sc_profile *profile, struct sc_forecast *f)
{
    sc_forecast(f, bound, layer, profile, sc_operands_of(layer), run->request->choice.energy_case);
    sc_estimate_warn(run, bound, layer, f);
}

void sc_estimate_warn(struct sc_estimate_run *run, const struct sc_bound *bound, const struct sc_layer *layer,
                      const struct sc_forecast *f)
{
    for (unsigned i = 0; i < f->count && f->outside && !run->warned; i++) {
        char message[SC_NOTE_SIZE + 400];
        if (!f->remark[i].note[0])
            continue;
        snprintf(message, sizeof message,
                 "layer '%.200s' on %.60s is %s; its interval is widened, and column note names other such rows",
                 layer->name, bound->plan.machine.name, f->remark[i].note);
        sc_print_warning(NULL, run->request->list, layer->line, message);
        run->warned = true;
    }
}

int sc_estimate_emit(struct sc_estimate_run *run, const struct sc_layer *layer, const struct sc_forecast *f,
                     struct sc_error *err)
{
    const struct sc_estimate_request *request = run->request;
    int status = SC_OK;
    for (unsigned i = 0; i < f->count && status == SC_OK; i++) {
        if (request->best_only && !f->row[i].best && !run->totals)
            continue;
        if (run->totals)
            status = sc_totals_add(run->totals, &f->row[i], (double)layer->count, err);
        if (status == SC_OK && !request->totals_only && (f->row[i].best || !request->best_only))
            status = sc_writer_row(run->writer, &f->row[i], run->cells.cell, err);
    }
    return status;
}

/* Totals: all of them in place of layers, or below the table. */
static int write_totals(struct sc_estimate_run *run, struct sc_error *err)
{
    int status = SC_OK;
    sc_layer_cells_blank(&run->cells);
    for (size_t i = 0; status == SC_OK && i < sc_totals_count(run->totals); i++) {
        const struct sc_result *row = sc_totals_row(run->totals, i);
        if (!run->request->best_only || row->best)
            status = sc_writer_row(run->writer, row, run->cells.cell, err);
    }
    return status;
}

/* Binds the machines, opens both ends, estimates, closes.  On failure nothing has been written. */
static int run_request(struct sc_estimate_run *run, const char *command, char **report, struct sc_error *err)
{
    const struct sc_estimate_request *request = run->request;
    int status = sc_bind_machines(&run->bound, &run->machines, &request->choice, err);
    if (status == SC_OK)
        status = sc_layer_open(&run->reader, request->list, &request->reading, err);
    if (status != SC_OK)
        return status;
    struct sc_meta meta[SC_MACHINES_MAX + 4] = {{"version", sc_version()}, {"command", command},
                                                /* closed forms draw nothing at random */
                                                {"seed", request->budget.wanted ? "1" : "none"},
                                                {"energy_case", sc_energy_case_name(request->choice.energy_case)}};
    size_t metas = 4;
    for (unsigned m = 0; m < run->machines; m++)
        meta[metas++] = (struct sc_meta){run->bound[m].plan.machine.name, run->bound[m].config};
    size_t extras;
    const char *const *extra = sc_layer_extra_names(run->reader, &extras);
    status = sc_layer_cells_open(&run->cells, sc_layer_columns(run->reader), extra, extras, NULL, err);
    if (status == SC_OK)
        status = sc_writer_open(&run->writer, request->output, request->format, meta, metas, run->cells.column,
                                run->cells.columns, err);
    if (status == SC_OK && (request->totals_only || request->format == SC_FORMAT_TABLE)) {
        run->totals = sc_totals_new();
        if (!run->totals)
            status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for totals");
    }
    if (status == SC_OK)
        status = request->network         ? sc_estimate_networks(run, report, err)
                 : request->budget.wanted ? sc_estimate_refined(run, report, err)
                                          : sc_estimate_batches(run, err);
    if (status == SC_OK && run->totals && (request->totals_only || run->layers > 1))
        status = write_totals(run, err);
    if (status == SC_OK) {
        struct sc_writer *writer = run->writer;
        run->writer = NULL;
        status = sc_writer_close(writer, err);
    }
    return status;
}

static void free_run(struct sc_estimate_run *run)
{
    sc_writer_abandon(run->writer);
    sc_layer_close(run->reader);
    sc_totals_free(run->totals);
    sc_layer_cells_free(&run->cells);
    sc_bound_free(run->bound, run->machines);
}

int sc_estimate_command(int argc, char **argv, sc_profiler *profiler, sc_simulator *simulator)
{
    struct sc_estimate_request request;
    struct sc_error err = {.status = SC_OK};
    char *command = sc_command_line(argc, argv), *report = NULL; /* before getopt reorders the words */
    int exit_status = sc_estimate_arguments(argc, argv, &request);
    if (exit_status == SC_GO_ON && request.budget.wanted && !simulator)
        exit_status = sc_wrong_usage("estimate", "this program has no simulator for --refine", "");
    if (exit_status != SC_GO_ON) {
        free(command);
        return exit_status;
    }
    exit_status = 0;
    struct sigaction stop = {.sa_handler = interrupt};
    sigaction(SIGINT, &stop, NULL);
    struct sc_estimate_run run = {.request = &request, .profiler = profiler, .simulator = simulator,
                                  .interrupted = &interrupted};
    if (run_request(&run, command, &report, &err) != SC_OK)
        exit_status = sc_error_print(&err);
    else if (report)
        fputs(report, request.network && request.format == SC_FORMAT_TABLE && !request.output ? stdout : stderr);
    if (exit_status == 0 && (interrupted || sc_stopwatch_interrupted()))
        exit_status = 1;
    free_run(&run);
    free(report);
    free(command);
    return exit_status;
}
