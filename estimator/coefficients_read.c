/* coefficients_read.c - reading a calibration file, and finding the one of a machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coefficients.h"
#include "data_dir.h"
#include "printable.h"
#include "text.h"
#include "yaml_file.h"

enum { FOUND_COLUMNS = 40, VERSION = 1 };

/* The first thing wrong stops the reading; later calls do nothing. */
struct reading {
    const struct sc_yaml *yaml;
    struct sc_error *err;
    int status;
};

static void refuse(struct reading *r, const yaml_node_t *node, const char *key, const char *expected)
{
    char shown[4 * FOUND_COLUMNS + 1];
    const char *text = sc_yaml_scalar(node);
    if (r->status != SC_OK)
        return;
    sc_printable(shown, text ? text : "a list or mapping", FOUND_COLUMNS);
    r->status = sc_fail(r->err, SC_BAD_INPUT, sc_yaml_path(r->yaml), sc_yaml_node_line(node),
                        "%s: found \"%s\"; expected %s", key, shown, expected);
}

/* A child that must be there; the node itself stands in for it after a failure. */
static const yaml_node_t *child(struct reading *r, const yaml_node_t *node, const char *key)
{
    const yaml_node_t *found = sc_yaml_child(r->yaml, node, key);
    if (!found && r->status == SC_OK)
        r->status =
            sc_fail(r->err, SC_BAD_INPUT, sc_yaml_path(r->yaml), sc_yaml_node_line(node),
                    "key \"%s\" of a calibration is missing; the file was cut short or is of another kind", key);
    return found ? found : node;
}

static void take_number(struct reading *r, const yaml_node_t *node, const char *key, double low, double high,
                        double *value)
{
    const char *text = sc_yaml_scalar(node);
    char expected[128], from[SC_NUMBER_SIZE], to[SC_NUMBER_SIZE];
    if (r->status != SC_OK || (text && sc_parse_number(text, strlen(text), value) && *value >= low && *value <= high))
        return;
    sc_format_number(from, low, 6);
    sc_format_number(to, high, 6);
    snprintf(expected, sizeof expected, "a number from %s to %s", from, to);
    refuse(r, node, key, expected);
}

static void read_number(struct reading *r, const yaml_node_t *node, const char *key, double low, double high,
                        double *value)
{
    take_number(r, child(r, node, key), key, low, high, value);
}

static void read_list(struct reading *r, const yaml_node_t *node, const char *key, double *value, unsigned count)
{
    char expected[64];
    const yaml_node_t *list = child(r, node, key);
    snprintf(expected, sizeof expected, "a list of %u numbers", count);
    if (r->status == SC_OK && (list->type != YAML_SEQUENCE_NODE || sc_yaml_entry(r->yaml, list, count) ||
                               !sc_yaml_entry(r->yaml, list, count - 1)))
        refuse(r, list, key, expected);
    for (unsigned i = 0; i < count && r->status == SC_OK; i++)
        take_number(r, sc_yaml_entry(r->yaml, list, i), key, -1e300, 1e300, &value[i]);
}

static void read_range(struct reading *r, const yaml_node_t *node, const char *key, struct sc_range *range)
{
    double ends[2] = {0, 0};
    read_list(r, node, key, ends, 2);
    *range = (struct sc_range){ends[0], ends[1]};
    if (r->status == SC_OK && !(ends[0] <= ends[1]))
        refuse(r, child(r, node, key), key, "a lower end that is not above the upper end");
}

static void read_text(struct reading *r, const yaml_node_t *node, const char *key, char *out, size_t size)
{
    const yaml_node_t *found = child(r, node, key);
    const char *text = sc_yaml_scalar(found);
    char expected[64];
    snprintf(expected, sizeof expected, "a text of 1 to %zu bytes", size - 1);
    if (r->status == SC_OK && (!text || !text[0] || strlen(text) >= size))
        refuse(r, found, key, expected);
    if (r->status == SC_OK)
        memcpy(out, text, strlen(text) + 1);
}

static void read_count(struct reading *r, const yaml_node_t *node, const char *key, uint64_t *value)
{
    const yaml_node_t *found = child(r, node, key);
    const char *text = sc_yaml_scalar(found);
    if (r->status == SC_OK && (!text || !sc_parse_count(text, strlen(text), value)))
        refuse(r, found, key, "a whole number");
}

