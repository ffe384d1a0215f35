/* rank.h - how many coordinates of a compressed row lie below a value.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_RANK_H
#define SC_SIM_RANK_H

#include <stdbool.h>

#include "bits.h"
#include "error.h"
#include "traces/pattern.h"

struct sc_rank {
    const struct sc_pattern *rows;
    uint64_t words; /* of a row's bitmap; 0 when the rows are searched instead */
    uint64_t *word; /* pairs: a word of a row's bitmap, and the row's nonzeros before it */
};

/* For the rows of `rows` (borrowed).  When at least one element in 16 is there they get bitmaps, in no more bytes than
 * their column indices; sparser rows are searched.  SC_NO_MEMORY.  `rank` is empty after a failure. */
int sc_rank_init(struct sc_rank *rank, const struct sc_pattern *rows, struct sc_error *err);
void sc_rank_free(struct sc_rank *rank);

/* A value that many rows are asked about. */
struct sc_rank_value {
    uint64_t value, word, below; /* word of the bitmap, and its bits below the value */
    double share;                /* of all coordinates, below the value */
};

struct sc_rank_value sc_rank_value(const struct sc_rank *rank, uint64_t value);

/* Nonzeros of `row` below v, by search. */
uint64_t sc_rank_search(const struct sc_rank *rank, uint64_t row, const struct sc_rank_value *v);

static inline uint64_t sc_rank_below(const struct sc_rank *rank, uint64_t row, const struct sc_rank_value *v)
{
    if (rank->words == 0)
        return sc_rank_search(rank, row, v);
    const uint64_t *word = &rank->word[2 * (row * rank->words + v->word)];
    return word[1] + sc_bit_count(word[0] & v->below);
}

#endif
