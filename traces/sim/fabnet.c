/* fabnet.c - FABNet's engine pipeline, tile by tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fabnet.h"

#include <inttypes.h>
#include <stddef.h>

static const uint64_t MOST_TILES = UINT64_C(1) << 28;

/* Cycles until `elements` of so many bits have come through a port of `port_bits` per cycle into buffers that take no
 * more than `accepted` of them in a cycle. */
static uint64_t pour(uint64_t elements, uint64_t bits, uint64_t port_bits, uint64_t accepted)
{
    uint64_t cycles = 0, waiting_bits = 0, ahead = accepted * bits > port_bits ? accepted * bits : port_bits;
    while (elements > 0) {
        cycles++;
        waiting_bits += port_bits;
        uint64_t taken = waiting_bits / bits < accepted ? waiting_bits / bits : accepted;
        taken = taken < elements ? taken : elements;
        elements -= taken;
        waiting_bits -= taken * bits;
        if (waiting_bits > ahead) /* the port stops when its buffer is full */
            waiting_bits = ahead;
    }
    return cycles;
}

/* Cycles of one vector's butterfly in an engine: every stage pairs points at one distance, `units` pairs a cycle. */
static uint64_t run_stages(uint64_t points, uint64_t units)
{
    uint64_t cycles = 0;
    for (uint64_t distance = 1; distance < points; distance *= 2)
        for (uint64_t pairs = points / 2; pairs > 0; pairs -= pairs < units ? pairs : units)
            cycles++;
    return cycles;
}

/* What each tile of a layer takes of the three stages. */
struct tile {
    uint64_t load, compute, store;
};

static struct tile run_tile(const struct sc_fabnet *f, const struct sc_fabnet_layer *layer)
{
    uint64_t n = (uint64_t)layer->points, e = f->engines, bits = f->element_bits;
    uint64_t in = pour(n * e, bits * (layer->complex_in ? 2 : 1), f->in_bits, e);
    uint64_t weights = pour(2 * n * layer->stages, bits, f->coefficient_bits, 8 * (uint64_t)f->units);
    struct tile t = {
        .load = in > weights ? in : weights,
        .compute = run_stages(n, f->units),
        .store = pour(n * e, bits * (layer->complex_out ? 2 : 1), f->out_bits, e),
    };
    if (layer->fft) { /* both banks hold one complex vector: the next one is not loaded while it is computed */
        t.compute += t.load;
        t.load = 0;
    }
    return t;
}

static uint64_t longest(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t most = a > b ? a : b;
    return most > c ? most : c;
}

/* All tiles in beats: tile b is loaded, b - 1 computed and b - 2 stored, until the last one is through. */
static uint64_t beats_of_all(const struct tile *t, uint64_t tiles)
{
    uint64_t cycles = 0;
    for (uint64_t beat = 0; beat < tiles + 2; beat++)
        cycles +=
            longest(beat < tiles ? t->load : 0, beat >= 1 && beat <= tiles ? t->compute : 0, beat >= 2 ? t->store : 0);
    return cycles;
}

/* As the published simulator counts: load and compute of the first tile, then a beat for each of the middle ones. */
static uint64_t beats_as_published(const struct tile *t, uint64_t tiles)
{
    uint64_t cycles = t->load + t->compute;
    for (uint64_t i = 1; i + 2 <= tiles; i++)
        if (i + 1 < tiles)
            cycles += longest(i + 2 < tiles ? t->load : 0, t->compute, t->store);
    return cycles;
}

static int simulate_layer(struct sc_fabnet_cost *cost, const struct sc_fabnet *f, const struct sc_fabnet_layer *layer,
                          struct sc_error *err)
{
    uint64_t points = (uint64_t)layer->points, vectors = (uint64_t)layer->vectors, outputs = (uint64_t)layer->outputs;
    uint64_t stacks = outputs > points ? outputs / points : 1;
    uint64_t tiles = (vectors + f->engines - 1) / f->engines * stacks;
    if (tiles > MOST_TILES)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "simulating it would take %" PRIu64 " tiles, more than the %" PRIu64
                       " that are simulated; use estimate",
                       tiles, MOST_TILES);
    struct tile t = run_tile(f, layer);
    uint64_t units = vectors * stacks * (points / 2) * layer->stages;
    double bytes = f->element_bits / 8.0;
    cost->cycles += (double)(f->drops_tiles ? beats_as_published(&t, tiles) : beats_of_all(&t, tiles));
    cost->tiles += (double)tiles;
    cost->load += (double)(tiles * (layer->fft ? t.compute - run_stages(points, f->units) : t.load));
    cost->compute += (double)(tiles * run_stages(points, f->units));
    cost->store += (double)(tiles * t.store);
    cost->dram_read_bytes += (double)(vectors * points * stacks * (layer->complex_in ? 2 : 1)) * bytes;
    cost->dram_read_bytes += (double)(tiles * 2 * points * layer->stages) * bytes;
    cost->dram_write_bytes += (double)(vectors * outputs * (layer->complex_out ? 2 : 1)) * bytes;
    cost->multiplies += (double)(4 * units);
    cost->flop += (double)((layer->fft ? 10 : 6) * units);
    return SC_OK;
}

int sc_fabnet_simulate(struct sc_fabnet_cost *cost, const struct sc_fabnet *fabnet,
                       const struct sc_butterfly_call *call, const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    struct sc_fabnet_layer layers[SC_FABNET_LAYERS_MAX];
    *cost = (struct sc_fabnet_cost){0};
    int status = sc_butterfly_call_check(call, err);
    if (status)
        return status;
    unsigned count = sc_fabnet_layers(layers, fabnet, call);
    for (unsigned i = 0; i < count && !status; i++) {
        status = simulate_layer(cost, fabnet, &layers[i], err);
        if (!status && cancel && *cancel)
            status = sc_fail(err, SC_END, NULL, 0, "cancelled");
    }
    cost->bound = cost->compute >= cost->load ? SC_BOUND_COMPUTE : SC_BOUND_LOAD;
    if (cost->store > cost->compute && cost->store > cost->load)
        cost->bound = SC_BOUND_STORE;
    return status;
}
