/* yaml_file.c - parsing of YAML files with libyaml: the rules of the house, and where each value stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "printable.h"

enum {
    OUR_LIMIT = 1 << 20,      /* bytes of a file of ours */
    FOREIGN_LIMIT = 16 << 20, /* reference tables of large designs take a few megabytes */
    DEPTH_LIMIT = 64,         /* nesting; ours need 3, Accelergy's 6 */
    MAPPING_LIMIT = 256, /* keys of one mapping of ours; this and the next two bound searches that are quadratic, */
    ANCHOR_LIMIT = 4096, /* here or in libyaml, so that no file can keep us busy for long */
    DIRECTIVE_LIMIT = 16,
    PATH_LIMIT = 1024,
    FOUND_COLUMNS = 40 /* of an offending text shown in a message */
};

struct sc_yaml {
    char path[PATH_LIMIT];
    unsigned char *bytes;
    size_t size;
    yaml_document_t document;
    bool parsed; /* document holds something to delete */
};

/* Whether the indentation of a line (1-based) contains a tab. */
static bool tab_indents(const unsigned char *bytes, uint64_t line)
{
    for (; line > 1 && *bytes; bytes++)
        line -= *bytes == '\n';
    bytes += strspn((const char *)bytes, " ");
    return *bytes == '\t';
}

static int parse_error(const struct sc_yaml *yaml, const yaml_parser_t *parser, struct sc_error *err)
{
    /* libyaml does not say so wherever its memory is exhausted, but whatever else is wrong it names. */
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem)
        return sc_fail(err, SC_NO_MEMORY, yaml->path, 0, "memory is exhausted while reading this file");
    uint64_t line = parser->problem_mark.line + 1;
    if (parser->error == YAML_READER_ERROR) {
        line = 1;
        for (size_t i = 0; i < parser->problem_offset && i < yaml->size; i++)
            line += yaml->bytes[i] == '\n';
    }
    return sc_fail(err, SC_BAD_INPUT, yaml->path, line, "this is not valid YAML: %s%s%s%s",
                   parser->problem, parser->context ? ", " : "",
                   parser->context ? parser->context : "",
                   tab_indents(yaml->bytes, line) ? " (a tab indents this line; YAML wants blanks)" : "");
}

/* What has been seen of a file so far. */
struct tally {
    unsigned depth, documents, anchors;
};

static bool has_anchor(const yaml_event_t *event)
{
    return (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor) ||
           (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor) ||
           (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor);
}

/* What the house rules say about one event. */
static int check_event(const struct sc_yaml *yaml, const yaml_event_t *event, enum sc_yaml_origin origin,
                       struct tally *tally, struct sc_error *err)
{
    uint64_t line = event->start_mark.line + 1;
    tally->anchors += has_anchor(event);
    if (tally->anchors > ANCHOR_LIMIT)
        return sc_fail(err, SC_BAD_INPUT, yaml->path, line, "found more than %d anchors (&name)", ANCHOR_LIMIT);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++tally->documents > 1)
            return sc_fail(err, SC_BAD_INPUT, yaml->path, line, "a second YAML document starts here; expected one");
        break;
    case YAML_ALIAS_EVENT:
        if (origin == SC_YAML_OURS)
            return sc_fail(err, SC_BAD_INPUT, yaml->path, line,
                           "found the alias \"*%.60s\"; aliases are not allowed here, write the value out",
                           (const char *)event->data.alias.anchor);
        break;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (++tally->depth > DEPTH_LIMIT)
            return sc_fail(err, SC_BAD_INPUT, yaml->path, line, "nested deeper than %d levels", DEPTH_LIMIT);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        tally->depth--;
        break;
    default:
        break;
    }
    return SC_OK;
}

/* Lines that start with %, which YAML has for itself. */
static int check_directives(const struct sc_yaml *yaml, struct sc_error *err)
{
    unsigned found = 0;
    uint64_t line = 1;
    for (size_t i = 0; i < yaml->size; i++) {
        found += yaml->bytes[i] == '%' && (i == 0 || yaml->bytes[i - 1] == '\n');
        if (found > DIRECTIVE_LIMIT)
            return sc_fail(err, SC_BAD_INPUT, yaml->path, line, "found more than %d lines that start with %%",
                           DIRECTIVE_LIMIT);
        line += yaml->bytes[i] == '\n';
    }
    return SC_OK;
}

