/* trials.c - estimates and simulations of the same operands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trials.h"

#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "command.h"
#include "estimate.h"
#include "family.h"
#include "traces/measure.h"
#include "traces/operands.h"
#include "traces/progress.h"
#include "traces/sim/families.h"

/* Rows of a sample counted for nonzeros of C; more would cost more than the simulation. */
static const struct sc_measure_options MEASURING = {.products_max = 20000000};

/* The operands of a layer, and their transposes, which most dataflows need. */
struct operands {
    struct sc_pattern a, b, a_columns, b_columns;
};

static void operands_free(struct operands *o)
{
    sc_pattern_free(&o->a);
    sc_pattern_free(&o->b);
    sc_pattern_free(&o->a_columns);
    sc_pattern_free(&o->b_columns);
}

/* Empty where the machine's simulator reads no patterns. */
static int operands_make(struct operands *o, const struct sc_machine *machine, const struct sc_layer *layer,
                         uint64_t seed, struct sc_error *err)
{
    *o = (struct operands){.a = {0}};
    if (!sc_simulator_reads_patterns(machine, &layer->op))
        return SC_OK;
    int status = sc_layer_patterns(layer, seed, &o->a, &o->b, err);
    if (status == SC_OK)
        status = sc_pattern_transpose(&o->a_columns, &o->a, err);
    if (status == SC_OK)
        status = sc_pattern_transpose(&o->b_columns, &o->b, err);
    if (status != SC_OK)
        operands_free(o);
    return status;
}

static int simulate(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                    const struct sc_layer *layer, const struct operands *o, enum sc_energy_case which,
                    const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    bool there = o->a.ptr != NULL;
    struct sc_sim_options options = {
        .cancel = cancel, .a_columns = there ? &o->a_columns : NULL, .b_columns = there ? &o->b_columns : NULL};
    return sc_simulate_layer(row, machine, dataflow, layer, there ? &o->a : NULL, there ? &o->b : NULL, which, &options,
                             err);
}

int sc_simulate_rows(const struct sc_machine *machine, const struct sc_layer *layer, const bool wanted[SC_DATAFLOWS],
                     enum sc_energy_case which, const volatile sig_atomic_t *cancel, struct sc_result row[SC_DATAFLOWS],
                     struct sc_error *err)
{
    struct operands o;
    int status = operands_make(&o, machine, layer, SC_DEFAULT_SEED, err);
    for (int d = 0; d < SC_DATAFLOWS && status == SC_OK; d++)
        if (wanted[d])
            status = simulate(&row[d], machine, (enum sc_dataflow)d, layer, &o, which, cancel, err);
    operands_free(&o);
    return status;
}

static void estimate(struct sc_trials *runs, size_t l, const struct sc_plan *plan, const struct sc_profile *profile,
                     enum sc_knowledge knowledge)
{
    bool wanted[SC_DATAFLOWS] = {false};
    struct sc_estimates estimates;
    unsigned next = 0;
    for (unsigned i = 0; i < runs->per_layer; i++)
        wanted[runs->dataflow[i]] = true;
    sc_estimate_profile(plan, profile, wanted, &estimates);
    for (unsigned i = 0; i < runs->per_layer && next < estimates.count; i++) {
        struct sc_trial *run = &runs->run[l * runs->per_layer + i];
        if (runs->dataflow[i] != estimates.of[next].dataflow)
            continue; /* cannot run the layer's operator */
        sc_estimate_result(plan, profile, &estimates.of[next++], SC_ENERGY_NOMINAL, &run->estimate[knowledge]);
        run->estimated[knowledge] = true;
    }
}

/* Estimates from what the operands are, and from what is known of them beforehand. */
static int estimate_layer(struct sc_trials *runs, size_t l, const struct sc_plan *plan, const struct operands *o,
                          struct sc_error *err)
{
    const struct sc_layer *layer = &runs->layer[l];
    struct sc_profile profile;
    int status = SC_OK;
    if (o->a.ptr) {
        status = sc_profile_measure(&profile, &o->a, &o->b, &MEASURING, NULL, err);
        profile.op = layer->op;
        if (status == SC_OK)
            estimate(runs, l, plan, &profile, SC_KNOW_LENGTHS);
    }
    if (status == SC_OK && !layer->a_file && !layer->b_file &&
        (status = sc_profile_from_layer(&profile, layer, err)) == SC_OK)
        estimate(runs, l, plan, &profile, SC_KNOW_DENSITIES);
    return status;
}

static int do_layer(struct sc_trials *runs, size_t l, uint64_t seed, struct sc_error *err)
{
    const struct sc_layer *layer = &runs->layer[l];
    const struct sc_plan *plan = &runs->plan[runs->variant ? runs->variant[l] : 0];
    struct operands o;
    int status = operands_make(&o, &plan->machine, layer, seed, err);
    if (status != SC_OK)
        return status;
    status = estimate_layer(runs, l, plan, &o, err);
    for (unsigned i = 0; i < runs->per_layer && status == SC_OK; i++) {
        struct sc_trial *run = &runs->run[l * runs->per_layer + i];
        run->layer = l;
        run->dataflow = runs->dataflow[i];
        if (!plan->machine.family->runs(&plan->machine, run->dataflow, &layer->op))
            continue;
        status = simulate(&run->simulated, &plan->machine, run->dataflow, layer, &o, SC_ENERGY_NOMINAL, NULL, err);
        run->done = status == SC_OK;
        if (status == SC_UNSUPPORTED) /* not what this dataflow is for, by its patterns or sizes */
            status = SC_OK;
    }
    operands_free(&o);
    return status;
}

static int threads(unsigned jobs)
{
    if (jobs > 0)
        return (int)jobs;
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

/* All layers.  When some fail, the error is that of the first of them. */
static int in_parallel(struct sc_trials *runs, const struct sc_trial_options *o, struct sc_error *err)
{
    int workers = threads(o->jobs), status = SC_OK;
    size_t failed = runs->layers;
    struct sc_progress progress;
    sc_progress_start(&progress, o->quiet, (double)runs->layers, runs->layers);
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (size_t l = 0; l < runs->layers; l++) {
        struct sc_error mine = {.status = SC_OK};
        size_t first;
#pragma omp atomic read
        first = failed;
        if (l > first)
            continue;
        int result = do_layer(runs, l, o->seed, &mine);
#pragma omp critical(sc_trials)
        {
            sc_progress_add(&progress, 1);
            if (result != SC_OK && l < failed) {
#pragma omp atomic write
                failed = l;
                status = result;
                *err = mine;
            }
        }
    }
    sc_progress_end(&progress);
    return status == SC_OK ? status : sc_fail_layer(err, o->list, &runs->layer[failed]);
}

int sc_trials_make(struct sc_trials *runs, const struct sc_trial_options *o, struct sc_error *err)
{
    runs->per_layer = 0;
    for (int d = 0; d < SC_DATAFLOWS; d++)
        if (o->wanted[d] && runs->plan[0].machine.supports[d])
            runs->dataflow[runs->per_layer++] = (enum sc_dataflow)d;
    runs->run = calloc(runs->layers * runs->per_layer + 1, sizeof *runs->run);
    if (!runs->run)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the runs of %zu layers", runs->layers);
    return in_parallel(runs, o, err);
}

void sc_trials_free(struct sc_trials *runs)
{
    free(runs->run);
    runs->run = NULL;
}
