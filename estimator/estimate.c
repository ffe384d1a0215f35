/* estimate.c - runs the closed forms of a machine on a profile and turns events into a result.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate.h"

#include <math.h>

#include "families/bound.h"
#include "family.h"

enum { SC_POINTER_BYTES = 4 }; /* of a row pointer of C (flexagon machines, key pipelined.count_pointers) */

/* The closed form behind each dataflow.  N-stationary ones are the M-stationary form on the transposed problem. */
static const struct {
    sc_model *model;
    bool transposed;
} MODELS[SC_SPMSPM_DATAFLOWS] = {
    [SC_IP_M] = {sc_inner_model, false},     [SC_OP_M] = {sc_outer_model, false},
    [SC_GUST_M] = {sc_gustavson_model, false}, [SC_IP_N] = {sc_inner_model, true},
    [SC_OP_N] = {sc_outer_model, true},      [SC_GUST_N] = {sc_gustavson_model, true},
};

static void evaluate(const struct sc_plan *plan, const struct sc_task *task, enum sc_dataflow dataflow,
                     struct sc_account *account, struct sc_estimate *out)
{
    const struct sc_profile *p = task->profile;
    *out = (struct sc_estimate){.dataflow = dataflow, .cycles = {.account = account}};
    if (plan->machine.timing == SC_PIPELINED && (p->a.nnz <= 0 || p->b.nnz <= 0)) {
        out->cycles.stall = plan->fill_latency; /* nothing to do and nothing to write */
        sc_book(account, SC_CHARGE_FILL, 1, plan->fill_latency);
    } else {
        MODELS[dataflow].model(plan, task, &out->events, &out->cycles);
        out->events.output_bytes = p->nnz_c * plan->machine.element_bytes;
        if (plan->machine.count_pointers)
            out->events.output_bytes += SC_POINTER_BYTES * (p->M + 1);
    }
    const struct sc_cycles *c = &out->cycles;
    out->total_cycles = c->stationary + c->stream + c->merge + c->stall;
}

/* The same by the closed form of another family. */
static void evaluate_family(const struct sc_plan *plan, const struct sc_profile *profile, enum sc_dataflow dataflow,
                            struct sc_estimate *out)
{
    struct sc_result row = {.cycles = 0};
    *out = (struct sc_estimate){.dataflow = dataflow};
    plan->machine.family->estimate(plan, dataflow, profile, SC_ENERGY_NOMINAL, &row);
    out->cycles = (struct sc_cycles){.stationary = row.stationary_cycles, .stream = row.stream_cycles,
                                     .merge = row.merge_cycles, .stall = row.stall_cycles};
    out->total_cycles = row.cycles;
}

int sc_estimate_check(const struct sc_plan *plan, const struct sc_operator *op, const bool wanted[SC_DATAFLOWS],
                      struct sc_error *err)
{
    const struct sc_machine *m = &plan->machine;
    for (int d = 0; d < SC_DATAFLOWS; d++)
        if (wanted[d] && m->supports[d] && m->family->runs(m, (enum sc_dataflow)d, op))
            return SC_OK;
    return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "kind %s is not what machine '%s' can run with these dataflows",
                   sc_layer_kind_name(op->kind), m->name);
}

/* The profile as each SpMSpM dataflow sees it, made when the first asks for it. */
struct views {
    struct sc_profile transposed;
    struct sc_task tasks[2];
    bool ready[2];
};

static const struct sc_task *view(struct views *v, const struct sc_plan *plan, const struct sc_profile *profile,
                                  bool turned)
{
    if (!v->ready[turned]) {
        if (turned)
            sc_profile_transpose(&v->transposed, profile);
        sc_task_init(&v->tasks[turned], plan, turned ? &v->transposed : profile);
        v->ready[turned] = true;
    }
    return &v->tasks[turned];
}

void sc_estimate_profile(const struct sc_plan *plan, const struct sc_profile *profile, const bool wanted[SC_DATAFLOWS],
                         struct sc_estimates *out)
{
    const struct sc_machine *m = &plan->machine;
    struct views v;
    v.ready[0] = v.ready[1] = false;
    out->count = out->best = 0;
    for (int d = 0; d < SC_DATAFLOWS; d++) {
        enum sc_dataflow dataflow = (enum sc_dataflow)d;
        struct sc_estimate *e = &out->of[out->count];
        if (!wanted[d] || !m->supports[d] || !m->family->runs(m, dataflow, &profile->op))
            continue;
        if (m->family->estimate)
            evaluate_family(plan, profile, dataflow, e);
        else
            evaluate(plan, view(&v, plan, profile, MODELS[d].transposed), dataflow, NULL, e);
        if (e->total_cycles < out->of[out->best].total_cycles)
            out->best = out->count;
        out->count++;
    }
}

