/* roofline_terms.c - the terms of a roofline.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "terms.h"

#include "../models/roofline.h"

const struct sc_remedy sc_roofline_remedies[] = {
    SC_REMEDY_DRAM,
    {"peak of the tensor units", "without limit", {{"peak.tensor_tflops", "x1000"}}},
    {"peak of the vector units", "without limit", {{"peak.vector_tflops", "x1000"}}},
    {"kernel launches", "gone", {{"kernels.launch_us", "0"}}},
    {NULL, NULL, {{NULL, NULL}}},
};

/* Sums over the calls of the operator, which follow each other. */
struct sums {
    double cycles, compute, memory, launch, exposed, flop, bytes, kernels;
};

static struct sums sum_calls(const struct sc_explained *e)
{
    const struct sc_machine *m = &e->plan->machine;
    const struct sc_profile *p = e->profile;
    struct sc_butterfly_call calls[SC_BUTTERFLY_CALLS_MAX];
    struct sums s = {0};
    double hertz = m->clock_ghz * 1e9;
    unsigned count = sc_butterfly_calls(calls, &p->op, (uint64_t)p->M, (uint64_t)p->N, (uint64_t)p->K,
                                        e->dataflow == SC_DENSE, false);
    for (unsigned i = 0; i < count; i++) {
        struct sc_roofline_cost c;
        sc_roofline_estimate(&c, &m->roofline, m->dram_gbps, &calls[i]);
        s.cycles += c.seconds * hertz;
        s.compute += c.compute_seconds * hertz;
        s.memory += c.memory_seconds * hertz;
        s.launch += c.launch_seconds * hertz;
        s.exposed += sc_max(0, c.memory_seconds - c.compute_seconds) * hertz;
        s.flop += c.flop;
        s.bytes += c.read_bytes + c.write_bytes;
        s.kernels += c.kernels;
    }
    return s;
}

void sc_roofline_explain(const struct sc_explained *e, struct sc_explanation *x)
{
    const struct sc_machine *m = &e->plan->machine;
    struct sums s = sum_calls(e);
    sc_explain_total(x, SC_SECTION_COUNTS, "floating-point operations", s.flop, "FLOP");
    sc_explain_total(x, SC_SECTION_COUNTS, "from and to DRAM", s.bytes, "bytes");
    sc_explain_total(x, SC_SECTION_COUNTS, "kernels", s.kernels, "kernels");
    sc_explain_cycles(x, SC_PHASE_STREAM, "computing at the peak that kernels reach", s.flop, "FLOP", s.compute);
    sc_explain_cycles(x, SC_PHASE_STALL, "DRAM beyond computing", s.bytes, "bytes", s.exposed);
    sc_explain_cycles(x, SC_PHASE_STALL, "kernel launches", s.kernels, "kernels", s.launch);
    sc_explain_bound(x, "compute", s.flop, "FLOP", s.compute);
    sc_explain_bound(x, "DRAM bandwidth", s.bytes, "bytes", s.memory);
    sc_explain_bound(x, "kernel launches", s.kernels, "kernels", s.launch);
    sc_explain_power(x, "whole module", s.cycles / (m->clock_ghz * 1e9), m->roofline.watts,
                     "machine file: power.total_w");
}
