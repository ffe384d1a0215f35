/* butterfly.c - closed form of the multilayer butterfly array: the busiest resource, what is exposed around it.
 *
 * The tokens of a call stream through in U units, up to A of which are on the chip: A units come in, then one goes out
 * and the next comes in, in turn.  With r and w the DRAM cycles of a unit's way in and out, L its cycles in the PEs
 * when it is alone and T those of all units there, all after the weights,
 *
 *   first write  F = max(A r, r + L)
 *   last read    R = F + (U - A) max(r + w, (r + w + L) / A)        (U r when all fit at once)
 *   cycles       C = max(R' + A w, max(R + L, r + T) + w)           R' = F for U = A, else R
 *
 * Short units of which several fill one stage of the PEs wait for one another: W r in place of r in F, and the last L
 * is theirs.  The reference formula (the largest of compute, transfer, load, store, scratchpad and DRAM cycles, fill
 * once per kernel, launch share) has the same terms; its fitted launch share is here the explicit time of a
 * configuration per task_blocks blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "butterfly.h"

#include <math.h>

#include "../butterfly_counts.h"
#include "../numeric.h"

/* A butterfly as the closed form sees it. */
struct shape {
    const struct sc_butterfly_array *array;
    const struct sc_butterfly_call *call;
    bool complex;
    double words;            /* per point */
    double points, stacks, weights, slots;
    double pes, closed, groups;
    double weight_bytes;
    unsigned passes, bits[SC_BUTTERFLY_BITS_MAX];
    bool reload;
    double launch;           /* cycles per block */
};

static void shape_init(struct shape *s, const struct sc_butterfly_array *a, const struct sc_butterfly_call *call)
{
    unsigned stages = sc_log2_ceil(call->n_in);
    *s = (struct shape){.array = a, .call = call, .complex = call->kind == SC_BUTTERFLY_FFT};
    double longest = s->complex ? a->stage_points_fft : a->stage_points_bpmm;
    s->words = s->complex ? 2 : 1;
    s->points = ldexp(1, (int)stages);
    s->stacks = s->complex ? 1 : ceil((double)call->n_out / s->points);
    s->slots = s->complex ? a->fft_slots : 2;
    s->pes = (double)a->mesh_x * a->mesh_y;
    s->closed = s->pes * a->local_points;
    s->groups = ceil((double)call->tokens / a->simd_lanes);
    s->weights = s->complex ? s->points : 2 * s->points * stages * s->stacks;
    s->weight_bytes = s->weights * a->element_bytes;
    s->passes = sc_stage_split(stages, sc_log2_ceil((uint64_t)longest), s->bits);
    s->reload = s->points * s->stacks > longest;
    s->launch = (a->task_handshake + a->mesh_x + a->mesh_y - 2.0) / a->task_blocks;
}

/* Beats per word and hops of an exchange at a distance: long links carry each word in distance / skip jumps and overlap
 * as often; without them every hop is a unit link. */
static double link_beats(double distance, double skip)
{
    return distance >= skip ? sc_max(1, distance / skip) : distance;
}

/* Cycles per instance of one or more array passes, by pipe.  `alone`: what the blocks of an instance that is alone take
 * beyond their compute; `exposed`: what is left of that when a unit's instances fill each other's gaps. */
struct pace {
    double compute, launch, transfer, load, store, port, alone, exposed;
    double first; /* of a sum: compute and launch of the first of them */
};

/* Instances that run side by side before the compute pipe is full: `gap` is the longest wait after a block of `block`
 * cycles. Of n instances the last n mod that many cannot fill it. */
static double last_batch(double n, double block, double gap, double tags)
{
    return fmod(n - 1, sc_min(tags, ceil((block + gap) / block))) + 1;
}

