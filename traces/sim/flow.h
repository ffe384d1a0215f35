/* flow.h - a discrete simulator of blocks in flight: instances of layered graphs run through the load, compute,
 * transfer and store pipes of a PE, next to a scratchpad port and DRAM that all PEs share.
 *
 * All PEs of the array run the same instruction in the same cycle on data of their own, so one PE's pipes stand for all
 * and the links' conflicts are in the transfers' lengths (flow_links.h).  An instance holds a tag from admission until
 * its last pipe has finished; of the blocks that are ready for a free pipe the one with the smallest tag wins.  A graph
 * that is divided into passes is a chain of streams; an instance may start when the unit of the stream before it that
 * its points come from is complete.  Times are whole cycles, DRAM's are thousandths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_DFG_H
#define SC_DFG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum {
    SC_DFG_LAYERS = 64,
    SC_DFG_STREAMS = 24, /* one for each stage of the longest butterfly */
    SC_DFG_TAGS = 64
};

/* One layer of an instance: a tagged block {load, compute, transfer}.  Cycles; 0: the block has no such part. */
struct sc_dfg_layer {
    uint64_t load;             /* of the load pipe */
    uint64_t load_port;        /* of the scratchpad port for the same words */
    uint64_t compute;          /* 0: a block that only passes on */
    uint64_t transfer;         /* of the transfer pipe, waiting for links included */
    uint64_t transfer_latency; /* from its end until the words can be used */
};

struct sc_dfg_stream {
    unsigned layers; /* at least 1 */
    struct sc_dfg_layer layer[SC_DFG_LAYERS];
    uint64_t store, store_port; /* after the last layer */
    uint64_t unit;   /* first stream: unused; else: instances of the stream before that must all be complete */
    uint64_t ahead;  /* units that the stream before may be ahead of this one's completed ones; 0: any number */
};

/* A run of `instances` instances through every stream.  Instance i belongs to DMA unit i / per_unit. */
struct sc_dfg {
    unsigned streams;
    const struct sc_dfg_stream *stream;
    uint64_t instances, per_unit;
    uint64_t first_bytes;                /* weights, fetched before everything else */
    uint64_t unit_bytes_in, unit_bytes_out; /* of a full DMA unit */
    uint64_t last_bytes_in, last_bytes_out; /* of the last one */
    uint64_t ahead;                      /* DMA units that the scratchpad holds at a time; at least 1 */
    uint64_t dram_rate;                  /* bytes per 1000 cycles; at least 1 */
    unsigned tags;                       /* 1 to SC_DFG_TAGS */
    unsigned task_blocks;                /* blocks per configuration, at least 1 */
    uint32_t task_cycles;                /* the compute pipe waits so long for each */
    uint32_t load_latency, compute_latency;
};

/* What a run did.  Busy cycles of each pipe, of the port and of DRAM (thousandths). */
struct sc_dfg_run {
    uint64_t cycles;
    uint64_t load, compute, transfer, store, launch, port, dram_thousandths;
    uint64_t blocks, tasks;
    uint64_t dram_read_bytes, dram_write_bytes;
};

/* Runs it.  Time: per block and pipe, times tags in flight.  Memory: 16 bytes per unit and stream.  `cancel` may be
 * NULL. SC_END when cancelled, SC_UNSUPPORTED for a run of more than 2^33 blocks, SC_NO_MEMORY. */
int sc_dfg_run(struct sc_dfg_run *run, const struct sc_dfg *flow, const volatile sig_atomic_t *cancel,
                struct sc_error *err);

#endif
