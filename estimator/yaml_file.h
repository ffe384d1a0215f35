/* yaml_file.h - YAML files with line numbers: libyaml tells where things are, libcyaml binds them to a schema.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_YAML_FILE_H
#define SC_YAML_FILE_H

#include <stdint.h>

#include <cyaml/cyaml.h>
#include <yaml.h>

#include "error.h"

struct sc_yaml;

/* Whose file it is.  Ours: aliases and duplicate keys are refused (an alias can blow a small file up, a second key
 * hides the first).  Foreign: other tools' files, which repeat nodes by alias. */
enum sc_yaml_origin { SC_YAML_OURS, SC_YAML_FOREIGN };

/* Reads and parses the one document of `path`.  Errors carry the line.  Free with sc_yaml_close(). */
int sc_yaml_open(struct sc_yaml **out, const char *path, enum sc_yaml_origin origin, struct sc_error *err);
void sc_yaml_close(struct sc_yaml *yaml);

const char *sc_yaml_path(const struct sc_yaml *yaml);

/* The bytes of the file, owned by `yaml`. */
const unsigned char *sc_yaml_bytes(const struct sc_yaml *yaml, size_t *size);

/* The top node; never NULL. */
const yaml_node_t *sc_yaml_root(const struct sc_yaml *yaml);

/* The node that the pairs of a mapping and the items of a sequence name by `index`. */
const yaml_node_t *sc_yaml_node(const struct sc_yaml *yaml, int index);

/* The value of `key` when `node` is a mapping that has it, else NULL. */
const yaml_node_t *sc_yaml_child(const struct sc_yaml *yaml, const yaml_node_t *node, const char *key);

/* Entry `index` of a sequence, else NULL. */
const yaml_node_t *sc_yaml_entry(const struct sc_yaml *yaml, const yaml_node_t *node, unsigned index);

/* The text of a scalar, else (NULL included) NULL. */
const char *sc_yaml_scalar(const yaml_node_t *node);

uint64_t sc_yaml_node_line(const yaml_node_t *node);

/* The line of the value at `path` ("str_cache.ways", "dataflows[2]") or, if absent, of what would hold it. */
uint64_t sc_yaml_line(const struct sc_yaml *yaml, const char *path);

/* Binds the document to `schema` (a mapping of mappings, sequences and strings) through libcyaml: unknown keys, missing
 * required ones and values of the wrong shape are refused with line, key and the nearest known key.  Free *data with
 * sc_yaml_free(). */
int sc_yaml_load(const struct sc_yaml *yaml, const cyaml_schema_value_t *schema, void **data, struct sc_error *err);
void sc_yaml_free(const cyaml_schema_value_t *schema, void *data);

#endif
