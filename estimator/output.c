/* output.c - atomic files and all-or-nothing standard output.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

enum {
    BUFFER_SIZE = 1 << 20, /* large enough that a write's system call costs nothing per row */
    LINKS_MAX = 40,        /* symbolic links followed, as Linux does */
    NAMES_TRIED = 100      /* temporary names that may be taken by leftovers of a recycled process id */
};

enum destination { TO_FILE, TO_DEVICE, TO_STANDARD_OUTPUT };

struct sc_output {
    enum destination destination;
    int fd;          /* -1: standard output that still fits the buffer */
    int failure;     /* errno of the first failure, 0 while all is well */
    bool keep_mode;  /* the target exists and `mode` is its mode */
    mode_t mode;
    size_t used, size;
    char *buffer;
    char *label;     /* path as the user wrote it, for messages */
    char target[PATH_MAX];    /* TO_FILE: path with links followed */
    char temporary[PATH_MAX]; /* TO_FILE: name of the file being written; "": it has none (yet) */
};

static int fail_errno(struct sc_output *output, const char *what, struct sc_error *err)
{
    if (!output->failure)
        output->failure = errno;
    enum sc_status status = output->failure == ENOMEM ? SC_NO_MEMORY : SC_IO;
    return sc_fail(err, status, output->label, 0, "%s: %s", what, strerror(output->failure));
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) { /* whoever shares our standard output made it non-blocking */
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Length of the directory part of `path`, its final slash included; 0 for a bare name. */
static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Replaces `path` by what it finally points to while it is a symbolic link; sets errno on failure. */
static bool follow_links(char path[PATH_MAX])
{
    for (int followed = 0; followed < LINKS_MAX; followed++) {
        char link[PATH_MAX];
        ssize_t length = readlink(path, link, sizeof link - 1);
        if (length < 0)
            return true; /* not a link, or nothing there: opening it tells */
        link[length] = '\0';
        size_t kept = link[0] == '/' ? 0 : directory_length(path);
        if (kept + (size_t)length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return false;
        }
        memcpy(path + kept, link, (size_t)length + 1);
    }
    errno = ELOOP;
    return false;
}

/* The i-th name to try for a temporary file in the directory that `path` begins with. */
static bool temporary_name(char name[PATH_MAX], const char *path, int i)
{
    int directory = (int)directory_length(path);
    if (i >= NAMES_TRIED)
        errno = EEXIST;
    else if (snprintf(name, PATH_MAX, "%.*s.sparsecast-%ld-%d", directory, path, (long)getpid(), i) >= PATH_MAX)
        errno = ENAMETOOLONG;
    else
        return true;
    return false;
}

/* Opens a new file in the directory that `path` begins with.  Where the system can, the file has no name until it is
 * complete, so that even a killed run leaves nothing behind, and name is ""; else `name` is its name.  -1 on
 * failure. */
static int open_temporary(const char *path, mode_t mode, char name[PATH_MAX])
{
    int fd = -1;
#ifdef O_TMPFILE
    size_t length = directory_length(path);
    if (access("/proc/self/fd", X_OK) == 0) {
        snprintf(name, PATH_MAX, "%.*s", length ? (int)length : 1, length ? path : ".");
        fd = open(name, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
        name[0] = '\0';
    }
#endif
    for (int i = 0; fd < 0 && temporary_name(name, path, i); i++) {
        fd = open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* Opens the temporary file beside the target, or says why the target cannot be replaced. */
static int open_file(struct sc_output *output, const struct stat *existing, struct sc_error *err)
{
    char what[PATH_MAX + 64];
    if (snprintf(output->target, PATH_MAX, "%s", output->label) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return fail_errno(output, "cannot write", err);
    }
    if (!follow_links(output->target))
        return fail_errno(output, "cannot write", err);
    /* A rename would replace even a file that may not be written. */
    if (existing && faccessat(AT_FDCWD, output->target, W_OK, AT_EACCESS) != 0)
        return fail_errno(output, "cannot write", err);
    output->keep_mode = existing;
    output->mode = existing ? existing->st_mode & 0777 : 0;
    output->fd = open_temporary(output->target, 0666, output->temporary);
    if (output->fd >= 0)
        return SC_OK;
    output->temporary[0] = '\0';
    size_t directory = directory_length(output->target);
    snprintf(what, sizeof what, "cannot create a file in directory '%.*s'", directory ? (int)directory : 1,
             directory ? output->target : ".");
    return fail_errno(output, what, err);
}

/* The descriptor that a path such as /dev/fd/3 names, -1 for other paths. */
static int descriptor_of(const char *path)
{
    static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        const char *digits = path + strlen(directories[i]);
        uint64_t number;
        if (strncmp(path, directories[i], strlen(directories[i])) == 0 &&
            sc_parse_count(digits, strlen(digits), &number) && number <= INT_MAX)
            return (int)number;
    }
    return -1;
}

static int open_path(struct sc_output *output, struct sc_error *err)
{
    struct stat status;
    bool exists = stat(output->label, &status) == 0;
    int descriptor = descriptor_of(output->label);

    if (!output->label[0])
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "the name of the output file is empty");
    if (descriptor >= 0) { /* the shell has opened it, perhaps to append: the file must stay the one it has */
        output->destination = TO_DEVICE;
        output->fd = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        return output->fd < 0 ? fail_errno(output, "cannot open", err) : SC_OK;
    }
    if (exists && S_ISDIR(status.st_mode))
        return sc_fail(err, SC_IO, output->label, 0, "is a directory; expected the name of a file to write");
    if (!exists || S_ISREG(status.st_mode)) {
        output->destination = TO_FILE;
        return open_file(output, exists ? &status : NULL, err);
    }
    output->destination = TO_DEVICE;
    output->fd = open(output->label, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return output->fd < 0 ? fail_errno(output, "cannot open", err) : SC_OK;
}

int sc_output_open(struct sc_output **output, const char *path, struct sc_error *err)
{
    bool standard = !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
    struct sc_output *opened = calloc(1, sizeof *opened);
    int status = SC_OK;

    *output = NULL;
    if (opened) {
        opened->fd = -1;
        opened->size = BUFFER_SIZE;
        opened->buffer = malloc(BUFFER_SIZE);
        opened->label = strdup(standard ? "standard output" : path);
    }
    if (!opened || !opened->buffer || !opened->label)
        status = sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for an output buffer");
    else if (standard)
        opened->destination = TO_STANDARD_OUTPUT;
    else
        status = open_path(opened, err);
    if (status != SC_OK) {
        sc_output_abandon(opened);
        return status;
    }
    *output = opened;
    return SC_OK;
}

int sc_output_spool(int *fd, struct sc_error *err)
{
    const char *directory = getenv("TMPDIR");
    char path[PATH_MAX], name[PATH_MAX] = "";

    if (!directory || !directory[0])
        directory = "/tmp";
    snprintf(path, sizeof path, "%s/", directory);
    *fd = open_temporary(path, 0600, name);
    if (*fd < 0)
        return sc_fail(err, SC_IO, NULL, 0, "cannot create a temporary file in '%s' (TMPDIR names another): %s",
                       directory, strerror(errno));
    if (name[0])
        unlink(name);
    return SC_OK;
}

static int flush(struct sc_output *output, struct sc_error *err)
{
    if (output->failure)
        return fail_errno(output, "cannot write", err);
    if (output->fd < 0) { /* standard output that no longer fits the buffer */
        int status = sc_output_spool(&output->fd, err);
        if (status != SC_OK)
            return status;
    }
    if (!write_all(output->fd, output->buffer, output->used))
        return fail_errno(output, "cannot write", err);
    output->used = 0;
    return SC_OK;
}

int sc_output_reserve(struct sc_output *output, size_t size, char **room, struct sc_error *err)
{
    if (output->size - output->used < size) {
        int status = flush(output, err);
        if (status != SC_OK)
            return status;
    }
    if (output->size < size) {
        char *larger = realloc(output->buffer, size);
        if (!larger) {
            errno = ENOMEM;
            return fail_errno(output, "cannot write", err);
        }
        output->buffer = larger;
        output->size = size;
    }
    *room = output->buffer + output->used;
    return SC_OK;
}

void sc_output_advance(struct sc_output *output, const char *end)
{
    output->used = (size_t)(end - output->buffer);
}

int sc_output_write(struct sc_output *output, const void *bytes, size_t size, struct sc_error *err)
{
    char *room = NULL;
    int status = sc_output_reserve(output, size, &room, err);
    if (status != SC_OK)
        return status;
    memcpy(room, bytes, size);
    sc_output_advance(output, room + size);
    return SC_OK;
}

/* Sends everything to standard output, first what is in the spool file, if there is one. */
static int print_standard(struct sc_output *output, struct sc_error *err)
{
    if (output->fd >= 0) {
        int status = flush(output, err);
        if (status != SC_OK)
            return status;
        if (lseek(output->fd, 0, SEEK_SET) < 0)
            return fail_errno(output, "cannot read the temporary file back", err);
        ssize_t got;
        while ((got = read(output->fd, output->buffer, output->size)) > 0)
            if (!write_all(STDOUT_FILENO, output->buffer, (size_t)got))
                return fail_errno(output, "cannot write", err);
        return got < 0 ? fail_errno(output, "cannot read the temporary file back", err) : SC_OK;
    }
    if (output->failure || !write_all(STDOUT_FILENO, output->buffer, output->used))
        return fail_errno(output, "cannot write", err);
    return SC_OK;
}

/* Gives an unnamed file a temporary name: only a rename replaces the target in one step. */
static bool name_file(struct sc_output *output)
{
    char self[64], name[PATH_MAX];
    snprintf(self, sizeof self, "/proc/self/fd/%d", output->fd);
    for (int i = 0; temporary_name(name, output->target, i); i++) {
        if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            memcpy(output->temporary, name, sizeof name);
            return true;
        }
        if (errno != EEXIST)
            break;
    }
    return false;
}

/* Gives the file its temporary name, then its own. */
static int rename_file(struct sc_output *output, struct sc_error *err)
{
    if (!output->temporary[0] && !name_file(output))
        return fail_errno(output, "cannot write", err);
    int closed = close(output->fd);
    output->fd = -1;
    if (closed != 0 || rename(output->temporary, output->target) != 0)
        return fail_errno(output, "cannot write", err);
    output->temporary[0] = '\0';
    return SC_OK;
}

static int publish(struct sc_output *output, struct sc_error *err)
{
    static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    sigset_t held, before;
    if (output->keep_mode && fchmod(output->fd, output->mode) != 0)
        return fail_errno(output, "cannot set the mode of the new file", err);
    sigemptyset(&held); /* a signal between the two names would leave the temporary one behind */
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        sigaddset(&held, deadly[i]);
    pthread_sigmask(SIG_BLOCK, &held, &before);
    int status = rename_file(output, err);
    if (output->temporary[0])
        unlink(output->temporary);
    output->temporary[0] = '\0';
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

int sc_output_close(struct sc_output *output, struct sc_error *err)
{
    int status;
    if (output->destination == TO_STANDARD_OUTPUT)
        status = print_standard(output, err);
    else
        status = flush(output, err);
    if (status == SC_OK && output->destination == TO_FILE)
        status = publish(output, err);
    sc_output_abandon(output);
    return status;
}

int sc_output_text(const char *path, const char *text, size_t size, struct sc_error *err)
{
    struct sc_output *output;
    int status = sc_output_open(&output, path, err);
    if (status == SC_OK && (status = sc_output_write(output, text, size, err)) != SC_OK)
        sc_output_abandon(output);
    else if (status == SC_OK)
        status = sc_output_close(output, err);
    return status;
}

void sc_output_abandon(struct sc_output *output)
{
    if (!output)
        return;
    if (output->fd >= 0)
        close(output->fd);
    if (output->temporary[0])
        unlink(output->temporary);
    free(output->label);
    free(output->buffer);
    free(output);
}
