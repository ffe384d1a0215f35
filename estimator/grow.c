/* grow.c - arrays that grow when they are full.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "grow.h"

#include <stdint.h>
#include <stdlib.h>

enum { FIRST_ROOM = 64 };

void *sc_grow_within(void *items, size_t count, size_t most, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    size_t larger = *room > SIZE_MAX / 2 ? SIZE_MAX : *room ? 2 * *room : FIRST_ROOM;
    larger = larger < most ? larger : most;
    void *moved = larger <= SIZE_MAX / size ? realloc(items, larger * size) : NULL;
    if (moved)
        *room = larger;
    return moved;
}

void *sc_grow(void *items, size_t count, size_t *room, size_t size)
{
    return sc_grow_within(items, count, SIZE_MAX, room, size);
}
