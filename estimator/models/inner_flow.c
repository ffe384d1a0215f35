/* inner_flow.c - the double-buffer recurrence on expected windows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner_flow.h"

#include <math.h>

void sc_flow_init(struct sc_flow *flow, const struct sc_plan *plan)
{
    *flow = (struct sc_flow){.plan = plan, .per_byte = 1 / plan->bytes_per_cycle};
    flow->ahead = plan->machine.window_buffers < SC_FLOW_AHEAD ? plan->machine.window_buffers : SC_FLOW_AHEAD;
}

/* One window of `cycles`; it fetches `bytes` with probability `fetches`, and writes. */
static void add_window(struct sc_flow *f, double cycles, double bytes, double fetches, double writes)
{
    double before = f->dram;
    if (f->windows >= f->ahead)
        before = sc_max(before, f->ends[f->at]);
    double due = before + f->writes[f->at] * f->per_byte, some = sc_min(1, fetches);
    f->dram = due + bytes * some * f->per_byte;
    double ready = due + bytes * f->per_byte + f->plan->miss_latency;
    f->end = sc_max(f->end, some * sc_max(f->end, ready) + (1 - some) * f->end) + cycles;
    f->ends[f->at] = f->end;
    f->writes[f->at] = writes;
    f->at = f->at + 1 < f->ahead ? f->at + 1 : 0;
    f->windows++;
}

/* Everything later by `time`: DRAM keeps its distance from the array. */
static void delay(struct sc_flow *f, double time)
{
    f->end += time;
    f->dram += time;
    for (unsigned i = 0; i < f->ahead; i++)
        f->ends[i] += time;
}

/* `times` more of what has been going by `repeats` times since the array stood at `before`. */
static void advance(struct sc_flow *f, double times, double before, double repeats)
{
    delay(f, times * (f->end - before) / repeats);
}

/* Lines that window i of a tile fetches when it brings them in for the first time: they begin at even distances. */
static double lines_in_order(double lines, double steps, double from, double to)
{
    return ceil(to * lines / steps - 1e-9) - ceil(from * lines / steps - 1e-9);
}

/* Window number i of a tile that fetches `lines`, in their order in memory or here and there. */
static void step_window(struct sc_flow *f, const struct sc_flow_tiles *t, double lines, bool in_order, double i)
{
    const struct sc_machine *m = &f->plan->machine;
    double from = i * m->window_steps, to = sc_min(t->steps, from + m->window_steps), share = (to - from) / t->steps;
    double each = in_order ? lines_in_order(lines, t->steps, from, to) : lines * share;
    double windows = sc_min(1, t->reach + share); /* share of them that any lines belong to */
    double fetches = in_order ? each > 0 : -windows * expm1(-each / windows);
    double bytes = fetches > 1e-9 ? each / fetches * m->str_line_bytes : 0;
    if (i == 0)
        add_window(f, t->load + share * t->busy, t->stationary_bytes + each * m->str_line_bytes, 1,
                   share * t->write_bytes);
    else
        add_window(f, share * t->busy, bytes, fetches, share * t->write_bytes);
}

/* Windows from number i on that fetch nothing: the array goes on, DRAM writes behind it; the last of them are booked
 * one by one. */
static double skip_quiet(struct sc_flow *f, const struct sc_flow_tiles *t, double i, double count)
{
    double skipped = count - 1 - f->ahead - i;
    if (skipped <= 0)
        return i;
    double steps = f->plan->machine.window_steps, writing = steps / t->steps * t->write_bytes * f->per_byte;
    double behind = f->end + sc_max(0, skipped - f->ahead + 1) * writing; /* a window's writes leave after its end */
    f->dram = sc_max(f->dram + skipped * writing, writing > 0 ? behind : 0);
    f->end += skipped * steps / t->steps * t->busy;
    return i + skipped;
}

static void add_tile(struct sc_flow *f, const struct sc_flow_tiles *t, double lines, bool in_order)
{
    enum { FOLLOWED = 24 }; /* windows, each on its own */
    double count = sc_max(1, ceil(t->steps / f->plan->machine.window_steps - 1e-9)), i = 0;
    if (lines <= 1e-9) {
        double begin = t->write_bytes > 0 ? 1 + f->ahead : 1; /* when the last windows all have written alike */
        while (i < begin && i < count)
            step_window(f, t, 0, false, i++);
        i = skip_quiet(f, t, i, count);
    } else if (count > (in_order ? FOLLOWED : 4.0 * f->ahead)) { /* windows alike: `ahead` of them are a period */
        bool one_by_one = in_order && lines < count;
        for (; i < 2 * f->ahead; i++)
            step_window(f, t, lines, one_by_one, i);
        double end = f->end;
        for (; i < 3 * f->ahead; i++)
            step_window(f, t, lines, false, i);
        advance(f, count - 1 - i, end, f->ahead);
        i = count - 1;
    }
    for (; i < count; i++)
        step_window(f, t, lines, in_order, i);
}

