/* generate_cmd.h - the sub-command `generate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_GENERATE_CMD_H
#define SC_GENERATE_CMD_H

#include "options.h"

extern const struct sc_command sc_generate_manual;

/* sparsecast generate --rows R --cols C --density D --pattern KIND -o FILE ...: argv[0] is the sub-command's own
 * name.  Prints and returns the exit status (0, 1 or 2). */
int sc_generate_command(int argc, char **argv);

#endif
