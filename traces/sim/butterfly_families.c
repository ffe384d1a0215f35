/* butterfly_families.c - simulations of the butterfly array and of FABNet as result rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly_families.h"

#include <stddef.h>

#include "butterfly.h"
#include "estimator/families/fabnet_row.h"
#include "fabnet.h"

static void finish(struct sc_result *row, const struct sc_machine *m, const struct sc_layer *layer)
{
    row->cycles_low = row->cycles_high = row->cycles;
    row->time_s = row->cycles / (m->clock_ghz * 1e9);
    row->edp_js = row->energy_j * row->time_s;
    row->area_mm2 = m->area_mm2 > 0 ? m->area_mm2 : -1;
    if (sc_operator_is_gemm(&layer->op)) { /* dense: what the operands hold does not matter */
        row->nnz_a = (double)layer->M * (double)layer->K;
        row->nnz_b = (double)layer->K * (double)layer->N;
        row->nnz_c = (double)layer->M * (double)layer->N;
    } else {
        sc_butterfly_sizes(row, &layer->op, (double)layer->M, (double)layer->N, (double)layer->K);
    }
}

int sc_butterfly_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                     const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                     enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sc_butterfly_cost sum = {0}, cost;
    unsigned count = sc_butterfly_calls(calls, &layer->op, layer->M, layer->N, layer->K, dataflow == SC_DENSE, false);
    int status = SC_OK;
    (void)a;
    (void)b;
    (void)which;
    sc_butterfly_keep(calls, count, &machine->butterfly);
    for (unsigned i = 0; i < count && status == SC_OK; i++) {
        status = sc_butterfly_simulate(&cost, &machine->butterfly, machine->dram_gbps / machine->clock_ghz, &calls[i],
                                       options ? options->cancel : NULL, err);
        sc_butterfly_cost_add(&sum, &cost);
    }
    if (status != SC_OK)
        return status;
    sc_butterfly_row(row, &machine->butterfly, &sum, machine->clock_ghz);
    finish(row, machine, layer);
    return SC_OK;
}

int sc_fabnet_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                  const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                  enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sc_fabnet_cost sum = {0}, cost;
    unsigned count =
        sc_butterfly_calls(calls, &layer->op, layer->M, layer->N, layer->K, false, machine->fabnet.drops_tiles);
    int status = SC_OK;
    (void)a;
    (void)b;
    (void)which;
    (void)dataflow;
    for (unsigned i = 0; i < count && status == SC_OK; i++) {
        status = sc_fabnet_simulate(&cost, &machine->fabnet, &calls[i], options ? options->cancel : NULL, err);
        sc_fabnet_cost_add(&sum, &cost);
    }
    if (status != SC_OK)
        return status;
    sc_fabnet_row(row, machine, &sum);
    finish(row, machine, layer);
    return SC_OK;
}

int sc_roofline_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                    const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                    enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    (void)row;
    (void)dataflow;
    (void)layer;
    (void)a;
    (void)b;
    (void)which;
    (void)options;
    return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                   "machine '%.60s' is a roofline, known by its peaks only: there is nothing to simulate; use estimate",
                   machine->name);
}
