/* fit.h - fitting a dataflow's coefficients, and the spread and quantiles of what is left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FIT_H
#define SC_FIT_H

#include <stddef.h>

#include "coefficients.h"

/* A run: what each coefficient multiplies, and the cycles simulated (> 0). */
struct sc_fit_point {
    double basis[SC_TERMS], cycles;
};

/* Fits term[] and covariance[][] of `fit` so that sum of term x basis is near cycles, by nonlinear least squares (GSL,
 * Levenberg and Marquardt) on ln(sum / cycles) with Cauchy's loss, which stops counting errors well beyond 3 %: a few
 * layers that the closed form gets wrong must not bend the rest.  Coefficients keep to their bounds by a smooth
 * transform; an almost weightless pull to the identity settles those that the points say nothing about.  Fewer than 8
 * points leave the identity.  SC_NO_MEMORY. */
int sc_fit_terms(struct sc_dataflow_fit *fit, const struct sc_fit_point *point, size_t points, struct sc_error *err);

/* A residual ln(simulated / corrected) and the predictors of its spread. */
struct sc_residual {
    double value, predictor[SC_SPREAD_TERMS];
};

/* Fits the spread: ln(|residual| + 0.001) linear in the predictors, by least squares with a slight ridge. */
int sc_fit_spread(struct sc_spread *spread, const struct sc_residual *residual, size_t count, struct sc_error *err);

/* Conformal quantiles of score[0..count), which is sorted: for a level p the (n+1) tail-th smallest and largest, tail
 * being `caution` x (1-p)/2; the smallest and largest where there are too few.  caution 1: as many of new layers lie
 * within as the level says, if they are drawn like those of the scores; less for layers that are drawn otherwise. */
void sc_fit_scores(struct sc_scores *scores, double *score, size_t count, double caution);

#endif
