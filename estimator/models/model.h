/* model.h - what every closed form of a Flexagon-family dataflow takes and fills.
 *
 * A closed form sees a plan (the machine with its tables) and a task (the profile of one layer, already transposed for
 * N-stationary dataflows).  It fills expected events and cycles; it allocates nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODEL_H
#define SC_MODEL_H

#include "../account.h"
#include "../machine.h"
#include "../numeric.h"
#include "../profile.h"
#include "../crowd.h"
#include "../survival.h"

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

/* Binds a machine with the tables of another plan of the same family, which must outlive this one; not to be freed.
 * False when they do not fit: the machines differ in multipliers, banks, lines or elements. */
bool sc_plan_share(struct sc_plan *plan, const struct sc_plan *other, const struct sc_machine *machine);

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

/* sc_profile_union() where it takes long, at lengths in geometric progression. */
enum { SC_UNIONS_MAX = 48 };

struct sc_unions {
    unsigned count; /* 0: not tabulated */
    double value[SC_UNIONS_MAX]; /* log(-log(1 - union / N)) */
};

/* How A's rows fall into tiles of at most P nonzeros, whole rows in order. */
struct sc_packing {
    double tiles;       /* tiles of whole rows */
    double words;       /* stationary words per such tile */
    double rows;        /* rows per such tile, empty ones included */
    double full_words, last_words; /* words of such tiles but the last (0 where it is the only one), and of the last */
    double deviation;   /* standard deviation of the words of the former */
    double folded_rows; /* rows longer than P, which stand alone */
    double empty;       /* tiles of empty rows alone, not among `tiles` */
};

struct sc_task {
    const struct sc_profile *profile;
    struct sc_unions unions;
    struct sc_nodes chunks;    /* A's rows in chunks of P (outer product, Gustavson) */
    double empty_fibers;       /* share of B's rows without a nonzero */
    double empty_met;          /* the same of those that A's nonzeros name */
    struct sc_survival lengths; /* of B's rows, each as often as A names it */
    const struct sc_lengths *met, *once; /* lengths of B's rows as often as A names them, and once if it does */
    double empty_rows, empty_columns; /* shares of A's rows and columns without one */
    struct sc_packing packing;        /* of A's rows; not for machines of outer products alone */
};

void sc_task_init(struct sc_task *task, const struct sc_plan *plan, const struct sc_profile *profile);

/* sc_profile_union() of the task's profile. */
double sc_union(const struct sc_task *task, double fibers);

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
    double tree_waits;        /* cycles that a tile's sums keep the tree busy behind its last step (pipelined) */
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
    struct sc_account *account; /* where the terms are booked, NULL: nowhere */
};

/* Mean nonzeros of the rows of B that A's nonzeros name. */
static inline double sc_fiber_met(const struct sc_profile *p)
{
    return p->a.nnz > 0 ? p->products / p->a.nnz : 0;
}

/* Mean nonzeros per row of B. */
static inline double sc_fiber(const struct sc_profile *p)
{
    return p->b.nnz / p->K;
}

typedef void sc_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c);

sc_model sc_inner_model, sc_outer_model, sc_gustavson_model;

/* What sc_task_init() asks once its chunks are known. */
void sc_pack_rows(const struct sc_plan *plan, const struct sc_task *task, struct sc_packing *k);

/* One stationary load of n words through the cache: bank cycles and fixed cycles (blocking). */
double sc_blocking_load(const struct sc_plan *plan, double n);

/* Exposed DRAM cycles of `loads` stationary loads that together fetch `lines` new lines of A, n words each (blocking).
 */
double sc_blocking_load_stall(const struct sc_plan *plan, double loads, double n);

/* Exposed DRAM cycles of `missing` steps of consecutive words, `words` each, that fetch `lines` lines together
 * (blocking). */
double sc_contiguous_stall(const struct sc_plan *plan, double missing, double lines, double words);

/* Steps that read fibers side by side, summed over a run (blocking). */
struct sc_queue {
    double steps, banks, reads; /* steps, cycles of their busiest banks, words read */
    double same;                /* multipliers that read the same word */
};

/* Exposed DRAM cycles of `missing` such steps that fetch `lines` lines together (blocking). */
double sc_queued_stall(const struct sc_plan *plan, double missing, double lines, const struct sc_queue *q);

/* sc_refetches() while each row of A also brings `stored` lines of C into the cache: a gap of g rows then misses when
 * it touches more than the cache holds of B and C together. */
double sc_refetches_beside(const struct sc_plan *plan, double lines_of_b, double d, double rows, double stored);

/* From the last output to the end of the run (blocking). */
double sc_last_store(const struct sc_plan *plan, const struct sc_profile *p, bool inner);

