/* test_refine.c - which simulations `estimate --refine` makes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "estimate_refine.h"

/* Scores of a uniform distribution on [-1, 1], but for the tails beyond 99 %, which are cut. */
static const struct sc_grid *uniform_grid(void)
{
    static struct sc_grid grid;
    static struct sc_scores scores;
    scores.count = 200;
    for (int i = 0; i < SC_LEVELS; i++) {
        scores.high[i] = (SC_LEVEL_MIN + i) / 100.0;
        scores.low[i] = -scores.high[i];
    }
    sc_grid_fill(&grid, &scores);
    return &grid;
}

static struct sc_contender contender(enum sc_dataflow d, double cycles, double spread)
{
    return (struct sc_contender){.dataflow = d, .cycles = cycles, .spread = spread, .grid = uniform_grid()};
}

Test(refine, grid_has_the_quantiles_of_the_scores)
{
    const struct sc_grid *g = uniform_grid();
    struct sc_grid none;
    for (int i = 0; i < SC_GRID; i++) {
        double expected = 2 * (i + 0.5) / SC_GRID - 1;
        cr_expect_float_eq(g->score[i], fmax(-0.99, fmin(0.99, expected)), 1e-12, "%d: %g", i, g->score[i]);
    }
    sc_grid_fill(&none, NULL);
    for (int i = 0; i < SC_GRID; i++)
        cr_expect_eq(none.score[i], 0);
}

/* Two uniform errors of +-0.1 in ln: P(rival < choice) = (0.2 - lead)^2 / (2 x 0.2^2) for leads from 0 to 0.2, and
 * the expected gain = (0.2 - lead)^3 / (6 x 0.2^2). */
Test(refine, chance_and_gain_of_a_rival)
{
    for (double lead = 0; lead < 0.25; lead += 0.03) {
        struct sc_contender choice = contender(SC_IP_M, 100, 0.1), rival = contender(SC_OP_M, 100 * exp(lead), 0.1);
        double gain, left = fmax(0, 0.2 - lead), chance = sc_contender_beats(&rival, &choice, &gain);
        cr_expect_float_eq(chance, left * left / 0.08, 0.01, "lead %g: %g", lead, chance);
        cr_expect_float_eq(gain, left * left * left / 0.24, 0.0005, "lead %g: %g", lead, gain);
    }
    struct sc_contender a = contender(SC_IP_M, 0, 0.5), b = contender(SC_OP_M, 0, 0);
    cr_expect(isfinite(sc_contender_beats(&a, &b, NULL)));
}

Test(refine, without_errors_all_is_decided)
{
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 0), contender(SC_OP_M, 100, 0)}};
    sc_contest_weigh(&c);
    cr_expect_eq(c.doubt, 0);
    cr_expect_eq(c.regret, 0);
    cr_expect_eq(sc_contest_best(&c), 0, "the first on a tie");
    cr_expect_eq(sc_contest_next(&c), -1);
}

Test(refine, next_is_the_less_known_of_choice_and_rival)
{
    struct sc_contest c = {
        .count = 3,
        .of = {contender(SC_IP_M, 100, 0.02), contender(SC_OP_M, 105, 0.2), contender(SC_GUST_M, 300, 0.2)}};
    cr_expect_eq(sc_contest_next(&c), 1, "the wide rival");
    c.of[0].spread = 0.3;
    cr_expect_eq(sc_contest_next(&c), 0, "the wide choice");
    c.of[0].spread = 0.02;
    c.of[2].cycles = 105;
    cr_expect_eq(sc_contest_next(&c), 0, "two rivals alike: the choice tells about both");
    c.of[0].simulated = true;
    c.of[0].spread = 0;
    cr_expect_eq(sc_contest_next(&c), 1);
}

/* A simulator that knows the truth: 100 x (1 + dataflow) cycles unless told otherwise. */
static double truth[SC_DATAFLOWS];
static unsigned calls;
static int refuse;

