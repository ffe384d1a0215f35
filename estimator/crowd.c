/* crowd.c - walks over the steps of a tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crowd.h"

#include <math.h>
#include <stdint.h>

#include "numeric.h"

/* The fullest bank is worked out for all fibers, half of them, a quarter and so on, and is linear in their number
 * between. */
enum { LEVELS = SC_SPACE_HALVINGS };

struct levels {
    struct sc_spaced *spaced;
    double column;
    unsigned known;
    double fibers[LEVELS], fullest[LEVELS], slope[LEVELS]; /* slope: to the level before */
    bool last[LEVELS];
};

/* Cycles of the fullest bank when `fibers` of the crowd's live: between that of fibers that share no bank (`apart`) and
 * that of random banks, as the spacing of their beginnings tells. */
static double fullest_bank(const struct sc_shapes *s, const struct sc_crowd *c, const struct levels *l,
                           unsigned halved, double fibers)
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
        ratio = sc_spacing_halved(l->spaced, l->column, halved);
    double sharing = banks > 1.001 ? sc_max(0, banks * ratio - 1) / (banks - 1) : 1;
    double fullest = apart + (random - apart) * sharing;
    if (sharing > 1 && fibers > banks) /* more together than at random, up to all in one bank */
        fullest = random + (loads - random) * sc_min(1, banks * (ratio - 1) / (fibers - banks));
    fullest = sc_min(loads, sc_max(same, fullest));
    if (c->all_lines <= 0)
        return fullest;
    if (c->lines)
        return sc_min(fullest, sc_ceil(c->all_lines / s->banks));
    return sc_max(fullest, loads / sc_min(s->banks, c->all_lines)); /* few lines: few of the banks */
}

/* The next level: half as many fibers as the one before. */
static void add_level(const struct sc_shapes *s, const struct sc_crowd *c, struct levels *l)
{
    unsigned i = l->known++;
    l->fibers[i] = sc_max(1, c->fibers / (1u << i));
    l->fullest[i] = c->run > 1 ? c->multipliers / c->fibers : 1;
    l->slope[i] = 0;
    if (l->fibers[i] > 1)
        l->fullest[i] = fullest_bank(s, c, l, i, l->fibers[i]);
    if (i > 0 && l->fibers[i] < l->fibers[i - 1])
        l->slope[i] = (l->fullest[i - 1] - l->fullest[i]) / (l->fibers[i - 1] - l->fibers[i]);
    l->last[i] = i == LEVELS - 1 || l->fibers[i] <= 1;
}

/* *level is where the search begins, and ends: fibers die one by one, so it is mostly that of the last call. */
static inline double fullest_at(const struct sc_shapes *s, const struct sc_crowd *c, struct levels *l, double fibers,
                                unsigned *level)
{
    unsigned i = *level;
    if (l->known == 0)
        add_level(s, c, l);
    while (i > 0 && fibers >= l->fibers[i - 1])
        i--;
    while (fibers < l->fibers[i] && !l->last[i])
        if (++i == l->known)
            add_level(s, c, l);
    *level = i;
    return l->fullest[i] + (sc_max(l->fibers[i], fibers) - l->fibers[i]) * l->slope[i];
}

/* Integral of sc_ceil(u) from 0 to x, x at most the fibers of a tile. */
static inline double ceiling_integral(double x)
{
    double whole = (double)(int64_t)x;
    return (whole + 1) * (x - whole / 2);
}

static inline double beats(double mean, double deviation, double per_cycle, double cycles_each)
{
    double half = 1.7320508 * deviation + 0.5,
           middle = mean - 0.5; /* a whole number x stands for those in (x - 1, x] */
    if (middle + half <= per_cycle)
        return 1;
    double low = sc_max(0, middle - half) * cycles_each, high = (middle + half) * cycles_each;
    return sc_max(1, (ceiling_integral(high) - ceiling_integral(low)) / (high - low));
}

double sc_crowd_beats(double mean, double deviation, double per_cycle)
{
    return beats(mean, deviation, per_cycle, 1 / per_cycle);
}

/* Below this logarithm of a probability its complement is 1 to all digits; that of 0 is below, too. */
static const double CERTAIN = -37.5;

static void walk_class(const struct sc_shapes *s, const struct sc_survival *l, unsigned first, unsigned end,
                       double share, const struct sc_crowd *c, struct levels *levels, struct sc_walk *w)
{
    double fibers = c->fibers, lengths = sc_max(1, fibers / c->alike), feeds = c->multipliers / fibers;
    double per_dn = c->dn > 0 ? 1 / c->dn : 0, per_rn = c->rn > 0 ? 1 / c->rn : 0;
    double steps = 0, banks = 0, sum = 0, spread = c->spread * c->spread;
    unsigned level = 0;
    for (unsigned i = first; i < end; i++) {
        const struct sc_survival_point *p = &l->point[i];
        double none = lengths * p->log_dead, any = none > CERTAIN ? -expm1(none) : 1, weight = p->weight * any;
        if (any < 1e-7)
            continue;
        double living = fibers * p->alive, fed = p->fed == p->alive ? 1 : p->fed / p->alive;
        if (any < 1)
            living = sc_min(fibers, living / any);
        double bank = fullest_at(s, c, levels, living, &level);
        if (c->run > 1)
            bank = sc_max(1, sc_min(bank * fed, c->multipliers));
        double cycles = bank;
        if (c->dn > 0) {
            double deviation = sqrt(living * (1 - p->alive) + spread * p->alive * p->alive);
            cycles = sc_max(cycles, beats(living, deviation, c->dn, per_dn));
            if (c->rn > 0)
                cycles = sc_max(cycles, beats(sc_min(living * feeds * fed, c->multipliers), deviation * feeds * fed,
                                              c->rn, per_rn));
        }
        steps += weight;
        banks += weight * bank;
        sum += weight * cycles;
    }
    w->steps += share * steps;
    w->banks += share * banks;
    w->cycles += share * sum;
}

void sc_crowd_walk(const struct sc_shapes *s, const struct sc_survival *lengths, const struct sc_crowd *crowd,
                   struct sc_walk *w)
{
    struct sc_spaced spaced;
    if (!crowd->random)
        sc_crowd_space(&spaced, s, crowd);
    sc_crowd_walk_spaced(s, lengths, crowd, &spaced, w);
}

void sc_crowd_space(struct sc_spaced *spaced, const struct sc_shapes *s, const struct sc_crowd *c)
{
    sc_spacing_of(spaced, &s->spacing, c->length, c->deviation, c->taken, c->lines);
}

void sc_crowd_walk_spaced(const struct sc_shapes *s, const struct sc_survival *lengths, const struct sc_crowd *crowd,
                          struct sc_spaced *spaced, struct sc_walk *w)
{
    struct sc_crowd c = *crowd;
    struct levels levels;
    *w = (struct sc_walk){0};
    if (c.fibers <= 0)
        return;
    levels.spaced = spaced;
    levels.known = 0;
    levels.column = 0;
    double some = sc_min(1, c.fibers); /* less than one: one, with that probability */
    c.multipliers = sc_max(c.multipliers, c.fibers) / some;
    c.fibers /= some;
    if (!c.random)
        levels.column = sc_spacing_column(&s->spacing, c.fibers);
    for (unsigned i = 0, from = 0; i < lengths->classes; from = lengths->class[i++].end)
        walk_class(s, lengths, from, lengths->class[i].end, some * lengths->class[i].share, &c, &levels, w);
}
