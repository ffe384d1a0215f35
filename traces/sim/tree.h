/* tree.h - the merger-reduction tree: how long the unions are that it makes of the fibers of an output row.
 *
 * At most `leaves` fibers are merged in a pass; the unions of one round of passes are the fibers of the next, until one
 * is left.  Only lengths are found, never the elements.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_TREE_H
#define SC_SIM_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "traces/pattern.h"

enum { SC_TREE_ROUNDS = 33 }; /* of 2^32 fibers, two at a time */

/* Lengths of the fibers that a round of passes leaves, in order. */
struct sc_lengths_list {
    uint64_t count, room;
    uint64_t *length;
};

struct sc_tree {
    const struct sc_pattern *rows; /* the streamed operand, row by row */
    uint64_t leaves;
    uint64_t words;                /* of a bitmap; 0 when rows are walked element by element */
    uint64_t *bitmap;              /* per row of the operand */
    uint64_t *sum[SC_TREE_ROUNDS + 1]; /* bitmaps of the unions being built, by round */
    uint32_t *seen;                /* per column: the last fiber that had it */
    uint64_t serial;               /* of the first fiber of the current row of C, ascending over the run */
    unsigned rounds;               /* of the current row */
    struct sc_lengths_list of[SC_TREE_ROUNDS + 1]; /* of[0]: fibers; of[r]: after round r */
};

/* For unions of rows of `rows` (borrowed).  Memory: 4 bytes per column, or, when at least one element in 32 is there,
 * at most one byte per 8 positions.  SC_NO_MEMORY.  `tree` is empty after a failure. */
int sc_tree_init(struct sc_tree *tree, const struct sc_pattern *rows, uint64_t leaves, struct sc_error *err);
void sc_tree_free(struct sc_tree *tree);

/* How the rows that one output row needs make up its fibers. */
struct sc_fibers {
    uint64_t rows_each; /* each fiber is the union of so many consecutive rows, the last one of what is left */
    bool drop_empty;    /* fibers without elements take no leaf */
};

/* Finds the lengths for the output row that needs rows k[0..count): of its fibers, tree->of[0], and of the unions of
 * each round r, tree->of[r], up to tree->rounds, after which one fiber is left.  No rounds without fibers.
 * SC_NO_MEMORY. */
int sc_tree_row(struct sc_tree *tree, const uint32_t *k, uint64_t count, struct sc_fibers fibers, struct sc_error *err);

/* Length of the union of rows k[0..count): a single fiber, merged by nobody.  SC_NO_MEMORY. */
int sc_tree_union(struct sc_tree *tree, const uint32_t *k, uint64_t count, uint64_t *length, struct sc_error *err);

#endif
