/* fuzz.c - inputs as files, and what must hold for every error and every result row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "printable.h"

enum { PATH_ROOM = 512, FILES_MAX = 8 };

static struct {
    char path[PATH_ROOM];
} files[FILES_MAX];
static unsigned file_count;

fuzz_target *fuzz_find(const char *name)
{
#define X(target)                                                                                    \
    if (strcmp(name, #target) == 0)                                                                  \
        return fuzz_##target;
    FUZZ_TARGETS(X)
#undef X
    return NULL;
}

static const char *input_name;

void fuzz_input_name(const char *name)
{
    input_name = name;
}

void fuzz_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "fuzz: %s%s", input_name ? input_name : "", input_name ? ": " : "");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

/* The path of this process's file `name`, which lives until fuzz_clean(). */
static const char *path_of(const char *name)
{
    const char *directory = getenv("TMPDIR");
    char path[PATH_ROOM];

    snprintf(path, sizeof path, "%s/sparsecast-fuzz-%ld-%s", directory && directory[0] ? directory : "/tmp",
             (long)getpid(), name);
    for (unsigned i = 0; i < file_count; i++)
        if (strcmp(files[i].path, path) == 0)
            return files[i].path;
    FUZZ_CHECK(file_count < FILES_MAX, "too many files");
    return memcpy(files[file_count++].path, path, sizeof path);
}

const char *fuzz_file(const char *name, const void *bytes, size_t size)
{
    const char *path = path_of(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_CHECK(fd >= 0, "%s: %s", path, strerror(errno));
    FUZZ_CHECK(size == 0 || write(fd, bytes, size) == (ssize_t)size, "%s: %s", path, strerror(errno));
    close(fd);
    return path;
}

void fuzz_clean(void)
{
    while (file_count > 0)
        unlink(files[--file_count].path);
}

char *fuzz_text(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_CHECK(text, "out of memory");
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

/* Sentences about a whole file, which has no one line to blame. */
static bool about_whole_file(const char *message)
{
    static const char *const sayings[] = {
        "is empty",          "looks like",   "holds only comments", "has blank lines only", "this file is larger",
        "is a directory",    "has no ",      "holds no",            "no layers",
        "expected at least one nonzero", "expected the set itself", "cannot open this file",
    };

    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++)
        if (strstr(message, sayings[i]))
            return true;
    return false;
}

void fuzz_error(int status, const struct sc_error *err, enum fuzz_place place)
{
    const char *text = err->message;
    uint32_t code;

    FUZZ_CHECK(status == (int)err->status, "status %d, but the error says %d: %s", status, (int)err->status, text);
    FUZZ_CHECK(status != SC_OK && status != SC_END, "status %d with a message: %s", status, text);
    FUZZ_CHECK(status != SC_NO_MEMORY, "memory is exhausted by a small input: %s", text);
    FUZZ_CHECK(text[0] && text[strlen(text) - 1] != '\n', "an error with an empty message or a line end");
    for (size_t step; (step = sc_utf8_next(text, &code)) > 0; text += step)
        FUZZ_CHECK(code >= 0x20 && code != 0xfffd && (code < 0x7f || code > 0x9f),
                   "an error that cannot be shown, byte %u (of %zu) is 0x%02x: %s", (unsigned)(text - err->message),
                   strlen(err->message), (unsigned char)*text, err->message);
    if (place == FUZZ_LINE) {
        FUZZ_CHECK(err->file[0], "an error without a file: %s", err->message);
        FUZZ_CHECK(err->line > 0 || about_whole_file(err->message), "an error without a line: %s", err->message);
    }
}

void fuzz_row(const struct sc_result *row, const char *where)
{
    double parts = row->stationary_cycles + row->stream_cycles + row->merge_cycles + row->stall_cycles;

#define CHECK_TEXT(name)
#define CHECK_FLAG(name)
#define CHECK_NUMBER(name)                                                                           \
    FUZZ_CHECK(isfinite(row->name) && (row->name >= 0 || strcmp(#name, "area_mm2") == 0),            \
               "%s: " #name " is %g", where, row->name);
#define X(name, kind, unit, meaning) CHECK_##kind(name)
    SC_RESULT_COLUMNS(X)
#undef X
    FUZZ_CHECK(fabs(parts - row->cycles) <= 1e-9 * row->cycles + 1e-6, "%s: %g cycles in parts, %g in all", where,
               parts, row->cycles);
    FUZZ_CHECK(row->utilization <= 1 + 1e-9, "%s: utilisation %g", where, row->utilization);
    FUZZ_CHECK(row->cycles_low <= row->cycles && row->cycles <= row->cycles_high,
               "%s: cycles %g outside [%g, %g]", where, row->cycles, row->cycles_low, row->cycles_high);
}
