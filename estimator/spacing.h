/* spacing.h - how regular address patterns load the banks of a cache, against random ones.
 *
 * The fibers that a step reads lie in memory one after the other, so their addresses are not random: they are spaced by
 * the fibers' lengths.  Evenly spaced addresses fill banks more evenly than random ones, or, when the spacing is a
 * multiple of all banks, all fall into one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SPACING_H
#define SC_SPACING_H

#include <stdbool.h>

#include "error.h"

enum { SC_SPACE_DRIFTS = 5, SC_SPACE_PHASES = 71 };
enum { SC_SPACE_NODES = 29, SC_SPACE_JITTERS = 8, SC_SPACE_COUNTS = 13, SC_SPACE_DENSITIES = 8 };

/* Largest period x loads for which the lattice is tabulated; beyond, equal fibers are treated like nearly equal ones.
 */
enum { SC_SPACE_LATTICE_MAX = 1 << 21 };

/* Largest period for which it is: 208 B per word of it, 14 MB. */
enum { SC_SPACE_PERIOD_MAX = 1 << 16 };

/* Ratios E[fullest bank] / E[fullest bank of random loads], tabulated once per cache geometry.  Last index: n =
 * P^(i/12). */
struct sc_spacing {
    unsigned loads, banks, line_words;
    double period;  /* words, banks x line_words: up to 2^32 */
    double per_log; /* table columns per unit of log n */
    double counts[SC_SPACE_COUNTS]; /* n of each column */
    /* Spacing with independent noise per gap: node x noise (0, then line_words/8 x 2^(j-1) words). */
    float words[SC_SPACE_NODES][SC_SPACE_JITTERS][SC_SPACE_COUNTS];
    float wrapped[SC_SPACE_NODES][SC_SPACE_JITTERS]
                 [SC_SPACE_COUNTS]; /* whole periods added: gaps may be short of the spacing */
    float lines[SC_SPACE_NODES][SC_SPACE_JITTERS][SC_SPACE_COUNTS]; /* loads of one line count once */
    /* Equal fibers (a dense operand) of which a share 2^(-j/2) is taken: fiber length mod period, folded to
     * 0..period/2. */
    float (*lattice)[SC_SPACE_DENSITIES][SC_SPACE_COUNTS];
    /* The same for fibers whose lengths spread by line_words/16 x 2^l words, at phases as spacing.c places them. */
    float drift[SC_SPACE_DRIFTS][SC_SPACE_PHASES][SC_SPACE_DENSITIES][SC_SPACE_COUNTS];
};

/* `fullest[n]`: expected fullest bank of n random loads, n = 0..loads.  Free with sc_spacing_free(). */
int sc_spacing_init(struct sc_spacing *s, unsigned loads, unsigned banks, unsigned line_words, const double *fullest,
                    struct sc_error *err);
void sc_spacing_free(struct sc_spacing *s);

/* Ratio for n loads at the starts of fibers of mean length `fiber` words (standard deviation `deviation`), of which a
 * share `taken` is read, picked at random in order.  `lines`: loads of one line count once. */
double sc_spacing_ratio(const struct sc_spacing *s, double n, double fiber, double deviation, double taken, bool lines);

/* What answers for loads and share taken halved so many times: rows of the tables with their weights, up to four each
 * of two spreads and of equal lengths or random ones, and columns of their sum as they are asked for (bits of
 * `known`). */
enum { SC_SPACE_HALVINGS = 6, SC_SPACE_ROWS = 16 };

struct sc_spaced_level {
    unsigned rows, known;
    const float *row[SC_SPACE_ROWS];
    double weight[SC_SPACE_ROWS], value[SC_SPACE_COUNTS];
};

/* The same asked several times: fibers as sc_spacing_ratio() takes them, and what follows from them. */
struct sc_spaced {
    const struct sc_spacing *spacing;
    double fiber, phase, deviation, taken; /* phase: folded length */
    bool lines;
    struct sc_spaced_level level[SC_SPACE_HALVINGS];
};

void sc_spacing_of(struct sc_spaced *q, const struct sc_spacing *s, double fiber, double deviation, double taken,
                   bool lines);

/* Where n loads lie in the tables. */
double sc_spacing_column(const struct sc_spacing *s, double n);

/* Ratio when the loads at `column`, and the share taken, have been halved so many times, less than SC_SPACE_HALVINGS.
 */
double sc_spacing_halved(struct sc_spaced *q, double column, unsigned halved);

#endif
