/* inner_sweep.c - the steps of a tile under the pipelined policy: what they read, match and send.
 *
 * A step reads the words of a column between the smallest and the largest resident k, sends those that are resident,
 * and moves one sum per row that got a product; the slowest of banks, distribution and reduction network decides.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner.h"

#include <math.h>

/* Matches of the columns of one class, and rows that get a product in a step: mean and variance. */
struct matches {
    double sent, sent_variance, sums, sums_variance;
};

/* How many runs of a grid of `run` places a window of w places overlaps on average, the grids having their divisor in
 * common. */
static double overlapped(double w, double run)
{
    return 1 + (w - sc_common_divisor(sc_floor(w), sc_floor(run))) / run;
}

/* P(a row of `taken` nonzeros per place has no product with a column of the class): every run of the column meets
 * runs of the row. */
static double row_missed(const struct sc_seen *seen, const struct sc_resident *r, double places, double taken)
{
    double absent = 1 - sc_min(taken, 1 - 1e-12);
    if (r->run > seen->unit) { /* several words of the column fall into one run of the row */
        double slots = places / r->run, met = -slots * expm1(seen->mean * log1p(-sc_min(1 / slots, 1 - 1e-12)));
        return pow(absent, met);
    }
    return pow(absent, overlapped(seen->unit, r->run) / seen->unit * seen->mean);
}

/* The same for rows of unlike lengths: places of the row fall on words of the column with probability `full`. */
static double rows_missed(const struct sc_lengths *l, double leaves, double full)
{
    double missed = 0, all = 0;
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        if (s->mean > leaves)
            continue;
        missed += s->share * sc_stratum_pgf(s, l->unit, 1 - sc_min(full, 1));
        all += s->share;
    }
    return all > 0 ? missed / all : 1;
}

/* `seen`: columns with words, only. */
static struct matches match_class(const struct sc_profile *p, const struct sc_seen *seen, const struct sc_resident *r,
                                  double leaves)
{
    double reach = p->b.band > 0 ? sc_min(1, p->b.band / p->b.cols) : 1; /* of a column along K */
    double places = sc_max(1, seen->part * reach * p->K), taken = r->taken;
    double full = sc_min(1, seen->mean / places), together = sc_max(1, sc_min(seen->unit, r->run));
    struct matches m = {.sent = seen->mean * taken};
    if (p->b.group > 1) /* groups that are resident as a whole match in a number that is fixed */
        together = r->run < p->b.group ? (p->b.group - r->run) / (p->b.group - 1) : 0;
    double per_resident = seen->mean / sc_max(1, r->span * p->K);
    m.sent_variance = taken * taken * seen->variance + per_resident * per_resident * r->distinct_variance +
                      seen->mean * taken * (1 - taken) * (1 - full) * together;
    double per_place = taken / sc_max(1, r->distinct), per_row = sc_min(1, r->words / r->rows * per_place);
    bool unlike = p->a.row.strata > 1 && !r->split;
    double hit = 1 - (unlike ? rows_missed(&p->a.row, leaves, seen->mean * per_place)
                             : row_missed(seen, r, places, per_row));
    double alike = sc_min(r->rows, r->split ? 1 : p->a.run_rows);
    double slope = r->rows * (1 - hit) * -log1p(-sc_min(per_row, 1 - 1e-12)); /* sums per word more */
    m.sums = r->rows * hit;
    m.sums_variance = m.sums * (1 - hit) * sc_max(1, alike) + slope * slope * seen->variance;
    return m;
}

/* P(x > limit) of a count x. */
static double above(double mean, double variance, double limit)
{
    double sigma = sqrt(sc_max(0, variance));
    return sigma > 1e-6 ? sc_normal_tail((limit + 0.5 - mean) / sigma) : mean > limit + 1e-9;
}

/* E[cycles of a step]: a bank serves a line per cycle.  Columns that need many cycles of one part need many of the
 * others. */
static double step_cycles(const struct sc_plan *plan, const struct sc_seen *seen, const struct matches *m)
{
    const struct sc_machine *x = &plan->machine;
    double size = plan->line_words, banks = plan->shapes.banks, sum = 1;
    double served = sc_min(x->str_words_per_bank, size); /* words of a line per cycle */
    for (double j = 1; j < 1000; j++) {
        double sent = above(m->sent, m->sent_variance, j * x->dn_bandwidth);
        double sums = above(m->sums, m->sums_variance, j * x->rn_bandwidth);
        double lines = 0;
        if (seen->mean + 4 * sqrt(seen->variance) + size > j * banks * served)
            lines = above(seen->mean + size / 2 - 1, seen->variance + size * size / 12, j * banks * size);
        double more = sc_max(lines, sc_max(sent, sums));
        if (more < 1e-5)
            break;
        sum += more;
    }
    if (served < size)
        sum = sc_max(sum, sc_shape_contiguous(&plan->shapes, seen->mean) / served);
    return sum;
}

struct sc_sweep sc_inner_sweep(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_resident *r)
{
    struct sc_seen seen[SC_SEEN_MAX];
    struct sc_sweep s = {0};
    unsigned classes = sc_inner_seen(p, r->span, seen);
    for (unsigned i = 0; i < classes; i++) {
        struct sc_stratum t = {1, seen[i].mean, seen[i].variance};
        double some = seen[i].mean > 0 ? 1 - sc_stratum_pgf(&t, seen[i].unit, 0) : 0;
        double columns = p->N * seen[i].share * some;
        s.busy += p->N * seen[i].share * (1 - some);
        if (some <= 1e-9)
            continue;
        double square = (seen[i].variance + seen[i].mean * seen[i].mean) / some;
        seen[i].mean /= some;
        seen[i].variance = sc_max(0, square - seen[i].mean * seen[i].mean);
        struct matches m = match_class(p, &seen[i], r, plan->leaves);
        /* lines that end in the gap between the windows of two columns are not shared */
        double lines = sc_min(seen[i].whole / some, seen[i].mean + plan->line_words - 1) / plan->line_words;
        s.busy += columns * step_cycles(plan, &seen[i], &m);
        s.active += columns;
        s.read += columns * seen[i].mean;
        s.matched += columns * m.sent;
        s.lines += columns * lines;
    }
    return s;
}
