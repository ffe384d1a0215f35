/* report_cmd.h - the sub-command `report`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_REPORT_CMD_H
#define SC_REPORT_CMD_H

#include "options.h"

extern const struct sc_command sc_report_manual;

/* Runs `sparsecast report`; argv[0] is "report".  Returns the exit status (0, 1 or 2) after printing any error. */
int sc_report_command(int argc, char **argv);

#endif
