/* crowd.c - walks over the steps of a tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crowd.h"

#include <math.h>

#include "numeric.h"

/* The fullest bank is worked out for all fibers, half of them, a quarter and so on, and is linear in their number between. */
enum { LEVELS = 6 };

struct levels {
    unsigned known;
    double fibers[LEVELS], fullest[LEVELS];
};

/* Cycles of the fullest bank when `fibers` of the crowd's live: between that of fibers that share no bank (`apart`) and
 * that of random banks, as the spacing of their beginnings tells. */
static double fullest_bank(const struct sc_shapes *s, const struct sc_crowd *c, double fibers)
{
    double banks = sc_shape_at(s->fullest, s->loads, fibers), random = banks, apart = 1, same = 1;
    double loads = c->run > 1 ? c->multipliers * fibers / c->fibers : fibers, ratio = 1;
    if (c->run > 1) {
        double part = loads / s->loads;
        sc_shape_runs(s, c->run / part, &random, &apart);
        same = c->multipliers / c->fibers;
        random *= part;
        apart *= part;
    }
    if (!c->random)
        ratio = sc_spacing_ratio(&s->spacing, fibers, c->length, c->deviation, c->taken * fibers / c->fibers, c->lines);
    double sharing = banks > 1.001 ? sc_max(0, banks * ratio - 1) / (banks - 1) : 1;
    double fullest = apart + (random - apart) * sharing;
    if (sharing > 1 && fibers > banks) /* more together than at random, up to all in one bank */
        fullest = random + (loads - random) * sc_min(1, banks * (ratio - 1) / (fibers - banks));
    fullest = sc_min(loads, sc_max(same, fullest));
    if (c->all_lines <= 0)
        return fullest;
    if (c->lines)
        return sc_min(fullest, ceil(c->all_lines / s->banks));
    return sc_max(fullest, loads / sc_min(s->banks, c->all_lines)); /* few lines: few of the banks */
}

static double fullest_at(const struct sc_shapes *s, const struct sc_crowd *c, struct levels *l, double fibers)
{
    for (unsigned i = 0;; i++) {
        if (i == l->known) {
            l->fibers[i] = sc_max(1, ldexp(c->fibers, -(int)i));
            l->fullest[i] = l->fibers[i] > 1 ? fullest_bank(s, c, l->fibers[i]) : c->run > 1 ? c->multipliers / c->fibers : 1;
            l->known++;
        }
        if (fibers >= l->fibers[i] || i == LEVELS - 1 || l->fibers[i] <= 1) {
            if (i == 0)
                return l->fullest[0];
            double from = l->fibers[i], to = l->fibers[i - 1], x = sc_max(from, fibers);
            return l->fullest[i] + (x - from) / (to - from) * (l->fullest[i - 1] - l->fullest[i]);
        }
    }
}

/* Integral of ceil(u) from 0 to x. */
static double ceiling_integral(double x)
{
    double whole = floor(x);
    return whole * (whole + 1) / 2 + (whole + 1) * (x - whole);
}

double sc_crowd_beats(double mean, double deviation, double per_cycle)
{
    double half = 1.7320508 * deviation + 0.5, middle = mean - 0.5; /* a whole number x stands for those in (x - 1, x] */
    double low = sc_max(0, middle - half) / per_cycle, high = sc_max(middle + half, 1e-9) / per_cycle;
    if (high <= 1)
        return 1;
    return sc_max(1, (ceiling_integral(high) - ceiling_integral(low)) / (high - low));
}

static void walk_class(const struct sc_shapes *s, const struct sc_survival *l, unsigned first, unsigned end, double share,
                       const struct sc_crowd *c, struct levels *levels, struct sc_walk *w)
{
    double lengths = sc_max(1, c->fibers / c->alike), feeds = c->multipliers / c->fibers;
    for (unsigned i = first; i < end; i++) {
        const struct sc_survival_point *p = &l->point[i];
        double any = p->alive < 1 ? -expm1(lengths * p->log_dead) : 1, weight = share * p->weight * any;
        if (any < 1e-7)
            continue;
        double living = sc_min(c->fibers, c->fibers * p->alive / any), share = p->fed / p->alive;
        double bank = fullest_at(s, c, levels, living);
        if (c->run > 1)
            bank = sc_max(1, sc_min(bank * share, c->multipliers));
        double cycles = bank;
        if (c->dn > 0) {
            double deviation = sqrt(living * (1 - p->alive) + c->spread * c->spread * p->alive * p->alive);
            cycles = sc_max(cycles, sc_crowd_beats(living, deviation, c->dn));
            if (c->rn > 0)
                cycles = sc_max(cycles, sc_crowd_beats(sc_min(living * feeds * share, c->multipliers),
                                                       deviation * feeds * share, c->rn));
        }
        w->steps += weight;
        w->banks += weight * bank;
        w->cycles += weight * cycles;
    }
}

void sc_crowd_walk(const struct sc_shapes *s, const struct sc_survival *lengths, const struct sc_crowd *crowd, struct sc_walk *w)
{
    struct sc_crowd c = *crowd;
    struct levels levels = {0};
    *w = (struct sc_walk){0};
    if (c.fibers <= 0)
        return;
    double some = sc_min(1, c.fibers); /* less than one: one, with that probability */
    c.multipliers = sc_max(c.multipliers, c.fibers) / some;
    c.fibers /= some;
    for (unsigned i = 0, from = 0; i < lengths->classes; from = lengths->class[i++].end)
        walk_class(s, lengths, from, lengths->class[i].end, some * lengths->class[i].share, &c, &levels, w);
}