/* E[max(1, ceil(x / per_cycle))] of a count x with this mean and variance, at most `most`. */
double sc_expected_beats(double mean, double variance, double per_cycle, double most);

/* Blocks of PSRAM that `fibers` fibers with lengths like B's rows take. */
double sc_psram_blocks(const struct sc_plan *plan, const struct sc_lengths *l, double fibers);

/* Greatest common divisor of two whole numbers. */
double sc_common_divisor(double a, double b);

/* Larger groups are as good as none. */
enum { SC_PICKS_GROUP = 64 };

/* Which rows of B (fibers) the rows of A pick. */
struct sc_picks {
    double K, rows;
    double density;    /* share of the fibers within reach that a row picks */
    double reach;      /* share of all fibers within a row's reach (its band), mean */
    double shift;      /* fibers by which the reach moves from row to row; 0: it does not */
    double run;        /* neighbouring fibers picked together (block patterns) */
    double alike_rows; /* neighbouring rows that pick the same */
    double neighbours; /* P(the fiber behind a picked one is picked) */
    unsigned classes;  /* popularity of fibers: shares of them, and pick rates against the mean */
    double share[SC_STRATA_MAX], weight[SC_STRATA_MAX];
    double log_left[SC_STRATA_MAX]; /* log of the share of fibers that a row leaves, where so popular */
    unsigned lengths; /* of B's fibers: shares of the lines, and fibers that decide whether a line is touched */
    double line_share[SC_STRATA_MAX], choices[SC_STRATA_MAX];
    double group, taken;            /* `taken` of every `group` fibers (nm), 0: no groups */
    double log_group[SC_STRATA_MAX]; /* log of the share of such lines that a row leaves */
};

void sc_picks_init(struct sc_picks *k, const struct sc_profile *p);

/* Distinct fibers among the `words` that `rows` neighbouring rows pick together. */
double sc_picks_distinct(const struct sc_picks *k, double rows, double words);

/* Share of the lines of B within reach that stays untouched when fibers are picked with probability `density`. */
double sc_picks_untouched(const struct sc_plan *plan, const struct sc_picks *k, const struct sc_lengths *b,
                          double density);

/* Share of all lines of B touched when all of A has been seen, of whose columns a share `taken` is not empty. */
double sc_picks_touched_once(const struct sc_plan *plan, const struct sc_picks *k, const struct sc_profile *p,
                             double taken);

/* P(the fiber behind a fiber that any row picks is also picked), for a share `taken` picked in all. */
double sc_picks_close(const struct sc_picks *k, double taken);

/* P(a picked fiber begins in a line that no other picked one before it reaches): mean of min(gap, line) / line. */
double sc_picks_own_line(const struct sc_plan *plan, const struct sc_lengths *b, double close);

/* Fills what sc_picks_cold() needs. */
void sc_picks_lines(const struct sc_plan *plan, struct sc_picks *k, const struct sc_profile *p);

/* Share of B's lines that the first `rows` rows touch. */
double sc_picks_cold(const struct sc_picks *k, double rows);

/* Expected fetches per fiber of B after its first that miss under LRU: B has `lines` lines, `rows` rows pick in tiles.
 */
double sc_picks_refetched(const struct sc_plan *plan, const struct sc_picks *k, double lines, double rows,
                          double rows_per_tile);

/* Lines of A and of B behind it, the one that they share being A's (blocking). */
void sc_blocking_lines(const struct sc_plan *plan, const struct sc_profile *p, double *of_a, double *of_b);

/* How many of `tiles` first steps miss when `fibers` new fibers each bring `lines` lines in all: neighbours (`close`
 * towards 1) bring them evenly, others by chance. */
double sc_missing_starts(double tiles, double lines, double fibers, double close);

/* Steps with a missing line among those after the first of `tiles` tiles, in which `fibers` new fibers of B each, one
 * of 1/taken in order, bring `lines` lines in all while they live.  A fiber enters a new line every line_words steps;
 * fibers whose lengths have a divisor in common with a line do so in few of the steps, and fibers of one length take
 * turns (blocking).  `close`: P(the neighbour of a new fiber is new in the same tile). */
double sc_missing_steps(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_survival *lengths,
                        double tiles, double lines, double fibers, double taken, double close);

/* Neighbouring fibers of B of one length, on average, among `fibers` of `span` neighbours (block patterns), at least 1.
 */
double sc_alike(const struct sc_profile *p, double fibers, double span);

/* Merging one output row. */
struct sc_row_merge {
    double passes;
    double between; /* elements that passes but the last leave */
    double last;    /* elements that enter the last pass */
    double idle;    /* pipelined: cycles in which passes but the last take elements in without output */
};

