/* data_dir.c - finding the shipped data files from an installed program, a build tree or a user's own copy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "data_dir.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The build passes both; a plain compiler run gets configure's default prefix and the current directory. */
#ifndef SC_PKGDATADIR
#define SC_PKGDATADIR "/usr/local/share/sparsecast"
#endif
#ifndef SC_SRCDATADIR
#define SC_SRCDATADIR "data"
#endif

enum { PATH_BYTES = 4096 };

/* Cuts the last component off; false when only the root is left. */
static bool to_parent(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

/* config.status lies in the top of a build tree; programs are there or one level below (tests/). */
static bool in_build_tree(void)
{
    char exe[PATH_BYTES], probe[PATH_BYTES + 32];
    ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (length <= 0)
        return false;
    exe[length] = '\0';
    for (int level = 0; level < 2 && to_parent(exe); level++) {
        snprintf(probe, sizeof probe, "%s/config.status", exe);
        if (access(probe, F_OK) == 0)
            return true;
    }
    return false;
}

int sc_data_path(char *out, size_t size, const char *relative, struct sc_error *err)
{
    const char *root = getenv("SPARSECAST_DATA");
    if (!root || !root[0])
        root = in_build_tree() ? SC_SRCDATADIR : SC_PKGDATADIR;
    int length = snprintf(out, size, "%s/%s", root, relative);
    if (length < 0 || (size_t)length >= size)
        return sc_fail(err, SC_IO, NULL, 0, "the path of the data directory is too long: %.200s", root);
    if (access(out, F_OK) != 0)
        return sc_fail(err, SC_IO, out, 0,
                       "this shipped data file is missing; set SPARSECAST_DATA to sparsecast's data directory");
    return SC_OK;
}
