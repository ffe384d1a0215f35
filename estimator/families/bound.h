/* bound.h - what limits a layer on a machine, by name: the column `bound` of result rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_BOUND_H
#define SC_FAMILIES_BOUND_H

#include "../machine.h"
#include "../result.h"

/* The names, and what would make the layer faster.  Butterfly arrays, FABNet and rooflines have those of
 * SC_BUTTERFLY_BOUNDS; "compute" and "DRAM" mean the same everywhere.  X(name, meaning). */
#define SC_BOUND_LIST(X)                                                                                               \
    X("compute", "multipliers, tensor cores or compute pipes are busy: more of them")                                  \
    X("DRAM", "bandwidth of DRAM, operands and result")                                                                \
    X("spills", "bandwidth of DRAM, half of it or more for partial sums that had no room on the chip")                 \
    X("DRAM latency", "waits for DRAM while its bandwidth is not used up")                                             \
    X("stationary", "loading stationary operands")                                                                     \
    X("distribution", "network that brings streamed operands to the multipliers")                                      \
    X("reduction", "network that takes sums away")                                                                     \
    X("banks", "banks of the cache of the streamed operand, or of an accumulation buffer")                             \
    X("steps", "a fixed time per step of the stream, in which few multipliers have work")                              \
    X("merge", "merging partial sums")                                                                                 \
    X("L2", "bandwidth of the second-level cache")                                                                     \
    X("imbalance", "the busiest core has more work than the mean")                                                     \
    X("mapping", "array elements without a filter, channel or kernel position")                                        \
    X("gather", "activations gathered by index")                                                                       \
    X("fill", "filling and draining the pipeline")                                                                     \
    X("transfer", "moving data between processing elements")                                                           \
    X("load", "reading inputs")                                                                                        \
    X("store", "writing outputs")                                                                                      \
    X("scratchpad", "bandwidth of the scratchpad")                                                                     \
    X("launch", "starting kernels or configurations")

struct sc_events;

/* Flexagon: from the events and the phases of a row, estimated or simulated.  DRAM where its transfers take longer than
 * all that the chip does; else the longest phase, and of streaming the busiest part (see bound.c). */
const char *sc_flexagon_bound(const struct sc_machine *machine, const struct sc_events *events,
                              const struct sc_result *row);

/* The meaning of a name, for people, or NULL. */
const char *sc_bound_meaning(const char *name);

#endif