static void read_patterns(struct reading *r, const yaml_node_t *domain, struct sc_calibration *c)
{
    const yaml_node_t *list = child(r, domain, "patterns"), *entry;
    for (unsigned i = 0; r->status == SC_OK && (entry = sc_yaml_entry(r->yaml, list, i)); i++) {
        const char *text = sc_yaml_scalar(entry);
        bool known = false;
        if (!text)
            text = "";
#define X(id, name, parameters, distribution)                                                                          \
    known = known || strcmp(text, name) == 0;                                                                          \
    c->pattern[id] = c->pattern[id] || strcmp(text, name) == 0;
        SC_PATTERN_LIST(X)
#undef X
        if (!known)
            refuse(r, entry, "patterns", "names of pattern kinds");
    }
}

static void read_domain(struct reading *r, const yaml_node_t *root, struct sc_calibration *c)
{
    const yaml_node_t *domain = child(r, root, "domain"), *list, *entry;
    for (int q = 0; q < SC_DOMAIN_QUANTITIES; q++)
        read_range(r, domain, sc_domain_name((enum sc_domain_quantity)q), &c->domain[q]);
    read_patterns(r, domain, c);
    read_number(r, root, "machine_widening", 1, 1e6, &c->machine_widening);
    list = child(r, root, "machine_domain");
    for (unsigned i = 0; r->status == SC_OK && (entry = sc_yaml_entry(r->yaml, list, i)); i++) {
        if (i == SC_VARIED_MAX) {
            refuse(r, list, "machine_domain", "at most 48 keys");
            return;
        }
        struct sc_varied *v = &c->varied[i];
        read_text(r, entry, "key", v->key, sizeof v->key);
        read_number(r, entry, "low", -1e300, 1e300, &v->range.low);
        read_number(r, entry, "high", v->range.low, 1e300, &v->range.high);
        c->varied_count = i + 1;
    }
}

static void read_scores(struct reading *r, const yaml_node_t *node, const char *name, struct sc_scores *scores)
{
    char key[64];
    uint64_t count = 0;
    snprintf(key, sizeof key, "%s_scores", name);
    if (!sc_yaml_child(r->yaml, node, key))
        return;
    read_count(r, node, key, &count);
    if (r->status == SC_OK && (count < 1 || count > 1000000000))
        refuse(r, child(r, node, key), key, "a whole number from 1 to 1000000000");
    scores->count = (unsigned)count;
    snprintf(key, sizeof key, "%s_low", name);
    read_list(r, node, key, scores->low, SC_LEVELS);
    snprintf(key, sizeof key, "%s_high", name);
    read_list(r, node, key, scores->high, SC_LEVELS);
}

static void read_fit(struct reading *r, const yaml_node_t *node, struct sc_dataflow_fit *fit)
{
    double triangle[SC_TERMS * (SC_TERMS + 1) / 2];
    struct sc_range range;
    unsigned count = 0;
    for (int t = 0; t < SC_TERMS; t++) {
        const struct sc_term_facts *facts = sc_term_facts((enum sc_term)t);
        read_number(r, node, facts->name, facts->low, facts->high, &fit->term[t]);
    }
    read_list(r, node, "covariance", triangle, SC_TERMS * (SC_TERMS + 1) / 2);
    read_list(r, node, "spread", fit->spread.coefficient, SC_SPREAD_TERMS);
    read_range(r, node, "spread_range", &range);
    for (int s = 0; s < SC_OPERANDS; s++)
        read_scores(r, node, sc_operands_name((enum sc_operands)s), &fit->scores[s]);
    if (r->status != SC_OK)
        return;
    if (!(range.low > 0))
        refuse(r, child(r, node, "spread_range"), "spread_range", "numbers above 0");
    for (int t = 0; t < SC_TERMS; t++)
        for (int u = 0; u <= t; u++)
            fit->covariance[t][u] = fit->covariance[u][t] = triangle[count++];
    fit->spread.least = range.low;
    fit->spread.most = range.high;
    fit->fitted = true;
}

static void read_dataflows(struct reading *r, const yaml_node_t *root, struct sc_calibration *c)
{
    const yaml_node_t *all = child(r, root, "dataflows");
    if (r->status == SC_OK && all->type != YAML_MAPPING_NODE)
        refuse(r, all, "dataflows", "a mapping of dataflows");
    if (r->status != SC_OK)
        return;
    for (const yaml_node_pair_t *pair = all->data.mapping.pairs.start; pair < all->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = sc_yaml_node(r->yaml, pair->key);
        enum sc_dataflow dataflow;
        if (sc_dataflow_parse(&dataflow, sc_yaml_scalar(name), NULL) != SC_OK)
            refuse(r, name, "dataflows", "the name of a dataflow");
        if (r->status == SC_OK)
            read_fit(r, sc_yaml_node(r->yaml, pair->value), &c->of[dataflow]);
    }
}

