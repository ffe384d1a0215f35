/* energy_tables.h - the energy tables as arrays, shared by the files that read them and look things up.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ENERGY_TABLES_H
#define SC_ENERGY_TABLES_H

#include <stddef.h>

#include "energy_data.h"
#include "table.h"

/* Rows of data/energy/ *.csv; strings belong to the tables they came from. */
struct sc_logic_row {
    const char *family, *operation;
    double bits, node_nm, supply_v, pj[SC_ENERGY_CASES], bits_exponent;
};

struct sc_sram_row {
    const char *family;
    double node_nm, bytes, bits, pj[2][SC_ENERGY_CASES]; /* [write] */
};

struct sc_dram_row {
    const char *type;
    double pj_per_bit[SC_ENERGY_CASES];
};

struct sc_node_row {
    double node_nm, quadratic, linear, constant;
};

/* Rules by name: X(field, rule in rules.csv). */
#define SC_ENERGY_RULES(X)                                                                         \
    X(supply_min_v)                                                                                \
    X(supply_max_v)                                                                                \
    X(optimistic_below_nm)                                                                         \
    X(optimistic_high_factor)                                                                      \
    X(sram_node_exponent)                                                                          \
    X(sram_high_factor)

struct sc_energy_rules {
#define X(name) double name;
    SC_ENERGY_RULES(X)
#undef X
};

enum { SC_TABLE_SETS, SC_TABLE_LOGIC, SC_TABLE_SRAM, SC_TABLE_DRAM, SC_TABLE_NODES, SC_TABLE_RULES, SC_TABLES };

struct sc_energy_data {
    struct sc_table *tables[SC_TABLES];
    struct sc_energy_set *sets;
    struct sc_logic_row *logic;
    struct sc_sram_row *sram;
    struct sc_dram_row *dram;
    struct sc_node_row *nodes; /* falling */
    size_t counts[SC_TABLES];
    struct sc_energy_rules rules;
};

#endif
