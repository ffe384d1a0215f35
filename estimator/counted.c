/* counted.c - reads what was counted for powers of two off in between.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "counted.h"

#include <math.h>

#include "numeric.h"

/* Mean of two means `low` and `high`, of which either may be of nothing. */
static double between(double sum_low, double n_low, double sum_high, double n_high, double part)
{
    double low = n_low > 0 ? sum_low / n_low : sum_high / (n_high > 0 ? n_high : 1);
    double high = n_high > 0 ? sum_high / n_high : low;
    return (1 - part) * low + part * high;
}

bool sc_counted_tiling(const struct sc_counted *counted, double size, struct sc_tiling *out, bool *exact)
{
    double place = log2(size / SC_TILE_SMALLEST);
    if (!counted->known || place < 0 || place > SC_TILE_SIZES - 1)
        return false;
    unsigned i = (unsigned)place;
    double part = place - i;
    *exact = part <= 1e-9;
    *out = counted->tiling[i];
    if (*exact)
        return true;
    const struct sc_tiling low = *out, *high = &counted->tiling[i + 1];
    double low_middles = low.chunks - 2 * low.folded, high_middles = high->chunks - 2 * high->folded;
    double weight = (1 - part) * (SC_TILE_SMALLEST << i) / size, other = part * (SC_TILE_SMALLEST << (i + 1)) / size;
    /* numbers of tiles and chunks go down with the size, so that their product with it changes slowly */
    out->tiles = weight * low.tiles + other * high->tiles;
    out->empty = weight * low.empty + other * high->empty;
    out->chunks = weight * low.chunks + other * high->chunks;
    out->folded = (1 - part) * low.folded + part * high->folded;
#define MEAN(field, of) out->field = out->of * between(low.field, low.of, high->field, high->of, part)
    MEAN(words, tiles);
    MEAN(squares, tiles);
    MEAN(distinct, tiles);
    MEAN(read, tiles);
    MEAN(matched, tiles);
    MEAN(chunk_words, chunks);
    MEAN(chunk_read, chunks);
    MEAN(chunk_matched, chunks);
    MEAN(first_read, folded);
#undef MEAN
    out->middle_read = sc_max(0, out->chunks - 2 * out->folded) *
                       between(low.middle_read, low_middles, high->middle_read, high_middles, part);
    return true;
}
