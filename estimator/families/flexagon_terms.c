/* flexagon_terms.c - the terms of the SpMSpM closed forms.
 *
 * Models book them (account.h).  Waits of steps (pipelined policy) are those of the slowest of banks and networks; what
 * each adds is found by evaluating the closed form with a distribution network without limit, then with both networks
 * so, and likewise waits for DRAM with and without latency.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "terms.h"

#include <math.h>

#include "../energy_bind.h"
#include "../estimate.h"

/* Without limit, as far as expected values go. */
#define WIDE 1e12

const struct sc_remedy sc_flexagon_remedies[] = {
    SC_REMEDY_DRAM,
    {"DRAM latency", "gone", {{"dram.latency_ns", "0"}, {"blocking.miss_cycles", "0"}}},
    {"capacity of the STR cache", "without limit", {{"str_cache.bytes", "x1024"}}},
    {"banks of the STR cache", "16 times as many", {{"str_cache.banks", "x16"}}},
    {"distribution network", "without limit", {{"networks.dn_elements_per_cycle", "65536"}}},
    {"reduction network", "without limit", {{"networks.rn_elements_per_cycle", "65536"}}},
    {"capacity of the PSRAM", "1 GiB", {{"psram.bytes", "1073741824"}}},
    {"fixed cycles of a step", "gone", {{"blocking.step_cycles", "0"}}},
    {"fixed cycles of a tile", "gone", {{"blocking.drain_cycles", "0"}, {"blocking.stationary_cycles", "0"}}},
    {"multipliers", "twice as many", {{"array.multipliers", "x2"}}},
    {NULL, NULL, {{NULL, NULL}}},
};

/* Cycles of one charge with a part of the machine changed. */
static double charged(const struct sc_explained *e, const struct sc_plan *plan, enum sc_charge charge)
{
    struct sc_account account;
    struct sc_estimate estimate;
    sc_estimate_account(plan, e->profile, e->dataflow, &account, &estimate);
    return account.cycles[charge];
}

/* What the waits of steps are for. */
static void add_waits(struct sc_explanation *x, const struct sc_explained *e, double steps, double waits)
{
    struct sc_plan wide = *e->plan;
    wide.machine.dn_bandwidth = WIDE;
    double others = sc_min(waits, charged(e, &wide, SC_CHARGE_STEP_WAITS));
    wide.machine.rn_bandwidth = WIDE;
    double banks = sc_min(others, charged(e, &wide, SC_CHARGE_STEP_WAITS));
    sc_explain_cycles(x, SC_PHASE_STREAM, "waiting for the distribution network", steps, "steps", waits - others);
    sc_explain_cycles(x, SC_PHASE_STREAM, "waiting for the reduction network", steps, "steps", others - banks);
    sc_explain_cycles(x, SC_PHASE_STREAM, "waiting for banks", steps, "steps", banks);
}

/* Bandwidth and latency of DRAM. */
static void add_dram(struct sc_explanation *x, const struct sc_explained *e, double bytes, double waits)
{
    struct sc_plan near = *e->plan;
    near.miss_latency = 0;
    double bandwidth = sc_min(waits, charged(e, &near, SC_CHARGE_DRAM_WAIT));
    sc_explain_cycles(x, SC_PHASE_STALL, "waiting for DRAM, its bandwidth", bytes, "bytes", bandwidth);
    sc_explain_cycles(x, SC_PHASE_STALL, "waiting for DRAM, its latency", bytes, "bytes", waits - bandwidth);
}

static void add_cycles(struct sc_explanation *x, const struct sc_explained *e, const struct sc_account *account)
{
    for (int c = 0; c < SC_CHARGES; c++) {
        const struct sc_charge_facts *facts = sc_charge_facts((enum sc_charge)c);
        double count = account->count[c], cycles = account->cycles[c];
        if (c == SC_CHARGE_STEP_WAITS && cycles > 0)
            add_waits(x, e, count, cycles);
        else if (c == SC_CHARGE_DRAM_WAIT && cycles > 0)
            add_dram(x, e, count, cycles);
        else
            sc_explain_cycles(x, facts->phase, facts->what, count, facts->unit, cycles);
    }
}

