/* layer.c - nonzero counts, and pattern kinds as text.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "text.h"

enum { SHOWN = 40 }; /* characters of an offending text in a message */

static const struct {
    const char *name, *parameters;
} kinds[] = {
#define X(id, name, parameters, distribution) [id] = {name, parameters},
    SC_PATTERN_LIST(X)
#undef X
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Kinds of the file format that this build has no statistics for. */
static const char *const later_kinds[] = {"clustered"};

uint64_t sc_nonzeros(double density, uint64_t rows, uint64_t cols)
{
    uint64_t positions = rows * cols;

    if (!(density > 0) || positions == 0)
        return 0;
    if (density >= 1)
        return positions;
    uint64_t count = (uint64_t)round(density * (double)positions); /* below 2^64: density <= 1 - 2^-53 */
    return count < positions ? count : positions;
}

/* "uniform, rowskew:S, ..." */
static void list_kinds(char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < KINDS && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s%s%s", i ? ", " : "", kinds[i].name,
                                 kinds[i].parameters[0] ? ":" : "", kinds[i].parameters);
}

static int unknown_kind(const char *text, size_t name_length, struct sc_error *err)
{
    char name[SHOWN + 1], shown[4 * SHOWN + 1], list[320];
    const char *names[KINDS];

    snprintf(name, sizeof name, "%.*s", name_length < SHOWN ? (int)name_length : SHOWN, text);
    sc_printable(shown, text, SHOWN);
    list_kinds(list, sizeof list);
    for (size_t i = 0; i < sizeof later_kinds / sizeof later_kinds[0]; i++)
        if (strcmp(name, later_kinds[i]) == 0)
            return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                           "found pattern '%s', which is known but not supported by this build; expected one of %s",
                           shown, list);
    for (size_t i = 0; i < KINDS; i++)
        names[i] = kinds[i].name;
    const char *nearest = sc_nearest_name(name, names, KINDS);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found pattern '%s', expected one of %s%s%s%s", shown, list,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* Reads "P<separator>Q" as two counts of at least 1. */
static bool parse_pair(const char *text, const char *separators, uint64_t *first, uint64_t *second)
{
    size_t length = strcspn(text, separators);

    return text[length] && sc_parse_count(text, length, first) &&
           sc_parse_count(text + length + 1, strlen(text + length + 1), second) && *first >= 1 && *second >= 1;
}

/* Reads the parameters of spec->kind; false when they are not what the kind takes. */
static bool parse_parameters(struct sc_pattern_spec *spec, const char *text)
{
    switch (spec->kind) {
    case SC_UNIFORM:
        return false; /* takes none */
    case SC_ROWSKEW:
    case SC_COLSKEW:
        return sc_parse_number(text, strlen(text), &spec->skew) && spec->skew >= 0;
    case SC_BLOCK:
        return parse_pair(text, "xX", &spec->block_rows, &spec->block_cols);
    case SC_BANDED:
        return sc_parse_count(text, strlen(text), &spec->band) && spec->band >= 1;
    case SC_NM:
        return parse_pair(text, ":", &spec->nm_n, &spec->nm_m) && spec->nm_n <= spec->nm_m;
    case SC_PERIODIC_KERNELS:
        return sc_periodic_parse(&spec->periodic, text);
    }
    return false;
}

/* What the parameters of a kind must be, for messages. */
static const char *parameter_rule(enum sc_pattern_kind kind)
{
    switch (kind) {
    case SC_UNIFORM:
        return "uniform without parameters";
    case SC_ROWSKEW:
    case SC_COLSKEW:
        return "an exponent S >= 0, as in rowskew:1.2";
    case SC_BLOCK:
        return "whole numbers R, C >= 1, as in block:4x4";
    case SC_BANDED:
        return "a whole number of columns W >= 1, as in banded:64";
    case SC_NM:
        return "whole numbers 1 <= N <= M, as in nm:2:4";
    case SC_PERIODIC_KERNELS:
        return "N >= 1 nonzeros per kernel and a period P from 1 to 64, as in periodic:4:4, periodic:4:8:d, "
               "periodic:PSD4_P8 or periodic:2:6:3x3";
    }
    return "";
}

int sc_pattern_parse(struct sc_pattern_spec *spec, const char *text, struct sc_error *err)
{
    size_t name_length = strcspn(text, ":");
    const char *parameters = text + name_length + (text[name_length] == ':');
    bool given = text[name_length] == ':';

    for (size_t i = 0; i < KINDS; i++) {
        if (strlen(kinds[i].name) != name_length || memcmp(kinds[i].name, text, name_length) != 0)
            continue;
        *spec = (struct sc_pattern_spec){.kind = (enum sc_pattern_kind)i};
        if (given ? parse_parameters(spec, parameters) : kinds[i].parameters[0] == '\0')
            return SC_OK;
        char shown[4 * SHOWN + 1];
        sc_printable(shown, text, SHOWN);
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found pattern '%s', expected %s", shown,
                       parameter_rule((enum sc_pattern_kind)i));
    }
    return unknown_kind(text, name_length, err);
}

size_t sc_pattern_format(char *out, size_t size, const struct sc_pattern_spec *spec)
{
    const char *name = kinds[spec->kind].name;
    char number[SC_NUMBER_SIZE];
    int length = 0;

    switch (spec->kind) {
    case SC_UNIFORM:
        length = snprintf(out, size, "%s", name);
        break;
    case SC_ROWSKEW:
    case SC_COLSKEW:
        sc_format_exact(number, spec->skew);
        length = snprintf(out, size, "%s:%s", name, number);
        break;
    case SC_BLOCK:
        length = snprintf(out, size, "%s:%" PRIu64 "x%" PRIu64, name, spec->block_rows, spec->block_cols);
        break;
    case SC_BANDED:
        length = snprintf(out, size, "%s:%" PRIu64, name, spec->band);
        break;
    case SC_NM:
        length = snprintf(out, size, "%s:%" PRIu64 ":%" PRIu64, name, spec->nm_n, spec->nm_m);
        break;
    case SC_PERIODIC_KERNELS: {
        char parameters[96];
        sc_periodic_format(parameters, sizeof parameters, &spec->periodic);
        length = snprintf(out, size, "%s:%s", name, parameters);
        break;
    }
    }
    return (size_t)length;
}
