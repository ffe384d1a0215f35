/* outer.c - closed form of the outer-product dataflow.
 *
 * P nonzeros of A in column order stay; every multiplier holding a_mk is combined with row k of B, one element per
 * step; the products go to PSRAM as the fiber (m, k).  When all of A is done, the fibers of each output row are merged,
 * P at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "book.h"
#include "model.h"

/* Tiles of one kind: `count` with `fibers` distinct k each, in runs of `run` multipliers on average. */
struct kind {
    double count, words, fibers, run;
};

/* How A's columns fall into tiles. */
struct layout {
    double columns, tiles, cuts; /* nonempty columns; tiles; cuts between tiles inside a column */
    double taken;                /* share of K that is nonempty */
    double close;                /* P(the next column is not empty either) */
    unsigned kinds;
    struct kind kind[3];         /* full tiles inside one column, other full tiles, the last tile */
};

/* Share of the cuts between tiles that fall inside a column of A: every place between two nonzeros is as likely as any
 * other to be a column's end, unless all columns are equally long and the cuts keep step with them. */
static double split_share(const struct sc_plan *plan, const struct sc_profile *p, double columns)
{
    double length = p->a.col.mean;
    if (p->a.col.variance < 0.25 && fabs(length - round(length)) < 1e-6 && length > 0.5)
        return 1 - sc_common_divisor(plan->leaves, round(length)) / length;
    return p->a.nnz > 1 ? sc_max(0, 1 - (columns - 1) / (p->a.nnz - 1)) : 0;
}

/* The mean m of lengths 1 + Poisson(m - 1) whose nonzeros meet as many others of their column as A's do, which is m -
 * 1/m.  Of columns longer than a tile only the ends count where tiles inside them stand apart. */
static double column_met(const struct sc_plan *plan, const struct sc_profile *p, bool all)
{
    double first = 0, second = 0;
    for (unsigned i = 0; i < p->a.col.strata; i++) {
        const struct sc_stratum *s = &p->a.col.stratum[i];
        if (!all && s->mean >= plan->leaves) { /* both its ends */
            first += s->share * plan->leaves;
            second += s->share * plan->leaves * plan->leaves * 2 / 3;
            continue;
        }
        first += s->share * s->mean;
        second += s->share * (s->mean * s->mean + s->variance);
    }
    double others = first > 0 ? sc_max(0, second / first - 1) : 0;
    return (others + sqrt(others * others + 4)) / 2;
}

/* Tiles that lie wholly inside a column, where columns are of very different lengths. */
static double inside_tiles(const struct sc_plan *plan, const struct sc_profile *p)
{
    double tiles = 0;
    for (unsigned i = 0; p->a.col.strata > 1 && i < p->a.col.strata; i++) {
        double length = p->a.col.stratum[i].mean;
        if (length >= plan->leaves)
            tiles += p->K * p->a.col.stratum[i].share * (length - plan->leaves + 1) / plan->leaves;
    }
    return tiles;
}

static void lay_out(const struct sc_plan *plan, const struct sc_task *task, const struct sc_picks *picks,
                    struct layout *l)
{
    const struct sc_profile *p = task->profile;
    double full = sc_floor(p->a.nnz / plan->leaves), rest = p->a.nnz - full * plan->leaves;
    l->columns = sc_max(1, p->K * (1 - task->empty_columns));
    l->tiles = full + (rest > 0);
    double split = split_share(plan, p, l->columns), run = p->a.nnz / l->columns;
    l->cuts = (l->tiles - 1) * split;
    l->taken = sc_min(1, l->columns / p->K);
    l->close = sc_picks_close(picks, l->taken);
    l->kinds = 0;
    double inside = sc_min(inside_tiles(plan, p), sc_max(0, full - 1));
    double others = full - inside,
           last = rest > 0 ? sc_min(l->columns, sc_max(1, rest / run + (full > 0 ? split : 0))) : 0;
    if (inside > 0)
        l->kind[l->kinds++] = (struct kind){inside, plan->leaves, 1, plan->leaves};
    if (others > 0) {
        double fibers = sc_max(1, (l->columns + l->cuts - inside - last) / others);
        run = sc_min(column_met(plan, p, inside <= 0), 4 * plan->leaves);
        l->kind[l->kinds++] = (struct kind){others, plan->leaves, sc_min(plan->leaves, fibers), run};
    }
    if (rest > 0)
        l->kind[l->kinds++] = (struct kind){1, rest, sc_min(rest, last), run};
}

