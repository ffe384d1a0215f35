/* butterfly_families.h - simulations of the butterfly array, of FABNet and (refused) of rooflines as result rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_BUTTERFLY_FAMILIES_H
#define SC_BUTTERFLY_FAMILIES_H

#include "layer.h"
#include "simulate.h"

/* Rows of the table in families.c: they fill the number fields of a row and read no patterns.  Errors: those of
 * sc_butterfly_simulate() and sc_fabnet_simulate(); always SC_UNSUPPORTED for a roofline. */
int sc_butterfly_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                     const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                     enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);
int sc_fabnet_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                  const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                  enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);
int sc_roofline_run(struct sc_result *row, const struct sc_machine *machine, enum sc_dataflow dataflow,
                    const struct sc_layer *layer, const struct sc_pattern *a, const struct sc_pattern *b,
                    enum sc_energy_case which, const struct sc_sim_options *options, struct sc_error *err);

#endif
