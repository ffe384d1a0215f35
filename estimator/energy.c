/* energy.c - energy per event of a machine, from the shipped tables.
 *
 * What is charged for what: a product is one multiply and a sum one add on value_bits; a comparison works on
 * coordinate_bits; memories move whole elements, fills of the STR cache whole lines; an element on its way through the
 * distribution network passes one 1-to-4 crossbar per two of its levels of 2-way switches; stores smaller than the
 * smallest SRAM of the table are register files, charged per bit; DRAM is charged per byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "energy_bind.h"
#include "energy_data.h"
#include "text.h"

/* A 1-to-4 crossbar does the work of this many levels of 1-to-2 switches. */
#define LEVELS_PER_CROSSBAR 2.0

const char *sc_energy_event_key(enum sc_energy_event event)
{
#define X(field, key, unit) key,
    static const char *const event_keys[SC_ENERGY_EVENT_COUNT] = {SC_ENERGY_EVENTS(X)};
#undef X
    return event_keys[event];
}

double *sc_energy_event_pj(struct sc_energy *energy, enum sc_energy_event event)
{
#define X(field, key, unit) energy->field,
    double *const fields[SC_ENERGY_EVENT_COUNT] = {SC_ENERGY_EVENTS(X)};
#undef X
    return fields[event];
}

void sc_energy_miss(struct sc_energy *energy, enum sc_energy_event event)
{
    size_t used = strlen(energy->missing);
    snprintf(energy->missing + used, sizeof energy->missing - used, "%s%s", used ? " " : "",
             sc_energy_event_key(event));
}

/* Everything a look-up needs. */
struct binding {
    struct sc_machine *machine;
    const struct sc_energy_data *data;
    struct sc_energy_set set;
    double node_nm, supply_v;
};

/* Stores factor x pj, or notes a missing event when the look-up ended with SC_END. */
static int store(struct binding *bind, enum sc_energy_event event, const double pj[SC_ENERGY_CASES], double factor,
                 int status)
{
    double *out = sc_energy_event_pj(&bind->machine->energy, event);
    if (status == SC_END)
        sc_energy_miss(&bind->machine->energy, event);
    for (int i = 0; status == SC_OK && i < SC_ENERGY_CASES; i++)
        out[i] = factor * pj[i];
    return status == SC_END ? SC_OK : status;
}

/* What an event asks of the tables, and the key of the machine file that its value hangs on. */
struct question {
    enum { NOTHING, LOGIC, SRAM, DRAM } of; /* NOTHING: the part is not there and costs nothing */
    const char *key, *name;                 /* operation, or type of DRAM */
    double bits, bytes, factor;
    bool write;
};

/* One operation of the logic. */
static struct question logic(const char *key, const char *operation, double bits, double factor)
{
    return (struct question){.of = LOGIC, .key = key, .name = operation, .bits = bits, .factor = factor};
}

/* One access of `bits` to a store of `bytes`; a store of 0 bytes is not there and costs nothing. */
static struct question memory(const struct sc_energy_data *data, const struct sc_energy_set *set, const char *fifo,
                              double bytes, double bits, bool write)
{
    static const char key[] = "energy.fifo";
    if (bytes == 0)
        return (struct question){.of = NOTHING, .key = key};
    if (bytes < sc_energy_sram_least(data, set))
        return logic(key, fifo, bits, 1);
    return (struct question){.of = SRAM, .key = key, .bits = bits, .bytes = bytes, .factor = 1, .write = write};
}

static struct question ask(const struct sc_machine *machine, const struct sc_energy_data *data,
                           const struct sc_energy_set *set, enum sc_energy_event event)
{
    const struct sc_energy_request *r = &machine->energy_request;
    double element = 8.0 * machine->element_bytes, line = 8.0 * machine->str_line_bytes;
    switch (event) {
    case SC_EVENT_multiply:
        return logic("energy.multiply", r->multiply, r->value_bits, 1);
    case SC_EVENT_add:
        return logic("energy.add", r->add, r->value_bits, 1);
    case SC_EVENT_compare:
        return logic("energy.compare", r->compare, r->coordinate_bits, 1);
    case SC_EVENT_dn_element:
        return logic("energy.distribute", r->distribute, element, machine->dn_levels / LEVELS_PER_CROSSBAR);
    case SC_EVENT_sta_read:
    case SC_EVENT_sta_write:
        return memory(data, set, r->fifo, machine->sta_fifo_bytes, element, event == SC_EVENT_sta_write);
    case SC_EVENT_str_read:
        return memory(data, set, r->fifo, (double)machine->str_bytes, element, false);
    case SC_EVENT_str_fill:
        return memory(data, set, r->fifo, (double)machine->str_bytes, line, true);
    case SC_EVENT_psram_read:
    case SC_EVENT_psram_write:
        return memory(data, set, r->fifo, (double)machine->psram_bytes, element, event == SC_EVENT_psram_write);
    default:
        return (struct question){.of = DRAM, .key = "energy.dram", .name = r->dram, .factor = 1};
    }
}

/* One event and the key of the machine file that its value hangs on. */
static int bind_event(struct binding *bind, enum sc_energy_event event, const char **key, struct sc_error *err)
{
    struct question q = ask(bind->machine, bind->data, &bind->set, event);
    double pj[SC_ENERGY_CASES];
    int status = SC_OK;
    *key = q.key;
    if (q.of == NOTHING)
        return SC_OK;
    if (q.of == LOGIC)
        status = sc_energy_logic(pj, bind->data, &bind->set, q.name, q.bits, bind->node_nm, bind->supply_v, err);
    else if (q.of == SRAM)
        status = sc_energy_sram(pj, bind->data, &bind->set, q.bytes, q.bits, bind->node_nm, q.write);
    else
        status = sc_energy_dram(pj, bind->data, q.name, err);
    return store(bind, event, pj, q.factor, status);
}

