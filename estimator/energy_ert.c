/* energy_ert.c - energies and areas from Accelergy reference tables (ERT and ART, 0.3 and 0.4) in place of ours.
 *
 * A table is ours when the last component of its dotted name, without instance range and in any case, is one of our
 * component names; its actions are matched by name.  An action listed several times with different arguments gives the
 * range: low and high are its extremes, nominal its mean, as in Accelergy's own summaries.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "energy_bind.h"
#include "file.h"
#include "printable.h"
#include "text.h"
#include "yaml_file.h"

enum { NAME_BYTES = 64, FOUND_COLUMNS = 40, ALTERNATIVES = 3 };

/* What one action is for: Accelergy counts actions on a word of the component, we count events. */
enum per { PER_EVENT, PER_LINE_WORD, PER_DRAM_WORD };

/* Events by component and action; of several alternatives the first that the file has is taken. */
static const struct source {
    enum sc_energy_event event;
    const char *component;
    struct {
        const char *action;
        enum per per;
    } alternatives[ALTERNATIVES];
} sources[] = {
    {SC_EVENT_multiply, "multiplier", {{"multiply", PER_EVENT}, {"compute", PER_EVENT}, {"mac_random", PER_EVENT}}},
    {SC_EVENT_add, "adder", {{"add", PER_EVENT}, {"compute", PER_EVENT}}},
    {SC_EVENT_compare, "comparator", {{"compare", PER_EVENT}, {"compute", PER_EVENT}}},
    {SC_EVENT_dn_element, "dn", {{"transfer", PER_EVENT}}},
    {SC_EVENT_sta_read, "sta_fifo", {{"read", PER_EVENT}}},
    {SC_EVENT_sta_write, "sta_fifo", {{"write", PER_EVENT}}},
    {SC_EVENT_str_read, "str_cache", {{"read", PER_EVENT}}},
    {SC_EVENT_str_fill, "str_cache", {{"fill", PER_EVENT}, {"write", PER_LINE_WORD}}},
    {SC_EVENT_psram_read, "psram", {{"read", PER_EVENT}}},
    {SC_EVENT_psram_write, "psram", {{"write", PER_EVENT}}},
    {SC_EVENT_dram_read, "dram", {{"read", PER_DRAM_WORD}}},
    {SC_EVENT_dram_write, "dram", {{"write", PER_DRAM_WORD}}},
};

/* Events per action. */
static double per_event(const struct sc_machine *machine, enum per per)
{
    switch (per) {
    case PER_LINE_WORD:
        return (double)machine->str_line_bytes / machine->element_bytes;
    case PER_DRAM_WORD:
        return 8.0 / machine->energy_request.ert_dram_word_bits;
    default:
        return 1;
    }
}

/* The list of tables under `root` (ERT, ART) or `root`_summary; checks the version. */
static int find_tables(const struct sc_yaml *yaml, const char *root, const yaml_node_t **tables, struct sc_error *err)
{
    char summary[32];
    snprintf(summary, sizeof summary, "%s_summary", root);
    const yaml_node_t *top = sc_yaml_child(yaml, sc_yaml_root(yaml), root);
    const char *list = "tables";
    if (!top) {
        top = sc_yaml_child(yaml, sc_yaml_root(yaml), summary);
        list = "table_summary";
    }
    if (!top)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(sc_yaml_root(yaml)),
                       "key \"%s\" is missing; expected an Accelergy %s file", root, root);
    const yaml_node_t *version = sc_yaml_child(yaml, top, "version");
    const char *text = sc_yaml_scalar(version);
    if (!text || (strcmp(text, "0.3") != 0 && strcmp(text, "0.4") != 0)) {
        char shown[4 * FOUND_COLUMNS + 1];
        sc_printable(shown, text ? text : "nothing", FOUND_COLUMNS);
        return sc_fail(err, SC_UNSUPPORTED, sc_yaml_path(yaml), sc_yaml_node_line(version ? version : top),
                       "%s.version: found \"%s\"; expected 0.3 or 0.4", root, shown);
    }
    *tables = sc_yaml_child(yaml, top, list);
    if (!*tables || (*tables)->type != YAML_SEQUENCE_NODE)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(*tables ? *tables : top),
                       "%s.%s: found no list; expected the list of tables", root, list);
    return SC_OK;
}

/* No action takes a joule, no component a square metre (pJ, um2): beyond that sums may end up infinite. */
#define NUMBER_MAX 1e12

