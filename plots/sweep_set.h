/* sweep_set.h - the configurations of a sweep, each with the cost of all its layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SWEEP_SET_H
#define SC_SWEEP_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "frame.h"

enum { SC_SWEEP_KEYS = 6 };

/* A row that counts, and what its configuration is told by: machine, source, then the swept keys. */
struct sc_sweep_entry {
    const char *key[SC_SWEEP_KEYS + 2];
    const char *layer, *model;
    size_t row;
};

/* A configuration: all layers, each with its best dataflow. */
struct sc_sweep_setting {
    const char *key[SC_SWEEP_KEYS + 2];
    double cycles, energy, area; /* cycles, J, mm2 (0: unknown) */
    bool front;
    size_t first; /* its first row */
};

struct sc_sweep_set {
    int key[SC_SWEEP_KEYS]; /* columns that take several values on one layer of one machine */
    unsigned keys;
    struct sc_sweep_entry *entry;
    size_t entries;
    struct sc_sweep_setting *setting; /* in the order of their first rows */
    size_t settings;
};

/* Gathers the configurations of a result list; SC_BAD_INPUT when no column takes several values.  Free with
 * sc_sweep_set_free(), also after a failure. */
int sc_sweep_set_make(struct sc_sweep_set *sweep, const struct sc_frame *frame, struct sc_error *err);
void sc_sweep_set_free(struct sc_sweep_set *sweep);

/* The columns that a sweep varies; none (*keys = 0) in other result lists. */
int sc_sweep_keys(int key[SC_SWEEP_KEYS], unsigned *keys, const struct sc_frame *frame, struct sc_error *err);

/* "KEY=VALUE, ..." of a setting's keys but one (`except` = keys: none), and its machine where machines differ. */
void sc_sweep_name(char *out, size_t size, const struct sc_sweep_set *sweep, const struct sc_frame *frame,
                   const struct sc_sweep_setting *setting, unsigned except);

/* What is summed: a network by its name. */
void sc_sweep_layers(char *out, size_t size, const struct sc_sweep_set *sweep);

#endif
