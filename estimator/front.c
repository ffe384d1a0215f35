/* front.c - see front.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "front.h"

#include <stdbool.h>

/* Negative, 0 or positive: a's area is less, equal or unknown, more. */
static int compare_areas(const struct sc_span *a, const struct sc_span *b)
{
    if (a->area < 0 || b->area < 0)
        return 0;
    return (a->area > b->area) - (a->area < b->area);
}

/* a is no worse than b in anything and better in something, whatever the true costs. */
static bool surely_beats(const struct sc_span *a, const struct sc_span *b)
{
    int areas = compare_areas(a, b);
    return areas <= 0 && a->cycles_high <= b->cycles_low && a->energy_high <= b->energy_low &&
           (areas < 0 || a->cycles_high < b->cycles_low || a->energy_high < b->energy_low);
}

/* The same for some true costs. */
static bool may_beat(const struct sc_span *a, const struct sc_span *b)
{
    int areas = compare_areas(a, b);
    return areas <= 0 && a->cycles_low <= b->cycles_high && a->energy_low <= b->energy_high &&
           (areas < 0 || a->cycles_low < b->cycles_high || a->energy_low < b->energy_high);
}

void sc_front_judge(const struct sc_span *span, size_t count, enum sc_place *place, size_t *weight)
{
    for (size_t i = 0; i < count; i++) {
        place[i] = SC_PLACE_ON;
        weight[i] = 0;
        for (size_t j = 0; j < count && place[i] == SC_PLACE_ON; j++)
            if (j != i && surely_beats(&span[j], &span[i]))
                place[i] = SC_PLACE_OFF;
    }
    /* What beats a candidate that is off also beats all that this one beats, so only the others are asked. */
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count && place[i] != SC_PLACE_OFF; j++) {
            if (j == i || place[j] == SC_PLACE_OFF || !may_beat(&span[j], &span[i]))
                continue;
            weight[i] += place[i] == SC_PLACE_ON; /* once */
            weight[j]++;
            place[i] = SC_PLACE_OPEN;
        }
}
