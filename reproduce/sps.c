/* sps.c - the three factors in the abstract of the sparse periodic systolic dataflow, and the operations of its
 * patterns' source.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_dir.h"
#include "machine.h"
#include "papers.h"
#include "periodic_losses.h"
#include "sps_target.h"

/* Factors within 5 % count as met (the abstract leaves network, formats and widths open), operations within the error
 * of reading a figure, GMAC.  The energy factor from all events of the closed forms, which nothing was fitted to,
 * within 10 %. */
static const double factor_limit = 0.05, events_limit = 0.10, operations_limit = 0.003;

static double factor_of(const struct sc_sps_factors *f, const char *name)
{
    return strcmp(name, "storage") == 0 ? f->storage : strcmp(name, "index") == 0 ? f->index : f->energy;
}

static int add_factors(struct sc_claims *claims, struct sc_error *err)
{
    static const char *const columns[] = {"factor", "published", "unit", "confidence"};
    struct sc_table *table = NULL;
    struct sc_sps_set set;
    struct sc_sps_factors factors;
    struct sc_claim by_events = sc_claim_of("", "", "", "", "", 0);
    int status = sc_sps_preset(&set, "A", err);
    if (status == SC_OK)
        status = sc_sps_compute(&factors, &set, err);
    if (status == SC_OK)
        status = sc_papers_open(&table, "sps-claims.csv", columns, 4, err);
    for (size_t row = 0; status == SC_OK && row < sc_table_rows(table); row++) {
        const char *name = sc_table_text(table, row, 0);
        struct sc_claim claim = sc_claim_of("abstract", "VGG-16 under assumption set A", name,
                                            sc_table_text(table, row, 2), sc_table_text(table, row, 3), factor_limit);
        status = sc_table_number(table, row, 1, &claim.published, err);
        claim.estimated = factor_of(&factors, name);
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
        if (status == SC_OK && strcmp(name, "energy") == 0)
            by_events = claim;
    }
    for (int all = 0; all < 2 && status == SC_OK; all++) { /* after the factors, as a figure of their own */
        snprintf(by_events.figure, sizeof by_events.figure, "abstract, energy by events");
        snprintf(by_events.quantity, sizeof by_events.quantity,
                 all ? "energy, all DRAM traffic included" : "energy, on chip");
        by_events.limit = events_limit;
        by_events.estimated = all ? factors.energy_events_all : factors.energy_events_chip;
        status = sc_claims_add(claims, &by_events, err);
    }
    sc_table_close(table);
    return status;
}

/* GMAC of a shipped list with the pattern called `variant` ("dense": none). */
static int count_operations(double *gmac, const char *list, const char *variant, const struct sc_systolic *array,
                            struct sc_error *err)
{
    struct sc_layer_reader *reader = NULL;
    struct sc_layer layer;
    struct sc_periodic_spec spec;
    struct sc_losses sum;
    char relative[96], path[SC_PATH_SIZE];
    bool dense = strcmp(variant, "dense") == 0, first = true;
    memset(&sum, 0, sizeof sum);
    if (!dense && !sc_periodic_parse(&spec, variant))
        return sc_fail(err, SC_BAD_INPUT, NULL, 0, "found pattern '%.40s', expected dense, PS4_P4, PSD4_P8, ...",
                       variant);
    snprintf(relative, sizeof relative, "layers/%.64s.csv", list);
    int status = sc_data_path(path, sizeof path, relative, err);
    if (status == SC_OK)
        status = sc_layer_open(&reader, path, NULL, err);
    for (; status == SC_OK && (status = sc_layer_next(reader, &layer, err)) == SC_OK; first = false)
        status = sc_losses_add(&sum, array, &layer, dense ? NULL : &spec, first, err);
    sc_layer_close(reader);
    *gmac = sum.counts.macs / 1e9;
    return status == SC_END ? SC_OK : status;
}

static int add_operations(struct sc_claims *claims, struct sc_error *err)
{
    static const char *const columns[] = {"variant", "network", "layers", "gmac", "confidence"};
    struct sc_table *table = NULL;
    struct sc_machine *machine = malloc(sizeof *machine);
    int status = machine ? sc_machine_read(machine, "sps", NULL, err)
                         : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a machine");
    if (status == SC_OK)
        status = sc_papers_open(&table, "sps-ancestor-operations.csv", columns, 5, err);
    for (size_t row = 0; status == SC_OK && row < sc_table_rows(table); row++) {
        struct sc_claim claim = sc_claim_of("operations", sc_table_text(table, row, 1), sc_table_text(table, row, 0),
                                            "GMAC", sc_table_text(table, row, 4), operations_limit);
        claim.absolute = true;
        status = sc_table_number(table, row, 3, &claim.published, err);
        if (status == SC_OK)
            status = count_operations(&claim.estimated, sc_table_text(table, row, 2), sc_table_text(table, row, 0),
                                      &machine->systolic, err);
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    sc_table_close(table);
    free(machine);
    return status;
}

int sc_reproduce_sps(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err)
{
    (void)options; /* factors and operations are counted, not simulated */
    int status = add_factors(claims, err);
    return status == SC_OK ? add_operations(claims, err) : status;
}
