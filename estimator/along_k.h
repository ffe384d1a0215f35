/* along_k.h - how the nonzeros of a fiber along K lie, for profile.c and union.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ALONG_K_H
#define SC_ALONG_K_H

#include <stdbool.h>

#include "profile.h"

/* Ones of a thing that has probability 1 would give log(0). */
#define SC_ALMOST_ONE (1 - 1e-12)

/* How the nonzeros of a fiber along K lie: in runs (blocks), in groups (nm), in a band, or else exchangeably, all sets of places
 * equally likely given their number.  Uniform is, and so are both skewed kinds, their ranks being random. */
struct sc_along_k {
    double run;            /* places per run, 1: no runs */
    double group, taken;   /* nm; group 0: none */
    double band;           /* places; 0: none */
    double density;        /* inside the band, or overall */
};

struct sc_along_k sc_along_k(const struct sc_side *s, bool k_is_columns);

bool sc_exchangeable(const struct sc_along_k *s);

/* Greatest common divisor of whole numbers; of others, as of numbers without one in common but their fractions, the lesser. */
double sc_divisor(double a, double b);

/* How many runs of a grid of `run` places a window of w places overlaps on average; windows begin at multiples of what w and run have
 * in common. */
double sc_runs_overlapped(double w, double run);

/* P(a run of r places, anywhere on its grid, has none in common with runs of `other` places, each present with probability d);
 * the number it overlaps is its mean rounded down or up. */
double sc_run_missed(double r, double other, double d);

#endif
