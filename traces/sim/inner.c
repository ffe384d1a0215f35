/* inner.c - inner product: rows of A stay, every column of B streams past each tile of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "rank.h"
#include "sim.h"

/* One stationary tile: as many whole rows as fit, or a chunk of a row that does not.  In a later chunk one multiplier
 * injects the previous partial sum. */
struct tile {
    uint64_t row, end;    /* rows [row, end) */
    uint64_t first, used; /* elements of A */
    uint64_t low, high;   /* coordinates of B that are read, [low, high) */
    bool split, fold, last; /* a chunk; not the first; row sums are complete after it */
    bool single;            /* pipelined: all its elements are in one row */
};

struct inner {
    uint64_t row, offset;  /* where the walk over A stands */
    struct tile tile;
    struct sc_rank rank;   /* of the columns of B */
    uint32_t *passed;      /* per column: elements up to the end of the last tile's reach */
    /* Pipelined, per column: elements that match the tile, rows that get a product, and the last row that did. */
    uint32_t *sent, *rows, *last_row;
    bool *found;           /* the split row has a nonzero so far */
    uint32_t serial;
};

static uint64_t row_length(const struct sc_sim *s, uint64_t row)
{
    return s->a_rows->ptr[row + 1] - s->a_rows->ptr[row];
}

static bool next_tile(const struct sc_sim *s, struct inner *in)
{
    const struct sc_pattern *a = s->a_rows;
    uint64_t size = s->machine->multipliers, row = in->row;
    struct tile *t = &in->tile;
    if (row >= s->M)
        return false;
    *t = (struct tile){.row = row, .end = row + 1, .first = a->ptr[row] + in->offset, .high = s->K, .last = true};
    uint64_t left = row_length(s, row) - in->offset;
    if (in->offset > 0) {
        t->split = t->fold = true;
        t->used = left < size - 1 ? left : size - 1;
        t->last = t->used == left;
        t->low = (uint64_t)a->idx[t->first - 1] + 1;
    } else if (left > size) {
        t->split = true;
        t->used = size;
        t->last = false;
    } else {
        while (t->end < s->M && a->ptr[t->end + 1] - t->first <= size)
            t->end++;
        t->used = a->ptr[t->end] - t->first;
    }
    if (!t->last)
        t->high = (uint64_t)a->idx[t->first + t->used - 1] + 1;
    in->row = t->last ? t->end : row;
    in->offset = t->last ? 0 : in->offset + t->used;
    return true;
}

/* The words of the columns of B that a tile reads. */
struct reach {
    bool low, high; /* there are limits */
    bool goes_on;   /* it begins where that of the last tile ended */
    struct sc_rank_value from, to;
};

static struct reach tile_reach(const struct sc_sim *s, const struct inner *in)
{
    const struct tile *t = &in->tile;
    return (struct reach){.low = t->low > 0, .high = t->high < s->K, .goes_on = t->fold && s->blocking,
                          .from = sc_rank_value(&in->rank, t->low), .to = sc_rank_value(&in->rank, t->high)};
}

/* Sets *begin and returns the number of words of column n, which lies in B at ptr[n]. */
static inline uint64_t column_words(struct inner *in, const uint64_t *ptr, uint64_t n, const struct reach *reach,
                                    uint64_t *begin)
{
    uint64_t from = !reach->low ? 0 : reach->goes_on ? in->passed[n] : sc_rank_below(&in->rank, n, &reach->from);
    uint64_t to = reach->high ? sc_rank_below(&in->rank, n, &reach->to) : ptr[n + 1] - ptr[n];
    in->passed[n] = (uint32_t)to;
    *begin = ptr[n] + from;
    return to - from;
}

static void stream_blocking(struct sc_sim *s, struct inner *in)
{
    const struct tile *t = &in->tile;
    const struct reach reach = tile_reach(s, in);
    const uint64_t *ptr = s->b_cols->ptr;
    uint64_t c = s->nnz_a + s->nnz_b + t->row * s->N; /* words of C follow those of B */
    struct sc_tally tally = {0};
    uint64_t begin, read = 0;
    for (uint64_t n = 0; n < s->N; n++) {
        uint64_t count = column_words(in, ptr, n, &reach, &begin);
        struct sc_access access = sc_cache_read(&s->cache, t->fold ? c + n : SC_NO_WORD, s->b_start + begin, count);
        tally.empty_steps += count + t->fold == 0;
        tally.banks += access.banks;
        tally.missing_steps += access.misses > 0;
        tally.later_lines += access.misses - (access.misses > 0);
        read += count;
    }
    s->r->steps += s->N;
    s->tally.steps += s->N - tally.empty_steps;
    s->tally.empty_steps += tally.empty_steps;
    s->tally.banks += tally.banks;
    s->tally.missing_steps += tally.missing_steps;
    s->tally.later_lines += tally.later_lines;
    s->r->str_reads += read;
    s->r->fold_loads += t->fold ? s->N : 0;
}

