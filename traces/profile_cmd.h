/* profile_cmd.h - the sub-command `profile`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PROFILE_CMD_H
#define SC_PROFILE_CMD_H

#include "options.h"

extern const struct sc_command sc_profile_manual;

/* sparsecast profile --a A.mtx --b B.mtx [-f csv|json|table] [-o FILE] ...: argv[0] is the sub-command's own name. 
 * Prints and returns the exit status (0, 1 or 2). */
int sc_profile_command(int argc, char **argv);

#endif
