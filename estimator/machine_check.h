/* machine_check.h - what the values of a machine must be to one another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINE_CHECK_H
#define SC_MACHINE_CHECK_H

#include "machine.h"

enum { SC_RELATED_KEYS = 4 };

/* Checks relations between keys and resolves defaults that depend on others (words per bank).  On SC_BAD_INPUT keys[]
 * are those that do not fit together, the first one named in the message, NULL after the last; file and line are left
 * empty. */
int sc_machine_check(struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err);

#endif
