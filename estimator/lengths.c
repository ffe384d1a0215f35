/* lengths.c - mixtures of fiber lengths: generating functions, tails, order statistics.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lengths.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "numeric.h"

/* Below this mean count the recursion of the Panjer class is used, above it the normal approximation. */
static const double RECURSION_MEAN = 30.0;

void sc_lengths_single(struct sc_lengths *l, double fibers, double width, double unit, double mean, double variance)
{
    l->fibers = fibers;
    l->width = width;
    l->unit = unit;
    l->mean = mean;
    l->variance = variance > 0 ? variance : 0;
    l->strata = 1;
    l->stratum[0] = (struct sc_stratum){.share = 1, .mean = mean, .variance = l->variance};
}

void sc_lengths_finish(struct sc_lengths *l)
{
    double mean = 0, second = 0;
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        mean += s->share * s->mean;
        second += s->share * (s->variance + s->mean * s->mean);
    }
    l->mean = mean;
    l->variance = sc_max(0, second - mean * mean);
}

double sc_stratum_pgf(const struct sc_stratum *s, double unit, double q)
{
    double mean = s->mean / unit;
    if (mean <= 0)
        return 1;
    double u = unit == 1 ? q : pow(q, unit);
    double p = 1 - s->variance / (s->mean * unit);
    if (fabs(p) < 1e-9)
        return exp(-mean * (1 - u));
    double base = -p * (1 - u);
    return base <= -1 ? 0 : exp(mean / p * log1p(base));
}

double sc_lengths_pgf(const struct sc_lengths *l, double q)
{
    double sum = 0;
    for (unsigned i = 0; i < l->strata; i++)
        sum += l->stratum[i].share * sc_stratum_pgf(&l->stratum[i], l->unit, q);
    return sum;
}

double sc_lengths_empty(const struct sc_lengths *l)
{
    return sc_lengths_pgf(l, 0);
}

/* Counts that hardly vary: a normal rounded to whole numbers, or the two numbers around the mean. */
static unsigned rounded_pmf(double mean, double sigma, double *pmf)
{
    unsigned n = (unsigned)sc_min(SC_PMF_MAX, ceil(mean + 4 * sigma) + 2);
    for (unsigned k = 0; k < n; k++) {
        if (sigma < 0.3)
            pmf[k] = sc_max(0, 1 - fabs(k - mean));
        else
            pmf[k] = sc_normal_tail((k - 0.5 - mean) / sigma) - sc_normal_tail((k + 0.5 - mean) / sigma);
    }
    return n;
}

unsigned sc_stratum_pmf(const struct sc_stratum *s, double unit, double pmf[SC_PMF_MAX])
{
    double mean = s->mean / unit, p = mean > 0 ? 1 - s->variance / (s->mean * unit) : 1, sum = 0;
    unsigned n = 0;
    if (p > 0.8) {
        n = rounded_pmf(mean, sqrt(sc_max(0, s->variance)) / unit, pmf);
        for (unsigned k = 0; k < n; k++)
            sum += pmf[k];
    } else {
        double a = -p / (1 - p), b = (mean + p) / (1 - p), mass = sc_stratum_pgf(s, unit, 0);
        while (n < SC_PMF_MAX && (sum < 1 - 1e-9) && (mass > 0 || n == 0)) {
            pmf[n++] = mass;
            sum += mass;
            mass *= sc_max(0, a + b / n);
        }
    }
    if (sum <= 0) { /* beyond the table */
        n = SC_PMF_MAX;
        memset(pmf, 0, n * sizeof *pmf);
        pmf[n - 1] = sum = 1;
    }
    for (unsigned k = 0; k < n; k++)
        pmf[k] /= sum;
    return n;
}

/* P(count > t) for an integer t >= 0. */
static double short_tail(const struct sc_stratum *s, double unit, double t)
{
    double pmf[SC_PMF_MAX], tail = 0;
    for (unsigned n = sc_stratum_pmf(s, unit, pmf); n-- > t + 1;)
        tail += pmf[n];
    return tail;
}

/* (1 - x^2 + 2 x log x) / (1 - x)^2, by its series near x = 1. */
static double peizer_pratt(double x)
{
    double e = 1 - x;
    if (fabs(e) < 0.02)
        return e * (1.0 / 3 + e * (1.0 / 6 + e * (0.1 + e / 15)));
    return x > 0 ? (1 - x * x + 2 * x * log(x)) / (e * e) : 1;
}

/* P(count > k) of the Panjer class: Peizer and Pratt's normal approximation of the binomial (JASA 63, 1968), which
 * carries over to negative parameters; absolute error below 1e-3 / mean.  A count spread wider than a geometric one is
 * close to a gamma variable. */
