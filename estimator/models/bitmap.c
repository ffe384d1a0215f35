/* bitmap.c - closed form of the dual-side sparse tensor core.
 *
 * The step count per k, ceil(nB / qB) ceil(nA / qA), is an exact expectation.  What the accumulation buffer adds is a queue per
 * bank: in a unit of issue time the bank gets u sums on average, with variance s per unit, the output mask of every k included.
 * Its backlog is a diffusion of drift u - (1 + w), w the waits per unit, that reflects at 0; issue waits when the fullest of N
 * banks is further behind than the window of W OHMMAs allows.  A reflected diffusion of drift -d meets a barrier at W at the rate
 * d / (exp(2 d W / s) - 1), so w = N d / (exp(2 d W / s) - 1) with d = 1 + w - u, solved for w by bisection.  (J. M. Harrison,
 * Brownian Motion and Stochastic Flow Systems, 1985, chapter 5.)  Nothing in it is fitted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../numeric.h"
#include "tensor.h"

/* OHMMAs of a k step with x nonzeros of A and y of B. */
static double ohmmas(const struct sc_tensor_core *c, int x, int y)
{
    double of_a = c->activations_are_b ? c->quantum_weight : c->quantum_activation;
    double of_b = c->activations_are_b ? c->quantum_activation : c->quantum_weight;
    return ceil(x / of_a) * ceil(y / of_b);
}

/* Variance of how many of `chosen` places out of n are among the x nonzero ones. */
static double drawn_variance(double n, double x, double chosen)
{
    return n > 1 ? chosen * x / n * (1 - x / n) * (n - chosen) / (n - 1) : 0;
}

/* Variance of a bank's sums in a k step, x rows and y columns being nonzero. */
static double bank_variance(const struct sc_tensor_core *c, double x, double y)
{
    double n = c->tile, words = n * n / c->banks, p = x * y / (n * n);
    if (!c->scattered_banks) { /* a grid of the tile's rows mod 8 and columns mod 16 */
        double rows = sc_max(1, n / 8), cols = sc_max(1, n / 16), mr = x * rows / n, mc = y * cols / n;
        double vr = drawn_variance(n, x, rows), vc = drawn_variance(n, y, cols);
        return vr * vc + vr * mc * mc + vc * mr * mr;
    }
    double both = n > 1 ? x * (x - 1) * y * (y - 1) / (n * n * (n - 1) * (n - 1)) : 0; /* two words, no row or column in common */
    return sc_max(0, words * p * (1 - p) + words * (words - 1) * (both - p * p));
}

/* Waits per unit of issue time; `reach`: units between the two ends of the window when nothing waits. */
static double waits(const struct sc_tensor_core *c, double u, double variance, double reach)
{
    double low = 0, high = sc_max(4, 2 * u);
    if (variance <= 1e-12)
        return sc_max(0, u - 1);
    for (int i = 0; i < 40; i++) {
        double w = (low + high) / 2, d = 1 + w - u, x = 2 * d * reach * (1 + w) / variance, rate = 0;
        if (fabs(x) < 1e-9)
            rate = c->banks * variance / (2 * reach * (1 + w));
        else if (x < 500)
            rate = c->banks * d / expm1(x);
        *(rate > w ? &low : &high) = w;
    }
    return (low + high) / 2;
}

/* Sums over the joint distribution. */
struct moments {
    double ohmma, products, active, load, within, between, apart;
};

/* First moments; `apart`: the mean over (x, y) of the cycles of a run of steps that are all alike. */
static void collect(struct moments *m, const struct sc_tensor_core *c, const struct sc_vectors *v, double slots, bool alike)
{
    double words = (double)c->tile * c->tile / c->banks;
    *m = (struct moments){0};
    for (int x = 1; x <= (int)c->tile; x++)
        for (int y = 1; y <= (int)c->tile; y++) {
            double share = v->joint[x][y], n = ohmmas(c, x, y), variance, load;
            if (share <= 1e-12)
                continue;
            variance = bank_variance(c, x, y);
            load = words * x * y / ((double)c->tile * c->tile) + c->mask_cycles;
            m->ohmma += share * n;
            m->products += share * x * y;
            m->active += share;
            m->load += share * load;
            m->within += share * variance;
            if (alike)
                m->apart += share * (n + slots) *
                            (1 + waits(c, load / (n + slots), variance / (n + slots), c->window * (n + slots) / n));
        }
    m->apart += (1 - m->active) * slots;
}

