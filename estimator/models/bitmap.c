/* bitmap.c - closed form of the dual-side sparse tensor core.
 *
 * Per k an output tile executes ceil(nB / qB) ceil(nA / qA) OHMMAs, an exact expectation over the distribution of its
 * vectors, and waits for the accumulation buffer (banks.c).  A layer is as many such tiles as cover C, in waves over
 * the sub-cores.
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

/* Cycles of a step by itself. */
static double step_cycles(const struct sc_tensor_core *core, int x, int y)
{
    double n = sc_bitmap_ohmmas(core, x, y);
    if (n <= 0)
        return 0;
    return core->throughput ? sc_max(n, x * y / core->sums_per_cycle)
                            : sc_max(n, (double)x * y / core->banks + core->mask_cycles);
}

/* Mean cycles of a step by itself at each x (or y when `turned`), and their variance about `mean`. */
static double cycles_by(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, bool turned, double mean,
                        double by[SC_VECTOR_COUNTS])
{
    double square = 0;
    for (int x = 0; x <= (int)core->tile; x++) {
        double share = 0, cycles = 0;
        for (int y = 0; y <= (int)core->tile; y++) {
            double p = turned ? tiles->joint[y][x] : tiles->joint[x][y];
            share += p;
            cycles += p * (turned ? step_cycles(core, y, x) : step_cycles(core, x, y));
        }
        by[x] = share > 0 ? cycles / share : 0;
        square += share * by[x] * by[x];
    }
    return sc_max(0, square - mean * mean);
}

void sc_bitmap_step(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, struct sc_step *step)
{
    double cube = 0, square = 0, mean = 0, by[SC_VECTOR_COUNTS];
    *step = (struct sc_step){0};
    for (int x = 0; x <= (int)core->tile; x++)
        for (int y = 0; y <= (int)core->tile; y++) {
            double share = tiles->joint[x][y], n = sc_bitmap_ohmmas(core, x, y), cycles = step_cycles(core, x, y);
            step->ohmma += share * n;
            step->products += share * x * y;
            step->bitmaps += n > 0 ? share : 0;
            mean += share * cycles;
            square += share * cycles * cycles;
            cube += share * cycles * cycles * cycles;
        }
    double variance = sc_max(1e-9, square - mean * mean);
    step->skew = (cube - 3 * mean * square + 2 * mean * mean * mean) / (variance * sqrt(variance));
    step->variance_a = cycles_by(core, tiles, false, mean, by);
    step->variance_b = cycles_by(core, tiles, true, mean, by);
    step->variance_both = sc_max(0, square - mean * mean - step->variance_a - step->variance_b);
    step->cycles = mean + core->k_cycles * tiles->active;
    if (!core->throughput)
        step->cycles = step->ohmma +
                       sc_bank_waits(core, tiles, step->ohmma / sc_max(step->bitmaps, 1e-9), &step->backlog);
    double longer = mean > 0 ? step->cycles / mean : 1; /* waits vary as steps do */
    step->variance_a *= longer * longer;
    step->variance_b *= longer * longer;
    step->variance_both *= longer * longer;
}

