/* windows.c - the double-buffer recurrence of the pipelined policy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "windows.h"

#include <math.h>
#include <stdlib.h>

#include "parts.h"

void windows_open(struct windows *windows)
{
    if (windows->count == windows->room) {
        windows->room = 2 * windows->room + 16;
        windows->list = realloc(windows->list, windows->room * sizeof *windows->list);
        if (!windows->list)
            abort();
    }
    windows->list[windows->count++] = (struct window){0};
}

/* The filler may run window_buffers ahead; outputs follow as many windows later. */
double windows_time(const struct windows *windows, const struct sc_machine *machine, double fill, uint64_t late_bytes)
{
    double bytes_per_cycle = machine->dram_gbps / machine->clock_ghz;
    double latency = machine->dram_latency_ns * machine->clock_ghz;
    double *end = oracle_alloc(windows->count, sizeof *end);
    double dram = 0, previous = 0;
    uint64_t ahead = machine->window_buffers, left = late_bytes;
    for (uint64_t w = 0; w < windows->count; w++) {
        const struct window *window = &windows->list[w];
        uint64_t bytes = window->needs;
        if (w >= ahead) {
            dram = fmax(dram, end[w - ahead]);
            bytes += windows->list[w - ahead].writes;
        }
        dram += (double)bytes / bytes_per_cycle;
        double ready = window->needs > 0 ? dram + latency : 0;
        /* Reading: the fill before merging delays the first merge window, not the filler. */
        end[w] = fmax(previous + (window->restart ? fill : 0), ready) + window->on_chip;
        previous = end[w];
        if (w + ahead >= windows->count)
            left += window->writes;
    }
    free(end);
    return fmax(previous, dram) + (double)left / bytes_per_cycle + fill;
}
