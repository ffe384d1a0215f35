/* command.c - what every sub-command does alike; see command.h.  Part of the program, not of the library.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

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
    if (!text)
        return NULL;
    char *end = text + sprintf(text, "sparsecast");
    for (int i = 0; i < argc; i++)
        end += sprintf(end, " %s", argv[i]);
    return text;
}
