/* vectors.c - expected numbers of nonzeros in the vectors of output tiles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "vectors.h"

#include <math.h>

#include "numeric.h"
#include "profile.h"

typedef double counts[SC_VECTOR_COUNTS]; /* probabilities of 0..SC_VECTOR_MAX nonzeros */

/* One operand seen along its vectors: M for A, N for B. */
struct view {
    const struct sc_lengths *across; /* lengths of the fibers that the vectors are cut from, one fiber per k */
    double places;                   /* length of such a fiber */
    double k;
    double run;                      /* places with equal nonzeros along the fiber */
    double run_k;                    /* the same along K */
    double density;
    double band, band_density;       /* places of K per row of the band; 0: none */
    double group;                    /* nm along K */
    double along_variance;           /* of the lengths of the fibers along K */
};

static struct view view_of(const struct sc_side *s, bool is_a)
{
    const struct sc_lengths *along = is_a ? &s->row : &s->col;
    return (struct view){
        .across = is_a ? &s->col : &s->row,
        .places = is_a ? s->rows : s->cols,
        .k = is_a ? s->cols : s->rows,
        .run = is_a ? s->run_rows : s->run_cols,
        .run_k = is_a ? s->run_cols : s->run_rows,
        .density = s->density,
        .band = is_a ? s->band : s->band * s->rows / s->cols,
        .band_density = s->band_density,
        .group = s->group,
        .along_variance = along->variance,
    };
}

/* Adds share x P(x), x of n places with mean and variance. */
static void add_spread(counts out, double share, double n, double mean, double variance)
{
    double pmf[SC_PMF_MAX];
    struct sc_stratum s = {1, mean, variance};
    unsigned most = (unsigned)n;
    if (mean <= 0 || variance <= 1e-9) { /* a fixed number, or between two whole ones */
        double whole = floor(mean + 1e-9), part = sc_max(0, mean - whole);
        out[(unsigned)sc_min(whole, n)] += share * (1 - part);
        out[(unsigned)sc_min(whole + 1, n)] += share * part;
        return;
    }
    unsigned size = sc_stratum_pmf(&s, 1, pmf);
    for (unsigned x = 0; x < size; x++)
        out[x < most ? x : most] += share * pmf[x];
}

/* n of a fiber's places, its length having this mean and variance, places exchangeable: hypergeometric over the
 * lengths. */
static void add_exchangeable(counts out, double share, double n, const struct view *v, const struct sc_stratum *s)
{
    double p = sc_min(1, s->mean / v->places), second = (s->variance + s->mean * s->mean) / (v->places * v->places);
    double fixed = v->places > 1 ? (v->places - n) / (v->places - 1) : 0;
    double variance = n * fixed * sc_max(0, p - second) + n / v->places * n / v->places * s->variance;
    add_spread(out, share, n, n * p, sc_min(variance, n * p * (1 - p)));
}

/* Puts in `size` more places that are all nonzero with probability p. */
static void convolve(counts x, unsigned size, double p)
{
    for (int i = SC_VECTOR_MAX; i >= 0; i--) {
        double from = i >= (int)size ? x[i - (int)size] : 0;
        x[i] = x[i] * (1 - p) + from * p;
    }
}

/* Vectors of n places beginning at `start` over runs of `run`. */
static void add_runs(counts out, double share, double start, double n, double run, double p)
{
    counts x = {1};
    for (double at = start; at < start + n;) {
        double end = sc_min(start + n, (floor(at / run) + 1) * run);
        convolve(x, (unsigned)(end - at), p);
        at = end;
    }
    for (int i = 0; i < SC_VECTOR_COUNTS; i++)
        out[i] += share * x[i];
}

enum { PHASES = 64, PLACES = 96 };

static void add_strip(counts out, double share, double n, const struct view *v, double start)
{
    if (v->run > 1) {
        add_runs(out, share, start, n, v->run, v->density);
        return;
    }
    for (unsigned i = 0; i < v->across->strata; i++)
        add_exchangeable(out, share * v->across->stratum[i].share, n, v, &v->across->stratum[i]);
}

