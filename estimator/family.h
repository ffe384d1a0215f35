/* family.h - what a family of machines brings: the keys of its files, their relations, its energies, its closed forms.
 *
 * A family is one row in family.c and one file in families/.  Adding one touches nothing else on this floor; its
 * simulators register in traces/sim/families.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILY_H
#define SC_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "energy.h"
#include "machine.h"
#include "operator.h"
#include "result.h"

struct sc_machine_key;
struct sc_plan;
struct sc_profile;
struct sc_explained;
struct sc_explanation;
struct sc_remedy;

enum { SC_RELATED_KEYS = 4 };

struct sc_family {
    const char *name; /* value of the key `kind` */

    /* Every key of its files but kind, base and the lists; keys of one group ("group.key") stand together. */
    const struct sc_machine_key *keys;
    size_t key_count;

    /* Checks relations between keys and resolves defaults that depend on others.  On SC_BAD_INPUT related[] are those
     * that do not fit together, the first one named in the message, NULL after the last; file and line are left empty.
     */
    int (*check)(struct sc_machine *machine, const char *related[SC_RELATED_KEYS], struct sc_error *err);

    /* Fills the energies per event, and name and digest of their table in machine->energy; paths that are not absolute
     * are taken from `directory`.  On failure *key is the key at fault, unless err->file names another file. */
    int (*bind_energy)(struct sc_machine *machine, const char *directory, const char **key, struct sc_error *err);

    /* How area and power of a part grow from `from` to `to`, machines that differ in sizes only; NULL: they do not. */
    double (*part_growth)(const struct sc_machine *to, const struct sc_machine *from, const char *part);

    /* pJ of event number `event` (SC_ENERGY_CASES values), its name and unit; NULL past the last. */
    const double *(*energy)(const struct sc_machine *machine, unsigned event, const char **name, const char **unit);

    /* Whether a dataflow of the machine can run an operator. */
    bool (*runs)(const struct sc_machine *machine, enum sc_dataflow dataflow, const struct sc_operator *op);

    /* The closed form: fills the number fields of a result row, of which cycles = stationary + stream + merge + stall.
     * Called only where runs() holds; allocates nothing.  NULL: the SpMSpM closed forms of estimate.c. */
    void (*estimate)(const struct sc_plan *plan, enum sc_dataflow dataflow, const struct sc_profile *profile,
                     enum sc_energy_case which, struct sc_result *row);

    /* Appends the rows counts, cycles, bounds and energy to an explanation (explain.h). */
    void (*explain)(const struct sc_explained *e, struct sc_explanation *x);
    const struct sc_remedy *remedies; /* what takes its limits away, one by one; ended by a row without name */
};

/* The family called `name`, or NULL. */
const struct sc_family *sc_family_find(const char *name);

/* The names of all families, for messages; *count of them. */
const char *const *sc_family_names(size_t *count);

extern const struct sc_family sc_family_flexagon, sc_family_tensor_core, sc_family_systolic, sc_family_butterfly,
    sc_family_fabnet, sc_family_roofline;

#endif
