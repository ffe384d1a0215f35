/* dstc.c - Fig. 21 of the dual-side sparse tensor core: time of one product at ten pairs of densities, dense being 1.
 *
 * Items are densities of activations (A) and weights (W).  The published shape is not known; ours has two full waves of
 * warps on all sub-cores and the K of Sparseloop's set-up.  The figure has no unit, so only ratios mean anything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "estimate.h"
#include "papers.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

/* Mean error asked of figure and model (issue list of this project), and of a single point. */
static const double mean_target = 0.06, point_limit = 0.10;
static const char figure[] = "Fig. 21", peer[] = "Fig. 21, Sparseloop's closed form";

/* Cycles of a point by the closed form and, with seeds, by the simulator. */
struct point {
    double estimated, simulated;
};

static int run_point(struct point *out, const struct sc_plan *plan, double activation, double weight,
                     const struct sc_reproduce_options *options, struct sc_error *err)
{
    struct sc_layer layer = {.name = "fig21", .model = "", .M = 640, .N = 1024, .K = 4096, .count = 1,
                             .density_a = weight, .density_b = activation};
    bool wanted[SC_DATAFLOWS] = {[SC_BITMAP_OP] = true};
    struct sc_profile profile;
    struct sc_estimates estimates;
    struct sc_result row = {.cycles = NAN};
    struct sc_pattern a = {0}, b = {0};
    int status = sc_profile_layer(&profile, &layer, err);
    if (status != SC_OK)
        return status;
    sc_estimate_profile(plan, &profile, wanted, &estimates);
    if (options->seeds > 0) {
        status = sc_layer_patterns(&layer, SC_DEFAULT_SEED, &a, &b, err);
        if (status == SC_OK)
            status =
                sc_simulate_layer(&row, &plan->machine, SC_BITMAP_OP, &layer, &a, &b, SC_ENERGY_NOMINAL, NULL, err);
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
    *out = (struct point){estimates.of[0].total_cycles, row.cycles};
    return status;
}

static int add_points(struct sc_claims *claims, const struct sc_table *table, const struct sc_plan *plan,
                      const struct sc_reproduce_options *options, struct sc_error *err)
{
    struct point dense = {NAN, NAN}, at;
    int status = run_point(&dense, plan, 1, 1, options, err);
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        double activation = 1, weight = 1, value = 0, first = 1;
        char item[SC_CLAIM_TEXT];
        if ((status = sc_table_number(table, row, 0, &activation, err)) != SC_OK ||
            (status = sc_table_number(table, row, 1, &weight, err)) != SC_OK ||
            (status = sc_table_positive(table, row, 2, &value, err)) != SC_OK ||
            (status = sc_table_positive(table, 0, 2, &first, err)) != SC_OK)
            break;
        if (row == 0) /* dense: the unit */
            continue;
        snprintf(item, sizeof item, "A=%g W=%g", activation, weight);
        struct sc_claim claim = sc_claim_of(figure, item, "time over that of dense operands", "",
                                            sc_table_text(table, row, 4), point_limit);
        status = run_point(&at, plan, activation, weight, options, err);
        claim.published = value / first;
        claim.estimated = at.estimated / dense.estimated;
        claim.simulated = at.simulated / dense.simulated;
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    return status == SC_OK ? sc_claims_summarise(claims, figure, mean_target, -1, err) : status;
}

/* What the best known analytical model gets on the same points, for comparison: no verdict of ours. */
static int add_peer(struct sc_claims *claims, const struct sc_table *table, struct sc_error *err)
{
    int status = SC_OK;
    for (size_t row = 1; row < sc_table_rows(table) && status == SC_OK; row++) {
        char item[SC_CLAIM_TEXT];
        snprintf(item, sizeof item, "A=%.20s W=%.20s", sc_table_text(table, row, 0),
                 sc_table_text(table, row, 1));
        struct sc_claim claim =
            sc_claim_of(peer, item, "time over that of dense operands", "", sc_table_text(table, row, 4), -1);
        double first = 1;
        status = sc_table_positive(table, row, 2, &claim.published, err);
        if (status == SC_OK)
            status = sc_table_positive(table, 0, 2, &first, err);
        if (status == SC_OK)
            status = sc_table_positive(table, row, 3, &claim.estimated, err);
        claim.published /= first;
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    return status == SC_OK ? sc_claims_summarise(claims, peer, -1, -1, err) : status;
}

int sc_reproduce_dstc(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err)
{
    static const char *const columns[] = {"density_activation", "density_weight", "value", "m0_ratio", "confidence"};
    struct sc_machine machine;
    struct sc_plan plan;
    struct sc_table *table = NULL;
    int status = sc_machine_read(&machine, "dstc-v100", NULL, err);
    if (status == SC_OK)
        status = sc_plan_init(&plan, &machine, err);
    if (status != SC_OK)
        return status;
    status = sc_papers_open(&table, "dstc-fig21.csv", columns, 5, err);
    if (status == SC_OK)
        status = add_points(claims, table, &plan, options, err);
    if (status == SC_OK)
        status = add_peer(claims, table, err);
    sc_table_close(table);
    sc_plan_free(&plan);
    return status;
}
