/* inner_flow.c - the double-buffer recurrence on expected windows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner_flow.h"

#include <math.h>

/* Counts are sums of shares: what they are beyond a whole number by rounding alone is no tile and no row. */
static const double NOTHING = 1e-9;

/* `times` more of what has been going by `repeats` times since the array stood at `before`. */
static void advance(struct sc_pipe *f, double times, double before, double repeats)
{
    sc_pipe_pass(f, times * (f->end - before) / repeats);
}

/* Lines that window i of a tile fetches when it brings them in for the first time: they begin at even distances. */
static double lines_in_order(double lines, double steps, double from, double to)
{
    return sc_ceil(to * lines / steps - 1e-9) - sc_ceil(from * lines / steps - 1e-9);
}

/* Steps from..to of a tile that fetch `each` lines, not its first window. */
static struct sc_pulse window_of(const struct sc_pipe *f, const struct sc_flow_tiles *t, double from, double to,
                                 double each, bool in_order)
{
    double share = (to - from) / t->steps;
    double windows = sc_min(1, t->reach + share); /* share of them that any lines belong to */
    double fetches = in_order ? each > 0 : each > 0 ? -windows * expm1(-each / windows) : 0;
    struct sc_fetch fetch = {fetches, fetches > 1e-9 ? each / fetches * f->plan->machine.str_line_bytes : 0};
    return sc_pulse_of(f, share * t->busy, &fetch, share * t->write_bytes);
}

/* The first one, which also loads A. */
static struct sc_pulse first_window(const struct sc_pipe *f, const struct sc_flow_tiles *t, double lines, bool in_order)
{
    const struct sc_machine *m = &f->plan->machine;
    double to = sc_min(t->steps, m->window_steps), share = to / t->steps;
    double each = in_order ? lines_in_order(lines, t->steps, 0, to) : lines * share;
    struct sc_fetch fetch = {1, t->stationary_bytes + each * m->str_line_bytes};
    return sc_pulse_of(f, t->load + share * t->busy, &fetch, share * t->write_bytes);
}

/* Window number i of a tile that fetches `lines`, in their order in memory or here and there. */
static void step_window(struct sc_pipe *f, const struct sc_flow_tiles *t, double lines, bool in_order, double i)
{
    double size = f->plan->machine.window_steps, from = i * size, to = sc_min(t->steps, from + size);
    double each = in_order ? lines_in_order(lines, t->steps, from, to) : lines * (to - from) / t->steps;
    struct sc_pulse w = i > 0 ? window_of(f, t, from, to, each, in_order) : first_window(f, t, lines, in_order);
    sc_pipe_pulse(f, &w);
}

/* Windows from number i on that fetch nothing: the array goes on, DRAM writes behind it; the last of them are booked
 * one by one. */
static double skip_quiet(struct sc_pipe *f, const struct sc_flow_tiles *t, double i, double count)
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

/* A tile whose lines are fetched here and there: its first window, `count` - 2 that are alike, and the last. */
struct form {
    double count;
    struct sc_pulse first, middle, last;
};

static struct form form_of(const struct sc_pipe *f, const struct sc_flow_tiles *t, double lines)
{
    double size = f->plan->machine.window_steps, from;
    struct form form = {.count = sc_max(1, sc_ceil(t->steps / size - 1e-9)), .first = first_window(f, t, lines, false)};
    from = (form.count - 1) * size;
    if (form.count > 1)
        form.last = window_of(f, t, from, t->steps, lines * (t->steps - from) / t->steps, false);
    if (form.count > 2)
        form.middle = window_of(f, t, size, 2 * size, lines * size / t->steps, false);
    return form;
}

/* Windows alike: when `ahead` in a row have taken the same time and DRAM is as far ahead as before, all others do,
 * too.  At most `most` are followed. */
