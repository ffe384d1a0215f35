/* report.h - the validation report: tables for people, and rows for plots.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_REPORT_H
#define SC_REPORT_H

#include <stdio.h>

#include "judge.h"

/* Prints: each set with what was known of its operands; the ablation (bare closed form, calibrated, measured lengths);
 * each dataflow by pattern kind; the ten worst layers.  sets[0..count) are the names used by the verdicts. */
int sc_verdict_report(FILE *out, const struct sc_verdicts *v, const char *const *sets, size_t count,
                    struct sc_error *err);

/* Writes one CSV row per verdict for `sparsecast plot residuals`: set, layer, machine, dataflow, operands, pattern,
 * simulated_cycles, cycles, cycles_low, cycles_high, uncalibrated_cycles. */
int sc_verdict_rows(const char *path, const struct sc_verdicts *v, struct sc_error *err);

#endif
