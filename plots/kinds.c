/* kinds.c - the table of figures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinds.h"

#include <string.h>

#include "figure.h"
#include "text.h"

/* The rows of a sweep are configurations, not layers side by side. */
static bool no_sweep(const struct sc_frame *frame, const struct sc_result_set *set)
{
    return !sc_has_pareto(frame, set);
}

/* The figure of layers has one group per model already where there are too many layers. */
static bool several_models(const struct sc_frame *frame, const struct sc_result_set *set)
{
    if (sc_has_pareto(frame, set) || set->layer_count > SC_FIGURE_GROUPS)
        return false;
    for (size_t i = 1; i < set->layer_count; i++)
        if (set->layers[i].model != set->layers[0].model)
            return true;
    return false;
}

const struct sc_kind sc_kinds[] = {
    {"published",
     "published values as markers over our bars, from 'sparsecast reproduce -f csv'; published winners above ours, "
     "layer by layer",
     sc_chart_published, false, sc_has_published, NULL},
    {"formats", "bits of each operand in each storage format, from 'sparsecast formats -f csv'", sc_chart_formats,
     false, sc_has_formats, NULL},
    {"terms", "terms of the cycles of explained layers, from 'sparsecast explain -f csv'", sc_chart_terms, false,
     sc_has_terms, NULL},
    {"components", "energy of explained layers by component, from 'sparsecast explain -f csv'", sc_chart_components,
     false, NULL, NULL},
    {"pareto", "energy against cycles of the configurations of a sweep, the front marked, areas as sizes",
     sc_chart_pareto, true, sc_has_pareto, sc_has_pareto},
    {"sweep", "cycles against the key of a sweep that takes most values, a curve for each combination of the others",
     sc_chart_sweep, true, NULL, sc_has_sweep},
    {"parity", "estimates against simulations, with intervals and errors", sc_chart_parity, true, sc_has_mixed_sources,
     sc_has_mixed_sources},
    {"surface", "speed-up of one machine over another at each pair of densities", sc_chart_surface, true,
     sc_has_surface, sc_has_surface},
    {"map", "fastest dataflow at each pair of densities, and how many times slower the second is", sc_chart_map, true,
     sc_has_density_grid, sc_has_density_grid},
    {"butterfly", "cycles of butterfly products and FFTs against their points, by what takes them", sc_chart_butterfly,
     true, sc_has_butterflies, sc_has_butterflies},
    {"layers",
     "speed-ups of several machines, each with its best dataflow, with geometric means; or cycles of "
     "the dataflows of one",
     NULL, true, NULL, no_sweep},
    {"models", "the same, one group per model", NULL, true, NULL, several_models},
    {"roofline", "products per byte of DRAM traffic against products per cycle, below the roof of the machine",
     sc_chart_roofline, true, NULL, no_sweep},
    {"phases",
     "where the cycles go: stationary loads, streaming, merging and stalls, as shares of the slowest run of the group",
     sc_chart_phases, true, NULL, no_sweep},
    {"bounds", "what limits the cycles: the share of each resource that rows name", sc_chart_bounds, true, NULL,
     sc_has_bounds},
    {"traffic", "words read through the STR cache, partial sums written and read, bytes of DRAM", sc_chart_traffic,
     true, NULL, no_sweep},
    {"energy", "where the energy goes, as far as the counts that are columns tell; what is left is named",
     sc_chart_energy, true, NULL, no_sweep},
};

enum { KINDS = sizeof sc_kinds / sizeof sc_kinds[0] };

size_t sc_kind_count(void)
{
    return KINDS;
}

int sc_kind_find(const struct sc_kind **kind, const char *name, struct sc_error *err)
{
    const char *names[KINDS];
    for (int k = 0; k < KINDS; k++) {
        names[k] = sc_kinds[k].name;
        if (strcmp(name, names[k]) == 0) {
            *kind = &sc_kinds[k];
            return SC_OK;
        }
    }
    const char *near = sc_nearest_name(name, names, KINDS);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "there is no figure '%s'%s%s%s; see 'sparsecast plot --help'", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
}

const struct sc_kind *sc_kind_default(const struct sc_frame *frame, const struct sc_result_set *set)
{
    const struct sc_kind *plain = NULL;
    for (int k = 0; k < KINDS; k++) {
        if (sc_kinds[k].fits && sc_kinds[k].fits(frame, set))
            return &sc_kinds[k];
        if (strcmp(sc_kinds[k].name, "layers") == 0)
            plain = &sc_kinds[k];
    }
    return plain;
}
