/* explain_cmd.h - the sub-command `explain`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_EXPLAIN_CMD_H
#define SC_EXPLAIN_CMD_H

#include "estimate_cmd.h"

extern const struct sc_command sc_explain_manual;

/* Runs `sparsecast explain`; argv[0] is "explain".  Returns the exit status (0, 1 or 2) after printing any error. */
int sc_explain_command(int argc, char **argv, sc_profiler *profiler);

#endif
