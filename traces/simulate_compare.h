/* simulate_compare.h - simulations beside the estimates on the same operands: errors, choices, a compact table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIMULATE_COMPARE_H
#define SC_SIMULATE_COMPARE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "result.h"

struct sc_output;

/* What has been compared so far; all 0 to begin with. */
struct sc_comparison {
    struct sc_output *table; /* NULL: no table */
    double *error;           /* |error| of each run, percent */
    size_t errors, room;
    double worst;
    char worst_run[256];     /* "LAYER on MACHINE with DATAFLOW" */
    uint64_t choices, agreed; /* layers on machines where there was a choice; where the estimate chose the fastest */
    double regret_sum, regret_worst; /* cycles beyond the fastest that the estimates' choices take, as a fraction */
};

/* One run: its simulation and its estimate. */
struct sc_compared {
    struct sc_result simulated, estimated;
    double error; /* 100 x (estimated / simulated - 1), percent; both 0 cycles: 0 */
};

/* Starts a table at `path`. */
int sc_comparison_table(struct sc_comparison *c, const char *path, struct sc_error *err);

/* Adds the runs of one layer on one machine, and writes their rows if there is a table.  `complete`: they are all that
 * were asked for, so that the choice counts.  The rows' `best` tells which dataflow either side would choose. */
int sc_comparison_add(struct sc_comparison *c, const struct sc_compared *run, unsigned runs, int complete,
                      struct sc_error *err);

/* Completes the table, if there is one. */
int sc_comparison_close(struct sc_comparison *c, const struct sc_meta *meta, size_t metas, struct sc_error *err);

/* One line: median, 95th percentile and worst |error|, agreement of choices, and what wrong ones cost. */
void sc_comparison_summary(struct sc_comparison *c, FILE *out);

void sc_comparison_free(struct sc_comparison *c);

#endif
