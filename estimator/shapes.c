/* shapes.c - the machine's tables of expected bank loads and fiber tails.
 *
 * Sources: bank and line rules from the authors' simulator (one request per bank and cycle, same-line requests
 * collide); expected values are derived here: the fullest of b banks under n independent uniform loads is exact
 * (multinomial), sums over steps use the survival function of fiber lengths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "shapes.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric.h"

/* Mean fiber length above which the tail integrals with a normal law replace sums over single steps. */
static const double SHORT_FIBER = 24.0;

/* a + (a + 1) + ... + b. */
static double sum_of(double a, double b)
{
    return b < a ? 0 : (a + b) * (b - a + 1) / 2;
}

/* contiguous[w]: average over the alignment of the first word within its line of the fullest bank.  From two lines on
 * it is a whole line, also for runs that come round to the bank they began in. */
static void fill_contiguous(struct sc_shapes *s)
{
    const double line = s->line_words;
    for (unsigned i = 0; i <= 2 * s->line_words; i++) {
        double w = i, half = sc_floor(w / 2), sum;
        if (w <= line) /* within a line, or 1 to w - 1 words in the first */
            sum = w > 0 ? (line - w + 1) * w + sum_of(w - half, w - 1) + sum_of(half + 1, w - 1) : 0;
        else /* 1 to `line` words in the first; the second is full, or more words are in the first or the second */
            sum = (w - line) * line + sum_of(w - half, line - 1) + sum_of(half + 1, line);
        s->contiguous[i] = s->banks > 1 ? sum / line : w;
    }
}

/* P(no bank holds more than m of n loads) = n! [x^n] (sum over j <= m of x^j / (j! b^j))^b, all n at once. */
static void fill_fullest(struct sc_shapes *s, double *scratch)
{
    unsigned p = s->loads;
    double *power = scratch, *next = scratch + p + 1, *term = scratch + 2 * (p + 1);
    for (unsigned n = 0; n <= p; n++)
        s->fullest[n] = 0;
    for (unsigned m = 0; m < p; m++) {
        term[0] = 1;
        for (unsigned j = 1; j <= p; j++)
            term[j] = j <= m ? term[j - 1] / (j * (double)s->banks) : 0;
        memset(power, 0, (p + 1) * sizeof *power);
        power[0] = 1;
        for (unsigned b = 0; b < s->banks; b++) {
            for (unsigned n = 0; n <= p; n++) {
                double sum = 0;
                for (unsigned j = 0; j <= m && j <= n; j++)
                    sum += term[j] * power[n - j];
                next[n] = sum;
            }
            memcpy(power, next, (p + 1) * sizeof *power);
        }
        double factorial = 1, largest = 0;
        for (unsigned n = 0; n <= p; n++) {
            factorial *= n ? n : 1;
            double above = sc_max(0, 1 - power[n] * factorial);
            if (n > m)
                s->fullest[n] += above;
            largest = sc_max(largest, n > m ? above : 0);
        }
        if (largest < 1e-12)
            break;
    }
}

