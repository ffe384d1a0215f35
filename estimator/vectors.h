/* vectors.h - how many nonzeros the vectors of output tiles have: what bitmap machines skip by.
 *
 * An output tile of T x T takes, for every k, a column vector of A (T rows) and a row vector of B (T columns).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_VECTORS_H
#define SC_VECTORS_H

#include <stdbool.h>

enum { SC_VECTOR_MAX = 32, SC_VECTOR_COUNTS = SC_VECTOR_MAX + 1, SC_VECTOR_TILE_K = 16 };

/* One operand: its vectors in tiles of SC_VECTOR_TILE_K steps of K (or as many as asked for), its strips of T rows or
 * columns. */
struct sc_strips {
    double strips;        /* whole ones; all when none is */
    double tiles, stored; /* warp tiles of all strips, and those that hold a nonzero */
    double run;           /* steps of K in a row in which a place stays as it is, >= 1 */
    double clumps;        /* variance of whole strips' nonzeros against that of as many independent steps */
    bool measured;        /* whether `fullest` is known */
    double
        fullest[SC_VECTOR_COUNTS]; /* shares of the vectors of the whole strip with the most nonzeros by their number */
};

struct sc_vectors {
    bool known;                                      /* measured, for T = SC_VECTOR_MAX; else nothing below is filled */
    /* Share of (output tile, k) with i nonzeros of A and j of B: over all tiles, and over whole ones, which take
     * longest (along a dimension shorter than a tile: the only ones there are). */
    double joint[SC_VECTOR_COUNTS][SC_VECTOR_COUNTS], whole[SC_VECTOR_COUNTS][SC_VECTOR_COUNTS];
    double active;                                   /* share of all pairs of warp tiles of which neither is empty */
    struct sc_strips a, b;
};

struct sc_profile;

/* Fills v from the length distributions and structure in a profile, for vectors of `tile` <= SC_VECTOR_MAX places and
 * warp tiles of `tile_k` steps.  Binomial or hypergeometric vectors where places are exchangeable, whole runs for
 * blocks, windows for bands; A and B are independent of each other.  Allocates nothing. */
void sc_vectors_expect(struct sc_vectors *v, const struct sc_profile *profile, unsigned tile, unsigned tile_k);

#endif
