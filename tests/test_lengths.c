/* test_lengths.c - length distributions against exact binomial, Poisson, negative binomial and hypergeometric values.
 *
 * The exact values come from GSL.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "estimator/lengths.h"

enum law { BINOMIAL, POISSON, NEGATIVE_BINOMIAL };

/* Counts of a law: n draws with probability p; a Poisson count of mean n; waiting for n successes of probability p. */
static const struct count_case {
    enum law law;
    double n, p;
} counts[] = {
    {BINOMIAL, 10, 0.1}, {BINOMIAL, 50, 0.3}, {BINOMIAL, 100, 0.02}, {BINOMIAL, 30, 0.75}, {BINOMIAL, 1000, 0.025},
    {BINOMIAL, 200, 0.4}, {BINOMIAL, 5000, 0.2}, {BINOMIAL, 300, 0.97}, {BINOMIAL, 100000, 0.0005}, {POISSON, 0.2, 0},
    {POISSON, 5, 0}, {POISSON, 29, 0}, {POISSON, 45, 0}, {POISSON, 3000, 0}, {NEGATIVE_BINOMIAL, 3, 0.6},
    {NEGATIVE_BINOMIAL, 20, 0.5}, {NEGATIVE_BINOMIAL, 6, 0.1}, {NEGATIVE_BINOMIAL, 40, 0.2},
};
enum { COUNTS = sizeof counts / sizeof *counts };

static double probability(const struct count_case *c, unsigned k)
{
    if (c->law == BINOMIAL)
        return gsl_ran_binomial_pdf(k, c->p, (unsigned)c->n);
    return c->law == POISSON ? gsl_ran_poisson_pdf(k, c->n) : gsl_ran_negative_binomial_pdf(k, c->p, c->n);
}

static double above(const struct count_case *c, unsigned k)
{
    if (c->law == BINOMIAL)
        return gsl_cdf_binomial_Q(k, c->p, (unsigned)c->n);
    return c->law == POISSON ? gsl_cdf_poisson_Q(k, c->n) : gsl_cdf_negative_binomial_Q(k, c->p, c->n);
}

/* The law's counts in runs of `unit`, as a length distribution. */
static struct sc_lengths lengths_of(const struct count_case *c, double unit)
{
    double mean = c->n, variance = c->n;
    if (c->law == BINOMIAL) {
        mean = c->n * c->p;
        variance = mean * (1 - c->p);
    } else if (c->law == NEGATIVE_BINOMIAL) {
        mean = c->n * (1 - c->p) / c->p;
        variance = mean / c->p;
    }
    struct sc_lengths l;
    sc_lengths_single(&l, 1e9, 1e9, unit, unit * mean, unit * unit * variance);
    return l;
}

Test(lengths, generating_functions_are_exact)
{
    static const double at[] = {0, 1e-6, 0.3, 0.9, 0.999, 1};
    for (int i = 0; i < COUNTS; i++)
        for (int j = 0; j < 6; j++)
            for (double unit = 1; unit < 9; unit += 3) {
                const struct count_case *c = &counts[i];
                struct sc_lengths l = lengths_of(c, unit);
                double u = pow(at[j], unit), exact = exp(-c->n * (1 - u));
                if (c->law == BINOMIAL)
                    exact = pow(1 - c->p * (1 - u), c->n);
                else if (c->law == NEGATIVE_BINOMIAL)
                    exact = pow(c->p / (1 - (1 - c->p) * u), c->n);
                cr_expect_float_eq(sc_lengths_pgf(&l, at[j]), exact, 1e-9 * exact + 1e-300, "case %d at %g, unit %g", i,
                                   at[j], unit);
            }
}

/* The recursion is exact; above a binomial p of 0.8 a rounded normal stands for it. */
Test(lengths, probabilities)
{
    for (int i = 0; i < COUNTS; i++) {
        const struct count_case *c = &counts[i];
        struct sc_lengths l = lengths_of(c, 1);
        if (l.mean > 40)
            continue;
        double pmf[SC_PMF_MAX], sum = 0, bound = c->law == BINOMIAL && c->p > 0.8 ? 0.02 : 1e-8;
        unsigned n = sc_stratum_pmf(&l.stratum[0], 1, pmf);
        cr_assert(n >= 1 && n <= SC_PMF_MAX);
        for (unsigned k = 0; k < n; k++) {
            cr_expect_float_eq(pmf[k], probability(c, k), bound, "case %d, k = %u: %g, exact %g", i, k, pmf[k],
                               probability(c, k));
            sum += pmf[k];
        }
        cr_expect_float_eq(sum, 1, 1e-12);
    }
}

