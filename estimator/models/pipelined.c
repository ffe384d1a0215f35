/* pipelined.c - how long windows wait for DRAM under the pipelined policy.
 *
 * The recurrence is e[w] = max(e[w-1], e[w-B] + f[w] + L) + r[w] with B = window_buffers (flexagon's description of a filler that
 * runs ahead of the reader; window size and B are parameters of the machine file).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

/* On-chip cycles of one stream step of a tile. */
static double step_cycles(const struct sc_tiles *t)
{
    return t->steps > 0 ? (t->busy - t->load - t->excess) / t->steps : 0;
}

/* Expected wait of a tile's first window when the last windows of the tile before take what is left of `steps`: `need` cycles of
 * fetch and latency, hidden by the B - 1 windows before it. */
static double first_wait(const struct sc_plan *plan, const struct sc_tiles *t, double steps, double need)
{
    double size = plan->machine.window_steps, ahead = plan->machine.window_buffers - 1.0;
    double windows = sc_max(1, ceil(steps / size - 1e-9)), all = windows + t->quiet;
    double cycles = t->load + t->excess + steps * step_cycles(t) + t->quiet * t->quiet_cycles;
    if (all <= ahead + 0.5 || windows <= 1) { /* hidden by whole tiles, which take turns to wait */
        double wait = sc_max(0, need - ahead * cycles / all);
        return wait / (1 + ahead / all);
    }
    double last = (steps - (windows - 1) * size) * step_cycles(t) + t->excess;
    if (t->quiet >= 1)
        last = t->quiet_cycles;
    return sc_max(0, need - last - (ahead - 1) * size * step_cycles(t));
}

double sc_tiles_stall(const struct sc_plan *plan, const struct sc_tiles *t)
{
    if (t->count <= 0)
        return 0;
    double size = plan->machine.window_steps, ahead = plan->machine.window_buffers - 1.0;
    double need = (t->fetch_bytes + t->write_bytes) / plan->bytes_per_cycle + plan->miss_latency, wait;
    double spread = 1.7320508 * t->deviation;
    if (t->deviation < 0.3) {
        wait = first_wait(plan, t, round(t->steps), need);
    } else if (t->steps - spread > 0 && spread < size / 2) {
        wait = (4 * first_wait(plan, t, round(t->steps), need) + first_wait(plan, t, round(t->steps - spread), need) +
                first_wait(plan, t, round(t->steps + spread), need)) / 6;
    } else { /* the last window is any length */
        wait = 0;
        for (int i = 0; i < 4; i++)
            wait += first_wait(plan, t, sc_max(1, t->steps + (i - 1.5) / 4 * sc_min(size, 2 * t->steps)), need) / 4;
    }
    double stall = sc_max(0, t->count - 1) * wait;
    double others = t->count * sc_max(0, ceil(t->steps / size - 1e-9) - 1);
    if (others > 0 && t->later > 0) {
        double window = size * step_cycles(t);
        double late = t->later_bytes / plan->bytes_per_cycle + plan->miss_latency - ahead * window;
        stall += others * t->later * sc_max(0, late) / (1 + ahead * t->later);
    }
    return stall;
}

double sc_cold_wait(const struct sc_plan *plan, const struct sc_tiles *t, double bytes, double keep)
{
    double size = plan->machine.window_steps, ahead = plan->machine.window_buffers - 1.0;
    double windows = sc_max(1, ceil(t->steps / size - 1e-9)), line = plan->machine.str_line_bytes, share = 1 - keep;
    double wait = plan->miss_latency;
    for (double i = 0; i < sc_min(t->count, 40) && bytes * share > line / 4; i++, share *= keep) {
        double each = bytes * share / windows, fetching = -expm1(-each / line);
        double late = each / plan->bytes_per_cycle + plan->miss_latency - ahead * size * step_cycles(t);
        double waits = sc_max(0, windows - 1) * fetching * sc_max(0, late) / (1 + ahead * fetching);
        wait += sc_max(waits, bytes * share / plan->bytes_per_cycle - (i > 0 ? t->busy : t->busy * (1 - 1 / windows)));
    }
    return wait;
}

double sc_phase_stall(const struct sc_plan *plan, double waits, double busy, double bytes)
{
    return sc_max(waits, bytes / plan->bytes_per_cycle - busy);
}

double sc_expected_beats(double mean, double variance, double per_cycle, double most)
{
    double sum = 1, sigma = sqrt(variance);
    for (double beat = per_cycle; beat < most; beat += per_cycle) {
        double more = sigma > 1e-6 ? sc_normal_tail((beat + 0.5 - mean) / sigma) : mean > beat;
        if (more < 1e-6)
            break;
        sum += more;
    }
    return sum;
}

double sc_psram_blocks(const struct sc_plan *plan, const struct sc_lengths *l, double fibers)
{
    double per_block = floor((double)plan->machine.psram_block_bytes / plan->machine.element_bytes), blocks = 0;
    per_block = sc_max(1, per_block);
    for (unsigned i = 0; i < l->strata; i++) {
        const struct sc_stratum *s = &l->stratum[i];
        double some = 1 - sc_stratum_pgf(s, l->unit, 0); /* an empty fiber takes no block */
        if (some <= 0)
            continue;
        if (s->mean > 3 * per_block) /* the last block is half full on average */
            blocks += s->share * (s->mean / per_block + some * (per_block - 1) / (2 * per_block));
        else
            blocks += s->share * some * sc_expected_beats(s->mean / some, sc_max(0, s->variance), per_block, l->width);
    }
    return fibers * blocks;
}
