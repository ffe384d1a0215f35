/* machine.c - reading a machine: its file, its base, defaults, lists, energy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_dir.h"
#include "family.h"
#include "file.h"
#include "machine_file.h"
#include "machine_list.h"
#include "printable.h"
#include "text.h"

enum { FOUND_COLUMNS = 40 };

/* Bounds of an area in mm2 and a power in mW: beyond any wafer and any rack. */
#define PART_MAX 1e6

/* A machine in the making: the file asked for and, if it names one, its base. */
struct draft {
    struct sc_machine *machine;
    struct sc_machine_file own, base;
    const struct sc_machine_change *change;
    size_t changes;
};

/* The file that `path` comes from: the own one unless only the base says something. */
static const struct sc_yaml *origin(const struct draft *draft, const struct sc_machine_key *keys, size_t count,
                                    const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].path, path) == 0 && !draft->own.text->values[i] && draft->base.text &&
            draft->base.text->values[i] && !keys[i].own)
            return draft->base.yaml;
    }
    return draft->own.yaml;
}

/* Adds file and line of key `path` to an error that names no file yet. */
static int blame(const struct draft *draft, const char *path, int status, struct sc_error *err)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(draft->machine->family, &count);
    if (status == SC_OK || !err || err->file[0])
        return status;
    const struct sc_yaml *yaml = origin(draft, keys, count, path);
    snprintf(err->file, sizeof err->file, "%s", sc_yaml_path(yaml));
    err->line = sc_yaml_line(yaml, path);
    return status;
}

/* The first of keys[] that the own file sets: of values that do not fit together that one is the news. */
static const char *culprit(const struct draft *draft, const char *const keys[SC_RELATED_KEYS])
{
    size_t count;
    const struct sc_machine_key *table = sc_machine_keys(draft->machine->family, &count);
    for (int i = 0; keys[i]; i++) {
        for (size_t j = 0; j < count; j++) {
            if (strcmp(table[j].path, keys[i]) == 0 && draft->own.text->values[j])
                return keys[i];
        }
    }
    return keys[0];
}

static int missing(const struct draft *draft, const char *path, const char *meaning, struct sc_error *err)
{
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(draft->own.yaml), sc_yaml_line(draft->own.yaml, path),
                   "key \"%s\" is missing (%s)", path, meaning);
}

/* The last change of a key, or NULL. */
static const char *changed_value(const struct draft *draft, const char *path)
{
    const char *value = NULL;
    for (size_t i = 0; i < draft->changes; i++)
        if (strcmp(draft->change[i].key, path) == 0)
            value = draft->change[i].value;
    return value;
}

/* Whether the family has the keys to be changed. */
static int check_changes(const struct draft *draft, struct sc_error *err)
{
    const char *names[SC_MACHINE_KEYS_MAX];
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(draft->machine->family, &count);
    for (size_t i = 0; i < count; i++)
        names[i] = keys[i].path;
    for (size_t c = 0; c < draft->changes; c++) {
        size_t i = 0;
        while (i < count && strcmp(names[i], draft->change[c].key) != 0)
            i++;
        if (i < count && !keys[i].own)
            continue;
        char shown[4 * FOUND_COLUMNS + 1];
        sc_printable(shown, draft->change[c].key, FOUND_COLUMNS);
        const char *near = sc_nearest_name(draft->change[c].key, names, count);
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "machine \"%s\" has no key \"%s\" to change%s%s%s",
                       sc_yaml_path(draft->own.yaml), shown, near ? "; did you mean \"" : "", near ? near : "",
                       near ? "\"?" : "");
    }
    return SC_OK;
}

