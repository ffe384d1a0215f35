/* runs.c - runs a layer list through closed forms and, seed by seed, through the simulator on all cores.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "command.h"
#include "data_dir.h"
#include "estimate.h"
#include "family.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

static size_t place(const struct sc_runs *runs, unsigned seed, size_t layer, int dataflow)
{
    return (seed * runs->held.layers + layer) * SC_DATAFLOWS + (size_t)dataflow;
}

const struct sc_result *sc_runs_estimated(const struct sc_runs *runs, size_t layer, enum sc_dataflow dataflow)
{
    return &runs->estimated[place(runs, 0, layer, (int)dataflow)];
}

const struct sc_result *sc_runs_simulated(const struct sc_runs *runs, unsigned seed, size_t layer,
                                          enum sc_dataflow dataflow)
{
    return runs->simulated ? &runs->simulated[place(runs, seed, layer, (int)dataflow)] : NULL;
}

size_t sc_runs_find(const struct sc_runs *runs, const char *name)
{
    size_t l = 0;
    while (l < runs->held.layers && strcmp(runs->held.layer[l].name, name) != 0)
        l++;
    return l;
}

static int read_list(struct sc_runs *runs, const char *path, struct sc_error *err)
{
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    int status = sc_layer_open(&reader, path, NULL, err);
    while (status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK)
        status = sc_hold_layer(&runs->held, &layer, err);
    sc_layer_close(reader);
    return status == SC_END ? SC_OK : status;
}

static int estimate_layers(struct sc_runs *runs, const struct sc_plan *plan, const char *path, struct sc_error *err)
{
    for (size_t l = 0; l < runs->held.layers; l++) {
        struct sc_profile profile;
        struct sc_estimates estimates;
        if (sc_profile_layer(&profile, &runs->held.layer[l], err) != SC_OK)
            return sc_fail_layer(err, path, &runs->held.layer[l]);
        sc_estimate_profile(plan, &profile, runs->wanted, &estimates);
        for (unsigned i = 0; i < estimates.count; i++)
            sc_estimate_result(plan, &profile, &estimates.of[i], SC_ENERGY_NOMINAL,
                               &runs->estimated[place(runs, 0, l, (int)estimates.of[i].dataflow)]);
    }
    return SC_OK;
}

static int simulate_layer(struct sc_runs *runs, const struct sc_machine *machine, unsigned seed, size_t l,
                          struct sc_error *err)
{
    const struct sc_layer *layer = &runs->held.layer[l];
    struct sc_pattern a = {0}, b = {0};
    bool reads = sc_simulator_reads_patterns(machine, &layer->op);
    int status = reads ? sc_layer_patterns(layer, SC_DEFAULT_SEED + seed, &a, &b, err) : SC_OK;
    for (int d = 0; d < SC_DATAFLOWS && status == SC_OK; d++)
        if (runs->wanted[d] && machine->family->runs(machine, (enum sc_dataflow)d, &layer->op))
            status = sc_simulate_layer(&runs->simulated[place(runs, seed, l, d)], machine, (enum sc_dataflow)d, layer,
                                       reads ? &a : NULL, reads ? &b : NULL, SC_ENERGY_NOMINAL, NULL, err);
    sc_pattern_free(&a);
    sc_pattern_free(&b);
    return status;
}

static int simulate_layers(struct sc_runs *runs, const struct sc_machine *machine, const char *path, unsigned jobs,
                           struct sc_error *err)
{
    size_t pieces = runs->seeds * runs->held.layers, failed = pieces;
    int workers = (int)jobs, status = SC_OK;
#ifdef _OPENMP
    if (workers == 0)
        workers = omp_get_max_threads();
#endif
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (size_t i = 0; i < pieces; i++) {
        struct sc_error mine = {.status = SC_OK};
        size_t l = i % runs->held.layers;
        int result = simulate_layer(runs, machine, (unsigned)(i / runs->held.layers), l, &mine);
        if (result == SC_OK)
            continue;
#pragma omp critical(sc_runs)
        if (i < failed) { /* the first in order tells, whatever the threads */
            failed = i;
            status = sc_fail_layer(&mine, path, &runs->held.layer[l]);
            *err = mine;
        }
    }
    return status;
}

int sc_runs_make(struct sc_runs *runs, const char *list, const char *machine_name, const bool wanted[SC_DATAFLOWS],
                 const struct sc_reproduce_options *options, struct sc_error *err)
{
    char path[SC_PATH_SIZE];
    struct sc_machine machine;
    struct sc_plan plan;
    *runs = (struct sc_runs){.seeds = options->seeds};
    memcpy(runs->wanted, wanted, sizeof runs->wanted);
    int status = sc_data_path(path, sizeof path, list, err);
    if (status == SC_OK)
        status = sc_machine_read(&machine, machine_name, NULL, err);
    if (status == SC_OK)
        status = read_list(runs, path, err);
    if (status != SC_OK)
        return status;
    runs->estimated = calloc(runs->held.layers * SC_DATAFLOWS + 1, sizeof *runs->estimated);
    if (runs->seeds > 0)
        runs->simulated = calloc(runs->seeds * runs->held.layers * SC_DATAFLOWS + 1, sizeof *runs->simulated);
    if (!runs->estimated || (runs->seeds > 0 && !runs->simulated))
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the results of %zu layers", runs->held.layers);
    status = sc_plan_init(&plan, &machine, err);
    if (status != SC_OK)
        return status;
    status = estimate_layers(runs, &plan, path, err);
    sc_plan_free(&plan);
    return status == SC_OK && runs->simulated ? simulate_layers(runs, &machine, path, options->jobs, err) : status;
}

void sc_runs_free(struct sc_runs *runs)
{
    sc_held_layers_free(&runs->held);
    free(runs->estimated);
    free(runs->simulated);
    *runs = (struct sc_runs){.estimated = NULL};
}
