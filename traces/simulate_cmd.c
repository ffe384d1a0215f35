/* simulate_cmd.c - `sparsecast simulate`: layers or a pair of matrices in, simulated result rows out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate_cmd.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "simulate_run.h"

enum { METAS = SC_MACHINES_MAX + 4, SEED_SIZE = 24 };

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static void count_runs(struct sc_simulate_run *run)
{
    for (unsigned m = 0; m < run->machines; m++)
        for (int d = 0; d < SC_DATAFLOWS; d++)
            run->runs_per_layer += run->bound[m].wanted[d];
}

static size_t fill_meta(struct sc_meta meta[METAS], const struct sc_simulate_run *run, const char *command,
                        const char *seed)
{
    size_t metas = 0;
    meta[metas++] = (struct sc_meta){"version", sc_version()};
    meta[metas++] = (struct sc_meta){"command", command};
    meta[metas++] = (struct sc_meta){"seed", seed};
    meta[metas++] = (struct sc_meta){"energy_case", sc_energy_case_name(run->request->choice.energy_case)};
    for (unsigned m = 0; m < run->machines; m++)
        meta[metas++] = (struct sc_meta){run->bound[m].plan.machine.name, run->bound[m].config};
    return metas;
}

/* Results, or the table of a comparison; and the timeline. */
static int open_outputs(struct sc_simulate_run *run, const struct sc_meta *meta, size_t metas, struct sc_error *err)
{
    const struct sc_simulate_request *r = run->request;
    int status = r->compare && r->format == SC_FORMAT_TABLE
                     ? sc_comparison_table(run->comparison, r->output, err)
                     : sc_writer_open(&run->writer, r->output, r->format, meta, metas, run->cells.column,
                                      run->cells.columns, err);
    if (status == SC_OK && r->compare && run->writer)
        sc_writer_last_is_number(run->writer); /* error_pct */
    if (status == SC_OK && r->trace)
        status = sc_trace_open(&run->trace, r->trace, err);
    return status;
}

static int close_outputs(struct sc_simulate_run *run, const struct sc_meta *meta, size_t metas, struct sc_error *err)
{
    int status = SC_OK;
    if (run->trace) {
        struct sc_trace_file *trace = run->trace;
        run->trace = NULL;
        status = sc_trace_close(trace, err);
    }
    if (status == SC_OK && run->writer) {
        struct sc_writer *writer = run->writer;
        run->writer = NULL;
        status = sc_writer_close(writer, err);
    }
    return status == SC_OK ? sc_comparison_close(run->comparison, meta, metas, err) : status;
}

/* On failure nothing has been written. */
static int run_request(struct sc_simulate_run *run, const char *command, struct sc_error *err)
{
    struct sc_meta meta[METAS];
    char seed[SEED_SIZE];
    snprintf(seed, sizeof seed, "%" PRIu64, run->request->seed);
    int status = sc_bind_machines(&run->bound, &run->machines, &run->request->choice, err);
    if (status == SC_OK)
        status = sc_simulate_load(run, err);
    if (status != SC_OK)
        return status;
    count_runs(run);
    size_t metas = fill_meta(meta, run, command, run->request->a ? "none" : seed); /* a pair is read, not drawn */
    status = open_outputs(run, meta, metas, err);
    if (status == SC_OK)
        status = sc_simulate_layers(run, err);
    if (status == SC_OK)
        status = close_outputs(run, meta, metas, err);
    return status;
}

static void report(const struct sc_simulate_run *run)
{
    sc_comparison_summary(run->comparison, stderr);
    if (interrupted)
        fprintf(stderr, "sparsecast: interrupted; the %" PRIu64 " of %" PRIu64 " runs that had finished are kept\n",
                run->rows, (uint64_t)run->held.layers * run->runs_per_layer);
}

static void free_run(struct sc_simulate_run *run)
{
    sc_writer_abandon(run->writer);
    sc_trace_abandon(run->trace);
    sc_comparison_free(run->comparison);
    sc_layer_cells_free(&run->cells);
    sc_held_layers_free(&run->held);
    sc_layer_close(run->reader);
    sc_pattern_free(&run->pair[0]);
    sc_pattern_free(&run->pair[1]);
    sc_bound_free(run->bound, run->machines);
}

int sc_simulate_command(int argc, char **argv)
{
    struct sc_simulate_request request;
    struct sc_comparison comparison = {0};
    struct sc_error err = {.status = SC_OK};
    char *command = sc_command_line(argc, argv);
    int exit_status = sc_simulate_arguments(argc, argv, &request);
    if (exit_status == SC_GO_ON) {
        exit_status = 0;
        /* A second Ctrl-C ends the program at once. */
        struct sigaction stop = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
        sigaction(SIGINT, &stop, NULL);
        struct sc_simulate_run run = {.request = &request, .cancel = &interrupted, .comparison = &comparison};
        if (run_request(&run, command, &err) != SC_OK)
            exit_status = sc_error_print(&err);
        else
            report(&run);
        if (exit_status == 0 && interrupted)
            exit_status = 1;
        free_run(&run);
    }
    free(request.layer);
    free(command);
    return exit_status;
}
