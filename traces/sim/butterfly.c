/* butterfly.c - butterflies and FFTs as streams of closed sets through a multilayer dataflow array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly.h"

#include <math.h>
#include <stddef.h>

#include "butterfly_parts.h"
#include "estimator/butterfly_counts.h"
#include "links.h"

enum { THOUSAND = 1000 };

/* A butterfly on an array: what its passes, groups and bytes are. */
struct job {
    const struct sc_butterfly_array *array;
    const struct sc_butterfly_call *call;
    struct sc_butterfly_counts counts;
    bool complex;
    uint64_t words;        /* per point: 2 when complex */
    uint64_t lanes, pes, closed; /* closed: points of a closed set, over all PEs */
    uint64_t groups;       /* of SIMD tokens */
    uint64_t weight_bytes; /* all of them */
    uint64_t stage_points;
    unsigned passes, bits[SC_BUTTERFLY_BITS_MAX]; /* scratchpad passes */
    bool reload;           /* the weights exceed the PEs: they come from the scratchpad with every instance */
};

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b ? 1 : 0);
}

static void job_init(struct job *j, const struct sc_butterfly_array *array, const struct sc_butterfly_call *call)
{
    *j = (struct job){.array = array, .call = call, .complex = call->kind == SC_BUTTERFLY_FFT};
    if (j->complex)
        sc_fft_counts(&j->counts, call->n_in, array->fft_slots);
    else
        sc_bpmm_counts(&j->counts, call->n_in, call->n_out);
    j->words = j->complex ? 2 : 1;
    j->lanes = array->simd_lanes;
    j->pes = (uint64_t)array->mesh_x * array->mesh_y;
    j->closed = j->pes * array->local_points;
    j->groups = divide_up(call->tokens, j->lanes);
    j->stage_points = j->complex ? array->stage_points_fft : array->stage_points_bpmm;
    j->weight_bytes = (j->complex ? j->counts.points : j->counts.weights) * array->element_bytes;
    j->passes = sc_stage_split((unsigned)j->counts.stages, sc_log2_ceil(j->stage_points), j->bits);
    j->reload = j->counts.points * j->counts.stacks > j->stage_points;
}

/* A layer of an array pass: strides below the number of PEs cross links, first along rows, then along columns. */
static void set_transfer(struct sc_dfg_layer *layer, const struct job *j, unsigned index)
{
    const struct sc_butterfly_array *a = j->array;
    unsigned across = sc_log2_ceil(a->mesh_x);
    if (index >= sc_log2_ceil(j->pes))
        return;
    struct sc_exchange e = index < across ? sc_links_exchange(a->mesh_x, 1u << index, a->skip_distance)
                                          : sc_links_exchange(a->mesh_y, 1u << (index - across), a->skip_distance);
    uint64_t swapped = divide_up(a->local_points * j->words, 2);
    layer->transfer = swapped * e.beats;
    layer->transfer_latency = (uint64_t)a->transfer_latency * e.hops;
}

static void set_stream(struct sc_dfg_stream *s, const struct job *j, unsigned layers, bool loads, bool stores)
{
    const struct sc_butterfly_array *a = j->array;
    uint64_t words = a->local_points * j->words;
    uint64_t port = divide_up(words * j->pes * j->lanes * a->element_bytes, a->spm_bytes_per_cycle);
    uint64_t per_layer = j->closed * (j->complex ? 1 : 2) * a->element_bytes;
    uint64_t weights = j->reload ? divide_up(per_layer * layers, a->spm_bytes_per_cycle) : 0;
    *s = (struct sc_dfg_stream){.layers = layers > 0 ? layers : 1}; /* one point: a block that computes nothing */
    for (unsigned l = 0; l < layers; l++) {
        s->layer[l].compute = a->local_points * (j->complex ? a->fft_slots : 2);
        set_transfer(&s->layer[l], j, l);
    }
    s->layer[0].load = weights + (loads ? words : 0);
    s->layer[0].load_port = weights + (loads ? port : 0);
    s->store = stores ? words : 0;
    s->store_port = stores ? port : 0;
}

