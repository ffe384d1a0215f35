/* grow.h - arrays that grow when they are full.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_GROW_H
#define SC_GROW_H

#include <stddef.h>

/* Room for one more item of `size` bytes behind the `count` of `items`, an array from malloc with room for *room (none
 * at first).  Returns the array, which may have moved, or NULL when memory is exhausted: then `items` stays as it was.
 * Free with free(). */
void *sc_grow(void *items, size_t count, size_t *room, size_t size);

/* The same for an array that never holds more than `most` items. */
void *sc_grow_within(void *items, size_t count, size_t most, size_t *room, size_t size);

#endif
