/* golden.h - results of a few hundred varied layers on varied machines, computed anew: the rows of tests/golden/.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TEST_GOLDEN_H
#define SC_TEST_GOLDEN_H

#include "error.h"

/* X(identifier, list of layers, results, where the rows come from) */
#define GOLDEN_SETS(X)                                                                                    \
    X(GOLDEN_ESTIMATED, "estimated.layers.csv", "estimated.csv", "closed forms on expected statistics")   \
    X(GOLDEN_MEASURED, "simulated.layers.csv", "measured.csv", "closed forms on statistics of patterns")  \
    X(GOLDEN_SIMULATED, "simulated.layers.csv", "simulated.csv", "simulators")

enum golden_set {
#define X(id, list, results, meaning) id,
    GOLDEN_SETS(X)
#undef X
    GOLDEN_SET_COUNT
};

enum { GOLDEN_VALUES_MAX = 64 };

/* One dataflow of one machine on one layer; strings live as long as the call that takes it. */
struct golden_row {
    const char *layer, *machine, *dataflow;
    unsigned count;
    const char *name[GOLDEN_VALUES_MAX];
    double value[GOLDEN_VALUES_MAX]; /* columns of a result row, then of simulations the events (0 where not counted) */
};

/* Computes the rows of a set in the order of its list and hands them to `take` one by one, until that returns something
 * else than SC_OK.  `directory` holds machines.csv and the lists. */
int golden_rows(enum golden_set set, const char *directory, int (*take)(const struct golden_row *row, void *context),
                void *context, struct sc_error *err);

/* Name of the file of results of a set. */
const char *golden_results(enum golden_set set);

#endif
