/* fit.c - coefficients by robust nonlinear least squares, spread by linear ones, quantiles by sorting.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit_nlin.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>

#include "numeric.h"

enum { POINTS_MIN = 8, ITERATIONS = 200 };

/* Of ln(estimated / simulated): the size of error aimed at; larger ones count ever less. */
static const double CAUCHY_SCALE = 0.03;
static const double PULL = 0.1;    /* of the identity, in the unit of one point's residual */
static const double FLOOR = 0.001; /* of |residual| in the spread: exact estimates must not count without end */
static const double RIDGE = 1e-3;

struct data {
    const struct sc_fit_point *point;
    size_t points;
};

/* Geometric middle of the bounds of a weight, arithmetic of a share that may be 0, moved by x / sqrt(1 + x^2), which
 * flattens out slowly enough for a fit to come back from a bound. */
static double bounded(int t, double x, double *slope)
{
    const struct sc_term_facts *f = sc_term_facts((enum sc_term)t);
    double s = x / sqrt(1 + x * x), steep = (1 - s * s) * sqrt(1 - s * s);
    if (f->low > 0) {
        double value = sqrt(f->low * f->high) * pow(f->high / f->low, s / 2);
        *slope = value * log(f->high / f->low) / 2 * steep;
        return value;
    }
    *slope = (f->high - f->low) / 2 * steep;
    return f->low + (f->high - f->low) * (1 + s) / 2;
}

/* The square of the result is Cauchy's loss of r; *slope is its derivative. */
static double robust(double r, double *slope)
{
    double x = r / CAUCHY_SCALE, loss = sqrt(log1p(x * x)) * CAUCHY_SCALE;
    *slope = fabs(x) < 1e-6 ? 1 : fabs(r) / ((1 + x * x) * loss);
    return r < 0 ? -loss : loss;
}

static double pull_of(int t, double term, double *slope)
{
    const struct sc_term_facts *f = sc_term_facts((enum sc_term)t);
    *slope = f->low > 0 ? PULL / term : PULL;
    return f->low > 0 ? PULL * log(term / f->identity) : PULL * (term - f->identity);
}

static double total(const double basis[SC_TERMS], const double term[SC_TERMS])
{
    double sum = 0;
    for (int t = 0; t < SC_TERMS; t++)
        sum += term[t] * basis[t];
    return sum;
}

/* Residuals into f, derivatives into J; either may be NULL. */
static void evaluate(const gsl_vector *x, const struct data *d, gsl_vector *f, gsl_matrix *J)
{
    double term[SC_TERMS], slope[SC_TERMS], bend;
    for (int t = 0; t < SC_TERMS; t++)
        term[t] = bounded(t, gsl_vector_get(x, (size_t)t), &slope[t]);
    for (size_t i = 0; i < d->points; i++) {
        double sum = total(d->point[i].basis, term), value = robust(log(sum / d->point[i].cycles), &bend);
        if (f)
            gsl_vector_set(f, i, value);
        for (int t = 0; J && t < SC_TERMS; t++)
            gsl_matrix_set(J, i, (size_t)t, bend * slope[t] * d->point[i].basis[t] / sum);
    }
    for (int t = 0; t < SC_TERMS; t++) {
        double value = pull_of(t, term[t], &bend);
        if (f)
            gsl_vector_set(f, d->points + (size_t)t, value);
        for (int u = 0; J && u < SC_TERMS; u++)
            gsl_matrix_set(J, d->points + (size_t)t, (size_t)u, t == u ? bend * slope[t] : 0);
    }
}

static int residuals(const gsl_vector *x, void *data, gsl_vector *f)
{
    evaluate(x, data, f, NULL);
    return GSL_SUCCESS;
}

static int derivatives(const gsl_vector *x, void *data, gsl_matrix *J)
{
    evaluate(x, data, NULL, J);
    return GSL_SUCCESS;
}

/* Identity; where that lies on a bound, a fifth or four fifths of the way to the other one. */
static double start(int t, int attempt)
{
    return sc_term_facts((enum sc_term)t)->low > 0 ? 0 : attempt ? 0.75 : -0.75;
}

static double loss_of(gsl_multifit_nlinear_workspace *w)
{
    const gsl_vector *f = gsl_multifit_nlinear_residual(w);
    double loss;
    gsl_blas_ddot(f, f, &loss);
    return loss;
}

/* (J^T J)^-1 as gsl_multifit_nlinear_covar() has it, which crashes when its own allocations fail. */
static int covariance_of(gsl_matrix *covariance, const gsl_matrix *J)
{
    double tau[SC_TERMS], norm[SC_TERMS];
    gsl_vector_view tau_view = gsl_vector_view_array(tau, SC_TERMS), norm_view = gsl_vector_view_array(norm, SC_TERMS);
    gsl_matrix *qr = gsl_matrix_alloc(J->size1, J->size2);
    gsl_permutation *order = gsl_permutation_alloc(SC_TERMS);
    int sign, status = qr && order ? SC_OK : SC_NO_MEMORY;
    if (status == SC_OK) {
        gsl_matrix_memcpy(qr, J);
        gsl_linalg_QRPT_decomp(qr, &tau_view.vector, order, &sign, &norm_view.vector);
        gsl_multifit_covar_QRPT(qr, order, 0, covariance);
    }
    gsl_permutation_free(order);
    gsl_matrix_free(qr);
    return status;
}

