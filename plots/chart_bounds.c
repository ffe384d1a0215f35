/* chart_bounds.c - what limits the cycles: a stacked bar per machine or dataflow, shares by bound.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "bars.h"
#include "kinds.h"

enum { BOUNDS_MOST = 24, SHOWN = 7, COLUMN_BARS = 8, MEMBER_LABEL = 24 };

/* Cycles by bound: of each member, and of all for the order. */
struct tally {
    const char *name[BOUNDS_MOST + 1]; /* the frame's, or "other" */
    double *cycles;                    /* [member * (BOUNDS_MOST + 1) + bound] */
    double all[BOUNDS_MOST + 1], total;
    unsigned count;
};

bool sc_has_bounds(const struct sc_frame *frame, const struct sc_result_set *set)
{
    int column = sc_frame_column(frame, "bound");
    if (!set || sc_has_pareto(frame, set))
        return false;
    for (size_t row = 0; column != SC_NO_COLUMN && row < sc_frame_rows(frame); row++)
        if (sc_frame_text(frame, row, column)[0])
            return true;
    return false;
}

/* The place of a name; the last one is for all that are too many. */
static unsigned place_of(struct tally *t, const char *name)
{
    unsigned i = 0;
    while (i < t->count && t->name[i] != name) /* equal texts are one pointer */
        i++;
    if (i == t->count && t->count < BOUNDS_MOST)
        t->name[t->count++] = name;
    return i;
}

static void count_cycles(struct tally *t, const struct sc_frame *frame, const struct sc_result_set *set)
{
    int column = sc_frame_column(frame, "bound"), cycles_column = sc_frame_column(frame, "cycles");
    for (size_t i = 0; i < set->layer_count; i++)
        for (unsigned m = 0; m < sc_member_count(set); m++) {
            size_t row;
            if (!sc_member_row(set, &set->layers[i], m, &row) || !sc_frame_text(frame, row, column)[0])
                continue;
            double cycles = set->layers[i].count * sc_frame_number(frame, row, cycles_column);
            unsigned at = place_of(t, sc_frame_text(frame, row, column));
            if (!(cycles > 0))
                continue;
            t->cycles[m * (BOUNDS_MOST + 1) + at] += cycles;
            t->all[at] += cycles;
            t->total += cycles;
        }
}

/* The bounds with most cycles first, ties in the order of the file; what is beyond SHOWN is one. */
static unsigned order(const struct tally *t, unsigned shown[SHOWN + 1])
{
    unsigned n = 0;
    bool taken[BOUNDS_MOST + 1] = {false};
    while (n < SHOWN) {
        int most = -1;
        for (unsigned i = 0; i <= BOUNDS_MOST; i++)
            if (!taken[i] && t->all[i] > 0 && (most < 0 || t->all[i] > t->all[most]))
                most = (int)i;
        if (most < 0)
            break;
        taken[most] = true;
        shown[n++] = (unsigned)most;
    }
    return n;
}

static double member_total(const struct tally *t, unsigned m)
{
    double sum = 0;
    for (unsigned i = 0; i <= BOUNDS_MOST; i++)
        sum += t->cycles[m * (BOUNDS_MOST + 1) + i];
    return sum;
}

static void add_pieces(struct sc_chart *chart, const struct tally *t, unsigned members)
{
    unsigned shown[SHOWN + 1], count = order(t, shown);
    double foot[2 * SC_SET_NAMES] = {0};
    for (unsigned s = 0; s <= count; s++) {
        bool rest = s == count;
        sc_chart_series(chart, rest ? "other" : t->name[shown[s]] ? t->name[shown[s]] : "other", rest ? 0 : s + 1,
                        SC_LOOK_DATA);
        for (unsigned m = 0; m < members; m++) {
            double total = member_total(t, m);
            double share = rest ? 1 - foot[m] : t->cycles[m * (BOUNDS_MOST + 1) + shown[s]] / total;
            if (!(total > 0) || !(share > 1e-9))
                continue;
            sc_chart_point(chart, (double[]){m + 0.5, m + 0.1, m + 0.9, foot[m], foot[m] + share});
            foot[m] += share;
        }
    }
}

int sc_chart_bounds(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                    const struct sc_plot_options *options, struct sc_error *err)
{
    unsigned members = sc_member_count(set);
    struct tally t = {.cycles = calloc((size_t)members * (BOUNDS_MOST + 1) + 1, sizeof *t.cycles)};
    char machines[4 * SC_CHART_NAME + 32];

    (void)options;
    sc_chart_start(chart, "stack", 5);
    if (!t.cycles)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    count_cycles(&t, frame, set);
    add_pieces(chart, &t, members);
    for (unsigned m = 0; m < members; m++)
        sc_chart_text(chart, 'x', m + 0.5, sc_member_name(set, m), MEMBER_LABEL);
    sc_chart_set(chart, "bars", members);
    sc_chart_set(chart, "most", 1);
    chart->wide = members > COLUMN_BARS;
    sc_machines_title(machines, sizeof machines, set);
    snprintf(chart->title, sizeof chart->title, "What limits the cycles on %s", machines);
    snprintf(chart->y, sizeof chart->y, "share of the cycles");
    snprintf(chart->note, sizeof chart->note, "each layer's cycles count for the one bound that its row names%s",
             set->machines.count > 1 ? "; each machine's best dataflow" : "");
    free(t.cycles);
    if (!(t.total > 0))
        return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0,
                       "no row names its bound: the column 'bound' is missing or blank; expected a result CSV of this "
                       "version");
    return sc_chart_status(chart, err);
}
