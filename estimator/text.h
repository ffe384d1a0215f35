/* text.h - strict, locale-independent conversion between text and numbers, and near-miss names.
 *
 * Everything here reads and writes '.' as the decimal point whatever the locale, and allocates nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TEXT_H
#define SC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the whole of text[0..length) as a decimal number (optional sign, digits, optional fraction, optional
 * exponent; surrounding blanks ignored).  Hexadecimal, "nan", "inf" and trailing text are refused.
 * Returns false and leaves `value` alone when the text is not such a number or overflows a double. */
bool sc_parse_number(const char *text, size_t length, double *value);

/* The same for a non-negative integer below 2^64.  "12.0", "1e3" and "+5" are refused. */
bool sc_parse_count(const char *text, size_t length, uint64_t *value);

enum { SC_NUMBER_SIZE = 48 }; /* bytes that hold any number sc_format_number writes, with its NUL */

/* Writes `value` (finite) as plain decimal with at most `digits` (1..17) significant digits, no exponent for
 * magnitudes in [1e-18, 1e18] and trailing zeros removed; outside that range with an exponent.  Integers below
 * 2^53 are written exactly whatever `digits` says.  Returns the length without the NUL. */
size_t sc_format_number(char out[SC_NUMBER_SIZE], double value, int digits);

/* Writes `value` with the fewest of 15 to 17 significant digits that read back as the same double. */
size_t sc_format_exact(char out[SC_NUMBER_SIZE], double value);

/* The entry of names[0..count) nearest to `text` by edit distance (case-insensitive), or NULL when nothing is near
 * enough to be a plausible slip (distance above a third of the length, rounded up, or nothing in common). */
const char *sc_nearest_name(const char *text, const char *const *names, size_t count);

/* a * b; sets *overflow (never clears it) when the product does not fit 64 bits. */
uint64_t sc_multiply_checked(uint64_t a, uint64_t b, bool *overflow);

#endif
