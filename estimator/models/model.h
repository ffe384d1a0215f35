/* model.h - what every closed form of a Flexagon-family dataflow takes and fills.
 *
 * A closed form sees a plan (the machine with its tables) and a task (the profile of one layer, already transposed for
 * N-stationary dataflows).  It fills expected events and cycles; it allocates nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODEL_H
#define SC_MODEL_H

#include "../machine.h"
#include "../numeric.h"
#include "../profile.h"
#include "../shapes.h"

/* A machine bound once: its constants in cycles and words, and its tables. */
struct sc_plan {
    struct sc_machine machine;
    struct sc_shapes shapes;
    double leaves;         /* P: multipliers, elements per stationary tile, fibers per merge pass */
    double line_words;
    double capacity_lines; /* of the STR cache */
    double miss_latency;   /* cycles of exposed latency of a step with a miss */
    double lines_per_cycle;
    double bytes_per_cycle;
    double fill_latency;   /* pipelined: networks and tree filled once per phase */
};

int sc_plan_init(struct sc_plan *plan, const struct sc_machine *machine, struct sc_error *err);
void sc_plan_free(struct sc_plan *plan);

/* Quadrature over the row lengths of A: `share` of the rows have about `length` nonzeros.  Nodes never straddle a chunk
 * boundary, so that counts of chunks are right. */
struct sc_node {
    double length, share;
};

enum { SC_NODES_MAX = 64 };

struct sc_nodes {
    unsigned count;
    struct sc_node node[SC_NODES_MAX];
};

/* Nodes for rows that are cut after every `chunk` nonzeros. */
void sc_nodes_fill(struct sc_nodes *nodes, const struct sc_lengths *l, double chunk);

struct sc_task {
    const struct sc_profile *profile;
    struct sc_nodes chunks;    /* A's rows in chunks of P (outer product, Gustavson) */
    double empty_fibers;       /* share of B's rows without a nonzero */
    double empty_rows, empty_columns; /* shares of A's rows and columns without one */
};

void sc_task_init(struct sc_task *task, const struct sc_plan *plan, const struct sc_profile *profile);

/* Expected events of a layer. */
struct sc_events {
    double tiles;             /* stationary tiles (iterations) */
    double steps;             /* stream steps */
    double str_reads;         /* words of B read */
    double folded_reads;      /* words of partial C read through the cache (inner product, blocking) */
    double line_misses;       /* lines fetched by the cache */
    double merge_passes;      /* groups of at most P fibers merged in a separate phase */
    double merge_inputs;      /* elements entering those passes */
    double merge_outputs;     /* elements leaving those passes */
    double tree_merged;       /* elements merged on the fly (Gustavson), outputs */
    double psum_writes, psum_reads;
    double spill_write_bytes, spill_read_bytes;
    double delivered;         /* distinct elements carried by the distribution network */
    double intersections;     /* elements compared for a match (inner product) */
    double output_bytes;      /* final C */
    double stationary_words;  /* words of A loaded */
    double stationary_bytes;  /* read from DRAM for A past the cache (pipelined: through the STA FIFO) */
};

/* Cycles by phase; they add up to the total. */
struct sc_cycles {
    double stationary, stream, merge, stall;
};

/* Mean nonzeros per row of B. */
static inline double sc_fiber(const struct sc_profile *p)
{
    return p->b.nnz / p->K;
}

typedef void sc_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c);

sc_model sc_inner_model, sc_outer_model, sc_gustavson_model;

/* How A's rows fall into tiles of at most P nonzeros, whole rows in order. */
struct sc_packing {
    double tiles;       /* tiles of whole rows */
    double words;       /* stationary words per such tile */
    double rows;        /* rows per such tile, empty ones included */
    double folded_rows; /* rows longer than P, which stand alone */
};

void sc_pack_rows(const struct sc_plan *plan, const struct sc_task *task, struct sc_packing *k);

/* One stationary load of n words through the cache: bank cycles and fixed cycles (blocking). */
double sc_blocking_load(const struct sc_plan *plan, double n);

/* Exposed DRAM cycles of `loads` stationary loads that together fetch `lines` new lines of A, n words each (blocking). */
double sc_blocking_load_stall(const struct sc_plan *plan, double loads, double n);

/* Exposed DRAM cycles of `steps` steps over which `lines` missing lines fall at random (blocking):
 * P(step misses) = 1 - exp(-lines/steps); a missing step waits for the latency and then one line per 1/LPC cycles. */
double sc_blocking_stall(const struct sc_plan *plan, double steps, double lines);

/* The same when lines are touched for the first time in ever fewer steps: row i of `rows` brings lines*(1-keep)*keep^i. */
double sc_blocking_stall_cooling(const struct sc_plan *plan, double steps_per_row, double lines, double keep, double rows);

/* Exposed DRAM cycles of `missing` steps of consecutive words, `words` each, that fetch `lines` lines together (blocking). */
double sc_contiguous_stall(const struct sc_plan *plan, double missing, double lines, double words);

/* Steps that read fibers side by side, summed over a run (blocking). */
struct sc_queue {
    double steps, banks, reads; /* steps, cycles of their busiest banks, words read */
    double same;                /* multipliers that read the same word */
};

