/* common.c - pieces that several closed forms share: binding, row-length nodes, DRAM stalls, merging.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "../family.h"
#include "model.h"

/* Everything but the tables. */
static void fill_constants(struct sc_plan *plan, const struct sc_machine *machine)
{
    *plan = (struct sc_plan){.machine = *machine};
    if (machine->family->estimate)
        return; /* the rest is for the SpMSpM dataflows */
    plan->leaves = machine->multipliers;
    plan->line_words = (double)machine->str_line_bytes / machine->element_bytes;
    plan->capacity_lines = (double)(machine->str_bytes / machine->str_line_bytes);
    plan->miss_latency = machine->dram_latency_ns * machine->clock_ghz;
    if (machine->timing == SC_BLOCKING)
        plan->miss_latency += machine->miss_fixed;
    plan->bytes_per_cycle = machine->dram_gbps / machine->clock_ghz;
    plan->lines_per_cycle = plan->bytes_per_cycle / machine->str_line_bytes;
    plan->fill_latency = machine->dn_levels + machine->multiplier_latency + sc_ceil(log2(machine->multipliers));
}

int sc_plan_init(struct sc_plan *plan, const struct sc_machine *machine, struct sc_error *err)
{
    fill_constants(plan, machine);
    return machine->family->estimate ? SC_OK : sc_shapes_init(&plan->shapes, machine, err);
}

bool sc_plan_share(struct sc_plan *plan, const struct sc_plan *other, const struct sc_machine *machine)
{
    const struct sc_machine *m = &other->machine;
    if (m->multipliers != machine->multipliers || m->str_banks != machine->str_banks ||
        m->str_line_bytes != machine->str_line_bytes || m->element_bytes != machine->element_bytes)
        return false;
    fill_constants(plan, machine);
    plan->shapes = other->shapes;
    return true;
}

void sc_plan_free(struct sc_plan *plan)
{
    sc_shapes_free(&plan->shapes);
}

static void add_node(struct sc_nodes *nodes, double length, double share)
{
    if (share <= 0)
        return;
    if (nodes->count < SC_NODES_MAX) {
        nodes->node[nodes->count++] = (struct sc_node){length, share};
        return;
    }
    struct sc_node *last = &nodes->node[SC_NODES_MAX - 1]; /* full: merge into the last, keeping the mean */
    last->length = (last->length * last->share + length * share) / (last->share + share);
    last->share += share;
}

/* Short fibers: every length on its own. */
static void add_short(struct sc_nodes *nodes, const struct sc_stratum *s, double unit, double width)
{
    double pmf[SC_PMF_MAX];
    unsigned n = sc_stratum_pmf(s, unit, pmf);
    for (unsigned k = 0; k < n; k++)
        if (pmf[k] > 1e-7)
            add_node(nodes, sc_min(k * unit, width), s->share * pmf[k]);
}

/* Long fibers, normal: bins that end at chunk boundaries, each represented by its conditional mean. */
static void add_bins(struct sc_nodes *nodes, const struct sc_stratum *s, double width, double chunk)
{
    double sigma = sqrt(s->variance), low = sc_max(0, s->mean - 3.6 * sigma),
           high = sc_min(width, s->mean + 3.6 * sigma);
    double bin = chunk / sc_ceil(sc_min(3, 4 * chunk / (high - low))), first = sc_floor(low / bin);
    unsigned bins = (unsigned)sc_max(1, sc_ceil((high - first * bin) / bin));
    double tail = 1, density = 0;
    for (unsigned k = 1; k <= bins; k++) {
        double end = sc_min((first + k) * bin, width), z = (end + 0.5 - s->mean) / sigma;
        double tail_end = k == bins ? 0 : sc_normal_tail(z);
        double density_end = k == bins ? 0 : 0.3989422804014327 * exp(-0.5 * z * z), share = tail - tail_end;
        if (share > 1e-9) {
            double length = s->mean + sigma * (density - density_end) / share;
            add_node(nodes, sc_min(sc_max(length, end - bin), end), s->share * share);
        }
        tail = tail_end;
        density = density_end;
    }
}

