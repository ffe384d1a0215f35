/* estimate_cmd.h - the sub-command `estimate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ESTIMATE_CMD_H
#define SC_ESTIMATE_CMD_H

#include "layer.h"
#include "profile.h"

/* Turns a layer into a profile.  The estimator's own is sc_profile_from_layer(); a program that can read pattern files passes one that
 * measures them. */
typedef int sc_profiler(struct sc_profile *profile, const struct sc_layer *layer, struct sc_error *err);

/* Runs `sparsecast estimate`; argv[0] is "estimate".  Returns the exit status (0, 1 or 2) after printing any error. */
int sc_estimate_command(int argc, char **argv, sc_profiler *profiler);

#endif
