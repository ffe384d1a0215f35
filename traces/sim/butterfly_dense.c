/* butterfly_dense.c - dense products and attention as tiles on the PEs of a multilayer dataflow array.
 *
 * A dense product gives every PE tiles of rows x SIMD words; operands are forwarded from PE to PE, which costs bubbles.
 * Attention gives every PE a word of queries of one head at a time and chains QK^T, row maximum, exponentials, sum, PV
 * and division (MLX, ISCA 2026).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly_parts.h"

enum { THOUSAND = 1000, STEPS_PER_BLOCK = 64, DMA_UNITS = 64, DMA_AHEAD = 8 };

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b ? 1 : 0);
}

void sc_dfg_add(struct sc_dfg_run *total, const struct sc_dfg_run *run)
{
    total->cycles += run->cycles;
    total->load += run->load;
    total->compute += run->compute;
    total->transfer += run->transfer;
    total->store += run->store;
    total->launch += run->launch;
    total->port += run->port;
    total->dram_thousandths += run->dram_thousandths;
    total->blocks += run->blocks;
    total->tasks += run->tasks;
    total->dram_read_bytes += run->dram_read_bytes;
    total->dram_write_bytes += run->dram_write_bytes;
}

void sc_dfg_to_cost(struct sc_butterfly_cost *cost, const struct sc_dfg_run *run)
{
    cost->cycles = (double)run->cycles;
    cost->busy[SC_BOUND_COMPUTE] = (double)run->compute;
    cost->busy[SC_BOUND_TRANSFER] = (double)run->transfer;
    cost->busy[SC_BOUND_LOAD] = (double)run->load;
    cost->busy[SC_BOUND_STORE] = (double)run->store;
    cost->busy[SC_BOUND_SPM] = (double)run->port;
    cost->busy[SC_BOUND_DRAM] = (double)run->dram_thousandths / THOUSAND;
    cost->busy[SC_BOUND_LAUNCH] = (double)run->launch;
    cost->dram_read_bytes = (double)run->dram_read_bytes;
    cost->dram_write_bytes = (double)run->dram_write_bytes;
    cost->bound = SC_BOUND_COMPUTE;
    for (int b = 0; b < SC_BUTTERFLY_BOUND_COUNT; b++)
        if (cost->busy[b] > cost->busy[cost->bound])
            cost->bound = (enum sc_butterfly_bound)b;
}

/* Slots of multiply-adds with the bubbles that forwarding of operands inserts. */
static uint64_t with_bubbles(const struct sc_butterfly_array *a, uint64_t slots)
{
    return slots + slots * a->dense_bubbles / a->dense_slots;
}

static uint64_t port_of(const struct sc_butterfly_array *a, uint64_t words)
{
    return divide_up(words * a->mesh_x * a->mesh_y * a->simd_lanes * a->element_bytes, a->spm_bytes_per_cycle);
}

static void set_load(struct sc_dfg_layer *layer, const struct sc_butterfly_array *a, uint64_t words)
{
    layer->load = words;
    layer->load_port = port_of(a, words);
}

static uint64_t set_dense(struct sc_dfg_stream *s, const struct sc_butterfly_array *a,
                          const struct sc_butterfly_call *c)
{
    uint64_t words = divide_up(c->tokens, a->simd_lanes);
    uint64_t across = divide_up(words, a->dense_tile), down = divide_up(c->n_out, a->dense_tile);
    uint64_t tile_words = divide_up(words, across), tile_rows = divide_up(c->n_out, down);
    uint64_t blocks = divide_up(c->n_in, STEPS_PER_BLOCK);
    s->layers = blocks < SC_DFG_LAYERS ? (unsigned)blocks : SC_DFG_LAYERS;
    for (unsigned l = 0; l < s->layers; l++) {
        uint64_t steps = c->n_in / s->layers + (l < c->n_in % s->layers ? 1 : 0);
        s->layer[l].compute = with_bubbles(a, steps * tile_rows * tile_words);
        /* Each PE of a column loads its share of the column's inputs, each of a row that of the row's weights. */
        set_load(&s->layer[l], a, divide_up(steps * tile_words, a->mesh_y) +
                                      divide_up(steps * tile_rows, (uint64_t)a->mesh_x * a->simd_lanes));
    }
    s->store = tile_rows * tile_words;
    s->store_port = port_of(a, s->store);
    return divide_up(across * down, (uint64_t)a->mesh_x * a->mesh_y);
}