static struct sc_crowd crowd_of(const struct sc_plan *plan, const struct sc_profile *p, const struct layout *l,
                                const struct kind *k)
{
    bool blocking = plan->machine.timing == SC_BLOCKING;
    return (struct sc_crowd){
        .fibers = k->fibers,
        .alike = sc_alike(p, k->fibers, k->fibers / l->close),
        .multipliers = k->words,
        .run = blocking ? k->run : 1,
        .length = sc_fiber(p),
        .deviation = sqrt(p->b.row.variance),
        .taken = l->close,
        .lines = !blocking && plan->machine.str_words_per_bank > 1,
        .all_lines = sc_ceil(p->b.nnz / plan->line_words),
        .dn = blocking ? 0 : plan->machine.dn_bandwidth,
        .rn = blocking ? 0 : plan->machine.rn_bandwidth,
    };
}

/* What merging of all rows adds up to. */
struct merging {
    double rows, empty;             /* rows with fibers, and without */
    double passes, inputs, outputs; /* outputs: of all passes; inputs: of the first and all later ones */
    double cycles;                  /* pipelined: windows, but for the beats of inputs beyond outputs */
    double groups;                  /* passes over fibers as they come, all but a long row's later ones */
    unsigned kinds;                 /* of rows: empty ones, then by their number of fibers */
    struct row_kind {
        double rows, between, others, fibers, outputs; /* others: cycles without output */
    } kind[SC_NODES_MAX + 1];
};

/* Rows by their number of fibers, nonempty rows of B alone. */
static void fiber_nodes(const struct sc_plan *plan, const struct sc_task *task, struct sc_nodes *nodes)
{
    struct sc_lengths l = task->profile->a.row;
    double some = 1 - task->empty_met;
    for (unsigned i = 0; i < l.strata && some < 1; i++) {
        struct sc_stratum *s = &l.stratum[i];
        s->variance = some * some * s->variance + some * (1 - some) * s->mean;
        s->mean *= some;
    }
    sc_nodes_fill(nodes, &l, plan->leaves);
}

/* The last passes together leave C; what earlier ones leave is scaled as much as the unions of whole rows have to be.
 */
static void merge(const struct sc_plan *plan, const struct sc_task *task, struct merging *m)
{
    const struct sc_profile *p = task->profile;
    struct sc_nodes nodes;
    double nonempty = sc_max(1e-12, 1 - task->empty_met), final = 0, early = 0, idle = 0;
    *m = (struct merging){.kinds = 1};
    fiber_nodes(plan, task, &nodes);
    for (unsigned i = 0; i < nodes.count; i++) {
        double length = nodes.node[i].length, some = sc_min(1, length), rows = p->M * nodes.node[i].share * some;
        struct sc_row_merge row;
        m->empty += p->M * nodes.node[i].share * (1 - some);
        if (some <= 0)
            continue;
        double fibers = length / some, whole = sc_union(task, fibers / nonempty);
        sc_merge_row(plan, task, fibers, fibers / nonempty, &row);
        m->rows += rows;
        m->passes += rows * row.passes;
        m->groups += rows * sc_ceil(fibers / plan->leaves - 1e-9);
        final += rows * whole;
        early += rows * row.between;
        double waiting = row.idle + sc_max(0, row.last / plan->machine.dn_bandwidth - whole);
        idle += rows * waiting;
        m->kind[m->kinds++] = (struct row_kind){rows, row.between, waiting + row.passes, fibers, whole};
    }
    double scale = final > 0 ? p->nnz_c / final : 1;
    early *= sqrt(scale);
    m->inputs = p->products + early;
    m->outputs = p->nnz_c + early;
    m->cycles = m->outputs + idle + m->passes;
    m->kind[0] = (struct row_kind){m->empty, 0, 1, 0, 0};
    for (unsigned i = 1; i < m->kinds; i++) {
        m->kind[i].outputs *= scale;
        m->kind[i].between *= sqrt(scale);
    }
}

