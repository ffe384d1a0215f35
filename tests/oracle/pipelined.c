/* pipelined.c - the physical policy: windows of steps, double-buffered, limited by networks, banks and DRAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "psram.h"
#include "windows.h"

enum booking { STREAM, MERGE };

struct run {
    const struct problem *p;
    struct oracle_result *r;
    struct cache cache;
    struct psram psram;
    struct windows windows;
    uint64_t steps_in_window;
    uint64_t *wanted, want_count; /* words of the step, distinct */
};

static uint64_t round_up_ratio(uint64_t elements, double per_cycle)
{
    return (uint64_t)ceil((double)elements / per_cycle);
}

static struct window *current(struct run *run)
{
    return &run->windows.list[run->windows.count - 1];
}

static void open_window(struct run *run)
{
    windows_open(&run->windows);
    run->steps_in_window = 0;
}

static void spend(struct run *run, double cycles, enum booking booking)
{
    current(run)->on_chip += cycles;
    if (booking == MERGE)
        run->r->merge_cycles += cycles;
    else
        run->r->stream_cycles += cycles;
}

/* Reading: windows do not cross tiles, and a tile without steps still has one window for its stationary elements. */
static void open_tile(struct run *run, uint64_t stationary)
{
    double cycles = (double)round_up_ratio(stationary, run->p->machine->dn_bandwidth);
    open_window(run);
    current(run)->needs += stationary * run->p->machine->element_bytes;
    current(run)->on_chip += cycles;
    run->r->stationary_cycles += cycles;
    run->r->dn_elements += stationary;
    run->r->tiles++;
}

static void begin_step(struct run *run)
{
    if (run->steps_in_window == run->p->machine->window_steps)
        open_window(run);
    run->steps_in_window++;
    run->want_count = 0;
    run->r->steps++;
}

static void want(struct run *run, uint64_t word)
{
    run->wanted[run->want_count++] = word;
}

/* Touches the wanted words in order and returns the cycles of the busiest bank: a line access serves
 * str_words_per_bank words of its line. */
static uint64_t read_banks(struct run *run)
{
    const struct sc_machine *m = run->p->machine;
    uint64_t *line = oracle_alloc(run->want_count, sizeof *line);     /* distinct lines */
    uint64_t *words = oracle_alloc(run->want_count, sizeof *words);   /* wanted words of each */
    uint64_t *cycles = oracle_alloc(run->cache.banks, sizeof *cycles);
    uint64_t lines = 0, most = 0;
    for (uint64_t i = 0; i < run->want_count; i++) {
        uint64_t wanted = run->wanted[i] / run->cache.line_words, at = lines;
        while (at > 0 && line[at - 1] != wanted)
            at--;
        if (at == 0) {
            line[lines++] = wanted;
            at = lines;
        }
        words[at - 1]++;
        if (!cache_touch(&run->cache, run->wanted[i], run->r))
            current(run)->needs += m->str_line_bytes;
    }
    for (uint64_t l = 0; l < lines; l++) {
        uint64_t *bank = &cycles[line[l] % run->cache.banks];
        *bank += (words[l] + m->str_words_per_bank - 1) / m->str_words_per_bank;
        most = *bank > most ? *bank : most;
    }
    run->r->str_reads += run->want_count;
    free(line);
    free(words);
    free(cycles);
    return most;
}

static double largest(double a, double b, double c)
{
    return fmax(1, fmax(a, fmax(b, c)));
}

/* Ends a step that sends `sent` distinct elements in and takes `taken` out. */
static void end_step(struct run *run, uint64_t sent, uint64_t taken)
{
    const struct sc_machine *m = run->p->machine;
    uint64_t banks = read_banks(run);
    run->r->dn_elements += sent;
    spend(run, largest((double)banks, (double)round_up_ratio(sent, m->dn_bandwidth),
                       (double)round_up_ratio(taken, m->rn_bandwidth)), STREAM);
}

/* Smallest and largest resident coordinate. */
static void resident_range(const struct problem *p, const struct ip_tile *tile, uint64_t *low, uint64_t *high)
{
    *low = NONE;
    *high = 0;
    for (uint64_t j = tile->first; j < tile->first + tile->used; j++) {
        uint64_t k = p->a_rows.coord[j];
        *low = k < *low ? k : *low;
        *high = k > *high ? k : *high;
    }
}

