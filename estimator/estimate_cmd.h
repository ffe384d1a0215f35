/* estimate_cmd.h - the sub-command `estimate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_CMD_H
#define SC_ESTIMATE_CMD_H

#include <signal.h>

#include "layer.h"
#include "machine.h"
#include "options.h"
#include "profile.h"
#include "result.h"

/* Turns a layer into a profile.  The estimator's own is sc_profile_from_layer(); a program that can read pattern files
 * passes one that measures them. */
typedef int sc_profiler(struct sc_profile *profile, const struct sc_layer *layer, struct sc_error *err);

/* Simulates the marked dataflows of a layer on a machine and fills the number fields of their rows, indexed by
 * dataflow. SC_END when *cancel (which may be NULL) became nonzero.  The estimator has none; a program that can
 * simulate passes one, for --refine. */
typedef int sc_simulator(const struct sc_machine *machine, const struct sc_layer *layer,
                         const bool wanted[SC_DATAFLOWS], enum sc_energy_case which,
                         const volatile sig_atomic_t *cancel, struct sc_result row[SC_DATAFLOWS], struct sc_error *err);

extern const struct sc_command sc_estimate_manual;

/* Runs `sparsecast estimate`; argv[0] is "estimate".  Without a simulator (NULL) --refine is refused.  Returns the exit
 * status (0, 1 or 2) after printing any error. */
int sc_estimate_command(int argc, char **argv, sc_profiler *profiler, sc_simulator *simulator);

#endif
