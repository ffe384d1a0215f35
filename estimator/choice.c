/* choice.c - the machines, dataflows and energies that a command was asked for, read and bound.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "estimate.h"

int sc_choice_machine(struct sc_choice *choice, const char *name, struct sc_error *err)
{
    if (choice->machines == SC_MACHINES_MAX)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "too many machines, at most %d; the next is '%s'", SC_MACHINES_MAX,
                       name);
    for (unsigned i = 0; i < choice->machines; i++)
        if (strcmp(choice->machine[i], name) == 0)
            return sc_fail(err, SC_BAD_USAGE, NULL, 0, "machine given twice: %s", name);
    choice->machine[choice->machines++] = name;
    return SC_OK;
}

int sc_choice_dataflow(struct sc_choice *choice, const char *name, struct sc_error *err)
{
    enum sc_dataflow d;
    int status = sc_dataflow_parse(&d, name, err);
    if (status == SC_OK)
        choice->wanted[d] = choice->any_wanted = true;
    return status;
}

const char *sc_energy_case_name(enum sc_energy_case which)
{
    static const char *const names[SC_ENERGY_CASES] = {"low", "nominal", "high"};
    return names[which];
}

void sc_supported_names(char *out, size_t size, const struct sc_machine *machine)
{
    size_t used = 0;
    out[0] = '\0';
    for (int d = 0; d < SC_DATAFLOWS && used < size; d++)
        if (machine->supports[d])
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "," : "",
                                     sc_dataflow_name((enum sc_dataflow)d));
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int bind_calibration(struct sc_bound *b, const struct sc_choice *choice, const struct sc_machine *machine,
                            struct sc_error *err)
{
    char reason[256];
    int status = sc_calibration_find(&b->calibration, machine, choice->calibration, reason, err);
    if (status != SC_OK)
        return status;
    if (reason[0])
        fprintf(stderr, "sparsecast: warning: machine '%s': %s\n", machine->name, reason);
    sc_corrector_init(&b->corrector, b->calibration, machine, choice->level ? choice->level : SC_LEVEL_DEFAULT);
    return SC_OK;
}

static int bind_machine(struct sc_bound *b, const struct sc_choice *choice, const char *name, struct sc_error *err)
{
    struct sc_machine machine;
    int status = sc_machine_read_changed(&machine, name, choice->energy_table, choice->change, choice->changes, err);
    if (status != SC_OK)
        return status;
    char supported[128];
    unsigned wanted = 0;
    for (int d = 0; d < SC_DATAFLOWS; d++) {
        b->wanted[d] = machine.supports[d] && (choice->any_wanted ? choice->wanted[d] : machine.candidates[d]);
        wanted += b->wanted[d];
    }
    if (wanted == 0) {
        sc_supported_names(supported, sizeof supported, &machine);
        return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                       "machine '%s' supports none of the dataflows asked for with -d, expected one of %s", name,
                       supported);
    }
    if (machine.energy.missing[0])
        fprintf(stderr,
                "sparsecast: warning: energy table '%s' has no value for %s: the energies of machine '%s' leave them "
                "out\n",
                machine.energy.table, machine.energy.missing, name);
    snprintf(b->config, sizeof b->config, "%s@%s;%s@%s", base_name(machine.file), machine.digest, machine.energy.table,
             machine.energy.digest);
    status = bind_calibration(b, choice, &machine, err);
    return status == SC_OK ? sc_plan_init(&b->plan, &machine, err) : status;
}

int sc_bind_machines(struct sc_bound **bound, unsigned *count, const struct sc_choice *choice, struct sc_error *err)
{
    static const char *const standard[] = {"flexagon"};
    const char *const *name = choice->machines ? choice->machine : standard;
    unsigned machines = choice->machines ? choice->machines : 1;
    int status = SC_OK;
    *count = 0;
    *bound = calloc(machines, sizeof **bound);
    if (!*bound)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %u machines", machines);
    for (; *count < machines && status == SC_OK; *count += status == SC_OK)
        if ((status = bind_machine(&(*bound)[*count], choice, name[*count], err)) != SC_OK)
            free((*bound)[*count].calibration);
    return status;
}

int sc_bound_check(const struct sc_bound *bound, unsigned count, const char *list, const struct sc_layer *layer,
                   struct sc_error *err)
{
    for (unsigned i = 0; i < count; i++)
        if (sc_estimate_check(&bound[i].plan, &layer->op, bound[i].wanted, err) != SC_OK)
            return sc_fail_layer(err, list, layer);
    return SC_OK;
}

void sc_bound_free(struct sc_bound *bound, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sc_plan_free(&bound[i].plan);
        free(bound[i].calibration);
    }
    free(bound);
}

int sc_position(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return -1;
}
