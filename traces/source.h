/* source.h - the words and lines of a matrix file, plain or gzip-compressed, with line numbers for messages.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SOURCE_H
#define SC_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "error.h"

enum {
    SC_WORD_LIMIT = 1000 /* longest word, bytes: longer than any number, short enough to spot binary data */
};

/* A file being read.  Memory is fixed, whatever the length of its lines. */
struct sc_source {
    const char *path;    /* as messages show it, borrowed */
    gzFile file;
    uint64_t line;       /* 1-based line that the next word is looked for on, counted after decompression */
    bool fresh;          /* no word of that line was read yet */
    bool commas;         /* commas separate words as blanks do */
    bool ended;          /* nothing left to read behind `end` */
    char *at, *end;      /* what is read and not yet consumed; a NUL follows */
    char *buffer;
};

enum sc_token_kind { SC_WORD, SC_LINE_END, SC_FILE_END };

/* A word, or the end of a line or of the file.  `text` lives until the next call. */
struct sc_token {
    enum sc_token_kind kind;
    const char *text; /* not NUL-terminated */
    size_t length;
};

/* Opens `path` ("-": standard input); skips a UTF-8 byte-order mark.  SC_IO when it cannot be opened or is a directory.
 * Close with sc_source_close() whatever the outcome. */
int sc_source_open(struct sc_source *source, const char *path, struct sc_error *err);

/* The next word of the current line, or SC_LINE_END (LF or CRLF), behind which the next line begins, or SC_FILE_END,
 * again and again.  SC_BAD_INPUT for control characters, words above SC_WORD_LIMIT, and damaged or truncated
 * compressed data; SC_IO for a failed read. */
int sc_source_next(struct sc_source *source, struct sc_token *token, struct sc_error *err);

/* Like sc_source_next(), but passes over blank lines and over lines whose first word begins with '%'; to be called at
 * the beginning of a line.  Gives SC_WORD or SC_FILE_END. */
int sc_source_next_line(struct sc_source *source, struct sc_token *token, struct sc_error *err);

/* Passes over the rest of the line and its end. */
int sc_source_skip_line(struct sc_source *source, struct sc_error *err);

/* Makes sc_source_next() give `token`, the last word it gave, once more. */
void sc_source_back(struct sc_source *source, const struct sc_token *token);

/* The line of the token read last; of SC_FILE_END the last line of the file. */
uint64_t sc_source_here(const struct sc_source *source);

/* SC_BAD_INPUT "WHAT: found 'TOKEN', expected EXPECTED" (or "the line ends here", "the file ends here") at that line.
 */
int sc_source_unexpected(const struct sc_source *source, const struct sc_token *token, const char *what,
                         const char *expected, struct sc_error *err);

void sc_source_close(struct sc_source *source);

/* What a word says about a matrix entry.  Decided by its decimal digits, so that 1e-400 is not zero;
 * the exponent may be marked by e, E, d or D (Fortran). */
enum sc_value {
    SC_VALUE_NONE,     /* not a number */
    SC_VALUE_ZERO,     /* 0, -0.0, 0e5 */
    SC_VALUE_WHOLE,    /* another whole number: 3, -1e0, 2.50e1 */
    SC_VALUE_FRACTION  /* any other number, nan and inf included */
};
enum sc_value sc_token_value(const struct sc_token *token);

/* The word as a non-negative whole number: 17, +17, 17.0, 1.7e1 (below 2^53 when not plain digits).  False for anything
 * else, words above 2^64 - 1 included; *value is then unchanged. */
bool sc_token_count(const struct sc_token *token, uint64_t *value);

#endif
