/* test_options.c - what comes from the tables of options: help with examples that run, manual pages, completion, and
 * complaints that say what to do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include "machine.h"
#include "run_program.h"

TestSuite(options, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 300);

enum { COMMANDS_MOST = 40, NAME = 40 };

/* The commands that the program lists. */
struct listed {
    char name[COMMANDS_MOST][NAME], summary[COMMANDS_MOST][200];
    int count;
};

static const struct listed *commands(void)
{
    static struct listed listed;
    char help[8000];
    listed.count = 0;
    snprintf(help, sizeof help, "%.7999s", run("--help")->out);
    for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n"))
        if (listed.count < COMMANDS_MOST &&
            sscanf(line, "  %39[a-z] %199[^\n]", listed.name[listed.count], listed.summary[listed.count]) == 2)
            listed.count++;
    cr_assert_geq(listed.count, 14);
    return &listed;
}

/* The first `size - 1` bytes of what "sparsecast COMMAND ARGUMENT" prints, which must succeed. */
static void help_of(char *out, size_t size, const char *command)
{
    char arguments[100];
    snprintf(arguments, sizeof arguments, "%s --help", command);
    const struct program_run *o = run(arguments);
    cr_assert_eq(o->status, 0, "%s: %s", command, o->err);
    cr_expect_str_empty(o->err);
    cr_assert_lt(strlen(o->out), size);
    strcpy(out, o->out);
}

Test(options, help_has_all_parts_and_fits_a_terminal)
{
    char help[16000], begin[100];
    const struct listed *all = commands();
    for (int c = 0; c < all->count; c++) {
        help_of(help, sizeof help, all->name[c]);
        snprintf(begin, sizeof begin, "Usage: sparsecast %s", all->name[c]);
        cr_expect_eq(strncmp(help, begin, strlen(begin)), 0, "%s", help);
        cr_expect_not_null(strstr(help, "\n  -h, --help  "), "%s", help);
        cr_expect_not_null(strstr(help, "\nExit status: 0 success, 1 "), "%s", help);
        cr_expect_not_null(strstr(help, "sparsecast-"), "no manual page is named: %s", help);
        bool example = false; /* commands to copy are not broken */
        for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n")) {
            example = example || strncmp(line, "Example", 7) == 0;
            cr_expect(example || strstr(line, "sparsecast ") || strlen(line) < 80, "%s: %s", all->name[c], line);
        }
    }
}

/* A clone's data directory and what examples before have written is all that an example needs. */
Test(options, examples_run)
{
    char help[16000], path[TEST_PATH], command[TEST_PATH + 100];
    const struct listed *all = commands();
    snprintf(command, sizeof command, "ln -s '%s' data", in_source(path, "data"));
    cr_assert_eq(run_shell(command), 0);
    for (int c = 0; c < all->count; c++) {
        help_of(help, sizeof help, all->name[c]);
        char *line = strstr(help, "\nExample");
        cr_assert_not_null(line, "%s --help has no example", all->name[c]);
        line = strchr(line + 1, '\n') + 1;
        int run_lines = 0;
        for (; strncmp(line, "  ", 2) == 0; line = strchr(line, '\n') + 1, run_lines++) {
            FILE *script = fopen("example.sh", "w");
            cr_assert_not_null(script);
            fprintf(script, "sparsecast() { \"$SPARSECAST_PROGRAM\" \"$@\"; }\n%.*s\n", (int)strcspn(line, "\n"), line);
            fclose(script);
            if (strncmp(line, "  sparsecast plot", 17) == 0 && !has_gnuplot())
                continue;
            int status = run_shell("sh example.sh > .out 2> .err < /dev/null");
            char *complaint = get_file(".err");
            cr_expect_eq(status, 0, "%.*s\n%s", (int)strcspn(line, "\n"), line, complaint);
            free(complaint);
        }
        cr_expect_gt(run_lines, 0, "%s --help has no example", all->name[c]);
    }
}

static bool is_there(const char *tool)
{
    char command[200];
    snprintf(command, sizeof command, "command -v %s > /dev/null 2>&1", tool);
    return run_shell(command) == 0;
}

/* Every command has its page, installed by the makefile, that formatters take without a warning; options, examples and
 * summary are those of the help. */
Test(options, manual_pages_are_complete_and_clean)
{
    static const char *const checks[][2] = {
        {"mandoc", "mandoc -T lint -W warning page.1 > lint 2>&1; test ! -s lint"},
        {"groff", "groff -ww -mandoc -Tutf8 page.1 2> lint > /dev/null; test ! -s lint"},
        {"man", "man --warnings -l page.1 2> lint > /dev/null; test ! -s lint"},
    };
    char arguments[100], path[TEST_PATH], page_name[100], help[16000];
    char *makefile = get_file(in_source(path, "Makefile.am"));
    const struct listed *all = commands();
    for (int c = 0; c < all->count; c++) {
        snprintf(page_name, sizeof page_name, "doc/sparsecast-%s.1", all->name[c]);
        cr_expect_not_null(strstr(makefile, page_name), "Makefile.am does not make %s", page_name);
        snprintf(arguments, sizeof arguments, "--print-manual %s > page.1", all->name[c]);
        cr_assert_eq(run(arguments)->status, 0);
        for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
            if (!is_there(checks[i][0]))
                continue;
            int status = run_shell(checks[i][1]);
            char *lint = get_file("lint");
            cr_expect_eq(status, 0, "%s, %s: %s", all->name[c], checks[i][0], lint);
            free(lint);
        }
        char *page = get_file("page.1");
        cr_expect_not_null(strstr(page, all->summary[c]), "%s: its summary is not '%s'", all->name[c], all->summary[c]);
        help_of(help, sizeof help, all->name[c]);
        for (char *at = help; (at = strstr(at, "\n      --")); at++) {
            char option[100] = " Fl -";
            sscanf(at + 9, "%90[a-z-]", option + 5);
            cr_expect_not_null(strstr(page, option), "%s: no '%s'", all->name[c], option);
        }
        free(page);
    }
    free(makefile);
    cr_expect_eq(run("--print-manual estimat")->status, 2);
}