void sc_flow_mix(struct sc_flow *f, const struct sc_flow *other, double share)
{
    double dram = sc_max(f->dram, f->end) + share * (sc_max(other->dram, other->end) - sc_max(f->dram, f->end));
    f->windows = sc_max(f->windows, other->windows);
    f->end += share * (other->end - f->end);
    f->dram = f->dram > f->end ? dram : f->dram + share * (other->dram - f->dram);
    for (unsigned i = 0; i < f->ahead; i++) { /* places in the ring may differ: by age */
        unsigned from = (other->at + i) % f->ahead, to = (f->at + i) % f->ahead;
        f->ends[to] += share * (other->ends[from] - f->ends[to]);
        f->writes[to] += share * (other->writes[from] - f->writes[to]);
    }
}

/* How many tiles take turns: as many windows as DRAM may be ahead, or, where DRAM is the slower one, that many
 * tiles. */
static double turn_of(const struct sc_flow *f, const struct sc_flow_tiles *t)
{
    double bytes = t->write_bytes + t->stationary_bytes + t->lines * f->plan->machine.str_line_bytes;
    if (bytes * f->per_byte > t->busy + t->load)
        return f->ahead;
    return ceil(f->ahead / sc_max(1, floor(t->steps / f->plan->machine.window_steps)));
}

/* `count` tiles alike, followed until they go by at a steady pace, which may be that of several in turn. */
static void follow(struct sc_flow *f, const struct sc_flow_tiles *t, double lines, double count)
{
    double turn = turn_of(f, t), left = count, i;
    for (i = 0; i < turn && left >= 1; i++, left--)
        add_tile(f, t, lines, false);
    if (left <= 0)
        return;
    double end = f->end;
    for (i = 0; i < turn && (left > 0.5 || i == 0); i++, left--)
        add_tile(f, t, lines, false);
    double turns = sc_max(0, floor(left / turn)), pace = (f->end - end) / i;
    delay(f, turns * turn * pace);
    for (left -= turns * turn; left >= 1; left--)
        add_tile(f, t, lines, false);
    delay(f, left * pace); /* also less than nothing: a part of a tile */
}

void sc_flow_add(struct sc_flow *f, const struct sc_flow_tiles *t)
{
    if (t->count < 1) { /* a tile that is there or not */
        struct sc_flow with = *f;
        struct sc_flow_tiles one = *t;
        one.count = 1;
        sc_flow_add(&with, &one);
        sc_flow_mix(f, &with, sc_max(0, t->count));
        return;
    }
    double left = t->count, others = t->count - (t->fresh > 0), rest = others > 0 ? t->rest / others : 0;
    if (t->fresh > 0 && left > 0) {
        add_tile(f, t, t->fresh + (others > 0 ? 0 : t->rest), true);
        left--;
    }
    if (left > 0)
        follow(f, t, t->lines + rest, left);
}

/* Chunks of a kind that come up in a row when there are `each` per row on average; *carry is what rows before have
 * left. */
static double due(double each, double *carry)
{
    double want = each + *carry, whole = floor(want + 1e-9);
    *carry = want - whole;
    return whole;
}

/* Tiles and the cycles that the array is busy with them. */
struct done {
    double tiles, busy;
};

static void add_row(struct sc_flow *f, const struct sc_flow_tiles part[3], double carry[3], bool cold,
                    struct done *done)
{
    for (int i = 0; i < 3; i++) {
        double count = due(part[i].count, &carry[i]), lines = cold ? part[i].fresh : part[i].lines;
        bool in_order = cold && i != 1;
        done->tiles += count;
        done->busy += count * (part[i].load + part[i].busy);
        double most = 2 * turn_of(f, &part[i]) + 1; /* tiles that are followed one by one */
        if (count > most)
            follow(f, &part[i], lines, count);
        for (; count > 0 && count <= most; count--)
            add_tile(f, &part[i], lines, in_order);
    }
}

void sc_flow_rows(struct sc_flow *f, const struct sc_flow_tiles part[3], double rows, double cold)
{
    double carry[3] = {0, 0.5, 0.5}, left = rows, turn = turn_of(f, &part[0]);
    struct done all = {0}, first = {0}, last = {0};
    if (rows < 1) { /* a row that is there or not */
        struct sc_flow with = *f;
        add_row(&with, part, carry, cold > 0, &first);
        sc_flow_mix(f, &with, rows);
        return;
    }
    for (int i = 0; i < 3; i++) {
        all.tiles += rows * part[i].count;
        all.busy += rows * part[i].count * (part[i].load + part[i].busy);
    }
    if (cold > 0) {
        add_row(f, part, carry, true, &first);
        left--;
    }
    for (double i = 0; i < turn && left >= 1; i++, left--)
        add_row(f, part, carry, false, &first);
    if (left <= 0)
        return;
    double end = f->end;
    for (double i = 0; i < 2 * turn && (left > 0.5 || i == 0); left--, i++) /* rows whose waits count */
        add_row(f, part, carry, false, &last);
    double waits = (f->end - end - last.busy) / sc_max(1, last.tiles);
    delay(f, all.busy - first.busy - last.busy + (all.tiles - first.tiles - last.tiles) * waits);
}

double sc_flow_finish(struct sc_flow *f)
{
    double left = 0;
    for (unsigned i = 0; i < f->ahead; i++)
        left += f->writes[i];
    return sc_max(f->end, f->dram) + left * f->per_byte + f->plan->fill_latency;
}