/* The same where missing lines are replayed or stores bring lines in. */
static void stream_replayed(struct sc_sim *s, struct inner *in)
{
    const struct tile *t = &in->tile;
    const struct reach reach = tile_reach(s, in);
    const bool stores = t->split && !t->fold && s->machine->stores;
    uint64_t c = s->nnz_a + s->nnz_b + t->row * s->N, begin;
    for (uint64_t n = 0; n < s->N; n++) {
        uint64_t count = column_words(in, s->b_cols->ptr, n, &reach, &begin), extra = t->fold ? c + n : SC_NO_WORD;
        struct sc_access access = s->cache.replay ? sc_cache_read_replayed(&s->cache, extra, s->b_start + begin, count)
                                                  : sc_cache_read(&s->cache, extra, s->b_start + begin, count);
        struct sc_step step = {.loads = count + t->fold, .banks = access.banks, .misses = access.misses,
                               .wait = s->replay.wait};
        sc_sim_steps(s, 1, &step);
        s->r->str_reads += count;
        if (stores) /* nobody waits for a store, but its line comes in */
            sc_cache_touch(&s->cache, sc_quotient(c + n, &s->cache.line_words));
    }
    s->r->fold_loads += t->fold ? s->N : 0;
}

/* Levels of the tree that add up the largest cluster; the old sum of a folded row takes a multiplier, too. */
static uint64_t tree_levels(const struct sc_sim *s, const struct tile *t)
{
    uint64_t largest = t->used + t->fold, levels = 0;
    if (!t->split) {
        largest = 0;
        for (uint64_t row = t->row; row < t->end; row++)
            largest = row_length(s, row) > largest ? row_length(s, row) : largest;
    }
    while (UINT64_C(1) << levels < largest)
        levels++;
    return levels;
}

/* Counts the columns of B in which row k has an element. */
static void count_sent(const struct sc_sim *s, uint32_t *sent, uint64_t k)
{
    const uint32_t *idx = s->b_rows->idx, *end = idx + s->b_rows->ptr[k + 1];
    for (idx += s->b_rows->ptr[k]; idx < end; idx++)
        sent[*idx]++;
}

/* Counts the columns in which one row of the tile, elements [at, end), gets its first product. */
static void count_rows(const struct sc_sim *s, struct inner *in, uint64_t at, uint64_t end)
{
    const struct sc_pattern *b = s->b_rows;
    in->serial++;
    for (; at < end; at++) {
        uint64_t k = s->a_rows->idx[at];
        for (uint64_t q = b->ptr[k]; q < b->ptr[k + 1]; q++) {
            uint32_t n = b->idx[q];
            in->rows[n] += in->last_row[n] != in->serial;
            in->last_row[n] = in->serial;
        }
    }
}

/* Pipelined: narrows the range to the resident coordinates, and finds per column which elements match and how many rows
 * get a product.  An element that several rows want is sent once. */
static void match_tile(struct sc_sim *s, struct inner *in)
{
    const struct sc_pattern *a = s->a_rows;
    struct tile *t = &in->tile;
    uint64_t stop = t->first + t->used;
    sc_array_clear(&s->array);
    sc_array_load(&s->array, a->idx + t->first, t->used);
    memset(in->sent, 0, (size_t)s->N * sizeof *in->sent);
    t->low = s->K;
    t->high = 0;
    for (uint64_t g = 0; g < s->array.groups; g++) {
        uint64_t k = s->array.group[g].k;
        t->low = k < t->low ? k : t->low;
        t->high = k >= t->high ? k + 1 : t->high;
        count_sent(s, in->sent, k);
    }
    t->single = a->ptr[t->row + 1] >= stop;
    if (t->single)
        return;
    memset(in->rows, 0, (size_t)s->N * sizeof *in->rows);
    for (uint64_t row = t->row; row < t->end; row++)
        count_rows(s, in, a->ptr[row], a->ptr[row + 1]);
}

/* Structural nonzeros of C that column n of the tile completes, of the `rows` rows that get a product in it. */
static inline uint64_t complete(struct inner *in, uint64_t n, uint64_t rows)
{
    const struct tile *t = &in->tile;
    if (!t->split)
        return rows;
    in->found[n] = rows > 0 || (t->fold && in->found[n]);
    return t->last && in->found[n];
}

