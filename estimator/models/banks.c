/* banks.c - how long issue waits for the banked accumulation buffer: a queue per bank.
 *
 * In a unit of issue time a bank with w live words gets u sums on average, the output mask of every k included, with
 * variance s. Its backlog is a diffusion of drift u - (1 + waits) that reflects at 0; issue waits when a bank is
 * further behind than the window of W OHMMAs reaches, R = W x (issue time per OHMMA) x (1 + waits).  A reflected
 * diffusion of drift -d meets a barrier at R at the rate d / (exp(2 d R / s) - 1) (J. M. Harrison, Brownian Motion
 * and Stochastic Flow Systems, 1985, chapter 5), so that
 *
 *     waits = sum over banks of d / (exp(2 d R / s) - 1),  d = 1 + waits of the others - u,
 *
 * which falls in waits and is solved by bisection; the others' waits are taken as those of all but one of equal
 * banks.  Nothing in it is fitted as long as the steps are independent; for steps in runs (blocks) see RUN_SHARE.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../numeric.h"
#include "tensor.h"

enum { CLASSES = 24 };

/* Banks with equally many words of the tile that exist. */
struct bank_class {
    double banks, words;
    double u, variance,
        third; /* per unit of issue time: mean sums, and variance and third cumulant of sums against time */
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

/* P(two places out of n are both among the x nonzero ones). */
static double both(double n, double x)
{
    return n > 1 ? x * (x - 1) / (n * (n - 1)) : x;
}

/* A part of the joint distribution, and whether its rows or columns are the same in all its steps; words are then
 * only those that such rows and columns reach. */
struct part {
    int x_from, x_to, y_from, y_to;
    bool rows_fixed, columns_fixed;
};

/* Variance of the sums of a bank with so many words in a k step, x rows and y columns being nonzero.  What the choice
 * of rows and of columns alone brings comes in runs. */
static double step_variance(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct part *part,
                            double words, double x, double y)
{
    double m = t->rows, n = t->columns, r = part->rows_fixed ? 1 : x / m, q = part->columns_fixed ? 1 : y / n,
           p = r * q;
    if (!c->scattered_banks) { /* a grid of the tile's rows and columns modulo the quanta */
        double rows = sc_max(1, m / (c->activations_are_b ? c->quantum_weight : c->quantum_activation));
        double cols = sc_max(1, n / (c->activations_are_b ? c->quantum_activation : c->quantum_weight)),
               vr = drawn_variance(m, x, rows), vc = drawn_variance(n, y, cols);
        return vr * vc + vr * q * q * cols * cols * t->run_a + vc * r * r * rows * rows * t->run_b;
    }
    double of_rows = part->rows_fixed ? 1 : both(m, x), of_columns = part->columns_fixed ? 1 : both(n, y);
    double all = sc_max(0, words * p * (1 - p) + words * (words - 1) * (of_rows * of_columns - p * p));
    double by_rows = sc_max(0, q * q * words * (r * (1 - r) + (words - 1) * (of_rows - r * r)));
    double by_columns = sc_max(0, r * r * words * (q * (1 - q) + (words - 1) * (of_columns - q * q)));
    return sc_max(0, all - by_rows - by_columns) + by_rows * t->run_a + by_columns * t->run_b;
}

/* The third cumulant of the same: of independent words, by rows and by columns in runs. */
static double step_third(const struct sc_tile_class *t, const struct part *part, double words, double x, double y)
{
    double r = part->rows_fixed ? 1 : sc_min(1, x / t->rows), q = part->columns_fixed ? 1 : sc_min(1, y / t->columns),
           p = r * q;
    double by_rows = q * q * q * r * (1 - r) * (1 - 2 * r), by_columns = r * r * r * q * (1 - q) * (1 - 2 * q);
    double apart = p * (1 - p) * (1 - 2 * p) - by_rows - by_columns;
    return words * (apart + by_rows * t->run_a * t->run_a + by_columns * t->run_b * t->run_b);
}

/* How far behind a bank may be: a window of issue time, less the bank's sums of the OHMMA that waits. */
static double reach_of(const struct sc_tensor_core *c, const struct bank_class *b, double unit, double waits)
{
    return sc_max(0.5, (c->window * (1 + waits) - b->u) * unit);
}

/* Rate at which the tail of a bank's backlog falls: the root of -d x + s x^2 / 2 + t x^3 / 6, that is 2 d / s
 * corrected for lumps. */
static double tail_rate(const struct bank_class *b, double d)
{
    double s = sc_max(b->variance, 1e-9), t = b->third, root = s * s / 4 + 2 * t * d / 3;
    if (fabs(t * d) < 1e-4 * s * s || root <= 0)
        return 2 * d / s;
    return 3 / t * (sqrt(root) - s / 2);
}

/* Waits of these banks.  `unit`: issue time per OHMMA. */
static double solve(const struct sc_tensor_core *c, const struct bank_class *b, unsigned count, double unit)
{
    double low = 0, high = 1;
    for (unsigned i = 0; i < count; i++)
        high = sc_max(high, 2 * b[i].u);
    for (int step = 0; step < 40; step++) {
        double w = (low + high) / 2, rate = 0;
        for (unsigned i = 0; i < count && rate <= w; i++) {
            double d = 1 + w * (1 - 1 / sc_max(1, b[i].banks)) - b[i].u, reach = reach_of(c, &b[i], unit, w);
            double x = tail_rate(&b[i], d) * reach;
            if (fabs(x) < 1e-9)
                rate += b[i].banks * b[i].variance / (2 * reach);
            else if (x < 500)
                rate += b[i].banks * d / expm1(x);
        }
        *(rate > w ? &low : &high) = w;
    }
    return (low + high) / 2;
}

/* Mean backlog of the fullest bank. */
static double fullest(const struct sc_tensor_core *c, const struct bank_class *b, unsigned count, double unit,
                      double waits)
{
    double most = 0;
    for (unsigned i = 0; i < count; i++) {
        double d = 1 + waits - b[i].u, tail = log(b[i].banks + 1) * b[i].variance,
               reach = reach_of(c, &b[i], unit, waits);
        most = sc_max(most, tail < 2 * d * reach ? tail / (2 * d) : reach);
    }
    return most;
}

/* Sums that a bank gets in a step. */
static double sums(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct part *part,
                   const struct bank_class *b, int x, int y)
{
    double r = part->rows_fixed ? 1 : x / t->rows, q = part->columns_fixed ? 1 : y / t->columns;
    return x > 0 && y > 0 ? b->words * r * q + c->mask_cycles : 0;
}

/* Mean issue time and OHMMAs of a part's steps, and their share. */
struct issue {
    double share, time, ohmma;
};

/* Variance, and third cumulant into *third, of a bank's sums against issue time, of a part's steps: within steps, and
 * between steps of different x and y, which come in runs. */
static double variance_of(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct part *part,
                          const struct bank_class *b, double *third)
{
    double of_x[SC_VECTOR_COUNTS] = {0}, of_y[SC_VECTOR_COUNTS] = {0}, at_x[SC_VECTOR_COUNTS] = {0},
           at_y[SC_VECTOR_COUNTS] = {0};
    double within = 0, between = 0, by_x = 0, by_y = 0;
    for (int x = part->x_from; x <= part->x_to; x++)
        for (int y = part->y_from; y <= part->y_to; y++) {
            double share = t->joint[x][y], time = sc_bitmap_ohmmas(c, x, y) + t->slots;
            if (share <= 1e-12)
                continue;
            double excess = sums(c, t, part, b, x, y) - b->u * time;
            within += share * step_variance(c, t, part, b->words, x, y);
            *third += x > 0 && y > 0 && c->scattered_banks ? share * step_third(t, part, b->words, x, y) : 0;
            between += share * excess * excess;
            of_x[x] += share;
            of_y[y] += share;
            at_x[x] += share * excess;
            at_y[y] += share * excess;
        }
    for (int i = 0; i < SC_VECTOR_COUNTS; i++) {
        by_x += of_x[i] > 0 ? at_x[i] * at_x[i] / of_x[i] : 0;
        by_y += of_y[i] > 0 ? at_y[i] * at_y[i] / of_y[i] : 0;
    }
    return within + between + by_x * (t->run_a - 1) + by_y * (t->run_b - 1);
}

/* Loads of the banks over a part of all (x, y): means, and variances within and between steps, per unit of issue
 * time. */
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
                b[i].u += share * sums(c, t, part, &b[i], x, y);
        }
    for (unsigned i = 0; i < count && issue->time > 0; i++)
        b[i].u /= issue->time;
    for (unsigned i = 0; i < count && issue->time > 0; i++)
        b[i].variance = variance_of(c, t, part, &b[i], &b[i].third) / issue->time;
    for (unsigned i = 0; i < count && issue->time > 0; i++)
        b[i].third /= issue->time;
}