static void add_stratum(struct sc_nodes *nodes, const struct sc_stratum *s, const struct sc_lengths *l, double chunk)
{
    double sigma = sqrt(s->variance), whole = sc_floor(s->mean), reach = 3 * sigma;
    if (s->mean <= 0 || sigma < 0.35) {
        add_node(nodes, whole, s->share * (whole + 1 - s->mean));
        add_node(nodes, whole + 1, s->share * (s->mean - whole));
    } else if (s->mean < 8 * l->unit && s->variance < s->mean * l->unit * 2) {
        add_short(nodes, s, l->unit, l->width);
    } else if (s->mean > reach && (sc_floor((s->mean - reach) / chunk) == sc_floor((s->mean + reach) / chunk) ||
                                   sigma > 4 * chunk)) { /* no boundary nearby, or so many that none matters */
        add_node(nodes, s->mean - 1.7320508 * sigma, s->share / 6);
        add_node(nodes, s->mean, s->share * 2 / 3);
        add_node(nodes, sc_min(l->width, s->mean + 1.7320508 * sigma), s->share / 6);
    } else if (sigma > 4 * chunk) { /* wider than its mean: none, or enough to keep mean and variance */
        double some = s->mean * s->mean / (s->mean * s->mean + s->variance);
        add_node(nodes, 0, s->share * (1 - some));
        add_node(nodes, sc_min(l->width, s->mean / some), s->share * some);
    } else {
        add_bins(nodes, s, l->width, chunk);
    }
}

void sc_nodes_fill(struct sc_nodes *nodes, const struct sc_lengths *l, double chunk)
{
    nodes->count = 0;
    for (unsigned i = 0; i < l->strata; i++)
        add_stratum(nodes, &l->stratum[i], l, chunk);
}

/* Between two lengths of the table: a union of unlike fibers is 1 - exp(-h f), h constant, and nearly that for others.
 */
static const double UNION_RATIO = 1.5;

static void fill_unions(struct sc_unions *u, const struct sc_profile *p)
{
    bool plain =
        p->b.col.strata == 1 && p->b.row.strata == 1 && p->b.band <= 0 && p->b.run_rows <= 1 && p->b.group <= 0;
    u->count = 0;
    if (plain || p->b.nnz <= 0)
        return;
    for (double f = 1; u->count < SC_UNIONS_MAX; f *= UNION_RATIO) {
        double share = sc_profile_union(p, sc_min(f, p->K)) / p->N;
        u->value[u->count++] = log(sc_max(1e-300, -log1p(-sc_min(sc_max(share, 1e-300), 1 - 1e-9))));
        if (f >= p->K)
            break;
    }
}

double sc_union(const struct sc_task *task, double fibers)
{
    const struct sc_unions *u = &task->unions;
    if (fibers <= 1 || u->count < 2)
        return sc_profile_union(task->profile, fibers);
    double place = log(sc_min(fibers, task->profile->K)) / log(UNION_RATIO);
    if (place > u->count - 1)
        return sc_profile_union(task->profile, fibers);
    unsigned i = (unsigned)sc_min(place, u->count - 2);
    double value = u->value[i] + (place - i) * (u->value[i + 1] - u->value[i]);
    return -task->profile->N * expm1(-exp(value));
}

/* Whether all dataflows of the machine are outer products, which do not ask how rows are packed. */
static bool only_outer(const struct sc_machine *m)
{
    bool others = m->supports[SC_IP_M] || m->supports[SC_IP_N] || m->supports[SC_GUST_M] || m->supports[SC_GUST_N];
    return !others && (m->supports[SC_OP_M] || m->supports[SC_OP_N]);
}

