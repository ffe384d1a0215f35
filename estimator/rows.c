/* rows.c - streams a table in CSV through libcsv, one physical line at a time.
 *
 * libcsv pushes cells into callbacks and cannot be paused in one, so that it is fed at most a line per call: a call
 * then completes at most one row, and the number of lines fed is the line number that messages need.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rows.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK_SIZE = 64 * 1024, /* bytes per read */
    CSV_BLOCK = 4096        /* step by which libcsv enlarges its cell buffer */
};

struct sc_rows {
    char *path;
    int fd;
    struct csv_parser csv;

    char *chunk; /* chunk[begin..end) is read and not yet parsed */
    size_t begin, end;
    size_t next_lf, next_cr; /* first of each at or after `begin`; `end` when there is none */
    size_t next_nul;
    bool end_of_file;
    bool after_cr;    /* the last byte parsed was a CR: an LF now belongs to the same line end */
    bool after_break; /* the last byte parsed ended a line (true at the beginning) */
    uint64_t line;    /* line that chunk[begin] is on */

    char *text; /* the cells of the row being built, trimmed, each with its NUL */
    size_t used;
    const char **cell;
    size_t *length;
    size_t cells, written;
    uint64_t row_line;
    bool begun, complete; /* the row has some text; the row is complete */
    const char *broken;   /* which limit the row breaks, or NULL */
};

const char *sc_rows_path(const struct sc_rows *rows)
{
    return rows->path;
}

/* Cuts blanks, line breaks and no-break spaces (U+00A0, C2 A0 in UTF-8) off both ends. */
static void trim_cell(const char **text, size_t *length)
{
    const char *at = *text, *end = at + *length;

    for (;;) {
        if (at < end && (unsigned char)*at <= ' ')
            at++;
        else if (end - at >= 2 && at[0] == '\xc2' && at[1] == '\xa0')
            at += 2;
        else if (at < end && (unsigned char)end[-1] <= ' ')
            end--;
        else if (end - at >= 2 && end[-2] == '\xc2' && end[-1] == '\xa0')
            end -= 2;
        else
            break;
    }
    *text = at;
    *length = (size_t)(end - at);
}

/* libcsv's call at the end of a cell. */
static void take_cell(void *bytes, size_t length, void *data)
{
    struct sc_rows *rows = data;
    const char *text = bytes;

    if (rows->written == SC_COLUMN_LIMIT) {
        rows->broken = "the row has more than 4096 columns";
        return;
    }
    if (length > SC_CELL_LIMIT) {
        rows->broken = "a cell is longer than 64 KiB (a quote that is never closed?)";
        return;
    }
    if (length > 0)
        trim_cell(&text, &length);
    if (rows->used + length + 1 > SC_ROW_LIMIT) {
        rows->broken = "the row is longer than 1 MiB";
        return;
    }
    char *copy = rows->text + rows->used;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    rows->used += length + 1;
    rows->cell[rows->written] = copy;
    rows->length[rows->written] = length;
    rows->written++;
    if (length > 0)
        rows->cells = rows->written;
}

/* libcsv's call at the end of a row. */
static void end_row(int terminator, void *data)
{
    struct sc_rows *rows = data;
    (void)terminator;
    rows->complete = true;
}

/* First `byte` in the chunk from `begin` on, or its end. */
static size_t find(const struct sc_rows *rows, int byte)
{
    const char *at = memchr(rows->chunk + rows->begin, byte, rows->end - rows->begin);
    return at ? (size_t)(at - rows->chunk) : rows->end;
}

/* Reads the next chunk, filling it as far as `whole` asks: a pipe gives what it has, the first chunk waits for more. */
static int fill(struct sc_rows *rows, bool whole, struct sc_error *err)
{
    rows->begin = rows->end = 0;
    while (!rows->end_of_file && rows->end < CHUNK_SIZE) {
        ssize_t got = read(rows->fd, rows->chunk + rows->end, CHUNK_SIZE - rows->end);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sc_fail(err, SC_IO, rows->path, 0, "cannot be read: %s", strerror(errno));
        rows->end += (size_t)got;
        rows->end_of_file = got == 0;
        if (!whole)
            break;
    }
    if (rows->end == 0 && !rows->after_break) { /* the last line lacks its end: supply it */
        rows->chunk[0] = '\n';
        rows->end = 1;
    }
    rows->next_lf = find(rows, '\n');
    rows->next_cr = find(rows, '\r');
    rows->next_nul = find(rows, '\0');
    return SC_OK;
}

/* End of the line that starts at `begin`, its terminator included, or of the chunk. */
static size_t line_end(struct sc_rows *rows)
{
    if (rows->next_lf < rows->begin)
        rows->next_lf = find(rows, '\n');
    if (rows->next_cr < rows->begin)
        rows->next_cr = find(rows, '\r');
    size_t at = rows->next_cr < rows->next_lf ? rows->next_cr : rows->next_lf;
    if (at == rows->end)
        return at;
    if (at == rows->next_cr && at + 1 == rows->next_lf && rows->next_lf < rows->end)
        at++;
    return at + 1;
}

static bool has_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] > ' ')
            return true;
    return false;
}

