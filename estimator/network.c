/* network.c - dynamic programming over the dataflows of consecutive layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "network.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Flexagon, Table 3: whether a dataflow reads its operand row by row (CSR) or column by column (CSC), and what it
 * writes. The others read what they write. */
static const struct {
    bool a_is_csr, b_is_csr, c_is_csr;
} FORMATS[SC_DATAFLOWS] = {
    [SC_IP_M] = {true, false, true},  [SC_OP_M] = {false, true, true},  [SC_GUST_M] = {true, true, true},
    [SC_IP_N] = {true, false, false}, [SC_OP_N] = {false, true, false}, [SC_GUST_N] = {false, false, false},
};

bool sc_conversion_needed(enum sc_dataflow previous, enum sc_dataflow next, enum sc_activations activations)
{
    bool wanted = activations == SC_ACTIVATIONS_A ? FORMATS[next].a_is_csr : FORMATS[next].b_is_csr;
    return FORMATS[previous].c_is_csr != wanted;
}

double sc_conversion_cycles(const struct sc_machine *machine, double nonzeros)
{
    double bytes = machine->ec_bytes_factor * nonzeros * machine->element_bytes;
    return bytes / (machine->dram_gbps / machine->clock_ghz);
}

static double between(const struct sc_stage *stage, enum sc_dataflow previous, enum sc_dataflow next,
                      enum sc_activations activations)
{
    return sc_conversion_needed(previous, next, activations) ? stage->conversion : 0;
}

/* All occurrences of a stage by one dataflow, with the conversions from each to the next. */
static double inside(const struct sc_stage *stage, enum sc_dataflow d, enum sc_activations activations)
{
    if (stage->cycles[d] < 0)
        return INFINITY;
    return stage->count * stage->cycles[d] + (stage->count - 1) * between(stage, d, d, activations);
}

static double sequence_cycles(const struct sc_stage *stage, size_t stages, enum sc_activations activations,
                              const enum sc_dataflow *chosen, double *conversions)
{
    double sum = 0;
    for (size_t i = 0; i < stages; i++) {
        sum += inside(&stage[i], chosen[i], activations);
        if (i > 0)
            sum += between(&stage[i - 1], chosen[i - 1], chosen[i], activations);
        if (conversions && i > 0)
            *conversions += sc_conversion_needed(chosen[i - 1], chosen[i], activations);
        if (conversions && stage[i].count > 1 && sc_conversion_needed(chosen[i], chosen[i], activations))
            *conversions += stage[i].count - 1;
    }
    return sum;
}

static void compare_rules(const struct sc_stage *stage, size_t stages, enum sc_activations activations,
                          enum sc_dataflow *scratch, struct sc_network_totals *totals)
{
    for (size_t i = 0; i < stages; i++) {
        int best = -1;
        for (int d = 0; d < SC_DATAFLOWS; d++)
            if (stage[i].cycles[d] >= 0 && (best < 0 || stage[i].cycles[d] < stage[i].cycles[best]))
                best = d;
        scratch[i] = (enum sc_dataflow)best;
    }
    totals->greedy = sequence_cycles(stage, stages, activations, scratch, NULL);
    totals->single = INFINITY;
    for (int d = 0; d < SC_DATAFLOWS; d++) {
        for (size_t i = 0; i < stages; i++)
            scratch[i] = (enum sc_dataflow)d;
        double cycles = sequence_cycles(stage, stages, activations, scratch, NULL);
        if (cycles < totals->single) {
            totals->single = cycles;
            totals->single_dataflow = (enum sc_dataflow)d;
        }
    }
}

int sc_network_solve(const struct sc_stage *stage, size_t stages, enum sc_activations activations,
                     enum sc_dataflow *chosen, struct sc_network_totals *totals, struct sc_error *err)
{
    *totals = (struct sc_network_totals){.best = 0};
    if (stages == 0)
        return SC_OK;
    uint8_t (*from)[SC_DATAFLOWS] = malloc(stages * sizeof *from);
    if (!from)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a network of %zu layers", stages);
    double cost[SC_DATAFLOWS], next[SC_DATAFLOWS];
    for (int d = 0; d < SC_DATAFLOWS; d++)
        cost[d] = inside(&stage[0], (enum sc_dataflow)d, activations);
    for (size_t i = 1; i < stages; i++) {
        for (int d = 0; d < SC_DATAFLOWS; d++) {
            next[d] = INFINITY;
            from[i][d] = 0;
            for (int p = 0; p < SC_DATAFLOWS; p++) {
                double cycles = cost[p] + between(&stage[i - 1], (enum sc_dataflow)p, (enum sc_dataflow)d, activations);
                if (cycles < next[d]) {
                    next[d] = cycles;
                    from[i][d] = (uint8_t)p;
                }
            }
            next[d] += inside(&stage[i], (enum sc_dataflow)d, activations);
        }
        for (int d = 0; d < SC_DATAFLOWS; d++)
            cost[d] = next[d];
    }
    int last = 0;
    for (int d = 1; d < SC_DATAFLOWS; d++)
        if (cost[d] < cost[last])
            last = d;
    compare_rules(stage, stages, activations, chosen, totals);
    for (size_t i = stages; i-- > 0;) {
        chosen[i] = (enum sc_dataflow)last;
        last = i > 0 ? from[i][last] : last;
    }
    totals->best = sequence_cycles(stage, stages, activations, chosen, &totals->conversions);
    free(from);
    return SC_OK;
}
