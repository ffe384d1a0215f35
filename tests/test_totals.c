/* test_totals.c - sums over layers: counts honoured, utilisation weighted by time, one sum per network, machine and
 * dataflow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "totals.h"

static struct sc_result row(const char *model, const char *dataflow, double cycles, double utilization, bool best)
{
    struct sc_result r = {.layer = "l",
                          .model = model,
                          .machine = "m",
                          .dataflow = dataflow,
                          .source = "estimate",
                          .config = "c",
                          .note = "",
                          .bound = best ? "DRAM" : "steps"};
    r.cycles = cycles;
    r.utilization = utilization;
    r.products = 64 * cycles * utilization;
    r.time_s = cycles * 1e-9;
    r.energy_j = cycles * 1e-6;
    r.area_mm2 = 5;
    r.best = best;
    return r;
}

static const struct sc_result *find(const struct sc_totals *t, const char *model, const char *dataflow)
{
    for (size_t i = 0; i < sc_totals_count(t); i++) {
        const struct sc_result *r = sc_totals_row(t, i);
        if (strcmp(r->model, model) == 0 && strcmp(r->dataflow, dataflow) == 0)
            return r;
    }
    cr_assert_fail("no sum for %s %s", model, dataflow);
    return NULL;
}

Test(totals, counts_and_choices)
{
    struct sc_totals *t = sc_totals_new();
    struct sc_error err;
    struct sc_result rows[] = {row("net", "ip-m", 100, 0.5, true), row("net", "op-m", 300, 0.25, false),
                               row("net", "ip-m", 1000, 0.1, false), row("net", "op-m", 200, 0.75, true)};
    double count[] = {2, 2, 3, 3};
    for (int i = 0; i < 4; i++)
        cr_assert_eq(sc_totals_add(t, &rows[i], count[i], &err), SC_OK);
    cr_assert_eq(sc_totals_count(t), 3);
    const struct sc_result *ip = find(t, "net", "ip-m"), *op = find(t, "net", "op-m"), *best = find(t, "net", "best");
    cr_expect_float_eq(ip->cycles, 3200, 1e-9);
    cr_expect_float_eq(op->cycles, 1200, 1e-9);
    cr_expect_float_eq(best->cycles, 2 * 100 + 3 * 200, 1e-9);
    cr_expect(best->best && !ip->best);
    /* products over multiplier-cycles offered, not the mean of the shares */
    cr_expect_float_eq(ip->utilization, (2 * 100 * 0.5 + 3 * 1000 * 0.1) / 3200, 1e-12);
    cr_expect_float_eq(best->utilization, (2 * 100 * 0.5 + 3 * 200 * 0.75) / 800, 1e-12);
    cr_expect_float_eq(best->edp_js, best->energy_j * best->time_s, 1e-18);
    cr_expect_eq(best->area_mm2, 5, "an area does not add up");
    cr_expect_str_eq(ip->layer, "total of 5 layers");
    cr_expect_str_eq(ip->bound, "steps", "3000 of 3200 cycles");
    cr_expect_str_eq(op->bound, "steps", "600 cycles each: the first");
    cr_expect_str_eq(best->bound, "DRAM");
    cr_expect_str_eq(best->source, "estimate");
    rows[0].source = "simulation";
    cr_assert_eq(sc_totals_add(t, &rows[0], 1, &err), SC_OK);
    cr_expect_str_eq(find(t, "net", "ip-m")->source, "mixed");
    cr_expect_str_eq(find(t, "net", "op-m")->source, "estimate");
    sc_totals_free(t);
}

Test(totals, idle_time_counts)
{
    struct sc_totals *t = sc_totals_new();
    struct sc_error err;
    struct sc_result rows[] = {row("net", "ip-m", 100, 0.5, false), row("net", "ip-m", 900, 0, false)};
    for (int i = 0; i < 2; i++)
        cr_assert_eq(sc_totals_add(t, &rows[i], 1, &err), SC_OK);
    cr_expect_float_eq(sc_totals_row(t, 0)->utilization, 0.05, 1e-12);
    sc_totals_free(t);
}

Test(totals, one_sum_per_network)
{
    struct sc_totals *t = sc_totals_new();
    struct sc_error err;
    for (int i = 0; i < 300; i++) {
        char model[16];
        snprintf(model, sizeof model, "net%d", i % 100);
        struct sc_result r = row(model, "ip-m", 1, 1, false);
        cr_assert_eq(sc_totals_add(t, &r, 1, &err), SC_OK);
    }
    cr_assert_eq(sc_totals_count(t), 100);
    for (size_t i = 0; i < 100; i++)
        cr_expect_eq(sc_totals_row(t, i)->cycles, 3);
    sc_totals_free(t);
}
