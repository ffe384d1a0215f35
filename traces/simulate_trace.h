/* simulate_trace.h - phases of a run, recorded while it runs and written as CSV when its turn comes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIMULATE_TRACE_H
#define SC_SIMULATE_TRACE_H

#include <stddef.h>

#include "error.h"
#include "traces/sim/simulate.h"

/* Phases in the order of the run; `phase` belongs to the log, names are the simulator's. */
struct sc_trace_log {
    struct sc_sim_phase *phase;
    size_t phases, room;
    bool overflow; /* memory was exhausted: phases are missing */
};

/* Appends a phase: struct sc_sim_options.trace with the log as context. */
void sc_trace_record(const struct sc_sim_phase *phase, void *log);
void sc_trace_log_free(struct sc_trace_log *log);

struct sc_trace_file;

/* Starts a timeline CSV (layer,machine,dataflow,phase,start,end,events), which appears whole or not at all. */
int sc_trace_open(struct sc_trace_file **file, const char *path, struct sc_error *err);

/* Writes the log of one run. */
int sc_trace_write(struct sc_trace_file *file, const struct sc_trace_log *log, const char *layer, const char *machine,
                   enum sc_dataflow dataflow, struct sc_error *err);

/* Completes and frees; or gives up and frees. */
int sc_trace_close(struct sc_trace_file *file, struct sc_error *err);
void sc_trace_abandon(struct sc_trace_file *file);

#endif