/* The array passes of scratchpad passes first .. end - 1 as a chain of streams. */
static unsigned set_streams(struct sc_dfg_stream *stream, const struct job *j, unsigned first, unsigned end,
                            uint64_t per_unit, uint64_t ahead)
{
    unsigned n = 0, bits[SC_BUTTERFLY_BITS_MAX], limit = sc_log2_ceil(j->closed);
    uint64_t stage = divide_up(j->stage_points, j->closed);
    if (stage > per_unit * ahead) /* no more than the scratchpad holds */
        stage = per_unit * ahead;
    for (unsigned p = first; p < end; p++) {
        unsigned parts = sc_stage_split(j->bits[p], limit, bits);
        for (unsigned q = 0; q < parts && n < SC_DFG_STREAMS; q++, n++) {
            set_stream(&stream[n], j, bits[q], q == 0, q + 1 == parts);
            stream[n].unit = per_unit;
            if (q > 0) { /* what one array pass leaves in the PEs for the next, doubled */
                stream[n].unit = stage;
                stream[n].ahead = 2;
            }
        }
    }
    return n;
}

/* Bytes on one side of DRAM for so many tokens. */
static uint64_t side_bytes(const struct job *j, uint64_t tokens, bool inner, bool in)
{
    uint64_t e = j->array->element_bytes;
    const struct sc_butterfly_call *c = j->call;
    if (inner) /* between passes that go through DRAM: all points of all stacks */
        return tokens * j->counts.points * j->counts.stacks * j->words * e;
    if (in ? c->input_on_chip : c->output_on_chip)
        return 0;
    uint64_t words = j->complex && (in ? c->complex_in : c->complex_out) ? 2 : 1;
    return tokens * (in ? c->n_in : c->n_out) * words * e;
}

/* How tokens become DMA units: whole groups, or slices of one when that is too large. */
struct units {
    uint64_t groups, slices; /* one of them is 1 */
    uint64_t instances;      /* per unit */
    uint64_t buffers;        /* that the scratchpad holds */
};

static bool fit_units(struct units *u, const struct job *j, bool sliced)
{
    uint64_t room = j->array->spm_bytes - (j->weight_bytes < j->array->spm_bytes / 2 ? j->weight_bytes
                                                                                     : j->array->spm_bytes / 2);
    uint64_t copies = j->counts.stacks > 1 ? j->counts.stacks + 1 : 1;
    uint64_t group_bytes = j->lanes * j->array->element_bytes * j->words * j->counts.points * copies;
    *u = (struct units){1, 1, 0, 0};
    if (j->counts.points < j->closed)
        u->groups = j->closed / j->counts.points < j->groups ? j->closed / j->counts.points : j->groups;
    uint64_t whole = divide_up(j->counts.points * j->counts.stacks * u->groups, j->closed);
    uint64_t least = divide_up(UINT64_C(1) << j->bits[0], j->closed); /* a slice holds whole butterflies of a pass */
    while (sliced && u->slices * least < whole && room / (group_bytes * u->groups / u->slices) < 2)
        u->slices *= 2;
    u->instances = divide_up(whole, u->slices);
    u->buffers = room / (group_bytes * u->groups / u->slices);
    return u->buffers >= 2 || (u->buffers >= 1 && (j->passes == 1 || sliced));
}

