/* test_fuzz_corpus.c - every input that the fuzzers keep, through its target: seeds, and all that was ever found.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <dirent.h>

#include "file.h"
#include "fuzz.h"

TestSuite(fuzz_corpus, .init = use_source_data, .timeout = 120);

enum { INPUT_LIMIT = 1 << 20, NAMES_MAX = 512 };

static int no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A target aborts the test, with the name of the input, when something does not hold. */
static void replay(const char *name)
{
    char directory[TEST_PATH], relative[64], path[TEST_PATH + 300];
    struct dirent **entries;
    struct sc_error err;

    snprintf(relative, sizeof relative, "tests/fuzz/corpus/%s", name);
    int count = scandir(in_source(directory, relative), &entries, no_dots, alphasort);
    cr_assert_gt(count, 0, "%s holds no inputs", directory);
    for (int i = 0; i < count; i++) {
        unsigned char *bytes;
        size_t size;
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        cr_assert_eq(sc_file_read(&bytes, &size, path, INPUT_LIMIT, &err), SC_OK, "%s", err.message);
        fuzz_input_name(path);
        fuzz_find(name)(bytes, size);
        free(bytes);
        free(entries[i]);
    }
    free(entries);
    fuzz_clean();
}

#define X(name)                                                                                      \
    Test(fuzz_corpus, name)                                                                          \
    {                                                                                                \
        replay(#name);                                                                               \
    }
FUZZ_TARGETS(X)
#undef X
