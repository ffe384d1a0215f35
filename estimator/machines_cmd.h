/* machines_cmd.h - the commands that tell what is available.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINES_CMD_H
#define SC_MACHINES_CMD_H

#include "options.h"

extern const struct sc_command sc_machines_manual, sc_dataflows_manual;

/* `sparsecast machines [-v] [MACHINE]...` and `sparsecast dataflows`; argv[0] is the name of the sub-command.  Both
 * return the exit status. */
int sc_machines_command(int argc, char **argv);
int sc_dataflows_command(int argc, char **argv);

#endif
