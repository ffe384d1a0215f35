/* pipelined.c - beats of a network and blocks of PSRAM, which closed forms of the pipelined policy count.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

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
