/* training.c - the training set: layers and machines drawn, simulated, dealt out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "calibrate.h"
#include "draw.h"

static int make_plans(struct sc_training *t, const struct sc_calibrate_options *o, struct sc_error *err)
{
    t->plan = calloc(o->variants + 1, sizeof *t->plan);
    if (!t->plan)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %u machines", o->variants + 1);
    int status = SC_OK;
    for (; t->plans <= o->variants && status == SC_OK; t->plans += status == SC_OK) {
        struct sc_machine machine = *o->machine;
        if (t->plans > 0)
            status = sc_draw_machine(&machine, o->machine, o->seed, t->plans, err);
        if (status == SC_OK)
            status = sc_plan_init(&t->plan[t->plans], &machine, err);
    }
    return status;
}

/* Every third drawn layer is for one of the variants. */
static int deal_machines(struct sc_training *t, unsigned variants, struct sc_error *err)
{
    t->variant = calloc(t->held.layers + 1, sizeof *t->variant);
    if (!t->variant)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", t->held.layers);
    for (size_t l = 0; l < t->drawn && variants > 0; l++)
        t->variant[l] = l % 3 == 2 ? 1 + (unsigned)(l / 3 % variants) : 0;
    return SC_OK;
}

int sc_training_make(struct sc_training *t, const struct sc_calibrate_options *o, const struct sc_layer *more,
                     size_t layers, struct sc_error *err)
{
    struct sc_draw_options draw = {
        .kind = SC_DRAW_MIXED, .seed = o->seed, .layers = o->layers, .cost = o->cost, .machine = o->machine};
    *t = (struct sc_training){.drawn = o->layers, .seed = o->seed};
    int status = sc_draw_layers(&t->held, &draw, err);
    for (size_t l = 0; l < layers && status == SC_OK; l++)
        status = sc_hold_layer(&t->held, &more[l], err);
    if (status == SC_OK)
        status = make_plans(t, o, err);
    if (status == SC_OK)
        status = deal_machines(t, o->variants, err);
    if (status != SC_OK)
        return status;
    struct sc_trial_options running = {.seed = o->seed, .jobs = o->jobs, .quiet = o->quiet};
    for (int d = 0; d < SC_DATAFLOWS; d++)
        running.wanted[d] = o->machine->supports[d];
    t->runs =
        (struct sc_trials){.layer = t->held.layer, .layers = t->held.layers, .variant = t->variant, .plan = t->plan};
    return sc_trials_make(&t->runs, &running, err);
}

void sc_training_free(struct sc_training *t)
{
    sc_trials_free(&t->runs);
    for (unsigned i = 0; i < t->plans; i++)
        sc_plan_free(&t->plan[i]);
    free(t->plan);
    free(t->variant);
    sc_held_layers_free(&t->held);
}

int sc_training_roles(const struct sc_training *t, unsigned folds, unsigned fold, enum sc_role *role,
                      struct sc_error *err)
{
    size_t count = t->held.layers, left = 0, *order = malloc((count + 1) * sizeof *order);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int status = order && rng ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", count);
    for (size_t l = 0; l < count && status == SC_OK; l++)
        order[l] = l;
    if (status == SC_OK) {
        gsl_rng_set(rng, (unsigned long)(t->seed ^ (t->seed >> 32)));
        gsl_ran_shuffle(rng, order, count, sizeof *order);
        for (size_t i = 0; i < count; i++) {
            bool held_out = folds > 0 && i % folds == fold;
            double before = (double)left * SC_FIT_SHARE, after = (double)(left + 1) * SC_FIT_SHARE;
            left += !held_out;
            role[order[i]] = held_out                         ? SC_ROLE_HELD_OUT
                             : (size_t)after > (size_t)before ? SC_ROLE_FIT
                                                              : SC_ROLE_SCORES;
        }
    }
    if (rng)
        gsl_rng_free(rng);
    free(order);
    return status;
}
