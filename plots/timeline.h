/* timeline.h - the timelines that `sparsecast simulate --trace` writes: one lane per run, ready for timeline.gp.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TIMELINE_H
#define SC_TIMELINE_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "rows.h"

/* More lanes than SC_LANES do not fit a page.  SC_BINS is finer than print: 7 in at 300 dots per inch are 2100. */
enum { SC_LANES = 24, SC_PHASES = 6, SC_BINS = 2048, SC_LANE_NAME = 200 };

/* One run: how much of each stretch of time it spent in each phase. */
struct sc_lane {
    char layer[SC_LANE_NAME], machine[SC_LANE_NAME], dataflow[SC_LANE_NAME];
    double width;              /* cycles of a bin */
    double latest, end;        /* start of its last phase; end of the run */
    double *time[SC_PHASES];   /* cycles per bin, NULL: not in this phase */
};

struct sc_timeline {
    char phase[SC_PHASES][SC_LANE_NAME];
    unsigned phases; /* the usual ones first, whether they occur or not */
    struct sc_lane lane[SC_LANES];
    unsigned lanes;
    double runs; /* in the file; beyond SC_LANES they are not kept */
};

/* Whether this is the header of a timeline. */
bool sc_timeline_is(const struct sc_row *header);

/* Reads a timeline ("-": standard input) in one pass, in memory that does not depend on its length.  A run begins where
 * layer, machine or dataflow change or time goes back.  Errors carry file and line.  Free with sc_timeline_free(), also
 * after a failure. */
int sc_timeline_read(struct sc_timeline *timeline, const char *path, struct sc_error *err);
void sc_timeline_free(struct sc_timeline *timeline);

/* Writes the gnuplot commands that define what timeline.gp draws. */
void sc_timeline_write(const struct sc_timeline *timeline, FILE *out);

#endif
