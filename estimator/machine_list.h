/* machine_list.h - from the name of a machine to its file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINE_LIST_H
#define SC_MACHINE_LIST_H

#include <stdbool.h>

#include "machine.h"

/* Whether `name` is a path of a YAML file rather than the name of a shipped machine. */
bool sc_machine_is_path(const char *name);

/* Writes the path of the file of machine `name`; SC_BAD_USAGE with the nearest name when no such machine is shipped. */
int sc_machine_path(char path[SC_PATH_SIZE], const char *name, struct sc_error *err);

#endif
