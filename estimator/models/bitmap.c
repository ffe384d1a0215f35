/* bitmap.c - closed form of the dual-side sparse tensor core.
 *
 * Per k an output tile executes ceil(nB / qB) ceil(nA / qA) OHMMAs, an exact expectation over the distribution of its vectors, and
 * waits for the accumulation buffer (banks.c).  A layer is as many such tiles as cover C, in waves over the sub-cores.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../numeric.h"
#include "tensor.h"

double sc_bitmap_ohmmas(const struct sc_tensor_core *core, int x, int y)
{
    int of_a = (int)(core->activations_are_b ? core->quantum_weight : core->quantum_activation);
    int of_b = (int)(core->activations_are_b ? core->quantum_activation : core->quantum_weight);
    return (double)((x + of_a - 1) / of_a) * ((y + of_b - 1) / of_b);
}

void sc_bitmap_step(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, struct sc_step *step)
{
    double square = 0, longer = 0, rate = core->throughput ? core->sums_per_cycle : core->banks;
    double constant = core->throughput ? 0 : core->mask_cycles;
    *step = (struct sc_step){0};
    for (int x = 0; x <= (int)core->tile; x++)
        for (int y = 0; y <= (int)core->tile; y++) {
            double share = tiles->joint[x][y], n = sc_bitmap_ohmmas(core, x, y);
            double cycles = n > 0 ? sc_max(n, x * y / rate + constant) : 0;
            step->ohmma += share * n;
            step->products += share * x * y;
            step->bitmaps += n > 0 ? share : 0;
            longer += share * cycles;
            square += share * cycles * cycles;
        }
    step->variance = sc_max(0, square - longer * longer);
    if (core->throughput)
        step->cycles = longer + core->k_cycles * tiles->active;
    else
        step->cycles = step->ohmma + (step->ohmma + tiles->slots) * sc_bank_waits(core, tiles, &step->backlog);
}

/* E[largest of n standard normal values] (G. Blom, 1958). */
static double largest_of(double n)
{
    if (n <= 1)
        return 0;
    double p = 1 - (n - 0.375) / (n + 0.25), t = sqrt(-2 * log(p)); /* upper quantile, Abramowitz and Stegun 26.2.23 */
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/* Cycles of all waves of thread blocks, one output tile per sub-core each: the mean tile, the largest of a block, the largest over
 * the SMs that work on the last wave.  `chance`: relative deviation of a tile, independent; `lasting`: of a block's tiles together. */
static double waves(const struct sc_tensor_core *c, double tiles, double mean, double chance, double lasting)
{
    double blocks = ceil(tiles / c->subcores), count = ceil(blocks / c->sms), last = blocks - (count - 1) * c->sms;
    double of_block = sc_min(tiles, c->subcores), block = mean * (1 + chance * largest_of(of_block));
    double deviation = mean * sqrt(chance * chance / of_block + lasting * lasting);
    if (count <= 1)
        return mean * (1 + chance * largest_of(tiles) + lasting * largest_of(blocks));
    double earlier = deviation * sqrt(count - 1) * largest_of(c->sms) * (2 * last / c->sms - 1);
    return count * block + sc_max(earlier, 0) + deviation * largest_of(last) * 0.5;
}

/* Cycles of a tile beyond its issue slots: a buffer that never makes issue wait still has to be worked off at the end. */
static double tile_waits(const struct sc_step *step, double k)
{
    return sc_max(k * (step->cycles - step->ohmma), step->backlog);
}

void sc_bitmap_model(const struct sc_machine *machine, const struct sc_profile *profile, enum sc_energy_case which,
                     struct sc_result *row)
{
    const struct sc_tensor_core *c = &machine->tensor;
    const struct sc_profile *p = profile;
    struct sc_vectors expected;
    const struct sc_vectors *v = &p->vectors;
    if (!v->known || c->tile != SC_VECTOR_MAX || c->tile_k != SC_VECTOR_TILE_K) {
        sc_vectors_expect(&expected, p, c->tile, c->tile_k);
        v = &expected;
    }
    struct sc_step all, whole;
    double pairs = ceil(p->K / c->tile_k), down = ceil(p->M / c->tile), across = ceil(p->N / c->tile);
    double slots = pairs * (v->active * sc_tensor_tile_slots(c, &p->op) + (1 - v->active) * c->skip_slots);
    struct sc_tile_class tiles = {v->joint, p->M / down, p->N / across, v->active, slots / p->K, v->run};
    sc_bitmap_step(c, &tiles, &all);
    tiles.joint = v->whole;
    tiles.rows = sc_min(p->M, c->tile);
    tiles.columns = sc_min(p->N, c->tile);
    sc_bitmap_step(c, &tiles, &whole);

    struct sc_tensor_run run = {.M = p->M, .N = p->N, .K = p->K, .nnz_a = p->a.nnz, .nnz_b = p->b.nnz, .nnz_c = p->nnz_c,
                                .products = p->products, .tiles = down * across};
    double busy = p->K * whole.ohmma + slots + tile_waits(&whole, p->K), longest = busy + c->drain_cycles;
    double chance = sqrt(p->K * whole.variance * v->run) / sc_max(1, longest);
    double lasting = sqrt(v->a.spread * v->a.spread + v->b.spread * v->b.spread) * busy / sc_max(1, longest);
    run.ohmma = run.tiles * p->K * all.ohmma;
    run.bitmaps = run.tiles * p->K * all.bitmaps;
    run.slots = run.ohmma + run.tiles * slots;
    run.waits = run.tiles * tile_waits(&all, p->K);
    run.compute = waves(c, run.tiles, longest, chance, lasting);
    run.a = sc_tensor_encoded(c, p->a.nnz, v->a.tiles, v->a.stored);
    run.b = sc_tensor_encoded(c, p->b.nnz, v->b.tiles, v->b.stored);
    sc_tensor_row(machine, &p->op, false, &run, which, row);
}