static void blocking(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_picks picks;
    struct sc_survival once;
    const struct sc_survival *lengths = &task->lengths; /* of a tile's fibers */
    const struct sc_survival *inside = &task->lengths;  /* of those of long columns, which are met often */
    struct layout l;
    struct sc_spaced spaced; /* of all kinds */
    if (p->a.nnz <= 0) {
        c->merge = p->M * plan->machine.empty_row;
        sc_book(c->account, SC_CHARGE_MERGE_EMPTY, p->M, c->merge);
        return;
    }
    sc_picks_init(&picks, p);
    lay_out(plan, task, &picks, &l);
    if (task->once != task->met) {
        sc_survival_fill(&once, task->once, p->b.band > 0);
        sc_survival_feed(&once, task->met);
        lengths = &once;
    }
    struct sc_queue q = {.reads = p->products};
    double drain = plan->machine.outer_drain > 0 ? plan->machine.outer_drain : plan->machine.drain;
    for (unsigned i = 0; i < l.kinds; i++) {
        const struct kind *k = &l.kind[i];
        struct sc_crowd crowd = crowd_of(plan, p, &l, k);
        struct sc_walk walk;
        if (i == 0)
            sc_crowd_space(&spaced, &plan->shapes, &crowd);
        sc_crowd_walk_spaced(&plan->shapes, l.kinds > 1 && i == 0 && k->fibers <= 1 ? inside : lengths, &crowd,
                             &spaced, &walk);
        e->tiles += k->count;
        e->steps += k->count * walk.steps;
        c->stationary += k->count * sc_blocking_load(plan, k->words);
        c->stream += k->count * (plan->machine.step_fixed * walk.steps + walk.banks + drain);
        q.banks += k->count * walk.banks;
        double stall = sc_blocking_load_stall(plan, k->count, k->words);
        c->stall += stall;
        sc_book_loads(plan, c->account, k->count, k->words);
        sc_book_steps(plan, c->account, k->count * walk.steps, k->count * walk.banks, k->count, drain);
        sc_book_misses(plan, c->account, k->count * sc_min(1, k->words / plan->line_words),
                       k->count * k->words / plan->line_words, stall);
    }
    e->stationary_words = p->a.nnz;
    e->str_reads = e->psum_writes = e->psum_reads = p->products;

    const struct kind *k = &l.kind[l.kinds > 1 && l.kind[0].fibers <= 1 ? 1 : 0];
    double of_a, of_b;
    sc_blocking_lines(plan, p, &of_a, &of_b);
    double lines = of_b * sc_picks_touched_once(plan, &picks, p, l.taken);
    double begins = l.columns * sc_picks_own_line(plan, task->once, l.close) * (1 - sc_lengths_empty(task->once));
    double bring = sc_min(l.tiles, l.columns);
    begins = sc_min(lines, begins);
    if (k->fibers * task->once->mean >
        plan->capacity_lines * plan->line_words) { /* a split fiber is gone by the second tile */
        double again = (k->fibers > 1.5 ? e->tiles - 1 : e->tiles) * sc_fiber(p) / plan->line_words;
        lines += again;
        bring = l.tiles;
    }
    e->line_misses = of_a + lines;
    double last = (of_a - p->a.nnz / plan->line_words) * plan->miss_latency; /* A's last line is never full */
    c->stall += last;
    sc_book(c->account, SC_CHARGE_LAST_LINE, of_a - p->a.nnz / plan->line_words, last);
    double new_fibers = sc_max(1, l.columns / bring);
    double first = sc_missing_starts(bring, begins, new_fibers, l.close);
    double missing = first + sc_missing_steps(plan, p, lengths, bring, lines - begins, new_fibers, l.close, l.close);
    q.steps = e->steps;
    q.same = k->words / sc_max(1, k->fibers);
    double waits = sc_queued_stall(plan, missing, lines, &q), store = sc_last_store(plan, p, false);
    c->stall += waits + store;
    sc_book_misses(plan, c->account, missing, lines, waits);
    sc_book(c->account, SC_CHARGE_LAST_STORE, store > 0, store);

    struct merging m;
    merge(plan, task, &m);
    e->merge_passes = m.passes;
    e->merge_outputs = m.outputs;
    e->merge_inputs = m.inputs;
    c->merge = m.empty * plan->machine.empty_row + m.outputs + m.passes * plan->machine.drain;
    sc_book(c->account, SC_CHARGE_MERGE_EMPTY, m.empty, m.empty * plan->machine.empty_row);
    sc_book_merging(c->account, m.outputs, m.passes, plan->machine.drain, 0);
}

/* Products wait in PSRAM until merging: what does not fit goes to DRAM, oldest first, and comes back. */
struct spill {
    double share, bytes; /* of all blocks; both ways each */
    double fibers;       /* share of the fibers that have a block in DRAM: those of a tile take blocks in turn */
};

