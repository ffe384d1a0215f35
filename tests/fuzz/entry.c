/* entry.c - libFuzzer's way into a target: `fuzzer --target=NAME [libFuzzer's options] [CORPUS]`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static fuzz_target *target;

/* libFuzzer leaves arguments that begin with "--" to us. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char option[] = "--target=";

    for (int i = 1; i < *argc; i++)
        if (strncmp((*argv)[i], option, sizeof option - 1) == 0)
            target = fuzz_find((*argv)[i] + sizeof option - 1);
    if (!target) {
        fputs("fuzzer: needs --target=NAME, one of:", stderr);
#define X(name) fputs(" " #name, stderr);
        FUZZ_TARGETS(X)
#undef X
        fputc('\n', stderr);
        exit(2);
    }
    atexit(fuzz_clean);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    target(bytes, size);
    return 0;
}
