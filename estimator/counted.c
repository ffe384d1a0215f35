/* counted.c - reads what was counted for powers of two off in between.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "counted.h"

#include <math.h>

bool sc_counted_tiling(const struct sc_counted *counted, double size, struct sc_tiling *out)
{
    double place = log2(size / SC_TILE_SMALLEST);
    if (!counted->known || place < 0 || place > SC_TILE_SIZES - 1)
        return false;
    unsigned i = (unsigned)place;
    double part = place - i;
    *out = counted->tiling[i];
    if (part <= 1e-9)
        return true;
    const struct sc_tiling *next = &counted->tiling[i + 1];
    /* numbers of tiles and what they add up to go down with the size, so their product with it changes slowly */
    double low = (1 - part) * (SC_TILE_SMALLEST << i) / size, high = part * (SC_TILE_SMALLEST << (i + 1)) / size;
#define X(field) out->field = low * out->field + high * next->field
    X(tiles);
    X(distinct);
    X(read);
    X(matched);
    X(empty);
    X(chunks);
    X(chunk_read);
    X(chunk_matched);
    X(middle_read);
#undef X
#define X(field) out->field = (1 - part) * out->field + part * next->field
    X(words);
    X(squares);
    X(folded);
    X(chunk_words);
    X(first_read);
#undef X
    return true;
}
