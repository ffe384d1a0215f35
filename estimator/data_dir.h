/* data_dir.h - where the shipped data files (machines, energy tables, layer lists) are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_DATA_DIR_H
#define SC_DATA_DIR_H

#include <stddef.h>

#include "error.h"

/* Writes the path of the shipped file or directory `relative` (for example "machines/flexagon.yaml") into out[0..size).
 * The data directory is $SPARSECAST_DATA when that is set and not empty, else the source tree's when the running
 * program sits in a build tree, else the installed one.  SC_IO when nothing is there or the path does not fit. */
int sc_data_path(char *out, size_t size, const char *relative, struct sc_error *err);

#endif
