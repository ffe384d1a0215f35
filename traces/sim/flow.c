/* flow.c - a discrete simulator of blocks in flight through the pipes of a multilayer dataflow array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow.h"

#include <inttypes.h>
#include <stdlib.h>

enum { THOUSAND = 1000, CANCEL_EVERY = 4096 };
static const uint64_t NEVER = UINT64_MAX;
static const uint64_t MOST_BLOCKS = UINT64_C(1) << 33;

enum pipe { LOAD, COMPUTE, TRANSFER, STORE, PIPES };

/* An instance in flight. */
struct slot {
    bool used;
    unsigned stream, layer;
    enum pipe next;   /* that it waits for */
    uint64_t tag;     /* its number within its stream: the smaller one wins */
    uint64_t ready;   /* for that pipe; when free: since when */
};

/* When units are complete; NEVER while that is open. */
struct boundary {
    uint64_t unit, units;
    uint64_t *produced, *consumed; /* by the stream before and the one behind */
};

struct state {
    const struct sc_dfg *flow;
    struct sc_dfg_run *run;
    struct slot slot[SC_DFG_TAGS];
    uint64_t free[PIPES], port_free, dram_free; /* dram_free: thousandths */
    uint64_t next[SC_DFG_STREAMS];     /* instance to be admitted */
    uint64_t finished[SC_DFG_STREAMS]; /* instances */
    uint64_t latest[SC_DFG_STREAMS];   /* end of the last to finish */
    struct boundary boundary[SC_DFG_STREAMS + 1]; /* 0: DMA in, streams: DMA out, else before that stream */
    uint64_t read_units, written_units;
};