/* Exact by recursion up to a mean of 30; beyond, the approximation errs by less than 1e-4, negative binomial 1e-3. */
Test(lengths, survival)
{
    for (int i = 0; i < COUNTS; i++)
        for (double unit = 1; unit < 6; unit += 4) {
            const struct count_case *c = &counts[i];
            struct sc_lengths l = lengths_of(c, unit);
            double mean = l.mean / unit, sigma = sqrt(l.variance) / unit;
            double bound = mean < 30 ? 2e-9 : c->law == NEGATIVE_BINOMIAL ? 1e-3 : 1e-4;
            for (double z = -4; z <= 5; z += 0.5) {
                double k = floor(fmax(0, mean + z * sigma)), exact = above(c, (unsigned)k);
                double found = sc_lengths_survival(&l, k * unit);
                double between = sc_lengths_survival(&l, (k + 1) * unit - 0.5);
                cr_expect_float_eq(found, exact, bound, "case %d above %g: %g, exact %g", i, k, found, exact);
                cr_expect_float_eq(between, exact, bound, "case %d above %g and a half: %g", i, k, between);
            }
        }
}

/* A fiber of a matrix with an exact number of nonzeros: `width` of rows x width places, hypergeometric.  Mean and
 * variance are right, higher moments those of a binomial count: off by less than 0.01 for 8 rows, 0.001 for 100. */
Test(lengths, hypergeometric_rows)
{
    static const struct {
        unsigned rows, width, nonzeros;
        double bound;
    } cases[] = {
        {8, 40, 64, 0.01}, {8, 200, 800, 0.01}, {100, 64, 640, 0.001}, {100, 400, 20000, 0.001}, {1000, 50, 500, 1e-4}};
    for (int i = 0; i < 5; i++) {
        double all = (double)cases[i].rows * cases[i].width, mean = (double)cases[i].nonzeros / cases[i].rows;
        double variance = mean * (1 - cases[i].nonzeros / all) * (all - cases[i].width) / (all - 1);
        struct sc_lengths l;
        sc_lengths_single(&l, cases[i].rows, cases[i].width, 1, mean, variance);
        for (unsigned t = 0; t < cases[i].width; t++) {
            unsigned zeros = (unsigned)all - cases[i].nonzeros;
            double exact = gsl_cdf_hypergeometric_Q(t, cases[i].nonzeros, zeros, cases[i].width);
            double found = sc_lengths_survival(&l, t);
            cr_expect_float_eq(found, exact, cases[i].bound, "case %d above %u: %g, exact %g", i, t, found, exact);
        }
    }
}

Test(lengths, expected_maximum_of_independent_fibers)
{
    static const double groups[] = {1, 2, 16, 64, 1000};
    for (int i = 0; i < COUNTS; i++)
        for (int j = 0; j < 5; j++) {
            struct sc_lengths l = lengths_of(&counts[i], 1);
            double exact = 0, top = l.mean + 9 * sqrt(l.variance) + 60;
            for (unsigned t = 0; t < top; t++)
                exact -= expm1(groups[j] * log1p(-above(&counts[i], t)));
            double found = sc_lengths_expected_max(&l, groups[j]);
            double bound = (counts[i].law == NEGATIVE_BINOMIAL ? 0.005 : 0.001) * exact;
            cr_expect_float_eq(found, exact, bound, "case %d, group %g: %g, exact %g", i, groups[j], found, exact);
        }
}

/* Two lengths, drawn without replacement: all of the group are short with probability C(short, g) / C(all, g).  Within
 * 0.2 %; of ten fibers 2 %, which the second order is crude for. */
Test(lengths, expected_maximum_of_given_fibers)
{
    for (unsigned all = 10; all <= 1000; all *= 10)
        for (unsigned longer = 1; longer < all / 2; longer = 3 * longer)
            for (unsigned group = 1; group <= all; group = 3 * group) {
                struct sc_lengths l = {.fibers = all, .width = 100, .unit = 1, .strata = 2};
                l.stratum[0] = (struct sc_stratum){(double)longer / all, 40, 0};
                l.stratum[1] = (struct sc_stratum){1 - (double)longer / all, 7, 0};
                sc_lengths_finish(&l);
                double none = gsl_ran_hypergeometric_pdf(0, longer, all - longer, group), exact = 40 - 33 * none;
                cr_expect_float_eq(l.mean, 7 + 33.0 * longer / all, 1e-12);
                cr_expect_float_eq(l.variance, 33.0 * 33 * longer / all * (all - longer) / all, 1e-9);
                double found = sc_lengths_expected_max(&l, group), bound = (all == 10 ? 0.021 : 0.002) * exact;
                cr_expect_float_eq(found, exact, bound, "%u long of %u, %u drawn: %g, exact %g", longer, all, group,
                                   found, exact);
            }
}

