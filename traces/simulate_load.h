/* simulate_load.h - what the layers to simulate will take, before their operands exist.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIMULATE_LOAD_H
#define SC_SIMULATE_LOAD_H

#include "layer.h"

/* Bytes of a layer's operands and their transposes. */
double sc_simulate_bytes(const struct sc_layer *layer);

/* Work of one run: about its products. */
double sc_simulate_weight(const struct sc_layer *layer);

#endif
