/* error.c - filling and printing struct sc_error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
    fputs("sparsecast: ", stderr);
    if (err->file[0] && err->line)
        fprintf(stderr, "%s:%" PRIu64 ": ", err->file, err->line);
    else if (err->file[0])
        fprintf(stderr, "%s: ", err->file);
    fprintf(stderr, "%s\n", err->message);
    return sc_exit_status(err->status);
}