/* First pass: syntax, one document, depth, aliases. */
static int check_events(const struct sc_yaml *yaml, enum sc_yaml_origin origin, struct sc_error *err)
{
    struct tally tally = {0, 0, 0};
    bool end = false;
    yaml_parser_t parser;
    int status = check_directives(yaml, err);
    if (status != SC_OK)
        return status;
    if (!yaml_parser_initialize(&parser))
        return sc_fail(err, SC_NO_MEMORY, yaml->path, 0, "memory is exhausted while reading this file");
    yaml_parser_set_input_string(&parser, yaml->bytes, yaml->size);
    while (status == SC_OK && !end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = parse_error(yaml, &parser, err);
            break;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        status = check_event(yaml, &event, origin, &tally, err);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (status == SC_OK && tally.documents == 0)
        return sc_fail(err, SC_BAD_INPUT, yaml->path, 1,
                       "this file is empty; expected a YAML mapping of keys to values");
    return status;
}

/* Keys are text and, in our own files, unique within their mapping. */
static int check_keys(const struct sc_yaml *yaml, const yaml_node_t *mapping, enum sc_yaml_origin origin,
                      struct sc_error *err)
{
    const yaml_node_pair_t *first = mapping->data.mapping.pairs.start, *top = mapping->data.mapping.pairs.top;
    if (origin == SC_YAML_OURS && top - first > MAPPING_LIMIT)
        return sc_fail(err, SC_BAD_INPUT, yaml->path, sc_yaml_node_line(mapping), "more than %d keys", MAPPING_LIMIT);
    for (const yaml_node_pair_t *pair = first; pair < top; pair++) {
        const yaml_node_t *key = sc_yaml_node(yaml, pair->key);
        const char *text = sc_yaml_scalar(key);
        if (!text)
            return sc_fail(err, SC_BAD_INPUT, yaml->path, sc_yaml_node_line(key),
                           "found a list or mapping as a key; expected text");
        for (const yaml_node_pair_t *before = first; origin == SC_YAML_OURS && before < pair; before++) {
            const yaml_node_t *other = sc_yaml_node(yaml, before->key);
            char shown[4 * FOUND_COLUMNS + 1];
            if (strcmp(sc_yaml_scalar(other), text) != 0)
                continue;
            sc_printable(shown, text, FOUND_COLUMNS);
            return sc_fail(err, SC_BAD_INPUT, yaml->path, sc_yaml_node_line(key),
                               "key \"%s\" appears twice, first on line %llu", shown,
                               (unsigned long long)sc_yaml_node_line(other));
        }
    }
    return SC_OK;
}

static int parse(struct sc_yaml *yaml, enum sc_yaml_origin origin, struct sc_error *err)
{
    int status = check_events(yaml, origin, err);
    if (status != SC_OK)
        return status;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return sc_fail(err, SC_NO_MEMORY, yaml->path, 0, "memory is exhausted while reading this file");
    yaml_parser_set_input_string(&parser, yaml->bytes, yaml->size);
    yaml->parsed = yaml_parser_load(&parser, &yaml->document) != 0;
    if (!yaml->parsed)
        status = parse_error(yaml, &parser, err);
    yaml_parser_delete(&parser);
    for (yaml_node_t *node = yaml->document.nodes.start; status == SC_OK && node < yaml->document.nodes.top; node++) {
        if (node->type == YAML_MAPPING_NODE)
            status = check_keys(yaml, node, origin, err);
    }
    return status;
}

int sc_yaml_open(struct sc_yaml **out, const char *path, enum sc_yaml_origin origin, struct sc_error *err)
{
    *out = NULL;
    if (strlen(path) >= PATH_LIMIT)
        return sc_fail(err, SC_IO, NULL, 0, "this path is longer than %d bytes: %.100s...", PATH_LIMIT - 1, path);
    struct sc_yaml *yaml = calloc(1, sizeof *yaml);
    if (!yaml)
        return sc_fail(err, SC_NO_MEMORY, path, 0, "memory is exhausted while reading this file");
    memcpy(yaml->path, path, strlen(path) + 1);
    int status = sc_file_read(&yaml->bytes, &yaml->size, path, origin == SC_YAML_OURS ? OUR_LIMIT : FOREIGN_LIMIT, err);
    if (status == SC_OK)
        status = parse(yaml, origin, err);
    if (status != SC_OK) {
        sc_yaml_close(yaml);
        return status;
    }
    *out = yaml;
    return SC_OK;
}

void sc_yaml_close(struct sc_yaml *yaml)
{
    if (!yaml)
        return;
    if (yaml->parsed)
        yaml_document_delete(&yaml->document);
    free(yaml->bytes);
    free(yaml);
}

const char *sc_yaml_path(const struct sc_yaml *yaml)
{
    return yaml->path;
}

const unsigned char *sc_yaml_bytes(const struct sc_yaml *yaml, size_t *size)
{
    *size = yaml->size;
    return yaml->bytes;
}

const yaml_node_t *sc_yaml_node(const struct sc_yaml *yaml, int index)
{
    return yaml->document.nodes.start + index - 1; /* as yaml_document_get_node(), which takes no const document */
}

const yaml_node_t *sc_yaml_root(const struct sc_yaml *yaml)
{
    return sc_yaml_node(yaml, 1);
}

const yaml_node_t *sc_yaml_child(const struct sc_yaml *yaml, const yaml_node_t *node, const char *key)
{
    if (!node || node->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        if (strcmp(sc_yaml_scalar(sc_yaml_node(yaml, pair->key)), key) == 0)
            return sc_yaml_node(yaml, pair->value);
    }
    return NULL;
}

const yaml_node_t *sc_yaml_entry(const struct sc_yaml *yaml, const yaml_node_t *node, unsigned index)
{
    if (!node || node->type != YAML_SEQUENCE_NODE ||
        index >= node->data.sequence.items.top - node->data.sequence.items.start)
        return NULL;
    return sc_yaml_node(yaml, node->data.sequence.items.start[index]);
}

const char *sc_yaml_scalar(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

uint64_t sc_yaml_node_line(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

uint64_t sc_yaml_line(const struct sc_yaml *yaml, const char *path)
{
    const yaml_node_t *node = sc_yaml_root(yaml);
    while (*path) {
        size_t length = strcspn(path, ".[");
        char key[64];
        const yaml_node_t *next = NULL;
        if (*path == '[') {
            char *end;
            next = sc_yaml_entry(yaml, node, (unsigned)strtoul(path + 1, &end, 10));
            path = *end ? end + 1 : end;
        } else if (length < sizeof key) {
            memcpy(key, path, length);
            key[length] = '\0';
            next = sc_yaml_child(yaml, node, key);
            path += length;
        } else {
            break;
        }
        path += *path == '.';
        if (!next)
            break;
        node = next;
    }
    return sc_yaml_node_line(node);
}
