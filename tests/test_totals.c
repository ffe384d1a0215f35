/* test_totals.c - sums of result rows per network, machine and dataflow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimator/totals.h"

/* A row of which every number but area and utilisation is a multiple of `x`, a different one per column. */
static struct sc_result row_of(const char *model, const char *machine, const char *dataflow, double x)
{
    struct sc_result r = {.layer = "layer", .model = model, .machine = machine, .dataflow = dataflow, .source = "estimate",
                          .config = "config"};
    double factor = 1;
#define SC_TEXT_SET(name)
#define SC_FLAG_SET(name)
#define SC_NUMBER_SET(name) r.name = x * factor++;
#define X(name, kind, unit, meaning) SC_##kind##_SET(name)
    SC_RESULT_COLUMNS(X)
#undef X
    r.area_mm2 = 5.28;
    r.utilization = 0.5;
    return r;
}

static void add(struct sc_totals *t, const struct sc_result *r, double count)
{
    struct sc_error err = {0};
    cr_assert_eq(sc_totals_add(t, r, count, &err), SC_OK, "%s", err.message);
}

/* The sum of these names; fails when there is none or two. */
static const struct sc_result *total(const struct sc_totals *t, const char *model, const char *machine, const char *dataflow)
{
    const struct sc_result *found = NULL;
    for (size_t i = 0; i < sc_totals_count(t); i++) {
        const struct sc_result *r = sc_totals_row(t, i);
        if (strcmp(r->model, model) == 0 && strcmp(r->machine, machine) == 0 && strcmp(r->dataflow, dataflow) == 0) {
            cr_assert_null(found, "two sums of %s, %s, %s", model, machine, dataflow);
            found = r;
        }
    }
    cr_assert_not_null(found, "no sum of %s, %s, %s", model, machine, dataflow);
    return found;
}

/* Every number is the sum of count times the rows' numbers, but for the derived ones: area is the machine's, utilisation is
 * averaged by time, energy-delay product is that of the sums. */
