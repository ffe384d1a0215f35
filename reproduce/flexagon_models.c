/* flexagon_models.c - the eight networks of the Flexagon paper: best dataflows, speed-ups, area (Figs. 1, 12, 18, Table
 * 8).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flexagon.h"

/* What counts as met: Fig. 12's means within 15 %, Fig. 1 in 85 % of the layers (this project's targets); sums of
 * printed parts within their rounding. */
static const double mean_limit = 0.15, fig1_target = 0.85, rounding = 0.005;

/* The paper's abbreviations and the `model` column of our list. */
static const struct {
    const char *abbreviation, *model;
} MODELS[] = {{"A", "AlexNet"},       {"V", "VGG-16"},           {"SQ", "SqueezeNet"},  {"R", "ResNet-50"},
              {"S-R", "SSD-ResNet34"}, {"S-M", "SSD-MobileNetV1"}, {"DB", "DistilBERT"}, {"MB", "MobileBERT"}};
enum { MODEL_COUNT = sizeof MODELS / sizeof MODELS[0] };

static int model_of(const char *abbreviation)
{
    int m = 0;
    while (m < MODEL_COUNT && strcmp(MODELS[m].abbreviation, abbreviation) != 0)
        m++;
    return m;
}

/* Layer number `index` of a model, or runs->held.layers. */
static size_t layer_of(const struct sc_runs *runs, int model, size_t index)
{
    size_t l = 0;
    for (; l < runs->held.layers; l++)
        if (strcmp(runs->held.layer[l].model, MODELS[model].model) == 0 && index-- == 0)
            break;
    return l;
}

static double model_cycles(const struct sc_runs *runs, int seed, int model, enum sc_rival rival)
{
    double sum = 0;
    for (size_t l = 0; l < runs->held.layers; l++)
        if (strcmp(runs->held.layer[l].model, MODELS[model].model) == 0)
            sum += (double)runs->held.layer[l].count * sc_rival_cycles(runs, seed, l, rival);
    return sum;
}

/* Speed-up of `fast` over `slow` on a model, or (MODEL_COUNT) the geometric mean over all. */
static double speedup(const struct sc_runs *runs, int seed, int model, enum sc_rival fast, enum sc_rival slow)
{
    double sum = 0;
    if (seed >= 0 && runs->seeds == 0)
        return NAN;
    if (model < MODEL_COUNT)
        return model_cycles(runs, seed, model, slow) / model_cycles(runs, seed, model, fast);
    for (int m = 0; m < MODEL_COUNT; m++)
        sum += log(speedup(runs, seed, m, fast, slow));
    return exp(sum / MODEL_COUNT);
}

/* The published bar of a model (or "geomean") and machine in column `column`. */
static int published(double *value, const struct sc_table *table, const char *model, enum sc_rival rival, size_t column,
                     struct sc_error *err)
{
    for (size_t row = 0; row < sc_table_rows(table); row++)
        if (strcmp(sc_table_text(table, row, 0), model) == 0 && sc_rival_of(sc_table_text(table, row, 1)) == rival)
            return sc_table_positive(table, row, column, value, err);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "no published value for model %s on %s", model, sc_rival_name(rival));
}

