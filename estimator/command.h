/* command.h - what every sub-command does alike: complain about its words, warn, name its version, record its command
 * line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_COMMAND_H
#define SC_COMMAND_H

#include <stdint.h>

#include "error.h"
#include "layer.h"

/* Prints "sparsecast COMMAND: WHAT ARGUMENT; try ..." to standard error and returns the exit status for wrong usage. */
int sc_wrong_usage(const char *command, const char *what, const char *argument);

/* Prints a warning about a line of a file to standard error; fits sc_layer_options.warn. */
void sc_print_warning(void *context, const char *file, uint64_t line, const char *message);

/* The version of this build, for records. */
const char *sc_version(void);

/* What --version prints: "sparsecast VERSION" and a newline. */
const char *sc_version_line(void);

/* "sparsecast" and the sub-command's words as one string, to be freed.  Call it first: getopt reorders them, and it
 * ends the program with a message when memory is exhausted. */
char *sc_command_line(int argc, char **argv);

/* Makes a path absolute, since paths in a layer list are relative to the list, which may be written anywhere; "" for
 * none (NULL) and for standard input, which nobody can read again.  *out is to be freed. */
int sc_absolute_path(char **out, const char *path, struct sc_error *err);

/* Puts list, line and name of a layer around an error that has no line; returns its status. */
int sc_fail_layer(struct sc_error *err, const char *list, const struct sc_layer *layer);

#endif