static struct pace pass_pace(const struct shape *s, unsigned layers, bool loads, bool stores, double unit)
{
    const struct sc_butterfly_array *a = s->array;
    double words = a->local_points * s->words, swapped = ceil(words / 2);
    double port = ceil(words * s->pes * a->simd_lanes * a->element_bytes / a->spm_bytes_per_cycle);
    double weights =
        s->reload ? ceil(s->closed * (s->complex ? 1 : 2) * a->element_bytes * layers / a->spm_bytes_per_cycle) : 0;
    double block = a->local_points * s->slots + s->launch, longest = a->compute_latency;
    double gap[SC_BUTTERFLY_BITS_MAX];
    struct pace p = {
        .compute = layers * a->local_points * s->slots, .launch = layers * s->launch,
        .load = weights + (loads ? words : 0), .store = stores ? words : 0,
        .port = weights + (loads ? port : 0) + (stores ? port : 0),
    };
    for (unsigned l = 0; l < layers; l++) {
        unsigned across = sc_log2_ceil(a->mesh_x);
        gap[l] = a->compute_latency;
        if (l >= sc_log2_ceil((uint64_t)s->pes))
            continue;
        double beats = link_beats(ldexp(1, (int)(l < across ? l : l - across)), a->skip_distance);
        p.transfer += swapped * beats;
        gap[l] += (swapped + a->transfer_latency) * beats;
        longest = sc_max(longest, gap[l]);
    }
    double batch = last_batch(unit, block, longest, a->tags);
    double ends =
        (p.load > 0 ? sc_max(p.load, weights + port) + a->load_latency : 0) + (stores ? sc_max(p.store, port) : 0);
    p.alone = p.exposed = ends;
    for (unsigned l = 0; l < layers; l++) {
        p.alone += gap[l];
        p.exposed += l + 1 < layers ? sc_max(0, gap[l] - (batch - 1) * block) : gap[l];
    }
    if (batch > 1)
        p.exposed += s->launch * a->task_blocks; /* a configuration falls into the last batch */
    double busy = p.compute + p.launch, tagged = (busy + p.alone) / a->tags;
    if (tagged > busy) /* the tags in flight limit: all but their share of the last instance's chain is left */
        p.exposed = busy + p.alone - tagged;
    return p;
}

/* The paces of scratchpad passes first .. end - 1 added up, instances coming in units of `unit`, `all` of them;
 * *tagged: cycles per instance when only the tags in flight limit. */
static struct pace sum_paces(const struct shape *s, unsigned first, unsigned end, double unit, double all,
                             double *tagged, unsigned *array_passes)
{
    struct pace sum = {0};
    unsigned bits[SC_BUTTERFLY_BITS_MAX], limit = sc_log2_ceil((uint64_t)s->closed);
    double stage = (s->complex ? s->array->stage_points_fft : s->array->stage_points_bpmm) / s->closed;
    *tagged = 0;
    for (unsigned p = first; p < end; p++) {
        unsigned parts = sc_stage_split(s->bits[p], limit, bits);
        for (unsigned q = 0; q < parts; q++) {
            double together = parts > 1 ? sc_min(sc_max(1, stage), all) : end - first > 1 ? sc_min(unit, all) : all;
            struct pace one = pass_pace(s, bits[q], q == 0, q + 1 == parts, together);
            double busy = one.compute + one.launch;
            *tagged += sc_max(busy, (busy + one.alone) / s->array->tags);
            if (p == first && q == 0)
                sum.first = one.compute + one.launch;
            sum.compute += one.compute;
            sum.launch += one.launch;
            sum.transfer += one.transfer;
            sum.load += one.load;
            sum.store += one.store;
            sum.port += one.port;
            sum.alone += one.alone;
            sum.exposed += one.exposed;
        }
        *array_passes += parts;
    }
    return sum;
}

/* DMA units: whole groups of tokens, or slices of one that is too large for the scratchpad. */
struct cut {
    double groups, slices, instances, units, ahead;
};