/* A number from 0 to NUMBER_MAX under `key` of `node`; *there tells whether the key exists. */
static int number_at(const struct sc_yaml *yaml, const yaml_node_t *node, const char *key, double *value, bool *there,
                     struct sc_error *err)
{
    const yaml_node_t *child = sc_yaml_child(yaml, node, key);
    const char *text = sc_yaml_scalar(child);
    *there = child != NULL;
    if (!child || (text && sc_parse_number(text, strlen(text), value) && *value >= 0 && *value <= NUMBER_MAX))
        return SC_OK;
    char shown[4 * FOUND_COLUMNS + 1];
    sc_printable(shown, text ? text : "a list or mapping", FOUND_COLUMNS);
    return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(child),
                   "%s: found \"%s\"; expected a number, 0 or above, up to %g", key, shown, NUMBER_MAX);
}

/* The instances of one "[first..last]" (1 for anything else). */
static double range_instances(const char *bracket)
{
    uint64_t first, last;
    const char *dots = strstr(bracket, ".."), *end = strchr(bracket, ']');
    if (!dots || !end || dots > end || !sc_parse_count(bracket + 1, (size_t)(dots - bracket - 1), &first) ||
        !sc_parse_count(dots + 2, (size_t)(end - dots - 2), &last) || last < first)
        return 1;
    return (double)(last - first) + 1;
}

/* Splits "system.PE[0..7].Dram[1..1]" into "Dram" and the 8 instances it stands for. */
static void split_name(const char *name, char component[NAME_BYTES], double *instances)
{
    size_t used = 0;
    bool inside = false;
    *instances = 1;
    for (; *name; name++) {
        if (*name == '[') {
            *instances *= range_instances(name);
            inside = true;
        } else if (*name == ']') {
            inside = false;
        } else if (*name == '.' && !inside) {
            used = 0;
        } else if (!inside && used + 1 < NAME_BYTES) {
            component[used++] = *name;
        }
    }
    component[used] = '\0';
}

/* The only table whose component is `component`, or NULL in *table; two of them are an error. */
static int find_component(const struct sc_yaml *yaml, const yaml_node_t *tables, const char *component,
                          const yaml_node_t **table, double *instances, struct sc_error *err)
{
    *table = NULL;
    const yaml_node_t *entry;
    for (unsigned i = 0; (entry = sc_yaml_entry(yaml, tables, i)); i++) {
        const yaml_node_t *name = sc_yaml_child(yaml, entry, "name");
        char last[NAME_BYTES];
        double copies;
        if (!sc_yaml_scalar(name))
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(entry),
                           "table %u: key \"name\" is missing", i);
        split_name(sc_yaml_scalar(name), last, &copies);
        if (strcasecmp(last, component) != 0)
            continue;
        if (*table)
            return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(name),
                           "a second table for \"%s\" (the first is on line %llu); expected one", component,
                           (unsigned long long)sc_yaml_node_line(*table));
        *table = entry;
        *instances = copies;
    }
    return SC_OK;
}

/* Range of one entry of a table's actions: an energy, or a summary's average with its extremes. */
static int action_range(const struct sc_yaml *yaml, const yaml_node_t *entry, double pj[SC_ENERGY_CASES],
                        struct sc_error *err)
{
    bool there;
    int status = number_at(yaml, entry, "energy", &pj[SC_ENERGY_NOMINAL], &there, err);
    if (status == SC_OK && !there)
        status = number_at(yaml, entry, "average_energy", &pj[SC_ENERGY_NOMINAL], &there, err);
    if (status == SC_OK && !there)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(entry),
                       "key \"energy\" is missing from this action");
    pj[SC_ENERGY_LOW] = pj[SC_ENERGY_HIGH] = pj[SC_ENERGY_NOMINAL];
    if (status == SC_OK)
        status = number_at(yaml, entry, "min_energy", &pj[SC_ENERGY_LOW], &there, err);
    if (status == SC_OK)
        status = number_at(yaml, entry, "max_energy", &pj[SC_ENERGY_HIGH], &there, err);
    return status;
}

/* Combines all entries of `action`; SC_END when there is none. */
static int read_action(const struct sc_yaml *yaml, const yaml_node_t *table, const char *action,
                       double pj[SC_ENERGY_CASES], struct sc_error *err)
{
    const yaml_node_t *actions = sc_yaml_child(yaml, table, "actions"), *entry;
    unsigned found = 0;
    for (unsigned i = 0; (entry = sc_yaml_entry(yaml, actions, i)); i++) {
        const char *name = sc_yaml_scalar(sc_yaml_child(yaml, entry, "name"));
        double one[SC_ENERGY_CASES];
        if (!name || strcasecmp(name, action) != 0)
            continue;
        int status = action_range(yaml, entry, one, err);
        if (status != SC_OK)
            return status;
        found++;
        if (found == 1 || one[SC_ENERGY_LOW] < pj[SC_ENERGY_LOW])
            pj[SC_ENERGY_LOW] = one[SC_ENERGY_LOW];
        if (found == 1 || one[SC_ENERGY_HIGH] > pj[SC_ENERGY_HIGH])
            pj[SC_ENERGY_HIGH] = one[SC_ENERGY_HIGH];
        pj[SC_ENERGY_NOMINAL] = found == 1
                                    ? one[SC_ENERGY_NOMINAL]
                                    : pj[SC_ENERGY_NOMINAL] + (one[SC_ENERGY_NOMINAL] - pj[SC_ENERGY_NOMINAL]) / found;
    }
    return found ? SC_OK : SC_END;
}

