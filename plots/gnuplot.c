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

#include "output.h"

extern char **environ;

enum { READ_SIZE = 64 * 1024 };

void sc_gnuplot_string(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', out);
        fputc(*text, out);
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

/* Our environment with a UTF-8 locale: under others gnuplot warns that it cannot convert the scripts' encoding.  To be freed; NULL when
 * memory is exhausted. */
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
        return sc_fail(err, SC_IO, NULL, 0, "gnuplot cannot be started: %s", strerror(failure));
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

/* Moves the picture to the output; *size is its bytes. */
static int receive(int fd, struct sc_output *output, size_t *size, struct sc_error *err)
{
    char bytes[READ_SIZE];
    ssize_t got;

    *size = 0;
    while ((got = read(fd, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sc_fail(err, SC_IO, NULL, 0, "cannot read from gnuplot: %s", strerror(errno));
        int status = sc_output_write(output, bytes, (size_t)got, err);
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

int sc_gnuplot(const char *text, size_t length, const char *script, const char *output_path, struct sc_error *err)
{
    struct sc_output *output;
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    size_t size = 0;
    pid_t child;

    int status = sc_output_open(&output, output_path, err);
    if (status != SC_OK)
        return status;
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        status = sc_fail(err, SC_IO, NULL, 0, "cannot make a pipe to gnuplot: %s", strerror(errno));
    if (status == SC_OK)
        status = start(&child, in, out, script, err);
    if (status == SC_OK) {
        close(out[1]);
        out[1] = -1;
        send_commands(in[1], text, length);
        close_pipe(in);
        status = receive(out[0], output, &size, err);
        close_pipe(out);
        int finished = finish(child, size > 0, status == SC_OK ? err : NULL);
        status = status == SC_OK ? finished : status;
    }
    close_pipe(in);
    close_pipe(out);
    if (status == SC_OK)
        return sc_output_close(output, err);
    sc_output_abandon(output);
    return status;
}
