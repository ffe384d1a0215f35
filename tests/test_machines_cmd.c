/* test_machines_cmd.c - the commands that list machines and dataflows: what they print and how they end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include "family.h"
#include "machine_keys.h"
#include "run_program.h"

TestSuite(machines_cmd, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100);

/* What a command with up to two arguments prints, on standard output and then on standard error. */
static const char *try(const char *name, const char *a, const char *b, int *status)
{
    static char text[sizeof(struct program_run)];
    char arguments[500];
    snprintf(arguments, sizeof arguments, "%s %s %s", name, a ? a : "", b ? b : "");
    const struct program_run *ran = run(arguments);
    snprintf(text, sizeof text, "%s%s", ran->out, ran->err);
    *status = ran->status;
    return text;
}

Test(machines_cmd, one_line_per_machine)
{
    int status;
    char **names;
    unsigned count;
    struct sc_error err;
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK);
    free(names);
    const char *text = try("machines", NULL, NULL, &status);
    cr_expect_eq(status, 0);
    cr_expect_eq(count_lines(text), 1 + (int)count, "%s", text);
    cr_expect_not_null(strstr(text, "sigma-like-asplos23"));
    cr_expect_not_null(strstr(text, "    5.28   2997.47  Flexagon"), "%s", text);
    text = try("machines", "gamma-like", NULL, &status);
    cr_expect_eq(status, 0);
    cr_expect_eq(count_lines(text), 2, "%s", text);
}

Test(machines_cmd, verbose_prints_every_parameter)
{
    int status;
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(&sc_family_flexagon, &count);
    const char *text = try("machines", "-v", "sigma-like", &status);
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
    const char *text = try("dataflows", NULL, NULL, &status), *last = text;
    cr_expect_eq(status, 0);
    cr_expect_eq(count_lines(text), SC_DATAFLOWS);
    for (int i = 0; i < SC_DATAFLOWS; i++) {
        const char *here = strstr(text, sc_dataflow_name((enum sc_dataflow)i));
        cr_assert_not_null(here);
        cr_expect(here >= last);
        last = here;
    }
}

/* Of every family: what an event costs, or what the machine draws. */
Test(machines_cmd, every_shipped_machine_in_full)
{
    static const char *const events[][2] = {
        {"flexagon", "psram.write"}, {"tensor-core", "shared_bitmap"}, {"systolic", "register_bit"},
        {"butterfly", "power.core_w"}, {"fabnet", "power.total_w"},    {"roofline", "power.total_w"},
    };
    char **names;
    unsigned count, known = 0;
    struct sc_error err;
    cr_assert_eq(sc_machine_list(&names, &count, &err), SC_OK);
    for (unsigned i = 0; i < count; i++) {
        struct sc_machine machine;
        int status;
        const char *text = run(sc_machines_command, "machines", "-v", names[i], &status);
        cr_expect_eq(status, 0, "%s: %s", names[i], text);
        cr_assert_eq(sc_machine_read(&machine, names[i], NULL, &err), SC_OK);
        for (size_t f = 0; f < sizeof events / sizeof events[0]; f++) {
            if (strcmp(machine.family->name, events[f][0]) != 0)
                continue;
            known++;
            cr_expect_not_null(strstr(text, events[f][1]), "%s says nothing of %s: %s", names[i], events[f][1], text);
        }
    }
    cr_expect_eq(known, count);
    free(names);
}

Test(machines_cmd, help_version_and_mistakes)
{
    static const struct {
        const char *name, *argument;
        int status;
        const char *says;
    } rows[] = {
        {"machines", "--help", 0, "Usage: sparsecast machines"},
        {"dataflows", "-h", 0, "Usage: sparsecast dataflows"},
        {"machines", "--version", 0, "sparsecast "},
        {"dataflows", "--version", 0, "sparsecast "},
        {"machines", "--quick", 2, "unknown option '--quick'"},
        {"dataflows", "-v", 2, "unknown option '-v'"},
        {"dataflows", "ip-m", 2, "expected no argument"},
        {"machines", "flexagin", 2, "did you mean \"flexagon\"?"},
        {"machines", "/nonexistent.yaml", 1, "sparsecast: /nonexistent.yaml: cannot open"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status;
        const char *text = try(rows[i].name, rows[i].argument, NULL, &status);
        cr_expect_eq(status, rows[i].status, "%s %s: %d", rows[i].name, rows[i].argument, status);
        cr_expect_not_null(strstr(text, rows[i].says), "%s %s: %s", rows[i].name, rows[i].argument, text);
        cr_expect(status == 0 || count_lines(text) == 1, "a failed command prints its message only: %s", text);
    }
}

Test(machines_cmd, a_bad_machine_after_a_good_one_prints_nothing_but_the_message)
{
    int status;
    const char *text = try("machines", "flexagon", "flexagin", &status);
    cr_expect_eq(status, 2);
    cr_expect_eq(count_lines(text), 1, "%s", text);
}
