/* along_k.c - runs, groups and bands along K.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "along_k.h"

#include <math.h>

#include "numeric.h"

struct sc_along_k sc_along_k(const struct sc_side *s, bool k_is_columns)
{
    return (struct sc_along_k){
        .run = k_is_columns ? s->run_cols : s->run_rows,
        .group = s->group,
        .taken = s->group_nonzeros,
        .band = k_is_columns ? s->band : s->band * s->rows / s->cols,
        .density = s->band > 0 ? s->band_density : s->density,
    };
}

bool sc_exchangeable(const struct sc_along_k *s)
{
    return s->run <= 1 && s->group <= 0 && s->band <= 0;
}

double sc_divisor(double a, double b)
{
    if (a != floor(a) || b != floor(b))
        return sc_min(a, b);
    while (b > 0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

double sc_runs_overlapped(double w, double run)
{
    return 1 + (w - sc_divisor(w, run)) / run;
}

double sc_run_missed(double r, double other, double d)
{
    double runs = sc_runs_overlapped(r, other), part = runs - floor(runs);
    return pow(1 - d, floor(runs)) * (1 - d * part);
}
