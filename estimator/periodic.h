/* periodic.h - periodic kernel supports: tables, phase rule, exact counts.
 *
 * A filter has C kernels of height x width positions.  A sparse kernel is nonzero at n of them, its support.  Supports
 * repeat with period P along the input channels and are rotated from filter to filter:
 *
 *     slot(filter i, channel j) = (i + j + 1) mod P        support of kernel (i, j) = support[slot(i, j)]
 *
 * PS: every kernel is sparse; PSD: the kernels of slot 0 are dense.  Source: S. Kundu et al., "Pre-defined Sparsity for
 * Low-Complexity Convolutional Neural Networks", IEEE Trans. Computers 69(7), 2020, and its code
 * (ksouvik52/Pre-defined-sparseCNN).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PERIODIC_H
#define SC_PERIODIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum {
    SC_PERIOD_MAX = 64,       /* slots */
    SC_SUPPORT_POSITIONS = 64 /* kernel positions of a sparse kernel */
};

/* What `periodic:n:P[:d][:HxW]` says; zeros in height and width: of the layer, or else 3 x 3. */
struct sc_periodic_spec {
    uint32_t kss;           /* n, nonzeros of a sparse kernel */
    uint32_t period;        /* P */
    bool dense_slot;        /* PSD: slot 0 is dense */
    uint32_t height, width; /* of a kernel */
};

/* The table of a layer. */
struct sc_periodic {
    uint32_t height, width; /* of a kernel; a table with sparse slots has at most SC_SUPPORT_POSITIONS positions */
    uint32_t kss, period;
    bool dense_slot;
    uint64_t
        support[SC_PERIOD_MAX]; /* by slot: bit p set: position p (row-major) may be nonzero; unused in a dense slot */
};

/* Reads "n:P", "n:P:d", either with ":HxW" behind it, or a name such as "PS4_P4" or "PSD4_P8" (what follows
 * "periodic:"). Returns false when the text is not such a thing or out of range (1 <= n, 1 <= P <= SC_PERIOD_MAX, 2 <=
 * P for d). */
bool sc_periodic_parse(struct sc_periodic_spec *spec, const char *text);

/* Writes what sc_periodic_parse() reads, without the name of the kind; returns the length. */
size_t sc_periodic_format(char *out, size_t size, const struct sc_periodic_spec *spec);

/* Fills the table.  For 3 x 3 kernels and n = 1, 2, 4 the supports are those of the source, cycled over the slots 1, 2,
 * ..., P - 1, 0 (PS4_P4, PS2_P6, PS1_P9 by analogy; PSD: dense in slot 0).  Otherwise support c holds the positions (c
 * n + i) mod (height x width), i < n, which covers all positions evenly (decision).  SC_BAD_INPUT when n exceeds the
 * positions or these exceed SC_SUPPORT_POSITIONS. */
int sc_periodic_init(struct sc_periodic *table, const struct sc_periodic_spec *spec, struct sc_error *err);

/* A table of one dense slot: a layer that is not pruned. */
void sc_periodic_dense(struct sc_periodic *table, uint32_t height, uint32_t width);

/* Positions of a kernel. */
static inline uint64_t sc_periodic_area(const struct sc_periodic *t)
{
    return (uint64_t)t->height * t->width;
}

static inline uint32_t sc_periodic_slot(const struct sc_periodic *t, uint64_t filter, uint64_t channel)
{
    return (uint32_t)((filter % t->period + channel % t->period + 1) % t->period);
}

static inline bool sc_periodic_is_dense(const struct sc_periodic *t, uint32_t slot)
{
    return t->dense_slot && slot == 0;
}

/* Nonzeros of a kernel of this slot. */
static inline uint64_t sc_periodic_entries(const struct sc_periodic *t, uint32_t slot)
{
    return sc_periodic_is_dense(t, slot) ? sc_periodic_area(t) : t->kss;
}

/* Whether position p belongs to the support of the slot. */
static inline bool sc_periodic_has(const struct sc_periodic *t, uint32_t slot, uint64_t position)
{
    return sc_periodic_is_dense(t, slot) || (t->support[slot] >> position & 1) != 0;
}

/* Nonzeros of the filters of phase i mod P = `phase` over `channels` channels, exact also where P does not divide them.
 */
uint64_t sc_periodic_filter_nonzeros(const struct sc_periodic *t, uint64_t phase, uint64_t channels);

/* How many of `count` consecutive whole numbers from 0 are `phase` modulo the period. */
uint64_t sc_periodic_share(const struct sc_periodic *t, uint64_t count, uint64_t phase);

/* Nonzeros of all filters over all channels. */
uint64_t sc_periodic_nonzeros(const struct sc_periodic *t, uint64_t filters, uint64_t channels);

/* Nonzeros of one position of one channel over all filters. */
uint64_t sc_periodic_position_nonzeros(const struct sc_periodic *t, uint64_t filters, uint64_t channel,
                                       uint64_t position);

/* Distinct kernel supports among all filters and channels. */
uint32_t sc_periodic_distinct(const struct sc_periodic *t, uint64_t filters, uint64_t channels);

/* The table for a weight matrix with `k` positions per filter, and its number of channels.  SC_BAD_INPUT when k is no
 * multiple of the kernel's positions. */
int sc_periodic_for(struct sc_periodic *table, uint64_t *channels, const struct sc_periodic_spec *spec, uint64_t k,
                    struct sc_error *err);

#endif
