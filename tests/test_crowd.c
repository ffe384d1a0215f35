/* test_crowd.c - walks over fibers that stream side by side, against draws of their lengths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "estimator/crowd.h"

static void bind(struct sc_shapes *s)
{
    struct sc_machine m = {.name = "test", .multipliers = 64, .element_bytes = 4, .dn_bandwidth = 16, .str_banks = 16,
                           .str_line_bytes = 128};
    struct sc_error err = {0};
    cr_assert_eq(sc_shapes_init(s, &m, &err), SC_OK, "%s", err.message);
}

static unsigned draw_length(const struct sc_lengths *l, gsl_rng *rng)
{
    double place = gsl_rng_uniform(rng);
    const struct sc_stratum *t = l->stratum;
    for (; place >= t->share && t + 1 < l->stratum + l->strata; t++)
        place -= t->share;
    if (t->variance <= 0)
        return (unsigned)t->mean;
    double p = 1 - t->variance / (t->mean * l->unit), trials = t->mean / l->unit / p;
    return (unsigned)l->unit * gsl_ran_binomial(rng, p, (unsigned)round(trials));
}

/* Means over draws, and standard errors. */
struct drawn {
    struct sc_walk walk;
    double error, steps; /* of the banks and of the steps */
};

static void draw_walk(struct drawn *d, const struct sc_shapes *s, const struct sc_lengths *l, unsigned n,
                      unsigned alike, gsl_rng *rng)
{
    enum { DRAWS = 3000 };
    double squares = 0, steps = 0;
    *d = (struct drawn){.error = 0};
    for (int draw = 0; draw < DRAWS; draw++) {
        unsigned length[64], most = 0;
        double banks = 0;
        for (unsigned i = 0; i < n; i++) {
            length[i] = i % alike ? length[i - 1] : draw_length(l, rng);
            most = length[i] > most ? length[i] : most;
        }
        for (unsigned step = 0; step < most; step++) {
            unsigned live = 0;
            for (unsigned i = 0; i < n; i++)
                live += length[i] > step;
            banks += s->fullest[live];
            d->walk.cycles += fmax(fmax(1, s->fullest[live]), ceil(live / 16.0)) / DRAWS;
        }
        d->walk.steps += most / (double)DRAWS;
        d->walk.banks += banks / DRAWS;
        squares += banks * banks / DRAWS;
        steps += (double)most * most / DRAWS;
    }
    d->steps = sqrt(fmax(0, steps - d->walk.steps * d->walk.steps) / DRAWS);
    d->error = sqrt(fmax(0, squares - d->walk.banks * d->walk.banks) / DRAWS);
}

/* Short and long fibers, runs, mixtures with a few very long ones, copies of one length: within four standard errors of
 * the draws and 4 % of what the mean number of living fibers leaves out, 6 % where several strata or copies end at
 * different times. */
Test(crowd, walks)
{
    static const struct {
        double mean[3], p[3], share[3], unit;
        unsigned alike;
    } cases[] = {{{2}, {0.1}, {1}, 1, 1},
                 {{6}, {0.3}, {1}, 1, 1},
                 {{20}, {0.25}, {1}, 1, 1},
                 {{60}, {0.2}, {1}, 1, 1},
                 {{400}, {0.5}, {1}, 1, 1},
                 {{32}, {0.2}, {1}, 4, 1},
                 {{300, 60, 12}, {0.5, 0.2, 0.1}, {1. / 3, 1. / 3, 1. / 3}, 1, 1},
                 {{200, 4}, {0.5, 0.1}, {0.02, 0.98}, 1, 1},
                 {{30}, {0.3}, {1}, 1, 4}};
    struct sc_shapes s;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    bind(&s);
    for (int i = 0; i < 9; i++)
        for (unsigned n = cases[i].alike; n <= 64; n *= 2) {
            struct sc_lengths l = {.fibers = 1e6, .width = 1e6, .unit = cases[i].unit};
            struct sc_survival lengths;
            struct sc_walk found;
            struct drawn drawn;
            for (unsigned j = 0; j < 3 && cases[i].mean[j] > 0; j++)
                l.stratum[l.strata++] = (struct sc_stratum){
                    cases[i].share[j], cases[i].mean[j], cases[i].mean[j] * (1 - cases[i].p[j]) * cases[i].unit};
            sc_lengths_finish(&l);
            struct sc_crowd c = {
                .fibers = n, .alike = cases[i].alike, .multipliers = n, .run = 1, .random = true, .dn = 16};
            sc_survival_fill(&lengths, &l, false);
            sc_crowd_walk(&s, &lengths, &c, &found);
            draw_walk(&drawn, &s, &l, n, cases[i].alike, rng);
            double steps = l.strata > 1 ? 0.05 : 0.02, banks = l.strata > 1 || cases[i].alike > 1 ? 0.06 : 0.04;
            cr_expect_float_eq(found.steps, drawn.walk.steps, 4 * drawn.steps + steps * drawn.walk.steps,
                               "case %d, %u fibers: %g steps, drawn %g", i, n, found.steps, drawn.walk.steps);
            cr_expect_float_eq(found.banks, drawn.walk.banks, 4 * drawn.error + banks * drawn.walk.banks,
                               "case %d, %u fibers: %g bank cycles, drawn %g", i, n, found.banks, drawn.walk.banks);
            cr_expect_float_eq(found.cycles, drawn.walk.cycles, 4 * drawn.error + banks * drawn.walk.cycles,
                               "case %d, %u fibers: %g cycles, drawn %g", i, n, found.cycles, drawn.walk.cycles);
        }
    gsl_rng_free(rng);
    sc_shapes_free(&s);
}

