/* text.c - strict, locale-independent conversion between text and numbers, and near-miss names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Powers of ten; those up to 1e22 are exact in a double, the others correctly rounded. */
static const double power_of_ten[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33,
};

enum {
    EXACT_POWER = 22,        /* largest exact power of ten */
    MANTISSA_DIGITS = 19,    /* decimal digits that always fit 64 bits */
    STRTOD_DIGITS = 780,     /* more than the 768 significant digits that can decide how a double rounds */
    EXPONENT_LIMIT = 1000000 /* beyond it every number is 0 or overflows, whatever its digits */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void trim(const char **begin, const char **end)
{
    while (*begin < *end && is_blank(**begin))
        ++*begin;
    while (*begin < *end && is_blank((*end)[-1]))
        --*end;
}

/* A number taken apart: (digits of text[0..length), leading zeros dropped) x 10^exponent. */
struct decimal {
    const char *text; /* digits, perhaps with a point among them */
    size_t length;
    uint64_t mantissa; /* the first MANTISSA_DIGITS significant digits */
    bool whole;        /* they are all of them */
    long exponent;     /* of the last digit in `mantissa` */
    long written;      /* the exponent as written after 'e' */
};

/* Reads an optional exponent at `at`; returns the end of what was read, or NULL when there is none after an 'e'. */
static const char *scan_exponent(const char *at, const char *end, long *exponent)
{
    *exponent = 0;
    if (at == end || lower(*at) != 'e')
        return at;
    at++;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !is_digit(*at))
        return NULL;
    for (; at < end && is_digit(*at); at++)
        if (*exponent < EXPONENT_LIMIT)
            *exponent = *exponent * 10 + (*at - '0');
    if (negative)
        *exponent = -*exponent;
    return at;
}