static int add_fig12(struct sc_claims *claims, const struct sc_runs *runs, struct sc_error *err)
{
    static const char *const columns[] = {"model", "machine", "speedup_over_cpu"};
    static const char figure[] = "Fig. 12";
    struct sc_table *table;
    int status = sc_papers_open(&table, "flexagon-fig12-models.csv", columns, 3, err);
    if (status != SC_OK)
        return status;
    for (int m = 0; m <= MODEL_COUNT && status == SC_OK; m++) {
        const char *model = m < MODEL_COUNT ? MODELS[m].abbreviation : "geomean";
        for (int r = 0; r < SC_FLEXAGON && status == SC_OK; r++) {
            double fast = 0, slow = 1;
            char quantity[SC_CLAIM_TEXT];
            snprintf(quantity, sizeof quantity, "speed-up of flexagon over %s", sc_rival_name((enum sc_rival)r));
            struct sc_claim claim = sc_claim_of(m < MODEL_COUNT ? figure : "Fig. 12, geometric means",
                                                m < MODEL_COUNT ? MODELS[m].model : "8 networks", quantity, "",
                                                "bars read from figure", mean_limit);
            status = published(&fast, table, model, SC_FLEXAGON, 2, err);
            if (status == SC_OK)
                status = published(&slow, table, model, (enum sc_rival)r, 2, err);
            claim.published = fast / slow;
            claim.estimated = speedup(runs, -1, m, SC_FLEXAGON, (enum sc_rival)r);
            claim.simulated = speedup(runs, 0, m, SC_FLEXAGON, (enum sc_rival)r);
            if (status == SC_OK)
                status = sc_claims_add(claims, &claim, err);
        }
        if (m == MODEL_COUNT - 1 && status == SC_OK)
            status = sc_claims_summarise(claims, figure, -1, -1, err);
    }
    sc_table_close(table);
    return status;
}

/* Areas of the machines as shipped, mm2; SC_FLEXAGON last. */
static int read_areas(double area[SC_RIVALS], double power[SC_RIVALS], struct sc_error *err)
{
    int status = SC_OK;
    for (int r = 0; r < SC_RIVALS && status == SC_OK; r++) {
        char name[64];
        struct sc_machine machine;
        snprintf(name, sizeof name, "%s-asplos23", sc_rival_name((enum sc_rival)r));
        status = sc_machine_read(&machine, name, NULL, err);
        area[r] = machine.area_mm2;
        power[r] = machine.power_mw;
    }
    return status;
}

static int add_table8(struct sc_claims *claims, const double area[SC_RIVALS], const double power[SC_RIVALS],
                      struct sc_error *err)
{
    static const char *const columns[] = {"machine", "part", "area_mm2", "power_mw", "confidence"};
    struct sc_table *table;
    int status = sc_papers_open(&table, "flexagon-table8-area-power.csv", columns, 5, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        enum sc_rival rival = sc_rival_of(sc_table_text(table, row, 0));
        for (int power_row = 0; power_row < 2 && status == SC_OK; power_row++) {
            struct sc_claim claim = sc_claim_of("Table 8", sc_table_text(table, row, 0), power_row ? "power" : "area",
                                                power_row ? "mW" : "mm2", sc_table_text(table, row, 4), rounding);
            if (strcmp(sc_table_text(table, row, 1), "total") != 0 || rival == SC_RIVALS)
                continue;
            status = sc_table_number(table, row, power_row ? 3 : 2, &claim.published, err);
            claim.estimated = power_row ? power[rival] : area[rival];
            if (status == SC_OK)
                status = sc_claims_add(claims, &claim, err);
        }
    }
    sc_table_close(table);
    return status;
}

/* Performance per area over sigma-like: the speed-up divided by the ratio of areas. */
static int add_fig18(struct sc_claims *claims, const struct sc_runs *runs, const double area[SC_RIVALS],
                     struct sc_error *err)
{
    static const char *const columns[] = {"model", "machine", "perf_per_area_over_sigma_like"};
    static const char figure[] = "Fig. 18";
    struct sc_table *table;
    double mean[SC_RIVALS] = {0};
    int status = sc_papers_open(&table, "flexagon-fig18-perf-area.csv", columns, 3, err);
    if (status != SC_OK)
        return status;
    for (int m = 0; m < MODEL_COUNT && status == SC_OK; m++)
        for (int r = SC_SPARCH; r < SC_RIVALS && status == SC_OK; r++) {
            char quantity[SC_CLAIM_TEXT];
            double smaller = area[SC_SIGMA] / area[r];
            snprintf(quantity, sizeof quantity, "%s over sigma-like, per area", sc_rival_name((enum sc_rival)r));
            struct sc_claim claim =
                sc_claim_of(figure, MODELS[m].model, quantity, "", "bars read from figure", mean_limit);
            status = published(&claim.published, table, MODELS[m].abbreviation, (enum sc_rival)r, 2, err);
            claim.estimated = smaller * speedup(runs, -1, m, (enum sc_rival)r, SC_SIGMA);
            claim.simulated = smaller * speedup(runs, 0, m, (enum sc_rival)r, SC_SIGMA);
            mean[r] += log(claim.published) / MODEL_COUNT;
            if (status == SC_OK)
                status = sc_claims_add(claims, &claim, err);
        }
    sc_table_close(table);
    for (int r = SC_SIGMA; r < SC_FLEXAGON && status == SC_OK; r++) {
        char quantity[SC_CLAIM_TEXT];
        double smaller = area[r] / area[SC_FLEXAGON];
        snprintf(quantity, sizeof quantity, "flexagon over %s, per area", sc_rival_name((enum sc_rival)r));
        struct sc_claim claim =
            sc_claim_of("Fig. 18, geometric means", "8 networks", quantity, "", "derived from bars", mean_limit);
        claim.published = exp(mean[SC_FLEXAGON] - mean[r]); /* sigma-like is the unit */
        claim.estimated = smaller * speedup(runs, -1, MODEL_COUNT, SC_FLEXAGON, (enum sc_rival)r);
        claim.simulated = smaller * speedup(runs, 0, MODEL_COUNT, SC_FLEXAGON, (enum sc_rival)r);
        status = sc_claims_add(claims, &claim, err);
    }
    return status;
}

