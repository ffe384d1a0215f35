/* inner_columns.c - the words of B's columns in a window of K, and the lines they lie on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner.h"

#include <math.h>

/* Mean count of runs above which a normal law stands for the distribution. */
static const double FEW_RUNS = 24.0;

/* Words of a stratum of columns in the share `part` of the places it can lie in.  A column of w words lies in its
 * `places` as drawn without replacement, in whole runs. */
static struct sc_seen thin(const struct sc_stratum *s, double unit, double places, double share, double part,
                           double group)
{
    double runs = s->mean / unit, room = sc_max(1, places / unit);
    double fixed = room > 1 ? sc_max(0, 1 - sc_max(0, runs - 1) / (room - 1)) : 0; /* the number of runs is given */
    double inside = part * room >= 1 ? unit : sc_max(1, part * places); /* a window within a run sees a part of it */
    double full = sc_min(1, s->mean / sc_max(1, places)), cut = part * (1 - part); /* groups that the window cuts */
    double variance = s->variance * part * part + s->mean * inside * cut * fixed;
    if (group > 0)
        variance = sc_min(variance, full * (1 - full) * sc_min(group / 3, places * cut));
    return (struct sc_seen){s->share * share, s->mean * part, variance, inside, s->mean, part};
}

/* Share of the columns with words in the windows of a level. */
static double counted_some(const struct sc_counted *c, unsigned level)
{
    double sum = 0;
    for (unsigned i = 0; i < SC_WINDOW_BINS; i++)
        sum += c->share[level][i];
    return sum;
}

/* Columns that were counted.  From one level of windows to the next both the columns with words and their words
 * become fewer, in proportions that lie in between for windows in between; windows smaller than were counted are met
 * more rarely. */
static unsigned counted_columns(const struct sc_profile *p, double range, struct sc_seen *seen)
{
    const struct sc_counted *c = &p->b.counted;
    double smallest = 1.0 / (1 << (SC_WINDOW_LEVELS - 1)), window = sc_max(range, smallest), rarer = range / window;
    unsigned level = 0, n = 0;
    while (level + 2 < SC_WINDOW_LEVELS && window < 1.0 / (2 << level))
        level++;
    double part = sc_min(1, sc_max(0, log2(window * (2 << level)))); /* 1: windows of this level, 0: of the next */
    double coarse = counted_some(c, level), fine = counted_some(c, level + 1);
    double some = coarse > 0 && fine > 0 ? exp(part * log(coarse) + (1 - part) * log(fine)) : 0;
    unsigned near = part > 0.5 ? level : level + 1;
    double wider = some > 0 ? some / counted_some(c, near) : 0, longer = some > 0 ? window * (1 << near) / wider : 0;
    double windows = sc_max(1, some / window / sc_max(counted_some(c, 0), 1e-9)); /* of a column, with words */
    for (unsigned i = 0; i < SC_WINDOW_BINS; i++) {
        double words = c->mean[near][i] * longer, share = c->share[near][i] * wider * rarer;
        if (share > 0)
            seen[n++] = (struct sc_seen){share,          words, c->variance[near][i] * longer * longer, 1,
                                         words * windows, window};
    }
    seen[n++] = (struct sc_seen){.share = 1 - sc_min(1, some * rarer), .unit = 1, .whole = p->b.col.mean};
    return n;
}

unsigned sc_inner_seen(const struct sc_profile *p, double range, struct sc_seen seen[SC_SEEN_MAX])
{
    const struct sc_lengths *l = &p->b.col;
    if (p->b.counted.known && range < 1 - 1e-9 && p->b.density < 1)
        return counted_columns(p, range, seen);
    double reach = p->b.band > 0 ? sc_min(1, p->b.band / p->b.cols) : 1, lesser = sc_min(range, reach);
    /* a window of `range` at any place meets the columns' reach: lesser at most, less at both ends of the meeting */
    double ramp = 2 * lesser * (1 - sc_max(range, reach)), all = sc_max(range, reach) - ramp / 2;
    unsigned n = 0;
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        double places = reach * p->K;
        seen[n++] = thin(s, l->unit, places, all, lesser / reach, p->b.group);
        if (ramp <= 1e-9)
            continue;
        seen[n++] = thin(s, l->unit, places, ramp / 2, lesser / reach * 0.2113248654, 0);
        seen[n++] = thin(s, l->unit, places, ramp / 2, lesser / reach * 0.7886751346, 0);
        seen[n++] = (struct sc_seen){.share = s->share * sc_max(0, 1 - all - ramp), .unit = 1, .whole = s->mean};
    }
    return n;
}

