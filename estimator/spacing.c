/* spacing.c - tables of bank loads under spaced addresses.
 *
 * Averages over fixed-seed walks of the address sequence; the walk is the definition: address += gap, gap = spacing + noise or
 * a geometric number of equal fibers.  Mirror images load the banks alike, so spacings fold at half a period.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "spacing.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "numeric.h"

/* Words between addresses at node i of a cache with 16 banks of 32-word lines; scaled by period / 512 for others. */
static double node_spacing(const struct sc_spacing *s, int i)
{
    double words = i <= 8 ? i : i <= 14 ? 8 + 4 * (i - 8) : 32 + 16 * (i - 14);
    return words * s->period / 512;
}

/* The node at or below a spacing, with the fraction towards the next. */
static double node_place(const struct sc_spacing *s, double spacing)
{
    double words = spacing * 512 / s->period;
    return words <= 8 ? words : words <= 32 ? 8 + (words - 8) / 4 : 14 + (words - 32) / 16;
}

static double jitter_words(const struct sc_spacing *s, int j)
{
    return j ? ldexp(s->line_words / 8.0, j - 1) : 0;
}

enum { NOISY_WALKS = 32, LATTICE_WALKS = 10 };

/* Loads per bank of a walk, and sums over walks of the fullest bank after n loads, for words and for lines. */
struct walk {
    unsigned *bank[2];
    unsigned *used;       /* banks of a walk's loads */
    double *sum[2];
    double *gap;          /* the random part of each gap of each walk, drawn once and used for every spacing */
    double start[NOISY_WALKS];
};

static void walk_clear(const struct sc_spacing *s, struct walk *w)
{
    for (int i = 0; i < 2; i++)
        memset(w->sum[i], 0, (s->loads + 1) * sizeof *w->sum[i]);
}

/* One walk: the gap before load n is fixed + scale * gap[n]. */
static void walk_add(const struct sc_spacing *s, struct walk *w, double start, double fixed, double scale, const double *gap)
{
    unsigned most[2] = {0, 0}, mask = s->banks - 1; /* banks and lines are powers of two */
    double at = start, per_line = 1.0 / s->line_words;
    uint64_t last = UINT64_MAX;
    for (unsigned n = 1; n <= s->loads; n++) {
        uint64_t line = (uint64_t)(at * per_line);
        unsigned bank = w->used[n - 1] = (unsigned)line & mask, words = ++w->bank[0][bank];
        unsigned lines = w->bank[1][bank] += line != last;
        last = line;
        most[0] = words > most[0] ? words : most[0];
        most[1] = lines > most[1] ? lines : most[1];
        w->sum[0][n] += most[0];
        w->sum[1][n] += most[1];
        at += fabs(fixed + scale * gap[n - 1]);
    }
    for (unsigned n = 0; n < s->loads; n++) /* there may be far more banks than loads */
        w->bank[0][w->used[n]] = w->bank[1][w->used[n]] = 0;
}

/* Ratio to random loads at the table's counts. */
static void store(const struct sc_spacing *s, const double *sum, int walks, const double *fullest, float *out)
{
    for (int i = 0; i < SC_SPACE_COUNTS; i++) {
        double n = pow(s->loads, i / (SC_SPACE_COUNTS - 1.0));
        unsigned low = n >= s->loads ? s->loads - 1 : (unsigned)n;
        double f = n - low, mean = ((1 - f) * sum[low] + f * sum[low + 1]) / walks;
        out[i] = (float)(mean / ((1 - f) * fullest[low] + f * fullest[low + 1]));
    }
}

static void fill_noisy(struct sc_spacing *s, struct walk *w, gsl_rng *rng, const double *fullest)
{
    for (unsigned i = 0; i < NOISY_WALKS * s->loads; i++)
        w->gap[i] = gsl_ran_gaussian_ziggurat(rng, 1);
    for (int i = 0; i < SC_SPACE_NODES; i++)
        for (int j = 0; j < SC_SPACE_JITTERS; j++) {
            walk_clear(s, w);
            for (int k = 0; k < NOISY_WALKS; k++)
                walk_add(s, w, w->start[k], node_spacing(s, i), jitter_words(s, j), w->gap + (size_t)k * s->loads);
            store(s, w->sum[0], NOISY_WALKS, fullest, s->words[i][j]);
            store(s, w->sum[1], NOISY_WALKS, fullest, s->lines[i][j]);
        }
}

static void fill_lattice(struct sc_spacing *s, struct walk *w, gsl_rng *rng, const double *fullest)
{
    for (int j = 0; j < SC_SPACE_DENSITIES; j++) {
        for (unsigned i = 0; i < LATTICE_WALKS * s->loads; i++)
            w->gap[i] = j ? gsl_ran_geometric(rng, pow(2, -j / 2.0)) : 1;
        for (unsigned b = 0; b <= (unsigned)s->period / 2 + 1; b++) {
            walk_clear(s, w);
            for (int k = 0; k < LATTICE_WALKS; k++)
                walk_add(s, w, w->start[k], 0, b, w->gap + (size_t)k * s->loads);
            store(s, w->sum[0], LATTICE_WALKS, fullest, s->lattice[b][j]);
        }
    }
}