/* Merging the `fibers` fibers of one output row, which together are the union of `rows` rows of B, P at a time until
 * one is left. */
void sc_merge_row(const struct sc_plan *plan, const struct sc_task *task, double fibers, double rows,
                  struct sc_row_merge *merge);

/* Expected fetches of a fiber of B after its first that miss under LRU, when each of `rows` rows of A takes it with
 * probability d: a gap of g rows touches the share 1 - (1-d)^g of B's lines, and misses when that exceeds the cache, g
 * > g*.  The sum over gaps (rows - g) d^2 (1-d)^(g-1), g > g*, is (1-d)^g* (n d - 1 + (1-d)^n) with n = rows - g*. */
double sc_refetches(const struct sc_plan *plan, double lines_of_b, double d, double rows);

enum { SC_PIPE_AHEAD = 64 };

/* Expected times of the double-buffer recurrence (pipelined). */
struct sc_pipe {
    const struct sc_plan *plan;
    unsigned ahead, at;
    double per_byte;              /* DRAM's cycles */
    double dram, end;             /* DRAM's time, end of the last window */
    double ends[SC_PIPE_AHEAD], writes[SC_PIPE_AHEAD]; /* of the last `ahead` windows; writes in DRAM's cycles */
};

/* A window fetches `bytes` with probability `share`. */
struct sc_fetch {
    double share, bytes;
};

/* A stationary tile: windows of steps, then merge windows. */
struct sc_pipe_tile {
    double steps, deviation; /* of which every other tile has more, and every other less */
    double load, step_cycles, excess; /* stationary load before, merging that outlasts the steps */
    double fetch_bytes;      /* before the first window */
    double stream_writes, end_writes; /* over all windows, in the last */
    double merges, merge_cycles, merge_writes; /* per tile, when a row ends */
    struct sc_fetch merge_fetch;
};

/* A window in DRAM's cycles: `ready` from when DRAM turns to it until its bytes are there, `moved` that it keeps DRAM
 * busy on average. */
struct sc_pulse {
    double cycles, share, ready, moved, writes;
};

void sc_pipe_init(struct sc_pipe *pipe, const struct sc_plan *plan);

/* A window of `cycles` that writes `writes` bytes. */
struct sc_pulse sc_pulse_of(const struct sc_pipe *pipe, double cycles, const struct sc_fetch *fetch, double writes);

/* One step of the recurrence. */
static inline void sc_pipe_pulse(struct sc_pipe *p, const struct sc_pulse *w)
{
    unsigned at = p->at;
    double dram = sc_max(p->dram, p->ends[at]) + p->writes[at], wait = dram + w->ready - p->end;
    p->writes[at] = w->writes;
    p->dram = dram + w->moved;
    p->end += w->share * sc_max(0, wait) + w->cycles;
    p->ends[at] = p->end;
    p->at = at + 1 < p->ahead ? at + 1 : 0;
}

/* `count` equal windows, more than may be ahead, when none of them waits and DRAM has always caught up: that is so for
 * all when it is for as many as may be ahead.  Otherwise false and nothing done. */
bool sc_pipe_calm(struct sc_pipe *pipe, double count, const struct sc_pulse *pulse);

/* `count` (real) equal windows. */
void sc_pipe_pulses(struct sc_pipe *p, double count, const struct sc_pulse *w);

void sc_pipe_window(struct sc_pipe *pipe, double cycles, const struct sc_fetch *fetch, double writes);

/* `count` (real) equal windows. */
void sc_pipe_windows(struct sc_pipe *pipe, double count, double cycles, const struct sc_fetch *fetch, double writes);

/* `count` equal tiles, each of which brings `begin_lines` lines of B with its first step and `lines` over all. */
void sc_pipe_tiles(struct sc_pipe *pipe, const struct sc_pipe_tile *tile, double count, double begin_lines,
                   double lines);

/* A kind of windows and the share of all that are of it. */
struct sc_pipe_kind {
    double share, cycles, writes;
    struct sc_fetch fetch;
};

/* `count` windows of these kinds in no order. */
void sc_pipe_sample(struct sc_pipe *pipe, double count, const struct sc_pipe_kind *kind, unsigned kinds);

/* Rows merged one after the other: windows that fetch, others, and rows without fibers behind each. */
struct sc_pipe_row {
    double fetching, others, empty, cycles, writes;
    struct sc_fetch fetch;
};

void sc_pipe_rows(struct sc_pipe *pipe, double rows, const struct sc_pipe_row *row);

/* Everything later by `time`. */
void sc_pipe_pass(struct sc_pipe *pipe, double time);

/* When the last window and all writes are done. */
double sc_pipe_finish(const struct sc_pipe *pipe);

#endif
