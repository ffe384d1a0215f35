/* result_set.h - the cycles of a result CSV, arranged for figures: layers by machine and dataflow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_RESULT_SET_H
#define SC_RESULT_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { SC_SET_NAMES = 32 }; /* most machines, and most dataflows, that one figure could still tell apart */

/* Names in order of first appearance. */
struct sc_name_list {
    char *name[SC_SET_NAMES];
    unsigned count;
};

/* One layer; rows of the same layer and model belong together, a repeated (machine, dataflow) starts another layer. */
struct sc_set_layer {
    const char *layer, *model; /* owned by the set */
    double count;              /* occurrences in the network: column `count`, 1 without it */
    double *cycles;            /* [machine * dataflows.count + dataflow], negative where the file has no row */
};

struct sc_result_set {
    /* In a file with estimates and simulations, "NAME (estimate)" and "NAME (simulation)" are two machines. */
    struct sc_name_list machines, dataflows;
    struct sc_set_layer *layers; /* in the order of their first row */
    size_t layer_count;
    bool has_counts;             /* the file has a column `count` */
    double *cells;               /* all layers' cycles */
    char **texts;
    size_t text_count, text_capacity;
};

/* Reads the result CSV `path` ("-": standard input), as `sparsecast estimate -f csv` writes it; further columns are
 * ignored.  Errors carry file and line.  Free with sc_result_set_free(), also after a failure. */
int sc_result_set_read(struct sc_result_set *set, const char *path, struct sc_error *err);
void sc_result_set_free(struct sc_result_set *set);

/* The fewest cycles that `machine` needs for a layer with any dataflow; negative when the file has none. */
double sc_set_best(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned machine);

#endif
