/* machine_file.c - one machine YAML file through libcyaml, with a schema made from the table of keys.
 *
 * Every value is loaded as text and converted by machine_keys.c, because libcyaml's numbers depend on the locale and
 * its range errors name neither key nor range.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_file.h"

#include <string.h>

#include "family.h"
#include "printable.h"
#include "text.h"

enum { GROUPS_MAX = 16, TEXT_LIMIT = 4096, FOUND_COLUMNS = 40 };

/* The schema and everything it points to. */
struct schema {
    char group_names[GROUPS_MAX][32];
    cyaml_schema_field_t top[SC_MACHINE_KEYS_MAX], groups[GROUPS_MAX][SC_MACHINE_KEYS_MAX], part_fields[4];
    cyaml_schema_value_t root, dataflow, part;
};

static cyaml_schema_value_t text_value(enum cyaml_flag optional)
{
    return (cyaml_schema_value_t){.type = CYAML_STRING, .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | optional),
                                  .data_size = sizeof(char), .string = {.min = 0, .max = TEXT_LIMIT}};
}

static cyaml_schema_field_t text_field(const char *key, size_t offset, enum cyaml_flag optional)
{
    return (cyaml_schema_field_t){.key = key, .data_offset = (uint32_t)offset, .value = text_value(optional)};
}

static cyaml_schema_field_t list_field(const char *key, size_t offset, size_t count_offset, size_t entry_size,
                                       const cyaml_schema_value_t *entry, uint32_t max)
{
    cyaml_schema_field_t field = {.key = key, .data_offset = (uint32_t)offset, .count_offset = (uint32_t)count_offset,
                                  .count_size = sizeof(unsigned)};
    field.value = (cyaml_schema_value_t){.type = CYAML_SEQUENCE,
                                         .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL),
                                         .data_size = (uint32_t)entry_size,
                                         .sequence = {.entry = entry, .min = 0, .max = max}};
    return field;
}

/* Adds "group.key" to its group and a new group to the top level.  The values of all groups stand in the one array of
 * struct sc_machine_text, so a group's own offset is 0. */
static void add_key(struct schema *schema, size_t *tops, size_t *groups, size_t *in_group, const char *path,
                    size_t index)
{
    size_t offset = offsetof(struct sc_machine_text, values) + index * sizeof(char *), length = strcspn(path, ".");
    if (!path[length]) {
        schema->top[(*tops)++] = text_field(path, offset, CYAML_FLAG_OPTIONAL);
        return;
    }
    char *name = *groups ? schema->group_names[*groups - 1] : NULL;
    if (!name || strncmp(name, path, length) != 0 || name[length]) {
        memcpy(schema->group_names[*groups], path, length); /* zeroed by the caller */
        schema->top[(*tops)++] = (cyaml_schema_field_t){
            .key = schema->group_names[*groups],
            .value = {.type = CYAML_MAPPING, .flags = CYAML_FLAG_OPTIONAL, .data_size = sizeof(struct sc_machine_text),
                      .mapping = {.fields = schema->groups[*groups]}}};
        ++*groups;
        *in_group = 0;
    }
    schema->groups[*groups - 1][(*in_group)++] = text_field(path + length + 1, offset, CYAML_FLAG_OPTIONAL);
}

