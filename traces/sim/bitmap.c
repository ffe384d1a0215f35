/* bitmap.c - the sparse path of the dual-side sparse tensor core, warp by warp.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bitmap.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "accumulate.h"
#include "bitmap_format.h"
#include "bits.h"
#include "warps.h"

/* One run. */
struct run {
    const struct sc_tensor_core *core;
    const struct sc_sim_options *options;
    struct sc_bitmap a, b;
    struct sc_accumulator sums;
    struct sc_warps warps;
    uint64_t tile_slots;          /* issue slots of an active pair of warp tiles */
    unsigned quantum_a, quantum_b;
    struct sc_bitmap_counts *out;
};

/* One output tile in the making. */
struct tile {
    uint64_t now;      /* next free issue slot */
    uint64_t slots;
    double late;       /* throughput mode: cycles beyond the issue slots */
    uint32_t c[SC_TENSOR_TILE_MAX]; /* structural nonzeros of C, a bitmap per row */
};

/* The places of the set bits. */
static unsigned places(uint8_t *out, uint32_t bits)
{
    unsigned n = 0;
    for (; bits; bits &= bits - 1)
        out[n++] = (uint8_t)sc_bit_count((bits & (~bits + 1)) - 1);
    return n;
}

/* Products of one k by the banks; OHMMAs go through the groups of B for each group of A. */
static void multiply(struct run *r, struct tile *t, const uint8_t *rows, unsigned n, const uint8_t *columns, unsigned m)
{
    sc_accumulator_mask(&r->sums, t->now);
    for (unsigned i = 0; i < n; i += r->quantum_a)
        for (unsigned j = 0; j < m; j += r->quantum_b) {
            unsigned high = n - i < r->quantum_a ? n - i : r->quantum_a,
                     wide = m - j < r->quantum_b ? m - j : r->quantum_b;
            t->now = sc_accumulator_push(&r->sums, rows + i, high, columns + j, wide, t->now) + 1;
        }
}

static void run_step(struct run *r, struct tile *t, uint32_t a, uint32_t b)
{
    uint8_t rows[SC_TENSOR_TILE_MAX], columns[SC_TENSOR_TILE_MAX];
    unsigned n = places(rows, a), m = places(columns, b);
    uint64_t ohmma = (uint64_t)((n + r->quantum_a - 1) / r->quantum_a) * ((m + r->quantum_b - 1) / r->quantum_b);
    if (ohmma > 0) {
        for (unsigned i = 0; i < n; i++)
            t->c[rows[i]] |= b;
        if (r->core->throughput)
            t->late += fmax(0, (double)n * m / r->core->sums_per_cycle - (double)ohmma);
        else
            multiply(r, t, rows, n, columns, m);
        r->out->bitmaps++;
        r->out->ohmma += ohmma;
        r->out->products += (uint64_t)n * m;
        t->slots += ohmma;
    }
    t->late += r->core->throughput ? r->core->k_cycles : 0;
}

static void run_pair(struct run *r, struct tile *t, const uint32_t *a, const uint32_t *b, uint64_t steps)
{
    t->now += r->tile_slots;
    t->slots += r->tile_slots;
    r->out->active++;
    for (uint64_t k = 0; k < steps; k++)
        run_step(r, t, a[k], b[k]);
}

static void skip_pairs(struct run *r, struct tile *t, uint64_t pairs)
{
    t->now += pairs * r->core->skip_slots;
    t->slots += pairs * r->core->skip_slots;
    r->out->skipped += pairs;
}

/* All K tiles of one output tile; `steps`: K. */
static void run_strips(struct run *r, struct tile *t, uint64_t sa, uint64_t sb, uint64_t steps)
{
    const struct sc_bitmap *a = &r->a, *b = &r->b;
    uint64_t next = 0; /* first K tile not yet dealt with */
    for (uint64_t w = 0; w < a->words; w++) {
        uint64_t both = a->warp[sa * a->words + w] & b->warp[sb * b->words + w];
        for (; both; both &= both - 1) {
            uint64_t at = w * SC_BITS + sc_bit_count((both & (~both + 1)) - 1), left = steps - at * a->tile_k;
            skip_pairs(r, t, at - next);
            run_pair(r, t, a->element + a->at[sa * a->tiles + at], b->element + b->at[sb * b->tiles + at],
                     left < a->tile_k ? left : a->tile_k);
            next = at + 1;
        }
    }
    skip_pairs(r, t, a->tiles - next);
}

static void run_tile(struct run *r, uint64_t sa, uint64_t sb, uint64_t steps)
{
    struct tile t = {0};
    uint64_t end;
    sc_accumulator_reset(&r->sums);
    run_strips(r, &t, sa, sb, steps);
    if (r->core->throughput) {
        end = t.slots + (uint64_t)ceil(t.late - 1e-9);
    } else {
        end = sc_accumulator_end(&r->sums);
        end = end > t.now ? end : t.now;
    }
    for (uint32_t i = 0; i < r->core->tile; i++)
        r->out->nnz_c += sc_bit_count(t.c[i]);
    r->out->slots += t.slots;
    r->out->waits += end - t.slots;
    r->out->tiles++;
    sc_warps_add(&r->warps, end + (uint64_t)ceil(r->core->drain_cycles));
}

static int run_tiles(struct run *r, uint64_t steps, struct sc_error *err)
{
    for (uint64_t sa = 0; sa < r->a.strips; sa++)
        for (uint64_t sb = 0; sb < r->b.strips; sb++) {
            if (r->options && r->options->cancel && *r->options->cancel)
                return sc_fail(err, SC_END, NULL, 0, "simulation cancelled");
            run_tile(r, sa, sb, steps);
        }
    r->out->cycles = sc_warps_end(&r->warps);
    return SC_OK;
}

static uint64_t tiles_of(const struct sc_bitmap *b)
{
    return b->strips * b->tiles;
}

int sc_bitmap_simulate(struct sc_bitmap_counts *out, const struct sc_tensor_core *core, const struct sc_operator *op,
                       const struct sc_pattern *a_columns, const struct sc_pattern *b,
                       const struct sc_sim_options *options, struct sc_error *err)
{
    struct run r = {.core = core, .options = options, .out = out};
    *out = (struct sc_bitmap_counts){0};
    if (a_columns->rows != b->rows)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "A has %" PRIu64 " columns and B %" PRIu64 " rows; expected the same number", a_columns->rows,
                       b->rows);
    r.tile_slots = (uint64_t)sc_tensor_tile_slots(core, op);
    r.quantum_a = core->activations_are_b ? core->quantum_weight : core->quantum_activation;
    r.quantum_b = core->activations_are_b ? core->quantum_activation : core->quantum_weight;
    int status = sc_bitmap_encode(&r.a, a_columns, core->tile, core->tile_k, err);
    if (status == SC_OK)
        status = sc_bitmap_encode(&r.b, b, core->tile, core->tile_k, err);
    if (status == SC_OK)
        status = sc_accumulator_init(&r.sums, core, err);
    if (status == SC_OK)
        status = sc_warps_init(&r.warps, core->sms, core->subcores, err);
    if (status == SC_OK)
        status = run_tiles(&r, b->rows, err);
    out->a_tiles = tiles_of(&r.a);
    out->a_stored = r.a.stored;
    out->b_tiles = tiles_of(&r.b);
    out->b_stored = r.b.stored;
    if (status != SC_OK)
        *out = (struct sc_bitmap_counts){0};
    sc_bitmap_free(&r.a);
    sc_bitmap_free(&r.b);
    sc_accumulator_free(&r.sums);
    sc_warps_free(&r.warps);
    return status;
}