static double long_tail(double mean, double p, double k)
{
    if (p < -mean)
        return gsl_cdf_gamma_Q(k + 0.5, -mean / p, -p);
    if (fabs(p) < 1e-9)
        p = 1e-9;
    double n = mean / p, q = 1 - p, left = n - k;
    if (p > 0 && left <= 0.5)
        return 0;
    double d = k + 2.0 / 3 - (n + 1.0 / 3) * p + 0.02 * (q / (k + 1) - p / left + (q - 0.5) / (n + 1));
    double skew = 1 + q * peizer_pratt((k + 0.5) / mean) + p * peizer_pratt((left - 0.5) / (n * q));
    return sc_normal_tail(d * sqrt(sc_max(0, skew) / ((n + 1.0 / 6) * p * q)));
}

static double stratum_survival(const struct sc_stratum *s, double unit, double t)
{
    if (s->mean <= 0)
        return 0;
    double count = floor(t / unit + 1e-9), p = 1 - s->variance / (s->mean * unit);
    if (s->variance <= 1e-9 * s->mean) /* all alike, or the two whole counts around the mean */
        return sc_min(1, sc_max(0, s->mean / unit - count));
    if (s->mean < RECURSION_MEAN * unit)
        return short_tail(s, unit, count);
    return long_tail(s->mean / unit, p, count);
}

double sc_lengths_survival(const struct sc_lengths *l, double t)
{
    if (t >= l->width)
        return 0;
    double sum = 0;
    for (unsigned i = 0; i < l->strata; i++)
        sum += l->stratum[i].share * stratum_survival(&l->stratum[i], l->unit, t);
    return sc_min(1, sum);
}

/* P(some of `group` fibers is longer than t).  One stratum: independent lengths.  Several: as if there were one, times
 * what it matters that the group takes fibers without replacement.  When each fiber is taken on its own with
 * probability r, all miss with the product of (1 - r G)^fibers over strata; that the group's size is fixed is the
 * second-order term (a saddle point). */
static double any_longer(const struct sc_lengths *l, double t, double group)
{
    double longer[SC_STRATA_MAX], all = 0;
    for (unsigned i = 0; i < l->strata && t < l->width; i++) {
        longer[i] = sc_min(1, stratum_survival(&l->stratum[i], l->unit, t));
        all += l->stratum[i].share * longer[i];
    }
    if (all <= 0 || all >= 1 - 1e-12)
        return all <= 0 ? 0 : 1;
    double none = group * log1p(-all);
    if (l->strata > 1) {
        double taken = sc_min(1, group / l->fibers), mixed = -log1p(-taken * all), slope = 0,
               one = all / (1 - taken * all);
        for (unsigned i = 0; i < l->strata; i++) {
            mixed += l->stratum[i].share * log1p(-taken * longer[i]);
            slope += longer[i] > 0 ? l->stratum[i].share * longer[i] / (1 - taken * longer[i]) : 0;
        }
        if (taken < 1)
            mixed -= 0.5 * (slope * slope - one * one) * taken * (1 - taken);
        none += l->fibers * mixed * (1 - 1 / sc_max(1, group)); /* nothing for a group of one */
    }
    return -expm1(sc_min(0, none));
}

/* Expected maximum of `group` draws: exact sum over t while lengths are short, the midpoint rule over the range in
 * which the maximum falls when they are long. */
double sc_lengths_expected_max(const struct sc_lengths *l, double group)
{
    double top = 0, bottom = l->width, drawn = sc_min(group, sc_max(1, l->fibers));
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        double spread = 7 * sqrt(s->variance) + 12 * l->unit;
        top = sc_max(top, s->mean + spread);
        bottom = sc_min(bottom, s->mean - spread);
    }
    top = sc_min(top, l->width);
    bottom = sc_max(bottom, 0);
    double sum = 0;
    if (top <= 256) {
        for (double t = 0; t < top; t++)
            sum += sc_min(1, top - t) * any_longer(l, t, drawn);
        return sum;
    }
    enum { PANELS = 512 };
    double from = floor(bottom), step = sc_max(1, (top - from) / PANELS);
    for (double t = from; t < top; t += step)
        sum += sc_min(step, top - t) * any_longer(l, t + (step - 1) / 2, drawn);
    return from + sum;
}

static double log_factorial(double n)
{
    if (n < 16)
        return lgamma(n + 1);
    return n * log(n) - n + 0.5 * log(6.283185307179586477 * n) +
           1 / (12 * n); /* Stirling; lgamma costs too much here */
}

double sc_no_overlap(double n, double x, double y)
{
    if (x + y >= n + 1)
        return 0;
    if (x + y > n) /* between the last possible y, where it is 1 / C(n, x), and none */
        return (n + 1 - x - y) * exp(log_factorial(x) + log_factorial(sc_max(0, n - x)) - log_factorial(n));
    if (n > 1e5) { /* factorials would cancel: product of 1 - larger / (n - i), i below the lesser, at the middle i */
        double lesser = sc_min(x, y), larger = sc_max(x, y);
        return exp(lesser * log1p(-sc_min(larger / (n - 0.5 * sc_max(0, lesser - 1)), 1 - 1e-12)));
    }
    return exp(log_factorial(n - x) + log_factorial(n - y) - log_factorial(n) - log_factorial(n - x - y));
}
