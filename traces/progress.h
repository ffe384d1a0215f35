/* progress.h - a bar with the time left on standard error, for work that takes longer than a second.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PROGRESS_H
#define SC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct sc_progress {
    bool on;             /* standard error is a terminal and nobody asked for silence */
    bool drawn;
    double total, done;  /* any unit of work */
    uint64_t count, finished; /* pieces of work */
    double started, shown;    /* seconds */
};

/* `count` pieces of work that weigh `total` together. */
void sc_progress_start(struct sc_progress *progress, bool quiet, double total, uint64_t count);

/* One piece has ended.  Draws at most four times a second.  One thread at a time. */
void sc_progress_add(struct sc_progress *progress, double weight);

/* Wipes the bar. */
void sc_progress_end(struct sc_progress *progress);

/* Writes a time for people: "8 s", "3 min 20 s", "2 h 5 min". */
void sc_progress_time(char *out, unsigned size, double seconds);

#endif
