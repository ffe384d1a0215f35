/* calibrate_cmd.h - the sub-command `calibrate`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CALIBRATE_CMD_H
#define SC_CALIBRATE_CMD_H

#include "options.h"

extern const struct sc_command sc_calibrate_manual;

/* Runs `sparsecast calibrate`; argv[0] is "calibrate".  Returns the exit status (0, 1 or 2) after printing any error.
 */
int sc_calibrate_command(int argc, char **argv);

#endif
