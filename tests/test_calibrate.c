/* test_calibrate.c - fitting, conformal intervals and drawing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "calibrate/calibrate.h"
#include "calibrate/draw.h"
#include "calibrate/fit.h"
#include "machine_files.h"

static gsl_rng *rng;

static void set_up(void)
{
    use_source_data();
    rng = gsl_rng_alloc(gsl_rng_mt19937);
}

static void tear_down(void)
{
    gsl_rng_free(rng);
}

TestSuite(calibrate, .init = set_up, .fini = tear_down, .timeout = 60);

enum { POINTS = 400 };
static const double TRUE_TERMS[SC_TERMS] = {1.4, 0.75, 1.1, 1.6, 0.2};

/* Points of the true terms with multiplicative noise of so many percent, every `wild`-th of them far off (0: none). */
static void make_points(struct sc_fit_point *point, double noise, int wild)
{
    for (int i = 0; i < POINTS; i++) {
        double sum = 0;
        for (int t = 0; t < SC_TERMS; t++) {
            point[i].basis[t] = exp(4 * gsl_rng_uniform(rng)) * 100;
            sum += TRUE_TERMS[t] * point[i].basis[t];
        }
        point[i].cycles = sum * exp(gsl_ran_gaussian(rng, noise / 100)) * (wild && i % wild == 0 ? 5 : 1);
    }
}

Test(calibrate, recovers_known_coefficients)
{
    static const struct {
        double noise;
        int wild;
        double tolerance;
    } cases[] = {{0, 0, 0.01}, {1, 0, 0.02}, {1, 10, 0.03}, {5, 0, 0.08}};
    static struct sc_fit_point point[POINTS];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct sc_dataflow_fit fit = {.fitted = false};
        struct sc_error err;
        make_points(point, cases[c].noise, cases[c].wild);
        cr_assert_eq(sc_fit_terms(&fit, point, POINTS, &err), SC_OK);
        for (int t = 0; t < SC_TERMS; t++)
            cr_expect_float_eq(fit.term[t], TRUE_TERMS[t], cases[c].tolerance, "case %zu, %s: %g, expected %g", c,
                               sc_term_facts((enum sc_term)t)->name, fit.term[t], TRUE_TERMS[t]);
    }
}

/* Over repeated draws the coefficients scatter as the covariance says. */
Test(calibrate, covariance_is_the_scatter)
{
    enum { DRAWS = 40 };
    static struct sc_fit_point point[POINTS];
    double sum[SC_TERMS] = {0}, squares[SC_TERMS] = {0}, said[SC_TERMS] = {0};
    for (int draw = 0; draw < DRAWS; draw++) {
        struct sc_dataflow_fit fit = {.fitted = false};
        make_points(point, 2, 0);
        cr_assert_eq(sc_fit_terms(&fit, point, POINTS, NULL), SC_OK);
        for (int t = 0; t < SC_TERMS; t++) {
            sum[t] += fit.term[t] / DRAWS;
            squares[t] += fit.term[t] * fit.term[t] / DRAWS;
            said[t] += fit.covariance[t][t] / DRAWS;
            for (int u = 0; u < SC_TERMS; u++)
                cr_expect_eq(fit.covariance[t][u], fit.covariance[u][t]);
        }
    }
    for (int t = 0; t < SC_TERMS; t++) { /* 40 draws know a deviation within 11 %; the loss flattens it a little more */
        double scatter = sqrt(squares[t] - sum[t] * sum[t]);
        cr_expect(scatter > 0.6 * sqrt(said[t]) && scatter < 1.7 * sqrt(said[t]), "%s: scatter %g, covariance says %g",
                  sc_term_facts((enum sc_term)t)->name, scatter, sqrt(said[t]));
    }
}

Test(calibrate, unknown_terms_stay_at_the_identity)
{
    static struct sc_fit_point point[POINTS];
    struct sc_dataflow_fit fit = {.fitted = false};
    make_points(point, 1, 0);
    for (int i = 0; i < POINTS; i++) { /* no merging in any of them */
        point[i].cycles -= TRUE_TERMS[SC_TERM_MERGE] * point[i].basis[SC_TERM_MERGE];
        point[i].basis[SC_TERM_MERGE] = 0;
        point[i].cycles = fmax(point[i].cycles, 1);
    }
    cr_assert_eq(sc_fit_terms(&fit, point, POINTS, NULL), SC_OK);
    cr_expect_float_eq(fit.term[SC_TERM_MERGE], 1, 1e-6);
}

