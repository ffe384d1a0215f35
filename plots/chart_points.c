/* chart_points.c - figures of points: roofline, and estimates against simulations.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "kinds.h"
#include "machine.h"

enum { POINTS_MOST = 4000 }; /* more would only hide each other, and make files that viewers choke on */

/* Every how many layers one is drawn. */
static size_t stride_of(const struct sc_result_set *set)
{
    size_t points = set->layer_count * sc_member_count(set);
    return points > POINTS_MOST ? (points + POINTS_MOST - 1) / POINTS_MOST : 1;
}

static void note_stride(struct sc_chart *chart, size_t stride)
{
    char *end = chart->note + strlen(chart->note);
    if (stride > 1)
        snprintf(end, sizeof chart->note - (size_t)(end - chart->note), "%sone of every %zu layers is drawn",
                 chart->note[0] ? "; " : "", stride);
}

/* The limits of a machine: products per cycle, and bytes of DRAM per cycle. */
struct roof {
    double products, bytes;
    char machine[64];
};

/* The roofs of the machines that rows name and that are at hand, each once; -1 when memory is exhausted. */
static int find_roofs(struct roof roof[SC_SET_NAMES], const struct sc_result_set *set)
{
    int column = sc_frame_column(set->frame, "machine");
    struct sc_machine machine;
    int count = 0;
    for (unsigned m = 0; m < set->machines.count; m++)
        for (size_t i = 0; i < set->layer_count; i++) {
            unsigned d = sc_set_best_dataflow(set, &set->layers[i], m);
            if (d == set->dataflows.count)
                continue;
            const char *name = sc_frame_text(set->frame, set->layers[i].row[m * set->dataflows.count + d], column);
            int status = strchr(name, '/') ? SC_UNSUPPORTED : sc_machine_read(&machine, name, NULL, NULL);
            if (status == SC_NO_MEMORY)
                return -1;
            if (status != SC_OK || !(machine.clock_ghz > 0))
                break;
            struct roof found = {machine.multipliers, machine.dram_gbps / machine.clock_ghz, ""};
            snprintf(found.machine, sizeof found.machine, "%s", machine.name);
            bool known = !(found.products > 0 && found.bytes > 0);
            for (int r = 0; r < count; r++)
                known |= roof[r].products == found.products && roof[r].bytes == found.bytes;
            if (!known)
                roof[count++] = found;
            break;
        }
    return count;
}

/* A roof from `low` to `high` products per byte. */
static void add_roof(struct sc_chart *chart, const struct roof *roof, int roofs, double low, double high)
{
    char name[128];
    double ridge = roof->products / roof->bytes;
    if (roofs == 1)
        snprintf(name, sizeof name, "roof: %g products, %.3g B per cycle", roof->products, roof->bytes);
    else
        snprintf(name, sizeof name, "roof of %s", roof->machine);
    sc_chart_series(chart, name, 0, SC_LOOK_LINE);
    sc_chart_point(chart, (double[]){low, fmin(roof->products, roof->bytes * low)});
    if (ridge > low && ridge < high)
        sc_chart_point(chart, (double[]){ridge, roof->products});
    sc_chart_point(chart, (double[]){high, fmin(roof->products, roof->bytes * high)});
}

