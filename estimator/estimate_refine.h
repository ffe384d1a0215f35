/* estimate_refine.h - `estimate --refine`: which simulations are worth it, and what they bought.
 *
 * What is unknown of a dataflow's cycles is taken to be distributed as the calibration's scores are; errors of
 * different dataflows are taken as independent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_REFINE_H
#define SC_ESTIMATE_REFINE_H

#include <signal.h>

#include "estimate_cmd.h"
#include "forecast.h"

/* Equally likely values of a score. */
enum { SC_GRID = 64 };
struct sc_grid {
    double score[SC_GRID]; /* ascending */
};

/* The grid of some scores, whose quantiles are joined by straight lines; all 0 without scores. */
void sc_grid_fill(struct sc_grid *grid, const struct sc_scores *scores);

/* The grids of a calibration, by dataflow and stratum; without one (NULL) all are 0. */
struct sc_grids {
    struct sc_grid of[SC_DATAFLOWS][SC_OPERANDS];
};
void sc_grids_fill(struct sc_grids *grids, const struct sc_calibration *calibration);

/* What is known of the cycles of a dataflow: exp(ln cycles + spread x score). */
struct sc_contender {
    enum sc_dataflow dataflow;
    double cycles, spread;
    const struct sc_grid *grid; /* borrowed */
    bool simulated;             /* spread is 0, and row[] of the contest holds the run */
};

/* The dataflows of one layer on one machine. */
struct sc_contest {
    size_t layer;
    unsigned machine;
    unsigned count;
    struct sc_contender of[SC_DATAFLOWS];
    unsigned first;       /* index of the choice before any simulation */
    double doubt, regret; /* kept by sc_contest_weigh() */
    bool stuck;           /* a simulation has failed */
    unsigned simulations;
    struct sc_result *row; /* simulated rows by index, NULL until the first; to be freed */
};

/* Opens the contest of a forecast, weighed; the grids, those of the forecast's calibration, outlive it. */
void sc_contest_open(struct sc_contest *c, size_t layer, unsigned machine, const struct sc_forecast *forecast,
                     const struct sc_calibration *calibration, const struct sc_grids *grids);

/* Puts what was simulated in place of what was estimated, and marks the best row; `config` is borrowed. */
void sc_contest_merge(const struct sc_contest *c, const char *config, struct sc_forecast *forecast);

/* Index of the fewest cycles, the first on a tie. */
unsigned sc_contest_best(const struct sc_contest *c);

/* P(rival takes fewer cycles than choice); *gain, if not NULL, receives E[max(0, ln(choice / rival))]. */
double sc_contender_beats(const struct sc_contender *rival, const struct sc_contender *choice, double *gain);

/* Recomputes doubt = P(some other dataflow is faster than the present choice) and regret = sum over the others of the
 * expected ln(choice / other) where that is positive: about the share of cycles that the choice loses. */
void sc_contest_weigh(struct sc_contest *c);

/* The dataflow to simulate next: of the choice and its most probable rival the one known less well, the choice when a
 * second rival is about as probable; -1 when there is no doubt. */
int sc_contest_next(const struct sc_contest *c);

/* Simulates dataflow of[index] and weighs again.  On failure the contest stays as it was, but is `stuck` unless
 * cancelled (SC_END). */
struct sc_refine_tools {
    const struct sc_bound *bound;
    sc_simulator *simulator;
    enum sc_energy_case which;
    const volatile sig_atomic_t *cancel;
};
int sc_contest_simulate(struct sc_contest *c, unsigned index, const struct sc_layer *layer,
                        const struct sc_refine_tools *tools, struct sc_error *err);

/* What --refine[=BUDGET] asks for and allows; 0: no bound. */
struct sc_refine_budget {
    bool wanted;
    double seconds;
    uint64_t pairs; /* layer-dataflow pairs simulated */
};

/* Reads "30s" or "500"; false when the text is neither. */
bool sc_refine_budget_parse(struct sc_refine_budget *budget, const char *text);

#endif
