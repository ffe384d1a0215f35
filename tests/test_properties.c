/* test_properties.c - what holds for every machine and every layer: random ones of all families and kinds through
 * closed forms and simulators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>

#include "estimate.h"
#include "family.h"
#include "random_cases.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

TestSuite(properties, .init = use_source_data, .timeout = 120);

enum { MACHINES_EACH = 5, LAYERS_EACH = 4, ESTIMATED = 700, SIMULATED = 40 };

/* Cycles of the phases add up, everything is finite, nothing negative, and shares are shares. */
static void expect_sane(const struct sc_result *r, const struct sc_machine *m, bool gemm, const char *where)
{
    double parts = r->stationary_cycles + r->stream_cycles + r->merge_cycles + r->stall_cycles;
    double close = 1e-9;

#define CHECK_TEXT(name)
#define CHECK_FLAG(name)
#define CHECK_NUMBER(name)                                                                                             \
    cr_assert(isfinite(r->name) && (r->name >= 0 || &r->name == &r->area_mm2), "%s: " #name " = %g", where, r->name);
#define X(name, kind, unit, meaning) CHECK_##kind(name)
    SC_RESULT_COLUMNS(X)
#undef X
    cr_assert_float_eq(parts, r->cycles, close * r->cycles, "%s: parts %.17g of %.17g cycles", where, parts, r->cycles);
    cr_assert_leq(r->utilization, 1 + close, "%s: utilisation %g", where, r->utilization);
    cr_assert(r->cycles_low <= r->cycles && r->cycles <= r->cycles_high, "%s: %g in [%g, %g]", where, r->cycles,
              r->cycles_low, r->cycles_high);
    cr_assert_float_eq(r->time_s, r->cycles / (m->clock_ghz * 1e9), close * r->time_s, "%s: time", where);
    cr_assert_float_eq(r->edp_js, r->energy_j * r->time_s, close * r->edp_js, "%s: energy x time", where);
    if (gemm)
        cr_assert_leq(r->nnz_c, r->products * (1 + close) + 1e-6, "%s: %g nonzeros of C from %g products", where,
                      r->nnz_c, r->products);
    if (m->family == &sc_family_fabnet)
        cr_assert_float_eq(r->energy_j, m->fabnet.watts * r->time_s, close * r->energy_j, "%s: power x time", where);
    if (m->family == &sc_family_roofline)
        cr_assert_float_eq(r->energy_j, m->roofline.watts * r->time_s, close * r->energy_j, "%s: power x time", where);
    if (m->family == &sc_family_butterfly) {
        const struct sc_butterfly_array *b = &m->butterfly;
        double least = b->memory_watts + b->idle_fraction * b->core_watts, most = b->memory_watts + b->core_watts;
        cr_assert(r->energy_j >= least * r->time_s * (1 - close) && r->energy_j <= most * r->time_s * (1 + close),
                  "%s: %g W, not from %g to %g", where, r->energy_j / r->time_s, least, most);
    }
}

static void estimate_all(const struct sc_plan *plan, const struct sc_layer *layer, const char *machine)
{
    struct sc_profile profile;
    struct sc_estimates all;
    struct sc_error err;
    bool wanted[SC_DATAFLOWS];
    char text[RANDOM_TEXT], where[3 * RANDOM_TEXT];

    for (int d = 0; d < SC_DATAFLOWS; d++)
        wanted[d] = true;
    if (sc_profile_from_layer(&profile, layer, &err) != SC_OK) {
        cr_assert(layer->pattern_a.kind == SC_BANDED || layer->pattern_b.kind == SC_BANDED, "%s", err.message);
        return; /* a band too narrow for its density */
    }
    sc_estimate_profile(plan, &profile, wanted, &all);
    random_layer_text(text, layer);
    for (unsigned i = 0; i < all.count; i++) {
        struct sc_result row = {.layer = "layer"};
        snprintf(where, sizeof where, "estimate of %s: %s: %s", sc_dataflow_name(all.of[i].dataflow), machine, text);
        for (int which = 0; which < SC_ENERGY_CASES; which++) {
            sc_estimate_result(plan, &profile, &all.of[i], (enum sc_energy_case)which, &row);
            expect_sane(&row, &plan->machine, sc_operator_is_gemm(&layer->op), where);
        }
    }
}

static void simulate_all(const struct sc_machine *m, const struct sc_layer *layer, const char *machine)
{
    struct sc_pattern a = {0}, b = {0};
    struct sc_error err;
    char text[RANDOM_TEXT], where[3 * RANDOM_TEXT];
    int status = sc_operator_is_gemm(&layer->op) ? sc_layer_patterns(layer, SC_DEFAULT_SEED, &a, &b, &err) : SC_OK;

    random_layer_text(text, layer);
    cr_assert(status == SC_OK || status == SC_BAD_INPUT, "%s: %s", text, err.message);
    for (int d = 0; d < SC_DATAFLOWS && status == SC_OK; d++) {
        struct sc_result row = {.layer = "layer"};
        if (!m->supports[d] || !m->family->runs(m, (enum sc_dataflow)d, &layer->op))
            continue;
        int run = sc_simulate_layer(&row, m, (enum sc_dataflow)d, layer, &a, &b, SC_ENERGY_NOMINAL, NULL, &err);
        snprintf(where, sizeof where, "simulation of %s: %s: %s", sc_dataflow_name((enum sc_dataflow)d), machine, text);
        if (run == SC_OK)
            expect_sane(&row, m, sc_operator_is_gemm(&layer->op), where);
        else
            cr_assert_eq(run, SC_UNSUPPORTED, "%s: %s", where, err.message);
    }
    sc_pattern_free(&a);
    sc_pattern_free(&b);
}

/* One family after another: its machines, each with layers of every kind, up to `most` in size (0: any). */
static void run_machines(uint64_t most, bool simulate)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    static struct sc_machine machine;
    static struct sc_plan plan;
    struct sc_layer layer;
    struct sc_error err;
    char changes[RANDOM_TEXT];

    gsl_rng_set(rng, 20261121 + simulate);
    for (const char *const *name = random_machines; *name; name++)
        for (int i = 0; i < MACHINES_EACH; i++) {
            random_machine(&machine, *name, rng, changes);
            cr_assert_eq(sc_plan_init(&plan, &machine, &err), SC_OK, "%s: %s", changes, err.message);
            for (int j = 0; j < LAYERS_EACH * SC_LAYER_KINDS; j++) {
                if (most > 0)
                    random_layer(&layer, (enum sc_layer_kind)(j % SC_LAYER_KINDS), most, rng);
                else
                    random_extreme(&layer, rng);
                if (simulate)
                    simulate_all(&machine, &layer, changes);
                else
                    estimate_all(&plan, &layer, changes);
            }
            sc_plan_free(&plan);
        }
    gsl_rng_free(rng);
}

Test(properties, estimates_are_sane)
{
    run_machines(ESTIMATED, false);
}

Test(properties, estimates_of_extreme_layers_are_sane)
{
    run_machines(0, false);
}

Test(properties, simulations_are_sane)
{
    run_machines(SIMULATED, true);
}
