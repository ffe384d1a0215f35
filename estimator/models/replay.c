/* replay.c - expected waits of blocking steps whose missing lines return one by one and replay their loads.
 *
 * With line_cycles, a step with misses takes the longer of its busiest bank and, over missing lines, p - 1 + L + d + w
 * (place in the bank's queue, latency, wait for memory, loads on the line).  Stall is what that exceeds the busiest
 * bank by; without line_cycles it is L, and 1/LPC per further line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

/* Mean cycles by which the busiest bank exceeds the words on the new line when consecutive words, `words` a step, begin
 * one: of w of n words on the new line, all cuts alike, E[max(0, n - 2w)]; above a line a full one is among them ever
 * more often. */
static double slack(const struct sc_plan *plan, double words)
{
    double line = plan->line_words;
    if (words <= line)
        return sc_max(0, words / 4 - 0.5);
    return words < 2 * line ? (2 * line - words) * (2 * line - words) / (4 * line) : 0;
}

double sc_contiguous_stall(const struct sc_plan *plan, double missing, double lines, double words)
{
    double later = sc_max(0, lines - missing);
    if (plan->machine.line_cycles == 0)
        return missing * plan->miss_latency + later / plan->lines_per_cycle;
    return missing * sc_max(0, plan->miss_latency - slack(plan, words)) + later * plan->machine.line_cycles;
}

double sc_queued_stall(const struct sc_plan *plan, double missing, double lines, const struct sc_queue *q)
{
    if (missing <= 0 || lines <= 0)
        return 0;
    if (plan->machine.line_cycles == 0 || q->steps <= 0)
        return missing * plan->miss_latency + sc_max(0, lines - missing) / plan->lines_per_cycle;
    double banks = q->banks / q->steps, live = q->reads / q->steps, each = sc_max(1, lines / missing);
    /* One line: half the queue of its bank is ahead.  Of several the last is ever nearer to the end of the fullest. */
    double one = sc_min(banks, q->same + sc_max(0, live - q->same) / (2 * plan->shapes.banks));
    double last = one + (banks - one) * (1 - 1 / each);
    last = sc_max(last, q->same + (each - 1) * plan->machine.line_cycles);
    return missing * sc_max(0, plan->miss_latency + last - banks);
}

double sc_refetches_beside(const struct sc_plan *plan, double lines_of_b, double d, double rows, double stored)
{
    enum { HALVINGS = 50 };
    double low = 0, high = rows, keep = log1p(-sc_min(d, 1 - 1e-12));
    if (d <= 0 || rows <= 1)
        return 0;
    for (int i = 0; i < HALVINGS; i++) { /* both grow with the gap */
        double gap = (low + high) / 2, touched = -lines_of_b * expm1(gap * keep) + gap * stored;
        if (touched > plan->capacity_lines)
            high = gap;
        else
            low = gap;
    }
    double gap = low < 4 ? floor(low) : low, n = rows - gap; /* few rows: whole ones count */
    return n <= 1 ? 0 : exp(gap * keep) * sc_max(0, n * d + expm1(n * keep));
}

double sc_last_store(const struct sc_plan *plan, const struct sc_profile *p, bool inner)
{
    if (plan->machine.last_store <= 0 || p->nnz_c <= 0)
        return 0;
    return sc_min(1, p->nnz_c) * (plan->machine.last_store + (inner ? 0 : plan->miss_latency));
}
