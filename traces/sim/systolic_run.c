/* systolic_run.c - a layer of a list through the systolic array's simulators, as a result row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "systolic.h"

#include <math.h>

#include "traces/measure.h"
#include "traces/periodic_compile.h"

/* Products that a partial count of C's nonzeros may look at. */
enum { PRODUCTS_MAX = 1000000 };

static struct sc_systolic_counts as_counts(const struct sc_systolic_events *e)
{
    return (struct sc_systolic_counts){
#define X(name, meaning) .name = (double)e->name,
        SC_SYSTOLIC_COUNTS(X)
#undef X
    };
}

int sc_systolic_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                    const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                    enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    const struct sc_systolic *array = &machine->systolic;
    const struct sc_measure_options measuring = {.products_max = PRODUCTS_MAX};
    const volatile sig_atomic_t *cancel = options ? options->cancel : NULL;
    struct sc_systolic_layer lowered;
    struct sc_periodic table;
    struct sc_systolic_events events;
    struct sc_profile profile;
    bool periodic = layer->pattern_a.periodic.kss > 0;
    sc_systolic_lower(&lowered, &table, &layer->op, a->rows, b->cols, a->cols, &layer->pattern_a.periodic);
    int status = periodic ? sc_periodic_check(a, &table, NULL, err) : SC_OK;
    if (status == SC_OK && dataflow == SC_DECODE)
        status = sc_decode_simulate(&events, array, &lowered, a, cancel, err);
    if (status == SC_OK && dataflow == SC_DENSE)
        sc_periodic_dense(&table, lowered.kernel_height, lowered.kernel_width);
    if (status == SC_OK && dataflow != SC_DECODE)
        status = sc_systolic_simulate(&events, array, &lowered, &table, NULL, cancel, err);
    if (status == SC_OK)
        status = sc_profile_measure(&profile, a, b, &measuring, NULL, err);
    if (status != SC_OK)
        return status;
    struct sc_systolic_counts counts = as_counts(&events);
    sc_systolic_result(row, array, &counts, which);
    row->cycles_low = row->cycles_high = row->cycles;
    row->utilization = row->cycles > 0 ? fmin(1, profile.products / (machine->multipliers * row->cycles)) : 0;
    row->products = profile.products;
    row->nnz_a = (double)a->nnz;
    row->nnz_b = (double)b->nnz;
    row->nnz_c = profile.nnz_c;
    row->time_s = row->cycles / (machine->clock_ghz * 1e9);
    row->edp_js = row->energy_j * row->time_s;
    row->area_mm2 = machine->area_mm2 > 0 ? machine->area_mm2 : -1;
    return SC_OK;
}
