/* dram.c - the double-buffer recurrence and the exposed time of blocking steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "dram.h"

#include <math.h>
#include <stdlib.h>

int sc_dram_init(struct sc_dram *dram, const struct sc_machine *machine, struct sc_error *err)
{
    *dram = (struct sc_dram){.ahead = machine->window_buffers};
    dram->bytes_per_cycle = machine->dram_gbps / machine->clock_ghz;
    dram->lines_per_cycle = dram->bytes_per_cycle / machine->str_line_bytes;
    dram->latency = machine->dram_latency_ns * machine->clock_ghz;
    dram->exposed = dram->latency + machine->miss_fixed;
    dram->ends = calloc((size_t)dram->ahead, sizeof *dram->ends);
    if (!dram->ends)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for DRAM windows");
    return sc_write_buffer_init(&dram->buffer, dram->ahead, err);
}

void sc_dram_free(struct sc_dram *dram)
{
    free(dram->ends);
    sc_write_buffer_free(&dram->buffer);
    *dram = (struct sc_dram){0};
}

double sc_dram_window(struct sc_dram *dram, const struct sc_window *window)
{
    uint64_t bytes = window->needs + sc_write_buffer_pass(&dram->buffer, window->writes);
    if (dram->windows >= dram->ahead)
        dram->dram = fmax(dram->dram, dram->ends[dram->at]);
    dram->dram += (double)bytes / dram->bytes_per_cycle;
    double ready = window->needs > 0 ? dram->dram + dram->latency : 0;
    dram->end = fmax(dram->end + window->fill, ready) + (double)window->on_chip;
    dram->ends[dram->at] = dram->end;
    dram->at = dram->at + 1 < dram->ahead ? dram->at + 1 : 0;
    dram->windows++;
    dram->read_bytes += window->needs;
    dram->written_bytes += window->writes;
    return dram->end;
}

double sc_dram_finish(struct sc_dram *dram, uint64_t bytes)
{
    uint64_t left = sc_write_buffer_drain(&dram->buffer) + bytes;
    dram->written_bytes += bytes;
    return fmax(dram->end, dram->dram) + (double)left / dram->bytes_per_cycle;
}

double sc_dram_exposed(const struct sc_dram *dram, uint64_t missing_steps, uint64_t later_lines)
{
    return (double)missing_steps * dram->exposed + (double)later_lines / dram->lines_per_cycle;
}
