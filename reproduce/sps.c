/* sps.c - the three factors in the abstract of the sparse periodic systolic dataflow, under an assumption set consistent with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "papers.h"
#include "sps_target.h"

/* Factors within 5 % count as met; the abstract leaves network, formats and widths open. */
static const double limit = 0.05;

static double factor_of(const struct sc_sps_factors *f, const char *name)
{
    return strcmp(name, "storage") == 0 ? f->storage : strcmp(name, "index") == 0 ? f->index : f->energy;
}

int sc_reproduce_sps(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err)
{
    static const char *const columns[] = {"factor", "published", "unit", "confidence"};
    struct sc_table *table = NULL;
    struct sc_sps_set set;
    struct sc_sps_factors factors;
    (void)options; /* the factors are counted, not simulated */
    int status = sc_sps_preset(&set, "A", err);
    if (status == SC_OK)
        status = sc_sps_compute(&factors, &set, err);
    if (status == SC_OK)
        status = sc_papers_open(&table, "sps-claims.csv", columns, 4, err);
    for (size_t row = 0; status == SC_OK && row < sc_table_rows(table); row++) {
        const char *name = sc_table_text(table, row, 0);
        struct sc_claim claim = sc_claim_of("abstract", "VGG-16 under assumption set A", name, sc_table_text(table, row, 2),
                                            sc_table_text(table, row, 3), limit);
        status = sc_table_number(table, row, 1, &claim.published, err);
        claim.estimated = factor_of(&factors, name);
        if (status == SC_OK)
            status = sc_claims_add(claims, &claim, err);
    }
    sc_table_close(table);
    return status;
}
