/* bitmap_oracle.c - a slow simulation of the sparse path that shares nothing with the fast one but the deal of words
 * to banks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bitmap_oracle.h"

#include <stdlib.h>
#include <string.h>

enum kind { SLOT, MASK, OHMMA };

enum { OPS_MAX = 1 << 12, LANES_MAX = 1024 };

/* An instruction: a slot of issue time, a new output bitmap, or an OHMMA with the banks of its products. */
struct op {
    enum kind kind;
    unsigned sums;
    unsigned short bank[LANES_MAX];
};

struct state {
    const struct sc_tensor_core *core;
    sc_tensor_banks banks;
    struct op *op;
    unsigned ops;
    unsigned *left;              /* per OHMMA: sums not yet done */
    unsigned *queue[1024];       /* per bank: whose sums wait, in order; UINT_MAX is a mask */
    unsigned head[1024], tail[1024];
};

/* A k step as instructions. */
static void add_step(struct state *s, const bool *rows, const bool *columns, struct sc_bitmap_counts *out)
{
    unsigned row[32], column[32], n = 0, m = 0, tile = s->core->tile;
    unsigned of_a = s->core->activations_are_b ? s->core->quantum_weight : s->core->quantum_activation;
    unsigned of_b = s->core->activations_are_b ? s->core->quantum_activation : s->core->quantum_weight;
    for (unsigned i = 0; i < tile; i++) {
        if (rows[i])
            row[n++] = i;
        if (columns[i])
            column[m++] = i;
    }
    if (n == 0 || m == 0)
        return;
    s->op[s->ops++].kind = MASK;
    out->bitmaps++;
    out->products += n * m;
    for (unsigned i = 0; i < n; i += of_a)
        for (unsigned j = 0; j < m; j += of_b) {
            struct op *op = &s->op[s->ops++];
            op->kind = OHMMA;
            op->sums = 0;
            for (unsigned x = i; x < n && x < i + of_a; x++)
                for (unsigned y = j; y < m && y < j + of_b; y++)
                    op->bank[op->sums++] = s->banks[row[x]][column[y]];
            out->ohmma++;
        }
}

static void push(struct state *s, unsigned bank, unsigned whose)
{
    s->queue[bank][s->tail[bank]++] = whose;
}

/* Whether every bank has nothing left to do, after one more cycle of work. */
static bool serve(struct state *s)
{
    bool idle = true;
    for (unsigned b = 0; b < s->core->banks; b++) {
        if (s->head[b] < s->tail[b]) {
            unsigned whose = s->queue[b][s->head[b]++];
            if (whose != (unsigned)-1)
                s->left[whose]--;
        }
        idle = idle && s->head[b] == s->tail[b];
    }
    return idle;
}

/* Cycles until all instructions are issued and all sums are done. */
static unsigned long execute(struct state *s)
{
    unsigned long cycle = 0;
    unsigned next = 0, issued = 0;
    bool idle = true;
    memset(s->head, 0, sizeof s->head);
    memset(s->tail, 0, sizeof s->tail);
    while (next < s->ops || !idle) {
        for (; next < s->ops && s->op[next].kind == MASK; next++)
            for (unsigned b = 0; b < s->core->banks; b++)
                for (unsigned i = 0; i < s->core->mask_cycles; i++)
                    push(s, b, (unsigned)-1);
        if (next < s->ops && s->op[next].kind == SLOT) {
            next++;
        } else if (next < s->ops && (issued < s->core->window || s->left[issued - s->core->window] == 0)) {
            s->left[issued] = s->op[next].sums;
            for (unsigned i = 0; i < s->op[next].sums; i++)
                push(s, s->op[next].bank[i], issued);
            issued++;
            next++;
        }
        idle = serve(s);
        cycle++;
    }
    return cycle;
}

struct operands {
    const bool *a, *b;
    unsigned M, N, K;
};

static bool bit(const bool *matrix, unsigned rows, unsigned cols, unsigned row, unsigned col)
{
    return row < rows && col < cols && matrix[row * cols + col];
}

/* Whether a warp tile of rows [row, row + high) and columns [col, col + wide) holds a nonzero. */
static bool any(const bool *matrix, unsigned rows, unsigned cols, unsigned row, unsigned high, unsigned col,
                unsigned wide)
{
    for (unsigned r = row; r < row + high; r++)
        for (unsigned c = col; c < col + wide; c++)
            if (bit(matrix, rows, cols, r, c))
                return true;
    return false;
}