static double follow_alike(struct sc_pipe *f, const struct sc_pulse *w, double count, double most)
{
    double last = -1, i = 0;
    if (sc_pipe_calm(f, count, w))
        return count;
    for (unsigned same = 0; i < most;) {
        double end = f->end, dram = f->dram, exact;
        sc_pipe_pulse(f, w);
        i++;
        end = f->end - end;
        exact = 1e-7 * end;
        same = fabs(end - last) <= exact && fabs(f->dram - dram - end) <= exact ? same + 1 : 0;
        last = end;
        if (same >= f->ahead) {
            sc_pipe_pass(f, (count - i) * end);
            return count;
        }
    }
    return i;
}

static void add_form(struct sc_pipe *f, const struct form *form)
{
    double alike = form->count - 2, followed = 0;
    sc_pipe_pulse(f, &form->first);
    if (alike > 0) {
        bool many = form->count > 4.0 * f->ahead; /* `ahead` of them are a period */
        followed = follow_alike(f, &form->middle, alike, many ? 2.0 * f->ahead - 1 : alike);
        if (followed < alike) {
            double end = f->end;
            for (unsigned i = 0; i < f->ahead; i++, followed++)
                sc_pipe_pulse(f, &form->middle);
            advance(f, alike - followed, end, f->ahead);
        }
    }
    if (form->count > 1)
        sc_pipe_pulse(f, &form->last);
}

/* Whether a tile's lines come here and there: it has a form. */
static bool has_form(double lines, bool in_order)
{
    return lines > 1e-9 && !in_order;
}

/* A tile without a form. */
static void add_tile(struct sc_pipe *f, const struct sc_flow_tiles *t, double lines, bool in_order)
{
    enum { FOLLOWED = 24 }; /* windows, each on its own */
    double count = sc_max(1, sc_ceil(t->steps / f->plan->machine.window_steps - 1e-9)), i = 0;
    if (lines <= 1e-9) {
        double begin = t->write_bytes > 0 ? 1 + f->ahead : 1; /* when the last windows all have written alike */
        while (i < begin && i < count)
            step_window(f, t, 0, false, i++);
        i = skip_quiet(f, t, i, count);
    } else if (count > FOLLOWED) { /* windows alike: `ahead` of them are a period */
        for (; i < 2 * f->ahead; i++)
            step_window(f, t, lines, lines < count, i);
        double end = f->end;
        for (; i < 3 * f->ahead; i++)
            step_window(f, t, lines, false, i);
        advance(f, count - 1 - i, end, f->ahead);
        i = count - 1;
    }
    for (; i < count; i++)
        step_window(f, t, lines, in_order, i);
}

