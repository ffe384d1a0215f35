/* account.h - the terms that a closed form adds up, booked one by one for `sparsecast explain`.
 *
 * Models book what they add to the cycles where an account is at hand (struct sc_cycles); estimates have none, and a
 * booking then costs a comparison with NULL.  A term is a count times a cost: what the closed form multiplied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ACCOUNT_H
#define SC_ACCOUNT_H

#include <stdbool.h>

/* The parts of the total, in the order of the columns of a result. */
#define SC_PHASE_LIST(X)                                                                           \
    X(SC_PHASE_STATIONARY, "stationary")                                                           \
    X(SC_PHASE_STREAM, "stream")                                                                   \
    X(SC_PHASE_MERGE, "merge")                                                                     \
    X(SC_PHASE_STALL, "stall")

enum sc_phase {
#define X(id, name) id,
    SC_PHASE_LIST(X)
#undef X
    SC_PHASES
};
const char *sc_phase_name(enum sc_phase phase);

/* What the SpMSpM closed forms charge for: X(identifier, phase, what, unit of the count). */
#define SC_CHARGE_LIST(X)                                                                          \
    X(LOAD_FIXED, STATIONARY, "stationary loads, fixed part", "loads")                             \
    X(LOAD_BANKS, STATIONARY, "stationary loads, busiest bank", "words")                           \
    X(LOAD_BEATS, STATIONARY, "stationary loads, elements in order", "loads")                      \
    X(STEP_FIXED, STREAM, "steps, fixed part", "steps")                                            \
    X(STEP_EMPTY, STREAM, "steps without loads", "steps")                                          \
    X(STEP_BANKS, STREAM, "steps, busiest bank", "steps")                                          \
    X(STEP, STREAM, "steps, one cycle each", "steps")                                              \
    X(STEP_WAITS, STREAM, "waiting for banks and networks", "steps")                               \
    X(TREE_OUTPUT, STREAM, "sums leaving the tree, one by one", "sums")                            \
    X(TREE_EXCESS, STREAM, "merging beyond the steps of a tile", "tiles")                          \
    X(DRAIN, STREAM, "tiles drained", "tiles")                                                     \
    X(MERGE_OUTPUT, MERGE, "merged sums leaving the tree, one by one", "sums")                     \
    X(MERGE_PASS, MERGE, "merge passes, start and drain", "passes")                                \
    X(MERGE_IDLE, MERGE, "merging, inputs wider than the network", "passes")                       \
    X(MERGE_EMPTY, MERGE, "output rows with nothing to merge", "rows")                             \
    X(MISS_LATENCY, STALL, "waits for a missing line", "waits")                                    \
    X(MISS_LINES, STALL, "further missing lines of a step", "lines")                               \
    X(LAST_LINE, STALL, "last line of the stationary operand", "lines")                            \
    X(LAST_STORE, STALL, "last output's way to memory", "runs")                                    \
    X(FILL, STALL, "filling networks and tree", "phases")                                          \
    X(DRAM_WAIT, STALL, "waiting for DRAM", "bytes")

enum sc_charge {
#define X(id, phase, what, unit) SC_CHARGE_##id,
    SC_CHARGE_LIST(X)
#undef X
    SC_CHARGES
};

struct sc_charge_facts {
    enum sc_phase phase;
    const char *what, *unit;
};
const struct sc_charge_facts *sc_charge_facts(enum sc_charge charge);

struct sc_account {
    double count[SC_CHARGES], cycles[SC_CHARGES];
};

/* Adds to a charge; `account` NULL: nothing. */
static inline void sc_book(struct sc_account *account, enum sc_charge charge, double count, double cycles)
{
    if (!account)
        return;
    account->count[charge] += count;
    account->cycles[charge] += cycles;
}

#endif
