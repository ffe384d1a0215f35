/* pipe.c - the double-buffer recurrence of the pipelined policy, followed on expected windows.
 *
 * e[w] = max(e[w-1], ready) + R[w], ready = DRAM's time + latency when the window fetches; DRAM may be window_buffers
 * windows ahead (reference: the recurrence of the paper's filler and reader as the machine files describe them).  A
 * window that fetches with probability q waits q times what it would wait if it did; equal windows and tiles are
 * followed until their length settles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

void sc_pipe_init(struct sc_pipe *pipe, const struct sc_plan *plan)
{
    *pipe = (struct sc_pipe){.plan = plan, .ahead = (unsigned)sc_min(plan->machine.window_buffers, SC_PIPE_AHEAD),
                             .per_byte = 1 / plan->bytes_per_cycle};
}

struct sc_pulse sc_pulse_of(const struct sc_pipe *p, double cycles, const struct sc_fetch *f, double writes)
{
    double fetched = f->bytes * p->per_byte;
    return (struct sc_pulse){cycles, f->share, fetched + p->plan->miss_latency, f->share * fetched,
                             writes * p->per_byte};
}

void sc_pipe_window(struct sc_pipe *p, double cycles, const struct sc_fetch *f, double writes)
{
    struct sc_pulse w = sc_pulse_of(p, cycles, f, writes);
    sc_pipe_pulse(p, &w);
}

void sc_pipe_pass(struct sc_pipe *p, double time)
{
    p->end += time;
    p->dram += time;
    for (unsigned i = 0; i < p->ahead; i++)
        p->ends[i] += time;
}

/* Goes the share `share` of the way from *p to `whole`; the buffers are those of the nearer end. */
static void part_of(struct sc_pipe *p, const struct sc_pipe *whole, double share)
{
    double time = whole->end - p->end;
    if (share < 0.5) {
        sc_pipe_pass(p, share * time);
        return;
    }
    *p = *whole;
    sc_pipe_pass(p, (share - 1) * time);
}

/* x less the whole multiples of `turn` below it, of a whole number x >= 0. */
static double beyond_turns(double x, double turn)
{
    return x - turn * sc_floor(x / turn);
}

/* Counts are sums of shares: what they are beyond a whole number by rounding alone is no window and no row. */
static const double NOTHING = 1e-9;

/* Windows that repeat exactly are followed no further: `ahead` in a row took the same time, and DRAM is as far ahead
 * as before. */
static const double REPEATS = 1e-7;

/* Follows `count` equal windows, at most until they repeat; returns how many.  *before receives the end of window
 * number `turn`; *pace what each took when they repeat, else 0. */
static unsigned follow(struct sc_pipe *p, const struct sc_pulse *w, unsigned count, unsigned turn, double *before,
                       double *pace)
{
    double dram = p->dram, end = p->end, last = -1, *ends = p->ends, *writes = p->writes;
    unsigned at = p->at, ahead = p->ahead, same = 0, i = 0;
    *pace = 0;
    while (i < count && same < ahead) {
        double start = end, asked = dram, turned = sc_max(dram, ends[at]) + writes[at];
        if (i++ == turn)
            *before = end;
        end += w->share * sc_max(0, turned + w->ready - end) + w->cycles;
        dram = turned + w->moved;
        writes[at] = w->writes;
        ends[at] = end;
        at = at + 1 < ahead ? at + 1 : 0;
        double took = end - start, most = REPEATS * took;
        same = fabs(took - last) <= most && fabs(dram - asked - took) <= most ? same + 1 : 0;
        last = took;
    }
    p->dram = dram;
    p->end = end;
    p->at = at;
    if (same >= ahead)
        *pace = last;
    return i;
}

