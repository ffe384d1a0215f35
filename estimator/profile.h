/* profile.h - the statistics of a pair of operands that the closed forms need.
 *
 * A profile holds expected values for operands known by density and pattern kind; measured operands fill the same struct.
 * Formulas stand beside the functions in profile.c and are tested against Monte-Carlo draws of traces/generate.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PROFILE_H
#define SC_PROFILE_H

#include "counted.h"
#include "error.h"
#include "layer.h"
#include "lengths.h"
#include "vectors.h"

/* Fibers along K (rows of A, columns of B), whole ones in order, in tiles of at most 16 x 2^i nonzeros; longer ones are left out. */
struct sc_grouping {
    double tiles;
    double fibers;   /* in all tiles, empty ones included */
    double nonzeros; /* in all tiles */
    double distinct; /* places along K, summed over tiles */
    double words;    /* nonzeros of the other operand at those places */
    double longest;  /* fiber of a tile, summed over tiles */
    double pairs;    /* neighbouring places in one tile */
    double long_nonzeros, long_words; /* of the longer fibers, and of the other operand at their places, each as often as named */
};

enum { SC_GROUPINGS = 5 };

/* One operand: its shape, nonzeros, length distributions and how nonzeros of neighbouring fibers go together. */
struct sc_side {
    double rows, cols, nnz;
    double density;           /* nnz / (rows x cols) */
    struct sc_lengths row;    /* lengths of the `rows` rows */
    struct sc_lengths col;    /* lengths of the `cols` columns */
    double run_rows;          /* consecutive rows with equal column sets (block patterns), >= 1 */
    double run_cols;          /* consecutive columns with equal row sets, >= 1 */
    double band;              /* columns of a row's band before it is cut at both ends (banded), at most 2 cols; 0 = no band */
    double band_density;      /* density inside the band */
    double group;             /* nm patterns along the columns or rows: group size M, 0 = none */
    double group_nonzeros;    /* nonzeros per group, N */
    struct sc_periodic_spec periodic; /* kernels of a periodic weight operand; kss 0: none */
    /* Measured pairs: lengths of the fibers across K (columns of A, rows of B), each counted as often as the other operand
     * picks it, and once if it does at all.  No strata: as those of all fibers. */
    struct sc_lengths met, once;
    double close; /* measured: share of a fiber's nonzeros along K right behind another, less than 0: unknown */
    double base; /* measured: products of a fiber along K are nearly base + slope x its length (least squares), base >= 0 */
    double span; /* measured: mean share of K from a fiber's first nonzero along K to its last; 0: unknown */
    struct sc_grouping grouping[SC_GROUPINGS]; /* measured: tiles of whole fibers along K; 0 tiles: unknown */
    struct sc_counted counted; /* along K, of measured operands */
};

struct sc_profile {
    struct sc_operator op; /* of the layer; a transposed profile keeps that of the original */
    double M, N, K;
    struct sc_side a; /* M x K */
    struct sc_side b; /* K x N */
    double products;  /* expected effectual multiplies, sum over k of E[column length of A] E[row length of B] */
    double nnz_c;     /* expected structural nonzeros of C; within 0.5 %, of two of block, banded, nm within 3 % */
    /* For sc_profile_union(), per column stratum of B: log of the share of holes, and how much wider than binomial it spreads. */
    double hole[SC_STRATA_MAX], excess[SC_STRATA_MAX];
    struct sc_vectors vectors; /* of measured operands only; of a transposed profile unknown */
};

/* Recomputes hole[] and excess[] from p->b; for whoever fills a profile. */
void sc_profile_finish(struct sc_profile *p);

/* Fills the profile of a layer from its densities and pattern kinds.  Of an operator that is no GEMM only op, M, N, K are
 * filled, the rest is 0.  SC_BAD_INPUT when a pattern cannot have the density
 * asked for (a band too narrow), SC_UNSUPPORTED when a density is to come from a file. */
int sc_profile_from_layer(struct sc_profile *p, const struct sc_layer *layer, struct sc_error *err);

/* The profile of C^T = B^T A^T: rows and columns, A and B exchanged. */
void sc_profile_transpose(struct sc_profile *t, const struct sc_profile *p);

/* Expected number of distinct columns among `fibers` rows of B that one row of A selects: those of consecutive nonzeros, windows of
 * which fill the row from its beginning.  Exact within 1 % when B's places along K are exchangeable (uniform, skewed); where they go
 * together (block, banded, nm) the mean error is 1 %, the worst 12 %, for few rows and small groups that fall into step. */
double sc_profile_union(const struct sc_profile *p, double fibers);

/* Expected values that need only one side: filled into `s` for a rows x cols operand.  `k_is_columns`: K runs along the
 * columns (operand A), which is where nm groups lie. */
int sc_side_from_density(struct sc_side *s, uint64_t rows, uint64_t cols, double density,
                         const struct sc_pattern_spec *pattern, bool k_is_columns, struct sc_error *err);

/* The part of it for periodic weights, exact (side_periodic.c): filters lie across K.  `s` has its shape. */
int sc_side_periodic(struct sc_side *s, const struct sc_periodic_spec *spec, bool k_is_columns, struct sc_error *err);

#endif
