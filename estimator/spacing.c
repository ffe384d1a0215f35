/* spacing.c - tables of bank loads under spaced addresses.
 *
 * Averages over fixed-seed walks of the address sequence; the walk is the definition: address += gap, gap = spacing +
 * noise or a geometric number of equal fibers.  Mirror images load the banks alike, so spacings fold at half a period.
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

/* Walks per entry, fewer for large caches and arrays; a table of few numbers is drawn from 3 of the latter per load. */
enum { NOISY_WALKS = 32, FEWER_NOISY = 12, LATTICE_WALKS = 24, FEWER_LATTICE = 8, DRAWS = 3 * LATTICE_WALKS };

static int noisy_walks(const struct sc_spacing *s)
{
    return s->loads <= 512 ? NOISY_WALKS : FEWER_NOISY;
}

static int lattice_walks(const struct sc_spacing *s)
{
    return s->period <= 2048 ? LATTICE_WALKS : FEWER_LATTICE;
}

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
static void walk_add(const struct sc_spacing *s, struct walk *w, double start, double fixed, double scale,
                     const double *gap)
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
    int walks = noisy_walks(s);
    for (unsigned i = 0; i < NOISY_WALKS * s->loads; i++)
        w->gap[i] = gsl_ran_gaussian_ziggurat(rng, 1);
    for (int i = 0; i < SC_SPACE_NODES; i++)
        for (int j = 0; j < SC_SPACE_JITTERS; j++) {
            walk_clear(s, w);
            for (int k = 0; k < walks; k++)
                walk_add(s, w, w->start[k], node_spacing(s, i), jitter_words(s, j), w->gap + (size_t)k * s->loads);
            store(s, w->sum[0], walks, fullest, s->words[i][j]);
            store(s, w->sum[1], walks, fullest, s->lines[i][j]);
            walk_clear(s, w);
            for (int k = 0; k < walks; k++)
                walk_add(s, w, w->start[k], node_spacing(s, i) + 8.0 * s->period, jitter_words(s, j),
                         w->gap + (size_t)k * s->loads);
            store(s, w->sum[0], walks, fullest, s->wrapped[i][j]);
        }
}

static void fill_lattice(struct sc_spacing *s, struct walk *w, gsl_rng *rng, const double *fullest)
{
    int walks = lattice_walks(s);
    for (int j = 0; j < SC_SPACE_DENSITIES; j++) {
        for (unsigned i = 0; i < LATTICE_WALKS * s->loads; i++)
            w->gap[i] = j ? gsl_ran_geometric(rng, pow(2, -j / 2.0)) : 1;
        for (unsigned b = 0; b <= (unsigned)s->period / 2 + 1; b++) {
            walk_clear(s, w);
            for (int k = 0; k < walks; k++)
                walk_add(s, w, w->start[k], 0, b, w->gap + (size_t)k * s->loads);
            store(s, w->sum[0], walks, fullest, s->lattice[b][j]);
        }
    }
}

static double drift_words(const struct sc_spacing *s, int level)
{
    return s->line_words / 16.0 * (1u << level);
}

/* Phases of the drift table, of a period of 512: every 4, and every one next to 0 and to half a period, where loads
 * meet. */
static double phase_words(const struct sc_spacing *s, int i)
{
    double words = i <= 4 ? i : i <= 66 ? 4.0 * (i - 3) : 252 + (i - 66);
    return words * s->period / 512;
}

static double phase_place(const struct sc_spacing *s, double phase)
{
    double words = phase * 512 / s->period;
    return words <= 4 ? words : words <= 252 ? 3 + words / 4 : 66 + (words - 252);
}

/* Fibers of nearly one length: a gap of g fibers is as long as they are, give or take. */
static void fill_drift(struct sc_spacing *s, struct walk *w, gsl_rng *rng, const double *fullest)
{
    int walks = lattice_walks(s);
    size_t draws = (size_t)LATTICE_WALKS * s->loads;
    double *fibers = w->gap, *noise = w->gap + draws, *step = w->gap + 2 * draws;
    for (int j = 0; j < SC_SPACE_DENSITIES; j++) {
        for (size_t i = 0; i < draws; i++) {
            fibers[i] = j ? gsl_ran_geometric(rng, pow(2, -j / 2.0)) : 1;
            noise[i] = sqrt(fibers[i]) * gsl_ran_gaussian_ziggurat(rng, 1);
        }
        for (int level = 0; level < SC_SPACE_DRIFTS; level++)
            for (int b = 0; b < SC_SPACE_PHASES; b++) {
                double length = phase_words(s, b), spread = drift_words(s, level);
                for (size_t i = 0; i < draws; i++)
                    step[i] = fibers[i] * length + spread * noise[i] + 4.0 * s->period;
                walk_clear(s, w);
                for (int k = 0; k < walks; k++)
                    walk_add(s, w, w->start[k], 0, 1, step + (size_t)k * s->loads);
                store(s, w->sum[0], walks, fullest, s->drift[level][b][j]);
            }
    }
}