/* A band: of the n places of a strip those whose band covers k, at several places of strip and k. */
static void add_band(counts out, const struct view *v, double n)
{
    double strips = ceil(v->places / n), step = sc_max(1, strips / PLACES), slope = v->places / v->k,
           half = v->band * slope / 2;
    double used = ceil(strips / step);
    for (double s = 0; s < strips; s += step) {
        double first = floor(s) * n, last = sc_min(first + n, v->places);
        for (int i = 0; i < PLACES; i++) {
            double middle = (i + 0.5) / PLACES * v->places; /* of the rows whose band covers this k */
            double covered = sc_min(last, middle + half) - sc_max(first, middle - half);
            double seen = sc_max(0, covered) * v->band_density;
            add_spread(out, 1 / (used * PLACES), last - first, seen, seen * (1 - v->band_density));
        }
    }
}

/* Vectors of all strips, and of the whole ones if there are any. */
static void side_counts(counts all, counts whole, const struct view *v, double tile)
{
    double strips = ceil(v->places / tile), full = floor(v->places / tile), rest = v->places - full * tile;
    double phases = v->run > 1 ? sc_min(full, PHASES) : sc_min(full, 1);
    for (int i = 0; i < SC_VECTOR_COUNTS; i++)
        all[i] = whole[i] = 0;
    if (v->band > 0)
        add_band(whole, v, tile);
    for (double i = 0; v->band <= 0 && i < phases; i++) /* runs and strips fall into step only now and then */
        add_strip(whole, 1 / phases, tile, v, i * tile);
    if (rest > 0 && v->band <= 0)
        add_strip(all, 1 / strips, rest, v, full * tile);
    for (int i = 0; i < SC_VECTOR_COUNTS; i++) {
        if (full <= 0 && v->band <= 0)
            whole[i] = all[i];
        else
            all[i] += whole[i] * (v->band > 0 ? 1 : full / strips);
    }
}

/* Warp tiles, and how evenly nonzeros lie over strips. */
static void side_strips(struct sc_strips *s, const struct view *v, const counts x, const counts whole, double tile,
                        double tile_k)
{
    double strips = ceil(v->places / tile), steps = ceil(v->k / tile_k);
    double vectors = 1 + (sc_min(tile_k, v->k) - 1) / v->run_k; /* independent ones per warp tile */
    double empty = v->group > 0 && v->group <= tile_k ? 0 : pow(sc_min(1, x[0]), vectors);
    double mean = 0, square = 0;
    for (int i = 0; i < SC_VECTOR_COUNTS; i++) {
        mean += whole[i] * i;
        square += whole[i] * i * i;
    }
    double of_steps = v->k * sc_max(0, square - mean * mean),
           of_strip = tile * sc_min(tile, v->run) * v->along_variance;
    s->strips = sc_max(1, floor(v->places / tile));
    s->run = sc_max(1, sc_min(v->run_k, v->k));
    s->clumps = v->band <= 0 && of_steps > 1e-9 ? of_strip / of_steps : 0;
    s->measured = false;
    s->tiles = strips * steps;
    s->stored = s->tiles * (1 - empty);
}

void sc_vectors_expect(struct sc_vectors *v, const struct sc_profile *profile, unsigned tile, unsigned tile_k)
{
    struct view a = view_of(&profile->a, true), b = view_of(&profile->b, false);
    counts of_a, of_b, whole_a, whole_b;
    side_counts(of_a, whole_a, &a, tile);
    side_counts(of_b, whole_b, &b, tile);
    for (int i = 0; i < SC_VECTOR_COUNTS; i++)
        for (int j = 0; j < SC_VECTOR_COUNTS; j++) {
            v->joint[i][j] = of_a[i] * of_b[j];
            v->whole[i][j] = whole_a[i] * whole_b[j];
        }
    side_strips(&v->a, &a, of_a, whole_a, tile, tile_k);
    side_strips(&v->b, &b, of_b, whole_b, tile, tile_k);
    v->active = v->a.stored / v->a.tiles * v->b.stored / v->b.tiles;
    v->known = true;
}
