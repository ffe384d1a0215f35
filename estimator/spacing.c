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
    unsigned *sum[2];
    double *gap;          /* the random part of each gap of each walk, drawn once and used for every spacing */
    double start[NOISY_WALKS];
};

static void walk_clear(const struct sc_spacing *s, struct walk *w)
{
    for (int i = 0; i < 2; i++)
        memset(w->sum[i], 0, (s->loads + 1) * sizeof *w->sum[i]);
}

/* One walk: the gap before load n is fixed + scale * gap[n].  Lines are counted only where `lines` says so. */
static inline void walk_add(const struct sc_spacing *s, struct walk *w, double start, double fixed, double scale,
                            const double *gap, bool lines)
{
    unsigned *words = w->bank[0], *begun = w->bank[1], *used = w->used, most = 0, most_lines = 0;
    unsigned mask = s->banks - 1, loads = s->loads; /* banks and lines are powers of two */
    double at = start, per_line = 1.0 / s->line_words;
    uint64_t last = UINT64_MAX;
    for (unsigned n = 0; n < loads; n++) {
        uint64_t line = (uint64_t)(int64_t)(at * per_line); /* far below 2^63: the cheaper conversion */
        unsigned bank = used[n] = (unsigned)line & mask, now = ++words[bank];
        most = now > most ? now : most;
        w->sum[0][n + 1] += most;
        if (lines) {
            now = begun[bank] += line != last;
            most_lines = now > most_lines ? now : most_lines;
            w->sum[1][n + 1] += most_lines;
            last = line;
        }
        at += fabs(fixed + scale * gap[n]);
    }
    for (unsigned n = 0; n < loads; n++) /* there may be far more banks than loads */
        words[used[n]] = 0;
    for (unsigned n = 0; lines && n < loads; n++)
        begun[used[n]] = 0;
}

