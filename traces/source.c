/* source.c - reading words and lines of a plain or gzip-compressed file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "printable.h"
#include "text.h"

enum {
    BUFFER_SIZE = 256 * 1024,     /* a system call per so many bytes costs nothing */
    LOOK_AHEAD = SC_WORD_LIMIT + 3, /* a whole word with its end, or a byte-order mark */
    SHOWN = 40                    /* characters of an offending text in a message */
};

static int fail_read(const struct sc_source *source, struct sc_error *err)
{
    int code;
    const char *message = gzerror(source->file, &code);

    if (code == Z_BUF_ERROR)
        return sc_fail(err, SC_BAD_INPUT, source->path, source->line,
                       "the compressed data ends too early, expected a complete gzip file: is it truncated?");
    const char *colon = strstr(message, ": "); /* zlib puts a name of its own before its message */
    message = colon ? colon + 2 : message;
    if (code == Z_DATA_ERROR)
        return sc_fail(err, SC_BAD_INPUT, source->path, source->line,
                       "the compressed data is damaged (%s), expected a valid gzip file", message);
    if (code == Z_MEM_ERROR)
        return sc_fail(err, SC_NO_MEMORY, source->path, 0, "out of memory for decompression");
    return sc_fail(err, SC_IO, source->path, 0, "cannot read: %s", code == Z_ERRNO ? strerror(errno) : message);
}

/* Keeps what is not consumed and reads on behind it until LOOK_AHEAD bytes are there or the file ends. */
static int refill(struct sc_source *source, struct sc_error *err)
{
    size_t kept = (size_t)(source->end - source->at);

    memmove(source->buffer, source->at, kept);
    source->at = source->buffer;
    source->end = source->buffer + kept;
    while (!source->ended && source->end - source->at < LOOK_AHEAD) {
        int code, got = gzread(source->file, source->end, (unsigned)(source->buffer + BUFFER_SIZE - source->end));
        if (got > 0)
            source->end += got;
        else
            source->ended = true;
        gzerror(source->file, &code);
        if (got < 0 || (got == 0 && code != Z_OK && code != Z_STREAM_END)) {
            *source->end = '\0';
            return fail_read(source, err);
        }
    }
    *source->end = '\0';
    return SC_OK;
}

static int look_ahead(struct sc_source *source, struct sc_error *err)
{
    return source->end - source->at < LOOK_AHEAD && !source->ended ? refill(source, err) : SC_OK;
}

static int open_file(struct sc_source *source, const char *path, struct sc_error *err)
{
    struct stat status;
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return sc_fail(err, SC_IO, source->path, 0, "cannot open: %s", strerror(errno));
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(fd);
        return sc_fail(err, SC_IO, source->path, 0, "is a directory, expected a matrix file");
    }
    source->file = gzdopen(fd, "rb");
    if (!source->file) {
        close(fd);
        return sc_fail(err, SC_NO_MEMORY, source->path, 0, "out of memory for decompression");
    }
    gzbuffer(source->file, BUFFER_SIZE / 2);
    return SC_OK;
}

int sc_source_open(struct sc_source *source, const char *path, struct sc_error *err)
{
    *source = (struct sc_source){.path = strcmp(path, "-") == 0 ? "standard input" : path, .line = 1, .fresh = true};
    source->buffer = malloc(BUFFER_SIZE + 1);
    if (!source->buffer)
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for an input buffer");
    source->at = source->end = source->buffer;
    int status = open_file(source, path, err);
    if (status == SC_OK)
        status = refill(source, err);
    if (status == SC_OK && source->end - source->at >= 3 && memcmp(source->at, "\xef\xbb\xbf", 3) == 0)
        source->at += 3;
    return status;
}

void sc_source_close(struct sc_source *source)
{
    if (source->file)
        gzclose(source->file);
    free(source->buffer);
    source->file = NULL;
    source->buffer = NULL;
}

static int fail_character(const struct sc_source *source, const char *at, struct sc_error *err)
{
    return sc_fail(err, SC_BAD_INPUT, source->path, source->line,
                   "found a byte 0x%02x, expected text: this looks like binary data", (unsigned)(unsigned char)*at);
}

static bool is_blank(const struct sc_source *source, char c)
{
    return c == ' ' || c == '\t' || c == '\r' || (c == ',' && source->commas);
}

/* Passes over what separates words within a line; afterwards a whole word is in the buffer. */
static int skip_blanks(struct sc_source *source, struct sc_error *err)
{
    int status = look_ahead(source, err);

    while (status == SC_OK) {
        char *at = source->at;
        while (is_blank(source, *at))
            at++;
        bool moved = at != source->at;
        source->at = at;
        if (!moved)
            break;
        status = look_ahead(source, err);
    }
    return status;
}

static bool is_word_byte(const struct sc_source *source, char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && (c != ',' || !source->commas);
}