static void build_schema(struct schema *schema, const struct sc_family *family)
{
    size_t tops = 0, groups = 0, in_group = 0;
    memset(schema, 0, sizeof *schema);
    schema->top[tops++] = text_field("kind", offsetof(struct sc_machine_text, kind), CYAML_FLAG_OPTIONAL);
    schema->top[tops++] = text_field("base", offsetof(struct sc_machine_text, base), CYAML_FLAG_OPTIONAL);
    for (size_t i = 0; i < family->key_count; i++)
        add_key(schema, &tops, &groups, &in_group, family->keys[i].path, i);

    schema->dataflow = text_value(CYAML_FLAG_DEFAULT);
    schema->top[tops++] =
        list_field("dataflows", offsetof(struct sc_machine_text, dataflows),
                   offsetof(struct sc_machine_text, dataflow_count), sizeof(char *), &schema->dataflow, SC_DATAFLOWS);
    schema->top[tops++] =
        list_field("candidates", offsetof(struct sc_machine_text, candidates),
                   offsetof(struct sc_machine_text, candidate_count), sizeof(char *), &schema->dataflow, SC_DATAFLOWS);
    schema->part_fields[0] = text_field("part", offsetof(struct sc_part_text, part), CYAML_FLAG_DEFAULT);
    schema->part_fields[1] = text_field("area_mm2", offsetof(struct sc_part_text, area_mm2), CYAML_FLAG_OPTIONAL);
    schema->part_fields[2] = text_field("power_mw", offsetof(struct sc_part_text, power_mw), CYAML_FLAG_OPTIONAL);
    schema->part = (cyaml_schema_value_t){.type = CYAML_MAPPING, .data_size = sizeof(struct sc_part_text),
                                          .mapping = {.fields = schema->part_fields}};
    schema->top[tops] = list_field("area_power", offsetof(struct sc_machine_text, parts),
                                   offsetof(struct sc_machine_text, part_count), sizeof(struct sc_part_text),
                                   &schema->part, SC_PARTS_MAX);
    schema->root = (cyaml_schema_value_t){.type = CYAML_MAPPING,
                                          .flags = CYAML_FLAG_POINTER,
                                          .data_size = sizeof(struct sc_machine_text),
                                          .mapping = {.fields = schema->top}};
}

/* Another kind has other keys, so it is told apart before they are checked. */
static int find_family(struct sc_machine_file *file, struct sc_error *err)
{
    const yaml_node_t *node = sc_yaml_child(file->yaml, sc_yaml_root(file->yaml), "kind");
    const char *kind = sc_yaml_scalar(node);
    size_t count;
    const char *const *names = sc_family_names(&count);
    if (!kind || (file->family = sc_family_find(kind)))
        return SC_OK;
    char shown[4 * FOUND_COLUMNS + 1];
    sc_printable(shown, kind, FOUND_COLUMNS);
    const char *near = sc_nearest_name(kind, names, count);
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), sc_yaml_node_line(node),
                   "kind: found \"%s\"; expected the name of a family of machines, such as \"%s\"", shown,
                   near ? near : names[0]);
}

const char *sc_machine_file_base(const struct sc_machine_file *file)
{
    return sc_yaml_scalar(sc_yaml_child(file->yaml, sc_yaml_root(file->yaml), "base"));
}

int sc_machine_file_open(struct sc_machine_file *file, const char *path, struct sc_error *err)
{
    *file = (struct sc_machine_file){NULL, NULL, NULL};
    int status = sc_yaml_open(&file->yaml, path, SC_YAML_OURS, err);
    if (status == SC_OK)
        status = find_family(file, err);
    if (status != SC_OK)
        sc_machine_file_close(file);
    return status;
}

int sc_machine_file_bind(struct sc_machine_file *file, struct sc_error *err)
{
    struct schema schema;
    void *text = NULL;
    const struct sc_family *family = file->family ? file->family : &sc_family_flexagon;
    build_schema(&schema, family);
    int status = sc_yaml_load(file->yaml, &schema.root, &text, err);
    file->text = text;
    if (status == SC_OK && !file->family)
        status = sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), sc_yaml_node_line(sc_yaml_root(file->yaml)),
                         "key \"kind\" is missing (family of the machine, such as \"%s\"), and there is no \"base\"",
                         family->name);
    return status;
}

void sc_machine_file_close(struct sc_machine_file *file)
{
    struct schema schema;
    if (file->text) {
        build_schema(&schema, file->family ? file->family : &sc_family_flexagon);
        sc_yaml_free(&schema.root, file->text);
    }
    sc_yaml_close(file->yaml);
    *file = (struct sc_machine_file){NULL, NULL, NULL};
}
