/* papers.c - opens published tables and starts claims.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "papers.h"

#include <math.h>
#include <stdio.h>

#include "data_dir.h"
#include "machine.h"

int sc_papers_open(struct sc_table **table, const char *file, const char *const *columns, size_t count,
                   struct sc_error *err)
{
    char relative[128], path[SC_PATH_SIZE];
    snprintf(relative, sizeof relative, "papers/%.100s", file);
    int status = sc_data_path(path, sizeof path, relative, err);
    return status == SC_OK ? sc_table_open(table, path, columns, count, err) : status;
}

struct sc_claim sc_claim_of(const char *figure, const char *item, const char *quantity, const char *unit,
                            const char *confidence, double limit)
{
    struct sc_claim claim = {.published = NAN, .simulated = NAN, .estimated = NAN, .limit = limit};
    snprintf(claim.figure, sizeof claim.figure, "%s", figure);
    snprintf(claim.item, sizeof claim.item, "%s", item);
    snprintf(claim.quantity, sizeof claim.quantity, "%s", quantity);
    snprintf(claim.unit, sizeof claim.unit, "%s", unit);
    snprintf(claim.confidence, sizeof claim.confidence, "%s", confidence);
    return claim;
}
