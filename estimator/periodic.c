/* periodic.c - tables of periodic kernel supports and what can be counted in them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "periodic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* Supports of 3 x 3 kernels in cyclic order, positions row-major; bit p = position p. */
static const uint64_t of_four[] = {0x01b, 0x036, 0x0d8,
                                   0x1b0}; /* the 2 x 2 blocks {0,1,3,4} {1,2,4,5} {3,4,6,7} {4,5,7,8} */
static const uint64_t of_two[] = {0x003, 0x006, 0x018, 0x030, 0x0c0, 0x180}; /* {0,1} {1,2} {3,4} {4,5} {6,7} {7,8} */

static bool read_small(const char *text, size_t length, uint32_t *value)
{
    uint64_t wide;
    if (length == 0 || text[0] < '0' || text[0] > '9' || !sc_parse_count(text, length, &wide) || wide > UINT32_MAX)
        return false;
    *value = (uint32_t)wide;
    return true;
}

/* "PS4_P4", "PSD4_P8". */
static bool parse_name(struct sc_periodic_spec *spec, const char *text)
{
    const char *p = text + 2, *underscore = strchr(text, '_');
    if (!underscore || underscore[1] != 'P')
        return false;
    spec->dense_slot = *p == 'D';
    p += spec->dense_slot;
    return underscore > p && read_small(p, (size_t)(underscore - p), &spec->kss) &&
           read_small(underscore + 2, strlen(underscore + 2), &spec->period);
}

/* "n:P[:d][:HxW]" */
static bool parse_numbers(struct sc_periodic_spec *spec, const char *text)
{
    size_t length = strcspn(text, ":");
    if (text[length] != ':' || !read_small(text, length, &spec->kss))
        return false;
    text += length + 1;
    length = strcspn(text, ":");
    if (!read_small(text, length, &spec->period))
        return false;
    text += length;
    if (strncmp(text, ":d", 2) == 0 && (text[2] == '\0' || text[2] == ':')) {
        spec->dense_slot = true;
        text += 2;
    }
    if (*text == '\0')
        return true;
    text++;
    length = strcspn(text, "xX");
    return text[length] && read_small(text, length, &spec->height) &&
           read_small(text + length + 1, strlen(text + length + 1), &spec->width) && spec->height >= 1 &&
           spec->width >= 1;
}

bool sc_periodic_parse(struct sc_periodic_spec *spec, const char *text)
{
    struct sc_periodic_spec read = {0};
    bool good = strncmp(text, "PS", 2) == 0 ? parse_name(&read, text) : parse_numbers(&read, text);
    good = good && read.kss >= 1 && read.kss <= SC_SUPPORT_POSITIONS && read.period >= 1 &&
           read.period <= SC_PERIOD_MAX && (!read.dense_slot || read.period >= 2);
    if (good)
        *spec = read;
    return good;
}

size_t sc_periodic_format(char *out, size_t size, const struct sc_periodic_spec *spec)
{
    int length =
        snprintf(out, size, "%" PRIu32 ":%" PRIu32 "%s", spec->kss, spec->period, spec->dense_slot ? ":d" : "");
    if (spec->height > 0 && (size_t)length < size)
        length += snprintf(out + length, size - (size_t)length, ":%" PRIu32 "x%" PRIu32, spec->height, spec->width);
    return (size_t)length;
}

/* Entry `index` of the cyclic list of supports. */
static uint64_t cyclic_support(const struct sc_periodic *t, uint64_t index)
{
    if (t->height == 3 && t->width == 3 && t->kss == 4)
        return of_four[index % (sizeof of_four / sizeof *of_four)];
    if (t->height == 3 && t->width == 3 && t->kss == 2)
        return of_two[index % (sizeof of_two / sizeof *of_two)];
    uint64_t support = 0;
    for (uint64_t i = 0; i < t->kss; i++)
        support |= UINT64_C(1) << (index * t->kss + i) % sc_periodic_area(t);
    return support;
}

