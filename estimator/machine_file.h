/* machine_file.h - one machine YAML file as text by key, before it is merged with its base and converted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MACHINE_FILE_H
#define SC_MACHINE_FILE_H

#include "machine_keys.h"
#include "yaml_file.h"

enum { SC_MACHINE_KEYS_MAX = 96 };

struct sc_family;

struct sc_part_text {
    char *part, *area_mm2, *power_mw; /* the last two may be NULL */
};

/* What the file says; NULL and 0 where it says nothing. */
struct sc_machine_text {
    char *kind, *base;
    char *values[SC_MACHINE_KEYS_MAX]; /* by index in the table of the family */
    char **dataflows;
    unsigned dataflow_count;
    char **candidates;
    unsigned candidate_count;
    struct sc_part_text *parts;
    unsigned part_count;
};

struct sc_machine_file {
    struct sc_yaml *yaml;
    const struct sc_family *family;
    struct sc_machine_text *text;
};

/* Parses the file, and finds the family that its key `kind` names (NULL when it has none, which takes a base).  Free
 * with sc_machine_file_close(), which takes a zeroed struct too. */
int sc_machine_file_open(struct sc_machine_file *file, const char *path, struct sc_error *err);

/* Binds the file's values to the keys of file->family through libcyaml: keys known, shapes right, not yet converted. */
int sc_machine_file_bind(struct sc_machine_file *file, struct sc_error *err);

/* The name of the base machine, or NULL; known before the values are bound. */
const char *sc_machine_file_base(const struct sc_machine_file *file);
void sc_machine_file_close(struct sc_machine_file *file);

#endif
