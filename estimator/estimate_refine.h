/* estimate_refine.h - `estimate --refine`: which simulations are worth it, and what they bought.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_REFINE_H
#define SC_ESTIMATE_REFINE_H

#include <signal.h>

#include "estimate_cmd.h"
#include "forecast.h"

/* What is known of the cycles of a dataflow. */
struct sc_contender {
    enum sc_dataflow dataflow;
    double cycles, low, high;
    bool simulated; /* low = cycles = high, and row[] of the contest holds the run */
};

/* The dataflows of one layer on one machine. */
struct sc_contest {
    size_t layer;
    unsigned machine;
    unsigned count;
    struct sc_contender of[SC_DATAFLOWS];
    unsigned first;               /* index of the choice before any simulation */
    double regret;                /* expected, of that choice; see sc_contest_regret() */
    unsigned simulations;
    struct sc_result *row;        /* simulated rows by index, NULL until the first; to be freed */
};

/* Index of the fewest cycles, the first on a tie. */
unsigned sc_contest_best(const struct sc_contest *c);

/* The rival that may yet beat the present choice, or -1 when it is decided: the one with the greatest expected gain among those for which
 * the interval of ln(rival / choice) reaches below 0.  Errors are taken as independent, so that the half widths towards each other add up as
 * squares. */
int sc_contest_rival(const struct sc_contest *c, int level);

/* Sum over rivals of the expected ln(choice / rival) where that is positive, errors being normal with the half widths of intervals of
 * `level` percent: about the share of cycles that the choice loses. */
double sc_contest_regret(const struct sc_contest *c, int level);

/* Simulates, of choice and rival, the one known less well, until the contest is decided.  SC_END when cancelled: the contest then
 * stays as it was. */
struct sc_refine_tools {
    const struct sc_bound *bound;
    sc_simulator *simulator;
    enum sc_energy_case which;
    const volatile sig_atomic_t *cancel;
};
int sc_contest_settle(struct sc_contest *c, const struct sc_layer *layer, const struct sc_refine_tools *tools, struct sc_error *err);

/* What --refine=BUDGET allows; 0: no bound. */
struct sc_refine_budget {
    double seconds;
    uint64_t pairs; /* layer-dataflow pairs simulated */
};

/* Reads "30s" or "500"; false when the text is neither. */
bool sc_refine_budget_parse(struct sc_refine_budget *budget, const char *text);

#endif
