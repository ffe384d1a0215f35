/* test_manpage.c - the manual page names every result column, dataflow and shipped machine, and no others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "result.h"

enum { ENTRIES_MAX = 256 };

/* The entries ".It Sy NAME" of one section, in order. */
struct section {
    char name[ENTRIES_MAX][64];
    size_t count;
};

static void source_path(char *path, size_t size, const char *relative)
{
    const char *root = getenv("SPARSECAST_SRCDIR");
    snprintf(path, size, "%s/%s", root && root[0] ? root : ".", relative);
}

static void read_section(struct section *section, const char *heading)
{
    char path[4096], line[512];
    bool inside = false;

    source_path(path, sizeof path, "doc/sparsecast.1");
    FILE *in = fopen(path, "r");
    cr_assert_not_null(in, "%s cannot be opened", path);
    section->count = 0;
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, ".Sh ", 4) == 0)
            inside = strcmp(line + 4, heading) == 0;
        else if (inside && strncmp(line, ".It Sy ", 7) == 0 && section->count < ENTRIES_MAX)
            snprintf(section->name[section->count++], sizeof section->name[0], "%.63s", line + 7);
    }
    fclose(in);
}

static void expect_entries(const char *heading, const char *const *names, size_t count)
{
    static struct section section;
    read_section(&section, heading);
    cr_expect_eq(section.count, count, "section %s has %zu entries, expected %zu", heading, section.count, count);
    for (size_t i = 0; i < count && i < section.count; i++)
        cr_expect_str_eq(section.name[i], names[i], "section %s, entry %zu: '%s', expected '%s'", heading, i,
                         section.name[i], names[i]);
}

Test(manpage, result_columns)
{
    static const char *const names[] = {
#define X(name, kind, unit, meaning) #name,
        SC_RESULT_COLUMNS(X)
#undef X
    };
    expect_entries("RESULT COLUMNS", names, sizeof names / sizeof names[0]);
}

Test(manpage, dataflows)
{
    static const char *const names[] = {
#define X(id, name, meaning) name,
        SC_DATAFLOW_LIST(X)
#undef X
    };
    expect_entries("DATAFLOWS", names, sizeof names / sizeof names[0]);
}

Test(manpage, shipped_machines)
{
    static struct section section;
    char path[4096];
    size_t files = 0;

    read_section(&section, "MACHINES");
    source_path(path, sizeof path, "data/machines");
    DIR *dir = opendir(path);
    cr_assert_not_null(dir, "%s cannot be opened", path);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *suffix = strstr(entry->d_name, ".yaml");
        size_t i = 0;
        if (!suffix)
            continue;
        *suffix = '\0';
        files++;
        while (i < section.count && strcmp(section.name[i], entry->d_name) != 0)
            i++;
        cr_expect_lt(i, section.count, "machine '%s' is not in the manual page", entry->d_name);
    }
    closedir(dir);
    cr_expect_eq(section.count, files, "the manual page lists %zu machines, %zu are shipped", section.count, files);
}
