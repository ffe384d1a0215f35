/* layer_hold.h - copies of layers that outlive their reader.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LAYER_HOLD_H
#define SC_LAYER_HOLD_H

#include "layer.h"

struct sc_held_layers {
    struct sc_layer *layer;
    size_t layers, room;
};

/* Appends a copy of the layer, its texts included. */
int sc_hold_layer(struct sc_held_layers *held, const struct sc_layer *layer, struct sc_error *err);

/* Forgets the last layer; all of them; and all of them with the room they took. */
void sc_release_last_layer(struct sc_held_layers *held);
void sc_release_layers(struct sc_held_layers *held);
void sc_held_layers_free(struct sc_held_layers *held);

#endif
