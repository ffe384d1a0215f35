/* attention.c - whole transformer blocks on a machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "attention.h"

#include <stddef.h>
#include <stdlib.h>

#include "family.h"
#include "models/model.h"
#include "traces/sim/families.h"

enum { FFN_RATIO = 4 };

static int dataflow_for(enum sc_dataflow *dataflow, const struct sc_machine *machine, const struct sc_operator *op,
                        struct sc_error *err)
{
    static const enum sc_dataflow order[] = {SC_BUTTERFLY, SC_DENSE};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        *dataflow = order[i];
        if (machine->supports[*dataflow] && machine->family->runs(machine, *dataflow, op))
            return SC_OK;
    }
    return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "kind %s is not what machine '%.60s' can run",
                   sc_layer_kind_name(op->kind), machine->name);
}

/* One occurrence of an operator. */
static int run_part(struct sc_result *row, const struct sc_plan *plan, const struct sc_block_part *part, bool simulate,
                    struct sc_error *err)
{
    enum sc_dataflow dataflow;
    const struct sc_machine *machine = &plan->machine;
    int status = dataflow_for(&dataflow, machine, &part->op, err);
    if (status != SC_OK)
        return status;
    if (simulate) {
        struct sc_layer layer = {.M = part->M, .N = part->N, .K = part->K, .op = part->op};
        return sc_simulate_layer(row, machine, dataflow, &layer, NULL, NULL, SC_ENERGY_NOMINAL, NULL, err);
    }
    struct sc_profile profile = {.op = part->op, .M = (double)part->M, .N = (double)part->N, .K = (double)part->K};
    machine->family->estimate(plan, dataflow, &profile, SC_ENERGY_NOMINAL, row);
    return SC_OK;
}

int sc_attention_run(struct sc_attention_cost *cost, const struct sc_machine *machine, const struct sc_block *block,
                     bool simulate, struct sc_error *err)
{
    struct sc_block_part part;
    struct sc_plan *plan = malloc(sizeof *plan);
    *cost = (struct sc_attention_cost){0};
    if (!plan)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a machine");
    int status = sc_plan_init(plan, machine, err);
    for (unsigned i = 0; status == SC_OK && (status = sc_block_part(&part, block, i, err)) == SC_OK; i++) {
        struct sc_result row = {.cycles = 0};
        if (part.count == 0)
            continue;
        status = run_part(&row, plan, &part, simulate, err);
        cost->seconds += (double)part.count * row.cycles / (machine->clock_ghz * 1e9);
        cost->joules += (double)part.count * row.energy_j;
    }
    sc_plan_free(plan);
    free(plan);
    return status == SC_END ? SC_OK : status;
}

const struct sc_attention_workload *sc_attention_workloads(void)
{
    static const struct sc_attention_workload workloads[SC_ATTENTION_WORKLOADS] = {
        {"Transformer", 1024, 512, 8, 6}, {"ViT", 196, 1024, 16, 24},           {"BERT", 8192, 1024, 16, 24},
        {"FABNet-Base", 1024, 768, 12, 12}, {"FABNet-Large", 1024, 1024, 16, 24},
    };
    return workloads;
}

struct sc_block sc_attention_network(const struct sc_attention_workload *workload, uint64_t tokens, uint64_t fourier)
{
    return (struct sc_block){.kind = SC_HYBRID, .tokens = tokens, .width = workload->width,
                             .ffn_width = FFN_RATIO * workload->width, .heads = workload->heads, .batch = 1,
                             .fourier = fourier, .attention = workload->layers - fourier};
}

struct sc_block sc_attention_dense(const struct sc_attention_workload *workload, uint64_t tokens)
{
    struct sc_block block = sc_attention_network(workload, tokens, 0);
    block.kind = SC_VANILLA;
    return block;
}
