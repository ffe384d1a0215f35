/* parts.h - what the two timing policies of the oracle share: operands as lists of fibers, the cache, IP tiles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ORACLE_PARTS_H
#define ORACLE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "oracle.h"

#define NONE UINT64_MAX

/* Zeroed memory for `count` items, or the end of the program. */
void *oracle_alloc(uint64_t count, size_t size);

/* Fibers with ascending coordinates below `width`: the rows of a matrix, or its columns. */
struct fibers {
    uint64_t count, width;
    uint64_t *start; /* count + 1 offsets into coord */
    uint64_t *coord;
};

uint64_t fiber_length(const struct fibers *f, uint64_t i);

/* The M-stationary problem to run: for an N-stationary dataflow already the transposed one. */
struct problem {
    uint64_t M, N, K, nnz_a, nnz_b;
    struct fibers a_rows, a_cols, b_rows, b_cols; /* borrowed */
    const struct sc_machine *machine;
};

/* Fully LRU set-associative cache over word addresses, cold at the start. */
struct cache {
    uint64_t sets, ways, line_words, banks;
    uint64_t *lines; /* per set `ways` entries, most recent first; line + 1, 0 is empty */
    bool *seen;      /* per line, for lines_touched */
};

struct cache cache_new(const struct sc_machine *machine, uint64_t words);
/* Accesses the word's line and counts it; true on a hit. */
bool cache_touch(struct cache *cache, uint64_t word, struct oracle_result *r);
void cache_free(struct cache *cache);

/* A set of coordinates below `width`, ascending in `coord`. */
struct coords {
    uint64_t count;
    uint64_t *coord;
};

/* The union of `count` sets; the caller frees coord. */
struct coords coords_union(const struct coords *sets, uint64_t count, uint64_t width);

/* One stationary tile of the inner product. */
struct ip_tile {
    uint64_t row, end;    /* rows [row, end), or one chunk of row `row` */
    uint64_t first, used; /* elements of A in row order */
    uint64_t low, high;   /* blocking: coordinates of B loaded, [low, high) */
    bool split;           /* a chunk of a row longer than the array */
    bool fold;            /* not the first chunk of it */
    bool last;            /* row sums are complete after this tile */
};

/* Where the walk over A stands; start with zeros. */
struct ip_walk {
    uint64_t row, offset;
};

bool ip_next_tile(const struct problem *p, struct ip_walk *walk, struct ip_tile *tile);

/* Which rows of the resident tile match an element of B. */
struct ip_match {
    uint64_t *first, *next, *row; /* first[k], then next[]: resident elements with coordinate k; row[] of each */
    bool *hit;                    /* per row of A, this column of B */
    uint64_t *hits, hit_count;    /* the rows hit */
    bool *split_hit;              /* per column of B: the split row has a nonzero so far */
};

struct ip_match ip_match_new(const struct problem *p);
void ip_match_load(struct ip_match *match, const struct problem *p, const struct ip_tile *tile);
/* Streams B[k,n] past the tile; returns whether anything matched. */
bool ip_match_element(struct ip_match *match, uint64_t k, struct oracle_result *r);
/* Ends column n; returns the structural nonzeros of C it completes.  `hit_count` holds the rows hit until the next
 * ip_match_begin(). */
uint64_t ip_match_end(struct ip_match *match, const struct ip_tile *tile, uint64_t n, struct oracle_result *r);
void ip_match_begin(struct ip_match *match);
void ip_match_free(struct ip_match *match);

/* Address of word t of row k of B, relative to the start of B in row order. */
uint64_t b_word(const struct problem *p, uint64_t k, uint64_t t);

void oracle_blocking(const struct problem *p, enum sc_dataflow form, struct oracle_result *r);
void oracle_pipelined(const struct problem *p, enum sc_dataflow form, struct oracle_result *r);

#endif
