/* simulate_write.c - finished runs of a layer as result rows, estimates beside them where asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast.h"
#include "simulate_run.h"
#include "text.h"

/* The runs of one layer on one machine. */
struct group {
    const struct sc_simulate_item *item;
    unsigned count;
    bool complete;
    const struct sc_simulate_item *best; /* NULL while some run is missing */
};

static void find_best(struct group *g)
{
    g->complete = true;
    for (unsigned i = 0; i < g->count; i++) {
        if (g->item[i].skipped)
            continue;
        g->complete = g->complete && g->item[i].finished;
        if (!g->best || g->item[i].result.cycles < g->best->result.cycles)
            g->best = &g->item[i];
    }
    if (!g->complete)
        g->best = NULL;
}

static void simulated_row(const struct group *g, const struct sc_simulate_item *item, struct sc_result *row)
{
    *row = item->result;
    row->layer = item->prepared->layer->name;
    row->model = item->prepared->layer->model;
    row->machine = item->bound->plan.machine.name;
    row->config = item->bound->config;
    row->note = "";
    row->best = item == g->best;
}

/* A row in the results; `error` is the cell error_pct, which only exists under --compare. */
static int write_row(struct sc_simulate_run *run, const struct sc_result *row, const char *error, struct sc_error *err)
{
    if (!run->writer)
        return SC_OK;
    if (run->request->compare)
        run->cells.cell[run->cells.columns - 1] = error;
    return sc_writer_row(run->writer, row, run->cells.cell, err);
}

static int write_compared(struct sc_simulate_run *run, const struct group *g, struct sc_error *err)
{
    const struct sc_bound *bound = g->item->bound;
    const struct sc_profile *profile = &g->item->prepared->profile;
    struct sc_forecast forecast;
    struct sc_compared compared[SC_DATAFLOWS];
    char text[SC_NUMBER_SIZE];
    unsigned runs = 0, next = 0;
    int status = SC_OK;
    sc_forecast(&forecast, bound, g->item->prepared->layer, profile, SC_OPERANDS_MEASURED,
                run->request->choice.energy_case); /* in the order of the runs */
    for (unsigned i = 0; i < g->count && status == SC_OK; i++) {
        struct sc_compared *c = &compared[runs];
        const struct sc_result *estimate = &forecast.row[next];
        next += !g->item[i].skipped;
        if (!g->item[i].finished)
            continue;
        simulated_row(g, &g->item[i], &c->simulated);
        c->estimated = *estimate;
        double simulated = c->simulated.cycles, estimated = c->estimated.cycles;
        c->error = simulated > 0 ? 100 * (estimated / simulated - 1) : estimated > 0 ? 100 : 0;
        sc_format_number(text, c->error, 6);
        status = write_row(run, &c->simulated, "", err);
        if (status == SC_OK)
            status = write_row(run, &c->estimated, text, err);
        runs++;
    }
    if (status == SC_OK)
        status = sc_comparison_add(run->comparison, compared, runs, g->complete, err);
    run->rows += runs;
    return status;
}

static int write_simulated(struct sc_simulate_run *run, const struct group *g, struct sc_error *err)
{
    int status = SC_OK;
    for (unsigned i = 0; i < g->count && status == SC_OK; i++) {
        struct sc_result row;
        if (!g->item[i].finished)
            continue;
        simulated_row(g, &g->item[i], &row);
        status = write_row(run, &row, "", err);
        run->rows++;
    }
    return status;
}

static int write_timeline(const struct sc_simulate_run *run, const struct group *g, struct sc_error *err)
{
    int status = SC_OK;
    for (unsigned i = 0; i < g->count && run->trace && status == SC_OK; i++)
        if (g->item[i].finished)
            status = sc_trace_write(run->trace, &g->item[i].log, g->item[i].prepared->layer->name,
                                    g->item[i].bound->plan.machine.name, g->item[i].dataflow, err);
    return status;
}

int sc_simulate_write(struct sc_simulate_run *run, const struct sc_simulate_item *items, unsigned count,
                      struct sc_error *err)
{
    int status = sc_layer_cells_fill(&run->cells, items->prepared->layer, err);
    for (unsigned from = 0, to; from < count && status == SC_OK; from = to) {
        for (to = from; to < count && items[to].bound == items[from].bound; to++)
            ;
        struct group g = {.item = &items[from], .count = to - from};
        find_best(&g);
        status = run->request->compare ? write_compared(run, &g, err) : write_simulated(run, &g, err);
        if (status == SC_OK)
            status = write_timeline(run, &g, err);
    }
    return status;
}
