/* trials.h - layers through the closed forms and the simulator, side by side, on all cores.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TRIALS_H
#define SC_TRIALS_H

#include <stddef.h>

#include "coefficients.h"
#include "estimate_cmd.h"
#include "layer_hold.h"
#include "models/model.h"
#include "result.h"

/* From what an estimate was made: densities and pattern kinds, or measured lengths. */
enum sc_knowledge { SC_KNOW_DENSITIES, SC_KNOW_LENGTHS, SC_KNOWLEDGE };

/* One dataflow on one layer. */
struct sc_trial {
    size_t layer;
    enum sc_dataflow dataflow;
    bool done;                                          /* simulated */
    bool estimated[SC_KNOWLEDGE];                       /* densities: not for layers that come as files */
    struct sc_result simulated, estimate[SC_KNOWLEDGE]; /* without names; estimates are uncorrected */
};

/* The runs of a list, `per_layer` for each layer in the order of the list and of the dataflows. */
struct sc_trials {
    const struct sc_layer *layer; /* borrowed */
    const unsigned *variant;      /* plan of each layer, borrowed; NULL: plan[0] for all */
    const struct sc_plan *plan;   /* borrowed */
    size_t layers;
    unsigned per_layer;
    enum sc_dataflow dataflow[SC_DATAFLOWS]; /* per_layer of them */
    struct sc_trial *run;                    /* layers x per_layer */
};

struct sc_trial_options {
    bool wanted[SC_DATAFLOWS]; /* of those that the machine supports */
    uint64_t seed;             /* of operands that are drawn */
    unsigned jobs;             /* 0: as many as OpenMP gives */
    const char *list;          /* for messages, may be NULL */
    bool quiet;                /* no progress bar */
};

/* Runs everything; results do not depend on the number of jobs.  `runs` has layer, layers, variant and plan filled in.
 * Free with sc_trials_free(), also after a failure. */
int sc_trials_make(struct sc_trials *runs, const struct sc_trial_options *options, struct sc_error *err);
void sc_trials_free(struct sc_trials *runs);

/* Simulates a layer with operands of SC_DEFAULT_SEED: the sc_simulator of `estimate --refine`. */
sc_simulator sc_simulate_rows;

#endif
