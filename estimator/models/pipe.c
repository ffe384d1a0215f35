/* pipe.c - the double-buffer recurrence of the pipelined policy, followed on expected windows.
 *
 * e[w] = max(e[w-1], ready) + R[w], ready = DRAM's time + latency when the window fetches; DRAM may be window_buffers windows ahead
 * (reference: the recurrence of the paper's filler and reader as the machine files describe them).  A window that fetches with
 * probability q waits q times what it would wait if it did; equal windows and tiles are followed until their length settles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

void sc_pipe_init(struct sc_pipe *pipe, const struct sc_plan *plan)
{
    *pipe = (struct sc_pipe){.plan = plan, .ahead = (unsigned)sc_min(plan->machine.window_buffers, SC_PIPE_AHEAD)};
}

void sc_pipe_window(struct sc_pipe *p, double cycles, const struct sc_fetch *f, double writes)
{
    double per_cycle = p->plan->bytes_per_cycle, due = p->writes[p->at];
    p->writes[p->at] = writes;
    p->dram = sc_max(p->dram, p->ends[p->at]);
    double bytes = f->share * f->bytes;
    double ready = p->dram + (f->bytes + due) / per_cycle + p->plan->miss_latency;
    p->dram += (bytes + due) / per_cycle;
    p->end += f->share * sc_max(0, ready - p->end) + cycles;
    p->ends[p->at] = p->end;
    p->at = p->at + 1 < p->ahead ? p->at + 1 : 0;
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

void sc_pipe_windows(struct sc_pipe *p, double count, double cycles, const struct sc_fetch *f, double writes)
{
    double settle = 2.0 * p->ahead + 2, before = p->end, i = 0;
    if (count > settle) /* so that whole turns are left */
        settle += fmod(floor(count - settle), p->ahead);
    for (; i < sc_min(count, settle); i++) {
        if (i + 1 > count) { /* part of a window: that share of what a whole one takes */
            struct sc_pipe whole = *p;
            sc_pipe_window(&whole, cycles, f, writes);
            part_of(p, &whole, count - i);
            return;
        }
        if (i + p->ahead >= settle && i + p->ahead < settle + 1)
            before = p->end;
        sc_pipe_window(p, cycles, f, writes);
    }
    if (count > i)
        sc_pipe_pass(p, (count - i) * (p->end - before) / p->ahead);
}

/* One tile of `steps` steps. */
static void one_tile(struct sc_pipe *p, const struct sc_pipe_tile *t, double steps, double begin_bytes, double lines)
{
    double size = p->plan->machine.window_steps, windows = sc_max(1, ceil(steps / size - 1e-9));
    double per_window = lines / windows, writes = t->stream_writes / windows, step = t->step_cycles;
    double line = p->plan->machine.str_line_bytes, share = -expm1(-per_window);
    struct sc_fetch first = {1, t->fetch_bytes + begin_bytes + per_window * line};
    struct sc_fetch later = {share, share > 0 ? per_window * line / share : 0};
    double last = steps - (windows - 1) * size;
    sc_pipe_window(p, t->load + step * sc_min(steps, size) + (windows > 1 ? 0 : t->excess), &first,
                   writes + (windows > 1 ? 0 : t->end_writes));
    if (windows > 2)
        sc_pipe_windows(p, windows - 2, step * size, &later, writes);
    if (windows > 1)
        sc_pipe_window(p, step * last + t->excess, &later, writes + t->end_writes);
}

/* Whole numbers that add up to `each` per turn. */
static double in_turn(double each, double i)
{
    return floor((i + 1) * each + 1e-9) - floor(i * each + 1e-9);
}

/* Tile number i: every other one is shorter, and some end a row. */
static void next_tile(struct sc_pipe *p, const struct sc_pipe_tile *t, double i, double begin_bytes, double lines)
{
    double steps = t->steps + (fmod(i, 2) < 1 ? t->deviation : -t->deviation), merges = in_turn(t->merges, i);
    one_tile(p, t, sc_max(sc_min(1, t->steps), steps), begin_bytes, lines);
    for (double k = 0; k < merges; k++)
        sc_pipe_window(p, t->merge_cycles, &t->merge_fetch, t->merge_writes);
}

/* Part of a tile: that share of what a whole one takes. */
static void last_tile(struct sc_pipe *p, const struct sc_pipe_tile *t, double i, double share, double begin_bytes, double lines)
{
    struct sc_pipe whole = *p;
    next_tile(&whole, t, i, begin_bytes, lines);
    part_of(p, &whole, share);
}

/* Tiles after which the times repeat: an even number of turns of the buffers, with an even number of whole rows. */
static double period(const struct sc_pipe *p, const struct sc_pipe_tile *t)
{
    enum { MOST = 40 };
    double turns = 2.0 * p->ahead, row = t->merges > 0 ? 2 * sc_max(1, 1 / t->merges) : 1;
    double tiles = t->merges > 0 ? row * ceil(turns / row) : turns;
    return sc_min(sc_max(MOST, p->ahead), t->merges > 0 ? 2 * ceil(tiles / 2 - 0.25) : tiles);
}

void sc_pipe_tiles(struct sc_pipe *p, const struct sc_pipe_tile *tile, double count, double begin_lines, double lines)
{
    struct sc_pipe_tile t = *tile;
    double bytes = begin_lines * p->plan->machine.str_line_bytes, i = 0, rare = 0;
    if (t.merges > 0 && t.merges < 1.0 / 20) { /* long rows: their merges hide nothing of note */
        rare = t.merges * count;
        t.merges = 0;
    }
    double turn = period(p, &t), settle = p->ahead + 1.0, before = p->end;
    if (count > settle + turn) /* so that whole turns of the buffers are left */
        settle += fmod(floor(count - settle - turn), 2.0 * p->ahead);
    for (; i < sc_min(count, settle + turn); i++) {
        if (i == settle)
            before = p->end;
        if (i + 1 > count) {
            last_tile(p, &t, i, count - i, bytes, lines);
            count = i;
            break;
        }
        next_tile(p, &t, i, bytes, lines);
    }
    if (count > i)
        sc_pipe_pass(p, (count - i) * (p->end - before) / turn);
    if (rare > 0)
        sc_pipe_windows(p, rare, t.merge_cycles, &t.merge_fetch, t.merge_writes);
}

/* How many of `samples` places in the middle of equal parts of 0..1 lie below x. */
static double places_below(double x, double samples)
{
    return sc_min(samples, ceil(x * samples - 0.5));
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
    for (; i < sc_min(rows, settle + turn); i++) {
        if (i == settle)
            before = p->end;
        sc_pipe_windows(p, in_turn(r->fetching, i), r->cycles, &r->fetch, r->writes);
        sc_pipe_windows(p, in_turn(r->others, i), r->cycles, &quiet, r->writes);
        sc_pipe_windows(p, in_turn(r->empty, i), 1, &quiet, 0);
    }
    if (rows > i)
        sc_pipe_pass(p, (rows - i) * (p->end - before) / turn);
}

double sc_pipe_finish(const struct sc_pipe *p)
{
    double left = 0;
    for (unsigned i = 0; i < p->ahead; i++)
        left += p->writes[i];
    return sc_max(p->end, p->dram) + left / p->plan->bytes_per_cycle;
}