static uint64_t set_attention(struct sc_dfg_stream *s, const struct sc_butterfly_array *a,
                              const struct sc_butterfly_call *c)
{
    uint64_t keys = c->n_in, width = c->n_out / c->heads, words = divide_up(c->tokens, a->simd_lanes);
    uint64_t operand = divide_up(keys * width, a->simd_lanes); /* K or V of a head, packed into words */
    const uint64_t slots[] = {with_bubbles(a, keys * width), keys, keys * a->special_divisor, keys,
                              with_bubbles(a, keys * width), width * a->special_divisor};
    s->layers = sizeof slots / sizeof slots[0];
    for (unsigned l = 0; l < s->layers; l++)
        s->layer[l].compute = slots[l];
    set_load(&s->layer[0], a, operand + width);
    set_load(&s->layer[4], a, operand);
    s->store = width;
    s->store_port = port_of(a, width);
    return divide_up(c->heads * words, (uint64_t)a->mesh_x * a->mesh_y);
}

static void set_bytes(struct sc_dfg *flow, const struct sc_butterfly_array *a, const struct sc_butterfly_call *c)
{
    struct sc_butterfly_traffic traffic = sc_butterfly_dense_traffic(a, c);
    flow->per_unit = divide_up(flow->instances, DMA_UNITS);
    uint64_t units = divide_up(flow->instances, flow->per_unit);
    uint64_t in = (uint64_t)traffic.in, out = (uint64_t)traffic.out;
    flow->unit_bytes_in = in / units;
    flow->unit_bytes_out = out / units;
    flow->last_bytes_in = in - flow->unit_bytes_in * (units - 1);
    flow->last_bytes_out = out - flow->unit_bytes_out * (units - 1);
    flow->ahead = DMA_AHEAD;
}

int sc_butterfly_simulate_dense(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                                double dram_bytes_per_cycle, const struct sc_butterfly_call *call,
                                const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    struct sc_dfg_stream stream = {.unit = 1};
    bool attention = call->kind == SC_BUTTERFLY_ATTENTION;
    struct sc_dfg flow = {
        .streams = 1, .stream = &stream, .tags = array->tags,
        .dram_rate = (uint64_t)(dram_bytes_per_cycle * THOUSAND + 0.5), .task_blocks = array->task_blocks,
        .task_cycles = array->task_handshake + (array->mesh_x - 1) + (array->mesh_y - 1),
        .load_latency = array->load_latency, .compute_latency = array->compute_latency,
    };
    flow.instances = attention ? set_attention(&stream, array, call) : set_dense(&stream, array, call);
    set_bytes(&flow, array, call);
    struct sc_dfg_run run;
    int status = sc_dfg_run(&run, &flow, cancel, err);
    if (status)
        return status;
    sc_dfg_to_cost(cost, &run);
    double wide = (double)array->mesh_x * array->mesh_y * array->simd_lanes * array->element_bytes;
    cost->spm_passes = cost->array_passes = 1;
    cost->spm_read_bytes = (double)run.load * wide;
    cost->spm_write_bytes = (double)run.store * wide;
    cost->multiplies = (double)call->tokens * (double)call->n_in * (double)call->n_out * (attention ? 2 : 1);
    cost->flop = 2 * cost->multiplies;
    cost->slots = cost->multiplies;
    return SC_OK;
}
