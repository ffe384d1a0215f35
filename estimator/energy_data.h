/* energy_data.h - the shipped energy tables (data/energy/) and look-ups in them.
 *
 * Look-ups fill pj[SC_ENERGY_CASES] with low, nominal and high in pJ.  They return SC_OK, SC_END when the tables hold
 * no value for the question (the caller then names the event as missing), or an error that names the bad request.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ENERGY_DATA_H
#define SC_ENERGY_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy.h"
#include "error.h"

struct sc_energy_data;

/* A named choice of sources, a row of sets.csv; strings belong to the data. */
struct sc_energy_set {
    const char *name, *logic, *sram, *summary;
    double node_nm, supply_v;
};

/* Reads all tables; free with sc_energy_data_close(). */
int sc_energy_data_open(struct sc_energy_data **out, struct sc_error *err);
void sc_energy_data_close(struct sc_energy_data *data);

/* FNV-1a 64 of all table files. */
void sc_energy_data_digest(char out[17], const struct sc_energy_data *data);

/* The set called `name`; SC_BAD_USAGE with the nearest name otherwise. */
int sc_energy_set_find(struct sc_energy_set *set, const struct sc_energy_data *data, const char *name,
                       struct sc_error *err);

/* Energy of CMOS logic at (node, supply) over that at 45 nm and 0.9 V: E(node, V) = a V^2 + b V + c by node, linear in
 * the node between tabulated ones (A. Stillmaker and B. Baas, Integration 58, 2017).  SC_BAD_INPUT outside. */
int sc_energy_node_factor(double *factor, const struct sc_energy_data *data, double node_nm, double supply_v,
                          struct sc_error *err);

/* One `operation` on `bits` bits with the logic of `set`, at (node, supply).  Between two widths of the table the
 * interpolation is log-log; outside, energy goes with bits^bits_exponent of the nearest row. */
int sc_energy_logic(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const struct sc_energy_set *set,
                    const char *operation, double bits, double node_nm, double supply_v, struct sc_error *err);

/* The family of rows that sc_energy_logic() takes an operation from: the set's, or one that all sets fall back on. */
const char *sc_energy_logic_family(const struct sc_energy_data *data, const struct sc_energy_set *set,
                                   const char *operation);

/* One access of `bits` bits to an SRAM of `bytes` bytes.  Log-log in capacity, width and node, over the running maximum
 * in capacity and width (the generator behind the table is not monotone); narrower than the table costs like its
 * narrowest word, wider takes as many accesses of the widest word as needed; below the smallest node energy goes with a
 * power of the node ratio.  SC_END for capacities and nodes outside the table. */
int sc_energy_sram(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const struct sc_energy_set *set,
                   double bytes, double bits, double node_nm, bool write);

/* The smallest SRAM in the tables of `set`, bytes: smaller stores are register files. */
double sc_energy_sram_least(const struct sc_energy_data *data, const struct sc_energy_set *set);

/* One byte from or to DRAM of `type`. */
int sc_energy_dram(double pj[SC_ENERGY_CASES], const struct sc_energy_data *data, const char *type,
                   struct sc_error *err);

#endif
