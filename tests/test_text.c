/* test_text.c - numbers and near-miss names: against strtod() and printf(), and in a locale with decimal commas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "text.h"

/* xorshift64*: the same numbers on every machine. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

Test(text, reads_numbers)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"+7", 7},
        {" 12.5\t", 12.5},
        {".5", 0.5},
        {"5.", 5},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"0.1", 0.1},
        {"9007199254740993", 9007199254740992.0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"1.0000000000000000000000000000001", 1},
        {"0.000000000000000000000000000000000000000000000000000001", 1e-54},
        {"4.9e-324", 4.9e-324},
        {"1e-400", 0},
        {"0e999999999999999999999", 0},
        {"1e-999999999999999999999", 0},
        {"1.7976931348623157e308", DBL_MAX},
        {"17976931348623157e292", DBL_MAX},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = -1;
        cr_expect(sc_parse_number(good[i].text, strlen(good[i].text), &value), "'%s' is a number", good[i].text);
        cr_expect_eq(value, good[i].value, "'%s' read as %.17g", good[i].text, value);
    }
}

Test(text, refuses_what_is_no_number)
{
    static const char *const bad[] = {"",      " ",        "+",     "-",     ".",
                                      "e5",    "1e",       "1e+",   "nan",   "NaN",
                                      "inf",   "-inf",     "0x10",  "1,5",   "1 2",
                                      "12a",   "--1",      "1..2",  "1.2.3", "1e5.5",
                                      "1e400", "infinity", "1_000", "½",     "1e999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 42;
        cr_expect_not(sc_parse_number(bad[i], strlen(bad[i]), &value), "'%s' is no number", bad[i]);
        cr_expect_eq(value, 42, "'%s' must leave the value alone", bad[i]);
    }
    double value;
    cr_expect_not(sc_parse_number("1\0"
                                  "2",
                                  3, &value),
                  "a NUL within is no number");
}

Test(text, reads_as_strtod_does)
{
    uint64_t state = 1;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t bits = next_random(&state);
        double value, original;
        memcpy(&original, &bits, sizeof original);
        if (i % 2 || !isfinite(original)) /* half random bit patterns, half everyday numbers */
            original = (double)(int64_t)(bits % 2000000001 - 1000000000) / pow(10, (double)(bits % 13));
        snprintf(text, sizeof text, "%.*g", (int)(bits % 20) + 1, original);
        cr_assert(sc_parse_number(text, strlen(text), &value) || isinf(strtod(text, NULL)), "'%s'", text);
        cr_assert(isinf(strtod(text, NULL)) || value == strtod(text, NULL), "'%s' read as %.17g", text, value);
    }
}

Test(text, long_numbers_round_by_all_their_digits)
{
    /* 1 + 2^-53 lies half-way between two doubles and rounds to the even one, 1; a digit far behind decides otherwise
     */
    static const char half[] = "1.00000000000000011102230246251565404236316680908203125";
    char text[2000];
    double value;

    memset(text, '0', sizeof text);
    memcpy(text, half, sizeof half - 1);
    cr_assert(sc_parse_number(text, sizeof text, &value));
    cr_assert_eq(value, 1);
    text[sizeof text - 1] = '1';
    cr_assert(sc_parse_number(text, sizeof text, &value));
    cr_assert_eq(value, 1 + DBL_EPSILON);
}

Test(text, reads_counts)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"1", true, 1},
        {" 224\t", true, 224},
        {"18446744073709551615", true, UINT64_MAX},
        {"007", true, 7},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"12.0", false, 0},
        {"1e3", false, 0},
        {"+5", false, 0},
        {"-1", false, 0},
        {"1 2", false, 0},
        {"0x1", false, 0},
        {"184467440737095516150", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 0;
        cr_expect_eq(sc_parse_count(cases[i].text, strlen(cases[i].text), &value), cases[i].good, "'%s'",
                     cases[i].text);
        cr_expect_eq(value, cases[i].value, "'%s' read as %" PRIu64, cases[i].text, value);
    }
}

Test(text, writes_numbers)
{
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        {0, 6, "0"},
        {-0.0, 6, "0"},
        {1, 6, "1"},
        {-17, 1, "-17"},
        {9007199254740991.0, 3, "9007199254740991"},
        {1e18, 6, "1000000000000000000"},
        {0.5, 6, "0.5"},
        {-0.25, 6, "-0.25"},
        {1e-18, 6, "0.000000000000000001"},
        {1.0 / 3, 4, "0.3333"},
        {2.0 / 3, 17, "0.66666666666666663"},
        {123456.789, 3, "123000"},
        {0.99996, 4, "1"},
        {9.9999e-5, 3, "0.0001"},
        {999.96, 4, "1000"},
        {1e-19, 6, "1e-19"},
        {1.5e300, 6, "1.5e+300"},
        {-1.25e-300, 17, "-1.25e-300"},
        {123456789.5, 0, "100000000"},
        {0.1, 99, "0.10000000000000001"},
        {NAN, 6, ""},
        {INFINITY, 6, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[SC_NUMBER_SIZE];
        size_t length = sc_format_number(text, cases[i].value, cases[i].digits);
        cr_expect_str_eq(text, cases[i].text, "%.17g with %d digits", cases[i].value, cases[i].digits);
        cr_expect_eq(length, strlen(text));
    }
}

/* One unit of the last of `digits` significant digits of value. */
static double last_unit(double value, int digits)
{
    return pow(10, floor(log10(fabs(value))) + 1 - digits);
}

