/* butterfly_counts.c - exact operation and weight counts of butterflies, FFTs and transformer blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly_counts.h"

unsigned sc_log2_ceil(uint64_t x)
{
    unsigned bits = 0;
    while (bits < 63 && (UINT64_C(1) << bits) < x)
        bits++;
    return bits;
}

/* What BPMM and FFT share: one unit per pair of points and stage. */
static void count_graph(struct sc_butterfly_counts *c, uint64_t d_in, uint64_t d_out)
{
    c->stages = sc_log2_ceil(d_in);
    c->points = UINT64_C(1) << c->stages;
    c->stacks = (d_out + c->points - 1) / c->points;
    c->units = c->stacks * c->points * c->stages / 2;
    c->multiplies = 4 * c->units;
}

void sc_bpmm_counts(struct sc_butterfly_counts *counts, uint64_t d_in, uint64_t d_out)
{
    count_graph(counts, d_in, d_out);
    counts->adds = 2 * counts->units;
    counts->flop = counts->multiplies + counts->adds;
    counts->weights = 4 * counts->units;
    counts->slots = 4 * counts->units;
    counts->dense_flop = 2 * d_in * d_out;
}

void sc_fft_counts(struct sc_butterfly_counts *counts, uint64_t n, unsigned slots_per_output)
{
    count_graph(counts, n, n);
    counts->adds = 6 * counts->units;
    counts->flop = counts->multiplies + counts->adds;
    counts->weights = 2 * counts->units;
    counts->slots = 2 * slots_per_output * counts->units;
    counts->dense_flop = 2 * n * n;
}

unsigned sc_stage_split(unsigned stages, unsigned limit, unsigned bits[SC_BUTTERFLY_BITS_MAX])
{
    unsigned passes = stages > limit ? (stages + limit - 1) / limit : 1;
    for (unsigned p = 0; p < passes; p++)
        bits[p] = stages / passes + (p < stages % passes ? 1 : 0);
    return passes;
}

static void add_up(struct sc_block_flop *f)
{
    f->total = f->mixing + f->projections + f->attention + f->ffn;
}

void sc_dense_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape)
{
    double n = (double)shape->tokens, d = (double)shape->width, r = (double)shape->ratio;
    *flop = (struct sc_block_flop){.projections = 8 * n * d * d, .attention = 4 * n * n * d, .ffn = 4 * r * n * d * d};
    add_up(flop);
}

/* D -> rD as stacks of butterflies of padded D, rD -> D as one of padded rD whose output is cut. */
static double butterfly_ffn(const struct sc_block_shape *shape)
{
    struct sc_butterfly_counts up, down;
    sc_bpmm_counts(&up, shape->width, shape->ratio * shape->width);
    sc_bpmm_counts(&down, shape->ratio * shape->width, shape->width);
    return (double)shape->tokens * ((double)up.flop + (double)down.flop);
}

void sc_fbfly_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape)
{
    struct sc_butterfly_counts along_width, along_tokens;
    sc_fft_counts(&along_width, shape->width, 4);
    sc_fft_counts(&along_tokens, shape->tokens, 4);
    *flop = (struct sc_block_flop){
        .mixing = (double)along_tokens.points * (double)along_width.flop +
                  (double)along_width.points * (double)along_tokens.flop,
        .ffn = butterfly_ffn(shape),
    };
    add_up(flop);
}

void sc_abfly_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape)
{
    double n = (double)shape->tokens, d = (double)shape->width;
    struct sc_butterfly_counts square;
    sc_bpmm_counts(&square, shape->width, shape->width);
    *flop = (struct sc_block_flop){
        .projections = 4 * n * (double)square.flop, .attention = 4 * n * n * d, .ffn = butterfly_ffn(shape)};
    add_up(flop);
}

void sc_compressed_block_flop(struct sc_block_flop *flop, const struct sc_block_shape *shape, uint64_t block,
                              double kept, unsigned compressed_tensors)
{
    double n = (double)shape->tokens, d = (double)shape->width;
    double density = 1.5 * sc_log2_ceil(block) / (double)block;
    sc_dense_block_flop(flop, shape);
    flop->projections *= density;
    flop->ffn *= density;
    flop->attention *= kept * kept;
    flop->mixing = compressed_tensors * 5 * (1 + kept) * n * d * sc_log2_ceil(shape->tokens);
    add_up(flop);
}