/* Waits during a part's share of all steps; *backlog: at its end. */
static double part_waits(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct bank_class *dealt,
                         unsigned count, const struct part *part, struct issue *issue, double *backlog)
{
    struct bank_class b[CLASSES];
    for (unsigned i = 0; i < count; i++)
        b[i] = dealt[i];
    load(b, count, c, t, part, issue);
    *backlog = 0;
    if (issue->share <= 1e-7 || issue->ohmma <= 0)
        return 0;
    double waits = solve(c, b, count, issue->time / issue->ohmma);
    *backlog = fullest(c, b, count, issue->time / issue->ohmma, waits);
    return issue->time * waits;
}

/* Banks by the words that fixed rows and columns reach, each with probability p. */
static unsigned reached(struct bank_class out[CLASSES], const struct bank_class *dealt, unsigned count, double p)
{
    double banks[CLASSES] = {0};
    unsigned classes = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned words = (unsigned)dealt[i].words;
        double chance = p < 1 ? pow(1 - p, words) : 0; /* of w words reached */
        for (unsigned w = 0; w <= words && w < CLASSES; w++) {
            banks[w] += dealt[i].banks * (p < 1 ? chance : w == words);
            chance *= p < 1 ? p / (1 - p) * (words - w) / (w + 1.0) : 0;
        }
    }
    for (unsigned w = 0; w < CLASSES; w++)
        if (banks[w] > 1e-3)
            out[classes++] = (struct bank_class){.banks = banks[w], .words = w};
    return classes;
}

