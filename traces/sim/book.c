/* book.c - the two timing policies: how loads, steps, merge passes and windows become cycles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Blocking: the counts so far as cycles. */
static void blocking_cycles(const struct sc_sim *s, struct sc_sim_result *r)
{
    const struct sc_machine *m = s->machine;
    const struct sc_tally *t = &s->tally;
    r->stationary_cycles = m->step_fixed * (double)t->loads + (double)t->load_banks +
                           m->empty_step * (double)t->empty_loads + m->stationary_fixed * (double)r->tiles;
    r->stream_cycles = m->step_fixed * (double)t->steps + (double)t->banks + m->empty_step * (double)t->empty_steps +
                       (double)t->merged + s->tile_drain * (double)t->drains + (double)t->levels;
    r->merge_cycles = (double)r->merge_outputs + m->drain * (double)r->merge_passes +
                      m->empty_row * (double)t->empty_rows;
    r->stall_cycles = sc_dram_exposed(&s->dram, t->missing_steps, t->later_lines) + (double)t->replayed;
    r->cycles = r->stationary_cycles + r->stream_cycles + r->merge_cycles + r->stall_cycles;
}

/* Blocking: reports what happened since the last phase. */
static void trace_phase(struct sc_sim *s, const char *name, uint64_t events)
{
    if (!s->options.trace || !s->blocking)
        return;
    blocking_cycles(s, s->r);
    struct sc_sim_phase phase = {.name = name, .start = s->traced, .end = s->r->cycles, .events = events};
    s->options.trace(&phase, s->options.context);
    s->traced = phase.end;
}

static void close_window(struct sc_sim *s)
{
    if (!s->window_open)
        return;
    double end = sc_dram_window(&s->dram, &s->window);
    if (s->options.trace) {
        struct sc_sim_phase phase = {.name = s->merging ? "merge" : "stream", .start = end - (double)s->window.on_chip,
                                     .end = end, .events = s->window_events};
        s->options.trace(&phase, s->options.context);
    }
    s->window_open = false;
}

static void open_window(struct sc_sim *s, bool merging)
{
    close_window(s);
    s->window = (struct sc_window){0};
    s->window_steps = s->window_events = 0;
    s->window_open = true;
    s->merging = merging;
    if (merging && s->refill)
        s->window.fill = s->fill;
    s->refill = s->refill && !merging;
}

void sc_sim_stationary(struct sc_sim *sim, uint64_t first, uint64_t count)
{
    struct sc_sim *s = sim;
    s->r->tiles++;
    s->r->stationary_words += count;
    if (s->blocking && count == 0) {
        s->tally.empty_loads++;
    } else if (s->blocking) {
        struct sc_access access = s->cache.replay ? sc_cache_read_replayed(&s->cache, SC_NO_WORD, first, count)
                                                  : sc_cache_read(&s->cache, SC_NO_WORD, first, count);
        s->tally.loads++;
        s->tally.load_banks += access.banks;
        double waits = sc_sim_missing(s, &s->tally, access, &s->replay.wait);
        sc_sim_pass(s, s->machine->step_fixed + (double)access.banks + waits + s->machine->stationary_fixed);
    } else {
        open_window(s, false);
        for (uint64_t left = count; left > 0;)
            left -= sc_fifo_pop(&s->fifo, sc_fifo_push(&s->fifo, left));
        s->tile_cycles = sc_network_beats(&s->dn, count);
        s->window.needs = count * s->machine->element_bytes;
        s->window.on_chip = s->tile_cycles;
        s->tally.load_banks += s->tile_cycles;
        s->r->dn_elements += count;
    }
    trace_phase(s, "stationary", count);
}

void sc_sim_pipelined_steps(struct sc_sim *sim, uint64_t count, const struct sc_step *step)
{
    struct sc_sim *s = sim;
    uint64_t cycles = 1;
    if (step->loads > 0)
        cycles = larger(larger(1, step->banks),
                        larger(sc_network_beats(&s->dn, step->sent), sc_network_beats(&s->rn, step->taken)));
    s->tally.banks += count * cycles;
    s->tile_cycles += count * cycles;
    s->r->dn_elements += count * step->sent;
    for (bool first = true; count > 0; first = false) {
        if (s->window_steps == s->machine->window_steps)
            open_window(s, false);
        uint64_t room = s->machine->window_steps - s->window_steps, here = count < room ? count : room;
        if (first) {
            s->window.needs += step->misses * s->machine->str_line_bytes;
            s->window.writes += step->writes;
        }
        s->window.on_chip += here * cycles;
        s->window_steps += here;
        s->window_events += here;
        count -= here;
    }
}

void sc_sim_add_groups(struct sc_sim *sim)
{
    for (uint64_t g = 0; g < sim->array.groups; g++)
        sc_sim_add_row(sim, sim->array.group[g].k, sim->array.group[g].multipliers);
}

struct sc_step sc_sim_row_step(const struct sc_sim *sim, const struct sc_stream_run *run)
{
    uint64_t reads = sim->blocking ? run->multipliers : run->words;
    return (struct sc_step){.loads = reads, .banks = run->banks, .misses = run->misses, .wait = run->wait,
                            .sent = run->words};
}

