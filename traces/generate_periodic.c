/* generate_periodic.c - periodic weight patterns: made from a table, and checked against one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "periodic_compile.h"

int sc_periodic_pattern(struct sc_pattern *out, const struct sc_periodic *t, uint64_t filters, uint64_t channels,
                        struct sc_error *err)
{
    uint64_t area = sc_periodic_area(t), q = 0;
    int status = sc_pattern_alloc(out, filters, channels * area, sc_periodic_nonzeros(t, filters, channels), err);
    for (uint64_t i = 0; i < filters && status == SC_OK; i++) {
        for (uint64_t j = 0; j < channels; j++) {
            uint32_t slot = sc_periodic_slot(t, i, j);
            for (uint64_t p = 0; p < area; p++)
                if (sc_periodic_has(t, slot, p))
                    out->idx[q++] = (uint32_t)(j * area + p);
        }
        out->ptr[i + 1] = q;
    }
    return status;
}

static void note(struct sc_periodic_departure *d, uint64_t filter, uint64_t column, uint64_t area, bool extra)
{
    if (d->extra + d->missing == 0) {
        d->filter = filter;
        d->channel = column / area;
        d->position = column % area;
        d->first_is_extra = extra;
    }
    *(extra ? &d->extra : &d->missing) += 1;
}

/* One filter: its nonzeros against its supports, in order of the columns. */
static void check_filter(struct sc_periodic_departure *d, const struct sc_pattern *w, const struct sc_periodic *t,
                         uint64_t filter)
{
    uint64_t area = sc_periodic_area(t), q = w->ptr[filter];
    for (uint64_t column = 0; column < w->cols; column++) {
        bool wanted = sc_periodic_has(t, sc_periodic_slot(t, filter, column / area), column % area);
        bool found = q < w->ptr[filter + 1] && w->idx[q] == column;
        q += found;
        if (wanted != found)
            note(d, filter, column, area, found);
    }
}

int sc_periodic_check(const struct sc_pattern *w, const struct sc_periodic *t, struct sc_periodic_departure *departure,
                      struct sc_error *err)
{
    struct sc_periodic_departure own = {0}, *d = departure ? departure : &own;
    uint64_t area = sc_periodic_area(t);
    *d = (struct sc_periodic_departure){0};
    if (w->cols % area != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "found %" PRIu64 " columns, expected a multiple of the %" PRIu64 " kernel positions", w->cols,
                       area);
    for (uint64_t i = 0; i < w->rows; i++)
        check_filter(d, w, t, i);
    if (d->extra + d->missing == 0)
        return SC_OK;
    return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                   "not periodic: filter %" PRIu64 ", channel %" PRIu64 ", kernel position %" PRIu64 " (row %" PRIu64
                   ", column %" PRIu64 "): found %s, expected %s; in all %" PRIu64
                   " nonzeros outside the supports and %" PRIu64 " positions without one",
                   d->filter, d->channel, d->position, d->filter + 1, d->channel * area + d->position + 1,
                   d->first_is_extra ? "a nonzero" : "no nonzero", d->first_is_extra ? "none" : "one", d->extra,
                   d->missing);
}
