/* counted.h - what is counted on a real operand along K, beyond the lengths of its fibers.
 *
 * The fibers of an operand that lie along K (rows of A, columns of B) are either packed into stationary tiles or
 * streamed past them.  Both are counted for sizes in powers of two, without a machine, and read off in between.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_COUNTED_H
#define SC_COUNTED_H

#include <stdbool.h>

enum { SC_TILE_SIZES = 8, SC_TILE_SMALLEST = 8, SC_WINDOW_LEVELS = 8, SC_WINDOW_BINS = 12 };

/* Packing whole fibers in order into tiles of at most P nonzeros, longer ones in chunks of P, then P - 1, for one P. 
 * Sums over all tiles or chunks: nonzeros, distinct k, and of the other operand all words between the smallest and
 * the largest k of a tile (read) and those at its k (matched). */
struct sc_tiling {
    double tiles, words, squares, distinct, read, matched; /* of whole fibers; squares: sum of nonzeros^2 */
    double empty;                                          /* of these, tiles of empty fibers alone */
    double folded;                                         /* longer fibers */
    double chunks, chunk_words, chunk_read, chunk_matched;
    /* Of the other operand's words, cut right behind the last k of each chunk: those of first chunks, and of chunks
     * between the first and the last. */
    double first_read, middle_read;
};

struct sc_counted {
    bool known;
    struct sc_tiling tiling[SC_TILE_SIZES]; /* P = SC_TILE_SMALLEST << i */
    /* Cut K into 2^i windows: share of all (fiber, window) pairs with 2^j..2^(j+1)-1 nonzeros, the last bin with
     * more, and mean and variance of their number.  What is missing to 1 has none. */
    float share[SC_WINDOW_LEVELS][SC_WINDOW_BINS], mean[SC_WINDOW_LEVELS][SC_WINDOW_BINS];
    float variance[SC_WINDOW_LEVELS][SC_WINDOW_BINS];
};

/* The tiling for tiles of `size` nonzeros; false outside the counted sizes.  *exact: `size` is one of them.  Else means
 * per tile, per chunk and per folded fiber lie between those of two counted sizes in proportion to log size; numbers of
 * tiles and chunks are rough, for it matters to them how fibers just fit. */
bool sc_counted_tiling(const struct sc_counted *counted, double size, struct sc_tiling *out, bool *exact);

#endif