/* Coefficients and their covariance at the minimum. */
static int take(struct sc_dataflow_fit *fit, gsl_multifit_nlinear_workspace *w, size_t points)
{
    double cov[SC_TERMS * SC_TERMS], slope[SC_TERMS], loss = loss_of(w);
    gsl_matrix_view view = gsl_matrix_view_array(cov, SC_TERMS, SC_TERMS);
    const gsl_vector *x = gsl_multifit_nlinear_position(w);
    int status = covariance_of(&view.matrix, gsl_multifit_nlinear_jac(w));
    if (status != SC_OK)
        return status;
    for (int t = 0; t < SC_TERMS; t++)
        fit->term[t] = bounded(t, gsl_vector_get(x, (size_t)t), &slope[t]);
    for (int t = 0; t < SC_TERMS; t++)
        for (int u = 0; u <= t; u++)
            fit->covariance[t][u] = fit->covariance[u][t] =
                cov[t * SC_TERMS + u] * slope[t] * slope[u] * loss / (double)points;
    return SC_OK;
}

int sc_fit_terms(struct sc_dataflow_fit *fit, const struct sc_fit_point *point, size_t points, struct sc_error *err)
{
    struct data data = {point, points};
    double first[SC_TERMS], least = HUGE_VAL;
    int status = SC_OK;
    if (points < POINTS_MIN)
        return SC_OK;
    gsl_multifit_nlinear_fdf fdf = {
        .f = residuals, .df = derivatives, .n = points + SC_TERMS, .p = SC_TERMS, .params = &data};
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &parameters, points + SC_TERMS, SC_TERMS);
    if (!w)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a fit of %zu points", points);
    for (int attempt = 0; attempt < 2 && status == SC_OK; attempt++) {
        gsl_vector_view x = gsl_vector_view_array(first, SC_TERMS);
        int info;
        for (int t = 0; t < SC_TERMS; t++)
            first[t] = start(t, attempt);
        if (gsl_multifit_nlinear_init(&x.vector, &fdf, w) != GSL_SUCCESS)
            continue;
        /* when it does not converge, the best so far counts */
        gsl_multifit_nlinear_driver(ITERATIONS, 1e-9, 1e-9, 0, NULL, NULL, &info, w);
        if (loss_of(w) < least) {
            least = loss_of(w);
            status = take(fit, w, points);
        }
    }
    gsl_multifit_nlinear_free(w);
    if (status != SC_OK)
        return sc_fail(err, status, NULL, 0, "out of memory for the covariance of a fit of %zu points", points);
    return SC_OK;
}

int sc_fit_spread(struct sc_spread *spread, const struct sc_residual *residual, size_t count, struct sc_error *err)
{
    double A[SC_SPREAD_TERMS * SC_SPREAD_TERMS] = {0}, b[SC_SPREAD_TERMS] = {0}, solution[SC_SPREAD_TERMS] = {0};
    *spread = (struct sc_spread){.least = 1, .most = 1}; /* without residuals every spread is 1 */
    if (count < POINTS_MIN)
        return SC_OK;
    for (size_t i = 0; i < count; i++) {
        const double *p = residual[i].predictor;
        double y = log(fabs(residual[i].value) + FLOOR);
        for (int r = 0; r < SC_SPREAD_TERMS; r++) {
            b[r] += p[r] * y;
            for (int c = 0; c < SC_SPREAD_TERMS; c++)
                A[r * SC_SPREAD_TERMS + c] += p[r] * p[c];
        }
    }
    for (int r = 1; r < SC_SPREAD_TERMS; r++) /* predictors that are all the same get no say */
        A[r * SC_SPREAD_TERMS + r] += RIDGE * (double)count;
    gsl_matrix_view matrix = gsl_matrix_view_array(A, SC_SPREAD_TERMS, SC_SPREAD_TERMS);
    gsl_vector_view right = gsl_vector_view_array(b, SC_SPREAD_TERMS),
                    x = gsl_vector_view_array(solution, SC_SPREAD_TERMS);
    if (gsl_linalg_cholesky_decomp1(&matrix.matrix) != GSL_SUCCESS ||
        gsl_linalg_cholesky_solve(&matrix.matrix, &right.vector, &x.vector) != GSL_SUCCESS)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "the spread of %zu residuals cannot be fitted", count);
    double least = HUGE_VAL, most = 0;
    for (int i = 0; i < SC_SPREAD_TERMS; i++)
        spread->coefficient[i] = solution[i];
    spread->least = 0;
    spread->most = HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        double value = sc_spread_of(spread, residual[i].predictor);
        least = sc_min(least, value);
        most = sc_max(most, value);
    }
    spread->least = least;
    spread->most = most;
    return SC_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void sc_fit_scores(struct sc_scores *scores, double *score, size_t count, double caution)
{
    *scores = (struct sc_scores){.count = (unsigned)count};
    if (count == 0)
        return;
    qsort(score, count, sizeof *score, ascending);
    for (int i = 0; i < SC_LEVELS; i++) {
        double tail = caution * (1 - (SC_LEVEL_MIN + i) / 100.0) / 2;
        size_t rank = (size_t)floor((double)(count + 1) * tail + 1e-9);
        rank = rank < 1 ? 1 : rank;
        scores->low[i] = score[rank - 1];
        scores->high[i] = score[count - rank];
    }
}
