/* systolic.h - what the closed forms of the systolic array share: tiles of pixels, traffic with DRAM, the end of the
 * account.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_MODELS_SYSTOLIC_H
#define SC_MODELS_SYSTOLIC_H

#include "../families/systolic.h"
#include "../machine.h"
#include "../profile.h"

/* What a dataflow of the array does on the layer of a profile. */
void sc_systolic_expect(struct sc_systolic_counts *counts, const struct sc_systolic *array, enum sc_dataflow dataflow,
                        const struct sc_profile *profile);

/* How a layer is cut up. */
struct sc_systolic_load {
    uint64_t tile_rows;                        /* rows of output per pixel tile */
    double channel_tiles, pixels, pixel_tiles; /* of all images */
    double blocks;                             /* times that all weights are read from their buffer */
    double weight_times;                       /* times that all weights are read from DRAM */
};

/* `weight_bits`, `index_bits`: stored for the layer; `tile_bits`: weights of the largest tile. */
void sc_systolic_load_of(struct sc_systolic_load *load, const struct sc_systolic *array,
                         const struct sc_systolic_layer *layer, double weight_bits, double index_bits,
                         double tile_bits);

/* Activations in and out of DRAM, the wait for DRAM, idle elements that follow from cycles.  Weight and index traffic
 * and the other cycles are filled already. */
void sc_systolic_finish_model(struct sc_systolic_counts *counts, const struct sc_systolic *array,
                              const struct sc_systolic_layer *layer, const struct sc_systolic_load *load,
                              double filter_tiles);

/* Tiles of channels or of filters that are alike: they begin at the same slot and are equally long. */
struct sc_systolic_piece {
    uint64_t first, count; /* of the first such tile */
    double times;          /* how many there are */
};

/* The index-th kind of tile when `total` things are cut into tiles of `size` under a period; false when there are no
 * more.  At most period + 1 kinds, however many tiles. */
bool sc_systolic_piece(struct sc_systolic_piece *piece, uint64_t index, uint64_t total, uint64_t size, uint64_t period);

#endif
