/* machine_list.c - the shipped machines, and from the name of a machine to its file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_dir.h"
#include "printable.h"
#include "text.h"

enum { FOUND_COLUMNS = 60, MACHINES_MAX = 4096 };

static const char suffix[] = ".yaml";

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool sc_machine_is_path(const char *name)
{
    return strchr(name, '/') || ends_in(name, suffix) || ends_in(name, ".yml");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names as separate strings; the caller frees each and the array. */
static int collect(char ***names, unsigned *count, DIR *directory)
{
    struct dirent *entry;
    while ((entry = readdir(directory)) && *count < MACHINES_MAX) {
        size_t length = strlen(entry->d_name);
        if (!ends_in(entry->d_name, suffix) || entry->d_name[0] == '.')
            continue;
        char **grown = realloc(*names, (*count + 1) * sizeof **names);
        if (!grown)
            return SC_NO_MEMORY;
        *names = grown;
        grown[*count] = strndup(entry->d_name, length - strlen(suffix));
        if (!grown[*count])
            return SC_NO_MEMORY;
        ++*count;
    }
    return SC_OK;
}

/* Copies sorted names into one allocation: the pointers, then the texts. */
static char **pack(char *const *names, unsigned count)
{
    size_t bytes = (count + 1) * sizeof *names;
    for (unsigned i = 0; i < count; i++)
        bytes += strlen(names[i]) + 1;
    char **packed = malloc(bytes);
    if (!packed)
        return NULL;
    char *text = (char *)(packed + count + 1);
    for (unsigned i = 0; i < count; i++) {
        packed[i] = strcpy(text, names[i]);
        text += strlen(text) + 1;
    }
    packed[count] = NULL;
    return packed;
}

int sc_machine_list(char ***names, unsigned *count, struct sc_error *err)
{
    char path[SC_PATH_SIZE], **found = NULL;
    *names = NULL;
    *count = 0;
    int status = sc_data_path(path, sizeof path, "machines", err);
    if (status != SC_OK)
        return status;
    DIR *directory = opendir(path);
    if (!directory)
        return sc_fail(err, errno == ENOMEM ? SC_NO_MEMORY : SC_IO, path, 0, "cannot read this directory: %s",
                       strerror(errno));
    status = collect(&found, count, directory);
    closedir(directory);
    if (status == SC_OK && *count > 0)
        qsort(found, *count, sizeof *found, by_name);
    if (status == SC_OK)
        *names = pack(found, *count);
    for (unsigned i = 0; i < *count; i++)
        free(found[i]);
    free(found);
    if (*names)
        return SC_OK;
    *count = 0;
    return sc_fail(err, SC_NO_MEMORY, path, 0, "memory is exhausted while listing this directory");
}

/* "unknown machine", with the nearest name or all of them. */
static int unknown(const char *name, struct sc_error *err)
{
    char **names, shown[4 * FOUND_COLUMNS + 1], known[512] = "";
    unsigned count;
    size_t used = 0;
    int status = sc_machine_list(&names, &count, err);
    if (status != SC_OK)
        return status;
    sc_printable(shown, name, FOUND_COLUMNS);
    const char *near = sc_nearest_name(name, (const char *const *)names, count);
    for (unsigned i = 0; i < count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", names[i]);
    if (near)
        status = sc_fail(err, SC_BAD_USAGE, NULL, 0, "unknown machine \"%s\"; did you mean \"%s\"?", shown, near);
    else
        status = sc_fail(err, SC_BAD_USAGE, NULL, 0,
                         "unknown machine \"%s\"; expected the path of a YAML file or one of %s", shown, known);
    free(names);
    return status;
}

int sc_machine_path(char path[SC_PATH_SIZE], const char *name, struct sc_error *err)
{
    char relative[SC_PATH_SIZE];
    struct sc_error missing;
    if (sc_machine_is_path(name)) {
        int length = snprintf(path, SC_PATH_SIZE, "%s", name);
        return length < SC_PATH_SIZE ? SC_OK
                                     : sc_fail(err, SC_BAD_USAGE, NULL, 0,
                                               "this path is longer than %d bytes: %.100s...", SC_PATH_SIZE - 1, name);
    }
    int length = snprintf(relative, sizeof relative, "machines/%s%s", name, suffix);
    if (!name[0] || length >= (int)sizeof relative)
        return unknown(name, err);
    return sc_data_path(path, SC_PATH_SIZE, relative, &missing) == SC_OK ? SC_OK : unknown(name, err);
}
