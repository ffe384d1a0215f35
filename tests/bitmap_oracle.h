/* bitmap_oracle.h - the dual-side sparse tensor core again, naively: bits as bools, banks as queues, one cycle after
 * the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_BITMAP_ORACLE_H
#define TESTS_BITMAP_ORACLE_H

#include <stdbool.h>

#include "traces/sim/bitmap.h"

/* Same counts as sc_bitmap_simulate() for a[m * K + k] and b[k * N + n], banked mode; `slots`: of an active pair of
 * warp tiles. */
void bitmap_oracle(struct sc_bitmap_counts *out, const struct sc_tensor_core *core, unsigned slots, const bool *a,
                   const bool *b, unsigned M, unsigned N, unsigned K);

#endif
