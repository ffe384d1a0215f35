/* frame.c - reads a CSV that we wrote into memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "printable.h"
#include "result.h"
#include "rows.h"
#include "text.h"

enum { SHOWN = 40, CHUNK = 64 * 1024 };

union cell {
    double number;
    const char *text;
};

struct column {
    const char *name;
    bool number, needed; /* every row must reach a needed one */
};

struct chunk {
    struct chunk *next;
    char text[];
};

/* Each distinct text once: an open hash table over texts that live in chunks. */
struct pool {
    const char **slot;
    size_t slots, used, room;
    struct chunk *chunks;
    char *free;
};

struct sc_frame {
    char *path;
    struct column *column;
    size_t columns, rows, capacity;
    union cell *cell;
    uint64_t *line;
    struct pool pool;
};

static int out_of_memory(struct sc_error *err)
{
    return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for a table of results");
}

static bool grow_pool(struct pool *pool)
{
    size_t slots = pool->slots ? 2 * pool->slots : 1024;
    const char **slot = calloc(slots, sizeof *slot);
    if (!slot)
        return false;
    for (size_t i = 0; i < pool->slots; i++) {
        const char *text = pool->slot[i];
        if (!text)
            continue;
        size_t at = sc_digest(SC_DIGEST_START, (const unsigned char *)text, strlen(text)) & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = text;
    }
    free(pool->slot);
    pool->slot = slot;
    pool->slots = slots;
    return true;
}

static const char *copy_text(struct pool *pool, const char *text, size_t length)
{
    if (length + 1 > pool->room) {
        size_t size = length + 1 > CHUNK ? length + 1 : CHUNK;
        struct chunk *chunk = malloc(sizeof *chunk + size);
        if (!chunk)
            return NULL;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        pool->free = chunk->text;
        pool->room = size;
    }
    char *copy = pool->free;
    memcpy(copy, text, length + 1);
    pool->free += length + 1;
    pool->room -= length + 1;
    return copy;
}

/* The pool's copy of a text; NULL when memory is exhausted. */
static const char *keep(struct pool *pool, const char *text, size_t length)
{
    if (2 * (pool->used + 1) > pool->slots && !grow_pool(pool))
        return NULL;
    size_t at = sc_digest(SC_DIGEST_START, (const unsigned char *)text, length) & (pool->slots - 1);
    while (pool->slot[at] && strcmp(pool->slot[at], text) != 0)
        at = (at + 1) & (pool->slots - 1);
    if (!pool->slot[at] && (pool->slot[at] = copy_text(pool, text, length)))
        pool->used++;
    return pool->slot[at];
}

/* Whether results have a column of numbers with this name. */
static bool is_number(const char *name)
{
    static const struct {
        const char *name;
        bool number;
    } ours[] = {
#define SC_IS_TEXT false
#define SC_IS_FLAG true
#define SC_IS_NUMBER true
#define X(name, kind, unit, meaning) {#name, SC_IS_##kind},
        SC_RESULT_COLUMNS(X)
#undef X
#undef SC_IS_TEXT
#undef SC_IS_FLAG
#undef SC_IS_NUMBER
            {"count", true},
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(ours[i].name, name) == 0)
            return ours[i].number;
    return false;
}

