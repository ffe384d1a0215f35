/* error.h - errors as values: one status code and one sentence a user can act on.
 *
 * Library functions return an enum sc_status and, when it is not SC_OK, fill a struct sc_error that
 * the caller owns.  Nothing in the library prints or exits; commands turn the error into a message
 * and an exit status.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ERROR_H
#define SC_ERROR_H

#include <stdint.h>

/* The one list of statuses: name, exit status of a command that stops with it, meaning. */
#define SC_STATUS_LIST(X)                                                                          \
    X(SC_OK, 0, "success")                                                                         \
    X(SC_END, 0, "no further item (end of a list, not a failure)")                                 \
    X(SC_BAD_INPUT, 1, "a file or a value in it is not what was expected")                         \
    X(SC_BAD_USAGE, 2, "the command line is wrong")                                                \
    X(SC_IO, 1, "a file cannot be opened, read or written")                                        \
    X(SC_NO_MEMORY, 1, "memory is exhausted")                                                      \
    X(SC_UNSUPPORTED, 1, "valid, but not something this build can do")

enum sc_status {
#define X(name, exit_status, meaning) name,
    SC_STATUS_LIST(X)
#undef X
};

/* Where something went wrong and what to do about it.  `file` is empty and `line` 0 when there is
 * no such place; `message` never ends in a newline and is valid UTF-8 without control characters. */
struct sc_error {
    enum sc_status status;
    uint64_t line;      /* 1-based line of `file` */
    char file[1024];
    char message[1024];
};

/* Fills `err` (which may be NULL) and returns `status`, so that a caller can write
 * `return sc_fail(err, SC_BAD_INPUT, path, line, "...")`.  `file` may be NULL. */
int sc_fail(struct sc_error *err, enum sc_status status, const char *file, uint64_t line,
            const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 5, 6)))
#endif
    ;

/* The exit status of a command that stops with `status`: 0, 1 or 2. */
int sc_exit_status(int status);

/* Prints "sparsecast: FILE:LINE: message" to standard error; for commands only.  Returns the exit status. */
int sc_error_print(const struct sc_error *err);

#endif
