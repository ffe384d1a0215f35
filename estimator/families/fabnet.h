/* fabnet.h - the machine family of FABNet, the Adaptable Butterfly Accelerator: engines that each run one vector's
 * butterfly.
 *
 * H. Fan et al., "Adaptable Butterfly Accelerator for Attention-based NNs via Hardware and Algorithm Co-design", MICRO
 * 2022, arXiv 2209.09570, and its public code (SamsungLabs/Butterfly_Acc).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_FABNET_H
#define SC_FAMILIES_FABNET_H

#include <stdbool.h>
#include <stdint.h>

#include "butterfly.h"

struct sc_fabnet {
    uint32_t engines;              /* butterfly engines (BE), one vector each */
    uint32_t units;                /* butterfly units per engine; one 2x2 block or complex butterfly per cycle each */
    uint32_t multipliers;          /* real ones per unit */
    uint32_t element_bits;         /* of a real number */
    uint32_t max_length;           /* points of an engine; longer butterflies take passes through memory */
    uint32_t in_bits, coefficient_bits, out_bits; /* per cycle, all engines together */
    bool drops_tiles; /* count cycles as the published simulator does: the last tile's compute and output are not */
    double watts;
};

/* What a call takes. */
struct sc_fabnet_cost {
    double cycles;
    double load, compute, store;  /* busy cycles of the three stages, all counted tiles */
    double tiles;                 /* of `engines` vectors each */
    double dram_read_bytes, dram_write_bytes;
    double multiplies, flop;
    enum sc_butterfly_bound bound; /* compute, load or store */
};

/* Joules of a time in seconds. */
double sc_fabnet_energy(const struct sc_fabnet *fabnet, double seconds);

/* One layer as the engines run it: `vectors` of `points`, each giving `outputs` of them. */
struct sc_fabnet_layer {
    bool fft, complex_in, complex_out;
    unsigned stages;                   /* log2 of the points of an engine */
    double vectors, points, outputs;   /* points and outputs are powers of two */
};

enum { SC_FABNET_LAYERS_MAX = 64 };

/* The layers of a call: one, or for more than max_length points one per pass through memory.  Widths are padded to
 * powers of two on both sides, as the published simulator does.  Returns their number. */
unsigned sc_fabnet_layers(struct sc_fabnet_layer layers[SC_FABNET_LAYERS_MAX], const struct sc_fabnet *fabnet,
                          const struct sc_butterfly_call *call);

#endif