int sc_periodic_init(struct sc_periodic *t, const struct sc_periodic_spec *spec, struct sc_error *err)
{
    uint32_t height = spec->height ? spec->height : 3, width = spec->height ? spec->width : 3;
    *t = (struct sc_periodic){
        .height = height, .width = width, .kss = spec->kss, .period = spec->period, .dense_slot = spec->dense_slot};
    if (sc_periodic_area(t) > SC_SUPPORT_POSITIONS || t->kss > sc_periodic_area(t))
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "a periodic pattern of %" PRIu32 " nonzeros per kernel does not fit kernels of %" PRIu32
                       " x %" PRIu32 "; expected at most that many, in kernels of at most %d positions",
                       t->kss, height, width, SC_SUPPORT_POSITIONS);
    for (uint32_t slot = 0; slot < t->period; slot++)
        t->support[slot] = cyclic_support(t, slot == 0 ? t->period - 1 : slot - 1);
    return SC_OK;
}

void sc_periodic_dense(struct sc_periodic *t, uint32_t height, uint32_t width)
{
    *t = (struct sc_periodic){.height = height, .width = width, .kss = 0, .period = 1, .dense_slot = true};
}

uint64_t sc_periodic_share(const struct sc_periodic *t, uint64_t count, uint64_t phase)
{
    return count / t->period + (count % t->period > phase % t->period);
}

uint64_t sc_periodic_filter_nonzeros(const struct sc_periodic *t, uint64_t phase, uint64_t channels)
{
    uint64_t sum = 0;
    for (uint32_t j = 0; j < t->period; j++) /* channels j, j + P, ... share a slot */
        sum += sc_periodic_share(t, channels, j) * sc_periodic_entries(t, sc_periodic_slot(t, phase, j));
    return sum;
}

uint64_t sc_periodic_nonzeros(const struct sc_periodic *t, uint64_t filters, uint64_t channels)
{
    uint64_t sum = 0;
    for (uint32_t phase = 0; phase < t->period; phase++)
        sum += sc_periodic_share(t, filters, phase) * sc_periodic_filter_nonzeros(t, phase, channels);
    return sum;
}

uint64_t sc_periodic_position_nonzeros(const struct sc_periodic *t, uint64_t filters, uint64_t channel,
                                       uint64_t position)
{
    uint64_t sum = 0;
    for (uint32_t phase = 0; phase < t->period; phase++)
        if (sc_periodic_has(t, sc_periodic_slot(t, phase, channel), position))
            sum += sc_periodic_share(t, filters, phase);
    return sum;
}

/* The support of a slot, dense ones included; tables with sparse slots have few enough positions. */
static uint64_t full_support(const struct sc_periodic *t, uint32_t slot)
{
    uint64_t all = UINT64_MAX >> (SC_SUPPORT_POSITIONS - sc_periodic_area(t));
    return sc_periodic_is_dense(t, slot) ? all : t->support[slot];
}

uint32_t sc_periodic_distinct(const struct sc_periodic *t, uint64_t filters, uint64_t channels)
{
    uint32_t count = 0,
             used = t->period; /* kernel (i, j) uses slot i + j + 1: slots 1, 2, ... come into use in order */
    if (filters == 0 || channels == 0)
        return 0;
    if (filters < t->period && channels < t->period && filters + channels - 1 < t->period)
        used = (uint32_t)(filters + channels - 1);
    for (uint32_t i = 1; i <= used; i++) {
        bool known = false;
        for (uint32_t j = 1; j < i && !known; j++)
            known = full_support(t, j % t->period) == full_support(t, i % t->period);
        count += !known;
    }
    return count;
}

int sc_periodic_for(struct sc_periodic *table, uint64_t *channels, const struct sc_periodic_spec *spec, uint64_t k,
                    struct sc_error *err)
{
    int status = sc_periodic_init(table, spec, err);
    if (status != SC_OK)
        return status;
    uint64_t area = sc_periodic_area(table);
    if (k % area != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "found K = %" PRIu64 " under a periodic pattern of %" PRIu32 " x %" PRIu32
                       " kernels, expected a multiple of %" PRIu64 " (give another kernel size as in periodic:4:4:5x5)",
                       k, table->height, table->width, area);
    *channels = k / area;
    return SC_OK;
}
