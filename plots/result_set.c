/* result_set.c - gathers the rows of each layer of a result CSV.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "result_set.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHAPES = 7 }; /* columns that tell layers of one name apart */
enum column { LAYER, MACHINE, DATAFLOW, CYCLES, MODEL, COUNT, SOURCE, SHAPE, COLUMNS = SHAPE + SHAPES,
              REQUIRED = MODEL };

static const char *const column_names[COLUMNS] = {"layer", "machine", "dataflow", "cycles", "model", "count", "source",
                                                  "M", "N", "K", "density_a", "density_b", "pattern_a", "pattern_b"};

/* One row of the file. */
struct record {
    const char *layer, *model, *shape[SHAPES];
    unsigned machine, dataflow;
    double cycles, count;
    size_t index;      /* position in the file */
    size_t occurrence; /* how many earlier rows have the same layer, model, machine and dataflow */
    size_t first;      /* index of the first row of the same layer (name, model and occurrence) */
};

struct record_list {
    struct record *record;
    size_t count;
};

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the rows of a figure");
}

unsigned sc_name_number(struct sc_name_list *list, const char *name)
{
    unsigned i = 0;
    while (i < list->count && strcmp(list->name[i], name) != 0)
        i++;
    if (i < list->count || i == SC_SET_NAMES)
        return i;
    if (!(list->name[i] = strdup(name)))
        return SC_NAMES_NO_MEMORY;
    list->count++;
    return i;
}

void sc_name_list_free(struct sc_name_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free(list->name[i]);
    list->count = 0;
}

/* The number of a machine; where estimates and simulations are mixed, those of one are told apart, as two machines
 * would be. */
static unsigned machine_number(struct sc_result_set *set, const char *name, const char *source)
{
    size_t size = strlen(name) + strlen(source) + sizeof " ()";
    char *full = malloc(size);
    if (!full)
        return SC_NAMES_NO_MEMORY;
    snprintf(full, size, set->mixed && *source ? "%s (%s)" : "%s", name, source);
    unsigned number = sc_name_number(&set->machines, full);
    free(full);
    return number;
}

static int find_columns(int at[COLUMNS], const struct sc_frame *frame, struct sc_error *err)
{
    for (int c = 0; c < COLUMNS; c++) {
        at[c] = sc_frame_column(frame, column_names[c]);
        if (at[c] == SC_NO_COLUMN && c < REQUIRED)
            return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 1,
                           "no column '%s'; expected a result list as 'sparsecast estimate -f csv' writes it",
                           column_names[c]);
    }
    return SC_OK;
}

static int add_record(struct sc_result_set *set, struct record_list *list, size_t row, const int at[COLUMNS],
                      struct sc_error *err)
{
    const struct sc_frame *frame = set->frame;
    struct record record = {.layer = sc_frame_text(frame, row, at[LAYER]),
                            .model = sc_frame_text(frame, row, at[MODEL]),
                            .cycles = sc_frame_number(frame, row, at[CYCLES]),
                            .count = sc_frame_number(frame, row, at[COUNT]),
                            .index = row};

    if (isnan(record.count))
        record.count = 1;
    for (int i = 0; i < SHAPES; i++)
        record.shape[i] = sc_frame_text(frame, row, at[SHAPE + i]);
    record.machine = machine_number(set, sc_frame_text(frame, row, at[MACHINE]), sc_frame_text(frame, row, at[SOURCE]));
    record.dataflow = sc_name_number(&set->dataflows, sc_frame_text(frame, row, at[DATAFLOW]));
    if (record.machine == SC_NAMES_NO_MEMORY || record.dataflow == SC_NAMES_NO_MEMORY)
        return out_of_memory(err);
    if (record.machine == SC_SET_NAMES || record.dataflow == SC_SET_NAMES)
        return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), sc_frame_line(frame, row),
                       "more than %d machines or dataflows; a figure cannot tell so many apart", SC_SET_NAMES);
    list->record[list->count++] = record;
    return SC_OK;
}

/* What a run is of, and whether it is simulated; equal texts are one pointer. */
struct run {
    const char *of[4], *source;
};

static int by_run(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    for (int i = 0; i < 4; i++)
        if (x->of[i] != y->of[i])
            return (uintptr_t)x->of[i] > (uintptr_t)y->of[i] ? 1 : -1;
    return ((uintptr_t)x->source > (uintptr_t)y->source) - ((uintptr_t)x->source < (uintptr_t)y->source);
}

/* Whether a run stands beside its estimate.  In what --refine writes, simulations take the place of estimates. */
static int find_pairs(struct sc_result_set *set, const int at[COLUMNS], struct sc_error *err)
{
    static const enum column of[] = {LAYER, MODEL, MACHINE, DATAFLOW};
    size_t rows = sc_frame_rows(set->frame);
    struct run *run = calloc(rows, sizeof *run);
    if (!run)
        return out_of_memory(err);
    for (size_t row = 0; row < rows; row++) {
        for (int i = 0; i < 4; i++)
            run[row].of[i] = sc_frame_text(set->frame, row, at[of[i]]);
        run[row].source = sc_frame_text(set->frame, row, at[SOURCE]);
    }
    qsort(run, rows, sizeof *run, by_run);
    bool sweep = sc_frame_column(set->frame, "pareto") != SC_NO_COLUMN; /* a layer is there once per configuration */
    for (size_t row = 1; row < rows && !sweep; row++)
        set->mixed |= memcmp(run[row].of, run[row - 1].of, sizeof run->of) == 0 &&
                      run[row].source != run[row - 1].source;
    free(run);
    return SC_OK;
}

