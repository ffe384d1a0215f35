/* tensor_terms.c - the terms of the closed forms of tensor-core GPUs: mean cycles of a sub-core.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "terms.h"

#include <math.h>

#include "../models/tensor.h"

const struct sc_remedy sc_tensor_core_remedies[] = {
    SC_REMEDY_DRAM,
    {"L2 bandwidth", "without limit", {{"memory.l2_bytes_per_cycle", "x1000"}}},
    {"capacity of the L2 cache", "without limit", {{"memory.l2_bytes", "x1000"}}},
    {"banks of the accumulation buffer", "8 times as many", {{"sums.banks", "x8"}, {"sums.mask_cycles", "0"}}},
    {"issue slots for counting bits", "gone", {{"issue.popcount_slots", "0"}, {"issue.im2col_slots", "0"}}},
    {"issue slots of empty warp tiles", "gone", {{"issue.skip_slots", "0"}}},
    {"drains of output tiles", "gone", {{"sums.drain_cycles", "0"}}},
    {"launch", "gone", {{"gpu.launch_cycles", "0"}}},
    {"streaming multiprocessors", "twice as many", {{"gpu.sms", "x2"}}},
    {NULL, NULL, {{NULL, NULL}}},
};

/* The exposed rest beyond busy sub-cores: unevenness up to the last one's end, then the slower memory's. */
static void add_stall(struct sc_explanation *x, const struct sc_tensor_run *run, const struct sc_tensor_account *t,
                      double mean, double stall)
{
    double uneven = sc_min(stall, sc_max(0, run->compute - mean)), memory = stall - uneven;
    bool l2 = t->l2_cycles > t->dram_cycles;
    sc_explain_cycles(x, SC_PHASE_STALL, "waiting for the last sub-core", run->tiles, "tiles", uneven);
    sc_explain_cycles(x, SC_PHASE_STALL, l2 ? "waiting for L2, its bandwidth" : "waiting for DRAM, its bandwidth",
                      l2 ? t->l2_bytes : t->dram_bytes, "bytes", memory);
}

static void add_cycles(struct sc_explanation *x, const struct sc_explained *e, const struct sc_tensor_run *run,
                       const struct sc_tensor_account *t)
{
    const struct sc_tensor_core *c = &e->plan->machine.tensor;
    double subcores = (double)c->sms * c->subcores, drains = run->tiles * c->drain_cycles / subcores;
    double ohmma = run->ohmma / subcores, slots = run->slots / subcores - ohmma, waits = run->waits / subcores;
    double mean = drains + ohmma + slots + waits;
    sc_explain_cycles(x, SC_PHASE_STATIONARY, "launch", 1, "launches", c->launch_cycles);
    sc_explain_cycles(x, SC_PHASE_STATIONARY, "output tiles drained", run->tiles, "tiles", drains);
    sc_explain_cycles(x, SC_PHASE_STREAM, "products, one OHMMA a cycle and sub-core", run->ohmma, "OHMMA", ohmma);
    sc_explain_cycles(x, SC_PHASE_STREAM,
                      e->dataflow == SC_DENSE ? "slots lost to dense efficiency"
                                              : "slots for bit counts and empty tiles",
                      run->tiles, "tiles", slots);
    sc_explain_cycles(x, SC_PHASE_MERGE, "waiting for accumulation banks", run->ohmma, "OHMMA", waits);
    add_stall(x, run, t, mean, e->bare->stall_cycles);
}

static void add_counts(struct sc_explanation *x, const struct sc_tensor_run *run, const struct sc_tensor_account *t)
{
    sc_explain_total(x, SC_SECTION_COUNTS, "output tiles", run->tiles, "tiles");
    sc_explain_total(x, SC_SECTION_COUNTS, "OHMMA instructions executed", run->ohmma, "OHMMA");
    sc_explain_total(x, SC_SECTION_COUNTS, "k steps with an output bitmap", run->bitmaps, "steps");
    sc_explain_total(x, SC_SECTION_COUNTS, "issue slots of all sub-cores", run->slots, "slots");
    sc_explain_total(x, SC_SECTION_COUNTS, "A stored, values", run->a.values / 8, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "A stored, bitmaps and pointers", run->a.format / 8, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "B stored, values", run->b.values / 8, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "B stored, bitmaps and pointers", run->b.format / 8, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "through L2", t->l2_bytes, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "from and to DRAM", t->dram_bytes, "bytes");
}

void sc_tensor_core_explain(const struct sc_explained *e, struct sc_explanation *x)
{
    const struct sc_machine *m = &e->plan->machine;
    const struct sc_tensor_core *c = &m->tensor;
    bool dense = e->dataflow == SC_DENSE;
    double subcores = (double)c->sms * c->subcores, lanes = (double)c->quantum_activation * c->quantum_weight;
    struct sc_tensor_run run;
    struct sc_tensor_account t;
    if (dense)
        sc_dense_tensor_run(&run, m, e->profile);
    else
        sc_bitmap_run(&run, m, e->profile);
    sc_tensor_account(&t, m, &e->profile->op, dense, &run);
    add_counts(x, &run, &t);
    add_cycles(x, e, &run, &t);
    sc_explain_bound(x, "multipliers, effectual products only", run.products, "products",
                     run.products / (lanes * subcores));
    sc_explain_bound(x, "OHMMA issue", run.ohmma, "OHMMA", run.ohmma / subcores);
    sc_explain_bound(x, "last sub-core, issue and waits", run.tiles, "tiles", run.compute);
    sc_explain_bound(x, "L2 bandwidth", t.l2_bytes, "bytes", t.l2_cycles);
    sc_explain_bound(x, "DRAM bandwidth", t.dram_bytes, "bytes", t.dram_cycles);
#define X(field, key, unit, meaning) sc_explain_event(x, e, SC_TENSOR_##field, t.count[SC_TENSOR_##field], \
                                                      "machine file: energy." key "_pj");
    SC_TENSOR_EVENTS(X)
#undef X
}
