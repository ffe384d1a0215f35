/* pair_name.c - what a pair of operands given as files is called.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "pair_name.h"

#include <stdio.h>
#include <string.h>

enum { STEM = 200 };

/* The name of a file without directory and endings: "weights" of "x/weights.smtx.gz". */
static void stem(char out[STEM], const char *path)
{
    static const char *const endings[] = {".gz", ".smtx", ".mtx"};
    const char *slash = strrchr(path, '/'), *base = slash && slash[1] ? slash + 1 : path;
    size_t length = strlen(base);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && memcmp(base + length - ending, endings[i], ending) == 0)
            length -= ending;
    }
    if (strcmp(path, "-") == 0)
        snprintf(out, STEM, "stdin");
    else
        snprintf(out, STEM, "%.*s", length < STEM ? (int)length : STEM - 1, base);
}

void sc_pair_name(char out[SC_PAIR_NAME], const char *a, const char *b)
{
    char a_stem[STEM], b_stem[STEM];
    stem(a_stem, a);
    stem(b_stem, b);
    snprintf(out, SC_PAIR_NAME, "%s_x_%s", a_stem, b_stem);
}
