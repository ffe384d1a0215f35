/* machine_file.h - one machine YAML file as text by key, before it is merged with its base and converted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINE_FILE_H
#define SC_MACHINE_FILE_H

#include "machine_keys.h"
#include "yaml_file.h"

enum { SC_MACHINE_KEYS_MAX = 64 };

struct sc_part_text {
    char *part, *area_mm2, *power_mw; /* the last two may be NULL */
};

/* What the file says; NULL and 0 where it says nothing. */
struct sc_machine_text {
    char *kind, *base;
    char *values[SC_MACHINE_KEYS_MAX]; /* by index in sc_machine_keys() */
    char **dataflows;
    unsigned dataflow_count;
    char **candidates;
    unsigned candidate_count;
    struct sc_part_text *parts;
    unsigned part_count;
};

struct sc_machine_file {
    struct sc_yaml *yaml;
    struct sc_machine_text *text;
};

/* Reads the file through libcyaml: keys known, shapes right, values not yet converted.  Free with
 * sc_machine_file_close(), which takes a zeroed struct too. */
int sc_machine_file_open(struct sc_machine_file *file, const char *path, struct sc_error *err);
void sc_machine_file_close(struct sc_machine_file *file);

#endif
