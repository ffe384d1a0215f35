/* energy.h - energy per hardware event, looked up in a data table with its source; never a number in code.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ENERGY_H
#define SC_ENERGY_H

#include <stdint.h>

#include "error.h"

/* The events of a Flexagon-family machine that cost energy: X(field, component and action in tables, unit of the
 * event). */
#define SC_ENERGY_EVENTS(X)                                                                        \
    X(multiply, "multiplier.multiply", "product")                                                  \
    X(add, "adder.add", "sum of two partial sums of equal coordinate")                             \
    X(compare, "comparator.compare", "element passing one level of the merge tree or one intersection test") \
    X(dn_element, "dn.transfer", "element delivered by the distribution network")                  \
    X(sta_read, "sta_fifo.read", "element popped from the STA FIFO")                               \
    X(sta_write, "sta_fifo.write", "element pushed into the STA FIFO")                             \
    X(str_read, "str_cache.read", "element read from the STR cache")                               \
    X(str_fill, "str_cache.fill", "line written into the STR cache")                               \
    X(psram_read, "psram.read", "partial sum read from PSRAM")                                     \
    X(psram_write, "psram.write", "partial sum written to PSRAM")                                  \
    X(dram_read, "dram.read", "byte read from DRAM")                                               \
    X(dram_write, "dram.write", "byte written to DRAM")

/* Which end of the spread of the cited sources. */
enum sc_energy_case { SC_ENERGY_LOW, SC_ENERGY_NOMINAL, SC_ENERGY_HIGH, SC_ENERGY_CASES };

/* What a machine asks of the energy tables (group `energy` of its YAML file, data/machines/README.md). */
struct sc_energy_request {
    char table[1024];          /* a shipped set ("nm28-cacti") or the path of an Accelergy ERT file[,ART file] */
    double node_nm, supply_v;  /* 0: the set's own */
    char multiply[32], add[32], compare[32], distribute[32], fifo[32]; /* operations in logic.csv */
    uint32_t value_bits, coordinate_bits; /* what multiply and add, and what compare, work on */
    char dram[32];             /* type in data/energy/dram.csv */
    uint32_t ert_dram_word_bits; /* word that an ERT file's DRAM energies are for */
};

/* Energy per event, pJ, low / nominal / high; `missing` names events the table has no value for (they count as absent
 * in the total and are named in the report, never taken as 0 silently). */
struct sc_energy {
    char table[64];   /* name of the set, with the node where that is not its own, or of the ERT file */
    char digest[17];  /* 16 hexadecimal digits: FNV-1a 64 of the table files */
#define X(field, key, unit) double field[SC_ENERGY_CASES];
    SC_ENERGY_EVENTS(X)
#undef X
    char missing[256]; /* keys of the events without a value, separated by blanks */
};

#endif
