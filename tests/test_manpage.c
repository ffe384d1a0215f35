/* test_manpage.c - the manual page names every command, result column, dataflow and shipped machine, and no others; the
 * pages of the commands are complete; formatters complain about none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "result.h"
#include "run_program.h"

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

/* The file page.1 passes the formatters that are installed without a warning. */
static void expect_clean_page(const char *name)
{
    static const char *const checks[][2] = {
        {"mandoc", "mandoc -T lint -W warning page.1 > lint 2>&1; test ! -s lint"},
        {"groff", "groff -ww -mandoc -Tutf8 page.1 2> lint > /dev/null; test ! -s lint"},
        {"man", "man --warnings -l page.1 2> lint > /dev/null; test ! -s lint"},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!has_tool(checks[i][0]))
            continue;
        int status = run_shell(checks[i][1]);
        char *lint = get_file("lint");
        cr_expect_eq(status, 0, "%s, %s: %s", name, checks[i][0], lint);
        free(lint);
    }
}

/* The main page refers to the page of every command and to no other. */
Test(manpage, commands, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100)
{
    char path[4096], entry[400];
    const struct program_commands *all = list_commands();
    int entries = 0;
    source_path(path, sizeof path, "doc/sparsecast.1");
    char *page = get_file(path);
    put_file("page.1", page);
    expect_clean_page("sparsecast");
    for (const char *at = page; (at = strstr(at, "\n.It Xr sparsecast-")); at++)
        entries++;
    cr_expect_eq(entries, all->count, "%d entries, %d commands", entries, all->count);
    for (int c = 0; c < all->count; c++) {
        snprintf(entry, sizeof entry, "\n.It Xr sparsecast-%s 1\n%s\n", all->name[c], all->summary[c]);
        cr_expect_not_null(strstr(page, entry), "the page has not: %s", entry);
        snprintf(entry, sizeof entry, "\n.Xr sparsecast-%s 1", all->name[c]);
        cr_expect_not_null(strstr(page, entry), "section SEE ALSO has not: %s", entry);
    }
    free(page);
}

/* Every command has its page, which the makefile installs; options and summary are those of the help. */
Test(manpage, pages_of_commands, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100)
{
    char arguments[100], path[4096], name[100];
    const struct program_commands *all = list_commands();
    source_path(path, sizeof path, "Makefile.am");
    char *makefile = get_file(path);
    for (int c = 0; c < all->count; c++) {
        snprintf(name, sizeof name, "doc/sparsecast-%s.1", all->name[c]);
        cr_expect_not_null(strstr(makefile, name), "Makefile.am does not make %s", name);
        snprintf(arguments, sizeof arguments, "--print-manual %s > page.1", all->name[c]);
        cr_assert_eq(run(arguments)->status, 0);
        expect_clean_page(name);
        char *page = get_file("page.1"), *help = help_of(all->name[c]);
        cr_expect_not_null(strstr(page, all->summary[c]), "%s: its summary is not '%s'", name, all->summary[c]);
        for (char *at = help; (at = strstr(at, "\n      --")); at++) {
            char option[100] = " Fl -";
            sscanf(at + 9, "%90[a-z-]", option + 5);
            cr_expect_not_null(strstr(page, option), "%s: no '%s'", name, option);
        }
        free(help);
        free(page);
    }
    free(makefile);
    cr_expect_eq(run("--print-manual estimat")->status, 2);
}
