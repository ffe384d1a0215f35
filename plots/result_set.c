/* result_set.c - reads a result CSV and gathers the rows of each layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "result_set.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "rows.h"
#include "text.h"

enum column { LAYER, MACHINE, DATAFLOW, CYCLES, MODEL, COUNT, SOURCE, COLUMNS, REQUIRED = MODEL };

static const char *const column_names[COLUMNS] = {"layer", "machine", "dataflow", "cycles", "model", "count",
                                                 "source"};

/* One row of the file. */
struct record {
    const char *layer, *model;
    unsigned machine, dataflow;
    double cycles, count;
    size_t index;      /* position in the file */
    size_t occurrence; /* how many earlier rows have the same layer, model, machine and dataflow */
    size_t first;      /* index of the first row of the same layer (name, model and occurrence) */
};

struct record_list {
    struct record *record;
    size_t count, capacity;
    const char *source; /* of the first row: the set's copy */
    bool mixed;         /* another row has another source */
};

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for the rows of a figure");
}

/* The set's copy of `text`; the previous copy of the column again while the text stays the same. */
static const char *keep_text(struct sc_result_set *set, const char *text, const char *previous)
{
    if (previous && strcmp(previous, text) == 0)
        return previous;
    if (set->text_count == set->text_capacity) {
        size_t capacity = set->text_capacity ? 2 * set->text_capacity : 64;
        char **larger = realloc(set->texts, capacity * sizeof *larger);
        if (!larger)
            return NULL;
        set->texts = larger;
        set->text_capacity = capacity;
    }
    char *copy = strdup(text);
    if (copy)
        set->texts[set->text_count++] = copy;
    return copy;
}

/* The number of `name` in the list, which it enters if it is new; SC_SET_NAMES when the list is full or memory is. */
static unsigned name_number(struct sc_name_list *list, const char *name)
{
    unsigned i = 0;
    while (i < list->count && strcmp(list->name[i], name) != 0)
        i++;
    if (i < list->count || i == SC_SET_NAMES)
        return i;
    if (!(list->name[i] = strdup(name)))
        return SC_SET_NAMES;
    list->count++;
    return i;
}

/* The number of a machine: estimates and simulations of one are told apart, as two machines would be. */
static unsigned machine_number(struct sc_result_set *set, struct record_list *list, const char *name,
                               const char *source)
{
    size_t size = strlen(name) + strlen(source) + sizeof " ()";
    char *full = malloc(size);

    list->mixed = list->mixed || (list->source && strcmp(list->source, source) != 0);
    if (!list->source)
        list->source = keep_text(set, source, NULL);
    if (!full || !list->source) {
        free(full);
        return SC_SET_NAMES;
    }
    snprintf(full, size, *source ? "%s (%s)" : "%s%s", name, source);
    unsigned number = name_number(&set->machines, full);
    free(full);
    return number;
}

/* Takes the source off the names when it is the same everywhere. */
static void shorten_machines(struct sc_result_set *set, const struct record_list *list)
{
    size_t extra = list->source && *list->source ? strlen(list->source) + strlen(" ()") : 0;
    for (unsigned m = 0; m < set->machines.count && !list->mixed; m++)
        set->machines.name[m][strlen(set->machines.name[m]) - extra] = '\0';
}

static int find_columns(size_t at[COLUMNS], const struct sc_row *header, const char *path, struct sc_error *err)
{
    for (int c = 0; c < COLUMNS; c++) {
        at[c] = SIZE_MAX;
        for (size_t i = 0; i < header->cells; i++)
            if (strcmp(header->cell[i], column_names[c]) == 0 && at[c] == SIZE_MAX)
                at[c] = i;
        if (at[c] == SIZE_MAX && c < REQUIRED)
            return sc_fail(err, SC_BAD_INPUT, path, header->line,
                           "no column '%s'; expected a result list as 'sparsecast estimate -f csv' writes it",
                           column_names[c]);
    }
    return SC_OK;
}

static int read_number(double *value, const struct sc_row *row, size_t at, enum column column, const char *path,
                       struct sc_error *err)
{
    char shown[4 * 40 + 1];
    if (sc_parse_number(row->cell[at], row->length[at], value) && *value >= 0)
        return SC_OK;
    sc_printable(shown, row->cell[at], 40);
    return sc_fail(err, SC_BAD_INPUT, path, row->line, "column '%s': found '%s', expected a number of at least 0",
                   column_names[column], shown);
}

