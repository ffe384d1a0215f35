/* printable.h - text from users' files made safe to show to people and to JSON and CSV readers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PRINTABLE_H
#define SC_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the UTF-8 character at `text` into *code and returns how many bytes it takes (0 at the terminating NUL).
 * A byte that starts no valid character (RFC 3629: overlong forms and surrogates included) counts as one character,
 * U+FFFD. */
size_t sc_utf8_next(const char *text, uint32_t *code);

/* Copies `text` to `out` as valid UTF-8 of at most `columns` characters: control characters and invalid bytes become
 * '?', and a text that is cut ends in an ellipsis.  `out` has room for 4 * columns + 1 bytes.  Returns the
 * characters written (each taken as one terminal column). */
unsigned sc_printable(char *out, const char *text, unsigned columns);

/* Copies `text` to `out` as a CSV cell, without a NUL, and returns its end: quoted where RFC 4180 asks for it, and
 * where blanks stand at an end, since many readers trim them.  `out` has room for 2 * strlen(text) + 2 bytes. */
char *sc_csv_text(char *out, const char *text);

/* Copies `text` to `out` as a JSON string, quotes included and without a NUL, and returns its end; bytes that are not
 * UTF-8 become U+FFFD.  `out` has room for 6 * strlen(text) + 2 bytes. */
char *sc_json_text(char *out, const char *text);

#endif