/* The same by fixed-seed draws, for arrays too large for the exact sum. */
static int draw_fullest(struct sc_shapes *s, struct sc_error *err)
{
    enum { DRAWS = 200 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    unsigned *load = malloc(s->banks * sizeof *load);
    int status = rng && load ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory while tabulating bank loads");
    if (status == SC_OK)
        gsl_rng_set(rng, 20230324);
    for (int draw = 0; status == SC_OK && draw < DRAWS; draw++) {
        unsigned most = 0;
        memset(load, 0, s->banks * sizeof *load);
        for (unsigned n = 1; n <= s->loads; n++) {
            unsigned now = ++load[gsl_rng_uniform_int(rng, s->banks)];
            most = now > most ? now : most;
            s->fullest[n] += most / (double)DRAWS;
        }
    }
    gsl_rng_free(rng);
    free(load);
    return status;
}

/* E[max of n standard normals]: integral over z of 1 - (1 - P(Z > z))^n - [z < 0]. */
static void fill_tails(struct sc_shapes *s)
{
    enum { POINTS = 96 };
    const double reach = 5.0, width = 2 * reach / POINTS;
    for (unsigned n = 1; n <= s->loads; n++)
        for (int i = 0; i < POINTS; i++) {
            double z = -reach + (i + 0.5) * width;
            s->tail_steps[n] += width * (-expm1(n * log1p(-sc_normal_tail(z))) - (z < 0));
        }
}

/* run_load[i]: P loads cut out of a sequence of runs (lengths Poisson about the mean, at least 1) at a random place,
 * each run in a random bank.  A fixed-seed average: the same numbers on every machine. */
static int fill_runs(struct sc_shapes *s, struct sc_error *err)
{
    enum { DRAWS = 240 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    double *load = malloc(s->banks * sizeof *load);
    if (!rng || !load) {
        gsl_rng_free(rng);
        free(load);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory while tabulating bank loads");
    }
    gsl_rng_set(rng, 20230325);
    for (int i = 0; i < SC_RUN_POINTS; i++) {
        double mean = pow(4.0 * s->loads, i / (double)(SC_RUN_POINTS - 1)), sum = 0, longest_sum = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            memset(load, 0, s->banks * sizeof *load);
            double most = 0, longest = 0;
            unsigned left = s->loads;
            for (bool first = true; left > 0; first = false) {
                unsigned run = 1 + gsl_ran_poisson(rng, mean - 1);
                if (first) /* the cut falls into a run, longer ones more often */
                    run = 1 + (unsigned)(gsl_rng_uniform(rng) * (1 + gsl_ran_poisson(rng, mean - 1 + (mean > 1))));
                run = run < left ? run : left;
                unsigned bank = (unsigned)gsl_rng_uniform_int(rng, s->banks);
                load[bank] += run;
                most = sc_max(most, load[bank]);
                longest = sc_max(longest, run);
                left -= run;
            }
            sum += most;
            longest_sum += longest;
        }
        s->run_length[i] = mean;
        s->run_load[i] = sum / DRAWS;
        s->run_longest[i] = longest_sum / DRAWS;
    }
    s->run_load[0] = s->fullest[s->loads];
    gsl_rng_free(rng);
    free(load);
    return SC_OK;
}

int sc_shapes_init(struct sc_shapes *s, const struct sc_machine *machine, struct sc_error *err)
{
    *s = (struct sc_shapes){.loads = machine->multipliers, .banks = machine->str_banks};
    s->line_words = machine->str_line_bytes / machine->element_bytes;
    s->period = (double)s->banks * s->line_words;
    unsigned entries = s->loads + 1;
    double *scratch = calloc(3 * (size_t)entries, sizeof *scratch);
    s->contiguous = calloc(2 * (size_t)s->line_words + 1, sizeof *s->contiguous);
    double **tables[] = {&s->fullest, &s->tail_steps};
    bool complete = scratch && s->contiguous;
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) {
        *tables[i] = calloc(entries, sizeof **tables[i]);
        complete = complete && *tables[i];
    }
    int status = complete ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory while binding machine '%s'",
                                            machine->name);
    if (status == SC_OK) {
        fill_contiguous(s);
        if (s->loads <= SC_SHAPES_EXACT_LOADS && s->banks <= SC_SHAPES_EXACT_BANKS)
            fill_fullest(s, scratch);
        else
            status = draw_fullest(s, err);
        fill_tails(s);
        if (status == SC_OK)
            status = fill_runs(s, err);
        if (status == SC_OK)
            status = sc_spacing_init(&s->spacing, s->loads, s->banks, s->line_words, s->fullest, err);
    }
    free(scratch);
    if (status != SC_OK)
        sc_shapes_free(s);
    return status;
}

void sc_shapes_free(struct sc_shapes *s)
{
    double *tables[] = {s->contiguous, s->fullest, s->tail_steps};
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++)
        free(tables[i]);
    sc_spacing_free(&s->spacing);
    *s = (struct sc_shapes){0};
}

double sc_shape_contiguous_random(const struct sc_shapes *s, double mean, double variance, double *empty)
{
    struct sc_stratum stratum = {1, mean, variance};
    if (mean > SHORT_FIBER) {
        /* five-point Gauss-Hermite rule */
        static const double node[5] = {-2.85697, -1.35563, 0, 1.35563, 2.85697};
        static const double weight[5] = {0.0112574, 0.222076, 0.533333, 0.222076, 0.0112574};
        double sigma = variance > 0 ? sqrt(variance) : 0, sum = 0;
        *empty = mean > 0 ? 0 : 1;
        for (int i = 0; i < 5; i++)
            sum += weight[i] * sc_shape_contiguous(s, sc_max(0, mean + sigma * node[i]));
        return sum;
    }
    double pmf[SC_PMF_MAX], sum = 0;
    unsigned n = sc_stratum_pmf(&stratum, 1, pmf);
    *empty = pmf[0];
    for (unsigned k = 1; k < n; k++)
        sum += pmf[k] * sc_shape_contiguous(s, k);
    return sum;
}

void sc_shape_runs(const struct sc_shapes *s, double run, double *fullest, double *longest)
{
    double place = log(sc_max(run, 1)) / log(s->run_length[SC_RUN_POINTS - 1]) * (SC_RUN_POINTS - 1);
    *fullest = sc_shape_at(s->run_load, SC_RUN_POINTS - 1, place);
    *longest = sc_shape_at(s->run_longest, SC_RUN_POINTS - 1, place);
}
