/* import_cmd.h - the sub-command `import`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_IMPORT_CMD_H
#define SC_IMPORT_CMD_H

#include "options.h"

extern const struct sc_command sc_import_manual;

/* sparsecast import FILE [-o LAYERS.csv] [--same-padding] [--split-depthwise]: argv[0] is the sub-command's own name.
 * Prints and returns the exit status (0, 1 or 2). */
int sc_import_command(int argc, char **argv);

#endif