int sc_chart_roofline(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                      const struct sc_plot_options *options, struct sc_error *err)
{
    static const char *const needed[] = {"products", "cycles", "dram_read_bytes", "dram_write_bytes"};
    int column[4];
    struct roof roof[SC_SET_NAMES];
    double low, high, low_y, high_y;
    char machines[4 * SC_CHART_NAME + 32];
    size_t row, stride = stride_of(set);

    (void)options;
    sc_chart_start(chart, "roofline", 2);
    for (int c = 0; c < 4; c++)
        if ((column[c] = sc_frame_column(frame, needed[c])) == SC_NO_COLUMN)
            return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1, "no column '%s', which a roofline needs",
                           needed[c]);
    for (unsigned m = 0; m < sc_member_count(set); m++) {
        sc_chart_series(chart, sc_member_name(set, m), sc_member_hue(set, m), SC_LOOK_DATA);
        for (size_t i = 0; i < set->layer_count; i += stride) {
            if (!sc_member_row(set, &set->layers[i], m, &row))
                continue;
            double products = sc_frame_number(frame, row, column[0]), cycles = sc_frame_number(frame, row, column[1]);
            double bytes = sc_frame_number(frame, row, column[2]) + sc_frame_number(frame, row, column[3]);
            if (products > 0 && cycles > 0 && bytes > 0)
                sc_chart_point(chart, (double[]){products / bytes, products / cycles});
        }
    }
    int status = sc_chart_status(chart, err);
    if (status != SC_OK)
        return status;
    sc_chart_range(chart, 0, &low, &high);
    sc_chart_range(chart, 1, &low_y, &high_y);
    int roofs = find_roofs(roof, set);
    if (roofs < 0)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the roofs of a figure");
    for (int r = 0; r < roofs; r++) {
        low = fmin(low, roof[r].products / roof[r].bytes / 2);
        high = fmax(high, roof[r].products / roof[r].bytes * 2);
        high_y = fmax(high_y, roof[r].products);
    }
    for (int r = 0; r < roofs; r++)
        add_roof(chart, &roof[r], roofs, low / 1.5, high * 1.5);
    sc_chart_set(chart, "low_x", low / 1.5);
    sc_chart_set(chart, "high_x", high * 1.5);
    sc_chart_set(chart, "low_y", low_y / 1.6);
    sc_chart_set(chart, "high_y", high_y * 1.6);
    sc_machines_title(machines, sizeof machines, set);
    snprintf(chart->title, sizeof chart->title, "Roofline of %s", machines);
    snprintf(chart->x, sizeof chart->x, "products per byte of DRAM traffic");
    snprintf(chart->y, sizeof chart->y, "products per cycle");
    if (roofs == 0)
        snprintf(chart->note, sizeof chart->note, "no roof: the machine file of these rows is not at hand or has none");
    else if (set->machines.count > 1)
        snprintf(chart->note, sizeof chart->note, "each machine's best dataflow");
    note_stride(chart, stride);
    return sc_chart_status(chart, err);
}

bool sc_has_mixed_sources(const struct sc_frame *frame, const struct sc_result_set *set)
{
    (void)frame;
    return set && set->mixed;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A simulation and its estimate. */
struct pair {
    unsigned dataflow;
    double simulated, estimated, low, high;
};

struct pairs {
    struct pair *pair;
    size_t count, covered;
    bool intervals; /* some are wider than a point */
};

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
}

/* The number of the machine whose name is that of `machine` with another source, or machines.count. */
static unsigned estimate_of(const struct sc_result_set *set, unsigned machine)
{
    static const char simulation[] = " (simulation)", estimate[] = " (estimate)";
    const char *name = set->machines.name[machine];
    size_t length = strlen(name), tail = sizeof simulation - 1;
    if (length < tail || strcmp(name + length - tail, simulation) != 0)
        return set->machines.count;
    for (unsigned m = 0; m < set->machines.count; m++) {
        const char *other = set->machines.name[m];
        if (strncmp(other, name, length - tail) == 0 && strcmp(other + length - tail, estimate) == 0)
            return m;
    }
    return set->machines.count;
}

