/* energy_bind.h - filling a machine's energy per event from shipped tables or from Accelergy files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ENERGY_BIND_H
#define SC_ENERGY_BIND_H

#include <stddef.h>

#include "machine.h"

struct sc_energy_data;

/* Events as indices, in the order of SC_ENERGY_EVENTS. */
enum sc_energy_event {
#define X(field, key, unit) SC_EVENT_##field,
    SC_ENERGY_EVENTS(X)
#undef X
    SC_ENERGY_EVENT_COUNT
};

/* "component.action" of an event, as in SC_ENERGY_EVENTS. */
const char *sc_energy_event_key(enum sc_energy_event event);

/* The three values (SC_ENERGY_CASES) of an event. */
double *sc_energy_event_pj(struct sc_energy *energy, enum sc_energy_event event);

/* Where the energy of an event comes from: set, row and file of the shipped tables `data`, or the ERT file alone (also
 * with data NULL), or that the table has no value for it. */
void sc_energy_source(char *out, size_t size, const struct sc_machine *machine, const struct sc_energy_data *data,
                      enum sc_energy_event event);

/* Notes that the table has no value for an event; its values stay 0. */
void sc_energy_miss(struct sc_energy *energy, enum sc_energy_event event);

/* Fills machine->energy from machine->energy_request and the sizes of the machine's parts; paths of ERT files that are
 * not absolute are taken from `directory` ("" for the working directory).  An ART file also replaces areas of parts. On
 * failure *key is the machine key at fault, unless err->file names another file. */
int sc_energy_bind(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err);

/* The part of sc_energy_bind() that reads Accelergy tables: `ert` is a path, `art` one or NULL. */
int sc_energy_read_ert(struct sc_machine *machine, const char *ert, const char *art, struct sc_error *err);

#endif