/* Reading, split rows: a later chunk consumes the previous fiber of N partial sums as a whole in its first window
 * and, unless it is the last, appends one per column, columns without work included.  Beside the column's old sum
 * (later chunks) the elements moved in its step are the new partial sum or, in the last chunk, the finished one if
 * it is structural. */
static void inner(struct run *run)
{
    const struct problem *p = run->p;
    struct ip_match match = ip_match_new(p);
    struct ip_walk walk = {0};
    struct ip_tile tile;
    struct psum_fiber sums = psum_fiber_new(0);
    while (ip_next_tile(p, &walk, &tile)) {
        uint64_t low, high;
        if (tile.used == 0)
            continue;
        resident_range(p, &tile, &low, &high);
        ip_match_load(&match, p, &tile);
        open_tile(run, tile.used);
        if (tile.fold) {
            current(run)->needs += psram_consume(&run->psram, &sums, run->r);
            psum_fiber_free(&sums);
        }
        if (tile.split)
            sums = psum_fiber_new(tile.row);
        for (uint64_t n = 0; n < p->N; n++) {
            uint64_t used = 0;
            begin_step(run);
            ip_match_begin(&match);
            for (uint64_t q = p->b_cols.start[n]; q < p->b_cols.start[n + 1]; q++)
                if (p->b_cols.coord[q] >= low && p->b_cols.coord[q] <= high) {
                    want(run, q);
                    used += ip_match_element(&match, p->b_cols.coord[q], run->r);
                }
            uint64_t complete = ip_match_end(&match, &tile, n, run->r);
            current(run)->writes += complete * p->machine->element_bytes;
            if (tile.split && !tile.last)
                current(run)->writes += psram_append(&run->psram, &sums, n, run->r);
            uint64_t moved = !tile.split ? match.hit_count : tile.fold + (tile.last ? complete : 1);
            if (run->want_count == 0)
                spend(run, 1, STREAM);
            else
                end_step(run, used, moved);
        }
    }
    psum_fiber_free(&sums);
    ip_match_free(&match);
}

/* Step t of a tile: asks for word t of every distinct row in k[0..count); returns how many multipliers get one. */
static uint64_t want_words(struct run *run, const uint64_t *k, uint64_t count, uint64_t t)
{
    uint64_t served = 0;
    for (uint64_t j = 0; j < count; j++) {
        bool first = true;
        if (t >= fiber_length(&run->p->b_rows, k[j]))
            continue;
        served++;
        for (uint64_t i = 0; i < j; i++)
            first = first && k[i] != k[j];
        if (first) /* multipliers with the same k share one multicast element */
            want(run, b_word(run->p, k[j], t));
    }
    return served;
}

static uint64_t longest_row(const struct problem *p, const uint64_t *k, uint64_t count)
{
    uint64_t longest = 0;
    for (uint64_t j = 0; j < count; j++)
        if (fiber_length(&p->b_rows, k[j]) > longest)
            longest = fiber_length(&p->b_rows, k[j]);
    return longest;
}

/* Merges the fibers of a row in windows of at most `multipliers` until one is left; returns its length.  Consumes
 * and frees the fibers.  Reading: fibers reach the leaves through the distribution network, so that one bounds the
 * pass; in an intermediate pass the fibers are consumed before the union is appended. */
static uint64_t merge(struct run *run, uint64_t row, struct psum_fiber *fibers, uint64_t count)
{
    const struct sc_machine *m = run->p->machine;
    bool last = false;
    while (!last) {
        uint64_t groups = (count + m->multipliers - 1) / m->multipliers;
        last = groups == 1;
        for (uint64_t g = 0; g < groups; g++) {
            uint64_t from = g * m->multipliers, total = 0;
            uint64_t size = count - from < m->multipliers ? count - from : m->multipliers;
            struct coords *sets = oracle_alloc(size, sizeof *sets);
            open_window(run);
            for (uint64_t f = 0; f < size; f++) {
                struct psum_fiber *fiber = &fibers[from + f];
                sets[f] = (struct coords){fiber->length, fiber->coord};
                total += fiber->length;
                current(run)->needs += psram_consume(&run->psram, fiber, run->r);
            }
            struct coords u = coords_union(sets, size, run->p->N);
            double fed = (double)round_up_ratio(total, m->dn_bandwidth);
            spend(run, fmax((double)u.count, fed) + 1, MERGE);
            run->r->dn_elements += total;
            run->r->merge_outputs += u.count;
            run->r->merge_passes++;
            for (uint64_t f = 0; f < size; f++)
                psum_fiber_free(&fibers[from + f]);
            fibers[g] = psum_fiber_new(row); /* g <= from: its place is free */
            if (last) {
                current(run)->writes += u.count * m->element_bytes;
                fibers[0].length = u.count;
            } else {
                for (uint64_t i = 0; i < u.count; i++)
                    current(run)->writes += psram_append(&run->psram, &fibers[g], u.coord[i], run->r);
                run->r->psum_intermediate += u.count;
            }
            free(u.coord);
            free(sets);
        }
        count = groups;
    }
    return fibers[0].length;
}

