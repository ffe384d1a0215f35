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

/* Variance of the sums of a bank with so many words in a k step, x rows and y columns being nonzero.  What the choice of rows and of
 * columns alone brings comes in runs. */
static double step_variance(const struct sc_tensor_core *c, const struct sc_tile_class *t, double words, double x, double y)
{
    double m = t->rows, n = t->columns, p = x * y / (m * n), r = x / m, q = y / n;
    if (!c->scattered_banks) { /* a grid of the tile's rows mod 8 and columns mod 16 */
        double rows = sc_max(1, m / 8), cols = sc_max(1, n / 16), vr = drawn_variance(m, x, rows), vc = drawn_variance(n, y, cols);
        return vr * vc + vr * q * q * cols * cols * t->run_a + vc * r * r * rows * rows * t->run_b;
    }
    double of_rows = m > 1 ? x * (x - 1) / (m * (m - 1)) : x, of_columns = n > 1 ? y * (y - 1) / (n * (n - 1)) : y;
    double all = sc_max(0, words * p * (1 - p) + words * (words - 1) * (of_rows * of_columns - p * p));
    double by_rows = sc_max(0, q * q * words * (r * (1 - r) + (words - 1) * (of_rows - r * r)));
    double by_columns = sc_max(0, r * r * words * (q * (1 - q) + (words - 1) * (of_columns - q * q)));
    return sc_max(0, all - by_rows - by_columns) + by_rows * t->run_a + by_columns * t->run_b;
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

/* A part of the joint distribution. */
struct part {
    int x_from, x_to, y_from, y_to;
};

/* Sums that a bank gets in a step. */
static double sums(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct bank_class *b, int x, int y)
{
    return x > 0 && y > 0 ? b->words * x * y / (t->rows * t->columns) + c->mask_cycles : 0;
}

/* Mean issue time and OHMMAs of a part's steps, and their share. */
struct issue {
    double share, time, ohmma;
};

/* Loads of the banks over a part of all (x, y): means, and variances within and between steps, per unit of issue time. */
static void load(struct bank_class *b, unsigned count, const struct sc_tensor_core *c, const struct sc_tile_class *t,
                 const struct part *part, struct issue *issue)
{
    *issue = (struct issue){0};
    for (int x = part->x_from; x <= part->x_to; x++)
        for (int y = part->y_from; y <= part->y_to; y++) {
            double n = sc_bitmap_ohmmas(c, x, y), share = t->joint[x][y];
            issue->share += share;
            issue->ohmma += share * n;
            issue->time += share * (n + t->slots);
            for (unsigned i = 0; i < count && share > 0; i++)
                b[i].u += share * sums(c, t, &b[i], x, y);
        }
    for (unsigned i = 0; i < count && issue->time > 0; i++)
        b[i].u /= issue->time;
    for (int x = part->x_from; x <= part->x_to; x++)
        for (int y = part->y_from; y <= part->y_to; y++) {
            double time = sc_bitmap_ohmmas(c, x, y) + t->slots, share = t->joint[x][y];
            for (unsigned i = 0; i < count && share > 1e-12; i++) {
                double excess = sums(c, t, &b[i], x, y) - b[i].u * time;
                b[i].variance += share * (excess * excess + step_variance(c, t, b[i].words, x, y)) / issue->time;
            }
        }
}

/* Waits during a part's share of all steps; *backlog: at its end. */
static double part_waits(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct bank_class *dealt,
                         unsigned count, const struct part *part, double *issued, double *backlog)
{
    struct bank_class b[CLASSES];
    struct issue issue;
    for (unsigned i = 0; i < count; i++)
        b[i] = dealt[i];
    load(b, count, c, t, part, &issue);
    *issued = issue.time;
    *backlog = 0;
    if (issue.share <= 1e-7 || issue.ohmma <= 0)
        return 0;
    double waits = solve(c, b, count, issue.time / issue.ohmma);
    *backlog = fullest(c, b, count, issue.time / issue.ohmma, waits);
    return issue.time * waits;
}

/* The same when steps with equal x or y follow each other in long runs: each run on its own. */
static double run_waits(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct bank_class *dealt,
                        unsigned count)
{
    int high = (int)c->tile, of_x = t->run_a > 1 ? 1 : high + 1, of_y = t->run_b > 1 ? 1 : high + 1;
    double waited = 0, issued, backlog;
    for (int x = 0; x <= high; x += of_x)
        for (int y = 0; y <= high; y += of_y) {
            struct part part = {x, x + of_x - 1, y, y + of_y - 1};
            waited += part_waits(c, t, dealt, count, &part, &issued, &backlog);
        }
    return waited;
}

double sc_bank_waits(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, double ohmma, double *backlog)
{
    struct bank_class dealt[CLASSES];
    struct sc_tile_class t = *tiles;
    struct part all = {0, (int)core->tile, 0, (int)core->tile};
    unsigned count = deal(dealt, core, tiles);
    double issued, window = core->window / sc_max(ohmma, 1e-9); /* in steps */
    t.run_a = sc_min(t.run_a, window); /* longer runs fill it */
    t.run_b = sc_min(t.run_b, window);
    double waited = part_waits(core, &t, dealt, count, &all, &issued, backlog);
    double longest = sc_max(t.run_a, t.run_b), together = window > 1 ? (longest - 1) / (window - 1) : 1;
    if (longest <= 1)
        return waited;
    return waited + together * (run_waits(core, &t, dealt, count) - waited);
}
