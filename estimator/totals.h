/* totals.h - sums of result rows per network, machine and dataflow, each layer times its count.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_TOTALS_H
#define SC_TOTALS_H

#include <stddef.h>

#include "error.h"
#include "result.h"

struct sc_totals;

/* An empty set of sums; free with sc_totals_free().  NULL when memory is exhausted. */
struct sc_totals *sc_totals_new(void);
void sc_totals_free(struct sc_totals *totals);

/* Adds `count` occurrences of a row to the sum of its model, machine and dataflow; with row->best set also to the sum
 * of the machine's choices, whose dataflow is called "best".  Memory grows with the number of networks, not of rows. */
int sc_totals_add(struct sc_totals *totals, const struct sc_result *row, double count, struct sc_error *err);

/* The sums in the order in which their networks and machines appeared; a row's layer reads "total of N layers", its
 * bound is the one that limits most of the cycles, its source is "mixed" when layers have different ones.  Rows are
 * owned by `totals` and valid until the next addition. */
size_t sc_totals_count(const struct sc_totals *totals);
const struct sc_result *sc_totals_row(const struct sc_totals *totals, size_t i);

#endif
