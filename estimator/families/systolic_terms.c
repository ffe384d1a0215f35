/* systolic_terms.c - the terms of the closed forms of the systolic array.
 *
 * Steady cycles are split by what the elements do in them: element-cycles of products and of each loss of utilisation
 * (families/systolic.h) over the elements of the array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "terms.h"

#include <math.h>

#include "../models/systolic.h"

const struct sc_remedy sc_systolic_remedies[] = {
    SC_REMEDY_DRAM,
    {"loading of weights", "hidden", {{"array.double_buffered", "true"}}},
    {"banks that elements gather from", "1024", {{"gather.banks", "1024"}}},
    {"line buffer", "64 times as large", {{"line_buffer.bank_bytes", "x64"}}},
    {"weight buffer", "64 times as large", {{"weight_buffer.bank_bytes", "x64"}}},
    {"partial-sum buffer", "64 times as large", {{"psum_buffer.bank_bytes", "x64"}}},
    {"pipeline latency", "gone", {{"array.latency_cycles", "0"}}},
    {"rows of the array", "twice as many", {{"array.rows", "x2"}}},
    {"columns of the array", "twice as many", {{"array.cols", "x2"}}},
    {NULL, NULL, {{NULL, NULL}}},
};

static void add_cycles(struct sc_explanation *x, const struct sc_systolic *a, const struct sc_systolic_counts *c)
{
    double elements = (double)a->rows * a->cols;
    const struct {
        const char *item;
        double element_cycles;
    } steady[] = {
        {"products", c->macs},
        {"columns without a filter", c->idle_columns},
        {"rows without a channel", c->idle_rows},
        {"kernels shorter than the tile's longest", c->idle_mixed},
        {"waiting for gathers", c->idle_conflicts},
    };
    double bits = c->dram_weight_bits + c->dram_index_bits + c->dram_input_bits + c->dram_output_bits;
    sc_explain_cycles(x, SC_PHASE_STATIONARY, "loading weights", c->tiles, "tiles", c->load_cycles);
    for (unsigned i = 0; i < sizeof steady / sizeof *steady; i++)
        sc_explain_cycles(x, SC_PHASE_STREAM, steady[i].item, steady[i].element_cycles, "element-cycles",
                          steady[i].element_cycles / elements);
    sc_explain_cycles(x, SC_PHASE_MERGE, "filling and draining the array", c->tiles, "tiles",
                      c->tiles * (a->rows + a->cols - 2.0 + a->latency));
    sc_explain_cycles(x, SC_PHASE_STALL, "DRAM beyond all others", bits / 8, "bytes", c->stall_cycles);
}

static void add_counts(struct sc_explanation *x, const struct sc_systolic_counts *c)
{
#define X(name, meaning)                                                                                     \
    if (c->name > 0)                                                                                         \
        sc_explain_total(x, SC_SECTION_COUNTS, meaning, c->name, "");
    SC_SYSTOLIC_COUNTS(X)
#undef X
}

void sc_systolic_explain(const struct sc_explained *e, struct sc_explanation *x)
{
    static const char *const source[SC_SYSTOLIC_EVENT_COUNT] = {
        [SC_SYSTOLIC_mac] = "machine file: energy.mac_pj",
        [SC_SYSTOLIC_register_bit] = "machine file: energy.register_pj_per_bit",
        [SC_SYSTOLIC_weight_bit] = "machine file: energy.sram_*_pj_per_bit at weight_buffer.bank_bytes",
        [SC_SYSTOLIC_line_bit] = "machine file: energy.sram_*_pj_per_bit at line_buffer.bank_bytes",
        [SC_SYSTOLIC_psum_bit] = "machine file: energy.sram_*_pj_per_bit at psum_buffer.bank_bytes",
        [SC_SYSTOLIC_gather_bit] = "machine file: energy.sram_*_pj_per_bit at gather.bank_bytes",
        [SC_SYSTOLIC_decode] = "machine file: energy.decode_pj",
        [SC_SYSTOLIC_dram_bit] = "machine file: energy.dram_pj_per_bit, high: energy.dram_high_pj_per_bit",
    };
    const struct sc_systolic *a = &e->plan->machine.systolic;
    struct sc_systolic_counts c;
    double events[SC_SYSTOLIC_EVENT_COUNT], elements = (double)a->rows * a->cols;
    sc_systolic_expect(&c, a, e->dataflow, e->profile);
    sc_systolic_events(events, a, &c);
    add_counts(x, &c);
    add_cycles(x, a, &c);
    double bytes = events[SC_SYSTOLIC_dram_bit] / 8;
    sc_explain_bound(x, "multipliers, products of stored weights", c.macs, "products", c.macs / elements);
    sc_explain_bound(x, "the array, its losses included", c.tiles, "tiles",
                     c.load_cycles + c.steady_cycles + c.fill_cycles);
    sc_explain_bound(x, "DRAM bandwidth", bytes, "bytes", 8 * bytes / a->dram_bits_per_cycle);
    for (unsigned i = 0; i < SC_SYSTOLIC_EVENT_COUNT; i++)
        sc_explain_event(x, e, i, events[i], source[i]);
}