static void add_tile(struct state *s, const struct operands *o, unsigned slots, unsigned row, unsigned column,
                     struct sc_bitmap_counts *out)
{
    unsigned tile = s->core->tile, deep = s->core->tile_k;
    s->ops = 0;
    for (unsigned k0 = 0; k0 < o->K; k0 += deep) {
        bool active = any(o->a, o->M, o->K, row, tile, k0, deep) && any(o->b, o->K, o->N, k0, deep, column, tile);
        unsigned spent = active ? slots : s->core->skip_slots;
        for (unsigned i = 0; i < spent; i++)
            s->op[s->ops++].kind = SLOT;
        out->slots += spent;
        out->active += active;
        out->skipped += !active;
        for (unsigned k = k0; k < k0 + deep && k < o->K; k++) {
            bool rows[32], columns[32];
            for (unsigned i = 0; i < tile; i++) {
                rows[i] = bit(o->a, o->M, o->K, row + i, k);
                columns[i] = bit(o->b, o->K, o->N, k, column + i);
            }
            add_step(s, rows, columns, out);
        }
    }
}

static void count_output(const struct operands *o, struct sc_bitmap_counts *out)
{
    for (unsigned m = 0; m < o->M; m++)
        for (unsigned n = 0; n < o->N; n++) {
            bool found = false;
            for (unsigned k = 0; k < o->K; k++)
                found = found || (o->a[m * o->K + k] && o->b[k * o->N + n]);
            out->nnz_c += found;
        }
}

static void count_format(const struct sc_tensor_core *core, const struct operands *o, struct sc_bitmap_counts *out)
{
    for (unsigned k = 0; k < o->K; k += core->tile_k) {
        for (unsigned m = 0; m < o->M; m += core->tile, out->a_tiles++)
            out->a_stored += any(o->a, o->M, o->K, m, core->tile, k, core->tile_k);
        for (unsigned n = 0; n < o->N; n += core->tile, out->b_tiles++)
            out->b_stored += any(o->b, o->K, o->N, k, core->tile_k, n, core->tile);
    }
}

/* Blocks of as many tiles as there are sub-cores, each to the SM that is free first. */
static unsigned long schedule(const struct sc_tensor_core *core, const unsigned long *cycles, unsigned tiles)
{
    unsigned long *busy = calloc(core->sms, sizeof *busy), end = 0;
    for (unsigned t = 0; t < tiles; t += core->subcores) {
        unsigned first = 0;
        unsigned long longest = 0;
        for (unsigned i = t; i < tiles && i < t + core->subcores; i++)
            longest = cycles[i] > longest ? cycles[i] : longest;
        for (unsigned sm = 1; sm < core->sms; sm++)
            first = busy[sm] < busy[first] ? sm : first;
        busy[first] += longest;
        end = busy[first] > end ? busy[first] : end;
    }
    free(busy);
    return end;
}

void bitmap_oracle(struct sc_bitmap_counts *out, const struct sc_tensor_core *core, unsigned slots, const bool *a,
                   const bool *b, unsigned M, unsigned N, unsigned K)
{
    struct operands o = {a, b, M, N, K};
    struct state *s = calloc(1, sizeof *s);
    unsigned long cycles[256];
    unsigned tiles = 0;
    *out = (struct sc_bitmap_counts){0};
    s->core = core;
    s->op = calloc(OPS_MAX, sizeof *s->op);
    s->left = calloc(OPS_MAX, sizeof *s->left);
    sc_tensor_deal_banks(core, s->banks);
    for (unsigned i = 0; i < core->banks; i++)
        s->queue[i] = malloc((size_t)K * (core->tile * core->tile + core->mask_cycles) * sizeof **s->queue);
    for (unsigned m = 0; m < M; m += core->tile)
        for (unsigned n = 0; n < N; n += core->tile) {
            uint64_t before = out->slots + out->ohmma;
            add_tile(s, &o, slots, m, n, out);
            unsigned long took = execute(s);
            out->waits += took - (out->slots + out->ohmma - before);
            cycles[tiles++] = took + (unsigned long)core->drain_cycles;
        }
    out->slots += out->ohmma;
    out->tiles = tiles;
    count_output(&o, out);
    count_format(core, &o, out);
    out->cycles = schedule(core, cycles, tiles);
    for (unsigned i = 0; i < core->banks; i++)
        free(s->queue[i]);
    free(s->left);
    free(s->op);
    free(s);
}