/* Runs scratchpad passes first .. end - 1 and adds what they did to *run. */
static int run_passes(struct sc_dfg_run *total, const struct job *j, const struct units *u, unsigned first,
                      unsigned end, double rate, const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    struct sc_dfg_stream streams[SC_DFG_STREAMS];
    const struct sc_butterfly_array *a = j->array;
    uint64_t full = divide_up(j->groups, u->groups), per_unit = u->instances;
    uint64_t last_tokens = j->call->tokens - (full - 1) * u->groups * j->lanes;
    uint64_t last_groups = divide_up(last_tokens, j->lanes), unit_tokens = u->groups * j->lanes;
    bool in_inner = first > 0, out_inner = end < j->passes;
    struct sc_dfg flow = {
        .stream = streams, .per_unit = per_unit, .ahead = u->buffers, .tags = a->tags,
        .dram_rate = (uint64_t)(rate * THOUSAND + 0.5), .task_blocks = a->task_blocks,
        .task_cycles = a->task_handshake + (a->mesh_x - 1) + (a->mesh_y - 1),
        .load_latency = a->load_latency, .compute_latency = a->compute_latency,
        .unit_bytes_in = side_bytes(j, unit_tokens, in_inner, true),
        .unit_bytes_out = side_bytes(j, unit_tokens, out_inner, false),
        .last_bytes_in = side_bytes(j, last_tokens, in_inner, true),
        .last_bytes_out = side_bytes(j, last_tokens, out_inner, false),
    };
    if (u->slices > 1) { /* all slices alike */
        flow.last_bytes_in = flow.unit_bytes_in = side_bytes(j, j->call->tokens, in_inner, true) / (full * u->slices);
        flow.last_bytes_out = flow.unit_bytes_out =
            side_bytes(j, j->call->tokens, out_inner, false) / (full * u->slices);
    }
    uint64_t last_instances = divide_up(j->counts.points * j->counts.stacks * last_groups, j->closed);
    flow.instances = u->slices > 1 ? full * u->slices * per_unit : (full - 1) * per_unit + last_instances;
    flow.streams = set_streams(streams, j, first, end, per_unit, u->buffers);
    uint64_t weights = j->weight_bytes * (end - first) / j->passes;
    if (weights <= a->spm_bytes / 2) {
        flow.first_bytes = weights;
    } else {
        flow.unit_bytes_in += weights / u->slices;
        flow.last_bytes_in += weights / u->slices;
    }
    struct sc_dfg_run run;
    int status = sc_dfg_run(&run, &flow, cancel, err);
    if (!status)
        sc_dfg_add(total, &run);
    return status;
}

static int simulate_butterfly(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array, double rate,
                              const struct sc_butterfly_call *call, const volatile sig_atomic_t *cancel,
                              struct sc_error *err)
{
    struct job j;
    struct units u;
    struct sc_dfg_run total = {0};
    job_init(&j, array, call);
    int status = SC_OK;
    if (fit_units(&u, &j, false)) {
        status = run_passes(&total, &j, &u, 0, j.passes, rate, cancel, err);
    } else {
        if (!fit_units(&u, &j, true))
            return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "a stage of all lanes does not fit the scratchpad");
        for (unsigned p = 0; p < j.passes && !status; p++)
            status = run_passes(&total, &j, &u, p, p + 1, rate, cancel, err);
    }
    if (status)
        return status;
    sc_dfg_to_cost(cost, &total);
    unsigned bits[SC_BUTTERFLY_BITS_MAX];
    for (unsigned p = 0; p < j.passes; p++)
        cost->array_passes += sc_stage_split(j.bits[p], sc_log2_ceil(j.closed), bits);
    double points = (double)(j.groups * j.counts.points * j.counts.stacks), wide = (double)(j.pes * j.lanes);
    cost->spm_passes = j.passes;
    cost->transfer_words = (double)total.transfer * (double)j.pes / points;
    cost->spm_read_bytes = (double)total.load * wide * array->element_bytes;
    cost->spm_write_bytes = (double)total.store * wide * array->element_bytes;
    cost->multiplies = (double)(call->tokens * j.counts.multiplies);
    cost->flop = (double)(call->tokens * j.counts.flop);
    cost->slots = (double)(call->tokens * j.counts.slots);
    if (j.weight_bytes <= array->spm_bytes / 2)
        cost->weight_cycles = (double)j.weight_bytes / rate;
    return SC_OK;
}

int sc_butterfly_simulate(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                          double dram_bytes_per_cycle, const struct sc_butterfly_call *call,
                          const volatile sig_atomic_t *cancel, struct sc_error *err)
{
    *cost = (struct sc_butterfly_cost){0};
    int status = sc_butterfly_call_check(call, err);
    if (status)
        return status;
    if (call->kind == SC_BUTTERFLY_DENSE || call->kind == SC_BUTTERFLY_ATTENTION)
        return sc_butterfly_simulate_dense(cost, array, dram_bytes_per_cycle, call, cancel, err);
    return simulate_butterfly(cost, array, dram_bytes_per_cycle, call, cancel, err);
}
