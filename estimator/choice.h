/* choice.h - the machines, dataflows and energies that a command was asked for, read and bound.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CHOICE_H
#define SC_CHOICE_H

#include "coefficients.h"
#include "energy.h"
#include "layer.h"
#include "models/model.h"

enum { SC_MACHINES_MAX = 64 };

/* What -m, -d, --energy and --energy-table ask for. */
struct sc_choice {
    const char *machine[SC_MACHINES_MAX];
    unsigned machines;
    bool wanted[SC_DATAFLOWS], any_wanted;
    const struct sc_machine_change *change; /* made to every machine */
    size_t changes;
    const char *energy_table; /* NULL: each machine's own */
    enum sc_energy_case energy_case;
    const char *calibration;  /* a file, "none", or NULL: the shipped one of each machine */
    int level;                /* of intervals, percent; 0: SC_LEVEL_DEFAULT */
};

/* Add a machine or a dataflow; SC_BAD_USAGE when that cannot be. */
int sc_choice_machine(struct sc_choice *choice, const char *name, struct sc_error *err);
int sc_choice_dataflow(struct sc_choice *choice, const char *name, struct sc_error *err);

/* "ip-m,op-m": the dataflows that a machine supports, as far as they fit. */
void sc_supported_names(char *out, size_t size, const struct sc_machine *machine);

/* "low", "nominal" or "high". */
const char *sc_energy_case_name(enum sc_energy_case which);

/* A bound machine with its calibration, the dataflows to run on it, and the text of its `config` column. */
struct sc_bound {
    struct sc_plan plan;
    struct sc_calibration *calibration; /* NULL: none */
    struct sc_corrector corrector;
    bool wanted[SC_DATAFLOWS];
    char config[SC_PATH_SIZE + 256];
};

/* Reads and binds the machines of the choice ("flexagon" when it names none); warns on standard error about energies
 * that are missing and calibrations that do not fit.  Free with sc_bound_free(), also after a failure. */
int sc_bind_machines(struct sc_bound **bound, unsigned *count, const struct sc_choice *choice, struct sc_error *err);
void sc_bound_free(struct sc_bound *bound, unsigned count);

/* Whether each of the machines can run the layer; SC_UNSUPPORTED names list, line, layer, kind and machine otherwise.
 */
int sc_bound_check(const struct sc_bound *bound, unsigned count, const char *list, const struct sc_layer *layer,
                   struct sc_error *err);

/* The position of `text` in names[0..count), or -1. */
int sc_position(const char *text, const char *const *names, int count);

#endif
