/* printable.c - UTF-8 decoding, and names cut to a column width.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t sc_utf8_next(const char *text, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: an overlong form of that length */
    const unsigned char *bytes = (const unsigned char *)text;

    *code = bytes[0];
    if (bytes[0] < 0x80)
        return bytes[0] != 0;
    size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    uint32_t value = bytes[0] & (0x7fu >> length);
    bool valid = bytes[0] >= 0xc2 && bytes[0] <= 0xf4;
    for (size_t i = 1; valid && i < length; i++) {
        valid = (bytes[i] & 0xc0) == 0x80;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (valid && value >= smallest[length] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff)) {
        *code = value;
        return length;
    }
    *code = 0xfffd;
    return 1;
}

static unsigned count_characters(const char *text, unsigned limit)
{
    unsigned characters = 0;
    uint32_t code;
    for (size_t step; characters < limit && (step = sc_utf8_next(text, &code)) > 0; text += step)
        characters++;
    return characters;
}

unsigned sc_printable(char *out, const char *text, unsigned columns)
{
    static const char ellipsis[] = "\u2026";
    bool cut = columns > 0 && count_characters(text, columns + 1) > columns;
    unsigned keep = cut ? columns - 1 : columns, written = 0;
    uint32_t code;

    for (size_t step; written < keep && (step = sc_utf8_next(text, &code)) > 0; text += step, written++) {
        bool shown = code >= 0x20 && code != 0xfffd && (code < 0x7f || code > 0x9f);
        size_t bytes = shown ? step : 1;
        memcpy(out, shown ? text : "?", bytes);
        out += bytes;
    }
    if (cut) {
        memcpy(out, ellipsis, sizeof ellipsis - 1);
        out += sizeof ellipsis - 1;
        written++;
    }
    *out = '\0';
    return written;
}

char *sc_csv_text(char *out, const char *text)
{
    bool quote = text[0] == ' ' || text[0] == '\t';
    size_t length = 0;
    for (char c; (c = text[length]) != '\0'; length++) {
        quote |= c == ',' || c == '"' || c == '\n' || c == '\r';
        out[length] = c;
    }
    quote |= length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t');
    if (!quote)
        return out + length;
    *out++ = '"';
    for (; *text; text++) {
        if (*text == '"')
            *out++ = '"';
        *out++ = *text;
    }
    *out++ = '"';
    return out;
}

/* Quotes, backslashes and control characters are escaped (RFC 8259). */
char *sc_json_text(char *out, const char *text)
{
    uint32_t code;
    *out++ = '"';
    for (size_t step; (step = sc_utf8_next(text, &code)) > 0; text += step) {
        if (code == '"' || code == '\\') {
            *out++ = '\\';
            *out++ = (char)code;
        } else if (code < 0x20 || code == 0x7f || code == 0xfffd) {
            out += sprintf(out, "\\u%04x", (unsigned)code);
        } else {
            memcpy(out, text, step);
            out += step;
        }
    }
    *out++ = '"';
    return out;
}
