/* gnuplot.c - starts gnuplot without a shell, commands in through one pipe, the picture out through another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory_stream.h"
#include "output.h"

enum { READ_SIZE = 64 * 1024 };

void sc_gnuplot_string(FILE *out, const char *text)
{
    bool first = true;
    fputc('\'', out);
    for (; *text; text++) {
        bool beside = first || text[-1] == '\'' || text[1] == '\'';
        first = false;
        if (*text != '\'')
            fputc(*text, out);
        else
            fputs(beside ? "\u2019" : "''", out);
    }
    fputc('\'', out);
}

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
}

/* Our environment with a UTF-8 locale: under others gnuplot warns that it cannot convert the scripts' encoding.  To be
 * freed; NULL when memory is exhausted. */
static char **utf8_environment(void)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **copy = calloc(count + 2, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (strncmp(environ[i], "LC_ALL=", 7) != 0)
            copy[kept++] = environ[i];
    if (copy)
        copy[kept] = locale;
    return copy;
}

/* Starts gnuplot with its standard input and output on the pipes. */
static int start(pid_t *child, int in[2], int out[2], const char *script, struct sc_error *err)
{
    char *const arguments[] = {"gnuplot", "--default-settings", "-", (char *)script, NULL};
    posix_spawn_file_actions_t actions;
    char **environment = utf8_environment();

    if (!environment)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory while starting gnuplot");
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure == 0) {
        failure = posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        if (failure == 0)
            failure = posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        if (failure == 0)
            failure = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    free(environment);
    if (failure == ENOENT)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "gnuplot is not installed, and figures need it (Debian package gnuplot-nox)");
    if (failure)
        return sc_fail(err, failure == ENOMEM ? SC_NO_MEMORY : SC_IO, NULL, 0, "gnuplot cannot be started: %s",
                       strerror(failure));
    return SC_OK;
}

/* Hands over all commands; gnuplot prints nothing before it has read them.  A gnuplot that stops reading has failed,
 * which its exit status tells. */
static void send_commands(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
}

/* Where the picture goes: one of the two. */
struct target {
    struct sc_output *output;
    FILE *memory;
};

static int deliver(const struct target *target, const void *bytes, size_t size, struct sc_error *err)
{
    if (target->output)
        return sc_output_write(target->output, bytes, size, err);
    if (fwrite(bytes, 1, size, target->memory) != size)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a picture");
    return SC_OK;
}

/* Moves the picture to the target; *size is its bytes. */
static int receive(int fd, const struct target *target, size_t *size, struct sc_error *err)
{
    char bytes[READ_SIZE];
    ssize_t got;

    *size = 0;
    while ((got = read(fd, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sc_fail(err, SC_IO, NULL, 0, "cannot read from gnuplot: %s", strerror(errno));
        int status = deliver(target, bytes, (size_t)got, err);
        if (status != SC_OK)
            return status;
        *size += (size_t)got;
    }
    return SC_OK;
}

static int finish(pid_t child, bool drawn, struct sc_error *err)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return sc_fail(err, SC_IO, NULL, 0, "gnuplot is lost: %s", strerror(errno));
    if (WIFSIGNALED(status))
        return sc_fail(err, SC_IO, NULL, 0, "gnuplot was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return sc_fail(err, SC_IO, NULL, 0, "gnuplot failed with exit status %d", WEXITSTATUS(status));
    if (!drawn)
        return sc_fail(err, SC_IO, NULL, 0, "gnuplot drew nothing");
    return SC_OK;
}

/* Runs gnuplot from its start to its end. */
static int run(const char *text, size_t length, const char *script, const struct target *target, struct sc_error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, status = SC_OK;
    size_t size = 0;
    pid_t child;

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        status = sc_fail(err, SC_IO, NULL, 0, "cannot make a pipe to gnuplot: %s", strerror(errno));
    if (status == SC_OK)
        status = start(&child, in, out, script, err);
    if (status == SC_OK) {
        close(out[1]);
        out[1] = -1;
        send_commands(in[1], text, length);
        close_pipe(in);
        status = receive(out[0], target, &size, err);
        close_pipe(out);
        int finished = finish(child, size > 0, status == SC_OK ? err : NULL);
        status = status == SC_OK ? finished : status;
    }
    close_pipe(in);
    close_pipe(out);
    return status;
}

int sc_gnuplot(const char *text, size_t length, const char *script, const char *output_path, struct sc_error *err)
{
    struct target target = {0};
    int status = sc_output_open(&target.output, output_path, err);
    if (status != SC_OK)
        return status;
    status = run(text, length, script, &target, err);
    if (status == SC_OK)
        return sc_output_close(target.output, err);
    sc_output_abandon(target.output);
    return status;
}

int sc_gnuplot_text(const char *text, size_t length, const char *script, char **picture, struct sc_error *err)
{
    size_t size = 0;
    struct target target = {.memory = sc_memory_stream(picture, &size)};
    if (!target.memory) {
        *picture = NULL;
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a picture");
    }
    int status = run(text, length, script, &target, err);
    if (fclose(target.memory) != 0 && status == SC_OK)
        status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a picture");
    if (status != SC_OK) {
        free(*picture);
        *picture = NULL;
    }
    return status;
}
