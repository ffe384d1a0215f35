/* inner_pipelined.c - closed form of the inner product under the pipelined policy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "inner.h"

/* Lines that miss in a pass over `lines` lines of B after a pass has gone by, with `others` lines of A and C touched in between:
 * LRU in cyclic order loses every line of a set that is asked for more than its ways. */
static double cyclic_misses(const struct sc_plan *plan, double lines, double others)
{
    double ways = plan->machine.str_ways, sets = plan->capacity_lines / ways, per_set = lines / sets;
    if (lines > plan->capacity_lines)
        return sc_min(lines, (ways + 1) * (lines - plan->capacity_lines) + ways * others);
    return sc_min(lines, others * sc_max(0, per_set - (ways - 1)) * (ways + 1));
}

/* One tile of `words` nonzeros from `rows` rows, or a chunk of a row of `length`: busy cycles of its N steps, elements of B read and
 * matched, finished sums, and the share of K that the chunk covers. */
struct sweep {
    double busy, read, matched, complete, range;
};

static struct sweep pipelined_sweep(const struct sc_plan *plan, const struct sc_profile *p, double words, double rows,
                                    double length)
{
    struct sweep r = {0};
    double row = words / rows, range = sc_min(1, words / sc_max(length, 1)); /* share of K that the elements come from */
    double resident = rows > 1 ? -p->K * expm1(rows * log1p(-sc_min(row / p->K, 1 - 1e-12))) : words;
    /* only elements between the smallest and the largest resident k are read: n of x random places span (n-1)/(x+1) of K */
    double span = rows > 1 ? (resident - 1) / (resident + 1) : (words - 1) / (length + 1);
    span = sc_min(1, sc_max(0, span) + 1 / p->K);
    for (unsigned i = 0; i < p->b.col.strata; i++) {
        const struct sc_stratum *s = &p->b.col.stratum[i];
        double density = s->mean / p->K, read = s->mean * span, matched = resident * density;
        double hit = density < 1 ? -expm1(row * log1p(-density)) : 1; /* P(a resident row matches) */
        double sent = sc_expected_beats(matched, matched * (1 - density), plan->machine.dn_bandwidth, plan->leaves);
        double sums = sc_expected_beats(rows * hit, rows * hit * (1 - hit), plan->machine.rn_bandwidth, plan->leaves);
        double lines = read / plan->line_words / plan->shapes.banks; /* per bank: above one only for long columns */
        lines = sc_max(1, lines > 0.9 ? lines + 0.5 : 1);
        r.busy += p->N * s->share * sc_max(sc_max(sent, sums), lines);
        r.read += p->N * s->share * read;
        r.matched += p->N * s->share * matched;
        r.complete += p->N * s->share * rows * hit;
    }
    r.range = range;
    return r;
}

/* Sums of a pipelined run. */
struct totals {
    double waits, busy, bytes;
};

/* `tiles` tiles that stream like `r`; `lines` missing lines of B each. */
static void add_sweeps(const struct sc_plan *plan, const struct sc_profile *p, double tiles, double words,
                       const struct sweep *r, double lines, double write_bytes, struct sc_events *e, struct sc_cycles *c,
                       struct totals *sum, struct sc_tiles *typical)
{
    const struct sc_machine *m = &plan->machine;
    double windows = ceil(p->N / m->window_steps);
    struct sc_tiles t = {.count = tiles, .steps = p->N, .load = ceil(words / m->dn_bandwidth - 1e-9)};
    t.busy = r->busy + t.load;
    t.later_bytes = lines * m->str_line_bytes / windows;
    t.fetch_bytes = words * m->element_bytes + t.later_bytes;
    t.later = lines > 0 ? -expm1(-lines / windows) : 0;
    t.write_bytes = write_bytes / windows; /* outputs leave window by window */
    e->tiles += tiles;
    e->steps += tiles * p->N;
    e->str_reads += tiles * r->read;
    e->intersections += tiles * r->read;
    e->delivered += tiles * r->matched;
    c->stationary += tiles * t.load;
    c->stream += tiles * r->busy;
    *typical = t;
    sum->waits += sc_tiles_stall(plan, &t);
    sum->busy += tiles * t.busy;
    sum->bytes += tiles * (words * m->element_bytes + write_bytes + lines * m->str_line_bytes);
}

/* Bytes that each chunk of a folded row moves to DRAM because N partial sums do not fit PSRAM. */
static double fold_spill(const struct sc_plan *plan, double n)
{
    const struct sc_machine *m = &plan->machine;
    if (m->psram_bytes < m->psram_block_bytes)
        return n * m->element_bytes;
    double per_block = floor((double)m->psram_block_bytes / m->element_bytes);
    return sc_max(0, ceil(n / per_block) * m->psram_block_bytes - (double)m->psram_bytes);
}

static void pipelined_folded(const struct sc_plan *plan, const struct sc_task *task, double again, struct sc_events *e,
                             struct sc_cycles *c, struct totals *sum, struct sc_tiles *typical)
{
    const struct sc_profile *p = task->profile;
    double first = plan->leaves, next = plan->leaves - 1, over = fold_spill(plan, p->N);
    struct sc_fold f;
    for (unsigned i = 0; sc_inner_next_fold(plan, task, &i, &f);) {
        double part[3] = {first, next, f.rest}, times[3] = {1, f.full, f.rest > 1e-6};
        for (int j = 0; j < 3; j++) {
            if (times[j] <= 0)
                continue;
            struct sweep r = pipelined_sweep(plan, p, part[j], 1, f.length);
            add_sweeps(plan, p, f.rows * times[j], part[j], &r, again * r.range, over, e, c, sum, typical);
        }
        double later = f.full + (f.rest > 1e-6);
        e->psum_writes += f.rows * p->N * later;
        e->spill_write_bytes += f.rows * later * over;
        sum->bytes += f.rows * (later * over + sc_profile_union(p, f.length) * plan->machine.element_bytes);
        e->line_misses += f.rows * again;
    }
    e->spill_read_bytes = e->spill_write_bytes;
}

void sc_inner_pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_packing k;
    struct totals sum = {0};
    struct sc_tiles typical = {0};
    sc_pack_rows(plan, task, &k);
    double lines = p->b.nnz / plan->line_words, again = cyclic_misses(plan, lines, 0);
    if (k.tiles > 0) {
        struct sweep r = pipelined_sweep(plan, p, k.words, sc_max(1, k.rows), k.rows > 1 ? k.words : p->a.row.mean);
        add_sweeps(plan, p, k.tiles, k.words, &r, again, r.complete * plan->machine.element_bytes, e, c, &sum, &typical);
        e->line_misses += k.tiles * again;
    }
    if (k.folded_rows > 0)
        pipelined_folded(plan, task, again, e, c, &sum, &typical);
    double cold = sc_max(0, lines - again), bytes = cold * plan->machine.str_line_bytes; /* once, before it can be kept */
    e->line_misses += cold;
    sum.bytes += bytes;
    double covered = k.tiles > 0 ? 1 : sc_min(1, plan->leaves / p->a.row.mean); /* share of B that the first tile streams */
    sum.waits += sc_cold_wait(plan, &typical, bytes, 1 - covered);
    e->psum_reads = e->psum_writes;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
    c->stall = sc_phase_stall(plan, sum.waits, sum.busy, sum.bytes) + plan->fill_latency;
}
