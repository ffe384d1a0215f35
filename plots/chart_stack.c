/* chart_stack.c - stacked bars: where the cycles and the energy of each layer go.
 *
 * A group's bars are shares of its largest one, since layers differ by orders of magnitude; its value stands above.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"
#include "machine.h"

enum { PARTS_MOST = 8, COLUMN_BARS = 16, TOP_LEAST = 7, TOP_VALUE = 14, MEMBER_LABEL = 24 };

/* A stacked figure before it is drawn. */
struct stack {
    const struct sc_bars *bars;
    const char *const *part; /* names, bottom first */
    const unsigned *hue;
    unsigned parts;
    double *height;   /* [(item * members + member) * parts + part]; NAN: no bar */
    const char *unit; /* of the tallest bar, above the group */
};

static double bar_total(const struct stack *stack, size_t item, unsigned member)
{
    double sum = 0;
    for (unsigned p = 0; p < stack->parts; p++)
        sum += stack->height[(item * stack->bars->members + member) * stack->parts + p];
    return sum;
}

static double group_top(const struct stack *stack, size_t item)
{
    double top = 0;
    for (unsigned m = 0; m < stack->bars->members; m++)
        top = fmax(top, bar_total(stack, item, m));
    return top;
}

/* The place of a bar, one unit wide; groups stand 0.6 apart. */
static double bar_place(const struct stack *stack, size_t item, unsigned member)
{
    double gap = stack->bars->members > 1 ? 0.6 : 0.25;
    return (double)item * (stack->bars->members + gap) + member;
}

static void add_part(struct sc_chart *chart, const struct stack *stack, unsigned part)
{
    sc_chart_series(chart, stack->part[part], stack->hue[part], SC_LOOK_DATA);
    for (size_t i = 0; i < stack->bars->count; i++)
        for (unsigned m = 0; m < stack->bars->members; m++) {
            const double *height = stack->height + (i * stack->bars->members + m) * stack->parts;
            double top = group_top(stack, i), foot = 0, left = bar_place(stack, i, m);
            if (!(bar_total(stack, i, m) > 0) || !(height[part] > 0))
                continue;
            for (unsigned p = 0; p < part; p++)
                foot += height[p];
            sc_chart_point(chart,
                           (double[]){left + 0.5, left + 0.06, left + 0.94, foot / top, (foot + height[part]) / top});
        }
}

/* Names every bar below the axis, and above a group its item and the tallest bar's value; where groups are too narrow
 * for that, the first bar's name begins with the item. */
static void add_labels(struct sc_chart *chart, const struct stack *stack)
{
    static const double page = 460, column = 200, character = 4.7; /* points: widths of plots, a letter of 7 pt */
    const struct sc_bars *bars = stack->bars;
    unsigned room = (unsigned)((chart->wide ? page : column) / (character * (double)bars->count));
    char label[4 * SC_CHART_LABEL + 1], value[64], both[sizeof label + 512];
    for (size_t i = 0; i < bars->count; i++) {
        double middle = bar_place(stack, i, 0) + bars->members / 2.0;
        sc_bars_label(bars, i, label);
        sc_short_number(value, sizeof value, group_top(stack, i), stack->unit);
        if (bars->members == 1) {
            sc_chart_text(chart, 'x', middle, label, SC_CHART_LABEL);
            continue;
        }
        if (room >= TOP_LEAST) {
            sc_chart_text(chart, 'u', middle, label, room < SC_CHART_LABEL ? room : SC_CHART_LABEL);
            sc_chart_text(chart, 't', middle, value, TOP_VALUE);
        }
        for (unsigned m = 0, named = room >= TOP_LEAST; m < bars->members; m++) {
            if (!(bar_total(stack, i, m) > 0))
                continue;
            snprintf(both, sizeof both, "%s%s%.400s", named ? "" : label, named ? "" : " ",
                     sc_member_name(bars->set, m));
            sc_chart_text(chart, 'x', bar_place(stack, i, m) + 0.5, both, named ? MEMBER_LABEL : SC_CHART_NAME);
            named = true;
        }
    }
}

