/* periodic_compile.c - orders filters by phase and emits weights in the order the array takes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "periodic_compile.h"

#include <inttypes.h>
#include <stdlib.h>

/* Stable sort by phase: one pass per phase. */
static void order_filters(struct sc_periodic_program *p, uint32_t period)
{
    uint64_t position = 0;
    for (uint32_t phase = 0; phase < period; phase++)
        for (uint64_t filter = phase; filter < p->filters; filter += period) {
            p->place[filter] = (uint32_t)position;
            p->order[position++] = (uint32_t)filter;
        }
}

/* Kernel position of entry e of a slot; false when it has fewer. */
static bool entry_position(const struct sc_periodic *t, uint32_t slot, uint64_t e, uint64_t *position)
{
    for (uint64_t p = 0; p < sc_periodic_area(t); p++)
        if (sc_periodic_has(t, slot, p) && e-- == 0) {
            *position = p;
            return true;
        }
    return false;
}

/* Filters order[first, first + count) of one phase and channels [channel, channel + rows): entry by entry, row by row.
 */
static void emit_tile(struct sc_periodic_program *p, const struct sc_periodic *t, uint64_t first, uint64_t count,
                      uint64_t channel, uint64_t rows)
{
    uint64_t area = sc_periodic_area(t), position;
    for (uint64_t e = 0; e < area; e++)
        for (uint64_t j = channel; j < channel + rows; j++) {
            if (!entry_position(t, sc_periodic_slot(t, p->order[first], j), e, &position))
                continue;
            for (uint64_t c = first; c < first + count; c++)
                p->stream[p->weights++] = (p->order[c] * p->channels + j) * area + position;
        }
}

int sc_periodic_compile(struct sc_periodic_program *p, const struct sc_periodic *t, uint64_t filters, uint64_t channels,
                        uint32_t rows, uint32_t cols, struct sc_error *err)
{
    *p = (struct sc_periodic_program){.filters = filters, .channels = channels};
    if (filters > UINT32_MAX)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found %" PRIu64 " filters, expected at most 4294967295", filters);
    p->order = calloc((size_t)filters + 1, sizeof *p->order);
    p->place = calloc((size_t)filters + 1, sizeof *p->place);
    p->stream = calloc((size_t)sc_periodic_nonzeros(t, filters, channels) + 1, sizeof *p->stream);
    if (!p->order || !p->place || !p->stream) {
        sc_periodic_program_free(p);
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory to compile a layer of %" PRIu64 " filters", filters);
    }
    order_filters(p, t->period);
    for (uint64_t first = 0, count; first < filters; first += count) {
        uint64_t phase = p->order[first] % t->period;
        for (count = 0; count < cols && first + count < filters && p->order[first + count] % t->period == phase;)
            count++;
        for (uint64_t channel = 0; channel < channels; channel += rows)
            emit_tile(p, t, first, count, channel, channels - channel < rows ? channels - channel : rows);
    }
    return SC_OK;
}

void sc_periodic_program_free(struct sc_periodic_program *p)
{
    free(p->order);
    free(p->place);
    free(p->stream);
    p->order = p->place = NULL;
    p->stream = NULL;
}
