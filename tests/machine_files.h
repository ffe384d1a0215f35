/* machine_files.h - what the tests of machines and energy share: the data directory and temporary files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TEST_MACHINE_FILES_H
#define SC_TEST_MACHINE_FILES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEST_PATH = 2048 };

/* A path below the source tree, SPARSECAST_SRCDIR or the working directory. */
static inline const char *in_source(char out[TEST_PATH], const char *relative)
{
    const char *root = getenv("SPARSECAST_SRCDIR");
    snprintf(out, TEST_PATH, "%s/%s", root && root[0] ? root : ".", relative);
    return out;
}

/* The tests read the data of the source tree, wherever the program was built. */
static inline void use_source_data(void)
{
    char path[TEST_PATH];
    setenv("SPARSECAST_DATA", in_source(path, "data"), 1);
}

/* Writes bytes[0..size) to a new temporary file whose name ends in `suffix`; the caller unlinks it. */
static inline void write_temporary(char path[TEST_PATH], const char *suffix, const void *bytes, size_t size)
{
    const char *directory = getenv("TMPDIR");
    snprintf(path, TEST_PATH, "%s/sparsecast-test-XXXXXX%s", directory && directory[0] ? directory : "/tmp", suffix);
    int file = mkstemps(path, (int)strlen(suffix));
    cr_assert(file >= 0, "cannot create %s", path);
    cr_assert_eq(write(file, bytes, size), (ssize_t)size);
    close(file);
}

#endif