void sc_task_init(struct sc_task *task, const struct sc_plan *plan, const struct sc_profile *profile)
{
    task->profile = profile;
    fill_unions(&task->unions, profile);
    sc_nodes_fill(&task->chunks, &profile->a.row, plan->leaves);
    task->empty_fibers = sc_lengths_empty(&profile->b.row);
    task->met = profile->b.met.strata > 0 ? &profile->b.met : &profile->b.row;
    task->once = profile->b.once.strata > 0 ? &profile->b.once : &profile->b.row;
    sc_survival_fill(&task->lengths, task->met, profile->b.band > 0);
    task->empty_met = profile->b.met.strata > 0 ? sc_lengths_empty(task->met) : task->empty_fibers;
    task->empty_rows = sc_lengths_empty(&profile->a.row);
    task->empty_columns = sc_lengths_empty(&profile->a.col);
    if (!only_outer(&plan->machine))
        sc_pack_rows(plan, task, &task->packing);
}

double sc_blocking_load(const struct sc_plan *plan, double n)
{
    if (n <= 0)
        return plan->machine.empty_step + plan->machine.stationary_fixed;
    return plan->machine.step_fixed + sc_shape_contiguous(&plan->shapes, n) + plan->machine.stationary_fixed;
}

double sc_blocking_load_stall(const struct sc_plan *plan, double loads, double n)
{
    double lines = n / plan->line_words; /* new lines per load: one per line boundary crossed */
    double missing = sc_min(1, lines);
    return loads * sc_contiguous_stall(plan, missing, lines, n);
}

void sc_merge_row(const struct sc_plan *plan, const struct sc_task *task, double fibers, double rows,
                  struct sc_row_merge *m)
{
    const struct sc_profile *p = task->profile;
    double each = rows / fibers,
           in = rows * sc_fiber_met(p) / fibers; /* rows of B and elements per fiber, of this round */
    *m = (struct sc_row_merge){0};
    for (;;) {
        double full = sc_floor(fibers / plan->leaves + 1e-9), rest = sc_max(0, fibers - full * plan->leaves);
        double groups = full + (rest > 1e-6), out = 0;
        m->passes += groups;
        if (fibers <= plan->leaves) {
            m->last = fibers * in;
            return;
        }
        if (full > 0) {
            double left = sc_union(task, plan->leaves * each);
            out += full * left;
            m->idle += full * sc_max(0, plan->leaves * in / plan->machine.dn_bandwidth - left);
        }
        if (rest > 1e-6) {
            double left = sc_union(task, rest * each);
            out += left;
            m->idle += sc_max(0, rest * in / plan->machine.dn_bandwidth - left);
        }
        m->between += out;
        fibers = groups;
        each = rows / groups;
        in = out / groups;
    }
}

double sc_refetches(const struct sc_plan *plan, double lines_of_b, double d, double rows)
{
    if (lines_of_b <= plan->capacity_lines || d <= 0)
        return 0;
    if (d > 1 - 1e-9)
        return sc_max(0, rows - 1);
    double gap = log1p(-plan->capacity_lines / lines_of_b) / log1p(-d);
    if (gap < 4) /* few rows: whole ones count */
        gap = sc_floor(gap);
    double n = rows - gap;
    return n <= 1 ? 0 : exp(gap * log1p(-d)) * (n * d + expm1(n * log1p(-d)));
}