int sc_spacing_init(struct sc_spacing *s, unsigned loads, unsigned banks, unsigned line_words, const double *fullest,
                    struct sc_error *err)
{
    *s = (struct sc_spacing){
        .loads = loads, .banks = banks, .line_words = line_words, .period = (double)banks * line_words};
    s->per_log = (SC_SPACE_COUNTS - 1) / log(loads);
    bool lattice = s->period <= SC_SPACE_PERIOD_MAX && s->period * loads <= SC_SPACE_LATTICE_MAX;
    struct walk w = {.gap = malloc(DRAWS * sizeof *w.gap * loads)};
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
            w.start[k] =
                floor((k * 11 % NOISY_WALKS + gsl_rng_uniform(rng)) / NOISY_WALKS * s->period); /* all over it */
        fill_noisy(s, &w, rng, fullest);
        if (lattice) {
            fill_lattice(s, &w, rng, fullest);
            fill_drift(s, &w, rng, fullest);
        }
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

static const double FEWEST = 0.089; /* share taken at the end of the tables, 2^-3.5 */

static double folded(const struct sc_spacing *s, double words)
{
    double phase = words < s->period ? words : fmod(words, s->period);
    return sc_min(phase, s->period - phase);
}

/* Where a number of loads lies between two counts of the tables. */
struct column {
    unsigned i;
    double f;
};

static inline struct column column_of(double place)
{
    double in = sc_min(sc_max(0, place), SC_SPACE_COUNTS - 1.0001);
    unsigned i = (unsigned)in;
    return (struct column){i, in - i};
}

/* Bilinear between four table rows of counts, then linear in log n. */
static inline double interpolate(const float *a, const float *b, const float *c, const float *d, double x, double y,
                                 struct column n)
{
    double wa = (1 - x) * (1 - y), wb = (1 - x) * y, wc = x * (1 - y), wd = x * y;
    unsigned i = n.i;
    double low = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
    double high = wa * a[i + 1] + wb * b[i + 1] + wc * c[i + 1] + wd * d[i + 1];
    return low + n.f * (high - low);
}

/* Equal fibers, lengths between two whole numbers interpolated; `density`: where the share taken lies in the tables. */
static double lattice_ratio(const struct sc_spaced *q, struct column n, double density)
{
    const struct sc_spacing *s = q->spacing;
    double phase = sc_min(q->phase, s->period / 2.0 - 1e-6);
    unsigned j = (unsigned)density, b = (unsigned)phase;
    return interpolate(s->lattice[b][j], s->lattice[b][j + 1], s->lattice[b + 1][j], s->lattice[b + 1][j + 1],
                       phase - b, density - j, n);
}

/* The same for lengths that spread; beyond the table's densities and spreads it is not asked. */
static inline double drift_ratio(const struct sc_spaced *q, struct column n, double density)
{
    unsigned j = (unsigned)density, b = q->at_phase;
    double sum = q->weight[0] > 0 ? q->weight[0] * lattice_ratio(q, n, density) : 0;
    for (unsigned k = 1; k < 3; k++) {
        const float (*t)[SC_SPACE_DENSITIES][SC_SPACE_COUNTS] = q->spacing->drift[q->at_drift + k - 1];
        if (q->weight[k] > 0)
            sum += q->weight[k] * interpolate(t[b][j], t[b][j + 1], t[b + 1][j], t[b + 1][j + 1], q->beyond_phase,
                                              density - j, n);
    }
    return sum;
}

/* Gaps between taken fibers are geometric, each adds the spread of its length.  Only lengths modulo the period matter.
 */
static inline double noisy_ratio(const struct sc_spaced *q, struct column n, double taken, bool shared_lines)
{
    const struct sc_spacing *s = q->spacing;
    double phase = shared_lines ? q->fiber : q->phase, per_taken = 1 / taken, per_unit = 8.0 / s->line_words;
    double square = (phase * phase * (1 - taken) * per_taken + q->deviation * q->deviation) * per_taken * per_unit *
                    per_unit; /* of the jitter, in units of the table's first */
    double noise = square < 1 ? sqrt(square) : sc_min(SC_SPACE_JITTERS - 1.0001, 1 + 0.5 * log2(square));
    double place = sc_min(node_place(s, folded(s, phase * per_taken)), SC_SPACE_NODES - 1.0001);
    unsigned i = (unsigned)place, j = (unsigned)noise;
    const float (*low)[SC_SPACE_COUNTS] = s->words[i], (*high)[SC_SPACE_COUNTS] = s->words[i + 1];
    if (shared_lines) {
        low = s->lines[i];
        high = s->lines[i + 1];
    } else if (q->fiber * per_taken >= s->period / 2.0) {
        low = s->wrapped[i];
        high = s->wrapped[i + 1];
    }
    return interpolate(low[j], low[j + 1], high[j], high[j + 1], place - i, noise - j, n);
}

/* The weights of equal lengths and of two spreads of the tables that the fibers' spread lies between, and the place of
 * their length. */
static void place_drift(struct sc_spaced *q)
{
    const struct sc_spacing *s = q->spacing;
    double ratio = q->deviation / drift_words(s, 0), level = 0;
    if (q->deviation < 0.01) { /* equal lengths */
        q->weight[0] = 1;
    } else if (ratio < 1) {
        q->weight[0] = 1 - ratio;
        q->weight[1] = ratio;
    } else {
        level = sc_min(log2(ratio), SC_SPACE_DRIFTS - 1);
        q->at_drift = (unsigned)sc_min(level, SC_SPACE_DRIFTS - 1.001);
        q->weight[2] = level - q->at_drift;
        q->weight[1] = 1 - q->weight[2];
    }
    double phase = sc_min(phase_place(s, q->phase), SC_SPACE_PHASES - 1.0001);
    q->at_phase = (unsigned)phase;
    q->beyond_phase = phase - q->at_phase;
}

void sc_spacing_of(struct sc_spaced *q, const struct sc_spacing *s, double n, double fiber, double deviation,
                   double taken, bool lines)
{
    double most = drift_words(s, SC_SPACE_DRIFTS - 1);
    *q = (struct sc_spaced){.spacing = s, .fiber = fiber, .phase = folded(s, fiber), .deviation = deviation,
                            .lines = lines, .taken = sc_min(1, sc_max(taken, 1e-9))};
    q->column = n > 1 ? log(n) * s->per_log : 0;
    q->noisy = !s->lattice || fiber < s->line_words / 4.0 || q->taken < FEWEST || deviation >= 2 * most;
    if (q->noisy)
        return;
    q->density = -2 * log2(q->taken);
    q->random = sc_max(0, deviation / most - 1);
    place_drift(q);
}

double sc_spacing_halved(const struct sc_spaced *q, unsigned halved)
{
    static const double LOG_2 = 0.69314718055994530942;
    const struct sc_spacing *s = q->spacing;
    double taken = sc_max(q->taken / (1u << halved), 1e-9);
    bool shared_lines = q->lines && q->fiber < taken * (s->period / 2.0); /* loads of one line may coincide */
    struct column n = column_of(q->column - halved * LOG_2 * s->per_log);
    /* short fibers, or few of them, lose the phase of the lattice between one taken and the next */
    if (q->noisy || taken < FEWEST || (shared_lines && q->fiber < s->line_words))
        return noisy_ratio(q, n, taken, shared_lines);
    double ratio = drift_ratio(q, n, sc_min(q->density + 2 * halved, SC_SPACE_DENSITIES - 1.0001));
    return q->random > 0 ? (1 - q->random) * ratio + q->random * noisy_ratio(q, n, taken, shared_lines) : ratio;
}

double sc_spacing_ratio(const struct sc_spacing *s, double n, double fiber, double deviation, double taken, bool lines)
{
    struct sc_spaced q;
    sc_spacing_of(&q, s, n, fiber, deviation, taken, lines);
    return sc_spacing_halved(&q, 0);
}
