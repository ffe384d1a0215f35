/* tensor_banks.c - which bank of the accumulation buffer holds which word of an output tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor_core.h"

/* The generator of the deal: splitmix64 (Vigna 2015, public domain), from state 0. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void sc_tensor_deal_banks(const struct sc_tensor_core *core, sc_tensor_banks banks)
{
    uint16_t deal[SC_TENSOR_TILE_MAX * SC_TENSOR_TILE_MAX];
    uint32_t tile = core->tile, words = tile * tile;
    uint32_t rows = core->activations_are_b ? core->quantum_weight : core->quantum_activation;
    uint32_t columns = core->activations_are_b ? core->quantum_activation : core->quantum_weight;
    uint64_t state = 0;
    for (uint32_t i = 0; i < words; i++)
        deal[i] = (uint16_t)((core->scattered_banks ? i : i / tile % rows * columns + i % tile % columns) %
                             core->banks);
    for (uint32_t i = words - 1; i > 0 && core->scattered_banks; i--) {
        uint32_t j = (uint32_t)(next_random(&state) % (i + 1));
        uint16_t kept = deal[i];
        deal[i] = deal[j];
        deal[j] = kept;
    }
    for (uint32_t i = 0; i < words; i++)
        banks[i / tile][i % tile] = deal[i];
}
