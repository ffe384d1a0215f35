/* dstc.c - Fig. 21 of the dual-side sparse tensor core: time of one product at ten pairs of densities, dense being 1.
 *
 * Items are densities of activations (A) and weights (W).  The published shape is not known; ours has two full waves of
 * warps on all sub-cores and the K of Sparseloop's set-up.  The figure has no unit, so only ratios mean anything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "choice.h"
#include "forecast.h"
#include "papers.h"
#include "traces/operands.h"
#include "traces/sim/families.h"

/* Ways to the ten points.  Targets are mean errors (issue list of this project): of closed form and simulator as they
 * are, and of the closed form calibrated to our simulator, never to the figure.  The constants of dstc-v100-fig21 are
 * fitted to the very figure, so nothing is asked of it. */
static const struct way {
    const char *figure, *machine, *calibration;
    bool simulates;
    double target, limit;
} WAYS[] = {
    {"Fig. 21", "dstc-v100", "none", true, 0.06, 0.10},
    {"Fig. 21, calibrated to our simulator", "dstc-v100", NULL, false, 0.05, 0.10},
    {"Fig. 21, two constants fitted to it", "dstc-v100-fig21", NULL, false, -1, -1},
};

/* Cycles of a point by the closed form and, with seeds, by the simulator. */
struct point {
    double estimated, simulated;
};

static int run_point(struct point *out, const struct sc_bound *bound, double activation, double weight, bool simulate,
                     struct sc_error *err)
{
    struct sc_layer layer = {.name = "fig21", .model = "", .M = 640, .N = 1024, .K = 4096, .count = 1,
                             .density_a = weight, .density_b = activation};
    struct sc_profile profile;
    struct sc_forecast forecast;
    struct sc_result row = {.cycles = NAN};
    struct sc_pattern a = {0}, b = {0};
    int status = sc_profile_layer(&profile, &layer, err);
    if (status != SC_OK)
        return status;
    sc_forecast(&forecast, bound, &layer, &profile, sc_operands_of(&layer), SC_ENERGY_NOMINAL);
    if (simulate) {
        status = sc_layer_patterns(&layer, SC_DEFAULT_SEED, &a, &b, err);
        if (status == SC_OK)
            status = sc_simulate_layer(&row, &bound->plan.machine, SC_BITMAP_OP, &layer, &a, &b, SC_ENERGY_NOMINAL,
                                       NULL, err);
        sc_pattern_free(&a);
        sc_pattern_free(&b);
    }
    *out = (struct point){forecast.row[0].cycles, row.cycles};
    return status;
}

static int add_points(struct sc_claims *claims, const struct sc_table *table, const struct sc_bound *bound,
                      const struct way *way, bool simulate, struct sc_error *err)
{
    struct point dense = {NAN, NAN}, at;
    int status = run_point(&dense, bound, 1, 1, simulate, err);
    for (size_t row = 1; row < sc_table_rows(table) && status == SC_OK; row++) { /* row 0, dense, is the unit */
        double activation = 1, weight = 1, value = 0, first = 1;
        char item[SC_CLAIM_TEXT];
        if ((status = sc_table_number(table, row, 0, &activation, err)) != SC_OK ||
            (status = sc_table_number(table, row, 1, &weight, err)) != SC_OK ||
            (status = sc_table_positive(table, row, 2, &value, err)) != SC_OK ||
            (status = sc_table_positive(table, 0, 2, &first, err)) != SC_OK)
            break;
        snprintf(item, sizeof item, "A=%g W=%g", activation, weight);
        struct sc_claim claim = sc_claim_of(way->figure, item, "time over that of dense operands", "",
                                            sc_table_text(table, row, 4), way->limit);
        status = run_point(&at, bound, activation, weight, simulate, err);
        claim.published = value / first;
        claim.estimated = at.estimated / dense.estimated;
        claim.simulated = at.simulated / dense.simulated;
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    return status == SC_OK ? sc_claims_summarise(claims, way->figure, way->target, -1, err) : status;
}

static int add_way(struct sc_claims *claims, const struct sc_table *table, const struct way *way, bool simulate,
                   struct sc_error *err)
{
    struct sc_choice choice = {.machine = {way->machine}, .machines = 1, .calibration = way->calibration,
                               .energy_case = SC_ENERGY_NOMINAL, .wanted = {[SC_BITMAP_OP] = true},
                               .any_wanted = true};
    struct sc_bound *bound = NULL;
    unsigned count = 0;
    int status = sc_bind_machines(&bound, &count, &choice, err);
    if (status == SC_OK)
        status = add_points(claims, table, bound, way, simulate && way->simulates, err);
    sc_bound_free(bound, count);
    return status;
}

static const char peer[] = "Fig. 21, Sparseloop's closed form";

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
    struct sc_table *table = NULL;
    int status = sc_papers_open(&table, "dstc-fig21.csv", columns, 5, err);
    for (size_t w = 0; w < sizeof WAYS / sizeof WAYS[0] && status == SC_OK; w++)
        status = add_way(claims, table, &WAYS[w], options->seeds > 0, err);
    if (status == SC_OK)
        status = add_peer(claims, table, err);
    sc_table_close(table);
    return status;
}