/* Fitted to our simulator on block patterns: a run of z windows waits as if it went on for ever in the share z / (z +
 * this). */
static const double RUN_SHARE = 3;

/* Waits when steps with equal x or y follow each other in runs: in part as long runs do, else as all steps do,
 * `pooled` per unit of issue time.  Runs of one side that are much shorter than the other's are no runs to it. */
static double run_waits(const struct sc_tensor_core *c, const struct sc_tile_class *t, const struct bank_class *dealt,
                        unsigned count, double window, double pooled)
{
    bool rows = 2 * t->run_a >= t->run_b && t->run_a > 1, columns = 2 * t->run_b >= t->run_a && t->run_b > 1;
    int high = (int)c->tile, of_x = rows ? 1 : high + 1, of_y = columns ? 1 : high + 1;
    double waited = 0, backlog, run = rows && columns ? sc_min(t->run_a, t->run_b) : sc_max(t->run_a, t->run_b);
    struct sc_tile_class steps = *t;
    steps.run_a = rows ? 1 : sc_min(t->run_a, window);
    steps.run_b = columns ? 1 : sc_min(t->run_b, window);
    for (int x = 0; x <= high; x += of_x)
        for (int y = 0; y <= high; y += of_y) {
            struct part part = {x, x + of_x - 1, y, y + of_y - 1, rows, columns};
            struct bank_class b[CLASSES];
            struct issue issue;
            if (rows && columns && t->joint[x][y] <= 1e-7)
                continue;
            double p = (rows ? sc_min(1, x / t->rows) : 1) * (columns ? sc_min(1, y / t->columns) : 1);
            unsigned classes = reached(b, dealt, count, p);
            double own = part_waits(c, &steps, b, classes, &part, &issue, &backlog);
            double windows = issue.share > 0 ? (run - 1) * issue.ohmma / issue.share / c->window : 0;
            double alone = windows / (windows + RUN_SHARE);
            waited += alone * own + (1 - alone) * pooled * issue.time;
        }
    return waited;
}

double sc_bank_waits(const struct sc_tensor_core *core, const struct sc_tile_class *tiles, double ohmma,
                     double *backlog)
{
    struct bank_class dealt[CLASSES];
    struct sc_tile_class t = *tiles;
    struct part all = {0, (int)core->tile, 0, (int)core->tile, false, false};
    struct issue issue;
    unsigned count = deal(dealt, core, tiles);
    double window = sc_max(1, core->window / sc_max(ohmma, 1e-9)); /* in steps; longer runs fill it */
    t.run_a = sc_min(t.run_a, window);
    t.run_b = sc_min(t.run_b, window);
    double waited = part_waits(core, &t, dealt, count, &all, &issue, backlog);
    if (tiles->run_a <= 1 && tiles->run_b <= 1)
        return waited;
    return run_waits(core, tiles, dealt, count, window, issue.time > 0 ? waited / issue.time : 0);
}