static bool is_needed(const char *name)
{
    static const char *const needed[] = {"layer", "model", "machine", "dataflow", "cycles", "count", "source"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (strcmp(needed[i], name) == 0)
            return true;
    return false;
}

static int read_header(struct sc_frame *frame, const struct sc_row *header, struct sc_error *err)
{
    frame->columns = header->cells;
    frame->column = calloc(frame->columns, sizeof *frame->column);
    if (!frame->column)
        return out_of_memory(err);
    for (size_t c = 0; c < frame->columns; c++) {
        const char *name = keep(&frame->pool, header->cell[c], header->length[c]);
        if (!name)
            return out_of_memory(err);
        frame->column[c] = (struct column){name, is_number(name), is_needed(name)};
    }
    return SC_OK;
}

static int make_room(struct sc_frame *frame, struct sc_error *err)
{
    if (frame->rows < frame->capacity)
        return SC_OK;
    size_t capacity = frame->capacity ? 2 * frame->capacity : 256;
    union cell *cell = realloc(frame->cell, capacity * frame->columns * sizeof *cell);
    if (cell)
        frame->cell = cell;
    uint64_t *line = realloc(frame->line, capacity * sizeof *line);
    if (line)
        frame->line = line;
    if (!cell || !line)
        return out_of_memory(err);
    frame->capacity = capacity;
    return SC_OK;
}

static int read_cell(struct sc_frame *frame, union cell *cell, const struct sc_row *row, size_t c, struct sc_error *err)
{
    const struct column *column = &frame->column[c];
    const char *text = c < row->written ? row->cell[c] : "";
    size_t length = c < row->written ? row->length[c] : 0;

    if (column->needed && c >= row->written)
        return sc_fail(err, SC_BAD_INPUT, frame->path, row->line, "the row ends after %zu cells, before column '%s'",
                       row->written, column->name);
    if (!column->number)
        return (cell->text = keep(&frame->pool, text, length)) ? SC_OK : out_of_memory(err);
    cell->number = NAN;
    if (length == 0 && strcmp(column->name, "cycles") != 0)
        return SC_OK;
    if (!sc_parse_number(text, length, &cell->number) || cell->number < 0) {
        char shown[4 * SHOWN + 1];
        sc_printable(shown, text, SHOWN);
        return sc_fail(err, SC_BAD_INPUT, frame->path, row->line,
                       "column '%s': found '%s', expected a number of at least 0", column->name, shown);
    }
    return SC_OK;
}

static int read_rows(struct sc_frame *frame, struct sc_rows *rows, struct sc_error *err)
{
    struct sc_row row;
    int status;

    while ((status = sc_rows_next(rows, &row, err)) == SC_OK) {
        if ((status = make_room(frame, err)) != SC_OK)
            return status;
        for (size_t c = 0; c < frame->columns; c++)
            if ((status = read_cell(frame, &frame->cell[frame->rows * frame->columns + c], &row, c, err)) != SC_OK)
                return status;
        frame->line[frame->rows++] = row.line;
    }
    return status == SC_END ? SC_OK : status;
}

int sc_frame_read(struct sc_frame **out, const char *path, struct sc_error *err)
{
    struct sc_frame *frame = calloc(1, sizeof *frame);
    struct sc_rows *rows = NULL;
    struct sc_row header;

    *out = NULL;
    if (!frame)
        return out_of_memory(err);
    int status = sc_rows_open(&rows, path, err);
    if (status == SC_OK && !(frame->path = strdup(sc_rows_path(rows))))
        status = out_of_memory(err);
    if (status == SC_OK)
        status = sc_rows_next(rows, &header, err);
    if (status == SC_END)
        status = sc_fail(err, SC_BAD_INPUT, frame->path, 0, "has no header line");
    if (status == SC_OK)
        status = read_header(frame, &header, err);
    if (status == SC_OK)
        status = read_rows(frame, rows, err);
    if (rows)
        sc_rows_close(rows);
    if (status != SC_OK)
        sc_frame_free(frame);
    else
        *out = frame;
    return status;
}

void sc_frame_free(struct sc_frame *frame)
{
    if (!frame)
        return;
    for (struct chunk *chunk = frame->pool.chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(frame->pool.slot);
    free(frame->path);
    free(frame->column);
    free(frame->cell);
    free(frame->line);
    free(frame);
}

const char *sc_frame_path(const struct sc_frame *frame)
{
    return frame->path;
}

size_t sc_frame_rows(const struct sc_frame *frame)
{
    return frame->rows;
}

size_t sc_frame_columns(const struct sc_frame *frame)
{
    return frame->columns;
}

const char *sc_frame_name(const struct sc_frame *frame, size_t column)
{
    return frame->column[column].name;
}

int sc_frame_column(const struct sc_frame *frame, const char *name)
{
    for (size_t c = 0; c < frame->columns; c++)
        if (strcmp(frame->column[c].name, name) == 0)
            return (int)c;
    return SC_NO_COLUMN;
}

uint64_t sc_frame_line(const struct sc_frame *frame, size_t row)
{
    return frame->line[row];
}

double sc_frame_number(const struct sc_frame *frame, size_t row, int column)
{
    double value = NAN;
    if (column == SC_NO_COLUMN)
        return NAN;
    const union cell *cell = &frame->cell[row * frame->columns + (size_t)column];
    if (frame->column[column].number)
        return cell->number;
    sc_parse_number(cell->text, strlen(cell->text), &value);
    return value;
}

const char *sc_frame_text(const struct sc_frame *frame, size_t row, int column)
{
    if (column == SC_NO_COLUMN || frame->column[column].number)
        return "";
    return frame->cell[row * frame->columns + (size_t)column].text;
}

bool sc_frame_has(const struct sc_frame *frame, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sc_frame_column(frame, names[i]) == SC_NO_COLUMN)
            return false;
    return true;
}