/* Parses up to the end of the line or of the chunk. */
static int feed_line(struct sc_rows *rows, struct sc_error *err)
{
    const char *text = rows->chunk + rows->begin;
    size_t stop;

    if (rows->after_cr && *text == '\n') {
        stop = rows->begin + 1;
    } else {
        if (rows->after_break && !rows->begun)
            rows->row_line = rows->line;
        stop = line_end(rows);
    }
    size_t length = stop - rows->begin;
    char last = text[length - 1];
    if (stop > rows->next_nul)
        return sc_fail(err, SC_BAD_INPUT, rows->path, rows->line, "found a NUL byte, expected text in UTF-8");
    if (csv_parse(&rows->csv, text, length, take_cell, end_row, rows) != length)
        return sc_fail(err, SC_NO_MEMORY, rows->path, rows->line, "%s", csv_strerror(csv_error(&rows->csv)));
    if (csv_get_buffer_size(&rows->csv) > SC_CELL_LIMIT + CSV_BLOCK)
        rows->broken = "a cell is longer than 64 KiB (a quote that is never closed?)";
    if (rows->broken)
        return sc_fail(err, SC_BAD_INPUT, rows->path, rows->row_line, "%s", rows->broken);
    if (!rows->complete && !rows->begun)
        rows->begun = has_text(text, length);
    if ((last == '\n' || last == '\r') && !(rows->after_cr && length == 1 && last == '\n'))
        rows->line++;
    rows->after_cr = last == '\r';
    rows->after_break = last == '\n' || last == '\r';
    rows->begin = stop;
    return SC_OK;
}

int sc_rows_next(struct sc_rows *rows, struct sc_row *row, struct sc_error *err)
{
    do {
        rows->used = rows->cells = rows->written = 0;
        rows->begun = rows->complete = false;
        while (!rows->complete) {
            int status = SC_OK;
            if (rows->begin == rows->end)
                status = fill(rows, false, err);
            if (status == SC_OK && rows->begin == rows->end) {
                if (!rows->begun)
                    return SC_END;
                return sc_fail(err, SC_BAD_INPUT, rows->path, rows->row_line,
                               "a quoted cell of this row is never closed, expected '\"' before the end of the file");
            }
            if (status == SC_OK)
                status = feed_line(rows, err);
            if (status != SC_OK)
                return status;
        }
    } while (rows->cells == 0);
    *row = (struct sc_row){
        .line = rows->row_line,
        .cells = rows->cells,
        .written = rows->written,
        .cell = rows->cell,
        .length = rows->length,
    };
    return SC_OK;
}

/* Opens the file and refuses what cannot hold a table at all. */
static int open_file(struct sc_rows *rows, bool standard_input, struct sc_error *err)
{
    struct stat status;

    rows->fd = standard_input ? STDIN_FILENO : open(rows->path, O_RDONLY | O_CLOEXEC);
    if (rows->fd < 0)
        return sc_fail(err, SC_IO, rows->path, 0, "cannot be opened: %s", strerror(errno));
    if (fstat(rows->fd, &status) == 0 && S_ISDIR(status.st_mode))
        return sc_fail(err, SC_BAD_INPUT, rows->path, 0, "is a directory, expected a table in CSV");
    return SC_OK;
}

/* Reads the first chunk: is it a table, and what separates its cells? */
static int inspect(struct sc_rows *rows, struct sc_error *err)
{
    int status = fill(rows, true, err);
    if (status != SC_OK)
        return status;
    if (rows->end == 0)
        return sc_fail(err, SC_BAD_INPUT, rows->path, 0, "is empty, expected a table in CSV with a header line");
    if (rows->end >= 3 && memcmp(rows->chunk, "\xef\xbb\xbf", 3) == 0)
        rows->begin = 3;
    const char *kind = sc_file_kind(rows->chunk + rows->begin, rows->end - rows->begin);
    if (kind)
        return sc_fail(err, SC_BAD_INPUT, rows->path, 0, "looks like %s, expected a table in CSV with a header line",
                       kind);
    size_t first = rows->begin;
    while (first < rows->end && (unsigned char)rows->chunk[first] <= ' ')
        first++;
    size_t length = strcspn(rows->chunk + first, "\r\n"); /* the chunk is followed by a NUL */
    if (memchr(rows->chunk + first, '\t', length) && !memchr(rows->chunk + first, ',', length))
        csv_set_delim(&rows->csv, CSV_TAB);
    return SC_OK;
}

int sc_rows_open(struct sc_rows **rows, const char *path, struct sc_error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    struct sc_rows *opened = calloc(1, sizeof *opened);

    *rows = NULL;
    if (!opened || csv_init(&opened->csv, 0) != 0) {
        free(opened);
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for reading a table");
    }
    csv_set_blk_size(&opened->csv, CSV_BLOCK);
    opened->fd = -1;
    opened->line = 1;
    opened->after_break = true;
    opened->path = strdup(standard_input ? "standard input" : path);
    opened->chunk = calloc(CHUNK_SIZE + 1, 1);
    opened->text = malloc(SC_ROW_LIMIT);
    opened->cell = malloc(SC_COLUMN_LIMIT * sizeof *opened->cell);
    opened->length = malloc(SC_COLUMN_LIMIT * sizeof *opened->length);
    int status = SC_OK;
    if (!opened->path || !opened->chunk || !opened->text || !opened->cell || !opened->length)
        status = sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for reading a table");
    if (status == SC_OK)
        status = open_file(opened, standard_input, err);
    if (status == SC_OK)
        status = inspect(opened, err);
    if (status != SC_OK) {
        sc_rows_close(opened);
        return status;
    }
    *rows = opened;
    return SC_OK;
}

void sc_rows_close(struct sc_rows *rows)
{
    if (!rows)
        return;
    if (rows->fd > STDERR_FILENO)
        close(rows->fd);
    csv_free(&rows->csv);
    free(rows->path);
    free(rows->chunk);
    free(rows->text);
    free(rows->cell);
    free(rows->length);
    free(rows);
}
