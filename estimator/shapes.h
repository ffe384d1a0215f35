/* shapes.h - tables of expected values that depend on the machine alone, computed once per machine.
 *
 * A step is what the machine does for one element of each streamed fiber: several loads at once from a cache of banks.
 * The tables answer, for n loads, how far the fullest bank is above an even spread, and how both that and the number of
 * steps grow when fibers of different lengths run out one after the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SHAPES_H
#define SC_SHAPES_H

#include <stdbool.h>

#include "error.h"
#include "lengths.h"
#include "machine.h"
#include "numeric.h"
#include "spacing.h"

/* fullest[] is exact up to these (128! still fits a double), drawn beyond. */
enum { SC_RUN_POINTS = 24, SC_SHAPES_EXACT_LOADS = 128, SC_SHAPES_EXACT_BANKS = 64 };

/* All tables are owned by the struct; free with sc_shapes_free(). */
struct sc_shapes {
    unsigned loads;        /* P: tables over n run from 0 to P */
    unsigned banks;
    unsigned line_words;
    double period;         /* banks x line_words: up to 2^32 */
    double *contiguous;    /* [2 line_words + 1] E[fullest bank] of w consecutive words at random alignment */
    double *fullest;       /* [P + 1] E[fullest of `banks`] of n single words in random banks */
    double *tail_steps;    /* [P + 1] E[max of n standard normals] */
    struct sc_spacing spacing;
    double run_length[SC_RUN_POINTS]; /* mean run of equal addresses in P loads (outer product) */
    double run_load[SC_RUN_POINTS];   /* E[fullest bank] of P loads in runs of that mean length, random phase, random
                                         banks */
    double run_longest[SC_RUN_POINTS]; /* E[longest run] among them: the fullest bank when no two runs share one */
};

int sc_shapes_init(struct sc_shapes *s, const struct sc_machine *machine, struct sc_error *err);
void sc_shapes_free(struct sc_shapes *s);

/* Value of a [P + 1] table at a real n, linear between entries. */
static inline double sc_shape_at(const double *table, unsigned last, double n)
{
    if (n >= last)
        return table[last];
    if (n <= 0)
        return table[0];
    unsigned i = (unsigned)n;
    return table[i] + (n - i) * (table[i + 1] - table[i]);
}

/* E[fullest bank] of w consecutive words, any w >= 0. */
static inline double sc_shape_contiguous(const struct sc_shapes *s, double words)
{
    double rounds = words >= s->period ? sc_floor(words / s->period) : 0;
    return rounds * s->line_words + sc_shape_at(s->contiguous, 2 * s->line_words, words - rounds * s->period);
}

/* E over a binomial-like number of words (mean, variance) of the fullest bank; *empty receives P(no word). */
double sc_shape_contiguous_random(const struct sc_shapes *s, double mean, double variance, double *empty);

/* P loads that fall into runs of `run` equal addresses: E[fullest bank] with the runs in random banks, and E[longest
 * run]. */
void sc_shape_runs(const struct sc_shapes *s, double run, double *fullest, double *longest);

#endif
