/* file.h - a whole small file in memory, and the digest that names its content.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FILE_H
#define SC_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Reads `path` whole into *bytes (free() it; a NUL follows the last byte) and *size.  Files above `limit` bytes are
 * refused (SC_BAD_INPUT), so that a wrong path such as a device cannot fill memory; unreadable ones and directories are
 * SC_IO. */
int sc_file_read(unsigned char **bytes, size_t *size, const char *path, size_t limit, struct sc_error *err);

/* FNV-1a, 64 bit (Fowler, Noll, Vo): start from SC_DIGEST_START and feed any number of pieces. */
#define SC_DIGEST_START UINT64_C(0xcbf29ce484222325)
uint64_t sc_digest(uint64_t state, const unsigned char *bytes, size_t size);

/* Writes 16 hexadecimal digits and a NUL. */
void sc_digest_text(char out[17], uint64_t state);

#endif