bool sc_pipe_calm(struct sc_pipe *p, double count, const struct sc_pulse *w)
{
    unsigned ahead = p->ahead, at = p->at;
    double dram = p->dram, end = p->end, cycles = w->cycles, asks = w->writes + w->ready;
    if (count <= ahead || asks > (ahead - 1) * cycles || w->writes + w->moved > cycles)
        return false;
    for (unsigned i = 0; i < ahead; i++) {
        double turned = p->ends[at] + p->writes[at];
        if (dram > p->ends[at] || turned + w->ready > end)
            return false;
        dram = turned + w->moved;
        end += cycles;
        at = at + 1 < ahead ? at + 1 : 0;
    }
    double rest = (count - ahead) * cycles, last = p->end + rest;
    for (unsigned i = 0; i < ahead; i++) {
        p->ends[at] = last += cycles;
        p->writes[at] = w->writes;
        at = at + 1 < ahead ? at + 1 : 0;
    }
    p->end = last;
    p->dram = dram + rest;
    return true;
}

void sc_pipe_pulses(struct sc_pipe *p, double count, const struct sc_pulse *w)
{
    if (count <= 0 || sc_pipe_calm(p, count, w))
        return;
    double settle = 2.0 * p->ahead + 2, before = p->end, pace;
    if (count > settle) /* so that whole turns are left */
        settle += beyond_turns(sc_floor(count - settle + NOTHING), p->ahead);
    unsigned whole = (unsigned)sc_min(count, settle);
    unsigned done = follow(p, w, whole, (unsigned)settle - p->ahead, &before, &pace);
    if (pace > 0) {
        sc_pipe_pass(p, (count - done) * pace);
    } else if (count <= settle && count > whole) { /* part of a window: that share of what a whole one takes */
        struct sc_pipe one = *p;
        sc_pipe_pulse(&one, w);
        part_of(p, &one, count - whole);
    } else if (count > whole) {
        sc_pipe_pass(p, (count - whole) * (p->end - before) / p->ahead);
    }
}

void sc_pipe_windows(struct sc_pipe *p, double count, double cycles, const struct sc_fetch *f, double writes)
{
    struct sc_pulse w = sc_pulse_of(p, cycles, f, writes);
    sc_pipe_pulses(p, count, &w);
}

/* The windows of a tile. */
struct form {
    double count;
    struct sc_pulse first, middle, last; /* `first` is also the last where there is one */
};

/* A tile of `steps` steps. */
static void fill_form(struct form *f, const struct sc_pipe *p, const struct sc_pipe_tile *t, double steps,
                      double begin_bytes, double lines)
{
    double size = p->plan->machine.window_steps, count = sc_max(1, sc_ceil(steps / size - 1e-9));
    double per_window = lines / count, writes = t->stream_writes / count, step = t->step_cycles;
    double line = p->plan->machine.str_line_bytes, share = -expm1(-per_window);
    struct sc_fetch begin = {1, t->fetch_bytes + begin_bytes + per_window * line};
    struct sc_fetch later = {share, share > 0 ? per_window * line / share : 0};
    bool one = count <= 1;
    f->count = count;
    f->first = sc_pulse_of(p, t->load + step * sc_min(steps, size) + (one ? t->excess : 0), &begin,
                           writes + (one ? t->end_writes : 0));
    if (count > 2)
        f->middle = sc_pulse_of(p, step * size, &later, writes);
    if (!one)
        f->last = sc_pulse_of(p, step * (steps - (count - 1) * size) + t->excess, &later, writes + t->end_writes);
}

/* Whole numbers that add up to `each` per turn. */
static double in_turn(double each, double i)
{
    return sc_floor((i + 1) * each + 1e-9) - sc_floor(i * each + 1e-9);
}

/* The two forms that tiles take by turns, and how many windows each merges. */
struct forms {
    double merges;
    struct form form[2];
    struct sc_pulse merge;
};

/* Tile number i: every other one is shorter, and some end a row. */
static void next_tile(struct sc_pipe *p, const struct forms *forms, double i)
{
    const struct form *f = &forms->form[(unsigned)beyond_turns(i, 2)];
    sc_pipe_pulse(p, &f->first);
    if (f->count > 2)
        sc_pipe_pulses(p, f->count - 2, &f->middle);
    if (f->count > 1)
        sc_pipe_pulse(p, &f->last);
    for (double k = 0, merges = forms->merges > 0 ? in_turn(forms->merges, i) : 0; k < merges; k++)
        sc_pipe_pulse(p, &forms->merge);
}

