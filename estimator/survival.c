/* survival.c - survival functions of fiber lengths as points.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "survival.h"

#include <math.h>
#include <stddef.h>

#include "numeric.h"

/* Mean count below which lengths are followed step by step, and above which two steps make a point. */
static const double SHORT = 24.0, PAIRED = 8.0;

/* Points over the range in which a stratum of long fibers ends, alone and among others, and half that range in deviations. */
enum { ALONE = 14, AMONG = 5 };
static const double REACH = 3.5;

static void add_point(struct sc_survival *s, double weight, double alive)
{
    if (weight <= 0 || alive < 1e-7)
        return;
    alive = sc_min(alive, 1);
    double log_dead = alive < 1 ? log1p(-alive) : -HUGE_VAL;
    struct sc_survival_point *last = s->points > 0 ? &s->point[s->points - 1] : NULL;
    bool first = s->points == (s->classes > 0 ? s->class[s->classes - 1].end : 0);
    if (!first && fabs(last->alive - alive) < 1e-9) {
        last->weight += weight;
    } else if (s->points < SC_SURVIVAL_POINTS) {
        s->point[s->points++] = (struct sc_survival_point){weight, alive, log_dead, alive};
    } else { /* full: into the last, keeping its sum */
        last->alive = (last->alive * last->weight + alive * weight) / (last->weight + weight);
        last->weight += weight;
        last->log_dead = last->alive < 1 ? log1p(-last->alive) : -HUGE_VAL;
        last->fed = last->alive;
    }
}

/* Strata of one class, shares relative to it. */
struct mixture {
    const struct sc_lengths *l;
    unsigned first, end;
    double share;                 /* of all strata */
    double low[SC_STRATA_MAX], high[SC_STRATA_MAX], per_sigma[SC_STRATA_MAX]; /* where they end */
};

static bool is_short(const struct mixture *m, unsigned i)
{
    return m->l->stratum[i].mean < SHORT * m->l->unit;
}

/* P(length > x) of the strata of long fibers, lengths continuous. */
static double long_ones(const struct mixture *m, double x)
{
    double alive = 0;
    for (unsigned i = m->first; i < m->end; i++) {
        const struct sc_stratum *t = &m->l->stratum[i];
        if (!is_short(m, i) && x < m->high[i])
            alive += t->share * (x <= m->low[i] ? 1 : sc_normal_tail((x - t->mean) * m->per_sigma[i]));
    }
    return alive / m->share;
}

/* Steps one by one, in units; returns where they end. */
static double add_steps(struct sc_survival *s, const struct mixture *m)
{
    double alive[SC_PMF_MAX] = {0}, mean = 0, unit = m->l->unit;
    unsigned steps = 0;
    for (unsigned i = m->first; i < m->end; i++) {
        double pmf[SC_PMF_MAX], left = m->l->stratum[i].share / m->share;
        if (!is_short(m, i) || m->l->stratum[i].mean <= 0)
            continue;
        unsigned n = sc_stratum_pmf(&m->l->stratum[i], unit, pmf);
        double share = left;
        for (unsigned k = 0; k + 1 < n && left > 1e-7; k++) {
            left -= share * pmf[k];
            alive[k] += sc_max(0, left);
            steps = k + 1 > steps ? k + 1 : steps;
        }
        mean = sc_max(mean, m->l->stratum[i].mean / unit);
    }
    unsigned together = mean > PAIRED ? 2 : 1;
    for (unsigned k = 0; k < steps; k += together) {
        double last = k * unit, end = sc_min(m->l->width, last + together * unit);
        double share = together == 2 && k + 1 < steps ? (alive[k] + alive[k + 1]) / 2 : alive[k] / together;
        add_point(s, end - last, share + long_ones(m, (last + end) / 2));
    }
    return sc_min(m->l->width, (steps + together - 1) / together * together * unit);
}

static void sort(double *value, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        double v = value[i];
        unsigned j = i;
        for (; j > 0 && value[j - 1] > v; j--)
            value[j] = value[j - 1];
        value[j] = v;
    }
}