int sc_spacing_init(struct sc_spacing *s, unsigned loads, unsigned banks, unsigned line_words, const double *fullest,
                    struct sc_error *err)
{
    *s = (struct sc_spacing){.loads = loads, .banks = banks, .line_words = line_words, .period = (double)banks * line_words};
    s->per_log = (SC_SPACE_COUNTS - 1) / log(loads);
    bool lattice = s->period <= SC_SPACE_PERIOD_MAX && s->period * loads <= SC_SPACE_LATTICE_MAX;
    struct walk w = {.gap = malloc(NOISY_WALKS * sizeof *w.gap * loads)};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    unsigned *bank = calloc(2 * (size_t)banks + loads, sizeof *bank);
    double *sum = malloc(2 * ((size_t)loads + 1) * sizeof *sum);
    if (lattice)
        s->lattice = malloc(((size_t)s->period / 2 + 2) * sizeof *s->lattice); /* one more, to interpolate to */
    int status = SC_OK;
    if (w.gap && rng && bank && sum && (s->lattice || !lattice)) {
        w.bank[0] = bank;
        w.bank[1] = bank + banks;
        w.used = bank + 2 * (size_t)banks;
        w.sum[0] = sum;
        w.sum[1] = sum + loads + 1;
        gsl_rng_set(rng, 20230325);
        for (int k = 0; k < NOISY_WALKS; k++)
            w.start[k] = floor(gsl_rng_uniform(rng) * s->period);
        fill_noisy(s, &w, rng, fullest);
        if (lattice)
            fill_lattice(s, &w, rng, fullest);
    } else {
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory while tabulating bank loads");
        sc_spacing_free(s);
    }
    gsl_rng_free(rng);
    free(w.gap);
    free(bank);
    free(sum);
    return status;
}

void sc_spacing_free(struct sc_spacing *s)
{
    free(s->lattice);
    s->lattice = NULL;
}

static double folded(const struct sc_spacing *s, double words)
{
    double phase = fmod(words, s->period);
    return sc_min(phase, s->period - phase);
}

/* Bilinear between four table rows of counts, then linear in log n. */
static double interpolate(const struct sc_spacing *s, const float *a, const float *b, const float *c, const float *d, double x,
                          double y, double n)
{
    double place = n > 1 ? sc_min(log(n) * s->per_log, SC_SPACE_COUNTS - 1.0001) : 0;
    unsigned i = (unsigned)place;
    double f = place - i, at[2];
    for (unsigned k = 0; k < 2; k++)
        at[k] = (1 - x) * ((1 - y) * a[i + k] + y * b[i + k]) + x * ((1 - y) * c[i + k] + y * d[i + k]);
    return at[0] + f * (at[1] - at[0]);
}

/* Equal fibers, lengths between two whole numbers interpolated. */
static double lattice_ratio(const struct sc_spacing *s, double n, double fiber, double taken)
{
    double place = sc_min(-2 * log2(taken), SC_SPACE_DENSITIES - 1.0001), phase = sc_min(folded(s, fiber), s->period / 2.0 - 1e-6);
    unsigned j = (unsigned)place, b = (unsigned)phase;
    return interpolate(s, s->lattice[b][j], s->lattice[b][j + 1], s->lattice[b + 1][j], s->lattice[b + 1][j + 1], phase - b,
                       place - j, n);
}

double sc_spacing_ratio(const struct sc_spacing *s, double n, double fiber, double deviation, double taken, bool lines)
{
    taken = sc_min(1, sc_max(taken, 1e-9));
    /* starts of fibers of nearly equal length stay on a lattice until their deviations add up to a line or more */
    double drift = deviation * sqrt(n / taken / 3) / (1.5 * s->line_words), on_lattice = drift < 3 ? exp(-drift * drift) : 0;
    bool shared_lines = lines && fiber / taken < s->period / 2.0; /* loads of one line may coincide */
    if (!s->lattice || (shared_lines && fiber < s->line_words))
        on_lattice = 0;
    double ratio = 0;
    if (on_lattice > 0.01)
        ratio = on_lattice * lattice_ratio(s, n, fiber, taken);
    if (on_lattice > 0.99)
        return ratio;
    /* gaps between taken fibers are geometric; each adds the spread of its length.  Only lengths modulo the period matter. */
    double phase = shared_lines ? fiber : folded(s, fiber);
    double jitter = sqrt(phase * phase * (1 - taken) / (taken * taken) + deviation * deviation / taken);
    double spacing = phase / taken, unit = s->line_words / 8.0;
    double noise = jitter < unit ? jitter / unit : sc_min(SC_SPACE_JITTERS - 1.0001, 1 + log2(jitter / unit));
    double place = sc_min(node_place(s, folded(s, spacing)), SC_SPACE_NODES - 1.0001);
    unsigned i = (unsigned)place, j = (unsigned)noise;
    const float (*low)[SC_SPACE_COUNTS] = s->words[i], (*high)[SC_SPACE_COUNTS] = s->words[i + 1];
    if (shared_lines) {
        low = s->lines[i];
        high = s->lines[i + 1];
    }
    return ratio + (1 - on_lattice) * interpolate(s, low[j], low[j + 1], high[j], high[j + 1], place - i, noise - j, n);
}
