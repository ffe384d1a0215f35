/* sweep_cmd.h - the sub-command `sweep`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SWEEP_CMD_H
#define SC_SWEEP_CMD_H

#include "estimate_cmd.h"

extern const struct sc_command sc_sweep_manual;

/* Runs `sparsecast sweep`; argv[0] is "sweep".  Without a simulator (NULL) --refine is refused.  Returns the exit
 * status (0, 1 or 2) after printing any error. */
int sc_sweep_command(int argc, char **argv, sc_profiler *profiler, sc_simulator *simulator);

#endif
