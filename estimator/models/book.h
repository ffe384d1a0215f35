/* book.h - what closed forms book in the same way (account.h); nothing is computed without an account.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_BOOK_H
#define SC_MODELS_BOOK_H

#include "model.h"

/* Books so many loads of n words each (blocking). */
void sc_book_loads(const struct sc_plan *plan, struct sc_account *account, double loads, double n);

/* Books steps of tiles and the tiles' drains (blocking). */
void sc_book_steps(const struct sc_plan *plan, struct sc_account *account, double steps, double banks, double tiles,
                   double drain);

/* Books chunks of n nonzeros of a row: their loads, steps, sums that leave the tree, drains (Gustavson, blocking). */
void sc_book_chunks(const struct sc_plan *plan, struct sc_account *account, double chunks, double n, double steps,
                    double banks, double outputs);

/* Books `count` tiles: loads of `load` cycles, `steps` steps that take `walk` cycles together (pipelined). */
void sc_book_tiles(struct sc_account *account, double count, double load, double steps, double walk);

/* Books a separate merging: passes cost `each`, `idle` cycles give no output. */
void sc_book_merging(struct sc_account *account, double outputs, double passes, double each, double idle);

/* Books `cycles` of exposed DRAM time of `missing` waits for `lines` lines together (blocking). */
void sc_book_misses(const struct sc_plan *plan, struct sc_account *account, double missing, double lines,
                    double cycles);

/* Books the stall of a pipelined run: `fills` fillings of the datapath, waiting for DRAM. */
void sc_book_stall(const struct sc_plan *plan, const struct sc_events *e, const struct sc_cycles *c, double fills);

#endif
