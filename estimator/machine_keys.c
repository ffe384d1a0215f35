/* machine_keys.c - conversion of the single values of a machine file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_keys.h"

#include <stdio.h>
#include <string.h>

#include "family.h"
#include "printable.h"
#include "text.h"

enum { FOUND_COLUMNS = 40 };

/* "KEY: found X; expected Y". */
static int refuse(const struct sc_machine_key *key, const char *text, const char *expected, struct sc_error *err)
{
    char shown[4 * FOUND_COLUMNS + 1];
    sc_printable(shown, text, FOUND_COLUMNS);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "%s: found \"%s\"; expected %s", key->path, shown, expected);
}

static int set_text(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    char expected[64];
    snprintf(expected, sizeof expected, "at most %zu bytes of text without control characters", key->size - 1);
    bool plain = strlen(text) < key->size && !(key->initial == NULL && text[0] == '\0');
    uint32_t code;
    const char *rest = text;
    for (size_t step; plain && (step = sc_utf8_next(rest, &code)) > 0; rest += step)
        plain = code >= 0x20 && code != 0x7f && code != 0xfffd;
    if (!plain)
        return refuse(key, text, text[0] ? expected : "a text that is not empty", err);
    memcpy(field, text, strlen(text) + 1);
    return SC_OK;
}

static void expected_range(char *out, size_t size, const struct sc_machine_key *key)
{
    char low[SC_NUMBER_SIZE], high[SC_NUMBER_SIZE];
    sc_format_number(low, key->low, 15);
    sc_format_number(high, key->high, 15);
    snprintf(out, size, "%s from %s to %s%s%s",
             key->type == SC_KEY_NUMBER ? "a number"
             : key->power_of_two        ? "a power of two"
                                        : "a whole number",
             low, high, key->unit[0] ? " " : "", key->unit);
}

static int set_count(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    char expected[160];
    uint64_t value;
    expected_range(expected, sizeof expected, key);
    if (!sc_parse_count(text, strlen(text), &value) || (double)value < key->low || (double)value > key->high ||
        (key->power_of_two && (value & (value - 1)) != 0))
        return refuse(key, text, expected, err);
    if (key->size == sizeof(uint64_t))
        memcpy(field, &value, sizeof value);
    else
        memcpy(field, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
    return SC_OK;
}

static int set_number(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    char expected[160];
    double value;
    expected_range(expected, sizeof expected, key);
    if (!sc_parse_number(text, strlen(text), &value) || !(value >= key->low && value <= key->high))
        return refuse(key, text, expected, err);
    memcpy(field, &value, sizeof value);
    return SC_OK;
}

static int set_flag(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    bool on = strcmp(text, "true") == 0;
    if (!on && strcmp(text, "false") != 0)
        return refuse(key, text, "true or false", err);
    memcpy(field, &on, sizeof on);
    return SC_OK;
}

static int set_timing(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    enum sc_timing timing = SC_BLOCKING;
    if (strcmp(text, "pipelined") == 0)
        timing = SC_PIPELINED;
    else if (strcmp(text, "blocking") != 0)
        return refuse(key, text, "blocking or pipelined", err);
    memcpy(field, &timing, sizeof timing);
    return SC_OK;
}

int sc_machine_key_set(struct sc_machine *machine, const struct sc_machine_key *key, const char *text,
                       struct sc_error *err)
{
    char *field = (char *)machine + key->offset;
    switch (key->type) {
    case SC_KEY_TEXT:
        return set_text(field, key, text, err);
    case SC_KEY_COUNT:
        return set_count(field, key, text, err);
    case SC_KEY_NUMBER:
        return set_number(field, key, text, err);
    case SC_KEY_FLAG:
        return set_flag(field, key, text, err);
    case SC_KEY_TIMING:
        return set_timing(field, key, text, err);
    }
    return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "%s: a type of key without a reader", key->path);
}

void sc_machine_key_get(char out[SC_KEY_TEXT_SIZE], const struct sc_machine *machine, const struct sc_machine_key *key)
{
    const char *field = (const char *)machine + key->offset;
    uint64_t wide = 0;
    uint32_t narrow = 0;
    double number = 0;
    char text[SC_NUMBER_SIZE];
    switch (key->type) {
    case SC_KEY_TEXT:
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", field);
        break;
    case SC_KEY_COUNT:
        if (key->size == sizeof wide)
            memcpy(&wide, field, sizeof wide);
        else
            memcpy(&narrow, field, sizeof narrow);
        snprintf(out, SC_KEY_TEXT_SIZE, "%llu", (unsigned long long)wide + narrow);
        break;
    case SC_KEY_NUMBER:
        memcpy(&number, field, sizeof number);
        sc_format_number(text, number, 15);
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", text);
        break;
    case SC_KEY_FLAG:
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", *(const bool *)field ? "true" : "false");
        break;
    case SC_KEY_TIMING:
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", machine->timing == SC_BLOCKING ? "blocking" : "pipelined");
        break;
    }
}

const struct sc_machine_key *sc_machine_keys(const struct sc_family *family, size_t *count)
{
    *count = family->key_count;
    return family->keys;
}
