/* reproduce_cmd.h - `sparsecast reproduce`: published figures against ours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_REPRODUCE_CMD_H
#define SC_REPRODUCE_CMD_H

#include "options.h"

extern const struct sc_command sc_reproduce_manual;

/* Runs the sub-command; returns the exit status. */
int sc_reproduce_command(int argc, char **argv);

#endif
