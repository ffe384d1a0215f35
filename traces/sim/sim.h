/* sim.h - one run of the simulator: the problem, the machine's parts, and the booking of what the dataflows do.
 *
 * Dataflows say what happens (a stationary load, runs of stream steps, a merge pass); how that becomes cycles is the
 * timing policy in book.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_H
#define SC_SIM_H

#include "array.h"
#include "cache.h"
#include "dram.h"
#include "fifo.h"
#include "interconnect.h"
#include "psram.h"
#include "simulate.h"
#include "streams.h"
#include "tree.h"

/* Counts that become cycles in the end.  Pipelined: load_banks, banks and merge_cycles are on-chip cycles already. */
struct sc_tally {
    uint64_t loads, empty_loads, load_banks; /* stationary loads with and without elements, their bank cycles */
    uint64_t steps, empty_steps, banks;      /* stream steps with and without loads, their bank cycles */
    uint64_t merged, drains;             /* Gustavson: elements merged on the fly; pipeline drains while streaming */
    uint64_t empty_rows;                 /* outer product: merge rows without fibers */
    uint64_t merge_cycles;               /* pipelined */
    uint64_t missing_steps, later_lines; /* steps with a missing line, missing lines beyond their first */
    int64_t replayed; /* with line_cycles, of the missing steps that wait for memory: cycles beyond latency and banks */
    uint64_t levels;  /* inner product, with inner_drain: of the tree, for the largest cluster of each tile */
};

struct sc_sim {
    const struct sc_pattern *left, *right; /* the operands as given */

    /* The M-stationary problem; patterns that the dataflow does not use are NULL. */
    uint64_t M, N, K;
    const struct sc_pattern *a_rows, *a_cols, *b_rows, *b_cols;
    uint64_t nnz_a, nnz_b;

    const struct sc_machine *machine;
    struct sc_sim_options options;
    struct sc_sim_result *r;
    bool blocking;
    uint64_t b_start; /* word address of B: behind A in the cache, or (pipelined) at 0 */

    /* Blocking: cycles per tile, tree levels apart; and what the last store waits for its line of C.  Outer product and
     * Gustavson store their last row in one go behind the line's miss; sums of the inner product come steps apart, so
     * there the line has arrived. */
    double tile_drain, last_miss;
    bool stores_rows;     /* Gustavson, with stores */
    uint64_t *outputs;    /* the columns of the row to store, a bit each */
    struct sc_cache cache;
    struct sc_replay replay;
    struct sc_streams streams;
    struct sc_array array;
    struct sc_tree tree;
    struct sc_fifo fifo;
    struct sc_network dn, rn;
    struct sc_dram dram;
    struct sc_psram psram;

    struct sc_tally tally;

    /* Pipelined: the window being filled. */
    struct sc_window window;
    bool window_open, merging;
    uint64_t window_steps, window_events;
    uint64_t tile_cycles;   /* on-chip cycles of the tile so far */
    double fill;            /* of the datapath, cycles */
    bool refill;            /* the next merge window waits for it */

    double traced;          /* blocking: cycles and steps up to which phases were reported */
    uint64_t traced_steps;
};

/* SC_END with a message when the caller asked to stop. */
int sc_sim_check_cancel(const struct sc_sim *sim, struct sc_error *err);

/* Loads elements [first, first + count) of A into the multipliers: a new tile. */
void sc_sim_stationary(struct sc_sim *sim, uint64_t first, uint64_t count);

/* Equal stream steps. */
struct sc_step {
    uint64_t loads;        /* words read; none: an empty step */
    uint64_t banks;        /* cycles of the busiest bank */
    uint64_t misses;       /* missing lines of the first of the steps */
    struct sc_wait wait;   /* blocking, with line_cycles: of the first */
    uint64_t sent, taken;  /* pipelined: elements through the distribution and out of the reduction network, per step */
    uint64_t writes;       /* pipelined: bytes the first step writes */
};

