/* array.c - loading stationary tiles into the multiplier array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "array.h"

#include <stdlib.h>

int sc_array_init(struct sc_array *array, uint64_t size, uint64_t width, struct sc_error *err)
{
    *array = (struct sc_array){.size = size};
    array->group = calloc((size_t)size, sizeof *array->group);
    array->slot = calloc(width ? (size_t)width : 1, sizeof *array->slot);
    if (!array->group || !array->slot) {
        sc_array_free(array);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the multiplier array");
    }
    return SC_OK;
}

void sc_array_free(struct sc_array *array)
{
    free(array->group);
    free(array->slot);
    *array = (struct sc_array){0};
}

void sc_array_clear(struct sc_array *array)
{
    array->used = array->groups = 0;
}

void sc_array_load_same(struct sc_array *array, uint32_t k, uint64_t count)
{
    uint32_t slot = array->slot[k];
    if (slot >= array->groups || array->group[slot].k != k) {
        slot = array->slot[k] = (uint32_t)array->groups++;
        array->group[slot] = (struct sc_group){.k = k};
    }
    array->group[slot].multipliers += (uint32_t)count;
    array->used += count;
}

void sc_array_load(struct sc_array *array, const uint32_t *k, uint64_t count)
{
    for (uint64_t j = 0; j < count; j++)
        sc_array_load_same(array, k[j], 1);
}