/* Part of a tile: that share of what a whole one takes. */
static void last_tile(struct sc_pipe *p, const struct forms *forms, double i, double share)
{
    struct sc_pipe whole = *p;
    next_tile(&whole, forms, i);
    part_of(p, &whole, share);
}

/* Tiles after which the times repeat: an even number of turns of the buffers, with an even number of whole rows. */
static double period(const struct sc_pipe *p, double merges)
{
    enum { MOST = 40 };
    double turns = 2.0 * p->ahead, row = merges > 0 ? 2 * sc_max(1, 1 / merges) : 1;
    double tiles = merges > 0 ? row * sc_ceil(turns / row) : turns;
    return sc_min(sc_max(MOST, p->ahead), merges > 0 ? 2 * sc_ceil(tiles / 2 - 0.25) : tiles);
}

/* The times before a pair of tiles, to tell whether it repeats. */
struct before {
    double end, dram, ends[SC_PIPE_AHEAD], writes[SC_PIPE_AHEAD]; /* oldest first */
};

static void remember(const struct sc_pipe *p, struct before *b)
{
    b->end = p->end;
    b->dram = p->dram;
    for (unsigned i = 0, at = p->at; i < p->ahead; i++, at = at + 1 < p->ahead ? at + 1 : 0) {
        b->ends[i] = p->ends[at];
        b->writes[i] = p->writes[at];
    }
}

/* Whether all times are those before, later by one and the same time. */
static bool repeats(const struct sc_pipe *p, const struct before *b)
{
    double time = p->end - b->end, most = REPEATS * time;
    bool same = fabs(p->dram - b->dram - time) <= most;
    for (unsigned i = 0, at = p->at; same && i < p->ahead; i++, at = at + 1 < p->ahead ? at + 1 : 0)
        same = fabs(p->ends[at] - b->ends[i] - time) <= most && p->writes[at] == b->writes[i];
    return same;
}

/* The next tile, from number i on, that a row ends with. */
static double next_merge(double merges, double i)
{
    return merges > 0 ? sc_ceil((sc_floor(i * merges + 1e-9) + 1 - 1e-9) / merges) - 1 : HUGE_VAL;
}

void sc_pipe_tiles(struct sc_pipe *p, const struct sc_pipe_tile *t, double count, double begin_lines, double lines)
{
    double bytes = begin_lines * p->plan->machine.str_line_bytes, i = 0, rare = 0;
    if (count <= 0)
        return;
    struct forms forms;
    forms.merges = t->merges;
    if (t->merges > 0 && t->merges < 1.0 / 20) { /* long rows: their merges hide nothing of note */
        rare = t->merges * count;
        forms.merges = 0;
    }
    if (forms.merges > 0)
        forms.merge = sc_pulse_of(p, t->merge_cycles, &t->merge_fetch, t->merge_writes);
    for (unsigned k = 0; k < 2; k++) {
        double steps = t->steps + (k ? -t->deviation : t->deviation);
        fill_form(&forms.form[k], p, t, sc_max(sc_min(1, t->steps), steps), bytes, lines);
    }
    double turn = period(p, forms.merges), settle = p->ahead + 1.0, before = p->end,
           merge = next_merge(forms.merges, 0);
    struct before pair;
    if (count > settle + turn) /* so that whole turns of the buffers are left */
        settle += beyond_turns(sc_floor(count - settle - turn + NOTHING), 2.0 * p->ahead);
    double followed = sc_min(count, settle + turn), from = 0, pace = 0;
    remember(p, &pair);
    while (i < followed) {
        if (i == settle)
            before = p->end;
        if (i + 1 > count) {
            if (pace > 0)
                sc_pipe_pass(p, (count - i) * pace);
            else
                last_tile(p, &forms, i, count - i);
            count = i;
            break;
        }
        next_tile(p, &forms, i);
        i++;
        if (i > merge) { /* a new row */
            merge = next_merge(forms.merges, i);
            from = i;
            remember(p, &pair);
        } else if (i == from + 2 && i + 1 < followed) {
            if (repeats(p, &pair)) { /* whole pairs, to where the next merge, the turn that counts or the end comes */
                double each = (p->end - pair.end) / 2, to = count;
                if (forms.merges > 0)
                    to = sc_min(merge, i <= settle ? settle : followed);
                double skipped = 2 * sc_floor((to - i) / 2);
                if (forms.merges <= 0) {
                    pace = count > settle + turn ? each : 0;
                    followed = count;
                }
                sc_pipe_pass(p, skipped * each);
                i += skipped;
            }
            from = i;
            remember(p, &pair);
        }
    }
    if (count > i)
        sc_pipe_pass(p, (count - i) * (p->end - before) / turn);
    if (rare > 0)
        sc_pipe_windows(p, rare, t->merge_cycles, &t->merge_fetch, t->merge_writes);
}

