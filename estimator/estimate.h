/* estimate.h - closed-form estimates: bind machines once, evaluate layers often.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_H
#define SC_ESTIMATE_H

#include "energy.h"
#include "models/model.h"
#include "result.h"

/* What one dataflow of one machine does on one layer. */
struct sc_estimate {
    enum sc_dataflow dataflow;
    struct sc_events events; /* SpMSpM dataflows; of others only cycles are known here */
    struct sc_cycles cycles;
    double total_cycles;
};

/* Estimates of one layer by every dataflow asked for. */
struct sc_estimates {
    unsigned count, best; /* best: index of the fewest cycles, the first on a tie */
    struct sc_estimate of[SC_DATAFLOWS];
};

/* Whether any of the dataflows marked in `wanted` can run the operator of the profile.  SC_UNSUPPORTED otherwise, with
 * a sentence that names the kind of the operator and the machine. */
int sc_estimate_check(const struct sc_plan *plan, const struct sc_operator *op, const bool wanted[SC_DATAFLOWS],
                      struct sc_error *err);

/* Evaluates the dataflows marked in `wanted` that the plan's machine supports and that can run the profile's operator.
 * Allocates nothing. */
void sc_estimate_profile(const struct sc_plan *plan, const struct sc_profile *profile, const bool wanted[SC_DATAFLOWS],
                         struct sc_estimates *out);

/* The same by one SpMSpM dataflow of a machine without a closed form of its family, its terms booked in *account, which
 * is cleared first. */
void sc_estimate_account(const struct sc_plan *plan, const struct sc_profile *profile, enum sc_dataflow dataflow,
                         struct sc_account *account, struct sc_estimate *out);

/* How often each event that costs energy happens. */
struct sc_energy_counts {
#define X(field, key, unit) double field;
    SC_ENERGY_EVENTS(X)
#undef X
};
struct sc_energy_counts sc_energy_counts(const struct sc_machine *machine, const struct sc_events *events,
                                         double products, double nnz_c);

/* Joules of the events of a run with so many products and nonzeros of C, from the machine's energy table; events
 * missing from the table contribute nothing and are named in machine->energy.missing.  For estimates and simulations
 * alike. */
double sc_events_energy(const struct sc_machine *machine, const struct sc_events *events, double products, double nnz_c,
                        enum sc_energy_case which);

/* The same for an estimate. */
double sc_estimate_energy(const struct sc_plan *plan, const struct sc_profile *profile,
                          const struct sc_estimate *estimate, enum sc_energy_case which);

/* Fills the number fields of a result row; text fields other than dataflow, source and bound are the
 * caller's. */
void sc_estimate_result(const struct sc_plan *plan, const struct sc_profile *profile,
                        const struct sc_estimate *estimate, enum sc_energy_case which, struct sc_result *row);

/* Names the bound of a row again after a calibration has weighed its phases. */
void sc_estimate_bound(const struct sc_plan *plan, const struct sc_estimate *estimate, struct sc_result *row);

#endif