/* E[largest of n standard normal values] (G. Blom, 1958). */
static double largest_of(double n)
{
    if (n <= 1)
        return 0;
    double p = 1 - (n - 0.375) / (n + 0.25), t = sqrt(-2 * log(p)); /* upper quantile, Abramowitz and Stegun 26.2.23 */
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/* The same of values with this skewness (E. A. Cornish and R. A. Fisher, 1938, first term). */
static double largest_skewed(double n, double skew)
{
    double z = largest_of(n);
    return z > 1 ? z + (z * z - 1) / 6 * skew : z;
}

/* How tiles differ, relative to the mean whole tile: standard deviations from strip to strip of A and of B, and of
 * each tile. */
struct uneven {
    double of_a, of_b, own;
    double top_a, top_b; /* the largest strips, above the mean */
    double skew;         /* of a tile's cycles */
};

/* Runs of steps in which both vectors stay the same: of correlations 1 - 1 / run. */
static double run_of_both(double run_a, double run_b)
{
    return 1 / (1 - sc_min(0.999, (1 - 1 / run_a) * (1 - 1 / run_b)));
}

/* How much longer a tile of the largest strip takes: as the largest of so many strips of this deviation does by
 * chance, or more where the vectors of the fullest one are known and say so. */
static double top(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, bool turned,
                  const struct sc_strips *s, double deviation, double skew)
{
    double by[SC_VECTOR_COUNTS], mean = 0, most = 0;
    if (!s->measured)
        return deviation * largest_skewed(s->strips, skew);
    deviation *= sqrt(sc_min(1, s->run / sc_max(s->clumps, 1e-9))); /* the rest is no chance */
    cycles_by(core, tiles, turned, 0, by);
    for (int x = 0; x <= (int)core->tile; x++) {
        double share = 0;
        for (int y = 0; y <= (int)core->tile; y++)
            share += turned ? tiles->joint[y][x] : tiles->joint[x][y];
        mean += share * by[x];
        most += s->fullest[x] * by[x];
    }
    return mean > 0 ? sc_max(deviation * largest_skewed(s->strips, skew), most / mean - 1) : 0;
}

/* `cycles`: of a mean tile; not all of them follow its steps. */
static void find_uneven(struct uneven *u, const struct sc_tensor_core *core, const struct sc_tile_class *tiles,
                        const struct sc_step *step, const struct sc_vectors *v, double k, double cycles)
{
    const struct sc_strips *a = &v->a, *b = &v->b;
    double one = k / sc_max(cycles * cycles, 1), work = sc_min(1, k * step->cycles / sc_max(cycles, 1));
    u->of_a = sqrt(one * step->variance_a * a->clumps);
    u->of_b = sqrt(one * step->variance_b * b->clumps);
    u->own = sqrt(one * step->variance_both * run_of_both(a->run, b->run));
    u->skew = step->skew / sqrt(sc_max(1, k / sc_max(a->run, b->run)));
    u->top_a = work * top(core, tiles, false, a, u->of_a / sc_max(work, 1e-9), u->skew);
    u->top_b = work * top(core, tiles, true, b, u->of_b / sc_max(work, 1e-9), u->skew);
}

/* Cycles of all waves of thread blocks, one output tile per sub-core each.  In a single wave the largest tile counts;
 * else the mean block, which is as long as its longest tile (its tiles share a strip of A), and how unevenly SMs end.
 */
static double waves(const struct sc_tensor_core *c, double tiles, double mean, const struct uneven *u)
{
    double blocks = ceil(tiles / c->subcores), count = ceil(blocks / c->sms), last = blocks - (count - 1) * c->sms;
    if (count <= 1)
        return mean * (1 + hypot(u->top_a + u->top_b, u->own * largest_skewed(tiles, u->skew)));
    double of_block = sc_min(tiles, c->subcores), block = mean * (1 + hypot(u->of_b, u->own) * largest_of(of_block));
    double deviation = mean * sqrt(u->of_a * u->of_a + (u->of_b * u->of_b + u->own * u->own) / of_block);
    double earlier = deviation * sqrt(count - 1) * largest_of(c->sms) * (2 * last / c->sms - 1);
    return count * block + sc_max(earlier, 0) + deviation * largest_of(last) * 0.5;
}

/* Cycles of a tile beyond its issue slots: a buffer that never makes issue wait still has to be worked off at the
 * end. */
static double tile_waits(const struct sc_step *step, double k)
{
    return sc_max(k * (step->cycles - step->ohmma), step->backlog);
}

/* Expected counts and cycles of a layer none of whose dimensions is 0. */
static void expect_run(struct sc_tensor_run *run, const struct sc_tensor_core *c, const struct sc_profile *p,
                       const struct sc_vectors *v)
{
    struct sc_step all, whole;
    struct uneven uneven;
    double pairs = ceil(p->K / c->tile_k), down = ceil(p->M / c->tile), across = ceil(p->N / c->tile);
    double slots = pairs * (v->active * sc_tensor_tile_slots(c, &p->op) + (1 - v->active) * c->skip_slots);
    struct sc_tile_class tiles = {v->joint, p->M / down, p->N / across, v->active, slots / p->K, v->a.run, v->b.run};
    sc_bitmap_step(c, &tiles, &all);
    tiles.joint = v->whole;
    tiles.rows = sc_min(p->M, c->tile);
    tiles.columns = sc_min(p->N, c->tile);
    sc_bitmap_step(c, &tiles, &whole);

    double longest = p->K * whole.ohmma + slots + tile_waits(&whole, p->K) + c->drain_cycles;
    find_uneven(&uneven, c, &tiles, &whole, v, p->K, longest);
    run->ohmma = run->tiles * p->K * all.ohmma;
    run->bitmaps = run->tiles * p->K * all.bitmaps;
    run->slots = run->ohmma + run->tiles * slots;
    run->waits = run->tiles * tile_waits(&all, p->K);
    run->compute = waves(c, run->tiles, longest, &uneven);
    run->a = sc_tensor_encoded(c, p->a.nnz, v->a.tiles, v->a.stored);
    run->b = sc_tensor_encoded(c, p->b.nnz, v->b.tiles, v->b.stored);
}

void sc_bitmap_run(struct sc_tensor_run *out, const struct sc_machine *machine, const struct sc_profile *p)
{
    const struct sc_tensor_core *c = &machine->tensor;
    struct sc_tensor_run run = {.M = p->M,
                                .N = p->N,
                                .K = p->K,
                                .nnz_a = p->a.nnz,
                                .nnz_b = p->b.nnz,
                                .nnz_c = p->nnz_c,
                                .products = p->products,
                                .tiles = ceil(p->M / c->tile) * ceil(p->N / c->tile)};
    struct sc_vectors expected;
    bool measured = p->vectors.known && c->tile == SC_VECTOR_MAX && c->tile_k == SC_VECTOR_TILE_K;
    if (run.tiles <= 0 || p->K <= 0) { /* nothing but tiles of C to write, if any */
        double pairs = ceil(p->K / c->tile_k);
        run.compute = ceil(run.tiles / ((double)c->sms * c->subcores)) * c->drain_cycles;
        run.a = sc_tensor_encoded(c, 0, ceil(p->M / c->tile) * pairs, 0);
        run.b = sc_tensor_encoded(c, 0, ceil(p->N / c->tile) * pairs, 0);
    } else {
        if (!measured)
            sc_vectors_expect(&expected, p, c->tile, c->tile_k);
        expect_run(&run, c, p, measured ? &p->vectors : &expected);
    }
    *out = run;
}

void sc_bitmap_model(const struct sc_machine *machine, const struct sc_profile *profile, enum sc_energy_case which,
                     struct sc_result *row)
{
    struct sc_tensor_run run;
    sc_bitmap_run(&run, machine, profile);
    sc_tensor_row(machine, &profile->op, false, &run, which, row);
}
