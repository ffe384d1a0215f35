/* test_bench.c - `make bench` works: its smallest mode prints the whole table.  No figure of it is judged.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every row of the table begins with one of these, as often. */
static const struct {
    const char *begin;
    int rows;
} parts[] = {
    {"| closed forms alone", 2}, {"| estimate --best", 4}, {"| estimate with calibration", 1}, {"| sweep", 1},
    {"| simulator, R6", 2},      {"| simulator, S-R3", 2}, {"| simulator, Gustavson", 2},      {"| calibrate", 1},
    {"| a layer", 1},            {"| start", 2},           {"| memory", 2},                    {"| growth", 4},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* A row has five cells, none of them empty or not a number. */
static void check_row(const char *row)
{
    int bars = 0;
    for (const char *at = row; *at; at++)
        bars += *at == '|';
    cr_expect_eq(bars, 6, "%s", row);
    cr_expect_null(strstr(row, "|  |"), "an empty cell: %s", row);
    cr_expect_null(strstr(row, "nan"), "%s", row);
    cr_expect_null(strstr(row, "inf"), "%s", row);
}

Test(bench, smallest_mode, .timeout = 120)
{
    const char *program = getenv("SPARSECAST_PROGRAM"), *source = getenv("SPARSECAST_SRCDIR");
    cr_assert(program && source, "SPARSECAST_PROGRAM and SPARSECAST_SRCDIR, which `make check` sets");
    char command[2048], row[1024];
    int found[PARTS] = {0}, directory = (int)(strrchr(program, '/') - program);
    snprintf(command, sizeof command, "sh '%s/tests/bench/run.sh' '%.*s' tiny", source, directory, program);
    FILE *table = popen(command, "r");
    cr_assert_not_null(table);
    for (int line = 0; fgets(row, sizeof row, table); line++) {
        if (line < 2)
            continue; /* heading */
        check_row(row);
        for (int i = 0; i < PARTS; i++)
            found[i] += strncmp(row, parts[i].begin, strlen(parts[i].begin)) == 0;
    }
    cr_assert_eq(pclose(table), 0, "%s failed", command);
    for (int i = 0; i < PARTS; i++)
        cr_expect_eq(found[i], parts[i].rows, "'%s': %d rows, expected %d", parts[i].begin, found[i], parts[i].rows);
}

/* An unknown mode is refused. */
Test(bench, unknown_mode)
{
    char command[2048];
    snprintf(command, sizeof command, "sh '%s/tests/bench/run.sh' . slow 2> /dev/null", getenv("SPARSECAST_SRCDIR"));
    int status = system(command);
    cr_assert_eq(status, 2 << 8, "status %d", status);
}
