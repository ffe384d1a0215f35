/* account.c - names of phases and of what closed forms charge for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "account.h"

const char *sc_phase_name(enum sc_phase phase)
{
    static const char *const names[SC_PHASES] = {
#define X(id, name) name,
        SC_PHASE_LIST(X)
#undef X
    };
    return names[phase];
}

const struct sc_charge_facts *sc_charge_facts(enum sc_charge charge)
{
    static const struct sc_charge_facts facts[SC_CHARGES] = {
#define X(id, phase, what, unit) {SC_PHASE_##phase, what, unit},
        SC_CHARGE_LIST(X)
#undef X
    };
    return &facts[charge];
}
