/* blocking.c - the as-published policy: every step issues its loads and waits for the slowest.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "parts.h"

struct run {
    const struct problem *p;
    struct oracle_result *r;
    struct cache cache;
    uint64_t *per_bank;     /* loads of the step */
    uint64_t missing_steps; /* steps with at least one missing line */
    uint64_t later_lines;   /* missing lines beyond the first of each step */
    uint64_t *loads, load_count;
    struct asked *asked;    /* the step's lines that memory has to send */
    double replayed;        /* cycles beyond the banks' of steps that wait for such lines, or for busy banks */
    double now;             /* Gustavson: cycles so far */
    uint64_t *served;       /* per bank: cycle of the step in which it served its last load */
    struct busy *busy;      /* banks that replay stores */
    uint64_t busy_count;
};

/* A line of C that stores missed arrives and replays them in [from, to): its bank serves no load meanwhile. */
struct busy {
    uint64_t bank;
    double from, to;
};

/* A missing line of a step: the cycle in which its bank finds it missing, and the loads that wait for it. */
struct asked {
    uint64_t line, cycle, waiting;
};

static void load(struct run *run, uint64_t word)
{
    run->loads[run->load_count++] = word;
}

static double latency(const struct sc_machine *m)
{
    return m->dram_latency_ns * m->clock_ghz + m->miss_fixed;
}

/* Memory takes the lines in the order in which their banks ask (of the same cycle, in the order of the loads), one per
 * line_cycles.  An arrived line replays its loads one per cycle.  Reading: a line that this step itself pushed out is
 * not asked for twice. */
static double replay(struct run *run, uint64_t lines)
{
    const struct sc_machine *m = run->p->machine;
    double end = 0;
    uint64_t next = 0; /* cycle in which memory takes the next line */
    for (uint64_t left = lines; left > 0; left--) {
        struct asked *first = NULL;
        for (uint64_t i = 0; i < lines; i++)
            if (run->asked[i].waiting > 0 && (!first || run->asked[i].cycle < first->cycle))
                first = &run->asked[i];
        uint64_t taken = first->cycle > next ? first->cycle : next;
        double done = (double)(taken - 1) + latency(m) + (double)first->waiting;
        end = done > end ? done : end;
        next = taken + m->line_cycles;
        first->waiting = 0;
    }
    return end;
}

/* The first cycle after the bank's last one in which it serves a load. */
static uint64_t serve(struct run *run, uint64_t bank)
{
    uint64_t cycle = run->served[bank] + 1;
    for (uint64_t i = 0; i < run->busy_count; i++) {
        const struct busy *b = &run->busy[i];
        if (b->bank == bank && b->from <= run->now + (double)cycle && run->now + (double)cycle < b->to) {
            cycle++;
            i = UINT64_MAX; /* from the start: windows are in no order */
        }
    }
    return run->served[bank] = cycle;
}

/* Notes a missing line, or one more load on a line that is missing. */
static uint64_t ask(struct run *run, uint64_t lines, uint64_t line, uint64_t cycle, bool hit)
{
    for (uint64_t i = 0; i < lines; i++)
        if (run->asked[i].line == line) {
            run->asked[i].waiting++;
            return lines;
        }
    if (!hit)
        run->asked[lines] = (struct asked){line, cycle, 1};
    return lines + !hit;
}

/* Cycles of the collected loads without the DRAM part, which is summed up apart. */
static double step(struct run *run)
{
    const struct sc_machine *m = run->p->machine;
    if (run->load_count == 0) {
        run->now += m->empty_step;
        return m->empty_step;
    }
    uint64_t most = 0, missing = 0, asked = 0, last = 0;
    memset(run->per_bank, 0, run->cache.banks * sizeof *run->per_bank);
    memset(run->served, 0, run->cache.banks * sizeof *run->served);
    for (uint64_t i = 0; i < run->load_count; i++) {
        uint64_t line = run->loads[i] / run->cache.line_words;
        uint64_t waiting = ++run->per_bank[line % run->cache.banks];
        most = waiting > most ? waiting : most;
        bool hit = cache_touch(&run->cache, run->loads[i], run->r);
        missing += !hit;
        if (m->line_cycles > 0) {
            uint64_t cycle = serve(run, line % run->cache.banks);
            last = cycle > last ? cycle : last;
            asked = ask(run, asked, line, cycle, hit);
        }
    }
    run->load_count = 0;
    if (m->line_cycles > 0) {
        double end = replay(run, asked);
        end = end > (double)last ? end : (double)last;
        run->replayed += end - (double)most;
        run->now += m->step_fixed + end;
    } else if (missing > 0) {
        run->missing_steps++;
        run->later_lines += missing - 1;
    }
    return m->step_fixed + (double)most;
}

