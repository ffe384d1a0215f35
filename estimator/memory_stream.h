/* memory_stream.h - a stream that gathers a text in memory and tells when memory ran out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MEMORY_STREAM_H
#define SC_MEMORY_STREAM_H

#include <stddef.h>
#include <stdio.h>

/* As open_memstream(), whose stream loses text without a word when memory is exhausted (glibc 2.36): here fclose()
 * fails when any write has.  After fclose(), whether it failed or not, *text is to be freed; it ends in a NUL, and
 * *size counts the bytes before that.  NULL, with *text NULL, when memory is exhausted. */
FILE *sc_memory_stream(char **text, size_t *size);

#endif
