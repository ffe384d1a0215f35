/* lists.h - what the tests of layer lists share: a list from a text, read to its end, with its warnings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_LISTS_H
#define TESTS_LISTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer.h"

/* Writes a temporary file and returns its path (static storage, one file at a time). */
static inline const char *list_file(const char *bytes, size_t size)
{
    static char path[512];
    const char *directory = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/sparsecast-test-XXXXXX", directory ? directory : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) {
        perror(path);
        abort();
    }
    close(fd);
    return path;
}

/* What reading a list to its end gave. */
struct outcome {
    int status; /* SC_END, or the error's */
    uint64_t rows;
    uint64_t macs; /* sum of M x N x K x count */
    size_t extras;
    struct sc_error err;
    struct sc_layer last;                             /* numbers only: its strings are gone */
    char name[64], model[64], a_file[600], extra[64]; /* of the last row; the last extra */
    char format[256];
    int warnings;
    uint64_t warned_line; /* of the last warning */
    char warning[512];    /* all warnings */
};

static inline void note_warning(void *context, const char *file, uint64_t line, const char *message)
{
    struct outcome *outcome = context;
    size_t used = strlen(outcome->warning);
    (void)file;
    outcome->warnings++;
    outcome->warned_line = line;
    snprintf(outcome->warning + used, sizeof outcome->warning - used, "%s|", message);
}

static inline struct outcome read_path(const char *path, const struct sc_layer_options *wanted)
{
    struct outcome outcome = {.status = SC_OK};
    struct sc_layer_options options = wanted ? *wanted : (struct sc_layer_options){.warn = NULL};
    struct sc_layer_reader *reader;
    struct sc_layer layer;

    options.warn = note_warning;
    options.warn_context = &outcome;
    outcome.status = sc_layer_open(&reader, path, &options, &outcome.err);
    if (outcome.status != SC_OK)
        return outcome;
    snprintf(outcome.format, sizeof outcome.format, "%s", sc_layer_format(reader));
    sc_layer_extra_names(reader, &outcome.extras);
    while ((outcome.status = sc_layer_next(reader, &layer, &outcome.err)) == SC_OK) {
        outcome.rows++;
        outcome.macs += layer.M * layer.N * layer.K * layer.count;
        outcome.last = layer;
        snprintf(outcome.name, sizeof outcome.name, "%s", layer.name);
        snprintf(outcome.model, sizeof outcome.model, "%s", layer.model);
        snprintf(outcome.a_file, sizeof outcome.a_file, "%s", layer.a_file ? layer.a_file : "");
        snprintf(outcome.extra, sizeof outcome.extra, "%s", layer.extras ? layer.extra[layer.extras - 1] : "");
    }
    sc_layer_close(reader);
    return outcome;
}

static inline struct outcome read_bytes(const char *bytes, size_t size, const struct sc_layer_options *options)
{
    const char *path = list_file(bytes, size);
    struct outcome outcome = read_path(path, options);
    unlink(path);
    return outcome;
}

static inline struct outcome read_text(const char *text)
{
    return read_bytes(text, strlen(text), NULL);
}

/* Directory of the shared workloads, or NULL when it is absent. */
static inline const char *shared_workloads(void)
{
    static char path[1024];
    const char *shared = getenv("SPARSECAST_SHARED"), *source = getenv("SPARSECAST_SRCDIR");
    if (shared)
        snprintf(path, sizeof path, "%s/workloads", shared);
    else
        snprintf(path, sizeof path, "%s/../shared/workloads", source ? source : ".");
    return access(path, R_OK) == 0 ? path : NULL;
}

#endif