/* Ratio to random loads at the table's counts. */
static void store(const struct sc_spacing *s, const unsigned *sum, int walks, const double *fullest, float *out)
{
    for (int i = 0; i < SC_SPACE_COUNTS; i++) {
        double n = s->counts[i];
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
                walk_add(s, w, w->start[k], node_spacing(s, i), jitter_words(s, j), w->gap + (size_t)k * s->loads,
                         true);
            store(s, w->sum[0], walks, fullest, s->words[i][j]);
            store(s, w->sum[1], walks, fullest, s->lines[i][j]);
            walk_clear(s, w);
            for (int k = 0; k < walks; k++)
                walk_add(s, w, w->start[k], node_spacing(s, i) + 8.0 * s->period, jitter_words(s, j),
                         w->gap + (size_t)k * s->loads, false);
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
                walk_add(s, w, w->start[k], 0, b, w->gap + (size_t)k * s->loads, false);
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
                for (size_t i = 0; i < (size_t)walks * s->loads; i++)
                    step[i] = fibers[i] * length + spread * noise[i] + 4.0 * s->period;
                walk_clear(s, w);
                for (int k = 0; k < walks; k++)
                    walk_add(s, w, w->start[k], 0, 1, step + (size_t)k * s->loads, false);
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
    for (int i = 0; i < SC_SPACE_COUNTS; i++)
        s->counts[i] = pow(loads, i / (SC_SPACE_COUNTS - 1.0));
    bool lattice = s->period <= SC_SPACE_PERIOD_MAX && s->period * loads <= SC_SPACE_LATTICE_MAX;
    struct walk w = {.gap = malloc(DRAWS * sizeof *w.gap * loads)};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    unsigned *bank = calloc(2 * (size_t)banks + loads, sizeof *bank);
    unsigned *sum = malloc(2 * ((size_t)loads + 1) * sizeof *sum);
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

static double folded(const struct sc_spacing *s, double words)
{
    double phase = words < s->period ? words : fmod(words, s->period);
    return sc_min(phase, s->period - phase);
}

static void add_row(struct sc_spaced_level *l, const float *row, double weight)
{
    if (weight == 0)
        return;
    l->row[l->rows] = row;
    l->weight[l->rows++] = weight;
}

/* Four neighbouring rows of a table, bilinear between them. */
static void add_rows(struct sc_spaced_level *l, double weight, const float (*low)[SC_SPACE_COUNTS],
                     const float (*high)[SC_SPACE_COUNTS], double x, double y)
{
    add_row(l, low[0], weight * (1 - x) * (1 - y));
    add_row(l, low[1], weight * (1 - x) * y);
    add_row(l, high[0], weight * x * (1 - y));
    add_row(l, high[1], weight * x * y);
}

/* Equal fibers, lengths between two whole numbers interpolated; `density`: where the share taken lies in the tables. */
static void add_lattice(struct sc_spaced_level *l, double weight, const struct sc_spaced *q, double density)
{
    const struct sc_spacing *s = q->spacing;
    double phase = sc_min(q->phase, s->period / 2.0 - 1e-6);
    unsigned j = (unsigned)density, b = (unsigned)phase;
    const float (*low)[SC_SPACE_COUNTS] = (const float (*)[SC_SPACE_COUNTS])s->lattice[b] + j;
    const float (*high)[SC_SPACE_COUNTS] = (const float (*)[SC_SPACE_COUNTS])s->lattice[b + 1] + j;
    add_rows(l, weight, low, high, phase - b, density - j);
}

/* The same for lengths that spread; beyond the table's densities and spreads it is not asked. */
static void add_drift(struct sc_spaced_level *l, double weight, const struct sc_spaced *q, double density)
{
    const struct sc_spacing *s = q->spacing;
    double ratio = q->deviation / drift_words(s, 0), phase = sc_min(phase_place(s, q->phase), SC_SPACE_PHASES - 1.0001);
    double level = ratio < 1 ? 0 : sc_min(log2(ratio), SC_SPACE_DRIFTS - 1), first = sc_min(1, ratio);
    unsigned j = (unsigned)density, b = (unsigned)phase, at = (unsigned)sc_min(level, SC_SPACE_DRIFTS - 1.001);
    double x = phase - b, y = density - j, later = level - at;
    if (q->deviation < 0.01) /* equal lengths */
        first = 0;
    if (first < 1) /* between equal lengths and the first spread */
        add_lattice(l, weight * (1 - first), q, density);
    add_rows(l, weight * first * (1 - later), &s->drift[at][b][j], &s->drift[at][b + 1][j], x, y);
    add_rows(l, weight * first * later, &s->drift[at + 1][b][j], &s->drift[at + 1][b + 1][j], x, y);
}

/* Gaps between taken fibers are geometric, each adds the spread of its length.  Only lengths modulo the period matter.
 */
static void add_noisy(struct sc_spaced_level *l, double weight, const struct sc_spaced *q, double taken,
                      bool shared_lines)
{
    const struct sc_spacing *s = q->spacing;
    double phase = shared_lines ? q->fiber : q->phase;
    double jitter = sqrt((phase * phase * (1 - taken) / taken + q->deviation * q->deviation) / taken);
    double spacing = phase / taken, unit = s->line_words / 8.0;
    double noise = jitter < unit ? jitter / unit : sc_min(SC_SPACE_JITTERS - 1.0001, 1 + log2(jitter / unit));
    double place = sc_min(node_place(s, folded(s, spacing)), SC_SPACE_NODES - 1.0001);
    unsigned i = (unsigned)place, j = (unsigned)noise;
    const float (*table)[SC_SPACE_JITTERS][SC_SPACE_COUNTS] = s->words;
    if (shared_lines)
        table = s->lines;
    else if (q->fiber / taken >= s->period / 2.0)
        table = s->wrapped;
    add_rows(l, weight, &table[i][j], &table[i + 1][j], place - i, noise - j);
}

/* The rows of the tables that answer for loads and share taken halved so many times. */
static void fill_level(struct sc_spaced *q, unsigned halved)
{
    static const double FEWEST = 0.089; /* share taken at the end of the tables, 2^-3.5 */
    const struct sc_spacing *s = q->spacing;
    struct sc_spaced_level *l = &q->level[halved];
    double taken = sc_max(q->taken / (1u << halved), 1e-9), most = drift_words(s, SC_SPACE_DRIFTS - 1), random = 1;
    bool shared_lines = q->lines && q->fiber < taken * (s->period / 2.0); /* loads of one line may coincide */
    /* short fibers, or few of them, lose the phase of the lattice between one taken and the next */
    if (s->lattice && !(shared_lines && q->fiber < s->line_words) && q->fiber >= s->line_words / 4.0 &&
        taken >= FEWEST && q->deviation < 2 * most) {
        random = sc_max(0, q->deviation / most - 1);
        add_drift(l, 1 - random, q, sc_min(-2 * log2(taken), SC_SPACE_DENSITIES - 1.0001));
    }
    if (random > 0)
        add_noisy(l, random, q, taken, shared_lines);
}

/* A column of such rows. */
static double value_at(struct sc_spaced_level *l, unsigned column)
{
    if (!(l->known >> column & 1)) {
        double sum = 0;
        for (unsigned i = 0; i < l->rows; i++)
            sum += l->weight[i] * l->row[i][column];
        l->value[column] = sum;
        l->known |= 1u << column;
    }
    return l->value[column];
}

void sc_spacing_of(struct sc_spaced *q, const struct sc_spacing *s, double fiber, double deviation, double taken,
                   bool lines)
{
    q->spacing = s;
    q->fiber = fiber;
    q->phase = folded(s, fiber);
    q->deviation = deviation;
    q->taken = sc_min(1, sc_max(taken, 1e-9));
    q->lines = lines;
    for (unsigned i = 0; i < SC_SPACE_HALVINGS; i++)
        q->level[i].rows = q->level[i].known = 0;
}

double sc_spacing_column(const struct sc_spacing *s, double n)
{
    return n > 1 ? log(n) * s->per_log : 0;
}

double sc_spacing_halved(struct sc_spaced *q, double column, unsigned halved)
{
    static const double LOG_2 = 0.69314718055994530942;
    struct sc_spaced_level *l = &q->level[halved];
    double place = sc_min(sc_max(0, column - halved * LOG_2 * q->spacing->per_log), SC_SPACE_COUNTS - 1.0001);
    unsigned i = (unsigned)place;
    if (l->rows == 0)
        fill_level(q, halved);
    double low = value_at(l, i), high = value_at(l, i + 1);
    return low + (place - i) * (high - low);
}

double sc_spacing_ratio(const struct sc_spacing *s, double n, double fiber, double deviation, double taken, bool lines)
{
    struct sc_spaced q;
    sc_spacing_of(&q, s, fiber, deviation, taken, lines);
    return sc_spacing_halved(&q, sc_spacing_column(s, n), 0);
}
