/* bits.h - counting and finding bits of 64-bit words, in plain C.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_SIM_BITS_H
#define SC_SIM_BITS_H

#include <stdint.h>

enum { SC_BITS = 64 };

static inline unsigned sc_bit_count(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Sets the bits idx[0..count), ascending, in words[0], words[stride], ...; each word is written once. */
static inline void sc_bits_set(uint64_t *words, uint64_t stride, const uint32_t *idx, uint64_t count)
{
    uint64_t word = 0, bits = 0;
    for (uint64_t q = 0; q < count; q++) {
        if (idx[q] / SC_BITS != word) {
            words[word * stride] |= bits;
            word = idx[q] / SC_BITS;
            bits = 0;
        }
        bits |= UINT64_C(1) << idx[q] % SC_BITS;
    }
    if (count > 0)
        words[word * stride] |= bits;
}

/* Number of the lowest bit that is set; x is not 0. */
static inline unsigned sc_lowest_bit(uint64_t x)
{
    /* The lowest bit times a De Bruijn sequence has a different number in its top six bits for each position. */
    static const unsigned char position[SC_BITS] = {
        0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
        22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
        23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
    };
    return position[(x & (~x + 1)) * UINT64_C(0x022fdd63cc95386d) >> 58];
}

#endif
