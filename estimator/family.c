/* family.c - the table of the families of machines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "family.h"

#include <string.h>

static const struct sc_family *const families[] = {
    &sc_family_flexagon, &sc_family_tensor_core, &sc_family_systolic,
    &sc_family_butterfly, &sc_family_fabnet, &sc_family_roofline,
};
static const char *const names[] = {
    "flexagon", "tensor-core", "systolic", "butterfly", "fabnet", "roofline",
};
_Static_assert(sizeof families / sizeof families[0] == sizeof names / sizeof names[0], "a name for every family");

const struct sc_family *sc_family_find(const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strcmp(name, families[i]->name) == 0)
            return families[i];
    return NULL;
}

const char *const *sc_family_names(size_t *count)
{
    *count = sizeof names / sizeof names[0];
    return names;
}
