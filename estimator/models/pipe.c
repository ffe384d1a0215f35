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

void sc_pipe_windows(struct sc_pipe *p, double count, double cycles, const struct sc_fetch *f, double writes)
{
    double settle = 2.0 * p->ahead + 2, before = p->end, i = 0;
    for (; i < sc_min(count, settle); i++) {
        if (i + 1 > count) { /* part of a window */
            double part = count - i;
            struct sc_fetch less = {f->share * part, f->bytes};
            sc_pipe_window(p, cycles * part, &less, writes * part);
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
    if (t->merges > 0)
        sc_pipe_windows(p, t->merges, t->merge_cycles, &t->merge_fetch, t->merge_writes);
}

static void tile_pair(struct sc_pipe *p, const struct sc_pipe_tile *t, bool longer, double begin_bytes, double lines)
{
    double steps = t->steps + (longer ? t->deviation : -t->deviation);
    one_tile(p, t, sc_max(sc_min(1, t->steps), steps), begin_bytes, lines);
}

void sc_pipe_tiles(struct sc_pipe *p, const struct sc_pipe_tile *t, double count, double begin_lines, double lines)
{
    double line = p->plan->machine.str_line_bytes, settle = 2.0 * p->ahead + 2, before = p->end, i = 0;
    for (; i < sc_min(count, settle + 4); i++) {
        if (i == settle)
            before = p->end;
        if (i + 1 > count) {
            struct sc_pipe_tile part = *t;
            double share = count - i;
            part.steps *= share;
            part.load *= share;
            part.excess *= share;
            part.fetch_bytes *= share;
            part.stream_writes *= share;
            part.end_writes *= share;
            part.merges *= share;
            one_tile(p, &part, part.steps, share * begin_lines * line, share * lines);
            return;
        }
        tile_pair(p, t, fmod(i, 2) < 1, begin_lines * line, lines);
    }
    if (count > i)
        sc_pipe_pass(p, (count - i) * (p->end - before) / 4);
}

double sc_pipe_finish(const struct sc_pipe *p)
{
    double left = 0;
    for (unsigned i = 0; i < p->ahead; i++)
        left += p->writes[i];
    return sc_max(p->end, p->dram) + left / p->plan->bytes_per_cycle;
}
