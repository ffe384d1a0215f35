/* inner_flow.c - the double-buffer recurrence on expected windows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "inner_flow.h"

#include <math.h>

void sc_flow_init(struct sc_flow *flow, const struct sc_plan *plan)
{
    *flow = (struct sc_flow){.plan = plan};
    flow->ahead = plan->machine.window_buffers < SC_FLOW_AHEAD ? plan->machine.window_buffers : SC_FLOW_AHEAD;
}

/* One window of `cycles`; it fetches `bytes` with probability `fetches`, and writes. */
static void add_window(struct sc_flow *f, double cycles, double bytes, double fetches, double writes)
{
    const struct sc_plan *plan = f->plan;
    double before = f->dram;
    if (f->windows >= f->ahead)
        before = sc_max(before, f->ends[f->at]);
    double due = before + f->writes[f->at] / plan->bytes_per_cycle, some = sc_min(1, fetches);
    f->dram = due + bytes * some / plan->bytes_per_cycle;
    double ready = due + bytes / plan->bytes_per_cycle + plan->miss_latency;
    f->end = sc_max(f->end, some * sc_max(f->end, ready) + (1 - some) * f->end) + cycles;
    f->ends[f->at] = f->end;
    f->writes[f->at] = writes;
    f->at = f->at + 1 < f->ahead ? f->at + 1 : 0;
    f->windows++;
}

/* The same, `times` more times, at the pace at which `repeats` of them have just gone by. */
static void advance(struct sc_flow *f, double times, double end_before, double dram_before, double repeats)
{
    double pace = (f->end - end_before) / repeats, dram_pace = (f->dram - dram_before) / repeats;
    f->end += times * pace;
    f->dram += times * sc_max(dram_pace, 0);
    for (unsigned i = 0; i < f->ahead; i++)
        f->ends[i] += times * pace;
}

static void add_tile(struct sc_flow *f, const struct sc_flow_tiles *t, double lines)
{
    const struct sc_machine *m = &f->plan->machine;
    double size = m->window_steps, count = sc_max(1, ceil(t->steps / size - 1e-9)), step = t->busy / t->steps;
    double each = lines / count, fetches = -expm1(-each), bytes = fetches > 1e-9 ? each / fetches * m->str_line_bytes : 0;
    double writes = t->write_bytes / count, last = (t->steps - (count - 1) * size) * step, i = 1;
    double first = t->stationary_bytes + each * m->str_line_bytes;
    add_window(f, t->load + (count > 1 ? size * step : last), first, 1, writes);
    for (; i < count - 1 && i <= f->ahead; i++)
        add_window(f, size * step, bytes, fetches, writes);
    if (count - 1 - i > 0) { /* windows alike: `ahead` of them are a period */
        double end = f->end, dram = f->dram;
        for (unsigned j = 0; j < f->ahead && i < count - 1; j++, i++)
            add_window(f, size * step, bytes, fetches, writes);
        if (i < count - 1)
            advance(f, count - 1 - i, end, dram, f->ahead);
    }
    if (count > 1)
        add_window(f, last, bytes, fetches, writes);
}

void sc_flow_add(struct sc_flow *f, const struct sc_flow_tiles *t)
{
    double left = t->count, others = t->count - (t->fresh > 0), rest = others > 0 ? t->rest / others : 0;
    if (t->fresh > 0 && left > 0) {
        add_tile(f, t, t->fresh + (others > 0 ? 0 : t->rest));
        left--;
    }
    for (unsigned i = 0; i < f->ahead && left >= 1; i++, left--)
        add_tile(f, t, t->lines + rest);
    if (left <= 0)
        return;
    double end = f->end, dram = f->dram, done = 0;
    for (unsigned i = 0; i < f->ahead && (left >= 1 || i == 0); i++, left--, done++)
        add_tile(f, t, t->lines + rest);
    advance(f, left, end, dram, done); /* also less than nothing: a part of a tile */
}

double sc_flow_finish(struct sc_flow *f)
{
    double left = 0;
    for (unsigned i = 0; i < f->ahead; i++)
        left += f->writes[i];
    return sc_max(f->end, f->dram) + left / f->plan->bytes_per_cycle + f->plan->fill_latency;
}
