/* result_set.h - the rows of a result CSV, arranged for figures: layers by machine and dataflow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_RESULT_SET_H
#define SC_RESULT_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "frame.h"
#include "sweep_set.h"

enum {
    SC_SET_NAMES = 32, /* most machines, and most dataflows, that one figure could still tell apart */
    SC_NAMES_NO_MEMORY /* in place of a number: memory is exhausted */
};

/* Names in order of first appearance. */
struct sc_name_list {
    char *name[SC_SET_NAMES];
    unsigned count;
};

/* One layer; rows of the same layer and model, shape, densities and patterns (as a sweep may vary them) belong
 * together; a repeated (machine, dataflow) starts another layer. */
struct sc_set_layer {
    const char *layer, *model; /* owned by the frame */
    double count;              /* occurrences in the network: column `count`, 1 without it */
    double *cycles;            /* [machine * dataflows.count + dataflow], negative where the file has no row */
    size_t *row;               /* the frame's row of each of them */
};

struct sc_result_set {
    const struct sc_frame *frame;
    /* In a file with estimates beside simulations, "NAME (estimate)" and "NAME (simulation)" are two machines. */
    struct sc_name_list machines, dataflows;
    struct sc_set_layer *layers; /* in the order of their first row */
    size_t layer_count;
    bool has_counts; /* the file has a column `count` */
    bool mixed;      /* runs stand beside their estimates */
    int key[SC_SWEEP_KEYS]; /* of a sweep: the columns swept */
    unsigned keys;
    double *cells;   /* all layers' cycles */
    size_t *rows;    /* all layers' rows */
};

/* Arranges a frame, which outlives the set.  SC_BAD_INPUT when it is no result list, as `sparsecast estimate -f csv`
 * writes it. Free with sc_result_set_free(), also after a failure. */
int sc_result_set_make(struct sc_result_set *set, const struct sc_frame *frame, struct sc_error *err);
void sc_result_set_free(struct sc_result_set *set);

/* The number of `name` in the list, which it enters if it is new; SC_SET_NAMES when the list is full,
 * SC_NAMES_NO_MEMORY when memory is. */
unsigned sc_name_number(struct sc_name_list *list, const char *name);
void sc_name_list_free(struct sc_name_list *list);

/* The fewest cycles that `machine` needs for a layer with any dataflow; negative when the file has none. */
double sc_set_best(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned machine);

/* The dataflow with which it does, or dataflows.count. */
unsigned sc_set_best_dataflow(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned machine);

#endif
