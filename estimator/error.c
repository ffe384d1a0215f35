/* error.c - filling and printing struct sc_error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"

/* Messages quote what files and command lines hold: what cannot be shown becomes '?', in place. */
static void make_printable(char *text)
{
    char *out = text;
    uint32_t code;

    for (size_t step; (step = sc_utf8_next(text, &code)) > 0; text += step) {
        bool shown = code >= 0x20 && code != 0xfffd && (code < 0x7f || code > 0x9f);
        if (shown)
            memmove(out, text, step);
        else
            *out = '?';
        out += shown ? step : 1;
    }
    *out = '\0';
}

int sc_fail(struct sc_error *err, enum sc_status status, const char *file, uint64_t line,
            const char *format, ...)
{
    if (!err)
        return status;
    err->status = status;
    err->line = line;
    err->file[0] = '\0';
    if (file)
        snprintf(err->file, sizeof err->file, "%s", file);
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    make_printable(err->message);
    return status;
}

int sc_exit_status(int status)
{
    switch (status) {
#define X(name, exit_status, meaning)                                                              \
    case name:                                                                                     \
        return exit_status;
        SC_STATUS_LIST(X)
#undef X
    }
    return 1;
}

int sc_error_print(const struct sc_error *err)
{
    char file[4 * sizeof err->file + 1];

    sc_printable(file, err->file, sizeof err->file);
    fputs("sparsecast: ", stderr);
    if (err->file[0] && err->line)
        fprintf(stderr, "%s:%" PRIu64 ": ", file, err->line);
    else if (err->file[0])
        fprintf(stderr, "%s: ", file);
    fprintf(stderr, "%s\n", err->message);
    return sc_exit_status(err->status);
}
