/* test_refine.c - which simulations `estimate --refine` makes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "estimate_refine.h"

static struct sc_contender contender(enum sc_dataflow d, double cycles, double factor)
{
    return (struct sc_contender){.dataflow = d, .cycles = cycles, .low = cycles / factor, .high = cycles * factor};
}

Test(refine, decided_where_intervals_leave_no_doubt)
{
    struct sc_contest c = {
        .count = 3,
        .of = {contender(SC_IP_M, 100, 1.05), contender(SC_OP_M, 130, 1.05), contender(SC_GUST_M, 90, 1.05)}};
    cr_expect_eq(sc_contest_best(&c), 2);
    cr_expect_eq(sc_contest_rival(&c, 90), -1, "ln(100/90) = 0.105 is more than 0.049 sqrt 2 = 0.069");
    c.of[0] = contender(SC_IP_M, 96, 1.05);
    cr_expect_eq(sc_contest_rival(&c, 90), 0);
    c.of[1] = contender(SC_OP_M, 130, 2);
    cr_expect_eq(sc_contest_rival(&c, 90), 1, "the wide one may gain more");
}

Test(refine, without_intervals_all_is_decided)
{
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 1), contender(SC_OP_M, 100, 1)}};
    cr_expect_eq(sc_contest_rival(&c, 90), -1);
    cr_expect_eq(sc_contest_best(&c), 0, "the first on a tie");
    cr_expect_eq(sc_contest_regret(&c, 90), 0);
    struct sc_contest zero = {.count = 2, .of = {contender(SC_IP_M, 0, 1.5), contender(SC_OP_M, 0, 1.5)}};
    cr_expect_eq(sc_contest_rival(&zero, 90), -1);
    cr_expect(isfinite(sc_contest_regret(&zero, 90)));
}

/* Against direct integration: rival 1.1 times as long, both with normal errors of 0.1 / 1.645 in ln. */
Test(refine, expected_regret)
{
    double half = log(1.1), deviation = half * sqrt(2) / 1.6448536, mean = log(1.1), sum = 0, step = deviation / 1000;
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 1.1), contender(SC_OP_M, 110, 1.1)}};
    for (double x = mean - 8 * deviation; x < 0; x += step)
        sum +=
            -x * exp(-(x - mean) * (x - mean) / (2 * deviation * deviation)) / (deviation * sqrt(2 * acos(-1))) * step;
    cr_expect_float_eq(sc_contest_regret(&c, 90), sum, 1e-5);
    cr_expect_lt(sc_contest_regret(&c, 99), sc_contest_regret(&c, 90),
                 "the same width at a higher level means smaller errors");
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

static struct sc_bound bound;

static int settle(struct sc_contest *c)
{
    struct sc_refine_tools tools = {&bound, oracle, SC_ENERGY_NOMINAL, NULL};
    struct sc_layer layer = {.name = "l"};
    struct sc_error err;
    bound.corrector.level = 90;
    calls = 0;
    return sc_contest_settle(c, &layer, &tools, &err);
}

Test(refine, simulates_the_less_known_until_decided)
{
    struct sc_contest c = {
        .count = 3,
        .of = {contender(SC_IP_M, 100, 1.01), contender(SC_OP_M, 105, 1.2), contender(SC_GUST_M, 300, 1.2)}};
    truth[SC_IP_M] = 100;
    truth[SC_OP_M] = 120;
    truth[SC_GUST_M] = 1; /* never asked: its interval says that it cannot win */
    cr_assert_eq(settle(&c), SC_OK);
    cr_expect_eq(calls, 1, "the wide rival alone decides");
    cr_expect(c.of[1].simulated && !c.of[0].simulated && !c.of[2].simulated);
    cr_expect_eq(c.of[1].cycles, 120);
    cr_expect_eq(sc_contest_best(&c), 0);
    free(c.row);
}

Test(refine, a_rival_may_win)
{
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 1.1), contender(SC_OP_M, 105, 1.1)}};
    truth[SC_IP_M] = 104;
    truth[SC_OP_M] = 103;
    cr_assert_eq(settle(&c), SC_OK);
    cr_expect_eq(calls, 2, "closer than one interval");
    cr_expect_eq(sc_contest_best(&c), 1);
    cr_expect_eq(c.row[1].cycles, 103);
    cr_expect_eq(c.simulations, 2);
    free(c.row);
}

Test(refine, failures_leave_the_contest_as_it_was)
{
    struct sc_contest c = {.count = 2, .of = {contender(SC_IP_M, 100, 1.1), contender(SC_OP_M, 101, 1.1)}};
    truth[SC_IP_M] = truth[SC_OP_M] = 100;
    refuse = 1; /* the second simulation fails */
    cr_expect_eq(settle(&c), SC_UNSUPPORTED);
    cr_expect_null(c.row);
    cr_expect(!c.of[0].simulated && !c.of[1].simulated && c.simulations == 0);
    cr_expect_eq(c.of[0].cycles, 100);
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
