/* fault_run.h - what the fault tests share: the program run in a directory of its own, under an environment and limits
 * of the test's choice, and everything it left behind.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TEST_FAULT_RUN_H
#define SC_TEST_FAULT_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How the program is started. */
struct fault_run {
    const char *arguments;          /* separated by single spaces */
    const char *const *environment; /* further "NAME=VALUE" (a bare "NAME" removes it), NULL at the end; or NULL */
    void (*prepare)(void);          /* called in the child before the program takes over; or NULL */
};

/* What came of it. */
struct fault_outcome {
    int status; /* exit status; 256 + signal when a signal ended it */
    size_t out_size;
    uint64_t out_digest;
    char out[4000], err[4000]; /* beginnings of what it printed */
};

/* Makes a fresh directory with a directory "work" in it and goes there; skips the test when the program is not named by
 * SPARSECAST_PROGRAM.  fault_leave() removes it. */
void fault_enter(void);
void fault_leave(void);

/* Starts the program in the current directory; its standard input is empty, its output goes to ../out and ../err. */
pid_t fault_start(const struct fault_run *run);

/* Whether the started program is still at work. */
bool fault_is_running(pid_t child);

/* Waits for its end. */
void fault_wait(pid_t child, struct fault_outcome *outcome);

/* Both. */
void fault_run(const struct fault_run *run, struct fault_outcome *outcome);

/* As fault_run() with arguments only; the outcome is overwritten by the next call. */
const struct fault_outcome *fault_plain(const char *arguments);

/* Names and bytes of all files of the current directory as one number. */
uint64_t fault_directory_digest(void);

/* Bytes of one file as a number. */
uint64_t fault_file_digest(const char *name);

/* How many entries the current directory has. */
int fault_directory_entries(void);

void fault_write(const char *name, const char *text);

/* A list of so many layers of about `size`. */
void fault_write_list(const char *name, int layers, int size);

/* Expects exit status 1, a message with `reason` in it and nothing printed. */
void fault_expect(const struct fault_outcome *o, const char *what, const char *reason);

/* The beginning of a file as a string (static storage of the last call); "" when there is none. */
const char *fault_read(const char *name);

#endif