static bool cut_units(struct cut *c, const struct shape *s, bool sliced)
{
    double spm = (double)s->array->spm_bytes, room = spm - sc_min(s->weight_bytes, floor(spm / 2));
    double copies = s->stacks > 1 ? s->stacks + 1 : 1;
    double group_bytes = (double)s->array->simd_lanes * s->array->element_bytes * s->words * s->points * copies;
    *c = (struct cut){.groups = sc_min(sc_max(1, s->closed / s->points), s->groups), .slices = 1};
    double whole = ceil(s->points * s->stacks * c->groups / s->closed);
    double least = ceil(ldexp(1, (int)s->bits[0]) / s->closed); /* a slice holds whole butterflies of a pass */
    while (sliced && c->slices * least < whole && floor(room / (group_bytes * c->groups / c->slices)) < 2)
        c->slices *= 2;
    c->instances = ceil(whole / c->slices);
    c->units = ceil(s->groups / c->groups) * c->slices;
    double buffers = floor(room / (group_bytes * c->groups / c->slices));
    c->ahead = sc_min(sc_max(1, buffers), c->units);
    return buffers >= 2 || (buffers >= 1 && s->passes == 1);
}

/* Units that wait for one another: where a scratchpad pass takes several array passes, what goes from one to the next
 * is a whole stage of the PEs, which may be several short units. */
static double waiting_units(const struct cut *c, const struct shape *s)
{
    double stage = (s->complex ? s->array->stage_points_fft : s->array->stage_points_bpmm) / s->closed;
    bool several = ldexp(1, (int)s->bits[0]) > s->closed;
    return several && c->slices < 2 && stage > c->instances ? sc_min(floor(stage / c->instances), c->ahead) : 1;
}

/* A stream of units as DRAM and PEs see it, all in cycles. */
struct streaming {
    double units, ahead, in, out; /* U, A, r, w, these of a full unit */
    double all_in, all_out;       /* of all units, the last of which may be short */
    double waiting;               /* W: units that wait for one another */
    double first, last;           /* from the last one's arrival to the first one's and the last one's end (L) */
    double all;                   /* of all units in the PEs (T) */
};

/* Cycles after the weights have come, see the top of this file. */
static double stream_cycles(const struct streaming *s)
{
    double in = s->all_in / s->units, out = s->all_out / s->units; /* on average */
    double first_write = sc_max(sc_min(s->ahead * s->in, s->all_in), sc_min(s->waiting * s->in, s->all_in) + s->first);
    double drain = first_write + s->all_out, last_read = s->all_in;
    if (s->units > s->ahead) {
        last_read = first_write + (s->units - s->ahead) * sc_max(in + out, (in + out + s->last) / s->ahead);
        drain = last_read + s->ahead * out;
    }
    double end = last_read + sc_max(s->last, s->first + (s->waiting - 1) * out);
    double last_out = sc_max(0, s->all_out - (s->units - 1) * s->out);
    return sc_max(drain, sc_max(end, sc_min(s->in, s->all_in) + s->all) + last_out);
}

static double side_bytes(const struct shape *s, bool inner, bool in)
{
    double e = s->array->element_bytes, tokens = (double)s->call->tokens;
    if (inner)
        return tokens * s->points * s->stacks * s->words * e;
    if (in ? s->call->input_on_chip : s->call->output_on_chip)
        return 0;
    bool two = s->complex && (in ? s->call->complex_in : s->call->complex_out);
    return tokens * (double)(in ? s->call->n_in : s->call->n_out) * (two ? 2 : 1) * e;
}

