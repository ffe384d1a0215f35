/* draw.c - layers to learn from and to be judged by.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "draw.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "family.h"
#include "numeric.h"
#include "profile.h"

enum {
    DIM_M,
    DIM_N,
    DIM_K,
    DIM_DENSITY_A,
    DIM_DENSITY_B,
    DIM_STRUCTURED,
    DIM_WIDE,
    DIM_OPERATOR,
    DIM_COST,
    DIM_KIND_A,
    DIM_KIND_B,
    DIM_PARAMETER_A,
    DIM_PARAMETER_B,
    DIMENSIONS
};

/* Share of operands without a zero, which are more than a random density makes them. */
static const double DENSE_SHARE = 0.08;

/* Operands below say nothing about a machine, those above take too long to draw. */
static const double NONZEROS_MIN = 8, NONZEROS_MAX = 1.6e7;

/* Multiplications of a dense operator per unit of cost: its simulators count them without doing them. */
static const double DENSE_FACTOR = 100;

/* Most layers to learn from are cheap, a few reach the bound: their own bounds range over three decades. */
static const double COST_RANGE = 1e-3;

/* Tries per layer before the options are taken to be impossible. */
enum { TRIES = 2000 };

/* Shares of structured layers and of the wide range among those to learn from. */
static const double STRUCTURED_SHARE = 0.55, WIDE_SHARE = 1 / 3.0;

/* One point of the unit cube after the other. */
struct points {
    gsl_qrng *sobol; /* NULL: pseudo-random */
    gsl_rng *rng;
    double shift[DIMENSIONS];
};

static void points_free(struct points *p)
{
    if (p->sobol)
        gsl_qrng_free(p->sobol);
    if (p->rng)
        gsl_rng_free(p->rng);
}

static int points_init(struct points *p, const struct sc_draw_options *o, struct sc_error *err)
{
    *p = (struct points){.rng = gsl_rng_alloc(gsl_rng_mt19937)};
    if (!o->held_out)
        p->sobol = gsl_qrng_alloc(gsl_qrng_sobol, DIMENSIONS);
    if (!p->rng || (!o->held_out && !p->sobol)) {
        points_free(p);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for training layers");
    }
    gsl_rng_set(p->rng, (unsigned long)(o->seed ^ (o->seed >> 32)) + (o->held_out ? 0x5851f42dUL : 0));
    for (int i = 0; i < DIMENSIONS; i++)
        p->shift[i] = gsl_rng_uniform(p->rng); /* Cranley and Patterson 1976 */
    return SC_OK;
}

static void points_next(struct points *p, double u[DIMENSIONS])
{
    if (p->sobol)
        gsl_qrng_get(p->sobol, u);
    for (int i = 0; i < DIMENSIONS; i++)
        u[i] = p->sobol ? fmod(u[i] + p->shift[i], 1) : gsl_rng_uniform(p->rng);
}

static uint64_t between(double low, double high, double u)
{
    return (uint64_t)llround(low * pow(high / low, u));
}

double sc_draw_cost(const struct sc_layer *layer)
{
    double M = (double)layer->M, N = (double)layer->N, K = (double)layer->K;
    double a = M * K * layer->density_a, b = K * N * layer->density_b;
    return a * b / K + 8 * (a * N + b * M) / 64;
}

/* The kind and parameters of an operand of rows x cols; nm sets its own density. */
static struct sc_pattern_spec pattern_at(double kind, double u, double cols, double *density)
{
    struct sc_pattern_spec s = {.kind = (enum sc_pattern_kind)(6 * kind)};
    uint64_t fine = (uint64_t)(4096 * u);
    switch (s.kind) {
    case SC_ROWSKEW:
    case SC_COLSKEW:
        s.skew = round((0.2 + 1.6 * u) * 1000) / 1000;
        break;
    case SC_BLOCK:
        s.block_rows = UINT64_C(1) << (fine % 5);
        s.block_cols = UINT64_C(1) << (1 + fine / 5 % 4);
        break;
    case SC_BANDED:
        s.band = (uint64_t)sc_max(1, ceil(cols * *density * pow(2, 0.5 + 3 * u)));
        break;
    case SC_NM:
        s.nm_m = UINT64_C(4) << (fine % 3);
        s.nm_n = 1 + fine / 3 % (s.nm_m / 2);
        *density = (double)s.nm_n / (double)s.nm_m;
        break;
    default:
        s.kind = SC_UNIFORM;
    }
    return s;
}

void sc_draw_operators(const struct sc_machine *machine, bool runs[SC_LAYER_KINDS])
{
    for (int k = 0; k < SC_LAYER_KINDS; k++) {
        struct sc_operator op = {.kind = (enum sc_layer_kind)k, .heads = 1};
        runs[k] = !machine && k == SC_GEMM;
        for (int d = 0; machine && d < SC_DATAFLOWS && k != SC_CONV; d++)
            runs[k] = runs[k] || (machine->supports[d] && machine->family->runs(machine, (enum sc_dataflow)d, &op));
    }
}