/* A store that nobody waits for: it brings its line into the cache, but is none of the loads that are counted. */
static bool store(struct run *run, uint64_t word)
{
    uint64_t loads = run->r->l1_accesses;
    bool hit = cache_touch(&run->cache, word, run->r);
    run->r->l1_accesses = loads;
    return hit;
}

/* Gustavson stores an output row, one word per cycle, the last one now.  A missing line arrives after the latency and
 * replays the stores on it that came before it did.  Reading: a store to a line on its way is a hit. */
static void store_row(struct run *run, uint64_t m, const struct coords *row)
{
    const struct problem *p = run->p;
    struct busy *coming = NULL;
    uint64_t kept = 0, missed = NONE;
    for (uint64_t i = 0; i < run->busy_count; i++)
        if (run->busy[i].to > run->now)
            run->busy[kept++] = run->busy[i];
    run->busy_count = kept;
    struct busy *grown = realloc(run->busy, (kept + row->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    run->busy = grown;
    for (uint64_t i = 0; i < row->count; i++) {
        uint64_t word = p->nnz_a + p->nnz_b + m * p->N + row->coord[i], line = word / run->cache.line_words;
        double at = run->now - (double)(row->count - 1 - i);
        if (!store(run, word)) {
            coming = &run->busy[run->busy_count];
            *coming = (struct busy){line % run->cache.banks, at + latency(p->machine), at + latency(p->machine) + 1};
            run->busy_count += p->machine->line_cycles > 0;
            missed = line;
        } else if (line == missed && at <= coming->from) {
            coming->to++;
        }
    }
}

static void stationary(struct run *run, uint64_t first, uint64_t used)
{
    for (uint64_t s = first; s < first + used; s++)
        load(run, s);
    run->r->stationary_cycles += step(run) + run->p->machine->stationary_fixed;
    run->now += run->p->machine->stationary_fixed;
    run->r->tiles++;
}

static void stream_step(struct run *run)
{
    run->r->stream_cycles += step(run);
    run->r->steps++;
}

/* Levels of the tree that add up the largest cluster of a tile; the old sum of a folded row takes a multiplier, too. */
static double inner_drain(const struct problem *p, const struct ip_tile *tile)
{
    uint64_t largest = 0;
    for (uint64_t row = tile->row; row < tile->end; row++) {
        uint64_t size = tile->split ? tile->used + tile->fold : fiber_length(&p->a_rows, row);
        largest = size > largest ? size : largest;
    }
    double levels = 0;
    for (uint64_t reach = 1; reach < largest; reach *= 2)
        levels++;
    return p->machine->inner_drain > 0 ? p->machine->inner_drain + levels : p->machine->drain;
}

static void inner(struct run *run)
{
    const struct problem *p = run->p;
    uint64_t b0 = p->nnz_a, c0 = p->nnz_a + p->nnz_b;
    struct ip_match match = ip_match_new(p);
    struct ip_walk walk = {0};
    struct ip_tile tile;
    while (ip_next_tile(p, &walk, &tile)) {
        stationary(run, tile.first, tile.used);
        ip_match_load(&match, p, &tile);
        for (uint64_t n = 0; n < p->N; n++) {
            ip_match_begin(&match);
            if (tile.fold) {
                load(run, c0 + tile.row * p->N + n);
                run->r->fold_loads++;
            }
            for (uint64_t q = p->b_cols.start[n]; q < p->b_cols.start[n + 1]; q++)
                if (p->b_cols.coord[q] >= tile.low && p->b_cols.coord[q] < tile.high) {
                    load(run, b0 + q);
                    run->r->str_reads++;
                    ip_match_element(&match, p->b_cols.coord[q], run->r);
                }
            stream_step(run);
            if (tile.split && !tile.fold && p->machine->stores)
                store(run, c0 + tile.row * p->N + n);
            ip_match_end(&match, &tile, n, run->r);
        }
        run->r->stream_cycles += inner_drain(p, &tile);
    }
    ip_match_free(&match);
}

/* Streams the rows of B that the tile's elements (coordinates k) need, one word per multiplier and step. */
static void stream_rows(struct run *run, const uint64_t *k, uint64_t count)
{
    const struct problem *p = run->p;
    for (uint64_t t = 0;; t++) {
        for (uint64_t j = 0; j < count; j++)
            if (t < fiber_length(&p->b_rows, k[j]))
                load(run, p->nnz_a + b_word(p, k[j], t));
        if (run->load_count == 0)
            break;
        run->r->str_reads += run->load_count;
        run->r->products += run->load_count;
        stream_step(run);
    }
}

static struct coords b_row(const struct problem *p, uint64_t k)
{
    struct coords c = {fiber_length(&p->b_rows, k), p->b_rows.coord + p->b_rows.start[k]};
    return c;
}

/* Merges the fibers of one row in passes of at most `multipliers` until one is left; returns its length.
 * The sets in `fibers` beyond the first pass are freed here; those passed in stay the caller's. */
static uint64_t merge(struct run *run, const struct coords *fibers, uint64_t count)
{
    const struct problem *p = run->p;
    uint64_t leaves = p->machine->multipliers, length = 0;
    bool owned = false, last = false;
    struct coords *list = oracle_alloc(count, sizeof *list);
    memcpy(list, fibers, count * sizeof *list);
    while (!last) {
        last = count <= leaves;
        uint64_t groups = (count + leaves - 1) / leaves;
        struct coords *unions = oracle_alloc(groups, sizeof *unions);
        for (uint64_t g = 0; g < groups; g++) {
            uint64_t from = g * leaves, size = count - from < leaves ? count - from : leaves;
            unions[g] = coords_union(list + from, size, p->N);
            run->r->merge_cycles += (double)unions[g].count + p->machine->drain;
            run->r->merge_outputs += unions[g].count;
            run->r->merge_passes++;
            if (!last)
                run->r->psum_intermediate += unions[g].count;
            length = unions[g].count;
        }
        for (uint64_t f = 0; f < count && owned; f++)
            free(list[f].coord);
        free(list);
        list = unions;
        count = groups;
        owned = true;
    }
    free(list[0].coord);
    free(list);
    return length;
}

static void outer(struct run *run)
{
    const struct problem *p = run->p;
    uint64_t size = p->machine->multipliers;
    uint64_t *k_of = oracle_alloc(p->nnz_a, sizeof *k_of); /* column of each element of A, column order */
    for (uint64_t k = 0; k < p->K; k++)
        for (uint64_t s = p->a_cols.start[k]; s < p->a_cols.start[k + 1]; s++)
            k_of[s] = k;
    for (uint64_t s = 0; s < p->nnz_a; s += size) {
        uint64_t used = p->nnz_a - s < size ? p->nnz_a - s : size;
        stationary(run, s, used);
        stream_rows(run, k_of + s, used);
        run->r->stream_cycles += p->machine->outer_drain > 0 ? p->machine->outer_drain : p->machine->drain;
    }
    free(k_of);
    struct coords *fibers = oracle_alloc(p->K, sizeof *fibers);
    for (uint64_t m = 0; m < p->M; m++) {
        uint64_t count = 0;
        for (uint64_t s = p->a_rows.start[m]; s < p->a_rows.start[m + 1]; s++)
            if (fiber_length(&p->b_rows, p->a_rows.coord[s]) > 0)
                fibers[count++] = b_row(p, p->a_rows.coord[s]);
        if (count == 0)
            run->r->merge_cycles += p->machine->empty_row;
        else
            run->r->nnz_c += merge(run, fibers, count);
    }
    free(fibers);
    run->r->psum_writes = run->r->psum_reads = run->r->products;
}

static void gustavson_row(struct run *run, uint64_t m)
{
    const struct problem *p = run->p;
    uint64_t size = p->machine->multipliers, begin = p->a_rows.start[m], length = fiber_length(&p->a_rows, m);
    uint64_t chunks = (length + size - 1) / size, total = 0;
    struct coords *parts = oracle_alloc(chunks, sizeof *parts);
    struct coords *rows = oracle_alloc(size, sizeof *rows);
    for (uint64_t c = 0; c < chunks; c++) {
        uint64_t first = begin + c * size, used = length - c * size < size ? length - c * size : size;
        stationary(run, first, used);
        stream_rows(run, p->a_rows.coord + first, used);
        for (uint64_t j = 0; j < used; j++)
            rows[j] = b_row(p, p->a_rows.coord[first + j]);
        parts[c] = coords_union(rows, used, p->N);
        run->r->stream_cycles += (double)parts[c].count + p->machine->drain;
        run->now += (double)parts[c].count + p->machine->drain;
        total += parts[c].count;
    }
    if (chunks > 1) {
        run->r->psum_writes += total;
        run->r->psum_reads += total;
        double merged = run->r->merge_cycles;
        run->r->nnz_c += merge(run, parts, chunks);
        run->now += run->r->merge_cycles - merged;
    } else {
        run->r->nnz_c += total;
    }
    if (p->machine->stores) {
        struct coords row = coords_union(parts, chunks, p->N);
        store_row(run, m, &row);
        free(row.coord);
    }
    for (uint64_t c = 0; c < chunks; c++)
        free(parts[c].coord);
    free(parts);
    free(rows);
}

/* Outer product and Gustavson store their last row in one go, behind the miss of its line of C; the sums of the inner
 * product come steps apart, so the line of the last one is there. */
static double last_store(const struct problem *p, enum sc_dataflow form, const struct oracle_result *r)
{
    if (r->nnz_c == 0 || p->machine->last_store <= 0)
        return 0;
    return p->machine->last_store + (form == SC_IP_M ? 0 : latency(p->machine));
}

void oracle_blocking(const struct problem *p, enum sc_dataflow form, struct oracle_result *r)
{
    const struct sc_machine *m = p->machine;
    uint64_t words = p->nnz_a + p->nnz_b + p->M * p->N;
    struct run run = {.p = p, .r = r, .cache = cache_new(m, words)};
    run.per_bank = oracle_alloc(run.cache.banks, sizeof *run.per_bank);
    run.served = oracle_alloc(run.cache.banks, sizeof *run.served);
    run.loads = oracle_alloc((m->multipliers > p->K ? m->multipliers : p->K) + 1, sizeof *run.loads);
    run.asked = oracle_alloc((m->multipliers > p->K ? m->multipliers : p->K) + 1, sizeof *run.asked);
    if (form == SC_IP_M)
        inner(&run);
    else if (form == SC_OP_M)
        outer(&run);
    else
        for (uint64_t row = 0; row < p->M; row++)
            if (fiber_length(&p->a_rows, row) > 0)
                gustavson_row(&run, row);
    double lines_per_cycle = m->dram_gbps / m->clock_ghz / m->str_line_bytes;
    r->stall_cycles = (double)run.missing_steps * latency(m) + (double)run.later_lines / lines_per_cycle +
                      run.replayed + last_store(p, form, r);
    r->cycles = r->stationary_cycles + r->stream_cycles + r->merge_cycles + r->stall_cycles;
    r->dram_read_bytes = r->l1_misses * m->str_line_bytes;
    r->dram_write_bytes = r->nnz_c * m->element_bytes;
    free(run.per_bank);
    free(run.loads);
    free(run.asked);
    free(run.served);
    free(run.busy);
    cache_free(&run.cache);
}