/* Adds the scratchpad passes first .. end - 1, run as one kernel. */
static void add_passes(struct sc_butterfly_cost *cost, const struct shape *s, const struct cut *c, double rate,
                       unsigned first, unsigned end)
{
    double tagged, instances = ceil(s->groups * s->points * s->stacks / s->closed);
    double unit_instances = sc_min(instances, c->instances);
    struct pace p = sum_paces(s, first, end, unit_instances, instances, &tagged, &cost->array_passes);
    unsigned unused = 0;
    double slower;
    struct pace own = sum_paces(s, first, end, unit_instances, unit_instances, &slower, &unused);
    double pace = sc_max(sc_max(sc_max(tagged, p.transfer), sc_max(p.load, p.store)), p.port);
    double weights = s->weight_bytes * (end - first) / s->passes;
    double in = side_bytes(s, first > 0, true), out = side_bytes(s, end < s->passes, false);
    bool stays = weights <= floor((double)s->array->spm_bytes / 2);
    if (!stays)
        in += weights * ceil(s->groups / c->groups);
    double per_token =
        c->groups / c->slices * s->array->simd_lanes / (double)s->call->tokens / rate; /* of a full unit */
    double unit_in = in * per_token, unit_out = out * per_token;
    double fetch = stays ? weights / rate : 0;
    double waiting = waiting_units(c, s), together = sc_min(instances, c->instances * waiting);
    double first_pass = tagged > 0 ? own.first / tagged * pace : 0; /* of the pace, the first array pass's share */
    struct streaming stream = {
        .units = c->units,
        .ahead = c->ahead,
        .in = unit_in,
        .out = unit_out,
        .all_in = in / rate,
        .all_out = out / rate,
        .waiting = waiting,
        .first = unit_instances * pace + own.exposed,
        .last = unit_instances * first_pass + together * (pace - first_pass) + own.exposed,
        .all = instances * pace + p.exposed,
    };
    cost->cycles += fetch + stream_cycles(&stream);
    cost->weight_cycles += fetch;
    cost->busy[SC_BOUND_COMPUTE] += instances * p.compute;
    cost->busy[SC_BOUND_LAUNCH] += instances * p.launch + p.exposed;
    cost->busy[SC_BOUND_TRANSFER] += instances * p.transfer;
    cost->busy[SC_BOUND_LOAD] += instances * p.load;
    cost->busy[SC_BOUND_STORE] += instances * p.store;
    cost->busy[SC_BOUND_SPM] += instances * p.port;
    cost->busy[SC_BOUND_DRAM] += (weights * (stays ? 1 : 0) + in + out) / rate;
    cost->dram_read_bytes += weights * (stays ? 1 : 0) + in;
    cost->dram_write_bytes += out;
}

static void name_bound(struct sc_butterfly_cost *cost)
{
    cost->bound = SC_BOUND_COMPUTE;
    for (int b = 0; b < SC_BUTTERFLY_BOUND_COUNT; b++)
        if (cost->busy[b] > cost->busy[cost->bound])
            cost->bound = (enum sc_butterfly_bound)b;
}

static void estimate_butterfly(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *a, double rate,
                               const struct sc_butterfly_call *call)
{
    struct shape s;
    struct cut c;
    shape_init(&s, a, call);
    if (cut_units(&c, &s, false)) {
        add_passes(cost, &s, &c, rate, 0, s.passes);
    } else {
        cut_units(&c, &s, true);
        for (unsigned p = 0; p < s.passes; p++)
            add_passes(cost, &s, &c, rate, p, p + 1);
    }
    double stages = log2(s.points), wide = s.pes * a->simd_lanes * a->element_bytes;
    double units = (double)call->tokens * s.points * s.stacks * stages / 2; /* 2x2 blocks */
    cost->spm_passes = s.passes;
    cost->transfer_words = cost->busy[SC_BOUND_TRANSFER] * s.pes / (s.groups * s.points * s.stacks);
    cost->spm_read_bytes = cost->busy[SC_BOUND_LOAD] * wide;
    cost->spm_write_bytes = cost->busy[SC_BOUND_STORE] * wide;
    cost->multiplies = 4 * units;
    cost->flop = (s.complex ? 10 : 6) * units;
    cost->slots = 2 * s.slots * units;
    name_bound(cost);
}

/* Dense products and attention: slots of all tiles over the PEs, next to DRAM; the same bubbles and launches. */
struct tiles {
    double instances, slots, blocks, load, store, port, latency;
};

static double stretched(const struct sc_butterfly_array *a, double slots)
{
    return slots * (1 + (double)a->dense_bubbles / a->dense_slots);
}

static struct tiles dense_tiles(const struct sc_butterfly_array *a, const struct sc_butterfly_call *c, double pes)
{
    double words = ceil((double)c->tokens / a->simd_lanes), k = (double)c->n_in;
    double across = ceil(words / a->dense_tile), down = ceil((double)c->n_out / a->dense_tile);
    double tile_words = ceil(words / across), tile_rows = ceil((double)c->n_out / down);
    struct tiles t = {.instances = ceil(across * down / pes), .slots = stretched(a, k * tile_rows * tile_words)};
    t.blocks = sc_min(ceil(k / 64), 64); /* blocks of up to 64 steps, no more than 64 of them */
    t.load = k * (tile_words / a->mesh_y + tile_rows / ((double)a->mesh_x * a->simd_lanes));
    t.store = tile_rows * tile_words;
    return t;
}

