/* periodic_cmd.h - `sparsecast periodic`: factors of periodic storage, utilisation losses, filter order, check of
 * patterns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PERIODIC_CMD_H
#define SC_PERIODIC_CMD_H

#include "layer.h"
#include "result.h"
#include "options.h"

extern const struct sc_command sc_periodic_manual;

/* Runs the sub-command; argv[0] is its name.  Returns the exit status. */
int sc_periodic_command(int argc, char **argv);

enum { SC_PERIODIC_PATTERNS = 16 };

/* The command line; private to traces/periodic_*.c. */
struct sc_periodic_request {
    const char *verb, *file, *machine, *set, *output;
    struct sc_periodic_spec pattern[SC_PERIODIC_PATTERNS];
    unsigned patterns;
    uint64_t filters;
    bool per_layer, sensitivity;
    enum sc_format format;
    const char *command; /* as given, for records */
};

/* The verbs: each writes its table, or fails. */
int sc_periodic_target(const struct sc_periodic_request *request, struct sc_error *err);
int sc_periodic_losses(const struct sc_periodic_request *request, struct sc_error *err);
int sc_periodic_order(const struct sc_periodic_request *request, struct sc_error *err);
int sc_periodic_check_file(const struct sc_periodic_request *request, struct sc_error *err);

#endif
