/* numeric.h - minimum and maximum that compile to one instruction (fmin and fmax are calls that also sort out NaN, which closed
 * forms never see).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_NUMERIC_H
#define SC_NUMERIC_H

static inline double sc_max(double a, double b)
{
    return a > b ? a : b;
}

static inline double sc_min(double a, double b)
{
    return a < b ? a : b;
}

#endif