/* Blocking: the waits of one step or load.  Returns its cycles beyond those of the busiest bank. */
static inline double sc_sim_missing(const struct sc_sim *sim, struct sc_tally *tally, struct sc_access access,
                                    const struct sc_wait *wait)
{
    if (sim->machine->line_cycles == 0) {
        tally->missing_steps += access.misses > 0;
        tally->later_lines += access.misses > 0 ? access.misses - 1 : 0;
        return 0;
    }
    uint64_t last = wait->served > access.banks ? wait->served : access.banks;
    double arrived = access.misses > 0 ? sim->dram.exposed + (double)wait->replay : 0;
    if (arrived > (double)last) {
        tally->missing_steps++;
        tally->replayed += (int64_t)wait->replay - (int64_t)access.banks;
        return arrived - (double)access.banks;
    }
    tally->replayed += (int64_t)(last - access.banks);
    return (double)(last - access.banks);
}

/* Time goes on; kept where stores need it. */
static inline void sc_sim_pass(struct sc_sim *sim, double cycles)
{
    if (sim->stores_rows)
        sim->replay.busy.now += cycles;
}

void sc_sim_pipelined_steps(struct sc_sim *sim, uint64_t count, const struct sc_step *step);

static inline void sc_sim_steps(struct sc_sim *sim, uint64_t count, const struct sc_step *step)
{
    sim->r->steps += count;
    if (!sim->blocking) {
        sc_sim_pipelined_steps(sim, count, step);
    } else if (step->loads == 0) {
        sim->tally.empty_steps += count;
    } else {
        sim->tally.steps += count;
        sim->tally.banks += count * step->banks;
        double waits = sc_sim_missing(sim, &sim->tally, (struct sc_access){step->banks, step->misses}, &step->wait);
        sc_sim_pass(sim, (double)count * (sim->machine->step_fixed + (double)step->banks) + waits);
    }
}

/* Adds row k of B, for some multipliers, to the fibers that stream next, if it has elements. */
static inline void sc_sim_add_row(struct sc_sim *sim, uint64_t k, uint32_t multipliers)
{
    uint64_t start = sim->b_rows->ptr[k], length = sim->b_rows->ptr[k + 1] - start;
    if (length > 0)
        sc_streams_add(&sim->streams, sim->b_start + start, length, multipliers);
}

/* Adds the rows that the loaded array asks for. */
void sc_sim_add_groups(struct sc_sim *sim);

/* What a step of such a run is, without psum traffic. */
struct sc_step sc_sim_row_step(const struct sc_sim *sim, const struct sc_stream_run *run);

/* Ends a tile's streaming.  Gustavson: `longest` and `total` length of the fibers that the tree merges meanwhile;
 * otherwise 0. */
void sc_sim_end_tile(struct sc_sim *sim, uint64_t longest, uint64_t total);

/* Bytes that the current window waits for, or writes (pipelined). */
static inline void sc_sim_needs(struct sc_sim *sim, uint64_t bytes)
{
    sim->window.needs += bytes;
}

static inline void sc_sim_writes(struct sc_sim *sim, uint64_t bytes)
{
    sim->window.writes += bytes;
}

/* Starts the merging phase of the outer product. */
void sc_sim_start_merging(struct sc_sim *sim);

/* An output row without fibers. */
void sc_sim_empty_row(struct sc_sim *sim);

/* Fibers of one output row to merge; their lengths are in the tree. */
struct sc_merge {
    uint64_t row;
    uint64_t *fiber; /* pipelined: their numbers in PSRAM; overwritten */
    uint64_t extra;  /* pipelined: first number of fibers for intermediate unions */
};

/* Merges them in passes until one is left, and counts it as a row of C. */
int sc_sim_merge(struct sc_sim *sim, const struct sc_merge *merge, struct sc_error *err);

/* Most intermediate unions that merging `fibers` fibers leaves. */
uint64_t sc_sim_unions(uint64_t fibers, uint64_t leaves);

/* Turns the tallies into cycles and fills what follows from them. */
void sc_sim_finish(struct sc_sim *sim);

int sc_sim_inner(struct sc_sim *sim, struct sc_error *err);
int sc_sim_outer(struct sc_sim *sim, struct sc_error *err);
int sc_sim_gustavson(struct sc_sim *sim, struct sc_error *err);

#endif
