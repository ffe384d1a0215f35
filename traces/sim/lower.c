/* lower.c - bitmap im2col.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lower.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bits.h"

enum { WINDOW = 32 };

/* The map as bitmaps, `words` per line. */
struct lines {
    const struct sc_operator *op;
    uint64_t *bits;
    uint64_t words, channels; /* channels of a group */
};

static int encode(struct lines *l, const struct sc_pattern *map, struct sc_error *err)
{
    l->words = map->cols / SC_BITS + 1;
    l->bits = calloc((size_t)(map->rows * l->words + 1), sizeof *l->bits);
    if (!l->bits)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for the bitmaps of a map");
    for (uint64_t row = 0; row < map->rows; row++)
        sc_bits_set(l->bits + row * l->words, 1, map->idx + map->ptr[row], map->ptr[row + 1] - map->ptr[row]);
    return SC_OK;
}

/* Bit `at` of a line, which may lie in the padding. */
static uint32_t bit(const struct lines *l, const uint64_t *line, int64_t at)
{
    if (at < 0 || at >= (int64_t)l->op->in_width)
        return 0;
    return (uint32_t)(line[at / SC_BITS] >> at % SC_BITS & 1);
}

/* 32 bits of a line from `at` on: two words shifted; zeros where there is padding. */
static uint32_t shifted(const struct lines *l, const uint64_t *line, int64_t at)
{
    uint64_t word = 0;
    if (at < 0)
        return at <= -WINDOW ? 0 : shifted(l, line, 0) << -at;
    if (at >= (int64_t)l->op->in_width)
        return 0;
    word = line[at / SC_BITS] >> at % SC_BITS;
    if (at % SC_BITS > SC_BITS - WINDOW && (uint64_t)at / SC_BITS + 1 < l->words)
        word |= line[at / SC_BITS + 1] << (SC_BITS - at % SC_BITS);
    return (uint32_t)word;
}

/* The bitmap of up to 32 outputs beginning at column x of output line y. */
static uint32_t cut(const struct lines *l, const uint64_t *line, uint64_t x, uint64_t column, uint64_t outputs,
                    struct sc_lower_counts *counts)
{
    uint64_t stride = l->op->stride_width;
    int64_t at = (int64_t)(x * stride + column) - (int64_t)l->op->pad_left;
    uint32_t mask = outputs < WINDOW ? (UINT32_C(1) << outputs) - 1 : UINT32_MAX, found = 0;
    counts->windows++;
    if (stride == 1)
        return shifted(l, line, at) & mask;
    counts->extracts++;
    for (uint64_t i = 0; i < outputs; i++)
        found |= bit(l, line, at + (int64_t)(i * stride)) << i;
    return found;
}

/* Output pixels of k = (channel, r, s), appended to `idx` unless that is NULL; returns how many. */
static uint64_t lower_step(const struct lines *l, uint64_t channel, uint64_t r, uint64_t s, uint32_t *idx,
                           struct sc_lower_counts *counts)
{
    const struct sc_operator *op = l->op;
    uint64_t found = 0, images = op->batch > 0 ? op->batch : 1;
    for (uint64_t image = 0; image < images; image++)
        for (uint64_t y = 0; y < op->out_height; y++) {
            int64_t row = (int64_t)(y * op->stride_height + r) - (int64_t)op->pad_top;
            if (row < 0 || row >= (int64_t)op->in_height)
                continue;
            const uint64_t *line = l->bits +
                                   ((image * l->channels + channel) * op->in_height + (uint64_t)row) * l->words;
            for (uint64_t x = 0; x < op->out_width; x += WINDOW) {
                uint64_t left = op->out_width - x, first = (image * op->out_height + y) * op->out_width + x;
                uint32_t bits = cut(l, line, x, s, left < WINDOW ? left : WINDOW, counts);
                for (; bits; bits &= bits - 1, found++)
                    if (idx)
                        idx[found] = (uint32_t)(first + sc_bit_count((bits & (~bits + 1)) - 1));
            }
        }
    return found;
}

/* All steps: counts nonzeros when `out` is NULL, fills it otherwise. */
static uint64_t lower_steps(const struct lines *l, struct sc_pattern *out, struct sc_lower_counts *counts)
{
    uint64_t k = 0, found = 0;
    for (uint64_t c = 0; c < l->channels; c++)
        for (uint64_t r = 0; r < l->op->filter_height; r++)
            for (uint64_t s = 0; s < l->op->filter_width; s++) {
                found += lower_step(l, c, r, s, out ? out->idx + found : NULL, counts);
                if (out)
                    out->ptr[++k] = found;
            }
    return found;
}

int sc_bitmap_lower(struct sc_pattern *out, const struct sc_pattern *map, const struct sc_operator *op,
                    struct sc_lower_counts *counts, struct sc_error *err)
{
    struct lines l = {.op = op};
    uint64_t images = op->batch > 0 ? op->batch : 1, groups = op->groups > 0 ? op->groups : 1;
    *out = (struct sc_pattern){0};
    *counts = (struct sc_lower_counts){0};
    if (!sc_operator_has_geometry(op) || op->stride_width == 0 || op->stride_height == 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "the layer has no geometry; expected a convolution that says its own");
    l.channels = op->in_channels / groups;
    if (map->rows != images * l.channels * op->in_height || map->cols != op->in_width)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "the map is %" PRIu64 " x %" PRIu64 ", expected %" PRIu64 " x %" PRIu64, map->rows, map->cols,
                       images * l.channels * op->in_height, op->in_width);
    int status = encode(&l, map, err);
    if (status == SC_OK) {
        struct sc_lower_counts once = {0};
        uint64_t nnz = lower_steps(&l, NULL, counts);
        counts->values = nnz;
        status = sc_pattern_alloc(out, l.channels * op->filter_height * op->filter_width,
                                  images * op->out_height * op->out_width, nnz, err);
        if (status == SC_OK)
            lower_steps(&l, out, &once);
    }
    free(l.bits);
    return status;
}
