/* banks.c - how long issue waits for the banked accumulation buffer: a queue per bank.
 *
 * In a unit of issue time a bank with w live words gets u sums on average, the output mask of every k included, with variance s.
 * Its backlog is a diffusion of drift u - (1 + waits) that reflects at 0; issue waits when a bank is further behind than the window
 * of W OHMMAs reaches, R = W x (issue time per OHMMA) x (1 + waits).  A reflected diffusion of drift -d meets a barrier at R at the
 * rate d / (exp(2 d R / s) - 1) (J. M. Harrison, Brownian Motion and Stochastic Flow Systems, 1985, chapter 5), so that
 *
 *     waits = sum over banks of d / (exp(2 d R / s) - 1),  d = 1 + waits of the others - u,
 *
 * which falls in waits and is solved by bisection; the others' waits are taken as those of all but one of equal banks.  Nothing in it is
 * fitted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../numeric.h"
#include "tensor.h"

enum { CLASSES = 24 };

/* Banks with equally many words of the tile that exist. */
struct bank_class {
    double banks, words;
    double u, variance; /* per unit of issue time */
};

/* The banks by how many of their words the tile has, all or those of an edge tile. */
static unsigned deal(struct bank_class out[CLASSES], const struct sc_tensor_core *c, const struct sc_tile_class *t)
{
    sc_tensor_banks bank;
    unsigned words[SC_TENSOR_TILE_MAX * SC_TENSOR_TILE_MAX] = {0}, banks[CLASSES] = {0}, count = 0;
    sc_tensor_deal_banks(c, bank);
    for (int x = 0; x < t->rows; x++)
        for (int y = 0; y < t->columns; y++)
            words[bank[x][y]]++;
    for (unsigned b = 0; b < c->banks; b++) /* few banks have many words each: taken as equal there */
        banks[words[b] < CLASSES ? words[b] : CLASSES - 1]++;
    for (unsigned w = 0; w < CLASSES; w++)
        if (banks[w] > 0)
            out[count++] = (struct bank_class){.banks = banks[w], .words = w};
    if (banks[CLASSES - 1] > 0)
        out[count - 1].words = sc_max(CLASSES - 1, t->rows * t->columns / c->banks);
    return count;
}

/* Variance of how many of `chosen` places out of n are among the x nonzero ones. */
static double drawn_variance(double n, double x, double chosen)
{
    return n > 1 ? chosen * x / n * (1 - x / n) * (n - chosen) / (n - 1) : 0;
}

/* Variance of the sums of a bank with so many words in a k step, x rows and y columns being nonzero. */
static double step_variance(const struct sc_tensor_core *c, const struct sc_tile_class *t, double words, double x, double y)
{
    double m = t->rows, n = t->columns, p = x * y / (m * n);
    if (!c->scattered_banks) { /* a grid of the tile's rows mod 8 and columns mod 16 */
        double rows = sc_max(1, m / 8), cols = sc_max(1, n / 16), mr = x * rows / m, mc = y * cols / n;
        double vr = drawn_variance(m, x, rows), vc = drawn_variance(n, y, cols);
        return vr * vc + vr * mc * mc + vc * mr * mr;
    }
    double of_rows = m > 1 ? x * (x - 1) / (m * (m - 1)) : x, of_columns = n > 1 ? y * (y - 1) / (n * (n - 1)) : y;
    return sc_max(0, words * p * (1 - p) + words * (words - 1) * (of_rows * of_columns - p * p));
}

/* Waits of these banks.  `unit`: issue time per OHMMA. */
static double solve(const struct sc_tensor_core *c, const struct bank_class *b, unsigned count, double unit)
{
    double low = 0, high = 1;
    for (unsigned i = 0; i < count; i++)
        high = sc_max(high, 2 * b[i].u);
    for (int step = 0; step < 40; step++) {
        double w = (low + high) / 2, reach = c->window * unit * (1 + w), rate = 0;
        for (unsigned i = 0; i < count && rate <= w; i++) {
            double d = 1 + w * (1 - 1 / b[i].banks) - b[i].u, s = sc_max(b[i].variance, 1e-9), x = 2 * d * reach / s;
            if (fabs(x) < 1e-9)
                rate += b[i].banks * s / (2 * reach);
            else if (x < 500)
                rate += b[i].banks * d / expm1(x);
        }
        *(rate > w ? &low : &high) = w;
    }
    return (low + high) / 2;
}

