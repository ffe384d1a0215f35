/* flexagon.c - reproduces the figures of the Flexagon paper on the machine as its authors simulated it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "flexagon.h"

#include <string.h>

static const struct {
    const char *name;
    enum sc_dataflow dataflow;
} RIVALS[SC_RIVALS] = {
    {"sigma-like", SC_IP_M}, {"sparch-like", SC_OP_M}, {"gamma-like", SC_GUST_M}, {"flexagon", SC_IP_M}};

static const char machine[] = "flexagon-asplos23", nine_layers[] = "layers/flexagon-table6.csv",
                  eight_models[] = "layers/flexagon-models.csv";

enum sc_rival sc_rival_of(const char *name)
{
    int r = 0;
    while (r < SC_RIVALS && strcmp(RIVALS[r].name, name) != 0)
        r++;
    return (enum sc_rival)r;
}

const char *sc_rival_name(enum sc_rival rival)
{
    return RIVALS[rival].name;
}

const struct sc_result *sc_rival_row(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    enum sc_dataflow d = RIVALS[rival].dataflow;
    return seed < 0 ? sc_runs_estimated(runs, layer, d) : sc_runs_simulated(runs, (unsigned)seed, layer, d);
}

double sc_rival_cycles(const struct sc_runs *runs, int seed, size_t layer, enum sc_rival rival)
{
    double cycles = sc_rival_row(runs, seed, layer, rival)->cycles;
    for (int r = 0; r < SC_FLEXAGON && rival == SC_FLEXAGON; r++) {
        double other = sc_rival_row(runs, seed, layer, (enum sc_rival)r)->cycles;
        cycles = other < cycles ? other : cycles;
    }
    return cycles;
}

int sc_reproduce_flexagon(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err)
{
    bool wanted[SC_DATAFLOWS] = {[SC_IP_M] = true, [SC_OP_M] = true, [SC_GUST_M] = true};
    struct sc_runs nine = {.seeds = 0}, models = {.seeds = 0};
    int status = sc_runs_make(&nine, nine_layers, machine, wanted, options, err);
    if (status == SC_OK)
        status = sc_flexagon_layers(claims, &nine, err);
    struct sc_reproduce_options once = *options;
    once.seeds = options->seeds > 0; /* networks average over their layers */
    if (status == SC_OK)
        status = sc_runs_make(&models, eight_models, machine, wanted, &once, err);
    if (status == SC_OK)
        status = sc_flexagon_models(claims, &models, err);
    sc_runs_free(&nine);
    sc_runs_free(&models);
    return status;
}