/* A split row keeps its partial sums as one fiber, number 0: each later chunk consumes it whole in its first window
 * and, unless it is the last, appends one sum per column.  Beside the column's old sum a step then moves the new one
 * or, in the last chunk, the finished one if it is structural. */
static int stream_pipelined(struct sc_sim *s, struct inner *in, struct sc_error *err)
{
    const struct tile *t = &in->tile;
    const struct reach reach = tile_reach(s, in);
    const uint64_t *ptr = s->b_cols->ptr;
    uint64_t begin;
    int status = SC_OK;
    if (t->fold)
        sc_sim_needs(s, sc_psram_consume(&s->psram, 0, t->row, s->N));
    for (uint64_t n = 0; n < s->N && !status; n++) {
        uint64_t count = column_words(in, ptr, n, &reach, &begin);
        struct sc_access access = sc_cache_read(&s->cache, SC_NO_WORD, begin, count);
        uint64_t rows = t->single ? in->sent[n] > 0 : in->rows[n], finished = complete(in, n, rows);
        struct sc_step step = {.loads = count, .banks = access.banks, .misses = access.misses, .sent = in->sent[n],
                               .taken = rows, .writes = finished * s->machine->element_bytes};
        if (t->split)
            step.taken = (uint64_t)t->fold + (t->last ? finished : 1);
        if (t->split && !t->last)
            status = sc_psram_append(&s->psram, 0, t->row, 1, &step.writes, err);
        sc_sim_steps(s, 1, &step);
        s->r->str_reads += step.loads;
        s->r->nnz_c += finished;
    }
    return status;
}

static int run_tile(struct sc_sim *s, struct inner *in, struct sc_error *err)
{
    int status = SC_OK;
    if (!s->blocking && in->tile.used == 0)
        return SC_OK;
    sc_sim_stationary(s, in->tile.first, in->tile.used);
    if (s->blocking) {
        (s->cache.replay || s->machine->stores ? stream_replayed : stream_blocking)(s, in);
        s->tally.levels += s->machine->inner_drain > 0 ? tree_levels(s, &in->tile) : 0;
    } else {
        match_tile(s, in);
        status = stream_pipelined(s, in, err);
    }
    sc_sim_end_tile(s, 0, 0);
    return status ? status : sc_sim_check_cancel(s, err);
}

/* Blocking: nothing of C's pattern matters but its size, which is that of its transpose. */
static int count_c(struct sc_sim *s, struct sc_error *err)
{
    const struct sc_pattern *a = s->left;
    int status = sc_tree_init(&s->tree, s->right, s->machine->multipliers, err);
    for (uint64_t m = 0; m < a->rows && !status; m++) {
        uint64_t length = 0;
        status = sc_tree_union(&s->tree, a->idx + a->ptr[m], a->ptr[m + 1] - a->ptr[m], &length, err);
        s->r->nnz_c += length;
    }
    return status;
}

static int open_parts(struct sc_sim *s, struct inner *in, struct sc_error *err)
{
    size_t columns = (size_t)s->N + 1;
    int status = sc_rank_init(&in->rank, s->b_cols, err);
    in->passed = calloc(columns, sizeof *in->passed);
    if (!status && !in->passed)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for a row of C");
    if (!status && s->blocking)
        status = count_c(s, err);
    if (status || s->blocking)
        return status;
    in->sent = malloc(columns * sizeof *in->sent);
    in->rows = malloc(columns * sizeof *in->rows);
    in->last_row = calloc(columns, sizeof *in->last_row);
    in->found = malloc(columns * sizeof *in->found);
    if (!in->sent || !in->rows || !in->last_row || !in->found)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for a row of C");
    status = sc_array_init(&s->array, s->machine->multipliers, s->K, err);
    return status ? status : sc_psram_init(&s->psram, s->machine, 1, s->M, s->N, err);
}

int sc_sim_inner(struct sc_sim *sim, struct sc_error *err)
{
    struct inner in = {0};
    sim->tile_drain = sim->machine->inner_drain > 0 ? sim->machine->inner_drain : sim->machine->drain;
    int status = open_parts(sim, &in, err);
    while (!status && next_tile(sim, &in))
        status = run_tile(sim, &in, err);
    sim->r->intersections = sim->r->str_reads;
    sc_rank_free(&in.rank);
    free(in.passed);
    free(in.sent);
    free(in.rows);
    free(in.last_row);
    free(in.found);
    return status;
}
