/* test_options.c - what comes from the tables of options: help with examples that run, completion, and complaints that
 * say what to do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include "machine.h"
#include "run_program.h"

TestSuite(options, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 300);

Test(options, help_has_all_parts_and_fits_a_terminal)
{
    char begin[100];
    const struct program_commands *all = list_commands();
    for (int c = 0; c < all->count; c++) {
        char *help = help_of(all->name[c]);
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
        free(help);
    }
}

/* A clone's data directory and what examples before have written is all that an example needs. */
Test(options, examples_run)
{
    char path[TEST_PATH], command[TEST_PATH + 100];
    const struct program_commands *all = list_commands();
    snprintf(command, sizeof command, "ln -s '%s' data", in_source(path, "data"));
    cr_assert_eq(run_shell(command), 0);
    for (int c = 0; c < all->count; c++) {
        char *help = help_of(all->name[c]), *line = strstr(help, "\nExample");
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
        free(help);
    }
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
    if (!has_tool("bash"))
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
    if (!has_tool("bash"))
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
    const struct program_commands *all = list_commands();
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

/* Wrong usage has exit status 2, nothing on standard output and one line that says what to do instead. */
Test(options, complaints_say_what_to_do)
{
    static const struct {
        const char *arguments, *says;
    } bad[] = {
        {"estimat l.csv", "did you mean 'estimate'?"},
        {"help estimat", "did you mean 'estimate'?"},
        {"estimate", "which layer list? give its name"},
        {"estimate l.csv l.csv", "one layer list at a time; the second is l.csv"},
        {"estimate l.csv --bset", "did you mean '--best'?"},
        {"estimate l.csv --n", "ambiguous: --network or --no-progress"},
        {"estimate l.csv -m", "option '-m' needs a value: -m NAME"},
        {"estimate l.csv --machine", "option '--machine' needs a value: --machine=NAME"},
        {"estimate l.csv --best=1", "option '--best' takes no value"},
        {"estimate l.csv -m flexagno", "did you mean \"flexagon\"?"},
        {"estimate l.csv -d ip-x", "did you mean"},
        {"estimate l.csv -d zz", "known are ip-m"},
        {"estimate l.csv -m sigma-like -d op-m", "expected one of ip-m"},
        {"estimate l.csv -f xml", "--format takes table, csv or json, not xml"},
        {"estimate l.csv --energy=mid", "--energy takes low, nominal or high, not mid"},
        {"estimate l.csv --energy-table=nope", "expected a row of data/energy/sets.csv"},
        {"estimate l.csv --activations c", "--activations takes b or a, not c"},
        {"estimate l.csv --refine --network", "drop one of them"},
        {"simulate l.csv --layer y", "has no layer 'y'"},
        {"simulate l.csv --a x", "either a layer list or --a and --b"},
        {"simulate --a x", "give --b FILE"},
        {"simulate --a - --b -", "give a file for the other"},
        {"simulate l.csv -j 0", "--jobs takes a whole number from 1 to 1024, not 0"},
        {"simulate l.csv --trace -", "give -o FILE or --trace FILE"},
        {"simulate l.csv --trace t -o t", "give different files"},
        {"calibrate l.csv", "give -o FILE to calibrate"},
        {"sweep l.csv", "give --set KEY=VALUES"},
        {"sweep l.csv --set M", "expected KEY=VALUE"},
        {"sweep l.csv --set array.multiplier=1", "did you mean 'array.multipliers'?"},
        {"sweep - --set M=1", "give a file"},
        {"profile l.csv", "operands are given by --a and --b"},
        {"generate --rows 3", "give --cols"},
        {"generate --rows 3 --cols 3 -o x.mtx", "give --density"},
        {"generate --rows 3 --cols 3 --density 2 -o x.mtx", "--density takes a number from 0 to 1, not 2"},
        {"generate --rows 3 --cols 3 --density 1 -o x.txt", "ends in .mtx, .smtx"},
        {"formats l.csv -m v100", "give --value-bits and --field-bits"},
        {"formats l.csv --kernel 3", "as in 3x3"},
        {"periodic", "what? target, losses, order or check"},
        {"periodic losses", "name it behind losses"},
        {"periodic order --pattern 4:4", "give --filters=K"},
        {"periodic check x.mtx", "give --pattern=n:P"},
        {"import", "which layer list? give its name"},
        {"reproduce flexagn", "did you mean 'flexagon'?"},
        {"plot phase l.csv", "did you mean 'phases'?"},
        {"plot timelin l.csv", "did you mean 'timeline'?"},
        {"plot fig99", "expected one of fig13"},
        {"plot l.csv -o x.gif", "give such a name with -o"},
        {"report", "which result file? give its name"},
        {"machines flexagn", "did you mean \"flexagon\"?"},
        {"dataflows x", "expected no argument"},
    };
    put_file("l.csv", "layer,M,N,K,density_a,density_b\nx,8,8,8,0.5,0.5\n");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct program_run *o = run(bad[i].arguments);
        cr_expect_eq(o->status, 2, "%s: %d", bad[i].arguments, o->status);
        cr_expect_str_empty(o->out, "%s", bad[i].arguments);
        cr_expect_eq(count_lines(o->err), 1, "%s: %s", bad[i].arguments, o->err);
        cr_expect_not_null(strstr(o->err, bad[i].says), "%s: %s", bad[i].arguments, o->err);
    }
    char *help = help_of("sweep");
    cr_expect_str_eq(run("help sweep")->out, help);
    free(help);
    cr_expect_eq(run("--help > /dev/full")->status, 1);
}
