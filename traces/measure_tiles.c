/* measure_tiles.c - packs whole rows into tiles and counts what they pick.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "measure.h"

/* A row longer than a tile ends the tile before it and stands alone. */
static void group_rows(struct sc_grouping *g, const struct sc_pattern *p, const uint32_t *others, uint64_t room, uint64_t *stamp,
                       uint64_t *serial)
{
    uint64_t used = room + 1, longest = 0; /* no tile yet */

    *g = (struct sc_grouping){0};
    for (uint64_t row = 0; row < p->rows; row++) {
        uint64_t length = p->ptr[row + 1] - p->ptr[row];
        if (length > room) {
            used = room + 1;
            g->long_nonzeros += (double)length;
            for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++)
                g->long_words += others[p->idx[q]];
            continue;
        }
        if (used + length > room) {
            g->longest += (double)longest;
            g->tiles++;
            ++*serial;
            used = longest = 0;
        }
        used += length;
        longest = length > longest ? length : longest;
        g->fibers++;
        g->nonzeros += (double)length;
        for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++) {
            uint32_t k = p->idx[q];
            if (stamp[k] == *serial)
                continue;
            stamp[k] = *serial;
            g->distinct++;
            g->pairs += (k > 0 && stamp[k - 1] == *serial) + (k + 1 < p->cols && stamp[k + 1] == *serial);
            g->words += others[k];
        }
    }
    g->longest += (double)longest;
}

double sc_measure_base(const struct sc_pattern *p, const uint32_t *others)
{
    double n = 0, length_sum = 0, squares = 0, products_sum = 0, both = 0;

    for (uint64_t row = 0; row < p->rows; row++) {
        double length = (double)(p->ptr[row + 1] - p->ptr[row]), products = 0;
        if (length <= 0)
            continue;
        for (uint64_t q = p->ptr[row]; q < p->ptr[row + 1]; q++)
            products += others[p->idx[q]];
        n++;
        length_sum += length;
        squares += length * length;
        products_sum += products;
        both += length * products;
    }
    double spread = n * squares - length_sum * length_sum;
    if (spread <= 1e-9 * n * squares) /* rows all alike */
        return 0;
    double slope = (n * both - length_sum * products_sum) / spread, base = (products_sum - slope * length_sum) / n;
    return base > 0 ? base : 0;
}

double sc_measure_close(const struct sc_pattern *p)
{
    uint64_t pairs = 0;

    for (uint64_t row = 0; row < p->rows; row++)
        for (uint64_t q = p->ptr[row] + 1; q < p->ptr[row + 1]; q++)
            pairs += p->idx[q] == p->idx[q - 1] + 1;
    return p->nnz > 0 ? (double)pairs / (double)p->nnz : 0;
}

double sc_measure_span(const struct sc_pattern *p)
{
    double sum = 0, rows = 0;

    for (uint64_t row = 0; row < p->rows; row++) {
        uint64_t from = p->ptr[row], to = p->ptr[row + 1];
        if (to == from)
            continue;
        sum += (double)(p->idx[to - 1] - p->idx[from] + 1);
        rows++;
    }
    return rows > 0 ? sum / rows / (double)p->cols : 0;
}

int sc_measure_groupings(struct sc_grouping grouping[SC_GROUPINGS], const struct sc_pattern *p, const uint32_t *others,
                         struct sc_error *err)
{
    uint64_t *stamp = calloc(p->cols ? (size_t)p->cols : 1, sizeof *stamp), serial = 0;

    if (!stamp)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory to measure the tiles of an operand");
    for (unsigned i = 0; i < SC_GROUPINGS; i++)
        group_rows(&grouping[i], p, others, UINT64_C(16) << i, stamp, &serial);
    free(stamp);
    return SC_OK;
}