/* `stall` of missing lines in such steps as sc_blocking_stall() and its kin have it, as it is under the machine's line_cycles. */
double sc_replayed_stall(const struct sc_plan *plan, double stall, double lines, const struct sc_queue *q);

/* sc_refetches() while each row of A also brings `stored` lines of C into the cache: a gap of g rows then misses when it touches more
 * than the cache holds of B and C together. */
double sc_refetches_beside(const struct sc_plan *plan, double lines_of_b, double d, double rows, double stored);

/* From the last output to the end of the run (blocking). */
double sc_last_store(const struct sc_plan *plan, const struct sc_profile *p, bool inner);

/* A class of stationary tiles under the pipelined policy.  A tile's steps are cut into windows of window_steps; its first window
 * waits for the tile's elements of A and what else `fetch` counts, later windows fetch with probability `later`. */
struct sc_tiles {
    double count;
    double steps, deviation; /* stream steps per tile, mean and standard deviation */
    double busy;             /* on-chip cycles per tile, stationary load included */
    double load;             /* of these, the stationary load */
    double excess;           /* of these, merging that outlasts the steps, at the end of the last window */
    double quiet, quiet_cycles; /* windows per tile that fetch nothing (merge passes), and the length of one */
    double fetch_bytes;      /* arriving before the first window */
    double later, later_bytes; /* P(a later window fetches), bytes when it does */
    double write_bytes;      /* leaving per tile */
};

/* Cycles that such tiles wait for DRAM, each behind its like: the filler is window_buffers windows ahead, so a window that
 * fetches starts no earlier than latency and transfer after the end of the window that many before it. */
double sc_tiles_stall(const struct sc_plan *plan, const struct sc_tiles *t);

/* The same for windows without steps of equal length `cycles` (merge passes), a share `fetching` of which fetch `bytes`. */
double sc_windows_stall(const struct sc_plan *plan, double windows, double cycles, double fetching, double bytes,
                        double write_bytes);

/* Waits of the first touch of B, `bytes` in all, by tiles like `t`: each leaves the share `keep` of the rest untouched.  The very first
 * window waits in full; windows that bring new lines wait for latency, and DRAM may run behind the tile. */
double sc_cold_wait(const struct sc_plan *plan, const struct sc_tiles *t, double bytes, double keep);

/* Stall of a whole phase: the exposed waits, or what DRAM bandwidth demands beyond the busy cycles, whichever is more. */
double sc_phase_stall(const struct sc_plan *plan, double waits, double busy, double bytes);

/* E[max(1, ceil(x / per_cycle))] of a count x with this mean and variance, at most `most`. */
double sc_expected_beats(double mean, double variance, double per_cycle, double most);

/* Blocks of PSRAM that `fibers` fibers with lengths like B's rows take. */
double sc_psram_blocks(const struct sc_plan *plan, const struct sc_lengths *l, double fibers);

/* Bank cycles of streaming n rows of B side by side.  Rows are taken in order with probability `taken`, so their starts are spaced,
 * not random.  `same` multipliers load each row's word; with all rows live the fullest bank serves `apart` words when no two rows
 * share a bank and `random` words when rows lie in random banks.  `lines`: a bank serves all words of one line at once. */
double sc_bank_cycles(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_walk *walk, double n, double taken,
                      double same, double apart, double random, bool lines);

/* Share of all lines of B touched when each row is taken with probability `taken`, and of these the share in which a taken row
 * begins (touched by the first step). */
double sc_touched_share(const struct sc_plan *plan, const struct sc_profile *p, double taken);
double sc_first_step_share(const struct sc_plan *plan, const struct sc_profile *p, double taken);

/* Greatest common divisor of two whole numbers. */
double sc_common_divisor(double a, double b);

/* Share of stream steps in which any row can enter a new line: rows of equal length begin at few phases of a line. */
double sc_crossing_share(const struct sc_plan *plan, const struct sc_profile *p);

/* sc_blocking_stall() of the steps after a tile's first, `live` rows side by side: rows of equal length that follow each other enter
 * new lines in turn, all others at random. */
double sc_crossing_stall(const struct sc_plan *plan, const struct sc_profile *p, double steps, double lines, double live,
                         double taken);

/* Merging the `fibers` fibers of one output row, which together are the union of `rows` rows of B, P at a time until one is
 * left.  Returns the number of output elements summed over all passes, and the number of passes in *passes. */
double sc_merge_row(const struct sc_plan *plan, const struct sc_profile *p, double fibers, double rows, double *passes);

/* Expected fetches of a fiber of B after its first that miss under LRU, when each of `rows` rows of A takes it with probability d:
 * a gap of g rows touches the share 1 - (1-d)^g of B's lines, and misses when that exceeds the cache, g > g*.  The sum over gaps
 * (rows - g) d^2 (1-d)^(g-1), g > g*, is (1-d)^g* (n d - 1 + (1-d)^n) with n = rows - g*. */
double sc_refetches(const struct sc_plan *plan, double lines_of_b, double d, double rows);

#endif