static struct spill spilled(const struct sc_plan *plan, const struct sc_task *task)
{
    const struct sc_profile *p = task->profile;
    double blocks = sc_psram_blocks(plan, task->met, p->a.nnz), all = blocks * plan->machine.psram_block_bytes;
    double left = sc_max(0, all - (double)plan->machine.psram_bytes), share = all > 0 ? left / all : 0;
    if (plan->machine.psram_bytes < plan->machine.psram_block_bytes) /* no PSRAM: element by element */
        return (struct spill){1, p->products * plan->machine.element_bytes, 1};
    double tiles = sc_ceil(p->a.nnz / plan->leaves), whole = sc_floor(share * tiles), part = share * tiles - whole;
    double turns = blocks / sc_max(1, p->a.nnz * (1 - task->empty_met));
    return (struct spill){share, left, sc_min(1, (whole + sc_min(1, part * turns)) / sc_max(1, tiles))};
}

static void pipelined_stream(const struct sc_plan *plan, const struct sc_task *task, const struct spill *spill,
                             struct sc_pipe *pipe, struct sc_events *e, struct sc_cycles *c)
{
    const struct sc_profile *p = task->profile;
    struct sc_picks picks;
    struct sc_survival once;
    const struct sc_survival *lengths = &task->lengths; /* of a tile's fibers */
    const struct sc_survival *inside = &task->lengths;  /* of those of long columns, which are met often */
    struct layout l;
    struct sc_spaced spaced; /* of all kinds */
    double carried = 0;
    sc_picks_init(&picks, p);
    lay_out(plan, task, &picks, &l);
    if (task->once != task->met) {
        sc_survival_fill(&once, task->once, p->b.band > 0);
        sc_survival_feed(&once, task->met);
        lengths = &once;
    }
    double lines = sc_ceil(p->b.nnz / plan->line_words) * sc_picks_touched_once(plan, &picks, p, l.taken);
    double begins =
        sc_min(lines, l.columns * sc_picks_own_line(plan, task->once, l.close) * (1 - sc_lengths_empty(task->once)));
    double again = 0, all = l.columns + l.cuts;
    for (unsigned i = 0; i < l.kinds; i++)
        if (l.kind[i].fibers * task->once->mean > plan->capacity_lines * plan->line_words)
            again += l.kind[i].count * sc_min(1, l.cuts / l.tiles) * sc_fiber(p) / plan->line_words;
    e->line_misses = lines + again;
    /* Whole tiles before the one in which PSRAM becomes full: parts of a tile would each have parts of its waits. */
    double before = spill->share > 0 ? sc_floor((1 - spill->share) * l.tiles + 1e-9) : l.tiles;
    for (unsigned i = 0; i < l.kinds; i++) {
        const struct kind *k = &l.kind[i];
        struct sc_crowd crowd = crowd_of(plan, p, &l, k);
        struct sc_walk walk;
        if (i == 0)
            sc_crowd_space(&spaced, &plan->shapes, &crowd);
        sc_crowd_walk_spaced(&plan->shapes, l.kinds > 1 && i == 0 && k->fibers <= 1 ? inside : lengths, &crowd,
                             &spaced, &walk);
        struct sc_pipe_tile t = {.steps = walk.steps, .load = sc_ceil(k->words / plan->machine.dn_bandwidth - 1e-9)};
        t.step_cycles = walk.cycles / sc_max(walk.steps, 1e-9);
        t.deviation = sc_min(walk.steps / 2, 0.6 * sqrt(task->once->variance / sc_max(1, log(k->fibers + 1))));
        t.fetch_bytes = k->words * plan->machine.element_bytes;
        double share = l.kinds > 1 && i == 0 && k->fibers <= 1 ? 0 : k->fibers * k->count / all,
               part = share / k->count;
        double tile_lines = part * (lines - begins) + again / l.tiles;
        double quiet = sc_min(k->count, sc_max(0, before - carried));
        sc_pipe_tiles(pipe, &t, quiet, part * begins, tile_lines);
        t.stream_writes = spill->share > 0 ? spill->bytes / sc_max(l.tiles - before, 1e-9) : 0;
        sc_pipe_tiles(pipe, &t, k->count - quiet, part * begins, tile_lines);
        carried += k->count;
        e->tiles += k->count;
        e->steps += k->count * walk.steps;
        c->stationary += k->count * t.load;
        c->stream += k->count * walk.cycles;
        sc_book_tiles(c->account, k->count, t.load, walk.steps, walk.cycles);
    }
    /* a cut is at a nonzero, so in a column as often as that has nonzeros */
    e->str_reads = e->delivered = l.columns * task->once->mean + l.cuts * task->met->mean;
    e->stationary_words = p->a.nnz;
    e->stationary_bytes = p->a.nnz * plan->machine.element_bytes;
}

