/* command.c - what every sub-command does alike; see command.h.  Part of the program, not of the library.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(unversioned build)"
#endif

int sc_wrong_usage(const char *command, const char *what, const char *argument)
{
    fprintf(stderr, "sparsecast %s: %s%s; try 'sparsecast %s --help'\n", command, what, argument, command);
    return sc_exit_status(SC_BAD_USAGE);
}

void sc_print_warning(void *context, const char *file, uint64_t line, const char *message)
{
    (void)context;
    fprintf(stderr, "sparsecast: %s:%" PRIu64 ": warning: %s\n", file, line, message);
}

const char *sc_version(void)
{
    return PACKAGE_VERSION;
}

const char *sc_version_line(void)
{
    return "sparsecast " PACKAGE_VERSION "\n";
}

char *sc_command_line(int argc, char **argv)
{
    size_t size = sizeof "sparsecast";
    for (int i = 0; i < argc; i++)
        size += strlen(argv[i]) + 1;
    char *text = malloc(size);
    if (!text) {
        fputs("sparsecast: out of memory for the command line\n", stderr);
        exit(sc_exit_status(SC_NO_MEMORY));
    }
    char *end = text + sprintf(text, "sparsecast");
    for (int i = 0; i < argc; i++)
        end += sprintf(end, " %s", argv[i]);
    return text;
}

int sc_absolute_path(char **out, const char *path, struct sc_error *err)
{
    char directory[PATH_MAX] = "";
    bool given = path && strcmp(path, "-") != 0, relative = given && path[0] != '/';
    *out = NULL;
    if (relative && !getcwd(directory, sizeof directory))
        return sc_fail(err, SC_IO, path, 0, "cannot make this path absolute: %s", strerror(errno));
    size_t size = strlen(directory) + (given ? strlen(path) : 0) + 2;
    *out = malloc(size);
    if (!*out)
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for a path");
    snprintf(*out, size, "%s%s%s", directory, relative ? "/" : "", given ? path : "");
    return SC_OK;
}

int sc_fail_layer(struct sc_error *err, const char *list, const struct sc_layer *layer)
{
    if (err->line > 0)
        return err->status;
    char message[sizeof err->message];
    snprintf(message, sizeof message, "layer '%.200s': %.700s", layer->name, err->message);
    return sc_fail(err, err->status, list, layer->line, "%s", message);
}
