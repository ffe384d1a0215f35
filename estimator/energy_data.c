/* energy_data.c - reading the shipped energy tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "data_dir.h"
#include "energy_tables.h"
#include "file.h"
#include "text.h"

enum { PATH_BYTES = 4096, NAMES_MAX = 64 };

static const char *const set_columns[] = {"set", "logic", "sram", "node_nm", "supply_v", "summary"};
static const char *const logic_columns[] = {"family", "operation", "bits", "node_nm", "supply_v",
                                            "low_pj", "nominal_pj", "high_pj", "bits_exponent"};
static const char *const sram_columns[] = {"family", "node_nm", "capacity_bytes", "word_bits", "read_low_pj",
                                           "read_nominal_pj", "read_high_pj", "write_low_pj", "write_nominal_pj",
                                           "write_high_pj"};
static const char *const dram_columns[] = {"type", "low_pj_per_bit", "nominal_pj_per_bit", "high_pj_per_bit"};
static const char *const node_columns[] = {"node_nm", "quadratic_per_v2", "linear_per_v", "constant"};
static const char *const rule_columns[] = {"rule", "value"};

#define COLUMNS(array) array, sizeof array / sizeof array[0]
static const struct {
    const char *file;
    const char *const *columns;
    size_t count;
} sources[SC_TABLES] = {
    [SC_TABLE_SETS] = {"energy/sets.csv", COLUMNS(set_columns)},
    [SC_TABLE_LOGIC] = {"energy/logic.csv", COLUMNS(logic_columns)},
    [SC_TABLE_SRAM] = {"energy/sram.csv", COLUMNS(sram_columns)},
    [SC_TABLE_DRAM] = {"energy/dram.csv", COLUMNS(dram_columns)},
    [SC_TABLE_NODES] = {"energy/nodes.csv", COLUMNS(node_columns)},
    [SC_TABLE_RULES] = {"energy/rules.csv", COLUMNS(rule_columns)},
};

/* `count` numbers above 0 from column `first` on: they go into logarithms and quotients. */
static int numbers(const struct sc_table *table, size_t row, size_t first, size_t count, double *values,
                   struct sc_error *err)
{
    int status = SC_OK;
    for (size_t i = 0; status == SC_OK && i < count; i++)
        status = sc_table_positive(table, row, first + i, &values[i], err);
    return status;
}

static int read_set(struct sc_energy_data *data, const struct sc_table *table, size_t row, struct sc_error *err)
{
    struct sc_energy_set *set = &data->sets[row];
    double values[2];
    set->name = sc_table_text(table, row, 0);
    set->logic = sc_table_text(table, row, 1);
    set->sram = sc_table_text(table, row, 2);
    set->summary = sc_table_text(table, row, 5);
    int status = numbers(table, row, 3, 2, values, err);
    set->node_nm = values[0];
    set->supply_v = values[1];
    return status;
}

static int read_logic(struct sc_energy_data *data, const struct sc_table *table, size_t row, struct sc_error *err)
{
    struct sc_logic_row *logic = &data->logic[row];
    double values[7];
    logic->family = sc_table_text(table, row, 0);
    logic->operation = sc_table_text(table, row, 1);
    int status = numbers(table, row, 2, 7, values, err);
    logic->bits = values[0];
    logic->node_nm = values[1];
    logic->supply_v = values[2];
    memcpy(logic->pj, values + 3, sizeof logic->pj);
    logic->bits_exponent = values[6];
    return status;
}

static int read_sram(struct sc_energy_data *data, const struct sc_table *table, size_t row, struct sc_error *err)
{
    struct sc_sram_row *sram = &data->sram[row];
    double values[9];
    sram->family = sc_table_text(table, row, 0);
    int status = numbers(table, row, 1, 9, values, err);
    sram->node_nm = values[0];
    sram->bytes = values[1];
    sram->bits = values[2];
    memcpy(sram->pj, values + 3, sizeof sram->pj);
    return status;
}

static int read_node(struct sc_energy_data *data, const struct sc_table *table, size_t row, struct sc_error *err)
{
    double values[4];
    int status = sc_table_positive(table, row, 0, &values[0], err);
    for (size_t i = 1; status == SC_OK && i < 4; i++)
        status = sc_table_number(table, row, i, &values[i], err);
    if (status == SC_OK)
        data->nodes[row] = (struct sc_node_row){values[0], values[1], values[2], values[3]};
    return status;
}

