/* forecast.h - what `estimate` says of one layer on one machine: a corrected row per dataflow, and which is fastest.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FORECAST_H
#define SC_FORECAST_H

#include "choice.h"
#include "result.h"

struct sc_forecast {
    unsigned count, best; /* best: index of the fewest cycles, the first on a tie */
    bool outside;         /* some row is outside the calibrated domain */
    enum sc_dataflow dataflow[SC_DATAFLOWS];
    struct sc_result row[SC_DATAFLOWS]; /* complete: names, config, best and note included; they borrow from layer,
                                           machine and this */
    struct sc_remark remark[SC_DATAFLOWS];
};

/* Estimates the dataflows that the choice wants of the machine and corrects them by its calibration, if there is one.
 * A forecast must not be copied: its rows point into it.  Allocates nothing. */
void sc_forecast(struct sc_forecast *f, const struct sc_bound *bound, const struct sc_layer *layer,
                 const struct sc_profile *profile, enum sc_operands operands, enum sc_energy_case which);

#endif
