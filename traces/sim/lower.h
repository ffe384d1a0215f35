/* lower.h - bitmap im2col: the columns of a lowered activation matrix cut out of the bitmaps of a map's rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_LOWER_H
#define SC_SIM_LOWER_H

#include <stdint.h>

#include "operator.h"
#include "traces/pattern.h"

/* What lowering takes, per 32 outputs of a row for one k = (channel, filter row, filter column). */
struct sc_lower_counts {
    uint64_t windows;  /* bitmaps cut out: a shift, an AND and two POPC each */
    uint64_t extracts; /* of them, every stride-th bit taken */
    uint64_t values;   /* nonzeros moved; contiguous in the row's packed values at stride 1 */
};

/* Lowers a map for an outer product: row k of `out` holds the output pixels, in order of image, row, column, whose
 * receptive field is nonzero there; K x N as of a layer of one group.  `map` has a row per image, channel and line (in
 * this order, the last fastest) and in_width columns.  Padding is zero.  Nothing is expanded: a row's bitmap is read
 * once per filter row and column and shifted.  `out` is new and owned by the caller.  SC_BAD_INPUT when the operator
 * has no geometry or the map another shape, SC_NO_MEMORY.  Source: the algorithm of DSTC (arXiv 2105.09564, through
 * descriptions); beyond stride 1 a decision of ours. */
int sc_bitmap_lower(struct sc_pattern *out, const struct sc_pattern *map, const struct sc_operator *op,
                    struct sc_lower_counts *counts, struct sc_error *err);

#endif
