/* output.h - where results go: a file that appears whole or not at all, or standard output.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_OUTPUT_H
#define SC_OUTPUT_H

#include <stddef.h>

#include "error.h"

struct sc_output;

/* Starts output to `path` ("-" or NULL: standard output).
 *
 * A regular file is written under a temporary name in its directory and takes its name (and the mode of the file it
 * replaces) in sc_output_close(); a symbolic link is followed, so that the file it points to is replaced.  Where the
 * file system has unnamed files, a killed run leaves nothing behind; elsewhere it may leave ".sparsecast-PID-N".
 * Anything else (a terminal, /dev/null, a pipe, a descriptor as /dev/fd/3) is written directly.  Standard output is
 * written by sc_output_close() only, so that a command which fails half-way has printed nothing: up to 1 MiB waits in
 * memory, more in an unnamed file in $TMPDIR (/tmp).  Callers ignore SIGPIPE, so that a closed pipe is an error here.
 * Free with sc_output_close() or sc_output_abandon(). */
int sc_output_open(struct sc_output **output, const char *path, struct sc_error *err);

/* Points *room at `size` more bytes, to be filled and then handed over with sc_output_advance().  Fails when earlier
 * output cannot be written (SC_IO) or memory is exhausted. */
int sc_output_reserve(struct sc_output *output, size_t size, char **room, struct sc_error *err);

/* Takes the bytes up to `end` (within the room last reserved) as written. */
void sc_output_advance(struct sc_output *output, const char *end);

/* Appends size bytes. */
int sc_output_write(struct sc_output *output, const void *bytes, size_t size, struct sc_error *err);

/* Writes a whole text of size bytes to `path`: open, write, close. */
int sc_output_text(const char *path, const char *text, size_t size, struct sc_error *err);

/* Opens a file without a name in $TMPDIR (/tmp), for reading and writing; close() it. */
int sc_output_spool(int *fd, struct sc_error *err);

/* Completes and frees the output; after any failure, now or earlier, the target is as it was before. */
int sc_output_close(struct sc_output *output, struct sc_error *err);

/* Gives up and frees: a file is left as it was, standard output untouched.  NULL is allowed. */
void sc_output_abandon(struct sc_output *output);

#endif
