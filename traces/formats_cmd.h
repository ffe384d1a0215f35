/* formats_cmd.h - `sparsecast formats`: bits of operands in storage formats.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FORMATS_CMD_H
#define SC_FORMATS_CMD_H

#include "options.h"

extern const struct sc_command sc_formats_manual;

/* Runs the sub-command; argv[0] is its name.  Returns the exit status. */
int sc_formats_command(int argc, char **argv);

#endif