Test(calibrate, bounds_hold)
{
    static struct sc_fit_point point[POINTS];
    struct sc_dataflow_fit fit = {.fitted = false};
    make_points(point, 0, 0);
    for (int i = 0; i < POINTS; i++)
        point[i].cycles *= i % 2 ? 100 : 50;
    cr_assert_eq(sc_fit_terms(&fit, point, POINTS, NULL), SC_OK);
    for (int t = 0; t < SC_TERMS; t++) {
        const struct sc_term_facts *f = sc_term_facts((enum sc_term)t);
        cr_expect(fit.term[t] >= f->low && fit.term[t] <= f->high && isfinite(fit.term[t]), "%s: %g", f->name,
                  fit.term[t]);
        cr_expect(isfinite(fit.covariance[t][t]) && fit.covariance[t][t] >= 0);
    }
}

/* A heavy-tailed residual whose scale goes with a predictor. */
static struct sc_residual draw_residual(void)
{
    struct sc_residual r = {.predictor = {1, 12 * gsl_rng_uniform(rng), gsl_rng_uniform(rng), 0, 0}};
    r.value = 0.02 * exp(1.5 * r.predictor[2] - 0.1 * r.predictor[1]) * gsl_ran_tdist(rng, 2);
    return r;
}

Test(calibrate, spread_follows_its_predictors)
{
    enum { COUNT = 5000 };
    static struct sc_residual r[COUNT];
    struct sc_spread s;
    for (int i = 0; i < COUNT; i++)
        r[i] = draw_residual();
    cr_assert_eq(sc_fit_spread(&s, r, COUNT, NULL), SC_OK);
    cr_expect_float_eq(s.coefficient[1], -0.1, 0.03);
    cr_expect_float_eq(s.coefficient[2], 1.5, 0.25);
    cr_expect_eq(s.coefficient[3], 0);
    cr_expect(s.least > 0 && s.least < s.most && isfinite(s.most));
}

/* Split-conformal intervals hold their share of new draws, whatever the distribution: the mean coverage over
 * repetitions is between p and p + 2 / (n + 1). */
Test(calibrate, conformal_coverage_of_heavy_tails)
{
    enum { SCORES = 120, NEW = 400, REPETITIONS = 60 };
    static const int levels[] = {50, 80, 90, 95};
    double covered[4] = {0};
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double score[SCORES];
        struct sc_scores scores;
        for (int i = 0; i < SCORES; i++)
            score[i] = gsl_ran_tdist(rng, 1.5) + 0.3;
        sc_fit_scores(&scores, score, SCORES, 1);
        for (int i = 0; i < NEW; i++) {
            double x = gsl_ran_tdist(rng, 1.5) + 0.3;
            for (int l = 0; l < 4; l++)
                covered[l] += x >= scores.low[levels[l] - SC_LEVEL_MIN] && x <= scores.high[levels[l] - SC_LEVEL_MIN];
        }
    }
    for (int l = 0; l < 4; l++) {
        double share = 100 * covered[l] / (NEW * REPETITIONS);
        cr_expect(share > levels[l] - 2 && share < levels[l] + 4, "%d %%: %.2f %% covered", levels[l], share);
    }
}

Test(calibrate, caution_moves_the_tails)
{
    double score[399];
    struct sc_scores plain, cautious;
    for (int i = 0; i < 399; i++)
        score[i] = i + 1;
    sc_fit_scores(&plain, score, 399, 1);
    sc_fit_scores(&cautious, score, 399, 0.5);
    cr_expect_eq(plain.low[90 - SC_LEVEL_MIN], 20);
    cr_expect_eq(plain.high[90 - SC_LEVEL_MIN], 380);
    cr_expect_eq(cautious.low[90 - SC_LEVEL_MIN], 10, "as 95 %% of the plain ones");
    cr_expect_eq(cautious.high[80 - SC_LEVEL_MIN], plain.high[90 - SC_LEVEL_MIN]);
}

Test(calibrate, scores_of_few_layers)
{
    double score[] = {3, 1, 2};
    struct sc_scores scores;
    sc_fit_scores(&scores, score, 3, 1);
    cr_expect_eq(scores.count, 3);
    for (int i = 0; i < SC_LEVELS; i++) {
        cr_expect_eq(scores.low[i], 1);
        cr_expect_eq(scores.high[i], 3);
    }
    sc_fit_scores(&scores, score, 0, 1);
    cr_expect_eq(scores.count, 0);
}