/* Rows one after the other.  The fibers of low k were appended first: of a row's passes the first `share` fetch what
 * was spilled. */
static void pipelined_merge(const struct sc_plan *plan, const struct sc_task *task, const struct merging *m,
                            const struct spill *spill, struct sc_pipe *pipe)
{
    const struct sc_profile *p = task->profile;
    double fibers = p->a.nnz * (1 - task->empty_met) / sc_max(1, m->groups); /* of a pass over fibers as they come */
    double groups = m->groups / sc_max(1, m->rows), fetching, each = m->cycles / sc_max(1, m->passes);
    double output = p->nnz_c * plan->machine.element_bytes / sc_max(1, m->passes);
    fetching = -expm1(fibers * log1p(-sc_min(spill->fibers, 1 - 1e-12)));
    if (groups > 1.5) /* and the group in which they end */
        fetching = sc_min(1, spill->fibers + 0.5 / groups * (spill->fibers < 1));
    double span = p->a.band > 0 ? sc_min(1, p->a.band / p->K) : p->a.span > 0 ? p->a.span : 1;
    double rows = sc_max(1, m->rows), loud = spill->share > 0 ? m->groups / rows * fetching : 0;
    struct sc_pipe_row row = {.fetching = loud, .others = sc_max(0, m->passes / rows - loud), .empty = m->empty / rows,
                              .cycles = each, .writes = output};
    row.fetch = (struct sc_fetch){1, loud > 0 ? spill->bytes / (rows * loud) : 0};
    pipe->end += plan->fill_latency;
    if (groups <= 1.5) { /* rows of one pass, which fetch by chance, and empty rows between them */
        struct sc_pipe_kind kind[SC_NODES_MAX + 1];
        double none = log1p(-sc_min(spill->fibers, 1 - 1e-12));
        double bytes = spill->bytes / sc_max(1e-9, p->a.nnz * spill->fibers * (1 - task->empty_met));
        for (unsigned i = 0; i < m->kinds; i++) {
            const struct row_kind *k = &m->kind[i];
            double share = spill->share > 0 && k->fibers > 0 ? -expm1(k->fibers * none) : 0;
            if (span < 1) /* rows whose fibers lie close together spill as a whole, or not at all */
                share = sc_min(share, spill->fibers / (1 - span));
            kind[i] = (struct sc_pipe_kind){k->rows / p->M, k->outputs + k->between + k->others,
                                            k->outputs * plan->machine.element_bytes, {share, 0}};
            if (share > 0)
                kind[i].fetch.bytes = k->fibers * spill->fibers * bytes / share;
        }
        sc_pipe_sample(pipe, p->M, kind, m->kinds);
    } else {
        sc_pipe_rows(pipe, m->rows, &row);
    }
}

static void pipelined(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    struct spill spill = spilled(plan, task);
    struct merging m;
    struct sc_pipe pipe;
    sc_pipe_init(&pipe, plan);
    merge(plan, task, &m);
    pipelined_stream(plan, task, &spill, &pipe, e, c);
    pipelined_merge(plan, task, &m, &spill, &pipe);
    e->psum_writes = e->psum_reads = e->merge_inputs = m.inputs;
    e->merge_passes = m.passes;
    e->merge_outputs = m.outputs;
    e->spill_write_bytes = e->spill_read_bytes = spill.bytes;
    c->merge = m.cycles + m.empty;
    c->stall = sc_max(0, sc_pipe_finish(&pipe) + plan->fill_latency - c->stationary - c->stream - c->merge);
    sc_book(c->account, SC_CHARGE_MERGE_EMPTY, m.empty, m.empty);
    sc_book_merging(c->account, m.outputs, m.passes, 1, m.cycles - m.outputs - m.passes);
    sc_book_stall(plan, e, c, 2); /* streaming, merging */
}

void sc_outer_model(const struct sc_plan *plan, const struct sc_task *task, struct sc_events *e, struct sc_cycles *c)
{
    if (plan->machine.timing == SC_BLOCKING)
        blocking(plan, task, e, c);
    else
        pipelined(plan, task, e, c);
}