int sc_source_next(struct sc_source *source, struct sc_token *token, struct sc_error *err)
{
    int status = skip_blanks(source, err);
    char *at = source->at;

    if (status != SC_OK)
        return status;
    *token = (struct sc_token){.kind = SC_WORD, .text = at};
    if (at == source->end)
        token->kind = SC_FILE_END;
    else if (*at == '\n')
        token->kind = SC_LINE_END;
    if (token->kind == SC_LINE_END) {
        source->line++;
        source->fresh = true;
        source->at++;
    }
    if (token->kind != SC_WORD)
        return SC_OK;
    char *limit = source->end - at > SC_WORD_LIMIT ? at + SC_WORD_LIMIT : source->end;
    while (at < limit && is_word_byte(source, *at))
        at++;
    token->length = (size_t)(at - token->text);
    source->at = at;
    source->fresh = false;
    if (token->length == SC_WORD_LIMIT)
        return sc_source_unexpected(source, token, "a word", "less than 1000 characters without a blank", err);
    if (at < source->end && *at != '\n' && !is_blank(source, *at))
        return fail_character(source, at, err);
    return SC_OK;
}

int sc_source_skip_line(struct sc_source *source, struct sc_error *err)
{
    int status = SC_OK;
    char *stop;

    while (!(stop = memchr(source->at, '\n', (size_t)(source->end - source->at)))) {
        source->at = source->end;
        if (source->ended)
            return SC_OK;
        status = refill(source, err);
        if (status != SC_OK)
            return status;
    }
    source->at = stop + 1;
    source->line++;
    source->fresh = true;
    return SC_OK;
}

int sc_source_next_line(struct sc_source *source, struct sc_token *token, struct sc_error *err)
{
    int status;

    while ((status = sc_source_next(source, token, err)) == SC_OK) {
        if (token->kind == SC_FILE_END || (token->kind == SC_WORD && token->text[0] != '%'))
            return SC_OK;
        if (token->kind == SC_WORD && (status = sc_source_skip_line(source, err)) != SC_OK)
            return status;
    }
    return status;
}

void sc_source_back(struct sc_source *source, const struct sc_token *token)
{
    source->at -= token->length;
}

uint64_t sc_source_here(const struct sc_source *source)
{
    return source->fresh && source->line > 1 ? source->line - 1 : source->line;
}

int sc_source_unexpected(const struct sc_source *source, const struct sc_token *token, const char *what,
                         const char *expected, struct sc_error *err)
{
    char text[4 * SHOWN + 8], shown[4 * SHOWN + 1];
    uint64_t line = sc_source_here(source);

    if (token->kind == SC_WORD) {
        snprintf(text, sizeof text, "%.*s", token->length < sizeof text ? (int)token->length : (int)sizeof text - 1,
                 token->text);
        sc_printable(shown, text, SHOWN);
        return sc_fail(err, SC_BAD_INPUT, source->path, line, "%s: found '%s', expected %s", what, shown, expected);
    }
    return sc_fail(err, SC_BAD_INPUT, source->path, line, "%s: the %s ends here, expected %s", what,
                   token->kind == SC_LINE_END ? "line" : "file", expected);
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The decimal exponent at at[0..end), empty meaning 0; false when it is none. */
static bool scan_exponent(const char *at, const char *end, long *exponent)
{
    enum { LIMIT = 1000000 }; /* beyond the length of any word */
    bool negative = false;

    *exponent = 0;
    if (at == end)
        return true;
    if (*at != 'e' && *at != 'E' && *at != 'd' && *at != 'D')
        return false;
    at++;
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end)
        return false;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return false;
        if (*exponent < LIMIT)
            *exponent = *exponent * 10 + (*at - '0');
    }
    if (negative)
        *exponent = -*exponent;
    return true;
}

/* nan, inf or infinity in any case. */
static bool is_special(const char *at, size_t length)
{
    static const char *const names[] = {"nan", "inf", "infinity"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t same = 0;
        while (same < length && names[i][same] && (at[same] | 0x20) == names[i][same])
            same++;
        if (same == length && !names[i][same])
            return true;
    }
    return false;
}

enum sc_value sc_token_value(const struct sc_token *token)
{
    const char *at = token->text, *end = at + token->length;
    long digits = 0, before_point = -1, last = 0, exponent; /* `last`: digits up to the last one that is not 0 */

    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (is_special(at, (size_t)(end - at)))
        return SC_VALUE_FRACTION;
    for (; at < end && (is_digit(*at) || (*at == '.' && before_point < 0)); at++) {
        if (*at == '.') {
            before_point = digits;
            continue;
        }
        digits++;
        if (*at != '0')
            last = digits;
    }
    if (digits == 0 || !scan_exponent(at, end, &exponent))
        return SC_VALUE_NONE;
    if (last == 0)
        return SC_VALUE_ZERO;
    return last <= (before_point < 0 ? digits : before_point) + exponent ? SC_VALUE_WHOLE : SC_VALUE_FRACTION;
}

bool sc_token_count(const struct sc_token *token, uint64_t *value)
{
    enum { SAFE_DIGITS = 19 }; /* any number of so many digits is below 2^64 */
    uint64_t count = 0;
    size_t i = 0;

    while (i < token->length && is_digit(token->text[i]))
        count = count * 10 + (uint64_t)(token->text[i++] - '0');
    if (i == token->length && i > 0 && i <= SAFE_DIGITS) {
        *value = count;
        return true;
    }
    double number;
    enum sc_value kind = sc_token_value(token);
    if (i == token->length)
        return sc_parse_count(token->text, token->length, value);
    if ((kind != SC_VALUE_WHOLE && kind != SC_VALUE_ZERO) || !sc_parse_number(token->text, token->length, &number) ||
        number < 0 || number > 0x1p53)
        return false;
    *value = (uint64_t)number;
    return true;
}