unsigned sc_inner_words(const struct sc_seen *seen, struct sc_words words[SC_WORDS_MAX])
{
    /* five-point Gauss-Hermite rule */
    static const double node[5] = {-2.85697, -1.35563, 0, 1.35563, 2.85697};
    static const double weight[5] = {0.0112574, 0.222076, 0.533333, 0.222076, 0.0112574};
    double sigma = sqrt(sc_max(0, seen->variance)), pmf[SC_PMF_MAX];
    if (seen->mean <= 0) {
        words[0] = (struct sc_words){0, 1};
        return 1;
    }
    if (sigma < 1e-6 && seen->mean == sc_floor(seen->mean)) {
        words[0] = (struct sc_words){seen->mean, 1};
        return 1;
    }
    if (seen->mean > FEW_RUNS * seen->unit) {
        for (int i = 0; i < 5; i++)
            words[i] = (struct sc_words){sc_max(0, seen->mean + sigma * node[i]), weight[i]};
        return 5;
    }
    struct sc_stratum s = {1, seen->mean, seen->variance};
    unsigned n = sc_stratum_pmf(&s, seen->unit, pmf), kept = 0;
    for (unsigned k = 0; k < n; k++)
        if (pmf[k] > 1e-9)
            words[kept++] = (struct sc_words){k * seen->unit, pmf[k]};
    return kept;
}

struct sc_inner_lines sc_inner_lines(const struct sc_plan *plan, double a_words, double b_words, bool b_first)
{
    double size = plan->line_words, of_a = b_first ? sc_floor(a_words / size + 1e-9) : sc_ceil(a_words / size - 1e-9);
    return (struct sc_inner_lines){of_a, sc_ceil((a_words + b_words) / size - 1e-9) - of_a};
}

/* The same for a line in a set that `mine` lines of the operand fall into. */
static double kept_in_set(const struct sc_plan *plan, double mine, double touched, double others)
{
    double ways = plan->machine.str_ways, loose = others - sc_floor(others);
    double mean = touched * sc_max(0, mine - 1) + others;
    double variance = touched * (1 - touched) * mine + loose * (1 - loose);
    if (mine + sc_ceil(others) <= ways)
        return 1;
    if (touched > 0.999) /* one of the two numbers of others */
        return mine + sc_floor(others) > ways ? 0 : 1 - loose;
    return sc_normal_tail((0.5 - ways + mean) / sqrt(sc_max(variance, 1e-9)));
}

double sc_inner_kept(const struct sc_plan *plan, double lines, double touched, double others)
{
    double ways = plan->machine.str_ways;
    if (lines / ways + others / ways <= plan->capacity_lines / ways * (1 - 2 / ways)) /* room in every set */
        return 1;
    double sets = plan->capacity_lines / ways, per_set = lines / sets, less = sc_floor(per_set);
    double more = per_set > 0 ? (per_set - less) * (less + 1) / per_set : 0; /* share of the lines in the fuller sets */
    double kept = more < 1 ? (1 - more) * kept_in_set(plan, less, touched, others / sets) : 0;
    return more > 0 ? kept + more * kept_in_set(plan, less + 1, touched, others / sets) : kept;
}

double sc_inner_lost_run(const struct sc_plan *plan, double lines, double others)
{
    double sets = plan->capacity_lines / plan->machine.str_ways, per_set = lines / sets;
    double over = per_set > plan->machine.str_ways ? (per_set - sc_floor(per_set)) * sets : 0;
    return sc_max(1, over > others ? over : others / 2);
}

bool sc_inner_next_fold(const struct sc_plan *plan, const struct sc_task *task, unsigned *next, struct sc_fold *f)
{
    double first = plan->leaves, chunk = plan->leaves - 1;
    *f = (struct sc_fold){.full = -1};
    for (; *next < task->chunks.count; ++*next) {
        const struct sc_node *node = &task->chunks.node[*next];
        double full = sc_floor((node->length - first) / chunk + 1e-9);
        if (node->length <= first)
            continue;
        if (f->full >= 0 && full != f->full)
            break;
        f->full = full;
        f->rows += node->share;
        f->length += node->share * node->length;
    }
    if (f->full < 0)
        return false;
    f->length /= f->rows;
    f->rows *= task->profile->M;
    f->rest = sc_max(0, f->length - first - f->full * chunk);
    return true;
}
