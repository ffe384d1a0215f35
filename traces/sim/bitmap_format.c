/* bitmap_format.c - encoding a pattern as two-level bitmaps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bitmap_format.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"

#define TILES_MAX (UINT64_C(1) << 40)

static uint64_t parts(uint64_t whole, uint64_t part)
{
    return whole / part + (whole % part > 0);
}

/* Marks every tile that holds a nonzero; returns how many do. */
static uint64_t mark(struct sc_bitmap *b, const struct sc_pattern *p)
{
    uint64_t stored = 0;
    for (uint64_t k = 0; k < p->rows; k++)
        for (uint64_t q = p->ptr[k]; q < p->ptr[k + 1]; q++) {
            uint64_t strip = p->idx[q] / b->tile, t = k / b->tile_k, bit = UINT64_C(1) << t % SC_BITS;
            uint64_t *word = &b->warp[strip * b->words + t / SC_BITS];
            stored += (*word & bit) == 0;
            *word |= bit;
        }
    return stored;
}

static void place(struct sc_bitmap *b)
{
    uint64_t next = 0;
    for (uint64_t strip = 0; strip < b->strips; strip++)
        for (uint64_t t = 0; t < b->tiles; t++)
            if (b->warp[strip * b->words + t / SC_BITS] >> t % SC_BITS & 1) {
                b->at[strip * b->tiles + t] = next;
                next += b->tile_k;
            }
}

int sc_bitmap_encode(struct sc_bitmap *out, const struct sc_pattern *steps, uint32_t tile, uint32_t tile_k,
                     struct sc_error *err)
{
    *out = (struct sc_bitmap){.strips = parts(steps->cols, tile), .tiles = parts(steps->rows, tile_k), .tile = tile,
                              .tile_k = tile_k};
    out->words = parts(out->tiles, SC_BITS);
    if (out->strips > 0 && out->tiles > TILES_MAX / out->strips)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "an operand has more than 2^40 warp tiles");
    out->warp = calloc((size_t)(out->strips * out->words + 1), sizeof *out->warp);
    out->at = calloc((size_t)(out->strips * out->tiles + 1), sizeof *out->at);
    if (out->warp)
        out->stored = mark(out, steps);
    out->element = calloc((size_t)(out->stored * tile_k + 1), sizeof *out->element);
    if (!out->warp || !out->at || !out->element) {
        sc_bitmap_free(out);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the bitmaps of an operand");
    }
    place(out);
    for (uint64_t k = 0; k < steps->rows; k++)
        for (uint64_t q = steps->ptr[k]; q < steps->ptr[k + 1]; q++)
            out->element[out->at[steps->idx[q] / tile * out->tiles + k / tile_k] + k % tile_k] |=
                UINT32_C(1) << steps->idx[q] % tile;
    return SC_OK;
}

void sc_bitmap_free(struct sc_bitmap *bitmap)
{
    free(bitmap->warp);
    free(bitmap->at);
    free(bitmap->element);
    *bitmap = (struct sc_bitmap){0};
}
