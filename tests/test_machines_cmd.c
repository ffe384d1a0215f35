/* test_machines_cmd.c - the commands that list machines and dataflows: what they print and how they end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <fcntl.h>

#include "family.h"
#include "machine_keys.h"
#include "machines_cmd.h"

TestSuite(machines_cmd, .init = use_source_data);

/* Runs the command with up to two arguments; its standard output is returned, its exit status and standard error
 * stored. */
static const char *run(int (*command)(int, char **), const char *name, const char *a, const char *b, int *status)
{
    static char text[65536];
    char *argv[] = {(char *)name, (char *)a, (char *)b, NULL}, path[TEST_PATH];
    int argc = a ? b ? 3 : 2 : 1, kept[2] = {dup(1), dup(2)};
    write_temporary(path, "", "", 0);
    int file = open(path, O_RDWR | O_TRUNC);
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    *status = command(argc, argv);
    fflush(NULL);
    dup2(kept[0], 1);
    dup2(kept[1], 2);
    ssize_t size = pread(file, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    close(file);
    unlink(path);
    return text;
}

static unsigned lines(const char *text)
{
    unsigned count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

Test(machines_cmd, one_line_per_machine)
{
    int status;
    char **names;
    unsigned count;
    struct sc_error err;
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK);
    free(names);
    const char *text = run(sc_machines_command, "machines", NULL, NULL, &status);
    cr_expect_eq(status, 0);
    cr_expect_eq(lines(text), 1 + count, "%s", text);
    cr_expect_not_null(strstr(text, "sigma-like-asplos23"));
    cr_expect_not_null(strstr(text, "    5.28   2997.47  Flexagon"), "%s", text);
    text = run(sc_machines_command, "machines", "gamma-like", NULL, &status);
    cr_expect_eq(status, 0);
    cr_expect_eq(lines(text), 2, "%s", text);
}

Test(machines_cmd, verbose_prints_every_parameter)
{
    int status;
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(&sc_family_flexagon, &count);
    const char *text = run(sc_machines_command, "machines", "-v", "sigma-like", &status);
    cr_expect_eq(status, 0);
    for (size_t i = 0; i < count; i++)
        cr_expect_not_null(strstr(text, keys[i].path), "%s", keys[i].path);
    cr_expect_not_null(strstr(text, "dram.write"));
    cr_expect_not_null(strstr(text, "total                                   4.21     2395.47"), "%s", text);
    cr_expect_not_null(strstr(text, "energy from nm28-cacti @ "));
}

Test(machines_cmd, dataflows_in_the_order_of_results)
{
    int status;
    const char *text = run(sc_dataflows_command, "dataflows", NULL, NULL, &status), *last = text;
    cr_expect_eq(status, 0);
    cr_expect_eq(lines(text), SC_DATAFLOWS);
    for (int i = 0; i < SC_DATAFLOWS; i++) {
        const char *here = strstr(text, sc_dataflow_name((enum sc_dataflow)i));
        cr_assert_not_null(here);
        cr_expect(here >= last);
        last = here;
    }
}

Test(machines_cmd, help_version_and_mistakes)
{
    static const struct {
        int (*command)(int, char **);
        const char *name, *argument;
        int status;
        const char *says;
    } rows[] = {
        {sc_machines_command, "machines", "--help", 0, "Usage: sparsecast machines"},
        {sc_dataflows_command, "dataflows", "-h", 0, "Usage: sparsecast dataflows"},
        {sc_machines_command, "machines", "--version", 0, "sparsecast "},
        {sc_dataflows_command, "dataflows", "--version", 0, "sparsecast "},
        {sc_machines_command, "machines", "--quick", 2, "unknown option '--quick'"},
        {sc_dataflows_command, "dataflows", "-v", 2, "unknown option '-v'"},
        {sc_dataflows_command, "dataflows", "ip-m", 2, "expected no argument"},
        {sc_machines_command, "machines", "flexagin", 2, "did you mean \"flexagon\"?"},
        {sc_machines_command, "machines", "/nonexistent.yaml", 1, "sparsecast: /nonexistent.yaml: cannot open"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status;
        const char *text = run(rows[i].command, rows[i].name, rows[i].argument, NULL, &status);
        cr_expect_eq(status, rows[i].status, "%s %s: %d", rows[i].name, rows[i].argument, status);
        cr_expect_not_null(strstr(text, rows[i].says), "%s %s: %s", rows[i].name, rows[i].argument, text);
        cr_expect(status == 0 || lines(text) == 1, "a failed command prints its message only: %s", text);
    }
}

Test(machines_cmd, a_bad_machine_after_a_good_one_prints_nothing_but_the_message)
{
    int status;
    const char *text = run(sc_machines_command, "machines", "flexagon", "flexagin", &status);
    cr_expect_eq(status, 2);
    cr_expect_eq(lines(text), 1, "%s", text);
}