Test(totals, sums_honour_count)
{
    struct sc_totals *t = sc_totals_new();
    struct sc_result a = row_of("net", "m", "ip-m", 1), b = row_of("net", "m", "ip-m", 100);
    cr_assert_eq(sc_totals_count(t), 0);
    add(t, &a, 3);
    add(t, &b, 0.5);
    cr_assert_eq(sc_totals_count(t), 1);
    const struct sc_result *sum = sc_totals_row(t, 0);
    int columns = 0;
#define SC_TEXT_CHECK(name)
#define SC_FLAG_CHECK(name)
#define SC_NUMBER_CHECK(name) \
    if (strcmp(#name, "area_mm2") != 0 && strcmp(#name, "utilization") != 0 && strcmp(#name, "edp_js") != 0) \
        cr_expect_float_eq(sum->name, 3 * a.name + 0.5 * b.name, 1e-9 * sum->name, #name ": %g", sum->name), columns++;
#define X(name, kind, unit, meaning) SC_##kind##_CHECK(name)
    SC_RESULT_COLUMNS(X)
#undef X
    cr_expect_geq(columns, 20);
    cr_expect_eq(sum->area_mm2, 5.28);
    cr_expect_float_eq(sum->utilization, 0.5, 1e-12);
    cr_expect_float_eq(sum->edp_js, sum->energy_j * sum->time_s, 1e-9 * sum->edp_js);
    cr_expect_str_eq(sum->layer, "total of 4 layers"); /* 3.5, to the even number */
    cr_expect_str_eq(sum->source, "estimate");
    cr_expect_str_eq(sum->config, "config");
    cr_expect_not(sum->best);
    sc_totals_free(t);
}

/* 90 % busy for 100 cycles and 10 % for 900 is 18 % for 1000, not 50 %; a layer without work only takes time. */
Test(totals, utilisation_is_averaged_by_time)
{
    static const struct {
        double utilization, cycles, count;
    } layers[] = {{0.9, 100, 1}, {0.1, 900, 1}, {0.3, 200, 7}, {1, 10, 1000}, {1e-6, 1e6, 2}};
    struct sc_totals *t = sc_totals_new();
    double products = 0, cycles = 0;
    for (int i = 0; i < 5; i++) {
        struct sc_result r = row_of("net", "m", "op-m", 1);
        r.cycles = layers[i].cycles;
        r.utilization = layers[i].utilization;
        r.products = 64 * r.utilization * r.cycles; /* of a machine of 64 multipliers */
        products += layers[i].count * r.products;
        cycles += layers[i].count * r.cycles;
        add(t, &r, layers[i].count);
        cr_expect_float_eq(sc_totals_row(t, 0)->utilization, products / (64 * cycles), 1e-12, "after %d layers", i + 1);
        if (i == 1)
            cr_expect_float_eq(sc_totals_row(t, 0)->utilization, 0.18, 1e-12);
    }
    sc_totals_free(t);
}

/* The choices of a machine have a sum of their own, whichever dataflow each layer chose. */
Test(totals, best_rows)
{
    static const char *dataflows[] = {"ip-m", "op-m", "gust-m"};
    struct sc_totals *t = sc_totals_new();
    double cycles = 0;
    for (int layer = 0; layer < 30; layer++)
        for (int d = 0; d < 3; d++) {
            struct sc_result r = row_of("net", "m", dataflows[d], 1 + layer + 10 * ((layer + d) % 3));
            r.best = (layer + d) % 3 == 0;
            cycles += r.best ? 2 * r.cycles : 0;
            add(t, &r, 2);
        }
    cr_expect_eq(sc_totals_count(t), 4);
    const struct sc_result *best = total(t, "net", "m", "best");
    cr_expect(best->best);
    cr_expect_float_eq(best->cycles, cycles, 1e-9);
    cr_expect_str_eq(best->layer, "total of 60 layers");
    for (int d = 0; d < 3; d++) {
        const struct sc_result *own = total(t, "net", "m", dataflows[d]);
        cr_expect_not(own->best);
        cr_expect_str_eq(own->layer, "total of 60 layers");
        cr_expect_gt(own->cycles, best->cycles);
    }
    sc_totals_free(t);
}

/* Many networks and machines, whose rows come in turns and whose names change under the sums' feet. */
Test(totals, many_networks_and_machines)
{
    enum { NETWORKS = 300, MACHINES = 3, LAYERS = 4 };
    struct sc_totals *t = sc_totals_new();
    char model[32], machine[32];
    for (int layer = 0; layer < LAYERS; layer++)
        for (int n = 0; n < NETWORKS; n++)
            for (int m = 0; m < MACHINES; m++) {
                snprintf(model, sizeof model, "net%d", n);
                snprintf(machine, sizeof machine, "machine%d", m);
                struct sc_result r = row_of(model, machine, "gust-n", 1 + n + 1000 * m);
                r.best = true;
                add(t, &r, layer + 1);
            }
    cr_assert_eq(sc_totals_count(t), 2 * NETWORKS * MACHINES);
    for (int n = 0; n < NETWORKS; n += 37)
        for (int m = 0; m < MACHINES; m++) {
            snprintf(model, sizeof model, "net%d", n);
            snprintf(machine, sizeof machine, "machine%d", m);
            const struct sc_result *own = total(t, model, machine, "gust-n"), *best = total(t, model, machine, "best");
            struct sc_result one = row_of(model, machine, "gust-n", 1 + n + 1000 * m);
            cr_expect_float_eq(own->cycles, 10 * one.cycles, 1e-6);
            cr_expect_float_eq(best->cycles, 10 * one.cycles, 1e-6);
        }
    /* in the order of first appearance */
    cr_expect_str_eq(sc_totals_row(t, 0)->model, "net0");
    cr_expect_str_eq(sc_totals_row(t, 0)->machine, "machine0");
    cr_expect_str_eq(sc_totals_row(t, sc_totals_count(t) - 1)->model, "net299");
    cr_expect_str_eq(sc_totals_row(t, sc_totals_count(t) - 1)->machine, "machine2");
    sc_totals_free(t);
}

/* Layers without any nonzero: nothing divides by their zero products. */
Test(totals, layers_without_work)
{
    struct sc_totals *t = sc_totals_new();
    struct sc_result idle = row_of("", "m", "ip-m", 0), busy = row_of("", "m", "ip-m", 1);
    idle.utilization = 0;
    idle.area_mm2 = busy.area_mm2 = -1; /* unknown stays unknown */
    add(t, &idle, 5);
    cr_expect_eq(sc_totals_row(t, 0)->utilization, 0);
    add(t, &busy, 1);
    cr_expect_float_eq(sc_totals_row(t, 0)->utilization, 0.5, 1e-12);
    cr_expect_eq(sc_totals_row(t, 0)->area_mm2, -1);
    cr_expect_eq(sc_totals_row(t, 0)->products, busy.products);
    sc_totals_free(t);
    sc_totals_free(NULL);
}
