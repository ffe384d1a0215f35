/* power.h - families whose energy is power x time: what they share as such.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_POWER_H
#define SC_FAMILIES_POWER_H

#include "../family.h"

/* sc_family.bind_energy: the machine file holds powers, no table applies; SC_BAD_USAGE when one was asked for. */
int sc_power_bind(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err);

/* sc_family.energy: there are no events with an energy of their own. */
const double *sc_power_energy(const struct sc_machine *machine, unsigned event, const char **name, const char **unit);

#endif
