/* windows.h - the oracle's double-buffered windows of work and the recurrence that turns them into time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ORACLE_WINDOWS_H
#define ORACLE_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "estimator/machine.h"

struct window {
    double on_chip;         /* R, cycles */
    uint64_t needs, writes; /* F, O, bytes */
    bool restart;           /* the pipeline fills anew before it (outer product: first merge window) */
};

struct windows {
    struct window *list; /* in order of execution; free() it */
    uint64_t count, room;
};

/* Appends an empty window. */
void windows_open(struct windows *windows);

/* Cycles of the whole run.  `fill` is the latency of the datapath, `late_bytes` what is written after the last
 * window. */
double windows_time(const struct windows *windows, const struct sc_machine *machine, double fill, uint64_t late_bytes);

#endif
