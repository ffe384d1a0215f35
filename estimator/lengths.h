/* lengths.h - the distribution of fiber lengths (nonzeros per row or column) and what follows from it.
 *
 * A fiber is a compressed row or column.  Closed forms never see a pattern, only these distributions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LENGTHS_H
#define SC_LENGTHS_H

enum { SC_STRATA_MAX = 16 };

/* One class of fibers.  Its length is `unit` times a count whose mean and variance are those of the length divided by
 * unit and unit^2; the count is taken as binomial, Poisson or negative binomial, whichever has that variance-to-mean
 * ratio (the Panjer class).  unit > 1 where nonzeros come in runs (block patterns). */
struct sc_stratum {
    double share;    /* fraction of the fibers, 0..1 */
    double mean;     /* nonzeros */
    double variance; /* nonzeros^2 */
};

/* A mixture of strata: shares add up to 1. */
struct sc_lengths {
    double fibers;   /* how many fibers */
    double width;    /* longest possible length */
    double unit;     /* length of a run, >= 1 */
    double mean, variance; /* over all fibers */
    unsigned strata;
    struct sc_stratum stratum[SC_STRATA_MAX];
};

/* One stratum of the given mean and variance. */
void sc_lengths_single(struct sc_lengths *l, double fibers, double width, double unit, double mean, double variance);

/* Recomputes mean and variance from the strata. */
void sc_lengths_finish(struct sc_lengths *l);

/* E[q^length] of one stratum, 0 <= q <= 1: the generating function (1 - p(1-u))^(m/p), u = q^unit, m the mean count and
 * p = 1 - variance/mean of the count.  Exact for binomial, Poisson, negative binomial and fixed lengths. */
double sc_stratum_pgf(const struct sc_stratum *s, double unit, double q);

enum { SC_PMF_MAX = 160 };

/* P(count = k), k = 0..n-1, of a stratum whose mean count is below about 40: the recursion p(k+1) = p(k) (a + b/(k+1))
 * of the Panjer class, or a rounded normal where the count hardly varies.  Returns n <= SC_PMF_MAX; the entries add up
 * to 1. */
unsigned sc_stratum_pmf(const struct sc_stratum *s, double unit, double pmf[SC_PMF_MAX]);

/* E[q^length] over all fibers. */
double sc_lengths_pgf(const struct sc_lengths *l, double q);

/* Share of fibers without a nonzero. */
double sc_lengths_empty(const struct sc_lengths *l);

/* P(length > t) over all fibers, t >= 0: the recursion of the Panjer class up to a mean count of 30 per stratum (exact
 * for binomial, Poisson and negative binomial counts), above it Peizer and Pratt's normal approximation, within 1e-4 of
 * them (negative binomial 1e-3). */
double sc_lengths_survival(const struct sc_lengths *l, double t);

/* E[max of the lengths of `group` of the fibers, drawn at random without replacement], group >= 1 (more than there are
 * count as all): sum over t of 1 - P(no length > t).  Lengths within a stratum are taken as independent. */
double sc_lengths_expected_max(const struct sc_lengths *l, double group);

/* Standard normal upper tail. */
double sc_normal_tail(double z);

/* P(x places and y places have none in common), one of the two sets drawn at random from n places without replacement:
 * C(n-x, y) / C(n, y), continued to real 0 <= x, y <= n. */
double sc_no_overlap(double n, double x, double y);

#endif
