/* simulate.c - picks dataflow and operand formats, and runs one simulation from cold caches to the last write.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate.h"

#include <inttypes.h>

#include "sim.h"

/* Formats of the operands of the M-stationary problem; A and B as rows or as columns. */
enum format { A_ROWS = 1, A_COLS = 2, B_ROWS = 4, B_COLS = 8 };

/* The simulator behind each dataflow and the formats that it reads; the pipelined policy always reads rows of B, too.
 * N-stationary ones run the transposed problem, C^T = B^T x A^T. */
static const struct {
    int (*run)(struct sc_sim *sim, struct sc_error *err);
    bool transposed;
    unsigned formats;
} DATAFLOWS[SC_SPMSPM_DATAFLOWS] = {
    [SC_IP_M] = {sc_sim_inner, false, A_ROWS | B_COLS},
    [SC_OP_M] = {sc_sim_outer, false, A_ROWS | A_COLS | B_ROWS},
    [SC_GUST_M] = {sc_sim_gustavson, false, A_ROWS | B_ROWS},
    [SC_IP_N] = {sc_sim_inner, true, A_ROWS | B_COLS},
    [SC_OP_N] = {sc_sim_outer, true, A_ROWS | A_COLS | B_ROWS},
    [SC_GUST_N] = {sc_sim_gustavson, true, A_ROWS | B_ROWS},
};

static bool is_runnable(const struct sc_machine *m)
{
    return m->multipliers >= 2 && m->element_bytes > 0 && m->str_line_bytes >= m->element_bytes && m->str_ways > 0 &&
           m->str_banks > 0 && m->str_bytes >= (uint64_t)m->str_line_bytes * m->str_ways && m->str_words_per_bank > 0 &&
           m->dn_bandwidth > 0 && m->rn_bandwidth > 0 && m->dram_gbps > 0 && m->clock_ghz > 0 && m->window_steps > 0 &&
           m->window_buffers > 0 && (m->psram_bytes == 0 || m->psram_block_bytes >= m->element_bytes);
}

static uint64_t count_products(const struct sc_pattern *a, const struct sc_pattern *b)
{
    uint64_t products = 0;
    for (uint64_t q = 0; q < a->nnz; q++)
        products += b->ptr[a->idx[q] + (uint64_t)1] - b->ptr[a->idx[q]];
    return products;
}

/* The transpose that the caller has, or one made in `own`. */
static int columns_of(const struct sc_pattern **columns, const struct sc_pattern *given, struct sc_pattern *own,
                      const struct sc_pattern *rows, struct sc_error *err)
{
    *columns = given ? given : own;
    return given ? SC_OK : sc_pattern_transpose(own, rows, err);
}

/* Sets the operands of the M-stationary problem; transposes that had to be made go to own[]. */
static int set_operands(struct sc_sim *s, enum sc_dataflow dataflow, struct sc_pattern own[2], struct sc_error *err)
{
    bool turned = DATAFLOWS[dataflow].transposed;
    unsigned formats = DATAFLOWS[dataflow].formats | (s->blocking ? 0 : B_ROWS);
    const struct sc_pattern *a = s->left, *b = s->right, *a_cols = NULL, *b_cols = NULL;
    int status = SC_OK;
    if (formats & (turned ? B_ROWS : A_COLS))
        status = columns_of(&a_cols, s->options.a_columns, &own[0], a, err);
    if (!status && formats & (turned ? A_ROWS : B_COLS))
        status = columns_of(&b_cols, s->options.b_columns, &own[1], b, err);
    s->a_rows = turned ? b_cols : a;
    s->a_cols = turned ? b : a_cols;
    s->b_rows = turned ? a_cols : b;
    s->b_cols = turned ? a : b_cols;
    s->M = turned ? b->cols : a->rows;
    s->N = turned ? a->rows : b->cols;
    s->K = a->cols;
    s->nnz_a = turned ? b->nnz : a->nnz;
    s->nnz_b = turned ? a->nnz : b->nnz;
    return status;
}

/* Words that a run has in the cache; of C where the inner product folds rows or Gustavson stores them. */
static int open_cache(struct sc_sim *s, bool inner, struct sc_error *err)
{
    uint64_t operands = s->b_start + s->nnz_b, words = operands;
    bool touched = s->stores_rows;
    for (uint64_t m = 0; inner && s->blocking && m < s->M; m++)
        touched = touched || s->a_rows->ptr[m + 1] - s->a_rows->ptr[m] > s->machine->multipliers;
    if (touched)
        words = s->N > 0 && s->M > (UINT64_MAX - operands) / s->N ? UINT64_MAX : operands + s->M * s->N;
    return sc_cache_init(&s->cache, s->machine, words, operands, s->blocking ? 1 : s->machine->str_words_per_bank, err);
}