/* The best thing to do next: earliest, then smallest tag, then in the order looked at. */
struct choice {
    enum { NOTHING, ADVANCE, ADMIT, READ, WRITE } what;
    unsigned which;
    uint64_t start, tag;
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void offer(struct choice *best, struct choice c)
{
    if (c.start != NEVER &&
        (best->what == NOTHING || c.start < best->start || (c.start == best->start && c.tag < best->tag)))
        *best = c;
}

static const struct sc_dfg_layer *layer_of(const struct state *s, const struct slot *slot)
{
    return &s->flow->stream[slot->stream].layer[slot->layer];
}

static uint64_t port_cycles(const struct state *s, const struct slot *slot)
{
    if (slot->next == LOAD)
        return layer_of(s, slot)->load_port;
    return slot->next == STORE ? s->flow->stream[slot->stream].store_port : 0;
}

static void offer_advances(struct choice *best, const struct state *s)
{
    for (unsigned i = 0; i < s->flow->tags; i++) {
        const struct slot *slot = &s->slot[i];
        if (!slot->used)
            continue;
        uint64_t start = later(slot->ready, s->free[slot->next]);
        if (port_cycles(s, slot))
            start = later(start, s->port_free);
        offer(best, (struct choice){ADVANCE, i, start, slot->tag});
    }
}

/* When the next instance of a stream may start; NEVER while something it needs has not been scheduled. */
static uint64_t admissible(const struct state *s, unsigned stream)
{
    uint64_t tag = s->next[stream];
    if (tag == s->flow->instances)
        return NEVER;
    uint64_t when = s->boundary[stream].produced[tag / s->boundary[stream].unit];
    if (stream + 1 < s->flow->streams && when != NEVER) {
        uint64_t ahead = s->flow->stream[stream + 1].ahead, unit = tag / s->boundary[stream + 1].unit;
        if (ahead && unit >= ahead)
            when = later(when, s->boundary[stream + 1].consumed[unit - ahead]);
    }
    return when;
}

static void offer_admissions(struct choice *best, const struct state *s)
{
    uint64_t since = NEVER;
    for (unsigned i = 0; i < s->flow->tags; i++)
        if (!s->slot[i].used && s->slot[i].ready < since)
            since = s->slot[i].ready;
    if (since == NEVER)
        return;
    for (unsigned stream = 0; stream < s->flow->streams; stream++) {
        uint64_t when = admissible(s, stream);
        if (when != NEVER)
            offer(best, (struct choice){ADMIT, stream, later(when, since), s->next[stream]});
    }
}

static uint64_t thousandths(uint64_t cycles)
{
    return cycles > NEVER / THOUSAND ? NEVER : cycles * THOUSAND;
}

static uint64_t whole(uint64_t thousandths_of)
{
    return thousandths_of / THOUSAND + (thousandths_of % THOUSAND ? 1 : 0);
}

/* DMA commands come in a fixed order: `ahead` units in, then one unit out and the next one in, in turn.  A unit goes
 * out when the last stream is through with it. */
static void offer_dram(struct choice *best, const struct state *s)
{
    const struct boundary *in = &s->boundary[0], *out = &s->boundary[s->flow->streams];
    uint64_t free = whole(s->dram_free);
    if (s->read_units < in->units && s->read_units - s->written_units < s->flow->ahead)
        offer(best, (struct choice){READ, 0, free, s->read_units * s->flow->per_unit});
    else if (s->written_units < out->units && out->produced[s->written_units] != NEVER)
        offer(best, (struct choice){WRITE, 0, later(free, out->produced[s->written_units]),
                                    s->written_units * s->flow->per_unit});
}

/* Moves bytes through DRAM from `start` (cycles) on and returns the cycle by which they have arrived. */
static uint64_t move_bytes(struct state *s, uint64_t start, uint64_t bytes)
{
    uint64_t from = start == whole(s->dram_free) ? s->dram_free : thousandths(start); /* back to back within a cycle */
    uint64_t takes = bytes * THOUSAND / s->flow->dram_rate * THOUSAND +
                     bytes * THOUSAND % s->flow->dram_rate * THOUSAND / s->flow->dram_rate;
    s->dram_free = from + takes;
    s->run->dram_thousandths += takes;
    return whole(s->dram_free);
}

static void finish_instance(struct state *s, unsigned stream, uint64_t end)
{
    s->latest[stream] = later(s->latest[stream], end);
    uint64_t done = ++s->finished[stream], all = s->flow->instances;
    struct boundary *before = &s->boundary[stream], *behind = &s->boundary[stream + 1];
    if (done % behind->unit == 0 || done == all)
        behind->produced[(done - 1) / behind->unit] = s->latest[stream];
    if (stream > 0 && (done % before->unit == 0 || done == all))
        before->consumed[(done - 1) / before->unit] = s->latest[stream];
    s->run->cycles = later(s->run->cycles, end);
}

/* What follows the pipe that ends at `end`: the pipe that the instance needs next, or nothing. */
static void follow(struct state *s, struct slot *slot, uint64_t end)
{
    const struct sc_dfg_stream *stream = &s->flow->stream[slot->stream];
    const struct sc_dfg_layer *layer = layer_of(s, slot);
    enum pipe done = slot->next;
    if (done == LOAD) {
        slot->next = COMPUTE;
        slot->ready = end + s->flow->load_latency;
        return;
    }
    if (done == COMPUTE)
        end += s->flow->compute_latency;
    if (done == COMPUTE && layer->transfer) {
        slot->next = TRANSFER;
    } else if (done != STORE) {
        end += done == TRANSFER ? layer->transfer_latency : 0;
        if (slot->layer + 1 < stream->layers) {
            slot->layer++;
            slot->next = layer_of(s, slot)->load ? LOAD : COMPUTE;
        } else if (stream->store) {
            slot->next = STORE;
        } else {
            slot->used = false;
        }
    } else {
        slot->used = false;
    }
    slot->ready = end;
    if (!slot->used)
        finish_instance(s, slot->stream, end);
}

static void advance(struct state *s, struct slot *slot, uint64_t start)
{
    const struct sc_dfg_layer *layer = layer_of(s, slot);
    struct sc_dfg_run *run = s->run;
    uint64_t end = start;
    uint64_t port = port_cycles(s, slot);
    switch (slot->next) {
    case LOAD:
        end += later(layer->load, port);
        run->load += layer->load;
        break;
    case COMPUTE:
        if (run->blocks++ % s->flow->task_blocks == 0) {
            run->tasks++;
            run->launch += s->flow->task_cycles;
            end += s->flow->task_cycles;
        }
        end += layer->compute;
        run->compute += layer->compute;
        break;
    case TRANSFER:
        end += layer->transfer;
        run->transfer += layer->transfer;
        break;
    default:
        end += later(s->flow->stream[slot->stream].store, port);
        run->store += s->flow->stream[slot->stream].store;
    }
    s->free[slot->next] = end;
    if (port) {
        s->port_free = start + port;
        run->port += port;
    }
    follow(s, slot, end);
}

static void admit(struct state *s, unsigned stream, uint64_t start)
{
    struct slot *slot = NULL;
    for (unsigned i = 0; i < s->flow->tags; i++)
        if (!s->slot[i].used && (!slot || s->slot[i].ready < slot->ready))
            slot = &s->slot[i];
    enum pipe first = s->flow->stream[stream].layer[0].load ? LOAD : COMPUTE;
    *slot = (struct slot){.used = true, .stream = stream, .next = first, .tag = s->next[stream]++, .ready = start};
}

static void read_unit(struct state *s, uint64_t start)
{
    bool last = s->read_units + 1 == s->boundary[0].units;
    uint64_t bytes = last ? s->flow->last_bytes_in : s->flow->unit_bytes_in;
    s->boundary[0].produced[s->read_units++] = bytes ? move_bytes(s, start, bytes) : start;
    s->run->dram_read_bytes += bytes;
}

static void write_unit(struct state *s, uint64_t start)
{
    struct boundary *out = &s->boundary[s->flow->streams];
    bool last = s->written_units + 1 == out->units;
    uint64_t bytes = last ? s->flow->last_bytes_out : s->flow->unit_bytes_out;
    uint64_t end = bytes ? move_bytes(s, start, bytes) : start;
    out->consumed[s->written_units++] = end;
    s->run->dram_write_bytes += bytes;
    s->run->cycles = later(s->run->cycles, end);
}

static bool step(struct state *s)
{
    struct choice best = {.what = NOTHING};
    offer_advances(&best, s);
    offer_admissions(&best, s);
    offer_dram(&best, s);
    switch (best.what) {
    case NOTHING: return false;
    case ADVANCE: advance(s, &s->slot[best.which], best.start); break;
    case ADMIT: admit(s, best.which, best.start); break;
    case READ: read_unit(s, best.start); break;
    case WRITE: write_unit(s, best.start); break;
    }
    return true;
}

static int open_boundaries(struct state *s, struct sc_error *err)
{
    for (unsigned b = 0; b <= s->flow->streams; b++) {
        struct boundary *edge = &s->boundary[b];
        edge->unit = b == 0 || b == s->flow->streams ? s->flow->per_unit : s->flow->stream[b].unit;
        edge->units = (s->flow->instances + edge->unit - 1) / edge->unit;
        edge->produced = malloc((edge->units + 1) * sizeof *edge->produced);
        edge->consumed = malloc((edge->units + 1) * sizeof *edge->consumed);
        if (!edge->produced || !edge->consumed)
            return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %" PRIu64 " units in flight", edge->units);
        for (uint64_t u = 0; u < edge->units; u++)
            edge->produced[u] = edge->consumed[u] = NEVER;
    }
    return SC_OK;
}

static int check_size(const struct sc_dfg *flow, struct sc_error *err)
{
    uint64_t layers = 0;
    for (unsigned i = 0; i < flow->streams; i++)
        layers += flow->stream[i].layers;
    if (flow->instances > MOST_BLOCKS / layers)
        return sc_fail(err, SC_UNSUPPORTED, NULL, 0,
                       "simulating it would take %" PRIu64 " x %" PRIu64 " blocks, more than the %" PRIu64
                       " that are simulated; use estimate", flow->instances, layers, MOST_BLOCKS);
    return SC_OK;
}

int sc_dfg_run(struct sc_dfg_run *run, const struct sc_dfg *flow, const volatile sig_atomic_t *cancel,
                struct sc_error *err)
{
    struct state s = {.flow = flow, .run = run};
    *run = (struct sc_dfg_run){0};
    int status = check_size(flow, err);
    if (!status)
        status = open_boundaries(&s, err);
    if (!status) {
        if (flow->first_bytes)
            move_bytes(&s, 0, flow->first_bytes);
        run->dram_read_bytes = flow->first_bytes;
        for (uint64_t steps = 1; step(&s); steps++)
            if (cancel && steps % CANCEL_EVERY == 0 && *cancel) {
                status = sc_fail(err, SC_END, NULL, 0, "cancelled");
                break;
            }
    }
    if (!status && s.finished[flow->streams - 1] != flow->instances)
        status = sc_fail(err, SC_UNSUPPORTED, NULL, 0, "its units wait for one another: the scratchpad is too small");
    for (unsigned b = 0; b <= flow->streams; b++) {
        free(s.boundary[b].produced);
        free(s.boundary[b].consumed);
    }
    if (status)
        *run = (struct sc_dfg_run){0};
    return status;
}
