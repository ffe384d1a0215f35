/* bitmap_format.h - an operand in the two-level bitmap format of the dual-side sparse tensor core.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_BITMAP_FORMAT_H
#define SC_BITMAP_FORMAT_H

#include <stdint.h>

#include "traces/pattern.h"

/* Warp tiles of `tile` places by `tile_k` steps of K.  Level one: bit t % 64 of warp[strip * words + t / 64] says
 * that tile t of the strip holds a nonzero.  Level two: such a tile has tile_k bitmaps, one per step, from
 * element[at[strip * tiles + t]] on; bit i is place strip * tile + i. */
struct sc_bitmap {
    uint64_t strips, tiles, words; /* tiles along K and 64-bit words for them, per strip */
    uint32_t tile, tile_k;
    uint64_t stored;               /* tiles that hold a nonzero */
    uint64_t *warp;
    uint64_t *at;
    uint32_t *element;
};

/* Encodes the pattern whose row k holds the places of step k.  `out` is new and owned by the caller, empty after a
 * failure: SC_NO_MEMORY, SC_UNSUPPORTED when its tiles do not fit the memory of any computer (2^40). */
int sc_bitmap_encode(struct sc_bitmap *out, const struct sc_pattern *steps, uint32_t tile, uint32_t tile_k,
                     struct sc_error *err);
void sc_bitmap_free(struct sc_bitmap *bitmap);

#endif
