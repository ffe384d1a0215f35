/* forecast.c - closed forms, corrections and choice of one layer on one machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast.h"

#include "estimate.h"

void sc_forecast(struct sc_forecast *f, const struct sc_bound *bound, const struct sc_layer *layer,
                 const struct sc_profile *profile, enum sc_operands operands, enum sc_energy_case which)
{
    struct sc_estimates estimates;
    sc_estimate_profile(&bound->plan, profile, bound->wanted, &estimates);
    f->count = estimates.count;
    f->best = 0;
    f->outside = false;
    for (unsigned i = 0; i < f->count; i++) {
        struct sc_result *row = &f->row[i];
        f->dataflow[i] = estimates.of[i].dataflow;
        row->layer = layer->name;
        row->model = layer->model;
        row->machine = bound->plan.machine.name;
        row->config = bound->config;
        row->best = false;
        sc_estimate_result(&bound->plan, profile, &estimates.of[i], which, row);
        f->outside |= sc_correct(&bound->corrector, layer, f->dataflow[i], operands, row, &f->remark[i]);
        sc_estimate_bound(&bound->plan, &estimates.of[i], row);
        if (row->cycles < f->row[f->best].cycles)
            f->best = i;
    }
    if (f->count > 0)
        f->row[f->best].best = true;
}