void sc_estimate_account(const struct sc_plan *plan, const struct sc_profile *profile, enum sc_dataflow dataflow,
                         struct sc_account *account, struct sc_estimate *out)
{
    struct views v;
    v.ready[0] = v.ready[1] = false;
    *account = (struct sc_account){.count = {0}};
    evaluate(plan, view(&v, plan, profile, MODELS[dataflow].transposed), dataflow, account, out);
    out->cycles.account = NULL;
}

/* Bytes read from and written to DRAM; both policies keep them in the events. */
static double dram_reads(const struct sc_machine *machine, const struct sc_events *e)
{
    return e->line_misses * machine->str_line_bytes + e->stationary_bytes + e->spill_read_bytes;
}

struct sc_energy_counts sc_energy_counts(const struct sc_machine *machine, const struct sc_events *e, double products,
                                         double nnz_c)
{
    double merged = e->merge_inputs + (e->tree_merged > 0 ? products : 0);
    double levels = ceil(log2(machine->multipliers));
    return (struct sc_energy_counts){
        .multiply = products,
        .add = sc_max(0, products - nnz_c),
        .compare = merged * levels + e->intersections,
        .dn_element = e->delivered > 0 ? e->delivered : e->str_reads,
        .sta_read = e->stationary_words,
        .sta_write = e->stationary_words,
        .str_read = e->str_reads + e->folded_reads,
        .str_fill = e->line_misses,
        .psram_read = e->psum_reads,
        .psram_write = e->psum_writes,
        .dram_read = dram_reads(machine, e),
        .dram_write = e->output_bytes + e->spill_write_bytes,
    };
}

double sc_events_energy(const struct sc_machine *machine, const struct sc_events *events, double products, double nnz_c,
                        enum sc_energy_case which)
{
    struct sc_energy_counts n = sc_energy_counts(machine, events, products, nnz_c);
    double pj = 0;
#define X(field, key, unit) pj += n.field * machine->energy.field[which];
    SC_ENERGY_EVENTS(X)
#undef X
    return pj * 1e-12;
}

double sc_estimate_energy(const struct sc_plan *plan, const struct sc_profile *profile,
                          const struct sc_estimate *estimate, enum sc_energy_case which)
{
    return sc_events_energy(&plan->machine, &estimate->events, profile->products, profile->nnz_c, which);
}

/* What follows from cycles and energy, whatever the family. */
static void finish_row(const struct sc_plan *plan, const struct sc_estimate *estimate, struct sc_result *row)
{
    row->dataflow = sc_dataflow_name(estimate->dataflow);
    row->source = "estimate";
    row->cycles_low = row->cycles_high = row->cycles;
    row->time_s = row->cycles / (plan->machine.clock_ghz * 1e9);
    row->edp_js = row->energy_j * row->time_s;
    row->area_mm2 = plan->machine.area_mm2 > 0 ? plan->machine.area_mm2 : -1;
}

static void set_counts(struct sc_result *row, const struct sc_profile *profile)
{
    row->products = profile->products;
    row->nnz_a = profile->a.nnz;
    row->nnz_b = profile->b.nnz;
    row->nnz_c = profile->nnz_c;
}

void sc_estimate_result(const struct sc_plan *plan, const struct sc_profile *profile,
                        const struct sc_estimate *estimate, enum sc_energy_case which, struct sc_result *row)
{
    const struct sc_events *e = &estimate->events;
    double cycles = estimate->total_cycles;
    if (plan->machine.family->estimate) {
        plan->machine.family->estimate(plan, estimate->dataflow, profile, which, row);
        if (sc_operator_is_gemm(&profile->op))
            set_counts(row, profile);
        finish_row(plan, estimate, row);
        return;
    }
    row->cycles = cycles;
    row->stationary_cycles = estimate->cycles.stationary;
    row->stream_cycles = estimate->cycles.stream;
    row->merge_cycles = estimate->cycles.merge;
    row->stall_cycles = estimate->cycles.stall;
    row->utilization = cycles > 0 ? sc_min(1, profile->products / (plan->leaves * cycles)) : 0;
    set_counts(row, profile);
    row->l1_reads = e->str_reads;
    row->l1_misses = e->line_misses;
    row->psum_writes = e->psum_writes;
    row->psum_reads = e->psum_reads;
    row->spill_bytes = e->spill_write_bytes + e->spill_read_bytes;
    row->dram_read_bytes = dram_reads(&plan->machine, e);
    row->dram_write_bytes = e->output_bytes + e->spill_write_bytes;
    row->energy_j = sc_estimate_energy(plan, profile, estimate, which);
    finish_row(plan, estimate, row);
    sc_estimate_bound(plan, estimate, row);
}

void sc_estimate_bound(const struct sc_plan *plan, const struct sc_estimate *estimate, struct sc_result *row)
{
    if (!plan->machine.family->estimate)
        row->bound = sc_flexagon_bound(&plan->machine, &estimate->events, row);
}