/* Mean backlog of the fullest bank. */
static double fullest(const struct sc_tensor_core *c, const struct bank_class *b, unsigned count, double unit, double waits)
{
    double reach = c->window * unit * (1 + waits), most = 0;
    for (unsigned i = 0; i < count; i++) {
        double d = 1 + waits - b[i].u, tail = log(b[i].banks + 1) * b[i].variance;
        most = sc_max(most, tail < 2 * d * reach ? tail / (2 * d) : reach);
    }
    return most;
}

/* Loads of the banks over all (x, y): means, and variances within and between steps. */
static double load(struct bank_class *b, unsigned count, const struct sc_tensor_core *c, const struct sc_tile_class *t)
{
    double unit = 0, ohmma = 0;
    for (int x = 0; x <= (int)c->tile; x++)
        for (int y = 0; y <= (int)c->tile; y++) {
            double n = sc_bitmap_ohmmas(c, x, y), share = t->joint[x][y];
            ohmma += share * n;
            unit += share * (n + t->slots);
            for (unsigned i = 0; i < count && n > 0; i++)
                b[i].u += share * (b[i].words * x * y / (t->rows * t->columns) + c->mask_cycles);
        }
    for (unsigned i = 0; i < count; i++)
        b[i].u /= sc_max(unit, 1e-300);
    for (int x = 0; x <= (int)c->tile; x++)
        for (int y = 0; y <= (int)c->tile; y++) {
            double n = sc_bitmap_ohmmas(c, x, y), share = t->joint[x][y];
            for (unsigned i = 0; i < count && share > 1e-12; i++) {
                double sums = n > 0 ? b[i].words * x * y / (t->rows * t->columns) + c->mask_cycles : 0;
                double excess = sums - b[i].u * (n + t->slots);
                b[i].variance += share * (excess * excess + step_variance(c, t, b[i].words, x, y)) / unit;
            }
        }
    return ohmma > 0 ? unit / ohmma : 0;
}

/* Mean waits, per unit of issue time of all steps, of long runs of steps that are alike. */
static double alike(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct bank_class *dealt, unsigned count)
{
    double waited = 0, issued = 0;
    for (int x = 0; x <= (int)c->tile; x++)
        for (int y = 0; y <= (int)c->tile; y++) {
            double n = sc_bitmap_ohmmas(c, x, y), share = t->joint[x][y], time = n + t->slots;
            struct bank_class b[CLASSES];
            issued += share * time;
            if (n <= 0 || share <= 1e-7)
                continue;
            for (unsigned i = 0; i < count; i++) {
                b[i] = dealt[i];
                b[i].u = (b[i].words * x * y / (t->rows * t->columns) + c->mask_cycles) / time;
                b[i].variance = step_variance(c, t, b[i].words, x, y) / time;
            }
            waited += share * time * solve(c, b, count, time / n);
        }
    return issued > 0 ? waited / issued : 0;
}

double sc_bank_waits(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, double *backlog)
{
    struct bank_class dealt[CLASSES], b[CLASSES];
    unsigned count = deal(dealt, core, tiles);
    for (unsigned i = 0; i < count; i++)
        b[i] = dealt[i];
    double unit = load(b, count, core, tiles);
    *backlog = 0;
    if (unit <= 0)
        return 0;
    double waits = solve(core, b, count, unit);
    *backlog = fullest(core, b, count, unit, waits);
    if (tiles->run <= 1)
        return waits;
    double together = sc_min(1, (tiles->run - 1) / (core->window * unit)); /* of a window that one run fills */
    return waits + together * (alike(core, tiles, dealt, count) - waits);
}
