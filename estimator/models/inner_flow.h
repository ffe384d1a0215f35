/* inner_flow.h - the tiles of the inner product in the double-buffer recurrence of the pipelined policy.
 *
 * A window of steps starts when the one before has ended and its bytes are there; DRAM may fetch `window_buffers`
 * windows ahead.  Tiles of a kind have equal windows, so the recurrence is followed until it repeats itself and the
 * rest is added at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_INNER_FLOW_H
#define SC_INNER_FLOW_H

#include "model.h"

/* Tiles of a kind. */
struct sc_flow_tiles {
    double count;
    double steps, busy;      /* per tile; cycles of all steps */
    double load;             /* cycles of the stationary load, before the first step */
    double stationary_bytes; /* fetched before the first window */
    double lines;            /* of B fetched by each tile, */
    double fresh, rest;      /* by the first tile in its place (0: no such tile), and once more over all others */
    double reach;            /* share of the steps that these lines belong to, one after the other */
    double write_bytes;      /* per tile */
};

void sc_flow_add(struct sc_pipe *flow, const struct sc_flow_tiles *tiles);

/* Rows in up to three kinds of chunks, part[].count of each per row; the first row fetches `fresh` lines when `cold`.
 * */
void sc_flow_rows(struct sc_pipe *flow, const struct sc_flow_tiles part[3], double rows, double cold);

/* Turns `flow` into the mean of itself and `other`, which counts with weight `share`. */
void sc_flow_mix(struct sc_pipe *flow, const struct sc_pipe *other, double share);

/* Cycles of the whole run when all is written, the datapath's filling included. */
double sc_flow_finish(const struct sc_pipe *flow);

#endif