/* One event; SC_END when the file has no value for it. */
static int read_event(struct sc_machine *machine, const struct sc_yaml *yaml, const yaml_node_t *tables,
                      const struct source *source, struct sc_error *err)
{
    const yaml_node_t *table;
    double instances, pj[SC_ENERGY_CASES], *out = sc_energy_event_pj(&machine->energy, source->event);
    int status = find_component(yaml, tables, source->component, &table, &instances, err);
    if (status != SC_OK || !table)
        return status == SC_OK ? SC_END : status;
    for (int i = 0; i < ALTERNATIVES && source->alternatives[i].action; i++) {
        status = read_action(yaml, table, source->alternatives[i].action, pj, err);
        for (int j = 0; status == SC_OK && j < SC_ENERGY_CASES; j++)
            out[j] = pj[j] * per_event(machine, source->alternatives[i].per);
        if (status != SC_END)
            return status;
    }
    return SC_END;
}

static int read_energies(struct sc_machine *machine, const struct sc_yaml *yaml, struct sc_error *err)
{
    const yaml_node_t *tables;
    size_t found = 0, count = sizeof sources / sizeof sources[0];
    int status = find_tables(yaml, "ERT", &tables, err);
    for (size_t i = 0; status == SC_OK && i < count; i++) {
        bool absent = machine->psram_bytes == 0 && strcmp(sources[i].component, "psram") == 0;
        status = read_event(machine, yaml, tables, &sources[i], err);
        found += status == SC_OK;
        if (status == SC_END && !absent)
            sc_energy_miss(&machine->energy, sources[i].event);
        if (status == SC_END)
            status = SC_OK;
    }
    if (status == SC_OK && found == 0)
        return sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(tables),
                       "no table here is for a part of this machine; expected names ending in .multiplier, .adder, "
                       ".comparator, .dn, .sta_fifo, .str_cache, .psram or .dram");
    return status;
}

/* Areas, um2 per instance, replace those of the parts of the same name. */
static int read_areas(struct sc_machine *machine, const struct sc_yaml *yaml, struct sc_error *err)
{
    const yaml_node_t *tables, *table;
    int status = find_tables(yaml, "ART", &tables, err);
    for (unsigned i = 0; status == SC_OK && i < machine->part_count; i++) {
        struct sc_part *part = &machine->parts[i];
        double instances, area;
        bool there = false;
        status = find_component(yaml, tables, part->name, &table, &instances, err);
        if (status == SC_OK && table)
            status = number_at(yaml, table, "area", &area, &there, err);
        if (status == SC_OK && there && area * instances > NUMBER_MAX)
            status = sc_fail(err, SC_BAD_INPUT, sc_yaml_path(yaml), sc_yaml_node_line(table),
                             "area: found %.0f instances of \"%s\"; expected at most %g um2 in all", instances,
                             part->name, NUMBER_MAX);
        if (status == SC_OK && there)
            part->area_mm2 = area * instances * 1e-6;
    }
    return status;
}

/* The file's name, cut to what the label holds. */
static void label(struct sc_energy *energy, const char *path)
{
    char name[4 * FOUND_COLUMNS + 1];
    const char *slash = strrchr(path, '/');
    unsigned columns = FOUND_COLUMNS;
    do
        sc_printable(name, slash ? slash + 1 : path, columns);
    while (strlen(name) >= sizeof energy->table && --columns);
    memcpy(energy->table, name, strlen(name) + 1);
}

int sc_energy_read_ert(struct sc_machine *machine, const char *ert, const char *art, struct sc_error *err)
{
    struct sc_yaml *energies = NULL, *areas = NULL;
    size_t size;
    int status = sc_yaml_open(&energies, ert, SC_YAML_FOREIGN, err);
    if (status == SC_OK)
        status = read_energies(machine, energies, err);
    if (status == SC_OK && art)
        status = sc_yaml_open(&areas, art, SC_YAML_FOREIGN, err);
    if (status == SC_OK && art)
        status = read_areas(machine, areas, err);
    if (status == SC_OK) {
        const unsigned char *bytes = sc_yaml_bytes(energies, &size);
        uint64_t digest = sc_digest(SC_DIGEST_START, bytes, size);
        bytes = areas ? sc_yaml_bytes(areas, &size) : bytes;
        sc_digest_text(machine->energy.digest, areas ? sc_digest(digest, bytes, size) : digest);
        label(&machine->energy, ert);
    }
    sc_yaml_close(energies);
    sc_yaml_close(areas);
    return status;
}
