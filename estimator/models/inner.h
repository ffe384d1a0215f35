/* inner.h - what the two timing policies of the inner product share: the words of B's columns in a window of K, lines
 * and their reuse, and the rows of A that fold; and the parts of the pipelined policy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_INNER_H
#define SC_INNER_H

#include <stdbool.h>

#include "model.h"

/* Columns of B of one class as seen through a window of K: their words inside it. */
struct sc_seen {
    double share;          /* of all columns, those without words inside included */
    double mean, variance; /* words inside the window */
    double unit;           /* words come in runs of this length */
    double whole;          /* words of the whole column */
    double part;           /* length of the window within the column's reach over the column's reach */
};

enum { SC_SEEN_MAX = 4 * SC_STRATA_MAX, SC_WORDS_MAX = SC_PMF_MAX };

/* Columns as seen through a window that covers the share `range` of K.  A column of a banded B lies in its band, so
 * that the window sees all, a part or nothing of it; others are spread over K.  Returns how many classes; their
 * shares add up to 1. */
unsigned sc_inner_seen(const struct sc_profile *p, double range, struct sc_seen seen[SC_SEEN_MAX]);

/* A number of words and its probability. */
struct sc_words {
    double words, p;
};

/* The words of a class as a small distribution: every count while they are few, five nodes of a normal law when many.
 * */
unsigned sc_inner_words(const struct sc_seen *seen, struct sc_words words[SC_WORDS_MAX]);

/* Lines that A and B, one behind the other, touch for the first time; `b_first`: the line that they share is B's,
 * which is streamed before the last of A is loaded. */
struct sc_inner_lines {
    double a, b; /* first touched by A, by B */
};

struct sc_inner_lines sc_inner_lines(const struct sc_plan *plan, double a_words, double b_words, bool b_first);

/* P(a line is still there when it is next asked for) under LRU, after the share `touched` of the `lines` consecutive
 * lines of an operand and `others` lines elsewhere have been asked for: at most ways - 1 others in its set.  Touched
 * lines scattered over the operand fall into sets as by lot, all of them evenly. */
double sc_inner_kept(const struct sc_plan *plan, double lines, double touched, double others);

/* How many neighbouring sets lose their lines together: those with one line too many, or where A's or C's lines fall.
 * */
double sc_inner_lost_run(const struct sc_plan *plan, double lines, double others);

/* Folded rows of one chunk count: how many, and their mean length. */
struct sc_fold {
    double rows, length;
    double full; /* chunks of P - 1 after the first */
    double rest; /* nonzeros of the last, shorter one */
};

/* Sums up from node *next on the rows that fold into equally many chunks; false when there are none left. */
bool sc_inner_next_fold(const struct sc_plan *plan, const struct sc_task *task, unsigned *next, struct sc_fold *f);

/* The elements of A in a tile, seen along K. */
struct sc_resident {
    double words, rows; /* rows with and without elements; 1 for a chunk of a row */
    double distinct, distinct_variance; /* coordinates */
    double run;         /* of consecutive coordinates, together or not at all */
    double span;        /* places from the smallest to the largest, share of K */
    double taken;       /* share of the words between that are at one of the coordinates */
    bool split;         /* a chunk of a row */
};

/* Whole rows, `words` nonzeros in all, which deviate by `deviation` from tile to tile. */
struct sc_resident sc_inner_rows(const struct sc_profile *p, double words, double rows, double deviation);

/* A chunk of `words` nonzeros of a row of `length`. */
struct sc_resident sc_inner_chunk(const struct sc_profile *p, double words, double length);

/* What all N steps of a tile add up to (pipelined). */
struct sc_sweep {
    double busy;          /* cycles */
    double read, matched; /* words */
    double lines;         /* distinct ones */
    double active;        /* steps that read anything */
};

struct sc_sweep sc_inner_sweep(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_resident *r);

/* The model under the pipelined policy. */
sc_model sc_inner_pipelined;

#endif
