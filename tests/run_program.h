/* run_program.h - what the tests share that run the program as a user would: a directory of their own, files in it,
 * the program's words, output and exit status.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RUN_PROGRAM_H
#define TESTS_RUN_PROGRAM_H

/* What a command printed, and its exit status; 128 when a signal ended it. */
struct program_run {
    int status;
    char out[256 * 1024], err[16 * 1024];
};

/* Makes a fresh directory and works in it, with the data of the source tree; for .init of a suite, every test of which
 * is a process of its own.  Closed pipes are failed writes from here on, as in the program. */
void enter_directory(void);

/* The same for tests that cannot do without the program: skipped when SPARSECAST_PROGRAM does not name it. */
void enter_directory_for_program(void);

/* Its path. */
const char *test_directory(void);

/* Removes the directory; for .fini of a suite. */
void leave_directory(void);

/* Runs "sparsecast ARGUMENTS" in the shell, which also reads redirections and pipes among them; standard input is
 * empty.  Returns static storage, overwritten by the next run.  Skips the test without SPARSECAST_PROGRAM. */
const struct program_run *run(const char *arguments);

/* Runs the program with these words, up to NULL; standard output and standard error go to one file, which is truncated
 * first.  Returns the exit status.  It needs no directory of its own. */
int run_words(const char *log, char *const *words);

/* Runs a command of the shell; returns its exit status. */
int run_shell(const char *command);

/* Writes a file whole. */
void put_file(const char *path, const char *text);

/* The whole of a file that must exist, to be freed. */
char *get_file(const char *path);

/* How many lines end in a text. */
int count_lines(const char *text);

/* The commands that "sparsecast --help" lists. */
enum { PROGRAM_COMMANDS = 40, PROGRAM_COMMAND_NAME = 40, PROGRAM_SUMMARY = 200 };
struct program_commands {
    char name[PROGRAM_COMMANDS][PROGRAM_COMMAND_NAME], summary[PROGRAM_COMMANDS][PROGRAM_SUMMARY];
    int count;
};
const struct program_commands *list_commands(void);

/* What "sparsecast COMMAND --help" prints, to be freed. */
char *help_of(const char *command);

/* Whether a tool is installed. */
int has_tool(const char *name);

/* Whether gnuplot can draw. */
int has_gnuplot(void);

#endif
