/* fabnet.c - FABNet's cycles: tiles of one vector per engine through load, compute and store.
 *
 * With E engines of u units, n points, L = log2 n, and c = 2 for a complex stream, else 1 (SamsungLabs/Butterfly_Acc,
 * simulator):
 *
 *   compute   C  = n L / (2 u)                                      also the reads of the BRAM banks
 *   in        in = max(ceil(n E c bits / in_bits), n)               one element per cycle and engine; out likewise
 *   weights   wt = max(ceil(2 n L bits / coefficient_bits), n L / (4 u))
 *   FFT       A = C + max(in, wt), load and compute do not overlap; A + max(R - 2, 0) max(A, out)
 *   BPMM      I = max(in, wt); I + C + sum over i = 1 .. R - 2 of max(I if i + 2 < R, C, out)
 *
 * for R = ceil(vectors / E) tiles, times outputs / n for a widening product.  These leave out about two tiles; without
 * drops_tiles the pipeline is filled and drained.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fabnet.h"

#include <math.h>

#include "../numeric.h"

struct stages {
    double in, weights, compute, out, tiles;
};

static struct stages layer_stages(const struct sc_fabnet *f, const struct sc_fabnet_layer *layer)
{
    double n = layer->points, stages = layer->stages, bits = f->element_bits;
    double real = n * f->engines * bits, coefficients = 2 * n * stages * bits;
    struct stages s = {
        .in = sc_max(ceil(real * (layer->complex_in ? 2 : 1) / f->in_bits), n),
        .out = sc_max(ceil(real * (layer->complex_out ? 2 : 1) / f->out_bits), n),
        .weights = sc_max(ceil(coefficients / f->coefficient_bits), ceil(n * stages / (4.0 * f->units))),
        .compute = ceil(n / (2.0 * f->units)) * stages,
        .tiles = ceil(layer->vectors / f->engines),
    };
    if (layer->outputs > layer->points)
        s.tiles *= layer->outputs / n;
    return s;
}

static double fft_cycles(const struct sc_fabnet *f, const struct stages *s)
{
    double first = s->compute + sc_max(s->in, s->weights), beat = sc_max(first, s->out);
    if (f->drops_tiles)
        return first + sc_max(s->tiles - 2, 0) * beat;
    return first + (s->tiles - 1) * beat + s->out;
}

static double bpmm_cycles(const struct sc_fabnet *f, const struct stages *s)
{
    double load = sc_max(s->in, s->weights), busy = sc_max(s->compute, s->out), beat = sc_max(load, busy);
    if (f->drops_tiles) /* of the R - 2 beats only the last loads nothing */
        return load + s->compute + (s->tiles > 2 ? (s->tiles - 3) * beat + busy : 0);
    if (s->tiles < 2)
        return load + s->compute + s->out;
    return load + sc_max(load, s->compute) + (s->tiles - 2) * beat + busy + s->out;
}

void sc_fabnet_estimate(struct sc_fabnet_cost *cost, const struct sc_fabnet *fabnet,
                        const struct sc_butterfly_call *call)
{
    struct sc_fabnet_layer layers[SC_FABNET_LAYERS_MAX];
    unsigned count = sc_fabnet_layers(layers, fabnet, call);
    double bytes = fabnet->element_bits / 8.0;
    *cost = (struct sc_fabnet_cost){0};
    for (unsigned i = 0; i < count; i++) {
        const struct sc_fabnet_layer *layer = &layers[i];
        struct stages s = layer_stages(fabnet, layer);
        double n = layer->points, vectors = layer->vectors, stages = layer->stages;
        double stacks = sc_max(1, layer->outputs / n), units = vectors * stacks * n * stages / 2;
        cost->cycles += layer->fft ? fft_cycles(fabnet, &s) : bpmm_cycles(fabnet, &s);
        cost->tiles += s.tiles;
        cost->load += s.tiles * sc_max(s.in, s.weights);
        cost->compute += s.tiles * s.compute;
        cost->store += s.tiles * s.out;
        cost->dram_read_bytes +=
            vectors * n * bytes * (layer->complex_in ? 2 : 1) * stacks + s.tiles * 2 * n * stages * bytes;
        cost->dram_write_bytes += vectors * layer->outputs * bytes * (layer->complex_out ? 2 : 1);
        cost->multiplies += 4 * units;
        cost->flop += (layer->fft ? 10 : 6) * units;
    }
    cost->bound = cost->compute >= cost->load ? SC_BOUND_COMPUTE : SC_BOUND_LOAD;
    if (cost->store > sc_max(cost->compute, cost->load))
        cost->bound = SC_BOUND_STORE;
}