static void add_stack(struct sc_chart *chart, const struct stack *stack)
{
    size_t bars = stack->bars->count * stack->bars->members;
    for (unsigned p = 0; p < stack->parts; p++)
        add_part(chart, stack, p);
    chart->wide = bars > COLUMN_BARS || (stack->bars->members > 1 && stack->bars->count > 3);
    add_labels(chart, stack);
    if (bars > 0)
        sc_chart_set(chart, "bars", bar_place(stack, stack->bars->count - 1, stack->bars->members - 1) + 1);
    sc_chart_set(chart, "most", 1);
}

/* "LEAD: layers ...; best dataflow of each machine". */
static void write_note(struct sc_chart *chart, const struct sc_bars *bars, const char *extra)
{
    const char *best = bars->set->machines.count > 1 ? "each machine's best dataflow" : "";
    snprintf(chart->note, sizeof chart->note, "%s%s%s%s%s", bars->note, bars->note[0] && best[0] ? "; " : "", best,
             (bars->note[0] || best[0]) && extra[0] ? "; " : "", extra);
}

static int allocate_heights(struct stack *stack, struct sc_error *err)
{
    stack->height = calloc(stack->bars->count * stack->bars->members * stack->parts + 1, sizeof *stack->height);
    return stack->height ? SC_OK : sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
}

int sc_chart_phases(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                    const struct sc_plot_options *options, struct sc_error *err)
{
    static const char *const columns[] = {"stationary_cycles", "stream_cycles", "merge_cycles", "stall_cycles"};
    static const char *const names[] = {"stationary loads", "streaming", "merging", "DRAM stalls"};
    static const unsigned hues[] = {5, 1, 3, 2};
    struct sc_bars bars;
    struct stack stack = {.bars = &bars, .part = names, .hue = hues, .parts = 4, .unit = "cycles"};
    char machines[4 * SC_CHART_NAME + 32];

    (void)frame, (void)options;
    sc_chart_start(chart, "stack", 5);
    int status = sc_bars_collect(&bars, set, columns, 4, err);
    if (status == SC_OK)
        status = allocate_heights(&stack, err);
    if (status == SC_OK) {
        memcpy(stack.height, bars.cells, bars.count * bars.members * stack.parts * sizeof *stack.height);
        add_stack(chart, &stack);
        sc_machines_title(machines, sizeof machines, set);
        snprintf(chart->title, sizeof chart->title, "Cycles by phase on %s", machines);
        snprintf(chart->y, sizeof chart->y, "cycles / slowest of the group");
        write_note(chart, &bars, "");
        status = sc_chart_status(chart, err);
    }
    free(stack.height);
    sc_bars_free(&bars);
    return status;
}

/* What can be told apart of a row's energy: counts that are columns, times the machine's energy per event. */
enum { MULTIPLIERS, STR_CACHE, PSRAM, DRAM, REST, ENERGY_PARTS };
enum { PRODUCTS, L1_READS, L1_MISSES, PSUM_WRITES, PSUM_READS, DRAM_READ, DRAM_WRITE, ENERGY, ENERGY_COLUMNS };
static const char *const energy_columns[ENERGY_COLUMNS] = {"products",         "l1_reads",   "l1_misses",
                                                           "psum_writes",      "psum_reads", "dram_read_bytes",
                                                           "dram_write_bytes", "energy_j"};

/* The parts of one bar in J; false when they exceed the total: the energies are not those of these results. */
static bool split_energy(double part[ENERGY_PARTS], const double *column, const struct sc_energy *energy)
{
    const double pj = 1e-12;
    int which = SC_ENERGY_NOMINAL;
    part[MULTIPLIERS] = pj * column[PRODUCTS] * energy->multiply[which];
    part[STR_CACHE] = pj * (column[L1_READS] * energy->str_read[which] + column[L1_MISSES] * energy->str_fill[which]);
    part[PSRAM] =
        pj * (column[PSUM_WRITES] * energy->psram_write[which] + column[PSUM_READS] * energy->psram_read[which]);
    part[DRAM] = pj * (column[DRAM_READ] * energy->dram_read[which] + column[DRAM_WRITE] * energy->dram_write[which]);
    double known = part[MULTIPLIERS] + part[STR_CACHE] + part[PSRAM] + part[DRAM];
    part[REST] = fmax(0, column[ENERGY] - known);
    return known <= column[ENERGY] * (1 + 1e-6);
}