/* Takes an unsigned decimal number apart; false when text[0..end) is not one. */
static bool scan_decimal(const char *text, const char *end, struct decimal *number)
{
    uint64_t mantissa = 0;
    int used = 0, seen = 0;
    bool point = false, whole = true;
    long exponent = 0;
    const char *at = text;

    for (; at < end; at++) {
        if (is_digit(*at)) {
            seen = 1;
            if (used < MANTISSA_DIGITS) {
                mantissa = mantissa * 10 + (uint64_t)(*at - '0');
                used += mantissa != 0;
                exponent -= point;
            } else {
                whole = whole && *at == '0';
                exponent += !point;
            }
        } else if (*at == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    *number = (struct decimal){.text = text, .length = (size_t)(at - text), .mantissa = mantissa, .whole = whole};
    number->exponent = exponent;
    at = seen ? scan_exponent(at, end, &number->written) : NULL;
    number->exponent += number->written;
    return at == end;
}

/* The general conversion.  strtod() sees digits and an exponent but no decimal point, so that no locale matters. */
static double convert_slowly(const struct decimal *number)
{
    char plain[STRTOD_DIGITS + 32];
    size_t used = 0;
    long exponent = number->written;
    bool point = false, rest = false;

    for (size_t i = 0; i < number->length; i++) {
        char c = number->text[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (used < STRTOD_DIGITS) {
            if (used > 0 || c != '0')
                plain[used++] = c;
            exponent -= point;
        } else {
            rest = rest || c != '0';
            exponent += !point;
        }
    }
    if (used == 0)
        return 0;
    if (rest) { /* a nonzero tail can only matter as "a little more than the digits kept" */
        plain[used++] = '1';
        exponent--;
    }
    snprintf(plain + used, sizeof plain - used, "e%ld", exponent);
    return strtod(plain, NULL);
}

bool sc_parse_number(const char *text, size_t length, double *value)
{
    const char *end = text + length;
    struct decimal number;

    trim(&text, &end);
    bool negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    if (!scan_decimal(text, end, &number))
        return false;
    double magnitude;
    bool exact = number.whole && number.mantissa <= (UINT64_C(1) << 53);
    if (exact && number.exponent >= -EXACT_POWER && number.exponent <= EXACT_POWER) {
        /* both factors are exact, so that the one operation rounds correctly */
        magnitude = (double)number.mantissa;
        if (number.exponent < 0)
            magnitude /= power_of_ten[-number.exponent];
        else
            magnitude *= power_of_ten[number.exponent];
    } else {
        magnitude = convert_slowly(&number);
        if (isinf(magnitude))
            return false;
    }
    *value = negative ? -magnitude : magnitude;
    return true;
}

bool sc_parse_count(const char *text, size_t length, uint64_t *value)
{
    const char *end = text + length;
    uint64_t count = 0;

    trim(&text, &end);
    if (text == end)
        return false;
    for (; text < end; text++) {
        if (!is_digit(*text))
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (count > UINT64_MAX / 10 || (count == UINT64_MAX / 10 && digit > UINT64_MAX % 10))
            return false;
        count = count * 10 + digit;
    }
    *value = count;
    return true;
}

/* Writes n in decimal so that it ends before `end`; returns where it starts. */
static char *digits_before(char *end, uint64_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    while (n >= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (n % 100), 2);
        n /= 100;
    }
    if (n >= 10) {
        end -= 2;
        memcpy(end, pairs + 2 * n, 2);
    } else {
        *--end = (char)('0' + n);
    }
    return end;
}

/* Writes digits[0..count), which stand for d.ddd x 10^exponent, with or without an exponent. */
static char *put_decimal(char *out, const char *digits, int count, int exponent, bool plain)
{
    int point = plain ? exponent : 0; /* digits after the first one that precede the point */

    if (point < 0) {
        *out++ = '0';
        *out++ = '.';
        memset(out, '0', (size_t)(-point - 1));
        out += -point - 1;
        memcpy(out, digits, (size_t)count);
        return out + count;
    }
    int before = point + 1 < count ? point + 1 : count;
    memcpy(out, digits, (size_t)before);
    out += before;
    memset(out, '0', (size_t)(point + 1 - before));
    out += point + 1 - before;
    if (count > before) {
        *out++ = '.';
        memcpy(out, digits + before, (size_t)(count - before));
        out += count - before;
    }
    return plain ? out : out + sprintf(out, "e%+03d", exponent);
}

/* floor(log10(magnitude)), or one less. */
static int decimal_exponent(double magnitude)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    int binary = (int)(bits >> 52 & 0x7ff) - 1023;
    /* 78913 / 2^18 is log10(2), a little low in magnitude; floor by hand, as C rounds towards 0 */
    return binary >= 0 ? binary * 78913 / 262144 : -((-binary * 78913 + 262143) / 262144);
}

static uint64_t drop_trailing_zeros(uint64_t n)
{
    static const uint32_t step[] = {100000000, 10000, 100, 10};
    for (int i = 0; i < 4; i++)
        if (n % step[i] == 0)
            n /= step[i];
    return n;
}

/* magnitude in [1e-18, 1e18] with at most 15 digits: scaling costs at most three roundings of 2^-53, a third of a unit
 * of the 15th digit, so that the result stays within one unit of the last digit. */
static char *put_scaled(char *out, double magnitude, int digits)
{
    char text[24], *end = text + sizeof text;
    int exponent = decimal_exponent(magnitude) - 1;
    double limit = power_of_ten[digits] - 0.5, scaled;

    do {
        int scale = digits - 1 - ++exponent;
        scaled = scale >= 0 ? magnitude * power_of_ten[scale] : magnitude / power_of_ten[-scale];
    } while (scaled >= limit);
    uint64_t n = (uint64_t)(scaled + 0.5);
    char *all = digits_before(end, n);
    exponent += (int)(end - all) - digits; /* one digit fewer when rounding fell just below a power of ten */
    char *start = digits_before(end, drop_trailing_zeros(n));
    return put_decimal(out, start, (int)(end - start), exponent, true);
}

/* Any magnitude, any number of digits, by printf(); picks the digits out, so that its decimal point does not matter. */
static char *put_slowly(char *out, double magnitude, int digits, bool plain)
{
    char text[64], kept[32];
    int count = 0;

    snprintf(text, sizeof text, "%.*e", digits - 1, magnitude);
    const char *at = text;
    for (; *at && *at != 'e'; at++)
        if (is_digit(*at))
            kept[count++] = *at;
    int exponent = (int)strtol(at + 1, NULL, 10);
    while (count > 1 && kept[count - 1] == '0')
        count--;
    return put_decimal(out, kept, count, exponent, plain);
}

size_t sc_format_number(char out[SC_NUMBER_SIZE], double value, int digits)
{
    double magnitude = fabs(value);
    char *at = out;

    digits = digits < 1 ? 1 : digits > 17 ? 17 : digits;
    if (!isfinite(value)) { /* the caller broke the contract: nothing beats "nan" in a file */
        *out = '\0';
        return 0;
    }
    if (value < 0)
        *at++ = '-';
    if (magnitude < 0x1p53 && (double)(int64_t)magnitude == magnitude) {
        char text[24], *end = text + sizeof text;
        char *start = digits_before(end, (uint64_t)(int64_t)magnitude);
        memcpy(at, start, (size_t)(end - start));
        at += end - start;
    } else {
        bool plain = magnitude >= 1e-18 && magnitude <= 1e18;
        at = plain && digits <= 15 ? put_scaled(at, magnitude, digits) : put_slowly(at, magnitude, digits, plain);
    }
    *at = '\0';
    return (size_t)(at - out);
}

size_t sc_format_exact(char out[SC_NUMBER_SIZE], double value)
{
    size_t length = 0;
    double back;

    for (int digits = 15; digits <= 17; digits++) {
        length = sc_format_number(out, value, digits);
        if (sc_parse_number(out, length, &back) && back == value)
            break;
    }
    return length;
}

enum { NAME_LIMIT = 63 }; /* longer texts are nobody's slip of a name */

/* Levenshtein distance without regard to case; both texts have at most NAME_LIMIT characters. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned char row[NAME_LIMIT + 1];

    for (size_t j = 0; j <= b_length; j++)
        row[j] = (unsigned char)j;
    for (size_t i = 0; i < a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned char)(i + 1);
        for (size_t j = 0; j < b_length; j++) {
            unsigned best = diagonal + (lower(a[i]) != lower(b[j]));
            unsigned other = 1u + (row[j] < row[j + 1] ? row[j] : row[j + 1]);
            diagonal = row[j + 1];
            row[j + 1] = (unsigned char)(other < best ? other : best);
        }
    }
    return row[b_length];
}

const char *sc_nearest_name(const char *text, const char *const *names, size_t count)
{
    size_t length = strlen(text);
    size_t best = (length + 2) / 3 + 1;
    const char *nearest = NULL;

    if (length > NAME_LIMIT)
        return NULL;
    if (best > length) /* texts that have nothing in common are not near */
        best = length;
    for (size_t i = 0; i < count; i++) {
        size_t name_length = strlen(names[i]);
        if (name_length > NAME_LIMIT)
            continue;
        size_t distance = edit_distance(text, length, names[i], name_length);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

uint64_t sc_multiply_checked(uint64_t a, uint64_t b, bool *overflow)
{
    if ((a | b) >> 32 && a != 0 && b > UINT64_MAX / a)
        *overflow = true;
    return a * b;
}
