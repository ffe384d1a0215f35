/* links.c - walks the routes of a butterfly layer's exchanges over a mesh with long links.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "links.h"

enum { LENGTH_MAX = 1024, LENGTHS = 2 };

struct sc_exchange sc_links_exchange(unsigned length, unsigned distance, unsigned skip)
{
    unsigned used[LENGTHS][LENGTH_MAX] = {{0}}; /* words over the unit or long link that begins at a PE, upwards */
    struct sc_exchange e = {0, 1};
    for (unsigned from = 0; from < length && from < LENGTH_MAX; from++) {
        if (from & distance)
            continue; /* the way back is the mirror image, over links of its own */
        unsigned hops = 0;
        for (unsigned at = from, left = distance; left > 0; hops++) {
            unsigned jump = skip > 1 && left >= skip ? skip : 1;
            unsigned *words = &used[jump > 1][at];
            if (++*words > e.beats)
                e.beats = *words;
            at += jump;
            left -= jump;
            if (at >= LENGTH_MAX)
                break;
        }
        e.hops = hops;
    }
    return e;
}