/* Own value, else the base's, else the default; a change comes before all. */
static int fill_keys(struct draft *draft, struct sc_error *err)
{
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(draft->machine->family, &count);
    int status = check_changes(draft, err);
    for (size_t i = 0; status == SC_OK && i < count; i++) {
        const char *text = draft->own.text->values[i], *changed = changed_value(draft, keys[i].path);
        if (changed) {
            status = sc_machine_key_set(draft->machine, &keys[i], changed, err);
            if (status != SC_OK && err)
                err->status = SC_BAD_USAGE;
            status = status == SC_OK ? SC_OK : SC_BAD_USAGE;
            continue;
        }
        if (!text && draft->base.text && !keys[i].own)
            text = draft->base.text->values[i];
        if (!text)
            text = keys[i].initial;
        if (!text)
            return missing(draft, keys[i].path, keys[i].meaning, err);
        status = blame(draft, keys[i].path, sc_machine_key_set(draft->machine, &keys[i], text, err), err);
    }
    return status;
}

/* Where the list `key` is taken from: a list of the own file, even an empty one, replaces the base's whole. */
static const struct sc_machine_file *list_file(const struct draft *draft, const char *key)
{
    const struct sc_yaml *own = draft->own.yaml;
    return sc_yaml_child(own, sc_yaml_root(own), key) || !draft->base.text ? &draft->own : &draft->base;
}

/* Marks the dataflows that the list `key` of a file names. */
static int mark_dataflows(const struct sc_machine_file *file, const char *key, char *const *names, unsigned count,
                          bool marked[SC_DATAFLOWS], struct sc_error *err)
{
    char path[32];
    for (unsigned i = 0; i < count; i++) {
        enum sc_dataflow dataflow;
        struct sc_error cause;
        snprintf(path, sizeof path, "%s[%u]", key, i);
        uint64_t line = sc_yaml_line(file->yaml, path);
        if (sc_dataflow_parse(&dataflow, names[i], &cause) != SC_OK)
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), line, "%s: %.400s", key, cause.message);
        if (marked[dataflow])
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), line, "%s: \"%s\" appears twice", key,
                           sc_dataflow_name(dataflow));
        marked[dataflow] = true;
    }
    return SC_OK;
}

/* What the machine supports, and which of these are compared when none is asked for: all unless `candidates` says
 * otherwise. */
static int fill_dataflows(struct draft *draft, struct sc_error *err)
{
    struct sc_machine *m = draft->machine;
    const struct sc_machine_file *file = list_file(draft, "dataflows"), *some = list_file(draft, "candidates");
    if (file->text->dataflow_count == 0)
        return missing(draft, "dataflows", "at least one of those that `sparsecast dataflows` lists", err);
    int status = mark_dataflows(file, "dataflows", file->text->dataflows, file->text->dataflow_count, m->supports, err);
    if (status == SC_OK)
        status =
            mark_dataflows(some, "candidates", some->text->candidates, some->text->candidate_count, m->candidates, err);
    for (int d = 0; status == SC_OK && d < SC_DATAFLOWS; d++) {
        if (m->candidates[d] && !m->supports[d])
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(some->yaml), sc_yaml_line(some->yaml, "candidates"),
                           "candidates: \"%s\" is not among the machine's dataflows",
                           sc_dataflow_name((enum sc_dataflow)d));
        if (some->text->candidate_count == 0)
            m->candidates[d] = m->supports[d];
    }
    return status;
}

/* A number of one part; an absent one is 0. */
static int part_number(double *value, const struct sc_machine_file *file, unsigned index, const char *key,
                       const char *text, struct sc_error *err)
{
    char path[48], shown[4 * FOUND_COLUMNS + 1];
    *value = 0;
    if (!text || (sc_parse_number(text, strlen(text), value) && *value >= 0 && *value <= PART_MAX))
        return SC_OK;
    snprintf(path, sizeof path, "area_power[%u].%s", index, key);
    sc_printable(shown, text, FOUND_COLUMNS);
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), sc_yaml_line(file->yaml, path),
                   "%s: found \"%s\"; expected a number from 0 to 1000000", path, shown);
}

