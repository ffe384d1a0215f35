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

/* Wang et al., "Dual-side Sparse Tensor Core", ISCA 2021: Fig. 21. */
int sc_reproduce_dstc(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err);

/* Heo et al., "Sparse Periodic Systolic Dataflow ...", ISLPED 2022: the three factors of its abstract, under an
 * assumption set consistent with it; and the operations of periodic networks in Kundu et al., IEEE Trans. Computers
 * 69(7), 2020. */
int sc_reproduce_sps(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err);
/* The multilayer butterfly array beside MLX (ISCA 2026), FABNet (MICRO 2022) and the abstract of arXiv 2411.00734. */
int sc_reproduce_butterfly(struct sc_claims *claims, const struct sc_reproduce_options *options, struct sc_error *err);

#endif
