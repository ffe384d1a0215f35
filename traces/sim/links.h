/* links.h - routes of a butterfly layer's exchanges over a mesh with long links.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LINKS_H
#define SC_LINKS_H

/* What exchanging one word between every pair of PEs takes. */
struct sc_exchange {
    unsigned hops;    /* of each word */
    unsigned beats;   /* words over the busiest link: cycles per word in a steady flow */
};

/* PEs `distance` apart (a power of two) along a row or column of `length` PEs exchange a word each, both ways; words
 * jump `skip` PEs at a time over the long links while that does not overshoot, then go from neighbour to neighbour.
 * Routes are walked and links counted (skip-hop network of MLX, ISCA 2026: strides 1 and 2 of a 4x4 mesh are one hop).
 */
struct sc_exchange sc_links_exchange(unsigned length, unsigned distance, unsigned skip);

#endif