/* Beyond the short fibers: between the places where strata begin and cease to end, points as dense as the narrowest of them asks. */
static void add_ranges(struct sc_survival *s, const struct mixture *m, double from)
{
    double edge[2 * SC_STRATA_MAX];
    unsigned edges = 0, strata = 0;
    for (unsigned i = m->first; i < m->end; i++) {
        if (is_short(m, i))
            continue;
        strata++;
        edge[edges++] = sc_max(from, m->low[i]);
        edge[edges++] = sc_max(from, m->high[i]);
    }
    sort(edge, edges);
    for (unsigned e = 0; e < edges; from = sc_max(from, edge[e++])) {
        double length = edge[e] - from, narrowest = HUGE_VAL;
        if (length <= 0)
            continue;
        for (unsigned i = m->first; i < m->end; i++)
            if (!is_short(m, i) && m->low[i] < edge[e] - 1e-9 && m->high[i] > from + 1e-9)
                narrowest = sc_min(narrowest, m->high[i] - m->low[i]);
        unsigned panels = 1;
        if (narrowest < HUGE_VAL && narrowest > 0)
            panels = (unsigned)sc_min(ceil(length / narrowest * (strata > 1 ? AMONG : ALONE)), ALONE);
        for (unsigned k = 0; k < panels; k++)
            add_point(s, length / panels, long_ones(m, from + (k + 0.5) * length / panels));
    }
}

static void add_class(struct sc_survival *s, const struct sc_lengths *l, unsigned first, unsigned end)
{
    struct mixture m = {.l = l, .first = first, .end = end};
    for (unsigned i = first; i < end; i++) {
        const struct sc_stratum *t = &l->stratum[i];
        double sigma = sqrt(t->variance);
        m.share += t->share;
        m.low[i] = sigma > 0.2 ? sc_max(0, t->mean - REACH * sigma) : t->mean;
        m.high[i] = sigma > 0.2 ? sc_min(l->width, t->mean + (REACH + 1) * sigma) : t->mean;
        m.per_sigma[i] = sigma > 0.2 ? 1 / sigma : 0;
    }
    if (m.share <= 0)
        return;
    add_ranges(s, &m, add_steps(s, &m));
    s->class[s->classes].share = m.share;
    s->class[s->classes++].end = s->points;
}

void sc_survival_fill(struct sc_survival *s, const struct sc_lengths *l, bool together)
{
    s->classes = s->points = 0;
    for (unsigned i = 0; together && i < l->strata; i++)
        add_class(s, l, i, i + 1);
    if (!together)
        add_class(s, l, 0, l->strata);
}

/* P(length > t) of `l` in the middle of every point. */
static void at_points(const struct sc_survival *s, const struct sc_lengths *l, double alive[SC_SURVIVAL_POINTS])
{
    for (unsigned c = 0, i = 0; c < s->classes; c++) {
        double at = 0;
        for (; i < s->class[c].end; i++) {
            alive[i] = sc_lengths_survival(l, floor(at + s->point[i].weight / 2));
            at += s->point[i].weight;
        }
    }
}

void sc_survival_feed(struct sc_survival *s, const struct sc_lengths *met)
{
    double alive[SC_SURVIVAL_POINTS];
    at_points(s, met, alive);
    for (unsigned i = 0; i < s->points; i++)
        s->point[i].fed = alive[i];
}

void sc_survival_blend(struct sc_survival *s, double share, const struct sc_lengths *others)
{
    double alive[SC_SURVIVAL_POINTS];
    at_points(s, others, alive);
    for (unsigned i = 0; i < s->points; i++) {
        struct sc_survival_point *p = &s->point[i];
        p->alive = p->fed = sc_max(1e-9, share * p->alive + (1 - share) * alive[i]);
        p->log_dead = p->alive < 1 ? log1p(-p->alive) : -HUGE_VAL;
    }
}
