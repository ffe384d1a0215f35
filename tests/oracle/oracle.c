/* oracle.c - turns operands into fiber lists and picks policy and dataflow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "oracle.h"

#include <inttypes.h>
#include <stdlib.h>

#include "family.h"
#include "parts.h"

static struct fibers rows_of(const struct sc_pattern *p)
{
    struct fibers f = {.count = p->rows, .width = p->cols};
    f.start = oracle_alloc(p->rows + 1, sizeof *f.start);
    f.coord = oracle_alloc(p->nnz, sizeof *f.coord);
    for (uint64_t i = 0; i <= p->rows; i++)
        f.start[i] = p->ptr[i];
    for (uint64_t q = 0; q < p->nnz; q++)
        f.coord[q] = p->idx[q];
    return f;
}

static struct fibers columns_of(const struct sc_pattern *p)
{
    struct fibers f = {.count = p->cols, .width = p->rows};
    f.start = oracle_alloc(p->cols + 1, sizeof *f.start);
    f.coord = oracle_alloc(p->nnz, sizeof *f.coord);
    uint64_t *length = oracle_alloc(p->cols, sizeof *length);
    for (uint64_t q = 0; q < p->nnz; q++)
        length[p->idx[q]]++;
    for (uint64_t j = 0; j < p->cols; j++) {
        f.start[j + 1] = f.start[j] + length[j];
        length[j] = 0;
    }
    for (uint64_t i = 0; i < p->rows; i++)
        for (uint64_t q = p->ptr[i]; q < p->ptr[i + 1]; q++)
            f.coord[f.start[p->idx[q]] + length[p->idx[q]]++] = i;
    free(length);
    return f;
}

static void fibers_free(struct fibers *f)
{
    free(f->start);
    free(f->coord);
}

static bool supported(const struct sc_machine *m)
{
    return m->multipliers >= 2 && m->element_bytes > 0 && m->str_line_bytes >= m->element_bytes && m->str_ways > 0 &&
           m->str_banks > 0 && m->str_bytes >= (uint64_t)m->str_line_bytes * m->str_ways && m->str_words_per_bank > 0 &&
           m->dn_bandwidth > 0 && m->rn_bandwidth > 0 && m->dram_gbps > 0 && m->clock_ghz > 0 && m->window_steps > 0 &&
           m->window_buffers > 0 && (m->psram_bytes == 0 || m->psram_block_bytes >= m->element_bytes);
}

int oracle_run(struct oracle_result *result, const struct sc_pattern *a, const struct sc_pattern *b,
               const struct sc_machine *machine, enum sc_dataflow dataflow, struct sc_error *err)
{
    *result = (struct oracle_result){0};
    if (a->cols != b->rows)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "A has %" PRIu64 " columns, B has %" PRIu64 " rows", a->cols,
                       b->rows);
    if (!supported(machine))
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "machine with a parameter the oracle cannot divide by");
    struct fibers a_rows = rows_of(a), a_cols = columns_of(a), b_rows = rows_of(b), b_cols = columns_of(b);
    struct problem m_form = {.M = a->rows, .N = b->cols, .K = a->cols, .nnz_a = a->nnz, .nnz_b = b->nnz,
                             .a_rows = a_rows, .a_cols = a_cols, .b_rows = b_rows, .b_cols = b_cols,
                             .machine = machine};
    /* C^T = B^T x A^T: the rows of B^T are the columns of B. */
    struct problem n_form = {.M = b->cols, .N = a->rows, .K = a->cols, .nnz_a = b->nnz, .nnz_b = a->nnz,
                             .a_rows = b_cols, .a_cols = b_rows, .b_rows = a_cols, .b_cols = a_rows,
                             .machine = machine};
    bool transposed = dataflow == SC_IP_N || dataflow == SC_OP_N || dataflow == SC_GUST_N;
    enum sc_dataflow form = dataflow == SC_IP_M || dataflow == SC_IP_N   ? SC_IP_M
                            : dataflow == SC_OP_M || dataflow == SC_OP_N ? SC_OP_M
                                                                         : SC_GUST_M;
    const struct problem *p = transposed ? &n_form : &m_form;
    if (machine->timing == SC_BLOCKING)
        oracle_blocking(p, form, result);
    else
        oracle_pipelined(p, form, result);
    fibers_free(&a_rows);
    fibers_free(&a_cols);
    fibers_free(&b_rows);
    fibers_free(&b_cols);
    return SC_OK;
}

struct sc_machine oracle_table5(void)
{
    return (struct sc_machine){
        .family = &sc_family_flexagon,
        .timing = SC_BLOCKING,
        .clock_ghz = 1,
        .multipliers = 64,
        .element_bytes = 4,
        .dn_bandwidth = 16,
        .rn_bandwidth = 16,
        .dn_levels = 13,
        .multiplier_latency = 1,
        .str_bytes = 1 << 20,
        .str_line_bytes = 128,
        .str_ways = 16,
        .str_banks = 16,
        .str_words_per_bank = 32,
        .psram_bytes = 256 << 10,
        .psram_block_bytes = 64,
        .dram_latency_ns = 100,
        .dram_gbps = 256,
        .step_fixed = 2,
        .stationary_fixed = 2,
        .drain = 10,
        .empty_step = 1,
        .empty_row = 3,
        .window_steps = 64,
        .window_buffers = 2,
    };
}