static void read_all(struct reading *r, struct sc_calibration *c)
{
    const yaml_node_t *root = sc_yaml_root(r->yaml);
    uint64_t version = 0;
    read_count(r, root, "calibration", &version);
    if (r->status == SC_OK && version != VERSION)
        refuse(r, child(r, root, "calibration"), "calibration", "1, the version of the format that this program reads");
    read_text(r, root, "machine", c->machine, sizeof c->machine);
    read_text(r, root, "machine_digest", c->digest, sizeof c->digest);
    read_count(r, root, "seed", &c->seed);
    read_count(r, root, "training_layers", &c->layers);
    read_text(r, root, "training_digest", c->training, sizeof c->training);
    read_number(r, root, "fit_share", 0, 1, &c->fit_share);
    read_domain(r, root, c);
    read_dataflows(r, root, c);
}

int sc_calibration_read(struct sc_calibration *c, const char *path, struct sc_error *err)
{
    struct sc_yaml *yaml;
    struct sc_error local;
    sc_calibration_init(c);
    int status = sc_yaml_open(&yaml, path, SC_YAML_OURS, err ? err : &local);
    if (status != SC_OK)
        return status;
    struct reading reading = {.yaml = yaml, .err = err ? err : &local, .status = SC_OK};
    read_all(&reading, c);
    snprintf(c->file, sizeof c->file, "%s", path);
    sc_yaml_close(yaml);
    return reading.status;
}

/* Whether a calibration is for the machine or, else, for its base. */
static int is_for(const struct sc_calibration *c, const struct sc_machine *machine, bool *fits, struct sc_error *err)
{
    struct sc_machine base;
    *fits = strcmp(c->digest, machine->digest) == 0;
    if (*fits || !machine->base[0])
        return SC_OK;
    int status = sc_machine_read(&base, machine->base, NULL, err);
    *fits = status == SC_OK && strcmp(c->digest, base.digest) == 0;
    return status;
}

/* The shipped file of `name`; false when there is none. */
static bool shipped(char path[SC_PATH_SIZE], const char *name)
{
    char relative[SC_NAME_SIZE + 32];
    struct sc_error unused;
    if (strchr(name, '/') || strlen(name) >= SC_NAME_SIZE)
        return false;
    snprintf(relative, sizeof relative, "calibration/%s.yaml", name);
    return sc_data_path(path, SC_PATH_SIZE, relative, &unused) == SC_OK;
}

int sc_calibration_find(struct sc_calibration **found, const struct sc_machine *machine, const char *choice,
                        char reason[256], struct sc_error *err)
{
    const char *const names[] = {machine->name, machine->base};
    char path[SC_PATH_SIZE];
    int status = SC_OK;
    bool fits = false;
    reason[0] = '\0';
    *found = NULL;
    if (choice && strcmp(choice, "none") == 0)
        return SC_OK;
    struct sc_calibration *c = malloc(sizeof *c);
    if (!c)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a calibration");
    for (int i = 0; i < 2 && !choice && !fits && status == SC_OK; i++) {
        if (!names[i][0] || !shipped(path, names[i]))
            continue;
        status = sc_calibration_read(c, path, err);
        if (status == SC_OK)
            status = is_for(c, machine, &fits, err);
        if (status == SC_OK && !fits)
            snprintf(
                reason, 256,
                "the calibration of '%.60s' is for another version of its machine file and is not used; 'sparsecast "
                "calibrate' makes one",
                names[i]);
    }
    if (choice) {
        status = sc_calibration_read(c, choice, err);
        if (status == SC_OK)
            status = is_for(c, machine, &fits, err);
        if (status == SC_OK && !fits)
            status = sc_fail(
                err, SC_BAD_INPUT, choice, 0,
                "is the calibration of machine '%s' with digest %s, expected one of '%s' with digest %s or of its base",
                c->machine, c->digest, machine->name, machine->digest);
    }
    if (fits)
        reason[0] = '\0';
    if (fits && status == SC_OK)
        *found = c;
    else
        free(c);
    return status;
}