static const char *best_name(const struct sc_runs *runs, int seed, size_t layer)
{
    static const char *const names[] = {"ip-m", "op-m", "gust-m"};
    int best = 0;
    if (seed >= 0 && runs->seeds == 0)
        return "";
    for (int r = 1; r < SC_FLEXAGON; r++)
        if (sc_rival_cycles(runs, seed, layer, (enum sc_rival)r) <
            sc_rival_cycles(runs, seed, layer, (enum sc_rival)best))
            best = r;
    return names[best];
}

static int add_fig1(struct sc_claims *claims, const struct sc_runs *runs, struct sc_error *err)
{
    static const char *const columns[] = {"model", "layer_index", "best_dataflow", "tied_with", "confidence"};
    static const char figure[] = "Fig. 1";
    struct sc_table *table;
    int status = sc_papers_open(&table, "flexagon-fig1-best.csv", columns, 5, err);
    if (status != SC_OK)
        return status;
    for (size_t row = 0; row < sc_table_rows(table) && status == SC_OK; row++) {
        int model = model_of(sc_table_text(table, row, 0));
        double index = 0;
        status = sc_table_number(table, row, 1, &index, err);
        size_t layer = model < MODEL_COUNT && index >= 0 ? layer_of(runs, model, (size_t)index) : runs->held.layers;
        if (status != SC_OK || layer == runs->held.layers)
            continue;
        char item[SC_CLAIM_TEXT];
        snprintf(item, sizeof item, "%s %.0f", MODELS[model].model, index);
        struct sc_claim claim = sc_claim_of(figure, item, "best dataflow", "", sc_table_text(table, row, 4), 0);
        claim.named = true;
        snprintf(claim.published_name, sizeof claim.published_name, "%.7s%s%.7s", sc_table_text(table, row, 2),
                 sc_table_text(table, row, 3)[0] ? "/" : "", sc_table_text(table, row, 3));
        snprintf(claim.estimated_name, sizeof claim.estimated_name, "%s", best_name(runs, -1, layer));
        snprintf(claim.simulated_name, sizeof claim.simulated_name, "%s", best_name(runs, 0, layer));
        status = sc_claims_add(claims, &claim, err);
    }
    sc_table_close(table);
    return status == SC_OK ? sc_claims_summarise(claims, figure, -1, fig1_target, err) : status;
}

int sc_flexagon_models(struct sc_claims *claims, const struct sc_runs *models, struct sc_error *err)
{
    double area[SC_RIVALS], power[SC_RIVALS];
    int status = read_areas(area, power, err);
    if (status == SC_OK)
        status = add_fig12(claims, models, err);
    if (status == SC_OK)
        status = add_fig18(claims, models, area, err);
    if (status == SC_OK)
        status = add_table8(claims, area, power, err);
    return status == SC_OK ? add_fig1(claims, models, err) : status;
}