Test(crowd, like_neighbours_average_classes)
{
    struct sc_shapes s;
    struct sc_lengths mixed = {.fibers = 100, .width = 500, .unit = 1, .strata = 2}, one;
    struct sc_survival lengths;
    struct sc_crowd c = {.fibers = 20, .alike = 1, .multipliers = 20, .run = 1, .random = true};
    struct sc_walk found, part[2];
    bind(&s);
    mixed.stratum[0] = (struct sc_stratum){0.25, 200, 90};
    mixed.stratum[1] = (struct sc_stratum){0.75, 10, 8};
    sc_lengths_finish(&mixed);
    sc_survival_fill(&lengths, &mixed, true);
    sc_crowd_walk(&s, &lengths, &c, &found);
    for (int i = 0; i < 2; i++) {
        sc_lengths_single(&one, 100, 500, 1, mixed.stratum[i].mean, mixed.stratum[i].variance);
        sc_survival_fill(&lengths, &one, false);
        sc_crowd_walk(&s, &lengths, &c, &part[i]);
    }
    cr_expect_float_eq(found.steps, 0.25 * part[0].steps + 0.75 * part[1].steps, 1e-9);
    cr_expect_float_eq(found.banks, 0.25 * part[0].banks + 0.75 * part[1].banks, 1e-9);
    c.fibers = 0;
    sc_crowd_walk(&s, &lengths, &c, &found);
    cr_expect(found.steps == 0 && found.banks == 0 && found.cycles == 0);
    sc_shapes_free(&s);
}

/* Steps times the share that lives are the mean length, since E[length] is the sum of P(length > t): of one class or of
 * as many as there are strata, points enough for all or not. */
Test(crowd, survival_keeps_the_mean_length)
{
    for (unsigned strata = 1; strata <= SC_STRATA_MAX; strata++)
        for (int together = 0; together < 2; together++) {
            struct sc_lengths l = {.fibers = 1000, .width = 5000, .unit = 1, .strata = strata};
            struct sc_survival s;
            double sum = 0;
            unsigned at = 0;
            for (unsigned i = 0; i < strata; i++)
                l.stratum[i] = (struct sc_stratum){1.0 / strata, i % 2 ? 40.0 * i : 20 + i, i % 2 ? 30.0 * i : 19};
            sc_lengths_finish(&l);
            sc_survival_fill(&s, &l, together);
            for (unsigned c = 0; c < s.classes; c++)
                for (; at < s.class[c].end; at++)
                    sum += s.class[c].share * s.point[at].weight * s.point[at].alive;
            cr_expect(fabs(sum / l.mean - 1) < 0.01, "%u strata, %s: %g steps live, mean %g, %u points", strata,
                      together ? "apart" : "mixed", sum, l.mean, s.points);
        }
}

/* Few lines: no bank holds more than its share of them, and words of few lines fill few banks. */
Test(crowd, few_lines)
{
    struct sc_shapes s;
    struct sc_lengths l;
    struct sc_survival lengths;
    struct sc_walk found;
    bind(&s);
    sc_lengths_single(&l, 64, 100, 1, 6, 0);
    sc_survival_fill(&lengths, &l, false);
    struct sc_crowd c = {
        .fibers = 64, .alike = 1, .multipliers = 64, .run = 1, .length = 6, .taken = 1, .all_lines = 12, .lines = true};
    sc_crowd_walk(&s, &lengths, &c, &found);
    cr_expect_float_eq(found.banks, found.steps, 1e-9, "twelve lines in sixteen banks: %g for %g steps", found.banks,
                       found.steps);
    c.lines = false;
    c.all_lines = 2;
    sc_crowd_walk(&s, &lengths, &c, &found);
    cr_expect_geq(found.banks, 32 * found.steps, "64 words of two lines: %g", found.banks);
    sc_shapes_free(&s);
}

/* E[ceil(x / b)] of whole numbers spread evenly. */
Test(crowd, beats)
{
    cr_expect_float_eq(sc_crowd_beats(16, 0, 16), 1, 1e-9);
    cr_expect_float_eq(sc_crowd_beats(17, 0, 16), 2, 1e-9);
    cr_expect_float_eq(sc_crowd_beats(64, 0, 16), 4, 1e-9);
    cr_expect_float_eq(sc_crowd_beats(3, 1, 16), 1, 1e-9);
    for (int half = 1; half < 40; half += 6) { /* numbers mean - half .. mean + half */
        double sum = 0, mean = 50;
        for (int x = -half; x <= half; x++)
            sum += ceil((mean + x) / 16) / (2 * half + 1);
        cr_expect_float_eq(sc_crowd_beats(mean, half / 1.7320508, 16), sum, 0.02 * sum, "spread %d: %g, counted %g",
                           half, sc_crowd_beats(mean, half / 1.7320508, 16), sum);
    }
}
