/* busy.h - banks that replay stores, and when they serve loads meanwhile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_BUSY_H
#define SC_SIM_BUSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* A bank serves no load in [from, to), cycles of the run. */
struct sc_busy_window {
    uint64_t bank;
    double from, to;
};

struct sc_busy {
    double now; /* cycles of the run so far; a step's cycle c is now + c */
    size_t count, room;
    struct sc_busy_window *window;
};

void sc_busy_free(struct sc_busy *busy);

/* SC_NO_MEMORY. */
int sc_busy_add(struct sc_busy *busy, const struct sc_busy_window *window, struct sc_error *err);

/* Whether any bank is busy now or later; forgets windows that are over. */
bool sc_busy_any(struct sc_busy *busy);

/* Cycle of the step in which the bank serves the last of `loads` loads, the first of them after cycle `after`. */
uint64_t sc_busy_serve(const struct sc_busy *busy, uint64_t bank, uint64_t after, uint64_t loads);

#endif