static int read_records(struct sc_result_set *set, struct record_list *list, struct sc_error *err)
{
    const struct sc_frame *frame = set->frame;
    size_t rows = sc_frame_rows(frame);
    int at[COLUMNS];

    int status = find_columns(at, frame, err);
    if (status != SC_OK)
        return status;
    if (rows == 0)
        return sc_fail(err, SC_BAD_INPUT, sc_frame_path(frame), 0, "has no result rows, nothing to draw");
    if (!(list->record = calloc(rows, sizeof *list->record)))
        return out_of_memory(err);
    set->has_counts = at[COUNT] != SC_NO_COLUMN;
    status = find_pairs(set, at, err);
    for (size_t row = 0; row < rows && status == SC_OK; row++)
        status = add_record(set, list, row, at, err);
    return status;
}

static int compare_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_layer(const struct record *a, const struct record *b)
{
    int order = a->layer == b->layer ? 0 : strcmp(a->layer, b->layer);
    if (!order && a->model != b->model)
        order = strcmp(a->model, b->model);
    for (int i = 0; i < SHAPES && !order; i++)
        order = a->shape[i] == b->shape[i] ? 0 : strcmp(a->shape[i], b->shape[i]);
    return order;
}

/* Rows that would fill the same place of the same layer stand together, in the order of the file. */
static int by_cell(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    int order = compare_layer(a, b);
    if (!order)
        order = compare_size(a->machine, b->machine);
    if (!order)
        order = compare_size(a->dataflow, b->dataflow);
    return order ? order : compare_size(a->index, b->index);
}

static int by_layer(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    int order = compare_layer(a, b);
    if (!order)
        order = compare_size(a->occurrence, b->occurrence);
    return order ? order : compare_size(a->index, b->index);
}

static int by_first(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    int order = compare_size(a->first, b->first);
    return order ? order : compare_size(a->index, b->index);
}

/* Sorts the rows so that those of one layer stand together, layers in the order of their first row; returns how
 * many. */
static size_t gather_layers(struct record_list *list)
{
    struct record *record = list->record;
    size_t layers = 0;

    qsort(record, list->count, sizeof *record, by_cell);
    for (size_t i = 1; i < list->count; i++) {
        bool same = compare_layer(&record[i - 1], &record[i]) == 0 && record[i - 1].machine == record[i].machine &&
                    record[i - 1].dataflow == record[i].dataflow;
        record[i].occurrence = same ? record[i - 1].occurrence + 1 : 0;
    }
    qsort(record, list->count, sizeof *record, by_layer);
    for (size_t i = 0; i < list->count; i++) {
        bool same =
            i > 0 && compare_layer(&record[i - 1], &record[i]) == 0 && record[i - 1].occurrence == record[i].occurrence;
        record[i].first = same ? record[i - 1].first : record[i].index;
        layers += !same;
    }
    qsort(record, list->count, sizeof *record, by_first);
    return layers;
}

static int fill_layers(struct sc_result_set *set, struct record_list *list, struct sc_error *err)
{
    size_t layers = gather_layers(list), cells = (size_t)set->machines.count * set->dataflows.count;

    set->layers = calloc(layers, sizeof *set->layers);
    set->cells = calloc(layers, cells * sizeof *set->cells);
    set->rows = calloc(layers, cells * sizeof *set->rows);
    if (!set->layers || !set->cells || !set->rows)
        return out_of_memory(err);
    for (size_t i = 0; i < layers * cells; i++)
        set->cells[i] = -1;
    for (size_t i = 0; i < list->count; i++) {
        const struct record *record = &list->record[i];
        if (i == 0 || record->first != record[-1].first) {
            struct sc_set_layer *layer = &set->layers[set->layer_count];
            size_t start = set->layer_count * cells;
            *layer = (struct sc_set_layer){record->layer, record->model, record->count, set->cells + start,
                                           set->rows + start};
            set->layer_count++;
        }
        struct sc_set_layer *layer = &set->layers[set->layer_count - 1];
        size_t cell = record->machine * set->dataflows.count + record->dataflow;
        layer->cycles[cell] = record->cycles;
        layer->row[cell] = record->index;
    }
    return SC_OK;
}

int sc_result_set_make(struct sc_result_set *set, const struct sc_frame *frame, struct sc_error *err)
{
    struct record_list list = {0};
    memset(set, 0, sizeof *set);
    set->frame = frame;
    int status = read_records(set, &list, err);
    if (status == SC_OK)
        status = fill_layers(set, &list, err);
    if (status == SC_OK)
        status = sc_sweep_keys(set->key, &set->keys, frame, err);
    free(list.record);
    return status;
}

void sc_result_set_free(struct sc_result_set *set)
{
    sc_name_list_free(&set->machines);
    sc_name_list_free(&set->dataflows);
    free(set->layers);
    free(set->cells);
    free(set->rows);
    memset(set, 0, sizeof *set);
}

unsigned sc_set_best_dataflow(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned machine)
{
    const double *cycles = layer->cycles + machine * set->dataflows.count;
    unsigned best = set->dataflows.count;
    for (unsigned d = 0; d < set->dataflows.count; d++)
        if (cycles[d] >= 0 && (best == set->dataflows.count || cycles[d] < cycles[best]))
            best = d;
    return best;
}

double sc_set_best(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned machine)
{
    unsigned best = sc_set_best_dataflow(set, layer, machine);
    return best == set->dataflows.count ? -1 : layer->cycles[machine * set->dataflows.count + best];
}