/* Variance that steps of different (x, y) bring: of load against issue time, and of the cycles of a step. */
static void spread(struct moments *m, const struct sc_tensor_core *c, const struct sc_vectors *v, double slots, double *of_cycles)
{
    double words = (double)c->tile * c->tile / c->banks, u = m->load / (m->ohmma + slots), mean = 0, square = 0;
    for (int x = 0; x <= (int)c->tile; x++)
        for (int y = 0; y <= (int)c->tile; y++) {
            double n = ohmmas(c, x, y), load = n > 0 ? words * x * y / ((double)c->tile * c->tile) + c->mask_cycles : 0;
            double excess = load - u * (n + slots), longer = sc_max(n + slots, load), share = v->joint[x][y];
            m->between += share * excess * excess;
            mean += share * longer;
            square += share * longer * longer;
        }
    *of_cycles = sc_max(0, square - mean * mean);
}

static void banked(const struct sc_tensor_core *c, const struct sc_vectors *v, double slots, double run, struct sc_step *step)
{
    struct moments m;
    double reach;
    collect(&m, c, v, slots, run > 1);
    spread(&m, c, v, slots, &step->variance);
    *step = (struct sc_step){.ohmma = m.ohmma, .products = m.products, .active = m.active, .variance = step->variance};
    if (m.ohmma <= 0)
        return;
    double unit = m.ohmma + slots, u = m.load / unit, variance = (m.within + m.between) / unit;
    reach = c->window * unit / m.ohmma;
    double w = waits(c, u, variance, reach), pooled = unit * (1 + w);
    double in_window = run * m.ohmma / sc_max(m.active, 1e-9) / c->window; /* windows that a run of equal steps fills */
    double share = run > 1 ? sc_min(1, in_window) : 0, drift = 1 + w - u;
    step->cycles = pooled + share * (m.apart - pooled) - slots;
    step->backlog = drift > 1e-9 ? sc_min(reach, log(c->banks + 1.0) * variance / (2 * drift)) : reach;
}

static void throughput(const struct sc_tensor_core *c, const struct sc_vectors *v, struct sc_step *step)
{
    double square = 0;
    *step = (struct sc_step){0};
    for (int x = 0; x <= (int)c->tile; x++)
        for (int y = 0; y <= (int)c->tile; y++) {
            double share = v->joint[x][y], n = ohmmas(c, x, y), cycles = sc_max(n, x * y / c->sums_per_cycle);
            step->ohmma += share * n;
            step->products += share * x * y;
            step->active += n > 0 ? share : 0;
            step->cycles += share * cycles;
            square += share * cycles * cycles;
        }
    step->variance = sc_max(0, square - step->cycles * step->cycles);
    step->cycles += c->k_cycles * v->active;
}

void sc_bitmap_step(const struct sc_tensor_core *core, const struct sc_vectors *joint, double slots, double run,
                    struct sc_step *step)
{
    if (core->throughput)
        throughput(core, joint, step);
    else
        banked(core, joint, slots, run, step);
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

void sc_bitmap_model(const struct sc_machine *machine, const struct sc_profile *profile, enum sc_energy_case which,
                     struct sc_result *row)
{
    const struct sc_tensor_core *c = &machine->tensor;
    struct sc_vectors expected;
    const struct sc_vectors *v = &profile->vectors;
    if (!v->known || c->tile != SC_VECTOR_MAX || c->tile_k != SC_VECTOR_TILE_K) {
        sc_vectors_expect(&expected, profile, c->tile, c->tile_k);
        v = &expected;
    }
    struct sc_step step;
    double steps = ceil(profile->K / c->tile_k), active = v->active;
    double slots = steps * (active * sc_tensor_tile_slots(c, &profile->op) + (1 - active) * c->skip_slots);
    sc_bitmap_step(c, v, slots / profile->K, v->run, &step);
    struct sc_tensor_run run = {.M = profile->M, .N = profile->N, .K = profile->K, .nnz_a = profile->a.nnz,
                                .nnz_b = profile->b.nnz, .nnz_c = profile->nnz_c, .products = profile->products};
    run.tiles = ceil(profile->M / c->tile) * ceil(profile->N / c->tile);
    run.ohmma = run.tiles * profile->K * step.ohmma;
    run.bitmaps = run.tiles * profile->K * step.active;
    run.slots = run.ohmma + run.tiles * slots;
    double issue = profile->K * step.ohmma + slots, waited = sc_max(profile->K * (step.cycles - step.ohmma), step.backlog);
    double mean = issue + waited + c->drain_cycles, busy = sc_max(1, mean);
    run.waits = run.tiles * waited;
    double chance = sqrt(profile->K * step.variance * sc_max(1, v->run)) / busy;
    double lasting = sqrt(v->a.spread * v->a.spread + v->b.spread * v->b.spread) * (issue + waited) / busy;
    run.compute = waves(c, run.tiles, mean, chance, lasting);
    run.a = sc_tensor_encoded(c, profile->a.nnz, v->a.tiles, v->a.stored);
    run.b = sc_tensor_encoded(c, profile->b.nnz, v->b.tiles, v->b.stored);
    sc_tensor_row(machine, &profile->op, false, &run, which, row);
}