static int fill_part(struct draft *draft, const struct sc_machine_file *file, unsigned index, struct sc_error *err)
{
    const struct sc_part_text *text = &file->text->parts[index];
    struct sc_part *part = &draft->machine->parts[index];
    char path[32];
    snprintf(path, sizeof path, "area_power[%u]", index);
    if (!text->part[0] || strlen(text->part) >= sizeof part->name)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), sc_yaml_line(file->yaml, path),
                       "%s.part: found a name of %zu bytes; expected 1 to %zu", path, strlen(text->part),
                       sizeof part->name - 1);
    memcpy(part->name, text->part, strlen(text->part) + 1);
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(draft->machine->parts[i].name, part->name) == 0)
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(file->yaml), sc_yaml_line(file->yaml, path),
                           "%s: part \"%s\" appears twice", path, part->name);
    }
    int status = part_number(&part->area_mm2, file, index, "area_mm2", text->area_mm2, err);
    if (status == SC_OK)
        status = part_number(&part->power_mw, file, index, "power_mw", text->power_mw, err);
    return status;
}

static int fill_parts(struct draft *draft, struct sc_error *err)
{
    const struct sc_machine_file *file = list_file(draft, "area_power");
    int status = SC_OK;
    for (unsigned i = 0; status == SC_OK && i < file->text->part_count; i++)
        status = fill_part(draft, file, i, err);
    draft->machine->part_count = file->text->part_count;
    return status;
}

/* The directory that holds `path`, "." included; "" only for an empty path. */
static void directory_of(char out[SC_PATH_SIZE], const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(out, SC_PATH_SIZE, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (slash == path && slash)
        snprintf(out, SC_PATH_SIZE, "/");
}

/* Energy from the table that the caller wants, else from the one that the file names (relative to that file). */
static int fill_energy(struct draft *draft, const char *energy_table, struct sc_error *err)
{
    struct sc_energy_request *request = &draft->machine->energy_request;
    const char *key;
    char directory[SC_PATH_SIZE] = "";
    size_t count;
    const struct sc_machine_key *keys = sc_machine_keys(draft->machine->family, &count);
    if (energy_table && strlen(energy_table) >= sizeof request->table)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "the name of the energy table is longer than %zu bytes",
                       sizeof request->table - 1);
    if (energy_table)
        memcpy(request->table, energy_table, strlen(energy_table) + 1);
    else
        directory_of(directory, sc_yaml_path(origin(draft, keys, count, "energy.table")));

    if (err)
        err->file[0] = '\0';
    int status = draft->machine->family->bind_energy(draft->machine, directory, &key, err);
    if (status == SC_OK || !err || err->file[0])
        return status;
    char message[sizeof err->message];
    memcpy(message, err->message, sizeof message);
    snprintf(err->message, sizeof err->message, "%s: %.900s", key, message);
    if (energy_table && strcmp(key, "energy.table") == 0)
        return status;
    if (status == SC_BAD_USAGE) /* a wrong name in a file is bad input */
        err->status = SC_BAD_INPUT;
    return blame(draft, key, err->status, err);
}

static void finish(struct draft *draft)
{
    struct sc_machine *machine = draft->machine;
    uint64_t state = SC_DIGEST_START;
    size_t size;
    const unsigned char *bytes;
    if (draft->base.yaml) {
        bytes = sc_yaml_bytes(draft->base.yaml, &size);
        state = sc_digest(state, bytes, size);
    }
    bytes = sc_yaml_bytes(draft->own.yaml, &size);
    state = sc_digest(state, bytes, size);
    for (size_t i = 0; i < draft->changes; i++) {
        state = sc_digest(state, (const unsigned char *)draft->change[i].key, strlen(draft->change[i].key) + 1);
        state = sc_digest(state, (const unsigned char *)draft->change[i].value, strlen(draft->change[i].value) + 1);
    }
    sc_digest_text(machine->digest, state);
    snprintf(machine->file, sizeof machine->file, "%s", sc_yaml_path(draft->own.yaml));
    const char *base = draft->changes > 0 ? machine->file : sc_machine_file_base(&draft->own);
    snprintf(machine->base, sizeof machine->base, "%s", base ? base : "");
    for (unsigned i = 0; i < machine->part_count; i++) {
        machine->area_mm2 += machine->parts[i].area_mm2;
        machine->power_mw += machine->parts[i].power_mw;
    }
}