static struct tiles attention_tiles(const struct sc_butterfly_array *a, const struct sc_butterfly_call *c, double pes)
{
    double words = ceil((double)c->tokens / a->simd_lanes), k = (double)c->n_in;
    double width = (double)c->n_out / (double)c->heads;
    struct tiles t = {.instances = ceil((double)c->heads * words / pes), .blocks = 6};
    t.slots = 2 * stretched(a, k * width) + k * (2 + a->special_divisor) + width * a->special_divisor;
    t.load = 2 * k * width / a->simd_lanes + width;
    t.store = width;
    return t;
}

static void estimate_tiles(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *a, double rate,
                           const struct sc_butterfly_call *call)
{
    bool attention = call->kind == SC_BUTTERFLY_ATTENTION;
    double pes = (double)a->mesh_x * a->mesh_y, wide = pes * a->simd_lanes * a->element_bytes;
    struct tiles t = attention ? attention_tiles(a, call, pes) : dense_tiles(a, call, pes);
    double launch = t.blocks * (a->task_handshake + a->mesh_x + a->mesh_y - 2.0) / a->task_blocks;
    double port = (t.load + t.store) * wide / a->spm_bytes_per_cycle;
    double loads = attention ? 2 : t.blocks;
    double latency = t.blocks * a->compute_latency + loads * a->load_latency + t.load + t.store;
    double pace = sc_max(sc_max(t.slots + launch, (t.slots + launch + latency) / a->tags), sc_max(t.load, port));
    struct sc_butterfly_traffic traffic = sc_butterfly_dense_traffic(a, call);
    double per_unit = ceil(t.instances / 64), units = ceil(t.instances / per_unit); /* at most 64 DMA units */
    double in = traffic.in / units / rate, out = traffic.out / units / rate;
    struct streaming stream = {
        .units = units, .ahead = sc_min(8, units), .in = in, .out = out, .all_in = in * units, .all_out = out * units,
        .waiting = 1,
        .first = per_unit * pace + latency, .last = per_unit * pace + latency, .all = t.instances * pace + latency,
    };
    cost->cycles = stream_cycles(&stream);
    cost->busy[SC_BOUND_COMPUTE] = t.instances * t.slots;
    cost->busy[SC_BOUND_LAUNCH] = t.instances * launch + latency;
    cost->busy[SC_BOUND_LOAD] = t.instances * t.load;
    cost->busy[SC_BOUND_STORE] = t.instances * t.store;
    cost->busy[SC_BOUND_SPM] = t.instances * port;
    cost->busy[SC_BOUND_DRAM] = (traffic.in + traffic.out) / rate;
    cost->spm_passes = cost->array_passes = 1;
    cost->spm_read_bytes = t.instances * t.load * wide;
    cost->spm_write_bytes = t.instances * t.store * wide;
    cost->dram_read_bytes = traffic.in;
    cost->dram_write_bytes = traffic.out;
    cost->multiplies = (double)call->tokens * (double)call->n_in * (double)call->n_out * (attention ? 2 : 1);
    cost->flop = 2 * cost->multiplies;
    cost->slots = cost->multiplies;
    name_bound(cost);
}

void sc_butterfly_estimate(struct sc_butterfly_cost *cost, const struct sc_butterfly_array *array,
                           double dram_bytes_per_cycle, const struct sc_butterfly_call *call)
{
    *cost = (struct sc_butterfly_cost){0};
    if (call->kind == SC_BUTTERFLY_BPMM || call->kind == SC_BUTTERFLY_FFT)
        estimate_butterfly(cost, array, dram_bytes_per_cycle, call);
    else
        estimate_tiles(cost, array, dram_bytes_per_cycle, call);
}
