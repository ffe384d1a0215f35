/* plot_cmd.h - the sub-command `plot`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PLOT_CMD_H
#define SC_PLOT_CMD_H

#include "options.h"

extern const struct sc_command sc_plot_manual;

/* Runs `sparsecast plot`; argv[0] is "plot".  Returns the exit status (0, 1 or 2) after printing any error.
 * `reproduce` runs `sparsecast reproduce`, for figures of papers without a file. */
int sc_plot_command(int argc, char **argv, int (*reproduce)(int argc, char **argv));

#endif