/* Opens the machine that `base` names: a shipped one, without a base of its own, of the same kind. */
static int open_base(struct draft *draft, struct sc_error *err)
{
    const char *base = sc_machine_file_base(&draft->own), *file = sc_yaml_path(draft->own.yaml);
    uint64_t line = sc_yaml_line(draft->own.yaml, "base");
    char path[SC_PATH_SIZE];
    if (!base)
        return SC_OK;
    if (sc_machine_is_path(base))
        return sc_fail(err, SC_BAD_INPUT, file, line, "base: found a path; expected the name of a shipped machine");
    int status = sc_machine_path(path, base, err);
    if (status == SC_BAD_USAGE) {
        char cause[sizeof err->message];
        memcpy(cause, err->message, sizeof cause);
        return sc_fail(err, SC_BAD_INPUT, file, line, "base: %.900s", cause);
    }
    if (status == SC_OK)
        status = sc_machine_file_open(&draft->base, path, err);
    if (status == SC_OK && sc_machine_file_base(&draft->base))
        return sc_fail(err, SC_BAD_INPUT, file, line,
                       "base: found \"%.60s\", which has a base itself; expected a machine without one", base);
    if (status == SC_OK)
        status = sc_machine_file_bind(&draft->base, err);
    if (status == SC_OK && draft->own.family && draft->own.family != draft->base.family)
        return sc_fail(err, SC_BAD_INPUT, file, line, "base: found \"%.60s\" of kind %s; expected a machine of kind %s",
                       base, draft->base.family->name, draft->own.family->name);
    if (status == SC_OK)
        draft->own.family = draft->base.family;
    return status;
}

/* Opens the file and, if it names one, its base; from here on the family is known. */
static int open_files(struct draft *draft, const char *path, struct sc_error *err)
{
    int status = sc_machine_file_open(&draft->own, path, err);
    if (status == SC_OK)
        status = open_base(draft, err);
    if (status == SC_OK)
        status = sc_machine_file_bind(&draft->own, err);
    draft->machine->family = draft->own.family;
    return status;
}

int sc_machine_read(struct sc_machine *machine, const char *name, const char *energy_table, struct sc_error *err)
{
    return sc_machine_read_changed(machine, name, energy_table, NULL, 0, err);
}

/* Areas and powers of parts as the family says they grow with the sizes changed. */
static int grow_parts(struct sc_machine *machine, const char *name, struct sc_error *err)
{
    struct sc_machine *from = malloc(sizeof *from);
    if (!from)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for machine \"%s\"", name);
    int status = sc_machine_read(from, name, NULL, err);
    for (unsigned i = 0; status == SC_OK && i < machine->part_count; i++) {
        double growth = machine->family->part_growth(machine, from, machine->parts[i].name);
        machine->parts[i].area_mm2 *= growth;
        machine->parts[i].power_mw *= growth;
    }
    free(from);
    return status;
}

int sc_machine_read_changed(struct sc_machine *machine, const char *name, const char *energy_table,
                            const struct sc_machine_change *change, size_t changes, struct sc_error *err)
{
    struct draft draft = {.machine = machine, .change = change, .changes = changes};
    struct sc_error local;
    char path[SC_PATH_SIZE];
    const char *keys[SC_RELATED_KEYS];
    err = err ? err : &local;
    err->file[0] = '\0';
    memset(machine, 0, sizeof *machine);
    int status = sc_machine_path(path, name, err);
    if (status == SC_OK)
        status = open_files(&draft, path, err);
    if (status == SC_OK)
        status = fill_keys(&draft, err);
    if (status == SC_OK)
        status = fill_dataflows(&draft, err);
    if (status == SC_OK)
        status = fill_parts(&draft, err);
    if (status == SC_OK && (status = machine->family->check(machine, keys, err)) != SC_OK)
        blame(&draft, culprit(&draft, keys), status, err);
    if (status == SC_OK && changes > 0 && machine->family->part_growth)
        status = grow_parts(machine, name, err);
    if (status == SC_OK)
        status = fill_energy(&draft, energy_table, err);
    if (status == SC_OK)
        finish(&draft);
    sc_machine_file_close(&draft.own);
    sc_machine_file_close(&draft.base);
    return status;
}
