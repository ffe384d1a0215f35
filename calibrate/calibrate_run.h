/* calibrate_run.h - the command line of `calibrate`; private to calibrate_*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_CALIBRATE_RUN_H
#define SC_CALIBRATE_RUN_H

#include "choice.h"
#include "layer.h"

enum { SC_LISTS_MAX = 32 };

struct sc_calibrate_request {
    const char *list[SC_LISTS_MAX]; /* to learn from, besides the layers drawn */
    unsigned lists;
    const char *held_out[SC_LISTS_MAX]; /* to be judged by */
    unsigned held_outs;
    struct sc_choice choice;            /* one machine; calibration and level only without -o */
    const char *output, *report, *rows; /* report: "-" for standard output */
    uint64_t seed, layers, judged, folds, variants;
    double cost;
    unsigned jobs;
    bool reporting, quiet;
    struct sc_layer_options reading;
};

/* Reads the arguments; returns SC_GO_ON, or the exit status after help, version or a complaint. */
int sc_calibrate_arguments(int argc, char **argv, struct sc_calibrate_request *request);

#endif