static void outer_merge(struct run *run, struct psum_fiber *of_element)
{
    const struct problem *p = run->p;
    struct psum_fiber *fibers = oracle_alloc(p->K, sizeof *fibers);
    uint64_t first_window = run->windows.count;
    for (uint64_t m = 0; m < p->M; m++) {
        uint64_t count = 0;
        for (uint64_t s = p->a_rows.start[m]; s < p->a_rows.start[m + 1]; s++) {
            uint64_t k = p->a_rows.coord[s], at = p->a_cols.start[k];
            while (p->a_cols.coord[at] != m)
                at++;
            if (of_element[at].length > 0)
                fibers[count++] = of_element[at];
        }
        if (count == 0) {
            open_window(run);
            spend(run, 1, MERGE);
        } else {
            run->r->nnz_c += merge(run, m, fibers, count);
        }
    }
    if (first_window < run->windows.count)
        run->windows.list[first_window].restart = true;
    free(fibers);
}

static void outer(struct run *run)
{
    const struct problem *p = run->p;
    uint64_t size = p->machine->multipliers;
    uint64_t *k_of = oracle_alloc(p->nnz_a, sizeof *k_of); /* column of each element of A, column order */
    struct psum_fiber *of_element = oracle_alloc(p->nnz_a, sizeof *of_element);
    for (uint64_t k = 0; k < p->K; k++)
        for (uint64_t s = p->a_cols.start[k]; s < p->a_cols.start[k + 1]; s++) {
            k_of[s] = k;
            of_element[s] = psum_fiber_new(p->a_cols.coord[s]);
        }
    for (uint64_t s = 0; s < p->nnz_a; s += size) {
        uint64_t used = p->nnz_a - s < size ? p->nnz_a - s : size, longest = longest_row(p, k_of + s, used);
        open_tile(run, used);
        for (uint64_t t = 0; t < longest; t++) {
            begin_step(run);
            uint64_t served = want_words(run, k_of + s, used, t);
            for (uint64_t j = s; j < s + used; j++)
                if (t < fiber_length(&p->b_rows, k_of[j]))
                    current(run)->writes += psram_append(&run->psram, &of_element[j],
                                                         p->b_rows.coord[b_word(p, k_of[j], t)], run->r);
            run->r->products += served;
            end_step(run, run->want_count, served);
        }
    }
    outer_merge(run, of_element);
    free(k_of);
    free(of_element);
}

/* The union of the rows of B that elements [first, first + used) of A ask for. */
static struct coords product_row(const struct problem *p, uint64_t first, uint64_t used)
{
    struct coords *rows = oracle_alloc(used, sizeof *rows);
    for (uint64_t j = 0; j < used; j++) {
        uint64_t k = p->a_rows.coord[first + j];
        rows[j] = (struct coords){fiber_length(&p->b_rows, k), p->b_rows.coord + p->b_rows.start[k]};
    }
    struct coords u = coords_union(rows, used, p->N);
    free(rows);
    return u;
}

/* Streams a tile of elements [first, first + used) of A and charges the excess of its merging, whose clusters'
 * unions are at most `longest_union` long and `unions` in total.  Reading: the tile's time includes its stationary
 * cycles, and what merging takes beyond it goes to the last window. */
static void gustavson_tile(struct run *run, uint64_t first, uint64_t used, uint64_t longest_union, uint64_t unions)
{
    const struct problem *p = run->p;
    const uint64_t *k = p->a_rows.coord + first;
    uint64_t longest = longest_row(p, k, used), first_window = run->windows.count;
    open_tile(run, used);
    for (uint64_t t = 0; t < longest; t++) {
        begin_step(run);
        run->r->products += want_words(run, k, used, t);
        end_step(run, run->want_count, 0);
    }
    double streaming = 0, merging = (double)round_up_ratio(unions, p->machine->rn_bandwidth);
    for (uint64_t w = first_window; w < run->windows.count; w++)
        streaming += run->windows.list[w].on_chip;
    merging = fmax(merging, (double)longest_union);
    if (merging > streaming)
        spend(run, merging - streaming, STREAM);
}

