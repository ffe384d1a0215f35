/* sniff.h - which of our tables a file holds, by its header.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SNIFF_H
#define SC_SNIFF_H

#include "error.h"

enum sc_table_kind { SC_TABLE_RESULTS, SC_TABLE_TIMELINE, SC_TABLE_SENSITIVITY, SC_TABLE_RESIDUALS };

/* Reads the header of `path`.  What can be read only once (standard input, "-", and whatever is no regular file) is
 * left alone and taken for SC_TABLE_RESULTS, as is every header that is none of the others'.  Errors as
 * sc_rows_open(). */
int sc_sniff(const char *path, enum sc_table_kind *kind, struct sc_error *err);

#endif
