/* file.c - a whole small file in memory, and the digest that names its content.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads to the end of `in`, at most limit + 1 bytes; SC_IO leaves the cause in errno. */
static int read_all(FILE *in, unsigned char **bytes, size_t *size, size_t limit)
{
    size_t capacity = 0;
    for (;;) {
        if (*size + 1 >= capacity) {
            capacity = capacity ? 2 * capacity : 8192;
            unsigned char *grown = realloc(*bytes, capacity);
            if (!grown)
                return SC_NO_MEMORY;
            *bytes = grown;
        }
        size_t got = fread(*bytes + *size, 1, capacity - *size - 1, in);
        *size += got;
        if (got == 0)
            return ferror(in) ? SC_IO : SC_OK;
        if (*size > limit)
            return SC_BAD_INPUT;
    }
}

int sc_file_read(unsigned char **bytes, size_t *size, const char *path, size_t limit, struct sc_error *err)
{
    *bytes = NULL;
    *size = 0;
    FILE *in = fopen(path, "rb");
    if (!in)
        return sc_fail(err, errno == ENOMEM ? SC_NO_MEMORY : SC_IO, path, 0, "cannot open this file: %s",
                       strerror(errno));
    int status = read_all(in, bytes, size, limit);
    int cause = errno;
    fclose(in);
    if (status == SC_OK) {
        (*bytes)[*size] = '\0';
        return SC_OK;
    }
    free(*bytes);
    *bytes = NULL;
    if (status == SC_NO_MEMORY)
        return sc_fail(err, status, path, 0, "memory is exhausted while reading this file");
    if (status == SC_BAD_INPUT)
        return sc_fail(err, status, path, 0, "this file is larger than %zu bytes, more than such a file can need",
                       limit);
    return sc_fail(err, SC_IO, path, 0, "cannot read this file: %s", strerror(cause));
}

uint64_t sc_digest(uint64_t state, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        state = (state ^ bytes[i]) * UINT64_C(0x100000001b3);
    return state;
}

void sc_digest_text(char out[17], uint64_t state)
{
    snprintf(out, 17, "%016" PRIx64, state);
}