/* One of the operators that can run, at u of the unit interval. */
static enum sc_layer_kind operator_at(const bool runs[SC_LAYER_KINDS], double u)
{
    int count = 0, at;
    for (int k = 0; k < SC_LAYER_KINDS; k++)
        count += runs[k];
    at = (int)(u * count);
    for (int k = 0; k < SC_LAYER_KINDS; k++)
        if (runs[k] && at-- == 0)
            return (enum sc_layer_kind)k;
    return SC_GEMM;
}

/* The dense operators have dimensions of their own (operator.h). */
static void make_operator(struct sc_layer *l, enum sc_layer_kind kind)
{
    l->op.kind = kind;
    l->density_a = l->density_b = 1;
    if (kind == SC_FFT || kind == SC_FFT2D)
        l->K = l->M;
    if (kind == SC_ATTENTION) {
        l->op.heads = 8;
        l->M = (l->M + 7) / 8 * 8;
    }
}

/* Wide: four decades, half of the points in the upper one. */
static double density_at(bool wide, double u)
{
    double v = (u - DENSE_SHARE) / (1 - DENSE_SHARE);
    return v <= 0 ? 1 : wide ? pow(1e-4, v * v) : pow(0.02, v);
}

static struct sc_layer layer_at(const struct sc_draw_options *o, const bool runs[SC_LAYER_KINDS],
                                const double u[DIMENSIONS])
{
    enum sc_layer_kind kind = operator_at(runs, u[DIM_OPERATOR]);
    struct sc_layer l = {.model = o->held_out ? "held-out" : "train", .count = 1};
    bool wide = !o->held_out && u[DIM_WIDE] < WIDE_SHARE;
    double low = wide ? 1 : 16, high = wide ? 65536 : 4096;
    l.M = between(low, high, u[DIM_M]);
    l.N = between(low, high, u[DIM_N]);
    l.K = between(low, high, u[DIM_K]);
    if (kind != SC_GEMM) {
        make_operator(&l, kind);
        return l;
    }
    l.density_a = density_at(wide, u[DIM_DENSITY_A]);
    l.density_b = density_at(wide, u[DIM_DENSITY_B]);
    if (o->kind == SC_DRAW_UNIFORM || (o->kind == SC_DRAW_MIXED && u[DIM_STRUCTURED] >= STRUCTURED_SHARE))
        return l;
    l.pattern_a = pattern_at(u[DIM_KIND_A], u[DIM_PARAMETER_A], (double)l.K, &l.density_a);
    l.pattern_b = pattern_at(u[DIM_KIND_B], u[DIM_PARAMETER_B], (double)l.N, &l.density_b);
    return l;
}

static bool fits(const struct sc_draw_options *o, const struct sc_layer *l, double u)
{
    double cost = o->held_out ? o->cost : o->cost * pow(COST_RANGE, u);
    double a = (double)l->M * (double)l->K * l->density_a, b = (double)l->K * (double)l->N * l->density_b;
    struct sc_profile profile;
    struct sc_error unused;
    if (l->op.kind != SC_GEMM) /* nothing is drawn for these */
        return (double)l->M * (double)l->N * (double)l->K <= cost * DENSE_FACTOR;
    if (o->kind == SC_DRAW_STRUCTURED && l->pattern_a.kind == SC_UNIFORM && l->pattern_b.kind == SC_UNIFORM)
        return false;
    return a >= NONZEROS_MIN && b >= NONZEROS_MIN && a <= NONZEROS_MAX && b <= NONZEROS_MAX &&
           a * b >= (double)l->K * NONZEROS_MIN && sc_draw_cost(l) <= cost &&
           sc_profile_from_layer(&profile, l, &unused) == SC_OK;
}

static const char *kind_name(enum sc_pattern_kind kind)
{
    static const char *const names[] = {
#define X(id, name, parameters, distribution) name,
        SC_PATTERN_LIST(X)
#undef X
    };
    return names[kind];
}

int sc_draw_layers(struct sc_held_layers *out, const struct sc_draw_options *o, struct sc_error *err)
{
    struct points points;
    double u[DIMENSIONS];
    bool runs[SC_LAYER_KINDS];
    char name[80];
    size_t drawn = 0, tries = 0;
    int status = points_init(&points, o, err);
    if (status != SC_OK)
        return status;
    sc_draw_operators(o->machine, runs);
    while (drawn < o->layers && status == SC_OK) {
        points_next(&points, u);
        struct sc_layer layer = layer_at(o, runs, u);
        if (tries++ > TRIES * o->layers)
            status = sc_fail(err, SC_BAD_INPUT, NULL, 0, "no layers can be drawn with a cost of at most %g", o->cost);
        else if (fits(o, &layer, u[DIM_COST])) {
            if (layer.op.kind != SC_GEMM)
                snprintf(name, sizeof name, "%s-%zu", sc_layer_kind_name(layer.op.kind), ++drawn);
            else
                snprintf(name, sizeof name, "%s-%s-%zu", kind_name(layer.pattern_a.kind),
                         kind_name(layer.pattern_b.kind), ++drawn);
            layer.name = name;
            status = sc_hold_layer(out, &layer, err);
        }
    }
    points_free(&points);
    return status;
}
