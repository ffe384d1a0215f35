/* families.c - the table of the simulators of the families of machines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "families.h"

#include "bitmap.h"
#include "butterfly_families.h"
#include "family.h"
#include "systolic.h"

static int run_flexagon(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                        const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                        enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    struct sc_sim_result run;
    (void)layer;
    int status = sc_simulate(&run, machine, dataflow, a, b, options, err);
    if (status == SC_OK)
        sc_sim_to_result(row, &run, machine, dataflow, a->nnz, b->nnz, which);
    return status;
}

/* One family's simulator: fills the number fields of a row of which cycles = stationary + stream + merge + stall. */
static const struct simulator {
    const struct sc_family *family;
    int (*run)(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
               const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
               enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);
    bool patterns; /* whether it reads those of GEMMs and convolutions */
} SIMULATORS[] = {
    {&sc_family_flexagon, run_flexagon, true},
    {&sc_family_systolic, sc_systolic_run, true},
    {&sc_family_tensor_core, sc_sim_tensor_core, true},
    {&sc_family_butterfly, sc_butterfly_run, false},
    {&sc_family_fabnet, sc_fabnet_run, false},
    {&sc_family_roofline, sc_roofline_run, false},
};

static const struct simulator *simulator_of(const struct sc_machine *machine)
{
    for (size_t i = 0; i < sizeof SIMULATORS / sizeof SIMULATORS[0]; i++)
        if (SIMULATORS[i].family == machine->family)
            return &SIMULATORS[i];
    return &SIMULATORS[0];
}

int sc_simulate_layer(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                      const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                      enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err)
{
    if (!machine->family->runs(machine, dataflow, &layer->op))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "kind %s is not what dataflow %s of machine '%s' can run",
                       sc_layer_kind_name(layer->op.kind), sc_dataflow_name(dataflow), machine->name);
    int status = simulator_of(machine)->run(row, machine, dataflow, layer, a, b, which, options, err);
    row->dataflow = sc_dataflow_name(dataflow);
    row->source = "simulation";
    return status;
}

bool sc_simulator_reads_patterns(const struct sc_machine *machine, const struct sc_operator *op)
{
    return sc_operator_is_gemm(op) && simulator_of(machine)->patterns;
}

bool sc_simulator_reads_columns(const struct sc_machine *machine, enum sc_dataflow dataflow)
{
    return machine->family == &sc_family_tensor_core ||
           (machine->family == &sc_family_flexagon && dataflow != SC_GUST_M); /* which alone reads rows only */
}
