/* simulate_cmd.h - the sub-command `simulate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIMULATE_CMD_H
#define SC_SIMULATE_CMD_H

#include "options.h"

extern const struct sc_command sc_simulate_manual;

/* Runs `sparsecast simulate`; argv[0] is "simulate".  Returns the exit status (0, 1 or 2) after printing any error. */
int sc_simulate_command(int argc, char **argv);

#endif
