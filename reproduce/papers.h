/* papers.h - the published tables below data/papers, and the papers that can be reproduced.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PAPERS_H
#define SC_PAPERS_H

#include "claims.h"
#include "runs.h"
#include "table.h"

/* Opens data/papers/FILE with at least these columns; close with sc_table_close(). */
int sc_papers_open(struct sc_table **table, const char *file, const char *const *columns, size_t count,
                   struct sc_error *err);

/* A claim with its texts set and its numbers absent. */
struct sc_claim sc_claim_of(const char *figure, const char *item, const char *quantity, const char *unit,
                            const char *confidence, double limit);

/* Munoz-Martinez et al., "Flexagon", ASPLOS 2023: Figs. 1, 12, 13, 14, 15, 16, 18 and Table 8. */
int sc_reproduce_flexagon(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err);

#endif