static int read_rule(struct sc_energy_data *data, const struct sc_table *table, size_t row, struct sc_error *err)
{
    const char *name = sc_table_text(table, row, 0);
    double value;
    int status = sc_table_number(table, row, 1, &value, err);
    if (status != SC_OK)
        return status;
#define X(rule)                                                                                    \
    if (strcmp(name, #rule) == 0)                                                                  \
        data->rules.rule = value;
    SC_ENERGY_RULES(X)
#undef X
    return SC_OK;
}

static int read_row(struct sc_energy_data *data, int which, size_t row, struct sc_error *err)
{
    const struct sc_table *table = data->tables[which];
    switch (which) {
    case SC_TABLE_SETS:
        return read_set(data, table, row, err);
    case SC_TABLE_LOGIC:
        return read_logic(data, table, row, err);
    case SC_TABLE_SRAM:
        return read_sram(data, table, row, err);
    case SC_TABLE_DRAM:
        data->dram[row].type = sc_table_text(table, row, 0);
        return numbers(table, row, 1, SC_ENERGY_CASES, data->dram[row].pj_per_bit, err);
    case SC_TABLE_NODES:
        return read_node(data, table, row, err);
    default:
        return read_rule(data, table, row, err);
    }
}

static int open_tables(struct sc_energy_data *data, struct sc_error *err)
{
    char path[PATH_BYTES];
    int status = SC_OK;
    for (int i = 0; status == SC_OK && i < SC_TABLES; i++) {
        status = sc_data_path(path, sizeof path, sources[i].file, err);
        if (status == SC_OK)
            status = sc_table_open(&data->tables[i], path, sources[i].columns, sources[i].count, err);
        if (status == SC_OK)
            data->counts[i] = sc_table_rows(data->tables[i]);
    }
    return status;
}

int sc_energy_data_open(struct sc_energy_data **out, struct sc_error *err)
{
    *out = NULL;
    struct sc_energy_data *data = calloc(1, sizeof *data);
    if (!data)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "memory is exhausted while reading the energy tables");
    int status = open_tables(data, err);
    if (status == SC_OK) {
        data->sets = calloc(data->counts[SC_TABLE_SETS] + 1, sizeof *data->sets);
        data->logic = calloc(data->counts[SC_TABLE_LOGIC] + 1, sizeof *data->logic);
        data->sram = calloc(data->counts[SC_TABLE_SRAM] + 1, sizeof *data->sram);
        data->dram = calloc(data->counts[SC_TABLE_DRAM] + 1, sizeof *data->dram);
        data->nodes = calloc(data->counts[SC_TABLE_NODES] + 1, sizeof *data->nodes);
        if (!data->sets || !data->logic || !data->sram || !data->dram || !data->nodes)
            status = sc_fail(err, SC_NO_MEMORY, NULL, 0, "memory is exhausted while reading the energy tables");
    }
    for (int i = 0; status == SC_OK && i < SC_TABLES; i++) {
        for (size_t row = 0; status == SC_OK && row < data->counts[i]; row++)
            status = read_row(data, i, row, err);
    }
    if (status != SC_OK) {
        sc_energy_data_close(data);
        return status;
    }
    *out = data;
    return SC_OK;
}

void sc_energy_data_close(struct sc_energy_data *data)
{
    if (!data)
        return;
    for (int i = 0; i < SC_TABLES; i++)
        sc_table_close(data->tables[i]);
    free(data->sets);
    free(data->logic);
    free(data->sram);
    free(data->dram);
    free(data->nodes);
    free(data);
}

void sc_energy_data_digest(char out[17], const struct sc_energy_data *data)
{
    uint64_t state = SC_DIGEST_START;
    for (int i = 0; i < SC_TABLES; i++)
        state = sc_table_digest(data->tables[i], state);
    sc_digest_text(out, state);
}

int sc_energy_set_find(struct sc_energy_set *set, const struct sc_energy_data *data, const char *name,
                       struct sc_error *err)
{
    const char *names[NAMES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < data->counts[SC_TABLE_SETS] && count < NAMES_MAX; i++) {
        names[count++] = data->sets[i].name;
        if (strcmp(data->sets[i].name, name) == 0) {
            *set = data->sets[i];
            return SC_OK;
        }
    }
    const char *near = sc_nearest_name(name, names, count);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "found the unknown energy set \"%.60s\"; %s\"%s\"%s", name,
                   near ? "did you mean " : "expected a row of data/energy/sets.csv, such as ",
                   near ? near : count ? names[0] : "", near ? "?" : ", or the path of an ERT file");
}
