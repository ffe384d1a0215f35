/* packing.c - how many whole rows of A fit a stationary tile of P multipliers, and how many tiles that makes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model.h"

/* E[ceil(x)] of a normal x. */
static double expected_ceiling(double mean, double sigma)
{
    if (sigma < 1e-3)
        return ceil(mean - 1e-6);
    double low = sc_max(0, floor(mean - 5 * sigma)), sum = low;
    if (sigma > 8)
        return mean + 0.5;
    for (double k = low; k < mean + 5 * sigma; k++)
        sum += sc_normal_tail((k - mean) / sigma);
    return sum;
}

/* Rows per tile by renewal: 1 + sum over j >= 2 of P(j rows fit), less the length bias of the row that opens a tile (it is the one
 * that did not fit before), variance/mean^2. */
static void pack_short(const struct sc_plan *plan, double rows, double mean, double variance, struct sc_packing *k)
{
    double p = plan->leaves, per_tile = 1, bias = variance / (mean * mean);
    if (mean * 24 < p) { /* many rows per tile: the renewal function */
        per_tile = (p + 0.5) / mean + (bias - 1) / 2 - bias;
    } else {
        for (double j = 2; j <= p; j++) {
            double sigma = sqrt(variance * j), fits = sigma > 1e-6 ? sc_normal_tail((j * mean - p - 0.5) / sigma)
                                                                   : (j * mean <= p + 1e-9);
            if (fits < 1e-6)
                break;
            per_tile += fits;
        }
        per_tile -= sc_min(bias, 1) * sc_min(1, sc_max(0, per_tile - 1));
    }
    per_tile = sc_min(sc_max(per_tile, 1), rows);
    /* the number of tiles spreads with the space left over in each of them; the total length is given */
    double tiles = rows / per_tile, used = per_tile * mean;
    double spread = sqrt(tiles * (mean * mean / 12 + sc_min(variance, mean))) / used;
    k->tiles = per_tile > 1 ? expected_ceiling(tiles, spread) : rows;
    k->rows = rows / k->tiles;
    k->words = k->rows * mean;
}

void sc_pack_rows(const struct sc_plan *plan, const struct sc_task *task, struct sc_packing *k)
{
    const struct sc_profile *p = task->profile;
    double share = 0, first = 0, second = 0;
    for (unsigned i = 0; i < task->chunks.count; i++) {
        const struct sc_node *node = &task->chunks.node[i];
        if (node->length > plan->leaves)
            continue;
        share += node->share;
        first += node->share * node->length;
        second += node->share * node->length * node->length;
    }
    *k = (struct sc_packing){.folded_rows = p->M * sc_max(0, 1 - share)};
    if (first <= 0) {
        k->tiles = p->a.nnz <= 0; /* an all-empty A still takes one pass (blocking) */
        k->rows = p->M;
        return;
    }
    double mean = first / share;
    if (p->M * first <= plan->leaves) { /* everything fits one tile */
        k->tiles = 1;
        k->rows = p->M * share;
        k->words = p->M * first;
        return;
    }
    pack_short(plan, p->M * share, mean, sc_max(0, second / share - mean * mean), k);
}

