/* sample.h - uniform random draws without replacement, identical on every machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SAMPLE_H
#define SC_SAMPLE_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* A generator and the set of what has been drawn.  Zero-initialise `table` and `capacity`; the storage is kept for
 * the next set, freed by sc_sample_free(). */
struct sc_sample {
    gsl_rng *rng;      /* borrowed, mt19937 */
    uint64_t total;    /* draws are below this */
    bool bits;         /* table is a bitmap; otherwise an ordered hash table of value + 1 */
    bool complement;   /* bitmap marks what is not in the set */
    uint64_t stride;   /* hash table: values per home slot */
    uint64_t cursor;   /* position of sc_sample_next */
    uint64_t words;    /* words of `table` in use */
    uint64_t *table;
    uint64_t capacity; /* words allocated */
};

/* Uniform integer in [0, n), n >= 1. */
uint64_t sc_sample_below(gsl_rng *rng, uint64_t n);

/* Starts an empty set over [0, total) that will take at most `most` draws; memory O(most) however large `total` is. */
int sc_sample_start(struct sc_sample *sample, uint64_t total, uint64_t most, struct sc_error *err);

/* Draws one more value, uniform over those not yet drawn (at least one must be left). */
uint64_t sc_sample_draw(struct sc_sample *sample);

/* A whole set at once: `count` <= total distinct values of [0, total), every set equally likely; then read it with
 * sc_sample_next().  Time O(count) also when count is near total. */
int sc_sample_set(struct sc_sample *sample, uint64_t total, uint64_t count, struct sc_error *err);

/* Ends drawing; sc_sample_next() then gives the members in ascending order. */
void sc_sample_sort(struct sc_sample *sample);

/* The next member in ascending order; false after the last. */
bool sc_sample_next(struct sc_sample *sample, uint64_t *value);

void sc_sample_free(struct sc_sample *sample);

#endif
