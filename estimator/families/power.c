/* power.c - families whose energy is power x time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "power.h"

#include <stdio.h>

int sc_power_bind(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err)
{
    (void)directory;
    *key = "energy.table";
    if (machine->energy_request.table[0])
        return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                       "machine '%.60s' has powers in its own file: no energy table applies", machine->name);
    snprintf(machine->energy.table, sizeof machine->energy.table, "power");
    snprintf(machine->energy.digest, sizeof machine->energy.digest, "own");
    return SC_OK;
}

const double *sc_power_energy(const struct sc_machine *machine, unsigned event, const char **name, const char **unit)
{
    (void)machine;
    (void)event;
    *name = *unit = "";
    return NULL;
}
