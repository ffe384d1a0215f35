/* numeric.h - minimum and maximum that compile to one instruction (fmin and fmax are calls that also sort out NaN,
 * which closed forms never see), and floor and ceil without a call.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_NUMERIC_H
#define SC_NUMERIC_H

#include <stdint.h>

static inline double sc_max(double a, double b)
{
    return a > b ? a : b;
}

static inline double sc_min(double a, double b)
{
    return a < b ? a : b;
}

/* floor() and ceil(); numbers from 2^52 on are whole. */
static inline double sc_floor(double x)
{
    if (!(x > -4503599627370496.0 && x < 4503599627370496.0))
        return x;
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1 : whole;
}

static inline double sc_ceil(double x)
{
    return -sc_floor(-x);
}

#endif