void sc_flow_mix(struct sc_pipe *f, const struct sc_pipe *other, double share)
{
    double dram = sc_max(f->dram, f->end) + share * (sc_max(other->dram, other->end) - sc_max(f->dram, f->end));
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
static double turn_of(const struct sc_pipe *f, const struct sc_flow_tiles *t)
{
    double bytes = t->write_bytes + t->stationary_bytes + t->lines * f->plan->machine.str_line_bytes;
    if (bytes * f->per_byte > t->busy + t->load)
        return f->ahead;
    return sc_ceil(f->ahead / sc_max(1, sc_floor(t->steps / f->plan->machine.window_steps)));
}

/* A tile, of this form where it has one. */
static void add_any(struct sc_pipe *f, const struct sc_flow_tiles *t, const struct form *form, double lines)
{
    if (has_form(lines, false))
        add_form(f, form);
    else
        add_tile(f, t, lines, false);
}

/* `count` tiles alike, followed until they go by at a steady pace, which may be that of several in turn. */
static void follow(struct sc_pipe *f, const struct sc_flow_tiles *t, const struct form *form, double lines,
                   double count)
{
    double turn = turn_of(f, t), left = count, i;
    for (i = 0; i < turn && left >= 1 - NOTHING; i++, left--)
        add_any(f, t, form, lines);
    if (left <= NOTHING)
        return;
    double end = f->end;
    for (i = 0; i < turn && (left > 0.5 || i == 0); i++, left--)
        add_any(f, t, form, lines);
    double turns = sc_max(0, sc_floor(left / turn + NOTHING)), pace = (f->end - end) / i;
    sc_pipe_pass(f, turns * turn * pace);
    for (left -= turns * turn; left >= 1 - NOTHING; left--)
        add_any(f, t, form, lines);
    sc_pipe_pass(f, left * pace); /* also less than nothing: a part of a tile */
}

void sc_flow_add(struct sc_pipe *f, const struct sc_flow_tiles *t)
{
    if (t->count < 1 - NOTHING) { /* a tile that is there or not */
        struct sc_pipe with = *f;
        struct sc_flow_tiles one = *t;
        one.count = 1;
        sc_flow_add(&with, &one);
        sc_flow_mix(f, &with, sc_max(0, t->count));
        return;
    }
    double left = t->count, others = t->count - (t->fresh > 0), rest = others > 0 ? t->rest / others : 0;
    struct form form;
    if (t->fresh > 0 && left > 0) {
        add_tile(f, t, t->fresh + (others > 0 ? 0 : t->rest), true);
        left--;
    }
    if (left <= NOTHING)
        return;
    if (has_form(t->lines + rest, false))
        form = form_of(f, t, t->lines + rest);
    follow(f, t, &form, t->lines + rest, left);
}

/* Chunks of a kind that come up in a row when there are `each` per row on average; *carry is what rows before have
 * left. */
static double due(double each, double *carry)
{
    double want = each + *carry, whole = sc_floor(want + 1e-9);
    *carry = want - whole;
    return whole;
}

/* Tiles and the cycles that the array is busy with them. */
struct done {
    double tiles, busy;
};

static void add_row(struct sc_pipe *f, const struct sc_flow_tiles part[3], const struct form form[3], double carry[3],
                    bool cold, struct done *done)
{
    for (int i = 0; i < 3; i++) {
        double count = due(part[i].count, &carry[i]), lines = cold ? part[i].fresh : part[i].lines;
        bool in_order = cold && i != 1;
        done->tiles += count;
        done->busy += count * (part[i].load + part[i].busy);
        double most = 2 * turn_of(f, &part[i]) + 1; /* tiles that are followed one by one */
        struct form own;
        const struct form *of_part = cold ? &own : &form[i];
        if (cold && has_form(lines, in_order && count <= most))
            own = form_of(f, &part[i], lines);
        if (count > most)
            follow(f, &part[i], of_part, lines, count);
        for (; count > 0 && count <= most; count--) {
            if (in_order)
                add_tile(f, &part[i], lines, true);
            else
                add_any(f, &part[i], of_part, lines);
        }
    }
}

void sc_flow_rows(struct sc_pipe *f, const struct sc_flow_tiles part[3], double rows, double cold)
{
    double carry[3] = {0, 0.5, 0.5}, left = rows, turn = turn_of(f, &part[0]);
    struct done all = {0}, first = {0}, last = {0};
    struct form form[3];
    for (int i = 0; i < 3; i++)
        if (part[i].count > 0 && has_form(part[i].lines, false))
            form[i] = form_of(f, &part[i], part[i].lines);
    if (rows < 1 - NOTHING) { /* a row that is there or not */
        struct sc_pipe with = *f;
        add_row(&with, part, form, carry, cold > 0, &first);
        sc_flow_mix(f, &with, rows);
        return;
    }
    for (int i = 0; i < 3; i++) {
        all.tiles += rows * part[i].count;
        all.busy += rows * part[i].count * (part[i].load + part[i].busy);
    }
    if (cold > 0) {
        add_row(f, part, form, carry, true, &first);
        left--;
    }
    for (double i = 0; i < turn && left >= 1 - NOTHING; i++, left--)
        add_row(f, part, form, carry, false, &first);
    if (left <= NOTHING)
        return;
    double end = f->end;
    for (double i = 0; i < 2 * turn && (left > 0.5 || i == 0); left--, i++) /* rows whose waits count */
        add_row(f, part, form, carry, false, &last);
    double waits = (f->end - end - last.busy) / sc_max(1, last.tiles);
    sc_pipe_pass(f, all.busy - first.busy - last.busy + (all.tiles - first.tiles - last.tiles) * waits);
}

double sc_flow_finish(const struct sc_pipe *f)
{
    return sc_pipe_finish(f) + f->plan->fill_latency;
}
