/* bound.c - what limits a layer, by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bound.h"

#include <stddef.h>
#include <string.h>

#include "../models/model.h"
#include "../numeric.h"

/* Shares of the time that make a resource the limit: multipliers, which may be busy in part of a step only; networks.
 */
static const double MOST = 0.5, BUSY = 0.75;

/* Cycles that DRAM needs for all bytes of the row. */
static double dram_cycles(const struct sc_machine *m, const struct sc_result *row)
{
    double per_cycle = m->clock_ghz > 0 ? m->dram_gbps / m->clock_ghz : 0;
    return per_cycle > 0 ? (row->dram_read_bytes + row->dram_write_bytes) / per_cycle : 0;
}

static const char *dram_name(const struct sc_result *row)
{
    return row->spill_bytes >= 0.5 * (row->dram_read_bytes + row->dram_write_bytes) ? "spills" : "DRAM";
}

/* Blocking: a step takes a fixed time and its busiest bank's cycles, at least one; Gustavson's tree then passes the
 * tile's sums one by one, and the pipeline drains. */
static const char *blocking_stream(const struct sc_machine *m, const struct sc_events *e, const struct sc_result *row)
{
    double steps = sc_min(row->stream_cycles, (m->step_fixed + 1) * e->steps), drains = m->drain * e->tiles;
    double banks = row->stream_cycles - steps - e->tree_merged - drains;
    const char *name = "steps";
    double longest = steps;
    if (banks > longest) {
        name = "banks";
        longest = banks;
    }
    if (e->tree_merged > longest) {
        name = "merge";
        longest = e->tree_merged;
    }
    return drains > longest ? "fill" : name;
}

/* Pipelined: a step takes what the slowest of array, banks and networks takes, at least a cycle; Gustavson then waits
 * for its tree.  Without one that is busy nearly throughout: waits for the tree, steps of one cycle, or what steps take
 * beyond a cycle, which conflicts of banks do. */
static const char *pipelined_stream(const struct sc_machine *m, const struct sc_events *e, const struct sc_result *row)
{
    bool outer = e->merge_passes > 0, gustavson = e->tree_merged > 0;
    double sums = gustavson ? e->tree_merged : outer ? row->products : row->nnz_c, stream = row->stream_cycles;
    double delivered = (e->delivered > 0 ? e->delivered : e->str_reads) / m->dn_bandwidth;
    double reduced = sums / m->rn_bandwidth, conflicts = stream - e->tree_waits - e->steps;
    if (sc_max(delivered, reduced) >= BUSY * stream)
        return delivered >= reduced ? "distribution" : "reduction";
    if (!outer && !gustavson && delivered >= e->steps) /* columns lie together: no conflicts, but beats rounded up */
        return "distribution";
    if (e->tree_waits > e->steps && e->tree_waits > conflicts)
        return "merge";
    return conflicts > e->steps ? "banks" : "steps";
}

const char *sc_flexagon_bound(const struct sc_machine *m, const struct sc_events *events, const struct sc_result *row)
{
    bool blocking = m->timing == SC_BLOCKING;
    double transfer = dram_cycles(m, row), longest = row->stationary_cycles;
    double chip = row->stationary_cycles + row->stream_cycles + row->merge_cycles;
    const char *name = "stationary";
    if (row->cycles <= 0)
        return "";
    if (!blocking && transfer >= chip && transfer > 0)
        return dram_name(row);
    if (row->products >= MOST * row->cycles * m->multipliers)
        return "compute";
    if (row->stream_cycles > longest) {
        longest = row->stream_cycles;
        name = NULL;
    }
    if (row->merge_cycles > longest) {
        longest = row->merge_cycles;
        name = "merge";
    }
    if (row->stall_cycles > longest)
        return transfer >= 0.5 * row->stall_cycles ? dram_name(row) : "DRAM latency";
    if (name)
        return name;
    return blocking ? blocking_stream(m, events, row) : pipelined_stream(m, events, row);
}

const char *sc_bound_meaning(const char *name)
{
    static const struct {
        const char *name, *meaning;
    } bounds[] = {
#define X(name, meaning) {name, meaning},
        SC_BOUND_LIST(X)
#undef X
    };
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        if (strcmp(bounds[i].name, name) == 0)
            return bounds[i].meaning;
    return NULL;
}