double sc_common_divisor(double a, double b)
{
    if (a == 1 || b == 1)
        return 1;
    while (b >= 1) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

void sc_blocking_lines(const struct sc_plan *plan, const struct sc_profile *p, double *of_a, double *of_b)
{
    *of_a = sc_ceil(p->a.nnz / plan->line_words - 1e-9);
    *of_b = sc_ceil((p->a.nnz + p->b.nnz) / plan->line_words - 1e-9) - *of_a;
}

double sc_missing_starts(double tiles, double lines, double fibers, double close)
{
    double each = lines / tiles, n = sc_max(1, fibers);
    double chance = -expm1(n * log1p(-sc_min(1 - 1e-12, each / n)));
    return tiles * (close * sc_min(1, each) + (1 - close) * chance);
}

/* In how many of the steps between two lines one of `fibers` fibers can enter a new one; *turns: fibers of one length
 * take turns. */
static double entries(const struct sc_plan *plan, const struct sc_profile *p, double fibers, bool *turns)
{
    const struct sc_lengths *l = &p->b.row;
    double fiber = l->mean, unit = l->unit, line = plan->line_words;
    *turns = l->variance <= 0.25 && fabs(fiber - round(fiber)) < 1e-6 && fiber > 0.5;
    if (*turns)
        return line / sc_common_divisor(line, round(fiber));
    if (unit <= 1 || unit != sc_floor(unit))
        return line;
    double whole = sc_common_divisor(line, unit), last = fmod(l->width, unit);
    if (last <= 0)
        return line / whole;
    /* every fiber whose last run is cut short shifts those behind it */
    double shifted = -expm1(-fibers * p->b.density / p->b.run_rows);
    return line / whole + shifted * line * (1 / sc_common_divisor(whole, last) - 1 / whole);
}

/* Mean number of phases of a line that `alike` neighbours of one length go through: as many as their length's remainder
 * has multiples, any multiple of `step` being as likely (lines are powers of two). */
static double phases(double alike, double line, double step)
{
    double sum = 0, left = 1;
    for (double order = line / step; order >= 1; order /= 2) {
        double share = order > 1 ? left / 2 : left;
        sum += share * sc_min(alike, order);
        left -= share;
    }
    return sum;
}

/* The same for fibers in runs, the last of which may be cut short. */
static double phases_of_alike(const struct sc_plan *plan, const struct sc_profile *p, double alike)
{
    double line = plan->line_words, unit = p->b.row.unit;
    if (unit <= 1 || unit != sc_floor(unit))
        return phases(alike, line, 1);
    double whole = sc_common_divisor(line, unit), last = fmod(p->b.row.width, unit), d = last > 0 ? p->b.density : 0;
    double cut = d > 0 ? phases(alike, line, sc_common_divisor(whole, last)) : 0;
    return (1 - d) * phases(alike, line, whole) + d * cut;
}

/* Sum over steps but the first of the share of fibers that live (`rate` 0), or else of P(any of n living fibers enters
 * a line), each with probability `rate`. */
static double over_steps(const struct sc_survival *lengths, double n, double rate)
{
    double sum = 0;
    for (unsigned c = 0, i = 0; c < lengths->classes; c++) {
        double first = 1;
        for (; i < lengths->class[c].end; i++) {
            const struct sc_survival_point *p = &lengths->point[i];
            double weight = lengths->class[c].share * sc_max(0, p->weight - first);
            first = sc_max(0, first - p->weight);
            if (weight > 0)
                sum += weight * (rate > 0 ? -expm1(n * log1p(-rate * p->alive)) : p->alive);
        }
    }
    return sum;
}

double sc_missing_steps(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_survival *lengths,
                        double tiles, double lines, double fibers, double taken, double close)
{
    double living = over_steps(lengths, 1, 0);
    if (lines <= 0 || tiles <= 0 || living <= 0)
        return 0;
    bool turns;
    double each = lines / tiles, n = sc_max(1, fibers), places = entries(plan, p, n / close, &turns),
           share = places / plan->line_words;
    double rate = sc_min(1 - 1e-12, each / (share * living * n)), missing = share * over_steps(lengths, n, rate);
    if (turns && n > 1) {
        double range = n / taken, random = -places * expm1(n * log1p(-1 / sc_max(places, 1 + 1e-9)));
        double apart = range <= places ? n : -places * expm1(range / places * log1p(-sc_min(taken, 1 - 1e-12)));
        missing *= apart / random;
    }
    double alike = sc_alike(p, n, n / close);
    if (!turns && alike > 1) {
        double random = -places * expm1(n * log1p(-1 / sc_max(places, 1 + 1e-9))),
               apart = phases_of_alike(plan, p, alike);
        missing *= sc_min(1, -places * expm1(n / alike * log1p(-sc_min(1 - 1e-12, apart / places))) / random);
    }
    return tiles * sc_min(missing, each);
}

double sc_alike(const struct sc_profile *p, double fibers, double span)
{
    if (p->b.run_rows <= 1)
        return 1;
    double blocks = sc_max(1, span / p->b.run_rows), hit = sc_min(fibers, 1 + sc_max(0, blocks - 1));
    return sc_max(1, fibers / sc_min(hit, -blocks * expm1(fibers * log1p(-sc_min(1 / blocks, 1 - 1e-12)))));
}