Test(lengths, fixed_lengths)
{
    struct sc_lengths l;
    sc_lengths_single(&l, 50, 100, 1, 12, 0);
    cr_expect_eq(sc_lengths_survival(&l, 11), 1);
    cr_expect_eq(sc_lengths_survival(&l, 12), 0);
    cr_expect_float_eq(sc_lengths_expected_max(&l, 1), 12, 1e-9);
    cr_expect_float_eq(sc_lengths_expected_max(&l, 1e6), 12, 1e-9);
    cr_expect_float_eq(sc_lengths_pgf(&l, 0.5), pow(0.5, 12), 1e-15);
    cr_expect_eq(sc_lengths_empty(&l), 0);
    sc_lengths_single(&l, 50, 1000, 1, 612.25, 0); /* a quarter has 613 */
    cr_expect_float_eq(sc_lengths_survival(&l, 612), 0.25, 1e-12);
    cr_expect_float_eq(sc_lengths_expected_max(&l, 2), 613 - 0.5625, 1e-6);
    sc_lengths_single(&l, 50, 100, 8, 24, 0); /* three runs of 8 */
    cr_expect_eq(sc_lengths_survival(&l, 23), 1);
    cr_expect_eq(sc_lengths_survival(&l, 24), 0);
    cr_expect_float_eq(sc_lengths_pgf(&l, 0.9), pow(0.9, 24), 1e-15);
}

/* Nothing leaves its range or becomes NaN, and survival never grows with t, nor the maximum shrinks with the group. */
Test(lengths, extremes)
{
    static const double means[] = {0, 1e-300, 1e-9, 0.5, 3, 29.9, 30.1, 1000, 1e9, 1e15};
    static const double spreads[] = {0, 1e-12, 0.01, 0.5, 1, 1 + 1e-12, 3, 1e3, 1e9}; /* variance / mean */
    static const double units[] = {1, 4, 1000};
    for (int i = 0; i < 10 * 9 * 3; i++) {
        double mean = means[i % 10], unit = units[i / 90], width = fmax(1, 3 * mean), before = 1, longest = 0, sum = 0;
        double pmf[SC_PMF_MAX];
        struct sc_lengths l;
        sc_lengths_single(&l, 100, width, unit, mean, mean * spreads[i / 10 % 9] * unit);
        for (double q = 0; q <= 1; q += 0.25)
            cr_expect(sc_lengths_pgf(&l, q) >= 0 && sc_lengths_pgf(&l, q) <= 1, "case %d: pgf", i);
        for (double t = 0; t <= 2 * width; t = 1.5 * t + 0.5) {
            double longer = sc_lengths_survival(&l, t);
            cr_expect(longer >= 0 && longer <= before + 1e-9, "case %d: P(> %g) = %g after %g", i, t, longer, before);
            before = longer;
        }
        for (double group = 1; group < 1e15; group *= 100) {
            double maximum = sc_lengths_expected_max(&l, group);
            cr_expect(maximum >= longest * (1 - 1e-9) && maximum <= width * (1 + 1e-12), "case %d: longest of %g %g", i,
                      group, maximum);
            longest = maximum;
        }
        for (unsigned k = 0, n = sc_stratum_pmf(&l.stratum[0], unit, pmf); k < n; sum += pmf[k++])
            cr_expect(pmf[k] >= 0, "case %d: P(%u) = %g", i, k, pmf[k]);
        cr_expect_float_eq(sum, 1, 1e-9, "case %d: probabilities add up to %g", i, sum);
    }
}

/* Two random sets without a common place. */
Test(lengths, no_overlap)
{
    static const unsigned sizes[] = {1, 2, 5, 17, 64, 400, 3000, 99000, 1000000};
    for (int i = 0; i < 9; i++)
        for (unsigned x = 0; x <= sizes[i]; x = 2 * x + 1)
            for (unsigned y = 0; y <= sizes[i]; y = 3 * y + 1) {
                unsigned n = sizes[i];
                double exact = gsl_ran_hypergeometric_pdf(0, x, n - x, y), found = sc_no_overlap(n, x, y);
                cr_expect_float_eq(found, exact, 1e-4 * exact + 1e-12, "%u and %u of %u: %g, exact %g", x, y, n, found,
                                   exact);
            }
    for (double n = 1; n < 1e16; n *= 30)
        for (double x = 0; x <= n; x = 7 * x + n / 100)
            for (double y = 0; y <= n; y = 11 * y + n / 90)
                cr_expect(sc_no_overlap(n, x, y) >= 0 && sc_no_overlap(n, x, y) <= 1 + 1e-9, "%g, %g of %g", x, y, n);
}

/* The series against erfc(): 1e-14 of 1, and 1e-6 of the tail. */
Test(lengths, normal_tail)
{
    for (double z = -9; z < 8.3; z += 0.0137) {
        double wanted = 0.5 * erfc(z / sqrt(2)), found = sc_normal_tail(z);
        cr_assert_leq(fabs(found - wanted), fmin(2e-14, 1e-6 * wanted), "z = %g: %.17g, expected %.17g", z, found,
                      wanted);
    }
}