Test(text, writes_within_one_unit_of_printf)
{
    uint64_t state = 2;
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = next_random(&state);
        int digits = (int)(bits >> 58) % 17 + 1;
        double value = (double)(bits >> 11) * 0x1p-53 * pow(10, (int)(bits % 37) - 18), back;
        char ours[SC_NUMBER_SIZE], theirs[64];
        if (value < 1e-18)
            continue;
        size_t length = sc_format_number(ours, value, digits);
        snprintf(theirs, sizeof theirs, "%.*g", digits, value);
        cr_assert(length < SC_NUMBER_SIZE && !strpbrk(ours, "e,"), "%.17g written as '%s'", value, ours);
        cr_assert(sc_parse_number(ours, length, &back));
        double expected = floor(value) == value && value < 0x1p53 ? value : strtod(theirs, NULL);
        double allowed = (1 + 1e-9) * last_unit(value, digits) + 2 * DBL_EPSILON * value;
        cr_assert(fabs(back - expected) <= allowed, "%.17g with %d digits: '%s', printf '%s'", value, digits, ours,
                  theirs);
    }
}

Test(text, exact_numbers_read_back)
{
    uint64_t state = 3;
    char text[SC_NUMBER_SIZE];
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&state);
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        size_t length = sc_format_exact(text, value);
        cr_assert(length < SC_NUMBER_SIZE && sc_parse_number(text, length, &back) && back == value, "%.17g: '%s'",
                  value, text);
    }
    sc_format_exact(text, 0.1);
    cr_assert_str_eq(text, "0.1");
}

Test(text, near_names)
{
    static const char *const names[] = {"density_a", "density_b", "pattern_a", "M", "N", "uniform"};
    static const struct {
        const char *text, *nearest;
    } cases[] = {
        {"densty_a", "density_a"},
        {"DENSITY_B", "density_b"},
        {"patern_a", "pattern_a"},
        {"m", "M"},
        {"unifrom", "uniform"},
        {"x", NULL},
        {"", NULL},
        {"something else", NULL},
        {"C", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = sc_nearest_name(cases[i].text, names, sizeof names / sizeof names[0]);
        cr_expect(nearest == cases[i].nearest ||
                      (nearest && cases[i].nearest && strcmp(nearest, cases[i].nearest) == 0),
                  "'%s' gives '%s'", cases[i].text, nearest ? nearest : "nothing");
    }
    char endless[5000];
    memset(endless, 'd', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    cr_expect_null(sc_nearest_name(endless, names, sizeof names / sizeof names[0]));
}

Test(text, checked_products)
{
    bool overflow = false;
    cr_expect_eq(sc_multiply_checked(0, UINT64_MAX, &overflow), 0);
    cr_expect_eq(sc_multiply_checked(UINT64_MAX, 1, &overflow), UINT64_MAX);
    cr_expect_eq(sc_multiply_checked(UINT32_MAX, UINT32_MAX, &overflow), UINT64_C(18446744065119617025));
    cr_expect_eq(sc_multiply_checked(UINT64_C(1) << 32, UINT32_MAX, &overflow), UINT64_C(18446744069414584320));
    cr_expect_not(overflow);
    sc_multiply_checked(UINT64_C(1) << 32, UINT64_C(1) << 32, &overflow);
    cr_expect(overflow);
    sc_multiply_checked(2, 3, &overflow);
    cr_expect(overflow, "a set flag stays set");
}

Test(text, decimal_commas_elsewhere_do_not_matter)
{
    char text[SC_NUMBER_SIZE];
    double value;

    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        cr_skip_test("the locale de_DE.UTF-8 is not installed");
    snprintf(text, sizeof text, "%.1f", 0.5);
    cr_assert_str_eq(text, "0,5", "this locale writes decimal commas");
    cr_expect(sc_parse_number("0.30000000000000000000001", 25, &value) && value == 0.3);
    cr_expect(sc_parse_number("0.25", 4, &value) && value == 0.25);
    cr_expect_not(sc_parse_number("0,25", 4, &value));
    sc_format_number(text, 1.0 / 3, 17);
    cr_expect_str_eq(text, "0.33333333333333331");
    sc_format_number(text, 1.0 / 3, 3);
    cr_expect_str_eq(text, "0.333");
    sc_format_number(text, 1.25e-30, 5);
    cr_expect_str_eq(text, "1.25e-30");
}

/* Messages quote users' bytes; terminals and JSON readers get none of them that cannot be shown. */
Test(text, messages_can_be_shown)
{
    static const struct {
        const char *quoted, *shown;
    } rows[] = {
        {"plain", "plain"},         {"caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac"},
        {"\xff\xc3", "??"},         {"a\x1b[31mb\nc\td\x7f", "a?[31mb?c?d?"},
        {"\xc2\x9b", "?"},          {"\xed\xa0\x80", "???"},
    };
    struct sc_error err;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(sc_fail(&err, SC_BAD_INPUT, "file", 3, "%s", rows[i].quoted), SC_BAD_INPUT);
        cr_expect_str_eq(err.message, rows[i].shown);
    }
    char longer[2000]; /* cut in the middle of a character */
    for (size_t c = 0; c + 2 < sizeof longer; c += 2)
        memcpy(longer + c, "\xc3\xa9", 3);
    sc_fail(&err, SC_BAD_INPUT, NULL, 0, "x%s", longer + 1);
    size_t end = strlen(err.message);
    cr_expect(end > 1000 && err.message[1] == '?' && err.message[0] == 'x');
    cr_expect((unsigned char)err.message[end - 1] < 0x80 || (unsigned char)err.message[end - 2] == 0xc3);
}
