/* divisor.h - division by a number that is nearly always a power of two.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_DIVISOR_H
#define SC_SIM_DIVISOR_H

#include <stdbool.h>
#include <stdint.h>

struct sc_divisor {
    uint64_t by;
    unsigned shift;
    bool power; /* by = 2^shift */
};

static inline struct sc_divisor sc_divisor_new(uint64_t by)
{
    struct sc_divisor d = {.by = by, .power = (by & (by - 1)) == 0};
    while (d.power && (UINT64_C(1) << d.shift) < by)
        d.shift++;
    return d;
}

static inline uint64_t sc_quotient(uint64_t value, const struct sc_divisor *d)
{
    return d->power ? value >> d->shift : value / d->by;
}

static inline uint64_t sc_remainder(uint64_t value, const struct sc_divisor *d)
{
    return d->power ? value & (d->by - 1) : value % d->by;
}

#endif