Test(calibrate, drawn_layers_fill_the_space)
{
    enum { COUNT = 300 };
    struct sc_held_layers held = {0};
    struct sc_draw_options options = {.kind = SC_DRAW_MIXED, .seed = 3, .layers = COUNT, .cost = 1e7};
    bool seen[SC_PATTERN_KINDS] = {false};
    unsigned structured = 0, small = 0, large = 0;
    cr_assert_eq(sc_draw_layers(&held, &options, NULL), SC_OK);
    cr_assert_eq(held.layers, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const struct sc_layer *l = &held.layer[i];
        seen[l->pattern_a.kind] = seen[l->pattern_b.kind] = true;
        structured += sc_operands_of(l) == SC_OPERANDS_STRUCTURED;
        small += l->M < 100;
        large += l->M > 3000;
        cr_expect_leq(sc_draw_cost(l), 1e7);
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(l->name, held.layer[j].name);
    }
    cr_expect(structured > 120 && structured < 200, "%u structured", structured);
    cr_expect(small > 50 && large > 10, "%u small, %u large", small, large);
    for (int k = 0; k < SC_PATTERN_KINDS && k <= SC_NM; k++)
        cr_expect(seen[k]);
    sc_held_layers_free(&held);
}

Test(calibrate, impossible_draws_fail)
{
    struct sc_held_layers held = {0};
    struct sc_draw_options options = {.kind = SC_DRAW_UNIFORM, .seed = 3, .layers = 2, .cost = 1};
    struct sc_error err;
    cr_expect_eq(sc_draw_layers(&held, &options, &err), SC_BAD_INPUT);
    sc_held_layers_free(&held);
}

Test(calibrate, varied_machines_are_valid_and_differ)
{
    struct sc_machine m, v[6];
    cr_assert_eq(sc_machine_read(&m, "flexagon", NULL, NULL), SC_OK);
    for (unsigned p = 0; p < 6; p++) {
        struct sc_plan plan;
        cr_assert_eq(sc_draw_machine(&v[p], &m, 1, p + 1, NULL), SC_OK);
        cr_expect(v[p].dram_gbps >= m.dram_gbps / 2 && v[p].dram_gbps <= m.dram_gbps * 2);
        cr_expect(v[p].multipliers >= m.multipliers / 2 && v[p].multipliers <= m.multipliers * 2);
        cr_expect_eq(v[p].element_bytes, m.element_bytes);
        cr_assert_eq(sc_plan_init(&plan, &v[p], NULL), SC_OK);
        sc_plan_free(&plan);
        for (unsigned q = 0; q < p; q++)
            cr_expect_neq(v[p].dram_gbps, v[q].dram_gbps);
    }
}

/* A tiny training set: deterministic over threads, roles as asked for, sane coefficients. */
Test(calibrate, learns_the_same_with_any_number_of_threads)
{
    static struct sc_calibration c[2];
    struct sc_machine m;
    struct sc_error err;
    enum sc_role role[40];
    cr_assert_eq(sc_machine_read(&m, "gamma-like", NULL, &err), SC_OK);
    for (unsigned jobs = 1; jobs <= 2; jobs++) {
        struct sc_training t;
        struct sc_calibrate_options options = {
            .machine = &m, .seed = 5, .layers = 40, .cost = 2e5, .variants = 2, .jobs = jobs, .quiet = true};
        cr_assert_eq(sc_training_make(&t, &options, NULL, 0, &err), SC_OK, "%s", err.message);
        cr_assert_eq(sc_training_roles(&t, 4, 1, role, &err), SC_OK);
        unsigned count[3] = {0};
        for (int l = 0; l < 40; l++)
            count[role[l]]++;
        cr_expect_eq(count[SC_ROLE_HELD_OUT], 10);
        cr_expect_eq(count[SC_ROLE_FIT], 12);
        cr_assert_eq(sc_training_learn(&t, role, &c[jobs - 1], &err), SC_OK);
        sc_training_free(&t);
    }
    cr_expect_arr_eq(&c[0], &c[1], sizeof c[0]);
    cr_expect(c[0].of[SC_GUST_M].fitted);
    cr_expect_not(c[0].of[SC_IP_M].fitted);
    cr_expect_gt(c[0].of[SC_GUST_M].scores[SC_OPERANDS_UNIFORM].count, 0);
    cr_expect(c[0].of[SC_GUST_M].term[SC_TERM_STREAM] > 0.7 && c[0].of[SC_GUST_M].term[SC_TERM_STREAM] < 1.4);
    cr_expect_lt(c[0].domain[SC_DOMAIN_K].low, c[0].domain[SC_DOMAIN_K].high);
}
