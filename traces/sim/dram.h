/* dram.h - latency and bandwidth of DRAM: exposed by single steps, or shared by double-buffered windows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_DRAM_H
#define SC_SIM_DRAM_H

#include <stdint.h>

#include "error.h"
#include "machine.h"
#include "write_buffer.h"

/* One window of work between two points where the filler and the reader meet. */
struct sc_window {
    uint64_t on_chip;       /* cycles that it takes with all its data there */
    uint64_t needs, writes; /* bytes that must arrive before it starts; bytes it writes */
    double fill;            /* cycles that the pipeline takes to fill anew before it */
};

/* DRAM and the windows so far.  The filler may be `ahead` windows ahead of window w, so that
 *   dram   = max(dram, end[w - ahead]) + (needs[w] + writes[w - ahead]) / bandwidth
 *   end[w] = max(end[w - 1] + fill, needs[w] > 0 ? dram + latency : 0) + on_chip
 * (this project's reading of the paper's filler and reader). */
struct sc_dram {
    double bytes_per_cycle, lines_per_cycle, latency; /* latency in cycles */
    double exposed;                   /* latency that a blocking step sees */
    double dram, end;                 /* when DRAM is free, when the last window ended */
    double *ends;                     /* of the last `ahead` windows, a ring */
    uint64_t ahead, windows, at;      /* at: entry of the next window in the ring */
    struct sc_write_buffer buffer;
    uint64_t read_bytes, written_bytes; /* by windows so far */
};

/* SC_NO_MEMORY.  `dram` is safe to free after a failure. */
int sc_dram_init(struct sc_dram *dram, const struct sc_machine *machine, struct sc_error *err);
void sc_dram_free(struct sc_dram *dram);

/* Runs the next window; returns when it ends.  It started on_chip cycles before. */
double sc_dram_window(struct sc_dram *dram, const struct sc_window *window);

/* Writes out what is still buffered and `bytes` more; returns when all is done. */
double sc_dram_finish(struct sc_dram *dram, uint64_t bytes);

/* Blocking: cycles that steps wait: the latency per step with a missing line, the transfer of each further
 * line of a step. */
double sc_dram_exposed(const struct sc_dram *dram, uint64_t missing_steps, uint64_t later_lines);

#endif