/* The words that bash offers when the cursor stands behind the last of `words`, joined by blanks and sorted. */
static const char *completed(const char *words)
{
    static char reply[20000];
    FILE *script = fopen("try.bash", "w");
    cr_assert_not_null(script);
    fprintf(script, "source ./completion\nCOMP_WORDS=(%s)\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_sparsecast\n"
                    "printf '%%s\\n' \"${COMPREPLY[@]}\" | sort | tr '\\n' ' '\n", words);
    fclose(script);
    cr_assert_eq(run_shell("bash --norc try.bash > reply 2> complaints"), 0);
    char *text = get_file("reply"), *complaints = get_file("complaints");
    cr_expect_str_empty(complaints, "%s", words);
    snprintf(reply, sizeof reply, "%s", text);
    free(text);
    free(complaints);
    return reply;
}

Test(options, completion_of_bash)
{
    static const struct {
        const char *words, *reply;
    } cases[] = {
        {"sparsecast es", "estimate "},
        {"sparsecast re", "report reproduce "},
        {"sparsecast --v", "--version "},
        {"sparsecast estimate --be", "--best "},
        {"sparsecast estimate --ca", "--calibration "},
        {"sparsecast estimate --energy", "--energy --energy-table "},
        {"sparsecast estimate -f ''", "csv json table "},
        {"sparsecast estimate --format c", "csv "},
        {"sparsecast estimate --format =", "csv json table "},
        {"sparsecast estimate --format = j", "json "},
        {"sparsecast sweep --energy n", "nominal "},
        {"sparsecast simulate -d gust", "gust-m gust-n "},
        {"sparsecast estimate -m flexagon -m sigma", "sigma-like sigma-like-asplos23 "},
        {"sparsecast machines flex", "flexagon flexagon-asplos23 flexagon-tfm-adrian "},
        {"sparsecast machines -m", " "},
        {"sparsecast plot phas", "phases "},
        {"sparsecast plot --figure time", "timeline "},
        {"sparsecast plot par", "pareto parity party.csv party.yaml "},
        {"sparsecast plot phases party", "party.csv party.yaml "},
        {"sparsecast estimate party", "party.csv party.yaml "},
        {"sparsecast estimate -m ./pa", "./party.csv ./party.yaml "},
        {"sparsecast estimate -o part", "party.csv party.yaml "},
        {"sparsecast estimate --level 9", " "},
        {"sparsecast periodic l", "losses "},
        {"sparsecast generate --pattern row", "rowskew "},
        {"sparsecast reproduce d", "dstc "},
        {"sparsecast nonsense --", " "},
    };
    if (!is_there("bash"))
        cr_skip_test("bash is not installed");
    put_file("party.csv", "");
    put_file("party.yaml", "");
    cr_assert_eq(run("--print-completion > completion")->status, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *reply = completed(cases[i].words);
        cr_expect_str_eq(reply, cases[i].reply, "'%s': '%s', expected '%s'", cases[i].words, reply, cases[i].reply);
    }
}

/* What the completion offers for machines and dataflows is all that the program knows. */
Test(options, completion_knows_all_machines_and_dataflows)
{
    char **machine;
    unsigned machines;
    struct sc_error err;
    if (!is_there("bash"))
        cr_skip_test("bash is not installed");
    cr_assert_eq(run("--print-completion > completion")->status, 0);
    cr_assert_eq(sc_machine_list(&machine, &machines, &err), SC_OK);
    const char *offered = completed("sparsecast estimate -m ''");
    for (unsigned m = 0; m < machines; m++)
        cr_expect_not_null(strstr(offered, machine[m]), "%s is not offered: %s", machine[m], offered);
    offered = completed("sparsecast estimate -d ''");
    for (int d = 0; d < SC_DATAFLOWS; d++)
        cr_expect_not_null(strstr(offered, sc_dataflow_name((enum sc_dataflow)d)), "%s", offered);
    free(machine);
}

/* Mistakes that any command may see. */
Test(options, every_command_explains_bad_options)
{
    static const struct {
        const char *option, *says;
    } bad[] = {
        {"--hepl", "unknown option '--hepl', did you mean '--help'?; try 'sparsecast "},
        {"--hepl=3", "unknown option '--hepl', did you mean '--help'?; try 'sparsecast "},
        {"--qqqqqqqqqqqq", "unknown option '--qqqqqqqqqqqq'; try 'sparsecast "},
        {"-Q", "unknown option '-Q'; try 'sparsecast "},
        {"--help=yes", "option '--help' takes no value; found '--help=yes'; try 'sparsecast "},
    };
    char arguments[200];
    const struct listed *all = commands();
    for (int c = 0; c < all->count; c++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            snprintf(arguments, sizeof arguments, "%s %s", all->name[c], bad[i].option);
            const struct program_run *o = run(arguments);
            cr_expect_eq(o->status, 2, "%s: %d", arguments, o->status);
            cr_expect_str_empty(o->out, "%s", arguments);
            cr_expect_eq(count_lines(o->err), 1, "%s: %s", arguments, o->err);
            cr_expect_not_null(strstr(o->err, bad[i].says), "%s: %s", arguments, o->err);
        }
}