static int open_streams(struct sc_sim *s, struct sc_error *err)
{
    struct sc_streamed what = {.words = s->nnz_b, .most = s->machine->multipliers, .multicast = !s->blocking};
    for (uint64_t k = 0; k < s->K; k++)
        what.longest = s->b_rows->ptr[k + 1] - s->b_rows->ptr[k] > what.longest
                           ? s->b_rows->ptr[k + 1] - s->b_rows->ptr[k]
                           : what.longest;
    return sc_streams_init(&s->streams, &s->cache, &what, err);
}

/* Blocking with line_cycles: room for the missing lines of any step. */
static int open_replay(struct sc_sim *s, bool inner, struct sc_error *err)
{
    uint64_t words = s->machine->multipliers, lines;
    if (!s->blocking || s->machine->line_cycles == 0)
        return SC_OK;
    for (uint64_t n = 0; inner && n < s->N; n++)
        words = s->b_cols->ptr[n + 1] - s->b_cols->ptr[n] > words ? s->b_cols->ptr[n + 1] - s->b_cols->ptr[n] : words;
    lines = inner ? sc_quotient(words, &s->cache.line_words) + 3 : words; /* a line for the old sum, two cut ones */
    int status = sc_replay_init(&s->replay, s->machine->line_cycles, lines + 3, s->machine->str_banks, err);
    if (!status)
        s->cache.replay = &s->replay;
    return status;
}

static int open_parts(struct sc_sim *s, bool inner, struct sc_error *err)
{
    const struct sc_machine *m = s->machine;
    s->b_start = s->blocking ? s->nnz_a : 0;
    s->fill = sc_fill_latency(m);
    s->fifo = sc_fifo_new(m->sta_fifo_bytes, m->element_bytes);
    int status = open_cache(s, inner, err);
    if (!status)
        status = open_replay(s, inner, err);
    if (!status && !inner)
        status = open_streams(s, err);
    if (!status)
        status = sc_dram_init(&s->dram, m, err);
    if (!status)
        status = sc_network_init(&s->dn, m->dn_bandwidth, m->multipliers, err);
    return status ? status : sc_network_init(&s->rn, m->rn_bandwidth, m->multipliers, err);
}

static void close_parts(struct sc_sim *s)
{
    sc_cache_free(&s->cache);
    sc_replay_free(&s->replay);
    sc_streams_free(&s->streams);
    sc_array_free(&s->array);
    sc_tree_free(&s->tree);
    sc_network_free(&s->dn);
    sc_network_free(&s->rn);
    sc_dram_free(&s->dram);
    sc_psram_free(&s->psram);
}

int sc_sim_check_cancel(const struct sc_sim *sim, struct sc_error *err)
{
    if (sim->options.cancel && *sim->options.cancel)
        return sc_fail(err, SC_END, NULL, 0, "simulation cancelled");
    return SC_OK;
}

int sc_simulate(struct sc_sim_result *out, const struct sc_machine *machine, enum sc_dataflow dataflow,
                const struct sc_pattern *a, const struct sc_pattern *b, const struct sc_sim_options *options,
                struct sc_error *err)
{
    *out = (struct sc_sim_result){0};
    if ((int)dataflow < 0 || (int)dataflow >= SC_SPMSPM_DATAFLOWS)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "no simulator for dataflow number %u", (unsigned)dataflow);
    if (a->cols != b->rows)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "A has %" PRIu64 " columns and B %" PRIu64 " rows; expected the same number", a->cols, b->rows);
    if (!is_runnable(machine))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "machine \"%s\": needs 2 multipliers or more, a whole line per way and nonzero sizes and rates",
                       machine->name);
    struct sc_pattern own[2] = {{0}, {0}};
    struct sc_sim sim = {.machine = machine, .r = out, .left = a, .right = b};
    sim.blocking = machine->timing == SC_BLOCKING;
    sim.stores_rows = sim.blocking && machine->stores && DATAFLOWS[dataflow].run == sc_sim_gustavson;
    if (options)
        sim.options = *options;
    out->products = count_products(a, b);
    int status = set_operands(&sim, dataflow, own, err);
    if (!status)
        status = open_parts(&sim, DATAFLOWS[dataflow].run == sc_sim_inner, err);
    if (!status && (sim.blocking || (a->nnz > 0 && b->nnz > 0))) /* pipelined: else nothing happens but the fill */
        status = DATAFLOWS[dataflow].run(&sim, err);
    if (!status)
        sc_sim_finish(&sim);
    else
        *out = (struct sc_sim_result){0};
    close_parts(&sim);
    sc_pattern_free(&own[0]);
    sc_pattern_free(&own[1]);
    return status;
}
