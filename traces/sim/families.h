/* families.h - the simulator of each family of machines behind one call.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_FAMILIES_H
#define SC_SIM_FAMILIES_H

#include <stdbool.h>

#include "layer.h"
#include "simulate.h"

/* Runs a layer on a machine with one dataflow and fills the number fields, `dataflow` and `source` of a result row. `a`
 * and `b` are its operands, NULL where sc_simulator_reads_patterns() says that none are read.  Text fields other than
 * those two and `best` are the caller's.  Errors as of sc_simulate(); SC_UNSUPPORTED where the dataflow cannot run the
 * operator. */
int sc_simulate_layer(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                      const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                      enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);

/* Whether simulations of such layers on the machine read patterns of the operands, and whether by columns, too. */
bool sc_simulator_reads_patterns(const struct sc_machine *machine, const struct sc_operator *op);
bool sc_simulator_reads_columns(const struct sc_machine *machine, enum sc_dataflow dataflow);

#endif
