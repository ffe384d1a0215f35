/* timeline.c - reads a timeline of phases and gathers each run's in bins.
 *
 * Runs have millions of phases and pictures thousands of dots: time is added up in bins whose width doubles whenever a
 * run outgrows them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "timeline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "rows.h"
#include "text.h"

enum column { LAYER, MACHINE, DATAFLOW, PHASE, START, END, COLUMNS };

static const char *const names[COLUMNS] = {"layer", "machine", "dataflow", "phase", "start", "end"};

/* Of a bin, to begin with, cycles; a power of two, so that bins of all runs line up. */
static const double narrowest = 1.0 / 64;

static bool find_columns(size_t at[COLUMNS], const struct sc_row *header)
{
    for (int c = 0; c < COLUMNS; c++) {
        at[c] = 0;
        while (at[c] < header->cells && strcmp(header->cell[at[c]], names[c]) != 0)
            at[c]++;
        if (at[c] == header->cells)
            return false;
    }
    return true;
}

bool sc_timeline_is(const struct sc_row *header)
{
    size_t at[COLUMNS];
    return find_columns(at, header);
}

/* The number of the phase called `name`, SC_PHASES when there are too many. */
static unsigned phase_number(struct sc_timeline *t, const char *name)
{
    unsigned p = 0;
    while (p < t->phases && strcmp(t->phase[p], name) != 0)
        p++;
    if (p == t->phases && p < SC_PHASES)
        snprintf(t->phase[t->phases++], SC_LANE_NAME, "%.*s", SC_LANE_NAME - 1, name);
    return p;
}

/* Makes bins twice as wide. */
static void coarsen(struct sc_lane *lane)
{
    lane->width *= 2;
    for (unsigned p = 0; p < SC_PHASES; p++) {
        double *time = lane->time[p];
        if (!time)
            continue;
        for (int i = 0; i < SC_BINS / 2; i++)
            time[i] = time[2 * i] + time[2 * i + 1];
        memset(time + SC_BINS / 2, 0, SC_BINS / 2 * sizeof *time);
    }
}

static bool add_phase(struct sc_lane *lane, unsigned phase, double start, double end)
{
    if (!lane->time[phase])
        lane->time[phase] = calloc(SC_BINS, sizeof **lane->time);
    if (!lane->time[phase])
        return false;
    while (end > lane->width * SC_BINS)
        coarsen(lane);
    lane->latest = start;
    lane->end = end > lane->end ? end : lane->end;
    for (int i = (int)(start / lane->width); i < SC_BINS && i * lane->width < end; i++) {
        double from = i * lane->width, to = from + lane->width;
        lane->time[phase][i] += (end < to ? end : to) - (start > from ? start : from);
    }
    return true;
}

/* The lane of this row's run, NULL when it is not kept. */
static struct sc_lane *lane_of(struct sc_timeline *t, const struct sc_row *row, const size_t at[COLUMNS], double start,
                               struct sc_lane *current)
{
    const char *layer = row->cell[at[LAYER]], *machine = row->cell[at[MACHINE]], *dataflow = row->cell[at[DATAFLOW]];
    const size_t most = SC_LANE_NAME - 1;
    if (t->runs > 0 && strncmp(current->layer, layer, most) == 0 && strncmp(current->machine, machine, most) == 0 &&
        strncmp(current->dataflow, dataflow, most) == 0 && start >= current->latest) {
        current->latest = start;
        return t->runs > SC_LANES ? NULL : &t->lane[t->lanes - 1];
    }
    t->runs++;
    snprintf(current->layer, SC_LANE_NAME, "%.*s", (int)most, layer);
    snprintf(current->machine, SC_LANE_NAME, "%.*s", (int)most, machine);
    snprintf(current->dataflow, SC_LANE_NAME, "%.*s", (int)most, dataflow);
    current->latest = start;
    if (t->runs > SC_LANES)
        return NULL;
    t->lane[t->lanes] = *current;
    t->lane[t->lanes].width = narrowest;
    return &t->lane[t->lanes++];
}

static int add_row(struct sc_timeline *t, const struct sc_row *row, const size_t at[COLUMNS], const char *path,
                   struct sc_lane *current, struct sc_error *err)
{
    double time[2];
    char shown[4 * 40 + 1];
    for (int c = 0; c < COLUMNS; c++)
        if (at[c] >= row->written)
            return sc_fail(err, SC_BAD_INPUT, path, row->line, "the row ends before column '%s'", names[c]);
    for (int i = 0; i < 2; i++) {
        const char *text = row->cell[at[START + i]];
        if (sc_parse_number(text, row->length[at[START + i]], &time[i]) && time[i] >= (i ? time[0] : 0))
            continue;
        sc_printable(shown, text, 40);
        return sc_fail(err, SC_BAD_INPUT, path, row->line, "column '%s': found '%s', expected a number of cycles%s",
                       names[START + i], shown, i ? " not below 'start'" : "");
    }
    unsigned phase = phase_number(t, row->cell[at[PHASE]]);
    if (phase == SC_PHASES)
        return sc_fail(err, SC_BAD_INPUT, path, row->line,
                       "more than %d kinds of phases; a figure cannot tell so many apart", SC_PHASES);
    struct sc_lane *lane = lane_of(t, row, at, time[0], current);
    if (lane && !add_phase(lane, phase, time[0], time[1]))
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a figure");
    return SC_OK;
}

int sc_timeline_read(struct sc_timeline *timeline, const char *path, struct sc_error *err)
{
    static const char *const usual[] = {"stationary", "stream", "merge"}; /* each with the same colour in all figures */
    struct sc_lane current = {.latest = 0};
    struct sc_rows *rows;
    struct sc_row row;
    size_t at[COLUMNS];
    memset(timeline, 0, sizeof *timeline);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        phase_number(timeline, usual[i]);
    int status = sc_rows_open(&rows, path, err);
    if (status != SC_OK)
        return status;
    path = sc_rows_path(rows);
    status = sc_rows_next(rows, &row, err);
    if (status == SC_END)
        status = sc_fail(err, SC_BAD_INPUT, path, 0, "has no header line");
    if (status == SC_OK && !find_columns(at, &row))
        status = sc_fail(err, SC_BAD_INPUT, path, row.line,
                         "is no timeline, expected the columns layer,machine,dataflow,phase,start,end");
    while (status == SC_OK && (status = sc_rows_next(rows, &row, err)) == SC_OK)
        status = add_row(timeline, &row, at, path, &current, err);
    if (status == SC_END)
        status = timeline->lanes ? SC_OK : sc_fail(err, SC_BAD_INPUT, path, 0, "has no phases, nothing to draw");
    sc_rows_close(rows);
    if (status != SC_OK)
        return status;
    double widest = 0;
    for (unsigned l = 0; l < timeline->lanes; l++)
        widest = timeline->lane[l].width > widest ? timeline->lane[l].width : widest;
    for (unsigned l = 0; l < timeline->lanes; l++)
        while (timeline->lane[l].width < widest)
            coarsen(&timeline->lane[l]);
    return SC_OK;
}

void sc_timeline_free(struct sc_timeline *timeline)
{
    for (unsigned l = 0; l < timeline->lanes; l++)
        for (unsigned p = 0; p < SC_PHASES; p++)
            free(timeline->lane[l].time[p]);
    memset(timeline, 0, sizeof *timeline);
}