/* How many of `samples` places in the middle of equal parts of 0..1 lie below x. */
static double places_below(double x, double samples)
{
    return sc_min(samples, sc_ceil(x * samples - 0.5));
}

void sc_pipe_sample(struct sc_pipe *p, double count, const struct sc_pipe_kind *kind, unsigned kinds)
{
    enum { SAMPLES = 64, SETTLE = 4, FACTOR = 37, STEP = 17 }; /* each 64th part once; what follows on it is anywhere */
    double cycles = 0, mean = 0, waits = 0, followed = 0;
    unsigned part = 0;
    for (unsigned k = 0; k < kinds; k++)
        mean += kind[k].share * kind[k].cycles;
    for (unsigned i = 0; i < SETTLE + SAMPLES && i < count; i++, followed++) {
        double place = (part + 0.5) / SAMPLES, below = 0, before = p->end;
        unsigned k = 0;
        for (; k + 1 < kinds && place >= below + kind[k].share; k++)
            below += kind[k].share;
        double taken = places_below(below + kind[k].share, SAMPLES) - places_below(below, SAMPLES);
        sc_pipe_window(p, kind[k].cycles, &kind[k].fetch, kind[k].writes);
        cycles += kind[k].cycles;
        if (i >= SETTLE) /* a kind stands for its share, not for its samples */
            waits += (p->end - before - kind[k].cycles) * kind[k].share / sc_max(1, taken);
        part = (FACTOR * part + STEP) % SAMPLES;
    }
    if (followed < SETTLE + SAMPLES) /* few windows: their waits as they were, their cycles as they are known */
        sc_pipe_pass(p, count * mean - cycles);
    else
        sc_pipe_pass(p, (count - followed) * (mean + waits) + followed * mean - cycles);
}

void sc_pipe_rows(struct sc_pipe *p, double rows, const struct sc_pipe_row *r)
{
    const struct sc_fetch quiet = {0, 0};
    double before = p->end, i = 0, settle = p->ahead + 1.0, turn = sc_max(6, 2.0 * p->ahead);
    for (; i < sc_min(rows - NOTHING, settle + turn); i++) {
        if (i == settle)
            before = p->end;
        sc_pipe_windows(p, in_turn(r->fetching, i), r->cycles, &r->fetch, r->writes);
        sc_pipe_windows(p, in_turn(r->others, i), r->cycles, &quiet, r->writes);
        sc_pipe_windows(p, in_turn(r->empty, i), 1, &quiet, 0);
    }
    if (rows - NOTHING > i)
        sc_pipe_pass(p, (rows - i) * (p->end - before) / turn);
}

double sc_pipe_finish(const struct sc_pipe *p)
{
    double left = 0;
    for (unsigned i = 0; i < p->ahead; i++)
        left += p->writes[i];
    return sc_max(p->end, p->dram) + left;
}