/* Events that are not 0. */
static void add_counts(struct sc_explanation *x, const struct sc_events *e)
{
    const struct {
        const char *item, *unit;
        double value;
    } counts[] = {
        {"stationary tiles", "tiles", e->tiles},
        {"stationary elements", "elements", e->stationary_words},
        {"stream steps", "steps", e->steps},
        {"elements read from the STR cache", "elements", e->str_reads},
        {"partial sums read through the STR cache", "elements", e->folded_reads},
        {"elements carried by the distribution network", "elements", e->delivered},
        {"elements compared for a match", "elements", e->intersections},
        {"lines missing in the STR cache", "lines", e->line_misses},
        {"elements merged on the fly, outputs", "elements", e->tree_merged},
        {"partial sums written to PSRAM", "elements", e->psum_writes},
        {"partial sums read from PSRAM", "elements", e->psum_reads},
        {"merge passes", "passes", e->merge_passes},
        {"elements into merge passes", "elements", e->merge_inputs},
        {"elements out of merge passes", "elements", e->merge_outputs},
        {"partial sums spilled to DRAM", "bytes", e->spill_write_bytes},
        {"partial sums fetched back from DRAM", "bytes", e->spill_read_bytes},
        {"stationary operand from DRAM, past the cache", "bytes", e->stationary_bytes},
        {"C to DRAM", "bytes", e->output_bytes},
    };
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].value > 0)
            sc_explain_total(x, SC_SECTION_COUNTS, counts[i].item, counts[i].value, counts[i].unit);
}

static void add_bounds(struct sc_explanation *x, const struct sc_explained *e, const struct sc_events *n)
{
    const struct sc_plan *plan = e->plan;
    const struct sc_machine *m = &plan->machine;
    bool pipelined = m->timing == SC_PIPELINED;
    double words = n->str_reads + n->folded_reads, bytes = e->bare->dram_read_bytes + e->bare->dram_write_bytes;
    double served = (double)m->str_banks * (pipelined ? m->str_words_per_bank : 1);
    sc_explain_bound(x, "multipliers, a product each per cycle", e->profile->products, "products",
                     e->profile->products / plan->leaves);
    sc_explain_bound(x, "DRAM bandwidth", bytes, "bytes", bytes / plan->bytes_per_cycle);
    if (pipelined) { /* a delivered element is read once, whatever the number of multipliers that it goes to */
        double delivered = n->delivered + n->stationary_words;
        sc_explain_bound(x, "distribution network", delivered, "elements", delivered / m->dn_bandwidth);
        sc_explain_bound(x, "reduction network, sums of C", e->profile->nnz_c, "elements",
                         e->profile->nnz_c / m->rn_bandwidth);
    }
    sc_explain_bound(x, "STR cache, all banks busy", words, "elements", words / served);
    if (n->merge_outputs > 0)
        sc_explain_bound(x, "merge tree, separate phase", n->merge_outputs, "elements", n->merge_outputs);
}

void sc_flexagon_explain(const struct sc_explained *e, struct sc_explanation *x)
{
    struct sc_account account;
    struct sc_estimate estimate;
    sc_estimate_account(e->plan, e->profile, e->dataflow, &account, &estimate);
    struct sc_energy_counts n =
        sc_energy_counts(&e->plan->machine, &estimate.events, e->profile->products, e->profile->nnz_c);
    add_counts(x, &estimate.events);
    add_cycles(x, e, &account);
    add_bounds(x, e, &estimate.events);
#define X(field, key, unit) sc_explain_event(x, e, SC_EVENT_##field, n.field, "");
    SC_ENERGY_EVENTS(X)
#undef X
}