static int find_pairs(struct pairs *pairs, const struct sc_frame *frame, const struct sc_result_set *set,
                      struct sc_error *err)
{
    int low = sc_frame_column(frame, "cycles_low"), high = sc_frame_column(frame, "cycles_high");
    unsigned dataflows = set->dataflows.count;
    pairs->pair = calloc(sc_frame_rows(frame), sizeof *pairs->pair);
    if (!pairs->pair)
        return out_of_memory(err);
    for (unsigned m = 0; m < set->machines.count; m++) {
        unsigned e = estimate_of(set, m);
        for (size_t i = 0; i < set->layer_count && e < set->machines.count; i++)
            for (unsigned d = 0; d < dataflows; d++) {
                const struct sc_set_layer *layer = &set->layers[i];
                struct pair p = {d, layer->cycles[m * dataflows + d], layer->cycles[e * dataflows + d], 0, 0};
                if (p.simulated <= 0 || p.estimated <= 0)
                    continue;
                size_t row = layer->row[e * dataflows + d];
                p.low = fmin(p.estimated, sc_frame_number(frame, row, low));
                p.high = fmax(p.estimated, sc_frame_number(frame, row, high));
                p.low = p.low > 0 ? p.low : p.estimated;
                pairs->intervals |= p.low < p.high;
                pairs->covered += p.simulated >= p.low * (1 - 1e-8) && p.simulated <= p.high * (1 + 1e-8);
                pairs->pair[pairs->count++] = p;
            }
    }
    return SC_OK;
}

static int write_parity_titles(struct sc_chart *chart, const struct pairs *pairs, struct sc_error *err)
{
    double *error = calloc(pairs->count + 1, sizeof *error);
    if (!error)
        return out_of_memory(err);
    for (size_t i = 0; i < pairs->count; i++)
        error[i] = 100 * fabs(pairs->pair[i].estimated / pairs->pair[i].simulated - 1);
    qsort(error, pairs->count, sizeof *error, compare_numbers);
    if (pairs->count > 0)
        snprintf(chart->note, sizeof chart->note, "%zu runs; |error| median %.3g %%, worst %.3g %%%s", pairs->count,
                 (error[(pairs->count - 1) / 2] + error[pairs->count / 2]) / 2, error[pairs->count - 1],
                 pairs->intervals ? "" : "; no intervals (uncalibrated)");
    char *end = chart->note + strlen(chart->note);
    if (pairs->intervals)
        snprintf(end, sizeof chart->note - (size_t)(end - chart->note), "; %zu of %zu simulations within the intervals",
                 pairs->covered, pairs->count);
    free(error);
    return SC_OK;
}

int sc_chart_parity(struct sc_chart *chart, const struct sc_frame *frame, const struct sc_result_set *set,
                    const struct sc_plot_options *options, struct sc_error *err)
{
    struct pairs pairs = {0};
    double low, high, low_e, high_e;

    (void)options;
    sc_chart_start(chart, "compare", 4);
    int status = find_pairs(&pairs, frame, set, err);
    size_t stride = pairs.count > POINTS_MOST ? (pairs.count + POINTS_MOST - 1) / POINTS_MOST : 1;
    for (unsigned d = 0; d < set->dataflows.count && status == SC_OK; d++) {
        sc_chart_series(chart, set->dataflows.name[d], sc_dataflow_hue(set->dataflows.name[d]), SC_LOOK_DATA);
        for (size_t i = 0; i < pairs.count; i += stride) {
            const struct pair *p = &pairs.pair[i];
            if (p->dataflow == d)
                sc_chart_point(chart, (double[]){p->simulated, p->estimated, p->low, p->high});
        }
    }
    if (status == SC_OK && pairs.count == 0)
        status = sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0,
                         "no layer has both a simulation and an estimate; 'sparsecast simulate --compare' writes both");
    if (status == SC_OK)
        status = sc_chart_status(chart, err);
    if (status == SC_OK) {
        sc_chart_range(chart, 0, &low, &high);
        sc_chart_range(chart, 1, &low_e, &high_e);
        sc_chart_set(chart, "low", fmin(low, low_e) / 1.5);
        sc_chart_set(chart, "high", fmax(high, high_e) * 1.5);
        snprintf(chart->title, sizeof chart->title, "Estimated against simulated cycles");
        snprintf(chart->x, sizeof chart->x, "simulated cycles");
        snprintf(chart->y, sizeof chart->y, "estimated cycles");
        status = write_parity_titles(chart, &pairs, err);
        if (stride > 1)
            note_stride(chart, stride);
    }
    free(pairs.pair);
    return status;
}