/* Reading: finished rows and chunk fibers leave in the last window of their tile. */
static void gustavson_rows(struct run *run, uint64_t row, uint64_t end)
{
    const struct problem *p = run->p;
    uint64_t first = p->a_rows.start[row], used = p->a_rows.start[end] - first, longest = 0, total = 0;
    for (uint64_t m = row; m < end; m++) {
        struct coords u = product_row(p, p->a_rows.start[m], fiber_length(&p->a_rows, m));
        longest = u.count > longest ? u.count : longest;
        total += u.count;
        free(u.coord);
    }
    gustavson_tile(run, first, used, longest, total);
    current(run)->writes += total * p->machine->element_bytes;
    run->r->nnz_c += total;
}

/* Reading: a long row is merged right after its last chunk.  Chunks without products leave no fiber. */
static void gustavson_long_row(struct run *run, uint64_t row)
{
    const struct problem *p = run->p;
    uint64_t size = p->machine->multipliers, length = fiber_length(&p->a_rows, row), count = 0;
    struct psum_fiber *fibers = oracle_alloc(length / size + 1, sizeof *fibers);
    for (uint64_t done = 0; done < length; done += size) {
        uint64_t used = length - done < size ? length - done : size;
        struct coords u = product_row(p, p->a_rows.start[row] + done, used);
        gustavson_tile(run, p->a_rows.start[row] + done, used, u.count, u.count);
        fibers[count] = psum_fiber_new(row);
        for (uint64_t i = 0; i < u.count; i++)
            current(run)->writes += psram_append(&run->psram, &fibers[count], u.coord[i], run->r);
        count += u.count > 0;
        free(u.coord);
    }
    if (count > 0) {
        run->r->nnz_c += merge(run, row, fibers, count);
    } else { /* like a row without fibers in the outer product */
        open_window(run);
        spend(run, 1, MERGE);
    }
    free(fibers);
}

static void gustavson(struct run *run)
{
    const struct problem *p = run->p;
    const struct fibers *a = &p->a_rows;
    uint64_t row = 0;
    while (row < p->M) {
        uint64_t end = row;
        while (end < p->M && a->start[end + 1] - a->start[row] <= p->machine->multipliers)
            end++;
        if (end == row) {
            gustavson_long_row(run, row);
            end = row + 1;
        } else if (a->start[end] > a->start[row]) {
            gustavson_rows(run, row, end);
        }
        row = end;
    }
}

static uint64_t tree_levels(uint64_t leaves)
{
    uint64_t levels = 0;
    while ((UINT64_C(1) << levels) < leaves)
        levels++;
    return levels;
}

void oracle_pipelined(const struct problem *p, enum sc_dataflow form, struct oracle_result *r)
{
    const struct sc_machine *m = p->machine;
    double fill = (double)(m->dn_levels + m->multiplier_latency + tree_levels(m->multipliers));
    uint64_t pointer_bytes = m->count_pointers ? 4 * (p->M + 1) : 0;
    struct run run = {.p = p, .r = r, .cache = cache_new(m, p->nnz_b), .psram = psram_new(m)};
    run.wanted = oracle_alloc(m->multipliers > p->K ? m->multipliers : p->K, sizeof *run.wanted);
    if (p->nnz_a == 0 || p->nnz_b == 0) {
        pointer_bytes = 0; /* nothing happens but the fill */
    } else if (form == SC_IP_M) {
        inner(&run);
    } else if (form == SC_OP_M) {
        outer(&run);
    } else {
        gustavson(&run);
    }
    for (uint64_t w = 0; w < run.windows.count; w++) {
        r->dram_read_bytes += run.windows.list[w].needs;
        r->dram_write_bytes += run.windows.list[w].writes;
    }
    r->dram_write_bytes += pointer_bytes;
    r->cycles = windows_time(&run.windows, m, fill, pointer_bytes);
    r->stall_cycles = r->cycles - r->stationary_cycles - r->stream_cycles - r->merge_cycles;
    free(run.windows.list);
    free(run.wanted);
    cache_free(&run.cache);
    psram_free(&run.psram);
}