/* Reads the machine of a member as the rows name it; false when it is not one whose energies split so, or not the same
 * file. */
static bool read_energies(struct sc_energy *energy, const struct sc_bars *bars, unsigned member, bool *no_memory)
{
    const struct sc_frame *frame = bars->set->frame;
    int machine_column = sc_frame_column(frame, "machine"), config_column = sc_frame_column(frame, "config");
    struct sc_machine machine;
    size_t row;

    for (size_t i = 0; i < bars->set->layer_count; i++) {
        if (!sc_member_row(bars->set, &bars->set->layers[i], member, &row))
            continue;
        const char *name = sc_frame_text(frame, row, machine_column);
        int status = strchr(name, '/') ? SC_UNSUPPORTED : sc_machine_read(&machine, name, NULL, NULL);
        *no_memory |= status == SC_NO_MEMORY;
        if (status != SC_OK)
            return false;
        const char *config = sc_frame_text(frame, row, config_column);
        *energy = machine.energy;
        return strstr(config, machine.digest) && strstr(config, machine.energy.digest) &&
               machine.energy.multiply[1] > 0;
    }
    return false;
}

static bool fill_energy(struct stack *stack, bool *no_memory)
{
    const struct sc_bars *bars = stack->bars;
    struct sc_energy energy;
    bool whole = true;
    for (unsigned m = 0; m < bars->members; m++) {
        whole = whole && read_energies(&energy, bars, m, no_memory);
        for (size_t i = 0; i < bars->count && whole; i++) {
            const double *column = bars->item[i].value + m * bars->columns;
            double *part = stack->height + (i * bars->members + m) * stack->parts;
            whole = isnan(column[ENERGY]) || split_energy(part, column, &energy);
            if (isnan(column[ENERGY]))
                part[REST] = NAN;
        }
    }
    if (whole)
        return true;
    for (size_t i = 0; i < bars->count; i++)
        for (unsigned m = 0; m < bars->members; m++) {
            double *part = stack->height + (i * bars->members + m) * stack->parts;
            memset(part, 0, stack->parts * sizeof *part);
            part[REST] = sc_bars_value(bars, i, m, ENERGY);
        }
    return false;
}

int sc_chart_energy(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                    const struct sc_plot_options *options, struct sc_error *err)
{
    static const char *names[] = {"multipliers", "STR cache", "partial sums", "DRAM", "rest"};
    static const unsigned hues[] = {1, 4, 3, 2, 0}, one_hue[ENERGY_PARTS] = {1, 1, 1, 1, 1};
    struct sc_bars bars;
    struct stack stack = {.bars = &bars, .part = names, .hue = hues, .parts = ENERGY_PARTS, .unit = "J"};
    char machines[4 * SC_CHART_NAME + 32];

    (void)frame, (void)options;
    sc_chart_start(chart, "stack", 5);
    int status = sc_bars_collect(&bars, set, energy_columns, ENERGY_COLUMNS, err);
    if (status == SC_OK)
        status = allocate_heights(&stack, err);
    if (status == SC_OK) {
        bool split = fill_energy(&stack, &chart->no_memory);
        const char *total[ENERGY_PARTS] = {"", "", "", "", "energy"};
        stack.part = split ? names : total;
        stack.hue = split ? hues : one_hue;
        add_stack(chart, &stack);
        sc_machines_title(machines, sizeof machines, set);
        snprintf(chart->title, sizeof chart->title, "Energy on %s", machines);
        snprintf(chart->y, sizeof chart->y, "energy / largest of the group");
        write_note(chart, &bars,
                   split ? "rest: networks, FIFO, adders and comparisons, whose counts results do not carry; no leakage"
                         : "totals only: the machine or energies of these rows are not at hand; no leakage");
        status = sc_chart_status(chart, err);
    }
    free(stack.height);
    sc_bars_free(&bars);
    return status;
}
