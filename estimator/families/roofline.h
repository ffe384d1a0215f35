/* roofline.h - the machine family of rooflines: peaks, a memory, and the efficiencies that are assumed for them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_FAMILIES_ROOFLINE_H
#define SC_FAMILIES_ROOFLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A GPU seen as max(FLOP / (efficiency x peak), bytes / (efficiency x bandwidth)) + launches. */
struct sc_roofline {
    double tensor_tflops, tensor_efficiency; /* matrix units: dense products and attention */
    double vector_tflops, vector_efficiency; /* everything else */
    double memory_efficiency;
    double launch_us;              /* per kernel */
    uint32_t element_bytes;
    bool fused_butterflies;        /* one kernel per butterfly; else one per layer, each reading and writing all data */
    bool fused_attention;          /* scores stay on the chip; else they are written and read twice */
    double watts;
};

#endif