void sc_energy_source(char *out, size_t size, const struct sc_machine *machine, const struct sc_energy_data *data,
                      enum sc_energy_event event)
{
    struct sc_energy_set set;
    char bits[SC_NUMBER_SIZE], factor[SC_NUMBER_SIZE], bytes[SC_NUMBER_SIZE];
    const char *table = machine->energy.table;
    bool missing = strstr(machine->energy.missing, sc_energy_event_key(event)) != NULL;
    snprintf(out, size, "%s%s", table, missing ? ": no value, left out" : "");
    if (missing || !data || sc_energy_set_find(&set, data, machine->energy_request.table, NULL) != SC_OK)
        return;
    struct question q = ask(machine, data, &set, event);
    sc_format_number(bits, q.bits, 6);
    sc_format_number(factor, q.factor, 6);
    sc_format_number(bytes, q.bytes, 17);
    if (q.of == NOTHING)
        snprintf(out, size, "%s: no such memory", table);
    else if (q.of == DRAM)
        snprintf(out, size, "%s: %s in dram.csv", table, q.name);
    else if (q.of == SRAM)
        snprintf(out, size, "%s: %s of %s bits, %s B, %s in sram.csv", table, q.write ? "write" : "read", bits, bytes,
                 set.sram);
    else
        snprintf(out, size, "%s: %s of %s bits%s%s, %s in logic.csv", table, q.name, bits,
                 q.factor != 1 ? " x " : "", q.factor != 1 ? factor : "",
                 sc_energy_logic_family(data, &set, q.name));
}

/* The set's name, with node and supply when they are not the set's own. */
static void label(struct sc_energy *energy, const struct binding *bind)
{
    char node[SC_NUMBER_SIZE], supply[SC_NUMBER_SIZE];
    sc_format_number(node, bind->node_nm, 6);
    sc_format_number(supply, bind->supply_v, 6);
    snprintf(energy->table, sizeof energy->table, "%.30s", bind->set.name);
    if (bind->node_nm != bind->set.node_nm || bind->supply_v != bind->set.supply_v)
        snprintf(energy->table, sizeof energy->table, "%.30s scaled to %.8s nm %.8s V", bind->set.name, node, supply);
}

/* Node and supply are checked first, so that a fault in them is not blamed on an operation. */
static int check_node(const struct binding *bind, const char **key, struct sc_error *err)
{
    double factor;
    *key = "energy.node_nm";
    int status = sc_energy_node_factor(&factor, bind->data, bind->node_nm, bind->set.supply_v, err);
    if (status != SC_OK)
        return status;
    *key = "energy.supply_v";
    return sc_energy_node_factor(&factor, bind->data, bind->node_nm, bind->supply_v, err);
}

static int bind_set(struct sc_machine *machine, const struct sc_energy_data *data, const char **key,
                    struct sc_error *err)
{
    const struct sc_energy_request *request = &machine->energy_request;
    struct binding bind = {.machine = machine, .data = data};
    *key = "energy.table";
    int status = sc_energy_set_find(&bind.set, data, request->table, err);
    if (status != SC_OK)
        return status;
    bind.node_nm = request->node_nm > 0 ? request->node_nm : bind.set.node_nm;
    bind.supply_v = request->supply_v > 0 ? request->supply_v : bind.set.supply_v;
    status = check_node(&bind, key, err);
    for (int event = 0; status == SC_OK && event < SC_ENERGY_EVENT_COUNT; event++)
        status = bind_event(&bind, (enum sc_energy_event)event, key, err);
    if (status == SC_OK) {
        label(&machine->energy, &bind);
        sc_energy_data_digest(machine->energy.digest, data);
    }
    return status;
}

/* directory/path, unless path is absolute or the directory is "". */
static bool join(char *out, size_t size, const char *directory, const char *path)
{
    const char *slash = directory[0] && path[0] != '/' ? "/" : "";
    int length = snprintf(out, size, "%s%s%s", slash[0] ? directory : "", slash, path);
    return length >= 0 && (size_t)length < size;
}

static bool is_path(const char *table)
{
    size_t length = strcspn(table, ",");
    return memchr(table, '/', length) || (length > 5 && memcmp(table + length - 5, ".yaml", 5) == 0) ||
           (length > 4 && memcmp(table + length - 4, ".yml", 4) == 0);
}

static int bind_files(struct sc_machine *machine, const char *directory, struct sc_error *err)
{
    char request[SC_PATH_SIZE], ert[2 * SC_PATH_SIZE], art[2 * SC_PATH_SIZE];
    snprintf(request, sizeof request, "%s", machine->energy_request.table);
    char *comma = strchr(request, ',');
    if (comma)
        *comma = '\0';
    if (!join(ert, sizeof ert, directory, request) || (comma && !join(art, sizeof art, directory, comma + 1)))
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "the path of the energy tables is too long");
    return sc_energy_read_ert(machine, ert, comma ? art : NULL, err);
}

int sc_energy_bind(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err)
{
    struct sc_energy_data *data;
    memset(&machine->energy, 0, sizeof machine->energy);
    *key = "energy.table";
    if (is_path(machine->energy_request.table))
        return bind_files(machine, directory, err);
    int status = sc_energy_data_open(&data, err);
    if (status != SC_OK)
        return status;
    status = bind_set(machine, data, key, err);
    sc_energy_data_close(data);
    return status;
}
