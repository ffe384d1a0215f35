/* memory_stream.c - a stream into growing memory, by fopencookie().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory_stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { FIRST_CAPACITY = 4096 };

struct cookie {
    char **text;
    size_t *size, capacity;
    bool failed;
};

static bool make_room(struct cookie *c, size_t more)
{
    size_t capacity = c->capacity;
    while (capacity - *c->size <= more && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    if (capacity - *c->size <= more)
        return false;
    char *grown = capacity == c->capacity ? *c->text : realloc(*c->text, capacity);
    if (!grown)
        return false;
    *c->text = grown;
    c->capacity = capacity;
    return true;
}

/* 0 is how such a function reports failure. */
static ssize_t take(void *cookie, const char *bytes, size_t size)
{
    struct cookie *c = cookie;
    if (c->failed || !make_room(c, size)) {
        c->failed = true;
        errno = ENOMEM;
        return 0;
    }
    memcpy(*c->text + *c->size, bytes, size);
    *c->size += size;
    (*c->text)[*c->size] = '\0';
    return (ssize_t)size;
}

static int finish(void *cookie)
{
    struct cookie *c = cookie;
    bool failed = c->failed;
    free(c);
    if (failed)
        errno = ENOMEM;
    return failed ? EOF : 0;
}

FILE *sc_memory_stream(char **text, size_t *size)
{
    struct cookie *c = malloc(sizeof *c);
    char *first = malloc(FIRST_CAPACITY);
    FILE *stream = c && first ? fopencookie(c, "w", (cookie_io_functions_t){.write = take, .close = finish}) : NULL;
    *text = NULL;
    *size = 0;
    if (!stream) {
        free(first);
        free(c);
        return NULL;
    }
    first[0] = '\0';
    *text = first;
    *c = (struct cookie){.text = text, .size = size, .capacity = FIRST_CAPACITY};
    return stream;
}