static int add_record(struct sc_result_set *set, struct record_list *list, const struct sc_row *row,
                      const size_t at[COLUMNS], const char *path, struct sc_error *err)
{
    struct record record = {.index = list->count, .count = 1};
    const struct record *last = list->count ? &list->record[list->count - 1] : NULL;
    int status;

    for (int c = 0; c < COLUMNS; c++)
        if (at[c] != SIZE_MAX && at[c] >= row->written)
            return sc_fail(err, SC_BAD_INPUT, path, row->line, "the row ends after %zu cells, before column '%s'",
                           row->written, column_names[c]);
    if ((status = read_number(&record.cycles, row, at[CYCLES], CYCLES, path, err)) != SC_OK)
        return status;
    if (at[COUNT] != SIZE_MAX && (status = read_number(&record.count, row, at[COUNT], COUNT, path, err)) != SC_OK)
        return status;
    record.layer = keep_text(set, row->cell[at[LAYER]], last ? last->layer : NULL);
    record.model = keep_text(set, at[MODEL] != SIZE_MAX ? row->cell[at[MODEL]] : "", last ? last->model : NULL);
    if (!record.layer || !record.model)
        return out_of_memory(err);
    record.machine =
        machine_number(set, list, row->cell[at[MACHINE]], at[SOURCE] != SIZE_MAX ? row->cell[at[SOURCE]] : "");
    record.dataflow = name_number(&set->dataflows, row->cell[at[DATAFLOW]]);
    if (record.machine == SC_SET_NAMES || record.dataflow == SC_SET_NAMES)
        return sc_fail(err, SC_BAD_INPUT, path, row->line,
                       "more than %d machines or dataflows; a figure cannot tell so many apart", SC_SET_NAMES);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        struct record *larger = realloc(list->record, capacity * sizeof *larger);
        if (!larger)
            return out_of_memory(err);
        list->record = larger;
        list->capacity = capacity;
    }
    list->record[list->count++] = record;
    return SC_OK;
}

static int read_records(struct sc_result_set *set, struct record_list *list, const char *path, struct sc_error *err)
{
    struct sc_rows *rows;
    struct sc_row row;
    size_t at[COLUMNS];

    int status = sc_rows_open(&rows, path, err);
    if (status != SC_OK)
        return status;
    path = sc_rows_path(rows);
    status = sc_rows_next(rows, &row, err);
    if (status == SC_END)
        status = sc_fail(err, SC_BAD_INPUT, path, 0, "has no header line");
    if (status == SC_OK)
        status = find_columns(at, &row, path, err);
    set->has_counts = status == SC_OK && at[COUNT] != SIZE_MAX;
    while (status == SC_OK && (status = sc_rows_next(rows, &row, err)) == SC_OK)
        status = add_record(set, list, &row, at, path, err);
    if (status == SC_END)
        status = list->count ? SC_OK : sc_fail(err, SC_BAD_INPUT, path, 0, "has no result rows, nothing to draw");
    sc_rows_close(rows);
    return status;
}

static int compare_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_layer(const struct record *a, const struct record *b)
{
    int order = a->layer == b->layer ? 0 : strcmp(a->layer, b->layer);
    return order || a->model == b->model ? order : strcmp(a->model, b->model);
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
        bool same = i > 0 && compare_layer(&record[i - 1], &record[i]) == 0 &&
                    record[i - 1].occurrence == record[i].occurrence;
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
    if (!set->layers || !set->cells)
        return out_of_memory(err);
    for (size_t i = 0; i < layers * cells; i++)
        set->cells[i] = -1;
    for (size_t i = 0; i < list->count; i++) {
        const struct record *record = &list->record[i];
        if (i == 0 || record->first != record[-1].first) {
            struct sc_set_layer *layer = &set->layers[set->layer_count];
            *layer = (struct sc_set_layer){record->layer, record->model, record->count,
                                           set->cells + set->layer_count * cells};
            set->layer_count++;
        }
        set->layers[set->layer_count - 1].cycles[record->machine * set->dataflows.count + record->dataflow] =
            record->cycles;
    }
    return SC_OK;
}

int sc_result_set_read(struct sc_result_set *set, const char *path, struct sc_error *err)
{
    struct record_list list = {0};
    memset(set, 0, sizeof *set);
    int status = read_records(set, &list, path, err);
    if (status == SC_OK) {
        shorten_machines(set, &list);
        status = fill_layers(set, &list, err);
    }
    free(list.record);
    return status;
}

void sc_result_set_free(struct sc_result_set *set)
{
    for (size_t i = 0; i < set->text_count; i++)
        free(set->texts[i]);
    for (unsigned i = 0; i < set->machines.count; i++)
        free(set->machines.name[i]);
    for (unsigned i = 0; i < set->dataflows.count; i++)
        free(set->dataflows.name[i]);
    free(set->texts);
    free(set->layers);
    free(set->cells);
    memset(set, 0, sizeof *set);
}

double sc_set_best(const struct sc_result_set *set, const struct sc_set_layer *layer, unsigned machine)
{
    double best = -1;
    for (unsigned d = 0; d < set->dataflows.count; d++) {
        double cycles = layer->cycles[machine * set->dataflows.count + d];
        if (cycles >= 0 && (best < 0 || cycles < best))
            best = cycles;
    }
    return best;
}
