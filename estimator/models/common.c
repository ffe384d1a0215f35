/* common.c - pieces that several closed forms share: binding, row-length nodes, DRAM stalls, merging.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_sf_expint.h>
#include <math.h>

#include "../family.h"
#include "model.h"

int sc_plan_init(struct sc_plan *plan, const struct sc_machine *machine, struct sc_error *err)
{
    *plan = (struct sc_plan){.machine = *machine};
    if (machine->family->estimate)
        return SC_OK; /* the rest is for the SpMSpM dataflows */
    plan->leaves = machine->multipliers;
    plan->line_words = (double)machine->str_line_bytes / machine->element_bytes;
    plan->capacity_lines = (double)(machine->str_bytes / machine->str_line_bytes);
    plan->miss_latency = machine->dram_latency_ns * machine->clock_ghz;
    plan->bytes_per_cycle = machine->dram_gbps / machine->clock_ghz;
    plan->lines_per_cycle = plan->bytes_per_cycle / machine->str_line_bytes;
    plan->fill_latency = machine->dn_levels + machine->multiplier_latency + ceil(log2(machine->multipliers));
    return sc_shapes_init(&plan->shapes, machine, err);
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
    double sigma = sqrt(s->variance), low = sc_max(0, s->mean - 3.6 * sigma), high = sc_min(width, s->mean + 3.6 * sigma);
    double bin = chunk / ceil(sc_min(3, 4 * chunk / (high - low))), first = floor(low / bin);
    unsigned bins = (unsigned)sc_max(1, ceil((high - first * bin) / bin));
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
    double sigma = sqrt(s->variance), whole = floor(s->mean), reach = 3 * sigma;
    if (s->mean <= 0 || sigma < 0.35) {
        add_node(nodes, whole, s->share * (whole + 1 - s->mean));
        add_node(nodes, whole + 1, s->share * (s->mean - whole));
    } else if (s->mean < 8 * l->unit && s->variance < s->mean * l->unit * 2) {
        add_short(nodes, s, l->unit, l->width);
    } else if (s->mean > reach && (floor((s->mean - reach) / chunk) == floor((s->mean + reach) / chunk) ||
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

void sc_task_init(struct sc_task *task, const struct sc_plan *plan, const struct sc_profile *profile)
{
    task->profile = profile;
    sc_nodes_fill(&task->chunks, &profile->a.row, plan->leaves);
    task->empty_fibers = sc_lengths_empty(&profile->b.row);
    task->empty_rows = sc_lengths_empty(&profile->a.row);
    task->empty_columns = sc_lengths_empty(&profile->a.col);
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
    return loads * (missing * plan->miss_latency + sc_max(0, lines - missing) / plan->lines_per_cycle);
}

double sc_blocking_stall(const struct sc_plan *plan, double steps, double lines)
{
    if (steps <= 0 || lines <= 0)
        return 0;
    double missing = -steps * expm1(-lines / steps);
    return missing * plan->miss_latency + (lines - missing) / plan->lines_per_cycle;
}

/* Ein(x) = integral from 0 to x of (1 - e^-u)/u du. */
static double ein(double x)
{
    if (x > 3)
        return log(x) + 0.57721566490153286061 + (x < 30 ? gsl_sf_expint_E1(x) : 0);
    double term = x, sum = x;
    for (int k = 2; k < 40 && fabs(term) > 1e-12 * sum; k++) {
        term *= -x / k;
        sum += term / k;
    }
    return sum;
}

double sc_blocking_stall_cooling(const struct sc_plan *plan, double steps_per_row, double lines, double keep, double rows)
{
    if (steps_per_row <= 0 || lines <= 0 || rows <= 0)
        return 0;
    if (keep <= 1e-6)
        return sc_blocking_stall(plan, steps_per_row, lines);
    double first = lines * (1 - keep) / steps_per_row, decay = -log(keep);
    double last = first * exp(-decay * rows), missing = 0;
    if (keep > 0.6) { /* Euler-Maclaurin: integral plus half the end terms */
        missing = (ein(first) - ein(last)) / decay + (expm1(-last) - expm1(-first)) / 2;
    } else {
        double rate = first;
        for (double i = 0; i < rows && rate > 1e-6; i++, rate *= keep)
            missing -= expm1(-rate);
    }
    missing *= steps_per_row;
    double fetched = lines * (1 - exp(-decay * rows));
    return missing * plan->miss_latency + sc_max(0, fetched - missing) / plan->lines_per_cycle;
}

double sc_merge_row(const struct sc_plan *plan, const struct sc_profile *p, double fibers, double rows, double *passes)
{
    double outputs = 0;
    for (*passes = 0;;) {
        double full = floor(fibers / plan->leaves + 1e-9), rest = sc_max(0, fibers - full * plan->leaves);
        double each = rows / fibers, groups = full + (rest > 1e-6);
        if (full > 0)
            outputs += full * sc_profile_union(p, plan->leaves * each);
        if (rest > 1e-6)
            outputs += sc_profile_union(p, rest * each);
        *passes += groups;
        if (fibers <= plan->leaves)
            return outputs;
        fibers = groups;
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
        gap = floor(gap);
    double n = rows - gap;
    return n <= 1 ? 0 : exp(gap * log1p(-d)) * (n * d + expm1(n * log1p(-d)));
}

double sc_bank_cycles(const struct sc_plan *plan, const struct sc_profile *p, const struct sc_walk *walk, double n, double taken,
                      double same, double apart, double random, bool lines)
{
    double banks = sc_shape_at(plan->shapes.fullest, plan->shapes.loads, n); /* rows in the fullest random bank */
    double spread = sc_spacing_ratio(&plan->shapes.spacing, n, sc_fiber(p), sqrt(p->b.row.variance), taken, lines);
    double sharing = banks > 1.001 ? sc_max(0, banks * spread - 1) / (banks - 1) : 1; /* 0: no two rows share a bank */
    double most = sc_min(n * same, sc_max(same, apart + (random - apart) * sharing));
    double words = n * sc_fiber(p), fullest = words / plan->shapes.banks + walk->excess;
    /* A single live row loads one bank `same` times, n rows load it `most` times.  In between the load grows with the number of live
     * rows while they are few, and as random banks fill when they are many. */
    if (n < 4)
        return same * walk->steps + (n > 1 ? (most - same) * (words - walk->steps) / (n - 1) : 0);
    return same * walk->steps + (most - same) / (banks - 1) * sc_max(0, fullest - walk->steps);
}

double sc_touched_share(const struct sc_plan *plan, const struct sc_profile *p, double taken)
{
    double overlapping = 1 + (plan->line_words - 1) / sc_max(sc_fiber(p), 1e-9); /* rows that have words in one line */
    return -expm1(overlapping * log1p(-sc_min(taken, 1 - 1e-12)));
}

double sc_first_step_share(const struct sc_plan *plan, const struct sc_profile *p, double taken)
{
    double per_line = plan->line_words / sc_max(sc_fiber(p), 1e-9), d = sc_min(taken, 1 - 1e-12); /* rows beginning in a line */
    double starts = per_line > 1 ? -expm1(per_line * log1p(-d)) : per_line * d;
    return sc_min(1, starts / sc_touched_share(plan, p, taken));
}

double sc_common_divisor(double a, double b)
{
    while (b >= 1) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

double sc_crossing_share(const struct sc_plan *plan, const struct sc_profile *p)
{
    double fiber = sc_fiber(p);
    if (p->b.row.variance > 0.25 || fiber != floor(fiber))
        return 1;
    return 1 / sc_common_divisor(plan->line_words, fiber); /* rows begin at multiples of it */
}

double sc_crossing_stall(const struct sc_plan *plan, const struct sc_profile *p, double steps, double lines, double live,
                         double taken)
{
    double share = sc_crossing_share(plan, p);
    if (share >= 1 || taken < 0.99 || lines <= 0)
        return sc_blocking_stall(plan, steps * share, lines);
    double phases = share * plan->line_words, missing = lines * sc_min(1, phases / live);
    return missing * plan->miss_latency + (lines - missing) / plan->lines_per_cycle;
}
