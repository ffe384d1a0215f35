/* lengths.c - mixtures of fiber lengths: generating functions, tails, order statistics.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lengths.h"

#include <math.h>

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

double sc_normal_tail(double z)
{
    return 0.5 * erfc(z * 0.70710678118654752440);
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

static double stratum_survival(const struct sc_stratum *s, double unit, double t)
{
    if (s->mean <= 0)
        return 0;
    double count = floor(t / unit);
    if (s->mean < RECURSION_MEAN * unit)
        return short_tail(s, unit, count);
    if (s->variance <= 0)
        return t < s->mean ? 1 : 0;
    return sc_normal_tail(((count + 0.5) * unit - s->mean) / sqrt(s->variance));
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

/* Expected maximum of `group` draws: exact sum over t while lengths are short, Simpson's rule over the range in which the
 * maximum falls when they are long. */
double sc_lengths_expected_max(const struct sc_lengths *l, double group)
{
    double top = 0, bottom = l->width;
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
            sum += 1 - pow(1 - sc_lengths_survival(l, t), group);
        return sum;
    }
    enum { PANELS = 512 };
    double from = floor(bottom), step = sc_max(1, (top - from) / PANELS);
    for (double t = from; t < top; t += step)
        sum += sc_min(step, top - t) * (1 - pow(1 - sc_lengths_survival(l, t + (step - 1) / 2), group));
    return from + sum;
}