void sc_sim_end_tile(struct sc_sim *sim, uint64_t longest, uint64_t total)
{
    struct sc_sim *s = sim;
    if (s->blocking) {
        s->tally.merged += total;
        s->tally.drains++;
        sc_sim_pass(s, (double)total + s->tile_drain);
        trace_phase(s, "stream", s->r->steps - s->traced_steps);
        s->traced_steps = s->r->steps;
        return;
    }
    uint64_t merging = larger(longest, sc_network_beats(&s->rn, total));
    if (merging > s->tile_cycles) {
        s->window.on_chip += merging - s->tile_cycles;
        s->tally.banks += merging - s->tile_cycles;
        s->r->tree_waits += merging - s->tile_cycles;
    }
}

void sc_sim_start_merging(struct sc_sim *sim)
{
    sim->refill = true;
}

void sc_sim_empty_row(struct sc_sim *sim)
{
    if (sim->blocking) {
        sim->tally.empty_rows++;
        trace_phase(sim, "merge", 0);
    } else {
        open_window(sim, true);
        sim->window.on_chip = 1;
        sim->tally.merge_cycles++;
    }
}

uint64_t sc_sim_unions(uint64_t fibers, uint64_t leaves)
{
    uint64_t unions = 0;
    while (fibers > leaves) {
        fibers = fibers / leaves + (fibers % leaves > 0);
        unions += fibers;
    }
    return unions;
}

/* Pipelined: group g of round r is a window that waits for the spilled parts of its fibers and either ends the row or
 * leaves a new fiber, numbered `leaves_fiber`, in PSRAM. */
static int merge_window(struct sc_sim *s, const struct sc_merge *merge, unsigned r, uint64_t g, uint64_t leaves_fiber,
                        struct sc_error *err)
{
    const struct sc_lengths_list *in = &s->tree.of[r - 1];
    uint64_t from = g * s->tree.leaves, left = in->count - from, total = 0, length = s->tree.of[r].length[g];
    uint64_t end = from + (left < s->tree.leaves ? left : s->tree.leaves);
    open_window(s, true);
    for (uint64_t f = from; f < end; f++) {
        total += in->length[f];
        s->window.needs += sc_psram_consume(&s->psram, merge->fiber[f], merge->row, in->length[f]);
    }
    s->window.on_chip = larger(length, sc_network_beats(&s->dn, total)) + 1;
    s->window_events = total;
    s->tally.merge_cycles += s->window.on_chip;
    s->r->dn_elements += total;
    if (r == s->tree.rounds) {
        s->window.writes += length * s->machine->element_bytes;
        return SC_OK;
    }
    merge->fiber[g] = leaves_fiber; /* g <= from: its place is free */
    return sc_psram_append(&s->psram, leaves_fiber, merge->row, length, &s->window.writes, err);
}

int sc_sim_merge(struct sc_sim *sim, const struct sc_merge *merge, struct sc_error *err)
{
    struct sc_sim *s = sim;
    const struct sc_tree *tree = &s->tree;
    uint64_t extra = merge->extra, merged = 0;
    int status = SC_OK;
    for (unsigned r = 1; r <= tree->rounds; r++) {
        for (uint64_t f = 0; f < tree->of[r - 1].count; f++)
            merged += tree->of[r - 1].length[f];
        for (uint64_t g = 0; g < tree->of[r].count && !status; g++) {
            s->r->merge_passes++;
            s->r->merge_outputs += tree->of[r].length[g];
            sc_sim_pass(s, (double)tree->of[r].length[g] + s->machine->drain);
            if (r < tree->rounds)
                s->r->psum_intermediate += tree->of[r].length[g];
            if (!s->blocking)
                status = merge_window(s, merge, r, g, extra++, err);
        }
    }
    s->r->merge_inputs += merged;
    s->r->nnz_c += tree->of[tree->rounds].length[0];
    trace_phase(s, "merge", merged);
    return status;
}

static void finish_pipelined(struct sc_sim *s)
{
    const struct sc_machine *m = s->machine;
    struct sc_sim_result *r = s->r;
    bool empty = s->nnz_a == 0 || s->nnz_b == 0;
    close_window(s);
    r->cycles = sc_dram_finish(&s->dram, m->count_pointers && !empty ? 4 * (s->M + 1) : 0) + s->fill;
    r->stationary_cycles = (double)s->tally.load_banks;
    r->stream_cycles = (double)s->tally.banks;
    r->merge_cycles = (double)s->tally.merge_cycles;
    r->stall_cycles = r->cycles - r->stationary_cycles - r->stream_cycles - r->merge_cycles;
    r->l1_accesses = r->str_reads;
    r->psum_writes = s->psram.writes;
    r->psum_reads = s->psram.reads;
    r->spill_write_bytes = s->psram.spilled_bytes;
    r->spill_read_bytes = s->psram.refilled_bytes;
    r->dram_read_bytes = s->dram.read_bytes;
    r->dram_write_bytes = s->dram.written_bytes;
}

void sc_sim_finish(struct sc_sim *sim)
{
    struct sc_sim_result *r = sim->r;
    r->l1_misses = sim->cache.misses;
    r->lines_touched = sim->cache.lines_touched;
    if (!sim->blocking) {
        finish_pipelined(sim);
        return;
    }
    blocking_cycles(sim, r);
    if (r->nnz_c > 0 && sim->machine->last_store > 0)
        r->stall_cycles += sim->machine->last_store + sim->last_miss;
    r->cycles = r->stationary_cycles + r->stream_cycles + r->merge_cycles + r->stall_cycles;
    r->l1_accesses = r->stationary_words + r->str_reads + r->fold_loads;
    r->dram_read_bytes = r->l1_misses * sim->machine->str_line_bytes;
    r->dram_write_bytes = r->nnz_c * sim->machine->element_bytes;
}
