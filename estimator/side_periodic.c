/* side_periodic.c - statistics of periodic weights: exact lengths of rows and columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "numeric.h"
#include "profile.h"

/* `share` of the fibers have `length` nonzeros. */
struct part {
    double length, share;
};

enum { PARTS_MAX = SC_PERIOD_MAX * SC_SUPPORT_POSITIONS };

static int by_length(const void *a, const void *b)
{
    double x = ((const struct part *)a)->length, y = ((const struct part *)b)->length;
    return (x > y) - (x < y);
}

/* Equal lengths become one stratum; when there are too many lengths, neighbours share strata of about equal size. */
static void fill_lengths(struct sc_lengths *l, double fibers, double width, struct part *part, unsigned parts)
{
    unsigned distinct = 0;
    qsort(part, parts, sizeof *part, by_length);
    for (unsigned i = 0; i < parts; i++)
        distinct += i == 0 || part[i].length > part[i - 1].length;
    *l = (struct sc_lengths){.fibers = fibers, .width = width, .unit = 1};
    for (unsigned i = 0; i < parts;) {
        double share = 0, first = 0, second = 0, full = distinct > SC_STRATA_MAX ? 1.0 / SC_STRATA_MAX : 0,
               begin = part[i].length;
        bool last = l->strata == SC_STRATA_MAX - 1;
        for (; i < parts && (last || share < full - 1e-12 || part[i].length == begin); i++) {
            share += part[i].share;
            first += part[i].share * part[i].length;
            second += part[i].share * part[i].length * part[i].length;
            begin = distinct > SC_STRATA_MAX ? part[i].length : begin;
        }
        double mean = first / share;
        l->stratum[l->strata++] =
            (struct sc_stratum){share, mean, distinct > SC_STRATA_MAX ? sc_max(0, second / share - mean * mean) : 0};
    }
    sc_lengths_finish(l);
}

int sc_side_periodic(struct sc_side *s, const struct sc_periodic_spec *spec, bool k_is_columns, struct sc_error *err)
{
    struct sc_periodic table;
    struct part part[PARTS_MAX];
    double k = k_is_columns ? s->cols : s->rows, other = k_is_columns ? s->rows : s->cols;
    uint64_t channels, filters = (uint64_t)other;
    unsigned parts = 0;
    int status = sc_periodic_for(&table, &channels, spec, (uint64_t)k, err);
    if (status != SC_OK)
        return status;
    uint64_t area = sc_periodic_area(&table);
    s->nnz = (double)sc_periodic_nonzeros(&table, filters, channels);
    s->density = s->nnz / (s->rows * s->cols);
    s->group = (double)area;
    s->group_nonzeros = s->nnz / (other * (double)channels);
    s->periodic = (struct sc_periodic_spec){table.kss, table.period, table.dense_slot, table.height, table.width};
    for (uint32_t phase = 0; phase < table.period && phase < filters; phase++)
        part[parts++] = (struct part){(double)sc_periodic_filter_nonzeros(&table, phase, channels),
                                      (double)sc_periodic_share(&table, filters, phase) / other};
    fill_lengths(k_is_columns ? &s->row : &s->col, other, k, part, parts);
    parts = 0;
    for (uint64_t j = 0; j < table.period && j < channels; j++)
        for (uint64_t p = 0; p < area; p++)
            part[parts++] = (struct part){(double)sc_periodic_position_nonzeros(&table, filters, j, p),
                                          (double)sc_periodic_share(&table, channels, j) / k};
    fill_lengths(k_is_columns ? &s->col : &s->row, k, other, part, parts);
    return SC_OK;
}