static int oracle(const struct sc_machine *machine, const struct sc_layer *layer, const bool wanted[SC_DATAFLOWS],
                  enum sc_energy_case which, const volatile sig_atomic_t *cancel, struct sc_result row[SC_DATAFLOWS],
                  struct sc_error *err)
{
    (void)machine;
    (void)layer;
    (void)which;
    (void)cancel;
    for (int d = 0; d < SC_DATAFLOWS; d++)
        if (wanted[d])
            row[d] = (struct sc_result){.cycles = truth[d]};
    calls++;
    return calls > (unsigned)refuse && refuse > 0 ? sc_fail(err, SC_UNSUPPORTED, NULL, 0, "no") : SC_OK;
}

/* Simulates until the doubt is gone, as the command does. */
static int settle(struct sc_contest *c)
{
    static struct sc_bound bound;
    struct sc_refine_tools tools = {&bound, oracle, SC_ENERGY_NOMINAL, NULL};
    struct sc_layer layer = {.name = "l"};
    struct sc_error err;
    int status = SC_OK, next;
    calls = 0;
    sc_contest_weigh(c);
    while (status == SC_OK && c->doubt > 0.05 && (next = sc_contest_next(c)) >= 0)
        status = sc_contest_simulate(c, (unsigned)next, &layer, &tools, &err);
    return status;
}

Test(refine, simulates_no_more_than_needed)
{
    struct sc_contest c = {
        .count = 3,
        .of = {contender(SC_IP_M, 100, 0.01), contender(SC_OP_M, 105, 0.2), contender(SC_GUST_M, 300, 0.2)}};
    truth[SC_IP_M] = 100;
    truth[SC_OP_M] = 120;
    truth[SC_GUST_M] = 1; /* never asked: its errors are too small for it to win */
    cr_assert_eq(settle(&c), SC_OK);
    cr_expect_eq(calls, 1, "the wide rival alone decides");
    cr_expect(c.of[1].simulated && !c.of[0].simulated && !c.of[2].simulated);
    cr_expect_eq(c.of[1].cycles, 120);
    cr_expect_eq(c.doubt, 0);
    cr_expect_eq(sc_contest_best(&c), 0);
    free(c.row);
}

Test(refine, a_rival_may_win)
{
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 0.1), contender(SC_OP_M, 105, 0.1)}};
    truth[SC_IP_M] = 104;
    truth[SC_OP_M] = 103;
    cr_assert_eq(settle(&c), SC_OK);
    cr_expect_eq(calls, 2, "closer than one error");
    cr_expect_eq(sc_contest_best(&c), 1);
    cr_expect_eq(c.row[1].cycles, 103);
    cr_expect_eq(c.simulations, 2);
    free(c.row);
}

Test(refine, failures_leave_what_was_known)
{
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 0.1), contender(SC_OP_M, 101, 0.1)}};
    truth[SC_IP_M] = truth[SC_OP_M] = 100;
    refuse = 1; /* the second simulation fails */
    cr_expect_eq(settle(&c), SC_UNSUPPORTED);
    cr_expect(c.stuck);
    cr_expect_eq(c.simulations, 1);
    cr_expect_eq(c.of[0].simulated + c.of[1].simulated, 1);
    cr_expect_eq(c.of[1].simulated ? c.of[0].cycles : c.of[1].cycles, c.of[1].simulated ? 100 : 101);
    free(c.row);
}

Test(refine, budgets)
{
    static const struct {
        const char *text;
        bool good;
        double seconds;
        uint64_t pairs;
    } cases[] = {{"30s", true, 30, 0},  {"0.5s", true, 0.5, 0}, {"500", true, 0, 500}, {"0", false, 0, 0},
                 {"s", false, 0, 0},    {"-3s", false, 0, 0},   {"3.5", false, 0, 0},  {"", false, 0, 0},
                 {"1e9s", false, 0, 0}, {"10m", false, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_refine_budget b;
        cr_expect_eq(sc_refine_budget_parse(&b, cases[i].text), cases[i].good, "%s", cases[i].text);
        if (cases[i].good)
            cr_expect(b.seconds == cases[i].seconds && b.pairs == cases[i].pairs);
    }
}
