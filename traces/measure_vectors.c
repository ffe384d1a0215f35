/* measure_vectors.c - counts the nonzeros of the vectors of output tiles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure_vectors.h"

#include <math.h>
#include <stdlib.h>

enum { T = SC_VECTOR_MAX, COUNTS = SC_VECTOR_COUNTS, TILE_K = SC_VECTOR_TILE_K };

/* Nonzeros of every vector of one operand: of strip s at step k in counts[k * strips + s]. */
struct vectors {
    uint8_t *counts;
    uint64_t strips, steps;
    uint64_t whole; /* strips of T places; all when none is */
    double run;     /* see struct sc_strips */
};

static uint64_t strips_of(uint64_t places)
{
    return places / T + (places % T > 0);
}

/* How long a place stays as it is: with nonzeros being followed by nonzeros along K with probability p at density d,
 * 1 - 1 / run = (p - d) / (1 - d). */
static double run_of(double followed, const struct sc_pattern *p)
{
    double d = (double)p->nnz / ((double)p->rows * (double)p->cols), after = p->nnz > 0 ? followed / (double)p->nnz : 0;
    double stays = d < 1 ? (after - d) / (1 - d) : 0;
    return 1 / (1 - fmin(0.999, fmax(0, stays)));
}

/* Nonzeros of two ascending lists that are in both. */
static uint64_t common(const uint32_t *a, const uint32_t *a_end, const uint32_t *b, const uint32_t *b_end)
{
    uint64_t found = 0;
    while (a < a_end && b < b_end) {
        found += *a == *b;
        const uint32_t *next = a;
        a += *next <= *b;
        b += *b <= *next;
    }
    return found;
}

static int count_vectors(struct vectors *v, const struct sc_pattern *p, bool rows_are_steps, struct sc_error *err)
{
    uint64_t followed = 0;
    v->strips = strips_of(rows_are_steps ? p->cols : p->rows);
    v->steps = rows_are_steps ? p->rows : p->cols;
    v->whole = (rows_are_steps ? p->cols : p->rows) / T;
    v->whole = v->whole > 0 ? v->whole : v->strips;
    v->counts = calloc(v->strips * v->steps > 0 ? (size_t)(v->strips * v->steps) : 1, 1);
    if (!v->counts)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory to count the vectors of the operands");
    for (uint64_t row = 0; row < p->rows; row++) {
        const uint32_t *from = p->idx + p->ptr[row], *to = p->idx + p->ptr[row + 1];
        if (rows_are_steps && row > 0)
            followed += common(p->idx + p->ptr[row - 1], from, from, to);
        for (const uint32_t *at = from; at < to; at++) {
            uint64_t k = rows_are_steps ? row : *at, place = rows_are_steps ? *at : row;
            v->counts[k * v->strips + place / T]++;
            followed += !rows_are_steps && at > from && at[0] == at[-1] + 1;
        }
    }
    v->run = run_of((double)followed, p);
    return SC_OK;
}

/* Adds the pairs of the first `of_a` and `of_b` strips at step k, shares of all steps. */
static void add_step(double joint[COUNTS][COUNTS], const struct vectors *a, uint64_t of_a, const struct vectors *b,
                     uint64_t of_b, uint64_t k)
{
    uint64_t x[COUNTS] = {0}, y[COUNTS] = {0};
    double all = (double)a->steps * (double)of_a * (double)of_b;
    for (uint64_t s = 0; s < of_a; s++)
        x[a->counts[k * a->strips + s]]++;
    for (uint64_t s = 0; s < of_b; s++)
        y[b->counts[k * b->strips + s]]++;
    for (int i = 0; i < COUNTS; i++)
        for (int j = 0; x[i] > 0 && j < COUNTS; j++)
            joint[i][j] += (double)x[i] * (double)y[j] / all;
}

/* Nonzeros of a strip in the steps [from, to). */
static uint64_t strip_sum(const struct vectors *v, uint64_t strip, uint64_t from, uint64_t to)
{
    uint64_t sum = 0;
    for (uint64_t k = from; k < to; k++)
        sum += v->counts[k * v->strips + strip];
    return sum;
}

static uint64_t end_of(const struct vectors *v, uint64_t from)
{
    return v->steps - from < TILE_K ? v->steps : from + TILE_K;
}

/* Variance of the nonzeros of a vector, over whole strips and steps. */
static double vector_variance(const struct vectors *v)
{
    double sum = 0, square = 0, n = (double)v->whole * (double)v->steps;
    for (uint64_t k = 0; k < v->steps; k++)
        for (uint64_t s = 0; s < v->whole; s++) {
            double x = v->counts[k * v->strips + s];
            sum += x;
            square += x * x;
        }
    return fmax(0, square / n - sum / n * (sum / n));
}

static void measure_strips(struct sc_strips *out, const struct vectors *v)
{
    double sum = 0, square = 0, n = (double)v->whole, most = -1;
    uint64_t fullest = 0;
    *out = (struct sc_strips){.strips = n, .run = v->run, .tiles = (double)v->strips * ceil((double)v->steps / TILE_K)};
    for (uint64_t s = 0; s < v->strips; s++) {
        double all = 0;
        for (uint64_t k = 0; k < v->steps; k += TILE_K) {
            uint64_t tile = strip_sum(v, s, k, end_of(v, k));
            out->stored += tile > 0;
            all += (double)tile;
        }
        if (s >= v->whole)
            continue;
        sum += all;
        square += all * all;
        fullest = all > most ? s : fullest;
        most = fmax(most, all);
    }
    double mean = sum / n, of_steps = (double)v->steps * vector_variance(v);
    out->clumps = of_steps > 0 ? fmax(0, square / n - mean * mean) / of_steps : 0;
    out->measured = true;
    for (uint64_t k = 0; k < v->steps; k++)
        out->fullest[v->counts[k * v->strips + fullest]] += 1 / (double)v->steps;
}

static double stored_at(const struct vectors *v, uint64_t k)
{
    double stored = 0;
    for (uint64_t s = 0; s < v->strips; s++)
        stored += strip_sum(v, s, k, end_of(v, k)) > 0;
    return stored;
}

static void measure(struct sc_vectors *v, const struct vectors *a, const struct vectors *b)
{
    double pairs = 0;
    for (uint64_t k = 0; k < a->steps; k++) {
        add_step(v->joint, a, a->strips, b, b->strips, k);
        add_step(v->whole, a, a->whole, b, b->whole, k);
    }
    for (uint64_t k = 0; k < a->steps; k += TILE_K)
        pairs += stored_at(a, k) * stored_at(b, k);
    measure_strips(&v->a, a);
    measure_strips(&v->b, b);
    v->active = pairs / (v->a.tiles * (double)b->strips);
    v->known = true;
}

int sc_vectors_measure(struct sc_vectors *v, const struct sc_pattern *a, const struct sc_pattern *b,
                       struct sc_error *err)
{
    struct vectors of_a = {0}, of_b = {0};
    uint64_t strips = strips_of(a->rows) + strips_of(b->cols);
    *v = (struct sc_vectors){.known = false};
    if (a->rows == 0 || a->cols == 0 || b->cols == 0 || strips > SC_VECTORS_LIMIT / a->cols)
        return SC_OK;
    int status = count_vectors(&of_a, a, false, err);
    if (status == SC_OK)
        status = count_vectors(&of_b, b, true, err);
    if (status == SC_OK)
        measure(v, &of_a, &of_b);
    free(of_a.counts);
    free(of_b.counts);
    return status;
}
