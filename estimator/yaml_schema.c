/* yaml_schema.c - binding YAML to a libcyaml schema, with errors that name line, key and the nearest known key.
 *
 * libcyaml reports the position of the last event it consumed, which for an unknown or missing key is another line; so
 * the shape is checked against the same schema on libyaml's nodes, which know their lines, before libcyaml binds the
 * values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "text.h"
#include "yaml_file.h"

enum { FIELDS_MAX = 64, KEY_PATH = 160, FOUND_COLUMNS = 40 };

/* The first complaint that libcyaml logs. */
struct complaint {
    char text[256];
};

static void keep_first(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct complaint *complaint = context;
    if (level < CYAML_LOG_ERROR || complaint->text[0])
        return;
    vsnprintf(complaint->text, sizeof complaint->text, format, args);
    complaint->text[strcspn(complaint->text, "\n")] = '\0';
}

static cyaml_config_t config_for(struct complaint *complaint)
{
    return (cyaml_config_t){.log_fn = keep_first, .log_ctx = complaint, .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR, .flags = CYAML_CFG_NO_ALIAS};
}

/* What stands at `node`, for a message. */
static void describe(char out[4 * FOUND_COLUMNS + 16], const yaml_node_t *node)
{
    char text[4 * FOUND_COLUMNS + 1];
    if (node->type == YAML_MAPPING_NODE)
        strcpy(out, "a mapping");
    else if (node->type == YAML_SEQUENCE_NODE)
        strcpy(out, "a list");
    else if (!sc_yaml_scalar(node)[0])
        strcpy(out, "nothing");
    else {
        sc_printable(text, sc_yaml_scalar(node), FOUND_COLUMNS);
        sprintf(out, "\"%s\"", text);
    }
}

static int wrong_shape(const struct sc_yaml *yaml, const yaml_node_t *node, const char *path, const char *expected,
                       struct sc_error *err)
{
    char found[4 * FOUND_COLUMNS + 16];
    describe(found, node);
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(node), "%s%sfound %s; expected %s", path,
                   path[0] ? ": " : "", found, expected);
}

static int unknown_key(const struct sc_yaml *yaml, const yaml_node_t *key, const char *path,
                       const cyaml_schema_field_t *fields, struct sc_error *err)
{
    const char *names[FIELDS_MAX], *text = sc_yaml_scalar(key);
    char shown[4 * FOUND_COLUMNS + 1], known[512] = "";
    size_t count = 0, used = 0;
    for (; fields[count].key && count < FIELDS_MAX; count++) {
        names[count] = fields[count].key;
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", count ? ", " : "", names[count]);
        used = used < sizeof known ? used : sizeof known - 1;
    }
    sc_printable(shown, text, FOUND_COLUMNS);
    const char *near = sc_nearest_name(text, names, count);
    const char *in = path[0] ? " in " : "";
    if (near)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(key),
                       "unknown key \"%s\"%s%s; did you mean \"%s\"?", shown, in, path, near);
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(key),
                   "unknown key \"%s\"%s%s; known are %s", shown, in, path, known);
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *key)
{
    for (; fields->key; fields++) {
        if (strcmp(fields->key, key) == 0)
            return fields;
    }
    return NULL;
}

static int check_node(const struct sc_yaml *yaml, const yaml_node_t *node, const cyaml_schema_value_t *schema,
                      const char *path, struct sc_error *err);

/* Every key known, every required key there, every value of its shape. */
static int check_mapping(const struct sc_yaml *yaml, const yaml_node_t *node, const cyaml_schema_field_t *fields,
                         const char *path, struct sc_error *err)
{
    if (node->type != YAML_MAPPING_NODE)
        return wrong_shape(yaml, node, path, "a mapping of keys to values", err);
    int status = SC_OK;
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; status == SC_OK && pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = sc_yaml_node(yaml, pair->key);
        const char *name = sc_yaml_scalar(key);
        const cyaml_schema_field_t *field = find_field(fields, name);
        if (!field)
            return unknown_key(yaml, key, path, fields, err);
        char below[KEY_PATH];
        snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "", name);
        status = check_node(yaml, sc_yaml_child(yaml, node, name), &field->value, below, err);
    }
    for (; status == SC_OK && fields->key; fields++) {
        if (!(fields->value.flags & CYAML_FLAG_OPTIONAL) && !sc_yaml_child(yaml, node, fields->key))
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(node),
                           "%s%skey \"%s\" is missing", path, path[0] ? ": " : "", fields->key);
    }
    return status;
}

static int check_sequence(const struct sc_yaml *yaml, const yaml_node_t *node, const cyaml_schema_value_t *schema,
                          const char *path, struct sc_error *err)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return wrong_shape(yaml, node, path, "a list, as in [a, b]", err);
    int status = SC_OK;
    const yaml_node_t *entry;
    for (unsigned i = 0; status == SC_OK && (entry = sc_yaml_entry(yaml, node, i)); i++) {
        char below[KEY_PATH];
        snprintf(below, sizeof below, "%s[%u]", path, i);
        if (i >= schema->sequence.max)
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(entry),
                           "%s: found more than %u entries; expected at most that many", path, schema->sequence.max);
        status = check_node(yaml, entry, schema->sequence.entry, below, err);
    }
    return status;
}

static int check_node(const struct sc_yaml *yaml, const yaml_node_t *node, const cyaml_schema_value_t *schema,
                      const char *path, struct sc_error *err)
{
    if (schema->type == CYAML_MAPPING)
        return check_mapping(yaml, node, schema->mapping.fields, path, err);
    if (schema->type == CYAML_SEQUENCE)
        return check_sequence(yaml, node, schema, path, err);
    const char *text = sc_yaml_scalar(node);
    if (!text)
        return wrong_shape(yaml, node, path, "a single value", err);
    if (strlen(text) != node->data.scalar.length || strlen(text) > schema->string.max)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(node),
                       "%s: found a text of %zu bytes; expected at most %u, and none of them zero", path,
                       node->data.scalar.length, schema->string.max);
    return SC_OK;
}

int sc_yaml_load(const struct sc_yaml *yaml, const cyaml_schema_value_t *schema, void **data, struct sc_error *err)
{
    struct complaint complaint = {""};
    cyaml_config_t config = config_for(&complaint);
    *data = NULL;
    int status = check_node(yaml, sc_yaml_root(yaml), schema, "", err);
    if (status != SC_OK)
        return status;
    size_t size;
    const unsigned char *bytes = sc_yaml_bytes(yaml, &size);
    cyaml_err_t result = cyaml_load_data(bytes, size, &config, schema, data, NULL);
    if (result == CYAML_OK && *data)
        return SC_OK;
    /* These bytes have been parsed before, so that libyaml can only lack memory for them now. */
    if (result == CYAML_ERR_OOM || result == CYAML_ERR_LIBYAML_PARSER_INIT || result == CYAML_ERR_LIBYAML_PARSER)
        return sc_fail(err, SC_NO_MEMORY, sc_yaml_path(yaml), 0, "memory is exhausted while reading this file");
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), 1,
                   "libcyaml cannot load this file: %s (%s)", cyaml_strerror(result), complaint.text);
}

void sc_yaml_free(const cyaml_schema_value_t *schema, void *data)
{
    struct complaint complaint = {""};
    cyaml_config_t config = config_for(&complaint);
    cyaml_free(&config, schema, data, 0);
}
