/* run_program.c - runs the program as a user would; see run_program.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_program.h"

#include <signal.h>
#include <sys/wait.h>

#include "machine_files.h"

static char directory[] = "/tmp/sparsecast-test-XXXXXX";
static int entered;

void enter_directory(void)
{
    use_source_data();
    signal(SIGPIPE, SIG_IGN);
    cr_assert_not_null(mkdtemp(directory));
    entered = 1;
    cr_assert_eq(chdir(directory), 0);
}

static void need_program(void)
{
    if (!getenv("SPARSECAST_PROGRAM"))
        cr_skip_test("SPARSECAST_PROGRAM does not name the program");
}

void enter_directory_for_program(void)
{
    need_program();
    enter_directory();
}

const char *test_directory(void)
{
    return directory;
}

void leave_directory(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (entered)
        cr_assert_eq(system(command), 0);
}

int run_shell(const char *command)
{
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* A text that does not fit would be compared in part: that is a failure of the test. */
static void read_whole(const char *path, char *text, size_t size)
{
    FILE *in = fopen(path, "rb");
    size_t got = in ? fread(text, 1, size, in) : 0;
    if (in)
        fclose(in);
    cr_assert_lt(got, size, "%s has more than %zu bytes: write it to a file with -o", path, size - 1);
    text[got] = '\0';
}

const struct program_run *run(const char *arguments)
{
    static struct program_run ran;
    char command[8192];
    need_program();
    int length = snprintf(command, sizeof command, "> .out 2> .err < /dev/null \"$SPARSECAST_PROGRAM\" %s", arguments);
    cr_assert(length > 0 && (size_t)length < sizeof command);
    ran.status = run_shell(command);
    read_whole(".out", ran.out, sizeof ran.out);
    read_whole(".err", ran.err, sizeof ran.err);
    return &ran;
}

int run_words(const char *log, char *const *words)
{
    char command[16384];
    size_t used = 0;
    need_program();
    used += (size_t)snprintf(command, sizeof command, "> '%s' 2>&1 < /dev/null \"$SPARSECAST_PROGRAM\"", log);
    for (; *words && used < sizeof command; words++)
        used += (size_t)snprintf(command + used, sizeof command - used, " '%s'", *words);
    cr_assert_lt(used, sizeof command);
    return run_shell(command);
}

void put_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    cr_assert_not_null(out, "%s cannot be written", path);
    cr_assert(fputs(text, out) >= 0);
    cr_assert_eq(fclose(out), 0);
}

char *get_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    cr_assert_not_null(in, "%s is missing", path);
    cr_assert_eq(fseek(in, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(in);
    rewind(in);
    char *text = calloc(1, size + 1);
    cr_assert_not_null(text);
    cr_assert_eq(fread(text, 1, size, in), size);
    fclose(in);
    return text;
}

int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

const struct program_commands *list_commands(void)
{
    static struct program_commands all;
    char *help = strdup(run("--help")->out);
    cr_assert_not_null(help);
    all.count = 0;
    for (char *line = strtok(help, "\n"); line && all.count < PROGRAM_COMMANDS; line = strtok(NULL, "\n"))
        all.count += sscanf(line, "  %39[a-z] %199[^\n]", all.name[all.count], all.summary[all.count]) == 2;
    free(help);
    cr_assert_gt(all.count, 0);
    return &all;
}

char *help_of(const char *command)
{
    char arguments[PROGRAM_COMMAND_NAME + 20];
    snprintf(arguments, sizeof arguments, "%s --help", command);
    const struct program_run *ran = run(arguments);
    cr_assert_eq(ran->status, 0, "%s: %s", command, ran->err);
    cr_expect_str_empty(ran->err);
    char *help = strdup(ran->out);
    cr_assert_not_null(help);
    return help;
}

int has_tool(const char *name)
{
    char command[200];
    snprintf(command, sizeof command, "command -v %s > /dev/null 2>&1", name);
    return run_shell(command) == 0;
}

int has_gnuplot(void)
{
    return has_tool("gnuplot");
}
